"""Which one segment stands for a user of whom too little is known to recommend anything else by?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.profiles import fold_from_scratch
from domain.rules.segments import BUILT_IN, built_in_confidences

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.profiles import History
    from prediction.training.logs import UserLog

COUNTS_FROM = 0.5
"""As everywhere: from this confidence on, a user is in a segment."""

_NAMES = {str(built_in.segment.key): built_in.segment.name for built_in in BUILT_IN}


def dominant_segment(history: History, now: datetime) -> str | None:
    """The built-in segment that a user is in most surely, the first by key among equals; `None` outside of all."""
    confidences = built_in_confidences(history, now)
    surest = min(confidences, key=lambda key: (-confidences[key], key), default=None)
    return str(surest) if surest is not None and confidences[surest] >= COUNTS_FROM else None


def segment_in(log: UserLog, now: datetime) -> str | None:
    """The dominant segment of a user of whom a log is all there is."""
    return dominant_segment(fold_from_scratch(each.interaction for each in log.interactions), now)


def people_of(segment: str) -> str:
    """How its users are called: "power users"; a segment of the host's own by its key."""
    name = _NAMES.get(segment, segment.replace("_", " ")).lower()
    return f"{name}s" if name.endswith(("user", "explorer")) else f"{name} users"
