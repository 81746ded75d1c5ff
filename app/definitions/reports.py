"""How is it told what an import changes, and what is wrong with a document?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from domain.model.definitions import Definitions
    from domain.model.findings import Finding
    from domain.model.rules import Rule

MARKS = {"CREATED": "+", "CHANGED": "~", "ARCHIVED": "-", "DELETED": "-"}
KINDS = ("created", "changed", "archived", "deleted")


def changes_told(payload: Mapping[str, Any]) -> Iterator[str]:
    """Line by line, of an `ImportPayload`: each change with its details, then how many there are of each kind."""
    changes = payload["changes"]
    for change in changes:
        yield f"{MARKS.get(change['kind'], '?')} {change['subject']}"
        yield from (f"    {detail}" for detail in change["details"])
    if (more := changes_in(payload) - len(changes)) > 0:
        yield f"  and {more:,} more"
    yield counts_told(payload)


def counts_told(payload: Mapping[str, Any]) -> str:
    counts = [f"{payload[kind]:,} {kind}" for kind in KINDS if payload[kind]]
    return ", ".join([*counts, f"{payload['unchanged']:,} unchanged"])


def changes_in(payload: Mapping[str, Any]) -> int:
    """How many there are, also of those that are not listed."""
    return sum(payload[kind] for kind in KINDS)


def notes_told(notes: Iterable[str]) -> Iterator[str]:
    yield from (f"note: {note}" for note in notes)


def finding_told(rule: Rule, finding: Finding) -> str:
    return f"finding: rule {rule.content.key}: {finding.text} ({finding.kind})"


def problem_told(message: str, path: Iterable[str]) -> str:
    where = ".".join(path)
    return f"{where}: {message}" if where else message


def contents_told(definitions: Definitions) -> str:
    """What a document speaks of."""
    rules = None if definitions.rules is None else f"{len(definitions.rules):,} rules"
    segments = None if definitions.segments is None else f"{len(definitions.segments):,} segments"
    catalogue = None if definitions.catalogue is None else "a catalogue"
    return ", ".join(filter(None, (rules, segments, catalogue))) or "nothing"
