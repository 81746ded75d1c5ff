"""May everybody do exactly what the contract allows them, in queries, mutations and subscriptions alike?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from domain.model.principals import Role
from tests.api.journeys import active, declare, done, interaction_keys, profile_of, rule_input, track
from tests.engines import Speaker, unique

if TYPE_CHECKING:
    from tests.engines import Api, Following

SPEAKERS = ("nobody", "user", "other", "analyst", "service", "admin")
SIGNED_IN = frozenset(SPEAKERS) - {"nobody"}
STAFF = frozenset({"analyst", "admin"})
READERS = STAFF | {"service"}
KEEPERS = frozenset({"user", "service", "admin"})
WRITERS = frozenset({"user", "service"})
ADMIN = frozenset({"admin"})
CONTEXT = '(context:{place:"x"})'
EXPLAINED = f"explanation{CONTEXT}{{revision rules{{failed}}}}"
INSIGHTS = "insights{churn{risk factors{text} model{version}} computedAt}"
DONE = "interactions{edges{cursor}} assignments{variation timesApplied rule{key}}"
RULE = 'id:"none",expectedRevision:1'
CONTENT = 'input:{key:"",name:"",condition:{always:true},adaptations:[]}'
SEEN = 'key:"k",kind:CLICK,occurredAt:"2026-01-01T00:00:00Z"'
PERIOD = 'period:{from:"2026-01-01T00:00:00Z",until:"2026-02-01T00:00:00Z"}'
PROBLEMS = "userErrors{path}"

# Who may. $user is the id of the speaker "user"; inputs are such that those who may change nothing of importance.
QUERIES: dict[str, tuple[str, frozenset[str]]] = {
    "viewer": (
        f"{{viewer{{id profile{{revision}} {INSIGHTS} config{CONTEXT}{{revision}} {EXPLAINED} {DONE}}}}}",
        SIGNED_IN,
    ),
    "user": (
        f"query($user:ID!){{user(id:$user){{id profile{{revision}} {INSIGHTS} {EXPLAINED} {DONE}}}}}",
        READERS,
    ),
    "users": ("{users(first:1){edges{node{id}}}}", READERS),
    "rule": ('{rule(id:"none"){id}}', STAFF),
    "rules": ("{rules(first:1){totalCount}}", STAFF),
    "previewRule": (f"{{previewRule({CONTENT}){{audience {PROBLEMS}}}}}", STAFF),
    "segments": ("{segments{key}}", STAFF),
    "segment": ('{segment(key:"power_user"){key size members{edges{cursor}}}}', STAFF),
    "analytics": (f"{{analytics({PERIOD}){{users activeUsers configsServed}}}}", STAFF),
    "segment analysis": ('{segment(key:"power_user"){analysis{activeUsers series{day}}}}', STAFF),
    "models": ("{models{version}}", STAFF),
    "catalogue": ("{catalogue{features{key}}}", SIGNED_IN),
    "auditLog": ("{auditLog(first:1){edges{node{actor}}}}", STAFF),
    "exportRules": ("{exportRules}", STAFF),
}
MUTATIONS: dict[str, tuple[str, frozenset[str]]] = {
    "trackInteraction": (f"{{trackInteraction(input:{{{SEEN}}}){{accepted {PROBLEMS}}}}}", SIGNED_IN),
    "trackInteraction for the user": (
        f"($user:ID!){{trackInteraction(input:{{{SEEN},userId:$user}}){{accepted {PROBLEMS}}}}}",
        WRITERS,
    ),
    "trackInteractions": (f"{{trackInteractions(input:[{{{SEEN}}}]){{accepted {PROBLEMS}}}}}", SIGNED_IN),
    "trackInteractions for the user": (
        f"($user:ID!){{trackInteractions(input:[{{{SEEN},userId:$user}}]){{accepted {PROBLEMS}}}}}",
        WRITERS,
    ),
    "updateProfile": (f"{{updateProfile(input:{{traits:{{a:1}}}}){{profile{{revision}} {PROBLEMS}}}}}", SIGNED_IN),
    "updateProfile of the user": (
        f"($user:ID!){{updateProfile(input:{{userId:$user,traits:{{a:1}}}}){{profile{{traits}} {PROBLEMS}}}}}",
        KEEPERS,
    ),
    "recomputeProfile": (f"($user:ID!){{recomputeProfile(userId:$user){{profile{{traits}} {PROBLEMS}}}}}", KEEPERS),
    "linkUsers": (
        f"($user:ID!){{linkUsers(input:{{anonymousId:$user,userId:$user}}){{profile{{traits}} {PROBLEMS}}}}}",
        frozenset({"service", "admin"}),
    ),
    "createRule": (f"{{createRule({CONTENT}){{rule{{id}} {PROBLEMS}}}}}", ADMIN),
    "updateRule": (f"{{updateRule({RULE},{CONTENT}){{rule{{id}} {PROBLEMS}}}}}", ADMIN),
    "setRuleStatus": (f"{{setRuleStatus({RULE},status:ACTIVE){{rule{{id}} {PROBLEMS}}}}}", ADMIN),
    "rollBackRule": (f"{{rollBackRule({RULE},toRevision:1){{rule{{id}} {PROBLEMS}}}}}", ADMIN),
    "startExperiment": (f'{{startExperiment(ruleId:"none"){{rule{{id}} {PROBLEMS}}}}}', ADMIN),
    "concludeExperiment": (f'{{concludeExperiment(ruleId:"none",winner:"a"){{rule{{id}} {PROBLEMS}}}}}', ADMIN),
    "deleteRule": (f"{{deleteRule({RULE}){{deleted {PROBLEMS}}}}}", ADMIN),
    "importRules": (f"{{importRules(input:{{document:{{}}}}){{applied {PROBLEMS}}}}}", ADMIN),
    "saveSegment": (
        f'{{saveSegment(input:{{key:"",name:"",condition:{{always:true}}}}){{segment{{key}} {PROBLEMS}}}}}',
        ADMIN,
    ),
    "deleteSegment": (f'{{deleteSegment(key:"none"){{deleted {PROBLEMS}}}}}', ADMIN),
    "saveCatalogue": (
        f'{{saveCatalogue(input:{{features:[{{key:"",name:""}}]}}){{catalogue{{features{{key}}}} {PROBLEMS}}}}}',
        ADMIN,
    ),
    "overrideVariation": (
        f'($user:ID!){{overrideVariation(ruleId:"none",userId:$user){{assignment{{variation}} {PROBLEMS}}}}}',
        ADMIN,
    ),
    "setPersonalization": (f"{{setPersonalization(enabled:true){{personalization{{enabled}} {PROBLEMS}}}}}", SIGNED_IN),
    "exportMyData": (f"{{exportMyData{{data {PROBLEMS}}}}}", SIGNED_IN),
    "eraseMyData": (f"{{eraseMyData{{erased {PROBLEMS}}}}}", SIGNED_IN),
    "eraseUser": (f"($user:ID!){{eraseUser(userId:$user){{erased {PROBLEMS}}}}}", ADMIN),
}
SUBSCRIPTIONS: dict[str, tuple[str, frozenset[str]]] = {
    "configUpdated": (f"{{configUpdated{CONTEXT}{{cause}}}}", SIGNED_IN),
    "configUpdated of the user": (
        '($user:ID!){configUpdated(context:{place:"x"},userId:$user){cause}}',
        KEEPERS,
    ),
    "profileUpdated": ("{profileUpdated{cause}}", SIGNED_IN),
    "profileUpdated of the user": ("($user:ID!){profileUpdated(userId:$user){cause}}", KEEPERS),
    "segmentChanged": ("{segmentChanged{joined}}", SIGNED_IN - {"service"}),
    "segmentChanged of the user": ("($user:ID!){segmentChanged(userId:$user){joined}}", STAFF | {"user"}),
    "analyticsUpdated": (f"{{analyticsUpdated({PERIOD}){{users}}}}", STAFF),
    "ruleChanged": ("{ruleChanged{kind}}", STAFF),
}
# What the contract leaves open.
EITHER = {("user", "user"), ("segmentChanged", "service")}


@dataclass(frozen=True, slots=True)
class Cast:
    """One speaker for each role; `user` is whom the operations are about."""

    speakers: dict[str, Speaker]

    @property
    def user(self) -> Speaker:
        return self.speakers["user"]


@pytest.fixture
def cast(api: Api) -> Cast:
    staff = {
        "analyst": api.speaking(unique("analyst"), Role.ANALYST),
        "service": api.speaking(unique("service"), Role.SERVICE),
        "admin": api.speaking(unique("admin"), Role.ADMIN),
    }
    return Cast({"nobody": api.as_nobody(), "user": api.as_user(), "other": api.as_user(), **staff})


def expected(name: str, who: str, allowed: frozenset[str]) -> set[str]:
    if (name, who) in EITHER:
        return {"ok", "FORBIDDEN"}
    if who == "nobody":
        return {"UNAUTHENTICATED"}
    return {"ok"} if who in allowed else {"FORBIDDEN"}


def code(answer: dict[str, Any]) -> str:
    """`ok` or the code of the refusal. Refused because of the input is `ok`: the speaker might have done it."""
    return str(answer["errors"][0]["extensions"]["code"]) if answer.get("errors") else "ok"


def variables(document: str, cast: Cast) -> dict[str, str]:
    return {"user": cast.user.user_id} if "$user" in document else {}


@pytest.mark.parametrize("name", QUERIES)
async def test_queries_answer_those_who_may_ask(cast: Cast, name: str) -> None:
    document, allowed = QUERIES[name]
    for who, speaker in cast.speakers.items():
        answer = await speaker.answer(document, **variables(document, cast))
        assert code(answer) in expected(name, who, allowed), (who, answer)


@pytest.mark.parametrize("name", MUTATIONS)
async def test_mutations_obey_those_who_may_order(cast: Cast, name: str) -> None:
    document, allowed = MUTATIONS[name]
    for who, speaker in cast.speakers.items():
        answer = await speaker.answer(f"mutation{document}", **variables(document, cast))
        assert code(answer) in expected(name, who, allowed), (who, answer)


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_subscriptions_are_open_to_those_who_may_follow(cast: Cast, name: str) -> None:
    document, allowed = SUBSCRIPTIONS[name]
    for who, speaker in cast.speakers.items():
        codes = expected(name, who, allowed)
        async with speaker.following(f"subscription{document}", **variables(document, cast)) as updates:
            assert await outcome(updates, may_be_refused=codes != {"ok"}, may_be_open="ok" in codes) in codes, who


async def outcome(updates: Following, *, may_be_refused: bool, may_be_open: bool) -> str:
    """A ping tells an open subscription that says nothing yet from a refused one, but may overtake the refusal."""
    if may_be_open:
        await updates.socket.send({"type": "ping"})
    message = await updates.socket.receive()
    if message["type"] == "error":
        assert may_be_refused
        return str(message["payload"][0]["extensions"]["code"])
    return "ok"


@pytest.mark.parametrize(
    "field",
    [
        "description",
        "places",
        "condition",
        "conditionText",
        "schedule{startsAt}",
        "coverage",
        "exclusionGroup",
        "updatedBy",
        "history{edges{cursor}}",
        "comparison(from:1)",
    ],
)
async def test_whom_a_rule_is_for_and_who_made_it_is_for_staff_only_also_on_the_way_through_a_decision(
    api: Api, cast: Cast, field: str
) -> None:
    place = unique("place")
    await active(api, places=[place])
    query = f'{{viewer{{config(context:{{place:"{place}"}}){{decisions{{rule{{key {field}}}}}}}}}}}'
    for who in ("user", "analyst", "service", "admin"):
        answer = await cast.speakers[who].answer(query)
        assert code(answer) == ("ok" if who in STAFF else "FORBIDDEN"), (who, answer)


@pytest.mark.parametrize("field", ["size", "condition", "analysis{users}", "members{edges{node{user{id}}}}"])
async def test_who_else_is_in_a_segment_is_for_staff_only_also_on_the_way_through_a_profile(
    cast: Cast, field: str
) -> None:
    query = f"{{viewer{{profile{{segments{{segment{{key {field}}}}}}}}}}}"
    for who in ("user", "analyst", "admin"):
        speaker = cast.speakers[who]
        await declare(speaker, traits={"a": 1})
        await track(speaker, done())
        async with speaker.following("subscription{profileUpdated{profile{segments{confidence}}}}") as updates:
            profile = await profile_of(speaker)
            while not (profile and profile["segments"]):
                profile = (await updates.next())["profileUpdated"]["profile"]
        answer = await speaker.answer(query)
        assert code(answer) == ("ok" if who in STAFF else "FORBIDDEN"), (who, answer)


async def test_what_is_forbidden_has_no_effect(api: Api, cast: Cast) -> None:
    await track(cast.user, done(key="kept"))
    for who in ("nobody", "other", "analyst", "service"):
        speaker = cast.speakers[who]
        await speaker.answer("mutation($user:ID!){eraseUser(userId:$user){erased}}", user=cast.user.user_id)
        content = rule_input()
        await speaker.answer("mutation($input:RuleInput!){createRule(input:$input){rule{id}}}", input=content)
        query = "query($key:String){rules(filter:{search:$key}){totalCount}}"
        assert await api.as_admin().ask(query, key=content["key"]) == {"rules": {"totalCount": 0}}
    assert await interaction_keys(cast.user) == ["kept"]


async def test_one_forbidden_field_does_not_reveal_its_neighbours_value(cast: Cast) -> None:
    await declare(cast.user, traits={"secret": "x"})
    answer = await cast.speakers["other"].answer(
        "query($user:ID!){user(id:$user){id profile{traits}} viewer{id}}", user=cast.user.user_id
    )
    assert code(answer) == "FORBIDDEN"
    assert "secret" not in str(answer)


def forged(api: Api, key: str, algorithm: str, **claims: Any) -> Speaker:
    """Somebody with a token made by hand."""
    user = api.as_user()
    genuine = jwt.decode(user.token, options={"verify_signature": False})
    return replace(user, token=jwt.encode({**genuine, **claims}, key, algorithm))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_tokens_that_are_not_ours_or_not_valid_now_are_refused(api: Api) -> None:
    secret = api.settings.token_secret
    assert secret is not None
    key = secret.get_secret_value()
    past = datetime.now(UTC) - timedelta(hours=1)
    speakers = {
        "another secret": forged(api, "x" * 40, "HS256"),
        "no signature": forged(api, "", "none", roles=["admin"]),
        "expired": forged(api, key, "HS256", exp=past),
        "no subject": forged(api, key, "HS256", sub=""),
        "a subject that is too long": forged(api, key, "HS256", sub="u" * 129),
        "garbage": replace(api.as_user(), token="a.b.c"),
        "changed": replace(api.as_user(), token=api.as_user().token[:-3] + "abc"),
    }
    for name, speaker in speakers.items():
        assert code(await speaker.answer("{viewer{id}}")) == "UNAUTHENTICATED", name
    assert code(await forged(api, key, "HS256").answer("{viewer{id}}")) == "ok"


async def test_an_unknown_role_gives_no_rights(api: Api) -> None:
    secret = api.settings.token_secret
    assert secret is not None
    speaker = forged(api, secret.get_secret_value(), "HS256", roles=["root", "ADMIN", "superuser"])
    assert code(await speaker.answer("{rules{totalCount}}")) in {"FORBIDDEN", "UNAUTHENTICATED"}
