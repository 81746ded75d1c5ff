"""Which processes of an embedded server live, and how are they started and ended?"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import psutil  # type: ignore[import-untyped]  # psutil ships no annotations

from app.embedded.accounts import Account
from app.embedded.refusals import EmbeddedRefused

POLL_SECONDS = 0.01
LOG_LIMIT_BYTES = 1_048_576
LOG_TAIL_LINES = 3
RUN_SECONDS = 120
# Nothing of the caller's environment: PGPORT, PGDATA and the like would change what the servers do.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class StopStep:
    """A signal, whether only the topmost processes get it, and how long it may take to work."""

    signal: signal.Signals
    only_topmost: bool
    patience_seconds: float


@dataclass(frozen=True, slots=True)
class Program:
    """What runs: the executable, the directory it works in, who runs it, where it logs, how it ends."""

    executable: Path
    directory: Path
    account: Account
    log_file: Path
    stop_steps: tuple[StopStep, ...]


def kill_all_in(directory: Path, patience_seconds: float = 5.0) -> None:
    """Kill whatever works in `directory` or below, and wait for its end: helpers that outlived their engine."""
    killed = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(directory):
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=patience_seconds)


@dataclass(slots=True)
class ServerProcesses:
    """All processes of one program in one directory, whoever started them.

    A killed engine leaves its servers running. They are recognised by name and working directory, never by a
    process id from a file: ids are reused, and a signal to a stranger cannot be taken back.
    """

    program: Program
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def process_id(self) -> int | None:
        """The server this engine started, or None if it is not running."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def run_until_ready(
        self, arguments: Sequence[str], is_ready: Callable[[int], bool], patience_seconds: float
    ) -> bool:
        """Start the program; return False if it ends before `is_ready(process id)` holds.

        Raises:
            EmbeddedRefused: neither ready nor ended within `patience_seconds`; it is ended first.

        """
        command = [str(self.program.executable), *arguments]
        with _open_log(self.program.log_file) as log:
            child = self._child = spawn(command, self.program.account, self.program.directory, log)
        deadline = time.monotonic() + patience_seconds
        while child.poll() is None:
            if is_ready(child.pid):
                return True
            if time.monotonic() > deadline:
                self.end()
                raise EmbeddedRefused(
                    f"{self.program.executable.name} was not ready after {patience_seconds:.0f} s: {self.log_tail()}"
                )
            time.sleep(POLL_SECONDS)
        return False

    def end(self) -> None:
        """End every process of the program, by ever stronger signals; returns when none is left.

        Raises:
            EmbeddedRefused: a process survived every signal.

        """
        for step in self.program.stop_steps:
            family = self.family()
            if not family:
                break
            identifiers = {process.pid for process in family}
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):  # it ended between the look and the signal
                    if not step.only_topmost or process.ppid() not in identifiers:
                        process.send_signal(step.signal)
            self._await_end(family, step.patience_seconds)
        if survivors := self.family():
            raise EmbeddedRefused(
                f"{self.program.executable.name} (process {survivors[0].pid}) of an earlier engine does not end"
            )
        if self._child is not None:
            self._child.wait()
            self._child = None

    def kill(self) -> None:
        """End only the server itself, at once, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def family(self) -> list[psutil.Process]:
        """Return the living processes of this program in this directory."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def log_tail(self) -> str:
        """Return the last lines of the server's log, in one line."""
        if not self.program.log_file.exists():
            return "no log"
        lines = self.program.log_file.read_text(errors="replace").splitlines()
        return " | ".join(lines[-LOG_TAIL_LINES:])

    def _await_end(self, family: list[psutil.Process], patience_seconds: float) -> None:
        """Wait until none of `family` lives. Zombies do not live: who is to reap an orphan may never do so."""
        deadline = time.monotonic() + patience_seconds
        while any(self._is_ours(process) for process in family) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.pid == self.process_id:
                return True
            return process.name() == self.program.executable.name and _works_in(process, self.program.directory)
        except (psutil.Error, OSError):  # it ended meanwhile, or belongs to somebody else
            return False


def spawn(command: Sequence[str], account: Account, directory: Path, log: BinaryIO) -> subprocess.Popen[bytes]:
    """Start `command` as `account` in `directory`, apart from the terminal.

    Its own session keeps Ctrl-C away from it: the engine drains first and then stops its servers itself.
    """
    launch = account.launch(command, reaching=(Path(command[0]), directory))
    return subprocess.Popen(  # noqa: S603 - built from the paths of installed wheels
        launch.command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env=ENVIRONMENT,
        start_new_session=True,
        user=launch.user,
        group=launch.group,
        extra_groups=launch.extra_groups,
    )


def run(command: Sequence[str], account: Account, directory: Path, standard_input: str = "") -> None:
    """Run `command` as `account` to its end.

    Raises:
        EmbeddedRefused: it failed, or took longer than `RUN_SECONDS`.

    """
    launch = account.launch(command, reaching=(Path(command[0]), directory))
    try:
        done = subprocess.run(  # noqa: S603 - built from the paths of installed wheels
            launch.command,
            input=standard_input.encode(),
            capture_output=True,
            check=False,
            timeout=RUN_SECONDS,
            cwd=directory,
            env=ENVIRONMENT,
            start_new_session=True,
            user=launch.user,
            group=launch.group,
            extra_groups=launch.extra_groups,
        )
    except subprocess.TimeoutExpired:
        raise EmbeddedRefused(f"{Path(command[0]).name} took longer than {RUN_SECONDS} s") from None
    if done.returncode != 0:
        tail = done.stderr.decode(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
        raise EmbeddedRefused(f"{Path(command[0]).name} failed: {' | '.join(tail)}")


def _works_in(process: psutil.Process, directory: Path) -> bool:
    """Compare the directories themselves: the same path may mean another one inside a container."""
    link = Path(f"/proc/{process.pid}/cwd")
    return directory.samefile(link if link.exists() else process.cwd())


def _open_log(path: Path) -> BinaryIO:
    too_long = path.exists() and path.stat().st_size > LOG_LIMIT_BYTES
    return path.open("wb" if too_long else "ab")
