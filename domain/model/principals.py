"""Who is asking, and in which roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.users import UserId


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"
    ANALYST = "analyst"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    """The bearer of a token; `expires_at` is the instant from which the token no longer counts."""

    user_id: UserId | None
    roles: frozenset[Role]
    expires_at: datetime | None = None

    def __hash__(self) -> int:
        """Of what tells most of them apart: they are looked up with every request."""
        return hash(self.user_id)


ANONYMOUS = Principal(user_id=None, roles=frozenset())
