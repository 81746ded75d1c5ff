"""What do the commands say about themselves, and how do they refuse?"""

import subprocess
import sys
from importlib.metadata import version

import pytest

from tests.unit.cli.shells import attune, refusal

COMMANDS = (
    "serve",
    "worker",
    "migrate",
    "token",
    "schema",
    "documents",
    "replay",
    "evaluate",
    "train",
    "models",
    "doctor",
    "rules",
)
NOWHERE = {"ATTUNE_DATABASE_URL": "postgres://a:hush@127.0.0.1:1/x", "ATTUNE_REDIS_URL": "redis://127.0.0.1:1"}


def test_the_version_is_that_of_the_distribution() -> None:
    assert attune("--version").output == f"attune {version('attune')}\n"


def test_help_names_every_command() -> None:
    ran = attune("--help")
    assert ran.code == 0
    assert all(f" {command} " in ran.output for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    ran = attune(command, "--help")
    assert (ran.code, ran.errors) == (0, "")
    assert f"attune {command}" in ran.output


@pytest.mark.parametrize(
    "arguments", [("bogus",), ("token",), ("serve", "--port", "x"), ("serve", "--bogus"), ("replay",)]
)
def test_a_wrong_use_is_one_line_and_code_2(arguments: tuple[str, ...]) -> None:
    assert "--help" in refusal(*arguments, code=2)


def test_options_are_checked_like_the_settings_they_replace() -> None:
    assert "ATTUNE_PORT: " in refusal("serve", "--port", 0)
    assert "ATTUNE_WORKERS: " in refusal("serve", "--workers", 0)
    assert "without embedded servers the engine needs both URLs" in refusal("serve", "--no-embedded")


def test_a_production_start_without_a_secret_is_refused_with_the_reason() -> None:
    assert "ATTUNE_TOKEN_SECRET is missing" in refusal("serve", environment={"ATTUNE_ENVIRONMENT": "production"})


def test_a_worker_beside_embedded_servers_is_refused() -> None:
    assert "`attune serve` has the worker inside" in refusal("worker")


def test_migrating_a_database_that_does_not_answer_is_refused_without_its_password() -> None:
    message = refusal("migrate", environment=NOWHERE)
    assert "database does not answer" in message
    assert "hush" not in message


def test_the_program_ends_with_the_code_of_its_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from app.cli.main import main; main()", "token"], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"attune: Missing option")


def test_a_token_needs_nothing_slow() -> None:
    program = "import sys; sys.argv[1:] = ['token', '--user', 'ann']\nfrom app.cli.main import application\n"
    program += "try: application()\nexcept SystemExit: print(sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    loaded = ran.stdout.splitlines()[1]
    assert "'jwt'" in loaded
    assert not any(f"'{slow}'" in loaded for slow in ("sqlalchemy", "strawberry", "graphql", "uvicorn", "redis"))
