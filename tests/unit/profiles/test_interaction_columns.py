"""Are interactions kept by column the interactions that they were made of?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.model.interactions import Device, Interaction, InteractionColumns, InteractionKey
from domain.model.users import UserId
from tests.builders.interactions import HOUR, MONDAY, feature_use, interaction

INTERACTIONS = st.builds(
    lambda number, **fields: interaction(MONDAY + number * HOUR, **fields),
    st.integers(0, 5),
    key=st.sampled_from(["a", "b", "c"]).map(InteractionKey),
    user_id=st.sampled_from(["ada", "grace"]).map(UserId),
    target=st.none() | st.just("export"),
    tags=st.sampled_from([(), ("news", "sport")]),
    value=st.none() | st.floats(0, 1),
)


def test_each_field_is_a_column() -> None:
    export = feature_use("export", device=Device.MOBILE, properties={"a": 1})
    columns = InteractionColumns.of([interaction(), export])
    assert columns.target == (None, "export")
    assert columns.device == (None, Device.MOBILE)
    assert columns.properties == (None, {"a": 1})
    assert columns[1] == export


@given(st.lists(INTERACTIONS, max_size=6), st.integers(0, 6))
def test_they_are_those_they_were_made_of_in_the_same_order(given_ones: list[Interaction], place: int) -> None:
    columns = InteractionColumns.of(given_ones)
    assert list(columns) == given_ones
    assert len(columns) == len(given_ones)
    assert list(columns[place:]) == given_ones[place:]
    assert [columns[index] for index in range(len(columns))] == given_ones
    assert InteractionColumns.of(columns) is columns
