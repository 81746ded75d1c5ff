"""How is the catalogue written, in the shape of the API's `CatalogueInput`?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter, PlaceDefaults
from domain.model.skills import SkillLevel
from domain.rules.documents.codes import Code
from domain.rules.documents.ranges import plain_number
from domain.rules.documents.reading import Reader, read_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.json_values import Json

MAX_CATALOGUE_ITEMS = 1_000
MOST_HELD_OUT = 0.5
"""Of all users: more would be no personalization engine."""

CATALOGUE_LISTS = ("features", "navigation", "tags", "places", "parameters", "defaults")


def parse_catalogue(document: object) -> Catalogue:
    """What the host application offers. Raises `Refused` with every problem found."""
    reader = Reader(document)
    catalogue = read_catalogue(reader)
    reader.finish()
    return catalogue


def read_catalogue(reader: Reader) -> Catalogue:
    before = len(reader.problems)
    members = reader.members(optional=(*CATALOGUE_LISTS, "holdout"))
    catalogue = Catalogue(
        features=members.read("features", _read_items, ()),
        navigation=members.read("navigation", _read_items, ()),
        tags=members.read("tags", _read_items, ()),
        places=members.read("places", _read_items, ()),
        parameters=members.read("parameters", _read_parameters, ()),
        defaults=members.read("defaults", _read_defaults, ()),
        holdout=members.read("holdout", lambda share: share.number(0, MOST_HELD_OUT), 0.0),
    )
    if not reader.is_flawed_since(before):
        _refuse_unknown(reader.at("defaults", None), catalogue)
    return catalogue


def catalogue_document(catalogue: Catalogue) -> dict[str, Json]:
    """The document that `parse_catalogue` reads as an equal catalogue."""
    return {
        "features": _item_documents(catalogue.features),
        "navigation": _item_documents(catalogue.navigation),
        "tags": _item_documents(catalogue.tags),
        "places": _item_documents(catalogue.places),
        "parameters": [{"key": p.key, "name": p.name, "default": p.default} for p in catalogue.parameters],
        "defaults": [_defaults_document(defaults) for defaults in catalogue.defaults],
        "holdout": plain_number(catalogue.holdout),
    }


def _item_documents(items: Iterable[CatalogueItem]) -> Json:
    return [
        {"key": item.key, "name": item.name, "stage": None if item.stage is None else item.stage.value}
        for item in items
    ]


def _defaults_document(defaults: PlaceDefaults) -> Json:
    return {
        "place": defaults.place,
        "themeMode": defaults.theme_mode.value,
        "density": defaults.density.value,
        "hiddenFeatures": list(defaults.hidden_features),
        "navigation": list(defaults.navigation),
    }


def _read_items(reader: Reader) -> tuple[CatalogueItem, ...]:
    before = len(reader.problems)
    items = reader.items(_read_item, most=MAX_CATALOGUE_ITEMS)
    if not reader.is_flawed_since(before):
        reader.refuse_repetitions(tuple(item.key for item in items), "key")
    return items


def _read_item(reader: Reader) -> CatalogueItem:
    members = reader.members(("key", "name"), ("stage",))
    return CatalogueItem(
        key=members.read("key", Reader.key, ""),
        name=members.read("name", read_name, ""),
        stage=members.read("stage", _read_stage, None),
    )


def _read_stage(reader: Reader) -> SkillLevel | None:
    return reader.member(SkillLevel)


def _read_parameters(reader: Reader) -> tuple[CatalogueParameter, ...]:
    before = len(reader.problems)
    parameters = reader.items(_read_parameter, most=MAX_CATALOGUE_ITEMS)
    if not reader.is_flawed_since(before):
        reader.refuse_repetitions(tuple(parameter.key for parameter in parameters), "key")
    return parameters


def _read_parameter(reader: Reader) -> CatalogueParameter:
    members = reader.members(("key", "name", "default"))
    return CatalogueParameter(
        key=members.read("key", Reader.key, ""),
        name=members.read("name", read_name, ""),
        default=members.read("default", Reader.json, None),
    )


def _read_defaults(reader: Reader) -> tuple[PlaceDefaults, ...]:
    before = len(reader.problems)
    defaults = reader.items(_read_place_defaults, most=MAX_CATALOGUE_ITEMS)
    if not reader.is_flawed_since(before):
        reader.refuse_repetitions(tuple(item.place for item in defaults), "place")
    return defaults


def _read_place_defaults(reader: Reader) -> PlaceDefaults:
    members = reader.members(("place",), ("themeMode", "density", "hiddenFeatures", "navigation"))
    return PlaceDefaults(
        place=members.read("place", Reader.key, ""),
        theme_mode=members.read("themeMode", lambda mode: mode.member(ThemeMode), ThemeMode.SYSTEM),
        density=members.read("density", lambda density: density.member(LayoutDensity), LayoutDensity.COMFORTABLE),
        hidden_features=members.read("hiddenFeatures", _read_keys, ()),
        navigation=members.read("navigation", _read_keys, ()),
    )


def _read_keys(reader: Reader) -> tuple[str, ...]:
    return reader.distinct(Reader.key, most=MAX_CATALOGUE_ITEMS)


def _refuse_unknown(reader: Reader, catalogue: Catalogue) -> None:
    """Defaults may only name what the same catalogue lists."""
    features = {item.key for item in catalogue.features}
    navigation = {item.key for item in catalogue.navigation}
    places = {item.key for item in catalogue.places}
    for index, defaults in enumerate(catalogue.defaults):
        here = reader.at(index, None)
        if defaults.place not in places:
            here.refuse(Code.UNKNOWN_VALUE, f"list {defaults.place} in “places” first", "place")
        _refuse_missing(here.at("hiddenFeatures", None), defaults.hidden_features, features, "features")
        _refuse_missing(here.at("navigation", None), defaults.navigation, navigation, "navigation")


def _refuse_missing(reader: Reader, keys: tuple[str, ...], listed: set[str], where: str) -> None:
    for index, key in enumerate(keys):
        if key not in listed:
            reader.refuse(Code.UNKNOWN_VALUE, f"list {key} in “{where}” first, or leave it out here", str(index))
