"""What does the host application declare of a user?"""

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import LayoutDensity, SkillLevel, ThemeMode
from schema.inputs.documents import document_input


@document_input(
    description="What the user chose for themselves: it decides before any rule. Null: no preference any more."
)
class PreferencesInput:
    theme_mode: ThemeMode | None = strawberry.field(description="The colours.")
    density: LayoutDensity | None = strawberry.field(description="The space between things.")
    difficulty: SkillLevel | None = strawberry.field(description="How difficult content is.")


@document_input(description="What to change of a profile; what is left out stays.")
class UpdateProfileInput:
    user_id: strawberry.ID | None = strawberry.field(
        description="Whose profile; left out: one's own. Another user's: admin and service only."
    )
    traits: JSON | None = strawberry.field(
        description="An object: the given traits are replaced, null removes one, the others stay."
    )
    preferences: PreferencesInput | None = strawberry.field(description="The given preferences are replaced.")


@document_input(description="Which anonymous user turned out to be which known one.")
class LinkUsersInput:
    anonymous_id: strawberry.ID = strawberry.field(description="The id before signing in; an alias from now on.")
    user_id: strawberry.ID = strawberry.field(description="The id of the known user; may be new.")
