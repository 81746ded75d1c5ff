"""What is to be imported, and how?"""

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import AttributeSource, ImportFormat
from schema.inputs.documents import document_input


@document_input(description="How GrowthBook's features are to be understood.")
class GrowthBookInput:
    environment: str | None = strawberry.field(
        description="The environment that is meant, of features listed by the REST API; left out: the only one."
    )
    user_attribute: str | None = strawberry.field(
        description="The attribute that holds what is the user's id here: rollouts by another one become drafts.",
        default="id",
    )
    attributes_are: AttributeSource | None = strawberry.field(
        description="Where conditions find GrowthBook's attributes here.", default=AttributeSource.ATTRIBUTES
    )


@document_input(description="Rules, segments and the catalogue, to be compared with those that are there, or imported.")
class ImportInput:
    document: JSON = strawberry.field(
        description="The document: an object as `exportRules` answers it, with up to 20,000 rules. What it leaves out "
        "stays as it is. Larger than other JSON may be: with admins' requests of at most 64 MiB."
    )
    source: ImportFormat | None = strawberry.field(
        name="from", description="How the document is written.", default=ImportFormat.ATTUNE
    )
    growthbook: GrowthBookInput | None = strawberry.field(
        description="How features are to be understood, if it is GrowthBook's."
    )
    apply: bool | None = strawberry.field(
        description="Do it; left out: only say what would change. All of it is stored, or nothing.", default=False
    )
    prune: bool | None = strawberry.field(
        description="Also archive rules, delete segments and remove items of the catalogue that the document does not "
        "name, of those of the three parts of which it speaks: a catalogue with features alone has no navigation.",
        default=False,
    )
    expected_revision: int | None = strawberry.field(
        description="The revision that was answered when it was looked at: refused when anything changed since."
    )
