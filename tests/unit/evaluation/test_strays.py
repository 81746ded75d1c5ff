"""A wrong clock does not stretch a log over decades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.evaluation.logs import interactions_of, read

if TYPE_CHECKING:
    from pathlib import Path

YEAR = "2025-{:02}-{:02}"
DAYS = [YEAR.format(month, day) for month in range(1, 13) for day in range(1, 29)]


def years_kept(path: Path, *others: str) -> set[int]:
    lines = "\n".join(f"ann,{at}" for at in (*DAYS, *others))
    log, reading = read(path / "a.csv", f"user,time\n{lines}\n")
    assert reading.strays == len(DAYS) + len(others) - len(log)
    return {one.occurred_at.year for one in interactions_of(log)["ann"]}


@pytest.mark.parametrize("others", [(), ("1970-01-01",), ("2999-01-01",), ("1970-01-01", "2100-01-01", "4000-01-01")])
def test_events_of_other_times_are_left_out(tmp_path: Path, others: tuple[str, ...]) -> None:
    assert years_kept(tmp_path, *others) == {2025}


def test_what_lies_within_the_length_of_the_log_belongs_to_it(tmp_path: Path) -> None:
    assert years_kept(tmp_path, "2024-06-01", "2026-10-01") == {2024, 2025, 2026}


def test_more_than_one_in_a_hundred_are_a_part_of_the_log(tmp_path: Path) -> None:
    assert years_kept(tmp_path, *["1990-01-01"] * 5) == {1990, 2025}


def test_a_log_of_one_instant_is_kept(tmp_path: Path) -> None:
    log, _ = read(tmp_path / "a.csv", "user,time\nann,5\nbob,5\n")
    assert len(log) == 2
