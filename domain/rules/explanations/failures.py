"""What failed first, in words, and what is the case instead?

Users are told what fails about their own behaviour, device, place, time and skill. What a rule asks of traits,
attributes, segments and predictions may tell whom else it is for, so they learn only that it does not match.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    Always,
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
    OnDevice,
    TraitsMatch,
)
from domain.model.schedules import Schedule
from domain.rules.explanations.amounts import activity_amount, days_since, last_used_days, times_done, uses_of
from domain.rules.explanations.query_tests import name_of, path_of
from domain.rules.explanations.requirements import first_failing
from domain.rules.measures import churn_risk, lifetime_value
from domain.rules.sentences import (
    MAX_VALUE_CHARACTERS,
    condition_text,
    instant_text,
    json_text,
    schedule_text,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.model.json_values import Json, JsonObject
    from domain.model.ranges import Range
    from domain.rules.explanations.requirements import Literal, Requirement
    from domain.rules.situations import Situation

MAX_TOLD = 3
"""Of alternatives that all fail, so many are told."""
MAX_WORDS_CHARACTERS = 300


def failure_text(requirement: Requirement, situation: Situation, *, discreet: bool) -> str | None:
    """Like "at least 5 sessions in the last 7 days: there are 3"; `None` exactly when the requirement holds."""
    literals = first_failing(requirement, situation)
    if not literals:
        return None
    told = list(dict.fromkeys(_failure(literal, situation, discreet=discreet) for literal in literals))
    if len(told) == 1:
        return told[0]
    more = [f"and {len(told) - MAX_TOLD} more"] if len(told) > MAX_TOLD else []
    return f"none of these holds: {'; '.join([*told[:MAX_TOLD], *more])}"


def _failure(literal: Literal, situation: Situation, *, discreet: bool) -> str:
    condition = literal.condition
    if discreet and type(condition) not in ABOUT_THE_USER:
        return CONCEALED[type(condition)](condition, situation)
    words = schedule_text(condition) if isinstance(condition, Schedule) else condition_text(condition)
    asked = shortened(words if literal.wanted else f"not {words}", MAX_WORDS_CHARACTERS)
    actual = _ACTUAL[type(condition)](condition, situation)
    return f"{asked}: {actual}" if actual else asked


def _segments(condition: InSegment, situation: Situation) -> str:
    held = {segment: situation.profile.confidence_in(segment) for segment in condition.segments}
    known = [f"in {segment} ({confidence * 100:.3g} % sure)" for segment, confidence in held.items() if confidence]
    return f"the user is {' and '.join(known)}" if known else f"the user is {'in none' if len(held) > 1 else 'not'}"


def _activity(condition: ActivityWithin, situation: Situation) -> str:
    amount = activity_amount(condition.measure, situation)
    if condition.measure is ActivityMeasure.DAYS_SINCE_FIRST_SEEN:
        return _days(amount, "first seen")
    return f"it is {amount:.15g}" if condition.measure is ActivityMeasure.VALUE else _there_are(amount or 0)


def _there_are(number: float) -> str:
    return "there are none" if not number else f"there {'is' if number == 1 else 'are'} {number:g}"


def _feature(condition: FeatureUsed, situation: Situation) -> str:
    uses = uses_of(condition.feature, situation)
    days = last_used_days(condition.feature, situation)
    return f"{_times(uses)}, {_days(days, 'last')}" if uses else _times(0)


def _predicted(number: float | None, wanted: Range) -> str:
    """With as few digits as tell it from the bounds: 0.6996 is not “at least 0.7”, but 0.7 would be."""
    if number is None:
        return "it is not known"
    rounded = (float(f"{number:.{digits}g}") for digits in range(_FEWEST_DIGITS, _ALL_DIGITS))
    telling = (near for near in rounded if wanted.contains(near) is wanted.contains(number))
    return f"it is {next(telling, number):.15g}"


def _times(number: int) -> str:
    return _FEW.get(number, f"{number} times")


def _days(days: float | None, event: str) -> str:
    if days is None:
        return "never seen"
    return f"{event} today" if days < 1 else f"{event} {days:g} day{'' if days == 1 else 's'} ago"


def _local_time(_: object, situation: Situation) -> str:
    return f"it is {situation.now.astimezone(situation.zone):%A %H:%M}"


def _schedule(condition: Schedule, situation: Situation) -> str:
    utc = f"it is {instant_text(situation.now.replace(second=0, microsecond=0))}"
    return f"{utc}, {_local_time(condition, situation).removeprefix('it is ')} local time" if condition.windows else utc


def _value_at(known: JsonObject, path: str) -> str:
    value = cast("Json", known)
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return "it is not known" if value is None else f"it is {shortened(json_text(value), MAX_VALUE_CHARACTERS)}"


def _own_segments(condition: InSegment, situation: Situation) -> str:
    """Users may know which segments they are in."""
    own = [segment for segment in condition.segments if situation.profile.confidence_in(segment)]
    return f"a segment does not match: {', '.join(own)}" if own else "a segment does not match"


_FEWEST_DIGITS, _ALL_DIGITS = 3, 18
_FEW: Mapping[int, str] = {0: "never", 1: "once", 2: "twice"}
ABOUT_THE_USER = frozenset(
    {
        Always,
        OnDevice,
        AtPlace,
        HasSkill,
        ActivityWithin,
        FeatureUsed,
        Did,
        AtLocalTime,
        LastSeenWithin,
        Schedule,
    }
)
"""What may be said to a user as it stands; everything else is concealed."""

_ACTUAL: Mapping[type, Callable[[Any, Situation], str]] = {
    Always: lambda _, __: "",
    InSegment: _segments,
    OnDevice: lambda _, now: f"the device is {now.context.device.lower() if now.context.device else 'not known'}",
    AtPlace: lambda _, now: f"the place is {now.context.place}",
    HasSkill: lambda _, now: f"it is {now.profile.skill.lower()}",
    ActivityWithin: _activity,
    FeatureUsed: _feature,
    Did: lambda condition, now: _times(times_done(condition, now)),
    AtLocalTime: _local_time,
    ChurnRiskWithin: lambda condition, now: _predicted(churn_risk(now), condition.range),
    LifetimeValueWithin: lambda condition, now: _predicted(lifetime_value(now), condition.range),
    LastSeenWithin: lambda _, now: _days(days_since(now.history.last_seen_us, now), "seen"),
    TraitsMatch: lambda condition, now: _value_at(now.profile.traits, path_of(condition)),
    AttributesMatch: lambda condition, now: _value_at(now.context.attributes, path_of(condition)),
    Schedule: _schedule,
}
CONCEALED: Mapping[type, Callable[[Any, Situation], str]] = {
    InSegment: _own_segments,
    ChurnRiskWithin: lambda _, __: "a prediction does not match",
    LifetimeValueWithin: lambda _, __: "a prediction does not match",
    TraitsMatch: lambda condition, _: f"a declared trait does not match: {name_of(condition)}",
    AttributesMatch: lambda condition, _: f"an attribute of the request does not match: {name_of(condition)}",
}
