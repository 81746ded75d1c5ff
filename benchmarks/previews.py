"""How long does it take to say what a rule would do, with 100,000 active users and 200 rules?"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx2
import orjson

from benchmarks.engines import measured_engine
from benchmarks.load import Latencies, one_after_another, post
from benchmarks.people import FEATURES, SECTIONS, TAGS, people, settle_down
from benchmarks.tables import Figure, machine, show, times
from domain.model.principals import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.engines import MeasuredEngine

USERS = 100_000
RULES = 200
ROUNDS = 5
BATCH_ROWS = 1_000
PATIENCE_SECONDS = 60.0
PLACES = ("login", "dashboard", "settings", "mobile")
CREATE = "mutation($input:RuleInput!){createRule(input:$input){rule{id} userErrors{message path}}}"
ACTIVATE = """mutation($id:ID!){setRuleStatus(id:$id,expectedRevision:1,status:ACTIVE){
  rule{status} userErrors{message}}}"""
PREVIEW = """query($input:RuleInput!){previewRule(input:$input){audience population exact changedConfigs
  changedSlots{slot users} sample{id} userErrors{message path}}}"""
ALL_ROWS = """SELECT p.*, (SELECT json_agg(m) FROM segment_memberships m WHERE m.user_id = p.user_id)
  FROM profiles p WHERE last_seen_at >= now() - interval '30 days'"""

NARROW = {"all": [{"segment": {"in": ["power_user"]}}, {"traits": {"beta": True}}, {"device": ["MOBILE"]}]}
HALF = {"any": [{"activity": {"measure": "SESSIONS_30D", "range": {"gte": 9}}}, {"traits": {"plan": "team"}}]}
EVERYBODY = {"always": True}
PREVIEWED: Mapping[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "a few get a feature": (NARROW, [{"setFeature": {"feature": "feature_00", "visible": False}}]),
    "half of all get another density": (HALF, [{"setLayout": {"density": "COMPACT"}}]),
    "everybody gets another theme": (EVERYBODY, [{"setTheme": {"mode": "DARK"}}]),
    "everybody gets a shortcut and a tag": (
        EVERYBODY,
        [{"addShortcut": {"target": "target_2"}}, {"filterContent": {"include": ["news"]}}],
    ),
}


def conditions(random: Random) -> list[dict[str, Any]]:
    """Of every kind one."""
    return [
        {"segment": {"in": [random.choice(("power_user", "casual_user", "mobile_first", "desktop_focused"))]}},
        {
            "did": {
                "kind": random.choice(("CLICK", "PAGE_VIEW", "CONVERSION")),
                "days": random.choice((7, 30)),
                "times": {"gte": random.randrange(1, 4)},
                "target": random.choice(FEATURES[:10]),
            }
        },
        {
            "activity": {
                "measure": random.choice(("SESSIONS_7D", "SESSIONS_30D", "INTERACTIONS", "ACTIVE_DAYS")),
                "range": {"gte": random.randrange(2, 30)},
            }
        },
        {"featureUse": {"feature": random.choice(FEATURES), "uses": {"gte": random.randrange(1, 8)}}},
        {"traits": random.choice(({"plan": "pro"}, {"seats": {"$gt": 10}}, {"beta": True}))},
        {"device": [random.choice(("DESKTOP", "MOBILE", "TABLET"))]},
        {"localTime": {"weekdays": ["MONDAY", "WEDNESDAY", "FRIDAY"], "from": "00:00", "until": "23:59"}},
    ]


def adaptations(random: Random) -> list[dict[str, Any]]:
    """About fifteen slots are contested."""
    return [
        {"setTheme": {"mode": random.choice(("DARK", "LIGHT"))}},
        {"setLayout": {"density": random.choice(("COMPACT", "SPACIOUS"))}},
        *({"setFeature": {"feature": feature, "visible": random.random() < 0.5}} for feature in FEATURES[:4]),
        {"orderNavigation": {"first": random.sample(SECTIONS, 2)}},
        *({"addShortcut": {"target": f"target_{number}"}} for number in range(2)),
        *({"filterContent": {"include": [tag]}} for tag in TAGS[:2]),
        {"setDifficulty": {"level": random.choice(("BEGINNER", "ADVANCED"))}},
        {"recommendFeature": {"feature": random.choice(FEATURES[4:6])}},
        *({"setParameter": {"key": key, "value": random.randrange(3)}} for key in ("columns", "banner")),
    ]


def rule(random: Random, number: int) -> dict[str, Any]:
    return {
        "key": f"rule-{number}",
        "name": f"Rule {number}",
        "priority": random.randrange(10),
        "places": random.sample(PLACES, random.randrange(3)),
        "condition": {"all": random.sample(conditions(random), 3)},
        "adaptations": random.sample(adaptations(random), 1),
        "coverage": random.choice((1.0, 1.0, 1.0, 0.5)),
    }


async def measure(engine: MeasuredEngine) -> list[Figure]:
    random = Random(11)  # noqa: S311 - the same users and rules in every run
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    await settle_down(connection, islice(people(random, datetime.now(UTC)), USERS))
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}", timeout=PATIENCE_SECONDS) as http:
        admin = _Admin(http, {"authorization": f"Bearer {engine.token('bench-admin', Role.ADMIN)}"})
        for number in range(RULES):
            created = await admin.ask(CREATE, {"input": rule(random, number)})
            await admin.ask(ACTIVATE, {"id": created["rule"]["id"]})
        floor_ms = await _selected_ms(connection)
        figures = [await _previewed(admin, engine, name, floor_ms) for name in PREVIEWED]
    await connection.close()
    return figures


@dataclass(frozen=True, slots=True)
class _Admin:
    http: httpx2.AsyncClient
    headers: dict[str, str]

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = orjson.loads((await self.http.post("/graphql", json=body, headers=self.headers)).content)
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise RuntimeError(payload["userErrors"])
        data: dict[str, Any] = payload
        return data


async def _selected_ms(connection: asyncpg.Connection[Any]) -> float:
    """All active users' rows as they are stored, in batches; nothing is made of them."""
    began = time.perf_counter()
    async with connection.transaction():
        cursor = await connection.cursor(ALL_ROWS)
        while await cursor.fetch(BATCH_ROWS):
            pass
    return (time.perf_counter() - began) * 1e3


