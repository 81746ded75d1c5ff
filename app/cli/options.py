"""Which options mean the same in several commands?"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from app.cli.durations import DurationRefused, parse_duration


def duration(text: str) -> timedelta:
    """Read an option's duration; raises typer.BadParameter."""
    try:
        return parse_duration(text)
    except DurationRefused as refused:
        raise typer.BadParameter(str(refused)) from None


DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Where embedded servers keep their data and the generated token secret lies.",
        show_default=".attune",
        envvar="ATTUNE_DATA_DIR",
        file_okay=False,
    ),
]
Embedded: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--embedded/--no-embedded",
        help="Bring PostgreSQL and Redis along, or use those of ATTUNE_DATABASE_URL and ATTUNE_REDIS_URL.",
        show_default="embedded unless both are set",
    ),
]
