"""Do the hot statements find their rows by index, however many rows there are?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from domain.model.interactions import InteractionKind
from domain.model.outcomes import Outcomes
from domain.model.pages import PageRequest
from domain.model.ranges import Range
from domain.model.rules import RuleId
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import UserId
from domain.ports.audit_log import AuditFilter
from domain.ports.interactions import InteractionFilter
from domain.ports.outcomes import CountedExposure, Past, Span
from domain.ports.profiles import AssessedProfile, UserFilter
from domain.ports.rules import RuleFilter, RuleOrder
from domain.rules.buckets import BucketRange
from domain.rules.previews.reads import Reads
from migrations.runner import migrate
from persistence.postgres.engine import create_engine
from persistence.postgres.populations import active_users
from persistence.postgres.profile_reads import PLAN_ONCE, READ_BY_KEYS
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from tests.builders.assignments import build_application, build_applied
from tests.builders.interactions import interaction
from tests.integration.postgres.databases import new_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from asyncpg.connection import LoggedQuery
    from sqlalchemy.ext.asyncio import AsyncEngine

    from app.embedded.services import EmbeddedServices
    from persistence.postgres.units_of_work import PostgresUnitOfWork

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
USER, POWER = UserId("user-77"), SegmentKey("power_user")
SEEDS = """
INSERT INTO users (user_id) SELECT 'user-' || n FROM generate_series(1, 20000) n;
INSERT INTO profiles (user_id, revision, last_seen_at, due_at, segments_revision, models_revision, churn_risk)
SELECT 'user-' || n, 1, now() - n * interval '1 minute', now() + n * interval '1 minute', 1, 1, (n % 1000) / 1000.0
FROM generate_series(1, 20000) n;
INSERT INTO fold_marks (user_id, marked_at) SELECT 'user-' || n, now() FROM generate_series(1, 3000) n;
INSERT INTO segment_memberships SELECT 'user-' || n, k, 0.3 + (n % 7) / 10.0, now(), 'CONDITION'
FROM generate_series(1, 20000) n, (VALUES ('power_user'), ('new_user')) AS segments (k);
INSERT INTO interactions (user_id, key, kind, occurred_at, utc_offset_minutes, received_at)
SELECT 'user-' || 1 + n % 200, n, 'CLICK', now() - n * interval '1 s', 0, now() FROM generate_series(1, 60000) n;
INSERT INTO rules (rule_id, key, status, revision, priority, name, description, places, slots, salt, content,
  created_at, updated_at, updated_by)
SELECT n, n, 'ACTIVE', 1, n % 5, n, '', '{}', '{}', n, '{}', now(), now(), 'ada'
FROM generate_series(1, 5000) n;
INSERT INTO rule_revisions SELECT n, r, 'UPDATED', now(), 'ada', '{"status": "ACTIVE", "content": {"key": "k"}}'
FROM generate_series(1, 5000) n, generate_series(1, 4) r;
INSERT INTO assignments (user_id, rule_id, run, variation, first_exposed_at, last_applied_at, times_applied)
SELECT 'user-' || n, r, n % 2, 'bold', now() - n * interval '1 minute', now(), 1
FROM generate_series(1, 20000) n, generate_series(1, 3) r;
INSERT INTO rollups (measure, day, segment, subject, variation, number, sums)
SELECT m, d, 's' || s, '', 'f' || v, 0, ARRAY[1, 2]
FROM (VALUES ('uses'), ('active')) AS measures (m), generate_series(20000, 20399) d, generate_series(1, 10) s,
  generate_series(1, 8) v;
