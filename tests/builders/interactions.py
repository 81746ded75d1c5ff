"""Valid interactions of which a test overrides only its point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from domain.model.interactions import Interaction, InteractionKey, InteractionKind
from domain.model.users import UserId

if TYPE_CHECKING:
    from collections.abc import Iterable

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_VALID = Interaction(
    key=InteractionKey("key-1"), user_id=UserId("ada"), kind=InteractionKind.PAGE_VIEW, occurred_at=MONDAY
)


def interaction(occurred_at: datetime = MONDAY, **overrides: Any) -> Interaction:
    """A page view on Monday, 2 March 2026, 9:00 UTC, about which nothing else is known."""
    return replace(_VALID, occurred_at=occurred_at, **overrides)


def feature_use(feature: str, occurred_at: datetime = MONDAY, **overrides: Any) -> Interaction:
    return interaction(occurred_at, kind=InteractionKind.FEATURE_USE, target=feature, **overrides)


def conversion(occurred_at: datetime = MONDAY, **overrides: Any) -> Interaction:
    return interaction(occurred_at, kind=InteractionKind.CONVERSION, **overrides)


def page_views(instants: Iterable[datetime], **overrides: Any) -> list[Interaction]:
    return [interaction(instant, **overrides) for instant in instants]


def daily(days: int, first: datetime = MONDAY) -> list[datetime]:
    """The same time on `days` consecutive days."""
    return [first + day * DAY for day in range(days)]


def workdays(weeks: int, first: datetime = MONDAY) -> list[datetime]:
    """The same time on Mondays to Fridays."""
    return [instant for instant in daily(7 * weeks, first) if instant.weekday() < 5]
