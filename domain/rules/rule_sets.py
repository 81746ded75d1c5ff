"""Which rules are in force, in the order in which they win slots, ready to be asked?"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from domain.model.adaptations import OrderNavigation
from domain.model.conditions import AllOf, Always, AnyOf, Not
from domain.rules.conditions import compile_condition, local_times
from domain.rules.coverages import Coverage, coverage_of, covered
from domain.rules.experiments import adaptations_in_force, adaptations_of, running, winner_of
from domain.rules.indexing.accesses import accesses
from domain.rules.indexing.indexes import Index
from domain.rules.instants import FOREVER_US, microseconds
from domain.rules.predicates import Predicate, conjunction
from domain.rules.slots import Claim, NavigationWish, claims
from domain.rules.trials import Trial
from domain.rules.windows import week_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from datetime import datetime

    from domain.model.adaptations import Adaptation
    from domain.model.assignments import Applied
    from domain.model.catalogues import Catalogue
    from domain.model.conditions import Condition
    from domain.model.configs import Config, Slot
    from domain.model.rules import Rule, RuleId
    from domain.model.schedules import Schedule
    from domain.rules.indexing.facts import Accesses
    from domain.rules.predicates import Holds
    from domain.rules.situations import Situation

MAX_REMEMBERED_OUTCOMES = 1_024
_EVERYWHERE = None
"""Where the index of the rules without places lies among those of places."""

Rank: TypeAlias = "tuple[int, int, datetime, RuleId]"
RuleChange: TypeAlias = "tuple[CompiledRule | None, CompiledRule | None]"


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A rule ready to be asked. `predicate` joins schedule, condition and coverage; places are looked up instead.

    The same in two steps: `is_met` joins schedule and condition; what is left is `coverage`, if it makes a difference.

    While its experiment runs, the rule has a `trial` and claims whatever it could claim. What a user meets instead is
    the rule with one `variation`, or without anything; then `applied` says so.
    """

    id: RuleId
    places: frozenset[str]
    rule: Rule
    predicate: Predicate
    is_met: Holds
    coverage: Coverage | None
    accesses: Accesses
    claims: tuple[Claim, ...]
    orders_by_usage: bool
    specificity: int
    rank: Rank
    variation: str | None = None
    applied: Applied | None = None
    trial: Trial | None = None

    @property
    def name(self) -> str:
        return self.rule.content.name

    @property
    def slots(self) -> frozenset[Slot]:
        return frozenset(claim.slot for claim in self.claims)


