"""Do those who can wait let bulk tracking pass, and nothing else, and not for ever?"""

from __future__ import annotations

import asyncio

import pytest

from domain.use_cases.bulk_traffic import BULK, BulkTraffic

LONG_SECONDS = 3_600.0


async def test_few_interactions_are_no_bulk() -> None:
    traffic = BulkTraffic()
    with traffic.passing(BULK - 1):
        assert not traffic.is_passing
        await traffic.let_pass(LONG_SECONDS)
    assert not traffic.is_passing


async def test_a_batch_is_let_pass_and_the_next_that_follows_at_once() -> None:
    traffic = BulkTraffic()
    with traffic.passing(BULK):
        waiting = asyncio.ensure_future(traffic.let_pass(LONG_SECONDS))
        await asyncio.sleep(0)
        assert traffic.is_passing
    assert traffic.is_passing  # another one may follow
    with traffic.passing(BULK):
        assert not waiting.done()
    await waiting
    assert not traffic.is_passing


async def test_batches_at_the_same_time_are_all_let_pass() -> None:
    traffic = BulkTraffic()
    with traffic.passing(BULK), traffic.passing(BULK):
        pass
    with traffic.passing(BULK):
        with traffic.passing(BULK):
            waiting = asyncio.ensure_future(traffic.let_pass(LONG_SECONDS))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_traffic_without_end_is_waited_for_so_long_only() -> None:
    traffic = BulkTraffic()
    with traffic.passing(BULK):
        await traffic.let_pass(0.01)
        assert traffic.is_passing


async def test_a_batch_that_fails_has_passed_too() -> None:
    traffic = BulkTraffic()
    with pytest.raises(ValueError, match="failed"), traffic.passing(BULK):
        raise ValueError("failed")
    await traffic.let_pass(LONG_SECONDS)
    assert not traffic.is_passing
