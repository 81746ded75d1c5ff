"""Where are the stores for a command that works on them directly, whether an engine runs beside or not?"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.embedded.refusals import EmbeddedRefused
from app.embedded.running import addresses_in, is_in_use
from app.embedded.services import start_embedded
from app.embedded.signals import terminating_as_exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings


@contextmanager
def reachable_stores(settings: Settings) -> Iterator[Settings]:
    """The settings with the addresses of stores that answer.

    Embedded ones that nobody runs are started, and stopped at the end; there has to be data. Raises `EmbeddedRefused`.
    """
    if not settings.uses_embedded_servers:
        yield settings
        return
    data_dir = settings.data_dir.resolve()
    if not (data_dir / "postgres").exists():
        raise EmbeddedRefused(f"there is no data in {data_dir} yet: start `attune serve`, or give its --data-dir")
    if is_in_use(data_dir):
        database_url, redis_url = addresses_in(data_dir)
        yield settings.replaced(database_url=database_url, redis_url=redis_url, embedded=False)
        return
    with terminating_as_exit(), start_embedded(data_dir) as services:
        yield settings.replaced(database_url=services.database_url, redis_url=services.redis_url, embedded=False)
