"""What is tried on simulated users, and by what are they known? Nobody else is in any of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.demonstration.visits import CONVERSION, WARM_WELCOME
from domain.model.adaptations import SetFeature, SetParameter
from domain.model.conditions import TraitsMatch
from domain.model.experiments import Experiment, Goal, Variation, VariationKey
from domain.model.interactions import InteractionKind
from domain.model.rules import RuleContent, RuleKey
from domain.model.segments import Segment, SegmentKey, SegmentKind

if TYPE_CHECKING:
    from domain.model.adaptations import Adaptation

TRAIT = "simulated"
SIMULATED = TraitsMatch({TRAIT: True})

SEGMENT = Segment(
    key=SegmentKey("simulated"),
    name="Simulated users",
    description="Made up by attune demo, to have something to look at. Nobody in it is real.",
    kind=SegmentKind.CONDITION,
    condition=SIMULATED,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """Days count from the first one. `winner`: what everybody gets afterwards; without one it goes on."""

    content: RuleContent
    begins_on: int
    ends_on: int | None = None
    winner: VariationKey | None = None


def _content(key: str, name: str, priority: int, variations: dict[str, tuple[Adaptation, ...]]) -> RuleContent:
    control, *_ = variations
    return RuleContent(
        key=RuleKey(key),
        name=name,
        description="Simulated: only users made up by attune demo are in it.",
        priority=priority,
        condition=SIMULATED,
        adaptations=(),
        experiment=Experiment(
            variations=tuple(
                Variation(VariationKey(one), 1 / len(variations), control=one == control, adaptations=adaptations)
                for one, adaptations in variations.items()
            ),
            goal=Goal(InteractionKind.CONVERSION, window_days=7, target=CONVERSION),
            guardrails=(Goal(InteractionKind.DISMISS, window_days=7, increase=False),),
        ),
    )


TRIALS = (
    Trial(
        _content(
            "sim_welcome",
            "Does a warmer welcome bring upgrades? (simulated)",
            70,
            {"as_before": (), "warm": (SetParameter("welcome_text", WARM_WELCOME),)},
        ),
        begins_on=3,
        ends_on=24,
        winner=VariationKey("warm"),
    ),
    Trial(
        _content(
            "sim_automation",
            "Does pointing at automation bring upgrades? (simulated)",
            75,
            {"as_before": (), "highlighted": (SetFeature("automation", highlighted=True),)},
        ),
        begins_on=26,
    ),
)
