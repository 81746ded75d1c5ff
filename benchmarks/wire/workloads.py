"""Which users and fifty rules is every server given, and how is each of them asked for a config?

Each rule asks for a plan, one of two devices and a number of sessions, and covers half of all users; about three of
them apply to a user. Engine and peers are given the same conditions, each in the form that it likes best.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from app.definitions.engine import connected
from benchmarks.configs import QUERY
from benchmarks.load import one_after_another, post
from benchmarks.rule_cases import attune_condition, mixed, salt
from benchmarks.tracking import interaction, track
from domain.model.adaptations import (
    AddShortcut,
    FilterContent,
    LayoutDensity,
    RecommendFeature,
    SetFeature,
    SetLayout,
    SetParameter,
    SetTheme,
    ThemeMode,
)
from domain.model.definitions import Definitions, RuleDefinition
from domain.model.principals import Role
from domain.model.rules import RuleContent, RuleKey, RuleStatus
from domain.rules.documents.rule_sets import rule_set_document

if TYPE_CHECKING:
    from benchmarks.engines import MeasuredEngine
    from benchmarks.rule_cases import Person, RuleCase
    from domain.model.adaptations import Adaptation

COVERAGE = 0.5
KINDS = 5
RULES_USER = "bench-rules"
PROFILE = """mutation Profile($input: UpdateProfileInput!) {
  updateProfile(input: $input) { userErrors { message } } }"""


@dataclass(frozen=True, slots=True)
class Workload:
    rules: tuple[RuleCase, ...]
    people: tuple[Person, ...]

    @classmethod
    def of_fifty_rules(cls) -> Workload:
        _, rules, people = mixed()
        return cls(tuple(rules), tuple(people))


def adaptations(number: int) -> tuple[Adaptation, ...]:
    """Each rule has an item of its own; every fifth contends for the theme or the density besides."""
    feature, tag = f"feature_{number:02}", f"tag_{number:02}"
    own: Adaptation = (
        SetFeature(feature, visible=True, highlighted=number % 2 == 0),
        AddShortcut(f"target_{number:02}"),
        FilterContent(include=(tag,)),
        SetParameter(f"parameter_{number:02}", number),
        RecommendFeature(feature),
    )[number % KINDS]
    if number % 10 == 0:
        return own, SetTheme(ThemeMode.DARK if number % 20 else ThemeMode.SIMPLIFIED)
    if number % 10 == KINDS:
        return own, SetLayout(LayoutDensity.COMPACT)
    return (own,)


def priority(number: int) -> int:
    """Different for each, and in another order than the rules."""
    return number * 7 % 50


def rule_document(workload: Workload) -> dict[str, Any]:
    """What the engine imports."""
    definitions = tuple(
        RuleDefinition(
            RuleContent(
                RuleKey(salt(rule.number)),
                f"Rule {rule.number}",
                adaptations(rule.number),
                attune_condition(rule),
                priority=priority(rule.number),
                coverage=COVERAGE,
            ),
            RuleStatus.ACTIVE,
            salt(rule.number),
        )
        for rule in workload.rules
    )
    return dict(rule_set_document(Definitions(rules=definitions)))


def handwritten(workload: Workload) -> dict[str, Any]:
    """What the servers in JavaScript decide by, which answer the engine's own query."""
    described: list[dict[str, Any]] = rule_document(workload)["rules"]
    by_key = {described_rule["key"]: described_rule for described_rule in described}
    rules = []
    for rule in workload.rules:
        key = salt(rule.number)
        kept = {name: by_key[key][name] for name in ("name", "priority", "coverage", "adaptations")}
        condition = {"plan": rule.plan, "devices": sorted(rule.devices), "sessions": rule.sessions}
        rules.append({"key": key, "salt": key, **condition, **kept})
    people = [{"id": person.id, "plan": person.plan, "sessions": person.sessions} for person in workload.people]
    return {"rules": rules, "people": people}


