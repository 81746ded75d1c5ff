"""Is who opted out left alone, and who is erased nowhere?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.journeys import (
    active,
    config_of,
    deciders,
    declare,
    done,
    instant,
    interaction_keys,
    now,
    profile_after,
    profile_of,
    save_segment,
    track,
    tracking,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

CHOICE = "personalization{enabled useOfModels changedAt}"
CHOOSE = f"""mutation($enabled:Boolean!,$models:Boolean){{
  setPersonalization(enabled:$enabled,useOfModels:$models){{{CHOICE} userErrors{{message}}}}}}"""
CONFIGS = """subscription($context:ContextInput!){configUpdated(context:$context){
  cause config{theme{mode} decisions{slot}}}}"""
ERASE_ME = "mutation{eraseMyData{erased userErrors{message}}}"
EXPORT = "mutation{exportMyData{data userErrors{message}}}"
ERASE = "mutation($id:ID!){eraseUser(userId:$id){erased userErrors{message}}}"


async def test_a_choice_is_kept_and_read_back(api: Api) -> None:
    user = api.as_user()
    default = (await user.ask(f"{{viewer{{{CHOICE}}}}}"))["viewer"]["personalization"]
    assert default == {"enabled": True, "useOfModels": True, "changedAt": None}
    payload = (await user.ask(CHOOSE, enabled=True, models=False))["setPersonalization"]
    assert payload["userErrors"] == []
    assert (payload["personalization"]["enabled"], payload["personalization"]["useOfModels"]) == (True, False)
    assert instant(payload["personalization"]["changedAt"]) <= now()
    assert (await user.ask(f"{{viewer{{{CHOICE}}}}}"))["viewer"]["personalization"] == payload["personalization"]


async def test_the_use_of_models_is_allowed_unless_said_otherwise(api: Api) -> None:
    query = f"mutation{{setPersonalization(enabled:true){{{CHOICE}}}}}"
    payload = (await api.as_user().ask(query))["setPersonalization"]
    assert payload["personalization"]["useOfModels"] is True


async def test_who_refused_models_and_says_nothing_more_of_them_goes_on_refusing_them(api: Api) -> None:
    user = api.as_user()
    await user.ask(CHOOSE, enabled=True, models=False)
    literally = f"mutation{{setPersonalization(enabled:true){{{CHOICE}}}}}"
    with_a_default = f"mutation($m:Boolean=true){{setPersonalization(enabled:true,useOfModels:$m){{{CHOICE}}}}}"

    async def uses_models(query: str, **variables: bool | None) -> bool:
        payload = (await user.ask(query, **variables))["setPersonalization"]
        used: bool = payload["personalization"]["useOfModels"]
        return used

    assert not await uses_models(literally)
    assert not await uses_models(CHOOSE, enabled=False)
    assert not await uses_models(CHOOSE, enabled=True, models=None)
    assert await uses_models(CHOOSE, enabled=True, models=True)
    assert not await uses_models(CHOOSE, enabled=True, models=False)
    assert await uses_models(with_a_default)


async def test_who_opted_out_gets_the_default_config_at_once_and_who_comes_back_is_personalized(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    async with user.following(CONFIGS, context={"place": place}) as updates:
        await updates.next()
        await active(api, places=[place])
        assert (await updates.next())["configUpdated"]["config"]["theme"]["mode"] == "DARK"
        await user.ask(CHOOSE, enabled=False)
        assert deciders(await config_of(user, place)) == {}
        update = (await updates.next())["configUpdated"]
        assert update == {"cause": "PRIVACY_CHANGED", "config": {"theme": {"mode": "SYSTEM"}, "decisions": []}}
        await user.ask(CHOOSE, enabled=True)
        assert (await updates.next())["configUpdated"]["config"]["theme"]["mode"] == "DARK"
    assert (await config_of(user, place))["theme"]["mode"] == "DARK"


async def test_who_opted_out_is_neither_tracked_nor_profiled(api: Api) -> None:
    user = api.as_user()
    await track(user, done(key="before"))
    await profile_after(user, 1)
    await user.ask(CHOOSE, enabled=False)
    for payload in (
        await tracking(user, done(key="after")),
        await tracking(api.as_service(), done(key="by-service", userId=user.user_id)),
    ):
        assert (payload["accepted"], payload["userErrors"]) == (0, [])
    assert "after" not in await interaction_keys(user)
    await user.ask(CHOOSE, enabled=True)
    await track(user, done(key="again"))
    keys = await interaction_keys(user)
    assert "again" in keys
    assert not {"after", "by-service"} & set(keys)


async def test_a_batch_of_many_users_leaves_out_only_those_who_opted_out(api: Api) -> None:
    away, here = api.as_user(), api.as_user()
    await away.ask(CHOOSE, enabled=False)
    payload = await tracking(api.as_service(), done(userId=away.user_id), done(userId=here.user_id))
    assert (payload["accepted"], payload["userErrors"]) == (1, [])
    assert (len(await interaction_keys(away)), len(await interaction_keys(here))) == (0, 1)


@pytest.mark.parametrize("by", ["themselves", "an admin"])
async def test_who_is_erased_is_nowhere(api: Api, by: str) -> None:
    user, team = api.as_user(), unique("team")
    await track(user, done("CONVERSION", target="secret", properties={"name": "Ada"}))
    await declare(user, traits={"team": team}, preferences={"themeMode": "DARK"})
    await profile_after(user, 1)
    segment = (await save_segment(api, {"traits": {"team": team}}))["key"]
    answer = await user.ask(ERASE_ME) if by == "themselves" else await api.as_admin().ask(ERASE, id=user.user_id)
    assert next(iter(answer.values())) == {"erased": True, "userErrors": []}
    assert await profile_of(user) is None
    assert await interaction_keys(user) == []
    assert (await config_of(user, "anywhere"))["theme"]["mode"] != "DARK"
    query = (
        "query($key:String!){segment(key:$key){size members{edges{node{user{id}}}}} users(first:100){edges{node{id}}}}"
    )
    seen = await api.as_analyst().ask(query, key=segment)
    assert seen["segment"] == {"size": 0, "members": {"edges": []}}
    assert user.user_id not in str(seen["users"])


async def test_everybody_can_take_away_what_is_stored_about_them_and_nobody_elses(api: Api) -> None:
    user, other, plan = api.as_user(), api.as_user(), unique("plan")
    await track(user, done("CONVERSION", target="report", value=12.5, properties={"pages": 3}))
    await track(other, done(target="elsewhere"))
    await declare(user, traits={"plan": plan}, preferences={"themeMode": "DARK"})
    await profile_after(user, 1)
    payload = (await user.ask(EXPORT))["exportMyData"]
    data = payload["data"]
    assert payload["userErrors"] == []
    assert (data["user"], data["aliases"]) == (user.user_id, [])
    assert (data["profile"]["traits"], data["profile"]["preferences"]["themeMode"]) == ({"plan": plan}, "DARK")
    assert (data["profile"]["activity"]["conversions"], data["profile"]["activity"]["value"]) == (1, 12.5)
    told = [(one["interaction"]["target"], one["interaction"]["properties"]) for one in data["interactions"]]
    assert told == [("report", {"pages": 3})]


async def test_who_is_unknown_or_opted_out_gets_what_there_is(api: Api) -> None:
    nobody, away = api.as_user(), api.as_user()
    assert (await nobody.ask(EXPORT))["exportMyData"]["data"]["interactions"] == []
    await track(away, done(target="before"))
    await profile_after(away, 1)
    await away.ask(CHOOSE, enabled=False)
    data = (await away.ask(EXPORT))["exportMyData"]["data"]
    assert data["profile"]["personalization"]["enabled"] is False
    assert [one["interaction"]["target"] for one in data["interactions"]] == ["before"]


async def test_erasing_says_whether_there_was_anything(api: Api) -> None:
    user = api.as_user()
    assert (await user.ask(ERASE_ME))["eraseMyData"]["erased"] is False
    await track(user, done())
    assert (await user.ask(ERASE_ME))["eraseMyData"]["erased"] is True
    assert (await user.ask(ERASE_ME))["eraseMyData"]["erased"] is False
    assert (await api.as_admin().ask(ERASE, id=user.user_id))["eraseUser"]["erased"] is False


async def test_who_was_erased_may_begin_again(api: Api) -> None:
    user, interaction = api.as_user(), done()
    await track(user, interaction)
    await profile_after(user, 1)
    await user.ask(ERASE_ME)
    await track(user, interaction)
    assert (await profile_after(user, 1))["activity"]["interactions"] == 1


@pytest.mark.parametrize("user_id", ["", "\x00", "u" * 129, "u" * 10_000])
async def test_an_id_that_no_user_can_have_is_refused_or_erases_nothing(api: Api, user_id: str) -> None:
    answer = await api.as_admin().answer(ERASE, id=user_id)
    if answer.get("errors"):
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert answer["data"]["eraseUser"]["erased"] is False
