"""Lines of one basket are one order, and of what was done at once the largest speaks for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.evaluation.merging import with_largest, with_sums
from domain.model.interactions import InteractionKind
from tests.unit.evaluation.logs import interactions_of, read

if TYPE_CHECKING:
    from pathlib import Path

LINES = "user,time,target,value\nbob,1,x,5\nann,1,x,2\nann,1,y,3\nann,2,x,\nann,1,z,\nann,9,z,1\n"


def test_lines_of_one_user_at_one_instant_are_one_order_with_their_sum(tmp_path: Path) -> None:
    log, _ = read(tmp_path / "a.csv", LINES)
    orders = interactions_of(with_sums(log, InteractionKind.CONVERSION))
    assert [(one.occurred_at.timestamp(), one.value) for one in orders["ann"]] == [(1, 5.0), (2, None), (9, 1.0)]
    assert [(one.kind, one.target, one.value) for one in orders["bob"]] == [(InteractionKind.CONVERSION, None, 5.0)]


def test_of_lines_of_one_user_at_one_instant_the_largest_speaks_for_all(tmp_path: Path) -> None:
    log, _ = read(tmp_path / "a.csv", LINES + "bob,1,y,5\n")
    largest = interactions_of(with_largest(log))
    assert [(one.occurred_at.timestamp(), one.target) for one in largest["ann"]] == [(1, "y"), (2, "x"), (9, "z")]
    assert [one.target for one in largest["bob"]] == ["x"], "the first of equals"
