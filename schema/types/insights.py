"""How is shown what models say of a user, why they say it, and how good they are?"""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry

from domain.model import insights as model
from domain.model import trained_models
from domain.model.configs import Recommendation as RecommendedInConfig
from domain.model.users import UserId
from resolvers import insights
from resolvers.arguments import limit
from schema.enumerations import DriftLevel, InteractionKind, ModelTask, RiskLevel
from schema.operations import Info, resolved
from schema.types.configs import DEFAULT_RECOMMENDATIONS, Recommendation
from schema.types.pages import First

DEFAULT_NEXT_ACTIONS = 3
DEFAULT_FACTORS = 5
NOT_KEPT = "This model is not kept any more."


@strawberry.type(
    description="How good a model is by one measure, on users and times that it never saw in training. The interval is "
    "one of 95 %, from resampling users."
)
class ModelQuality:
    metric: str = strawberry.field(description="What was measured, like `AUC`, `log loss` or `MRR@20, known users`.")
    value: float = strawberry.field(description="The model's figure.")
    baseline: float = strawberry.field(description="The figure of the simple method that it has to beat.")
    low: float | None = strawberry.field(description="The interval's lower end; null with too few users to resample.")
    high: float | None = strawberry.field(description="The interval's upper end; null with too few users to resample.")

    @classmethod
    def of(cls, quality: model.ModelQuality) -> Self:
        return cls(
            metric=quality.metric,
            value=quality.value,
            baseline=quality.baseline,
            low=quality.low,
            high=quality.high,
        )


@strawberry.type(description="Of predictions of about equal size, how many came true.")
class CalibratedShare:
    predicted: float = strawberry.field(description="The mean of these predictions, in [0, 1].")
    observed: float = strawberry.field(description="The share of them that came true.")
    rows: int = strawberry.field(description="How many there are.")


@strawberry.type(description="How far one signal has moved since training.")
class SignalDrift:
    signal: str = strawberry.field(description="The signal's name.")
    stability: float = strawberry.field(
        description="The population stability index: 0 where nothing moved, from 0.25 on it is another population."
    )


@strawberry.type(description="How far users have moved since a model was trained on them.")
class Drift:
    measured_at: datetime = strawberry.field(description="When it was measured.")
    users: int = strawberry.field(description="On a sample of so many.")
    level: DriftLevel = strawberry.field(description="What to make of it.")
    score: float | None = strawberry.field(
        description="The stability index of the predictions; null where a prediction is no single number."
    )
    signals: list[SignalDrift] = strawberry.field(description="The signals, furthest moved first.")

    @classmethod
    def of(cls, drift: trained_models.Drift) -> Self:
        furthest_first = sorted(drift.signals.items(), key=lambda moved: (-moved[1], moved[0]))
        return cls(
            measured_at=drift.measured_at,
            users=drift.users,
            level=drift.level,
            score=drift.score,
            signals=[SignalDrift(signal=name, stability=stability) for name, stability in furthest_first],
        )


@strawberry.type(description="A trained model.")
class Model:
    name: str = strawberry.field(description="What it predicts, as a name for programs, like `churn`.")
    task: ModelTask = strawberry.field(description="What it predicts.")
    version: str = strawberry.field(description="No two trainings share one.")
    trained_at: datetime = strawberry.field(description="When it was trained.")
    training_rows: int = strawberry.field(description="On so many snapshots of users; 0 once it is not kept any more.")
    serves_baseline: bool = strawberry.field(
        description="It did not beat the simple method by more than the interval, so that is what answers."
    )
    note: str = strawberry.field(
        description=(
            "Why that is, or what else there is to know, in words: also if it serves instead of a model that was "
            "refused, or is refused itself. Often empty."
        )
    )
    quality: list[ModelQuality] = strawberry.field(description="How good it is, measure by measure.")
    calibration: list[CalibratedShare] = strawberry.field(
        description="What was predicted beside what came true, smallest predictions first, on users and times that it "
        "never saw in training; empty where a prediction is no probability."
    )
    drift: Drift | None = strawberry.field(
        description="How far users have moved since; null for a model that is not in use, or not measured yet."
    )

    @classmethod
    def of(cls, registered: trained_models.RegisteredModel) -> Self:
        card = registered.manifest.card
        return cls(
            name=card.task.value,
            task=card.task,
            version=card.version,
            trained_at=card.trained_at,
            training_rows=card.training_rows,
            serves_baseline=card.serves_baseline,
            note=" ".join(filter(None, (registered.remark, card.note))),
            quality=[ModelQuality.of(quality) for quality in card.quality],
            calibration=[CalibratedShare(**asdict(share)) for share in registered.manifest.calibration],
            drift=None if registered.drift is None else Drift.of(registered.drift),
        )

    @classmethod
    def not_kept(cls, task: model.ModelTask, version: str, last_used_at: datetime) -> Self:
        """Of which nothing is known but what it said."""
        return cls(
            name=task.value,
            task=task,
            version=version,
            trained_at=last_used_at,
            training_rows=0,
            serves_baseline=False,
            note=NOT_KEPT,
            quality=[],
            calibration=[],
            drift=None,
        )


async def _model(info: Info, task: model.ModelTask, version: model.ModelVersion, used_at: datetime) -> Model:
    found = await insights.card(info.context, task, version)
    return Model.not_kept(task, version, used_at) if found is None else Model.of(found)


