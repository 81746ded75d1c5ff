"""What do conditions and rules say about variables?

The formula of a condition holds in a situation exactly when the condition does. Insights are variables that may be
absent, whether or not a model is in use: a rule that waits for one is not called impossible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.model.conditions import (
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    LifetimeValueWithin,
    Not,
    OnDevice,
    TraitsMatch,
)
from domain.rules.exclusion_groups import BUCKETS, group_salt
from domain.rules.findings.formulas import FALSE, TRUE, Every, Formula, Literal, Some, negated
from domain.rules.findings.query_translations import translated_query
from domain.rules.findings.regions import AFTER, BEFORE, BOTTOM, TOP, Members, Spans
from domain.rules.findings.variables import Source, Topic, Variable
from domain.rules.instants import WEEK_US, microseconds
from domain.rules.windows import week_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from domain.model.conditions import Condition
    from domain.model.ranges import Range
    from domain.model.rules import Rule
    from domain.model.schedules import Schedule, WeeklyWindow


def translated(condition: Condition) -> Formula:
    return _TRANSLATIONS[type(condition)](condition)


def places_formula(places: frozenset[str]) -> Formula:
    """Of no places: everywhere."""
    return Literal(Variable(Topic.PLACE), Members(places)) if places else TRUE


def windows_formula(windows: Iterable[WeeklyWindow]) -> Formula:
    """The local time is in one of the windows; of no windows: at any time."""
    pattern = week_pattern(windows)
    edges = [0, *pattern.edges, WEEK_US] if pattern.open_at_end else [*pattern.edges]
    spans = tuple(((start, BEFORE), (end, BEFORE)) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return Literal(Variable(Topic.WEEK), Spans(tuple(span for span in spans if span[0] < span[1]))) if windows else TRUE


def wanted_formula(rule: Rule) -> Formula:
    """The rule's place, schedule and condition hold, whichever share of the users it is for."""
    content = rule.content
    schedule = Every((windows_formula(content.schedule.windows), _period(content.schedule)))
    return Every((places_formula(content.places), schedule, translated(content.condition)))


def coverage_formula(rule: Rule) -> Formula:
    """The user is in the rule's share."""
    coverage, group = rule.content.coverage, rule.content.exclusion_group
    if group is not None:
        return _bucket(group_salt(group), rule.held)
    if coverage >= 1:
        return TRUE
    if coverage <= 0:
        return FALSE
    return Literal(Variable(Topic.BUCKET, (rule.salt,)), Spans(((BOTTOM, (coverage, AFTER)),)))


def _bucket(salt: str, held: Iterable[tuple[int, int]]) -> Formula:
    spans = tuple(((start / BUCKETS, BEFORE), (end / BUCKETS, BEFORE)) for start, end in held)
    return Literal(Variable(Topic.BUCKET, (salt,)), Spans(spans))


def _period(schedule: Schedule) -> Formula:
    start = BOTTOM if schedule.starts_at is None else (microseconds(schedule.starts_at), BEFORE)
    end = TOP if schedule.ends_at is None else (microseconds(schedule.ends_at), BEFORE)
    return TRUE if (start, end) == (BOTTOM, TOP) else Literal(Variable(Topic.INSTANT), Spans(((start, end),)))


def _within(wanted: Range, topic: Topic, *key: Any) -> Formula:
    lows = [BOTTOM]
    lows += [(bound, BEFORE) for bound in (wanted.gte, wanted.eq) if bound is not None]
    lows += [(wanted.gt, AFTER)] if wanted.gt is not None else []
    highs = [TOP]
    highs += [(bound, AFTER) for bound in (wanted.lte, wanted.eq) if bound is not None]
    highs += [(wanted.lt, BEFORE)] if wanted.lt is not None else []
    low, high = max(lows), min(highs)
    return Literal(Variable(topic, key), Spans(((low, high),) if low < high else ()))


def _one_of(topic: Topic, values: frozenset[Any]) -> Formula:
    return Literal(Variable(topic), Members(values))


def _in_segment(condition: InSegment) -> Formula:
    sure_enough = Spans((((condition.confidence, BEFORE), TOP),))
    return Some(tuple(Literal(Variable(Topic.SEGMENT, (key,)), sure_enough) for key in condition.segments))


def _feature_used(condition: FeatureUsed) -> Formula:
    often = _within(condition.uses, Topic.USES, condition.feature)
    if condition.last_used_days is None:
        return often
    return Every((often, _within(condition.last_used_days, Topic.LAST_USED_DAYS, condition.feature)))


def _did(condition: Did) -> Formula:
    return _within(condition.times, Topic.DID, condition.kind, condition.target, condition.days)


_TRANSLATIONS: Mapping[type, Callable[[Any], Formula]] = {
    Always: lambda condition: TRUE if condition.value else FALSE,
    AllOf: lambda condition: Every(tuple(map(translated, condition.conditions))),
    AnyOf: lambda condition: Some(tuple(map(translated, condition.conditions))),
    Not: lambda condition: negated(translated(condition.condition)),
    InSegment: _in_segment,
    OnDevice: lambda condition: _one_of(Topic.DEVICE, condition.devices),
    AtPlace: lambda condition: _one_of(Topic.PLACE, condition.places),
    HasSkill: lambda condition: _one_of(Topic.SKILL, condition.levels),
    ActivityWithin: lambda condition: _within(condition.range, Topic.ACTIVITY, condition.measure),
    FeatureUsed: _feature_used,
    Did: _did,
    AtLocalTime: lambda condition: windows_formula((condition.window,)),
    ChurnRiskWithin: lambda condition: _within(condition.range, Topic.CHURN_RISK),
    LifetimeValueWithin: lambda condition: _within(condition.range, Topic.LIFETIME_VALUE),
    LastSeenWithin: lambda condition: _within(condition.days, Topic.LAST_SEEN_DAYS),
    TraitsMatch: lambda condition: translated_query(condition.query, Source.TRAITS),
    AttributesMatch: lambda condition: translated_query(condition.query, Source.ATTRIBUTES),
}
