"""Are patterns bounded in what they cost?"""

from __future__ import annotations

import pytest

from domain.rules.patterns import MAX_PATTERN_CHARACTERS, PatternRefused, compile_pattern


def test_a_pattern_matches_anywhere_and_tells_cases_apart_unless_told_not_to() -> None:
    assert compile_pattern("b+")("abba")
    assert not compile_pattern("B")("abba")
    assert compile_pattern("B", ignore_case=True)("abba")
    assert compile_pattern("^ü$")("ü")


def test_a_text_with_half_a_character_is_matched_as_if_it_were_replaced() -> None:
    assert compile_pattern("a.b")("a\ud800b")


@pytest.mark.parametrize(
    "pattern",
    [r"(?=a)", r"(a)\1", "[", "*", r"\pL{100}", "((a{30}){30}){30}", ".{0,200}[ab].{0,300}z", "\ud800"],
)
def test_what_re2_cannot_run_cheaply_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)


def test_an_overlong_pattern_is_refused() -> None:
    compile_pattern("a" * MAX_PATTERN_CHARACTERS)

    with pytest.raises(PatternRefused, match="longer than"):
        compile_pattern("a" * (MAX_PATTERN_CHARACTERS + 1))
