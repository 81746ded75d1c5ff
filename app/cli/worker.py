"""How is a worker started beside the servers?"""

from app.cli.refusals import CommandRefused
from app.settings import load_settings


def worker() -> None:
    """Fold what users did into their profiles, until interrupted.

    Needed beside `attune serve` when it uses your own PostgreSQL and Redis; several share the work. Embedded
    servers have their worker inside.
    """
    settings = load_settings()
    if settings.uses_embedded_servers:
        raise CommandRefused(
            "a worker of its own needs ATTUNE_DATABASE_URL and ATTUNE_REDIS_URL: with embedded servers, "
            "`attune serve` has the worker inside"
        )
    from app.worker_process import run_worker  # noqa: PLC0415 - what works is slow to import

    run_worker(settings)
