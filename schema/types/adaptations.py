"""How is a change that a rule makes to a config shown?"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry.scalars import JSON

from domain.model import adaptations as model
from schema.enumerations import LayoutDensity, SkillLevel, ThemeMode


@strawberry.type(description="Sets the colours.")
class SetTheme:
    mode: ThemeMode = strawberry.field(description="The colours to show.")


@strawberry.type(description="Sets the space between things.")
class SetLayout:
    density: LayoutDensity = strawberry.field(description="The density to show.")


@strawberry.type(description="Shows, hides or highlights a feature.")
class SetFeature:
    feature: str = strawberry.field(description="The feature's key.")
    visible: bool = strawberry.field(description="Is it shown?")
    highlighted: bool = strawberry.field(description="Is attention drawn to it?")


@strawberry.type(description="Moves the named items to the front; `byUsage` orders by the user's own visits.")
class OrderNavigation:
    first: list[str] = strawberry.field(description="The keys of the navigation items to begin with.")
    by_usage: bool = strawberry.field(description="Are the other items ordered by the user's own visits?")


@strawberry.type(description="Adds a shortcut.")
class AddShortcut:
    target: str = strawberry.field(description="What it leads to.")


@strawberry.type(description="Includes or excludes content by its tags.")
class FilterContent:
    include: list[str] = strawberry.field(description="Tags of content to show.")
    exclude: list[str] = strawberry.field(description="Tags of content to leave out.")


@strawberry.type(description="Sets how difficult content is.")
class SetDifficulty:
    level: SkillLevel = strawberry.field(description="The difficulty to show.")


@strawberry.type(description="Recommends a feature.")
class RecommendFeature:
    feature: str = strawberry.field(description="The feature's key.")


@strawberry.type(description="Sets a parameter that the host application defined.")
class SetParameter:
    key: str = strawberry.field(description="The parameter's key.")
    value: JSON = strawberry.field(description="Its value.")


Adaptation: TypeAlias = Annotated[
    SetTheme
    | SetLayout
    | SetFeature
    | OrderNavigation
    | AddShortcut
    | FilterContent
    | SetDifficulty
    | RecommendFeature
    | SetParameter,
    strawberry.union("Adaptation", description="One typed change to one slot of the config (or to a few)."),
]

_TRANSLATIONS: Mapping[type, Callable[[Any], Any]] = {
    model.SetTheme: lambda change: SetTheme(mode=change.mode),
    model.SetLayout: lambda change: SetLayout(density=change.density),
    model.SetFeature: lambda change: SetFeature(
        feature=change.feature, visible=change.visible, highlighted=change.highlighted
    ),
    model.OrderNavigation: lambda change: OrderNavigation(first=list(change.first), by_usage=change.by_usage),
    model.AddShortcut: lambda change: AddShortcut(target=change.target),
    model.FilterContent: lambda change: FilterContent(include=list(change.include), exclude=list(change.exclude)),
    model.SetDifficulty: lambda change: SetDifficulty(level=change.level),
    model.RecommendFeature: lambda change: RecommendFeature(feature=change.feature),
    model.SetParameter: lambda change: SetParameter(key=change.key, value=JSON(change.value)),
}


def adaptation_of(change: model.Adaptation) -> Adaptation:
    translated: Adaptation = _TRANSLATIONS[type(change)](change)
    return translated
