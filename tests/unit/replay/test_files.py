"""Which files are read, and which are refused with what reason?"""

import gzip
from pathlib import Path

import pytest

from app.replay.files import LINE_LIMIT, Format, recognise
from app.replay.refusals import LogRefused
from tests.unit.replay.logs import lines_of, written


def refusal(path: Path) -> str:
    with pytest.raises(LogRefused) as refused:
        lines_of(path, "user", "time")
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "log_format", "is_compressed"),
    [
        ("a.csv", Format.CSV, False),
        ("a.CSV.gz", Format.CSV, True),
        ("a.b.jsonl", Format.JSON_LINES, False),
        ("a.ndjson.gz", Format.JSON_LINES, True),
    ],
)
def test_the_name_tells_the_format(tmp_path: Path, name: str, log_format: Format, is_compressed: bool) -> None:  # noqa: FBT001 - a parameter of the cases
    log = recognise(written(tmp_path / name, "user,time\n"))
    assert (log.format, log.is_compressed) == (log_format, is_compressed)


@pytest.mark.parametrize("name", ["a.txt", "csv", "a.gz", "a.parquet"])
def test_a_name_that_tells_no_format_is_refused(tmp_path: Path, name: str) -> None:
    assert "format is unknown" in refusal(tmp_path / name)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    assert "not a file" in refusal(tmp_path / "b.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    assert "is empty" in refusal(written(tmp_path / name, ""))


def test_a_compressed_file_that_is_cut_off_is_refused_after_its_good_lines(tmp_path: Path) -> None:
    rows = "".join(f"u{n},{n * 7919}\n" for n in range(100_000))
    whole = gzip.compress(f"user,time\n{rows}".encode())
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut off" in refusal(path)


def test_a_damaged_compressed_file_is_refused(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b"user,time\nu,1\n"))
    whole[-6] ^= 0xFF  # its checksum
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole)
    assert "damaged" in refusal(path)
    path.write_bytes(b"user,time\nu,1\n")
    assert "damaged" in refusal(path)


def test_a_file_in_utf_16_is_refused_by_name_of_its_encoding(tmp_path: Path) -> None:
    assert "UTF-16" in refusal(written(tmp_path / "a.csv", "user,time\n".encode("utf-16")))


def test_a_line_that_never_ends_is_refused_instead_of_filling_the_memory(tmp_path: Path) -> None:
    assert "longer than" in refusal(written(tmp_path / "a.jsonl.gz", b"[" * (LINE_LIMIT + 1)))
