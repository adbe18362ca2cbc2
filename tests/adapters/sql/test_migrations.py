"""
Tables: made once, brought up to date in one transaction, and used by their indexes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import subprocess
import sys
import threading

import pytest

from sqlalchemy import event, inspect

from adapters.sql.making import execute, other_program
from itil_ops import IncidentId, LinkKind, ProblemId, RepositoryError, TransientStoreError
from itil_ops.adapters.sql import migrations, open_store
from itil_ops.repositories import IncidentQuery, QueryOrder, ServiceRequestQuery
from itil_ops.testing.requested import asked
from repositories.making import DESK, T0, Alone, first_of_each, get, logged, minutes


INDEXES = {
    "itil_schema": set(),
    "itil_records": {
        "itil_records_number",
        "itil_records_by_age",
        "itil_records_by_priority",
    },
    "itil_links": {"itil_links_by_target"},
    "itil_entries": {"itil_entries_number", "itil_entries_by_transaction"},
    "itil_due": {"itil_due_by_instant", "itil_due_by_lease"},
}
KEYS = {
    "itil_schema": None,
    "itil_records": "itil_records_id",
    "itil_links": "itil_links_key",
    "itil_entries": None,
    "itil_due": "itil_due_key",
}
PROBLEM = ProblemId("PRB-1")
VERSION = "SELECT version, store, feed FROM itil_schema"


def add_a_column(connection):
    connection.exec_driver_sql("ALTER TABLE itil_records ADD COLUMN color TEXT")
    connection.exec_driver_sql("UPDATE itil_records SET color = 'green'")


def fail(connection):
    connection.exec_driver_sql("ALTER TABLE itil_records ADD COLUMN size TEXT")
    raise ZeroDivisionError


def misspell(connection):
    connection.exec_driver_sql("ALTER TABLE itil_records ADD COLUMN size TEXT")
    connection.exec_driver_sql("ALTER TABLE itil_recrods ADD COLUMN size TEXT")


@pytest.fixture
def plant(monkeypatch):
    """
    Have the library know of more steps than it does.
    """
    known = migrations.MIGRATIONS

    def plants(*steps):
        monkeypatch.setattr(migrations, "MIGRATIONS", (*known, *steps))

    return plants


def columns(url):
    with other_program(url) as connection:
        cursor = connection.execute("SELECT * FROM itil_records")
        return [column[0] for column in cursor.description]


class TestTables:
    def test_they_are_made_with_their_indexes(self, store):
        found = inspect(store._opened.engine)

        assert set(found.get_table_names()) == INDEXES.keys()
        for table, names in INDEXES.items():
            indexes = {index["name"] for index in found.get_indexes(table)}
            unique = {one["name"] for one in found.get_unique_constraints(table)}
            assert indexes | unique == names
        named = {table: found.get_pk_constraint(table)["name"] for table in KEYS}
        assert named["itil_records"] == KEYS["itil_records"]
        assert named["itil_links"] == KEYS["itil_links"]
        assert named["itil_due"] == KEYS["itil_due"]

    def test_their_version_is_written_in_one_row(self, store, url):
        ((version, name, _),) = execute(url, VERSION)

        assert version == 1 + len(migrations.MIGRATIONS)
        assert len(name) == 32

    def test_opening_again_writes_nothing(self, opened, url):
        opened(url)
        before = execute(url, VERSION)
        with other_program(url) as reader:
            watched = watch(reader, url)
            for _ in range(3):
                opened(url).close()
            assert watch(reader, url) == watched
        assert execute(url, VERSION) == before

    @pytest.mark.parametrize("number", range(3))
    def test_threads_may_open_an_empty_database_at_once(self, opened, url, number):
        start, stores, errors = threading.Barrier(6), [], []

        def work():
            start.wait(10)
            try:
                stores.append(opened(url))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert errors == []
        assert len({store._opened.schema.store for store in stores}) == 1
        assert len(execute(url, VERSION)) == 1

    def test_processes_may_open_an_empty_database_at_once(self, url):
        script = (
            "import sys; from itil_ops.adapters.sql import open_store; print('ready', flush=True);"
            "input(); store = open_store(sys.argv[1]); print(store._opened.schema.store);"
            "store.close()"
        )
        children = [
            subprocess.Popen(
                [sys.executable, "-c", script, url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for child in children:
            assert child.stdout.readline() == "ready\n"
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        told = {child.communicate(timeout=30)[0] for child in children}
        assert {child.returncode for child in children} == {0}
        assert len(told) == 1
        assert len(execute(url, VERSION)) == 1


def watch(connection, url):
    """
    Return what changes whenever anybody writes to the database.
    """
    if url.startswith("sqlite"):
        return connection.execute("PRAGMA data_version").fetchall()
    return connection.execute("SELECT xmin, ctid FROM itil_schema").fetchall()


class TestMigrations:
    def test_a_step_is_taken_once_and_what_was_there_stays(self, opened, url, plant):
        kept = Alone(opened(url)).add(logged())
        ((version, name, feed),) = execute(url, VERSION)
        plant(add_a_column)

        assert get(opened(url)) == get(opened(url)) == kept
        assert execute(url, VERSION) == [(version + 1, name, feed)]
        assert execute(url, "SELECT color FROM itil_records") == [("green",)]

    def test_a_new_database_has_the_tables_of_today_and_takes_no_step(self, opened, url, plant):
        plant(fail)
        Alone(opened(url)).add(logged())
        newest = 1 + len(migrations.MIGRATIONS)

        assert "size" not in columns(url)
        ((version, *_),) = execute(url, VERSION)
        assert version == newest

    @pytest.mark.parametrize(
        ("step", "error"), [(fail, ZeroDivisionError), (misspell, RepositoryError)]
    )
    def test_one_that_fails_leaves_the_old_version(self, opened, url, plant, step, error):
        kept = Alone(opened(url)).add(logged())
        before = execute(url, VERSION), columns(url)
        plant(add_a_column, step)
        with pytest.raises(error):
            opened(url)
        assert (execute(url, VERSION), columns(url)) == before
        plant()

        assert get(opened(url)) == kept

    def test_threads_take_a_step_once(self, opened, url, plant):
        opened(url)
        plant(add_a_column)
        start, errors = threading.Barrier(4), []

        def work():
            start.wait(10)
            try:
                opened(url)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert errors == []
        assert columns(url).count("color") == 1

    def test_newer_tables_are_refused_and_left_alone(self, opened, url):
        Alone(opened(url)).add(logged())
        execute(url, "UPDATE itil_schema SET version = 7")

        with pytest.raises(RepositoryError, match="version 7, known are those up to 2: a newer"):
            open_store(url)
        assert execute(url, VERSION)[0][0] == 7

    def test_tables_of_others_beside_them_do_not_matter(self, opened, url):
        execute(url, "CREATE TABLE itil_other (x INTEGER)", "INSERT INTO itil_other VALUES (1)")
        Alone(opened(url)).add(logged())

        assert execute(url, "SELECT x FROM itil_other") == [(1,)]

    @pytest.mark.parametrize("rows", [0, 2])
    def test_tables_that_do_not_say_what_they_are_are_told(self, opened, url, rows):
        opened(url)
        change = ["DELETE FROM itil_schema", "INSERT INTO itil_schema SELECT * FROM itil_schema"]
        execute(url, change[rows // 2])

        with pytest.raises(RepositoryError) as caught:
            opened(url)
        assert not isinstance(caught.value, TransientStoreError)


# ---- What the database makes of a statement -------------------------------------------------


@contextlib.contextmanager
def explained(store):
    """
    Collect what the database says of each statement that looks something up.
    """
    engine, told = store._opened.engine, []
    how = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "

    def explain(connection, cursor, statement, values, *_):
        if statement.startswith(("SELECT", "WITH", "UPDATE")) and "itil_" in statement:
            if how == "EXPLAIN ":
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(how + statement, values)
            told.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(engine, "before_cursor_execute", explain)
    yield told
    event.remove(engine, "before_cursor_execute", explain)


ORDERS = {
    QueryOrder.ID: "itil_records_id|sqlite_autoindex_itil_records_1",
    QueryOrder.LOGGED_AT: "itil_records_by_age",
    QueryOrder.PRIORITY: "itil_records_by_priority",
}


class TestPlans:
    #: The row of one record, and what falls due there, a thousand times more.
    MANY = (
        """
        INSERT INTO itil_records
        WITH RECURSIVE numbers(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1000)
        SELECT kind, 'INC-' || i, version, 'N ' || i, state, phase, priority_rank, priority_name,
            service, customer, "group", assignee, owner, logged_at, xact,
            replace(payload, '"INC-1"', '"INC-' || i || '"')
        FROM itil_records, numbers
        """,
        """
        INSERT INTO itil_entries (xact, kind, record, number, body)
        SELECT itil_entries.xact, itil_entries.kind, itil_records.id, itil_entries.number, body
        FROM itil_entries, itil_records WHERE itil_records.id <> record
        """,
        """
        INSERT INTO itil_due
        SELECT itil_due.kind, itil_records.id, timer, due, token, until, worker
        FROM itil_due, itil_records WHERE itil_records.id <> record
        """,
        """
        INSERT INTO itil_links
        SELECT itil_links.kind, itil_records.id, target || '/' || itil_records.id
        FROM itil_links, itil_records WHERE itil_records.id <> record
        """,
        "ANALYZE",
    )

    @pytest.fixture
    def store(self, opened, url):
        store = opened(url, due=first_of_each)
        linked = logged("INC-1", title="ring 5").link(LinkKind.RELATED, PROBLEM, by=DESK, at=T0)
        Alone(store).add(linked)
        execute(url, *self.MANY)
        return store

    def test_one_record_is_got_by_indexes(self, store):
        with explained(store) as told:
            get(store)

        (plan,) = told
        assert re.search("itil_records_id|sqlite_autoindex_itil_records_1", plan)
        assert re.search("itil_entries_number|sqlite_autoindex_itil_entries_1", plan)
        assert not re.search("SCAN itil|Seq Scan", plan)

    @pytest.mark.parametrize("order", QueryOrder)
    def test_each_order_goes_by_its_index_without_sorting(self, store, order):
        query = IncidentQuery(order=order)
        after = Alone(store).find(query, limit=5).next
        with explained(store) as told:
            Alone(store).find(query, limit=5, after=after)

        plan = told[0]
        assert re.search(ORDERS[order], plan)
        assert not re.search("SCAN itil|Seq Scan|TEMP B-TREE FOR ORDER|Sort", plan)

    @pytest.mark.parametrize("order", QueryOrder)
    @pytest.mark.parametrize("analyzed", [True, False])
    def test_what_points_to_a_record_is_found_by_indexes(self, store, url, order, analyzed):
        if not analyzed and url.startswith("sqlite"):
            execute(url, "DELETE FROM sqlite_stat1")
        query = IncidentQuery(linked_to=[PROBLEM, IncidentId("INC-1")], order=order)
        with explained(store) as told:
            (found,) = Alone(store).find(query, limit=5).items
            assert Alone(store).count(query) == 1

        assert found.id == IncidentId("INC-1")
        for plan in (told[0], told[-1]):
            assert "itil_links_by_target" in plan
            assert re.search("itil_records_id|sqlite_autoindex_itil_records_1", plan)
            assert not re.search("SCAN itil|Seq Scan", plan)

    @pytest.mark.parametrize("order", QueryOrder)
    @pytest.mark.parametrize(("field", "name"), [("approvers", "mia"), ("requesters", "ana")])
    def test_what_is_sought_by_a_name_is_found_by_indexes(self, opened, url, order, field, name):
        store = opened(url)
        requests = Alone(store, "service_requests")
        requests.add(asked("INC-1"))
        execute(url, *self.MANY)
        query = ServiceRequestQuery(**{field: [name, "nobody"]}, order=order)
        with explained(store) as told:
            (found,) = requests.find(query, limit=5).items
            assert requests.count(query) == 1

        assert found == asked("INC-1")
        for plan in (told[0], told[-1]):
            assert "itil_links_by_target" in plan
            assert re.search("itil_records_id|sqlite_autoindex_itil_records_1", plan)
            assert not re.search("SCAN itil|Seq Scan", plan)

    def test_work_is_claimed_by_the_index_of_instants(self, store):
        with explained(store) as told:
            store.due.claim(minutes(6), dt.timedelta(1), 3, "li")

        (plan,) = told
        assert "itil_due_by_instant" in plan
        assert not re.search("SCAN itil_due|Seq Scan", plan)

    def test_the_feed_is_read_by_an_index(self, store):
        after = store.journal.read(limit=5).next
        with explained(store) as told:
            store.journal.read(after=after, limit=5)

        (plan,) = told
        assert re.search("itil_entries_by_transaction|itil_entries_pkey|INTEGER PRIMARY KEY", plan)
        assert not re.search("SCAN itil|Seq Scan|TEMP B-TREE FOR ORDER|Sort", plan)

    def test_what_is_next_is_found_by_indexes(self, store):
        with explained(store) as told:
            store.due.next_due()

        assert len(told) == 2
        for plan in told:
            assert re.search("itil_due_by_instant|itil_due_by_lease", plan)
            assert "Seq Scan" not in plan
