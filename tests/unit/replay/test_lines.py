"""What stands on each line of a log, however the log is written?"""

from pathlib import Path

import pytest

from app.replay.files import opened, recognise
from app.replay.lines import SAMPLED_JSON_LINES, Flaw, Line, log_in
from app.replay.refusals import LogRefused
from tests.unit.replay.logs import lines_of, values_of, written


def columns_of(path: Path) -> list[str]:
    log = recognise(path)
    with opened(log) as file:
        return list(log_in(log.format, file).columns)


def test_the_asked_columns_come_in_the_asked_order(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", "time,more,user\n1,x,ann\n2,y,bob\n")
    assert columns_of(path) == ["time", "more", "user"]
    assert values_of(path, "user", "time") == [("ann", "1"), ("bob", "2")]


def test_a_byte_order_mark_belongs_to_no_column(tmp_path: Path) -> None:
    assert columns_of(written(tmp_path / "a.csv", "\ufeffuser,time\n")) == ["user", "time"]
    assert columns_of(written(tmp_path / "a.jsonl", '\ufeff{"user":1}\n')) == ["user"]


def test_lines_may_end_as_on_any_system_and_the_last_one_not_at_all(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        path = written(tmp_path / "a.csv", f"user,time{end}ann,1{end}bob,2")
        assert values_of(path, "user", "time") == [("ann", "1"), ("bob", "2")]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'user,time\n"a ""b"",\r\nc",1\nbob,2\n')
    first, second = lines_of(path, "user", "time")
    assert isinstance(first, Line)
    assert first.values == ('a "b",\r\nc', "1")
    assert (first.number, second.number) == (2, 4)


def test_empty_lines_are_passed_over_but_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\nuser,time\n\nann,1\n\n\nbob,2\n\n")
    assert [line.number for line in lines_of(path, "user", "time")] == [4, 7]
    path = written(tmp_path / "a.jsonl", '{"user":1,"time":2}\n\n \n{"user":1,"time":2}\n')
    assert [line.number for line in lines_of(path, "user", "time")] == [1, 4]


def test_a_line_with_another_number_of_cells_costs_only_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "user,time\nann\nbob,2\ncid,3,4\n")
    assert [type(line) for line in lines_of(path, "user", "time")] == [Flaw, Line, Flaw]
    assert lines_of(path, "user", "time")[0] == Flaw(2, "it has 1 cells, the header has 2")


def test_a_line_with_wrong_quotes_costs_only_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'user,time\n"ann"x,1\nbob,2\n"never closed,3\n')
    bad, good, open_ended = lines_of(path, "user", "time")
    assert isinstance(bad, Flaw)
    assert isinstance(good, Line)
    assert isinstance(open_ended, Flaw)
    assert (bad.number, good.values, open_ended.number) == (2, ("bob", "2"), 4)


def test_bytes_that_are_not_utf_8_do_not_end_the_reading(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"user,time\n\xff,1\nbob,2\n")
    assert values_of(path, "user", "time")[1] == ("bob", "2")
    path = written(tmp_path / "a.jsonl", b'{"user":1,"time":2}\n{"user":"\xff","time":2}\n{"user":3,"time":2}\n')
    assert [type(line) for line in lines_of(path, "user", "time")] == [Line, Flaw, Line]


def test_fields_of_json_are_those_of_all_the_first_lines_and_missing_ones_are_null(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl.gz", '{"user":"ann","time":1}\n{"user":"bob","target":null,"time":2}\n')
    assert columns_of(path) == ["user", "time", "target"]
    assert values_of(path, "user", "time", "target") == [("ann", 1, None), ("bob", 2, None)]


def test_lines_beyond_the_sample_are_read_once_and_in_order(tmp_path: Path) -> None:
    count = 2 * SAMPLED_JSON_LINES + 1
    path = written(tmp_path / "a.jsonl", "".join(f'{{"user":{n},"time":1}}\n' for n in range(count)))
    assert [values[0] for values in values_of(path, "user", "time")] == list(range(count))


def test_lines_that_are_no_json_object_cost_only_themselves(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"user":1,"time":1}\n{"user":1,\n[1]\n{"user":2,"time":1}\n')
    first, broken, array, last = lines_of(path, "user", "time")
    assert broken == Flaw(2, "it is not JSON")
    assert array == Flaw(3, "it is not a JSON object")
    assert (first.number, last.number) == (1, 4)


def test_a_log_without_any_column_is_refused(tmp_path: Path) -> None:
    for path in (written(tmp_path / "a.csv", "\n\n"), written(tmp_path / "a.jsonl", "1\n{}\n")):
        with pytest.raises(LogRefused):
            columns_of(path)


def test_the_content_of_a_line_is_the_same_compressed_or_not(tmp_path: Path) -> None:
    text = 'user,time\nann,1\n"b\xe9",2\n'
    plain = lines_of(written(tmp_path / "a.csv", text), "user", "time")
    assert lines_of(written(tmp_path / "a.csv.gz", text), "user", "time") == plain
