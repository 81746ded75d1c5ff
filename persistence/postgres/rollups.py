"""How does PostgreSQL keep sums over users that many change at once and nobody waits for?"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from domain.model.rollups import GAPS_PER_BLOCK, RollUpKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from domain.model.rollups import Sums
    from persistence.postgres.transactions import Transaction

MERGE_LOCK = 0x726F6C6C757073
"""The advisory lock of whoever merges: "rollups" in ASCII."""

SPAN_BITS = 4
"""Sums are kept of spans of 2 ** 4 days, too: about the root of the longest period, so few spans and days make it."""

KEY_COLUMNS = "measure, day, segment, subject, variation, number"
SPAN_COLUMNS = KEY_COLUMNS.replace("day", "span")
COPIED_COLUMNS = (*RollUpKey._fields, "sums")

_AS_JSON = str.maketrans("{}", "[]")

_MAY_MERGE = text("SELECT pg_try_advisory_xact_lock(:lock)")


def added_up(source: str, key: str = KEY_COLUMNS) -> str:
    """The statement that adds up the rows of a source, place by place, whatever the lengths of their arrays."""
    return f"""
        SELECT {key}, array_agg(amount ORDER BY place) AS sums
        FROM (
            SELECT {key}, place, sum(amount) AS amount
            FROM ({source}) AS source CROSS JOIN LATERAL unnest(sums) WITH ORDINALITY AS placed (amount, place)
            GROUP BY {key}, place
        ) AS placed
        GROUP BY {key}
    """  # noqa: S608 - constants


def spans_of(source: str) -> str:
    """The rows of a source of days as rows of the spans that the days lie in, not yet added up."""
    days = KEY_COLUMNS.replace("day", f"day >> {SPAN_BITS} AS span")
    return f"SELECT {days}, sums FROM ({source}) AS days"  # noqa: S608


def _added_in(table: str, key: str, source: str) -> str:
    """The statement that adds the rows of a source to those of a table."""
    return f"""
        INSERT INTO {table} AS known ({key}, sums)
        {added_up(source, key)}
        ON CONFLICT ON CONSTRAINT pk_{table} DO UPDATE
        SET sums = (
            SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY place)
            FROM unnest(known.sums, EXCLUDED.sums) WITH ORDINALITY AS both_sides (a, b, place)
        )
        RETURNING {key}, sums
    """  # noqa: S608


_MERGE = f"""
    WITH taken AS (
        DELETE FROM rollup_changes
        WHERE change_id = ANY (ARRAY(SELECT change_id FROM rollup_changes ORDER BY change_id LIMIT $1))
        RETURNING {KEY_COLUMNS}, sums::numeric[] AS sums
    ),
    merged AS ({_added_in("rollups", KEY_COLUMNS, "SELECT * FROM taken")}),
    spanned AS ({_added_in("rollup_spans", SPAN_COLUMNS, spans_of("SELECT * FROM taken"))}),
    counted AS (SELECT count(*) AS changes FROM taken)
    SELECT changes, '', NULL, NULL, NULL, NULL, NULL, NULL FROM counted
    UNION ALL SELECT changes, 'rollups', {KEY_COLUMNS} FROM merged CROSS JOIN counted WHERE 0 = ALL (sums)
    UNION ALL SELECT changes, 'rollup_spans', {SPAN_COLUMNS} FROM spanned CROSS JOIN counted WHERE 0 = ALL (sums)
"""  # noqa: S608
_REMOVE = {
    table: f"""
        DELETE FROM {table} WHERE ({key}) IN (
            SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::integer[])
        )
    """  # noqa: S608
    for table, key in (("rollups", KEY_COLUMNS), ("rollup_spans", SPAN_COLUMNS))
}
_ABOUT = """
    measure = $1 AND ($4::text[] IS NULL OR segment = ANY ($4)) AND ($5::text[] IS NULL OR subject = ANY ($5))
"""
_WANTED = f"day >= $2 AND day < $3 AND {_ABOUT}"
_COUNTED = """
    measure = $1 AND day >= $2 AND day < $3 AND segment = ANY ($4::text[]) AND subject = ANY ($6::text[])
    AND number >= (day - $2) / $5
"""
# One statement sees totals and differences as of one instant: what is merged meanwhile is in one of both, once.
_READ = f"""
    SELECT {KEY_COLUMNS}, sums::text FROM rollups WHERE {_WANTED}
    UNION ALL SELECT {KEY_COLUMNS}, sums FROM rollup_changes WHERE {_WANTED}
"""  # noqa: S608
# Adding up columns is several times faster than adding up arrays, and hardly any measure has more places than these.
_PLACES = 8
_READ_WHOLE = f"""
    SELECT measure, $2::integer, segment, subject, variation, number,
        ARRAY[{", ".join(f"coalesce(sum(sums[{place}]), 0)" for place in range(1, _PLACES + 1))}]::text,
        max(cardinality(sums))
    FROM (
        SELECT {SPAN_COLUMNS}, sums FROM rollup_spans WHERE span >= $6 AND span < $7 AND {_ABOUT}
        UNION ALL SELECT {KEY_COLUMNS}, sums FROM rollups WHERE day >= $2 AND day < $8 AND {_ABOUT}
        UNION ALL SELECT {KEY_COLUMNS}, sums FROM rollups WHERE day >= $9 AND day < $3 AND {_ABOUT}
        UNION ALL SELECT {KEY_COLUMNS}, sums::numeric[] FROM rollup_changes WHERE {_WANTED}
    ) AS source
    GROUP BY measure, segment, subject, variation, number
