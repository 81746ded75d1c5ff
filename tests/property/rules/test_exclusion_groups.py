"""Does no user ever belong to two rules of a group, and does nobody lose a rule that grows?"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.decisions import decide
from domain.rules.exclusion_groups import BUCKETS, claim, size
from domain.rules.rule_sets import RuleSet
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import CATALOGUE, build_rule, sharing_groups

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.rules import BucketSpan

changes = st.lists(st.tuples(st.integers(0, 3), st.integers(0, BUCKETS)), max_size=12)


def numbers(spans: Iterable[BucketSpan]) -> list[int]:
    return list(chain.from_iterable(range(*span) for span in spans))


@given(changes=changes)
def test_however_rules_grow_and_shrink_each_bucket_has_one_holder_and_stays_where_it_may(
    changes: list[tuple[int, int]],
) -> None:
    held: dict[int, tuple[BucketSpan, ...]] = dict.fromkeys(range(4), ())
    for rule, wanted in changes:
        before, others = held[rule], [held[other] for other in held if other != rule]
        held[rule] = claim(wanted, before, others)

        free = BUCKETS - sum(map(size, others))
        assert size(held[rule]) == min(wanted, free)
        kept = min(size(before), size(held[rule]))
        assert numbers(held[rule])[:kept] == numbers(before)[:kept]
        everybody = numbers(chain.from_iterable(held.values()))
        assert len(everybody) == len(set(everybody))
        assert set(everybody) <= set(range(BUCKETS))


@given(coverages=st.lists(st.floats(0, 1), min_size=1, max_size=5), user=st.text(max_size=12))
def test_at_most_one_rule_of_a_group_decides_anything_for_a_user(coverages: list[float], user: str) -> None:
    rules = sharing_groups(
        build_rule(f"r{index}", exclusion_group="welcome", coverage=share) for index, share in enumerate(coverages)
    )
    config = decide(RuleSet.compile(1, rules, CATALOGUE), build_profile(user), build_context(), NOW)

    assert [decision.lost for decision in config.decisions] in ([], [()])
