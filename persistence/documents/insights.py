"""How is what models say of a user written down as JSON?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

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
from persistence.documents.memberships import membership_document, parse_membership

if TYPE_CHECKING:
    from collections.abc import Sequence

Document: TypeAlias = "dict[str, Any]"


def insights_document(insights: Insights) -> Document:
    """JSON for insights: what is absent is left out, the rest as lists in the order of their fields."""
    churn, value = insights.churn, insights.lifetime_value
    parts: Document = {
        "churn": None if churn is None else [churn.risk, churn.level, churn.horizon_days, churn.model],
        "lifetime_value": None if value is None else _value_document(value),
        "next_actions": [[action.kind, action.target, action.probability] for action in insights.next_actions],
        "recommendations": [[one.feature, one.score, one.reason] for one in insights.recommendations],
        "outlook": [membership_document(membership) for membership in insights.outlook],
    }
    return {"computed_at": insights.computed_at, **{name: part for name, part in parts.items() if part}}


def parse_insights(document: Document | None) -> Insights | None:
    """The insights that `insights_document` wrote, if any."""
    if document is None:
        return None
    churn, value = document.get("churn"), document.get("lifetime_value")
    return Insights(
        computed_at=datetime.fromisoformat(document["computed_at"]),
        churn=None if churn is None else _churn(*churn),
        lifetime_value=None if value is None else _value(*value),
        next_actions=tuple(
            NextAction(InteractionKind(kind), target, float(probability))
            for kind, target, probability in document.get("next_actions", ())
        ),
        recommendations=tuple(
            RecommendedFeature(feature, float(score), reason)
            for feature, score, reason in document.get("recommendations", ())
        ),
        outlook=tuple(map(parse_membership, document.get("outlook", ()))),
    )


def _churn(risk: float, level: str, horizon_days: int, model: str) -> ChurnRisk:
    return ChurnRisk(float(risk), RiskLevel(level), horizon_days, ModelVersion(model))


def _value_document(value: LifetimeValue) -> Sequence[object]:
    return [
        value.expected,
        value.low,
        value.high,
        value.horizon_days,
        value.expected_conversions,
        value.probability_active,
        value.model,
    ]


def _value(*fields: Any) -> LifetimeValue:
    expected, low, high, horizon_days, conversions, active, model = fields
    return LifetimeValue(
        expected=float(expected),
        low=float(low),
        high=float(high),
        horizon_days=horizon_days,
        expected_conversions=float(conversions),
        probability_active=float(active),
        model=ModelVersion(model),
    )
