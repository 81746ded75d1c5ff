"""What should a user see here and now, and whenever that changes?"""

from __future__ import annotations

import weakref
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from domain.errors import Unavailable
from domain.model.contexts import UTC_ZONE, Context
from domain.model.interactions import Device
from domain.rules.documents.codes import Code
from domain.rules.documents.reading import Reader
from domain.rules.windows import known_zone
from resolvers.arguments import Document, read_object, refusals_as_errors
from resolvers.authorization import DELIVER_TO_OTHERS, FOLLOW_OTHERS, oneself_or
from resolvers.context import Answered
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from domain.model.configs import Config, ConfigUpdate
    from domain.model.principals import Principal
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from domain.use_cases.configs import Decided
    from resolvers.context import RequestContext

MAX_PLACE_CHARACTERS = 100
MAX_KNOWN_CONTEXTS = 1_000


def config_at_once(context: RequestContext, user_id: UserId, document: Document) -> Config | None:
    """The config, if nothing has to be waited for, as nearly always; else `None`."""
    where = read_context(document)
    decided = context.use_cases.decide.at_once(user_id, where)
    return None if decided is None else _noted(context, user_id, decided)


async def config(context: RequestContext, user_id: UserId, document: Document) -> Config:
    """Whoever holds a user may read it: see `resolvers.users`."""
    where = read_context(document)
    decided = await context.use_cases.decide(user_id, where, await _listed_profile(context, user_id))
    return _noted(context, user_id, decided)


def _noted(context: RequestContext, user_id: UserId, decided: Decided) -> Config:
    remembered = decided.remembered
    context.configs.append(Answered(decided.config.source, None if remembered is None else weakref.ref(remembered)))
    if reaches(context.principal, user_id):
        context.use_cases.applications.note(user_id, decided.config, decided.profile)
    return decided.config


async def _listed_profile(context: RequestContext, user_id: UserId) -> Profile | None:
    """The profiles of all listed users are read in one statement. Configs are decided even when that fails."""
    if not context.loaders.is_listed(user_id):
        return None
    with suppress(Unavailable):
        return await context.loaders.profiles.load(user_id)
    return None


def follow_config(
    context: RequestContext, document: Document, user_id: str | None, known_revision: str | None
) -> AsyncGenerator[ConfigUpdate, None]:
    """The config now, unless it is the known one, and then whenever it differs from the one before."""
    with refusals_as_errors():
        whose = oneself_or(context.principal, user_id, FOLLOW_OTHERS)
    return _updates(context, whose, read_context(document), known_revision)


def reaches(principal: Principal, user_id: UserId) -> bool:
    """Does an answer about the user reach them? The host application passes it on; others only look at it."""
    return principal.user_id == user_id or not principal.roles.isdisjoint(DELIVER_TO_OTHERS)


async def _updates(
    context: RequestContext, user_id: UserId, where: Context, known_revision: str | None
) -> AsyncGenerator[ConfigUpdate, None]:
    reaches_user, through_links = reaches(context.principal, user_id), user_id != context.principal.user_id
    following = context.use_cases.live.follow(
        user_id, where, known_revision, reaches_user=reaches_user, through_links=through_links
    )
    async with closing(following) as updates:
        async for update in updates:
            yield update


def read_context(document: Document) -> Context:
    """Raises `InvalidInput` naming the field."""
    if "attributes" in document:
        return _read_context(document)
    return _read_again(tuple(document.items()))  # most users look from the same few places


@lru_cache(maxsize=MAX_KNOWN_CONTEXTS)
def _read_again(members: tuple[tuple[str, Any], ...]) -> Context:
    return _read_context(dict(members))


def _read_context(document: Document) -> Context:
    with refusals_as_errors():
        reader = Reader(document, ("context",))
        members = reader.members(("place",), ("device", "timeZone", "attributes"))
        where = Context(
            place=members.read("place", lambda place: place.text(MAX_PLACE_CHARACTERS), ""),
            device=members.read("device", lambda device: device.member(Device), None),
            time_zone=members.read("timeZone", _read_zone, UTC_ZONE),
            attributes=members.read("attributes", read_object, {}),
        )
        reader.finish()
        return where


def _read_zone(reader: Reader) -> str:
    if isinstance(reader.value, str) and known_zone(reader.value):
        return reader.value
    reader.refuse(Code.UNKNOWN_VALUE, "no such time zone: give an IANA name, like Europe/Berlin")
    return UTC_ZONE
