"""Is the assembled GraphiQL page complete, local and locked down, as any HTTP client sees it?"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.pages import page_routes
from app.sites import GRAPHIQL

DIST = Path(__file__).parents[2] / "web" / "graphiql" / "dist"
ORIGIN = "http://testserver"
PAGE = "/graphiql/"
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MODULE_IMPORT = re.compile(r'^import .* from "(?P<address>[^"]+)";$', re.MULTILINE)
STYLE_ADDRESS = re.compile(r"url\(\s*['\"]?(?P<scheme>[a-z]*:|[^)])")


class Markup(HTMLParser):
    """Collects what a page refers to and what it would run or style inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._element = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element = tag
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        self.inline += [f"{tag} {name}" for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self._element = "" if tag == self._element else self._element

    def handle_data(self, data: str) -> None:
        if self._element in {"script", "style"} and data.strip():
            self.inline.append(data)


def client_of(dist: Path) -> TestClient:
    return TestClient(Starlette(routes=page_routes(replace(GRAPHIQL, dist=dist))), base_url=ORIGIN)


@pytest.fixture
def client() -> Iterator[TestClient]:
    assert (DIST / "index.html").is_file(), "GraphiQL is not assembled: run `make setup`"
    with client_of(DIST) as client:
        yield client


def loaded_assets(client: TestClient) -> set[str]:
    """The addresses that a browser loads for the page: those of the markup and the modules they import."""
    waiting = {urljoin(ORIGIN + PAGE, address) for address in Markup(client.get(PAGE).text).addresses}
    known: set[str] = set()
    while waiting - known:
        address = (waiting - known).pop()
        known.add(address)
        if address.endswith(".js") and "/vendor/" not in address:
            waiting |= {urljoin(address, found) for found in MODULE_IMPORT.findall(client.get(address).text)}
    return known


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def test_every_asset_of_the_page_is_served_locally_with_its_content_type(client: TestClient) -> None:
    assets = loaded_assets(client)
    modules = {"graphiql.js", "connection.js", "examples.js", "token.js"}
    assert modules <= {address.removeprefix(f"{ORIGIN}{PAGE}") for address in assets}
    for address in assets:
        answer = client.get(address)
        assert (answer.status_code, len(answer.content) > 0) == (200, True), address
        assert answer.headers["content-type"].startswith(CONTENT_TYPES[Path(address).suffix]), address


def test_the_page_loads_nothing_from_another_origin(client: TestClient) -> None:
    assert {urlsplit(address).netloc for address in loaded_assets(client)} == {"testserver"}


def test_the_page_keeps_working_behind_a_path_prefix_because_its_addresses_are_relative(
    client: TestClient,
) -> None:
    assert [address for address in Markup(client.get(PAGE).text).addresses if address.startswith("/")] == []


def test_the_stylesheets_refer_to_nothing_but_embedded_data(client: TestClient) -> None:
    sheets = {address: client.get(address).text for address in loaded_assets(client) if address.endswith(".css")}
    assert len(sheets) == 3
    for address, text in sheets.items():
        assert set(STYLE_ADDRESS.findall(text)) <= {"data:"}, address
        assert "@import" not in text, address


def test_the_page_has_no_inline_script_handler_or_style(client: TestClient) -> None:
    assert Markup(client.get(PAGE).text).inline == []


def test_the_markup_reader_of_these_tests_sees_inline_code() -> None:
    assert Markup('<p onclick="a()" style="b"></p><script>c()</script>').inline == [
        "p onclick",
        "p style",
        "c()",
    ]


def test_the_policy_allows_scripts_and_connections_of_the_own_origin_only(client: TestClient) -> None:
    policy = directives(client.get(PAGE).headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert not any("unsafe" in value or "*" in value for values in policy.values() for value in values)


def test_assets_carry_the_same_protection_as_the_page(client: TestClient) -> None:
    page, asset = client.get(PAGE).headers, client.get(f"{PAGE}graphiql.js").headers
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"):
        assert asset[name] == page[name]


def test_an_unchanged_asset_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{PAGE}vendor/graphiql.js")
    again = client.get(f"{PAGE}vendor/graphiql.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


def test_the_address_without_a_slash_leads_to_the_page(client: TestClient) -> None:
    answer = client.get(PAGE.removesuffix("/"))
    assert (answer.status_code, answer.url.path) == (200, PAGE)


def test_a_form_sent_without_scripts_could_not_carry_the_token_into_an_address(client: TestClient) -> None:
    fields = re.findall(r"<input[^>]*>", client.get(PAGE).text)
    assert len(fields) == 1
    assert " name=" not in fields[0]
    assert 'autocomplete="off"' in fields[0]


@pytest.mark.parametrize(
    "name", ["nothing.js", "vendor", "..%2fpackage.json", "%2e%2e/assemble.mjs", "%2fetc%2fpasswd", "a%00b"]
)
def test_only_files_of_the_assembled_page_are_served(client: TestClient, name: str) -> None:
    assert client.get(f"{PAGE}{name}").status_code == 404


def test_a_page_not_yet_assembled_says_in_plain_text_what_to_do_and_works_once_it_is(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    with client_of(dist) as client:
        missing = client.get(PAGE)
        dist.mkdir()
        (dist / "index.html").write_text("<!doctype html>")
        assembled = client.get(PAGE)
    assert missing.status_code == 503
    assert missing.headers["content-type"].startswith("text/plain")
    assert "make setup" in missing.text
    assert missing.headers["cache-control"] == "no-store"
    assert (assembled.status_code, assembled.text) == (200, "<!doctype html>")
