"""How does an application say which operations are its own?"""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from app.cli.refusals import FAILED, CommandRefused, say

Paths: TypeAlias = Annotated[
    list[Path],
    typer.Argument(
        metavar="FOLDER...", help="Folders or files of .graphql or .gql documents, or .json manifests of client tools."
    ),
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write.", show_default="standard output"),
]


def documents(paths: Paths, *, output: Output = None) -> None:
    """Write the manifest of an application's own operations, for ATTUNE_TRUSTED_DOCUMENTS.

    Every operation is held against the schema and the limits of this release, with the fragments that it uses from
    whichever file. Needs no engine; equal operations make an equal manifest. If anything is wrong, each problem is one
    line with its place, the exit code is 1, and nothing is written.

    Example: `attune documents src/ -o trusted-documents.json`
    """
    from app.documents import DocumentsRefused, collected  # noqa: PLC0415 - slow to import

    try:
        manifest = collected(paths)
    except DocumentsRefused as refused:
        for problem in refused.problems:
            say(problem, FAILED)
        raise typer.Exit(FAILED) from None
    if output is None:
        typer.echo(manifest.as_json(), nl=False)
        return
    try:
        output.write_bytes(manifest.as_json())
    except OSError as error:
        raise CommandRefused(f"{output} cannot be written: {error.strerror}") from None
    typer.echo(f"{len(manifest.texts):,} documents: {output}")
