"""Running commands as a shell does."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from typer.testing import CliRunner

from app.cli.main import application


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    output: str
    errors: str


def attune(*arguments: object, **environment: str) -> Ran:
    """Run a command without any of the machine's settings; errors must be one line, or none."""
    variables = {"COLUMNS": "100", "TERM": "dumb", **environment}
    handlers = logging.getLogger().handlers[:]
    result = CliRunner().invoke(application, [str(argument) for argument in arguments], env=variables)
    logging.getLogger().handlers[:] = handlers  # a command may log to what the runner has closed by now
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def refusal(*arguments: object, code: int = 1, environment: Mapping[str, str] | None = None) -> str:
    """Run a command that is refused; the one line that says why."""
    ran = attune(*arguments, **(environment or {}))
    assert ran.code == code, ran
    assert ran.output == ""
    assert ran.errors.count("\n") == 1, ran.errors
    assert ran.errors.startswith("attune: ")
    return ran.errors
