"""What was logged of a policy, what is asked of another one, and why the one cannot answer for the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.statistics.bandits.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVERYBODY = ""
"""The group of logs that do not divide users into groups."""
_SUM_TOLERANCE = 1e-6
_LEAST_PROBABILITY = 1e-9
"""Who gets a variation more rarely is nobody: a smaller number is a mistake."""


@dataclass(frozen=True, slots=True)
class Logged:
    """The outcomes of users of a group who got a variation, each with this probability. A single user is one, too.

    `group`: what the policies may tell apart (a segment, a place, a day). Logs add up: all that is worked out of a
    log depends on its users only through these sums.
    """

    variation: str
    probability: float
    outcomes: Evidence
    group: str = EVERYBODY


@dataclass(frozen=True, slots=True)
class Target:
    """The policy that is asked about: the probability of each variation, in some groups another one."""

    everywhere: Mapping[str, float]
    by_group: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, group: str) -> Mapping[str, float]:
        return self.by_group.get(group, self.everywhere)


class NoValueReason(StrEnum):
    NOTHING_LOGGED = "NOTHING_LOGGED"
    IMPOSSIBLE_OUTCOMES = "IMPOSSIBLE_OUTCOMES"
    IMPOSSIBLE_PROBABILITY = "IMPOSSIBLE_PROBABILITY"
    NO_TARGET = "NO_TARGET"
    NO_SUPPORT = "NO_SUPPORT"
    NO_SPREAD = "NO_SPREAD"
    WEIGHTS_EXPLODE = "WEIGHTS_EXPLODE"
    PROBABILITIES_DO_NOT_FIT = "PROBABILITIES_DO_NOT_FIT"


@dataclass(frozen=True, slots=True)
class NoPolicyValue:
    """Why the log does not say what the policy would have given."""

    reason: NoValueReason
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """All users of one group, variation and probability; `weight`: how much more likely the target has them there."""

    group: str
    variation: str
    weight: float
    outcomes: Evidence


def weighted_cells(logged: Iterable[Logged], target: Target) -> tuple[Cell, ...] | NoPolicyValue:
    """The log as sums with importance weights, or the first reason why there are none."""
    totals: dict[tuple[str, str, float], Evidence] = {}
    for entry in logged:
        problem = _problem_of(entry)
        if problem is not None:
            return problem
        key = entry.group, entry.variation, entry.probability
        totals[key] = totals.get(key, Evidence()) + entry.outcomes
    totals = {key: outcomes for key, outcomes in totals.items() if outcomes.users}
    problem = _problem_of_sums(sum(totals.values(), Evidence())) or _problem_of_target(target, totals)
    if problem is not None:
        return problem
    return tuple(
        Cell(
            group, variation, target.of(group).get(variation, 0.0) / probability, totals[group, variation, probability]
        )
        for group, variation, probability in sorted(totals)
    )


def unsupported_share(cells: Iterable[Cell], target: Target) -> float:
    """The share of users whom the target gives variations that nobody of their group ever got."""
    users: dict[str, float] = {}
    seen: dict[str, set[str]] = {}
    for cell in cells:
        users[cell.group] = users.get(cell.group, 0.0) + cell.outcomes.users
        seen.setdefault(cell.group, set()).add(cell.variation)
    unseen = (
        users[group] * math.fsum(share for variation, share in target.of(group).items() if variation not in seen[group])
        for group in users
    )
    return math.fsum(unseen) / math.fsum(users.values())


def _problem_of(entry: Logged) -> NoPolicyValue | None:
    if not entry.outcomes.is_possible:
        return NoPolicyValue(
            NoValueReason.IMPOSSIBLE_OUTCOMES, f'The outcomes logged of "{entry.variation}" are no possible sums.'
        )
    if entry.outcomes.users and not _LEAST_PROBABILITY <= entry.probability <= 1:
        return NoPolicyValue(
            NoValueReason.IMPOSSIBLE_PROBABILITY,
            f'Users got "{entry.variation}" with a logged probability of {entry.probability}, which cannot be.',
        )
    return None


def _problem_of_sums(everybody: Evidence) -> NoPolicyValue | None:
    if not everybody.is_possible:
        return NoPolicyValue(NoValueReason.IMPOSSIBLE_OUTCOMES, "The logged outcomes are too large to be added up.")
    if everybody.users < 2:  # noqa: PLR2004 - one user has no spread
        return NoPolicyValue(NoValueReason.NOTHING_LOGGED, "Fewer than two users were logged.")
    if everybody.deviations <= _rounding_of(everybody):
        return NoPolicyValue(
            NoValueReason.NO_SPREAD,
            f"Everybody had the same outcome, {everybody.mean:g}: how far another one may lie is not known.",
        )
    return None


def _rounding_of(everybody: Evidence) -> float:
    """What the deviations of equal outcomes may seem to be, by rounding alone."""
    return 1e-12 * everybody.squares


def _problem_of_target(target: Target, groups: Iterable[tuple[str, str, float]]) -> NoPolicyValue | None:
    for group in sorted({group for group, _, _ in groups}):
        shares = target.of(group).values()
        if not all(0 <= share <= 1 for share in shares) or abs(math.fsum(shares) - 1) > _SUM_TOLERANCE:
            where = f' in "{group}"' if group else ""
            return NoPolicyValue(NoValueReason.NO_TARGET, f"The allocation asked about{where} does not sum to 1.")
    return None
