"""How does one replay run from its first line to its summary, and how does it end early?"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.replay.deliveries import Deliveries, Patience
from app.replay.engine import connected
from app.replay.refusals import LogRefused, ReplayStopped
from app.replay.summaries import Outcome, Summary
from app.replay.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.replay.replays import Reading, Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The engine to send to, with a service token."""

    url: str
    token: str = field(repr=False)
    in_flight: int
    patience: Patience


@dataclass(frozen=True, slots=True)
class Ended:
    """The figures of a replay, and what ended it early, if anything did."""

    summary: Summary
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """`progress` is told the bytes of the file that have been read; `target` None means a dry run."""

    replay: Replay
    target: Target | None
    tally: Tally = field(default_factory=Tally)
    progress: Callable[[int], None] = lambda _position: None
    clock: Callable[[], float] = time.monotonic

    def run(self) -> Ended:
        """Replay the log; an interrupt (Ctrl-C) ends it in order, a second one at once.

        Raises:
            LogRefused: the log could not even be begun.

        """
        began = self.clock()
        outcome = Outcome.PARSED if self.target is None else Outcome.COMPLETE
        reason: str | None = None
        with self.replay.begun(self.tally) as reading:
            try:
                interrupted = self._parse(reading) if self.target is None else self._send(reading, self.target)
                if interrupted:
                    outcome, reason = Outcome.INTERRUPTED, "interrupted"
            except (LogRefused, ReplayStopped) as stopped:
                outcome, reason = Outcome.STOPPED, str(stopped)
            except KeyboardInterrupt:
                outcome, reason = Outcome.INTERRUPTED, "interrupted"
        return Ended(Summary(outcome, self.tally, self.clock() - began), reason)

    def _parse(self, reading: Reading) -> bool:
        for _ in reading.batches:
            self.progress(reading.position())
        return False

    def _send(self, reading: Reading, target: Target) -> bool:
        return asyncio.run(self._deliver(reading, target))

    async def _deliver(self, reading: Reading, target: Target) -> bool:
        """Answer whether the replay was interrupted."""
        async with connected(target.url, target.token, target.in_flight) as engine:
            deliveries = Deliveries(
                engine=engine,
                tally=self.tally,
                patience=target.patience,
                in_flight=target.in_flight,
                strict=self.replay.strict,
                on_progress=lambda: self.progress(reading.position()),
            )
            with _interrupts(deliveries):
                await deliveries.deliver(reading.batches)
            return deliveries.is_stopped


@contextmanager
def _interrupts(deliveries: Deliveries) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM end the replay in order, and a second one at once."""
    loop = asyncio.get_running_loop()
    whole = asyncio.current_task()

    def interrupt() -> None:
        if deliveries.is_stopped and whole is not None:
            whole.cancel()
        deliveries.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
