"""How does an engine get users to look at, before it has any?"""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from app.cli.options import DataDir, Embedded
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from app.demonstration.histories import Crowd, Filled

LARGEST_SEED = 2**31 - 1
FEWEST_USERS, MOST_USERS = 50, 5_000


def demo(
    *,
    users: Annotated[int, typer.Option(min=FEWEST_USERS, max=MOST_USERS, help="How many users to make up.")] = 400,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Equal seeds make up equal users.")] = 0,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train models on what they did.")] = True,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where there are real users.")] = False,
    embedded: Embedded = None,
    data_dir: DataDir = None,
) -> None:
    """Fill the engine with simulated users, so that the console has something to show.

    They have six weeks behind them, are in several segments, and were in two experiments, one of which still runs.
    Their ids begin with `sim-`, their trait `simulated` is true, and the segment `simulated` holds all of them. An
    engine may run beside it. A second time nothing is added; where there are real users it refuses.

    Example: `attune demo`
    """
    settings = load_settings(embedded=embedded, data_dir=data_dir)
    from app import garbage  # noqa: PLC0415 - slow to import
    from app.demonstration.histories import Crowd  # noqa: PLC0415
    from app.stores import reachable_stores  # noqa: PLC0415

    garbage.settle()
    with reachable_stores(settings) as connected:
        filled = asyncio.run(_fill(connected, Crowd(users, seed), anyway=anyway))
        if not filled.users:
            typer.echo("this engine has its simulated users already: nothing was added")
            return
        typer.echo(f"{filled.users:,} simulated users did {filled.interactions:,} things")
        if train:
            asyncio.run(_train(connected, seed))


async def _fill(settings: Settings, crowd: "Crowd", *, anyway: bool) -> "Filled":
    from app.demonstration.histories import fill  # noqa: PLC0415 - slow to import

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("days gone by")

        def told(day: int, days: int) -> None:
            bar.update(task, completed=day, total=days)

        return await fill(settings, crowd, anyway=anyway, told=told)


async def _train(settings: Settings, seed: int) -> None:
    from app.training.courses import curriculum  # noqa: PLC0415 - slow to import
    from app.training.reports import RESULTS  # noqa: PLC0415
    from app.training.runs import Order  # noqa: PLC0415
    from app.wiring import training, training_adapters  # noqa: PLC0415
    from domain.ports.training_data import DataWindow  # noqa: PLC0415

    known = curriculum()
    async with training_adapters(settings) as parts:
        window = DataWindow(parts.clock.now())
        ended = await training(parts, known)(Order(tuple(known.courses), window, seed))
    for outcome in ended.outcomes:
        typer.echo(f"{outcome.task}: {RESULTS[outcome.result]}; {outcome.message}")
