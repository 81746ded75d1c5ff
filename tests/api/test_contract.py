"""Does the API explain itself: every name described, every error clear, every fault masked?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from tests.api.journeys import done
from tests.engines import Refusal

if TYPE_CHECKING:
    from tests.engines import Api

INTROSPECTION = """{__schema{types{name kind description
  fields(includeDeprecated:true){name description args{name description}}
  inputFields{name description} enumValues{name description}}}}"""


def nameless(type_: dict[str, Any]) -> list[str]:
    """Everything of one type that has no description."""
    found = [] if type_["description"] else [type_["name"]]
    for member in [*(type_["fields"] or ()), *(type_["inputFields"] or ()), *(type_["enumValues"] or ())]:
        parts = [member, *member.get("args", ())]
        found += [f"{type_['name']}.{member['name']}.{part['name']}" for part in parts if not part["description"]]
    return found


async def test_every_type_field_argument_and_value_is_described(api: Api) -> None:
    types = (await api.as_user().ask(INTROSPECTION))["__schema"]["types"]
    own = [type_ for type_ in types if not type_["name"].startswith("__")]
    assert len(own) > 80
    assert [name for type_ in own for name in nameless(type_)] == []


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("{viewer{idd}}", "id"),
        ("{viewers{id}}", "viewer"),
        ("{viewer{config{revision}}}", "context"),
        ('{viewer{config(context:{place:"x",device:PHONE}){revision}}}', "PHONE"),
        ("{rules(orderBy:PRIORITY){totalCount}}", "RuleOrder"),
        ("{rules(first:1.5){totalCount}}", "1.5"),
        ("{viewer{id}", "Syntax"),
        ("", "Syntax"),
        ("query a{viewer{id}} query b{viewer{id}}", "operation"),
        ("subscription{ruleChanged{kind}}", "ubscription"),
    ],
)
async def test_a_wrong_document_is_refused_with_a_hint(api: Api, query: str, word: str) -> None:
    answer = await api.as_admin().answer(query)
    assert word in answer["errors"][0]["message"]
    assert "INTERNAL" not in str(answer)


@pytest.mark.parametrize(
    "fields",
    ["viewer{" + "".join(f"a{n}:id " for n in range(5_000)) + "}", "viewer{id}" * 20_000],
    ids=["aliases", "repetition"],
)
async def test_a_document_out_of_all_proportion_is_refused(api: Api, fields: str) -> None:
    answer = await api.as_user().answer(f"{{{fields}}}")
    assert answer["errors"][0]["message"]
    assert "INTERNAL" not in str(answer)


async def test_fragments_that_spread_each_other_are_refused(api: Api) -> None:
    query = "{viewer{...A}} fragment A on User{...B} fragment B on User{...A}"
    with pytest.raises(Refusal, match=r"(?i)cycl|itself|spread"):
        await api.as_user().ask(query)


async def test_a_fault_is_masked_and_leaves_the_engine_alive(api: Api) -> None:
    """A table that is not there is nobody's input: it is our fault."""
    assert api.settings.database_url is not None
    engine = create_async_engine(api.settings.database_url)
    user = api.as_user()
    try:
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE interactions RENAME TO elsewhere"))
        try:
            with capture_logs() as logs:
                answer = await user.answer("{viewer{interactions{edges{cursor}}}}")
        finally:
            async with engine.begin() as connection:
                await connection.execute(text("ALTER TABLE elsewhere RENAME TO interactions"))
    finally:
        await engine.dispose()
    (error,) = answer["errors"]
    assert error["extensions"]["code"] in {"INTERNAL", "UNAVAILABLE"}
    logged = [entry for entry in logs if entry.get("request_id") == error["extensions"]["requestId"]]
    assert logged[0]["log_level"] in {"error", "warning"}
    assert user.user_id not in str(logged)
    for leak in ("SELECT", "relation", "asyncpg", "Traceback", user.user_id):
        assert leak not in str(answer)
    assert (await user.ask("{viewer{interactions{edges{cursor}}}}"))["viewer"] == {"interactions": {"edges": []}}


async def test_an_input_error_names_the_variable_the_path_and_the_value(api: Api) -> None:
    query = "mutation($it:[InteractionInput!]!){trackInteractions(input:$it){accepted}}"
    with pytest.raises(Refusal) as refusal:
        await api.as_user().ask(query, it=[done(), done(device="PHONE")])
    message = refusal.value.errors[0]["message"]
    for part in ("$it", "[1].device", "PHONE", "Device"):
        assert part in message
