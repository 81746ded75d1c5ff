"""Which sessions do instants make?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from domain.model.profiles import SessionSpan
from domain.rules.instants import SECOND_US

if TYPE_CHECKING:
    from collections.abc import Sequence

SESSION_GAP_US = 30 * 60 * SECOND_US
"""Two interactions this far apart are still in one session, any further apart they are not."""


def session_start(session: SessionSpan) -> int:
    return session.start_us


def session_end(session: SessionSpan) -> int:
    return session.end_us


def with_instants(sessions: tuple[SessionSpan, ...], instants: Sequence[int]) -> tuple[SessionSpan, ...]:
    """The sessions, oldest first, of old sessions (oldest first, apart) and new instants (sorted, not empty)."""
    # Only sessions that the new instants can reach are rebuilt: adding one interaction copies, but compares little.
    first = bisect_left(sessions, instants[0] - SESSION_GAP_US, key=session_end)
    beyond = bisect_right(sessions, instants[-1] + SESSION_GAP_US, key=session_start)
    spans = [(session.start_us, session.end_us) for session in sessions[first:beyond]]
    spans.extend(zip(instants, instants, strict=True))
    spans.sort()
    return (*sessions[:first], *_joined(spans), *sessions[beyond:])


def _joined(spans: Sequence[tuple[int, int]]) -> list[SessionSpan]:
    joined = []
    start, end = spans[0]
    for next_start, next_end in spans:
        if next_start - end > SESSION_GAP_US:
            joined.append(SessionSpan(start, end))
            start, end = next_start, next_end
        end = max(end, next_end)
    joined.append(SessionSpan(start, end))
    return joined
