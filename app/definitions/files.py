"""How does a document of rules lie in a file?"""

from __future__ import annotations

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
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise FileRefused(f"{path} is no JSON in UTF-8: {error}") from None


def document_text(document: object) -> str:
    """Indented, one fact a line, so that files can be compared by line."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def write_document(path: Path, document: object) -> None:
    """Raises `FileRefused`."""
    try:
        path.write_text(document_text(document), encoding="utf-8")
    except OSError as error:
        raise FileRefused(f"{path} cannot be written: {error.strerror}") from None
