"""How does PostgreSQL keep sums over users that many change at once and nobody waits for?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from domain.model.rollups import GAPS_PER_BLOCK, RollUpKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from domain.model.rollups import Sums
    from persistence.postgres.transactions import Transaction

MERGE_LOCK = 0x726F6C6C757073
"""The advisory lock of whoever merges: "rollups" in ASCII."""

KEY_COLUMNS = "measure, day, segment, subject, variation, number"
COPIED_COLUMNS = (*RollUpKey._fields, "sums")

_BEGUN = text("SELECT 1")
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


_MERGE = f"""
    WITH taken AS (
        DELETE FROM rollup_changes
        WHERE change_id = ANY (ARRAY(SELECT change_id FROM rollup_changes ORDER BY change_id LIMIT $1))
        RETURNING {KEY_COLUMNS}, sums
    ), merged AS (
        INSERT INTO rollups AS known ({KEY_COLUMNS}, sums)
        {added_up("SELECT * FROM taken")}
        ON CONFLICT ON CONSTRAINT pk_rollups DO UPDATE
        SET sums = (
            SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY place)
            FROM unnest(known.sums, EXCLUDED.sums) WITH ORDINALITY AS both_sides (a, b, place)
        )
        RETURNING {KEY_COLUMNS}, sums
    )
    SELECT (SELECT count(*) FROM taken), measure, day, segment, subject, variation, number
    FROM merged WHERE 0 = ALL (sums)
    UNION ALL SELECT (SELECT count(*) FROM taken), NULL, NULL, NULL, NULL, NULL, NULL
"""  # noqa: S608
_REMOVE = f"""
    DELETE FROM rollups WHERE ({KEY_COLUMNS}) IN (
        SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::integer[])
    )
"""  # noqa: S608
_WANTED = """
    measure = $1 AND day >= $2 AND day < $3
    AND ($4::text[] IS NULL OR segment = ANY ($4)) AND ($5::text[] IS NULL OR subject = ANY ($5))
"""
_COUNTED = """
    measure = $1 AND day >= $2 AND day < $3 AND ($4::text[] IS NULL OR segment = ANY ($4)) AND number >= (day - $2) / $5
"""
# One statement sees totals and differences as of one instant: what is merged meanwhile is in one of both, once.
_READ = f"""
    SELECT {KEY_COLUMNS}, sums FROM rollups WHERE {_WANTED}
    UNION ALL SELECT {KEY_COLUMNS}, sums FROM rollup_changes WHERE {_WANTED}
"""  # noqa: S608
_READ_WHOLE = added_up(_READ, "measure, segment, subject, variation, number").replace(
    "SELECT measure,", "SELECT measure, $2::integer AS day,", 1
)
# Of a day that is n days into the period, only users whose previous day lies more than n days before it are new in it.
# The first place of a block is its total, so that places are looked at in one block a day.
_DISTINCT = f"""
    SELECT segment, subject, sum(
        CASE WHEN number > (day - $2) / $5 THEN sums[1]
        ELSE (SELECT coalesce(sum(amount), 0) FROM unnest(sums[2 + (day - $2) % $5 :]) AS amount) END
    ) AS users
    FROM (
        SELECT day, segment, subject, number, sums FROM rollups WHERE {_COUNTED}
        UNION ALL SELECT day, segment, subject, number, sums FROM rollup_changes WHERE {_COUNTED}
    ) AS counted
    GROUP BY segment, subject
"""  # noqa: S608


class PostgresRollUps:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(self, changes: Mapping[RollUpKey, Sums]) -> None:
        if rows := records(changes):
            await self._transaction.execute(_BEGUN)
            await self._transaction.copy("rollup_changes", COPIED_COLUMNS, rows)

    async def merge(self, limit: int) -> int:
        if not (await self._transaction.execute(_MAY_MERGE, {"lock": MERGE_LOCK})).scalar_one():
            return 0
        rows = await self._transaction.fetch_planned_afresh(_MERGE, limit)
        if vanished := [row[1:] for row in rows if row[1] is not None]:
            await self._transaction.fetch_planned_afresh(_REMOVE, *map(list, zip(*vanished, strict=True)))
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
        return await self._read(_READ, measure, days, segments, subjects)

    async def read_whole(
        self,
        measure: str,
        days: range,
        *,
        segments: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
    ) -> Mapping[RollUpKey, Sums]:
        return await self._read(_READ_WHOLE, measure, days, segments, subjects)

    async def distinct(
        self, measure: str, days: range, *, segments: Collection[str] | None = None
    ) -> Mapping[tuple[str, str], int]:
        await self._transaction.execute(_BEGUN)
        chosen = None if segments is None else list(segments)
        counted = (measure, days.start, days.stop, chosen, GAPS_PER_BLOCK)
        rows = await self._transaction.fetch_planned_afresh(_DISTINCT, *counted)
        return {(segment, subject): int(users) for segment, subject, users in rows if users}

    async def _read(self, sql: str, measure: str, days: range, *names: Collection[str] | None) -> dict[RollUpKey, Sums]:
        await self._transaction.execute(_BEGUN)
        chosen = (None if some is None else list(some) for some in names)
        rows = await self._transaction.fetch_planned_afresh(sql, measure, days.start, days.stop, *chosen)
        return sums_in(rows)


def records(changes: Mapping[RollUpKey, Sums]) -> list[tuple[Any, ...]]:
    """The rows of `COPIED_COLUMNS`, without those that would change nothing."""
    return [(*key, sums) for key, sums in changes.items() if any(sums)]


def sums_in(rows: Iterable[Sequence[Any]]) -> dict[RollUpKey, Sums]:
    """The sums of rows whose keys may repeat, in the form that they have when nothing was merged or all was."""
    totals: dict[RollUpKey, list[int]] = {}
    for *fields, amounts in rows:
        known = totals.setdefault(RollUpKey(*fields), [])
        known.extend([0] * (len(amounts) - len(known)))
        for place, amount in enumerate(amounts):
            known[place] += int(amount)
    trimmed = ((key, _without_last_zeros(sums)) for key, sums in totals.items())
    return {key: sums for key, sums in trimmed if sums}


def _without_last_zeros(sums: list[int]) -> Sums:
    while sums and not sums[-1]:
        sums.pop()
    return tuple(sums)
