"""Does the page about writing rules tell the truth? Every condition, every change, and whole rules as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLInputObjectType

from domain.rules.documents import parse_condition, parse_content
from domain.rules.segments import BUILT_IN_SEGMENTS
from domain.rules.sentences import condition_text
from domain.rules.slots import slots_of
from schema.build import core_schema

if TYPE_CHECKING:
    from tests.engines import Api

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()


def rows_below(heading: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(\{.*?\})` \| (.*) \|$", PAGE.split(heading)[1].split("\n## ")[0], re.MULTILINE)


CONDITIONS, ADAPTATIONS = rows_below("## For whom"), rows_below("## What changes")
RULES = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
DELETE = "mutation($id: ID!) { deleteRule(id: $id, expectedRevision: 1) { deleted } }"


@pytest.mark.parametrize(("condition", "means"), CONDITIONS)
def test_a_condition_means_what_stands_beside_it(condition: str, means: str) -> None:
    assert condition_text(parse_condition(json.loads(condition))) == means


@pytest.mark.parametrize(("adaptation", "slots"), ADAPTATIONS)
def test_an_adaptation_decides_the_slots_beside_it(adaptation: str, slots: str) -> None:
    always = {"key": "r", "name": "R", "condition": {"always": True}}
    content = parse_content({**always, "adaptations": [json.loads(adaptation)]})
    assert sorted(slots_of(content.adaptations)) == re.findall(r"`([^`]+)`", slots)


@pytest.mark.parametrize(
    ("name", "rows"), [("ConditionInput", CONDITIONS), ("AdaptationInput", ADAPTATIONS)], ids=["conditions", "changes"]
)
def test_nothing_that_can_be_written_is_missing(name: str, rows: list[tuple[str, str]]) -> None:
    written = core_schema().type_map[name]
    assert isinstance(written, GraphQLInputObjectType)
    assert {next(iter(json.loads(row))) for row, _ in rows} == set(written.fields)


def test_every_built_in_segment_is_named() -> None:
    (bullet,) = re.findall(r"^- Built-in \*\*segments\*\* are (.*?);", PAGE, re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", bullet) == [segment.key for segment in BUILT_IN_SEGMENTS]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: re.findall(r'key: "(\w+)"', rule)[0])
async def test_a_rule_is_accepted_as_it_stands(api: Api, rule: str) -> None:
    admin = api.as_admin()
    created = (await admin.ask(rule))["createRule"]
    assert created["userErrors"] == []
    assert (await admin.ask(DELETE, id=created["rule"]["id"]))["deleteRule"]["deleted"]
