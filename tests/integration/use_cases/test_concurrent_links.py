"""Is nothing lost and nothing counted twice when users are linked while they are tracked, folded and erased?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from domain.errors import Refused
from domain.model.users import UserId
from domain.rules.profiles import fold_from_scratch
from tests.builders.interactions import MINUTE, interaction
from tests.integration.use_cases.driving import PATIENCE_SECONDS, Driven, key

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from domain.model.interactions import Interaction

T = TypeVar("T")

BATCHES = 12
# Known ids before and after those of visitors in the order in which rows are locked, and one who is new.
KNOWN = [UserId("ada"), UserId("zoe"), UserId("new")]
VISITORS = [UserId(f"visitor-{number}") for number in range(6)]
OF = {visitor: KNOWN[number % 3] for number, visitor in enumerate(VISITORS)}


async def together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """What they answer; when one fails, the others are ended."""
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


async def track(engine: Driven, name: str, *users: UserId) -> list[Interaction]:
    """Everything that was acknowledged; each batch is about all of these users, some of it said twice."""
    done: list[Interaction] = []
    for batch in range(BATCHES):
        some = [
            interaction(engine.now() - batch * MINUTE, user_id=user_id, key=key(f"{name}-{batch}-{user_id}"))
            for user_id in users
        ]
        receipt = await engine.use_cases.track([*some, some[0]])
        assert receipt.accepted == len(some)
        done += some
    return done


async def received(engine: Driven, user_id: UserId) -> list[Interaction]:
    async with engine.use_cases.begin() as work:
        return [recorded.interaction async for recorded in work.interactions.received_after(user_id, 0)]


async def link(engine: Driven, visitors: list[UserId]) -> None:
    for visitor in visitors:
        await engine.use_cases.link_users(visitor, OF[visitor])


async def fold(engine: Driven) -> None:
    for _ in range(BATCHES):
        await engine.engine.worker.fold_all()
        await asyncio.sleep(0)


async def test_what_is_tracked_and_folded_meanwhile_is_there_exactly_once(engine: Driven, other_engine: Driven) -> None:
    await engine.track(*(interaction(user_id=user_id, key=key("before")) for user_id in (*KNOWN[:2], *VISITORS)))
    tracked = await together(
        track(engine, "a", *VISITORS),
        track(other_engine, "b", *VISITORS[::-1]),
        track(engine, "c", *KNOWN, *VISITORS),
        track(other_engine, "d", *KNOWN),
        fold(engine),
        fold(other_engine),
        link(engine, VISITORS[:3]),
        link(other_engine, VISITORS[3:]),
    )
    await engine.fold()

    acknowledged = [one for done in tracked if done for one in done]
    for known in KNOWN:
        own = {one.key for one in acknowledged if OF.get(one.user_id, one.user_id) == known}
        everything = await received(engine, known)
        assert sorted(one.key for one in everything) == sorted(own | {key("before")})
        assert (await engine.profile(known)).history == fold_from_scratch(everything)
    for visitor in VISITORS:
        assert await received(engine, visitor) == []


async def test_one_anonymous_user_claimed_by_several_at_once_belongs_to_one_of_them(
    engine: Driven, other_engine: Driven
) -> None:
    await engine.track(*(interaction(user_id=VISITORS[0], key=key(number)) for number in range(5)))

    async def claim(process: Driven, known: UserId) -> bool:
        try:
            await process.use_cases.link_users(VISITORS[0], known)
        except Refused:
            return False
        return True

    claims = [(engine, KNOWN[0]), (other_engine, KNOWN[1]), (engine, KNOWN[2])] * 2
    won = await together(*(claim(*one) for one in claims))

    owners = {known for (_, known), has_won in zip(claims, won, strict=True) if has_won}
    assert len(owners) == 1
    assert [len(await received(engine, known)) for known in KNOWN] == [5 * (known in owners) for known in KNOWN]


async def test_linking_choosing_and_erasing_at_once_ends_without_deadlock(engine: Driven, other_engine: Driven) -> None:
    async def erase() -> None:
        for _ in range(4):
            for known in KNOWN:
                await other_engine.use_cases.erase_user(known)

    async def choose() -> None:
        for number in range(12):
            await engine.use_cases.set_personalization(KNOWN[number % 3], enabled=number % 2 > 0, use_of_models=True)

    async def tracking(process: Driven, users: list[UserId]) -> None:
        for batch in range(BATCHES):
            await process.use_cases.track([interaction(user_id=user_id, key=key(batch)) for user_id in users])

    await together(
        link(engine, VISITORS * 2),
        erase(),
        choose(),
        tracking(engine, [*VISITORS, *KNOWN]),
        tracking(other_engine, [*KNOWN, *VISITORS]),
        fold(engine),
        fold(other_engine),
    )

    for known in KNOWN:
        await engine.use_cases.set_personalization(known, enabled=True, use_of_models=True)
        await engine.fold()
        assert (await engine.profile(known)).history == fold_from_scratch(await received(engine, known))
