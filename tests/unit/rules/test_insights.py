"""Which insights are sound, and when is a change of them news?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from domain.model.insights import Insights, ModelVersion, NextAction, RiskLevel
from domain.model.interactions import InteractionKind
from domain.rules.insights import MAX_NEXT_ACTIONS, MAX_RECOMMENDED_FEATURES, only_numbers, sound, to_tell
from tests.builders.insights import (
    COMPUTED_AT,
    build_churn,
    build_insights,
    build_outlook,
    build_recommended,
    build_value,
    insights,
)

if TYPE_CHECKING:
    from domain.model.insights import LifetimeValue

FULL = build_insights()
CLICK = InteractionKind.CLICK


@pytest.mark.parametrize("risk", [nan, inf, -0.001, 1.001])
def test_what_is_no_probability_is_left_out(risk: float) -> None:
    unsound = build_insights(
        churn=build_churn(risk),
        next_actions=(NextAction(CLICK, None, risk),),
        recommendations=(build_recommended("export", risk),),
        outlook=(build_outlook("power_user", risk),),
    )

    assert sound(unsound) == Insights(COMPUTED_AT, lifetime_value=FULL.lifetime_value)


@pytest.mark.parametrize(
    "value",
    [
        build_value(nan),
        build_value(inf),
        build_value(-1, low=-2, high=3),
        build_value(5, low=6, high=4),
        build_value(5, expected_conversions=nan),
        build_value(5, probability_active=1.5),
    ],
)
def test_a_value_that_cannot_be_is_left_out(value: LifetimeValue) -> None:
    assert sound(build_insights(lifetime_value=value)) == build_insights(lifetime_value=None)


def test_what_is_expected_may_lie_outside_of_what_most_spend() -> None:
    seldom_much = build_insights(lifetime_value=build_value(5, low=0, high=0))

    assert sound(seldom_much) == seldom_much


def test_lists_end_at_their_limits_and_name_nothing_twice() -> None:
    many = build_insights(
        next_actions=tuple(NextAction(CLICK, str(number), 0.1) for number in range(MAX_NEXT_ACTIONS + 1)),
        recommendations=tuple(build_recommended(str(number // 2)) for number in range(3 * MAX_RECOMMENDED_FEATURES)),
    )
    kept = sound(many)

    assert kept is not None
    assert len(kept.next_actions) == MAX_NEXT_ACTIONS
    assert [one.feature for one in kept.recommendations] == [str(n) for n in range(MAX_RECOMMENDED_FEATURES)]


def test_nothing_said_is_no_insight() -> None:
    assert sound(Insights(COMPUTED_AT)) is None


@given(known=insights())
def test_sound_insights_stay_as_they_are(known: Insights) -> None:
    kept = sound(known)

    assert kept == known or (kept is None and known == Insights(known.computed_at))
    assert to_tell(known, replace(known, computed_at=COMPUTED_AT + timedelta(days=1))) is known


UNNOTICED: dict[str, dict[str, Any]] = {
    "time": {"computed_at": COMPUTED_AT + timedelta(days=1)},
    "a risk": {"churn": build_churn(0.8009)},
    "a value": {"lifetime_value": build_value(120.5)},
    "a probability": {"next_actions": (NextAction(InteractionKind.FEATURE_USE, "export", 0.405),)},
    "an outlook": {"outlook": (build_outlook("power_user", 0.705),)},
    "a score": {"recommendations": (build_recommended("import", 0.505), build_recommended("search", 0.25))},
}
NEWS: dict[str, dict[str, Any]] = {
    "a risk": {"churn": build_churn(0.802)},
    "another level": {"churn": build_churn(level=RiskLevel.MEDIUM)},
    "another model of risk": {"churn": build_churn(model=ModelVersion("churn-2"))},
    "no risk": {"churn": None},
    "a value": {"lifetime_value": build_value(122)},
    "a wider interval": {"lifetime_value": build_value(high=250)},
    "another model of value": {"lifetime_value": build_value(model=ModelVersion("value-2"))},
    "who may have left": {"lifetime_value": build_value(probability_active=0.6)},
    "no value": {"lifetime_value": None},
    "another action": {"next_actions": (NextAction(InteractionKind.FEATURE_USE, "import", 0.4),)},
    "no action": {"next_actions": ()},
    "another order": {"recommendations": FULL.recommendations[::-1]},
    "another reason": {"recommendations": (build_recommended("import", 0.5, "new"), FULL.recommendations[1])},
    "a score": {"recommendations": (build_recommended("import", 0.52), FULL.recommendations[1])},
    "out of a segment": {"outlook": (build_outlook("power_user", 0.4999),)},
    "another segment": {"outlook": (build_outlook("new_user"),)},
}


@pytest.mark.parametrize("parts", UNNOTICED.values(), ids=UNNOTICED)
def test_predictions_that_only_move_a_little_are_no_news(parts: dict[str, Any]) -> None:
    assert to_tell(FULL, build_insights(**parts)) is FULL


@pytest.mark.parametrize("parts", NEWS.values(), ids=NEWS)
def test_predictions_that_differ_are_news(parts: dict[str, Any]) -> None:
    later = build_insights(computed_at=COMPUTED_AT + timedelta(days=1), **parts)

    assert to_tell(FULL, later) == later


def test_what_is_no_news_stays_as_it_was_told_beside_what_is() -> None:
    later = build_insights(
        computed_at=COMPUTED_AT + timedelta(days=1), churn=build_churn(0.9), lifetime_value=build_value(120.5)
    )

    assert to_tell(FULL, later) == replace(later, lifetime_value=FULL.lifetime_value)


def test_the_first_insights_are_news_and_so_is_their_end() -> None:
    assert to_tell(None, FULL) is FULL
    assert to_tell(FULL, None) is None
    assert to_tell(None, None) is None


def test_of_no_number_there_are_no_insights() -> None:
    assert only_numbers(COMPUTED_AT, None, None) is None
