"""Is a segment given a variation of its own only for a sure gain, whatever was counted?"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.personalising import personalise, verdict

NAMES = ("a", "b", "c")
SEGMENTS = ("new", "old", "rare", "loud")


@st.composite
def rates(draw: st.DrawFn) -> Evidence:
    users = draw(st.integers(0, 20_000))
    hits = draw(st.integers(0, users))
    return Evidence(users, hits, hits)


odd_numbers = st.floats() | st.sampled_from((0.0, 100.0, 1e-30, 1e15, 1e60, -1.0))
odd = st.builds(Evidence, odd_numbers, odd_numbers, odd_numbers)


def folds(evidence: st.SearchStrategy[Evidence], fewest: int = 3) -> st.SearchStrategy[list[dict[str, list[Evidence]]]]:
    variations = st.lists(evidence, min_size=fewest, max_size=3)
    return st.lists(st.dictionaries(st.sampled_from(SEGMENTS), variations, max_size=4), max_size=3)


@given(seen=folds(odd | rates(), fewest=0), confidence=odd_numbers | st.just(0.95))
def test_whatever_was_counted_the_verdict_is_words_and_finite_numbers(
    seen: list[dict[str, list[Evidence]]], confidence: float
) -> None:
    found = personalise(seen, confidence)

    assert "nan" not in verdict(found, NAMES)
    assert "inf" not in verdict(found, NAMES)
    assert found.fixed is not None or not found.is_worth_it


@given(seen=folds(rates()))
def test_every_choice_of_its_own_gains_surely_over_the_fixed_one(seen: list[dict[str, list[Evidence]]]) -> None:
    found = personalise(seen)

    for choice in found.choices:
        assert choice.variation != found.fixed
        assert 0 < choice.gain.low <= choice.gain.estimate <= choice.gain.high
        assert 0 < choice.share <= 1
        assert found.variation_for(choice.segment) == choice.variation
    assert found.is_worth_it is (found.least_gain > 0)


@given(seen=folds(rates()))
def test_the_surer_one_wants_to_be_the_fewer_segments_get_their_own(seen: list[dict[str, list[Evidence]]]) -> None:
    bold, careful = personalise(seen, 0.8), personalise(seen, 0.99)

    assert {choice.segment for choice in careful.choices} <= {choice.segment for choice in bold.choices}


@given(variations=st.lists(rates(), min_size=3, max_size=3), copies=st.integers(1, 4))
def test_segments_that_did_the_same_get_the_same(variations: list[Evidence], copies: int) -> None:
    found = personalise([dict.fromkeys(SEGMENTS[:copies], variations)])

    assert found.choices == ()


@given(seen=folds(rates()))
def test_what_was_tried_is_what_chosen_and_fixed_variations_gave(seen: list[dict[str, list[Evidence]]]) -> None:
    learned = personalise(seen).learned

    if learned is not None:
        assert 0 <= learned.fixed <= 1
        assert 0 <= learned.personalised <= 1
        assert learned.gain.estimate == pytest.approx(learned.personalised - learned.fixed, abs=1e-12)
        assert math.isfinite(learned.gain.high - learned.gain.low)
