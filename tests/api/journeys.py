"""How do the API's tests say what somebody did, wrote or asked, and read what follows from it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from tests.engines import unique

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.engines import Api, Following, Speaker

ERRORS = "userErrors{code message path}"
TRACK = f"mutation($input:InteractionInput!){{trackInteraction(input:$input){{accepted duplicates {ERRORS}}}}}"
TRACK_ALL = f"mutation($input:[InteractionInput!]!){{trackInteractions(input:$input){{accepted duplicates {ERRORS}}}}}"
INTERACTIONS = """query($filter:InteractionFilter,$first:Int,$after:String){viewer{interactions(
  filter:$filter,first:$first,after:$after){
    edges{cursor node{id kind target section device sessionId value properties occurredAt receivedAt}}
    pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}"""
PROFILE = """revision traits skill firstSeenAt lastSeenAt computedAt
  segments{segment{key name kind} confidence since source}
  activity{sessions interactions conversions activeDays sessionsLast7Days sessionsLast30Days value}
  features{feature uses firstUsedAt lastUsedAt adopted} devices{device share} sections{section visits share}
  contentPreferences{tag affinity}
  usagePattern{hours weekdays sessionSecondsMedian daysBetweenSessionsMedian consistency trend}"""
CONFIG = """revision source decidedAt holdsUntil theme{mode} layout{density} features{key visible highlighted}
  navigation{order shortcuts} content{difficulty include exclude} recommendations(first:100){feature score reason}
  parameters decisions{slot variation rule{id key} lost{reason rule{key}}}"""
ADAPTATIONS = """__typename ...on SetTheme{mode} ...on SetLayout{density} ...on SetFeature{feature visible highlighted}
  ...on OrderNavigation{first byUsage} ...on AddShortcut{target} ...on FilterContent{include exclude}
  ...on SetDifficulty{level} ...on RecommendFeature{recommended:feature} ...on SetParameter{key value}"""
RULE = f"""id key name description status revision priority places condition conditionText coverage exclusionGroup
  createdAt updatedAt updatedBy adaptations{{{ADAPTATIONS}}}
  schedule{{startsAt endsAt windows{{weekdays from until}}}}"""
CREATE_RULE = f"mutation($input:RuleInput!){{createRule(input:$input){{rule{{{RULE}}} {ERRORS}}}}}"
UPDATE_RULE = f"""mutation($id:ID!,$revision:Int!,$input:RuleInput!){{
  updateRule(id:$id,expectedRevision:$revision,input:$input){{rule{{{RULE}}} {ERRORS}}}}}"""
SET_RULE_STATUS = f"""mutation($id:ID!,$revision:Int!,$status:RuleStatus!){{
  setRuleStatus(id:$id,expectedRevision:$revision,status:$status){{rule{{{RULE}}} {ERRORS}}}}}"""
ROLL_BACK_RULE = f"""mutation($id:ID!,$revision:Int!,$to:Int!){{
  rollBackRule(id:$id,expectedRevision:$revision,toRevision:$to){{rule{{{RULE}}} {ERRORS}}}}}"""
DELETE_RULE = f"""mutation($id:ID!,$revision:Int!){{
  deleteRule(id:$id,expectedRevision:$revision){{deleted {ERRORS}}}}}"""
SAVE_SEGMENT = f"""mutation($input:SegmentInput!){{
  saveSegment(input:$input){{segment{{key name description kind size}} {ERRORS}}}}}"""
SAVE_CATALOGUE = f"""mutation($input:CatalogueInput!){{saveCatalogue(input:$input){{catalogue{{
  features{{key name stage}} navigation{{key name stage}} tags{{key name stage}} places{{key name stage}}
  parameters{{key name default}} defaults{{place themeMode density hiddenFeatures navigation}}}} {ERRORS}}}}}"""
UPDATE_PROFILE = f"""mutation($input:UpdateProfileInput!){{
  updateProfile(input:$input){{profile{{{PROFILE}}} {ERRORS}}}}}"""

DARK = {"setTheme": {"mode": "DARK"}}
LIGHT = {"setTheme": {"mode": "LIGHT"}}
COMPACT = {"setLayout": {"density": "COMPACT"}}
ALWAYS = {"always": True}
# What the user `regular` is declared as.
TRAITS = {
    "plan": "pro",
    "seats": 12,
    "ratio": 0.5,
    "beta": True,
    "empty": "",
    "teams": ["red", "blue"],
    "scores": [3, 8],
    "address": {"city": "Berlin", "lines": 2},
    "appVersion": "1.10.2",
}


def now() -> datetime:
    return datetime.now(UTC)


def ago(**duration: float) -> str:
    """So long before now, as a client writes it."""
    return (now() - timedelta(**duration)).isoformat()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def done(kind: str = "CLICK", **fields: Any) -> dict[str, Any]:
    """An `InteractionInput`: a click a minute ago, unless said otherwise."""
    return {"key": unique("key"), "kind": kind, "occurredAt": ago(minutes=1), **fields}


async def tracking(speaker: Speaker, *interactions: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of tracking them at once."""
    payload: dict[str, Any] = (await speaker.ask(TRACK_ALL, input=interactions))["trackInteractions"]
    return payload


async def track(speaker: Speaker, *interactions: Mapping[str, Any]) -> None:
    """Track them; all must be new and fine."""
    assert await tracking(speaker, *interactions) == {
        "accepted": len(interactions),
        "duplicates": 0,
        "userErrors": [],
    }


async def interactions_of(speaker: Speaker, **arguments: Any) -> dict[str, Any]:
    """One page of the speaker's own interactions."""
    page: dict[str, Any] = (await speaker.ask(INTERACTIONS, **arguments))["viewer"]["interactions"]
    return page


async def interaction_keys(speaker: Speaker, **filter_: Any) -> list[str]:
    """Of one page of 100, in order. An interaction's id ends in its key."""
    page = await interactions_of(speaker, filter=filter_, first=100)
    return [edge["node"]["id"].partition(":")[2] for edge in page["edges"]]


async def profile_of(speaker: Speaker) -> dict[str, Any] | None:
    profile: dict[str, Any] | None = (await speaker.ask(f"{{viewer{{profile{{{PROFILE}}}}}}}"))["viewer"]["profile"]
    return profile


async def profile_when(speaker: Speaker, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The speaker's first profile of which this holds: the one known now or one of those to come."""
    async with speaker.following(f"subscription{{profileUpdated{{profile{{{PROFILE}}}}}}}") as updates:
        profile = await profile_of(speaker)
        while profile is None or not holds(profile):
            profile = (await updates.next())["profileUpdated"]["profile"]
        return profile


async def profile_after(speaker: Speaker, interactions: int) -> dict[str, Any]:
    """The speaker's profile once so many interactions are folded into it."""
    return await profile_when(speaker, lambda profile: bool(profile["activity"]["interactions"] >= interactions))


async def declare(speaker: Speaker, **changes: Any) -> dict[str, Any]:
    """Change traits and preferences; the profile afterwards."""
    payload = (await speaker.ask(UPDATE_PROFILE, input=changes))["updateProfile"]
    assert payload["userErrors"] == []
    profile: dict[str, Any] = payload["profile"]
    return profile


async def config_of(speaker: Speaker, place: str, **context: Any) -> dict[str, Any]:
    query = f"query($context:ContextInput!){{viewer{{config(context:$context){{{CONFIG}}}}}}}"
    config: dict[str, Any] = (await speaker.ask(query, context={"place": place, **context}))["viewer"]["config"]
    return config


def deciders(config: Mapping[str, Any]) -> dict[str, str | None]:
    """The key of the rule that decided each slot."""
    return {decision["slot"]: (decision["rule"] or {}).get("key") for decision in config["decisions"]}


def rule_input(**overrides: Any) -> dict[str, Any]:
    """A `RuleInput`: dark everywhere for everybody, unless said otherwise."""
    return {"key": unique("rule"), "name": "A rule", "condition": ALWAYS, "adaptations": [DARK], **overrides}


async def creating(speaker: Speaker, **overrides: Any) -> dict[str, Any]:
    """The payload of creating such a rule."""
    payload: dict[str, Any] = (await speaker.ask(CREATE_RULE, input=rule_input(**overrides)))["createRule"]
    return payload


async def draft(api: Api, **overrides: Any) -> dict[str, Any]:
    payload = await creating(api.as_admin(), **overrides)
    assert payload["userErrors"] == []
    rule: dict[str, Any] = payload["rule"]
    return rule


async def with_status(api: Api, rule: Mapping[str, Any], status: str) -> dict[str, Any]:
    payload = await api.as_admin().ask(SET_RULE_STATUS, id=rule["id"], revision=rule["revision"], status=status)
    assert payload["setRuleStatus"]["userErrors"] == []
    changed: dict[str, Any] = payload["setRuleStatus"]["rule"]
    return changed


async def active(api: Api, **overrides: Any) -> dict[str, Any]:
    """A rule that decides. Name its `places`: the engine is shared."""
    return await with_status(api, await draft(api, **overrides), "ACTIVE")


async def updated(api: Api, rule: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    """The rule with all of its content replaced."""
    content = rule_input(key=rule["key"], places=rule["places"], **overrides)
    payload = await api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=rule["revision"], input=content)
    assert payload["updateRule"]["userErrors"] == []
    changed: dict[str, Any] = payload["updateRule"]["rule"]
    return changed


async def save_segment(api: Api, condition: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    content = {"key": unique("segment"), "name": "A segment", "condition": condition, **overrides}
    payload = (await api.as_admin().ask(SAVE_SEGMENT, input=content))["saveSegment"]
    assert payload["userErrors"] == []
    segment: dict[str, Any] = payload["segment"]
    return segment


async def save_catalogue(api: Api, **content: Any) -> dict[str, Any]:
    payload = (await api.as_admin().ask(SAVE_CATALOGUE, input=content))["saveCatalogue"]
    assert payload["userErrors"] == []
    catalogue: dict[str, Any] = payload["catalogue"]
    return catalogue


def items(*keys: str) -> list[dict[str, str]]:
    return [{"key": key, "name": key.title()} for key in keys]


async def posted(speaker: Speaker, body: bytes) -> dict[str, Any]:
    """The answer to exactly these bytes, which need not be JSON that a Python client would write."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {speaker.token}"}
    response = await speaker.api.client.post("/graphql", content=body, headers=headers)
    answer: dict[str, Any] = orjson.loads(response.content)
    return answer


async def next_where(following: Following, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first event of which this holds; those before are let pass."""
    while not holds(event := await following.next()):
        pass
    return event


def only(errors: list[dict[str, Any]]) -> dict[str, Any]:
    """The one refusal among `userErrors`."""
    assert len(errors) == 1, errors
    assert errors[0]["code"]
    assert errors[0]["message"]
    return errors[0]
