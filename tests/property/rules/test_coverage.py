"""Does a rule cover exactly those whom its salt and its coverage say?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.buckets import is_covered
from domain.rules.rule_sets import compile_rule, rule_applies
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import build_rule


@given(salt=st.text(max_size=8), user=st.text(max_size=8), share=st.floats(0, 1))
def test_the_compiled_rule_and_the_plain_reading_agree(salt: str, user: str, share: float) -> None:
    rule = compile_rule(build_rule(salt=salt, coverage=share))
    situation = Situation(build_profile(user), build_context(), NOW)

    assert rule_applies(rule, situation) is is_covered(salt, user, share)
