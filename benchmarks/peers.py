"""How do other engines decide the same rules? Each as its documentation uses it, fed what it likes best.

They are installed into a folder of their own, never among the project's dependencies.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.rule_cases import Contestant, Person, RuleCase, salt

if TYPE_CHECKING:
    from collections.abc import Sequence

PINNED = ("growthbook==4.0.0", "json-logic-qubit==0.9.1", "zen-engine==2.1.3", "yggdrasil-engine==2.0.0")
"""`json-logic` itself ends with Python 2; qubit's is what became of it. Yggdrasil is what UnleashClient asks."""


def install() -> None:
    """Make the peers importable, behind the project's own dependencies; downloads them the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "attune-benchmarks" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "_".join(PINNED)
    if not folder.exists():
        unfinished = folder.with_suffix(f".{os.getpid()}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(unfinished), *PINNED]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        unfinished.rename(folder)
    sys.path.append(str(folder))


def growthbook(rules: Sequence[RuleCase], share: float) -> Contestant:
    """One feature a rule, covered by the same hash of the same salt."""
    module: Any = importlib.import_module("growthbook")
    keys = [str(rule.number) for rule in rules]
    features = {
        str(rule.number): {
            "defaultValue": False,
            "rules": [
                {
                    "condition": {
                        "plan": rule.plan,
                        "device": {"$in": sorted(rule.devices)},
                        "sessions": {"$gte": rule.sessions},
                    },
                    "force": True,
                    "coverage": share,
                    "hashAttribute": "id",
                    "seed": salt(rule.number),
                    "hashVersion": 2,
                }
            ],
        }
        for rule in rules
    }
    book = module.GrowthBook(features=features)

    def ask(attributes: dict[str, Any]) -> list[int]:
        book.set_attributes(attributes)
        return [number for number, key in enumerate(keys) if book.is_on(key)]

    return Contestant("GrowthBook 4.0.0", _attributes, ask, hashes=True)


def json_logic(rules: Sequence[RuleCase], _: float) -> Contestant:
    evaluate: Any = importlib.import_module("json_logic").jsonLogic
    written = [
        {
            "and": [
                {"==": [{"var": "plan"}, rule.plan]},
                {"in": [{"var": "device"}, sorted(rule.devices)]},
                {">=": [{"var": "sessions"}, rule.sessions]},
            ]
        }
        for rule in rules
    ]

    def ask(attributes: dict[str, Any]) -> list[int]:
        return [number for number, logic in enumerate(written) if evaluate(logic, attributes)]

    return Contestant("json-logic-qubit 0.9.1", _attributes, ask)


def zen_engine(rules: Sequence[RuleCase], _: float) -> Contestant:
    """One decision table with a row a rule, which collects the rows that match: a single call into Rust."""
    zen: Any = importlib.import_module("zen")
    rows = [
        {
            "_id": str(rule.number),
            "plan": json.dumps(rule.plan),
            "device": ",".join(map(json.dumps, sorted(rule.devices))),
            "sessions": f">= {rule.sessions}",
            "rule": str(rule.number),
        }
        for rule in rules
    ]
    inputs = [{"id": name, "field": name, "name": name} for name in ("plan", "device", "sessions")]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "rule", "field": "rule", "name": "rule"}],
        "rules": rows,
    }
    kinds = {"in": "inputNode", "table": "decisionTableNode", "out": "outputNode"}
    nodes = [{"id": key, "type": kind, "name": key, "position": {"x": 0, "y": 0}} for key, kind in kinds.items()]
    nodes[1]["content"] = table
    ways = (("in", "table"), ("table", "out"))
    edges = [{"id": f"{start}-{end}", "sourceId": start, "targetId": end, "type": "edge"} for start, end in ways]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def ask(attributes: dict[str, Any]) -> list[int]:
        return [row["rule"] for row in decision.evaluate(attributes)["result"]]

    return Contestant("zen-engine 2.1.3 (Rust)", _attributes, ask)


def unleash(rules: Sequence[RuleCase], share: float) -> Contestant:
    """One toggle a rule, with a rollout by Unleash's own hash, which covers other users."""
    engine: Any = importlib.import_module("yggdrasil_engine.engine").UnleashEngine()
    keys = [str(rule.number) for rule in rules]
    features = [
        {
            "name": str(rule.number),
            "type": "release",
            "enabled": True,
            "strategies": [
                {
                    "name": "flexibleRollout",
                    "parameters": {
                        "rollout": f"{share:.0%}".rstrip("%"),
                        "stickiness": "userId",
                        "groupId": salt(rule.number),
                    },
                    "constraints": [
                        {"contextName": "plan", "operator": "IN", "values": [rule.plan]},
                        {"contextName": "device", "operator": "IN", "values": sorted(rule.devices)},
                        {"contextName": "sessions", "operator": "NUM_GTE", "value": str(rule.sessions)},
                    ],
                }
            ],
        }
        for rule in rules
    ]
    engine.take_state(json.dumps({"version": 2, "features": features}))

    def given(person: Person) -> dict[str, Any]:
        properties = {"plan": person.plan, "device": person.device, "sessions": str(person.sessions)}
        return {"userId": person.id, "properties": properties}

    def ask(context: dict[str, Any]) -> list[int]:
        return [number for number, key in enumerate(keys) if engine.is_enabled(key, context).is_enabled]

    return Contestant("Unleash (yggdrasil 2.0.0, Rust)", given, ask, hashes=True)


PEERS = (zen_engine, json_logic, growthbook, unleash)


def _attributes(person: Person) -> dict[str, Any]:
    return {"id": person.id, "plan": person.plan, "device": person.device, "sessions": person.sessions}
