"""How much more would a user have to do, so that a condition on what they do turns?

Every count that any condition could turn at is tried with everything that can be done more often: whatever is done
raises several counts.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from domain.model.conditions import ActivityMeasure, ActivityWithin, Did, FeatureUsed, LastSeenWithin
from domain.model.interactions import InteractionKind
from domain.rules.explanations.amounts import activity_amount, times_done, uses_of
from domain.rules.explanations.deeds import ANY_TARGET, Deeds
from domain.rules.explanations.worlds import Change
from domain.rules.measures import MICROS
from domain.rules.sentences import doing_text, measure_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from domain.model.ranges import Range
    from domain.rules.explanations.worlds import Variable, World
    from domain.rules.situations import Situation

SEEN: Variable = ("seen",)
VALUE: Variable = ("value",)
_DID = "did"
_COUNTED: Mapping[ActivityMeasure, str] = {
    ActivityMeasure.SESSIONS_7D: "sessions",
    ActivityMeasure.SESSIONS_30D: "sessions",
    ActivityMeasure.SESSIONS: "sessions",
    ActivityMeasure.INTERACTIONS: "interactions",
    ActivityMeasure.CONVERSIONS: "conversions",
    ActivityMeasure.ACTIVE_DAYS: "active_days",
}
"""What of `Deeds` raises a measure; of measures that the same thing raises, the narrowest first."""
_PRINTED_BELOW = 10**15


def activity_variable(condition: ActivityWithin) -> Variable:
    if condition.measure is ActivityMeasure.VALUE:
        return VALUE
    counted = _COUNTED.get(condition.measure)
    return SEEN if counted is None else (counted,)


def did_variable(kind: InteractionKind, target: str | None) -> Variable:
    return _DID, kind, target or ANY_TARGET


def is_deed(variable: Variable) -> bool:
    """Is it about something that users do?"""
    return variable in {SEEN, VALUE} or variable[0] == _DID or variable[0] in _COUNTED.values()


def deed_changes(conditions: Sequence[object], world: World) -> Iterator[Change]:
    """Everything that could be done more often, as often as turns some condition."""
    situation = world.situation()
    more = sorted({step for condition in conditions for step in _steps(condition, situation)})
    for variable, already in _repeatable(conditions, situation).items():
        for times in more:
            yield _repeated(variable, times, already, conditions)
    yield from _values(conditions, situation)
    if any(_asks_when_seen(condition) for condition in conditions):
        text = "seen once more" if situation.history.last_seen_us is not None else "seen once"
        yield _done(SEEN, 1, text, lambda deeds: replace(deeds, seen=True))


def _asks_when_seen(condition: object) -> bool:
    return isinstance(condition, LastSeenWithin) or (
        isinstance(condition, ActivityWithin) and activity_variable(condition) == SEEN
    )


def _steps(condition: object, situation: Situation) -> Iterator[int]:
    """How much more of it turns the condition, or may."""
    match condition:
        case ActivityWithin(measure, wanted) if measure in _COUNTED:
            yield from _up_to_bounds(wanted, activity_amount(measure, situation) or 0)
        case Did(_, times, _, _):
            yield from _up_to_bounds(times, times_done(condition, situation))
        case FeatureUsed(feature, uses, last_used_days):
            yield from _up_to_bounds(uses, uses_of(feature, situation))
            if last_used_days is not None:
                yield 1
        case _:
            return


def _up_to_bounds(wanted: Range, now: float) -> Iterator[int]:
    """An answer about whole numbers can only turn on reaching the integers next to a bound."""
    for bound in wanted.bounds():
        for turn in (floor(bound), floor(bound) + 1):
            if turn > now:
                yield turn - int(now)


def _repeatable(conditions: Sequence[object], situation: Situation) -> dict[Variable, float]:
    """What can be done more often, and how often it was done already."""
    found: dict[Variable, float] = {}
    for condition in conditions:
        match condition:
            case ActivityWithin(measure, _) if measure in _COUNTED:
                found.setdefault((_COUNTED[measure],), activity_amount(measure, situation) or 0)
            case Did(kind, _, _, target):
                found.setdefault(did_variable(kind, target), times_done(condition, situation))
            case FeatureUsed(feature, _, _):
                used = did_variable(InteractionKind.FEATURE_USE, feature)
                found.setdefault(used, uses_of(feature, situation))
            case _:
                pass
    return found


def _repeated(variable: Variable, times: int, already: float, conditions: Sequence[object]) -> Change:
    distance = times / (times + already + 1)
    if variable[0] == _DID:
        _, kind, target = variable
        of = InteractionKind(kind)
        return _done(
            variable, distance, _did_text(of, target, times, already), lambda deeds: deeds.and_did(of, target, times)
        )
    measures = {condition.measure for condition in conditions if isinstance(condition, ActivityWithin)}
    measure = next(m for m, counted in _COUNTED.items() if counted == variable[0] and m in measures)
    (counted,) = variable
    text = measure_text(measure, f"{_number(times)} more")
    return _done(variable, distance, text, _more(counted, times))


def _more(counted: str, times: int) -> Callable[[Deeds], Deeds]:
    parts: dict[str, Any] = {counted: times}
    return lambda deeds: replace(deeds, **parts)


def _did_text(kind: InteractionKind, target: str, times: int, already: float) -> str:
    known = target if target != ANY_TARGET else None
    doing = f"used {known}" if kind is InteractionKind.FEATURE_USE and known else doing_text(kind, known)
    once = "once more" if already else "once"
    return f"{doing} {once if times == 1 else f'{_number(times)} more times'}"


def _values(conditions: Sequence[object], situation: Situation) -> Iterator[Change]:
    """Values are summed in millionths."""
    now = situation.history.value_micros
    wanted = [c.range for c in conditions if isinstance(c, ActivityWithin) and c.measure is ActivityMeasure.VALUE]
    bounds = {floor(Fraction(bound) * MICROS) for asked in wanted for bound in asked.bounds()}
    # A bound is not exact in binary, so the sum that reaches it may be a millionth off.
    for micros in sorted({bound + slip - now for bound in bounds for slip in (-1, 0, 1)}):
        if micros > 0:
            yield _done(VALUE, micros / (micros + abs(now) + 1), f"a value {_amount(micros)} higher", _worth(micros))


def _amount(micros: int) -> str:
    """Exact, because a millionth may be all that is missing."""
    return f"{micros // MICROS}.{micros % MICROS:06}".rstrip("0").removesuffix(".")


def _worth(micros: int) -> Callable[[Deeds], Deeds]:
    return lambda deeds: replace(deeds, value_micros=micros)


def _done(variable: Variable, distance: float, text: str, do: Callable[[Deeds], Deeds]) -> Change:
    """What a user does is no secret to them."""
    return Change(variable, distance, text, text, lambda world: replace(world, deeds=do(world.deeds)))


def _number(count: int) -> str:
    return str(count) if count < _PRINTED_BELOW else f"{count:g}"
