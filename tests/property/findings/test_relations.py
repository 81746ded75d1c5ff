"""Does what analysis takes for granted hold for every profile that the engine makes of whatever users do?"""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    TraitsMatch,
)
from domain.model.contexts import Context
from domain.model.interactions import Device, Interaction, InteractionKind
from domain.model.profiles import Profile
from domain.model.ranges import Range
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import UserId
from domain.rules.assessments import assess_profile
from domain.rules.findings.contradictions import contradiction
from domain.rules.findings.formulas import holds
from domain.rules.findings.relations import related
from domain.rules.findings.segment_relations import BUILT_IN_KEYS
from domain.rules.findings.translations import translated
from domain.rules.findings.variables import Variable, value_in
from domain.rules.interpretation import interpret
from domain.rules.profiles import fold_from_scratch
from domain.rules.situations import Situation
from tests.builders.interactions import DAY, MINUTE, MONDAY, interaction
from tests.builders.profiles import FEATURES, contexts, traits
from tests.builders.rules import build_rule, conditions, queries, ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.conditions import Condition
    from domain.rules.findings.formulas import Formula
    from domain.rules.findings.variables import Variable

KINDS = (InteractionKind.FEATURE_USE, InteractionKind.CLICK, InteractionKind.CONVERSION)
MANY_FEATURES = (*FEATURES, *(f"feature {number}" for number in range(8)))


@st.composite
def users(draw: st.DrawFn) -> Situation:
    """A user as the engine knows them: folded, assessed some time later, and asked some time after that."""
    habits = draw(st.lists(_habits(), max_size=4))
    done = sorted((one for habit in habits for one in habit), key=lambda one: one.occurred_at)
    last = done[-1].occurred_at if done else MONDAY
    assessed_at = last + draw(st.sampled_from((0, 0, 1, 13, 14, 40))) * DAY + draw(st.integers(-1, 60)) * MINUTE
    profile = Profile(UserId("u"), 1, fold_from_scratch(done), draw(traits()))
    assessed = assess_profile(profile, (), assessed_at)
    known = Profile(
        UserId("u"), 1, profile.history, profile.traits, memberships=assessed.memberships, skill=assessed.skill
    )
    context = draw(contexts())
    return Situation(known, context, assessed_at + draw(st.sampled_from((0, 0, 30, 60 * 24))) * MINUTE)


@st.composite
def _habits(draw: st.DrawFn) -> list[Interaction]:
    """Something done again and again for some days."""
    first = MONDAY + draw(st.integers(0, 120)) * DAY + timedelta(microseconds=draw(st.integers(-1, 1)))
    days, times = draw(st.integers(1, 30)), draw(st.integers(1, 12))
    features = draw(st.lists(st.sampled_from(MANY_FEATURES), min_size=1, max_size=11, unique=True))
    kind, device = draw(st.sampled_from(KINDS)), draw(st.none() | st.sampled_from(Device))
    return [
        interaction(
            first + day * DAY + number * 7 * MINUTE,
            kind=kind,
            target=draw(st.none()) if number % 5 == 4 else features[number % len(features)],
            device=device,
            value=float(number),
        )
        for day in range(days)
        for number in range(times)
    ]


def _about_users() -> st.SearchStrategy[Condition]:
    confidences = st.sampled_from((0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 1.0))
    keys = st.sampled_from(sorted(BUILT_IN_KEYS)).map(lambda key: (SegmentKey(key),))
    measures, days = st.sampled_from(ActivityMeasure), st.sampled_from((1, 7, 30, 90))
    return st.one_of(
        st.builds(InSegment, keys, confidences),
        st.builds(HasSkill, st.frozensets(st.sampled_from(SkillLevel), min_size=1)),
        st.builds(ActivityWithin, measures, ranges()),
        st.builds(FeatureUsed, st.sampled_from(FEATURES), ranges(), st.none() | ranges()),
        st.builds(Did, st.sampled_from(KINDS), ranges(), days, st.none() | st.sampled_from(FEATURES)),
        st.builds(LastSeenWithin, ranges()),
        st.builds(TraitsMatch, queries()),
    )


def _everything_at_once() -> Iterator[Condition]:
    """Every variable about users that is related to others, with bounds where users of these tests differ."""
    for key in sorted(BUILT_IN_KEYS):
        for confidence in (0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 1.0):
            yield InSegment((SegmentKey(key),), confidence)
    yield HasSkill(frozenset({SkillLevel.ADVANCED}))
    for measure in ActivityMeasure:
        yield from (ActivityWithin(measure, Range(gte=bound)) for bound in (1, 2, 4, 8, 15, 20, 30, 300))
    for days in (1, 7, 30):
        for kind, target in ((KINDS[0], None), (KINDS[0], "export"), (KINDS[1], "export"), (KINDS[2], None)):
            yield from (Did(kind, Range(gte=bound), days, target) for bound in (1, 3, 10))
    yield from (LastSeenWithin(Range(gte=bound)) for bound in (1, 6, 7, 29, 30))
    yield from (FeatureUsed("export", Range(gte=bound), Range(gte=bound)) for bound in (1, 3, 10))


