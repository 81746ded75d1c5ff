"""A value that several columns say together."""

import pytest

from app.evaluation.values import ValueRefused, factors_in, parse_factors, product
from app.replay.refusals import LineRefused


def test_factors_are_columns_with_times_between_them() -> None:
    assert parse_factors(" quantity * unit_price ") == ("quantity", "unit_price")
    assert parse_factors("value") == ("value",)


@pytest.mark.parametrize("text", ["", "a*", "*", "a**b", "a*b*c*d*e"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused):
        parse_factors(text)


def test_no_value_is_known_where_a_cell_is_empty_and_none_is_right_where_one_is_no_number() -> None:
    assert factors_in(("2", "")) is None
    assert factors_in(("2", 1.5)) == (2.0, 1.5)
    assert product((2.0, 1.5)) == 3.0
    with pytest.raises(LineRefused):
        factors_in(("2", "many"))
