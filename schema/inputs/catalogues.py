"""What does the host application offer to personalize?"""

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import LayoutDensity, SkillLevel, ThemeMode
from schema.inputs.documents import document_input


@document_input(description="Something that the host application offers.")
class CatalogueItemInput:
    key: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    stage: SkillLevel | None = strawberry.field(description="The skill from which it makes sense; left out: any.")


@document_input(description="A slot that the host application defines itself.")
class CatalogueParameterInput:
    key: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    default: JSON = strawberry.field(description="Its value where nothing decides it.")


@document_input(description="What is shown in one place where nothing decides otherwise.")
class PlaceDefaultsInput:
    place: str = strawberry.field(description="The place's key.")
    theme_mode: ThemeMode | None = strawberry.field(description="The colours; left out: SYSTEM.")
    density: LayoutDensity | None = strawberry.field(description="The space between things; left out: COMFORTABLE.")
    hidden_features: list[str] | None = strawberry.field(description="Features not shown there.")
    navigation: list[str] | None = strawberry.field(
        description="The order of the navigation items; left out: the catalogue's own."
    )


@document_input(description="The whole catalogue: what is left out is empty. It replaces the one before.")
class CatalogueInput:
    features: list[CatalogueItemInput] | None = strawberry.field(
        description="What can be shown, hidden and recommended."
    )
    navigation: list[CatalogueItemInput] | None = strawberry.field(
        description="The navigation items, in their own order."
    )
    tags: list[CatalogueItemInput] | None = strawberry.field(description="The tags of content.")
    places: list[CatalogueItemInput] | None = strawberry.field(description="Where configs are asked for.")
    parameters: list[CatalogueParameterInput] | None = strawberry.field(
        description="Slots that the host application defines."
    )
    defaults: list[PlaceDefaultsInput] | None = strawberry.field(
        description="What is shown where nothing else decides, for some places."
    )
    holdout: float | None = strawberry.field(
        description="The share of users, in [0, 0.5], who get no rule and no model's suggestion, to measure what these "
        "gain.",
        default=0.0,
    )
