"""
Which databases are opened, with which arguments, and what is told of all others.
"""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import sys

from concurrent.futures import ThreadPoolExecutor

import pendulum
import pytest

from adapters.sql.making import execute, other_program
from itil_ops import IncidentId, RepositoryError, TransientStoreError, UnitClosedError
from itil_ops.adapters.sql import FeedOrder, open_store
from itil_ops.errors import MissingExtraError
from itil_ops.repositories import IncidentQuery
from repositories.making import Alone, get, logged, minutes


MILLISECOND = dt.timedelta(milliseconds=1)


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("mysql://desk", "url is of 'mysql', which is not served; served are sqlite:///"),
            ("oracle+cx_oracle://li:secret@host/desk", "url is of 'oracle', which is not served"),
            ("desk.db", "url cannot be read"),
            ("", "url cannot be read"),
            ("postgresql://host:port/desk", "url cannot be read"),
            ("sqlite://", "names no file; SQLite needs one here, and MemoryStore needs none"),
            ("sqlite:///", "names no file"),
            ("sqlite:///:memory:", "names no file"),
            ("sqlite:///file::memory:?uri=true", "names no file"),
            ("sqlite:///file:desk?mode=memory&cache=shared&uri=true", "names no file"),
        ],
    )
    def test_what_is_no_url_of_a_database_that_is_served_is_refused(self, url, why):
        with pytest.raises(ValueError, match=why):
            open_store(url)

    @pytest.mark.parametrize("url", [None, 7, b"sqlite:///desk.db"])
    def test_what_is_no_text_is_refused(self, url):
        with pytest.raises(TypeError, match="url must be a str"):
            open_store(url)

    def test_a_url_may_name_a_driver_and_another_one_is_taken(self, opened, sqlite_url):
        store = opened(sqlite_url.replace("sqlite", "sqlite+aiosqlite"))

        assert Alone(store).add(logged()).stored_version == 1

    def test_a_url_may_say_postgres(self, opened, postgresql_url):
        store = opened(postgresql_url.replace("postgresql://", "postgres://"))

        assert Alone(store).add(logged()).stored_version == 1

    def test_a_folder_that_is_not_there_is_told(self, tmp_path):
        with pytest.raises(TransientStoreError, match="unable to open database file"):
            open_store(f"sqlite:///{tmp_path / 'nowhere' / 'desk.db'}")

    def test_a_file_that_is_no_database_is_told(self, tmp_path):
        path = tmp_path / "desk.db"
        path.write_text("Dear diary, " * 1_000)
        before = path.read_bytes()

        with pytest.raises(RepositoryError, match="file is not a database") as caught:
            open_store(f"sqlite:///{path}")
        assert not isinstance(caught.value, TransientStoreError)
        assert path.read_bytes() == before

    def test_a_file_that_may_only_be_read_is_told(self, tmp_path):
        path = tmp_path / "desk.db"
        execute(f"sqlite:///{path}", "CREATE TABLE other (x INTEGER)")
        with pytest.raises(RepositoryError, match="readonly database") as caught:
            open_store(f"sqlite:///file:{path}?mode=ro&uri=true")

        assert not isinstance(caught.value, TransientStoreError)

    def test_an_empty_file_that_somebody_holds_is_waited_for_as_patience_says(self, sqlite_url):
        with other_program(sqlite_url) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(TransientStoreError, match="locked"):
                open_store(sqlite_url, patience=MILLISECOND * 30)

    def test_an_empty_file_is_opened_once_it_is_let_go(self, opened, sqlite_url):
        with other_program(sqlite_url) as other, ThreadPoolExecutor() as threads:
            other.execute("BEGIN EXCLUSIVE")
            waiting = threads.submit(opened, sqlite_url)
            with pytest.raises(TimeoutError):
                waiting.result(0.1)
            other.execute("ROLLBACK")

            assert Alone(waiting.result(10)).add(logged()).stored_version == 1

    def test_a_server_that_is_not_there_is_told(self):
        with pytest.raises(TransientStoreError, match="nothing was written"):
            open_store("postgresql://localhost:1/desk")

    @pytest.mark.parametrize("query", ["", "?connect_timeout=1"])
    def test_a_server_that_says_nothing_is_waited_for_no_longer_than_patience(self, query):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "127.0.0.1:{1}".format(*silent.getsockname())
            with pytest.raises(TransientStoreError, match="timeout"):
                open_store(f"postgresql://{address}/desk{query}", patience=MILLISECOND * 100)

    def test_a_store_shows_its_url_without_the_password(self, opened, postgresql_url):
        store = opened(postgresql_url.replace("postgres:@", "postgres:secret@"))

        assert "postgresql+psycopg://postgres:***@" in repr(store)
        assert "secret" not in repr(store)


def get_nothing(store):
    with store.unit(read_only=True) as unit:
        return unit.incidents.count(IncidentQuery()) == 0


