"""Which users of an exclusion group are a rule's own?

A group hashes every user once, by a salt of its own, into one of 10,000 buckets, and each of its rules holds some of
them: so a user is in at most one rule of the group. A rule keeps what it holds. Growing, it takes free buckets in
addition; shrinking, it gives up what it took last; the other rules of the group never notice.
"""

from __future__ import annotations

from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING, TypeAlias

from domain.errors import Problem, Refused
from domain.model.rules import BucketSpan
from domain.rules.experiments import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from domain.model.rules import Rule

    Spans: TypeAlias = tuple[BucketSpan, ...]

BUCKETS = 10_000
_END = BucketSpan(BUCKETS, BUCKETS)
# A share like 0.29 is not exact in binary: 0.29 * 10,000 is a little less than 2,900.
_ROUNDING_DIGITS = 6


def group_salt(group: str) -> str:
    """What a group's users are hashed with."""
    return f"__{group}"


def buckets_of(coverage: float) -> int:
    """How many buckets a share of the users is. Rounded down, so that three thirds fit; a share above 0 has one."""
    return max(floor(round(coverage * BUCKETS, _ROUNDING_DIGITS)), coverage > 0)


def holding_its_share(rule: Rule, others: Iterable[Rule], own: Spans = ()) -> tuple[BucketSpan, ...]:
    """What the rule holds among the other rules of its group, when it has held `own` there until now.

    Raises `Refused` (EXCLUSION_GROUP_FULL) when the others leave too little.
    """
    others = list(others)
    wanted = buckets_needed(rule, own)
    held = claim(wanted, own, [other.held for other in others])
    if size(held) < wanted:
        raise Refused([_full(rule, others, size(held))])
    return held


def buckets_needed(rule: Rule, own: Spans) -> int:
    """How many the rule has to hold. While its experiment runs it gives none up: those users are assigned already."""
    wanted = buckets_of(rule.content.coverage)
    return wanted if running(rule) is None else max(wanted, size(own))


def claim(wanted: int, own: Spans, taken: Iterable[Spans]) -> Spans:
    """`wanted` buckets, or as many as there are: those of `own` first, then free ones from the lowest on."""
    kept = first_of(own, wanted)
    free = _gaps([*kept, *(span for spans in taken for span in spans)])
    return _joined([*kept, *first_of(free, wanted - size(kept))])


def size(spans: Iterable[BucketSpan]) -> int:
    """How many buckets there are in the spans."""
    return sum(span.end - span.start for span in spans)


def first_of(spans: Iterable[BucketSpan], wanted: int) -> Spans:
    """The spans, cut off after `wanted` buckets."""
    taken: list[BucketSpan] = []
    for span in spans:
        if wanted <= 0:
            break
        taken.append(BucketSpan(span.start, min(span.end, span.start + wanted)))
        wanted -= size(taken[-1:])
    return tuple(taken)


def _gaps(spans: Sequence[BucketSpan]) -> Iterator[BucketSpan]:
    """What lies between disjoint spans, lowest first."""
    for before, after in pairwise([BucketSpan(0, 0), *sorted(spans), _END]):
        if before.end < after.start:
            yield BucketSpan(before.end, after.start)


def _joined(spans: Sequence[BucketSpan]) -> Spans:
    """The same buckets in the same order; spans that continue one another become one."""
    joined: list[BucketSpan] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = BucketSpan(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def _full(rule: Rule, others: Sequence[Rule], available: int) -> Problem:
    holders = sorted(others, key=lambda other: -size(other.held))
    named = ", ".join(f"{other.content.key} {size(other.held) / BUCKETS:.4g}" for other in holders[:3])
    message = (
        f"the rules of the group {rule.content.exclusion_group} share its users, and {available / BUCKETS:.4g} is "
        f"left: lower this coverage to that, or that of another rule first ({named})"
    )
    return Problem("EXCLUSION_GROUP_FULL", message, ("coverage",))
