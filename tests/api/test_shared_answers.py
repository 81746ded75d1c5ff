"""Subscribers who ask alike share an answer only when everything in it is equal for both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.api.journeys import config_of
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

FOLLOW = """subscription($place: String!, $user: ID) {
  configUpdated(context: { place: $place }, userId: $user) {
    cause changedSlots config { %s decisions { slot rule { %s } } }
  } }"""
CREATE = "mutation($input: RuleInput!) { createRule(input: $input) { rule { id } userErrors { message } } }"
ACTIVATE = """mutation($id: ID!) {
  setRuleStatus(id: $id, expectedRevision: 1, status: ACTIVE) { rule { revision } userErrors { message } } }"""


PATIENCE_SECONDS = 30.0


async def activate_rule(admin: Speaker, place: str, **content: object) -> None:
    rule = {
        "key": unique("shared"),
        "name": "Dark there",
        "description": "Nobody but us knows why",
        "places": [place],
        "condition": {"always": True},
        "adaptations": [{"setTheme": {"mode": "DARK"}}],
        **content,
    }
    created = await admin.ask(CREATE, input=rule)
    await admin.ask(ACTIVATE, id=created["createRule"]["rule"]["id"])


async def test_everybody_with_the_same_config_is_told_of_its_change(api: Api) -> None:
    place, query = unique("place"), FOLLOW % ("revision theme { mode }", "name")
    admin, ann, bob = api.as_admin(), api.as_user(), api.as_user()
    async with ann.following(query, place=place) as first, bob.following(query, place=place) as second:
        await first.next()
        await second.next()
        await activate_rule(admin, place)

        told = [(await page.next())["configUpdated"] for page in (first, second)]

    assert told[0] == told[1]
    assert told[0]["config"]["theme"] == {"mode": "DARK"}
    assert told[0]["changedSlots"] == ["theme.mode"]


async def test_who_asks_when_it_was_decided_is_told_their_own_instant(api: Api) -> None:
    place, query = unique("place"), FOLLOW % ("decidedAt", "name")
    async with api.as_user().following(query, place=place) as page:
        first = (await page.next())["configUpdated"]["config"]["decidedAt"]
    async with api.as_user().following(query, place=place) as page:
        second = (await page.next())["configUpdated"]["config"]["decidedAt"]

    assert first < second


@pytest.mark.parametrize("admin_first", [True, False])
async def test_what_needs_a_role_is_never_shared_with_those_without(api: Api, *, admin_first: bool) -> None:
    place, query = unique("place"), FOLLOW % ("revision", "name description")
    admin, ann = api.as_admin(), api.as_user()
    await activate_rule(admin, place)
    followers = [admin, ann] if admin_first else [ann, admin]
    told: dict[str, str] = {}
    for follower in followers:
        async with follower.following(query, place=place, user=ann.user_id) as page:
            try:
                update = (await page.next())["configUpdated"]
                told[follower.user_id] = update["config"]["decisions"][0]["rule"]["description"]
            except Refusal as refusal:
                told[follower.user_id] = refusal.code

    assert told == {admin.user_id: "Nobody but us knows why", ann.user_id: "FORBIDDEN"}


async def test_figures_are_told_as_they_are_by_then(api: Api) -> None:
    place, query = unique("place"), FOLLOW % ("revision", "performance { users }")
    admin = api.as_admin()
    await activate_rule(admin, place)

    async def told() -> int:
        async with admin.following(query, place=place) as page:
            decision = (await page.next())["configUpdated"]["config"]["decisions"][0]
            return int(decision["rule"]["performance"]["users"])

    before = await told()
    await config_of(api.as_user(), place)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while (after := await told()) == before:
            pass
    assert after > before
