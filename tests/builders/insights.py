"""Insights to test with: sound ones in which a test overrides only its point, and arbitrary ones for laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model.habits import DailyTotals, Habits, OlderTotals, Trail
from domain.model.insights import (
    ChurnRisk,
    Insights,
    LifetimeValue,
    ModelVersion,
    NextAction,
    RecommendedFeature,
    RiskLevel,
)
from domain.model.interactions import InteractionKind
from domain.model.segments import MembershipSource, SegmentKey, SegmentMembership

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

COMPUTED_AT = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
CHURN_MODEL, VALUE_MODEL = ModelVersion("churn-1"), ModelVersion("value-1")


def build_churn(risk: float = 0.8, **parts: Any) -> ChurnRisk:
    return ChurnRisk(
        **{"risk": risk, "level": RiskLevel.HIGH, "horizon_days": 28, "model": CHURN_MODEL, **parts},
    )


def build_value(expected: float = 120.0, **parts: Any) -> LifetimeValue:
    made = {
        "expected": expected,
        "low": expected / 2,
        "high": expected * 2,
        "horizon_days": 90,
        "expected_conversions": 1.5,
        "probability_active": 0.75,
        "model": VALUE_MODEL,
    }
    return LifetimeValue(**{**made, **parts})


def build_recommended(feature: str = "export", score: float = 0.5, reason: str = "") -> RecommendedFeature:
    return RecommendedFeature(feature, score, reason or f"others who do alike use {feature}")


def build_outlook(segment: str = "power_user", confidence: float = 0.7) -> SegmentMembership:
    return SegmentMembership(SegmentKey(segment), confidence, COMPUTED_AT, MembershipSource.MODEL)


def build_insights(**parts: Any) -> Insights:
    """Everything that models can say."""
    made = {
        "computed_at": COMPUTED_AT,
        "churn": build_churn(),
        "lifetime_value": build_value(),
        "next_actions": (NextAction(InteractionKind.FEATURE_USE, "export", 0.4),),
        "recommendations": (build_recommended("import"), build_recommended("search", 0.25)),
        "outlook": (build_outlook(),),
    }
    return Insights(**{**made, **parts})


@cache
def _shares() -> SearchStrategy[float]:
    """Many of them where the bounds of generated conditions lie."""
    return st.sampled_from((0.0, 0.5, 1.0)) | st.floats(0, 1)


@cache
def insights() -> SearchStrategy[Insights]:
    actions = st.builds(
        NextAction, st.sampled_from(InteractionKind), st.none() | st.sampled_from(("export", "é")), _shares()
    )
    recommended = st.builds(
        build_recommended, st.sampled_from(("export", "import", "search", "hidden", "unlisted")), _shares()
    )
    amounts = st.integers(0, 24).map(lambda halves: halves / 2) | st.floats(0, 1e6)
    return st.builds(
        Insights,
        computed_at=st.just(COMPUTED_AT) | st.just(COMPUTED_AT + timedelta(microseconds=1)),
        churn=st.none() | st.builds(build_churn, _shares(), level=st.sampled_from(RiskLevel)),
        lifetime_value=st.none() | st.builds(build_value, amounts, probability_active=_shares()),
        next_actions=st.lists(actions, max_size=3).map(tuple),
        recommendations=st.lists(recommended, max_size=4, unique_by=lambda one: one.feature).map(tuple),
        outlook=st.lists(
            st.builds(build_outlook, st.sampled_from(("power_user", "new_user")), _shares()), max_size=2
        ).map(tuple),
    )


HABITS = Habits(
    DailyTotals((20_000, 20_003), (3, 1), (1, 0), (-5_000_001, 0), (7, 0), (1 << 47, 3), OlderTotals(2, 5, last_day=9)),
    Trail(((InteractionKind.FEATURE_USE, "é"), (InteractionKind.CLICK, "")), (0, 1, 0), (0, -5, 60), 1_772_625_600),
)
