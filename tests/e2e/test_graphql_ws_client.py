"""Does the npm client graphql-ws see every config that concerns its user, and nothing else?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

from tests.e2e.followers import NodeClient, node_client
from tests.e2e.interactions import click, folded, track
from tests.e2e.rules import ALWAYS, COMPACT, DARK, LIGHT, SPACIOUS, active_rule
from tests.engines import Api, Speaker, unique

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OPENS_IN, CLOSES_AFTER = timedelta(seconds=1.5), timedelta(seconds=1)
TOKEN_LASTS, LONG = timedelta(seconds=3), timedelta(hours=1)


def address(api: Api) -> str:
    return f"ws://127.0.0.1:{api.port}/graphql"


@asynccontextmanager
async def open_page(user: Speaker, place: str) -> AsyncIterator[NodeClient]:
    """A client that has received the config as it is: the catalogue's own."""
    async with node_client(address(user.api), repeat(user.token), context={"place": place}) as page:
        await page.connected()
        first = await page.update()
        assert (first["cause"], first["config"]["decisions"]) == ("SUBSCRIBED", [])
        yield page


async def test_a_changed_rule_reaches_the_open_page(api: Api) -> None:
    place = unique("place")
    async with open_page(api.as_user(), place) as page:
        rule = await active_rule(api.as_admin(), place, DARK)
        pushed = await page.update()
        assert (pushed["cause"], pushed["changedSlots"]) == ("RULE_CHANGED", ["theme.mode"])
        assert pushed["config"]["theme"]["mode"] == "DARK"
        assert pushed["config"]["decisions"] == [{"slot": "theme.mode", "rule": {"key": rule.input["key"]}}]

        await rule.rewrite(adaptations=[LIGHT, SPACIOUS])
        pushed = await page.update()
        assert pushed["changedSlots"] == ["layout.density", "theme.mode"]
        assert pushed["config"]["theme"]["mode"] == "LIGHT"

        await rule.pause()
        assert (await page.update())["config"]["decisions"] == []


async def test_interactions_that_move_the_user_into_a_segment_change_the_open_page(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active_rule(api.as_admin(), place, SPACIOUS, condition={"segment": {"in": ["mobile_first"]}})
    async with open_page(user, place) as page:
        await track(user, [click(user.user_id, device="MOBILE") for _ in range(8)])
        pushed = await page.update()
    assert (pushed["cause"], pushed["changedSlots"]) == ("PROFILE_CHANGED", ["layout.density"])
    assert pushed["config"]["layout"]["density"] == "SPACIOUS"
    assert pushed["config"]["decisions"] == [{"slot": "layout.density", "rule": {"key": rule.input["key"]}}]


async def test_the_open_page_changes_when_a_schedule_begins_and_when_it_ends(api: Api) -> None:
    place = unique("place")
    async with open_page(api.as_user(), place) as page:
        starts_at = datetime.now(UTC) + OPENS_IN
        ends_at = starts_at + CLOSES_AFTER
        schedule = {"startsAt": starts_at.isoformat(), "endsAt": ends_at.isoformat()}
        await active_rule(api.as_admin(), place, DARK, schedule=schedule)
        opened, closed = await page.update(), await page.update()
    assert (opened["cause"], opened["config"]["theme"]["mode"]) == ("SCHEDULE", "DARK")
    assert starts_at <= instant(opened["config"]["decidedAt"]) < ends_at
    assert instant(opened["config"]["holdsUntil"]) == ends_at
    assert (closed["cause"], closed["config"]["decisions"]) == ("SCHEDULE", [])
    assert instant(closed["config"]["decidedAt"]) >= ends_at


async def test_what_does_not_concern_the_user_is_not_sent(api: Api) -> None:
    admin, user, stranger, place = api.as_admin(), api.as_user(), api.as_user(), unique("place")
    await active_rule(admin, place, COMPACT, condition={"traits": {"plan": "pro"}})
    async with open_page(user, place) as page:
        elsewhere = await active_rule(admin, unique("place"), DARK)
        await elsewhere.rewrite(adaptations=[LIGHT])
        await active_rule(admin, place, DARK, condition={"segment": {"in": ["power_user"]}})
        await active_rule(admin, place, DARK, condition={"not": ALWAYS})
        uncovered = await active_rule(admin, place, DARK, coverage=0)
        await uncovered.pause()
        await stranger.ask('mutation { updateProfile(input: {traits: {plan: "pro"}}) { userErrors { code } } }')
        await track(user, [click(user.user_id)])
        await folded(api.as_service(), user.user_id, 1)

        await active_rule(admin, place, LIGHT)
        first = await page.update()
    assert (first["cause"], first["changedSlots"]) == ("RULE_CHANGED", ["theme.mode"])
    assert first["config"]["theme"]["mode"] == "LIGHT"


async def test_a_subscription_ends_with_its_token_and_goes_on_with_the_next_one_without_repeating_itself(
    api: Api,
) -> None:
    user_id, place = unique("user"), unique("place")
    tokens = (api.token(user_id, expires_in=lasts) for lasts in (TOKEN_LASTS, LONG))
    rule = await active_rule(api.as_admin(), place, DARK)
    context = {"place": place}
    async with node_client(address(api), tokens, context=context, knownRevision=None) as page:
        await page.connected()
        assert (await page.update())["config"]["theme"]["mode"] == "DARK"
        assert await page.event() == {"event": "closed", "code": 4403, "reason": "token expired"}
        await page.connected()
        await rule.rewrite(adaptations=[LIGHT])
        # Whatever came for the second connection before would be read first.
        assert (await page.update())["config"]["theme"]["mode"] == "LIGHT"


async def test_a_known_revision_that_is_out_of_date_is_answered_with_the_config_as_it_is(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    await active_rule(api.as_admin(), place, DARK)
    context = {"place": place}
    async with node_client(address(api), repeat(user.token), context=context, knownRevision="an older one") as page:
        await page.connected()
        update = await page.update()
    assert (update["cause"], update["config"]["theme"]["mode"]) == ("SUBSCRIBED", "DARK")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
