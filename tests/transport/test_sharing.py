"""An event to many is put into words once, and nobody is sent what was made for somebody else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from transport.sharing import Answer, SharedAnswers


@dataclass(slots=True)
class Maker:
    """Makes an answer when allowed to, and counts how often it was asked."""

    answer: Answer = field(default_factory=lambda: Answer(b"{}", flawless=True))
    allowed: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0

    async def __call__(self) -> Answer:
        self.made += 1
        await self.allowed.wait()
        return self.answer


async def test_an_answer_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    shared, make = SharedAnswers(10), Maker()
    asking = [asyncio.create_task(shared.answer("key", make)) for _ in range(5)]
    await asyncio.sleep(0)
    make.allowed.set()

    assert await asyncio.gather(*asking) == [make.answer] * 5
    assert await shared.answer("key", make) is make.answer
    assert make.made == 1


async def test_other_keys_have_other_answers() -> None:
    shared = SharedAnswers(10)
    one, other = Maker(Answer(b"1", flawless=True)), Maker(Answer(b"2", flawless=True))
    one.allowed.set()
    other.allowed.set()

    assert (await shared.answer("one", one)).body == b"1"
    assert (await shared.answer("other", other)).body == b"2"


async def test_a_flawed_answer_is_told_but_not_kept() -> None:
    shared, make = SharedAnswers(10), Maker(Answer(b"{}", flawless=False))
    make.allowed.set()

    await shared.answer("key", make)
    await shared.answer("key", make)

    assert make.made == 2


async def test_a_failure_reaches_everybody_and_is_not_kept() -> None:
    shared = SharedAnswers(10)

    async def fail() -> Answer:
        await asyncio.sleep(0)
        raise ValueError("no answer")

    asking = [asyncio.create_task(shared.answer("key", fail)) for _ in range(3)]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3
    assert len(shared) == 0


async def test_a_subscriber_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    shared, make = SharedAnswers(10), Maker()
    leaving, staying = (asyncio.create_task(shared.answer("key", make)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    make.allowed.set()

    assert await staying is make.answer


async def test_the_least_recently_used_answers_go_first() -> None:
    shared, make = SharedAnswers(2), Maker()
    make.allowed.set()
    for key in ("a", "b", "a", "c", "a"):
        await shared.answer(key, make)

    assert len(shared) == 2
    assert make.made == 3
