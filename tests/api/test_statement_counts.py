"""Does a query run the same number of SQL statements however long its lists are?"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.api.journeys import (
    TRACK_ALL,
    active,
    declare,
    done,
    profile_when,
    rule_input,
    save_segment,
    track,
    updated,
)
from tests.engines import unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines import Api, Speaker

MANY = 50
REPETITIONS = 5
PROFILE = """revision traits segments{confidence segment{key name size}} features{feature} activity{sessions}
  usagePattern{hours} contentPreferences{tag}"""
CONFIG = 'config(context:{place:"counted"}){revision decisions{slot rule{key conditionText updatedBy}}}'
USERS = f"""query($first:Int,$key:String){{users(first:$first,filter:{{segment:$key}}){{edges{{node{{id
  personalization{{enabled}} profile{{{PROFILE}}} {CONFIG} interactions(first:3){{edges{{node{{id kind}}}}}}}}}}}}}}"""
EXPLANATIONS = """query($first:Int,$key:String){users(first:$first,filter:{segment:$key}){edges{node{id
  explanation(context:{place:"counted"}){revision rules(first:5){outcome rule{key updatedBy}}
    named:rules(ids:["a","b"],slot:"theme.mode"){failed} drafts:rules(slot:"theme.mode"){bucket}}}}}}"""
RULES = """query($first:Int,$key:String){rules(first:$first,filter:{search:$key}){totalCount edges{node{
  key conditionText adaptations{__typename} schedule{startsAt} history(first:3){edges{node{revision changes}}}
  comparison(from:1)}}}}"""
BROUGHT = """query($first:Int,$key:String){rules(first:$first,filter:{search:$key}){edges{node{
  experiment{results{exposedUsers verdictText}}
  performance{users conversions applied lift{relative} series{day users}}}}}}"""
MEMBERS = f"""query($first:Int,$key:String!){{segment(key:$key){{size members(first:$first){{edges{{node{{
  membership{{segment{{key size}}}} user{{id profile{{{PROFILE}}} {CONFIG}}}}}}}}}}}}}"""
INTERACTIONS = "query($first:Int){viewer{interactions(first:$first){edges{node{id kind properties}}}}}"


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements run for requests that begin meanwhile: those of the worker come from tasks older than that."""
    statements: list[str] = []
    older = asyncio.all_tasks()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if asyncio.current_task() not in older:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def statements_of(speaker: Speaker, query: str, **variables: Any) -> list[str]:
    """The fewest of several runs: caches are filled now and then."""
    runs: list[list[str]] = []
    for _ in range(REPETITIONS):
        with counted() as statements:
            await speaker.ask(query, **variables)
        runs.append(statements)
    return min(runs, key=len)


@pytest.fixture(scope="module")
async def crowd(api: Api) -> str:
    """The key of a segment with `MANY` members who have profiles, configs and interactions."""
    name = unique("crowd")
    rule = await active(api, places=["counted"], adaptations=[{"addShortcut": {"target": name}}])
    users = [api.as_user() for _ in range(MANY)]
    interactions = [done(userId=user.user_id) for user in users for _ in range(4)]
    await track(api.as_service(), *interactions)
    for user in users:
        await declare(user, traits={"crowd": name})
    key = str((await save_segment(api, {"traits": {"crowd": name}}))["key"])
    for user in users:
        await profile_when(user, lambda profile: key in str(profile["segments"]))
    assert rule["status"] == "ACTIVE"
    return key


@pytest.mark.parametrize("query", [USERS, MEMBERS, EXPLANATIONS], ids=["users", "members", "explanations"])
async def test_people_are_listed_with_a_constant_number_of_statements(api: Api, crowd: str, query: str) -> None:
    admin = api.as_admin()
    answer = await admin.ask(query, first=MANY, key=crowd)
    edges = (answer.get("users") or answer["segment"]["members"])["edges"]
    assert len(edges) == MANY
    one, many = [await statements_of(admin, query, first=first, key=crowd) for first in (1, MANY)]
    assert len(many) == len(one), many
    assert 1 <= len(one) <= 12, one


async def test_rules_are_listed_with_a_constant_number_of_statements(api: Api) -> None:
    word = unique("counted")
    for n in range(MANY):
        content = rule_input(name=f"{word} {n}", places=["nowhere"])
        answer = await api.as_admin().ask(
            "mutation($input:RuleInput!){createRule(input:$input){rule{id revision key places}}}", input=content
        )
        await updated(api, answer["createRule"]["rule"], name=f"{word} {n} again")
    one, many = [await statements_of(api.as_admin(), RULES, first=first, key=word) for first in (1, MANY)]
    assert len(many) == len(one), many
    assert 1 <= len(one) <= 6, one


async def test_what_rules_brought_is_read_with_a_constant_number_of_statements(api: Api) -> None:
    word = unique("brought")
    for n in range(MANY):
        await active(api, name=f"{word} {n}", places=["nowhere"])
    one, many = [await statements_of(api.as_admin(), BROUGHT, first=first, key=word) for first in (1, MANY)]
    assert len(many) == len(one), many
    assert 1 <= len(one) <= 6, one


async def test_segments_are_listed_with_their_sizes_and_members_in_a_constant_number_of_statements(
    api: Api, crowd: str
) -> None:
    query = "query($first:Int){segments{key size members(first:$first){edges{node{user{id profile{revision}}}}}}}"
    few = await statements_of(api.as_admin(), query, first=1)
    for _ in range(20):
        await save_segment(api, {"segment": {"in": ["power_user"]}})
    many = await statements_of(api.as_admin(), query, first=MANY)
    assert len(many) == len(few), many
    assert crowd


async def test_segments_are_analysed_with_as_many_statements_as_one_is(api: Api) -> None:
    analysis = """analysis{users activeUsers sessionsPerUser conversionRate valuePerUser churnRiskMean underperforming
      topFeatures{share} series{users activeUsers}}"""
    one = await statements_of(api.as_analyst(), f'{{segment(key:"power_user"){{{analysis}}}}}')
    many = await statements_of(api.as_analyst(), f"{{segments{{{analysis}}}}}")
    assert 1 <= len(many) <= len(one), many


async def test_interactions_are_listed_with_one_statement_or_so(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done() for _ in range(MANY)))
    one, many = [await statements_of(user, INTERACTIONS, first=first) for first in (1, MANY)]
    assert len(one) == len(many) <= 2


async def test_a_batch_is_stored_with_a_constant_number_of_statements(api: Api) -> None:
    counts = []
    for size in (1, MANY):
        runs = []
        for _ in range(REPETITIONS):
            service = api.as_service()
            batch = [done(userId=unique("user")) for _ in range(size)]
            with counted() as statements:
                await service.ask(TRACK_ALL, input=batch)
            runs.append(len(statements))
        counts.append(min(runs))
    assert counts[1] <= counts[0] + 1


async def test_rules_are_imported_with_a_constant_number_of_statements(api: Api) -> None:
    counts = []
    for size in (1, MANY):
        runs = []
        for _ in range(REPETITIONS):
            document = {
                "format": "attune.rules",
                "version": 1,
                "rules": [rule_input(places=["no"]) for _ in range(size)],
            }
            with counted() as statements:
                await api.as_admin().ask(
                    "mutation($input:ImportInput!){importRules(input:$input){applied}}",
                    input={"document": document, "apply": True},
                )
            runs.append(len(statements))
        counts.append(min(runs))
    assert counts[1] <= counts[0] + 1
    assert counts[0] <= 12
