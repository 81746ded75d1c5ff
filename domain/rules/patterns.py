"""Does a text match a regular expression, in time linear in the text?

RE2 is the one third-party library of the domain: the standard library's engine backtracks, and patterns come from
people. Its syntax: https://github.com/google/re2/wiki/Syntax (no backreferences, no look-around).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import re2  # type: ignore[import-untyped]  # the wheel ships no type information

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PATTERN_CHARACTERS = 512
MAX_PATTERN_MEMORY_BYTES = 512 * 1024
MAX_PATTERN_INSTRUCTIONS = 2_000
"""RE2's slowest engine costs (instructions x characters): this bounds it for a text of the largest allowed size."""


class PatternRefused(ValueError):
    """The pattern cannot be compiled, or would cost too much; the message says which."""


def compile_pattern(pattern: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether a text holds a match anywhere. Raises `PatternRefused`."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise PatternRefused(f"is longer than {MAX_PATTERN_CHARACTERS} characters")
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.case_sensitive = not ignore_case
    options.max_mem = MAX_PATTERN_MEMORY_BYTES
    try:
        expression = re2.compile(pattern.encode(), options)
    except UnicodeEncodeError:
        raise PatternRefused("holds half a character") from None
    except re2.error as error:
        raise PatternRefused(_reason(error)) from None
    if expression.programsize > MAX_PATTERN_INSTRUCTIONS:
        raise PatternRefused("is too large: repeat less or split it")
    search = expression.search

    def matches(text: str) -> bool:
        return search(text.encode(errors="replace")) is not None

    return matches


def _reason(error: Exception) -> str:
    detail = error.args[0] if error.args else error
    text = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
    return f"is not a pattern that RE2 understands ({text})"
