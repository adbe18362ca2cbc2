"""
Connections: all come back, whatever happens, and each process has its own.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading

import pytest

from sqlalchemy import text

from adapters.sql.making import execute
from itil_ops import (
    DuplicateError,
    IncidentId,
    NotFoundError,
    RepositoryError,
    SerializationError,
    StaleRecordError,
    TransientStoreError,
    UnsupportedQueryError,
)
from itil_ops.adapters.sql.rows import MOST_VALUES
from itil_ops.repositories import IncidentQuery
from repositories.making import (
    Alone,
    DeskIncident,
    get,
    logged,
    minutes,
    stepped,
)


FAILURES = {
    "duplicate": (DuplicateError, lambda incidents: incidents.add(logged())),
    "stale": (StaleRecordError, lambda incidents: incidents.save(stepped(logged()))),
    "not found": (NotFoundError, lambda incidents: incidents.get(IncidentId("INC-9"))),
    "wrong type": (TypeError, lambda incidents: incidents.find("all")),
    "not registered": (
        SerializationError,
        lambda incidents: incidents.add(logged("INC-9", kind=DeskIncident)),
    ),
    "too many values": (
        UnsupportedQueryError,
        lambda incidents: incidents.count(
            IncidentQuery(numbers=[str(at) for at in range(MOST_VALUES + 1)])
        ),
    ),
    "refused": (
        RepositoryError,
        lambda incidents: incidents._unit.run(text("SELECT nothing")),
    ),
}


def out(store):
    return store._opened.engine.pool.checkedout()


class TestFailures:
    @pytest.mark.parametrize(("error", "fail"), FAILURES.values(), ids=list(FAILURES))
    def test_a_hundred_units_that_fail_leave_no_connection_behind(self, store, error, fail):
        Alone(store).add(logged())
        for _ in range(100):
            with pytest.raises(error), store.unit() as unit:
                fail(unit.incidents)
            assert out(store) == 0

        assert Alone(store).save(stepped(get(store))).version == 2

    def test_units_that_are_left_give_theirs_back(self, store):
        for _ in range(30):
            with store.unit() as unit:
                unit.incidents.add(logged())
                assert out(store) == 1
            with store.unit(read_only=True):
                assert out(store) == 1
            assert out(store) == 0

    def test_a_unit_that_only_was_entered_takes_none(self, store):
        with store.unit():
            assert out(store) == 0

    def test_what_fails_while_reading_or_claiming_gives_it_back(self, store, url):
        execute(url, "ALTER TABLE itil_entries RENAME TO a", "ALTER TABLE itil_due RENAME TO b")
        calls = [
            store.journal.read,
            lambda: store.due.claim(minutes(1), dt.timedelta(1), 1, "li"),
            store.due.next_due,
        ]
        for call in calls:
            with pytest.raises(RepositoryError, match="the database refused"):
                call()
            assert out(store) == 0

    def test_a_read_only_unit_that_cannot_begin_gives_it_back(self, store, url):
        execute(url, "ALTER TABLE itil_schema RENAME TO a")
        for _ in range(30):
            with pytest.raises(RepositoryError), store.unit(read_only=True):
                pass

        assert out(store) == 0

    def test_a_store_that_is_not_opened_keeps_none(self, opened, postgresql_url):
        opened(postgresql_url).close()
        execute(postgresql_url, "UPDATE itil_schema SET version = 7")
        for _ in range(5):
            with pytest.raises(RepositoryError, match="version 7"):
                opened(postgresql_url)

        here = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%itil_schema%'"
        assert execute(postgresql_url, f"{here} AND pid <> pg_backend_pid()") == [(0,)]


class TestThreads:
    def test_more_threads_than_connections_wait_for_each_other(self, store):
        Alone(store).add(logged())
        errors = []

        def work():
            try:
                for _ in range(3):
                    with store.unit(read_only=True) as unit:
                        unit.incidents.get(IncidentId("INC-1"))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert out(store) == 0

    def test_who_finds_none_free_within_patience_is_told(self, opened, url):
        store = opened(url, patience=dt.timedelta(milliseconds=50))
        Alone(store).add(logged())
        units = [store.unit(read_only=True) for _ in range(15)]
        for unit in units:
            unit.__enter__()
        with pytest.raises(TransientStoreError, match="no connection was free"):
            get(store)
        for unit in units:
            unit.__exit__(None, None, None)

        assert get(store).version == 1


FORK = """
import os, sys
from itil_ops.adapters.sql import open_store
from repositories.making import Alone, get, held, logged, stepped

store = open_store(sys.argv[1])
Alone(store).add(logged())
# A unit that writes keeps all others from writing to SQLite.
with store.unit(read_only=not store._opened.is_postgresql) as unit:
    unit.incidents.get(logged().id)
    child = os.fork()
    if not child:
        for turn in range(5):
            Alone(store).add(logged(f"child {turn}"))
        print("child sees", len(held(store)), flush=True)
        store.close()
        os._exit(0)
    if not unit.read_only:
        unit.incidents.save(stepped(unit.incidents.get(logged().id)))
    unit.commit()
_, status = os.waitpid(child, 0)
for turn in range(5):
    Alone(store).add(logged(f"parent {turn}"))
print("parent sees", len(held(store)), get(store).version, status)
store.close()
"""


class TestForks:
    def test_who_goes_on_in_another_process_leaves_those_of_the_first_alone(self, store):
        Alone(store).add(logged())
        opened, first = store._opened, store._opened.engine.pool
        opened._process -= 1

        assert get(store).version == 1
        assert opened.engine.pool is not first
        assert opened._inherited == [first]
        assert (first.checkedin(), opened._process) == (1, os.getpid())
        first.dispose()

    @pytest.mark.skipif(not hasattr(sys, "getdlopenflags"), reason="there is no fork")
    def test_a_child_has_connections_of_its_own(self, url):
        found = subprocess.run(
            [sys.executable, "-c", FORK, url],
            env={"PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )

        assert found.stderr == ""
        child, parent = found.stdout.splitlines()
        assert child == "child sees 6"
        version = 2 if url.startswith("postgresql") else 1
        assert parent == f"parent sees 11 {version} 0"
