"""Which failures mean that the database does not answer, rather than that the engine asked something wrong?"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
from asyncpg import exceptions as pg
from sqlalchemy import exc

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the same request may survive when it is sent again: https://www.postgresql.org/docs/18/errcodes-appendix.html
_TRANSIENT = (
    OSError,  # refused, reset, timed out
    asyncpg.InterfaceError,  # the connection is closed
    asyncpg.InternalClientError,  # or about to be: the server's farewell came between two statements
    pg.PostgresConnectionError,  # class 08
    pg.InvalidAuthorizationSpecificationError,  # class 28: not yet, or no longer, our database
    pg.InvalidCatalogNameError,
    pg.TransactionRollbackError,  # class 40: deadlocks
    pg.InsufficientResourcesError,  # class 53: too many connections, disk full
    pg.LockNotAvailableError,
    pg.OperatorInterventionError,  # class 57: shutting down, starting up, statement_timeout
    pg.PostgresSystemError,  # class 58
    pg.IdleInTransactionSessionTimeoutError,
    pg.ReadOnlySQLTransactionError,  # a standby answered
)


@contextmanager
def outages_as_unavailable() -> Iterator[None]:
    """Turn every sign that the database does not answer into `Unavailable`; other failures pass unchanged."""
    try:
        yield
    except exc.TimeoutError as error:
        raise Unavailable("all database connections are busy") from error
    except exc.DBAPIError as error:
        if error.connection_invalidated or _is_transient(error.orig):
            raise Unavailable("the database does not answer") from error
        raise
    except _TRANSIENT as error:
        raise Unavailable("the database does not answer") from error


def _is_transient(error: BaseException | None) -> bool:
    """SQLAlchemy's own class hides the driver's, which is its cause."""
    while error is not None:
        if isinstance(error, _TRANSIENT):
            return True
        error = error.__cause__
    return False
