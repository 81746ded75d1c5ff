"""Where and in which circumstances a config is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.interactions import Device
    from domain.model.json_values import JsonObject

UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Context:
    """A place of the host application, the device, an IANA time zone and request attributes (never stored)."""

    place: str
    device: Device | None = None
    time_zone: str = UTC_ZONE
    attributes: JsonObject = field(default_factory=dict)
