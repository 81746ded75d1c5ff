"""Which lines travel together, and what becomes of those that say nothing?"""

from collections.abc import Iterator

import pytest

from app.replay.batches import Batch, batches
from app.replay.lines import Flaw, Line
from app.replay.refusals import LineRefused, LogRefused, ReplayStopped
from app.replay.tallies import REPORTED_REFUSALS, Refusal, Tally


def write(line: Line) -> bytes:
    if line.content == b"bad":
        raise LineRefused("it is bad")
    return line.content


def good(number: int) -> Line:
    return Line(number, (), b"%d" % number)


def test_batches_are_consecutive_lines_and_the_last_one_may_be_shorter() -> None:
    tally = Tally()
    portions = list(batches(map(good, range(2, 7)), write, 2, tally, strict=False))
    assert [portion.numbers for portion in portions] == [(2, 3), (4, 5), (6,)]
    assert portions[0].elements == (b"2", b"3")
    assert (tally.lines, tally.last_line, tally.refused) == (5, 6, 0)


def test_lines_that_say_nothing_are_counted_and_do_not_spoil_their_batch() -> None:
    tally = Tally()
    lines: list[Line | Flaw] = [good(2), Line(3, (), b"bad"), Flaw(4, "it is torn"), good(5)]
    portions = list(batches(lines, write, 2, tally, strict=False))
    assert [portion.numbers for portion in portions] == [(2, 5)]
    assert (tally.lines, tally.refused_here) == (4, 2)
    assert tally.refusals == [Refusal(3, "it is bad"), Refusal(4, "it is torn")]


def test_only_the_first_refusals_are_kept() -> None:
    tally = Tally()
    assert list(batches((Flaw(n, "no") for n in range(1_000)), write, 2, tally, strict=False)) == []
    assert tally.refused == 1_000
    assert [refusal.line for refusal in tally.refusals] == list(range(REPORTED_REFUSALS))


def test_a_strict_reading_ends_at_the_first_refused_line_after_what_came_before() -> None:
    portions = batches([good(2), Flaw(3, "it is torn"), good(4)], write, 9, Tally(), strict=True)
    assert next(portions).numbers == (2,)
    with pytest.raises(ReplayStopped, match="line 3: it is torn"):
        next(portions)


def test_what_was_read_of_a_damaged_log_is_sent_before_the_damage_is_told() -> None:
    def damaged() -> Iterator[Line]:
        yield good(2)
        raise LogRefused("cut off")

    portions = batches(damaged(), write, 9, Tally(), strict=False)
    assert next(portions).numbers == (2,)
    with pytest.raises(LogRefused, match="cut off"):
        next(portions)


def test_lines_are_read_only_as_batches_are_asked_for() -> None:
    tally = Tally()
    portions = batches(map(good, range(10**9)), write, 3, tally, strict=False)
    next(portions)
    assert tally.lines == 3


def test_a_batch_without_some_elements_keeps_lines_and_elements_together() -> None:
    batch = Batch((2, 3, 4, 5), (b"2", b"3", b"4", b"5"))
    assert batch.without({0: "", 2: ""}) == Batch((3, 5), (b"3", b"5"))
    assert batch.halves() == (Batch((2, 3), (b"2", b"3")), Batch((4, 5), (b"4", b"5")))
