"""A time limit holds for whatever waits, and changes nothing for what need not be waited for."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from transport.waiting import in_time

PATIENCE_SECONDS = 30.0


async def at_once() -> str:
    return "at once"


async def after_turns() -> str:
    await asyncio.sleep(0)
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(told.set_result, "after some turns")
    return await told


async def fails_at_once() -> str:
    raise LookupError("at once")


async def fails_after_a_turn() -> str:
    await asyncio.sleep(0)
    raise LookupError("later")


async def recovers() -> str:
    broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(broken.set_exception, LookupError("broken"))
    try:
        return await broken
    except LookupError:
        await asyncio.sleep(0)
        return "recovered"


@pytest.mark.parametrize("coroutine", [at_once, after_turns, recovers])
async def test_it_answers_as_if_there_were_no_limit(coroutine: Callable[[], Awaitable[str]]) -> None:
    assert await in_time(coroutine(), PATIENCE_SECONDS) == await coroutine()


@pytest.mark.parametrize("coroutine", [fails_at_once, fails_after_a_turn])
async def test_what_fails_fails_as_if_there_were_no_limit(coroutine: Callable[[], Awaitable[str]]) -> None:
    with pytest.raises(LookupError):
        await in_time(coroutine(), PATIENCE_SECONDS)


async def test_what_is_no_coroutine_is_awaited_too() -> None:
    assert await in_time(asyncio.ensure_future(after_turns()), PATIENCE_SECONDS) == "after some turns"


async def test_what_waits_too_long_is_ended_and_says_so() -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("in the end")

    with pytest.raises(TimeoutError):
        await in_time(never(), 0)
    assert ended == ["in the end"]


async def test_who_is_cancelled_cancels_what_it_waits_for() -> None:
    waits, ended = asyncio.Event(), []

    async def never() -> None:
        try:
            waits.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    task = asyncio.ensure_future(in_time(never(), PATIENCE_SECONDS))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]


async def test_a_limit_inside_a_limit_holds() -> None:
    async def inner() -> str:
        with pytest.raises(TimeoutError):
            await in_time(asyncio.Event().wait(), 0)
        return "went on"

    assert await in_time(inner(), PATIENCE_SECONDS) == "went on"
