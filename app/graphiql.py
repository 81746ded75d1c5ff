"""How is the GraphiQL page served, with every asset local and nothing else allowed to run in it?"""

from pathlib import Path, PurePosixPath
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

INDEX: Final = "index.html"
NOT_ASSEMBLED: Final = "GraphiQL is not assembled in this checkout. Run `make setup`, then reload this page.\n"

# The one style that GraphiQL writes into the page: its dialogs' scroll lock (react-remove-scroll-bar). Its
# text depends on that library alone as long as the page never scrolls; the browser test opens every dialog.
SCROLL_LOCK_STYLE: Final = "sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc="

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{SCROLL_LOCK_STYLE}'",
        # GraphiQL's stylesheet carries its fonts, CodeMirror's its one image, as data addresses.
        "font-src data:",
        "img-src 'self' data:",
        # 'self' covers the WebSocket of the same host and port too (CSP level 3).
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Kept by the browser, but asked about (ETag) at every load: an upgraded engine never meets an old page.
    "cache-control": "no-cache",
}

# The tables that Python guesses types from differ between machines, and `nosniff` makes a wrong guess fatal.
CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def graphiql_routes(dist: Path) -> list[BaseRoute]:
    """The routes `/graphiql` and `/graphiql/...` over what `web/graphiql/assemble.mjs` put into `dist`.

    While `dist` is missing the page answers 503 in plain text, saying what to do; it works as soon as it is
    there. A name that is no file of `dist` is refused with 404.
    """
    files = StaticFiles(directory=dist, check_dir=False)

    async def page(request: Request) -> Response:
        return await _file(files, INDEX, request.scope)

    async def asset(request: Request) -> Response:
        return await _file(files, request.path_params["asset"], request.scope)

    return [
        Route("/graphiql", page),
        Route("/graphiql/", _without_slash),
        Route("/graphiql/{asset:path}", asset),
    ]


async def _without_slash(_request: Request) -> Response:
    """The page's addresses are relative to `/graphiql`; a relative redirect survives a path prefix."""
    return RedirectResponse("../graphiql", headers=SECURITY_HEADERS)


async def _file(files: StaticFiles, name: str, scope: Scope) -> Response:
    try:
        response = await files.get_response(name, scope)
    except HTTPException:
        if name != INDEX:
            raise
        return PlainTextResponse(NOT_ASSEMBLED, status_code=503, headers={"cache-control": "no-store"})
    response.headers.update(SECURITY_HEADERS)
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix)
    if content_type and "content-type" in response.headers:
        response.headers["content-type"] = content_type
    return response
