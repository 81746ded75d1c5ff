"""Assignments that are there before users are linked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.model.users import UserId

_STORE = text(
    """
    INSERT INTO assignments (user_id, rule_id, run, variation, held_out, overridden, first_exposed_at,
        last_applied_at, times_applied, segments, counted_through, outcomes)
    VALUES (:user_id, :rule_id, :run, :variation, :held_out, :overridden, :first_exposed_at,
        :last_applied_at, :times_applied, '{power_user}', 7, '{}')
    """
)
_READ = text(
    """
    SELECT rule_id, run, variation, held_out, overridden, first_exposed_at, last_applied_at, times_applied,
        relinked, conflicted, counted_through IS NULL AS is_to_count
    FROM assignments WHERE user_id = :user_id ORDER BY rule_id, run
    """
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one user got of one rule; `held_out`: nothing."""

    rule_id: str
    run: int
    first_exposed_at: datetime
    variation: str | None = None
    held_out: bool = False
    overridden: bool = False
    last_applied_at: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """The same, as it is stored."""

    seen: Seen
    relinked: bool
    conflicted: bool
    is_to_count: bool


async def store(engine: AsyncEngine, user_id: UserId, *seen: Seen) -> None:
    """Both the user and the rules have to be there."""
    async with engine.begin() as connection:
        for one in seen:
            row = {
                "user_id": user_id,
                "rule_id": one.rule_id,
                "run": one.run,
                "variation": one.variation,
                "held_out": one.held_out,
                "overridden": one.overridden,
                "first_exposed_at": one.first_exposed_at,
                "last_applied_at": one.last_applied_at or one.first_exposed_at,
                "times_applied": one.times,
            }
            await connection.execute(_STORE, row)


async def found(engine: AsyncEngine, user_id: UserId) -> list[Found]:
    async with engine.connect() as connection:
        rows = (await connection.execute(_READ, {"user_id": user_id})).all()
    return [
        Found(
            Seen(
                row.rule_id,
                row.run,
                row.first_exposed_at,
                row.variation,
                row.held_out,
                row.overridden,
                row.last_applied_at,
                row.times_applied,
            ),
            row.relinked,
            row.conflicted,
            row.is_to_count,
        )
        for row in rows
    ]
