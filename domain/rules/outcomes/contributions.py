"""What does one user's exposure add to the sums over all users?

A pure function of what is stored with the exposure: so differences can be appended whenever that changes, taken back
when the user goes, and everything can be summed afresh with the equal result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from domain.rules.instants import DAY_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from domain.model.outcomes import Exposure, GoalOutcome
    from domain.model.rules import RuleId

EXPOSED = -1
"""Stands for no goal: under this number it is added up who was exposed, `EXPOSURE_SUMS`."""

EVERYBODY = ""
NO_VARIATION = ""
_MILLION = 1_000_000

Sums: TypeAlias = "tuple[int, ...]"
K = TypeVar("K", bound="Hashable")


class Place(NamedTuple):
    """Whose sums: users first exposed on a day (since 1970 UTC), in a segment then, to a variation in a run of a rule.

    `number`: of the goal, or `EXPOSED`.
    """

    day: int
    segment: str
    subject: str
    variation: str
    number: int


class GoalSums(NamedTuple):
    """Over users, with `measured` after exposure as y and before it as x. `reached`: who did it after exposure."""

    users: int = 0
    reached: int = 0
    y: int = 0
    y_squares: int = 0
    x: int = 0
    x_squares: int = 0
    products: int = 0


class ExposureSums(NamedTuple):
    """Over users: dismissals, and what says how many were to be expected, 1 / p and 1 / p^2 in millionths.

    p is the chance that a user had of what they got, which may be another for each: a bandit changes it.
    """

    users: int = 0
    dismissals: int = 0
    inverse_micros: int = 0
    inverse_square_micros: int = 0


def subject_of(rule_id: RuleId, run: int) -> str:
    return f"{rule_id}/{run}"


def contribution(exposure: Exposure) -> dict[Place, Sums]:
    """What the exposure adds; nothing, as long as it has no outcomes."""
    return _placed(exposure, _numbered(exposure))


def _placed(exposure: Exposure, numbered: Mapping[int, Sums]) -> dict[Place, Sums]:
    if not numbered:
        return {}
    day = microseconds(exposure.first_exposed_at) // DAY_US
    subject, variation = subject_of(exposure.rule_id, exposure.run), exposure.variation or NO_VARIATION
    return {
        Place(day, segment, subject, variation, number): sums
        for segment in (EVERYBODY, *exposure.segments)
        for number, sums in numbered.items()
    }


def change(before: Exposure, after: Exposure) -> dict[Place, Sums]:
    """The difference between what two states of one exposure add.

    Nearly always the user only did something more, which changes few sums or none: those are looked for before places.
    """
    if _where(before) != _where(after):
        return difference(contribution(before), contribution(after))
    return _placed(after, difference(_numbered(before), _numbered(after)))


def _where(exposure: Exposure) -> tuple[object, ...]:
    """What places depend on."""
    return exposure.rule_id, exposure.run, exposure.variation, exposure.first_exposed_at, exposure.segments


def difference(before: Mapping[K, Sums], after: Mapping[K, Sums]) -> dict[K, Sums]:
    """What has to be added to sums with `before` in them, so that they have `after` in them instead."""
    moved = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    changes = {place: _minus(after.get(place, ()), before.get(place, ())) for place in moved}
    return {place: sums for place, sums in changes.items() if any(sums)}


def summed(contributions: Iterable[Mapping[Place, Sums]]) -> dict[Place, Sums]:
    totals: dict[Place, Sums] = {}
    for some in contributions:
        for place, sums in some.items():
            known = totals.get(place)
            totals[place] = sums if known is None else tuple(a + b for a, b in zip(known, sums, strict=True))
    return totals


def _numbered(exposure: Exposure) -> dict[int, Sums]:
    outcomes = exposure.outcomes
    if outcomes is None:
        return {}
    goals = enumerate(outcomes.goals)
    return {EXPOSED: _exposed(exposure, outcomes.dismissals), **{number: _goal_sums(goal) for number, goal in goals}}


def _exposed(exposure: Exposure, dismissals: int) -> ExposureSums:
    chance = exposure.probability
    return ExposureSums(1, dismissals, inverse_micros(chance), inverse_micros(chance * chance))


def inverse_micros(chance: float) -> int:
    """1 / p in millionths; of no chance at all 0."""
    return round(_MILLION / chance) if chance > 0 else 0


def _goal_sums(goal: GoalOutcome) -> GoalSums:
    y, x = goal.measured, goal.measured_before
    return GoalSums(1, int(goal.count > 0), y, y * y, x, x * x, x * y)


def _minus(sums: Sums, others: Sums) -> Sums:
    length = max(len(sums), len(others))
    padded = (each + (0,) * (length - len(each)) for each in (sums, others))
    return tuple(a - b for a, b in zip(*padded, strict=True))
