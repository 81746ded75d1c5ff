"""How is shown what a user does with the host application?"""

from datetime import datetime
from typing import Self

import strawberry

from domain.model import usage as model
from schema.enumerations import Device, Trend


@strawberry.type(description="How much a user does.")
class Activity:
    sessions: int = strawberry.field(description="Sessions ever: runs of interactions with no gap over 30 minutes.")
    interactions: int = strawberry.field(description="Interactions ever.")
    conversions: int = strawberry.field(description="Conversions ever.")
    active_days: int = strawberry.field(description="UTC days with any interaction, ever.")
    sessions_last7_days: int = strawberry.field(
        name="sessionsLast7Days", description="Sessions that began in the last 7 x 24 hours."
    )
    sessions_last30_days: int = strawberry.field(
        name="sessionsLast30Days", description="Sessions that began in the last 30 x 24 hours."
    )
    value: float = strawberry.field(description="The sum of the values of all interactions.")

    @classmethod
    def of(cls, activity: model.Activity) -> Self:
        return cls(
            sessions=activity.sessions,
            interactions=activity.interactions,
            conversions=activity.conversions,
            active_days=activity.active_days,
            sessions_last7_days=activity.sessions_last_7_days,
            sessions_last30_days=activity.sessions_last_30_days,
            value=activity.value,
        )


@strawberry.type(description="How a user uses one feature.")
class FeatureUsage:
    feature: str = strawberry.field(description="The feature's key.")
    uses: int = strawberry.field(description="Uses ever.")
    first_used_at: datetime = strawberry.field(description="The first use.")
    last_used_at: datetime = strawberry.field(description="The latest use.")
    adopted: bool = strawberry.field(description="Used at least 3 times, over at least 24 hours?")

    @classmethod
    def of(cls, usage: model.FeatureUsage) -> Self:
        return cls(
            feature=usage.feature,
            uses=usage.uses,
            first_used_at=usage.first_used_at,
            last_used_at=usage.last_used_at,
            adopted=usage.adopted,
        )


@strawberry.type(description="How much of what a user does comes from one kind of device.")
class DeviceShare:
    device: Device = strawberry.field(description="The kind of device.")
    share: float = strawberry.field(description="Its share of the interactions whose device is known, in [0, 1].")

    @classmethod
    def of(cls, share: model.DeviceShare) -> Self:
        return cls(device=share.device, share=share.share)


@strawberry.type(description="How much of what a user does is in one section.")
class SectionShare:
    section: str = strawberry.field(description="The part of the host application.")
    visits: int = strawberry.field(description="Interactions in it, ever.")
    share: float = strawberry.field(description="Its share of the interactions that name a section, in [0, 1].")

    @classmethod
    def of(cls, share: model.SectionShare) -> Self:
        return cls(section=share.section, visits=share.visits, share=share.share)


@strawberry.type(description="How much a user likes content with one tag.")
class ContentPreference:
    tag: str = strawberry.field(description="The tag.")
    affinity: float = strawberry.field(description="0 averse, 0.5 indifferent or unknown, 1 fond.")

    @classmethod
    def of(cls, preference: model.ContentPreference) -> Self:
        return cls(tag=preference.tag, affinity=preference.affinity)


@strawberry.type(description="When and how regularly a user comes.")
class UsagePattern:
    hours: list[float] = strawberry.field(
        description=(
            "24 shares that sum to 1, local hour 0 first; the fewer the sessions, the nearer to an even spread "
            "(24 sessions count as much as it does). All 0 when nothing is known."
        )
    )
    weekdays: list[float] = strawberry.field(
        description=(
            "7 shares that sum to 1, Monday first; the fewer the sessions, the nearer to an even spread "
            "(28 sessions count as much as it does). All 0 when nothing is known."
        )
    )
    week: list[int] = strawberry.field(
        description="Interactions in each of the 168 local hours of a week, Monday 00:00 first, as they were counted."
    )
    session_seconds_median: float | None = strawberry.field(
        description="How long sessions last, from the first interaction to the last; null without sessions."
    )
    days_between_sessions_median: float | None = strawberry.field(
        description="Days from the start of one session to the next; null for fewer than two sessions."
    )
    consistency: float | None = strawberry.field(
        description=(
            "How alike the times between sessions of the last 90 days are: 1 all alike, 0 anything from half an hour "
            "to months equally likely, about 0.3 for somebody who comes at random; null below 8 sessions. "
            "1 - entropy / ln 13 of the times in classes that double."
        )
    )
    trend: Trend = strawberry.field(description="Do they come more and more often, or less and less?")

    @classmethod
    def of(cls, pattern: model.UsagePattern) -> Self:
        return cls(
            hours=list(pattern.hours),
            weekdays=list(pattern.weekdays),
            week=list(pattern.week),
            session_seconds_median=pattern.session_seconds_median,
            days_between_sessions_median=pattern.days_between_sessions_median,
            consistency=pattern.consistency,
            trend=pattern.trend,
        )
