"""What differs between two rules, segments or catalogues, in words?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from domain.rules.documents import catalogue_document, content_document, segment_document
from domain.rules.documents.experiments import experiment_document
from domain.rules.sentences import condition_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from domain.model.catalogues import Catalogue
    from domain.model.json_values import Json
    from domain.model.rules import Rule
    from domain.model.segments import Segment

NOTHING = "nothing"
REORDERED = "put into another order"


def changes_between(before: Rule, after: Rule) -> tuple[str, ...]:
    """One sentence a field that differs, in the order of the fields; none for equal rules."""
    return (
        *_changed_fields(before, after),
        *_changed_adaptations(before, after),
        *_changed_experiment(before, after),
    )


def _changed_fields(before: Rule, after: Rule) -> Iterator[str]:
    for name, read, say in _FIELDS:
        earlier, later = read(before), read(after)
        if earlier != later:
            yield f"{name}: from {say(earlier)} to {say(later)}"


def _changed_adaptations(before: Rule, after: Rule) -> Iterator[str]:
    earlier, later = _adaptations(before), _adaptations(after)
    yield from (f"adaptations: removed {one}" for one in earlier if one not in later)
    yield from (f"adaptations: added {one}" for one in later if one not in earlier)
    if earlier != later and sorted(earlier) == sorted(later):
        yield f"adaptations: {REORDERED}"


def _changed_experiment(before: Rule, after: Rule) -> Iterator[str]:
    earlier, later = before.content.experiment, after.content.experiment
    if earlier != later and earlier is not None and later is not None:
        one, other = experiment_document(earlier), experiment_document(later)
        variations = (_by_key(document.pop("variations")) for document in (one, other))
        yield from _changed_items("variations", *variations)
        for name, value in other.items():
            if not is_written_alike(one[name], value):
                yield f"{name}: from {_plain(one[name])} to {_plain(value)}"
    elif earlier != later:
        yield f"experiment: {'removed' if later is None else 'added'}"
    if before.run != after.run:
        yield f"experiment: from {_run_text(before)} to {_run_text(after)}"


def _run_text(rule: Rule) -> str:
    run = rule.run
    if run is None:
        return "not started"
    if run.is_running:
        return f"run {run.number} with shares of {', '.join(f'{share:.6g}' for share in run.allocation)}"
    return f"run {run.number} ended" if run.winner is None else f"run {run.number} concluded for {run.winner}"


def is_written_alike(one: Json, other: Json) -> bool:
    """Are two documents the same JSON? To Python, 1 and true are equal; to JSON they are not."""
    return one == other and _text(one) == _text(other)


def changes_between_segments(before: Segment, after: Segment) -> tuple[str, ...]:
    """One sentence a field that differs."""
    earlier, later = segment_document(before), segment_document(after)
    return tuple(
        f"{name}: from {say(before)} to {say(after)}"
        for name, say in _SEGMENT_FIELDS.items()
        if not is_written_alike(earlier[name], later[name])
    )


def changes_between_catalogues(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """One sentence an item that was added, removed or changed, and one a list whose order alone did."""
    earlier, later = catalogue_document(before), catalogue_document(after)
    listed = (said for name in later for said in _changed_items(name, _by_key(earlier[name]), _by_key(later[name])))
    shares = f"holdout: from {before.holdout:.12g} to {after.holdout:.12g}"
    return (*listed, *([shares] if before.holdout != after.holdout else []))


def _changed_items(name: str, earlier: Mapping[str, Json], later: Mapping[str, Json]) -> Iterator[str]:
    yield from (f"{name}: removed {key}" for key in earlier if key not in later)
    yield from (f"{name}: added {key}" for key in later if key not in earlier)
    kept = [key for key in later if key in earlier]
    yield from (
        f"{name}: changed {key} from {_plain(earlier[key])} to {_plain(later[key])}"
        for key in kept
        if not is_written_alike(earlier[key], later[key])
    )
    if kept != [key for key in earlier if key in later]:
        yield f"{name}: {REORDERED}"


def _by_key(items: Json) -> Mapping[str, Json]:
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {str(item.get("key", item.get("place"))): item for item in listed}


def _text(document: Json) -> str:
    return json.dumps(document, sort_keys=True)


def _adaptations(rule: Rule) -> list[str]:
    written = content_document(rule.content)["adaptations"]
    return [_plain(adaptation) for adaptation in written] if isinstance(written, list) else []


def _plain(value: Json) -> str:
    """A document as people write notes: `setFeature (feature export, visible yes)`."""
    if isinstance(value, dict):
        return ", ".join(_member(name, inner) for name, inner in value.items()) or NOTHING
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value)


def _member(name: str, value: Json) -> str:
    return f"{name} ({_plain(value)})" if isinstance(value, dict) else f"{name} {_plain(value)}"


def _quoted(text: str) -> str:
    return f"“{text}”" if text else NOTHING


_FIELDS: tuple[tuple[str, Callable[[Rule], object], Callable[[Any], str]], ...] = (
    ("status", lambda rule: rule.status, str.lower),
    ("salt, which draws who is covered", lambda rule: rule.salt, str),
    ("key", lambda rule: rule.content.key, str),
    ("name", lambda rule: rule.content.name, _quoted),
    ("description", lambda rule: rule.content.description, _quoted),
    ("priority", lambda rule: rule.content.priority, str),
    ("places", lambda rule: rule.content.places, lambda places: ", ".join(sorted(places)) or "everywhere"),
    ("condition", lambda rule: rule.content.condition, lambda condition: _quoted(condition_text(condition))),
    ("schedule", lambda rule: content_document(rule.content)["schedule"], _plain),
    ("coverage", lambda rule: rule.content.coverage, lambda share: f"{share:.12g}"),
    ("exclusion group", lambda rule: rule.content.exclusion_group, lambda group: group or NOTHING),
)
_SEGMENT_FIELDS: Mapping[str, Callable[[Segment], str]] = {
    "name": lambda segment: _quoted(segment.name),
    "description": lambda segment: _quoted(segment.description),
    "condition": lambda segment: NOTHING if segment.condition is None else _quoted(condition_text(segment.condition)),
}
