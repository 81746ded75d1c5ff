"""Which models serve, how good are they, and how is another one put in use?"""

import asyncio
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer
from rich.console import Console

from app.cli.options import DataDir, Embedded
from app.settings import Settings, load_settings
from domain.model.insights import ModelTask, ModelVersion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.wiring import TrainingAdapters
    from domain.model.trained_models import RegisteredModel, Training

TOLD_TRAININGS = 3

Answer = TypeVar("Answer")

models = typer.Typer(help="Look at the trained models, go back to the one before, or use another one.")

Task: TypeAlias = Annotated[
    ModelTask, typer.Argument(metavar="MODEL", help=f"One of {', '.join(ModelTask)}.", case_sensitive=False)
]


@models.callback(invoke_without_command=True)
def list_models(context: typer.Context, *, embedded: Embedded = None, data_dir: DataDir = None) -> None:
    """List the trained models: what is in use, its quality beside the baseline's, and its drift.

    Without a command. Refused is a model that was changed after it was trained, or that this release cannot use; what
    serves instead of it is what a process that starts now would use. Drift is the population stability index of the
    signal that moved most since the training: below 0.1 nothing moved, from 0.25 on the model was trained on another
    population, and is trained anew.
    """
    if context.invoked_subcommand is not None:
        return
    from app.training.reports import models_told, trainings_told  # noqa: PLC0415 - slow to import

    registered, trainings = _with_stores(load_settings(embedded=embedded, data_dir=data_dir), _listed)
    console = Console(highlight=False, soft_wrap=True)
    for part in models_told(registered):
        console.print(part)
    if not registered:
        console.print("no model was trained yet: run `attune train`")
    for line in trainings_told(trainings):
        console.print(line)


@models.command("roll-back")
def roll_back(task: Task, *, embedded: Embedded = None, data_dir: DataDir = None) -> None:
    """Put the previous model in use again, in every process at once.

    The model in use until now becomes the previous one: rolling back again returns to it.

    Example: `attune models roll-back churn`
    """

    async def change(parts: "TrainingAdapters") -> ModelVersion:
        from app.training.courses import curriculum  # noqa: PLC0415 - slow to import
        from domain.use_cases.trained_models import RollBackModel  # noqa: PLC0415

        return await RollBackModel(parts.begin, parts.bus, parts.clock, curriculum().signals_version)(task)

    version = _with_stores(load_settings(embedded=embedded, data_dir=data_dir), change)
    typer.echo(f"{task} {version} is in use again")


@models.command("use")
def use(
    task: Task,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As listed by `attune models`.")],
    *,
    embedded: Embedded = None,
    data_dir: DataDir = None,
) -> None:
    """Put this version in use, in every process at once; the model in use becomes the previous one.

    Example: `attune models use churn 20261125-1f2e3d4c`
    """

    async def change(parts: "TrainingAdapters") -> None:
        from app.training.courses import curriculum  # noqa: PLC0415 - slow to import
        from domain.use_cases.trained_models import UseModel  # noqa: PLC0415

        using = UseModel(parts.begin, parts.bus, parts.clock, curriculum().signals_version)
        await using(task, ModelVersion(version))

    _with_stores(load_settings(embedded=embedded, data_dir=data_dir), change)
    typer.echo(f"{task} {version} is in use")


async def _listed(parts: "TrainingAdapters") -> "tuple[Sequence[RegisteredModel], Sequence[Training]]":
    from app.training.courses import curriculum  # noqa: PLC0415 - slow to import
    from app.wiring import current_models  # noqa: PLC0415 - slow to import
    from domain.rules.standings import as_they_serve  # noqa: PLC0415 - slow to import

    in_use = current_models(parts.begin, curriculum().read)
    await in_use.refresh()
    async with parts.begin() as work:
        registered = as_they_serve(await work.trained_models.registered(), in_use.replacements)
        return registered, await work.trainings.latest(TOLD_TRAININGS)


def _with_stores(settings: Settings, ask: "Callable[[TrainingAdapters], Awaitable[Answer]]") -> Answer:
    from app.stores import reachable_stores  # noqa: PLC0415 - slow to import
    from app.wiring import training_adapters  # noqa: PLC0415 - slow to import

    async def answer(connected: Settings) -> Answer:
        async with training_adapters(connected) as parts:
            return await ask(parts)

    with reachable_stores(settings) as connected:
        return asyncio.run(answer(connected))
