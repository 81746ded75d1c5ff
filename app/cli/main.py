"""Which commands does `attune` have?"""

from importlib.metadata import version
from typing import Annotated

import typer

from app.cli.demo import demo
from app.cli.doctor import doctor
from app.cli.documents import documents
from app.cli.evaluate import evaluate
from app.cli.experiments import experiments
from app.cli.migrate import migrate
from app.cli.refusals import OneLineErrors
from app.cli.replay import replay
from app.cli.rollups import rollups
from app.cli.rules import rules
from app.cli.schema import schema
from app.cli.serve import serve
from app.cli.simulate import simulate
from app.cli.token import token
from app.cli.train import train
from app.cli.trained_models import models
from app.cli.worker import worker

application = typer.Typer(
    name="attune",
    cls=OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the value of the option
    if wanted:
        typer.echo(f"attune {version('attune')}")
        raise typer.Exit


@application.callback()
def attune(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Attune decides one typed config per user, and pushes it the moment it changes.

    Settings are read from the environment (ATTUNE_DATABASE_URL, ATTUNE_REDIS_URL, ATTUNE_TOKEN_SECRET, ...);
    options win.

    Exit codes: 0 done, 1 failed or refused, 2 used wrongly, 130 interrupted.
    """


for command in (serve, worker, migrate, token, schema, documents, demo, replay, evaluate, train, simulate, doctor):
    application.command()(command)
application.add_typer(rules, name="rules")
application.add_typer(models, name="models")
application.add_typer(rollups, name="rollups")
application.add_typer(experiments, name="experiment")


def main() -> None:
    """Run the command that the process was started with."""
    application(prog_name="attune")
