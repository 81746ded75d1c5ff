"""Of two declarations and choices, is what holds for one user independent of everything but who is known?"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.json_values import JsonObject, json_flaw
from domain.model.links import Drift
from domain.model.profiles import Preferences, Profile
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from domain.rules.links import joined_choice, joined_preferences, joined_profile, joined_traits

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRAITS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3))
PREFERENCES = st.builds(
    Preferences,
    st.none() | st.sampled_from(ThemeMode),
    st.none() | st.sampled_from(LayoutDensity),
    st.none() | st.sampled_from(SkillLevel),
)
CHOICES = st.builds(
    PersonalizationChoice,
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
)


def test_an_example() -> None:
    known = Profile(UserId("ada"), 4, traits={"plan": "pro"}, preferences=Preferences(ThemeMode.DARK))
    anonymous = Profile(
        UserId("visitor"),
        9,
        traits={"plan": "free", "source": "ad"},
        preferences=Preferences(ThemeMode.LIGHT, LayoutDensity.COMPACT),
        choice=PersonalizationChoice(use_of_models=False, changed_at=NOON),
    )

    joined = joined_profile(known, anonymous)

    assert (joined.user_id, joined.revision) == ("ada", 4)
    assert joined.traits == {"plan": "pro", "source": "ad"}
    assert joined.preferences == Preferences(ThemeMode.DARK, LayoutDensity.COMPACT)
    assert joined.choice == PersonalizationChoice(enabled=True, use_of_models=False, changed_at=NOON)


@given(TRAITS, TRAITS)
def test_what_the_known_user_declared_stays_and_gaps_are_filled(known: JsonObject, anonymous: JsonObject) -> None:
    joined = joined_traits(known, anonymous)

    assert joined.keys() == known.keys() | anonymous.keys()
    assert all(joined[name] == known.get(name, anonymous.get(name)) for name in joined)


def test_traits_that_would_be_too_many_together_are_the_known_users_alone() -> None:
    known, anonymous = ({f"{whose}{number}": "x" * 50 for number in range(150)} for whose in "ka")
    assert json_flaw(known) is None
    assert json_flaw({**known, **anonymous}) is not None

    assert joined_traits(known, anonymous) == known


@given(PREFERENCES, PREFERENCES)
def test_what_the_known_user_prefers_stays_and_gaps_are_filled(known: Preferences, anonymous: Preferences) -> None:
    joined = joined_preferences(known, anonymous)

    for name in (field.name for field in fields(Preferences)):
        assert getattr(joined, name) == (getattr(known, name) or getattr(anonymous, name))


@given(CHOICES, CHOICES, CHOICES)
def test_the_stricter_choice_holds_in_whatever_order_users_are_linked(
    first: PersonalizationChoice, second: PersonalizationChoice, third: PersonalizationChoice
) -> None:
    joined = joined_choice(first, second)

    assert joined == joined_choice(second, first)
    assert joined_choice(joined, third) == joined_choice(first, joined_choice(second, third))
    assert joined_choice(first, first) == first
    assert (joined.enabled, joined.allows_models) == (
        first.enabled and second.enabled,
        first.allows_models and second.allows_models,
    )


def test_where_nobody_was_linked_nothing_is_said_of_a_share() -> None:
    assert Drift().share is None
    assert Drift(linked=8, conflicted=2).share == 0.25
