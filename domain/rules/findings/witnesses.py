"""Is there an example of a user in a situation in which something holds?

A model of the formula says what to look for; traits, request, instant and interactions are made to fit, the
interactions are folded and assessed as every user's are, and then the rules themselves are asked. An example counts
only when they say so: what this module gets wrong costs a finding, it never makes a false one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.profiles import Profile
from domain.model.users import UserId
from domain.rules.assessments import assess_profile
from domain.rules.buckets import bucket
from domain.rules.findings.formulas import Every, Formula, implies, literals_of
from domain.rules.findings.lives import histories
from domain.rules.findings.regions import ABSENT, ELSEWHERE
from domain.rules.findings.relations import known
from domain.rules.findings.satisfiability import Undecided
from domain.rules.findings.subjects import applies_formula, is_comparable, possible
from domain.rules.findings.translations import translated
from domain.rules.findings.variables import Source, Topic, Variable, value_in
from domain.rules.insights import only_numbers
from domain.rules.instants import WEEK_US, instant_at, microseconds
from domain.rules.rule_sets import rule_applies
from domain.rules.situations import Situation
from domain.rules.windows import week_position, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from domain.model.json_values import Json
    from domain.model.segments import Segment
    from domain.rules.findings.satisfiability import Model
    from domain.rules.findings.subjects import Subject
    from domain.rules.rule_sets import CompiledRule

    Check = Callable[[Situation], bool]

MAX_STEPS_PER_SEARCH = 5_000
MAX_TRIES = 100
"""So many situations at most are made for one rule."""
MAX_USER_IDS = 2_000
_UTC = zone_named("UTC")
_VALUES = frozenset({Topic.EXACT, Topic.TEXT, Topic.NUMBER, Topic.TRUTH, Topic.TEST})


class Witnesses:
    """Examples concerning one rule. Deterministic: the instant of the rule's last change stands for now."""

    def __init__(self, subject: Subject, segments: tuple[Segment, ...]) -> None:
        self._subject = subject
        self._segments = {str(segment.key): segment for segment in segments}
        self._now = subject.compiled.rule.updated_at
        self._left = MAX_TRIES

    @cached_property
    def applying(self) -> tuple[Situation, ...]:
        """Situations in which the rule applies; perhaps none is found although there are some."""
        compiled = self._subject.compiled
        found = self.of(self._subject.applies, lambda situation: rule_applies(compiled, situation))
        if found is None:
            return ()
        return (found, *(other for other in _neighbours(found) if rule_applies(compiled, other)))

    def shown_by(self, example: Situation, other: CompiledRule) -> Situation | None:
        """One of the examples above, if it is one for another rule, too.

        Until then the user is only in those segments that the rule itself reads, and the clock has not moved for them.
        """
        if not rule_applies(other, example):
            return None
        both = Every((self._subject.applies, applies_formula(other.rule)))
        asked = [segment for _, segment in self._defined(literal.variable for literal in literals_of(both))]
        shown = Situation(_assessed(example.profile, asked, example.now), example.context, example.now)
        return shown if rule_applies(self._subject.compiled, shown) and rule_applies(other, shown) else None

    def of(self, formula: Formula, check: Check) -> Situation | None:
        """A situation that passes the check, looked for where the formula holds."""
        defined = list(self._definitions(formula))
        if not is_comparable(Every((formula, *defined))):
            return None
        with suppress(Undecided, OverflowError):  # at the beginning of the calendar nobody has a past
            model = possible(Every((formula, *defined)), MAX_STEPS_PER_SEARCH)
            if model is not None:
                return next(filter(check, self._counted(self._situations(model))), None)
        return None

    def _counted(self, situations: Iterator[Situation]) -> Iterator[Situation]:
        for situation in situations:
            yield situation
            self._left -= 1
            if self._left <= 0:
                return

    def _definitions(self, formula: Formula) -> Iterator[Formula]:
        """Who is in the segments that conditions define, of those that the formula reads."""
        variables = dict.fromkeys(literal.variable for literal in literals_of(formula))
        for variable, segment in self._defined(variables):
            if segment.condition is not None:
                condition = translated(segment.condition)
                yield implies(known(variable), condition)
                yield implies(condition, known(variable))

    def _defined(self, variables: Iterable[Variable]) -> Iterator[tuple[Variable, Segment]]:
        for variable in variables:
            if variable.topic is Topic.SEGMENT and (key := variable.key[0]) in self._segments:
                yield variable, self._segments[key]

    def _situations(self, model: Model) -> Iterator[Situation]:
        now = _instant(model, self._now)
        if now is None:
            return
        context = Context(_place(model), _device(model), attributes=_object(model, Source.ATTRIBUTES))
        asked = [segment for _, segment in self._defined(model.cells)]
        user_id, traits = _user_id(model), _object(model, Source.TRAITS)
        insights = only_numbers(now, *(_prediction(model, topic) for topic in (Topic.CHURN_RISK, Topic.LIFETIME_VALUE)))
        for history in histories(model, now):
            profile = _assessed(Profile(user_id, 1, history, traits, insights=insights), asked, now)
            yield Situation(profile, context, now)


