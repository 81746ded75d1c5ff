"""How are models trained by hand?"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from app.cli.options import DataDir, Embedded
from app.cli.refusals import FAILED, CommandRefused
from app.settings import Settings, load_settings
from domain.model.insights import ModelTask
from domain.model.trained_models import TrainingResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.training.runs import Curriculum, Order
    from prediction.boosting import Boosting
    from prediction.training.jobs import Result
    from prediction.training.plans import Plan
    from prediction.training.surveys import Survey

INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
LARGEST_SEED = 2**31 - 1


def train(  # noqa: PLR0913 - the options of a command
    *,
    model: Annotated[
        list[ModelTask] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help=f"What to train; may be repeated: {', '.join(ModelTask)}.",
            case_sensitive=False,
            show_default="all",
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=INSTANTS, help="Read only what was received since then (UTC)."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=INSTANTS, help="Read only what was received until then.", show_default="now"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Equal data and seed give equal models.")] = 0,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The address of a Dask scheduler that trains instead.")
    ] = None,
    received_as_occurred: Annotated[
        bool,
        typer.Option("--received-as-occurred", help="For imported history: each was received when it occurred."),
    ] = False,
    embedded: Embedded = None,
    data_dir: DataDir = None,
) -> None:
    """Train models on what users did, and put each in use that is better than the one there.

    Users who allow no models, or no personalization, are not read. Needs no running engine, and disturbs none; only
    one training runs at a time. A model that cannot be trained from this data is refused with the reason, and the
    others are trained all the same: exit code 1 if none could be, or anything broke.

    Example: `attune train --model churn --received-as-occurred`
    """
    if since is not None and since >= (until or datetime.now(UTC).replace(tzinfo=None)):
        raise typer.BadParameter(
            "it has to be earlier than --until, which is now if nothing is said", param_hint="--from"
        )
    settings = load_settings(embedded=embedded, data_dir=data_dir)
    from app.stores import reachable_stores  # noqa: PLC0415 - slow to import
    from app.training.courses import curriculum  # noqa: PLC0415 - slow to import
    from app.training.runs import Order  # noqa: PLC0415 - slow to import
    from domain.ports.training_data import DataWindow  # noqa: PLC0415 - beside what uses it

    boosting, known = _boosting(cluster), curriculum()
    tasks = tuple(model or known.courses)
    window = DataWindow(_utc(until) or datetime.now(UTC), _utc(since), received_as_occurred)
    with reachable_stores(settings) as connected:
        results = asyncio.run(_train(connected, known, Order(tasks, window, seed), boosting))
    _report(results)


async def _train(
    settings: Settings, known: "Curriculum", order: "Order", boosting: "Callable[[int], Boosting]"
) -> "Sequence[Result]":
    from app.wiring import training, training_adapters  # noqa: PLC0415 - slow to import

    async with training_adapters(settings) as parts:
        with _watched() as watched:
            await training(parts, known, boosting)(order, watched)
    return watched.results


def _boosting(cluster: str | None) -> "Callable[[int], Boosting]":
    from prediction.boosting import LocalBoosting  # noqa: PLC0415 - slow to import
    from prediction.cluster import ClusterBoosting, ClusterRefused  # noqa: PLC0415

    if cluster is None:
        return LocalBoosting
    try:
        ClusterBoosting(cluster).check()
    except ClusterRefused as refused:
        raise CommandRefused(str(refused)) from None
    return lambda seed: ClusterBoosting(cluster, seed)


@contextmanager
def _watched() -> Iterator["Watched"]:
    """Show how far the training is, if anybody watches standard error."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Watched(bar)


class Watched:
    """A progress bar for each part of a training."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        self.results: list[Result] = []

    def reading(self, what: str, users: int) -> None:
        self._next(what, users)

    def read(self, users: int, interactions: int) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=users, count=f"{users:,} users, {interactions:,} interactions")

    def planned(self, survey: "Survey", plan: "Plan") -> None:
        from app.training.reports import survey_told  # noqa: PLC0415 - imported by now

        typer.echo(survey_told(survey, plan))

    def training(self, tasks: int) -> None:
        self._next("training", tasks)

    def result(self, result: "Result") -> None:
        self.results.append(result)
        if self._task is not None:
            self._bar.update(self._task, advance=1, count=result.task)

    def _next(self, what: str, total: int) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total, count="")


def _report(results: "Sequence[Result]") -> None:
    from app.training.reports import results_told  # noqa: PLC0415 - only at the end

    console = Console(highlight=False, soft_wrap=True)
    for part in results_told(results):
        console.print(part)
    found = {result.result for result in results}
    if TrainingResult.FAILED in found or not found & {TrainingResult.SWITCHED, TrainingResult.KEPT_AS_CANDIDATE}:
        raise typer.Exit(FAILED)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
