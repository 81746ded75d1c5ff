"""How does a document of rules lie in a file?"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import orjson

from app.definitions.refusals import FileRefused

if TYPE_CHECKING:
    from pathlib import Path

STANDARD_STREAM = "-"


def read_document(path: Path) -> Any:
    """The JSON in a file, or on standard input.

    Raises:
        FileRefused: it cannot be read, or is no JSON.

    """
    try:
        content = sys.stdin.buffer.read() if str(path) == STANDARD_STREAM else path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}") from None
    try:
        document = orjson.loads(content)
        json.loads(content, object_pairs_hook=_once)
    except orjson.JSONDecodeError as error:
        raise FileRefused(f"{path} is no JSON in UTF-8: {error}") from None
    except _WrittenTwice as twice:
        raise FileRefused(f"{path} says “{twice}” twice in one object: keep one of them") from None
    return document


class _WrittenTwice(Exception):
    """Most parsers keep the last of equal names: an edit would be lost without a word."""


def _once(members: list[tuple[str, object]]) -> None:
    names = [name for name, _ in members]
    if len(set(names)) < len(names):
        raise _WrittenTwice(next(name for name in names if names.count(name) > 1))


def document_text(document: object) -> str:
    """Indented, one fact a line, so that files can be compared by line."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def write_document(path: Path, document: object) -> None:
    """Raises `FileRefused`."""
    try:
        path.write_text(document_text(document), encoding="utf-8")
    except OSError as error:
        raise FileRefused(f"{path} cannot be written: {error.strerror}") from None
