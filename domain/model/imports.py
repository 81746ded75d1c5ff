"""What an import changes, said before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ImportFormat(StrEnum):
    ATTUNE = "ATTUNE"
    GROWTHBOOK = "GROWTHBOOK"


class ImportChangeKind(StrEnum):
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class ImportChange:
    """`subject`: what is changed, like "rule dark_mode"; `details`: one sentence for each difference."""

    kind: ImportChangeKind
    subject: str
    details: tuple[str, ...] = ()


class AttributeSource(StrEnum):
    """Where conditions on another system's attributes find them here."""

    ATTRIBUTES = "ATTRIBUTES"
    TRAITS = "TRAITS"


@dataclass(frozen=True, slots=True)
class GrowthBookOptions:
    """`environment`: whose definitions are meant, where there are several; `user_attribute`: the one that holds what
    is the user's id here.
    """

    environment: str | None = None
    user_attribute: str = "id"
    attributes_are: AttributeSource = AttributeSource.ATTRIBUTES
