"""
The kit over both databases, and over both orders of the feed.
"""

from __future__ import annotations

import attrs
import pytest

from adapters.sql.opening import for_the_kit
from itil_ops.adapters.sql import FeedOrder
from itil_ops.adapters.sql.store import SqlStore
from itil_ops.adapters.sql.tables import METADATA, SCHEMA
from itil_ops.testing import Capability, StoreContract
from stores import postgresql_schema


@attrs.define
class Desk:
    """
    One store for all tests of a class, as to make tables and statements takes longer than most.
    """

    url: str
    feed: FeedOrder
    store: SqlStore | None = None

    def emptied(self):
        if self.store is None or self.store._opened.closed:
            self.store = for_the_kit(self.url, self.feed)
        with self.store._opened.engine.begin() as connection:
            for table in set(METADATA.tables.values()) - {SCHEMA}:
                connection.execute(table.delete())
        return self.store

    def close(self):
        if self.store is not None:
            self.store.close()


@pytest.fixture(scope="class")
def sqlite_desk(tmp_path_factory):
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('kit') / 'desk.db'}", FeedOrder.COMMIT)
    yield desk
    desk.close()


@pytest.fixture(scope="class")
def postgresql_desk(request, postgresql):
    with postgresql_schema(postgresql) as url:
        desk = Desk(url, request.cls.feed)
        yield desk
        desk.close()


class SqlContract(StoreContract):
    capabilities = frozenset(Capability)
    process_factory = "adapters.sql.opening:for_the_kit"
    settle = 0.1
    rounds, kills, examples = 6, 2, 8  # the store in memory is tried on more

    def process_arguments(self, store):
        return self.desk.url, self.desk.feed.value


class TestSqlite(SqlContract):
    @pytest.fixture
    def store(self, sqlite_desk):
        self.desk = sqlite_desk
        return sqlite_desk.emptied()


class PostgresqlContract(SqlContract):
    #: Traced, these would cost several times as much; SQLite covers the lines.
    pytestmark = pytest.mark.no_cover

    @pytest.fixture
    def store(self, postgresql_desk):
        self.desk = postgresql_desk
        return postgresql_desk.emptied()


class TestPostgresqlByTransaction(PostgresqlContract):
    feed = FeedOrder.TRANSACTION


class TestPostgresqlByCommit(PostgresqlContract):
    feed = FeedOrder.COMMIT
