"""Do the embedded servers keep what was acknowledged, whoever is killed, and keep strangers out?"""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]  # psutil ships no annotations
import pytest
import redis

from app.embedded.postgres import STAGING_PREFIX, Durability
from app.embedded.processes import LOG_LIMIT_BYTES
from app.embedded.refusals import EmbeddedRefused
from app.embedded.services import EmbeddedServices, start_embedded

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """An engine in a process of its own, so that it can be killed."""

    process: subprocess.Popen[bytes]

    def started(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        announced: dict[str, Any] = json.loads(self.process.stdout.readline())
        return announced

    def ended_by(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[], EngineProcess]]:
    """Start engines on `tmp_path`; whatever they leave behind is ended after the test."""
    with ExitStack() as at_the_end:

        def start() -> EngineProcess:
            command = [sys.executable, "-m", "tests.integration.embedded.one_engine", str(tmp_path)]
            engine = EngineProcess(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            at_the_end.callback(engine.ended_by, signal.SIGKILL)
            return engine

        at_the_end.callback(lambda: start_embedded(tmp_path).stop())
        yield start


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    with start_embedded(tmp_path_factory.mktemp("data"), Durability.THROWAWAY) as services:
        yield services


def query(database_url: str, *statements: str) -> Any:
    """Run the statements, return the value of the last one."""

    async def run() -> Any:
        connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


def ping(redis_url: str) -> bool:
    with redis.Redis.from_url(redis_url) as client:
        return bool(client.ping())


def test_postgres_speaks_utf_8_and_sorts_alike_on_every_machine(services: EmbeddedServices) -> None:
    locale = query(
        services.database_url, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname='attune'"
    )
    assert locale == "bC.UTF-8"
    assert query(services.database_url, "SHOW server_encoding") == "UTF8"
    assert query(services.database_url, "SHOW timezone") == "UTC"


def test_postgres_listens_on_no_network_and_asks_for_the_password(services: EmbeddedServices) -> None:
    assert query(services.database_url, "SHOW listen_addresses") == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        query(f"postgresql://attune:wrong@/attune?host={services.postgres.sockets}")


def test_redis_evicts_only_what_has_a_ttl_and_writes_nothing_to_disk(services: EmbeddedServices) -> None:
    with redis.Redis.from_url(services.redis_url, decode_responses=True) as client:
        settings = client.config_get("*")
    assert settings["maxmemory-policy"] == "volatile-lru"
    assert settings["maxmemory"] == str(256 * 1024 * 1024)
    assert (settings["save"], settings["appendonly"], settings["port"]) == ("", "no", "0")


def test_sockets_and_data_are_private(services: EmbeddedServices) -> None:
    for directory in (services.postgres.sockets, services.postgres.directory, services.postgres.data_dir / "redis"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_second_engine_on_the_same_data_is_refused_and_the_first_unharmed(services: EmbeddedServices) -> None:
    with pytest.raises(EmbeddedRefused, match=rf"another engine \(process {os.getpid()}\)"):
        start_embedded(services.postgres.data_dir)
    assert query(services.database_url, "SELECT 1") == 1
    assert ping(services.redis_url)


def test_each_server_stops_and_comes_back_at_its_address(services: EmbeddedServices) -> None:
    addresses = (services.database_url, services.redis_url)
    services.postgres.stop()
    assert services.postgres.process_id is None
    assert ping(services.redis_url)
    with pytest.raises(OSError, match=r"No such file|refused"):
        query(addresses[0], "SELECT 1")
    services.redis.stop()
    with pytest.raises(redis.ConnectionError):
        ping(addresses[1])
    services.postgres.start()
    services.redis.start()
    assert (services.database_url, services.redis_url) == addresses
    assert query(addresses[0], "SELECT 1") == 1
    assert ping(addresses[1])


def test_each_server_comes_back_after_a_crash(services: EmbeddedServices) -> None:
    services.postgres.kill()
    services.redis.kill()
    assert (services.postgres.process_id, services.redis.process_id) == (None, None)
    services.postgres.start()
    services.redis.start()
    assert query(services.database_url, "SELECT 1") == 1
    assert ping(services.redis_url)


def test_starting_twice_keeps_the_running_server(services: EmbeddedServices) -> None:
    before = (services.postgres.process_id, services.redis.process_id)
    services.postgres.start()
    services.redis.start()
    assert (services.postgres.process_id, services.redis.process_id) == before


def test_data_outlive_a_restart_and_fsync_is_on(tmp_path: Path) -> None:
    with start_embedded(tmp_path) as services:
        query(services.database_url, "CREATE TABLE kept AS SELECT 7 AS value")
        assert query(services.database_url, "SHOW fsync") == "on"
        address = services.database_url
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    with start_embedded(tmp_path) as services:
        assert services.database_url == address
        assert query(services.database_url, "SELECT value FROM kept") == 7


def test_stopping_twice_does_not_touch_the_next_engine(tmp_path: Path) -> None:
    first = start_embedded(tmp_path, Durability.THROWAWAY)
    first.stop()
    with start_embedded(tmp_path, Durability.THROWAWAY) as second:
        first.stop()
        assert query(second.database_url, "SELECT 1") == 1


def test_an_engine_killed_hard_loses_nothing_and_its_orphans_are_replaced(
    tmp_path: Path, engine: Callable[[], EngineProcess]
) -> None:
    killed = engine()
    announced = killed.started()
    query(announced["database_url"], "CREATE TABLE kept AS SELECT 7 AS value")
    assert killed.ended_by(signal.SIGKILL) == -signal.SIGKILL
    assert psutil.pid_exists(announced["postgres"])
    with start_embedded(tmp_path) as services:
        assert query(services.database_url, "SELECT value FROM kept") == 7
        assert ping(services.redis_url)
        assert services.postgres.process_id != announced["postgres"]
        assert not _is_running(announced["postgres"])
        assert not _is_running(announced["redis"])


def test_everything_killed_hard_at_once_loses_nothing(tmp_path: Path, engine: Callable[[], EngineProcess]) -> None:
    killed = engine()
    announced = killed.started()
    query(announced["database_url"], "CREATE TABLE kept AS SELECT 7 AS value")
    killed.ended_by(signal.SIGKILL)
    os.kill(announced["postgres"], signal.SIGKILL)
    os.kill(announced["redis"], signal.SIGKILL)
    with start_embedded(tmp_path) as services:
        assert query(services.database_url, "SELECT value FROM kept") == 7
        assert ping(services.redis_url)


@pytest.mark.parametrize("moment", [f"{STAGING_PREFIX}*", f"{STAGING_PREFIX}*/cluster/base", "postgres/postmaster.pid"])
def test_an_engine_killed_while_it_starts_leaves_nothing_half(
    tmp_path: Path, engine: Callable[[], EngineProcess], moment: str
) -> None:
    killed = engine()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not list(tmp_path.glob(moment)):
        assert time.monotonic() < deadline
    killed.ended_by(signal.SIGKILL)
    with start_embedded(tmp_path) as services:
        assert query(services.database_url, "SELECT 1") == 1
    assert not list(tmp_path.glob(f"{STAGING_PREFIX}*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_end_stops_both_servers_cleanly(
    tmp_path: Path, engine: Callable[[], EngineProcess], number: signal.Signals
) -> None:
    asked = engine()
    announced = asked.started()
    asked.ended_by(number)
    assert not _is_running(announced["postgres"])
    assert not _is_running(announced["redis"])
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_pid_file_naming_a_stranger_neither_stops_the_start_nor_hurts_the_stranger(tmp_path: Path) -> None:
    start_embedded(tmp_path, Durability.THROWAWAY).stop()
    claim = tmp_path / "postgres" / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        claim.write_text(f"{stranger.pid}\n{tmp_path / 'postgres'}\n0\n5432\n\n\n0 0\nready\n")
        with start_embedded(tmp_path, Durability.THROWAWAY) as services:
            assert query(services.database_url, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_deep_or_oddly_named_data_directory_gets_short_sockets(tmp_path: Path) -> None:
    data_dir = tmp_path / 'it\'s a "deep" place, really' / ("x" * 100)
    with start_embedded(data_dir, Durability.THROWAWAY) as services:
        assert data_dir not in services.postgres.sockets.parents
        assert query(services.database_url, "SELECT 1") == 1
        assert ping(services.redis_url)


def test_data_of_another_postgres_are_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedRefused, match="was made by PostgreSQL 15"):
        start_embedded(tmp_path)
    assert [file.name for file in (tmp_path / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_refused_start_gives_the_directory_up_again(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    for _ in range(2):
        with pytest.raises(EmbeddedRefused, match="not a readable PostgreSQL 18 cluster"):
            start_embedded(tmp_path)


def test_a_long_log_of_a_server_begins_anew_at_the_next_start(tmp_path: Path) -> None:
    start_embedded(tmp_path, Durability.THROWAWAY).stop()
    log = tmp_path / "redis.log"
    log.write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))
    start_embedded(tmp_path, Durability.THROWAWAY).stop()
    assert log.stat().st_size < LOG_LIMIT_BYTES


def _is_running(process_id: int) -> bool:
    """A process whose parent was killed stays a zombie until somebody reaps it: that is not running."""
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
