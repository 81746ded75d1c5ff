"""Where and how is a config asked for?"""

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import Device
from schema.inputs.documents import document_input


@document_input(description="Where and in which circumstances a user is looking.")
class ContextInput:
    place: str = strawberry.field(
        description="login, dashboard, settings, mobile, or the host application's own; 1 to 100 characters."
    )
    device: Device | None = strawberry.field(description="The kind of device.")
    time_zone: str | None = strawberry.field(
        description="IANA name, like Europe/Berlin; decides local hours and weekdays. Left out: UTC."
    )
    attributes: JSON | None = strawberry.field(
        description="Request attributes that conditions may read: an object; never stored."
    )
