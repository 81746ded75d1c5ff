"""How are conditions, rules, segments and the catalogue written as JSON documents, in the shape of the API's inputs?

Reading collects every problem with its exact path and raises one `Refused`; nothing is dropped silently. Writing gives
back a document that reads as an equal value. Keys are camelCase, names of enumerations are in capitals, local times
are "HH:MM" or "HH:MM:SS", instants ISO 8601 in UTC.
"""

from domain.rules.documents.catalogues import catalogue_document, parse_catalogue
from domain.rules.documents.conditions import condition_document, parse_condition
from domain.rules.documents.rules import content_document, parse_content
from domain.rules.documents.segments import parse_segment, segment_document

__all__ = [
    "catalogue_document",
    "condition_document",
    "content_document",
    "parse_catalogue",
    "parse_condition",
    "parse_content",
    "parse_segment",
    "segment_document",
]
