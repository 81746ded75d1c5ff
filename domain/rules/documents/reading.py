"""How is one field of a document read, so that every problem is collected with its path?

A reader answers a stand-in (empty text, zero, ...) where something is wrong. Stand-ins never escape: `finish` raises
when any problem was found.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from domain.errors import Problem, Refused
from domain.model.json_values import json_flaw
from domain.rules.documents.codes import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

    from domain.model.json_values import Json

    Member = TypeVar("Member", bound=StrEnum)

Item = TypeVar("Item")

MAX_ITEMS = 100
MAX_PATH_CHARACTERS = 64
MAX_NAME_CHARACTERS = 120
MAX_DESCRIPTION_CHARACTERS = 2_000
MAX_TARGET_CHARACTERS = 256
KEY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"

_KEY = re.compile(KEY_PATTERN[1:-1], re.ASCII)
# Control characters and halves of characters; joiners and direction marks belong to some scripts and stay.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_IN_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}
_STAND_IN_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """One value of a document, where it stands, and the list to which its problems are added."""

    value: object
    path: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: Code, message: str, *inner: str) -> None:
        self.problems.append(Problem(code.value, message, (*self.path, *inner)))

    def finish(self) -> None:
        """Raises `Refused` with everything that was found."""
        if self.problems:
            raise Refused(self.problems)

    def is_flawed_since(self, count: int) -> bool:
        """Were problems found after the first `count`? Then comparing parts with each other would mislead."""
        return len(self.problems) > count

    def at(self, key: str | int, value: object) -> Reader:
        name = str(key)[:MAX_PATH_CHARACTERS].encode(errors="replace").decode()
        return Reader(value, (*self.path, name), self.problems)

    def members(self, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Members:
        """The fields of an object. A field that is null counts as left out."""
        if not isinstance(self.value, dict):
            self.refuse(Code.WRONG_TYPE, f"give an object, not {_kind(self.value)}")
            return Members(self, {}, complete=False)
        known = (*required, *optional)
        given: dict[str, object] = {}
        for key, value in self.value.items():
            if key not in known:
                self.at(str(key), value).refuse(Code.UNKNOWN_FIELD, f"no such field here; use {_listed(known)}")
            elif value is not None:
                given[key] = value
        for key in required:
            if key not in given:
                self.refuse(Code.REQUIRED, f"give “{key}”", key)
        return Members(self, given)

    def boolean(self) -> bool:
        if isinstance(self.value, bool):
            return self.value
        self.refuse(Code.WRONG_TYPE, f"give true or false, not {_kind(self.value)}")
        return False

    def integer(self, low: int, high: int) -> int:
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 1.0 is as whole as 1, in JSON and in GraphQL
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(Code.WRONG_TYPE, f"give a whole number, not {_kind(value)}")
        elif not low <= value <= high:
            self.refuse(Code.OUT_OF_RANGE, f"give a whole number from {low} to {high}")
        else:
            return value
        return low

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse(Code.WRONG_TYPE, f"give a number, not {_kind(self.value)}")
            return 0.0
        number = _finite(self.value)
        if number is None:
            self.refuse(Code.NOT_FINITE, "give a finite number")
        elif not low <= number <= high:
            self.refuse(Code.OUT_OF_RANGE, f"give a number {_between(low, high)}")
        else:
            return number
        return 0.0

    def text(self, limit: int, *, lines: bool = False) -> str:
        """At most `limit` printable characters; `lines` allows line breaks and tabs, and emptiness."""
        if not isinstance(self.value, str):
            self.refuse(Code.WRONG_TYPE, f"give text, not {_kind(self.value)}")
            return ""
        if len(self.value) > limit:
            self.refuse(Code.TOO_LONG, f"shorten this to at most {limit:,} characters")
        elif not lines and not self.value.strip():
            self.refuse(Code.REQUIRED, "write something here")
        elif (_UNFIT_IN_LINES if lines else _UNFIT).search(self.value):
            self.refuse(Code.INVALID_TEXT, "leave out control characters and unpaired halves of characters")
        else:
            return str(self.value)
        return ""

    def key(self) -> str:
        if not isinstance(self.value, str):
            self.refuse(Code.WRONG_TYPE, f"give a key as text, not {_kind(self.value)}")
        elif _KEY.fullmatch(self.value) is None:
            self.refuse(
                Code.INVALID_KEY,
                "begin a key with a letter or digit and use only letters, digits and _ . : - after it, 64 at most",
            )
        else:
            return str(self.value)
        return ""

    def member(self, members: type[Member]) -> Member:
        if isinstance(self.value, str) and self.value in members.__members__:
            return members[self.value]
        allowed = tuple(members.__members__)
        self.refuse(Code.UNKNOWN_VALUE, f"use {_listed(allowed)}")
        return members[allowed[0]]

    def items(self, read: Callable[[Reader], Item], *, least: int = 0, most: int = MAX_ITEMS) -> tuple[Item, ...]:
        """A list, each item read on its own; over the limit none is read."""
        if not isinstance(self.value, list | tuple):
            self.refuse(Code.WRONG_TYPE, f"give a list, not {_kind(self.value)}")
            return ()
        if len(self.value) > most:
            self.refuse(Code.TOO_MANY_ITEMS, f"give at most {most:,} items, not {len(self.value):,}")
            return ()
        if len(self.value) < least:
            self.refuse(Code.REQUIRED, "give at least one item, or leave the list out where that is allowed")
        return tuple(read(self.at(index, item)) for index, item in enumerate(self.value))

    def distinct(self, read: Callable[[Reader], Item], *, least: int = 0, most: int = MAX_ITEMS) -> tuple[Item, ...]:
        """A list without repetitions."""
        before = len(self.problems)
        items = self.items(read, least=least, most=most)
        if not self.is_flawed_since(before):
            self.refuse_repetitions(items)
        return items

    def refuse_repetitions(self, keys: tuple[object, ...], *inner: str) -> None:
        """Adds a problem for every key that stands earlier in the list already; `inner` leads from item to key."""
        first: dict[object, int] = {}
        for index, key in enumerate(keys):
            if key in first:
                self.refuse(Code.DUPLICATE, f"item {first[key]} is the same: keep one", str(index), *inner)
            first.setdefault(key, index)

    def json(self) -> Json:
        flaw = json_flaw(self.value)
        if flaw is None:
            return self.value  # type: ignore[return-value]  # that it is JSON is what was just checked
        self.refuse(Code.INVALID_JSON, f"this {flaw}")
        return None

    def instant(self) -> datetime:
        """An aware datetime or its ISO text, in UTC."""
        try:
            instant = datetime.fromisoformat(self.value) if isinstance(self.value, str) else self.value
            if isinstance(instant, datetime) and instant.tzinfo is not None:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.refuse(Code.INVALID_TIME, "give an instant with its offset, like 2026-03-01T09:00:00Z")
        return _STAND_IN_INSTANT


@dataclass(frozen=True, slots=True)
class Members:
    """The fields that an object really has."""

    owner: Reader
    given: Mapping[str, object]
    complete: bool = True

    def __contains__(self, key: str) -> bool:
        return key in self.given

    def read(self, key: str, read: Callable[[Reader], Item], default: Item) -> Item:
        """The field as `read` understands it, or `default` where it was left out."""
        return read(self.owner.at(key, self.given[key])) if key in self.given else default


def read_name(reader: Reader) -> str:
    return reader.text(MAX_NAME_CHARACTERS)


def read_description(reader: Reader) -> str:
    return reader.text(MAX_DESCRIPTION_CHARACTERS, lines=True)


def read_target(reader: Reader) -> str:
    """What an interaction acted on: named by the host application's users' doings, so less strict than a key."""
    return reader.text(MAX_TARGET_CHARACTERS)


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _between(low: float, high: float) -> str:
    if math.isinf(high):
        return f"of at least {low:g}"
    return f"from {low:g} to {high:g}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else "".join(names)


def _kind(value: object) -> str:
    """What a value is, in the words of an author of documents."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")
