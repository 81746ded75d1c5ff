"""Who says what users will do, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.insights import Factor, Insights, ModelTask, ModelVersion
    from domain.model.profiles import Profile


@dataclass(frozen=True, slots=True)
class Subject:
    """A user to make predictions about."""

    profile: Profile
    habits: Habits


@dataclass(frozen=True, slots=True)
class Predicted:
    """What can be said, `None`: nothing; and the signals that it was said from, for `Predictor.factors`."""

    insights: Insights | None = None
    signals: bytes = b""


class Predictor(Protocol):
    """The models in use at one time, in memory. A model that fails costs its part of the insights, nothing else."""

    @property
    def revision(self) -> int:
        """Grows whenever other models are put in use; 0 when none ever was."""
        ...

    def predict(
        self, subjects: Sequence[Subject], now: datetime, offered: frozenset[str] = frozenset()
    ) -> Sequence[Predicted]:
        """One for each subject, in their order; equal subjects get equal answers, alone or together with others.

        Only `offered` features are recommended, or any, where none is named.
        Never raises because of a model: what cannot be said is absent.
        """
        ...

    def factors(self, task: ModelTask, version: ModelVersion, signals: Sequence[bytes]) -> Sequence[Sequence[Factor]]:
        """Why this model predicted what it did from each of the signals, the weightiest first.

        None where the model is not in use here, the signals are of another version, or there is nothing to tell.
        """
        ...
