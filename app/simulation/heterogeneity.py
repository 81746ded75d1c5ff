"""How different may users be, in words and in odds?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Heterogeneity(StrEnum):
    """The value is its name in `--heterogeneity`."""

    NONE = "none"
    WEAK = "weak"
    MEDIUM = "medium"
    STRONG = "strong"


FAVOURITE_ODDS: Mapping[Heterogeneity, float] = {
    Heterogeneity.NONE: 1.0,
    Heterogeneity.WEAK: 1.1,
    Heterogeneity.MEDIUM: 1.5,
    Heterogeneity.STRONG: 2.5,
}
