"""Is the list of a user's interactions complete, stable and filtered as asked?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import done, interaction_keys, interactions_of, track
from tests.engines import Refusal

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


async def keys_by_page(speaker: Speaker, first: int, **filter_: Any) -> list[str]:
    """All keys, read page by page."""
    keys: list[str] = []
    after = None
    while True:
        page = await interactions_of(speaker, first=first, after=after, filter=filter_)
        info = page["pageInfo"]
        assert info["hasPreviousPage"] is (after is not None)
        assert len(page["edges"]) <= first
        keys += [edge["node"]["id"].partition(":")[2] for edge in page["edges"]]
        assert info["startCursor"] == (page["edges"][0]["cursor"] if page["edges"] else None)
        assert info["endCursor"] == (page["edges"][-1]["cursor"] if page["edges"] else None)
        if not info["hasNextPage"]:
            return keys
        assert len(page["edges"]) == first
        after = info["endCursor"]


@pytest.mark.parametrize("first", [1, 4, 5, 10, 100])
async def test_pages_together_hold_everything_once_latest_first_also_where_times_are_equal(
    api: Api, first: int
) -> None:
    user = api.as_user()
    times = [NOON - timedelta(minutes=n // 4) for n in range(20)]
    interactions = [done(key=f"{n:02}", occurredAt=time.isoformat()) for n, time in enumerate(times)]
    await track(user, *interactions[::2], *interactions[1::2])
    keys = await keys_by_page(user, first)
    assert sorted(keys) == [f"{n:02}" for n in range(20)]
    assert [int(key) // 4 for key in keys] == sorted(int(key) // 4 for key in keys)


async def test_a_cursor_stays_valid_while_interactions_arrive_before_and_behind_it(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done(key=str(n), occurredAt=(NOON - timedelta(hours=n)).isoformat()) for n in range(6)))
    first = await interactions_of(user, first=3)
    newer, older = (NOON + timedelta(hours=1)).isoformat(), (NOON - timedelta(hours=4.5)).isoformat()
    await track(user, done(key="newer", occurredAt=newer), done(key="older", occurredAt=older))
    second = await interactions_of(user, first=10, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["id"].partition(":")[2] for edge in second["edges"]] == ["3", "4", "older", "5"]


async def test_every_filter_selects(api: Api) -> None:
    user = api.as_user()
    await track(
        user,
        done("CLICK", key="a", target="x", occurredAt=NOON.isoformat()),
        done("SEARCH", key="b", target="x", occurredAt=(NOON - timedelta(hours=1)).isoformat()),
        done("CLICK", key="c", target="y", occurredAt=(NOON - timedelta(hours=2)).isoformat()),
        done("OTHER", key="d", occurredAt=(NOON - timedelta(hours=3)).isoformat()),
    )
    noon, two_before = NOON.isoformat(), (NOON - timedelta(hours=2)).isoformat()
    assert await interaction_keys(user) == ["a", "b", "c", "d"]
    assert await interaction_keys(user, kind=["CLICK"]) == ["a", "c"]
    assert await interaction_keys(user, kind=["SEARCH", "OTHER"]) == ["b", "d"]
    assert await interaction_keys(user, kind=[]) == ["a", "b", "c", "d"]
    assert await interaction_keys(user, target="x") == ["a", "b"]
    assert await interaction_keys(user, **{"from": two_before}) == ["a", "b", "c"]
    assert await interaction_keys(user, until=noon) == ["b", "c", "d"]
    assert await interaction_keys(user, **{"from": two_before, "until": noon, "kind": ["CLICK"]}) == ["c"]
    assert await interaction_keys(user, target="X") == []
    assert await keys_by_page(user, 1, kind=["CLICK"]) == ["a", "c"]


@pytest.mark.parametrize("first", [0, -1, 101, 999])
async def test_pages_have_one_to_a_hundred_items(api: Api, first: int) -> None:
    with pytest.raises(Refusal, match="first") as refusal:
        await interactions_of(api.as_user(), first=first)
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_pages_that_nobody_could_read_are_refused_for_their_cost(api: Api) -> None:
    with pytest.raises(Refusal) as refusal:
        await interactions_of(api.as_user(), first=2**31 - 1)
    assert refusal.value.code == "DOCUMENT_TOO_COMPLEX"


@pytest.mark.parametrize("after", ["", "x", "bm9uc2Vuc2U=", "\x00", "é", "W10=", "x" * 5_000])
async def test_a_cursor_that_no_page_gave_is_refused(api: Api, after: str) -> None:
    with pytest.raises(Refusal, match="after") as refusal:
        await interactions_of(api.as_user(), after=after)
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_another_users_cursor_shows_nothing_of_theirs(api: Api) -> None:
    owner, thief = api.as_user(), api.as_user()
    await track(owner, done(), done())
    await track(thief, done(key="own", occurredAt="2020-01-01T00:00:00Z"))
    cursor = (await interactions_of(owner, first=1))["pageInfo"]["endCursor"]
    page = await interactions_of(thief, after=cursor)
    assert [edge["node"]["id"] for edge in page["edges"]] == [f"{thief.user_id}:own"]


async def test_filters_that_make_no_sense_find_nothing_or_are_refused_but_never_fail(api: Api) -> None:
    user = api.as_user()
    await track(user, done())
    assert await interaction_keys(user, **{"from": "2030-01-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"}) == []
    for filter_ in ({"target": "\x00"}, {"target": "x" * 10_000}, {"until": "0001-01-01T00:00:00+14:00"}):
        try:
            assert await interaction_keys(user, **filter_) == []
        except Refusal as refusal:
            assert refusal.code == "BAD_USER_INPUT"  # noqa: PT017 - both answers are honest
