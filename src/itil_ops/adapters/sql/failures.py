"""
What drivers raise, told as errors of ours; theirs are the cause.
"""

from __future__ import annotations

import sqlite3

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from itil_ops.errors import RepositoryError, TransientStoreError


if TYPE_CHECKING:
    from collections.abc import Iterator


_SQLITE_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
    }
)

_POSTGRESQL_TRANSIENT = ("08", "40", "53", "55P03", "57", "58")
"""
SQL states, or how they begin: connection, serialization and deadlock, resources, a lock that is not
to be had, an operator's intervention, the system.
"""


@contextmanager
def told() -> Iterator[None]:
    """
    Let no error of a driver or of SQLAlchemy through undisguised.

    Raises:
        TransientStoreError: The database was busy or gone.

        RepositoryError: Anything else.
    """
    try:
        yield
    except exc.DBAPIError as error:
        why = str(error.orig).strip() or type(error.orig).__name__
        if _is_transient(error):
            raise TransientStoreError(why) from error
        raise RepositoryError(f"the database refused: {why}") from error
    except exc.TimeoutError as error:
        raise TransientStoreError(f"no connection was free: {error}") from error
    except exc.SQLAlchemyError as error:
        raise RepositoryError(f"the database cannot be used: {error}") from error


def _is_transient(error: exc.DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_TRANSIENT  # the rest says more closely what
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_POSTGRESQL_TRANSIENT)
    return error.connection_invalidated or isinstance(error, exc.OperationalError)
