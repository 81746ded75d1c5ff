"""Does everybody who follows something hear of what concerns them, and of nothing else?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    DARK,
    DELETE_RULE,
    LIGHT,
    ROLL_BACK_RULE,
    active,
    ago,
    config_of,
    declare,
    done,
    draft,
    instant,
    next_where,
    now,
    profile_after,
    save_segment,
    track,
    updated,
    with_status,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api, Following

CONFIGS = """subscription($context:ContextInput!,$userId:ID,$known:String){
  configUpdated(context:$context,userId:$userId,knownRevision:$known){
    cause changedSlots config{revision source theme{mode} layout{density} decisions{slot rule{key}}}}}"""
PROFILES = """subscription($userId:ID){profileUpdated(userId:$userId){
  cause profile{revision activity{interactions} traits}}}"""
SEGMENTS = """subscription($segment:String,$userId:ID){segmentChanged(segment:$segment,userId:$userId){
  user{id} segment{key name} joined confidence at}}"""
RULES = "subscription{ruleChanged{kind by at rule{id key status revision}}}"


async def config_update(updates: Following) -> dict[str, Any]:
    update: dict[str, Any] = (await updates.next())["configUpdated"]
    return update


async def test_the_current_config_comes_first_then_every_change_of_a_rule(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    async with user.following(CONFIGS, context={"place": place}) as updates:
        first = await config_update(updates)
        assert (first["cause"], first["config"]["theme"]["mode"]) == ("SUBSCRIBED", "SYSTEM")
        assert first["config"]["revision"] == (await config_of(user, place))["revision"]
        rule = await active(api, places=[place], adaptations=[DARK, COMPACT])
        second = await config_update(updates)
        assert second["cause"] == "RULE_CHANGED"
        assert set(second["changedSlots"]) == {"theme.mode", "layout.density"}
        assert second["config"]["theme"]["mode"] == "DARK"
        assert second["config"]["decisions"][0]["rule"]["key"] == rule["key"]
        rule = await updated(api, rule, adaptations=[LIGHT, COMPACT])
        third = await config_update(updates)
        assert (third["changedSlots"], third["config"]["theme"]["mode"]) == (["theme.mode"], "LIGHT")
        rule = await with_status(api, rule, "PAUSED")
        assert (await config_update(updates))["config"]["revision"] == first["config"]["revision"]
        rule = await with_status(api, rule, "ACTIVE")
        assert (await config_update(updates))["config"]["revision"] == third["config"]["revision"]
        await api.as_admin().ask(DELETE_RULE, id=rule["id"], revision=rule["revision"])
        assert (await config_update(updates))["config"]["revision"] == first["config"]["revision"]


async def test_who_knows_the_revision_already_is_not_told_again(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    known = (await config_of(user, place))["revision"]
    async with user.following(CONFIGS, context={"place": place}, known=known) as updates:
        assert await updates.has_nothing_waiting()
        await active(api, places=[place])
        update = await config_update(updates)
        assert (update["cause"], update["changedSlots"]) == ("RULE_CHANGED", ["theme.mode"])
    async with user.following(CONFIGS, context={"place": place}, known=known) as updates:
        assert (await config_update(updates))["config"]["theme"]["mode"] == "DARK"


async def test_what_does_not_concern_a_user_is_not_sent(api: Api) -> None:
    place, user, other = unique("place"), api.as_user(), api.as_user()
    await declare(other, traits={"plan": "pro"})
    async with (
        user.following(CONFIGS, context={"place": place}) as mine,
        other.following(CONFIGS, context={"place": place}) as theirs,
    ):
        await config_update(mine)
        await config_update(theirs)
        await active(api, places=[place], condition={"traits": {"plan": "pro"}})
        await active(api, places=[unique("place")])
        await draft(api, places=[place])
        assert (await config_update(theirs))["cause"] == "RULE_CHANGED"
        assert await mine.has_nothing_waiting()
        assert await theirs.has_nothing_waiting()


async def test_interactions_that_move_a_user_into_another_segment_change_the_config(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    await active(api, places=[place], condition={"segment": {"in": ["mobile_first"]}})
    async with user.following(CONFIGS, context={"place": place}) as updates:
        await config_update(updates)
        await track(user, *(done(device="MOBILE") for _ in range(20)))
        update = await config_update(updates)
        assert (update["cause"], update["config"]["theme"]["mode"]) == ("PROFILE_CHANGED", "DARK")


async def test_a_declared_trait_or_preference_changes_the_config(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    await active(api, places=[place], condition={"traits": {"plan": "pro"}})
    async with user.following(CONFIGS, context={"place": place}) as updates:
        await config_update(updates)
        await declare(user, traits={"plan": "pro"})
        assert (await config_update(updates))["config"]["theme"]["mode"] == "DARK"
        await declare(user, preferences={"themeMode": "LIGHT"})
        update = await config_update(updates)
        assert (update["cause"], update["config"]["theme"]["mode"]) == ("PROFILE_CHANGED", "LIGHT")


async def test_a_schedule_that_begins_is_heard_of_at_that_instant(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    starts_at = now() + timedelta(seconds=1.5)
    await active(api, places=[place], schedule={"startsAt": starts_at.isoformat()})
    async with user.following(CONFIGS, context={"place": place}) as updates:
        assert (await config_update(updates))["config"]["theme"]["mode"] == "SYSTEM"
        update = await config_update(updates)
        assert (update["cause"], update["config"]["theme"]["mode"]) == ("SCHEDULE", "DARK")
        assert starts_at <= now() < starts_at + timedelta(seconds=2)


@pytest.mark.parametrize("role", ["as_admin", "as_service"])
async def test_admins_and_services_follow_the_config_and_profile_of_others(api: Api, role: str) -> None:
    place, user, follower = unique("place"), api.as_user(), getattr(api, role)()
    await active(api, places=[place], condition={"traits": {"plan": "pro"}})
    async with (
        follower.following(CONFIGS, context={"place": place}, userId=user.user_id) as configs,
        follower.following(PROFILES, userId=user.user_id) as profiles,
    ):
        await config_update(configs)
        assert await profiles.has_nothing_waiting()
        await declare(user, traits={"plan": "pro"})
        assert (await config_update(configs))["config"]["theme"]["mode"] == "DARK"
        assert (await profiles.next())["profileUpdated"]["profile"]["traits"] == {"plan": "pro"}


async def test_one_socket_carries_many_subscriptions(api: Api) -> None:
    places, user = [unique("place") for _ in range(5)], api.as_user()
    async with user.connection() as socket:
        followed = [await socket.follow(CONFIGS, context={"place": place}) for place in places]
        first = [await socket.receive() for _ in places]
        assert {message["id"] for message in first} == {one.id for one in followed}
        await active(api, places=[places[3]])
        message = await socket.receive()
        assert message["id"] == followed[3].id
        await socket.send({"id": followed[3].id, "type": "complete"})
        await active(api, places=[places[3]], priority=1, adaptations=[LIGHT])
        await socket.send({"type": "ping"})
        assert (await socket.receive())["type"] == "pong"


async def test_a_profile_is_followed_by_its_user_only(api: Api) -> None:
    user, other = api.as_user(), api.as_user()
    async with user.following(PROFILES) as mine, other.following(PROFILES) as theirs:
        assert await mine.has_nothing_waiting()
        assert await theirs.has_nothing_waiting()
        await track(user, done())
        update = await next_where(mine, lambda event: event["profileUpdated"]["profile"]["activity"]["interactions"])
        assert update["profileUpdated"]["cause"] == "PROFILE_CHANGED"
        revision = update["profileUpdated"]["profile"]["revision"]
        await track(user, done())
        update = await mine.next()
        assert update["profileUpdated"]["profile"]["revision"] > revision
        assert await theirs.has_nothing_waiting()


async def test_who_says_which_profile_they_know_gets_it_at_once_if_it_is_another(api: Api) -> None:
    user = api.as_user()
    known = "subscription($revision:Int){profileUpdated(knownRevision:$revision){cause profile{revision}}}"
    async with user.following(known, revision=0) as stranger:
        assert await stranger.has_nothing_waiting()
        await track(user, done())
        revision = (await stranger.next())["profileUpdated"]["profile"]["revision"]
    async with (
        user.following(known, revision=revision) as informed,
        user.following(known, revision=0) as returned,
        user.following(known) as later,
    ):
        first = (await returned.next())["profileUpdated"]
        assert first == {"cause": "SUBSCRIBED", "profile": {"revision": revision}}
        for updates in (informed, returned, later):
            assert await updates.has_nothing_waiting()
        await track(user, done())
        for updates in (informed, returned, later):
            update = (await updates.next())["profileUpdated"]
            assert update["cause"] == "PROFILE_CHANGED"
            assert update["profile"]["revision"] > revision


async def test_what_was_pushed_can_be_read_at_once(api: Api) -> None:
    user = api.as_user()
    async with user.following(PROFILES) as updates:
        assert await updates.has_nothing_waiting()
        for count in range(1, 6):
            await track(user, done())
            pushed = (await updates.next())["profileUpdated"]["profile"]
            assert pushed["activity"]["interactions"] == count
            read = (await user.ask("{viewer{profile{revision}}}"))["viewer"]["profile"]
            assert read["revision"] >= pushed["revision"]


async def test_joining_and_leaving_a_segment_is_told_to_those_who_may_know(api: Api) -> None:
    user, other, team = api.as_user(), api.as_user(), unique("team")
    key = (await save_segment(api, {"traits": {"team": team}}))["key"]
    async with (
        api.as_analyst().following(SEGMENTS, segment=key) as analyst,
        api.as_admin().following(SEGMENTS, userId=user.user_id) as admin,
        user.following(SEGMENTS) as mine,
        other.following(SEGMENTS) as theirs,
    ):
        for updates in (analyst, admin, mine, theirs):
            assert await updates.has_nothing_waiting()
        for joined, value in ((True, team), (False, None)):
            await declare(user, traits={"team": value})
            for updates in (analyst, admin, mine):
                change = (await updates.next())["segmentChanged"]
                assert change["user"] == {"id": user.user_id}
                assert change["segment"] == {"key": key, "name": "A segment"}
                assert (change["joined"], change["confidence"]) == (joined, 1.0 if joined else 0.0)
                assert abs(now() - instant(change["at"])) < timedelta(seconds=20)
        assert await theirs.has_nothing_waiting()


async def test_built_in_segments_are_followed_too(api: Api) -> None:
    user = api.as_user()
    async with user.following(SEGMENTS, segment="desktop_focused") as updates:
        assert await updates.has_nothing_waiting()
        await track(user, *(done(device="DESKTOP", occurredAt=ago(minutes=n)) for n in range(1, 30)))
        change = (await updates.next())["segmentChanged"]
        assert (change["segment"]["key"], change["joined"]) == ("desktop_focused", True)
        assert change["confidence"] > 0.5
        await profile_after(user, 29)
        assert await updates.has_nothing_waiting()


async def test_every_change_of_a_rule_is_told_to_admins_and_analysts(api: Api) -> None:
    async with api.as_analyst().following(RULES) as updates, api.as_admin().following(RULES) as too:
        assert await updates.has_nothing_waiting()
        assert await too.has_nothing_waiting()
        rule = await active(api, places=["here"])
        await updated(api, rule, priority=1)
        await api.as_admin().ask(ROLL_BACK_RULE, id=rule["id"], revision=3, to=1)
        await api.as_admin().ask(DELETE_RULE, id=rule["id"], revision=4)
        for following in (updates, too):
            changes = [(await following.next())["ruleChanged"] for _ in range(5)]
            assert [change["kind"] for change in changes] == [
                "CREATED",
                "STATUS_CHANGED",
                "UPDATED",
                "ROLLED_BACK",
                "DELETED",
            ]
            assert {change["by"] for change in changes} == {"test-admin"}
            assert {change["rule"]["id"] for change in changes} == {rule["id"]}
            assert changes[-1]["rule"]["status"] == "ARCHIVED"
            assert changes[-1]["rule"]["revision"] == 5


async def test_refused_changes_are_not_told(api: Api) -> None:
    rule = await active(api, places=["here"])
    async with api.as_admin().following(RULES) as updates:
        assert await updates.has_nothing_waiting()
        await api.as_admin().ask(DELETE_RULE, id=rule["id"], revision=1)
        await config_of(api.as_user(), "here")
        assert await updates.has_nothing_waiting()
