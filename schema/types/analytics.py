"""How are figures about all users, and about those of a segment, shown?"""

from datetime import date
from typing import Self

import strawberry

from domain.model import analytics as model
from domain.model.rule_performance import Period
from domain.use_cases.served_configs import latency_ms
from resolvers import analytics
from schema.operations import Info, resolved
from schema.types.lifts import Lift
from schema.types.suggestions import Suggestion, suggestion_of

_MILLION = 1_000_000


@strawberry.type(description="A feature's part in the use of all features.")
class FeatureShare:
    feature: str = strawberry.field(description="The feature's key.")
    share: float = strawberry.field(description="Of all uses of features, in [0, 1].")


@strawberry.type(description="One day of a segment, in UTC.")
class SegmentDay:
    day: date = strawberry.field(description="Which.")
    users: int = strawberry.field(description="Users who were in the segment when the day ended.")
    active_users: int = strawberry.field(description="Users who did anything on it, counting as in the segment then.")
    conversions: int = strawberry.field(description="How often these converted on it.")

    @classmethod
    def of(cls, day: model.DayFigures) -> Self:
        return cls(
            day=day.day, users=day.members, active_users=day.activity.users, conversions=day.activity.conversions
        )


@strawberry.type(description="One day, in UTC.")
class AnalyticsDay:
    day: date = strawberry.field(description="Which.")
    active_users: int = strawberry.field(description="Users who did anything on it.")
    interactions: int = strawberry.field(description="What they did.")
    conversions: int = strawberry.field(description="Conversions among that.")

    @classmethod
    def of(cls, day: model.DayFigures) -> Self:
        activity = day.activity
        return cls(
            day=day.day,
            active_users=activity.users,
            interactions=activity.interactions,
            conversions=activity.conversions,
        )


@strawberry.type(
    description="What the users of a segment did in a period. Who was in it on a day stays as it was when the day was "
    "first counted; `users` and `churnRiskMean` are of those in it now."
)
class SegmentAnalysis:
    key: strawberry.Private[str]
    period: strawberry.Private[Period]

    @resolved("Users who are in the segment now.")
    async def users(self, info: Info) -> int:
        return (await analytics.membership(info.context, self.key)).users

    @resolved("Different users who did anything while in the segment.")
    async def active_users(self, info: Info) -> int:
        return (await analytics.reach(info.context, self.period, self.key)).active

    @resolved("Sessions begun per active user; 0 of none.")
    async def sessions_per_user(self, info: Info) -> float:
        sessions = (await analytics.activity(info.context, self.period, self.key)).sessions
        return await self._per_user(info, sessions)

    @resolved("The share of active users who converted; 0 of none.")
    async def conversion_rate(self, info: Info) -> float:
        return (await analytics.reach(info.context, self.period, self.key)).rate

    @resolved("The values of all that active users did, per active user; 0 of none.")
    async def value_per_user(self, info: Info) -> float:
        micros = (await analytics.activity(info.context, self.period, self.key)).value_micros
        return await self._per_user(info, micros / _MILLION)

    async def _per_user(self, info: Info, amount: float) -> float:
        active = (await analytics.reach(info.context, self.period, self.key)).active
        return amount / active if active else 0.0

    @resolved("The mean churn risk of users in it now, as far as a model knows them; null if it knows none.")
    async def churn_risk_mean(self, info: Info) -> float | None:
        return (await analytics.membership(info.context, self.key)).risk_mean

    @resolved("The features used most, at most 10, most used first.")
    async def top_features(self, info: Info) -> list[FeatureShare]:
        top = await analytics.top_features(info.context, self.period, self.key)
        return [FeatureShare(feature=one.feature, share=one.share) for one in top]

    @resolved("Every day of the period, oldest first.")
    async def series(self, info: Info) -> list[SegmentDay]:
        return [SegmentDay.of(day) for day in await analytics.days(info.context, self.period, self.key)]

    @resolved(
        "Do users convert less often on the days on which they come while in it than otherwise, with an interval that "
        "excludes no difference whenever it is looked at? It does not say that the segment is why."
    )
    async def underperforming(self, info: Info) -> bool:
        return await analytics.underperforms(info.context, self.period, self.key)

    @resolved("What measured performance suggests about it.")
    async def suggestions(self, info: Info) -> list[Suggestion]:
        return [suggestion_of(info, one) for one in await analytics.suggestions(info.context, self.key)]


@strawberry.type(description="How everything is going, over a period.")
class Analytics:
    period: strawberry.Private[Period]

    @classmethod
    def of(cls, period: Period) -> Self:
        return cls(period=period)

    @resolved("Users of whom anything is known now, without those who opted out.")
    async def users(self, info: Info) -> int:
        return (await analytics.membership(info.context)).users

    @resolved("Different users who did anything in the period.")
    async def active_users(self, info: Info) -> int:
        return (await analytics.reach(info.context, self.period)).active

    @resolved("What they did.")
    async def interactions(self, info: Info) -> int:
        return (await analytics.activity(info.context, self.period)).interactions

    @resolved("Conversions among that.")
    async def conversions(self, info: Info) -> int:
        return (await analytics.activity(info.context, self.period)).conversions

    @resolved("Configs that were given, remembered ones included.")
    async def configs_served(self, info: Info) -> int:
        return (await analytics.served(info.context, self.period)).configs

    @resolved("The share of them that were remembered, in [0, 1]; 0 of none.")
    async def cache_hit_rate(self, info: Info) -> float:
        return (await analytics.served(info.context, self.period)).cache_hit_rate

    @resolved(
        "Half of all configs were there within so many milliseconds of being asked for inside the engine; 0 of none."
    )
    async def config_latency_ms_p50(self, info: Info) -> float:
        return latency_ms((await analytics.served(info.context, self.period)).latencies, 0.5)

    @resolved("The same of 99 in 100.")
    async def config_latency_ms_p99(self, info: Info) -> float:
        return latency_ms((await analytics.served(info.context, self.period)).latencies, 0.99)

    @resolved("Configs that were pushed because they had changed.")
    async def pushes(self, info: Info) -> int:
        return (await analytics.served(info.context, self.period)).pushed

    @resolved("Rules that are active now.")
    def rules_active(self, info: Info) -> int:
        return analytics.rules_active(info.context)

    @resolved("Experiments of active rules that are running now.")
    def experiments_running(self, info: Info) -> int:
        return analytics.experiments_running(info.context)

    @resolved(
        "How many more of the personalized users converted than of those held out from the whole programme; null "
        "without a holdout, or with too few users to say."
    )
    async def programme_lift(self, info: Info) -> Lift | None:
        return Lift.of_known((await analytics.programme(info.context, self.period)).lift)

    @resolved("Why there is no lift; empty if there is.")
    async def programme_lift_absent(self, info: Info) -> str:
        return (await analytics.programme(info.context, self.period)).absent

    @resolved("Every day of the period, oldest first.")
    async def series(self, info: Info) -> list[AnalyticsDay]:
        return [AnalyticsDay.of(day) for day in await analytics.days(info.context, self.period)]

    @resolved("What measured performance suggests.")
    async def suggestions(self, info: Info) -> list[Suggestion]:
        return [suggestion_of(info, one) for one in await analytics.suggestions(info.context)]
