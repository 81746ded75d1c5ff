"""Why can a part of a document be refused? One stable code a reason."""

from enum import StrEnum


class Code(StrEnum):
    REQUIRED = "REQUIRED"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    """Not a member of the enumeration, or a key that the same document does not define."""
    EXACTLY_ONE = "EXACTLY_ONE"
    INVALID_KEY = "INVALID_KEY"
    INVALID_TEXT = "INVALID_TEXT"
    INVALID_TIME = "INVALID_TIME"
    INVALID_JSON = "INVALID_JSON"
    INVALID_PATTERN = "INVALID_PATTERN"
    UNKNOWN_OPERATOR = "UNKNOWN_OPERATOR"
    TOO_LONG = "TOO_LONG"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_NODES = "TOO_MANY_NODES"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    NOT_FINITE = "NOT_FINITE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    EMPTY_RANGE = "EMPTY_RANGE"
    SUM_IS_NOT_ONE = "SUM_IS_NOT_ONE"
    DUPLICATE = "DUPLICATE"
    CONTRADICTION = "CONTRADICTION"
