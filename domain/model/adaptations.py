"""The typed changes that a rule can make to a config."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from domain.model.json_values import Json
    from domain.model.skills import SkillLevel


class ThemeMode(StrEnum):
    LIGHT = "LIGHT"
    DARK = "DARK"
    SIMPLIFIED = "SIMPLIFIED"
    SYSTEM = "SYSTEM"


class LayoutDensity(StrEnum):
    COMPACT = "COMPACT"
    COMFORTABLE = "COMFORTABLE"
    SPACIOUS = "SPACIOUS"


@dataclass(frozen=True, slots=True)
class SetTheme:
    mode: ThemeMode


@dataclass(frozen=True, slots=True)
class SetLayout:
    density: LayoutDensity


@dataclass(frozen=True, slots=True)
class SetFeature:
    feature: str
    visible: bool = True
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class OrderNavigation:
    """Moves the named items to the front; `by_usage` orders the rest by the user's own visits."""

    first: tuple[str, ...] = ()
    by_usage: bool = False


@dataclass(frozen=True, slots=True)
class AddShortcut:
    target: str


@dataclass(frozen=True, slots=True)
class FilterContent:
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetDifficulty:
    level: SkillLevel


@dataclass(frozen=True, slots=True)
class RecommendFeature:
    feature: str


@dataclass(frozen=True, slots=True)
class SetParameter:
    key: str
    value: Json


Adaptation: TypeAlias = (
    SetTheme
    | SetLayout
    | SetFeature
    | OrderNavigation
    | AddShortcut
    | FilterContent
    | SetDifficulty
    | RecommendFeature
    | SetParameter
)
