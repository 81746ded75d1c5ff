"""One page of a list that can grow, read by keyset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_PAGE_ITEMS = 100
"""What clients may ask for at once. Stores answer one more, for what is compared with the item behind it."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`cursors[i]` identifies `items[i]`: passing it as `after` continues behind that item."""

    items: tuple[T, ...]
    cursors: tuple[str, ...]
    has_next: bool


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The first `first` items behind `after`. A cursor that is not one of ours raises `Refused` (INVALID_CURSOR)."""

    first: int = 20
    after: str | None = None