rank: Callable[[CompiledRule], Rank] = attrgetter("rank")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The active rules of one revision, in order: priority, then specificity, then age, then id.

    Immutable. A change makes a new set that shares every compiled rule but the changed one, and every part of the
    indexes that does not lead to it.
    """

    revision: int
    catalogue: Catalogue
    rules: tuple[CompiledRule, ...] = ()
    _by_id: Mapping[RuleId, CompiledRule] = field(default_factory=dict, repr=False, compare=False)
    _indexes: Mapping[str | None, Index] = field(default_factory=dict, repr=False, compare=False)
    tried: frozenset[RuleId] = frozenset()
    places_with_defaults: frozenset[str] = field(init=False)
    _outcomes: dict[Hashable, Config] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = frozenset(defaults.place for defaults in self.catalogue.defaults)
        object.__setattr__(self, "places_with_defaults", places)

    @classmethod
    def compile(cls, revision: int, rules: Iterable[Rule], catalogue: Catalogue) -> RuleSet:
        """`rules` in any order; those that are not active are left out."""
        compiling = cls(revision, catalogue).changing()
        for rule in rules:
            compiling.add(rule)
        return compiling.done(revision)

    def changing(self) -> Compiling:
        """The set to be changed rule by rule."""
        return Compiling(self.catalogue, list(self.rules), dict(self._by_id), dict(self._indexes), set(self.tried))

    def rule(self, rule_id: RuleId) -> CompiledRule | None:
        """The rule, if it is active."""
        return self._by_id.get(rule_id)

    def at_place(self, place: str) -> tuple[CompiledRule, ...]:
        """The rules that are meant for a place, in order."""
        return tuple(rule for rule in self.rules if applies_at(rule, place))

    def candidates(self, situation: Situation) -> list[CompiledRule]:
        """Every rule that could apply here, whatever the time, and some that do not: all others never will.

        In no order, some perhaps more than once.
        """
        found: list[CompiledRule] = []
        for place in (_EVERYWHERE, situation.context.place):
            index = self._indexes.get(place)
            if index is not None:
                index.collect(situation, found)
        return found

    def remember(self, outcome: Hashable, make: Callable[[], Config]) -> Config:
        """What `make` gave for an equal outcome before, or gives now.

        Most users share a few outcomes (which rules apply, what is preferred), so their configs are made and hashed
        once. Nothing observable depends on it: `make` must be a pure function of this set and the outcome.
        """
        config = self._outcomes.get(outcome)
        if config is None:
            if len(self._outcomes) >= MAX_REMEMBERED_OUTCOMES:
                self._outcomes.clear()
            config = self._outcomes[outcome] = make()
        return config

    def with_rule(self, revision: int, rule: Rule) -> RuleSet:
        """The set after a rule was created or changed; only that rule is compiled and indexed."""
        compiling = self.changing()
        compiling.remove(rule.id)
        compiling.add(rule)
        return compiling.done(revision)

    def without_rule(self, revision: int, rule_id: RuleId) -> RuleSet:
        compiling = self.changing()
        compiling.remove(rule_id)
        return compiling.done(revision)

    def changes_to(self, after: RuleSet) -> tuple[RuleChange, ...]:
        """The rules that are not the same in both sets, as they are in each; `None` where a rule is missing."""
        gone = [(rule, None) for rule_id, rule in self._by_id.items() if rule_id not in after._by_id]
        now = [(self._by_id.get(rule_id), rule) for rule_id, rule in after._by_id.items()]
        return (*gone, *((before, rule) for before, rule in now if not _is_same(before, rule)))


def _is_same(before: CompiledRule | None, after: CompiledRule) -> bool:
    """Sets that were compiled apart share no compiled rules, but the rules in them may be the same."""
    return before is after or (before is not None and before.rule == after.rule)


@dataclass(frozen=True, slots=True)
class Compiling:
    """A rule set as long as it is being made, rule by rule, so that others can have a turn in between."""

    _catalogue: Catalogue
    _rules: list[CompiledRule]
    _by_id: dict[RuleId, CompiledRule]
    _indexes: dict[str | None, Index]
    _tried: set[RuleId]

    def add(self, rule: Rule, known: RuleSet | None = None) -> None:
        """Unless it is not active. `known`: a set that may hold it compiled already."""
        if not rule.is_active:
            return
        before = known.rule(rule.id) if known is not None else None
        compiled = before if before is not None and before.rule == rule else compile_rule(rule)
        insort(self._rules, compiled, key=rank)
        self._by_id[rule.id] = compiled
        if compiled.trial is not None:
            self._tried.add(rule.id)
        for place in compiled.places or (_EVERYWHERE,):
            self._indexes[place] = self._indexes.get(place, Index()).with_rule(compiled)

    def remove(self, rule_id: RuleId) -> None:
        """If it is there."""
        compiled = self._by_id.pop(rule_id, None)
        if compiled is None:
            return
        self._tried.discard(rule_id)
        del self._rules[bisect_left(self._rules, compiled.rank, key=rank)]
        for place in compiled.places or (_EVERYWHERE,):
            index = self._indexes.pop(place, Index()).without_rule(compiled)
            if not index.is_empty:
                self._indexes[place] = index

    def done(self, revision: int) -> RuleSet:
        rules = tuple(self._rules)
        return RuleSet(revision, self._catalogue, rules, self._by_id, self._indexes, frozenset(self._tried))


def compile_rule(rule: Rule) -> CompiledRule:
    """The rule ready to be asked, whatever its status."""
    content = rule.content
    specificity = rule_specificity(rule)
    met = _met(rule, content.condition)
    predicate, coverage = conjunction((*met, covered(rule))), coverage_of(rule)
    wished, winner = _claims_of(_effective(rule)), winner_of(rule)
    compiled = CompiledRule(
        id=rule.id,
        places=content.places,
        rule=rule,
        predicate=predicate,
        is_met=predicate.holds if isinstance(coverage, bool) else conjunction(met).holds,
        coverage=None if isinstance(coverage, bool) else coverage,
        accesses=accesses(content.condition),
        claims=wished,
        orders_by_usage=any(isinstance(a, OrderNavigation) and a.by_usage for a in _effective(rule)),
        specificity=specificity,
        rank=(-content.priority, -specificity, rule.created_at, rule.id),
        variation=None if winner is None else winner.key,
    )
    trial = Trial.of(rule, wished, lambda applied: _giving(tried, applied))
    tried = compiled if trial is None else replace(compiled, trial=trial)
    return tried


def _effective(rule: Rule) -> tuple[Adaptation, ...]:
    """Whatever it could do to anybody now."""
    return adaptations_in_force(rule) if running(rule) is None else adaptations_of(rule.content)


def _claims_of(adaptations: Iterable[Adaptation]) -> tuple[Claim, ...]:
    """One claim a slot, the first."""
    wished: dict[Slot, Claim] = {}
    for adaptation in adaptations:
        for claim in claims(adaptation):
            wished.setdefault(claim.slot, claim)
    return tuple(wished.values())


def _giving(compiled: CompiledRule, applied: Applied) -> CompiledRule:
    """The rule as it is for who got this: the variation's adaptations come before the rule's own."""
    content = compiled.rule.content
    wished: tuple[Claim, ...] = ()
    if content.experiment is not None and not applied.held_out:
        varied = next(v.adaptations for v in content.experiment.variations if v.key == applied.variation)
        wished = _claims_of((*varied, *content.adaptations))
    return replace(
        compiled,
        claims=wished,
        orders_by_usage=any(isinstance(claim.value, NavigationWish) and claim.value.by_usage for claim in wished),
        variation=applied.variation,
        applied=applied,
    )


def rule_predicate(rule: Rule, condition: Condition) -> Predicate:
    """Would the rule apply with this condition, where it is meant to?"""
    return conjunction((*_met(rule, condition), covered(rule)))


def _met(rule: Rule, condition: Condition) -> tuple[Predicate, ...]:
    """Everything but coverage."""
    parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
    return scheduled(rule.content.schedule), *map(compile_condition, parts)


def applies_at(rule: CompiledRule, place: str) -> bool:
    """Is the rule meant for the place? Without places it is meant for all."""
    return not rule.places or place in rule.places


def rule_applies(rule: CompiledRule, situation: Situation) -> bool:
    """Does this one rule apply now: place, schedule, condition and coverage?"""
    return applies_at(rule, situation.context.place) and rule.predicate.holds(situation)


def rule_specificity(rule: Rule) -> int:
    """How much a rule asks for: what its condition asks for, and one more for naming places."""
    return condition_specificity(rule.content.condition) + bool(rule.content.places)


def condition_specificity(condition: Condition, *, negated: bool = False) -> int:
    """How many simple conditions hold at the least when this one holds.

    The sum over `all` and the minimum over `any`; under `not` the other way round (De Morgan). `always` asks nothing.
    """
    match condition:
        case Always():
            return 0
        case Not(inner):
            return condition_specificity(inner, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            counts = [condition_specificity(part, negated=negated) for part in parts]
            is_all = isinstance(condition, AllOf) is not negated
            return sum(counts) if is_all else min(counts, default=0)
        case _:
            return 1


def scheduled(schedule: Schedule) -> Predicate:
    """Is it time?"""
    parts = [local_times(week_pattern(schedule.windows))] if schedule.windows else []
    if schedule.starts_at is not None:
        parts.append(_from(microseconds(schedule.starts_at)))
    if schedule.ends_at is not None:
        parts.append(_until(microseconds(schedule.ends_at)))
    return conjunction(tuple(parts))


def _from(start_us: int) -> Predicate:
    return Predicate(
        lambda situation: situation.now_us >= start_us,
        lambda situation: start_us if situation.now_us < start_us else FOREVER_US,
    )


def _until(end_us: int) -> Predicate:
    return Predicate(
        lambda situation: situation.now_us < end_us,
        lambda situation: end_us if situation.now_us < end_us else FOREVER_US,
    )
