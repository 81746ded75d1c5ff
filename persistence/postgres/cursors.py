"""Which items come behind a cursor, and what does the cursor of an item say?"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import orjson
from sqlalchemy import BigInteger, Select, Text, and_, column, func, literal, select, true, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from domain.errors import Refused
from domain.model.pages import MAX_PAGE_ITEMS, Page, PageRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.elements import KeyedColumnElement

Item = TypeVar("Item")
Condition: TypeAlias = "ColumnElement[bool]"

MAX_CURSOR_CHARACTERS = 2_048
# How the driver reads and writes the instant '-infinity'.
_MINUS_INFINITY = datetime.min  # noqa: DTZ901 - without a zone is how the driver has it
_INTEGER_LIMIT = 2**31
_BIG_INTEGER_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column that never holds NULL."""

    column: KeyedColumnElement[Any]
    descending: bool = False

    @property
    def ordered(self) -> ColumnElement[Any]:
        return self.column.desc() if self.descending else self.column.asc()

    def behind(self, value: object) -> Condition:
        return self.column < value if self.descending else self.column > value


@dataclass(frozen=True, slots=True)
class Keyset:
    """A total order of one list. Its name is part of its cursors: the cursor of another list or order is refused."""

    name: str
    keys: tuple[SortKey, ...]

    def page_of(self, listed: Select[Any], request: PageRequest) -> Select[Any]:
        """The rows of a page, and one more if there is a next page. `listed` selects the sort columns."""
        arms = self._arms(listed, request)
        if len(arms) == 1:
            return arms[0]
        merged = union_all(*(arm.subquery().select() for arm in arms)).subquery()
        return select(merged).order_by(*self._order_of(merged.c)).limit(request.first + 1)

    def pages_of(
        self, listed: Select[Any], group: ColumnElement[str], groups: Sequence[str], request: PageRequest
    ) -> Select[Any]:
        """The same page of every group, for `pages` to take apart; `listed` selects the sort columns."""
        given = func.unnest(literal(list(groups), ARRAY(Text)))
        wanted = given.table_valued(column("group", Text), with_ordinality="position", name="wanted").render_derived()
        arms = [arm.lateral() for arm in self._arms(listed.where(group == wanted.c.group), request)]
        merged = union_all(*(select(wanted.c.position, arm).join(arm, true()) for arm in arms)).subquery()
        return select(merged).order_by(merged.c.position, *self._order_of(merged.c))

    def pages(
        self, rows: Sequence[Row[Any]], groups: Sequence[str], request: PageRequest, item: Callable[[Row[Any]], Item]
    ) -> list[Page[Item]]:
        """One page per group, in the order of the groups."""
        by_position: dict[int, list[Row[Any]]] = {position: [] for position in range(1, len(groups) + 1)}
        for row in rows:
            by_position[row.position].append(row)
        return [self.page(of_group, request, item) for of_group in by_position.values()]

    def page(self, rows: Sequence[Row[Any]], request: PageRequest, item: Callable[[Row[Any]], Item]) -> Page[Item]:
        shown = rows[: request.first]
        return Page(
            tuple(item(row) for row in shown),
            tuple(self._cursor(row) for row in shown),
            has_next=len(rows) > request.first,
        )

    def _arms(self, listed: Select[Any], request: PageRequest) -> list[Select[Any]]:
        """Selects that together hold the page: each reads one range of an index, however many sort values are equal."""
        check_size(request)
        ordered = listed.order_by(*(key.ordered for key in self.keys)).limit(request.first + 1)
        return [ordered.where(behind) for behind in self._behind(request)]

    def _behind(self, request: PageRequest) -> tuple[Condition, ...]:
        """Raises `Refused` (INVALID_CURSOR)."""
        if request.after is None:
            return (true(),)
        values = self._values(request.after)
        if len({key.descending for key in self.keys}) == 1:
            row, position = tuple_(*(key.column for key in self.keys)), tuple_(*values)
            return (row < position if self.keys[0].descending else row > position,)
        (first, second), (first_value, second_value) = self.keys, values
        return and_(first.column == first_value, second.behind(second_value)), first.behind(first_value)

    def _order_of(self, columns: ReadOnlyColumnCollection[str, Any]) -> Iterator[ColumnElement[Any]]:
        for key in self.keys:
            column_ = columns[key.column.key]
            yield column_.desc() if key.descending else column_.asc()

    def _cursor(self, row: Row[Any]) -> str:
        fields = row._asdict()
        values = [fields[key.column.key] for key in self.keys]
        return base64.urlsafe_b64encode(orjson.dumps([self.name, *values])).decode().rstrip("=")

    def _values(self, cursor: str) -> tuple[Any, ...]:
        try:
            name, *written = _decoded(cursor)
            if name != self.name:
                raise _refused()
            return tuple(_value(key.column, value) for key, value in zip(self.keys, written, strict=True))
        except (ValueError, TypeError, OverflowError, binascii.Error):
            raise _refused() from None


def check_size(request: PageRequest) -> None:
    """The API clamps; whoever else asks for more is wrong."""
    if not 0 < request.first <= MAX_PAGE_ITEMS + 1:
        raise ValueError(f"a page holds 1 to {MAX_PAGE_ITEMS + 1} items, not {request.first}")


def _decoded(cursor: str) -> list[Any]:
    if len(cursor) > MAX_CURSOR_CHARACTERS:
        raise _refused()
    padding = "=" * (-len(cursor) % 4)
    decoded = orjson.loads(base64.b64decode(cursor.encode("ascii") + padding.encode(), altchars=b"-_", validate=True))
    if not isinstance(decoded, list) or not decoded:
        raise _refused()
    return decoded


def _value(column: KeyedColumnElement[Any], written: object) -> object:
    """The value as the column's own type, so that a forged cursor cannot make the statement fail."""
    kind = column.type.python_type
    if kind is datetime and isinstance(written, str):
        instant = datetime.fromisoformat(written)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
        return instant if instant == _MINUS_INFINITY else _fail()
    if kind is float and type(written) in {int, float}:
        return float(written)  # type: ignore[arg-type]  # mypy does not narrow by membership
    if kind is int and type(written) is int:
        limit = _BIG_INTEGER_LIMIT if isinstance(column.type, BigInteger) else _INTEGER_LIMIT
        return written if -limit <= written < limit else _fail()
    if kind is str and isinstance(written, str):
        return written if "\x00" not in written else _fail()
    return _fail()


def _fail() -> object:
    raise _refused()


def _refused() -> Refused:
    return Refused.because("INVALID_CURSOR", "this cursor is not one of this list", "after")
