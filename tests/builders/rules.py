"""Rules, conditions and catalogues to test with: valid ones to override, and arbitrary ones for laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model import adaptations as act
from domain.model import conditions as cond
from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter, PlaceDefaults
from domain.model.interactions import Device, InteractionKind
from domain.model.ranges import Range
from domain.model.rules import Rule, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.schedules import ALWAYS_SCHEDULED, Schedule, Weekday, WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import UserId
from domain.rules.exclusion_groups import buckets_of, claim
from tests.builders.profiles import FEATURES, NOW, PLACES, SECTIONS, SEGMENT_KEYS, SHIFTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import SearchStrategy

DARK = act.SetTheme(act.ThemeMode.DARK)
LIGHT = act.SetTheme(act.ThemeMode.LIGHT)

CATALOGUE = Catalogue(
    features=tuple(CatalogueItem(key, key.title()) for key in FEATURES),
    navigation=tuple(CatalogueItem(key, key.title()) for key in SECTIONS),
    tags=tuple(CatalogueItem(key, key.title()) for key in ("news", "tips", "offers")),
    places=tuple(CatalogueItem(key, key.title()) for key in PLACES),
    parameters=(CatalogueParameter("banner", "Banner", ""), CatalogueParameter("columns", "Columns", 3)),
    defaults=(
        PlaceDefaults("login", act.ThemeMode.LIGHT, act.LayoutDensity.SPACIOUS, ("export",), ("home", "people")),
    ),
)


_OUTER = ("salt", "status", "revision", "created_at", "held", "run")


def build_rule(rule_id: str = "r1", *adaptations: act.Adaptation, **parts: Any) -> Rule:
    """An active rule that always applies, unless told otherwise; parts go to the rule or to its content by name."""
    outer = {name: parts.pop(name) for name in _OUTER if name in parts}
    defaults: dict[str, Any] = {"key": RuleKey(rule_id), "name": rule_id.upper(), "adaptations": adaptations or (DARK,)}
    rule = Rule(
        id=RuleId(rule_id),
        salt=rule_id,
        status=RuleStatus.ACTIVE,
        revision=1,
        content=RuleContent(**{**defaults, **parts}),
        created_at=NOW - timedelta(days=30),
        updated_at=NOW,
        updated_by=UserId("admin"),
    )
    return replace(rule, **outer)


@cache
def ranges(low: int = 0, high: int = 12) -> SearchStrategy[Range]:
    """Ranges that some number satisfies, with whole and half bounds."""
    bounds = st.integers(2 * low, 2 * high).map(lambda halves: halves / 2)
    pairs = st.tuples(bounds, bounds).map(sorted)
    return st.one_of(
        bounds.map(lambda bound: Range(gte=bound)),
        bounds.map(lambda bound: Range(gt=bound)),
        bounds.map(lambda bound: Range(lte=bound)),
        bounds.map(lambda bound: Range(lt=bound)),
        bounds.map(lambda bound: Range(eq=bound)),
        pairs.map(lambda pair: Range(gte=pair[0], lte=pair[1])),
        pairs.map(lambda pair: Range(gt=pair[0], lt=pair[1] + 1)),
    )


@cache
def windows() -> SearchStrategy[WeeklyWindow]:
    """Weekly windows that begin and end on quarter hours, often at night, where zones shift."""
    quarters = st.integers(0, 95) | st.integers(0, 16)
    times = quarters.map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
    weekdays = st.frozensets(st.sampled_from(Weekday), min_size=1) | st.just(frozenset(Weekday))
    pairs = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])
    return st.builds(lambda pair, days: WeeklyWindow(pair[0], pair[1], days), pairs, weekdays)


@cache
def _boundaries() -> SearchStrategy[datetime | None]:
    near = st.builds(lambda shift, hours: shift + timedelta(hours=hours), st.sampled_from(SHIFTS), st.integers(-48, 48))
    return st.none() | near


@cache
def schedules() -> SearchStrategy[Schedule]:
    built = st.builds(Schedule, _boundaries(), _boundaries(), st.lists(windows(), max_size=2, unique=True).map(tuple))
    sound = built.filter(lambda s: s.starts_at is None or s.ends_at is None or s.starts_at < s.ends_at)
    return st.just(ALWAYS_SCHEDULED) | sound


@cache
def queries() -> SearchStrategy[dict[str, Any]]:
    """Queries over the traits that `tests.builders.profiles.traits` makes."""
    scalars = st.integers(0, 30) | st.sampled_from(("pro", "free", "7"))
    tests = st.one_of(
        scalars,
        st.none(),
        st.booleans(),
        st.builds(lambda op, v: {op: v}, st.sampled_from(("$gt", "$gte", "$lt", "$lte", "$ne", "$eq")), scalars),
        st.builds(
            lambda op, v: {op: v}, st.sampled_from(("$in", "$nin", "$ini", "$all")), st.lists(scalars, max_size=3)
        ),
        st.builds(lambda v: {"$exists": v}, st.booleans()),
        st.just({"$regex": "^p"}),
        st.just({"$vgte": "1.9.0"}),
        st.just({"$not": {"$size": {"$gt": 1}}}),
    )
    return st.dictionaries(st.sampled_from(("plan", "age", "tags", "app")), tests, max_size=2)


@cache
def simple_conditions() -> SearchStrategy[cond.Condition]:
    kinds = st.sampled_from((InteractionKind.FEATURE_USE, InteractionKind.CLICK))
    targets = st.none() | st.sampled_from(FEATURES)
    some_segments = st.lists(st.sampled_from(SEGMENT_KEYS), min_size=1, max_size=2, unique=True)
    return st.one_of(
        st.builds(cond.Always, st.booleans()),
        st.builds(
            lambda keys, confidence: cond.InSegment(tuple(map(SegmentKey, keys)), confidence),
            some_segments,
            st.sampled_from((0.05, 0.5, 0.7)),
        ),
        st.builds(cond.OnDevice, st.frozensets(st.sampled_from(Device), min_size=1)),
        st.builds(cond.AtPlace, st.frozensets(st.sampled_from(PLACES), min_size=1)),
        st.builds(cond.HasSkill, st.frozensets(st.sampled_from(SkillLevel), min_size=1)),
        st.builds(cond.ActivityWithin, st.sampled_from(cond.ActivityMeasure), ranges()),
        st.builds(cond.FeatureUsed, st.sampled_from(FEATURES), ranges(), st.none() | ranges()),
        st.builds(cond.Did, kinds, ranges(), st.sampled_from((1, 7, 30, 90)), targets),
        st.builds(cond.AtLocalTime, windows()),
        st.builds(cond.ChurnRiskWithin, ranges(0, 1).filter(lambda wanted: max(wanted.bounds()) <= 1)),
        st.builds(cond.LifetimeValueWithin, ranges()),
        st.builds(cond.LastSeenWithin, ranges()),
        st.builds(cond.TraitsMatch, queries()),
        st.builds(cond.AttributesMatch, queries()),
    )


@cache
def conditions() -> SearchStrategy[cond.Condition]:
    """Conditions of any kind, nested a few levels."""
    return st.recursive(
        simple_conditions(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AllOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AnyOf(tuple(parts))),
            inner.map(cond.Not),
        ),
        max_leaves=6,
    )


@cache
def adaptation_lists() -> SearchStrategy[tuple[act.Adaptation, ...]]:
    """One to four adaptations that do not contradict each other."""
    keys = st.sampled_from((*FEATURES, "unlisted"))
    navigation = st.lists(st.sampled_from(SECTIONS), max_size=2, unique=True).map(tuple)
    tags = st.lists(st.sampled_from(("news", "tips", "offers")), min_size=1, max_size=3, unique=True)
    kinds = (
        st.builds(act.SetTheme, st.sampled_from(act.ThemeMode)),
        st.builds(act.SetLayout, st.sampled_from(act.LayoutDensity)),
        st.builds(act.SetFeature, keys, st.just(value=True), st.booleans()),
        st.builds(act.SetFeature, st.just("hidden"), st.just(value=False)),
        st.builds(act.OrderNavigation, navigation, st.just(value=True)),
        st.builds(act.AddShortcut, keys),
        tags.map(lambda names: act.FilterContent(tuple(names[:1]), tuple(names[1:]))),
        st.builds(act.SetDifficulty, st.sampled_from(SkillLevel)),
        st.builds(act.RecommendFeature, keys),
        st.builds(act.SetParameter, st.sampled_from(("banner", "columns")), st.integers(0, 5) | st.booleans()),
    )
    chosen = st.lists(st.sampled_from(kinds), min_size=1, max_size=4, unique_by=id)
    return chosen.flatmap(lambda picked: st.tuples(*picked))


@cache
def contents() -> SearchStrategy[RuleContent]:
    """Contents that could be saved as they are."""
    return st.builds(
        RuleContent,
        key=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,10}", fullmatch=True).map(RuleKey),
        name=st.sampled_from(("Dark nights", "Schöne Grüße", "x")),
        adaptations=adaptation_lists(),
        condition=conditions(),
        description=st.sampled_from(("", "Why.\nAnd how.")),
        priority=st.integers(-3, 3),
        places=st.frozensets(st.sampled_from(PLACES), max_size=2),
        schedule=schedules(),
        coverage=st.sampled_from((0.0, 0.3, 0.5, 1.0)),
        exclusion_group=st.sampled_from((None, None, "welcome")),
    )


@cache
def rule_lists(most: int = 6) -> SearchStrategy[list[Rule]]:
    """Rules with ids of their own, often alike in priority and age; those of an exclusion group hold their share."""
    statuses = st.sampled_from((RuleStatus.ACTIVE, RuleStatus.ACTIVE, RuleStatus.ACTIVE, RuleStatus.PAUSED))
    parts = st.lists(st.tuples(contents(), st.integers(0, 2), statuses), max_size=most)
    return parts.map(
        lambda drawn: sharing_groups(
            replace(build_rule(f"rule-{index}", status=status, created_at=NOW - timedelta(days=age)), content=content)
            for index, (content, age, status) in enumerate(drawn)
        )
    )


@cache
def crowds(most: int = 40) -> SearchStrategy[list[Rule]]:
    """Many rules made of a few conditions and contents: most share what they need of a user with others."""
    pools = st.tuples(
        st.lists(contents(), min_size=1, max_size=3),
        st.lists(simple_conditions(), min_size=2, max_size=5),
        st.lists(conditions(), min_size=1, max_size=2),
    )
    picks = st.lists(st.tuples(*(st.integers(0, 59) for _ in range(4))), max_size=most)
    return st.builds(_crowd, pools, picks)


def _crowd(pools: tuple[Any, Any, Any], picks: list[tuple[int, ...]]) -> list[Rule]:
    return sharing_groups(_one_of_a_crowd(index, pools, pick) for index, pick in enumerate(picks))


def _one_of_a_crowd(index: int, pools: tuple[Any, Any, Any], pick: tuple[int, ...]) -> Rule:
    contents, simple, nested = pools
    which, first, second, third = pick
    content: RuleContent = contents[which % len(contents)]
    pair = (simple[first % len(simple)], simple[second % len(simple)])
    shapes = (cond.AllOf(pair), cond.AllOf((*pair, nested[third % len(nested)])), cond.AnyOf(pair), content.condition)
    places = content.places if which % 2 else frozenset[str]()
    changed = replace(content, condition=shapes[third % len(shapes)], places=places, priority=third % 3)
    rule = build_rule(f"rule-{index:02}", created_at=NOW - timedelta(days=second % 3))
    return replace(rule, content=changed)


def sharing_groups(rules: Iterable[Rule]) -> list[Rule]:
    """The rules in their order, each holding as much of its exclusion group as it wants and the ones before leave."""
    holders: list[Rule] = []
    for rule in rules:
        group = rule.content.exclusion_group
        taken = [other.held for other in holders if other.content.exclusion_group == group]
        held = () if group is None else claim(buckets_of(rule.content.coverage), (), taken)
        holders.append(replace(rule, held=held))
    return holders
