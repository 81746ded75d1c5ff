"""How are web pages served, with every asset local and nothing else allowed to run in them?"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

INDEX: Final = "index.html"
GZIPPED: Final = ".gz"
FOREVER: Final = "assets/"
"""The names of what lies here hold a hash of their content."""

# The tables that Python guesses types from differ between machines, and `nosniff` makes a wrong guess fatal.
CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The files of one web application, at `/NAME/` and below.

    `styles`: hashes of the style elements that its libraries write into the page, which depend on those libraries
    alone; anything else inline is refused.
    """

    name: str
    title: str
    dist: Path
    styles: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        return {
            "content-security-policy": _policy(self.styles),
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            # Kept by the browser, but asked about (ETag) at every load: an upgraded engine never meets an old page.
            "cache-control": "no-cache",
        }


def _policy(styles: tuple[str, ...]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            " ".join(("style-src 'self'", *(f"'{style}'" for style in styles))),
            # Stylesheets may carry fonts and images as data addresses.
            "font-src 'self' data:",
            "img-src 'self' data:",
            # 'self' covers the WebSocket of the same host and port too (CSP level 3).
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def page_routes(pages: Pages) -> list[BaseRoute]:
    """The routes `/NAME/` and `/NAME/...` over what was built into `dist`; `/NAME` leads there.

    While `dist` is missing the page answers 503 in plain text, saying what to do; it works as soon as it is there. A
    name that is no file of `dist` is refused with 404.
    """
    files = StaticFiles(directory=pages.dist, check_dir=False)

    async def page(request: Request) -> Response:
        return await _file(files, pages, INDEX, request.scope)

    async def asset(request: Request) -> Response:
        return await _file(files, pages, request.path_params["asset"], request.scope)

    async def with_slash(_request: Request) -> Response:
        """The page's addresses are relative to its folder; a relative redirect survives a path prefix."""
        return RedirectResponse(f"{pages.name}/", headers=pages.headers)

    return [
        Route(f"/{pages.name}", with_slash),
        Route(f"/{pages.name}/", page),
        Route(f"/{pages.name}/{{asset:path}}", asset),
    ]


async def _file(files: StaticFiles, pages: Pages, name: str, scope: Scope) -> Response:
    """Compressed when built (`NAME.gz`), if whoever asks reads that: nothing is compressed again and again."""
    gzipped = _reads_gzip(Headers(scope=scope)) and _has_gzipped(pages.dist, name)
    try:
        response = await files.get_response(f"{name}{GZIPPED}" if gzipped else name, scope)
    except HTTPException:
        if name != INDEX:
            raise
        told = f"{pages.title} is not built in this checkout. Run `make setup`, then reload this page.\n"
        return PlainTextResponse(told, status_code=503, headers={"cache-control": "no-store"})
    response.headers.update(pages.headers)
    response.headers["vary"] = "accept-encoding"
    if gzipped:
        response.headers["content-encoding"] = "gzip"
    if name.startswith(FOREVER):
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix)
    if content_type and "content-type" in response.headers:
        response.headers["content-type"] = content_type
    return response


def _reads_gzip(headers: Headers) -> bool:
    for offer in headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


def _has_gzipped(dist: Path, name: str) -> bool:
    """A name that leads out of `dist`, or cannot be one, is none of its files."""
    if "\0" in name:
        return False
    file = (dist / f"{name}{GZIPPED}").resolve()
    return file.is_relative_to(dist.resolve()) and file.is_file()
