"""How do rules, segments and the catalogue lie in their tables, and how are they read back?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from domain.errors import Refused
from domain.model.catalogues import Catalogue
from domain.model.rules import BucketSpan, Rule, RuleChangeKind, RuleId, RuleRevision, RuleStatus
from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.model.users import UserId
from domain.rules.documents import (
    catalogue_document,
    condition_document,
    content_document,
    parse_catalogue,
    parse_condition,
    parse_content,
)
from domain.rules.documents.experiments import parse_run, run_document
from domain.rules.experiments import adaptations_of, status_of
from domain.rules.slots import slots_of

Fields: TypeAlias = Mapping[str, Any]
Parsed = TypeVar("Parsed")


def rule_fields(rule: Rule) -> dict[str, Any]:
    """The columns of `rules`."""
    content = rule.content
    return {
        "rule_id": rule.id,
        "key": content.key,
        "status": rule.status,
        "revision": rule.revision,
        "priority": content.priority,
        "name": content.name,
        "description": content.description,
        "places": sorted(content.places),
        "slots": sorted(slots_of(adaptations_of(rule.content))),
        "salt": rule.salt,
        "exclusion_group": content.exclusion_group,
        "held": _plain(rule.held),
        "content": content_document(content),
        "run": _run(rule),
        "experiment_status": status_of(rule),
        "created_at": rule.created_at,
        "updated_at": rule.updated_at,
        "updated_by": rule.updated_by,
    }


def rule_of(fields: Fields) -> Rule:
    """A rule from columns of `rules`. Revisions that are older than experiments have no run."""
    run = fields.get("run")
    return Rule(
        id=RuleId(fields["rule_id"]),
        salt=fields["salt"],
        status=RuleStatus(fields["status"]),
        revision=fields["revision"],
        content=_readable(parse_content, fields["content"]),
        created_at=_instant(fields["created_at"]),
        updated_at=_instant(fields["updated_at"]),
        updated_by=UserId(fields["updated_by"]),
        held=tuple(BucketSpan(*span) for span in fields["held"]),
        run=None if run is None else _readable(parse_run, run),
    )


def revision_fields(rule: Rule, kind: RuleChangeKind) -> dict[str, Any]:
    """The columns of `rule_revisions`. The author stands in a column alone, where erasing finds it."""
    return {
        "rule_id": rule.id,
        "revision": rule.revision,
        "kind": kind,
        "at": rule.updated_at,
        "by": rule.updated_by,
        "rule": {
            "salt": rule.salt,
            "status": rule.status,
            "created_at": rule.created_at,
            "held": _plain(rule.held),
            "content": content_document(rule.content),
            "run": _run(rule),
        },
    }


def revision_of(fields: Fields) -> RuleRevision:
    """A revision from columns of `rule_revisions`."""
    changed = {"rule_id": fields["rule_id"], "revision": fields["revision"]}
    author = {"updated_at": fields["at"], "updated_by": fields["by"]}
    return RuleRevision(rule_of({**fields["rule"], **changed, **author}), RuleChangeKind(fields["kind"]))


def segment_fields(segment: Segment) -> dict[str, Any]:
    """The columns of `segments`. Raises `ValueError` for a built-in segment, which is never stored."""
    if segment.condition is None:
        raise ValueError(f"the segment {segment.key} has no condition to store")
    return {
        "key": segment.key,
        "name": segment.name,
        "description": segment.description,
        "condition": condition_document(segment.condition),
        "revision": segment.revision,
    }


def segment_of(fields: Fields) -> Segment:
    """A segment from columns of `segments`."""
    return Segment(
        key=SegmentKey(fields["key"]),
        name=fields["name"],
        description=fields["description"],
        kind=SegmentKind.CONDITION,
        condition=_readable(parse_condition, fields["condition"]),
        revision=fields["revision"],
    )


def catalogue_fields(catalogue: Catalogue) -> dict[str, Any]:
    """The columns of `catalogues`."""
    return {"only": True, "content": catalogue_document(catalogue)}


def catalogue_of(content: object) -> Catalogue:
    """The catalogue from its column; empty when there is none."""
    return Catalogue() if content is None else _readable(parse_catalogue, content)


def _readable(parse: Callable[[object], Parsed], document: object) -> Parsed:
    """What was accepted once can be read for ever; where it cannot, nobody who asks now is to blame."""
    try:
        return parse(document)
    except Refused as refused:
        raise ValueError(f"a stored document cannot be read: {refused}") from refused


def _plain(spans: tuple[BucketSpan, ...]) -> list[list[int]]:
    return [[*span] for span in spans]


def _run(rule: Rule) -> dict[str, Any] | None:
    return None if rule.run is None else run_document(rule.run)


def _instant(written: datetime | str) -> datetime:
    return datetime.fromisoformat(written) if isinstance(written, str) else written
