"""About which time is asked?"""

from datetime import datetime

import strawberry

from schema.inputs.documents import document_input


@document_input(description="From an instant on, before another. Figures are kept by days in UTC: those it meets.")
class PeriodInput:
    since: datetime = strawberry.field(name="from", description="Inclusive.")
    until: datetime = strawberry.field(description="Exclusive.")
