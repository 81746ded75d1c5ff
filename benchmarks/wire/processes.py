"""How much of the processor's time has a process used, and how much memory does it hold? Asked of the system."""

from __future__ import annotations

import gc
from contextlib import suppress
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # psutil ships no annotations


@dataclass(frozen=True, slots=True)
class Usage:
    """A running process; `family` includes what it started."""

    pid: int

    def seconds(self) -> float:
        """Of the processor's time, in user and system mode, of all its threads."""
        times = psutil.Process(self.pid).cpu_times()
        used: float = times.user + times.system
        return used

    def family_seconds(self) -> float:
        """The same with its children, also those that have ended and were waited for."""
        top = psutil.Process(self.pid)
        total = 0.0
        for process in (top, *top.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def resident_bytes(self) -> int:
        """Memory that it alone holds, shared libraries left out."""
        held: int = psutil.Process(self.pid).memory_full_info().uss
        return held


def settled() -> None:
    """Let the measuring process itself leave no garbage to collect in the middle of a measurement."""
    gc.collect()
    gc.freeze()
