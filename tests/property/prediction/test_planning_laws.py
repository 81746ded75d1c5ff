"""Which laws does every plan obey, whatever the data's rhythm?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from prediction.training.planning import LONGEST_HORIZON_DAYS, MOST_TRAINING_CUT_OFFS, Wishes, planned
from prediction.training.surveys import Survey
from tests.builders.trainers import START

gaps = st.dictionaries(st.integers(1, 4_000), st.integers(1, 50), min_size=1, max_size=5)
spans = st.timedeltas(timedelta(days=4), timedelta(days=9_000))


@given(st.timedeltas(timedelta(), timedelta(days=1)), spans, gaps, st.builds(Wishes, test_cut_offs=st.integers(1, 4)))
def test_every_cut_off_lies_within_the_data_with_all_that_is_asked_of_it(
    begins: timedelta, span: timedelta, drawn: dict[int, int], wishes: Wishes
) -> None:
    first = START + begins
    last = first + span
    plan = planned(Survey(1, 1, first_received_at=first, last_received_at=last, gaps=Counter(drawn)), wishes)

    assert 1 <= plan.horizon_days <= LONGEST_HORIZON_DAYS
    assert plan.ends_at <= last
    assert plan.training[0] - plan.active >= first
    assert 1 <= len(plan.training) <= MOST_TRAINING_CUT_OFFS
    assert all(at.time() == START.time() for at in plan.cut_offs)
    assert last - plan.ends_at < timedelta(days=1)
