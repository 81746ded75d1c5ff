"""Does the compiled form of a condition mean what the plain reading says, and never change unannounced?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.conditions import Predicate, Situation, compile_condition
from domain.rules.instants import FOREVER_US, instant_at, microseconds
from domain.rules.interpretation import interpret
from domain.rules.sentences import condition_text
from tests.builders.profiles import contexts, instants, profiles
from tests.builders.rules import conditions

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.conditions import Condition

MOST_CHANGES = 200
LOOK_AHEAD = timedelta(days=100)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    now = draw(instants())
    return Situation(draw(profiles(now)), draw(contexts()), now)


@settings(max_examples=500, deadline=None)
@given(condition=conditions(), situation=situations())
def test_compiled_and_plainly_interpreted_a_condition_answers_alike(condition: Condition, situation: Situation) -> None:
    assert compile_condition(condition).holds(situation) is interpret(condition, situation)


@settings(max_examples=300, deadline=None)
@given(condition=conditions(), situation=situations(), share=st.floats(0, 1))
def test_the_answer_stays_until_the_announced_change(condition: Condition, situation: Situation, share: float) -> None:
    predicate = compile_condition(condition)
    change = predicate.changes_at(situation)
    end_us = min(FOREVER_US if change is None else microseconds(change), microseconds(situation.now + LOOK_AHEAD))
    span = end_us - situation.now_us
    probes = {situation.now_us + int(span * share), end_us - 1, end_us - 1_000_000, situation.now_us + 1}

    assert span > 0
    for probe in probes:
        if situation.now_us <= probe < end_us:
            later = Situation(situation.profile, situation.context, instant_at(probe))
            assert interpret(condition, later) is interpret(condition, situation)


@settings(max_examples=150, deadline=None)
@given(condition=conditions(), situation=situations())
def test_walking_from_change_to_change_misses_no_turn_of_the_plain_reading(
    condition: Condition, situation: Situation
) -> None:
    """Every turn of the plain reading on a quarter-hour grid around the start is announced."""
    predicate = compile_condition(condition)
    answers = _walked(predicate, situation, until=situation.now + timedelta(days=3))
    for quarters in range(0, 3 * 96, 3):
        instant = situation.now + timedelta(minutes=15 * quarters)
        expected = next(answer for start, answer in reversed(answers) if start <= instant)
        assert interpret(condition, Situation(situation.profile, situation.context, instant)) is expected


def _walked(predicate: Predicate, situation: Situation, until: datetime) -> list[tuple[datetime, bool]]:
    """The answers from now on, each with the instant from which it is announced to hold."""
    answers: list[tuple[datetime, bool]] = []
    here: Situation | None = situation
    while here is not None and here.now <= until and len(answers) < MOST_CHANGES:
        answers.append((here.now, predicate.holds(here)))
        change = predicate.changes_at(here)
        here = None if change is None else Situation(situation.profile, situation.context, change)
    return answers


@given(condition=conditions())
def test_every_condition_has_words(condition: Condition) -> None:
    text = condition_text(condition)

    assert text == text.strip()
    assert "{" not in text
