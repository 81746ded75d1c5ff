"""What would change if definitions were imported, and what is stored then?

Rules and segments are recognised by their keys, items of the catalogue by theirs. What the import does not name stays,
unless it prunes: then rules are archived, segments deleted and items of the catalogue removed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from domain.errors import Problem, Refused
from domain.model.catalogues import Catalogue, PlaceDefaults
from domain.model.definitions import Definitions, RuleDefinition
from domain.model.imports import ImportChange, ImportChangeKind
from domain.model.rules import RuleChangeKind
from domain.model.segments import MAX_CONDITION_SEGMENTS
from domain.rules.comparisons import (
    changes_between,
    changes_between_catalogues,
    changes_between_segments,
    is_written_alike,
)
from domain.rules.documents import segment_document
from domain.rules.documents.catalogues import CATALOGUE_LISTS, MAX_CATALOGUE_ITEMS
from domain.rules.imported_rules import rule_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from domain.model.definitions import StoredDefinitions
    from domain.model.segments import Segment, SegmentKey
    from domain.rules.imported_rules import Authorship, RuleStep

Item = TypeVar("Item")

_KINDS = {
    RuleChangeKind.CREATED: ImportChangeKind.CREATED,
    RuleChangeKind.UPDATED: ImportChangeKind.CHANGED,
    RuleChangeKind.STATUS_CHANGED: ImportChangeKind.CHANGED,
    RuleChangeKind.DELETED: ImportChangeKind.ARCHIVED,
}
_GONE = {ImportChangeKind.ARCHIVED, ImportChangeKind.DELETED}
_WRITTEN_DIFFERENTLY = ("the same, written differently",)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would store, made against the definitions of one `revision`, and in words what that changes."""

    revision: int
    changes: tuple[ImportChange, ...]
    unchanged: int
    rules: tuple[RuleStep, ...] = ()
    segments: tuple[Segment, ...] = ()
    deleted_segments: tuple[SegmentKey, ...] = ()
    catalogue: Catalogue | None = None

    @property
    def changes_segments(self) -> bool:
        return bool(self.segments or self.deleted_segments)

    @property
    def changes_rule_set(self) -> bool:
        return bool(self.rules) or self.catalogue is not None

    def count(self, kind: ImportChangeKind) -> int:
        return sum(change.kind is kind for change in self.changes)


def definitions_of(stored: StoredDefinitions) -> Definitions:
    """Everything stored, as it can be carried to another engine."""
    rules = (
        RuleDefinition(rule.content, rule.status, rule.salt, rule.created_at, rule.held, rule.run)
        for rule in stored.rules
    )
    segments = (replace(segment, revision=1) for segment in stored.segments)
    return Definitions(
        rules=tuple(sorted(rules, key=lambda rule: rule.content.key)),
        segments=tuple(sorted(segments, key=lambda segment: segment.key)),
        catalogue=stored.catalogue,
    )


def plan_import(
    definitions: Definitions, stored: StoredDefinitions, by: Authorship, *, prune: bool = False
) -> ImportPlan:
    """Raises `Refused` when the engine could not hold the result."""
    catalogue = _catalogue_after(definitions.catalogue, stored.catalogue, prune=prune)
    saved, deleted = _segments_after(definitions.segments, stored.segments, prune=prune)
    if problems := [*_overfull(catalogue), *_too_many_segments(saved, deleted, stored.segments)]:
        raise Refused(problems)
    rules = () if definitions.rules is None else rule_steps(definitions.rules, stored.rules, by, prune=prune)
    segments = {segment.key: segment for segment in stored.segments}
    differences = changes_between_catalogues(stored.catalogue, catalogue)
    changes = (
        *([ImportChange(ImportChangeKind.CHANGED, "catalogue", differences)] if differences else ()),
        *(_segment_change(segments.get(segment.key), segment) for segment in saved),
        *(ImportChange(ImportChangeKind.DELETED, f"segment {key}", ("with its memberships",)) for key in deleted),
        *map(_rule_change, rules),
    )
    named = len(definitions.rules or ()) + len(definitions.segments or ()) + (definitions.catalogue is not None)
    return ImportPlan(
        revision=stored.revision,
        changes=changes,
        unchanged=named - sum(change.kind not in _GONE for change in changes),
        rules=rules,
        segments=saved,
        deleted_segments=deleted,
        catalogue=catalogue if differences else None,
    )


