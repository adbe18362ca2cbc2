"""
The file of a SQLite database, seen to be the same as long as a store is open.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from itil_ops.errors import TransientStoreError


if TYPE_CHECKING:
    from sqlalchemy import Connection


_FILE = "itil_ops_file"


class DatabaseFile:
    """
    Where a database is.

    A connection goes on to write to a file that was deleted, and a new one makes an empty file in
    its place; neither may pass for a commit.
    """

    def __init__(self) -> None:
        self._path: Path | None = None

    def check_is_there(self, *_: object) -> None:
        """
        Refuse to connect anew where there is nothing any more.

        Raises:
            TransientStoreError: There is not.
        """
        if self._path is not None:
            _identity(self._path)

    def connected(self, raw: Any, record: Any) -> None:
        """
        Take note of the file to which a connection leads.
        """
        self._path = Path(raw.execute("PRAGMA database_list").fetchone()[2])
        record.info[_FILE] = self._path, _identity(self._path)

    def check(self, connection: Connection) -> None:
        """
        Refuse a *connection* that leads to another file than there is now.

        Raises:
            TransientStoreError: It does, or there is none.
        """
        try:
            _check_is_same(*connection.info[_FILE])
        except TransientStoreError:
            connection.invalidate()
            raise


def _check_is_same(path: Path, known: tuple[int, int]) -> None:
    if _identity(path) != known:
        raise TransientStoreError(f"{path} is another file than before")


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise TransientStoreError(f"the database is gone: {error}") from error
    return found.st_dev, found.st_ino