async def _previewed(admin: _Admin, engine: MeasuredEngine, name: str, floor_ms: float) -> Figure:
    condition, adaptations_ = PREVIEWED[name]
    content = {"key": "previewed", "name": "Previewed", "condition": condition, "adaptations": adaptations_}
    took, meanwhile = Latencies(), Latencies()
    answer: dict[str, Any] = {}
    for _ in range(ROUNDS):
        others = asyncio.create_task(_ask_others(engine, meanwhile))
        began = time.perf_counter()
        answer = await admin.ask(PREVIEW, {"input": {**content, "priority": 5}})
        took.ms.append((time.perf_counter() - began) * 1e3)
        others.cancel()
        await asyncio.wait([others])
    assert answer["population"] == USERS
    assert answer["exact"]
    found = f"{answer['audience']:,} get it, {answer['changedConfigs']:,} see it"
    return Figure(
        f"{name}: {found}",
        f"median {took.p50:,.0f} ms, slowest {max(took.ms):,.0f} ms; others meanwhile p99 {meanwhile.p99:.1f} ms, "
        f"slowest {max(meanwhile.ms):.1f} ms",
        f"SELECT of the same rows {floor_ms:,.0f} ms",
        times(took.p50, floor_ms),
    )


async def _ask_others(engine: MeasuredEngine, latencies: Latencies) -> None:
    """Somebody else asks something small, again and again, until cancelled."""
    request = post(engine.port, engine.token("somebody"), {"query": "{viewer{id}}"})
    while True:
        latencies.ms += (await one_after_another(engine.port, [request] * 20)).ms
        await asyncio.sleep(0.02)


def main() -> None:
    with measured_engine() as engine:
        figures = asyncio.run(measure(engine))
    show(f"previewRule, {USERS:,} active users, {RULES} rules, on {machine()}", figures)


if __name__ == "__main__":
    main()
