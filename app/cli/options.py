"""Which options mean the same in several commands?"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from app.cli.durations import DurationRefused, parse_duration
from app.replay.fields import Field, MappingRefused, parse_mapping
from domain.model.interactions import InteractionKind


def duration(text: str) -> timedelta:
    """Read an option's duration; raises typer.BadParameter."""
    try:
        return parse_duration(text)
    except DurationRefused as refused:
        raise typer.BadParameter(str(refused)) from None


def mapping_of(texts: list[str] | None, kind: InteractionKind | None) -> dict[Field, str] | None:
    """Read `--map`, beside the `--kind` of all lines; raises typer.BadParameter."""
    try:
        mapping = parse_mapping(texts) if texts else None
    except MappingRefused as refused:
        raise typer.BadParameter(str(refused), param_hint="--map") from None
    if mapping and kind and Field.KIND in mapping:
        raise typer.BadParameter("the kind is either a column or the same for all lines", param_hint="--kind")
    return mapping


Mapping: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN,...",
        help=f"Which column holds what; the fields are {', '.join(Field)}.",
        show_default="columns named like fields",
    ),
]
Kind: TypeAlias = Annotated[
    InteractionKind | None,
    typer.Option(
        metavar="KIND",
        help=f"The kind of every line, instead of a column: {', '.join(InteractionKind)}.",
        case_sensitive=False,
    ),
]
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
