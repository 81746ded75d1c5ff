"""Do the container files keep secrets out, run unprivileged and say when a service is healthy?

Docker is not needed to read them: the structure is indented YAML of two spaces, read line by line.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
SERVICES = ["postgres", "redis", "migrate", "api", "worker"]


def block(name: str, text: str = COMPOSE, indent: str = "") -> str:
    """Return the lines below the key `name` at `indent`."""
    found = re.search(
        rf"^{indent}{name}:[^\n]*\n((?:{indent} +[^\n]*\n|\s*\n|{indent} *#[^\n]*\n)*)", text, re.MULTILINE
    )
    assert found is not None, name
    return found[1]


def service(name: str) -> str:
    own = block(name, block("services"), "  ")
    return own + block("x-engine") if "<<: *engine\n" in own else own


def test_the_services_are_the_five_expected() -> None:
    assert re.findall(r"^  ([a-z]+):", block("services"), re.MULTILINE) == SERVICES


def test_indentation_is_regular_and_has_no_tabs() -> None:
    assert "\t" not in COMPOSE
    assert all((len(line) - len(line.lstrip())) % 2 == 0 for line in COMPOSE.splitlines())


def test_every_anchor_that_is_used_is_defined() -> None:
    assert set(re.findall(r"\*([a-z-]+)", COMPOSE)) == set(re.findall(r"&([a-z-]+)", COMPOSE))


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"\$\{(\w*(?:SECRET|PASSWORD)\w*)(:\?[^}]+)?\}", COMPOSE)
    assert {name for name, _ in secrets} == {"ATTUNE_TOKEN_SECRET", "POSTGRES_PASSWORD"}
    assert all(demand for _, demand in secrets)
    assigned = re.findall(r"^\s+\w*(?:SECRET|PASSWORD)\w*: (.*)$", COMPOSE, re.MULTILINE)
    assert assigned
    assert all(value.startswith("${") for value in assigned)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_checked_restarted_confined_and_read_only(name: str) -> None:
    text = service(name)
    for key in ("healthcheck:", "restart:", "networks:", "security_opt:", "read_only: true"):
        assert key in text, key


def test_only_the_migration_has_no_health_and_is_waited_for_to_succeed() -> None:
    assert [name for name in SERVICES if "disable: true" in service(name)] == ["migrate"]
    for name in ("api", "worker"):
        assert "service_completed_successfully" in service(name)


def test_only_the_api_is_published_and_only_on_this_machine() -> None:
    assert [name for name in SERVICES if "ports:" in service(name)] == ["api"]
    assert "127.0.0.1:${ATTUNE_PORT" in service("api")
    assert "internal: true" in block("networks")


def test_the_image_installs_the_locked_hashes_and_drops_root() -> None:
    final_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "--require-hashes -r requirements/runtime.lock" in DOCKERFILE
    assert re.search(r"^USER attune$", final_stage, re.MULTILINE)
    assert "HEALTHCHECK" in final_stage
    assert 'CMD ["serve", "--no-embedded"]' in final_stage


def test_the_image_copies_only_what_exists_or_is_built_and_is_let_through() -> None:
    allowed = {line.removeprefix("!").rstrip("/") for line in IGNORED if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for source in " ".join(copies).split():
        assert (ROOT / source).exists(), source
        assert any(source.rstrip("/") == path or source.startswith(f"{path}/") for path in allowed), source


def test_the_image_contains_every_package_of_the_project() -> None:
    declared = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared is not None
    for package in re.findall(r'"(\w+)"', declared[1]):
        assert f"COPY {package}/ {package}/" in DOCKERFILE
