"""How does a request to terminate reach the code that has to stop the servers?"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def terminating_as_exit() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that `with start_embedded(...)` inside is left properly.

    uvicorn drains on SIGTERM and then raises the signal again for the handler it found: without this one the
    process would die there, servers running. Main thread only. SIGINT already raises KeyboardInterrupt.
    """
    previous = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _exit(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second request must not interrupt the clean end of the first
    raise SystemExit(0)
