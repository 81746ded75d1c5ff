"""What a JSON value is, and how large one may be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

MAX_DEPTH = 8
MAX_BYTES = 16 * 1024
MAX_INTEGER_BITS = 63
# What a value costs besides its text: quotes, a comma, a colon. Bounds its encoded size closely enough.
_PUNCTUATION_BYTES = 4
# PostgreSQL stores no NUL, and half a surrogate pair cannot be encoded.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def json_flaw(value: object) -> str | None:
    """Why `value` may not be stored (too deep, too large, not finite, not JSON); `None` when it may."""
    remaining = MAX_BYTES
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if flaw := _own_flaw(item, depth):
            return flaw
        remaining -= _own_bytes(item)
        if remaining < 0:
            return f"is larger than {MAX_BYTES // 1024} KiB"
        pending.extend((child, depth + 1) for child in _children(item))
    return None


def _own_flaw(item: object, depth: int) -> str | None:
    match item:
        case dict() | list() if depth > MAX_DEPTH:
            return f"is nested deeper than {MAX_DEPTH} levels"
        case float() if not math.isfinite(item):
            return "holds a number that is not finite"
        case dict() if not all(isinstance(key, str) for key in item):
            return "holds a key that is not a string"
        case str() | int():
            return _unstorable(item)
        case dict() | list() | float() | None:
            return None
        case _:
            return f"holds a {type(item).__name__}, which is not JSON"


def _unstorable(item: str | int) -> str | None:
    if isinstance(item, str):
        return "holds a NUL or half a character" if _UNSTORABLE.search(item) else None
    too_large = item.bit_length() > MAX_INTEGER_BITS
    return f"holds a whole number of more than {MAX_INTEGER_BITS} bits" if too_large else None


def _own_bytes(item: object) -> int:
    if isinstance(item, str):
        return len(item.encode(errors="replace")) + _PUNCTUATION_BYTES
    return _PUNCTUATION_BYTES


def _children(item: object) -> list[object]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []
