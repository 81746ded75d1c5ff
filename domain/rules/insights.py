"""What do insights come to: which of them are sound, and is a change of them news?"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from domain.model.insights import ChurnRisk, Insights, LifetimeValue, ModelVersion, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from domain.model.insights import NextAction, RecommendedFeature
    from domain.model.segments import SegmentMembership

MAX_NEXT_ACTIONS = 10
MAX_RECOMMENDED_FEATURES = 20
MAX_OUTLOOK_SEGMENTS = 50

NOTICEABLE_PROBABILITY = 0.001
"""Predictions move with time, all the time: less than this is no news of a risk, which rules compare with numbers."""

NOTICEABLE_SCORE = 0.01
"""Of what only orders a list, or stands beside a prediction."""

NOTICEABLE_SHARE_OF_VALUE = 0.01

_NO_MODEL = ModelVersion("")

T = TypeVar("T")


def only_numbers(at: datetime, churn_risk: float | None, lifetime_value: float | None) -> Insights | None:
    """Insights of which no more is known than what conditions compare."""
    if churn_risk is None and lifetime_value is None:
        return None
    return Insights(
        at,
        None if churn_risk is None else ChurnRisk(churn_risk, RiskLevel.LOW, 0, _NO_MODEL),
        None if lifetime_value is None else LifetimeValue(lifetime_value, 0.0, lifetime_value, 0, 0.0, 0.0, _NO_MODEL),
    )


def sound(insights: Insights) -> Insights | None:
    """The insights without what no model may say; `None` when nothing is left.

    Probabilities lie in [0, 1], amounts are finite and not negative. An interval need not hold what is expected: of ten
    users one may spend what nine others do not.
    """
    churn, value = insights.churn, insights.lifetime_value
    # Written out: this is asked thirty times a user, of thousands of users, of whom hardly one is not as it should be.
    actions = [one for one in insights.next_actions if 0 <= one.probability <= 1]
    recommended = [one for one in insights.recommendations if 0 <= one.score <= 1]
    kept = Insights(
        insights.computed_at,
        churn=churn if churn is not None and _is_share(churn.risk) else None,
        lifetime_value=value if value is not None and _is_sound_value(value) else None,
        next_actions=tuple(actions[:MAX_NEXT_ACTIONS]),
        recommendations=_first_of_each(recommended),
        outlook=tuple([one for one in insights.outlook if _is_share(one.confidence)][:MAX_OUTLOOK_SEGMENTS]),
    )
    says_something = kept.churn or kept.lifetime_value or kept.next_actions or kept.recommendations or kept.outlook
    return kept if says_something else None


def to_tell(before: Insights | None, after: Insights | None) -> Insights | None:
    """What is told after `before` was: of `after` each part that is news, the others as they were told.

    `before` itself, when nothing is news: all parts moved no more than predictions do all the time. Whoever looks at
    an open page is not shown another config for every click that changes the last digit of a score.
    """
    if before is None or after is None:
        return after
    news = {
        "churn": _churn_moved(before.churn, after.churn),
        "lifetime_value": _value_moved(before.lifetime_value, after.lifetime_value),
        "next_actions": _differs(before.next_actions, after.next_actions, _is_same_action),
        "recommendations": _differs(before.recommendations, after.recommendations, _is_same_recommendation),
        "outlook": _differs(_by_segment(before.outlook), _by_segment(after.outlook), _is_same_membership),
    }
    told = {name: getattr(after, name) for name, is_news in news.items() if is_news}
    return replace(before, computed_at=after.computed_at, **told) if told else before


def _is_share(number: float) -> bool:
    return 0 <= number <= 1  # no comparison with NaN holds


def _is_sound_value(value: LifetimeValue) -> bool:
    amounts = (value.expected, value.low, value.high, value.expected_conversions)
    return (
        all(isfinite(amount) and amount >= 0 for amount in amounts)
        and value.low <= value.high
        and _is_share(value.probability_active)
    )


def _first_of_each(recommended: Sequence[RecommendedFeature]) -> tuple[RecommendedFeature, ...]:
    kept = {one.feature: one for one in reversed(recommended)}
    if len(kept) < len(recommended):
        recommended = [one for one in recommended if kept[one.feature] is one]
    return tuple(recommended[:MAX_RECOMMENDED_FEATURES])


def _churn_moved(before: ChurnRisk | None, after: ChurnRisk | None) -> bool:
    if before is None or after is None:
        return before is not after
    return replace(before, risk=after.risk) != after or abs(before.risk - after.risk) >= NOTICEABLE_PROBABILITY


def _value_moved(before: LifetimeValue | None, after: LifetimeValue | None) -> bool:
    if before is None or after is None:
        return before is not after
    if (before.model, before.horizon_days) != (after.model, after.horizon_days):
        return True
    least = NOTICEABLE_SHARE_OF_VALUE * max(before.expected, after.expected)
    amounts = ((before.expected, after.expected), (before.low, after.low), (before.high, after.high))
    return (
        any(abs(earlier - later) > least for earlier, later in amounts)
        or abs(before.expected_conversions - after.expected_conversions) >= NOTICEABLE_SCORE
        or abs(before.probability_active - after.probability_active) >= NOTICEABLE_SCORE
    )


def _differs(before: Sequence[T], after: Sequence[T], is_same: Callable[[T, T], bool]) -> bool:
    return len(before) != len(after) or not all(map(is_same, before, after))


def _is_same_action(before: NextAction, after: NextAction) -> bool:
    return replace(before, probability=after.probability) == after and not _rescored(
        before.probability, after.probability
    )


def _is_same_recommendation(before: RecommendedFeature, after: RecommendedFeature) -> bool:
    return replace(before, score=after.score) == after and not _rescored(before.score, after.score)


def _rescored(before: float, after: float) -> bool:
    return abs(before - after) >= NOTICEABLE_SCORE


def _by_segment(outlook: Sequence[SegmentMembership]) -> Sequence[SegmentMembership]:
    return sorted(outlook, key=lambda membership: membership.segment)


def _is_same_membership(before: SegmentMembership, after: SegmentMembership) -> bool:
    return (
        before.segment == after.segment
        and before.counts is after.counts
        and abs(before.confidence - after.confidence) < NOTICEABLE_SCORE
    )
