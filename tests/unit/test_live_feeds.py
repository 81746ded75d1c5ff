"""Followers of a feed hear everything told after they began to follow."""

from __future__ import annotations

import pytest

from domain.errors import Unavailable
from domain.use_cases.live_feeds import MAX_WAITING_PER_FOLLOWER, Feed


async def test_what_is_told_before_the_first_item_is_awaited_is_heard() -> None:
    feed: Feed[int] = Feed()
    following = feed.follow(lambda number: number % 2 == 0)
    for number in range(5):
        feed.tell(number)

    assert [await anext(following) for _ in range(3)] == [0, 2, 4]


async def test_who_stops_following_is_forgotten_whether_or_not_anything_was_awaited() -> None:
    feed: Feed[int] = Feed()
    begun, never_begun = feed.follow(lambda _: True), feed.follow(lambda _: True)
    feed.tell(1)
    await anext(begun)
    await begun.aclose()
    await never_begun.aclose()
    del never_begun

    assert len(feed) == 0


async def test_who_falls_behind_is_told_to_begin_again() -> None:
    feed: Feed[int] = Feed()
    following = feed.follow(lambda _: True)
    for number in range(MAX_WAITING_PER_FOLLOWER + 1):
        feed.tell(number)

    with pytest.raises(Unavailable):
        await anext(following)
