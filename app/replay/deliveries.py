"""How does every batch get to the engine, whatever happens to the engine or the network meanwhile?"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.replay.engine import BatchRefused, NoAnswer, Stored
from app.replay.refusals import LogRefused, ReplayStopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from app.replay.batches import Batch
    from app.replay.engine import Answer, Engine
    from app.replay.tallies import Tally

DEFAULT_IN_FLIGHT = 4
DEFAULT_GIVE_UP_SECONDS = 60.0


class _Interrupted(Exception):
    """Nobody waits for this batch any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, and how often, one batch is tried; `jitter` answers numbers in [0, 1).

    The pauses double up to the longest one, and a random half of each keeps the senders apart
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, "equal jitter").
    """

    give_up_after_seconds: float = DEFAULT_GIVE_UP_SECONDS
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0
    jitter: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    def pause_seconds(self, failures: int) -> float:
        """Return the pause after the given number of failures in a row, from 1."""
        whole = min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** min(failures - 1, 32))
        return whole * (1 + self.jitter()) / 2


@dataclass(slots=True, kw_only=True)
class Deliveries:
    """Sends batches, `in_flight` at once; what becomes of them stands in `tally`."""

    engine: Engine
    tally: Tally
    patience: Patience = field(default_factory=Patience)
    in_flight: int = DEFAULT_IN_FLIGHT
    strict: bool = False
    on_progress: Callable[[], None] = lambda: None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _reason: ReplayStopped | LogRefused | None = None

    def stop(self) -> None:
        """Begin nothing new; what is on its way arrives, what waits for another try does not."""
        self._stop.set()

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    async def deliver(self, batches: Iterable[Batch]) -> None:
        """Send all `batches`; returns early after `stop`.

        Raises:
            ReplayStopped: the engine refused everything or stayed away too long.
            LogRefused: the log ended badly; what came before it has been sent.

        """
        slots = asyncio.Semaphore(self.in_flight)
        async with asyncio.TaskGroup() as group:
            try:
                for batch in batches:
                    self.tally.unsettled.add(batch.numbers[0])
                    await slots.acquire()
                    if self._stop.is_set():
                        break
                    group.create_task(self._settle(batch, slots))
                    await asyncio.sleep(0)  # it starts while the next batch is read
            except (LogRefused, ReplayStopped) as reason:
                self._reason = self._reason or reason
        if self._reason is not None:
            raise self._reason

    async def _settle(self, batch: Batch, slots: asyncio.Semaphore) -> None:
        try:
            await self._send(batch)
            self.tally.unsettled.discard(batch.numbers[0])
            self.on_progress()
        except _Interrupted:
            pass
        except ReplayStopped as reason:
            self._reason = self._reason or reason
            self._stop.set()
        finally:
            slots.release()

    async def _send(self, batch: Batch) -> None:
        """Send until nothing is left: each refusal takes at least one element out, each halving one level off."""
        while batch.elements:
            answer = await self._answer(batch)
            if isinstance(answer, Stored):
                self.tally.accepted += answer.accepted
                self.tally.duplicates += answer.duplicates
                return
            if isinstance(answer, BatchRefused):
                for index, reason in answer.reasons.items():
                    self._refuse(batch.numbers[index], reason)
                batch = batch.without(answer.reasons)
            elif len(batch) == 1:
                self._refuse(batch.numbers[0], "the engine takes no request of this size")
                return
            else:
                first, batch = batch.halves()
                await self._send(first)

    def _refuse(self, line: int, reason: str) -> None:
        self.tally.refuse_by_engine(line, reason)
        if self.strict:
            raise ReplayStopped(f"line {line}: {reason}")

    async def _answer(self, batch: Batch) -> Answer:
        """Try until the engine answers; always the same elements, so that no try can count twice."""
        failures = 0
        began = self.patience.clock()
        while True:
            try:
                return await self.engine.track(batch.elements)
            except NoAnswer as failure:
                failures += 1
                pause = self.patience.pause_seconds(failures)
                if self.patience.clock() - began + pause > self.patience.give_up_after_seconds:
                    raise ReplayStopped(f"{failure}; gave up on line {batch.numbers[0]}") from None
            if not await self._pause(pause):
                raise _Interrupted
            self.tally.retries += 1

    async def _pause(self, seconds: float) -> bool:
        """Wait; False as soon as the replay is stopped."""
        ends = [asyncio.ensure_future(self.patience.pause(seconds)), asyncio.ensure_future(self._stop.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return not self._stop.is_set()
