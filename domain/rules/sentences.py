"""How does a condition read to a product manager?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from domain.model.conditions import (
    ActivityMeasure,
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
from domain.model.interactions import Device, InteractionKind
from domain.model.ranges import Range
from domain.model.schedules import EVERY_DAY, Weekday
from domain.model.segments import MEMBER_FROM_CONFIDENCE
from domain.model.skills import SkillLevel
from domain.rules.queries import OPERATORS, is_operator_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from enum import StrEnum

    from domain.model.conditions import Condition
    from domain.model.json_values import Json, JsonObject
    from domain.model.schedules import Schedule, WeeklyWindow

MAX_VALUE_CHARACTERS = 100
"""Of one value, where it stands among others."""

MEASURE_WORDS: Mapping[ActivityMeasure, str] = {
    ActivityMeasure.SESSIONS: "{} sessions",
    ActivityMeasure.SESSIONS_7D: "{} sessions in the last 7 days",
    ActivityMeasure.SESSIONS_30D: "{} sessions in the last 30 days",
    ActivityMeasure.INTERACTIONS: "{} interactions",
    ActivityMeasure.CONVERSIONS: "{} conversions",
    ActivityMeasure.ACTIVE_DAYS: "{} active days",
    ActivityMeasure.VALUE: "a value of {}",
    ActivityMeasure.DAYS_SINCE_FIRST_SEEN: "{} days since first seen",
}
_DOINGS: Mapping[InteractionKind, tuple[str, str]] = {
    InteractionKind.PAGE_VIEW: ("viewed the page {}", "viewed any page"),
    InteractionKind.FEATURE_USE: ("used the feature {}", "used any feature"),
    InteractionKind.CONTENT_VIEW: ("viewed the content {}", "viewed any content"),
    InteractionKind.CLICK: ("clicked {}", "clicked anything"),
    InteractionKind.SEARCH: ("searched {}", "searched anything"),
    InteractionKind.DISMISS: ("dismissed {}", "dismissed anything"),
    InteractionKind.PREFERENCE: ("set the preference {}", "set any preference"),
    InteractionKind.CONVERSION: ("converted on {}", "converted on anything"),
    InteractionKind.SESSION_START: ("started the session {}", "started a session"),
    InteractionKind.SESSION_END: ("ended the session {}", "ended a session"),
    InteractionKind.OTHER: ("did {}", "did anything"),
}
"""On a target, and on whichever."""


def condition_text(condition: Condition) -> str:
    """One line, without a full stop: "in power_user (at least 70 % sure) and on mobile"."""
    return _SENTENCES[type(condition)](condition)


def doing_text(kind: InteractionKind, target: str | None) -> str:
    """Like "clicked banner", or "clicked anything" without a target."""
    on_target, on_any = _DOINGS[kind]
    return on_any if target is None else on_target.format(target)


def measure_text(measure: ActivityMeasure, amount: str) -> str:
    """Like "at least 3 sessions in the last 7 days", "at least 1 session"."""
    return _ONE.sub(r"\1", MEASURE_WORDS[measure].format(amount))


def range_text(wanted: Range, below: str = "fewer than") -> str:
    """Like "at least 5" or "more than 2 and at most 9"; "any number of" without bounds. `below`: what is not counted
    is "less than".
    """
    bounds = (
        ("exactly", wanted.eq),
        ("at least", wanted.gte),
        ("more than", wanted.gt),
        ("at most", wanted.lte),
        (below, wanted.lt),
    )
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None) or "any number of"


def _days_ago(wanted: Range) -> str:
    match (wanted.gte, wanted.gt, wanted.lte, wanted.lt, wanted.eq):
        case (float() | int() as days, None, None, None, None):
            return f"{days:g} or more days ago"
        case (None, None, float() | int() as days, None, None):
            return f"{days:g} or fewer days ago"
        case _:
            return f"{range_text(wanted)} days ago"


def _all(condition: AllOf) -> str:
    parts = [_grouped(part, AnyOf, AllOf) for part in condition.conditions]
    return " and ".join(parts) or "always"


def _any(condition: AnyOf) -> str:
    parts = [_grouped(part, AnyOf) for part in condition.conditions]
    # A comma before "or" shows that "and" binds closer.
    joint = ", or " if any(isinstance(part, AllOf) for part in condition.conditions) else " or "
    return joint.join(parts) or "never"


def _grouped(condition: Condition, *kinds: type) -> str:
    """In brackets when the condition would otherwise run into its neighbours."""
    text = condition_text(condition)
    return f"({text})" if isinstance(condition, kinds) and len(_parts(condition)) > 1 else text


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, AllOf | AnyOf) else (condition,)


def _not(condition: Not) -> str:
    inner = condition.condition
    text = condition_text(inner)
    return f"not ({text})" if isinstance(inner, AllOf | AnyOf) and len(_parts(inner)) > 1 else f"not {text}"


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of a text."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def listed(words: Iterable[str], last: str = "or") -> str:
    """Like "a, b or c"."""
    items = list(words)
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items) or "nothing"


def _names(members: type[StrEnum], chosen: frozenset[Any]) -> str:
    return listed(member.value.lower() for member in members if member in chosen)


def _often(doing: str, wanted: Range) -> str:
    """Like "used export at least twice", with words for the few and for none at all."""
    if wanted.eq == 0 or wanted in _NEVER:
        return f"never {doing}"
    text = f"{range_text(wanted)} times"
    return f"{doing} {_SEVERAL.sub(lambda found: _FEW[found[0]], text)}"


def _feature_used(condition: FeatureUsed) -> str:
    text = _often(f"used {condition.feature}", condition.uses)
    return text if condition.last_used_days is None else f"{text}, last {_days_ago(condition.last_used_days)}"


def _did(condition: Did) -> str:
    days = f"{condition.days} days" if condition.days > 1 else "day"
    return f"{_often(doing_text(condition.kind, condition.target), condition.times)} in the last {days}"


def _activity(condition: ActivityWithin) -> str:
    below = "less than" if condition.measure is ActivityMeasure.VALUE else "fewer than"
    return measure_text(condition.measure, range_text(condition.range, below))


def _in_segment(condition: InSegment) -> str:
    text = f"in {listed(condition.segments)}"
    sure = condition.confidence
    return text if sure == MEMBER_FROM_CONFIDENCE else f"{text} (at least {sure * 100:g} % sure)"


def window_text(window: WeeklyWindow) -> str:
    """Like "on Monday or Friday from 09:00 until 17:00 local time"."""
    times = f"from {window.start:%H:%M} until {window.until:%H:%M} local time"
    if window.weekdays == EVERY_DAY:
        return times
    days = listed(day.value.capitalize() for day in Weekday if day in window.weekdays)
    return f"on {days} {times}"


def schedule_text(schedule: Schedule) -> str:
    """Like "from 2026-12-01T00:00Z, before 2027-01-01T00:00Z, from 09:00 until 17:00 local time"."""
    parts = [f"from {instant_text(schedule.starts_at)}"] if schedule.starts_at is not None else []
    if schedule.ends_at is not None:
        parts.append(f"before {instant_text(schedule.ends_at)}")
    if schedule.windows:
        parts.append(" or ".join(map(window_text, schedule.windows)))
    return ", ".join(parts) or "always"


def instant_text(instant: datetime) -> str:
    """UTC, as precise as needed: "2026-12-01T00:00Z"."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='auto' if utc.second or utc.microsecond else 'minutes')}Z"


