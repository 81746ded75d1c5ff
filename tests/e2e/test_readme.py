"""The examples of the README work as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from graphql import OperationDefinitionNode, parse

from tests.e2e.replays import ATTUNE

if TYPE_CHECKING:
    from tests.engines import Api

README = (Path(__file__).parents[2] / "README.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
QUERY, TRACK, LINK, FOLLOW, CREATE, ACTIVATE, WHY, INSIGHTS, *OF_EXPERIMENTS, ANALYTICS = EXAMPLES
TRY, START, RESULTS, ADVISE, CONCLUDE = OF_EXPERIMENTS
RULES_AS_A_FILE = next(
    block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "attune rules" in block
).splitlines()
DELETE = """mutation($id: ID!, $revision: Int!) {
  deleteRule(id: $id, expectedRevision: $revision) { deleted userErrors { message } } }"""


@pytest.mark.parametrize(
    ("example", "kind"),
    [
        (QUERY, "query"),
        (TRACK, "mutation"),
        (LINK, "mutation"),
        (FOLLOW, "subscription"),
        (CREATE, "mutation"),
        (ACTIVATE, "mutation"),
        (WHY, "query"),
        (INSIGHTS, "query"),
        (TRY, "mutation"),
        (START, "mutation"),
        (RESULTS, "query"),
        (ADVISE, "mutation"),
        (CONCLUDE, "mutation"),
        (ANALYTICS, "query"),
    ],
)
def test_every_example_is_what_the_text_around_it_says(example: str, kind: str) -> None:
    (operation,) = parse(example).definitions

    assert isinstance(operation, OperationDefinitionNode)
    assert operation.operation.value == kind


async def test_a_reader_queries_tracks_follows_and_sees_the_rule_arrive(api: Api) -> None:
    reader, admin = api.as_user(), api.as_admin()

    viewer = (await reader.ask(QUERY))["viewer"]
    tracked = (await reader.ask(TRACK))["trackInteraction"]

    assert viewer["id"] == reader.user_id
    assert tracked == {"accepted": 1, "duplicates": 0, "userErrors": []}
    async with reader.following(FOLLOW) as page:
        assert (await page.next())["configUpdated"]["cause"] == "SUBSCRIBED"
        created = (await admin.ask(CREATE))["createRule"]
        activated = (await admin.ask(ACTIVATE, id=created["rule"]["id"]))["setRuleStatus"]
        try:
            pushed = (await page.next())["configUpdated"]
            # What was tracked may change something, too: before the rule, or together with it.
            while pushed["config"]["theme"]["mode"] != "DARK":
                pushed = (await page.next())["configUpdated"]
            verdicts = (await reader.ask(WHY))["viewer"]["explanation"]["rules"]
        finally:  # it concerns everybody, and so every other test
            await admin.ask(DELETE, id=created["rule"]["id"], revision=activated["rule"]["revision"])

    assert "theme.mode" in pushed["changedSlots"]
    applied = {"rule": {"name": "Dark for everybody"}, "outcome": "APPLIED", "failed": None, "wouldApplyIf": None}
    assert applied in verdicts


async def test_a_reader_asks_for_insights_before_anything_is_trained(api: Api) -> None:
    viewer = (await api.as_user().ask(INSIGHTS))["viewer"]

    assert viewer == {"insights": None}


async def test_a_reader_tries_a_rule_and_asks_what_is_known_so_far(api: Api) -> None:
    admin, reader = api.as_admin(), api.as_user()
    created = (await admin.ask(TRY))["createRule"]
    rule_id = created["rule"]["id"]
    await admin.ask(ACTIVATE, id=rule_id)
    started = (await admin.ask(START, id=rule_id))["startExperiment"]
    try:
        assert started["userErrors"] == []
        assert started["rule"]["experiment"]["status"] == "RUNNING"
        await reader.ask(QUERY)
        found = (await admin.ask(RESULTS, id=rule_id))["rule"]["experiment"]
        advised = (await admin.ask(ADVISE, id=rule_id))["optimizeRules"]
        concluded = (await admin.ask(CONCLUDE, id=rule_id))["concludeExperiment"]
    finally:  # it concerns everybody, and so every other test
        revision = (await admin.ask("query($id: ID!) { rule(id: $id) { revision } }", id=rule_id))["rule"]["revision"]
        await admin.ask(DELETE, id=rule_id, revision=revision)

    assert found["results"]["verdict"] == "NOT_ENOUGH_DATA"
    assert [one["variation"] for one in found["results"]["variations"]] == ["as_it_is", "compact"]
    assert found["underAllocation"]["text"] == "Fewer than two users were logged."
    assert advised["userErrors"] == advised["applied"] == []
    assert concluded["userErrors"] == []
    assert concluded["rule"] == {"revision": 4, "experiment": {"status": "CONCLUDED", "winner": "compact"}}
    assert started["rule"]["revision"] == 3


async def test_a_server_links_a_visitor_to_whom_they_turned_out_to_be(api: Api) -> None:
    linked = (await api.as_service().ask(LINK))["linkUsers"]

    assert linked["userErrors"] == []
    assert linked["profile"]["revision"] >= 1


async def test_a_reader_asks_what_all_users_did(api: Api) -> None:
    answer = await api.as_analyst().ask(ANALYTICS)

    assert len(answer["analytics"]["series"]) == 30
    assert answer["analytics"]["programmeLiftAbsent"].startswith("nobody active in this period was held out")
    assert {"new_user", "power_user"} <= {segment["key"] for segment in answer["segments"]}


async def test_a_reader_takes_the_rules_out_and_puts_them_in_again(api: Api, tmp_path: Path) -> None:
    (tmp_path / "features.json").write_text(
        '{"features": {"dark": {"defaultValue": false, "rules": [{"force": true}]}}}'
    )
    said = [await pasted(command, api, tmp_path) for command in RULES_AS_A_FILE]

    assert said[0] == ""
    assert said[1].splitlines()[-1].startswith("good: ")
    assert said[2].endswith(" unchanged\n")
    assert "+ rule dark:1" in said[3]


async def pasted(command: str, api: Api, folder: Path) -> str:
    """What a command of the README says in a folder where the engine is another one."""
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/attune"
    url = [] if "check" in arguments else ["--url", f"http://127.0.0.1:{api.port}/graphql"]
    process = await asyncio.create_subprocess_exec(
        *(str(ATTUNE), *arguments, *url),
        cwd=folder,
        env={**os.environ, "ATTUNE_TOKEN": api.as_admin().token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()
