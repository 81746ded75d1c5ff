"""Who gets a token for the demo application, and whom does it speak for?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.authentication import token_verifier
from app.demo_visitors import visitor_routes
from app.settings import Environment, Settings
from domain.model.principals import Role

SECRET = "a-secret-that-is-only-used-in-this-test-0123456789"


def client(environment: Environment = Environment.DEVELOPMENT) -> tuple[TestClient, Settings]:
    settings = Settings(environment=environment, data_dir=Path("unused"), token_secret=SECRET)  # type: ignore[arg-type]  # pydantic takes a str
    return TestClient(Starlette(routes=visitor_routes(settings))), settings


async def test_a_visitor_speaks_for_themselves_as_a_user() -> None:
    visitors, settings = client()

    answer = visitors.post("/demo/visitor", json={"visitor": "demo-0123abcd"})

    principal = await token_verifier(settings, lambda: datetime.now(UTC)).verify(answer.json()["token"])
    assert (principal.user_id, principal.roles) == ("demo-0123abcd", frozenset({Role.USER}))
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"{}", b'{"visitor":"admin"}', b'{"visitor":"demo-"}', b'{"visitor":7}', b"x" * 1_000, b"\xff"],
)
def test_nobody_gets_the_token_of_anybody_else(sent: bytes) -> None:
    answer = client()[0].post("/demo/visitor", content=sent, headers={"content-type": "application/json"})

    assert (answer.status_code, "token" in answer.json()) == (400, False)


def test_a_page_of_another_origin_cannot_ask_without_being_asked_itself() -> None:
    answer = client()[0].post("/demo/visitor", content=b'{"visitor":"demo-0123abcd"}')

    assert answer.status_code == 400


def test_in_production_there_is_no_such_door() -> None:
    assert client(Environment.PRODUCTION)[0].post("/demo/visitor", json={"visitor": "demo-0123abcd"}).status_code == 404
