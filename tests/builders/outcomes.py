"""First exposures and what was counted of them, to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model.adaptations import RecommendFeature
from domain.model.experiments import (
    Experiment,
    ExperimentRun,
    ExperimentStatus,
    Goal,
    GoalMeasure,
    Variation,
    VariationKey,
)
from domain.model.interactions import Interaction, InteractionKey, InteractionKind
from domain.model.outcomes import Exposure
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.rules.outcomes.terms import Terms

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXPOSED_AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
CONTROL, BOLD = VariationKey("control"), VariationKey("bold")
BOUGHT = Goal(InteractionKind.CONVERSION, window_days=7, target="checkout")
SPENT = Goal(InteractionKind.CONVERSION, window_days=3, measure=GoalMeasure.VALUE_MEAN, cap=20.0)
USED = Goal(InteractionKind.FEATURE_USE, window_days=1, target="export", measure=GoalMeasure.COUNT_MEAN)
EXPERIMENT = Experiment(
    (
        Variation(CONTROL, 0.5, control=True),
        Variation(BOLD, 0.5, adaptations=(RecommendFeature("export"),)),
    ),
    BOUGHT,
    (SPENT, USED),
)
TERMS = Terms(EXPERIMENT.goals, frozenset({"export"}))


def build_run(number: int = 1, **parts: Any) -> ExperimentRun:
    """Running in equal parts for a week."""
    running: dict[str, Any] = {
        "status": ExperimentStatus.RUNNING,
        "started_at": EXPOSED_AT - timedelta(days=7),
        "allocation": (0.5, 0.5),
    }
    return ExperimentRun(**{"number": number, **running, **parts})


def build_exposure(user_id: str = "ada", rule_id: str = "r1", **parts: Any) -> Exposure:
    """Of a user who got the bold variation in the first run, with an even chance."""
    defaults: dict[str, Any] = {
        "run": 1,
        "variation": BOLD,
        "first_exposed_at": EXPOSED_AT,
        "probability": 0.5,
    }
    return Exposure(UserId(user_id), RuleId(rule_id), **{**defaults, **parts})


@cache
def doings(most: int = 30) -> SearchStrategy[list[Interaction]]:
    """What one user did around `EXPOSED_AT`, often right at the border of a window."""
    borders = st.sampled_from([days * 86_400 for days in (-7, -3, -1, 0, 1, 3, 7)])
    seconds = st.builds(lambda border, near: border + near, borders, st.integers(-2, 2) | st.integers(-90_000, 90_000))
    one = st.tuples(
        seconds,
        st.sampled_from(
            (InteractionKind.CONVERSION, InteractionKind.FEATURE_USE, InteractionKind.DISMISS, InteractionKind.CLICK)
        ),
        st.sampled_from((None, "checkout", "export")),
        st.none() | st.sampled_from((0.0, 12.5, 30.0, -4.25, 1e9, 0.1)),
    )
    return st.lists(one, max_size=most).map(
        lambda drawn: [
            Interaction(
                InteractionKey(f"key-{number}"),
                UserId("ada"),
                kind,
                EXPOSED_AT + timedelta(seconds=after),
                target,
                value=value,
            )
            for number, (after, kind, target, value) in enumerate(drawn)
        ]
    )
