"""Who gets what answered by an engine that knows its application's operations, and who may ask for the schema?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.settings import Environment, Introspection
from domain.model.principals import Role
from tests.engines import Refusal, serving, unique
from transport.manifests import Manifest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from app.settings import Settings
    from tests.engines import Api, Speaker

CONFIG = "query Config($context: ContextInput!) { viewer { config(context: $context) { revision theme { mode } } } }"
FOLLOW = "subscription Follow($context: ContextInput!) { configUpdated(context: $context) { cause } }"
OTHER = "query Other { viewer { id } }"
SCHEMA = "query Schema { __schema { queryType { name } } }"
CONTEXT = {"context": {"place": "dashboard"}}

OUTSIDERS = [None, frozenset({Role.USER})]
TEAM = [frozenset({role}) for role in (Role.ADMIN, Role.ANALYST, Role.SERVICE)] + [frozenset({Role.USER, Role.ANALYST})]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file: Path = tmp_path_factory.mktemp("application") / "documents.json"
    file.write_bytes(Manifest.of([CONFIG, FOLLOW]).as_json())
    return file


@pytest.fixture(scope="module")
async def closed(settings: Settings, manifest: Path) -> AsyncIterator[Api]:
    """An engine in production with a manifest."""
    production = settings.replaced(
        environment=Environment.PRODUCTION, trusted_documents=manifest, worker_in_server=False
    )
    async with serving(production) as running:
        yield running


def speaker(api: Api, roles: frozenset[Role] | None) -> Speaker:
    return api.as_nobody() if roles is None else api.speaking(unique("asking"), *roles)


async def code_of(speaking: Speaker, query: str, **variables: object) -> str:
    with pytest.raises(Refusal) as refused:
        await speaking.ask(query, **variables)
    return refused.value.code


async def test_a_user_gets_the_applications_own_operations_answered_over_http_and_on_a_socket(closed: Api) -> None:
    user = closed.as_user()
    assert "theme" in str(await user.ask(CONFIG, **CONTEXT))
    async with user.following(FOLLOW, **CONTEXT) as events:
        assert await events.next() == {"configUpdated": {"cause": "SUBSCRIBED"}}


@pytest.mark.parametrize("roles", OUTSIDERS)
async def test_users_and_those_without_a_token_get_nothing_else_answered(
    closed: Api, roles: frozenset[Role] | None
) -> None:
    outsider = speaker(closed, roles)
    assert await code_of(outsider, OTHER) == "UNTRUSTED_DOCUMENT"
    assert await code_of(outsider, SCHEMA) == "UNTRUSTED_DOCUMENT"
    async with outsider.following(OTHER) as events:
        with pytest.raises(Refusal) as refused:
            await events.next()
    assert refused.value.code == "UNTRUSTED_DOCUMENT"


@pytest.mark.parametrize("roles", TEAM)
async def test_the_team_may_send_anything_and_ask_for_the_schema(closed: Api, roles: frozenset[Role]) -> None:
    member = speaker(closed, roles)
    assert "viewer" in await member.ask(OTHER)
    assert "__schema" in await member.ask(SCHEMA)


async def test_a_trusted_document_does_not_change_what_its_sender_may_see(closed: Api) -> None:
    assert await code_of(closed.as_nobody(), CONFIG, **CONTEXT) == "UNAUTHENTICATED"


async def test_in_development_everybody_may_send_anything_and_ask_for_the_schema(api: Api) -> None:
    assert "__schema" in await api.as_nobody().ask(SCHEMA)
    assert "viewer" in await api.as_user().ask(OTHER)


async def test_introspection_can_be_closed_without_a_manifest(settings: Settings) -> None:
    async with serving(settings.replaced(introspection=Introspection.TEAM, worker_in_server=False)) as running:
        assert await code_of(running.as_user(), SCHEMA) == "INTROSPECTION_REFUSED"
        assert (await running.as_user().ask("{ __typename }")) == {"__typename": "Query"}
        answer = await running.as_user().answer("{ viewr { id } }")
        assert answer["errors"][0]["message"] == "Cannot query field 'viewr' on type 'Query'."
        assert "__schema" in await running.as_admin().ask(SCHEMA)
