"""Whom does an id stand for, and who may say that two ids are one user?

Whoever may read every user gets, under an alias, its user. A token of the alias itself gets nothing of that user:
devices are shared, and anonymous ids outlive signing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Forbidden, Unavailable
from domain.model.principals import Role
from resolvers.arguments import Document, user_id_argument
from resolvers.authorization import LINK_USERS, oneself_or, require, signed_in

if TYPE_CHECKING:
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from resolvers.context import RequestContext


async def link_users(context: RequestContext, document: Document) -> Profile:
    """Raises `Refused`. What services link day in, day out is counted; what people link by hand is noted."""
    author = require(context.principal, LINK_USERS)
    anonymous_id = user_id_argument(document["anonymousId"], "anonymousId")
    user_id = user_id_argument(document["userId"], "userId")
    by_hand = Role.SERVICE not in context.principal.roles
    return await context.use_cases.link_users(anonymous_id, user_id, author if by_hand else None)


async def stands_for(context: RequestContext, user_id: UserId) -> UserId:
    """Whom somebody means who may read every user. While no store answers, as far as is known here."""
    try:
        profile: Profile | None = await context.use_cases.profiles.get(user_id)
    except Unavailable:
        profile = context.use_cases.profiles.at_hand(user_id)
    return (profile.linked_to if profile is not None else None) or user_id


async def to_change(context: RequestContext, user_id: str | None, roles: tuple[Role, ...]) -> UserId:
    """Whose data to change: oneself unless named, others only in one of the roles. Raises as `oneself_or` does.

    Under an alias nobody changes what is the known user's; and what was the anonymous user's is that by now.
    """
    whose = oneself_or(context.principal, user_id, roles)
    if whose != signed_in(context.principal):
        return await stands_for(context, whose)
    if (await context.use_cases.profiles.get(whose)).linked_to is not None:
        raise Forbidden("this id was linked to a known user: sign in as that user")
    return whose
