"""What did one revision of a rule change, in words?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from domain.rules.documents import content_document
from domain.rules.sentences import condition_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.model.json_values import Json
    from domain.model.rules import Rule

NOTHING = "nothing"


def changes_between(before: Rule, after: Rule) -> tuple[str, ...]:
    """One sentence a field that differs, in the order of the fields; none for equal rules."""
    return (*_changed_fields(before, after), *_changed_adaptations(before, after))


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
        yield "adaptations: put into another order"


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
