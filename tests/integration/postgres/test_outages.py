"""What happens to units of work while PostgreSQL is stopped, crashes, restarts or is overloaded?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlalchemy import text

from app.embedded.postgres import Durability
from app.embedded.services import EmbeddedServices, start_embedded
from domain.errors import Unavailable
from domain.model.interactions import InteractionKey
from domain.model.users import UserId
from migrations.runner import migrate
from persistence.postgres.engine import DEFAULT_TIMEOUTS, DatabaseTimeouts, create_engine
from persistence.postgres.profile_reads import PostgresProfileReads
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from tests.builders.interactions import interaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

ADA = UserId("ada")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
async def own_services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServices]:
    """Servers that nobody else notices being stopped."""
    directory = tmp_path_factory.mktemp("own")
    with await asyncio.to_thread(start_embedded, directory, Durability.THROWAWAY) as services:
        await migrate(services.database_url)
        yield services


@pytest.fixture
async def running(own_services: EmbeddedServices) -> EmbeddedServices:
    await asyncio.to_thread(own_services.postgres.start)
    return own_services


@asynccontextmanager
async def units_of_work(
    url: str, *, pool_size: int = 3, timeouts: DatabaseTimeouts = DEFAULT_TIMEOUTS
) -> AsyncIterator[PostgresUnitsOfWork]:
    engine = create_engine(url, pool_size=pool_size, timeouts=timeouts)
    yield PostgresUnitsOfWork(engine)
    await engine.dispose()


async def ask(begin: UnitsOfWork) -> None:
    async with begin() as work:
        await work.profiles.of_users([ADA])


async def ask_in_parallel(begin: UnitsOfWork) -> bool:
    """So that several pooled connections are open; whether both were answered alike."""
    async with begin() as one, begin() as other:
        return await one.profiles.of_users([ADA]) == await other.profiles.of_users([ADA])


async def track(work: UnitOfWork) -> None:
    await work.interactions.add([interaction(user_id=ADA)], NOW)


async def interrupted(
    begin: UnitsOfWork,
    interruption: Callable[[], Awaitable[None]],
    afterwards: Callable[[UnitOfWork], Awaitable[object]],
) -> None:
    """A unit of work with something stored in it when the interruption comes."""
    async with begin() as work:
        await work.rule_sets.advance()
        await work.interactions.add([interaction(user_id=ADA, key=InteractionKey("lost"))], NOW)
        await interruption()
        await afterwards(work)


async def lose(running: EmbeddedServices, how: str) -> None:
    """Return when its servants are gone, too: for a moment they go on answering."""
    servants = psutil.Process(running.postgres.process_id).children(recursive=True)
    stop: Callable[[], None] = getattr(running.postgres, how)
    await asyncio.to_thread(stop)
    _, left = await asyncio.to_thread(psutil.wait_procs, servants, timeout=PATIENCE_SECONDS)
    assert left == []


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_while_the_server_is_gone_everything_is_unavailable_and_afterwards_nothing_is(
    running: EmbeddedServices, how: str
) -> None:
    async with units_of_work(running.database_url) as begin:
        await ask_in_parallel(begin)
        await lose(running, how)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await ask(begin)
        with pytest.raises(Unavailable):
            await begin.ping()

        await asyncio.to_thread(running.postgres.start)
        await ask_in_parallel(begin)
        await begin.ping()


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("noticed", [True, False])
async def test_profiles_are_read_again_after_a_restart_whether_or_not_anybody_asked_meanwhile(
    running: EmbeddedServices, how: str, *, noticed: bool
) -> None:
    engine = create_engine(running.database_url)
    reads = PostgresProfileReads(engine)
    assert await reads.of_user(ADA) is None
    await lose(running, how)
    if noticed:
        answers = await asyncio.gather(*(reads.of_user(ADA) for _ in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 3
    await asyncio.to_thread(running.postgres.start)

    assert await reads.of_user(ADA) is None
    await reads.aclose()
    await engine.dispose()


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_after_a_restart_that_nobody_noticed_the_next_unit_of_work_succeeds(
    running: EmbeddedServices, how: str
) -> None:
    async with units_of_work(running.database_url) as begin:
        await ask_in_parallel(begin)
        await lose(running, how)
        await asyncio.to_thread(running.postgres.start)

        assert await ask_in_parallel(begin)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_server_lost_in_the_middle_loses_the_whole_unit_of_work(running: EmbeddedServices, how: str) -> None:
    async with units_of_work(running.database_url) as begin:
        with pytest.raises(Unavailable):
            await interrupted(begin, lambda: lose(running, how), lambda work: work.profiles.of_users([ADA]))

        await asyncio.to_thread(running.postgres.start)
        async with begin() as work:
            assert [r async for r in work.interactions.received_after(ADA, 0)] == []


async def test_a_server_lost_before_the_commit_acknowledges_nothing(running: EmbeddedServices) -> None:
    async with units_of_work(running.database_url) as begin:
        with pytest.raises(Unavailable):
            await interrupted(begin, lambda: lose(running, "stop"), lambda work: work.commit())


async def test_copying_to_a_lost_server_is_unavailable_too(running: EmbeddedServices) -> None:
    async with units_of_work(running.database_url) as begin:
        with pytest.raises(Unavailable):
            await interrupted(begin, lambda: lose(running, "kill"), track)


@pytest.mark.parametrize("address", ["nobody:x@127.0.0.1:1/attune", "nobody:x@/attune?host=/nowhere"])
async def test_an_address_where_nobody_listens_is_unavailable(address: str) -> None:
    async with units_of_work(f"postgresql+asyncpg://{address}") as begin:
        with pytest.raises(Unavailable):
            await ask(begin)


async def test_when_all_connections_are_busy_waiting_ends(running: EmbeddedServices) -> None:
    impatient = DatabaseTimeouts(wait_for_connection_seconds=0.05)
    async with units_of_work(running.database_url, pool_size=1, timeouts=impatient) as begin:
        async with begin() as busy:
            await busy.rule_sets.revisions()
            with pytest.raises(Unavailable, match="busy"):
                await ask(begin)

        await ask(begin)


async def test_a_cancelled_unit_of_work_gives_its_connection_back(running: EmbeddedServices) -> None:
    async with units_of_work(running.database_url, pool_size=2) as begin:
        started = asyncio.Event()

        async def wait_for_the_other() -> None:
            async with begin() as work:
                await work.rule_sets.revisions()
                started.set()
                await work.rule_sets.advance()

        async with begin() as other:
            await other.rule_sets.advance()
            waiting = asyncio.ensure_future(wait_for_the_other())
            await started.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

        await ask_in_parallel(begin)


async def test_waiting_for_a_lock_ends(running: EmbeddedServices) -> None:
    impatient = DatabaseTimeouts(lock_seconds=0.05)
    async with units_of_work(running.database_url, timeouts=impatient) as begin, begin() as holder:
        await holder.rule_sets.advance()
        with pytest.raises(Unavailable):
            async with begin() as work:
                await work.rule_sets.advance()


async def test_a_unit_of_work_that_idles_too_long_is_ended_by_the_server(running: EmbeddedServices) -> None:
    idling = DatabaseTimeouts(idle_in_transaction_seconds=0.05)
    async with (
        units_of_work(running.database_url, timeouts=idling) as begin,
        units_of_work(running.database_url) as observing,
    ):

        async def until_the_server_ends_it() -> None:
            """It holds what the other one waits for."""
            async with asyncio.timeout(PATIENCE_SECONDS), observing() as other:
                await other.rule_sets.advance()

        with pytest.raises(Unavailable):
            await interrupted(begin, until_the_server_ends_it, lambda work: work.commit())

        await ask(begin)


async def test_connections_ended_by_an_administrator_fail_once_at_most(running: EmbeddedServices) -> None:
    """Once, if they are used before the event loop has read their end."""
    engine = create_engine(running.database_url, pool_size=3)
    begin = PostgresUnitsOfWork(engine)
    await ask_in_parallel(begin)
    others = "pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
    ended = text("SELECT pg_terminate_backend(pid, 10000) FROM " + others)  # noqa: S608 - a constant
    async with engine.connect() as connection:
        await connection.execute(ended, {"name": engine.url.database})

    with suppress(Unavailable):
        await ask_in_parallel(begin)
    assert await ask_in_parallel(begin)
    await engine.dispose()
