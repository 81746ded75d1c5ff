"""Does a page that uses the client library follow the config, and lose nothing that its user does?"""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.library_pages import open_page
from tests.e2e.rules import DARK, LIGHT, active_rule
from tests.engines import Api, Refusal, Speaker, serving, unique
from tests.faults.processes import api_of, engine_process
from transport.closings import TOO_MANY_CONNECTIONS
from transport.limits import Limits

if TYPE_CHECKING:
    from app.settings import Settings

OPERATIONS = Path(__file__).parents[2] / "web/packages/client/dist/trusted-documents.json"
MANY = 60
ABOVE_THE_DEMO = 100
STORED = """
query ($id: ID!, $after: String) { user(id: $id) {
  interactions(first: 50, after: $after) { edges { node { target } } pageInfo { hasNextPage endCursor } }
} }
"""


def address(api: Api) -> str:
    return f"http://127.0.0.1:{api.port}/graphql"


def clicks(number: int) -> list[dict[str, Any]]:
    return [{"kind": "CLICK", "target": f"button-{one}"} for one in range(number)]


def each_once(interactions: list[dict[str, Any]]) -> Counter[str]:
    return Counter(interaction["target"] for interaction in interactions)


async def stored(api: Api, user_id: str) -> Counter[str]:
    """The targets of what the engine has of this user, as often as it has them."""
    targets: Counter[str] = Counter()
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        answer = await api.as_admin().ask(STORED, id=user_id, after=page["endCursor"])
        found = answer["user"]["interactions"]
        targets.update(edge["node"]["target"] for edge in found["edges"])
        page = found["pageInfo"]
    return targets


def shown(event: dict[str, Any]) -> tuple[str | None, str]:
    return event["cause"], event["config"]["theme"]["mode"]


