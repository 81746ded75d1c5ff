"""Do the examples that GraphiQL opens with work as they stand, one after another?"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import OperationDefinitionNode, OperationType, build_schema, parse, print_ast, validate

from schema.build import printed_schema
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

PAGE = Path(__file__).parents[2] / "web" / "graphiql" / "page"
NODE = shutil.which("node") or "node"
TELL = """import { exampleTabs } from "./examples.js";
import { libraryOf } from "./library.js";
const now = new Date();
console.log(JSON.stringify({ tabs: exampleTabs(now), library: libraryOf(now).flatMap(({ queries }) => queries) }));"""
TOLD: dict[str, Any] = json.loads(
    subprocess.run(
        [NODE, "--input-type=module", "--eval", TELL], cwd=PAGE, capture_output=True, text=True, check=True
    ).stdout
)
TABS: list[dict[str, str]] = TOLD["tabs"]
LIBRARY: list[dict[str, Any]] = TOLD["library"]
REPLACES_EVERYTHING = {"Replace the catalogue", "Carry out what they suggest"}
"""What other tests of the same engine would notice."""

LIFE = next(tab for tab in TABS if "CreateRule" in tab["query"])


def operations(document: str) -> dict[str, str]:
    """Each operation's text by its name."""
    definitions = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    return {node.name.value: print_ast(node) for node in definitions if node.name is not None}


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: next(iter(operations(tab["query"]))))
def test_every_example_fits_the_schema(tab: dict[str, str]) -> None:
    assert validate(build_schema(printed_schema()), parse(tab["query"])) == []


async def test_a_rule_lives_as_the_examples_tell(api: Api) -> None:
    steps, admin = operations(LIFE["query"]), api.as_admin()
    given = json.loads(LIFE["variables"])
    rule = {**given["rule"], "key": unique("export"), "places": [unique("place")]}

    async def step(name: str, **variables: Any) -> dict[str, Any]:
        wanted = {key: value for key, value in variables.items() if f"${key}" in steps[name]}
        return dict(await admin.ask(steps[name], **wanted))

    preview = (await step("PreviewRule", rule=rule))["previewRule"]
    assert preview["userErrors"] == []
    assert 0 <= preview["audience"] <= preview["population"]

    created = (await step("CreateRule", rule=rule))["createRule"]
    assert created["userErrors"] == []
    assert created["rule"]["conditionText"] == "at least 3 sessions in the last 7 days and on desktop"
    known = {"id": created["rule"]["id"], "user": given["user"], "rule": {**rule, "priority": 90}}

    activated = (await step("ActivateRule", **known))["setRuleStatus"]
    assert activated == {"rule": {"status": "ACTIVE", "revision": 2}, "userErrors": []}

    (verdict,) = (await step("ExplainRule", **known))["user"]["explanation"]["rules"]
    assert verdict["outcome"] == "WRONG_PLACE"
    assert rule["places"][0] in verdict["wouldApplyIf"]
    assert "3 more sessions in the last 7 days" in verdict["wouldApplyIf"]
    assert "device desktop" in verdict["wouldApplyIf"]

    edited = (await step("PreviewEdit", **known))["previewRule"]
    assert (edited["userErrors"], edited["findings"]) == ([], [])

    assert (await step("EditRule", **known))["updateRule"]["rule"] == {"revision": 3}
    compared = (await step("CompareRule", **known))["rule"]
    assert compared["comparison"] == ["status: from draft to active", "priority: from 30 to 90"]
    assert [edge["node"]["revision"] for edge in compared["history"]["edges"]] == [3, 2, 1]

    rolled_back = (await step("RollBackRule", **known))["rollBackRule"]
    assert rolled_back == {"rule": {"revision": 4, "status": "ACTIVE", "priority": 30}, "userErrors": []}
    assert (await step("Rules"))["rules"]["edges"]


@pytest.mark.parametrize("ready", LIBRARY, ids=lambda ready: ready["name"])
async def test_every_ready_query_is_answered_as_it_stands(ready: dict[str, Any], api: Api) -> None:
    document = parse(ready["query"])
    assert validate(build_schema(printed_schema()), document) == []
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    if operation.operation is not OperationType.SUBSCRIPTION and ready["name"] not in REPLACES_EVERYTHING:
        variables = ready.get("variables", {})
        await api.as_admin().ask(ready["query"], **variables)
        if ready["name"] == "Save a segment":  # others ask which segments there are
            await api.as_admin().ask(
                "mutation($key:String!){deleteSegment(key:$key){deleted}}", key=variables["input"]["key"]
            )


def test_every_mutation_of_an_admin_is_in_the_library_or_the_examples() -> None:
    schema = build_schema(printed_schema()).mutation_type
    assert schema is not None
    texts = " ".join(one["query"] for one in [*TABS, *LIBRARY])
    unready = {name for name, field in schema.fields.items() if "admin" in (field.description or "")} - {
        name for name in schema.fields if f"{name}(" in texts
    }
    assert unready == set()
