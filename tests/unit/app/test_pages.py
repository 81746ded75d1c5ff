"""Are pages sent compressed to those who read that, and to nobody else?"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.applications import Starlette

from app.pages import Pages, page_routes

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = b"console.log('attune');" * 100


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html>")
    (dist / "assets" / "page.js").write_bytes(SCRIPT)
    (dist / "assets" / "page.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "outside.js.gz").write_bytes(gzip.compress(b"a secret"))
    return dist


async def asked(dist: Path, name: str, accepted: str) -> httpx2.Response:
    application = Starlette(routes=page_routes(Pages(name="page", title="Page", dist=dist)))
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://engine") as client:
        return await client.get(f"/page/{name}", headers={"accept-encoding": accepted})


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate, gzip, br"])
async def test_who_reads_gzip_gets_what_was_compressed_when_built(dist: Path, accepted: str) -> None:
    response = await asked(dist, "assets/page.js", accepted)
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert int(response.headers["content-length"]) < len(SCRIPT)
    assert response.headers["vary"] == "accept-encoding"
    assert response.content == SCRIPT


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"])
async def test_who_does_not_read_it_gets_the_file_itself(dist: Path, accepted: str) -> None:
    response = await asked(dist, "assets/page.js", accepted)
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "accept-encoding"
    assert response.content == SCRIPT


async def test_what_was_not_compressed_is_sent_as_it_is(dist: Path) -> None:
    response = await asked(dist, "", "gzip")
    assert "content-encoding" not in response.headers
    assert response.text == "<!doctype html>"


@pytest.mark.parametrize("name", ["..%2foutside.js", "assets/..%2f..%2foutside.js"])
async def test_no_name_leads_out_of_the_folder(dist: Path, name: str) -> None:
    assert (await asked(dist, name, "gzip")).status_code == 404
