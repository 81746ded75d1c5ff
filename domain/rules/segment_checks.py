"""Which conditions may define a segment: those that a profile alone answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Problem
from domain.model.conditions import (
    AllOf,
    AnyOf,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    InSegment,
    Not,
    OnDevice,
)
from domain.rules.segments import BUILT_IN_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.conditions import Condition
    from domain.model.segments import Segment

_BUILT_IN_KEYS = frozenset(segment.key for segment in BUILT_IN_SEGMENTS)
_OF_THE_CONTEXT = {
    OnDevice: "the device",
    AtPlace: "the place",
    AtLocalTime: "the local time",
    AttributesMatch: "the request's attributes",
}


def check_segment(segment: Segment) -> list[Problem]:
    """Everything that keeps `segment` from being saved."""
    problems: list[Problem] = []
    if segment.key in _BUILT_IN_KEYS:
        problems.append(Problem("BUILT_IN", f"{segment.key} is built in: choose another key", ("key",)))
    if segment.condition is None:
        problems.append(Problem("REQUIRED", "a segment needs a condition", ("condition",)))
    else:
        problems.extend(_flaws(segment.condition))
    return problems


def _flaws(condition: Condition) -> Iterator[Problem]:
    for leaf in leaves(condition):
        if (read := _OF_THE_CONTEXT.get(type(leaf))) is not None:
            message = f"a segment is about a user, not about one request: it cannot read {read}"
            yield Problem("NOT_OF_THE_PROFILE", message, ("condition",))
        if isinstance(leaf, InSegment) and (others := sorted(set(leaf.segments) - _BUILT_IN_KEYS)):
            message = f"a segment may build on the built-in segments only, not on {', '.join(others)}"
            yield Problem("NOT_BUILT_IN", message, ("condition",))


def leaves(condition: Condition) -> Iterator[Condition]:
    """The conditions in the tree that hold no others."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for inner in conditions:
                yield from leaves(inner)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield condition
