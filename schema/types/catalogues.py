"""How is the catalogue shown?"""

from typing import Self

import strawberry
from strawberry.scalars import JSON

from domain.model import catalogues as model
from schema.enumerations import LayoutDensity, SkillLevel, ThemeMode


@strawberry.type(description="Something that the host application offers.")
class CatalogueItem:
    key: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    stage: SkillLevel | None = strawberry.field(description="The skill from which it makes sense; null: any.")

    @classmethod
    def of(cls, item: model.CatalogueItem) -> Self:
        return cls(key=item.key, name=item.name, stage=item.stage)


@strawberry.type(description="A slot that the host application defines itself.")
class CatalogueParameter:
    key: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    default: JSON = strawberry.field(description="Its value where nothing decides it.")

    @classmethod
    def of(cls, parameter: model.CatalogueParameter) -> Self:
        return cls(key=parameter.key, name=parameter.name, default=JSON(parameter.default))


@strawberry.type(description="What is shown in one place where nothing decides otherwise.")
class PlaceDefaults:
    place: str = strawberry.field(description="The place's key.")
    theme_mode: ThemeMode = strawberry.field(description="The colours.")
    density: LayoutDensity = strawberry.field(description="The space between things.")
    hidden_features: list[str] = strawberry.field(description="Features not shown there.")
    navigation: list[str] = strawberry.field(
        description="The order of the navigation items; empty: the catalogue's own."
    )

    @classmethod
    def of(cls, defaults: model.PlaceDefaults) -> Self:
        return cls(
            place=defaults.place,
            theme_mode=defaults.theme_mode,
            density=defaults.density,
            hidden_features=list(defaults.hidden_features),
            navigation=list(defaults.navigation),
        )


@strawberry.type(description="What the host application offers to personalize.")
class Catalogue:
    features: list[CatalogueItem] = strawberry.field(description="What can be shown, hidden and recommended.")
    navigation: list[CatalogueItem] = strawberry.field(description="The navigation items, in their own order.")
    tags: list[CatalogueItem] = strawberry.field(description="The tags of content.")
    places: list[CatalogueItem] = strawberry.field(description="Where configs are asked for.")
    parameters: list[CatalogueParameter] = strawberry.field(description="Slots that the host application defines.")
    defaults: list[PlaceDefaults] = strawberry.field(description="What is shown where nothing else decides.")
    holdout: float = strawberry.field(
        description="The share of users who get no rule and no model's suggestion, to measure what these gain."
    )

    @classmethod
    def of(cls, catalogue: model.Catalogue) -> Self:
        return cls(
            features=[CatalogueItem.of(item) for item in catalogue.features],
            navigation=[CatalogueItem.of(item) for item in catalogue.navigation],
            tags=[CatalogueItem.of(item) for item in catalogue.tags],
            places=[CatalogueItem.of(item) for item in catalogue.places],
            parameters=[CatalogueParameter.of(parameter) for parameter in catalogue.parameters],
            defaults=[PlaceDefaults.of(defaults) for defaults in catalogue.defaults],
            holdout=catalogue.holdout,
        )
