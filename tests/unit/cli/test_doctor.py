"""What does the doctor find, in health and in sickness?"""

from pathlib import Path

import pytest

from app.doctor import Finding, State, examine
from app.embedded.services import start_embedded
from app.settings import load_settings
from tests.unit.cli.shells import attune

NOWHERE = {"database_url": "postgres://a:hush@127.0.0.1:1/x", "redis_url": "redis://:hush@127.0.0.1:1"}


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def test_on_a_machine_that_can_run_the_engine_nothing_is_wrong_and_nothing_left_behind() -> None:
    findings = by_subject(examine(load_settings()))
    assert State.WRONG not in {finding.state for finding in findings.values()}
    assert findings["database"].text.startswith("PostgreSQL 18")
    assert findings["Redis"].text.startswith("Redis 6.2")
    assert findings["migrations"].state is State.NOTE
    assert findings["clock"].state is State.FINE
    assert not Path(".attune").exists()


def test_stores_that_do_not_answer_are_wrong_with_what_to_do_and_without_passwords() -> None:
    findings = by_subject(examine(load_settings(**NOWHERE)))
    assert findings["database"].state is State.WRONG
    assert "ATTUNE_DATABASE_URL" in findings["database"].remedy
    assert findings["Redis"].state is State.WRONG
    assert "migrations" not in findings
    assert "hush" not in repr(findings)


def test_the_command_fails_when_anything_is_wrong() -> None:
    ran = attune("doctor", **{f"ATTUNE_{name.upper()}": value for name, value in NOWHERE.items()})
    assert ran.code == 1
    assert "does not answer" in " ".join(ran.output.split())


def test_a_configuration_that_is_refused_is_a_finding() -> None:
    ran = attune("doctor", ATTUNE_PORT="x")
    assert ran.code == 1
    assert "ATTUNE_PORT" in ran.output


def test_a_data_directory_that_cannot_be_made_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    findings = by_subject(examine(load_settings(data_dir=tmp_path / "file" / "data")))
    assert findings["data directory"].state is State.WRONG


@pytest.mark.parametrize("migrated", [False, True])
def test_a_database_behind_this_release_is_wrong_until_it_is_migrated(migrated: bool) -> None:  # noqa: FBT001 - a case
    start_embedded(Path("kept")).stop()
    if migrated:
        ran = attune("migrate", "--data-dir", "kept")
        assert (ran.code, ran.errors) == (0, "")
    finding = by_subject(examine(load_settings(data_dir=Path("kept"))))["migrations"]
    assert finding.state is (State.FINE if migrated else State.WRONG)
