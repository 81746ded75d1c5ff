"""How is it said what an import changes?"""

from typing import Annotated, Self

import strawberry

from domain.errors import InvalidInput
from domain.model import imports as model
from domain.rules.imports import ImportPlan
from resolvers.imports import Imported
from schema.enumerations import ImportChangeKind
from schema.errors import UserError
from schema.operations import resolved
from schema.types.payloads import Payload

MAX_CHANGES_SHOWN = 1_000


@strawberry.type(description="One thing that an import changes.")
class ImportChange:
    kind: ImportChangeKind = strawberry.field(description="What is done to it.")
    subject: str = strawberry.field(description="What is changed: `catalogue`, or a rule or segment with its key.")
    details: list[str] = strawberry.field(description="One sentence for each difference.")

    @classmethod
    def of(cls, change: model.ImportChange) -> Self:
        return cls(kind=change.kind, subject=change.subject, details=list(change.details))


@strawberry.type(description="What an import changes, or would change.")
class ImportPayload(Payload):
    plan: strawberry.Private[ImportPlan | None]
    applied: bool = strawberry.field(description="Was it done? If not, this is what would be.")
    notes: list[str] = strawberry.field(
        description="What of another format could not be translated, and what that means."
    )

    @classmethod
    def of(cls, imported: Imported | None, errors: list[UserError]) -> Self:
        if imported is None:
            return cls(plan=None, applied=False, notes=[], user_errors=errors)
        return cls(plan=imported.plan, applied=imported.is_applied, notes=list(imported.notes), user_errors=errors)

    @resolved(
        "Grows with every change of rules, segments or the catalogue: the one compared with or, once applied, the one "
        "reached. Null when the import was refused."
    )
    def revision(self) -> int | None:
        return None if self.plan is None else self.plan.revision

    @resolved("How many things are changed in this way.")
    def count(self, kind: Annotated[ImportChangeKind, strawberry.argument(description="What is done to them.")]) -> int:
        return 0 if self.plan is None else self.plan.count(kind)

    @resolved("How many of the things that the document names are there already, exactly so.")
    def unchanged(self) -> int:
        return 0 if self.plan is None else self.plan.unchanged

    @resolved("What is changed: the catalogue, then segments, then rules, by key.")
    def changes(
        self,
        first: Annotated[
            int, strawberry.argument(description=f"How many of them: 0 to {MAX_CHANGES_SHOWN:,}.")
        ] = MAX_CHANGES_SHOWN,
    ) -> list[ImportChange]:
        if not 0 <= first <= MAX_CHANGES_SHOWN:
            raise InvalidInput(f"first: ask for 0 to {MAX_CHANGES_SHOWN:,} changes, not {first}")
        return [] if self.plan is None else [ImportChange.of(change) for change in self.plan.changes[:first]]
