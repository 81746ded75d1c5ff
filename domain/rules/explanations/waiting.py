"""From when on would a rule apply if nothing happened but time?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.conditions import AtLocalTime
from domain.model.schedules import Schedule
from domain.rules.explanations.worlds import Change
from domain.rules.instants import DAY_SECONDS, SECOND_US, WEEK_US, instant_or_never
from domain.rules.rule_sets import rule_applies
from domain.rules.sentences import instant_text
from domain.rules.situations import Situation
from domain.rules.windows import week_pattern, week_position

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.model.conditions import Condition
    from domain.model.schedules import WeeklyWindow
    from domain.rules.explanations.worlds import Variable, World
    from domain.rules.rule_sets import CompiledRule

TIME: Variable = ("time",)
MAX_TURNS = 24
"""How often answers may turn until the rule applies; of longer waits nothing is said."""

_MINUTE_US = 60 * SECOND_US
_UNITS = (("day", DAY_SECONDS * SECOND_US), ("hour", 60 * _MINUTE_US), ("minute", _MINUTE_US))


def waiting(rule: CompiledRule, world: World, conditions: Collection[Condition | Schedule]) -> Change | None:
    """The shortest wait after which the rule applies: it is asked at every instant at which its answer could turn."""
    now = situation = world.situation()
    for _ in range(MAX_TURNS):
        turn = rule.predicate.changes_at(situation)
        if turn is None:
            break
        situation = Situation(situation.profile, situation.context, turn)
        if rule_applies(rule, situation):
            return _wait(rule, now, situation, conditions)
    return None


def _wait(rule: CompiledRule, now: Situation, then: Situation, conditions: Collection[Condition | Schedule]) -> Change:
    if any(_turns(window, then) for condition in conditions for window in _windows(condition)):
        text = _local_text(now, then)
    elif any(isinstance(condition, Schedule) and condition.starts_at == then.now for condition in conditions):
        text = f"from {instant_text(then.now)}"
    else:
        then = _on_the_minute(rule, then)
        text = f"in {_about(then.now_us - now.now_us)} (from {instant_text(then.now)})"
    wait_us = then.now_us - now.now_us
    return Change(TIME, wait_us / (wait_us + WEEK_US), text, text, lambda world: replace(world, later=then.now))


def _on_the_minute(rule: CompiledRule, then: Situation) -> Situation:
    """At the next full minute, because nobody reads seconds, unless the rule no longer applies then."""
    minute = instant_or_never(-(-then.now_us // _MINUTE_US) * _MINUTE_US)
    later = then if minute is None else Situation(then.profile, then.context, minute)
    return later if rule_applies(rule, later) else then


def _windows(condition: Condition | Schedule) -> tuple[WeeklyWindow, ...]:
    if isinstance(condition, AtLocalTime):
        return (condition.window,)
    return condition.windows if isinstance(condition, Schedule) else ()


def _turns(window: WeeklyWindow, then: Situation) -> bool:
    """Does the window open or close just then?"""
    pattern = week_pattern((window,))
    just_before = week_position(then.now_us - 1, then.zone)
    return pattern.contains(then.week_position) is not pattern.contains(just_before)


def _local_text(now: Situation, then: Situation) -> str:
    local = then.now.astimezone(then.zone)
    day = f"{local:%A}" if then.now_us - now.now_us < WEEK_US else f"{local:%Y-%m-%d}"
    return f"from {day} {local:%H:%M:%S}".removesuffix(":00") + " local time"


def _about(duration_us: int) -> str:
    """Rounded up to the largest unit that fits."""
    unit, length_us = next((unit for unit in _UNITS if duration_us >= unit[1]), _UNITS[-1])
    number = -(-duration_us // length_us)
    return f"{number} {unit}{'' if number == 1 else 's'}"
