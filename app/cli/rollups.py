"""Are the sums over users, which analytics read, what is stored of the users - and how are they made anew?"""

import asyncio
from typing import TYPE_CHECKING

import typer

from app.cli.options import DataDir, Embedded
from app.cli.refusals import FAILED
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from app.wiring import TrainingAdapters

rollups = typer.Typer(help="Check the sums over users that analytics read, or make them anew.", no_args_is_help=True)


@rollups.command("check")
def check(*, embedded: Embedded = None, data_dir: DataDir = None) -> None:
    """Compare the sums with what is stored of the users. Exit code 1: some are different.

    An engine may run beside it. Example: `attune rollups check`
    """
    from app.wiring import comparing  # noqa: PLC0415 - slow to import

    differing = _with_stores(load_settings(embedded=embedded, data_dir=data_dir), lambda parts: comparing(parts)())
    if differing:
        typer.echo(f"{_told(differing)} differ: run `attune rollups rebuild`")
        raise typer.Exit(FAILED)
    typer.echo("all sums are what is stored of the users")


@rollups.command("rebuild")
def rebuild(*, embedded: Embedded = None, data_dir: DataDir = None) -> None:
    """Make the sums anew from what is stored of the users, in one step that nobody notices.

    An engine may run beside it: what users do meanwhile is neither lost nor counted twice.
    Example: `attune rollups rebuild`
    """
    from app.wiring import rebuilding  # noqa: PLC0415 - slow to import

    differing = _with_stores(load_settings(embedded=embedded, data_dir=data_dir), lambda parts: rebuilding(parts)())
    typer.echo(f"{_told(differing)} were different" if differing else "all sums were what is stored of the users")


def _told(differing: "Mapping[str, int]") -> str:
    return ", ".join(f"{number} of {measure}" for measure, number in sorted(differing.items()))


def _with_stores(
    settings: Settings, ask: "Callable[[TrainingAdapters], Awaitable[Mapping[str, int]]]"
) -> "Mapping[str, int]":
    from app.stores import reachable_stores  # noqa: PLC0415 - slow to import
    from app.wiring import training_adapters  # noqa: PLC0415 - slow to import

    async def answer(connected: Settings) -> "Mapping[str, int]":
        async with training_adapters(connected) as parts:
            return await ask(parts)

    with reachable_stores(settings) as connected:
        return asyncio.run(answer(connected))
