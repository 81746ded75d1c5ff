"""Whose data may be read, and who are the users?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.segments import SegmentKey
from domain.ports.profiles import UserFilter
from domain.rules.documents.ranges import read_range
from domain.rules.documents.reading import Reader
from resolvers.arguments import Document, refusals_as_errors, user_id_argument
from resolvers.authorization import ERASE_OTHERS, READ_USERS, require, signed_in
from resolvers.links import stands_for, to_change

if TYPE_CHECKING:
    from domain.model.json_values import Json
    from domain.model.pages import Page, PageRequest
    from domain.model.users import UserId
    from resolvers.context import RequestContext


def viewer(context: RequestContext) -> UserId:
    return signed_in(context.principal)


async def user(context: RequestContext, user_id: str) -> UserId:
    """Any possible id is a user: one of whom nothing is known yet has a config too."""
    require(context.principal, READ_USERS)
    with refusals_as_errors():
        return await stands_for(context, user_id_argument(user_id, "id"))


async def users(context: RequestContext, matching: Document | None, page: PageRequest) -> Page[UserId]:
    require(context.principal, READ_USERS)
    with refusals_as_errors():
        wanted = _filter(matching or {})
        async with context.use_cases.begin() as work:
            found = await work.profiles.page(wanted, page)
    context.loaders.expect(found.items)
    return found


async def erase_me(context: RequestContext) -> bool:
    return await context.use_cases.erase_user(await to_change(context, None, ERASE_OTHERS))


async def export_me(context: RequestContext) -> dict[str, Json]:
    """Raises `Refused` when there is too much for one answer."""
    return await context.use_cases.export_user(await to_change(context, None, ()))


async def erase(context: RequestContext, user_id: str) -> bool:
    """Raises `Refused` for an impossible id."""
    require(context.principal, ERASE_OTHERS)
    return await context.use_cases.erase_user(await stands_for(context, user_id_argument(user_id)))


def _filter(document: Document) -> UserFilter:
    reader = Reader(document, ("filter",))
    members = reader.members(optional=("segment", "churnRisk", "seenSince"))
    wanted = UserFilter(
        segment=members.read("segment", lambda key: SegmentKey(key.key()), None),
        churn_risk=members.read("churnRisk", lambda risk: read_range(risk, 0, 1), None),
        seen_since=members.read("seenSince", Reader.instant, None),
    )
    reader.finish()
    return wanted
