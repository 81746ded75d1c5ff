"""Which segments are there, who is in them, and who joins or leaves?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from domain.model.segments import SegmentKey
from domain.rules.documents import parse_segment
from domain.rules.segments import BUILT_IN_SEGMENTS
from resolvers.arguments import Document, refusals_as_errors
from resolvers.authorization import FOLLOW_SEGMENTS, READ_SEGMENTS, WRITE_DEFINITIONS, oneself_or, require, signed_in
from resolvers.links import stands_for
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from domain.model.conditions import Condition
    from domain.model.news import SegmentChanged
    from domain.model.pages import Page, PageRequest
    from domain.model.segments import Segment
    from domain.model.users import UserId
    from resolvers.context import RequestContext
    from resolvers.loaders import Member

_BUILT_IN = {segment.key: segment for segment in BUILT_IN_SEGMENTS}


def segments(context: RequestContext) -> tuple[Segment, ...]:
    """The built-in ones first."""
    require(context.principal, READ_SEGMENTS)
    return (*BUILT_IN_SEGMENTS, *context.use_cases.rules.known.segments)


def segment(context: RequestContext, key: str) -> Segment | None:
    require(context.principal, READ_SEGMENTS)
    return named(context, SegmentKey(key))


def named(context: RequestContext, key: SegmentKey) -> Segment | None:
    """What a membership is in: `None` once that was deleted. Whoever holds the membership may read it."""
    if key in _BUILT_IN:
        return _BUILT_IN[key]
    return next((defined for defined in context.use_cases.rules.known.segments if defined.key == key), None)


def condition(context: RequestContext, key: SegmentKey) -> Condition | None:
    """Who is in it is for those to know who manage segments, not for whoever is in it."""
    found = segment(context, key)
    return None if found is None else found.condition


async def size(context: RequestContext, key: SegmentKey) -> int:
    require(context.principal, READ_SEGMENTS)
    return await context.loaders.sizes.load(key)


async def members(context: RequestContext, key: SegmentKey, page: PageRequest) -> Page[Member]:
    require(context.principal, READ_SEGMENTS)
    with refusals_as_errors():
        found = await context.loaders.members.load((key, page))
    context.loaders.expect(user_id for user_id, _ in found.items)
    return found


async def save_segment(context: RequestContext, document: Document) -> Segment:
    """Raises `Refused`."""
    author = require(context.principal, WRITE_DEFINITIONS)
    return await context.use_cases.save_segment(parse_segment(document), author)


async def delete_segment(context: RequestContext, key: str) -> bool:
    """Raises `Refused`."""
    author = require(context.principal, WRITE_DEFINITIONS)
    return await context.use_cases.delete_segment(SegmentKey(key), author)


def follow_segments(
    context: RequestContext, segment: str | None, user_id: str | None
) -> AsyncGenerator[tuple[SegmentChanged, Segment], None]:
    """Who joins or leaves from now on. Users are told only of themselves."""
    own = signed_in(context.principal)
    sees_all = user_id is None and not context.principal.roles.isdisjoint(FOLLOW_SEGMENTS)
    with refusals_as_errors():
        whose = None if sees_all else oneself_or(context.principal, user_id or own, FOLLOW_SEGMENTS)
    if segment is not None and named(context, SegmentKey(segment)) is None:
        raise InvalidInput("segment: there is no such segment")
    return _changes(context, segment, whose)


async def _changes(
    context: RequestContext, segment: str | None, user_id: UserId | None
) -> AsyncGenerator[tuple[SegmentChanged, Segment], None]:
    def is_wanted(change: SegmentChanged) -> bool:
        return segment in (None, change.segment) and user_id in (None, change.user_id)

    if user_id is not None and user_id != context.principal.user_id:
        user_id = await stands_for(context, user_id)
    async with closing(context.use_cases.feeds.segments.follow(is_wanted)) as changes:
        async for change in changes:
            if (concerned := named(context, change.segment)) is not None:
                yield change, concerned
