"""About which rules are suggestions wanted, and are they to be carried out?"""

import strawberry

from schema.inputs.documents import document_input


@document_input(description="Which rules to look at, and whether to change them.")
class OptimizeInput:
    rule_ids: list[strawberry.ID] | None = strawberry.field(description="Left out: all active rules.")
    apply: bool | None = strawberry.field(
        default=False, description="Carry out what is applicable, in one transaction. Role: admin."
    )
