"""Many things of a kind are loaded at once, each once."""

import asyncio
import gc
from collections.abc import Mapping, Sequence

import pytest

from resolvers.loaders import Loader


class Store:
    """Counts how it is asked; knows every word but "unknown"."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.was_asked = asyncio.Event()
        self.answering = asyncio.Event()
        self.answering.set()

    async def lengths(self, words: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(list(words))
        self.was_asked.set()
        await self.answering.wait()
        if "unknown" in words:
            raise LookupError("unknown")
        return {word: len(word) for word in words}


async def test_what_is_asked_for_in_one_turn_is_loaded_at_once_and_each_key_once() -> None:
    store = Store()
    loader = Loader(store.lengths)
    assert await asyncio.gather(*(loader.load(word) for word in ("a", "bb", "a", "ccc"))) == [1, 2, 1, 3]
    assert store.asked == [["a", "bb", "ccc"]]


async def test_what_was_loaded_is_remembered() -> None:
    store = Store()
    loader = Loader(store.lengths)
    assert [await loader.load("a"), await loader.load("a"), await loader.load("bb")] == [1, 1, 2]
    assert store.asked == [["a"], ["bb"]]


async def test_a_failure_reaches_everybody_who_waits() -> None:
    loader = Loader(Store().lengths)
    outcomes = await asyncio.gather(*(loader.load(word) for word in ("a", "unknown")), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]


async def test_who_gives_up_does_not_take_the_answer_from_others() -> None:
    store = Store()
    store.answering.clear()
    loader = Loader(store.lengths)
    impatient, patient = asyncio.create_task(loader.load("a")), asyncio.create_task(loader.load("a"))
    await store.was_asked.wait()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    store.answering.set()
    assert await patient == 1
    assert store.asked == [["a"]]


@pytest.mark.parametrize("leaves", ["before it is asked", "while it is asked", "never"])
async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged(leaves: str) -> None:
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, complaint: complaints.append(complaint))
    try:
        store = Store()
        store.answering.clear()
        waiting = asyncio.create_task(Loader(store.lengths).load("unknown"))
        await (asyncio.sleep(0) if leaves == "before it is asked" else store.was_asked.wait())
        if leaves != "never":
            waiting.cancel()
        store.answering.set()
        outcome = (await asyncio.gather(waiting, return_exceptions=True))[0]
        assert isinstance(outcome, LookupError if leaves == "never" else asyncio.CancelledError)
        del waiting, outcome
        for _ in range(5):
            await asyncio.sleep(0)
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert complaints == []
