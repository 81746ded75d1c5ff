"""What holds between the variables of every profile, whatever a condition says?

Everything here follows from how histories are folded and memberships assessed, and is exact: it holds for every profile
that the engine stores (`tests/property/findings` asks thousands of them). What only nearly always holds is left out.
Each relation is a formula, so that deciding whether a condition can hold needs to know nothing of them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING, Any

from domain.model.conditions import ActivityMeasure
from domain.model.interactions import InteractionKind
from domain.rules.findings.formulas import Formula, Literal, implies, literals_of, negated
from domain.rules.findings.query_relations import query_relations
from domain.rules.findings.regions import BEFORE, BOTTOM, TOP, Members, Spans
from domain.rules.findings.segment_relations import BUILT_IN_KEYS, segment_relations
from domain.rules.findings.variables import Topic, Variable
from domain.rules.measures import SESSION_WINDOWS_DAYS
from domain.rules.skills import SKILL_THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.rules.findings.regions import Cut, Region

MAX_RELATED_VARIABLES = 24
"""Relations are looked for between any two variables; a formula with more is taken as it is."""

INTERACTIONS = Variable(Topic.ACTIVITY, (ActivityMeasure.INTERACTIONS,))
ACTIVE_DAYS = Variable(Topic.ACTIVITY, (ActivityMeasure.ACTIVE_DAYS,))
CONVERSIONS = Variable(Topic.ACTIVITY, (ActivityMeasure.CONVERSIONS,))
FIRST_SEEN = Variable(Topic.ACTIVITY, (ActivityMeasure.DAYS_SINCE_FIRST_SEEN,))
LAST_SEEN = Variable(Topic.LAST_SEEN_DAYS)
SKILL = Variable(Topic.SKILL)
_SESSION_MEASURES = (ActivityMeasure.SESSIONS_7D, ActivityMeasure.SESSIONS_30D, ActivityMeasure.SESSIONS)
_NONE_WITHOUT_INTERACTIONS = (ActivityMeasure.SESSIONS, ActivityMeasure.ACTIVE_DAYS)


def related(formula: Formula, most: int = MAX_RELATED_VARIABLES) -> tuple[Formula, ...]:
    """What else holds whenever the formula does, as far as it concerns the variables of the formula."""
    named: defaultdict[Variable, dict[Region, None]] = defaultdict(dict)
    for literal in literals_of(formula):
        named[literal.variable][literal.region] = None
    if len(named) > most:
        return ()
    relations = [*_existence(named), *segment_relations(named), *_skill(named)]
    for relation in relations:
        for literal in literals_of(relation):
            named[literal.variable][literal.region] = None
    return (*relations, *_orders(named), *query_relations(named))


def at_least(variable: Variable, number: float) -> Formula:
    return Literal(variable, Spans((((number, BEFORE), TOP),)))


def known(variable: Variable) -> Formula:
    return Literal(variable, Spans(((BOTTOM, TOP),)))


def _existence(named: Mapping[Variable, object]) -> Iterator[Formula]:
    """What is only known of users who did something, and what is always known of them."""
    for variable in named:
        match variable.topic, variable.key:
            case Topic.LAST_SEEN_DAYS, _:
                yield from _both(known(variable), at_least(INTERACTIONS, 1))
            case Topic.ACTIVITY, (ActivityMeasure.DAYS_SINCE_FIRST_SEEN,):
                yield from _both(known(variable), at_least(INTERACTIONS, 1))
            case Topic.ACTIVITY, (measure,) if measure in _NONE_WITHOUT_INTERACTIONS:
                yield from _both(at_least(variable, 1), at_least(INTERACTIONS, 1))
            case Topic.LAST_USED_DAYS, (feature,):
                yield from _both(known(variable), at_least(Variable(Topic.USES, (feature,)), 1))
            case Topic.SEGMENT, (segment,) if segment in BUILT_IN_KEYS:
                yield implies(known(variable), at_least(INTERACTIONS, 1))
            case _:
                pass


def _both(one: Formula, other: Formula) -> Iterator[Formula]:
    yield implies(one, other)
    yield implies(other, one)


def _skill(named: Mapping[Variable, object]) -> Iterator[Formula]:
    """A level is reached with all of its thresholds; the thresholds of higher levels are higher."""
    if SKILL not in named:
        return
    for index, threshold in enumerate(SKILL_THRESHOLDS):
        levels = frozenset(reached.level for reached in SKILL_THRESHOLDS[: index + 1])
        is_reached = Literal(SKILL, Members(levels))
        yield implies(is_reached, at_least(ACTIVE_DAYS, threshold.active_days))
        yield implies(is_reached, at_least(INTERACTIONS, threshold.interactions))


def _orders(named: Mapping[Variable, Mapping[Region, None]]) -> Iterator[Formula]:
    for less, more in permutations(named, 2):
        if _never_exceeds(less, more):
            for cut in _cuts(named[less]) | _cuts(named[more]):
                yield implies(_from(less, cut), negated(_until(more, cut)))
    if LAST_SEEN in named:
        for variable in named:
            if (days := _window_days(variable)) is not None:
                recently = Literal(LAST_SEEN, Spans(((BOTTOM, (days, BEFORE)),)))
                yield implies(at_least(variable, 1), recently)


def _cuts(regions: Mapping[Region, None]) -> set[Cut]:
    spans = [span for region in regions if isinstance(region, Spans) for span in region.spans]
    return {cut for span in spans for cut in span} - {BOTTOM, TOP}


def _from(variable: Variable, cut: Cut) -> Formula:
    return Literal(variable, Spans(((cut, TOP),)))


def _until(variable: Variable, cut: Cut) -> Formula:
    return Literal(variable, Spans(((BOTTOM, cut),)))


def _never_exceeds(less: Variable, more: Variable) -> bool:
    """Is `less` at most `more`, for everybody of whom both are known?"""
    match less.topic, more.topic:
        case Topic.DID, Topic.DID:
            return _is_part(less.key, more.key)
        case Topic.LAST_SEEN_DAYS, Topic.LAST_USED_DAYS:
            return True
        case ((Topic.LAST_SEEN_DAYS | Topic.LAST_USED_DAYS), Topic.ACTIVITY):
            return more == FIRST_SEEN
        case ((Topic.DID | Topic.USES), Topic.ACTIVITY):
            return more == INTERACTIONS or (more == CONVERSIONS and less.key[0] == InteractionKind.CONVERSION)
        case Topic.ACTIVITY, Topic.ACTIVITY:
            return _measure_never_exceeds(less.key[0], more.key[0])
        case _:
            return False


def _is_part(less: tuple[Any, ...], more: tuple[Any, ...]) -> bool:
    """Is everything that one `did` counts counted by another?"""
    (kind, target, days), (wider_kind, wider_target, wider_days) = less, more
    return bool(kind == wider_kind and wider_target in (None, target) and days <= wider_days)


def _measure_never_exceeds(less: object, more: object) -> bool:
    if more == ActivityMeasure.INTERACTIONS:
        return less in (*_SESSION_MEASURES, ActivityMeasure.CONVERSIONS, ActivityMeasure.ACTIVE_DAYS)
    in_order = [measure for measure in _SESSION_MEASURES if measure in (less, more)]
    return in_order == [less, more]


def _window_days(variable: Variable) -> int | None:
    """The days within which the counted things began, if only those are counted."""
    if variable.topic is Topic.DID:
        days: int = variable.key[2]
        return days
    return SESSION_WINDOWS_DAYS.get(variable.key[0]) if variable.topic is Topic.ACTIVITY else None
