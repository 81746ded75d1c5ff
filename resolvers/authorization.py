"""May this principal do this? The same answer for queries, mutations and subscriptions.

Users read and change only themselves; the tuples of roles below say who may do more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Forbidden, Unauthenticated
from domain.model.principals import Role
from resolvers.arguments import user_id_argument

if TYPE_CHECKING:
    from domain.model.principals import Principal
    from domain.model.users import UserId

READ_USERS = (Role.ADMIN, Role.ANALYST, Role.SERVICE)
READ_RULES = (Role.ADMIN, Role.ANALYST)
READ_MODELS = (Role.ADMIN, Role.ANALYST)
READ_SEGMENTS = (Role.ADMIN, Role.ANALYST)
READ_ANALYTICS = (Role.ADMIN, Role.ANALYST)
WRITE_DEFINITIONS = (Role.ADMIN,)
WRITE_PROFILES = (Role.ADMIN, Role.SERVICE)
TRACK_OTHERS = (Role.SERVICE,)
FOLLOW_OTHERS = (Role.ADMIN, Role.SERVICE)
DELIVER_TO_OTHERS = (Role.SERVICE,)
FOLLOW_SEGMENTS = (Role.ADMIN, Role.ANALYST)
ERASE_OTHERS = (Role.ADMIN,)
# Users cannot prove that an anonymous id was theirs, and whoever guessed one would get what its user did.
LINK_USERS = (Role.ADMIN, Role.SERVICE)


def signed_in(principal: Principal) -> UserId:
    """Whoever asks; raises `Unauthenticated` when that is nobody."""
    if principal.user_id is None:
        raise Unauthenticated("sign in first: send a token as “Authorization: Bearer ...”")
    return principal.user_id


def require(principal: Principal, roles: tuple[Role, ...]) -> UserId:
    """Whoever asks, in one of the roles; raises `Unauthenticated` or `Forbidden`."""
    own = signed_in(principal)
    if principal.roles.isdisjoint(roles):
        raise Forbidden(f"this needs the role {' or '.join(roles)}")
    return own


def oneself_or(principal: Principal, user_id: str | None, roles: tuple[Role, ...]) -> UserId:
    """The user asked about: oneself unless named, somebody else only in one of the roles.

    Raises `Unauthenticated`, `Forbidden`, or `Refused` for an impossible id.
    """
    own = signed_in(principal)
    if user_id is None or user_id == own:
        return own
    require(principal, roles)
    return user_id_argument(user_id)


def is_user(principal: Principal) -> bool:
    """Is the principal somebody to be personalized? A service alone is not: it speaks for others."""
    return Role.USER in principal.roles or Role.SERVICE not in principal.roles
