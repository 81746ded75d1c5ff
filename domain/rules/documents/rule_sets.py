"""How is everything that authors define written as one document, to be kept in a file and compared by line?

`{"format": "attune.rules", "version": 1, "catalogue": {...}, "segments": [...], "rules": [...]}`: the catalogue and the
segments in the shape of the API's inputs, each rule in the shape of `RuleInput` with what decides who is covered and
who is older beside. Rules and segments stand in the order of their keys: equal definitions give equal documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Problem, Refused
from domain.model.definitions import Definitions, RuleDefinition
from domain.model.rules import MAX_LIVING_RULES, BucketSpan, RuleStatus
from domain.model.segments import MAX_CONDITION_SEGMENTS
from domain.rules.documents.catalogues import catalogue_document, read_catalogue
from domain.rules.documents.codes import Code
from domain.rules.documents.experiments import read_run, refuse_foreign_run, run_document
from domain.rules.documents.reading import Reader
from domain.rules.documents.rules import content_document, read_content
from domain.rules.documents.schedules import instant_text
from domain.rules.documents.segments import read_segment, segment_document
from domain.rules.exclusion_groups import BUCKETS, size
from domain.rules.segment_checks import check_segment

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.catalogues import Catalogue
    from domain.model.json_values import Json
    from domain.model.segments import Segment

FORMAT = "attune.rules"
VERSION = 1
MAX_SALT_CHARACTERS = 256
MAX_PROBLEMS = 100
"""So many problems are told of one document; the others are counted."""

_BESIDE_CONTENT = ("status", "salt", "createdAt", "held", "run")


def parse_rule_set(document: object) -> Definitions:
    """What a document defines. Raises `Refused` with the problems found, each with its path."""
    reader = Reader(document)
    _refuse_foreign(reader)
    members = reader.members(("format", "version"), ("catalogue", "segments", "rules"))
    definitions = Definitions(
        rules=members.read("rules", _read_rules, None),
        segments=members.read("segments", _read_segments, None),
        catalogue=members.read("catalogue", _read_catalogue, None),
    )
    if reader.problems:
        raise Refused(told(reader.problems))
    return definitions


def rule_set_document(definitions: Definitions) -> dict[str, Json]:
    """The document that `parse_rule_set` reads as equal definitions, except that it puts them in order."""
    document: dict[str, Json] = {"format": FORMAT, "version": VERSION}
    if definitions.catalogue is not None:
        document["catalogue"] = catalogue_document(definitions.catalogue)
    if definitions.segments is not None:
        ordered = sorted(definitions.segments, key=lambda segment: segment.key)
        document["segments"] = [segment_document(segment) for segment in ordered]
    if definitions.rules is not None:
        by_key = sorted(definitions.rules, key=lambda rule: rule.content.key)
        document["rules"] = [_rule_document(rule) for rule in by_key]
    return document


def told(problems: list[Problem]) -> list[Problem]:
    """The first problems, and how many there are besides."""
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], Problem(Code.TOO_MANY_ITEMS, f"and {more:,} more problems: mend these first")]


def _refuse_foreign(reader: Reader) -> None:
    """A document of another kind is refused for that alone."""
    given = reader.value if isinstance(reader.value, dict) else {}
    if given.get("format") != FORMAT:
        message = f'this is no rule set of Attune: one begins with "format": "{FORMAT}", "version": {VERSION}'
        reader.refuse(Code.UNKNOWN_VALUE, f"{message}; of another format, say which (--from, `from`)", "format")
    elif isinstance(given.get("version"), bool) or given.get("version") != VERSION:
        message = (
            f"this engine reads version {VERSION}: export again from an engine of this release, or update this one"
        )
        reader.refuse(Code.UNKNOWN_VALUE, message, "version")
    reader.finish()


def _read_rules(reader: Reader) -> tuple[RuleDefinition, ...] | None:
    before = len(reader.problems)
    rules = reader.items(_read_rule, most=MAX_LIVING_RULES)
    if not reader.is_flawed_since(before):
        reader.refuse_repetitions(tuple(rule.content.key for rule in rules), "key")
    return rules


def _read_rule(reader: Reader) -> RuleDefinition:
    given = reader.value if isinstance(reader.value, dict) else {}
    beside = {name: given[name] for name in _BESIDE_CONTENT if name in given}
    members = Reader(beside, reader.path, reader.problems).members(optional=_BESIDE_CONTENT)
    content = {name: value for name, value in given.items() if name not in beside} if given else reader.value
    before = len(reader.problems)
    definition = RuleDefinition(
        content=read_content(Reader(content, reader.path, reader.problems)),
        status=members.read("status", _read_status, None),
        salt=members.read("salt", _read_salt, None),
        created_at=members.read("createdAt", _read_instant, None),
        held=members.read("held", _read_spans, ()),
        run=members.read("run", read_run, None),
    )
    if definition.run is not None and not reader.is_flawed_since(before):
        refuse_foreign_run(reader.at("run", None), definition.content.experiment, definition.run)
    return definition


def _read_status(reader: Reader) -> RuleStatus | None:
    status = reader.member(RuleStatus)
    if status is RuleStatus.ARCHIVED:
        reader.refuse(
            Code.UNKNOWN_VALUE, "leave an archived rule out: pruning archives what the document does not name"
        )
    return status


def _read_salt(reader: Reader) -> str | None:
    return reader.text(MAX_SALT_CHARACTERS)


def _read_instant(reader: Reader) -> datetime | None:
    return reader.instant()


def _read_spans(reader: Reader) -> tuple[BucketSpan, ...]:
    before = len(reader.problems)
    spans = reader.items(_read_span)
    if not reader.is_flawed_since(before) and size(spans) > len({n for span in spans for n in range(*span)}):
        reader.refuse(Code.DUPLICATE, "a bucket can be held only once")
    return spans


def _read_span(reader: Reader) -> BucketSpan:
    ends = reader.items(lambda end: end.integer(0, BUCKETS), most=2)
    if len(ends) == 2 and ends[0] < ends[1]:  # noqa: PLR2004 - from and until
        return BucketSpan(*ends)
    reader.refuse(Code.EMPTY_RANGE, f"give two buckets, from and until, between 0 and {BUCKETS:,}")
    return BucketSpan(0, 0)


def _read_segments(reader: Reader) -> tuple[Segment, ...] | None:
    before = len(reader.problems)
    segments = reader.items(read_segment, most=MAX_CONDITION_SEGMENTS)
    if not reader.is_flawed_since(before):
        reader.refuse_repetitions(tuple(segment.key for segment in segments), "key")
        for index, segment in enumerate(segments):
            where = (*reader.path, str(index))
            reader.problems.extend(problem.within(*where) for problem in check_segment(segment))
    return segments


def _read_catalogue(reader: Reader) -> Catalogue | None:
    return read_catalogue(reader)


def _rule_document(rule: RuleDefinition) -> dict[str, Json]:
    content = content_document(rule.content)
    held: list[Json] = [[span.start, span.end] for span in rule.held]
    beside: dict[str, Json] = {
        "status": None if rule.status is None else rule.status.value,
        "salt": rule.salt,
        "createdAt": instant_text(rule.created_at),
        "held": held or None,
        "run": None if rule.run is None else run_document(rule.run),
    }
    whole = {"key": content["key"], **beside, **content}
    return {name: value for name, value in whole.items() if value is not None}
