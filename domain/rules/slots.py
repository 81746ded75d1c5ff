"""Which slots of a config does an adaptation claim, and with which value?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from domain.model.adaptations import (
    Adaptation,
    AddShortcut,
    FilterContent,
    OrderNavigation,
    RecommendFeature,
    SetDifficulty,
    SetFeature,
    SetLayout,
    SetParameter,
    SetTheme,
)
from domain.model.configs import Slot
from domain.rules.coercions import same_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from domain.model.json_values import Json

    Claims: TypeAlias = "Iterable[Claim]"


class Part(Enum):
    """The parts of a config; the value is how their slots are written, with the key where there are many."""

    THEME = "theme.mode"
    DENSITY = "layout.density"
    FEATURE = "feature:{}"
    NAVIGATION = "navigation.order"
    SHORTCUT = "shortcut:{}"
    CONTENT = "content:{}"
    DIFFICULTY = "content.difficulty"
    RECOMMENDATION = "recommendation:{}"
    PARAMETER = "parameter:{}"

    def slot(self, key: str = "") -> Slot:
        return Slot(self.value.replace("{}", key))


@dataclass(frozen=True, slots=True)
class FeatureWish:
    visible: bool
    highlighted: bool


@dataclass(frozen=True, slots=True)
class NavigationWish:
    first: tuple[str, ...]
    by_usage: bool


class ContentWish(Enum):
    INCLUDE = "include"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True, eq=False)
class ParameterWish:
    """Compared as JSON documents are: true is not 1."""

    value: Json

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParameterWish) and same_content(self.value, other.value)

    def __hash__(self) -> int:
        return hash(ParameterWish)  # documents have none of their own


@dataclass(frozen=True, slots=True)
class Claim:
    """One adaptation's wish for one slot; `key` names the feature, target, tag or parameter, if the part has many.

    `value` is the enum member of a theme, density or difficulty, one of the wishes above, and `None` for shortcuts and
    recommendations, which are claimed or not.
    """

    part: Part
    slot: Slot
    key: str
    value: object


def claims(adaptation: Adaptation) -> tuple[Claim, ...]:
    """What the adaptation wants; one claim a slot."""
    return tuple(_CLAIMS[type(adaptation)](adaptation))


def slots_of(adaptations: Iterable[Adaptation]) -> frozenset[Slot]:
    """Every slot that a rule with these adaptations touches."""
    return frozenset(claim.slot for adaptation in adaptations for claim in claims(adaptation))


def _claim(part: Part, value: object, key: str = "") -> Claim:
    return Claim(part, part.slot(key), key, value)


def _content(adaptation: FilterContent) -> Claims:
    yield from (_claim(Part.CONTENT, ContentWish.INCLUDE, tag) for tag in adaptation.include)
    yield from (_claim(Part.CONTENT, ContentWish.EXCLUDE, tag) for tag in adaptation.exclude)


_CLAIMS: Mapping[type, Callable[[Any], Claims]] = {
    SetTheme: lambda wish: (_claim(Part.THEME, wish.mode),),
    SetLayout: lambda wish: (_claim(Part.DENSITY, wish.density),),
    SetFeature: lambda wish: (
        _claim(Part.FEATURE, FeatureWish(wish.visible, wish.highlighted and wish.visible), wish.feature),
    ),
    OrderNavigation: lambda wish: (_claim(Part.NAVIGATION, NavigationWish(wish.first, wish.by_usage)),),
    AddShortcut: lambda wish: (_claim(Part.SHORTCUT, None, wish.target),),
    FilterContent: _content,
    SetDifficulty: lambda wish: (_claim(Part.DIFFICULTY, wish.level),),
    RecommendFeature: lambda wish: (_claim(Part.RECOMMENDATION, None, wish.feature),),
    SetParameter: lambda wish: (_claim(Part.PARAMETER, ParameterWish(wish.value), wish.key),),
}
