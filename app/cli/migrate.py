"""How is the database brought to this release's schema?"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.cli.options import DataDir, Embedded
from app.cli.refusals import CommandRefused
from app.settings import Settings, load_settings


def migrate(
    *,
    revision: Annotated[str, typer.Option(help="The revision to migrate to, or a unique beginning of it.")] = "head",
    embedded: Embedded = None,
    data_dir: DataDir = None,
) -> None:
    """Bring the database to the schema of this release; does nothing if it is there already.

    Safe to run from several places at once. Embedded servers are migrated by `attune serve` itself.
    """
    settings = load_settings(embedded=embedded, data_dir=data_dir)
    with _database_url(settings) as url:
        before, after = asyncio.run(_migrate(url, revision))
    typer.echo(f"the database is at revision {after}" + ("" if before != after else ", as it was"))


@contextmanager
def _database_url(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    from app.embedded.services import start_embedded  # noqa: PLC0415 - only where the database is embedded

    with start_embedded(settings.data_dir) as services:
        yield services.database_url


async def _migrate(url: str, revision: str) -> tuple[str | None, str | None]:
    """Return the revisions before and after."""
    from alembic.util import CommandError  # noqa: PLC0415 - slow to import

    from migrations import runner  # noqa: PLC0415 - slow to import
    from persistence.postgres.outages import outages_as_unavailable  # noqa: PLC0415 - slow to import

    try:
        with outages_as_unavailable():
            before = await runner.current_revision(url)
            await runner.migrate(url, revision)
            return before, await runner.current_revision(url)
    except CommandError as error:
        raise CommandRefused(f"the database cannot be migrated: {error}") from None
