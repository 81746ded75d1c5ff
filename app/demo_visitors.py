"""How does somebody who opens the demo application get a token, without having to paste one?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from app.authentication import TokenIssuer
from app.json_bodies import json_object
from app.settings import Environment, signing_secret
from domain.model.principals import Role
from domain.model.users import UserId

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from app.settings import Settings

LASTS: Final = timedelta(hours=1)
VISITOR: Final = re.compile(r"demo-[a-z0-9-]{8,64}")
MOST_BYTES: Final = 256


def visitor_routes(settings: Settings) -> list[BaseRoute]:
    """The route `POST /demo/visitor`, in development only: elsewhere tokens are the host application's to give.

    Takes `{"visitor": "demo-..."}`, an id that the page makes up and keeps; answers `{"token": ...}`, with the role
    user. Nobody gets the token of a user who is not of the demo.
    """
    if settings.environment is not Environment.DEVELOPMENT or settings.jwks_url is not None:
        return []
    issuer = TokenIssuer(signing_secret(settings), settings.token_issuer, settings.token_audience)

    async def visitor(request: Request) -> Response:
        named = _visitor((await json_object(request, MOST_BYTES)).get("visitor"))
        if named is None:
            told = 'Send {"visitor": "demo-..."} as application/json: 8 to 64 lower-case letters, digits and hyphens.'
            return JSONResponse({"error": told}, status_code=400)
        token = issuer.issue(named, (Role.USER,), LASTS, datetime.now(UTC))
        return JSONResponse({"token": token}, headers={"cache-control": "no-store"})

    return [Route("/demo/visitor", visitor, methods=["POST"])]


def _visitor(named: object) -> UserId | None:
    return UserId(named) if isinstance(named, str) and VISITOR.fullmatch(named) else None
