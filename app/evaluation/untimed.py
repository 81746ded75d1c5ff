"""How good are recommendations on a log that does not say when anything happened?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.model.insights import ModelTask
from prediction.recommendations.hiding import DEFAULT_HIDING, measure_by_hiding
from prediction.recommendations.uses import UseLedger
from prediction.training.outcomes import Trained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog

TOLD = (
    f"No times: {DEFAULT_HIDING.hidden:.0%} of the targets of {DEFAULT_HIDING.held_out:.0%} of the users with at least "
    f"{DEFAULT_HIDING.from_features} were hidden by chance and had to be found; the baseline is popularity."
)


@dataclass(frozen=True, slots=True)
class NotKept:
    """Models that are only measured are not stored."""

    def parts(self) -> Mapping[str, bytes]:
        return {}


@dataclass(slots=True)
class HidingTrainer:
    """Hides a part of some users' targets instead of waiting for what users do next."""

    seed: int = 0
    _ledger: UseLedger = field(default_factory=UseLedger)

    @property
    def task(self) -> ModelTask:
        return ModelTask.RECOMMENDATION

    def add(self, log: UserLog) -> None:
        self._ledger.add(log)

    def train(self, boosting: Boosting) -> Trained[NotKept]:
        """Deterministic given the added users and the seeds. Raises `TrainingRefused`."""
        uses = self._ledger.uses()
        found = measure_by_hiding(uses, boosting, self.seed)
        note = "" if found.beats_baseline else "The learnt order did not beat popularity by more than chance explains."
        return Trained(
            model=NotKept(),
            rows=len(uses.known_at()),
            quality=found.quality,
            serves_baseline=not found.beats_baseline,
            note=note,
        )
