"""Are rows encoded for COPY as PostgreSQL itself writes them?"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.postgres.copied_rows import (
    CopiedRows,
    distinct_texts,
    doubles,
    instants,
    json_documents,
    lists_of_texts,
    small_integers,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

# What PostgreSQL 18 writes for COPY (SELECT 'größe'::text, NULL::text, ARRAY['a', 'bc'], '{}'::text[],
# '{"a": 1}'::jsonb, -2.5::float8, (-570)::int2, '1999-12-31T23:59:59.999999Z'::timestamptz) TO STDOUT (FORMAT binary)
GOLDEN = bytes.fromhex(
    "5047434f50590aff0d0a0000000000000000000008000000076772c3b6c39f65ffffffff0000001f000000010000000000000019000000020000000100000001610000000262630000000c00000000000000000000001900000009017b2261223a20317d00000008c00400000000000000000002fdc600000008ffffffffffffffffffff"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=9))])
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001 - hypothesis asks
FIRST_YEAR = datetime(2000, 1, 1, tzinfo=UTC)


def fields(row: Iterable[bytes]) -> list[bytes | None]:
    """The contents, for which each says how long it is."""
    contents: list[bytes | None] = []
    for field in row:
        (length,) = struct.unpack_from(">i", field)
        assert len(field) == 4 + max(length, 0)
        contents.append(None if length < 0 else field[4:])
    return contents


def test_a_row_is_what_postgresql_writes() -> None:
    row = CopiedRows.of(
        {
            "text": texts(["größe"]),
            "null": texts([None]),
            "list": lists_of_texts([("a", "bc")]),
            "nothing": lists_of_texts([()]),
            "json": json_documents([b'{"a": 1}']),
            "double": doubles([-2.5]),
            "small": small_integers([-570]),
            "instant": instants([datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]),
        },
        1,
    )
    assert bytes(row.content) == GOLDEN
    assert row.columns == ["text", "null", "list", "nothing", "json", "double", "small", "instant"]


@given(st.lists(TEXTS | st.none(), max_size=8))
def test_texts_are_kept_and_so_is_that_there_is_none(values: list[str | None]) -> None:
    kept = [None if content is None else content.decode() for content in fields(texts(values))]
    assert kept == values
    given_texts = [value for value in values if value is not None]
    assert list(distinct_texts(given_texts)) == list(texts(given_texts))


@given(st.lists(INSTANTS, min_size=1, max_size=5))
def test_instants_are_microseconds_since_2000_whatever_their_zone(values: list[datetime]) -> None:
    for value, content in zip(values, fields(instants(values)), strict=True):
        assert content is not None
        assert FIRST_YEAR + timedelta(microseconds=struct.unpack(">q", content)[0]) == value


@given(st.lists(st.floats(allow_nan=False) | st.none(), max_size=5), st.lists(st.integers(-32_768, 32_767), max_size=5))
def test_numbers_are_kept(values: list[float | None], small: list[int]) -> None:
    assert [None if c is None else struct.unpack(">d", c)[0] for c in fields(doubles(values))] == values
    assert [c and struct.unpack(">h", c)[0] for c in fields(small_integers(small))] == small


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_list_says_how_many_texts_it_has(values: list[str]) -> None:
    (content,) = fields(lists_of_texts([values]))
    assert content is not None
    assert struct.unpack_from(">iiiii", content) == (1, 0, 25, len(values), 1)
    assert content[20:] == b"".join(distinct_texts(values))


@pytest.mark.parametrize("rows", [1, 3])
def test_every_row_says_how_many_fields_it_has(rows: int) -> None:
    content = bytes(CopiedRows.of({"a": texts(["x"] * rows), "b": small_integers([7] * rows)}, rows).content)
    row = b"\x00\x02" + b"\x00\x00\x00\x01x" + b"\x00\x00\x00\x02\x00\x07"
    assert content == b"PGCOPY\n\xff\r\n\x00" + bytes(8) + rows * row + b"\xff\xff"
