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
