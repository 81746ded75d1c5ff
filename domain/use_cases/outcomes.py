"""How it becomes known what users do after they meet rules: counted once, when a worker folds what they did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.ports.outcomes import CountedExposure, Past, Span
from domain.ports.rollups import RollUpKey
from domain.rules.instants import DAY_US, instant_at, microseconds
from domain.rules.outcomes.contributions import Place, change, contribution, summed
from domain.rules.outcomes.counting import count, nothing_yet
from domain.rules.outcomes.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from domain.model.interactions import Interaction, RecordedInteraction
    from domain.model.outcomes import Exposure
    from domain.model.profiles import Profile
    from domain.model.rules import Rule, RuleId
    from domain.model.segments import SegmentKey
    from domain.model.users import UserId
    from domain.ports.profiles import StoredProfile
    from domain.ports.rollups import Sums
    from domain.ports.units_of_work import UnitOfWork
    from domain.rules.outcomes.terms import Terms
    from domain.rules.rule_sets import RuleSet

EXPERIMENT_MEASURE = "experiment"


@dataclass(frozen=True, slots=True)
class Folded:
    """A profile as it was and as it is saved, and what has just been folded into it.

    `through`: the largest interaction sequence in it. `arrived` is `None` when that may be anything.
    """

    before: Profile
    profile: Profile
    through: int
    arrived: Sequence[RecordedInteraction] | None = None

    @property
    def user_id(self) -> UserId:
        return self.profile.user_id

    @property
    def stood_in(self) -> tuple[SegmentKey, ...]:
        """Before anything that may have been done because of an exposure; of a stranger, the first that are known."""
        profile = self.before if self.before.is_known else self.profile
        return tuple(sorted(membership.segment for membership in profile.memberships if membership.counts))

    @property
    def span(self) -> Span | None:
        """When everything happened that was folded, and of which kinds it is."""
        if self.arrived is None:
            return Span()
        interactions = [recorded.interaction for recorded in self.arrived]
        if not interactions:
            return None
        instants = [interaction.occurred_at for interaction in interactions]
        return Span(min(instants), max(instants), frozenset(interaction.kind for interaction in interactions))


def all_of(
    arrived: Sequence[RecordedInteraction], before: StoredProfile, after: StoredProfile
) -> Sequence[RecordedInteraction] | None:
    """What arrived first, unless more than that was folded."""
    last = arrived[-1].sequence if arrived else before.folded_through
    return arrived if last == after.folded_through else None


async def count_outcomes(work: UnitOfWork, folded: Sequence[Folded], rule_set: RuleSet) -> None:
    """Count what was folded, exactly once: in the unit of work that folds it, whose profiles are locked.

    A fixed number of statements for any number of users. Exposures that cannot reach what was folded cost nothing.
    """
    by_user = {one.user_id: one for one in folded}
    if not by_user:
        return
    exposures = await work.exposures.to_count({one.user_id: one.span for one in folded})
    if not exposures:
        return
    terms = await _terms(work, exposures, rule_set)
    again = [one for one in exposures if not one.excluded and _from_scratch(one, by_user[one.user_id])]
    pasts = await _pasts(work, again, terms, by_user)
    counted = [_counted(one, terms[_key(one)], by_user[one.user_id], pasts) for one in exposures]
    changed = [(before, after) for before, after in zip(exposures, counted, strict=True) if before != after]
    through = {one.user_id: one.through for one in folded}
    await work.exposures.save([CountedExposure(after, through[after.user_id]) for _, after in changed])
    await append_differences(work, changed)


async def withdraw(work: UnitOfWork, user_id: UserId) -> None:
    """Take back what the user, who is locked, added to the sums: of who opted out or is erased, nothing counts."""
    exposures = await work.exposures.of_user(user_id)
    await append_differences(work, [(one, replace(one, outcomes=None)) for one in exposures])
    await work.exposures.forget_counts(user_id)


async def append_differences(work: UnitOfWork, changed: Iterable[tuple[Exposure, Exposure]]) -> None:
    changes = summed(change(before, after) for before, after in changed)
    if changes:
        await work.rollups.append(_keyed(changes))


@dataclass(frozen=True, slots=True)
class ExposedUsers:
    """All exposures that are counted, as what sums can be made afresh from."""

    measures: Collection[str] = (EXPERIMENT_MEASURE,)

    async def sums(self, work: UnitOfWork) -> AsyncIterator[Mapping[RollUpKey, Sums]]:
        async for exposures in work.exposures.all():
            yield _keyed(summed(map(contribution, exposures)))


def _keyed(sums: Mapping[Place, Sums]) -> dict[RollUpKey, Sums]:
    return {RollUpKey(EXPERIMENT_MEASURE, *place): amounts for place, amounts in sums.items()}


async def _terms(
    work: UnitOfWork, exposures: Sequence[Exposure], rule_set: RuleSet
) -> Mapping[tuple[RuleId, int], Terms]:
    """By rule and run. Rules that are in force are at hand; others, and runs that began just now, are read."""
    wanted = {_key(one) for one in exposures}
    rules: dict[RuleId, Rule] = {}
    for rule_id, run in wanted:
        known = rule_set.rule(rule_id)
        if known is not None and (known.rule.run is None or known.rule.run.number >= run):
            rules[rule_id] = known.rule
    missing = {rule_id for rule_id, _ in wanted} - rules.keys()
    if missing:
        rules |= await work.rules.get_many(list(missing))
    return {(rule_id, run): terms_of(rules.get(rule_id), run) for rule_id, run in wanted}


def _key(exposure: Exposure) -> tuple[RuleId, int]:
    return exposure.rule_id, exposure.run


def _from_scratch(exposure: Exposure, folded: Folded) -> bool:
    return exposure.outcomes is None or folded.arrived is None


async def _pasts(
    work: UnitOfWork,
    exposures: Sequence[Exposure],
    terms: Mapping[tuple[RuleId, int], Terms],
    folded: Mapping[UserId, Folded],
) -> Mapping[UserId, Sequence[Interaction]]:
    """All that is to be counted from scratch of each user, in one range of time and one statement for all users."""
    by_user: dict[UserId, Past] = {}
    for one in exposures:
        past = _past(one, terms[_key(one)], folded[one.user_id].through)
        known = by_user.get(one.user_id)
        by_user[one.user_id] = past if known is None else _both(known, past)
    wanted = [past for past in by_user.values() if past.kinds]
    if not wanted:
        return {}
    return {past.user_id: done for past, done in zip(wanted, await work.exposures.pasts(wanted), strict=True)}


def _past(exposure: Exposure, terms: Terms, through: int) -> Past:
    us, reach_us = microseconds(exposure.first_exposed_at), terms.reach_days * DAY_US
    return Past(exposure.user_id, instant_at(us - reach_us), instant_at(us + reach_us), through, terms.kinds)


def _both(one: Past, other: Past) -> Past:
    return replace(
        one,
        since=min(one.since, other.since),
        until=max(one.until, other.until),
        kinds=one.kinds | other.kinds,
    )


def _counted(
    exposure: Exposure, terms: Terms, folded: Folded, pasts: Mapping[UserId, Sequence[Interaction]]
) -> Exposure:
    if exposure.excluded:
        return replace(exposure, segments=(), outcomes=None)
    known, arrived = exposure.outcomes, folded.arrived
    if known is not None and (len(known.goals), known.reach_days) != (len(terms.goals), terms.reach_days):
        return exposure  # counted under goals that are no more: it stays what it was
    if known is None or arrived is None:
        outcomes = count(nothing_yet(terms), terms, exposure.first_exposed_at, pasts.get(exposure.user_id, ()))
    else:
        new = [recorded.interaction for recorded in arrived]
        outcomes = count(known, terms, exposure.first_exposed_at, new)
    is_first = known is None and not exposure.segments
    return replace(exposure, outcomes=outcomes, segments=folded.stood_in if is_first else exposure.segments)