def growthbook_payload(workload: Workload) -> dict[str, Any]:
    """One feature a rule, as its SDK endpoint would carry it."""
    features = {
        salt(rule.number): {
            "defaultValue": False,
            "rules": [
                {
                    "condition": {
                        "plan": rule.plan,
                        "device": {"$in": sorted(rule.devices)},
                        "sessions": {"$gte": rule.sessions},
                    },
                    "force": True,
                    "coverage": COVERAGE,
                    "hashAttribute": "id",
                    "seed": salt(rule.number),
                    "hashVersion": 2,
                }
            ],
        }
        for rule in workload.rules
    }
    return {"features": features, "experiments": []}


def unleash_export(workload: Workload) -> dict[str, Any]:
    """One flag a rule, as Unleash imports them."""
    names = {rule.number: salt(rule.number) for rule in workload.rules}
    strategies = [
        {
            "name": "flexibleRollout",
            "featureName": names[rule.number],
            "parameters": {
                "rollout": f"{COVERAGE:.0%}".rstrip("%"),
                "stickiness": "userId",
                "groupId": names[rule.number],
            },
            "constraints": [
                {"contextName": "plan", "operator": "IN", "values": [rule.plan]},
                {"contextName": "device", "operator": "IN", "values": sorted(rule.devices)},
                {"contextName": "sessions", "operator": "NUM_GTE", "value": str(rule.sessions)},
            ],
        }
        for rule in workload.rules
    ]
    return {
        "features": [{"name": name, "type": "release"} for name in names.values()],
        "featureStrategies": strategies,
        "featureEnvironments": [
            {"enabled": True, "featureName": name, "environment": "development", "name": name}
            for name in names.values()
        ],
        "contextFields": [{"name": name} for name in ("plan", "device", "sessions")],
        "featureTags": [],
        "segments": [],
        "tagTypes": [],
    }


def graphql_requests(port: int, workload: Workload, engine: MeasuredEngine | None = None) -> list[bytes]:
    """The config query of every user; peers know whose a token is without verifying anything."""
    return [
        post(
            port,
            engine.token(person.id) if engine else person.id,
            {
                "query": QUERY,
                "variables": {
                    "context": {"place": "dashboard", "device": person.device, "timeZone": "Europe/Vienna"},
                },
            },
        )
        for person in workload.people
    ]


def growthbook_requests(port: int, workload: Workload) -> list[bytes]:
    return [
        post(
            port,
            None,
            {
                "attributes": {
                    "id": person.id,
                    "plan": person.plan,
                    "device": person.device,
                    "sessions": person.sessions,
                }
            },
        )
        for person in workload.people
    ]


def unleash_requests(port: int, workload: Workload, token: str) -> list[bytes]:
    """Its frontend SDKs ask by GET."""
    return [
        (
            f"GET /api/frontend?{_unleash_context(person)} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
            f"authorization: {token}\r\naccept: application/json\r\n\r\n"
        ).encode()
        for person in workload.people
    ]


def _unleash_context(person: Person) -> str:
    return urlencode(
        {
            "userId": person.id,
            "properties[plan]": person.plan,
            "properties[device]": person.device,
            "properties[sessions]": str(person.sessions),
        }
    )


async def prepare(engine: MeasuredEngine, workload: Workload) -> None:
    """Rules, traits, and as many sessions as everybody had."""
    url = f"http://127.0.0.1:{engine.port}/graphql"
    with connected(url, engine.token(RULES_USER, Role.ADMIN)) as rules:
        wanted = {"document": rule_document(workload), "from": "ATTUNE", "apply": True}
        answer = rules.import_rules(wanted)
    if answer["userErrors"]:
        raise RuntimeError(orjson.dumps(answer["userErrors"]).decode())
    token = engine.token("bench-service", Role.SERVICE)
    profiles = [{"userId": person.id, "traits": {"plan": person.plan}} for person in workload.people]
    requests = [post(engine.port, token, {"query": PROFILE, "variables": {"input": given}}) for given in profiles]
    await one_after_another(engine.port, requests)
    await track(engine, _sessions(workload))


def _sessions(workload: Workload) -> list[dict[str, Any]]:
    """One interaction each, hours apart."""
    now = datetime.now(UTC)
    return [
        interaction(f"{person.id}-{hours}", person.id, "board", now - timedelta(hours=hours))
        for person in workload.people
        for hours in range(1, person.sessions + 1)
    ]
