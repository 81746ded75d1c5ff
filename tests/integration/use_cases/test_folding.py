"""Does a profile come to hold exactly what was tracked, whatever happens in between?"""

from __future__ import annotations

import asyncio
import random
from collections import Counter as Tally
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from domain.errors import Refused
from domain.model.configs import UpdateCause
from domain.model.interactions import Device, Interaction, InteractionKind
from domain.model.news import ProfileChanged
from domain.model.profiles import Preferences
from domain.model.users import UserId
from domain.ports.interactions import Receipt
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.instants import microseconds
from domain.rules.profiles import fold_from_scratch
from domain.use_cases.profiles import READ_PER_BUSY_USER, READ_PER_USER, PreferencesChange
from persistence.postgres.engine import create_engine
from tests.builders.interactions import DAY, HOUR, MINUTE, feature_use, interaction
from tests.integration.use_cases.driving import Driven, key, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from domain.model.profiles import Profile
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

FEATURES = ("export", "import", "search", "share")


def some_interactions(users: int, each: int, now: datetime, seed: int = 7) -> list[Interaction]:
    """What many users did within 200 days, in no order."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret is drawn
    return [
        Interaction(
            key=key(f"k{number}"),
            user_id=UserId(f"user-{user}"),
            kind=chance.choice((InteractionKind.FEATURE_USE, InteractionKind.PAGE_VIEW, InteractionKind.CONVERSION)),
            occurred_at=now - timedelta(seconds=chance.randrange(200 * 86_400)),
            target=chance.choice(FEATURES),
            device=chance.choice((None, *Device)),
            value=chance.choice((None, 1.25)),
        )
        for user in range(users)
        for number in range(each)
    ]


async def assert_folded(engine: Driven, tracked: Sequence[Interaction]) -> None:
    """Every profile is the fold of what is stored, and holds the figures of `tracked` counted another way."""
    for user_id in {i.user_id for i in tracked}:
        profile = await engine.profile(user_id)
        async with engine.use_cases.begin() as work:
            stored = [r.interaction async for r in work.interactions.received_after(user_id, 0)]
        assert profile.history == fold_from_scratch(stored)
        assert (await engine.stored(user_id)).habits == habits_from_scratch(stored)
        own = list({i.key: i for i in tracked if i.user_id == user_id}.values())
        uses = Tally(i.target for i in own if i.kind is InteractionKind.FEATURE_USE)
        assert profile.history.interactions == len(own)
        assert profile.history.conversions == sum(i.kind is InteractionKind.CONVERSION for i in own)
        assert profile.history.value_micros == sum(1_250_000 for i in own if i.value is not None)
        assert {feature: known.uses for feature, known in profile.history.features.items()} == uses
        assert profile.history.last_seen_us == microseconds(max(i.occurred_at for i in own))
        assert profile.history.older_sessions + len(profile.history.sessions) == sessions_in(own)


def sessions_in(interactions: Sequence[Interaction]) -> int:
    instants = sorted(i.occurred_at for i in interactions)
    return 1 + sum(later - earlier > timedelta(minutes=30) for earlier, later in pairwise(instants))


async def test_two_workers_at_once_fold_everything_exactly_once(engine: Driven, other_engine: Driven) -> None:
    tracked = some_interactions(users=120, each=12, now=engine.now())
    for start in range(0, len(tracked), 97):
        portion = tracked[start : start + 97]
        await soon(
            asyncio.gather(
                engine.track(*portion), engine.engine.worker.fold_all(), other_engine.engine.worker.fold_all()
            )
        )
    await asyncio.gather(engine.fold(), other_engine.fold())

    await assert_folded(engine, tracked)


async def test_duplicates_within_and_across_batches_count_once(engine: Driven) -> None:
    now = engine.now()
    first = [interaction(now - MINUTE, user_id=UserId("ada"), key=key(k)) for k in ("a", "b", "a")]
    again = [interaction(now - HOUR, user_id=UserId("ada"), key=key(k)) for k in ("b", "c")]

    assert await engine.track(*first) == Receipt(accepted=2, duplicates=1, ignored=0)
    await engine.fold()
    assert await engine.track(*again) == Receipt(accepted=1, duplicates=1, ignored=0)
    await engine.fold()

    assert (await engine.profile("ada")).history.interactions == 3


async def test_interactions_from_months_ago_are_folded_from_scratch(engine: Driven) -> None:
    now = engine.now()
    recent = [feature_use("export", now - n * 20 * DAY, user_id=UserId("ada"), key=key(n)) for n in range(12)]
    late = [
        feature_use("import", now - 199 * DAY + n * HOUR, user_id=UserId("ada"), key=key(f"l{n}")) for n in range(3)
    ]
    for batch in (recent, late):
        await engine.track(*batch)
        await engine.fold()

    await assert_folded(engine, [*recent, *late])


async def test_a_user_who_did_very_much_is_folded_to_the_end(engine: Driven) -> None:
    tracked = some_interactions(users=2, each=READ_PER_USER + READ_PER_BUSY_USER, now=engine.now())
    tracked += some_interactions(users=4, each=READ_PER_USER, now=engine.now())[2 * READ_PER_USER :]
    await engine.track(*tracked[::-1])
    await engine.fold()

    await assert_folded(engine, tracked)


async def test_a_unit_of_work_that_has_folded_very_much_leaves_the_others_to_the_next(
    engine: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.use_cases.profiles.INTERACTIONS_PER_UNIT_OF_WORK", 20)
    tracked = some_interactions(users=5, each=12, now=engine.now())
    await engine.track(*tracked)
    fold = engine.engine.worker.fold

    assert [await fold(), await fold(), await fold(), await fold()] == [2, 2, 1, 0]
    await assert_folded(engine, tracked)


async def test_recomputing_gives_what_folding_gave_and_is_no_news(engine: Driven) -> None:
    tracked = some_interactions(users=1, each=40, now=engine.now())
    for one in tracked:
        await engine.track(one)
        await engine.fold()
    folded = await engine.profile("user-0")

    assert await engine.use_cases.recompute_profile(UserId("user-0")) == folded
    assert await engine.profile("user-0") == folded


async def test_recomputing_brings_nobody_into_being(engine: Driven) -> None:
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.recompute_profile(UserId("ada"))

    assert [(problem.code, problem.path) for problem in refusal.value.problems] == [("NOT_FOUND", ("userId",))]
    async with engine.use_cases.begin() as work:
        assert await work.profiles.of_users([UserId("ada")]) == {}


async def test_recomputing_folds_what_no_worker_has_folded_yet(engine: Driven) -> None:
    await engine.track(interaction(engine.now(), user_id=UserId("ada"), key=key("a")))

    assert (await engine.use_cases.recompute_profile(UserId("ada"))).history.interactions == 1
    assert await engine.engine.worker.fold() == 0


@dataclass(frozen=True, slots=True)
class RollingBack:
    """Units of work of which the next ones end right before they would commit."""

    begin: UnitsOfWork
    failures: list[Exception]

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        async with self.begin() as work:
            yield FailingAtCommit(work, self.failures)  # type: ignore[misc]  # delegates everything else


class FailingAtCommit:
    def __init__(self, work: UnitOfWork, failures: list[Exception]) -> None:
        self._work = work
        self._failures = failures

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)

    async def commit(self) -> None:
        if self._failures:
            raise self._failures.pop()
        await self._work.commit()


async def test_what_a_worker_rolled_back_is_folded_by_the_next_one_exactly_once(engine: Driven) -> None:
    tracked = some_interactions(users=5, each=10, now=engine.now())
    await engine.track(*tracked)
    failing = replace(engine.engine.worker.fold, begin=RollingBack(engine.use_cases.begin, [ConnectionError("gone")]))

    with pytest.raises(ConnectionError):
        await failing()
    assert (await engine.profile("user-0")).revision == 0
    await failing()

    await assert_folded(engine, tracked)


async def test_a_mark_without_anything_new_changes_nothing_and_is_no_news(engine: Driven) -> None:
    await engine.track(interaction(engine.now() - 3 * DAY, user_id=UserId("ada"), key=key("a")))
    await engine.fold()
    folded = await engine.profile("ada")
    heard = len([n for n in engine.bus.acted_on if isinstance(n, ProfileChanged)])
    engine.clock.advance(timedelta(seconds=5))

    await mark(engine, "ada")
    await engine.fold()

    assert await engine.profile("ada") == folded
    assert len([n for n in engine.bus.acted_on if isinstance(n, ProfileChanged)]) == heard
    assert await engine.engine.worker.fold() == 0


async def mark(engine: Driven, user_id: str) -> None:
    """As is left when a worker folded, with what it had seen marked, also what came meanwhile."""
    database = create_engine(str(engine.settings.database_url), pool_size=1)
    async with database.begin() as connection:
        await connection.execute(
            text("INSERT INTO fold_marks (user_id, marked_at) VALUES (:user_id, now())"), {"user_id": user_id}
        )
    await database.dispose()


async def test_a_due_assessment_that_changes_nothing_keeps_the_revision(engine: Driven) -> None:
    await engine.track(*(interaction(engine.now() - n * DAY, user_id=UserId("ada"), key=key(n)) for n in (90, 95)))
    await engine.fold()
    folded = await engine.profile("ada")

    engine.clock.advance(DAY)

    assert await engine.engine.worker.fold() == 1
    assert await engine.profile("ada") == folded
    assert await engine.engine.worker.fold() == 0


async def test_a_due_assessment_that_changes_a_segment_is_news(engine: Driven) -> None:
    await engine.track(interaction(engine.now(), user_id=UserId("ada"), key=key("a")))
    await engine.fold()
    assert segments_of(await engine.profile("ada")) == {"new_user"}

    for _ in range(15):
        engine.clock.advance(DAY)
        await engine.fold()

    assert segments_of(await engine.profile("ada")) == {"casual_user"}
    left = [n for n in engine.bus.acted_on if getattr(n, "segment", None) == "new_user"]
    assert [getattr(n, "joined", None) for n in left] == [True, False]


def segments_of(profile: Profile) -> set[str]:
    return {m.segment for m in profile.memberships if m.counts}


async def test_what_was_tracked_before_a_trait_is_declared_is_folded_afterwards(engine: Driven) -> None:
    await engine.track(interaction(engine.now(), user_id=UserId("ada"), key=key("a")))
    await engine.use_cases.update_profile(UserId("ada"), {"plan": "pro"}, PreferencesChange(Preferences(), frozenset()))

    await engine.fold()

    profile = await engine.profile("ada")
    assert (profile.history.interactions, profile.traits) == (1, {"plan": "pro"})


async def test_changing_the_use_of_models_forgets_nothing_tracked_before(engine: Driven) -> None:
    await engine.track(interaction(engine.now(), user_id=UserId("ada"), key=key("a")))
    await engine.use_cases.set_personalization(UserId("ada"), enabled=True, use_of_models=False)

    await engine.fold()

    assert (await engine.profile("ada")).history.interactions == 1


async def test_declaring_what_is_declared_already_is_no_news(engine: Driven) -> None:
    nothing = PreferencesChange(Preferences(), frozenset())
    first = await engine.use_cases.update_profile(UserId("ada"), {"plan": "pro"}, nothing)
    again = await engine.use_cases.update_profile(UserId("ada"), {"plan": "pro"}, nothing)
    other = await engine.use_cases.update_profile(UserId("ada"), {"plan": None}, nothing)

    assert first.revision == again.revision == 1
    assert (other.revision, other.traits) == (2, {})
    await engine.settled()
    assert [n for n in engine.bus.acted_on if isinstance(n, ProfileChanged)] == [
        ProfileChanged(UserId("ada"), revision, UpdateCause.PROFILE_CHANGED) for revision in (1, 2)
    ]