def _rule_change(step: RuleStep) -> ImportChange:
    subject = f"rule {step.after.content.key}"
    if step.before is None:
        return ImportChange(ImportChangeKind.CREATED, subject, (f"status: {step.after.status.lower()}",))
    details = changes_between(step.before, step.after) or _WRITTEN_DIFFERENTLY
    return ImportChange(_KINDS[step.kind], subject, details)


def _segments_after(
    wanted: tuple[Segment, ...] | None, stored: Iterable[Segment], *, prune: bool
) -> tuple[tuple[Segment, ...], tuple[SegmentKey, ...]]:
    """The segments to save, each as its next revision, and the keys of those to delete."""
    if wanted is None:
        return (), ()
    known = {segment.key: segment for segment in stored}
    saved = [
        replace(segment, revision=known[segment.key].revision + 1 if segment.key in known else 1)
        for segment in sorted(wanted, key=lambda segment: segment.key)
        if segment.key not in known
        or not is_written_alike(segment_document(known[segment.key]), segment_document(segment))
    ]
    gone = sorted(known.keys() - {segment.key for segment in wanted}) if prune else ()
    return tuple(saved), tuple(gone)


def _segment_change(before: Segment | None, after: Segment) -> ImportChange:
    subject = f"segment {after.key}"
    if before is None:
        return ImportChange(ImportChangeKind.CREATED, subject)
    return ImportChange(ImportChangeKind.CHANGED, subject, changes_between_segments(before, after))


def _catalogue_after(wanted: Catalogue | None, stored: Catalogue, *, prune: bool) -> Catalogue:
    """Joined list by list, unless the stored items that are not named are pruned."""
    if wanted is None or prune:
        return stored if wanted is None else wanted
    lists = {name: _joined(getattr(wanted, name), getattr(stored, name), _name_of) for name in CATALOGUE_LISTS}
    return Catalogue(**lists, holdout=wanted.holdout or stored.holdout)


def _joined(wanted: tuple[Item, ...], stored: tuple[Item, ...], name_of: Callable[[Item], str]) -> tuple[Item, ...]:
    """Who names all the items says their order, too; otherwise they stay where they are, and new ones come last."""
    given, known = ({name_of(item): item for item in items} for items in (wanted, stored))
    if known.keys() <= given.keys():
        return wanted
    return (*(given.get(name, item) for name, item in known.items()), *(given[n] for n in given if n not in known))


def _name_of(item: Any) -> str:
    return str(item.place if isinstance(item, PlaceDefaults) else item.key)


def _overfull(catalogue: Catalogue) -> Iterable[Problem]:
    for name in CATALOGUE_LISTS:
        if len(getattr(catalogue, name)) > MAX_CATALOGUE_ITEMS:
            message = f"at most {MAX_CATALOGUE_ITEMS:,} {name} with those that are there: prune, or name fewer"
            yield Problem("TOO_MANY", message, ("catalogue", name))


def _too_many_segments(
    saved: Iterable[Segment], deleted: Sequence[SegmentKey], stored: Sequence[Segment]
) -> Iterable[Problem]:
    if len(stored) + sum(segment.revision == 1 for segment in saved) - len(deleted) > MAX_CONDITION_SEGMENTS:
        message = f"at most {MAX_CONDITION_SEGMENTS} segments with those that are there: prune, or delete some"
        yield Problem("TOO_MANY", message, ("segments",))
