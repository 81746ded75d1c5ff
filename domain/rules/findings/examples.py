"""How does an example of a user in a situation read?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.rules import coercions
from domain.rules.findings.formulas import literals_of
from domain.rules.findings.variables import Topic, Variable, value_in
from domain.rules.instants import DAY_US
from domain.rules.sentences import doing_text, measure_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from domain.rules.findings.formulas import Formula
    from domain.rules.situations import Situation

MAX_WORDS = 4


def example_text(formula: Formula, situation: Situation) -> str:
    """Like "a user on mobile with 3 sessions in the last 7 days": what the formula reads, as it is in the situation."""
    variables = dict.fromkeys(literal.variable for literal in literals_of(formula))
    told = list(_told(variables, situation))[:MAX_WORDS]
    return f"a user {', '.join(told)}" if told else "any user"


def _told(variables: Mapping[Variable, None], situation: Situation) -> Iterator[str]:
    for variable in sorted(variables, key=lambda variable: variable.topic.value):
        say = _WORDS.get(variable.topic)
        if say is not None and (words := say(value_in(situation, variable), *variable.key)):
            yield words


def _uses(uses: int, feature: str) -> str:
    return f"who used {feature} {_times(uses)}"


def _did(times: int, kind: Any, target: str | None, days: int) -> str:
    return f"who {doing_text(kind, target)} {_times(times)} in the last {days} days"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def _activity(value: float | None, measure: Any) -> str:
    return "" if value is None else f"with {measure_text(measure, f'{value:g}')}"


def _segment(confidence: float | None, segment: str) -> str:
    return f"not in {segment}" if confidence is None else f"in {segment} ({confidence * 100:.0f} % sure)"


def _text(text: str, source: Any, path: str) -> str:
    is_unknown = text == coercions.text_of(None)
    return f"without {source.value} {path}" if is_unknown else f"with {source.value} {path} “{text}”"


def _last_seen(days: int | None) -> str:
    return "never seen" if days is None else f"last seen {days} {'day' if days == 1 else 'days'} ago"


def _local_time(position: int) -> str:
    day = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[position // DAY_US]
    minutes = position % DAY_US // 60_000_000
    return f"on {day} at {minutes // 60:02}:{minutes % 60:02} local time"


def _risk(risk: float | None) -> str:
    return "without a known churn risk" if risk is None else f"with a churn risk of {risk:.3g}"


def _value(value: float | None) -> str:
    return "without a known lifetime value" if value is None else f"with a lifetime value of {value:.3g}"


_WORDS: Mapping[Topic, Callable[..., str]] = {
    Topic.PLACE: lambda place: f"at {place}",
    Topic.DEVICE: lambda device: f"on {device.lower()}" if device else "on an unknown device",
    Topic.SKILL: lambda level: f"of skill {level.lower()}",
    Topic.SEGMENT: _segment,
    Topic.ACTIVITY: _activity,
    Topic.USES: _uses,
    Topic.DID: _did,
    Topic.LAST_SEEN_DAYS: _last_seen,
    Topic.WEEK: _local_time,
    Topic.CHURN_RISK: _risk,
    Topic.LIFETIME_VALUE: _value,
    Topic.TEXT: _text,
    Topic.NUMBER: lambda number, source, path: "" if number is None else f"with {source.value} {path} {number:g}",
}
