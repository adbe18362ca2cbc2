"""
Databases that are locked or gone: told as such, nothing half-written, and well again afterwards.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
import subprocess
import threading

from pathlib import Path

import psycopg
import pytest

from sqlalchemy import exc, text

from adapters.sql.making import execute, other_program, path_of
from itil_ops import RepositoryError, TransientStoreError, UnitClosedError
from itil_ops.adapters.sql import FeedOrder
from itil_ops.adapters.sql.failures import told
from itil_ops.repositories import IncidentQuery
from repositories.making import (
    Alone,
    content,
    first_of_each,
    get,
    held,
    logged,
    minutes,
    published,
    stepped,
)


ALL = IncidentQuery()
SOON = dt.timedelta(milliseconds=60)

CALLS = {
    "add": lambda unit, kept: unit.incidents.add(logged("INC-9")),
    "save": lambda unit, kept: unit.incidents.save(stepped(kept)),
    "commit": lambda unit, kept: unit.commit(),
}


def check_is_over(unit, kept):
    for call in CALLS.values():
        with pytest.raises(UnitClosedError, match="has failed with TransientStoreError, leave it"):
            call(unit, kept)


class TestLocks:
    @pytest.fixture
    def store(self, opened, url):
        return opened(url, due=first_of_each, patience=SOON)

    @contextlib.contextmanager
    def locked(self, url):
        with other_program(url) as other:
            if url.startswith("sqlite"):
                other.execute("BEGIN IMMEDIATE")
            else:
                other.execute("BEGIN")
                other.execute("LOCK TABLE itil_records, itil_entries, itil_due IN SHARE MODE")
            yield
            other.execute("ROLLBACK")

    def test_who_would_write_is_told_and_nothing_is_written(self, store, url):
        kept = Alone(store).add(logged(title="ring 5"))
        before = content(store)
        with self.locked(url), store.unit() as unit:
            with pytest.raises(TransientStoreError, match="lock") as caught:
                unit.incidents.add(logged("INC-2", title="ring 7"))
            assert isinstance(caught.value.__cause__, Exception)
            check_is_over(unit, kept)

        assert content(store) == before
        assert Alone(store).save(stepped(kept)).version == 2

    def test_who_would_claim_is_told_and_nothing_is_claimed(self, store, url):
        Alone(store).add(logged(title="ring 5"))
        with self.locked(url), pytest.raises(TransientStoreError, match="lock"):
            store.due.claim(minutes(6), SOON, 1, "li")

        (lease,) = store.due.claim(minutes(6), SOON, 1, "li")
        with self.locked(url), pytest.raises(TransientStoreError, match="lock"):
            store.due.complete(lease, minutes(6))
        assert store.due.complete(lease, minutes(6))

    def test_who_only_reads_is_not_kept_waiting(self, store, url):
        kept = Alone(store).add(logged(title="ring 5"))
        with self.locked(url), store.unit(read_only=True) as unit:
            assert unit.incidents.get(kept.id) == kept
            assert unit.incidents.find(ALL).items == (kept,)
            assert store.due.next_due() == minutes(5)

    def test_who_is_patient_waits_until_it_is_free(self, opened, url):
        store = opened(url, due=first_of_each)
        kept = Alone(store).add(logged(title="ring 5"))
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.locked(url))
            free = threading.Timer(0.1, lambda: None)
            with other_thread(lambda: Alone(store).save(stepped(kept))) as waiting:
                free.start()
                free.join()
                assert not waiting.over.is_set()
                stack.close()
        assert get(store).version == 2

    def test_a_row_that_somebody_holds_stops_who_would_save_it_only(self, opened, postgresql_url):
        store = opened(postgresql_url, patience=SOON)
        one, other = (Alone(store).add(logged(f"INC-{at}")) for at in (1, 2))
        with other_program(postgresql_url) as holder:
            holder.execute("BEGIN")
            holder.execute("SELECT 1 FROM itil_records WHERE id = 'INC-1' FOR UPDATE")
            with store.unit() as unit:
                unit.incidents.save(stepped(other))
                with pytest.raises(TransientStoreError, match="lock timeout"):
                    unit.incidents.save(stepped(one))
                check_is_over(unit, other)
            assert Alone(store).save(stepped(other)).version == 2
            assert get(store).version == 1

    def test_who_waits_for_its_turn_to_commit_is_told(self, opened, postgresql_url):
        store = opened(postgresql_url, feed=FeedOrder.COMMIT, patience=SOON)
        with other_program(postgresql_url) as holder:
            holder.execute(f"SELECT pg_advisory_lock(hashtext('{store._opened.schema.store}'))")
            with store.unit() as unit:
                unit.incidents.add(logged())
                with pytest.raises(TransientStoreError, match="lock timeout"):
                    unit.commit()

        assert content(store) == ([], [], None)
        assert Alone(store).add(logged()).version == 1

    def test_of_units_that_hold_each_other_up_one_is_told(self, opened, postgresql_url):
        store = opened(postgresql_url)
        one, other = (Alone(store).add(logged(f"INC-{at}")) for at in (1, 2))
        met = threading.Barrier(2)

        def save_both(first, second):
            with store.unit() as unit:
                unit.incidents.save(stepped(first))
                met.wait(10)
                unit.incidents.save(stepped(second))
                unit.commit()

        with other_thread(lambda: save_both(one, other)) as waiting:
            errors = []
            try:
                save_both(other, one)
            except RepositoryError as error:
                errors.append(error)
        errors += waiting.errors
        assert [type(error) for error in errors] == [TransientStoreError]
        assert "deadlock" in str(errors[0])
        assert [record.version for record in held(store)] == [2, 2]
        assert len(published(store)) == 4


class Thread(threading.Thread):
    def __init__(self, work):
        super().__init__()
        self.work, self.errors, self.over = work, [], threading.Event()

    def run(self):
        try:
            self.work()
        except RepositoryError as error:
            self.errors.append(error)
        self.over.set()


@contextlib.contextmanager
def other_thread(work):
    thread = Thread(work)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


class TestServersThatGo:
    """
    Connections of PostgreSQL that are ended by the server.
    """

    @pytest.fixture
    def store(self, opened, postgresql_url):
        return opened(postgresql_url, due=first_of_each)

    def process_of(self, unit):
        return unit.run(text("SELECT pg_backend_pid()")).scalar_one()

    def end_process(self, store, process):
        url = store._opened.engine.url.set(drivername="postgresql")
        told = execute(
            url.render_as_string(hide_password=False),
            f"SELECT pg_terminate_backend({process}, 5000)",
        )
        assert told == [(True,)]

    def end(self, store, unit):
        self.end_process(store, self.process_of(unit))

    @pytest.mark.parametrize("call", CALLS)
    def test_in_the_midst_of_a_unit_nothing_is_written(self, store, call):
        kept = Alone(store).add(logged(title="ring 5"))
        before = content(store)
        with store.unit() as unit:
            unit.incidents.add(logged("INC-2", title="ring 2"))
            self.end(store, unit)
            with pytest.raises(TransientStoreError, match="take the whole unit again"):
                CALLS[call](unit, kept)
            check_is_over(unit, kept)

        assert content(store) == before
        assert Alone(store).save(stepped(kept)).version == 2

    @pytest.mark.parametrize("read_only", [False, True])
    def test_in_the_midst_of_reading_it_is_told(self, store, read_only):
        kept = Alone(store).add(logged(title="ring 5"))
        with store.unit(read_only=read_only) as unit:
            unit.incidents.get(kept.id)
            self.end(store, unit)
            with pytest.raises(TransientStoreError):
                unit.incidents.find(ALL)

        assert get(store) == kept

    def test_an_error_on_the_way_out_does_not_hide_the_one_before(self, store):
        def fail():
            with store.unit() as unit:
                unit.incidents.add(logged(title="ring 5"))
                self.end(store, unit)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert held(store) == ()

    def test_a_unit_that_is_left_says_nothing_of_it(self, store):
        with store.unit() as unit:
            unit.incidents.add(logged(title="ring 5"))
            self.end(store, unit)

        assert held(store) == ()

    def test_after_one_unit_that_is_told_the_others_find_connections_anew(self, store):
        kept = Alone(store).add(logged(title="ring 5"))
        with store.unit() as one, store.unit() as other:
            ended = [self.process_of(unit) for unit in (one, other)]
        for process in ended:
            self.end_process(store, process)
        with pytest.raises(TransientStoreError):
            Alone(store).get(kept.id)

        assert Alone(store).save(stepped(kept)).version == 2
        assert store._opened.engine.pool.checkedout() == 0


class TestAServerThatIsStopped:
    @contextlib.contextmanager
    def stopped(self, server):
        control = [server.bin_path / "pg_ctl", "-w", "-D", server.pgdata]
        subprocess.run(
            [*control, "stop", "-m", "immediate"],
            user=server.system_user,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            server.ensure_postgres_running()

    def test_it_is_told_and_when_it_is_back_all_is_there(self, opened, postgresql, postgresql_url):
        store = opened(postgresql_url)
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            with self.stopped(postgresql):
                with pytest.raises(TransientStoreError):
                    unit.commit()
                for call in (get, published, lambda store: store.due.next_due()):
                    with pytest.raises(TransientStoreError):
                        call(store)

        assert get(store) == kept
        assert Alone(store).save(stepped(kept, 2)).version == 3
        assert len(published(store)) == 3


class TestFilesThatGo:
    @pytest.fixture
    def folder(self, sqlite_url):
        return Path(path_of(sqlite_url)).parent

    @pytest.fixture
    def store(self, opened, sqlite_url):
        return opened(sqlite_url, patience=SOON)

    def test_nothing_that_is_written_then_passes_for_committed(self, store, folder):
        kept = Alone(store).add(logged())
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        shutil.rmtree(folder)
        for call in (get, published, lambda store: Alone(store).save(stepped(kept))):
            with pytest.raises(TransientStoreError, match="the database is gone"):
                call(store)
        assert not folder.exists()
        folder.mkdir()
        for name, content_of in files.items():
            (folder / name).write_bytes(content_of)

        assert get(store) == kept
        assert Alone(store).save(stepped(kept)).version == 2

    def test_nothing_is_committed_to_a_file_that_went_in_the_midst_of_a_unit(self, store, folder):
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            for file in folder.iterdir():
                file.unlink()
            with pytest.raises(TransientStoreError, match="the database is gone"):
                unit.commit()
            check_is_over(unit, kept)

        assert [*folder.iterdir()] == []

    def test_where_another_file_came_that_one_is_read(self, opened, store, sqlite_url, folder):
        Alone(store).add(logged())
        copy = folder / "copy.db"
        execute(sqlite_url, f"VACUUM INTO '{copy}'")
        Alone(store).save(stepped(get(store)))
        for name in ("desk.db-wal", "desk.db-shm"):
            (folder / name).unlink(missing_ok=True)
        copy.replace(folder / "desk.db")

        with pytest.raises(TransientStoreError, match="is another file than before"):
            get(store)
        assert get(store).version == 1


class TestWhatIsTold:
    """
    Errors of drivers, by what they say of themselves.
    """

    @pytest.mark.parametrize(
        ("raised", "is_transient"),
        [
            (psycopg.errors.SerializationFailure("x"), True),
            (psycopg.errors.DeadlockDetected("x"), True),
            (psycopg.errors.LockNotAvailable("x"), True),
            (psycopg.errors.AdminShutdown("x"), True),
            (psycopg.errors.TooManyConnections("x"), True),
            (psycopg.errors.DiskFull("x"), True),
            (psycopg.errors.QueryCanceled("x"), True),
            (psycopg.errors.ConnectionFailure("x"), True),
            (psycopg.OperationalError("the connection is lost"), True),
            (psycopg.errors.UndefinedTable("x"), False),
            (psycopg.errors.InsufficientPrivilege("x"), False),
            (psycopg.errors.NumericValueOutOfRange("x"), False),
            (psycopg.DataError("x"), False),
            (sqlite3.OperationalError("x"), True),
            (sqlite3.IntegrityError("x"), False),
        ],
        ids=repr,
    )
    def test_what_another_try_may_avoid_is_transient(self, raised, is_transient):
        with pytest.raises(RepositoryError, match=str(raised)) as caught, told():
            raise exc.DBAPIError.instance(
                "SELECT",
                {},
                raised,
                (psycopg.Error, sqlite3.Error)[isinstance(raised, sqlite3.Error)],
            )
        assert (type(caught.value) is TransientStoreError) is is_transient
        assert caught.value.__cause__.orig is raised

    def test_an_error_without_words_is_told_by_its_name(self):
        with pytest.raises(RepositoryError, match="the database refused: DataError"), told():
            raise exc.DataError("SELECT", {}, psycopg.DataError())

    def test_whatever_else_the_library_between_says_is_no_secret(self):
        with pytest.raises(RepositoryError, match="the database cannot be used: No row"), told():
            raise exc.NoResultFound("No row")
