"""Do people sign in to the console at an identity provider, and what if it does not play along?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from app.oidc import oidc_routes
from app.settings import SettingsRefused, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SENT = {"code": "c0de", "verifier": "v" * 43, "redirectUri": "https://attune.test/console/"}
READABLE = "head.claims.signature"


@dataclass(slots=True)
class Provider:
    """Says where to sign in, and gives `tokens` for a code."""

    tokens: Any = field(default_factory=lambda: {"access_token": READABLE})
    status: int = 200
    discovery: dict[str, str] | None = None
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    _port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"http://127.0.0.1:{self._port}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status: int = 200
        told: Any = self._endpoints()
        if head.startswith("post"):
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            self.forms.append(parse_qs((await reader.readexactly(length)).decode()))
            status, told = self.status, self.tokens
        body = told if isinstance(told, bytes) else orjson.dumps(told)
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _endpoints(self) -> dict[str, str]:
        if self.discovery is not None:
            return self.discovery
        base = f"http://127.0.0.1:{self._port}"
        return {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}


@asynccontextmanager
async def console(issuer: str | None) -> AsyncIterator[httpx2.AsyncClient]:
    given = {} if issuer is None else {"oidc_issuer": issuer, "oidc_client_id": "console", "jwks_url": f"{issuer}/keys"}
    verified = {} if issuer is None else {"token_issuer": issuer, "token_audience": "attune"}
    transport = httpx2.ASGITransport(Starlette(routes=oidc_routes(load_settings(**given, **verified))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://attune.test") as client:
        yield client


async def test_the_page_is_told_where_to_sign_in_and_gets_the_token_for_the_code() -> None:
    provider = Provider()
    async with provider.running() as issuer, console(issuer) as client:
        offer = await client.get("/console/sign-in")
        given = await client.post("/console/sign-in", json=SENT)

    assert offer.json() == {
        "authorizationEndpoint": f"{issuer}/authorize",
        "endSessionEndpoint": None,
        "clientId": "console",
    }
    assert (given.json(), given.headers["cache-control"]) == ({"token": READABLE}, "no-store")
    assert provider.forms == [
        {
            "grant_type": ["authorization_code"],
            "client_id": ["console"],
            "code": ["c0de"],
            "code_verifier": ["v" * 43],
            "redirect_uri": ["https://attune.test/console/"],
        }
    ]


async def test_the_page_is_told_where_the_provider_ends_its_own_session_if_it_does() -> None:
    endpoints = {name: f"https://login.test/{name}" for name in ("authorization_endpoint", "token_endpoint")}
    provider = Provider(discovery={**endpoints, "end_session_endpoint": "https://login.test/end"})
    async with provider.running() as issuer, console(issuer) as client:
        assert (await client.get("/console/sign-in")).json()["endSessionEndpoint"] == "https://login.test/end"


async def test_of_an_opaque_access_token_the_one_about_the_person_is_taken() -> None:
    provider = Provider(tokens={"access_token": "opaque", "id_token": READABLE})
    async with provider.running() as issuer, console(issuer) as client:
        assert (await client.post("/console/sign-in", json=SENT)).json() == {"token": READABLE}


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (Provider(status=400, tokens={"error": "invalid_grant"}), "refuses"),
        (Provider(tokens=b"<html>"), "does not answer as it should"),
        (Provider(tokens=[]), "refuses"),
        (Provider(tokens={"access_token": "opaque"}), "no token that the engine can read"),
        (Provider(discovery={}), "does not say where"),
    ],
)
async def test_a_provider_that_does_not_play_along_is_told_of_in_a_sentence(provider: Provider, told: str) -> None:
    async with provider.running() as issuer, console(issuer) as client:
        answer = await client.post("/console/sign-in", json=SENT)

    assert (answer.status_code, told in answer.json()["error"]) == (502, True)


async def test_a_provider_that_is_away_is_told_of_too() -> None:
    async with console("http://127.0.0.1:9") as client:
        assert (await client.get("/console/sign-in")).status_code == 502


@pytest.mark.parametrize("sent", [{}, {"code": "c"}, {**SENT, "verifier": ""}, {**SENT, "code": "c" * 9_000}])
async def test_what_is_no_answer_of_a_provider_is_not_passed_on(sent: dict[str, str]) -> None:
    provider = Provider()
    async with provider.running() as issuer, console(issuer) as client:
        assert (await client.post("/console/sign-in", json=sent)).status_code == 400
    assert provider.forms == []


async def test_without_a_provider_nothing_is_offered() -> None:
    async with console(None) as client:
        assert (await client.get("/console/sign-in")).json() == {}


def test_half_a_provider_and_one_whose_tokens_cannot_be_verified_are_refused() -> None:
    with pytest.raises(SettingsRefused, match="both or not at all"):
        load_settings(oidc_issuer="https://login.test")
    with pytest.raises(SettingsRefused, match="JWKS_URL is missing"):
        load_settings(oidc_issuer="https://login.test", oidc_client_id="console")
