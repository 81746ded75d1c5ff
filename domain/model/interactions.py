"""What one user did, at a time, in a context: the append-only facts that everything is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.json_values import JsonObject
    from domain.model.users import UserId

InteractionKey = NewType("InteractionKey", str)
"""Chosen by the client, unique per user, 1 to 64 characters: the same key is counted once."""


class InteractionKind(StrEnum):
    PAGE_VIEW = "PAGE_VIEW"
    FEATURE_USE = "FEATURE_USE"
    CONTENT_VIEW = "CONTENT_VIEW"
    CLICK = "CLICK"
    SEARCH = "SEARCH"
    DISMISS = "DISMISS"
    PREFERENCE = "PREFERENCE"
    CONVERSION = "CONVERSION"
    SESSION_START = "SESSION_START"
    SESSION_END = "SESSION_END"
    OTHER = "OTHER"


class Device(StrEnum):
    MOBILE = "MOBILE"
    TABLET = "TABLET"
    DESKTOP = "DESKTOP"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One fact. `occurred_at` keeps the offset that the client sent: it is the user's local time."""

    key: InteractionKey
    user_id: UserId
    kind: InteractionKind
    occurred_at: datetime
    target: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    device: Device | None = None
    session_id: str | None = None
    value: float | None = None
    properties: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class RecordedInteraction:
    """A stored fact: `sequence` grows in the order in which one user's interactions were received."""

    sequence: int
    interaction: Interaction
    received_at: datetime
