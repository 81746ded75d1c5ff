"""Which rules are decided for whom, by this engine and by the floor?"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from domain.model.adaptations import SetFeature
from domain.model.catalogues import Catalogue
from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    FeatureUsed,
    InSegment,
    OnDevice,
    TraitsMatch,
)
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.profiles import FeatureHistory, History, Profile
from domain.model.ranges import Range
from domain.model.rules import Rule, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import UserId
from domain.rules.decisions import decide
from domain.rules.rule_sets import RuleSet
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.model.configs import Config

Given: TypeAlias = tuple[Profile, Context]

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PLANS = ("free", "pro", "team", "enterprise")
DEVICES = tuple(Device)
MATCHING = 20
RULES = 50
PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    plan: str
    device: str
    sessions: int


@dataclass(frozen=True, slots=True)
class RuleCase:
    """Asks for a plan, one of two devices and a number of sessions."""

    number: int
    plan: str
    devices: frozenset[str]
    sessions: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """`ask` decides for what `given` makes of a person beforehand; `read` finds in its answer which rules apply.

    `anew`: it was never asked about the person before; otherwise it may remember.
    """

    name: str
    given: Callable[[Person], Any]
    ask: Callable[[Any], Any]
    read: Callable[[Any], frozenset[int]] = frozenset[int]
    hashes: bool = False
    anew: bool = False

    def applying(self, person: Person) -> frozenset[int]:
        return self.read(self.ask(self.given(person)))


class Workload(NamedTuple):
    """Fifty rules and whom they are decided for."""

    title: str
    rules: Sequence[RuleCase]
    people: Sequence[Person]


def mixed() -> Workload:
    """Most rules fail at their first or second condition, as rules for some of the users do."""
    draw = random.Random(1)  # noqa: S311 - the same people in every run
    pairs = [frozenset({DEVICES[n % len(DEVICES)], DEVICES[(n + 1) % len(DEVICES)]}) for n in range(RULES)]
    rules = [RuleCase(n, PLANS[n % len(PLANS)], frozenset(map(str, pairs[n])), n % 10) for n in range(RULES)]
    people = [
        Person(f"user-{n:06}", draw.choice(PLANS), draw.choice(DEVICES), draw.randrange(12)) for n in range(PEOPLE)
    ]
    return Workload("of which about 5 apply to a user, to half of all users each", rules, people)


def unanimous() -> Workload:
    """All conditions of all rules hold, so that all of them are evaluated, and all users hashed for all rules."""
    devices = frozenset(map(str, DEVICES[:2]))
    rules = [RuleCase(n, PLANS[0], devices, n % 10) for n in range(RULES)]
    people = [Person(f"user-{n:06}", PLANS[0], DEVICES[n % 2], 10 + n % 10) for n in range(PEOPLE)]
    return Workload("all of which apply, to half of all users each", rules, people)


def predicates(rules: Sequence[RuleCase], _: float) -> Contestant:
    """The floor: a function a rule as one writes it by hand, and no hashing."""
    tests = [_by_hand(rule.plan, rule.devices, rule.sessions) for rule in rules]

    def ask(person: Person) -> list[int]:
        return [number for number, test in enumerate(tests) if test(person)]

    return Contestant("hand-written predicates", lambda person: person, ask)


def _by_hand(plan: str, devices: frozenset[str], sessions: int) -> Callable[[Person], bool]:
    return lambda person: person.plan == plan and person.device in devices and person.sessions >= sessions


def attune_one_by_one(rules: Sequence[RuleCase], share: float) -> Contestant:
    asked = [(int(rule.id), rule.predicate.holds) for rule in attune_rule_set(rules, share).rules]

    def ask(given: Given) -> list[int]:
        situation = Situation(*given, NOW)
        return [number for number, holds in asked if holds(situation)]

    return Contestant("Attune, each rule asked, no index", attune_given, ask, hashes=True)


def attune_first_configs(rules: Sequence[RuleCase], share: float) -> Contestant:
    """Nothing of the user has been hashed before."""
    return replace(attune_configs(rules, share), name="Attune, first config of a user", anew=True)


def attune_configs(rules: Sequence[RuleCase], share: float) -> Contestant:
    """Whatever one user is sent after the first: the profile remembers what the user hashes to."""
    rule_set = attune_rule_set(rules, share)

    def ask(given: Given) -> Config:
        return decide(rule_set, *given, NOW)

    def read(config: Config) -> frozenset[int]:
        return frozenset(int(state.key) for state in config.features)

    return Contestant("Attune, any later config", attune_given, ask, read, hashes=True)


def attune_given(person: Person) -> Given:
    history = History(older_sessions=person.sessions)
    profile = Profile(UserId(person.id), revision=1, history=history, traits={"plan": person.plan})
    return profile, Context("dashboard", device=Device(person.device))


def attune_rule_set(rules: Sequence[RuleCase], share: float) -> RuleSet:
    return RuleSet.compile(1, (_attune_rule(rule, share) for rule in rules), Catalogue())


def _attune_rule(rule: RuleCase, share: float) -> Rule:
    return _rule(rule.number, attune_condition(rule), share)


def attune_condition(rule: RuleCase) -> AllOf:
    return AllOf(
        (
            TraitsMatch({"plan": rule.plan}),
            OnDevice(frozenset(map(Device, rule.devices))),
            ActivityWithin(ActivityMeasure.SESSIONS, Range(gte=rule.sessions)),
        )
    )


def sharp(count: int) -> tuple[list[Rule], list[Given]]:
    """So many rules of three conditions, and users to whom twenty of them apply: those for their segment."""
    groups = max(count // MATCHING, 1)
    segments = [SegmentKey(f"segment-{number}") for number in range(groups)]
    device = OnDevice(frozenset({Device.DESKTOP, Device.TABLET}))
    active = ActivityWithin(ActivityMeasure.SESSIONS, Range(gte=3))
    rules = [_rule(n, AllOf((InSegment((segments[n % groups],)), device, active)), 1.0) for n in range(count)]
    given = [
        (
            Profile(
                UserId(f"user-{number:06}"),
                revision=1,
                history=History(older_sessions=9),
                memberships=(SegmentMembership(segments[number % groups], 0.9, NOW),),
            ),
            Context("dashboard", device=Device.DESKTOP),
        )
        for number in range(PEOPLE)
    ]
    return rules, given


def blunt(count: int) -> tuple[list[Rule], list[Given]]:
    """Rules of which no condition alone tells much: a user is in 4 of 50 segments, one of 40 countries, and has used
    20 of 100 features.
    """
    draw = random.Random(2)  # noqa: S311 - the same rules in every run
    segments, features = [SegmentKey(f"segment-{n}") for n in range(50)], [f"feature-{n}" for n in range(100)]
    countries = [f"country-{n}" for n in range(40)]
    rules = [
        _rule(
            number,
            AllOf(
                (
                    InSegment((draw.choice(segments),)),
                    TraitsMatch({"country": draw.choice(countries)}),
                    FeatureUsed(draw.choice(features), Range(gte=1)),
                )
            ),
            1.0,
        )
        for number in range(count)
    ]
    given = [
        (
            Profile(
                UserId(f"user-{number:06}"),
                revision=1,
                history=History(features={key: FeatureHistory(2, 0, 0) for key in draw.sample(features, 20)}),
                memberships=tuple(SegmentMembership(key, 0.9, NOW) for key in draw.sample(segments, 4)),
                traits={"country": draw.choice(countries)},
            ),
            Context("dashboard", device=Device.DESKTOP),
        )
        for number in range(PEOPLE)
    ]
    return rules, given


def _rule(number: int, condition: AllOf, share: float) -> Rule:
    key = RuleKey(str(number))
    content = RuleContent(
        key, f"Rule {number}", (SetFeature(str(number), visible=True),), condition, priority=number % 7, coverage=share
    )
    return Rule(RuleId(key), salt(number), RuleStatus.ACTIVE, 1, content, NOW, NOW, UserId("bench"))


def salt(number: int) -> str:
    return f"rule-{number}"
