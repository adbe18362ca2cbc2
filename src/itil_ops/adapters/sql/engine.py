"""
Connections: which databases are served, and how each begins a transaction.
"""

from __future__ import annotations

import sqlite3
import time

from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, exc
from sqlalchemy.engine import make_url

from itil_ops.adapters.sql.files import DatabaseFile
from itil_ops.errors import MissingExtraError, RepositoryError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import length


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL


_PAUSE = 5
"""
Milliseconds between two tries.
"""

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
"""
The driver for each name of a database in a URL.
"""


def engine_for(url: str, patience: timedelta) -> Engine:
    """
    Return an engine for *url*.

    Args:
        url: Where the database is: `sqlite:///desk.db`, `postgresql://user@host/desk`.

        patience: How long to wait for what another unit holds.

    Raises:
        ValueError: It is no URL, or of a database that is not served.

        MissingExtraError: The driver is not installed.
    """
    made = _parsed(url)
    # Databases count whole milliseconds, in 32 bits, and for some of them 0 is no limit at all.
    milliseconds = min(max(1, length(patience, "patience") // 1000), 2**31 - 1)
    open_engine = _sqlite if made.get_backend_name() == "sqlite" else _postgresql
    return open_engine(made, milliseconds)


def _sqlite(url: URL, milliseconds: int) -> Engine:
    seconds, file = milliseconds / 1000, DatabaseFile()
    engine = create_engine(url, pool_timeout=seconds, connect_args={"timeout": seconds})
    event.listen(engine, "do_connect", file.check_is_there)
    event.listen(engine, "connect", _closing(partial(_prepare_sqlite, milliseconds)))
    event.listen(engine, "connect", _closing(file.connected))
    event.listen(engine, "begin", file.check)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "commit", file.check)
    return engine


def _postgresql(url: URL, milliseconds: int) -> Engine:
    seconds = milliseconds / 1000
    try:
        engine = create_engine(
            url,
            pool_timeout=seconds,
            connect_args={"client_encoding": "utf8", **_waiting(url, seconds)},
            isolation_level="READ COMMITTED",
        )
    except ImportError as error:
        raise MissingExtraError(error.name or "psycopg", "postgresql") from error
    event.listen(engine, "connect", _closing(partial(_prepare_postgresql, milliseconds)))
    return engine


def _closing(prepare: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """
    Return *prepare*, which closes the connection where it fails; nobody else would.
    """

    def prepares(raw: Any, record: Any) -> None:
        try:
            prepare(raw, record)
        except BaseException:
            raw.close()
            raise

    return prepares


def _parsed(url: str) -> URL:
    try:
        made = make_url(check_type(url, str, "url"))
    except (exc.ArgumentError, ValueError) as error:
        # Without the url itself: a password may be in it.
        raise ValueError(
            "url cannot be read; it is to be like postgresql://user@host/desk"
        ) from error
    backend = made.get_backend_name()
    if backend not in _DRIVERS:
        served = "sqlite:///..., postgresql://..."
        raise ValueError(f"url is of {backend!r}, which is not served; served are {served}")
    if backend == "sqlite" and _is_in_memory(made):
        raise ValueError(
            f"url {url!r} names no file; SQLite needs one here, and MemoryStore needs none"
        )
    return made.set(drivername=_DRIVERS[backend])


def _is_in_memory(url: URL) -> bool:
    name = url.database or ":memory:"
    return ":memory:" in name or url.query.get("mode") == "memory"


def _waiting(url: URL, seconds: float) -> dict[str, Any]:
    # What the URL says itself holds.
    return {} if "connect_timeout" in url.query else {"connect_timeout": ceil(seconds)}


def _prepare_sqlite(milliseconds: int, raw: Any, _: object) -> None:
    # Transactions begin as `_begin_sqlite` says, not as the driver guesses.
    raw.isolation_level = None
    # Text that was damaged is read all the same, so that who reads it can say of what it is.
    raw.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    cursor = raw.cursor()
    _keep_a_log(cursor, milliseconds)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _keep_a_log(cursor: Any, milliseconds: int) -> None:
    # For this one SQLite does not wait by itself while somebody else does the same.
    for _ in range(milliseconds // _PAUSE):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_PAUSE / 1000)
        else:
            return
    cursor.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("itil_ops_read_only", False)
    # A transaction that begins to read and goes on to write fails if somebody wrote meanwhile.
    begin = "BEGIN" if reads else "BEGIN IMMEDIATE"
    try:
        # Straight to the driver: a tenth of what a small unit costs would go by the other way.
        connection.connection.cursor().execute(begin)
    except sqlite3.Error as error:
        raise exc.DBAPIError(begin, None, error) from error


def _prepare_postgresql(milliseconds: int, raw: Any, _: object) -> None:
    with raw.cursor() as cursor:
        (encoding,) = cursor.execute("SHOW server_encoding").fetchone()
        if encoding != "UTF8":
            raise RepositoryError(
                f"the database must be in UTF8, to keep any text; it is {encoding}"
            )
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SET lock_timeout = {milliseconds}")
    raw.commit()


def connect(engine: Engine, *, read_only: bool) -> Connection:
    """
    Return a connection on which a transaction of that sort begins with the first statement.
    """
    connection = engine.connect()
    if not read_only:
        return connection
    if engine.dialect.name == "sqlite":
        return connection.execution_options(itil_ops_read_only=True)
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
