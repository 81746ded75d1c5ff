"""Who is personalized, and whether they want to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

UserId = NewType("UserId", str)
"""Opaque, chosen by the host application; 1 to 128 characters."""

MAX_USER_ID_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class PersonalizationChoice:
    """What a user allows: being personalized at all, and being scored by models."""

    enabled: bool = True
    use_of_models: bool = True
    changed_at: datetime | None = None

    @property
    def allows_models(self) -> bool:
        return self.enabled and self.use_of_models


def is_user_id(text: str) -> bool:
    return 0 < len(text) <= MAX_USER_ID_CHARACTERS and text.isprintable() and text == text.strip()
