"""Which interaction does one line of a log tell of, as `trackInteractions` wants to hear it?"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from app.replay.fields import Field
from app.replay.instants import at_offset, parse_instant, parse_offset, shortened
from app.replay.refusals import LineRefused, LogRefused
from domain.model.interactions import Device, InteractionKind
from domain.rules.interactions import MAX_KEY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from app.replay.lines import Line

TAG_SEPARATOR = "|"
KEY_BYTES = 16
KEY_PURPOSE = b"attune replay 1"
_EMPTY_DIGEST = blake2b(digest_size=KEY_BYTES, person=KEY_PURPOSE)
# Plain texts, here and below: hashing and serialising members of an enumeration would take a tenth of all the time.
KINDS = {kind.value: kind.value for kind in InteractionKind}
# What these say is said by the target alone.
KINDS_NEEDING_TARGET = frozenset({InteractionKind.FEATURE_USE.value})
DEVICES = {device.value: device.value for device in Device}


class ElementReader:
    """Turns lines into elements of the mutation's input; `fields` says what each line's values are.

    Without a column for the time the elements have none; without one for the key, neither.
    """

    def __init__(self, fields: Sequence[Field], kind: InteractionKind | None) -> None:
        """Raise LogRefused if no line could be right: the constant `kind` needs a target and there is none."""
        if kind is not None and kind.value in KINDS_NEEDING_TARGET and Field.TARGET not in fields:
            raise LogRefused(f"a {kind} needs a target: use --map target=COLUMN")
        places = {field: place for place, field in enumerate(fields)}
        self._kind = kind and kind.value
        self._user = places[Field.USER]
        self._time = places.get(Field.TIME)
        self._kind_place = places.get(Field.KIND, -1)
        self._offset = places.get(Field.OFFSET)
        self._key = places.get(Field.KEY)
        self._rest = [(name, parse, places[field]) for field, name, parse in _OPTIONAL if field in places]

    def read(self, line: Line) -> dict[str, Any]:
        """Return the element, under the names of the API.

        Raises:
            LineRefused: with what is wrong with the line.

        """
        values = line.values
        user = _text(values[self._user], "user")
        if user is None:
            raise LineRefused("the user is missing")
        element: dict[str, Any] = {"userId": user}
        if self._time is not None:
            element["occurredAt"] = self._instant(values, self._time)
        kind = element["kind"] = self._kind or _parse_kind(values[self._kind_place])
        if self._key is not None:
            element["key"] = _given_key(values[self._key])
        for name, parse, place in self._rest:
            value = values[place]
            if value is not None and value != "":
                element[name] = parse(value)
        if "target" not in element and kind in KINDS_NEEDING_TARGET:
            raise LineRefused(f"the target is missing, and a {kind} needs one")
        return element

    def _instant(self, values: Sequence[Any], place: int) -> datetime:
        instant = parse_instant(values[place])
        if self._offset is not None and values[self._offset] not in ("", None):
            instant = at_offset(instant, parse_offset(values[self._offset]))
        return instant


class ElementWriter:
    """Turns lines into elements of the mutation's input, as JSON, each under a key."""

    def __init__(self, fields: Sequence[Field], kind: InteractionKind | None) -> None:
        """Raise LogRefused if no line could be right: the constant `kind` needs a target and there is none."""
        self._reader = ElementReader(fields, kind)

    def write(self, line: Line) -> bytes:
        """Return the element as JSON.

        Raises:
            LineRefused: with what is wrong with the line.

        """
        element = self._reader.read(line)
        if "key" not in element:
            element["key"] = derived_key(line.number, element["userId"], line.content)
        return _serialised(element)


def _given_key(value: object) -> str:
    key = _text(value, "key")
    if key is None:
        raise LineRefused("the key is missing")
    if len(key) > MAX_KEY_CHARACTERS:
        raise LineRefused(f"the key has {len(key)} characters, more than {MAX_KEY_CHARACTERS}")
    return key


def derived_key(number: int, user: str, content: bytes) -> str:
    """Return the idempotency key of a line: 32 hexadecimal digits, the same whenever the log is replayed.

    The number keeps lines apart that say the same; the content keeps logs apart that number alike.
    """
    digest = _EMPTY_DIGEST.copy()  # twice as fast as making one with its parameters
    digest.update(b"%d\x1f%b\x1f%b" % (number, user.encode("utf-8", "surrogateescape"), content))
    return digest.hexdigest()


def _serialised(element: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(element)
    except TypeError:
        raise LineRefused("it is not in UTF-8") from None


def _text(value: object, name: str) -> str | None:
    """Return a text or whole number as text; None for nothing."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return None
    raise LineRefused(f"the {name} {shortened(value)} is not a text")


def _parse_kind(value: object) -> str:
    if value is None or value == "":
        raise LineRefused("the kind is missing")
    kind = KINDS.get(str(value)) or KINDS.get(str(value).strip().upper())
    if kind is None:
        raise LineRefused(f"there is no kind {shortened(value)}")
    return kind


def _parse_device(value: object) -> str:
    device = DEVICES.get(str(value).strip().upper())
    if device is None:
        raise LineRefused(f"there is no device {shortened(value)}")
    return device


def parse_value(value: object) -> float:
    """Read a finite number; raises LineRefused."""
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise LineRefused(f"the value {shortened(value)} is not a finite number")
    return number


def _parse_tags(value: object) -> list[str]:
    parts = value if isinstance(value, list) else (_text(value, "tags") or "").split(TAG_SEPARATOR)
    return [tag.strip() for part in parts if (tag := _text(part, "tag")) and tag.strip()]


def _parser_of(name: str) -> Callable[[object], object]:
    return lambda value: _text(value, name)


_OPTIONAL: tuple[tuple[Field, str, Callable[[object], object]], ...] = (
    (Field.TARGET, "target", _parser_of("target")),
    (Field.SECTION, "section", _parser_of("section")),
    (Field.TAGS, "tags", _parse_tags),
    (Field.DEVICE, "device", _parse_device),
    (Field.SESSION, "sessionId", _parser_of("session")),
    (Field.VALUE, "value", parse_value),
)
