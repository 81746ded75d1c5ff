"""How is the engine started?"""

from typing import Annotated

import typer

from app.cli.options import DataDir, Embedded
from app.settings import load_settings


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8000")] = None,
    workers: Annotated[int | None, typer.Option(help="How many server processes.", show_default="1")] = None,
    embedded: Embedded = None,
    data_dir: DataDir = None,
) -> None:
    """Start the engine and serve until interrupted.

    Embedded, this is all there is to start: PostgreSQL and Redis come along, are migrated, and the worker runs inside.
    With your own servers, run `attune migrate` first and `attune worker` beside.
    """
    settings = load_settings(host=host, port=port, workers=workers, embedded=embedded, data_dir=data_dir)
    from app.server import serve as run_server  # noqa: PLC0415 - what serves is slow to import

    run_server(settings)
