"""
Where stores with a defect are opened: each test finds an empty one of its own.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import sqlalchemy

from adapters.sql import opening
from itil_ops.testing import Capability, due_planner
from itil_ops.testing.builders import OwnIncident
from mutants.planting import SERIALIZATION, Planted


IN_MEMORY = frozenset(Capability) - {Capability.DURABLE, Capability.MULTIPROCESS}


class Memory:
    """
    Stores in memory.
    """

    capabilities = IN_MEMORY

    def __init__(self, mutant):
        self._module = Planted(mutant).module("itil_ops.repositories.memory")

    @contextlib.contextmanager
    def store(self):
        yield self._module.MemoryStore(due=due_planner)

    def arguments(self):
        return ()

    def leave(self):
        pass


def open_sql(planted, url):
    """
    Open the store with a defect that is at *url*.
    """
    migrations = planted.module("itil_ops.adapters.sql.migrations")
    codec = opening.codec()
    if planted.module(SERIALIZATION).Codec is not type(codec):
        codec = planted.module(SERIALIZATION).Codec(records=[OwnIncident])
    return planted.module("itil_ops.adapters.sql.store").open_store(
        url,
        due=due_planner,
        codec=codec,
        feed=migrations.FeedOrder(planted.mutant.feed) if url.startswith("postgres") else None,
        patience=timedelta(seconds=2),
    )


class Sql:
    """
    Stores in databases; what they leave open is closed behind them.
    """

    capabilities = frozenset(Capability)

    def __init__(self, mutant):
        self._planted = Planted(mutant)
        self._raw = []
        self._url = None
        sqlalchemy.event.listen(sqlalchemy.Engine, "connect", self._note)

    @contextlib.contextmanager
    def store(self):
        self._url = self._emptied()
        store = open_sql(self._planted, self._url)
        try:
            yield store
        finally:
            store._opened.closed = False
            store.close()
            store._opened.engine.dispose()
            self._close_raw()

    def arguments(self):
        return self._planted.mutant.name, self._url

    def leave(self):
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", self._note)
        self._close_raw()

    def _note(self, raw, _record):
        self._raw.append(raw)

    def _close_raw(self):
        for raw in self._raw:
            with contextlib.suppress(Exception):
                raw.close()
        self._raw.clear()


class Sqlite(Sql):
    """
    Stores in files; each is a copy of one that was made once.
    """

    def __init__(self, mutant):
        super().__init__(mutant)
        self._folder = Path(tempfile.mkdtemp(prefix="itil_ops_mutant_"))
        self._pattern = self._folder / "pattern.db"
        open_sql(self._planted, f"sqlite:///{self._pattern}").close()

    def _emptied(self):
        copy = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copy(self._pattern, copy)
        return f"sqlite:///{copy}"

    def leave(self):
        super().leave()
        shutil.rmtree(self._folder)


class Postgresql(Sql):
    """
    Stores in one schema of a server, which is emptied for each.
    """

    server = ""

    def __init__(self, mutant):
        super().__init__(mutant)
        self._schema = f"mutant_{uuid.uuid4().hex}"
        self._admin = psycopg.connect(self.server, autocommit=True)
        self._admin.execute(f"CREATE SCHEMA {self._schema}")
        options = quote(f"-csearch_path={self._schema}")
        self._place = f"{self.server}{'&' if '?' in self.server else '?'}options={options}"
        open_sql(self._planted, self._place).close()

    def _emptied(self):
        for table in ("itil_due", "itil_entries", "itil_links", "itil_records"):
            self._admin.execute(f"DELETE FROM {self._schema}.{table}")
        return self._place

    def leave(self):
        super().leave()
        self._admin.execute(f"DROP SCHEMA {self._schema} CASCADE")
        self._admin.close()


GROUNDS = {"memory": Memory, "sqlite": Sqlite, "postgresql": Postgresql}
