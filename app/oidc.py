"""How do people sign in to the console at their organisation's identity provider?

By an authorization code with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636), as a client without a secret. The
engine looks the provider's endpoints up and exchanges the code, so that the page talks to nobody but the engine; it
keeps neither. Whom the token speaks for is verified like that of any other token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from app.json_bodies import json_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from app.settings import Settings

DISCOVERY: Final = "/.well-known/openid-configuration"
PROVIDER_SECONDS: Final = 10.0
MOST_BYTES: Final = 8 * 1024
PARTS_OF_A_JWT: Final = 3
NEVER_STORED: Final = {"cache-control": "no-store"}


class SignInFailed(Exception):
    """The provider does not answer, or not as expected; the message says so."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    authorization: str
    token: str
    end_session: str | None


class IdentityProvider:
    """One provider, whose endpoints are asked for when they are first needed."""

    def __init__(self, issuer: str, client_id: str) -> None:
        self._issuer = issuer.rstrip("/")
        self.client_id = client_id
        self._known: Endpoints | None = None

    async def endpoints(self) -> Endpoints:
        """Raises `SignInFailed`."""
        if self._known is None:
            told = await self._told("GET", self._issuer + DISCOVERY)
            try:
                self._known = Endpoints(
                    str(told["authorization_endpoint"]),
                    str(told["token_endpoint"]),
                    str(end) if (end := told.get("end_session_endpoint")) else None,
                )
            except KeyError:
                raise SignInFailed("The identity provider does not say where to sign in.") from None
        return self._known

    async def token(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The token that the code stands for: the one for access if it is readable, else the one about the person.

        Raises `SignInFailed`.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        told = await self._told("POST", (await self.endpoints()).token, form)
        tokens = [token for name in ("access_token", "id_token") if isinstance(token := told.get(name), str)]
        readable = [token for token in tokens if token.count(".") == PARTS_OF_A_JWT - 1]
        if not readable:
            raise SignInFailed("The identity provider gave no token that the engine can read.")
        return readable[0]

    async def _told(self, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=PROVIDER_SECONDS) as client:
                answer = await client.request(method, url, data=form)
                told = answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise SignInFailed("The identity provider does not answer as it should.") from None
        if answer.status_code != httpx2.codes.OK or not isinstance(told, dict):
            raise SignInFailed("The identity provider refuses. Sign in again.")
        return told


def oidc_routes(settings: Settings) -> list[BaseRoute]:
    """The routes of `/console/sign-in`: GET tells the page where to sign in, if anywhere; POST exchanges the code."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return [Route("/console/sign-in", _nowhere)]
    provider = IdentityProvider(settings.oidc_issuer, settings.oidc_client_id)

    async def offer(_: Request) -> Response:
        try:
            endpoints = await provider.endpoints()
        except SignInFailed as failed:
            return JSONResponse({"error": str(failed)}, status_code=502, headers=NEVER_STORED)
        told = {
            "authorizationEndpoint": endpoints.authorization,
            "endSessionEndpoint": endpoints.end_session,
            "clientId": provider.client_id,
        }
        return JSONResponse(told, headers=NEVER_STORED)

    async def exchange(request: Request) -> Response:
        sent = await json_object(request, MOST_BYTES)
        code, verifier, redirect_uri = (str(sent.get(name, "")) for name in ("code", "verifier", "redirectUri"))
        if not (code and verifier and redirect_uri):
            told = "Send code, verifier and redirectUri as application/json."
            return JSONResponse({"error": told}, status_code=400, headers=NEVER_STORED)
        try:
            token = await provider.token(code, verifier, redirect_uri)
        except SignInFailed as failed:
            return JSONResponse({"error": str(failed)}, status_code=502, headers=NEVER_STORED)
        return JSONResponse({"token": token}, headers=NEVER_STORED)

    return [
        Route("/console/sign-in", offer, methods=["GET"]),
        Route("/console/sign-in", exchange, methods=["POST"]),
    ]


async def _nowhere(_: Request) -> Response:
    return JSONResponse({}, headers=NEVER_STORED)
