"""Is who signs in the same user as before, and does who holds the anonymous id afterwards get nothing of that user?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.model.principals import Role
from tests.api.journeys import (
    ERRORS,
    PROFILE,
    active,
    config_of,
    declare,
    done,
    interaction_keys,
    profile_after,
    profile_of,
    track,
    tracking,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

LINK = f"mutation($input:LinkUsersInput!){{linkUsers(input:$input){{profile{{{PROFILE}}} {ERRORS}}}}}"
USER = f"""query($id:ID!,$place:String!){{user(id:$id){{id profile{{{PROFILE}}} personalization{{enabled}}
  interactions{{edges{{node{{id}}}}}} config(context:{{place:$place}}){{theme{{mode}}}}}}}}"""
VIEWER = """{viewer{id profile{revision traits} insights{computedAt} personalization{enabled}
  interactions{edges{node{id}}}}}"""
CONFIGS = """subscription($context:ContextInput!,$id:ID){configUpdated(context:$context,userId:$id){
  cause config{theme{mode}}}}"""


async def link(speaker: Speaker, anonymous_id: str, user_id: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await speaker.ask(LINK, input={"anonymousId": anonymous_id, "userId": user_id}))[
        "linkUsers"
    ]
    return payload


async def linked(api: Api, visitor: Speaker, user: Speaker) -> dict[str, Any]:
    payload = await link(api.as_service(), visitor.user_id, user.user_id)
    assert payload["userErrors"] == []
    profile: dict[str, Any] = payload["profile"]
    return profile


async def test_a_visitor_who_signs_in_is_one_user_with_everything_done_before(api: Api) -> None:
    visitor, user = api.as_user(), api.as_user()
    await track(visitor, done("FEATURE_USE", key="v", target="export"), done(key="both"))
    await track(user, done(key="u"), done(key="both"))
    await declare(visitor, traits={"source": "ad", "plan": "free"}, preferences={"themeMode": "DARK"})
    await declare(user, traits={"plan": "pro"})

    profile = await linked(api, visitor, user)

    assert profile["traits"] == {"plan": "pro", "source": "ad"}
    assert profile["activity"]["interactions"] == 3
    assert [used["feature"] for used in profile["features"]] == ["export"]
    assert profile == await profile_of(user)
    assert set(await interaction_keys(user)) == {"v", "u", "both"}
    assert (await config_of(user, "anywhere"))["theme"]["mode"] == "DARK"


async def test_what_arrives_late_under_the_anonymous_id_is_the_users(api: Api) -> None:
    visitor, user = api.as_user(), api.as_user()
    await linked(api, visitor, user)

    await track(visitor, done(key="offline"))
    await track(api.as_service(), done(key="queued", userId=visitor.user_id))
    payload = await tracking(user, done(key="queued"))

    assert (payload["accepted"], payload["duplicates"]) == (0, 1)
    assert set(await interaction_keys(user)) == {"offline", "queued"}
    assert (await profile_after(user, 2))["activity"]["interactions"] == 2


async def test_a_token_of_the_anonymous_id_reads_nothing_of_the_user(api: Api) -> None:
    place, secret = unique("place"), unique("secret")
    visitor, user = api.as_user(), api.as_user()
    await active(api, places=[place], condition={"traits": {"secret": secret}})
    for speaker in (visitor, user):
        await track(speaker, done(target=secret))
        await declare(speaker, traits={"secret": secret})
    assert (await config_of(visitor, place))["theme"]["mode"] == "DARK"

    await linked(api, visitor, user)

    answer = await visitor.ask(VIEWER)
    assert answer["viewer"] == {
        "id": visitor.user_id,
        "profile": None,
        "insights": None,
        "personalization": {"enabled": True},
        "interactions": {"edges": []},
    }
    assert (await config_of(visitor, place))["theme"]["mode"] != "DARK"
    assert (await config_of(user, place))["theme"]["mode"] == "DARK"
    with pytest.raises(Refusal) as refusal:
        await visitor.ask(USER, id=user.user_id, place=place)
    assert refusal.value.code == "FORBIDDEN"


@pytest.mark.parametrize(
    "mutation",
    [
        "updateProfile(input:{traits:{a:1}}){profile{revision}}",
        "setPersonalization(enabled:false){personalization{enabled}}",
        "eraseMyData{erased}",
    ],
)
async def test_a_token_of_the_anonymous_id_changes_nothing_of_the_user(api: Api, mutation: str) -> None:
    visitor, user = api.as_user(), api.as_user()
    await track(visitor, done(key="v"))
    before = await linked(api, visitor, user)

    with pytest.raises(Refusal, match="sign in") as refusal:
        await visitor.ask(f"mutation{{{mutation}}}")

    assert refusal.value.code == "FORBIDDEN"
    assert await profile_of(user) == before


async def test_services_and_staff_get_the_user_under_either_id(api: Api) -> None:
    place = unique("place")
    visitor, user = api.as_user(), api.as_user()
    await active(api, places=[place], condition={"traits": {"member": True}})
    await declare(user, traits={"member": True})
    await track(visitor, done(key="v"))
    await linked(api, visitor, user)

    for speaker in (api.as_service(), api.as_admin(), api.as_analyst()):
        under = [(await speaker.ask(USER, id=who, place=place))["user"] for who in (visitor.user_id, user.user_id)]
        assert under[0] == under[1]
        assert (under[0]["id"], under[0]["config"]["theme"]["mode"]) == (user.user_id, "DARK")
    updated = await api.as_service().ask(
        "mutation($id:ID!){updateProfile(input:{userId:$id,traits:{late:1}}){profile{traits}}}", id=visitor.user_id
    )
    assert updated["updateProfile"]["profile"]["traits"] == {"member": True, "late": 1}


async def test_open_subscriptions_converge_to_who_may_see_what(api: Api) -> None:
    place = unique("place")
    visitor, user = api.as_user(), api.as_user()
    await active(api, places=[place], condition={"traits": {"member": True}})
    await declare(user, traits={"member": True})
    await declare(visitor, preferences={"themeMode": "LIGHT"})
    context = {"place": place}

    async def next_mode(updates: Any) -> str:
        return str((await updates.next())["configUpdated"]["config"]["theme"]["mode"])

    profiles = "subscription($id:ID){profileUpdated(userId:$id){profile{traits}}}"
    async with (
        visitor.following(CONFIGS, context=context) as own,
        api.as_service().following(CONFIGS, context=context, id=visitor.user_id) as trusted,
        api.as_service().following(profiles, id=visitor.user_id) as profile,
    ):
        assert [await next_mode(updates) for updates in (own, trusted)] == ["LIGHT", "LIGHT"]
        assert await profile.has_nothing_waiting()
        await linked(api, visitor, user)
        assert await next_mode(own) == "SYSTEM"
        # The preference is the user's by now: it decides before the rule, which is said to have lost.
        assert await next_mode(trusted) == "LIGHT"
        assert (await profile.next())["profileUpdated"]["profile"]["traits"] == {"member": True}
        await declare(user, preferences={"themeMode": None})
        assert await next_mode(trusted) == "DARK"


async def test_who_is_linked_twice_stays_and_nobody_else_gets_them(api: Api) -> None:
    visitor, user, other = api.as_user(), api.as_user(), api.as_user()
    await track(visitor, done(key="v"))
    profile = await linked(api, visitor, user)

    assert await linked(api, visitor, user) == profile
    for anonymous, known, code, field in (
        (visitor, other, "ALREADY_LINKED", "anonymousId"),
        (other, visitor, "IS_ALIAS", "userId"),
        (user, other, "IS_KNOWN", "anonymousId"),
        (user, user, "SAME_USER", "anonymousId"),
    ):
        payload = await link(api.as_service(), anonymous.user_id, known.user_id)
        (error,) = payload["userErrors"]
        assert (payload["profile"], error["code"], error["path"]) == (None, code, ["input", field])
        assert user.user_id not in error["message"]
    assert await profile_of(other) is None


@pytest.mark.parametrize("impossible", ["", " ", "\x00", " padded ", "u" * 129, "u" * 10_000])
@pytest.mark.parametrize("field", ["anonymousId", "userId"])
async def test_an_id_that_no_user_can_have_is_refused(api: Api, impossible: str, field: str) -> None:
    ids = {"anonymousId": unique("visitor"), "userId": unique("user"), field: impossible}

    payload = (await api.as_service().ask(LINK, input=ids))["linkUsers"]

    (error,) = payload["userErrors"]
    assert (payload["profile"], error["code"], error["path"]) == (None, "INVALID_USER_ID", ["input", field])


async def test_nobody_links_themselves_to_what_others_did(api: Api) -> None:
    """A user cannot prove that an anonymous id was theirs: whoever guessed one would get its interactions."""
    visitor, thief = api.as_user(), api.as_user()
    await track(visitor, done(key="v"))

    for speaker in (thief, api.as_analyst()):
        with pytest.raises(Refusal) as refusal:
            await link(speaker, visitor.user_id, thief.user_id)
        assert refusal.value.code == "FORBIDDEN"
    assert await interaction_keys(visitor) == ["v"]


async def test_only_who_links_by_hand_is_noted(api: Api) -> None:
    admin, visitor, user = api.speaking(unique("admin"), Role.ADMIN), api.as_user(), api.as_user()
    payload = await link(admin, visitor.user_id, user.user_id)
    assert payload["userErrors"] == []
    await linked(api, api.as_user(), user)

    query = "query($who:ID!){auditLog(filter:{actor:$who}){edges{node{action subject after}}}}"
    (entry,) = (await admin.ask(query, who=admin.user_id))["auditLog"]["edges"]
    assert entry["node"]["action"] == "USERS_LINKED"
    assert visitor.user_id not in str(entry)
    assert (await admin.ask(query, who=api.as_service().user_id))["auditLog"]["edges"] == []


async def test_erasing_the_user_frees_the_anonymous_id(api: Api) -> None:
    visitor, user = api.as_user(), api.as_user()
    await track(visitor, done(key="before"))
    await linked(api, visitor, user)

    erased = await api.as_admin().ask("mutation($id:ID!){eraseUser(userId:$id){erased}}", id=visitor.user_id)

    assert erased["eraseUser"]["erased"] is True
    assert await interaction_keys(user) == []
    await track(visitor, done(key="again"))
    assert await interaction_keys(visitor) == ["again"]
