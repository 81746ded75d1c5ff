"""How does a command say that it cannot do what was asked?"""

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from app.definitions.refusals import EngineRefused, FileRefused
from app.embedded.refusals import EmbeddedRefused
from app.evaluation.protocols import ProtocolRefused
from app.experiments.requests import RequestRefused
from app.replay.refusals import LogRefused, ReplayStopped
from app.settings import SettingsRefused
from domain.errors import OperationRefused, Refused
from domain.model.trained_models import ArtifactRefused
from prediction.training.outcomes import TrainingRefused

FAILED = 1
INTERRUPTED = 130


class CommandRefused(Exception):
    """The command cannot do this; one line that says why and what to do instead."""


EXPECTED = (
    *(CommandRefused, SettingsRefused, EmbeddedRefused, LogRefused, ReplayStopped, FileRefused, EngineRefused),
    *(OperationRefused, Refused, ArtifactRefused, ProtocolRefused, TrainingRefused, RequestRefused),
)


class OneLineErrors(TyperGroup):
    """Says every expected problem in one line on standard error: exit code 1 if refused, 2 if used wrongly.

    Anything else is a fault and shows where it happened.
    """

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> NoReturn:
        options["standalone_mode"] = False  # typer would explain its own refusals in a box of five lines
        try:
            code = super().main(args, *rest, **options)
        except EXPECTED as refused:
            code = say(str(refused), FAILED)
        except typer.TyperException as misused:
            code = say(f"{misused.format_message()} (see --help)", misused.exit_code)
        except typer.Abort:
            code = INTERRUPTED
        sys.exit(code)


def say(problem: str, code: int) -> int:
    """Write `problem` as one line on standard error; returns `code`."""
    typer.echo(f"attune: {' '.join(problem.split())}", err=True)
    return code
