"""How is a segment written, in the shape of the API's `SegmentInput`?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.rules.documents.conditions import STAND_IN, condition_document, read_condition
from domain.rules.documents.reading import Reader, read_description, read_name

if TYPE_CHECKING:
    from domain.model.json_values import Json


def parse_segment(document: object) -> Segment:
    """A segment defined by a condition, at its first revision. Raises `Refused` with every problem found."""
    reader = Reader(document)
    segment = read_segment(reader)
    reader.finish()
    return segment


def read_segment(reader: Reader) -> Segment:
    members = reader.members(("key", "name", "condition"), ("description",))
    return Segment(
        key=SegmentKey(members.read("key", Reader.key, "")),
        name=members.read("name", read_name, ""),
        description=members.read("description", read_description, ""),
        kind=SegmentKind.CONDITION,
        condition=members.read("condition", read_condition, STAND_IN),
    )


def segment_document(segment: Segment) -> dict[str, Json]:
    """The document that `parse_segment` reads as an equal segment; built-in segments have no condition to write."""
    document: dict[str, Json] = {"key": segment.key, "name": segment.name, "description": segment.description}
    if segment.condition is not None:
        document["condition"] = condition_document(segment.condition)
    return document
