"""A subscription that ends closes what it was reading, there and then."""

from collections.abc import AsyncGenerator

import pytest

from resolvers.streams import closing, translated


class Source:
    def __init__(self) -> None:
        self.open = 0

    async def numbers(self) -> AsyncGenerator[int, None]:
        self.open += 1
        try:
            yield 1
            yield 2
        finally:
            self.open -= 1


async def test_everything_is_said_in_other_words() -> None:
    assert [text async for text in translated(Source().numbers(), str)] == ["1", "2"]


async def test_closing_the_translation_closes_the_source() -> None:
    source = Source()
    texts = translated(source.numbers(), str)
    assert await anext(texts) == "1"
    assert source.open == 1
    await texts.aclose()
    assert source.open == 0


async def test_a_failure_on_the_way_closes_the_source() -> None:
    source = Source()

    async def fail_after_one() -> None:
        async with closing(source.numbers()) as numbers:
            await anext(numbers)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_one()
    assert source.open == 0
