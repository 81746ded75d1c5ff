"""How does PostgreSQL store what users did after they met rules?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text

from domain.model.experiments import VariationKey
from domain.model.interactions import Interaction, InteractionKey, InteractionKind
from domain.model.outcomes import Exposure, Outcomes
from domain.model.rules import RuleId
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.rules.instants import instant_at
from persistence.documents.outcomes import outcomes_document, parse_outcomes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from domain.ports.outcomes import CountedExposure, Past, Span
    from persistence.postgres.transactions import Transaction

READ_BATCH_ROWS = 2_000
_BOUNDS = 3

_COLUMNS = """a.user_id, a.rule_id, a.run, a.variation, a.first_exposed_at, a.held_out, a.probability,
        (a.overridden OR a.conflicted) AS excluded, a.segments, a.outcomes"""
_LONG_AGO, _FAR_AHEAD = datetime(1, 2, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TO_COUNT = f"""
    SELECT {_COLUMNS}
    FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[])
        AS given (user_id, earliest, latest, kinds)
    CROSS JOIN LATERAL (
        SELECT * FROM assignments
        CROSS JOIN LATERAL (SELECT (outcomes ->> 'reach_days')::int * interval '24 hours' AS long) AS reach
        WHERE user_id = given.user_id AND CASE
            WHEN overridden OR conflicted THEN outcomes IS NOT NULL
            ELSE counted_through IS NULL
                OR first_exposed_at - given.latest <= reach.long AND given.earliest - first_exposed_at < reach.long
                    AND (given.kinds IS NULL OR outcomes -> 'kinds' ?| string_to_array(given.kinds, ','))
        END
        OFFSET 0
    ) AS a
    ORDER BY a.user_id, a.first_exposed_at, a.rule_id, a.run
"""  # noqa: S608 - a constant of this module
_HOLD_USER = text("SELECT 1 FROM users WHERE user_id = :user_id FOR UPDATE")
_OF_USER = f"SELECT {_COLUMNS} FROM assignments a WHERE a.user_id = $1 AND a.outcomes IS NOT NULL"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM assignments a WHERE a.outcomes IS NOT NULL"  # noqa: S608
_SAVE = """
    UPDATE assignments AS a
    SET segments = CASE WHEN saved.segments IS NULL THEN NULL ELSE ARRAY(
            SELECT jsonb_array_elements_text(saved.segments::jsonb)
        ) END,
        outcomes = saved.outcomes::jsonb, counted_through = saved.through, converted_at = saved.converted_at
    FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[])
        AS saved (user_id, rule_id, run, segments, outcomes, through, converted_at)
    WHERE (a.user_id, a.rule_id, a.run) = (saved.user_id, saved.rule_id, saved.run)
"""
_FORGET_COUNTS = text(
    """
    UPDATE assignments SET segments = NULL, outcomes = NULL, counted_through = NULL, converted_at = NULL
    WHERE user_id = :user_id
    """
)
# With OFFSET 0 each user's are looked up by themselves, in their own partition.
_PASTS = """
    SELECT given.position, i.key, i.user_id, i.kind, i.occurred_at, i.target, i.value
    FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::text[])
        AS given (position, user_id, since, until, through, kinds)
    CROSS JOIN LATERAL (
        SELECT * FROM interactions
        WHERE user_id = given.user_id AND occurred_at >= given.since AND occurred_at < given.until
            AND sequence <= given.through AND kind = ANY (string_to_array(given.kinds, ','))
        OFFSET 0
    ) AS i
"""


class PostgresExposures:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def to_count(self, spans: Mapping[UserId, Span | None]) -> Sequence[Exposure]:
        bounds = [_bounds(span) for span in spans.values()]
        await self._transaction.begin()
        columns = map(list, zip(*bounds, strict=True)) if bounds else ([] for _ in range(_BOUNDS))
        rows = await self._transaction.fetch_planned_afresh(_TO_COUNT, list(spans), *columns)
        return [_exposure(row) for row in rows]

    async def hold(self, user_id: UserId) -> None:
        await self._transaction.execute(_HOLD_USER, {"user_id": user_id})

    async def of_user(self, user_id: UserId) -> Sequence[Exposure]:
        await self._transaction.begin()
        return [_exposure(row) for row in await self._transaction.fetch_planned_afresh(_OF_USER, user_id)]

    async def save(self, counted: Collection[CountedExposure]) -> None:
        if counted:
            columns = map(list, zip(*map(_values, counted), strict=True))
            await self._transaction.fetch_planned_afresh(_SAVE, *columns)

    async def forget_counts(self, user_id: UserId) -> None:
        await self._transaction.execute(_FORGET_COUNTS, {"user_id": user_id})

    async def pasts(self, wanted: Sequence[Past]) -> Sequence[Sequence[Interaction]]:
        columns = map(list, zip(*(_past_values(*numbered) for numbered in enumerate(wanted)), strict=True))
        found: list[list[Interaction]] = [[] for _ in wanted]
        for row in await self._transaction.fetch_planned_afresh(_PASTS, *columns) if wanted else ():
            found[row[0]].append(_interaction(row))
        return found

    async def all(self) -> AsyncIterator[Sequence[Exposure]]:
        await self._transaction.begin()
        async for rows in self._transaction.stream(_ALL, batch_rows=READ_BATCH_ROWS):
            yield [_exposure(row) for row in rows]


def _bounds(span: Span | None) -> tuple[datetime | None, datetime | None, str | None]:
    """NULL instants compare as neither: nothing lies within."""
    if span is None:
        return None, None, None
    kinds = None if span.kinds is None else ",".join(span.kinds)
    return span.earliest or _LONG_AGO, span.latest or _FAR_AHEAD, kinds


def _exposure(row: Sequence[Any]) -> Exposure:
    user_id, rule_id, run, variation, first_exposed_at, held_out, probability, excluded, segments, outcomes = row
    return Exposure(
        user_id=UserId(user_id),
        rule_id=RuleId(rule_id),
        run=run,
        variation=None if variation is None else VariationKey(variation),
        first_exposed_at=first_exposed_at,
        held_out=held_out,
        probability=probability,
        excluded=excluded,
        segments=tuple(SegmentKey(key) for key in segments or ()),
        outcomes=None if outcomes is None else parse_outcomes(outcomes),
    )


def _values(counted: CountedExposure) -> tuple[object, ...]:
    """The row of `_SAVE`."""
    exposure = counted.exposure
    outcomes = exposure.outcomes
    is_counted = outcomes is not None
    return (
        exposure.user_id,
        exposure.rule_id,
        exposure.run,
        orjson.dumps(exposure.segments).decode() if is_counted else None,
        orjson.dumps(outcomes_document(outcomes)).decode() if outcomes is not None else None,
        counted.through,
        _converted_at(outcomes),
    )


def _converted_at(outcomes: Outcomes | None) -> datetime | None:
    return None if outcomes is None or outcomes.converted_us is None else instant_at(outcomes.converted_us)


def _past_values(position: int, past: Past) -> tuple[object, ...]:
    """The row of `_PASTS`."""
    return position, past.user_id, past.since, past.until, past.through, ",".join(sorted(past.kinds))


def _interaction(row: Sequence[Any]) -> Interaction:
    _, key, user_id, kind, occurred_at, target, value = row
    return Interaction(InteractionKey(key), UserId(user_id), InteractionKind(kind), occurred_at, target, value=value)
