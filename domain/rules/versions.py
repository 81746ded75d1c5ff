"""Which of two version texts is newer, as GrowthBook orders them: text comparison after padding numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.rules.coercions import text_of

if TYPE_CHECKING:
    from domain.model.json_values import Json

_NUMBER_WIDTH = 5
_CORE_PARTS = 3
# Sorts after every letter and digit: a release is newer than its own pre-releases.
_RELEASE = "~"
_BUILD_OR_PREFIX = re.compile(r"^v|\+.*$")
_SEPARATOR = re.compile(r"[-.]")


def sortable_version(value: Json) -> str:
    """A text that orders like the version: `"v1.10.0+build"` -> `"    1-   10-    0-~"`; what is no version is 0."""
    text = text_of(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text:
        text = "0"
    parts = _SEPARATOR.split(_BUILD_OR_PREFIX.sub("", text))
    if len(parts) == _CORE_PARTS:
        parts.append(_RELEASE)
    return "-".join(part.rjust(_NUMBER_WIDTH) if _is_number(part) else part for part in parts)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()
