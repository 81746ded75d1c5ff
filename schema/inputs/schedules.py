"""When may a rule apply?"""

from datetime import datetime

import strawberry

from schema.enumerations import Weekday
from schema.inputs.documents import document_input


@document_input(description="Local time of the user's context; `from` inclusive, `until` exclusive, may pass midnight.")
class WeeklyWindowInput:
    weekdays: list[Weekday] | None = strawberry.field(description="The days on which it begins; left out: every day.")
    start: str = strawberry.field(name="from", description="The local time at which it opens, as HH:MM.")
    until: str = strawberry.field(description="The local time at which it closes, as HH:MM.")


@document_input(description="When a rule may apply.")
class ScheduleInput:
    starts_at: datetime | None = strawberry.field(description="From this instant on; left out: from the beginning.")
    ends_at: datetime | None = strawberry.field(description="Before this instant; left out: for good.")
    windows: list[WeeklyWindowInput] | None = strawberry.field(
        description="Only in these windows; left out or empty: at any local time."
    )