INSERT INTO rollup_spans (measure, span, segment, subject, variation, number, sums)
SELECT measure, day >> 4, segment, subject, variation, number, ARRAY[sum(sums[1]), sum(sums[2])]
FROM rollups GROUP BY measure, day >> 4, segment, subject, variation, number;
INSERT INTO rollup_changes (measure, day, segment, subject, variation, number, sums)
SELECT 'uses', 20300 + n % 100, 's1', '', 'f1', 0, '{1}' FROM generate_series(1, 20000) n;
INSERT INTO definition_changes (at, by, action, subject, about)
SELECT now(), 'ada', 'VARIATION_OVERRIDDEN', n, 'user-' || n FROM generate_series(1, 5000) n;
ANALYZE"""


@dataclass(frozen=True, slots=True)
class Plan:
    statement: str
    nodes: tuple[dict[str, Any], ...]

    @property
    def scanned_whole(self) -> set[str]:
        return {node["Relation Name"] for node in self.nodes if node["Node Type"].endswith("Seq Scan")}

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def sorts_too_much(self) -> bool:
        """Are rows sorted that a limit then throws away?"""
        limits = [node for node in self.nodes if node["Node Type"] == "Limit"]
        return any("Sort" in node["Node Type"] for limit in limits for node in nodes(limit) if "Sort Key" in node)


@pytest.fixture(scope="module")
async def full(services: EmbeddedServices) -> AsyncIterator[AsyncEngine]:
    """A database with so many rows that reading a whole table would be the wrong plan."""
    url = await new_database(services.database_url)
    await migrate(url)
    engine = create_engine(url)
    async with engine.begin() as connection:
        for seed in SEEDS.split(";"):
            await connection.execute(text(seed))
    yield engine
    await engine.dispose()


@contextmanager
def recording(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is run meanwhile, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    def record_driver(query: LoggedQuery) -> None:
        # Those without arguments begin and end transactions; now and then the driver asks what types there are.
        if query.args and "pg_catalog" not in query.query:
            statements.append((query.query, tuple(query.args)))

    def watch(connection: Any, *_: Any) -> None:
        connection.driver_connection.add_query_logger(record_driver)

    def unwatch(connection: Any, *_: Any) -> None:
        connection.driver_connection.remove_query_logger(record_driver)

    listeners = (("before_cursor_execute", record), ("checkout", watch), ("checkin", unwatch))
    for name, listener in listeners:
        event.listen(engine.sync_engine, name, listener)
    try:
        yield statements
    finally:
        for name, listener in listeners:
            event.remove(engine.sync_engine, name, listener)


async def plans(engine: AsyncEngine, call: Callable[[PostgresUnitOfWork], Awaitable[object]]) -> list[Plan]:
    """How PostgreSQL would run each statement of the call."""
    with recording(engine) as statements:
        async with PostgresUnitsOfWork(engine)() as work:
            await call(work)
    async with engine.connect() as connection:
        found = []
        for statement, parameters in statements:
            explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            found.append(Plan(statement, tuple(nodes(explained.scalar_one()[0]["Plan"]))))
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def read_all(work: PostgresUnitOfWork) -> None:
    async for _ in work.interactions.received_after(USER, 5):
        pass


async def second_page(list_page: Callable[[PageRequest], Awaitable[Any]]) -> None:
    first = await list_page(PageRequest(20))
    await list_page(PageRequest(20, first.cursors[-1]))


async def save_again(work: PostgresUnitOfWork) -> None:
    stored = await work.profiles.lock(USER)
    moved = replace(stored.profile, memberships=(SegmentMembership(POWER, 0.9, NOW),))
    await work.profiles.save(replace(stored, profile=moved), None, 1)
    await work.profiles.unmark_saved()


async def fold_round(work: PostgresUnitOfWork, users: int = 10) -> None:
    """What a worker asks of the database for so many users."""
    claimed = await work.profiles.claim(users, NOW, 1, 1)
    assert len(claimed) == users
    await work.interactions.received_since({s.profile.user_id: s.folded_through for s in claimed}, 100)
    moved = (SegmentMembership(POWER, 0.9, NOW),)
    await work.profiles.save_all(
        [AssessedProfile(replace(s, profile=replace(s.profile, memberships=moved)), None, 1) for s in claimed]
    )
    await work.profiles.unmark_saved()


def recorded(users: int) -> Callable[[PostgresUnitOfWork], Awaitable[object]]:
    """For each of so many users one exposure that is known and one that is not."""
    applied = [build_applied(str(rule_id)) for rule_id in (1, 77)]
    exposures = [build_application(f"user-{2 * n + 1}", one) for n in range(users) for one in applied]
    return lambda work: work.assignments.record(exposures)


async def link(work: PostgresUnitOfWork) -> None:
    other = UserId("user-9")
    for user_id in (USER, other):
        await work.profiles.lock(user_id)
    await work.links.aliases_of(other)
    await work.links.join(other, USER, NOW, keep_interactions=True)


def counted(users: int) -> Callable[[PostgresUnitOfWork], Awaitable[object]]:
    """For each of so many users what was never counted, from the log and then written."""

    async def count(work: PostgresUnitOfWork) -> None:
        spans = {UserId(f"user-{n}"): Span(NOW, NOW) for n in range(1, users + 1)}
        exposures = await work.exposures.to_count(spans)
        assert len(exposures) == 3 * users
        kinds = frozenset({InteractionKind.CLICK})
        await work.exposures.pasts([Past(user_id, NOW, NOW + timedelta(days=7), 60_000, kinds) for user_id in spans])
        await work.exposures.save([CountedExposure(replace(one, outcomes=Outcomes()), 7) for one in exposures])

    return count


YEAR = range(20_010, 20_375)
WAITING = "rollup_changes"
"""Differences wait for a second only, so few that reading all of them is right, as is adding up those taken."""


async def merged(work: PostgresUnitOfWork) -> None:
    assert await work.rollups.merge(50) == 50


HOT: dict[str, Callable[[PostgresUnitOfWork], Awaitable[object]]] = {
    "profiles of users": lambda work: work.profiles.of_users([USER, UserId("user-9")]),
    "revisions of users": lambda work: work.profiles.revisions([USER, UserId("user-9")]),
    "locking a profile": lambda work: work.profiles.lock(USER),
    "claiming marked ones": lambda work: work.profiles.claim(50, NOW, 1, 1),
    "saving a profile": save_again,
    "reading new interactions": read_all,
    "folding": fold_round,
    "tracking": lambda work: work.interactions.add([interaction(user_id=USER)], NOW),
    "tracking again": lambda work: work.interactions.add(
        [interaction(user_id=USER, key=key) for key in ("76", "276")], NOW
    ),
    "pages of interactions": lambda work: second_page(
        lambda page: work.interactions.of_user(USER, InteractionFilter(), page)
    ),
    "pages of users": lambda work: second_page(lambda page: work.profiles.page(UserFilter(), page)),
    "pages of users at risk": lambda work: work.profiles.page(UserFilter(churn_risk=Range(gte=0.999)), PageRequest()),
    "linking": link,
    "whom to erase": lambda work: work.links.hold(USER),
    "signals of users": lambda work: work.profiles.signals_of([USER, UserId("user-9")]),
    "recording exposures": recorded(100),
    "counting outcomes": counted(50),
    "counted exposures of a user": lambda work: work.exposures.of_user(USER),
    "forgetting counts": lambda work: work.exposures.forget_counts(USER),
    "assignments of users": lambda work: work.assignments.of_users([USER, UserId("user-9")]),
    "sums by day": lambda work: work.rollups.read("active", YEAR, segments=["s1", "s2"], subjects=[""]),
    "sums of a period": lambda work: work.rollups.read_whole("uses", YEAR, segments=["s1"], subjects=[""]),
    "sums of a few days": lambda work: work.rollups.read_whole("uses", YEAR[3:9], segments=["s1"], subjects=[""]),
    "different users": lambda work: work.rollups.distinct("active", YEAR, ["s1"]),
    "merging sums": merged,
    "pages of members": lambda work: second_page(lambda page: work.segments.members(POWER, page)),
}


@pytest.mark.parametrize("name", HOT)
async def test_no_table_is_read_whole(full: AsyncEngine, name: str) -> None:
    for plan in await plans(full, HOT[name]):
        assert plan.scanned_whole - {WAITING} == set(), plan.statement


async def test_a_long_period_is_read_from_spans_by_what_it_is_about_and_from_few_days(full: AsyncEngine) -> None:
    *_, plan = await plans(full, HOT["sums of a period"])

    assert {"pk_rollup_spans", "pk_rollups"} <= plan.indexes
    rows = {node["Relation Name"]: node["Plan Rows"] for node in plan.nodes if "Relation Name" in node}
    assert rows["rollup_spans"] < 8 * 365 / 8


@pytest.mark.parametrize("name", [name for name in HOT if "sums" in name or name == "different users"])
async def test_no_figure_is_made_from_interactions_or_from_users(full: AsyncEngine, name: str) -> None:
    read = {
        node["Relation Name"] for plan in await plans(full, HOT[name]) for node in plan.nodes if "Relation Name" in node
    }

    assert read <= {"rollups", "rollup_spans", "rollup_changes"}


async def test_folding_many_users_takes_as_many_statements_as_folding_two(full: AsyncEngine) -> None:
    two, many = [await plans(full, partial(fold_round, users=users)) for users in (2, 50)]

    assert [plan.statement for plan in many] == [plan.statement for plan in two]


async def test_recording_many_exposures_takes_as_many_statements_as_recording_few(full: AsyncEngine) -> None:
    few, many = [await plans(full, recorded(users)) for users in (1, 300)]

    assert [plan.statement for plan in many] == [plan.statement for plan in few]


async def test_counting_for_many_users_takes_as_many_statements_as_counting_for_few(full: AsyncEngine) -> None:
    few, many = [await plans(full, counted(users)) for users in (1, 150)]

    assert [plan.statement for plan in many] == [plan.statement for plan in few]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("pages of users", "ix_profiles_last_seen_at"),
        ("pages of members", "ix_segment_memberships_members"),
        ("claiming marked ones", "ix_fold_marks_marked_at"),
    ],
)
async def test_lists_are_read_in_the_order_of_an_index(full: AsyncEngine, name: str, index: str) -> None:
    first, *_ = [plan for plan in await plans(full, HOT[name]) if index in plan.indexes]

    assert not first.sorts_too_much, first.statement


async def test_the_few_at_the_highest_risk_are_found_by_it(full: AsyncEngine) -> None:
    (plan,) = await plans(full, HOT["pages of users at risk"])

    assert "ix_profiles_churn_risk" in plan.indexes


async def test_pages_of_interactions_are_read_in_the_order_of_an_index(full: AsyncEngine) -> None:
    for plan in await plans(full, HOT["pages of interactions"]):
        assert not plan.sorts_too_much
        assert any("occurred_at" in index for index in plan.indexes)


@pytest.mark.parametrize(
    ("now", "segments_revision", "models_revision", "index"),
    [
        (datetime(2099, 1, 1, tzinfo=UTC), 1, 1, "ix_profiles_due_at"),
        (NOW, 2, 1, "ix_profiles_segments_revision"),
        (NOW, 1, 2, "ix_profiles_models_revision"),
    ],
)
async def test_profiles_that_wait_without_a_mark_are_found_by_index(
    full: AsyncEngine, now: datetime, segments_revision: int, models_revision: int, index: str
) -> None:
    async def claim(work: PostgresUnitOfWork) -> None:
        await work.profiles.claim(3_050, now, segments_revision, models_revision)  # more than are marked

    found = await plans(full, claim)

    assert any(index in plan.indexes for plan in found)


@pytest.mark.parametrize("order", RuleOrder)
async def test_pages_of_rules_are_read_in_the_order_of_an_index(full: AsyncEngine, order: RuleOrder) -> None:
    ordered = {
        RuleOrder.PRIORITY_DESC: "priority",
        RuleOrder.UPDATED_DESC: "updated_at",
        RuleOrder.NAME_ASC: "sort_name",
    }

    async def page(work: PostgresUnitOfWork) -> None:
        with pytest.raises(ValueError, match="cannot be read"):  # the seeds have no content
            await work.rules.page(RuleFilter(), order, PageRequest(20))

    (plan,) = await plans(full, page)

    assert plan.indexes == {f"ix_rules_{ordered[order]}"}
    assert not plan.sorts_too_much


async def test_the_history_of_a_rule_is_read_by_its_key(full: AsyncEngine) -> None:
    async def history(work: PostgresUnitOfWork) -> None:
        with pytest.raises(KeyError):  # the seeds have no content
            await work.rules.history(RuleId("7"), PageRequest(2))

    (plan,) = await plans(full, history)

    assert plan.indexes == {"pk_rule_revisions"}


@pytest.mark.parametrize("matching", [AuditFilter(), AuditFilter(actor=UserId("ada"))], ids=["all", "of an author"])
async def test_the_audit_log_is_read_in_the_order_of_an_index(full: AsyncEngine, matching: AuditFilter) -> None:
    async def page(work: PostgresUnitOfWork) -> None:
        await work.audit_log.page(matching, PageRequest(20))

    (plan,) = await plans(full, page)

    assert plan.scanned_whole == set(), plan.nodes
    assert not plan.sorts_too_much


@pytest.mark.parametrize(
    ("now", "whole"), [(datetime.now(UTC), {"profiles"}), (datetime.now(UTC) + timedelta(days=29, hours=23), set())]
)
async def test_active_users_are_read_by_index_unless_most_are(
    full: AsyncEngine, now: datetime, whole: set[str]
) -> None:
    sql, excerpt = active_users(now, BucketRange(0, 0.5), Reads(segments=frozenset({POWER})))
    async with full.connect() as connection:
        explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", tuple(excerpt.parameters))
        plan = Plan(sql, tuple(nodes(explained.scalar_one()[0]["Plan"])))

    assert plan.scanned_whole == whole
    assert "pk_segment_memberships" in plan.indexes
    assert bool(whole) or "ix_profiles_last_seen_at" in plan.indexes


async def test_traits_are_searchable_by_index(full: AsyncEngine) -> None:
    async with full.connect() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        explained = await connection.execute(
            text("EXPLAIN (FORMAT JSON) SELECT user_id FROM profiles WHERE traits @> CAST(:wanted AS jsonb)"),
            {"wanted": '{"plan": "pro"}'},
        )
        plan = Plan("", tuple(nodes(explained.scalar_one()[0]["Plan"])))

    assert plan.indexes == {"ix_profiles_traits"}


async def test_a_profile_is_read_by_its_keys_alone_although_that_was_planned_with_empty_tables(
    services: EmbeddedServices,
) -> None:
    url = await new_database(services.database_url)
    await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(PLAN_ONCE)
        await driver.execute(f"PREPARE read AS {READ_BY_KEYS}; EXECUTE read('{{user-1}}')")
        await driver.execute(SEEDS.rpartition(";")[0])
        (explained,) = await driver.fetch("EXPLAIN (FORMAT JSON) EXECUTE read('{user-1}')")
    await engine.dispose()
    plan = [*nodes(explained[0][0]["Plan"])]
    assert {node["Node Type"] for node in plan if "Relation Name" in node} <= {"Index Scan", "Bitmap Heap Scan"}
    assert all("Index Cond" in node for node in plan if "Index Name" in node)
