"""What a log says becomes the interactions that the engine would have been told of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.evaluation.readings import UNTIMED
from app.replay.fields import Field, parse_mapping
from app.replay.refusals import LogRefused
from domain.model.interactions import Device, InteractionKind
from tests.unit.evaluation.logs import interactions_of, read

if TYPE_CHECKING:
    from pathlib import Path


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_every_users_events_come_in_order_of_time_and_simultaneous_ones_as_they_stand(tmp_path: Path) -> None:
    log, reading = read(tmp_path / "a.csv", "user,time,target\nbob,300,c\nann,200,b\nbob,100,a\nann,200,d\nbob,300,a\n")
    done = interactions_of(log)
    assert [(one.occurred_at, one.target) for one in done["bob"]] == [(at(100), "a"), (at(300), "c"), (at(300), "a")]
    assert [one.target for one in done["ann"]] == ["b", "d"]
    assert (len(log), len(log.users), reading.tally.accepted) == (5, 2, 5)


def test_an_interaction_counts_as_received_when_it_happened(tmp_path: Path) -> None:
    log, _ = read(tmp_path / "a.csv.gz", "user,time\nann,200\nann,100\n")
    (ann,) = log.user_logs()
    assert [(one.sequence, one.received_at) for one in ann.interactions] == [(1, at(100)), (2, at(200))]


def test_everything_that_the_engine_is_told_is_kept(tmp_path: Path) -> None:
    line = {"user": "ann", "time": "2026-03-02T09:00:00Z", "offset": 330, "kind": "click", "target": "export"}
    line |= {"section": "reports", "tags": ["a", "b"], "device": "mobile", "value": 2.5}
    log, _ = read(tmp_path / "a.jsonl", json.dumps(line) + "\n")
    (done,) = interactions_of(log)["ann"]
    assert (done.kind, done.target, done.section, done.tags) == (InteractionKind.CLICK, "export", "reports", ("a", "b"))
    assert (done.device, done.value) == (Device.MOBILE, 2.5)
    assert done.occurred_at.isoformat() == "2026-03-02T14:30:00+05:30"


@pytest.mark.parametrize(
    ("content", "options", "kind"),
    [
        ("user,time,target\nann,1,x\n", {}, InteractionKind.FEATURE_USE),
        ("user,time\nann,1\n", {}, InteractionKind.PAGE_VIEW),
        ("user,time\nann,1\n", {"kind_otherwise": InteractionKind.CONVERSION}, InteractionKind.CONVERSION),
        ("user,time,kind\nann,1,click\n", {"kind_otherwise": InteractionKind.CONVERSION}, InteractionKind.CLICK),
        ("user,time,kind\nann,1,click\n", {"kind": InteractionKind.SEARCH}, InteractionKind.SEARCH),
    ],
)
def test_the_kind_is_told_by_the_line_or_follows_from_what_is_asked(
    tmp_path: Path, content: str, options: dict[str, Any], kind: InteractionKind
) -> None:
    log, _ = read(tmp_path / "a.csv", content, **options)
    assert [one.kind for one in interactions_of(log)["ann"]] == [kind]


def test_lines_that_say_nothing_are_counted_and_told_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = ["user,time,value", "ann,1,1", ",2,1", "ann,yesterday,1", "ann,4,nan", "ann,5,inf", "ann,6,1e30", "ann,7"]
    lines += ["ann,1960-01-01,1", f"{'x' * 300},9,1", "bob,10,"]
    log, reading = read(tmp_path / "a.csv", "\n".join(lines) + "\n")
    assert len(log) == 2
    assert (reading.tally.lines, reading.tally.refused, reading.tally.accepted) == (10, 8, 2)
    assert [refusal.line for refusal in reading.tally.refusals] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert interactions_of(log)["bob"][0].value is None


def test_the_value_can_be_a_product_of_columns(tmp_path: Path) -> None:
    content = "user,time,quantity,price\nann,1,3,2.5\nann,2,,2.5\nann,3,-1,4\n"
    log, _ = read(tmp_path / "a.csv", content, factors=("quantity", "price"))
    assert [one.value for one in interactions_of(log)["ann"]] == [7.5, None, -4.0]


def test_what_is_not_above_zero_is_left_out_when_asked_for_factor_by_factor(tmp_path: Path) -> None:
    content = "user,time,quantity,price\nann,1,3,2.5\nann,2,,2.5\nann,3,-1,-4\nann,4,0,9\n"
    log, reading = read(tmp_path / "a.csv", content, factors=("quantity", "price"), positive=True)
    assert [one.value for one in interactions_of(log)["ann"]] == [7.5]
    assert (reading.left_out, reading.tally.refused) == (3, 0)


def test_a_key_of_a_user_counts_once(tmp_path: Path) -> None:
    log, reading = read(tmp_path / "a.csv", "user,time,key\nann,1,k\nann,2,k\nbob,3,k\n")
    assert (len(log), reading.tally.duplicates) == (2, 1)


def test_a_log_without_times_is_read_where_none_are_needed(tmp_path: Path) -> None:
    log, reading = read(tmp_path / "a.csv", "user,target\nann,x\n", needed=(Field.USER, Field.TARGET))
    assert not reading.is_timed
    assert interactions_of(log)["ann"][0].occurred_at == UNTIMED


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("user,when\nann,1\n", {}, "nothing says which column is 'time'"),
        ("user,time\n", {}, "the log has no lines"),
        ("user,time\nann,x\n", {}, "no line of the log can be used; line 2: the time 'x'"),
        ("user,time,value\nann,1,0\n", {"positive": True}, "no line of the log has a value above 0"),
        ("user,time\nann,1\n", {"factors": ("price",)}, "no column 'price'"),
        ("user,time\nann,1\n", {"needed": (Field.USER, Field.TIME, Field.VALUE)}, "use --map value=COLUMN"),
        ("user,time\nann,1\n", {"mapping": parse_mapping(["user=who,time=time"])}, "no column 'who'"),
    ],
)
def test_a_log_that_cannot_be_used_says_why(tmp_path: Path, content: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(LogRefused, match=reason):
        read(tmp_path / "a.csv", content, **options)


def test_a_computed_value_is_a_value(tmp_path: Path) -> None:
    needed = (Field.USER, Field.TIME, Field.VALUE)
    log, _ = read(tmp_path / "a.csv", "user,time,price\nann,1,2\n", needed=needed, factors=("price",))
    assert interactions_of(log)["ann"][0].value == 2
