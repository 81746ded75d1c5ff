"""How does somebody find out how good the models would be on their own log?"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.options import Kind, Mapping, mapping_of
from app.evaluation.merging import Merging
from app.evaluation.protocols import Protocol, ProtocolRefused, parse_cut_offs
from app.evaluation.tasks import NEEDED, Task
from app.evaluation.values import ValueRefused, parse_factors
from app.replay.fields import Field
from app.replay.files import recognise
from domain.model.interactions import InteractionKind

if TYPE_CHECKING:
    from app.evaluation.evaluations import Stage
    from app.evaluation.reports import Evaluation

LARGEST_SEED = 2**31 - 1
LONGEST_DAYS = 3_660


File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="A log: .csv, .csv.gz, .jsonl or .jsonl.gz.")]
WhichTask: TypeAlias = Annotated[
    Task, typer.Option("--task", metavar="TASK", help=f"What to predict: {', '.join(Task)}.", case_sensitive=False)
]
Value: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="COLUMN*COLUMN", help="The value is a product of columns: quantity*price."),
]
Positive: TypeAlias = Annotated[
    bool, typer.Option("--positive", help="Leave out lines whose value, or a factor of it, is not above 0.")
]
Merge: TypeAlias = Annotated[
    Merging | None,
    typer.Option(
        metavar="HOW",
        help="Lines of one user at one instant are one event: worth their sum (an order), or the largest of them.",
        case_sensitive=False,
    ),
]
HorizonDays: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=LONGEST_DAYS, help="How far ahead is predicted.", show_default="told by the log"),
]
ActiveDays: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=LONGEST_DAYS, help="Who is asked about: seen in so many days.", show_default="horizon"),
]
TrainCutOffs: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--train-cutoffs",
        metavar="FROM..UNTIL/DAYS",
        help="When to look at users in training; or dates with commas.",
    ),
]
TestCutOffs: TypeAlias = Annotated[
    str | None,
    typer.Option("--test-cutoffs", metavar="FROM..UNTIL/DAYS", help="Later, for the test."),
]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Equal log and seed give equal figures.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


def evaluate(  # noqa: PLR0913 - the options of a command
    file: File,
    *,
    task: WhichTask,
    mapping: Mapping = None,
    kind: Kind = None,
    value: Value = None,
    positive: Positive = False,
    merge: Merge = None,
    horizon_days: HorizonDays = None,
    active_days: ActiveDays = None,
    train_cutoffs: TrainCutOffs = None,
    test_cutoffs: TestCutOffs = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train and test a model on a log of events, split by time, as the engine itself would, and print how good it is.

    Needs no engine and stores nothing. At a cut-off only earlier events are seen, and what comes after is to be
    foretold. Users are resampled for the 95 % intervals. Without cut-offs the log's own rhythm decides. Without a
    column for the time, `recommend` hides 30 % of each user's targets by chance. Without kinds, every line is a
    CONVERSION for ltv and --merge sum, else a FEATURE_USE of its target, else a PAGE_VIEW.

    Example: `attune evaluate events.csv.gz --map user=user_id,time=unix_ts,target=event --task churn`
    """
    columns = mapping_of(mapping, kind)
    if value and columns and Field.VALUE in columns:
        raise typer.BadParameter("the value is either a column or computed", param_hint="--value")
    from app.evaluation.evaluations import Assignment  # noqa: PLC0415 - slow to import
    from app.evaluation.readings import Source  # noqa: PLC0415 - slow to import

    source = Source(
        log=recognise(file),
        needed=NEEDED[task],
        mapping=columns,
        kind=kind,
        kind_otherwise=InteractionKind.CONVERSION if merge is Merging.SUM or task is Task.LTV else None,
        factors=_factors(value),
        positive=positive,
        merging=merge,
    )
    protocol = Protocol(
        horizon_days=horizon_days,
        active_days=active_days,
        training=_cut_offs(train_cutoffs, "--train-cutoffs"),
        test=_cut_offs(test_cutoffs, "--test-cutoffs"),
    )
    with _progress() as show:
        evaluation = Assignment(task=task, source=source, protocol=protocol, seed=seed).evaluated(show)
    _report(evaluation, as_json=as_json)


def _cut_offs(text: str | None, option: str) -> tuple[datetime, ...]:
    try:
        return parse_cut_offs(text) if text is not None else ()
    except ProtocolRefused as refused:
        raise typer.BadParameter(str(refused), param_hint=option) from None


def _factors(text: str | None) -> tuple[str, ...]:
    try:
        return parse_factors(text) if text is not None else ()
    except ValueRefused as refused:
        raise typer.BadParameter(str(refused), param_hint="--value") from None


@contextmanager
def _progress() -> Iterator[Callable[["Stage"], None]]:
    """Show how far the evaluation is, if anybody watches standard error."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("reading", total=None)

        def show(stage: "Stage") -> None:
            bar.update(shown, description=stage.name, completed=stage.done, total=stage.total or None)

        yield show


def _report(evaluation: "Evaluation", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(evaluation.as_json(), allow_nan=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for part in evaluation.as_table():
        console.print(part)
