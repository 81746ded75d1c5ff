"""Is everything of a response written, in its order, and the head not alone?"""

from __future__ import annotations

import asyncio
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from app.joined_writes import JoinedWrites


class Wire:
    """Remembers what was written together, and whether it was closed."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def joined(wire: Wire) -> JoinedWrites:
    return JoinedWrites(cast("asyncio.Transport", wire))


async def test_the_head_and_the_body_are_written_at_once_and_more_as_it_comes() -> None:
    wire = Wire()
    response = joined(wire)
    response.write(b"head ")
    assert wire.written == []
    response.write(b"body")
    response.write(b" more")
    await asyncio.sleep(0)
    assert wire.written == [b"head body", b" more"]


async def test_a_head_that_nothing_follows_goes_alone_after_a_turn() -> None:
    wire = Wire()
    response = joined(wire)
    response.write(b"head")
    await asyncio.sleep(0)
    assert wire.written == [b"head"]
    response.write(b"body")
    assert wire.written == [b"head", b"body"]


async def test_closing_writes_what_waits_first() -> None:
    wire = Wire()
    response = joined(wire)
    response.write(b"head")
    response.close()
    await asyncio.sleep(0)
    assert (wire.written, response.is_closing()) == ([b"head"], True)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=4), st.booleans()), max_size=6), st.booleans())
async def test_nothing_is_lost_doubled_or_moved(parts: list[tuple[bytes, bool]], closes: bool) -> None:  # noqa: FBT001
    wire = Wire()
    response = joined(wire)
    for part, pauses in parts:
        response.write(part)
        if pauses:
            await asyncio.sleep(0)
    if closes:
        response.close()
    await asyncio.sleep(0)
    assert b"".join(wire.written) == b"".join(part for part, _ in parts)
    assert len(wire.written) <= len(parts)
