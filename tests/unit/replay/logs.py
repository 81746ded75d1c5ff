"""Small logs for tests."""

import gzip
from pathlib import Path

from app.replay.files import opened, recognise
from app.replay.lines import Flaw, Line, log_in


def lines_of(path: Path, *columns: str) -> list[Line | Flaw]:
    log = recognise(path)
    with opened(log) as file:
        return list(log_in(log.format, file).lines(columns))


def values_of(path: Path, *columns: str) -> list[tuple[object, ...]]:
    return [line.values for line in lines_of(path, *columns) if isinstance(line, Line)]


def written(path: Path, content: bytes | str) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def numbered_log(path: Path, lines: int) -> Path:
    """A CSV whose line n (from 2 on) tells that one of three users used a feature, with the value n."""
    rows = [f"u{n // 40},{1_700_000_000 + n},export,{n}" for n in range(2, lines + 2)]
    return written(path, "\n".join(["user,time,target,value", *rows, ""]))
