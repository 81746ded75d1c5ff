"""How is the profile of one user read in one round trip, as often as somebody is seen for the first time?"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import asyncpg

from domain.errors import Unavailable
from persistence.postgres.outages import outages_as_unavailable
from persistence.postgres.profile_rows import READ, profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import PoolProxiedConnection

    from domain.model.profiles import Profile
    from domain.model.users import UserId

USERS_PER_STATEMENT = 100
"""Reading so many keeps neither the event loop nor those who wait for the next statement long."""
CLOSE_SECONDS = 2.0

READ_BY_KEYS = READ.replace(":user_ids", "$1")
# Planning takes five times as long as reading. So it is done once, and the plan must suit tables of any size,
# whatever they were like when it was made: every row is found by its key.
PLAN_ONCE = (
    "SET plan_cache_mode = force_generic_plan; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
)


class _Record(asyncpg.Record):
    """Columns by name, as in SQLAlchemy's rows."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class PostgresProfileReads:
    """One connection of its own and one prepared statement, without a transaction around it.

    Whoever asks while the statement runs goes along with the next one, so that a crowd needs few.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: PoolProxiedConnection | None = None  # dropped by everybody, SQLAlchemy would close it
        self._driver: Any = None
        self._statement: asyncpg.prepared_stmt.PreparedStatement[_Record] | None = None
        self._is_reading = False
        self._waiting: list[tuple[UserId, asyncio.Future[Profile | None]]] = []
        self._crowd: asyncio.Task[None] | None = None

    async def of_user(self, user_id: UserId) -> Profile | None:
        if self._is_reading:
            answer: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
            self._waiting.append((user_id, answer))
            return await answer
        self._is_reading = True
        try:
            return (await self._read([user_id])).get(user_id)
        finally:
            self._go_on()

    async def aclose(self) -> None:
        if self._crowd is not None:
            self._crowd.cancel()
            await asyncio.wait((self._crowd,))
        with suppress(Unavailable), outages_as_unavailable():
            if self._driver is not None:
                await self._driver.close(timeout=CLOSE_SECONDS)
        self._drop()

    def _go_on(self) -> None:
        self._is_reading = bool(self._waiting)
        if self._waiting:
            self._crowd = asyncio.create_task(self._read_waiting(), name="profiles for those who wait")

    async def _read_waiting(self) -> None:
        asked, self._waiting = self._waiting[:USERS_PER_STATEMENT], self._waiting[USERS_PER_STATEMENT:]
        try:
            found = await self._read([user_id for user_id, _ in asked])
        except Exception as trouble:  # noqa: BLE001 - it is theirs who wait
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(trouble)
        else:
            for user_id, answer in asked:
                if not answer.done():
                    answer.set_result(found.get(user_id))
        finally:
            self._go_on()

    async def _read(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]:
        with outages_as_unavailable():
            try:
                rows = await (await self._prepared()).fetch(user_ids)
            except BaseException:
                self._drop()  # whatever it was, the next one begins afresh
                raise
        return {row.user_id: profile_of(cast("Row[Any]", row)) for row in rows}

    async def _prepared(self) -> asyncpg.prepared_stmt.PreparedStatement[_Record]:
        if self._statement is None or self._driver.is_closed():
            self._drop()
            self._kept = await self._engine.raw_connection()
            self._driver = self._kept.driver_connection
            self._kept.detach()  # from the pool, which may give away another one instead
            await self._driver.execute(PLAN_ONCE)
            self._statement = await self._driver.prepare(READ_BY_KEYS, name="read_profiles", record_class=_Record)
        return self._statement

    def _drop(self) -> None:
        if self._driver is not None:
            self._driver.terminate()
        self._kept = self._driver = self._statement = None
