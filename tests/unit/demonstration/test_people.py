"""Are simulated people who they are said to be, and the same for the same seed?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demonstration.personas import PERSONAS, PREFIX, Person, Persona, simulated_people
from app.demonstration.visits import WARM_WELCOME, Visit, chance_of_converting, interactions_of
from domain.model.configs import Config, FeatureState
from domain.model.interactions import Device, InteractionKind
from domain.model.users import UserId

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 42
DEFAULT = Config("r", BEGINS)
PERSONA = Persona("somebody", 1.0, 3, 3, {"board": 1}, converts=0.2, mobile=0.5, hour=12)
SOMEBODY = Person(UserId("sim-0001"), PERSONA, (0, 1), (BEGINS,), prefers_mobile=True)


@given(count=st.integers(1, 60), seed=st.integers(0, 1000))
def test_everybody_is_marked_and_comes_in_order_within_the_time(count: int, seed: int) -> None:
    people = simulated_people(count, seed, BEGINS, DAYS)

    assert len({person.user_id for person in people}) == count
    for person in people:
        assert person.user_id.startswith(PREFIX)
        assert person.visits
        assert all(earlier < later for earlier, later in pairwise(person.visits))
        assert person.visits[0] >= BEGINS
        assert person.visits[-1] < BEGINS + timedelta(days=DAYS)


def test_equal_seeds_make_equal_people_who_do_equal_things() -> None:
    first, second = (simulated_people(40, 7, BEGINS, DAYS) for _ in range(2))
    assert first == second
    visits = [Visit(person, 0, person.visits[0]) for person in first]
    assert [list(interactions_of(one, DEFAULT)) for one in visits] == [
        list(interactions_of(one, DEFAULT)) for one in visits
    ]
    assert simulated_people(40, 8, BEGINS, DAYS) != first


def test_every_persona_comes() -> None:
    assert {person.persona.name for person in simulated_people(300, 0, BEGINS, DAYS)} == {one.name for one in PERSONAS}


def test_what_is_seen_changes_how_readily_somebody_converts_and_nothing_else() -> None:
    warm = replace(DEFAULT, parameters={"welcome_text": WARM_WELCOME})
    pointed = replace(DEFAULT, features=(FeatureState("automation", highlighted=True),))

    assert chance_of_converting(SOMEBODY, DEFAULT) == pytest.approx(0.2)
    assert chance_of_converting(SOMEBODY, warm) == pytest.approx(0.25 * 7 / (1 + 0.25 * 7))
    assert chance_of_converting(SOMEBODY, pointed) == pytest.approx(0.25 * 4 / (1 + 0.25 * 4))


@given(number=st.integers(0, 200))
def test_a_visit_begins_with_a_look_and_holds_at_most_one_conversion(number: int) -> None:
    visit = Visit(SOMEBODY, number, BEGINS)
    done = list(interactions_of(visit, DEFAULT))

    assert done[0].kind is InteractionKind.PAGE_VIEW
    assert [one.kind for one in done].count(InteractionKind.CONVERSION) <= 1
    assert {one.device for one in done} == {visit.device} <= {Device.MOBILE, Device.DESKTOP}
    assert len({one.key for one in done}) == len(done)
    assert all(BEGINS < one.occurred_at < BEGINS + timedelta(minutes=100) for one in done)
