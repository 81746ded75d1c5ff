"""Is every interaction folded exactly once, whoever writes, folds, chooses and erases at the same time?"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from domain.model.interactions import InteractionKey
from domain.model.profiles import History, Profile
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.assignments import AssignmentKey
from tests.builders.assignments import build_application, build_applied
from tests.builders.interactions import interaction
from tests.builders.rules import build_rule
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.ports.profiles import StoredProfile
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADA, GRACE = UserId("ada"), UserId("grace")
BUSY = SegmentKey("busy")
PATIENCE_SECONDS = 30.0


async def track(begin: UnitsOfWork, *keys: str, user_id: UserId = ADA) -> int:
    async with begin() as work:
        done = [interaction(user_id=user_id, key=InteractionKey(key)) for key in keys]
        receipt = await work.interactions.add(done, NOW)
        await work.commit()
    return receipt.accepted


@dataclass
class Worker:
    """Folds as the engine's worker does, and remembers what went into profiles that were committed."""

    begin: UnitsOfWork
    folded: Counter[tuple[UserId, str]] = field(default_factory=Counter)

    async def work_once(self, limit: int = 5) -> int:
        async with self.begin() as work:
            claimed = await work.profiles.claim(limit, NOW, segments_revision=1, models_revision=0)
            keys = [key for stored in claimed for key in await self._fold(work, stored)]
            await work.commit()
        self.folded.update(keys)
        return len(claimed)

    async def _fold(self, work: UnitOfWork, stored: StoredProfile) -> list[tuple[UserId, str]]:
        user_id = stored.profile.user_id
        news = [r async for r in work.interactions.received_after(user_id, stored.folded_through)]
        history = History(interactions=stored.profile.history.interactions + len(news))
        profile = Profile(
            user_id, stored.profile.revision + 1, history, memberships=(SegmentMembership(BUSY, 0.9, NOW),)
        )
        through = max([stored.folded_through, *(r.sequence for r in news)])
        await work.profiles.save(replace(stored, profile=profile, folded_through=through), None, 1)
        return [(user_id, r.interaction.key) for r in news]


