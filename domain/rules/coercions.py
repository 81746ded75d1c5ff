"""How JavaScript converts and compares JSON values, which is what GrowthBook's queries mean by equal and less.

Source: ECMAScript 2024, sections 7.1 (conversion) and 7.2 (comparison), restricted to values that JSON can hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.json_values import Json

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|Infinity)", re.ASCII)
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_FIXED_NOTATION_BELOW = 1e21
_FIXED_NOTATION_FROM = 1e-6


def truth_of(value: Json) -> bool:
    """`!!value`: empty lists and objects are true, empty text is not."""
    return isinstance(value, list | Mapping) or bool(value)


def text_of(value: Json) -> str:
    """`String(value)`."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(_as_float(value))
    if isinstance(value, list):
        return ",".join("" if item is None else text_of(item) for item in value)
    return "[object Object]"


def number_of(value: Json) -> float:
    """`Number(value)`; not-a-number where JavaScript says so."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        return _as_float(value)
    if isinstance(value, Mapping):
        return math.nan
    return _parsed_number(text_of(value).strip())


def identical(left: Json, right: Json) -> bool:
    """`left === right` for parsed JSON: two lists or two objects are never the same one."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float):
        return isinstance(right, int | float) and left == right
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    return left is None and right is None


def same_content(left: Json, right: Json) -> bool:
    """Equal as JSON documents.

    GrowthBook compares their text, in which the order of an object's keys counts; storage does not keep that order,
    so it does not count here.
    """
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_content, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same_content(left[key], right[key]) for key in left)
    return identical(left, right)


def less(left: Json, right: Json) -> bool:
    """`left < right`: texts by UTF-16 code units, everything else as numbers."""
    first, second = _primitive(left), _primitive(right)
    if isinstance(first, str) and isinstance(second, str):
        return _code_units(first) < _code_units(second)
    return number_of(first) < number_of(second)


def less_or_equal(left: Json, right: Json) -> bool:
    """`left <= right`; false where one side is not a number, unlike `not right < left`."""
    first, second = _primitive(left), _primitive(right)
    if isinstance(first, str) and isinstance(second, str):
        return _code_units(first) <= _code_units(second)
    return number_of(first) <= number_of(second)


def _primitive(value: Json) -> Json:
    return text_of(value) if isinstance(value, list | Mapping) else value


def _code_units(text: str) -> bytes:
    # ASCII texts give the same order in either encoding, but both sides need one encoding.
    return text.encode("utf-16-be", "surrogatepass")


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _parsed_number(text: str) -> float:
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _RADIX.fullmatch(text):
        return _as_float(int(text, 0))
    return math.nan


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    if _FIXED_NOTATION_FROM <= abs(number) < _FIXED_NOTATION_BELOW:
        text = format(Decimal(repr(number)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = repr(number).split("e")
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"
