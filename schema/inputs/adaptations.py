"""What shall a rule change?"""

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import LayoutDensity, SkillLevel, ThemeMode
from schema.inputs.documents import document_input


@document_input(description="Set the colours.")
class SetThemeInput:
    mode: ThemeMode = strawberry.field(description="The colours to show.")


@document_input(description="Set the space between things.")
class SetLayoutInput:
    density: LayoutDensity = strawberry.field(description="The density to show.")


@document_input(description="Show, hide or highlight a feature.")
class SetFeatureInput:
    feature: str = strawberry.field(description="The feature's key.")
    visible: bool | None = strawberry.field(description="Show it?", default=True)
    highlighted: bool | None = strawberry.field(description="Draw attention to it?", default=False)


@document_input(description="Move the named items to the front; `byUsage` orders by the user's own visits.")
class OrderNavigationInput:
    first: list[str] | None = strawberry.field(description="The keys of the navigation items to begin with.")
    by_usage: bool | None = strawberry.field(
        description="Order the other items by the user's own visits?", default=False
    )


@document_input(description="Add a shortcut.")
class AddShortcutInput:
    target: str = strawberry.field(description="What it leads to.")


@document_input(description="Include or exclude content by its tags.")
class FilterContentInput:
    include: list[str] | None = strawberry.field(description="Tags of content to show.")
    exclude: list[str] | None = strawberry.field(description="Tags of content to leave out.")


@document_input(description="Set how difficult content is.")
class SetDifficultyInput:
    level: SkillLevel = strawberry.field(description="The difficulty to show.")


@document_input(description="Recommend a feature.")
class RecommendFeatureInput:
    feature: str = strawberry.field(description="The feature's key.")


@document_input(description="Set a parameter that the host application defined.")
class SetParameterInput:
    key: str = strawberry.field(description="The parameter's key.")
    value: JSON = strawberry.field(description="Its value.")


@document_input(one_of=True, description="One typed change. Two of one rule may not decide the same slot.")
class AdaptationInput:
    set_theme: SetThemeInput | None = strawberry.field(description="Set the colours.")
    set_layout: SetLayoutInput | None = strawberry.field(description="Set the space between things.")
    set_feature: SetFeatureInput | None = strawberry.field(description="Show, hide or highlight a feature.")
    order_navigation: OrderNavigationInput | None = strawberry.field(description="Order the navigation.")
    add_shortcut: AddShortcutInput | None = strawberry.field(description="Add a shortcut.")
    filter_content: FilterContentInput | None = strawberry.field(description="Include or exclude content.")
    set_difficulty: SetDifficultyInput | None = strawberry.field(description="Set how difficult content is.")
    recommend_feature: RecommendFeatureInput | None = strawberry.field(description="Recommend a feature.")
    set_parameter: SetParameterInput | None = strawberry.field(description="Set a parameter.")