async def waits_for_a_lock(engine: AsyncEngine, task: asyncio.Future[Any]) -> None:
    """Return once the server says that somebody waits for a lock; the task is then known not to be done."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(PATIENCE_SECONDS), engine.connect() as connection:
        while not task.done() and not (await connection.execute(waiting)).scalar_one():
            await connection.rollback()
    assert not task.done()


async def within_patience(*tasks: Awaitable[object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*tasks)


async def test_sequences_of_one_user_grow_in_the_order_of_commits(begin: UnitsOfWork, engine: AsyncEngine) -> None:
    async with begin() as first:
        await first.interactions.add([interaction(user_id=ADA, key=InteractionKey("first"))], NOW)
        second = asyncio.ensure_future(track(begin, "second"))
        await waits_for_a_lock(engine, second)
        await first.interactions.add([interaction(user_id=ADA, key=InteractionKey("first-too"))], NOW)
        await first.commit()
    await second

    async with begin() as work:
        order = [r.interaction.key async for r in work.interactions.received_after(ADA, 0)]
    assert order == ["first", "first-too", "second"]


async def test_writers_of_different_users_do_not_wait_for_each_other(begin: UnitsOfWork) -> None:
    async with begin() as first:
        await first.interactions.add([interaction(user_id=ADA)], NOW)

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await track(begin, "k", user_id=GRACE) == 1


async def test_tracking_does_not_wait_for_a_worker_that_is_folding_the_user(begin: UnitsOfWork) -> None:
    await track(begin, "before")
    async with begin() as work:
        (claimed,) = await work.profiles.claim(1, NOW, 1, 0)
        await work.profiles.save(claimed, None, 1)

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await track(begin, "meanwhile") == 1


async def test_what_is_tracked_while_a_worker_folds_is_folded_next_and_only_then(begin: UnitsOfWork) -> None:
    worker = Worker(begin)
    await track(begin, "before")
    async with begin() as work:
        (claimed,) = await work.profiles.claim(1, NOW, 1, 0)
        folded = [r async for r in work.interactions.received_after(ADA, claimed.folded_through)]
        await track(begin, "meanwhile")
        await work.profiles.save(replace(claimed, folded_through=folded[-1].sequence), None, 1)
        await work.commit()

    assert await worker.work_once() == 1
    assert worker.folded == {(ADA, "meanwhile"): 1}
    assert await worker.work_once() == 0


async def test_a_worker_does_not_wait_for_a_tracker_and_leaves_its_mark(begin: UnitsOfWork) -> None:
    worker = Worker(begin)
    await track(begin, "before")
    async with begin() as tracking:
        await tracking.interactions.add([interaction(user_id=ADA, key=InteractionKey("uncommitted"))], NOW)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await worker.work_once() == 1
        await tracking.commit()

    assert await worker.work_once() == 1
    assert worker.folded == {(ADA, "before"): 1, (ADA, "uncommitted"): 1}


async def test_workers_and_trackers_at_once_fold_everything_exactly_once(begin: UnitsOfWork) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    users = [UserId(f"user-{i}") for i in range(8)]
    workers = [Worker(begin) for _ in range(3)]
    tracking = True

    async def tracker(name: str) -> int:
        accepted = 0
        for call in range(15):
            done = [
                interaction(user_id=chance.choice(users), key=InteractionKey(f"{name}-{call}-{i}")) for i in range(6)
            ]
            done.append(replace(done[0]))
            async with begin() as work:
                accepted += (await work.interactions.add(done, NOW)).accepted
                await work.commit()
        return accepted

    async def work(worker: Worker) -> None:
        busy = True
        while busy or tracking:
            busy = await worker.work_once() > 0

    async with asyncio.timeout(PATIENCE_SECONDS):
        working = [asyncio.ensure_future(work(worker)) for worker in workers]
        accepted = sum(await asyncio.gather(*(tracker(f"t{i}") for i in range(4))))
        tracking = False
        await asyncio.gather(*working)

    folded = sum((worker.folded for worker in workers), Counter[tuple[UserId, str]]())
    assert accepted == 4 * 15 * 6
    assert set(folded.values()) == {1}
    assert folded.total() == accepted
    async with begin() as checking:
        profiles = await checking.profiles.of_users(users)
    assert sum(profile.history.interactions for profile in profiles.values()) == accepted


async def test_overlapping_bulks_in_opposite_orders_do_not_deadlock(begin: UnitsOfWork) -> None:
    users = [UserId(f"user-{i}") for i in range(40)]

    async def bulk(name: str, order: list[UserId]) -> None:
        for call in range(5):
            async with begin() as work:
                done = [interaction(user_id=user_id, key=InteractionKey(f"{name}-{call}")) for user_id in order]
                await work.interactions.add(done, NOW)
                await work.commit()

    await within_patience(*(bulk(f"b{i}", users[:: 1 if i % 2 else -1]) for i in range(6)))

    async with begin() as work:
        assert [len([r async for r in work.interactions.received_after(u, 0)]) for u in users] == [30] * 40


async def test_the_same_batch_sent_twice_at_once_is_stored_once(begin: UnitsOfWork) -> None:
    keys = [f"key-{i}" for i in range(200)]

    accepted = await asyncio.gather(*(track(begin, *keys) for _ in range(4)))

    assert sorted(accepted) == [0, 0, 0, 200]


async def test_tracking_waits_for_a_choice_being_made_and_then_obeys_it(
    begin: UnitsOfWork, engine: AsyncEngine
) -> None:
    await track(begin, "before")
    async with begin() as work:
        await work.users.choose(ADA, PersonalizationChoice(enabled=False))
        tracking = asyncio.ensure_future(track(begin, "after"))
        await waits_for_a_lock(engine, tracking)
        await work.commit()

    assert await tracking == 0


async def test_erasing_waits_for_the_worker_that_holds_the_user_and_then_leaves_nothing(
    begin: UnitsOfWork, engine: AsyncEngine
) -> None:
    async def erase() -> bool:
        async with begin() as work:
            erased = await work.users.erase(ADA)
            await work.commit()
        return erased

    await track(begin, "k")
    async with begin() as work:
        (claimed,) = await work.profiles.claim(1, NOW, 1, 0)
        erasing = asyncio.ensure_future(erase())
        await waits_for_a_lock(engine, erasing)
        profile = replace(claimed.profile, revision=1, memberships=(SegmentMembership(BUSY, 0.9, NOW),))
        await work.profiles.save(replace(claimed, profile=profile), None, 1)
        await work.commit()

    assert await erasing
    async with begin() as work:
        assert await work.profiles.of_users([ADA]) == {}
        assert await work.segments.sizes([BUSY]) == {BUSY: 0}


@dataclass(frozen=True, slots=True)
class Turmoil:
    """Everything that can be done to a few users, again and again."""

    begin: UnitsOfWork
    users: list[UserId]

    async def erase(self) -> None:
        for user_id in self.users[:2] * 4:
            async with self.begin() as work:
                await work.users.erase(user_id)
                await work.commit()
            await track(self.begin, "again", user_id=user_id)

    async def choose(self) -> None:
        for number, user_id in enumerate(self.users[1:] * 4):
            async with self.begin() as work:
                await work.profiles.lock(user_id)
                await work.users.choose(user_id, PersonalizationChoice(enabled=number % 3 > 0))
                await work.commit()

    async def redefine(self) -> None:
        for _ in range(8):
            async with self.begin() as work:
                await work.segments.save(build_segment(BUSY))
                await work.segments.delete(BUSY)
                await work.rule_sets.advance_segments()
                await work.commit()

    async def fold(self) -> None:
        for _ in range(15):
            await Worker(self.begin).work_once()

    async def track(self, name: str) -> None:
        for call in range(8):
            async with self.begin() as work:
                done = [interaction(user_id=user_id, key=InteractionKey(f"{name}-{call}")) for user_id in self.users]
                await work.interactions.add(done, NOW)
                await work.commit()

    async def expose(self, name: str) -> None:
        """Of half of the users in one order and of all in the other."""
        for call in range(8):
            some = self.users[::2] if call % 2 else self.users[::-1]
            async with self.begin() as work:
                rules = ("r1", f"{name}-{call}")
                exposures = [build_application(u, build_applied(rule, call + 1)) for rule in rules for u in some]
                await work.assignments.record(exposures)
                await work.commit()

    async def override(self) -> None:
        for call, user_id in enumerate(self.users * 2):
            async with self.begin() as work:
                await work.profiles.lock(user_id)
                await work.assignments.override(user_id, build_applied("r1", call % 3, overridden=True), NOW)
                await work.assignments.remove_override(AssignmentKey(user_id, RuleId("r1"), call % 2))
                await work.commit()


async def add_rules(begin: UnitsOfWork, *rule_ids: str) -> None:
    async with begin() as work:
        for rule_id in rule_ids:
            await work.rules.add(build_rule(rule_id), RuleChangeKind.CREATED)
        await work.commit()


async def test_everything_at_once_ends_without_deadlock(begin: UnitsOfWork) -> None:
    turmoil = Turmoil(begin, [UserId(f"user-{i}") for i in range(6)])
    await add_rules(begin, "r1", *(f"{name}-{call}" for name in ("c", "d") for call in range(8)))

    await within_patience(
        turmoil.erase(),
        turmoil.choose(),
        turmoil.redefine(),
        turmoil.fold(),
        turmoil.fold(),
        turmoil.track("a"),
        turmoil.track("b"),
        turmoil.expose("c"),
        turmoil.expose("d"),
        turmoil.override(),
    )
    async with begin() as work:
        assert set(await work.profiles.of_users(turmoil.users)) <= set(turmoil.users)


@pytest.mark.parametrize("known", [True, False])
async def test_two_who_lock_a_profile_take_turns(begin: UnitsOfWork, engine: AsyncEngine, *, known: bool) -> None:
    if known:
        await track(begin, "k")

    async def raise_revision() -> int:
        async with begin() as work:
            stored = await work.profiles.lock(ADA)
            revision = stored.profile.revision + 1
            await work.profiles.save(replace(stored, profile=replace(stored.profile, revision=revision)), None, 1)
            await work.commit()
        return revision

    async with begin() as work:
        stored = await work.profiles.lock(ADA)
        other = asyncio.ensure_future(raise_revision())
        await waits_for_a_lock(engine, other)
        await work.profiles.save(replace(stored, profile=replace(stored.profile, revision=1)), None, 1)
        await work.commit()

    assert await other == 2


async def test_many_who_record_the_same_exposure_at_once_store_one_and_count_all(begin: UnitsOfWork) -> None:
    await add_rules(begin, "r1")
    users = [f"user-{i}" for i in range(20)]

    async def record(order: int) -> frozenset[AssignmentKey]:
        async with begin() as work:
            recorded = await work.assignments.record([build_application(user) for user in users[::order]])
            await work.commit()
        return recorded.first_exposures

    firsts = await asyncio.gather(*(record(order) for order in (1, -1, 1, -1, 1)))

    assert sorted(map(len, firsts)) == [0, 0, 0, 0, 20]
    async with begin() as work:
        stored = await work.assignments.of_users([UserId(user) for user in users])
        profiles = await work.profiles.of_users([UserId(user) for user in users])
    assert [[one.times_applied for one in stored[UserId(user)]] for user in users] == [[5]] * 20
    assert {profile.revision for profile in profiles.values()} == {1}


async def test_a_worker_passes_over_users_whose_exposures_are_being_recorded(begin: UnitsOfWork) -> None:
    await add_rules(begin, "r1")
    await track(begin, "before")
    worker = Worker(begin)
    assert await worker.work_once() == 1
    async with begin() as recording:
        await recording.assignments.record([build_application(applied=build_applied(), was_known=True)])
        assert await track(begin, "meanwhile", user_id=GRACE) == 1
        assert await worker.work_once() == 1
        await recording.commit()

    assert worker.folded.keys() == {(ADA, "before"), (GRACE, "meanwhile")}
    assert await worker.work_once() == 1


async def test_what_was_delivered_to_who_is_being_linked_is_recorded_for_whom_they_turn_out_to_be(
    begin: UnitsOfWork, engine: AsyncEngine
) -> None:
    await add_rules(begin, "r1")
    await track(begin, "before", user_id=ADA)
    await track(begin, "before", user_id=GRACE)

    async def record() -> frozenset[AssignmentKey]:
        async with begin() as work:
            recorded = await work.assignments.record([build_application(GRACE, was_known=True)])
            await work.commit()
        return recorded.first_exposures

    async with begin() as linking:
        for user_id in (ADA, GRACE):
            await linking.profiles.lock(user_id)
        await linking.links.join(GRACE, ADA, NOW, keep_interactions=True)
        recording = asyncio.ensure_future(record())
        await waits_for_a_lock(engine, recording)
        await linking.commit()

    assert await recording == {AssignmentKey(ADA, RuleId("r1"), 1)}


async def test_a_choice_being_made_is_waited_for_and_then_obeyed_by_who_records(
    begin: UnitsOfWork, engine: AsyncEngine
) -> None:
    await add_rules(begin, "r1")
    await track(begin, "before")

    async def record() -> int:
        async with begin() as work:
            recorded = await work.assignments.record([build_application()])
            await work.commit()
        return len(recorded.first_exposures)

    async with begin() as work:
        await work.profiles.lock(ADA)
        await work.users.choose(ADA, PersonalizationChoice(enabled=False))
        recording = asyncio.ensure_future(record())
        await waits_for_a_lock(engine, recording)
        await work.commit()

    assert await recording == 0
