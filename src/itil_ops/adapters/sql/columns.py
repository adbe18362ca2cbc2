"""
Types of columns, the same to Python whatever the database.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any

from pendulum import DateTime
from sqlalchemy import BigInteger, Text, TypeDecorator
from sqlalchemy.dialects import postgresql

from itil_ops.kernel.instant import MICROSECOND, from_microseconds, microseconds, utc


if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Utc(TypeDecorator[DateTime]):
    """
    An instant: `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite.

    A naive one is refused. SQLite has no type for instants, and the usual text loses the zone.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """
        Return the database's own type.
        """
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> object:
        """
        Return what the driver takes.
        """
        if value is None:
            return None
        count = microseconds(value)
        # Of a pendulum instant the driver takes a difference that rounds in years far off.
        return _EPOCH + count * MICROSECOND if dialect.name == "postgresql" else count

    def process_result_value(
        self, value: dt.datetime | int | None, dialect: Dialect
    ) -> DateTime | None:
        """
        Return the instant that the driver gave.
        """
        del dialect
        if isinstance(value, int):
            return from_microseconds(value)
        return None if value is None else utc(value)


CodePoints = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""
Text that is compared by code point.
"""
