"""What one user did, at a time, in a context: the append-only facts that everything is learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NewType, Self, overload

if TYPE_CHECKING:
    from collections.abc import Iterator
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


_FIELDS = tuple(field.name for field in fields(Interaction))
_by_field = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True, eq=False)
class InteractionColumns(Sequence[Interaction]):
    """Interactions of which each field is a sequence of its own, all as long as the others.

    A thousand of them are checked and stored by column. What there is of single ones is made when it is asked for.
    """

    key: Sequence[InteractionKey]
    user_id: Sequence[UserId]
    kind: Sequence[InteractionKind]
    occurred_at: Sequence[datetime]
    target: Sequence[str | None]
    section: Sequence[str | None]
    tags: Sequence[tuple[str, ...]]
    device: Sequence[Device | None]
    session_id: Sequence[str | None]
    value: Sequence[float | None]
    properties: Sequence[JsonObject | None]

    @classmethod
    def of(cls, interactions: Sequence[Interaction]) -> InteractionColumns:
        if isinstance(interactions, cls):
            return interactions
        columns = zip(*map(_by_field, interactions), strict=True) if interactions else ((),) * len(_FIELDS)
        return cls(*columns)

    @property
    def _columns(self) -> tuple[Sequence[Any], ...]:
        columns: tuple[Sequence[Any], ...] = _by_field(self)
        return columns

    def __len__(self) -> int:
        return len(self.key)

    @overload
    def __getitem__(self, index: int) -> Interaction: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Interaction | Self:
        there: list[Any] = [column[index] for column in self._columns]
        return type(self)(*there) if isinstance(index, slice) else Interaction(*there)

    def __iter__(self) -> Iterator[Interaction]:
        return map(Interaction, *self._columns)


@dataclass(frozen=True, slots=True)
class RecordedInteraction:
    """A stored fact: `sequence` grows in the order in which one user's interactions were received."""

    sequence: int
    interaction: Interaction
    received_at: datetime