async def test_a_page_shows_the_config_as_it_is_and_then_as_a_rule_makes_it(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    rule = await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("config", context=context)
        config = (await page.told("config"))["config"]
        assert config["theme"]["mode"] == "DARK"
        page.do("subscribe", context=context)
        assert await page.event() == {"event": "shows", "cause": None, "config": config}
        await page.told("subscribes")
        await rule.rewrite(adaptations=[LIGHT])
        # Whatever else the engine had sent would be shown before.
        assert shown(await page.told("shows"))[1] == "LIGHT"


async def test_a_page_that_knows_no_config_is_told_the_current_one(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("subscribe", context=context)
        assert shown(await page.told("shows")) == ("SUBSCRIBED", "DARK")


async def test_a_late_answer_does_not_take_back_what_was_pushed_meanwhile(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    rule = await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("subscribe", context=context)
        assert shown(await page.told("shows"))[1] == "DARK"
        page.do("hold answers")
        page.do("config", context=context)
        assert (await page.told("answered"))["data"]["viewer"]["config"]["theme"]["mode"] == "DARK"
        await rule.rewrite(adaptations=[LIGHT])
        newest = (await page.told("shows"))["config"]
        page.do("release answers")
        assert (await page.event(), newest["theme"]["mode"]) == ({"event": "config", "config": newest}, "LIGHT")


async def test_what_was_done_while_opted_out_is_not_recorded_on_coming_back(api: Api, tmp_path: Path) -> None:
    user = api.as_user()
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("opt", enabled=False)
        await page.told("opted")
        page.do("track", interactions=clicks(MANY))
        page.do("opt", enabled=True)
        await page.told("opted")
        page.do("track", interactions=clicks(1))
        page.do("flush")
        assert tracked(await page.told("answered")) == (1, 0)
    assert await stored(api, user.user_id) == each_once(clicks(1))


async def test_a_reloaded_page_shows_the_last_config_at_once_and_is_not_sent_it_again(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    rule = await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("subscribe", context=context)
        last = (await page.told("shows"))["config"]
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("subscribe", context=context)
        assert await page.event() == {"event": "shows", "cause": None, "config": last}
        assert (await page.told("subscribes"))["knownRevision"] == last["revision"]
        await rule.rewrite(adaptations=[LIGHT])
        assert shown(await page.told("shows"))[1] == "LIGHT"


async def test_interactions_are_stored_once_even_if_the_answer_to_them_is_lost(api: Api, tmp_path: Path) -> None:
    user = api.as_user()
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("lose answers", number=1)
        page.do("track", interactions=clicks(MANY))
        await page.told("unanswered")
        assert tracked(await page.told("answered")) == (0, MANY)
    assert await stored(api, user.user_id) == each_once(clicks(MANY))


async def test_what_a_page_has_not_sent_is_sent_by_the_reloaded_one(api: Api, tmp_path: Path) -> None:
    user = api.as_user()
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("track", interactions=clicks(MANY))
        await page.told("tracked")
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("flush")
        await page.told("flushed")
    assert await stored(api, user.user_id) == each_once(clicks(MANY))


async def test_a_refused_interaction_is_reported_once_and_the_others_are_stored(api: Api, tmp_path: Path) -> None:
    user, wrong = api.as_user(), {"kind": "CLICK", "target": "x" * 5_000}
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("track", interactions=[*clicks(2), wrong])
        page.do("flush")
        before = await page.told_until("flushed")
        page.do("flush")
        events = before + await page.told_until("flushed")
    assert [event["target"] for event in events if event["event"] == "refused"] == [wrong["target"]]
    assert await stored(api, user.user_id) == each_once(clicks(2))


async def test_what_the_engine_cannot_read_is_refused_alone(api: Api, tmp_path: Path) -> None:
    user, wrong = api.as_user(), {"kind": "NO_SUCH_KIND", "target": "wrong"}
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("track", interactions=[*clicks(2), wrong, *clicks(4)[2:]])
        page.do("flush")
        events = await page.told_until("flushed")
    assert [event["target"] for event in events if event["event"] == "refused"] == [wrong["target"]]
    assert await stored(api, user.user_id) == each_once(clicks(4))


async def test_what_was_done_by_a_clock_that_is_ahead_is_stored_as_done_now(api: Api, tmp_path: Path) -> None:
    user = api.as_user()
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        page.do("run ahead", hours=24)
        page.do("track", interactions=clicks(2))
        page.do("flush")
        events = await page.told_until("flushed")
    assert [event for event in events if event["event"] == "refused"] == []
    assert await stored(api, user.user_id) == each_once(clicks(2))


async def test_a_page_is_told_why_it_is_not_let_in(api: Api, tmp_path: Path) -> None:
    expired = api.token(api.as_user().user_id, expires_in=timedelta(seconds=-1))
    async with open_page(address(api), tmp_path / "storage", expired) as page:
        page.do("subscribe", context={"place": unique("place")})
        told = await page.told("error")
        assert (told["code"], told["retryable"]) == ("UNAUTHENTICATED", True)


async def test_a_page_is_answered_by_an_engine_that_knows_no_operations_but_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    knowing = settings.replaced(trusted_documents=OPERATIONS)
    async with serving(knowing) as api, open_page(address(api), tmp_path / "storage", api.as_user().token) as page:
        with pytest.raises(Refusal):
            await api.as_user().ask("query Other { viewer { id } }")
        page.do("subscribe", context={"place": unique("place")})
        config = (await page.told("shows"))["config"]
        page.do("config", context={"place": "home"})
        assert (await page.told("config"))["config"]["theme"] == config["theme"]
        page.do("track", interactions=clicks(2))
        assert tracked(await page.told("answered")) == (2, 0)
        page.do("opt", enabled=False)
        await page.told("opted")


async def test_an_expired_token_is_renewed_where_it_is_asked_for(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    expired = api.token(user.user_id, expires_in=timedelta(seconds=-1))
    await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "of one", expired, user.token) as page:
        page.do("track", interactions=clicks(2))
        assert (await page.told("answered"))["status"] == 401
        assert tracked(await page.told("answered")) == (2, 0)
    async with open_page(address(api), tmp_path / "of another", expired, user.token) as page:
        page.do("subscribe", context=context)
        assert shown(await page.told("shows")) == ("SUBSCRIBED", "DARK")


async def test_a_page_that_cannot_get_a_token_goes_on_once_it_can(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", "", "", user.token) as page:
        page.do("subscribe", context=context)
        assert shown(await page.told("shows")) == ("SUBSCRIBED", "DARK")
    async with open_page(address(api), tmp_path / "of another", "", user.token) as page:
        page.do("config", context=context)
        failed = await page.event()
        assert (failed["name"], failed["code"]) == ("AttuneError", "UNAUTHENTICATED")
        page.do("track", interactions=clicks(2))
        assert tracked(await page.told("answered")) == (2, 0)


async def test_a_page_too_many_follows_the_config_once_others_are_closed(api: Api, tmp_path: Path) -> None:
    user, context = api.as_user(), {"place": unique("place")}
    await active_rule(api.as_admin(), context["place"], DARK)
    async with open_page(address(api), tmp_path / "storage", user.token) as page:
        async with AsyncExitStack() as others:
            for _ in range(Limits().max_connections_per_user):
                await others.enter_async_context(user.connection())
            page.do("subscribe", context=context)
            assert (await page.told("closed"))["code"] == TOO_MANY_CONNECTIONS
        assert shown(await page.told("shows")) == ("SUBSCRIBED", "DARK")


async def test_a_page_outlives_an_engine_that_is_killed_and_loses_and_doubles_nothing(tmp_path: Path) -> None:
    context = {"place": unique("place")}
    async with engine_process(tmp_path / "engine") as engine, api_of(engine) as api:
        user, rule = api.as_user(), await dark_rule(api.as_admin(), context["place"])
        async with open_page(engine.url, tmp_path / "storage", user.token) as page:
            page.do("subscribe", context=context)
            assert shown(await page.told("shows"))[1] == "DARK"
            page.do("lose answers", number=1)
            page.do("track", interactions=clicks(MANY))
            await page.told("unanswered")
            page.do("track", interactions=clicks(MANY + 1)[MANY:])
            engine.kill()
            assert await engine.ended() == -signal.SIGKILL
            page.do("flush")
            await page.told("flushed")

            await engine.start()
            await page.told("answered")
            assert await stored(api, user.user_id) == each_once(clicks(MANY + 1))
            await rule.rewrite(adaptations=[LIGHT])
            assert shown(await page.told("shows"))[1] == "LIGHT"


async def dark_rule(author: Speaker, place: str) -> Any:
    return await active_rule(author, place, DARK, priority=ABOVE_THE_DEMO)


def tracked(answer: dict[str, Any]) -> tuple[int, int]:
    outcome = answer["data"]["trackInteractions"]
    return outcome["accepted"], outcome["duplicates"]
