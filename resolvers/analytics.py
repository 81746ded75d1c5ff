"""How is everything going, how are the segments doing, and who may know?"""

from __future__ import annotations

from asyncio import gather
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from domain.model.analytics import Attendance
from domain.model.rollups import EVERYBODY, LONGEST_GAP_DAYS
from domain.use_cases.analytics import is_underperforming, programme_lift, series
from resolvers.authorization import READ_ANALYTICS, require
from resolvers.experiment_results import period_of
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from domain.model.analytics import Activity, DayFigures, FeatureShare, Membership, ProgrammeLift, Reach, Served
    from domain.model.rule_performance import Period
    from domain.model.suggestions import Suggestion
    from resolvers.arguments import Document
    from resolvers.context import RequestContext

FRESH_AT_MOST_EVERY = timedelta(seconds=1)


def period(context: RequestContext, document: Document | None) -> Period:
    """The period that is asked about, the last 30 days unless said otherwise. Who holds it may read its figures."""
    require(context.principal, READ_ANALYTICS)
    asked = period_of(context, document)
    if asked.end - asked.first > LONGEST_GAP_DAYS:
        raise InvalidInput(f"period: ask for at most {LONGEST_GAP_DAYS} days")
    return asked


async def membership(context: RequestContext, segment: str = EVERYBODY) -> Membership:
    return await context.analytics.members.load(segment)


async def activity(context: RequestContext, asked: Period, segment: str = EVERYBODY) -> Activity:
    return await context.analytics.totals.load((segment, asked))


async def reach(context: RequestContext, asked: Period, segment: str = EVERYBODY) -> Reach:
    return await context.analytics.reaches.load((segment, asked))


async def days(context: RequestContext, asked: Period, segment: str = EVERYBODY) -> list[DayFigures]:
    by_day = await context.analytics.activity.load((segment, asked))
    sizes = None if segment == EVERYBODY else await context.analytics.sizes.load((segment, asked))
    return series(asked, by_day, sizes)


async def top_features(context: RequestContext, asked: Period, segment: str) -> tuple[FeatureShare, ...]:
    return await context.analytics.uses.load((segment, asked))


async def underperforms(context: RequestContext, asked: Period, segment: str) -> bool:
    inside, everybody = await gather(_attendance(context, asked, segment), _attendance(context, asked, EVERYBODY))
    return is_underperforming(inside, everybody, asked)


async def _attendance(context: RequestContext, asked: Period, segment: str) -> Attendance:
    users, days = await gather(reach(context, asked, segment), activity(context, asked, segment))
    return Attendance(users.active, days.users, days.converters)


async def programme(context: RequestContext, asked: Period) -> ProgrammeLift:
    return programme_lift(await context.analytics.programme.load(asked))


async def served(context: RequestContext, asked: Period) -> Served:
    return await context.analytics.served.load(asked)


async def suggestions(context: RequestContext, segment: str | None = None) -> Sequence[Suggestion]:
    """All, or those about one segment."""
    found = await context.analytics.suggestions.load(None)
    return [one for one in found if segment in (None, one.segment)]


def rules_active(context: RequestContext) -> int:
    return len(context.use_cases.rules.known.rule_set.rules)


def experiments_running(context: RequestContext) -> int:
    active = (compiled.rule for compiled in context.use_cases.rules.known.rule_set.rules)
    return sum(rule.run is not None and rule.run.is_running for rule in active)


def follow_analytics(context: RequestContext, document: Document) -> AsyncGenerator[Period, None]:
    """The period, whenever figures of it are to be read anew."""
    asked, use_cases = period(context, document), context.use_cases
    return _fresh(asked, use_cases.feeds.analytics.follow(use_cases.clock, FRESH_AT_MOST_EVERY))


async def _fresh(asked: Period, beats: AsyncGenerator[None, None]) -> AsyncGenerator[Period, None]:
    async with closing(beats) as followed:
        async for _ in followed:
            yield asked