@strawberry.type(description="What spoke for or against a prediction: one family of signals, summed up.")
class Factor:
    signal: str = strawberry.field(description="The family, like `recency`.")
    contribution: float = strawberry.field(
        description="How much it adds to the prediction, in log odds for a risk; negative: it takes away."
    )
    value: str = strawberry.field(description="How it is with this user, like `12 days`.")
    text: str = strawberry.field(description="The same in a sentence.")

    @classmethod
    def of(cls, factor: model.Factor) -> Self:
        return cls(signal=factor.signal, contribution=factor.contribution, value=factor.value, text=factor.text)


@strawberry.type(description="How likely it is that the user stays away.")
class ChurnRisk:
    user_id: strawberry.Private[UserId]
    known: strawberry.Private[model.Insights]
    source: strawberry.Private[model.ChurnRisk]
    risk: float = strawberry.field(description="The probability, in [0, 1], of no interaction within the horizon.")
    level: RiskLevel = strawberry.field(description="What to make of it.")
    horizon_days: int = strawberry.field(description="So many days from when it was computed.")

    @resolved("Why, the weightiest first; none for a moment after another model was put in use.")
    async def factors(self, info: Info, first: First = DEFAULT_FACTORS) -> list[Factor]:
        most = limit(first, DEFAULT_FACTORS)
        factors = await insights.churn_factors(info.context, self.user_id, self.known, self.source)
        return [Factor.of(factor) for factor in factors[:most]]

    @resolved("The model that says so.")
    async def model(self, info: Info) -> Model:
        return await _model(info, model.ModelTask.CHURN, self.source.model, self.known.computed_at)


@strawberry.type(description="What the user is expected to spend.")
class LifetimeValue:
    known: strawberry.Private[model.Insights]
    source: strawberry.Private[model.LifetimeValue]
    expected: float = strawberry.field(description="Within the horizon, in the unit of the values tracked.")
    low: float = strawberry.field(
        description=(
            "Of all users, eight in ten spend between low and high. It is 0 for who spends nothing more often than one "
            "time in ten."
        )
    )
    high: float = strawberry.field(
        description=(
            "Never below what is expected, and just that for who most likely spends nothing: spending nothing alone is "
            "then what eight in ten such users do."
        )
    )
    horizon_days: int = strawberry.field(description="So many days from when it was computed.")
    expected_conversions: float = strawberry.field(description="Conversions within the horizon.")
    probability_active: float = strawberry.field(
        description=(
            "In [0, 1], that the user has not left for good, as far as purchases tell: 1 for who bought on one day at "
            "most, since the method sees customers leave only after they have come back."
        )
    )

    @resolved("The model that says so.")
    async def model(self, info: Info) -> Model:
        return await _model(info, model.ModelTask.LIFETIME_VALUE, self.source.model, self.known.computed_at)


@strawberry.type(description="Something that the user may do next.")
class NextAction:
    kind: InteractionKind = strawberry.field(description="Its kind.")
    target: str | None = strawberry.field(description="What is acted on; null: nothing in particular.")
    probability: float = strawberry.field(description="That this is what the user does next, in [0, 1].")

    @classmethod
    def of(cls, action: model.NextAction) -> Self:
        return cls(kind=action.kind, target=action.target, probability=action.probability)


@strawberry.type(description="What models say of a user. What none can say is null or empty.")
class Insights:
    user_id: strawberry.Private[UserId]
    source: strawberry.Private[model.Insights]
    computed_at: datetime = strawberry.field(
        description="When; later predictions that hardly differ are not told, and leave it as it is."
    )

    @classmethod
    def of(cls, user_id: UserId, known: model.Insights) -> Self:
        return cls(user_id=user_id, source=known, computed_at=known.computed_at)

    @resolved("How likely it is that the user stays away; null where no model can say.")
    def churn(self) -> ChurnRisk | None:
        churn = self.source.churn
        if churn is None:
            return None
        return ChurnRisk(
            user_id=self.user_id,
            known=self.source,
            source=churn,
            risk=churn.risk,
            level=churn.level,
            horizon_days=churn.horizon_days,
        )

    @resolved(
        "What the user is expected to spend; null where no model can say, as of users who never bought where none of "
        "these was ever seen to begin."
    )
    def lifetime_value(self) -> LifetimeValue | None:
        value = self.source.lifetime_value
        if value is None:
            return None
        return LifetimeValue(
            known=self.source,
            source=value,
            expected=value.expected,
            low=value.low,
            high=value.high,
            horizon_days=value.horizon_days,
            expected_conversions=value.expected_conversions,
            probability_active=value.probability_active,
        )

    @resolved("What the user may do next, likeliest first.")
    def next_actions(self, first: First = DEFAULT_NEXT_ACTIONS) -> list[NextAction]:
        likeliest = self.source.next_actions[: limit(first, DEFAULT_NEXT_ACTIONS)]
        return [NextAction.of(action) for action in likeliest]

    @resolved("Features that the user may like, best first, also what a place or a rule hides.")
    def recommendations(self, first: First = DEFAULT_RECOMMENDATIONS) -> list[Recommendation]:
        best = self.source.recommendations[: limit(first, DEFAULT_RECOMMENDATIONS)]
        return [Recommendation.of(RecommendedInConfig(one.feature, one.score, one.reason)) for one in best]