class TestArguments:
    @pytest.mark.parametrize(
        ("argument", "value", "error", "why"),
        [
            ("patience", dt.timedelta(), ValueError, "patience must be longer than nothing"),
            ("patience", -MILLISECOND, ValueError, "patience must be longer than nothing"),
            ("patience", 5, TypeError, "patience must be a timedelta, not 5"),
            ("patience", None, TypeError, "patience must be a timedelta, not None"),
            ("due", "always", TypeError, "due must be a planner"),
            ("codec", "json", TypeError, "codec must be a Codec or None, not 'json'"),
            ("feed", "commit", TypeError, "feed must be a FeedOrder or None, not 'commit'"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_nothing_is_made(
        self, tmp_path, argument, value, error, why
    ):
        with pytest.raises(error, match=why):
            open_store(f"sqlite:///{tmp_path / 'desk.db'}", **{argument: value})
        assert not [*tmp_path.iterdir()]

    @pytest.mark.parametrize("patience", [dt.timedelta(microseconds=1), dt.timedelta.max])
    def test_patience_may_be_next_to_nothing_or_endless(self, opened, url, patience):
        store = opened(url, patience=patience)

        assert Alone(store).add(logged()) == get(store)

    def test_without_a_codec_the_usual_one_is_taken(self, opened, url):
        kept = Alone(opened(url, codec=None)).add(logged())

        assert get(opened(url, codec=None), "INC-1") == kept

    def test_patience_may_be_a_duration_of_pendulum(self, opened, url):
        assert get_nothing(opened(url, patience=pendulum.duration(seconds=2)))

    def test_next_to_no_patience_is_not_endless_patience(self, opened, postgresql_url):
        store = opened(postgresql_url, patience=dt.timedelta(microseconds=1))
        with store._opened.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "1ms"


class TestOrdersOfTheFeed:
    @pytest.mark.parametrize("feed", FeedOrder)
    def test_postgresql_has_both(self, opened, postgresql_url, feed):
        opened(postgresql_url, feed=feed)

        assert execute(postgresql_url, "SELECT feed FROM itil_schema") == [(feed.value,)]

    @pytest.mark.parametrize(
        ("url", "usual"),
        [("sqlite_url", FeedOrder.COMMIT), ("postgresql_url", FeedOrder.TRANSACTION)],
        indirect=["url"],
    )
    def test_a_new_store_has_the_usual_one(self, opened, url, usual):
        opened(url)

        assert execute(url, "SELECT feed FROM itil_schema") == [(usual.value,)]

    def test_sqlite_has_one_only_and_nothing_is_made(self, opened, sqlite_url):
        with pytest.raises(ValueError, match="feed of a SQLite store is always 'commit'"):
            opened(sqlite_url, feed=FeedOrder.TRANSACTION)

        assert execute(sqlite_url, "SELECT name FROM sqlite_master") == []

    @pytest.mark.parametrize("feed", FeedOrder)
    def test_a_store_keeps_its_own(self, opened, postgresql_url, feed):
        opened(postgresql_url, feed=feed)
        (other,) = set(FeedOrder) - {feed}

        with pytest.raises(ValueError, match=f"feed of this store is '{feed.value}'"):
            opened(postgresql_url, feed=other)
        assert opened(postgresql_url)._opened.schema.feed is feed


class TestClosedStores:
    @pytest.mark.parametrize(
        ("call", "do"),
        [
            ("unit", lambda store: store.unit()),
            ("read", lambda store: store.journal.read()),
            ("claim", lambda store: store.due.claim(minutes(0), MILLISECOND, 1, "li")),
            ("next_due", lambda store: store.due.next_due()),
            ("reindex", lambda store: store.reindex()),
        ],
    )
    def test_whatever_is_called_is_refused(self, store, call, do):
        store.close()
        store.close()

        with pytest.raises(UnitClosedError, match=f"{call} refused: the store was closed"):
            do(store)

    def test_units_that_are_open_are_refused_too(self, store):
        with store.unit() as unit:
            unit.incidents.add(logged())
            store.close()
            with pytest.raises(UnitClosedError, match="the store was closed"):
                unit.commit()

        assert store._opened.engine.pool.checkedout() == 0

    def test_nothing_of_them_is_written(self, opened, url, store):
        with store.unit() as unit:
            unit.incidents.add(logged())
            store.close()

        with opened(url).unit() as unit:
            assert unit.incidents.count(IncidentQuery()) == 0

    def test_a_unit_that_was_not_entered_cannot_be(self, store):
        unit = store.unit()
        store.close()

        with pytest.raises(UnitClosedError, match="with refused"):
            unit.__enter__()

    def test_what_was_committed_is_there_when_it_is_opened_again(self, opened, url, store):
        Alone(store).add(logged())
        store.close()

        assert get(opened(url)).id == IncidentId("INC-1")


BLOCKED = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
from itil_ops.errors import MissingExtraError
try:
    from itil_ops.adapters.sql import open_store
    open_store("sqlite:///" + {file!r}).close()
    open_store("postgresql://localhost:1/desk")
except MissingExtraError as error:
    print(error.package, error.extra, error)
"""


class TestExtras:
    @pytest.mark.parametrize(
        ("package", "extra"),
        [("sqlalchemy", "sqlalchemy"), ("cattrs", "sqlalchemy"), ("psycopg", "postgresql")],
    )
    def test_a_missing_package_says_which_extra_to_install(self, tmp_path, package, extra):
        script = BLOCKED.format(package=package, file=str(tmp_path / "desk.db"))
        found = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )

        advice = f'pip install "itil_ops[{extra}]"'
        assert found.stdout.startswith(f"{package} {extra} this needs '{package}'")
        assert advice in found.stdout

    def test_a_driver_that_cannot_be_loaded_says_so_too(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)

        with pytest.raises(MissingExtraError, match=r"itil_ops\[postgresql\]") as caught:
            open_store("postgresql://localhost:1/desk")
        assert caught.value.package == "psycopg"
