"""How is everything that decisions depend on read at one revision?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text

from domain.model.definitions import StoredDefinitions
from domain.ports.rules import StoredRuleSet
from persistence.postgres.documents import catalogue_of, rule_of, segment_of

if TYPE_CHECKING:
    from sqlalchemy import Row

    from domain.model.catalogues import Catalogue
    from domain.model.rules import Rule
    from domain.model.segments import Segment
    from persistence.postgres.transactions import Transaction

_RULE_SET = "rule_set"
_SEGMENTS = "segments"

# One statement sees one state of the database: the revisions are those of what is read with them. Documents are read
# as text, each for itself, because those of thousands of rules take longer to be understood than anybody can wait.
_LOAD = text(
    """
    SELECT
        (SELECT value FROM revisions WHERE name = 'rule_set') AS revision,
        (SELECT value FROM revisions WHERE name = 'segments') AS segments_revision,
        (SELECT content::text FROM catalogues) AS catalogue,
        ARRAY(SELECT row_to_json(s)::text FROM segments s ORDER BY s.key COLLATE "C") AS segments,
        ARRAY(
            SELECT row_to_json(r)::text FROM rules r WHERE r.status = 'ACTIVE' ORDER BY r.rule_id COLLATE "C"
        ) AS rules
    """
)
_LIVING = text(
    """
    SELECT
        (SELECT coalesce(sum(value), 0)::bigint FROM revisions WHERE name IN ('rule_set', 'segments')) AS revision,
        (SELECT content::text FROM catalogues) AS catalogue,
        ARRAY(SELECT row_to_json(s)::text FROM segments s) AS segments,
        ARRAY(SELECT row_to_json(r)::text FROM rules r WHERE r.status <> 'ARCHIVED') AS rules
    """
)
# Whoever changes anything begins by advancing one of these, and holds no other: nobody waits crosswise.
_HOLD = text(
    """
    INSERT INTO revisions (name, value) VALUES ('rule_set', 0), ('segments', 0)
    ON CONFLICT (name) DO UPDATE SET value = revisions.value
    """
)
_REVISIONS = text("SELECT name, value FROM revisions")
_ADVANCE = text(
    """
    INSERT INTO revisions (name, value) VALUES (:name, 1)
    ON CONFLICT (name) DO UPDATE SET value = revisions.value + 1
    RETURNING value
    """
)


class PostgresRuleSets:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def load(self) -> StoredRuleSet:
        row = (await self._transaction.execute(_LOAD)).one()
        rules, segments, catalogue = await asyncio.to_thread(_understood, row)
        return StoredRuleSet(row.revision or 0, rules, catalogue, segments, row.segments_revision or 0)

    async def revisions(self) -> tuple[int, int]:
        values = {row.name: row.value for row in await self._transaction.execute(_REVISIONS)}
        return values.get(_RULE_SET, 0), values.get(_SEGMENTS, 0)

    async def living(self) -> StoredDefinitions:
        row = (await self._transaction.execute(_LIVING)).one()
        rules, segments, catalogue = await asyncio.to_thread(_understood, row)
        return StoredDefinitions(row.revision, rules, segments, catalogue)

    async def hold(self) -> None:
        await self._transaction.execute(_HOLD)

    async def advance(self) -> int:
        return await self._advance(_RULE_SET)

    async def advance_segments(self) -> int:
        return await self._advance(_SEGMENTS)

    async def _advance(self, name: str) -> int:
        value: int = (await self._transaction.execute(_ADVANCE, {"name": name})).scalar_one()
        return value


def _understood(row: Row[Any]) -> tuple[tuple[Rule, ...], tuple[Segment, ...], Catalogue]:
    return (
        tuple(rule_of(orjson.loads(written)) for written in row.rules),
        tuple(segment_of(orjson.loads(written)) for written in row.segments),
        catalogue_of(orjson.loads(row.catalogue or "null")),
    )
