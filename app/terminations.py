"""How does the application learn that it is to end, while its connections can still be ended properly?

uvicorn tells it only after waiting for all answers to be complete, which event streams never are; and closes sockets
without the application's word.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def before_termination(call: Callable[[], float]) -> Iterator[None]:
    """Have `call` called in this event loop once a signal asks uvicorn to end, before uvicorn does anything about it.

    uvicorn is told once as many seconds have passed as `call` answers, or when the signal comes again. Where uvicorn
    has not taken the signals, as in tests, nobody is told.
    """
    loop = asyncio.get_running_loop()
    taken = {number: signal.getsignal(number) for number in SIGNALS}
    uvicorns = {number: handler for number, handler in taken.items() if callable(handler) and _is_uvicorns(handler)}

    told: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        pass_on = partial(uvicorns[signal.Signals(number)], number, frame)
        if told:
            pass_on()
        else:
            loop.call_soon_threadsafe(lambda: loop.call_later(call(), pass_on))
        told.append(number)

    for number in uvicorns:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in uvicorns.items():
            signal.signal(number, handler)


def _is_uvicorns(handler: object) -> bool:
    return isinstance(getattr(handler, "__self__", None), uvicorn.Server)