def query_text(query: JsonObject, noun: str) -> str:
    """A query of operators in words; `noun` says what its names are ("trait")."""
    return " and ".join(_member_text(key, argument, noun) for key, argument in query.items()) or f"any {noun}s"


def _member_text(key: str, argument: Json, noun: str) -> str:
    if key == "$not" and isinstance(argument, Mapping):
        return f"not ({query_text(argument, noun)})"
    if key in _JOINTS and isinstance(argument, list):
        before, joint = _JOINTS[key]
        parts = (query_text(item, noun) for item in argument if isinstance(item, Mapping))
        return f"{before}({joint.join(parts)})"
    return f"{noun} {key} {_value_text(argument)}"


def _value_text(expected: Json) -> str:
    if not isinstance(expected, Mapping) or not is_operator_object(expected):
        return f"is {json_text(expected)}"
    return " and ".join(_operation_text(operator, argument) for operator, argument in expected.items())


def _operation_text(operator: str, argument: Json) -> str:
    if operator not in OPERATORS:
        return f"{operator} {json_text(argument)}"
    if operator == "$exists":
        return "is known" if argument else "is unknown"
    said = _value_text(argument) if operator in _NESTING else _argument_text(argument, _LAST.get(operator, "or"))
    return OPERATORS[operator].words.format(said)


def _argument_text(argument: Json, last: str) -> str:
    return listed(map(json_text, argument), last) if isinstance(argument, list) else json_text(argument)


def json_text(value: Json) -> str:
    """The value as people read it: text in quotation marks, which it cannot close itself, everything else as JSON."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    written = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("”", "\\”")
    return f"“{written}”"


_FEW: Mapping[str, str] = {"1 times": "once", "2 times": "twice"}
_SEVERAL = re.compile(r"(?<![\d.])[12] times")
_NEVER = (Range(lt=1), Range(lte=0))

_JOINTS: Mapping[str, tuple[str, str]] = {"$and": ("", " and "), "$or": ("", " or "), "$nor": ("not ", " or ")}
_NESTING = frozenset({"$not", "$size", "$elemMatch"})
_LAST: Mapping[str, str] = {"$all": "and", "$alli": "and"}
_ONE = re.compile(r"(?<![\d.,])(1 (?:more )?(?:active )?\w+)s\b")

_SENTENCES: Mapping[type, Callable[[Any], str]] = {
    Always: lambda condition: "always" if condition.value else "never",
    AllOf: _all,
    AnyOf: _any,
    Not: _not,
    InSegment: _in_segment,
    OnDevice: lambda condition: f"on {_names(Device, condition.devices)}",
    AtPlace: lambda condition: f"at {listed(sorted(condition.places))}",
    HasSkill: lambda condition: f"skill {_names(SkillLevel, condition.levels)}",
    ActivityWithin: _activity,
    FeatureUsed: _feature_used,
    Did: _did,
    AtLocalTime: lambda condition: window_text(condition.window),
    ChurnRiskWithin: lambda condition: f"churn risk {range_text(condition.range, 'less than')}",
    LifetimeValueWithin: lambda condition: f"lifetime value {range_text(condition.range, 'less than')}",
    LastSeenWithin: lambda condition: f"last seen {_days_ago(condition.days)}",
    TraitsMatch: lambda condition: query_text(condition.query, "trait"),
    AttributesMatch: lambda condition: query_text(condition.query, "attribute"),
}