def _neighbours(found: Situation) -> Iterator[Situation]:
    """Situations that differ in one respect."""
    profile, context, now = found.profile, found.context, found.now
    for device in (*Device, None):
        yield Situation(profile, replace(context, device=device), now)
    yield Situation(profile, replace(context, place="somewhere"), now)
    yield Situation(profile, replace(context, attributes={}), now)
    yield Situation(replace(profile, traits={}), context, now)
    yield Situation(replace(profile, insights=None), context, now)
    for number in range(8):
        yield Situation(replace(profile, user_id=UserId(f"another-{number}")), context, now)
    with suppress(OverflowError):  # at the end of the calendar there is no later
        for hours in (12, 84, 9_000):
            yield Situation(profile, context, now + timedelta(hours=hours))


def _assessed(profile: Profile, asked: list[Segment], now: datetime) -> Profile:
    assessed = assess_profile(profile, asked, now)
    return replace(profile, skill=assessed.skill, memberships=assessed.memberships)


def _instant(model: Model, now: datetime) -> datetime | None:
    """An instant at which local time in UTC is as asked, near to now if possible."""
    instant, week = Variable(Topic.INSTANT), Variable(Topic.WEEK)
    now_us = microseconds(now)
    starts = [now_us, *(s for s in model.samples(instant) if isinstance(s, int | float))]
    for start in (int(start) for start in starts if model.allows(instant, start)):
        here = week_position(start, _UTC)
        positions = [here, *(s for s in model.samples(week) if isinstance(s, int | float))]
        for position in (int(position) for position in positions if model.allows(week, position)):
            at = start + (position - here) % WEEK_US
            if model.allows(instant, at):
                with suppress(OverflowError):
                    return instant_at(at)
    return None


def _place(model: Model) -> str:
    places = [place for place in model.samples(Variable(Topic.PLACE)) if place is not ELSEWHERE]
    return str(places[0]) if places else "elsewhere"


def _device(model: Model) -> Device | None:
    devices = model.samples(Variable(Topic.DEVICE))
    return next((device for device in devices if isinstance(device, Device)), None)


def _prediction(model: Model, topic: Topic) -> float | None:
    """None, unless the user has to have one: not every engine has models."""
    variable = Variable(topic)
    if model.allows(variable, ABSENT):
        return ABSENT
    return next((float(s) for s in model.samples(variable) if isinstance(s, int | float)), ABSENT)


def _user_id(model: Model) -> UserId:
    """A user whose buckets are as asked, if one is soon found."""
    shares = [variable for variable in model.cells if variable.topic is Topic.BUCKET]
    names = (f"user-{number}" for number in range(MAX_USER_IDS if shares else 1))
    fits = (n for n in names if all(model.allows(share, bucket(share.key[0], n)) for share in shares))
    return UserId(next(fits, "user"))


def _object(model: Model, source: Source) -> dict[str, Json]:
    """Traits or attributes with a fitting value at each path that is read."""
    views: defaultdict[str, list[Variable]] = defaultdict(list)
    for variable in model.cells:
        if variable.topic in _VALUES and variable.key[0] is source:
            views[variable.key[1]].append(variable)
    made: dict[str, Json] = {}
    for path, seen in views.items():
        value = next((value for value in _candidates(model, seen) if _fits(model, seen, path, value)), None)
        if value is not None:
            _put(made, path, value)
    return made


def _fits(model: Model, views: list[Variable], path: str, value: Json) -> bool:
    made: dict[str, Json] = {}
    _put(made, path, value)
    situation = Situation(Profile(UserId(""), traits=made), Context("", attributes=made), instant_at(0))
    return all(model.allows(view, value_in(situation, view)) for view in views)


def _put(made: dict[str, Json], path: str, value: Json) -> None:
    *outer, last = path.split(".")
    inside: Any = made
    for name in outer:
        inside = inside.setdefault(name, {})
        if not isinstance(inside, dict):
            return
    inside[last] = value


def _candidates(model: Model, views: list[Variable]) -> Iterator[Json]:
    """Nothing at first, then whatever the queries name, then what is next to it."""
    yield None
    named: list[Json] = []
    for view in views:
        for sample in model.samples(view):
            if view.topic is Topic.EXACT and isinstance(sample, tuple):
                named.append(sample[1])
            elif isinstance(sample, str | bool | int | float):
                named.append(sample)
        if view.topic is Topic.TEST:
            argument = json.loads(view.key[3])
            named += argument if isinstance(argument, list) else [argument]
    yield from named
    yield from ([value] for value in named)
    yield named
    yield from (True, False, "other", "another", [], 0, 1, -1, "1.0.0", "99999.0.0")