"""  # noqa: S608
# Of a day that is n days into the period, only users whose previous day lies more than n days before it are new in it.
# The first place of a block is its total, so that places are looked at in one block a day.
_DISTINCT = f"""
    SELECT segment, subject, sum(
        CASE WHEN number > (day - $2) / $5 THEN sums[1]
        ELSE (SELECT coalesce(sum(amount), 0) FROM unnest(sums[2 + (day - $2) % $5 :]) AS amount) END
    ) AS users
    FROM (
        SELECT day, segment, subject, number, sums FROM rollups WHERE {_COUNTED}
        UNION ALL SELECT day, segment, subject, number, sums::numeric[] FROM rollup_changes WHERE {_COUNTED}
    ) AS counted
    GROUP BY segment, subject
"""  # noqa: S608


class PostgresRollUps:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(self, changes: Mapping[RollUpKey, Sums]) -> None:
        if rows := records(changes):
            await self._transaction.begin()
            await self._transaction.copy("rollup_changes", COPIED_COLUMNS, rows)

    async def merge(self, limit: int) -> int:
        if not (await self._transaction.execute(_MAY_MERGE, {"lock": MERGE_LOCK})).scalar_one():
            return 0
        rows = await self._transaction.fetch_planned_afresh(_MERGE, limit)
        for table, statement in _REMOVE.items():
            if vanished := [row[2:] for row in rows if row[1] == table]:
                await self._transaction.fetch_planned_afresh(statement, *map(list, zip(*vanished, strict=True)))
        merged: int = rows[0][0]
        return merged

    async def read(
        self,
        measure: str,
        days: range,
        *,
        segments: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
    ) -> Mapping[RollUpKey, Sums]:
        return sums_in(await self._rows(_READ, measure, days, segments, subjects))

    async def read_whole(
        self,
        measure: str,
        days: range,
        *,
        segments: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
    ) -> Mapping[RollUpKey, Sums]:
        rows = await self._rows(_READ_WHOLE, measure, days, segments, subjects, *_parts(days))
        if all(cardinality <= _PLACES for *_, cardinality in rows):
            return sums_in([row[:-1] for row in rows])
        rows = await self._rows(_READ, measure, days, segments, subjects)
        return sums_in([(measure, days.start, *row[2:]) for row in rows])

    async def distinct(
        self, measure: str, days: range, segments: Collection[str], subjects: Collection[str] = ("",)
    ) -> Mapping[tuple[str, str], int]:
        await self._transaction.begin()
        counted = (measure, days.start, days.stop, list(segments), GAPS_PER_BLOCK, list(subjects))
        rows = await self._transaction.fetch_planned_afresh(_DISTINCT, *counted)
        return {(segment, subject): int(users) for segment, subject, users in rows if users}

    async def _rows(
        self,
        sql: str,
        measure: str,
        days: range,
        segments: Collection[str] | None,
        subjects: Collection[str] | None,
        *more: int,
    ) -> Sequence[Sequence[Any]]:
        await self._transaction.begin()
        names = (None if some is None else list(some) for some in (segments, subjects))
        return await self._transaction.fetch_planned_afresh(sql, measure, days.start, days.stop, *names, *more)


def _parts(days: range) -> tuple[int, int, int, int]:
    """The whole spans in a period, from the first to before the second; before which day and from which on days remain.

    Of a period without a whole span, all days are before.
    """
    first, end = -(-days.start >> SPAN_BITS), days.stop >> SPAN_BITS
    if first >= end:
        return 0, 0, days.stop, days.stop
    return first, end, first << SPAN_BITS, end << SPAN_BITS


def records(changes: Mapping[RollUpKey, Sums]) -> list[tuple[Any, ...]]:
    """The rows of `COPIED_COLUMNS` for differences, without those that would change nothing."""
    return [(*key, f"{{{','.join(map(str, sums))}}}") for key, sums in changes.items() if any(sums)]


def sums_in(rows: Sequence[Sequence[Any]]) -> dict[RollUpKey, Sums]:
    """The sums of rows whose keys may repeat, in the form that they have when nothing was merged or all was.

    Arrays come as text: reading whole numbers from it is many times faster than making decimals of them, above all
    from the text of all rows at once.
    """
    written = ",".join([row[-1] for row in rows]).translate(_AS_JSON)
    totals: dict[RollUpKey, Sums] = {}
    for row, amounts in zip(rows, json.loads(f"[{written}]"), strict=True):
        key = RollUpKey._make(row[:-1])
        known = totals.get(key)
        totals[key] = tuple(amounts) if known is None else tuple(map(sum, zip_longest(known, amounts, fillvalue=0)))
    for key in [key for key, sums in totals.items() if not sums or not sums[-1]]:
        totals[key] = _without_last_zeros(totals[key])
        if not totals[key]:
            del totals[key]
    return totals


def _without_last_zeros(sums: Sums) -> Sums:
    end = len(sums)
    while end and not sums[end - 1]:
        end -= 1
    return sums[:end]