RELATIONS = related(translated(AllOf(tuple(_everything_at_once()))), most=100)


def contradicted(user: Situation) -> list[Formula]:
    values: dict[Variable, object] = {}

    def read(variable: Variable) -> object:
        if variable not in values:
            values[variable] = value_in(user, variable)
        return values[variable]

    return [relation for relation in RELATIONS if not holds(relation, read)]


@settings(max_examples=300, deadline=None)
@given(user=users())
def test_every_relation_holds_for_every_user(user: Situation) -> None:
    assert len(RELATIONS) > 500
    assert contradicted(user) == []


@pytest.mark.parametrize("features", [1, 6, 8])
@pytest.mark.parametrize("device", [Device.MOBILE, Device.DESKTOP])
def test_every_relation_holds_for_users_at_each_threshold(features: int, device: Device) -> None:
    """Active on 1 to 20 days, in one or two sessions a day, seen last today to a month ago, to the microsecond."""
    for days, sessions, away in product(range(1, 21), (1, 2), (0, 1, 6, 7, 29, 30)):
        done = [
            interaction(
                MONDAY + day * DAY + session * 60 * MINUTE + number * MINUTE,
                kind=InteractionKind.FEATURE_USE,
                target=MANY_FEATURES[number % features],
                device=device,
            )
            for day in range(days)
            for session in range(sessions)
            for number in range(20)
        ]
        history = fold_from_scratch(done)
        for slip in (-1, 0, 1):
            now = done[-1].occurred_at + away * DAY + timedelta(microseconds=slip)
            assessed = assess_profile(Profile(UserId("u"), 1, history), (), now)
            known = Profile(UserId("u"), 1, history, memberships=assessed.memberships, skill=assessed.skill)
            assert contradicted(Situation(known, Context("x"), now)) == []


def test_every_relation_holds_for_users_of_two_devices() -> None:
    for mobile in range(0, 201, 5):
        done = [
            interaction(MONDAY + number * MINUTE, device=Device.MOBILE if number < mobile else Device.DESKTOP)
            for number in range(200)
        ]
        history = fold_from_scratch(done)
        assessed = assess_profile(Profile(UserId("u"), 1, history), (), MONDAY + DAY)
        known = Profile(UserId("u"), 1, history, memberships=assessed.memberships, skill=assessed.skill)
        assert contradicted(Situation(known, Context("x"), MONDAY + DAY)) == []


@settings(max_examples=300, deadline=None)
@given(asked=st.lists(_about_users() | conditions(), min_size=1, max_size=4), user=users())
def test_what_is_called_never_true_is_not_true_of_any_user(asked: list[Condition], user: Situation) -> None:
    condition = AllOf(tuple(asked))
    if interpret(condition, user):
        assert contradiction(build_rule(condition=condition).content) is None


_SCALARS: list[Any] = ["pro", "5", "", "null", "true", 5, 0, 1, -1.5, True, False, None]
_VALUES = [*_SCALARS, *([one] for one in _SCALARS), ["pro", 5], {"pro": 5}, [["pro"]], [], {}]
_OPERATORS = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte")


def _tests() -> st.SearchStrategy[Any]:
    scalar = st.sampled_from(_SCALARS)
    return st.one_of(
        st.sampled_from(_VALUES),
        st.builds(lambda operator, value: {operator: value}, st.sampled_from(_OPERATORS), scalar),
        st.builds(lambda op, some: {op: some}, st.sampled_from(("$in", "$nin", "$all")), st.lists(scalar, max_size=3)),
        st.builds(lambda wanted: {"$exists": wanted}, st.booleans()),
        st.builds(lambda value: {"$not": {"$gt": value}}, scalar),
    )


@settings(max_examples=500, deadline=None)
@given(tests=st.lists(_tests(), min_size=1, max_size=4), negations=st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_query_that_some_value_satisfies_is_not_called_never_true(tests: list[Any], negations: list[bool]) -> None:
    parts: list[Any] = [
        {"$not": {"plan": test}} if negated else {"plan": test} for test, negated in zip(tests, negations, strict=False)
    ]
    query = TraitsMatch({"$and": parts})
    profiles = [Profile(UserId("u"), traits={} if value is None else {"plan": value}) for value in _VALUES]
    if any(interpret(query, Situation(profile, Context("x"), MONDAY)) for profile in profiles):
        assert contradiction(build_rule(condition=query).content) is None
