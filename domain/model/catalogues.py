"""What the host application offers to personalize, and what is shown where nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.adaptations import LayoutDensity, ThemeMode

if TYPE_CHECKING:
    from domain.model.json_values import Json
    from domain.model.skills import SkillLevel


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """`stage`: the skill from which a feature makes sense; `None` for everybody."""

    key: str
    name: str
    stage: SkillLevel | None = None


@dataclass(frozen=True, slots=True)
class CatalogueParameter:
    key: str
    name: str
    default: Json


@dataclass(frozen=True, slots=True)
class PlaceDefaults:
    """An empty `navigation` means the catalogue's own order."""

    place: str
    theme_mode: ThemeMode = ThemeMode.SYSTEM
    density: LayoutDensity = LayoutDensity.COMFORTABLE
    hidden_features: tuple[str, ...] = ()
    navigation: tuple[str, ...] = ()


HOLDOUT_SALT = "__holdout"
"""Under which it is drawn who is kept from all rules."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`holdout`: the share of users, in [0, 1), who are kept from all rules and models, to measure what these gain."""

    features: tuple[CatalogueItem, ...] = ()
    navigation: tuple[CatalogueItem, ...] = ()
    tags: tuple[CatalogueItem, ...] = ()
    places: tuple[CatalogueItem, ...] = ()
    parameters: tuple[CatalogueParameter, ...] = ()
    defaults: tuple[PlaceDefaults, ...] = ()
    holdout: float = 0.0

    def defaults_at(self, place: str) -> PlaceDefaults:
        return next((d for d in self.defaults if d.place == place), PlaceDefaults(place))
