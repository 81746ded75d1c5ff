"""Which servers are measured: the engine as users start it, and a hello-world as the floor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.authentication import TokenIssuer
from app.embedded.services import start_embedded
from app.settings import token_secret
from domain.model.principals import Role
from domain.model.users import UserId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parent.parent
READY_SECONDS = 60
ATTUNE = (str(Path(sys.executable).parent / "attune"),)


@dataclass(frozen=True, slots=True)
class MeasuredEngine:
    port: int
    pid: int
    database_url: str
    redis_url: str
    data_dir: Path

    def token(self, user_id: str, *roles: Role) -> str:
        issuer = TokenIssuer(token_secret(self.data_dir))
        return issuer.issue(UserId(user_id), roles or (Role.USER,), timedelta(hours=4), datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that is measured beside the engine."""

    port: int
    pid: int


@contextmanager
def measured_engine(program: Sequence[str] = ATTUNE, *, worker_inside: bool = True) -> Iterator[MeasuredEngine]:
    """`attune serve` (or a program like it) on durable embedded stores of its own, one process."""
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder:
        data_dir = Path(folder)
        with start_embedded(data_dir) as services:
            environment = {
                "ATTUNE_DATABASE_URL": services.database_url,
                "ATTUNE_REDIS_URL": services.redis_url,
                "ATTUNE_WORKER_IN_SERVER": str(worker_inside).lower(),
                "ATTUNE_DATA_DIR": str(data_dir),
                "ATTUNE_LOG_LEVEL": "WARNING",
            }
            subprocess.run([*ATTUNE, "migrate"], env={**os.environ, **environment}, check=True, capture_output=True)
            port = free_port()
            command = [*program, "serve", "--port", str(port)]
            with running(command, environment, f"http://127.0.0.1:{port}/health/ready") as pid:
                yield MeasuredEngine(port, pid, services.database_url, services.redis_url, data_dir)


@contextmanager
def hello_world() -> Iterator[Server]:
    """The least an ASGI application can do, in the same server with the same settings."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.hello", str(port)]
    with running(command, {}, f"http://127.0.0.1:{port}/") as pid:
        yield Server(port, pid)


@contextmanager
def broadcaster() -> Iterator[Server]:
    """A server that repeats each message to all its sockets."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.broadcast", str(port)], {}, f"http://127.0.0.1:{port}/") as pid:
        yield Server(port, pid)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], url: str) -> Iterator[int]:
    """A process that answers at this address, ended at the end; its id."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        _await_answer(url, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=READY_SECONDS)


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the measured server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of our own
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {READY_SECONDS} s")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
