"""Tokens of an identity provider are verified with the keys that it publishes over HTTP."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from app.authentication import TokenRefused, token_verifier
from app.settings import load_settings
from domain.model.principals import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ISSUER = "https://login.test"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def now() -> datetime:
    return datetime.now(UTC)


def signed(key: rsa.RSAPrivateKey = KEY, **claims: object) -> str:
    fine = {"sub": "ada", "roles": ["analyst"], "iss": ISSUER, "aud": "attune", "exp": now() + timedelta(hours=1)}
    return jwt.encode({**fine, **claims}, key, algorithm="RS256", headers={"kid": "one"})


@dataclass(slots=True)
class Provider:
    """A web server that publishes `body`, whatever is asked for."""

    body: bytes
    status: str = "200 OK"
    asked: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        head = f"HTTP/1.1 {self.status}\r\ncontent-length: {len(self.body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + self.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"


def published_keys() -> bytes:
    public = orjson.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
    return orjson.dumps({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})


async def test_a_token_of_the_provider_is_accepted_and_its_keys_are_fetched_once() -> None:
    provider = Provider(published_keys())
    async with provider.publishing() as url:
        settings = load_settings(jwks_url=url, token_issuer=ISSUER, token_audience="attune")
        verifier = token_verifier(settings, now)

        principals = [await verifier.verify(signed(sub=user)) for user in ("ada", "grace")]

    assert [principal.user_id for principal in principals] == ["ada", "grace"]
    assert principals[0].roles == {Role.ANALYST}
    assert provider.asked == 1


@pytest.mark.parametrize(
    "token",
    [
        signed(rsa.generate_private_key(public_exponent=65_537, key_size=2_048)),
        signed(iss="https://elsewhere.test"),
        signed(aud="another"),
        signed(exp=now() - timedelta(seconds=1)),
    ],
    ids=["forged", "other issuer", "other audience", "expired"],
)
async def test_what_the_provider_did_not_sign_for_us_is_refused(token: str) -> None:
    async with Provider(published_keys()).publishing() as url:
        settings = load_settings(jwks_url=url, token_issuer=ISSUER, token_audience="attune")

        with pytest.raises(TokenRefused) as refused:
            await token_verifier(settings, now).verify(token)

    assert refused.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "provider",
    [Provider(b"[]"), Provider(b"no JSON"), Provider(b"{}", status="503 Service Unavailable")],
    ids=["no key set", "no JSON", "away"],
)
async def test_a_provider_that_publishes_no_keys_makes_tokens_unavailable_rather_than_invalid(
    provider: Provider,
) -> None:
    async with provider.publishing() as url:
        settings = load_settings(jwks_url=url, token_issuer=ISSUER, token_audience="attune")

        with pytest.raises(TokenRefused) as refused:
            await token_verifier(settings, now).verify(signed())

    assert refused.value.code == "UNAVAILABLE"
