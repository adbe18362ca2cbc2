"""
A connection that is lost in the very commit, and children that inherit what is open.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

from enum import Enum
from pathlib import Path

import psycopg
import pytest

from sqlalchemy import Connection, exc

from adapters.sql.making import execute
from itil_ops import (
    ChangeId,
    IncidentQuery,
    Lease,
    MemoryStore,
    RepositoryError,
    StaleRecordError,
    TransientStoreError,
    UnitClosedError,
)
from itil_ops.adapters.sql import open_store
from repositories.making import Alone, get, logged, minutes, published, stepped


FIVE = minutes(5) - minutes(0)


@pytest.fixture
def lose(monkeypatch):
    """
    Have the next commit lose its connection, after it took place or before.
    """

    def loses(*, after):
        real = Connection.commit

        def commit(connection):
            monkeypatch.setattr(Connection, "commit", real)
            if after:
                real(connection)
            raise exc.OperationalError("COMMIT", None, psycopg.OperationalError("lost"))

        monkeypatch.setattr(Connection, "commit", commit)

    return loses


class TestLostInTheCommit:
    @pytest.fixture
    def store(self, opened, postgresql_url):
        # The transaction whose commit is kept from the server stays open meanwhile.
        return opened(postgresql_url, patience=dt.timedelta(seconds=0.5))

    def test_what_took_place_is_told_to_be_done(self, store, lose):
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            lose(after=True)
            unit.commit()

        assert get(store).version == 2
        assert len(published(store)) == 2

    def test_what_did_not_is_told_to_be_taken_again(self, store, lose):
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            lose(after=False)
            with pytest.raises(TransientStoreError, match="lost"):
                unit.commit()

        assert get(store) == kept

    def test_what_another_wrote_meanwhile_is_not_taken_for_it(self, store, lose):
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept, text="Ours."))
            lose(after=False)
            with pytest.raises(TransientStoreError, match="lost"):
                unit.commit()
        Alone(store).save(stepped(kept, text="Theirs."))

        assert [entry.note for entry in published(store)] == [None, "Theirs."]

    def test_a_unit_of_no_entries_is_told_to_be_taken_again(self, opened, postgresql_url, lose):
        store = opened(postgresql_url, due=lambda _: {"look": minutes(5)})
        Alone(store).add(logged())
        (lease,) = store.due.claim(minutes(5), FIVE, 1, "worker")
        with store.unit() as unit:
            unit.complete(lease, minutes(6))
            lose(after=True)
            with pytest.raises(TransientStoreError, match="lost"):
                unit.commit()

        assert store.due.complete(lease, minutes(6)) is False

    def test_a_server_that_cannot_be_asked_is_no_answer(self, store, lose, monkeypatch):
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            lose(after=True)

            def gone(*_, **__):
                raise exc.OperationalError("connect", None, psycopg.OperationalError("gone"))

            monkeypatch.setattr(type(store._opened), "connection", gone)
            with pytest.raises(TransientStoreError, match="lost"):
                unit.commit()
            monkeypatch.undo()

        assert get(store).version == 2


IN_A_CHILD = """
import os, sys
from repositories.making import logged, stepped
from itil_ops import UnitClosedError
from itil_ops.adapters.sql import open_store
store = open_store(sys.argv[1])

def in_a_child(does):
    child = os.fork()
    if child == 0:
        does()
        os._exit(0)
    os.waitpid(child, 0)

with store.unit() as unit:
    kept = unit.incidents.add(logged())
    unit.commit()
in_a_child(store.close)
with store.unit() as unit:
    kept = unit.incidents.save(stepped(unit.incidents.get(kept.id)))

    def leaves():
        try:
            unit.commit()
        except UnitClosedError as refused:
            print(refused, flush=True)
        unit.__exit__(None, None, None)

    in_a_child(leaves)
    unit.commit()
with store.unit() as unit:
    print(unit.incidents.get(kept.id).version, len(store.journal.read().items))
store.close()
"""


@pytest.mark.skipif(not hasattr(sys, "getdlopenflags"), reason="there is no fork")
def test_a_child_leaves_alone_what_its_parent_has_open(url):
    found = subprocess.run(
        [sys.executable, "-c", IN_A_CHILD, url],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert found.stderr == ""
    assert found.stdout.splitlines() == [
        "commit refused: the unit belongs to another process",
        "2 2",
    ]


class TestOpening:
    def test_a_database_that_cannot_keep_any_text_is_refused(self, postgresql):
        url = postgresql.get_uri()
        execute(url, "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(RepositoryError, match=r"must be in UTF8, .* it is LATIN1"):
                open_store(url.replace("/postgres?", "/narrow?"))
        finally:
            execute(url, "DROP DATABASE narrow")

    def test_a_password_is_not_shown(self):
        with pytest.raises(ValueError, match="url cannot be read") as caught:
            open_store("postgresql://desk:secret@host:port/desk")

        assert "secret" not in str(caught.value)

    def test_whatever_the_database_has_as_its_default_units_see_what_is_committed(
        self, opened, postgresql_url
    ):
        serial = postgresql_url.replace(
            "options=", "options=-cdefault_transaction_isolation%3Dserializable%20"
        )
        store = opened(serial)
        kept = Alone(store).add(logged())
        with store.unit() as unit:
            unit.incidents.get(kept.id)
            Alone(store).save(stepped(kept))
            with pytest.raises(StaleRecordError):
                unit.incidents.save(stepped(kept))


def test_due_work_of_a_kind_to_come_is_left_to_who_knows_it(opened, url):
    store = opened(url, due=lambda _: {"look": minutes(5)})
    Alone(store).add(logged())
    columns = "kind, record, timer, due"
    execute(
        url,
        f"INSERT INTO itil_due ({columns}) SELECT 'tomorrow', record, timer, due FROM itil_due",
    )

    (lease,) = store.due.claim(minutes(5), FIVE, 9, "worker")
    assert store.due.complete(lease, minutes(5))
    assert store.due.next_due() is None


class Group(str, Enum):  # noqa: UP042 - an enumeration whose str is not its value
    MAIL = "messaging"


def test_a_member_of_an_enumeration_of_texts_is_its_text_in_every_store(opened, url):
    for store in (MemoryStore(), opened(url)):
        Alone(store).add(
            logged().assign(group=Group.MAIL, by=logged().journal[0].by, at=minutes(1))
        )
        with store.unit() as unit:
            (found,) = unit.incidents.find(IncidentQuery(groups=[Group.MAIL])).items
        assert type(found.group) is str
        assert found.group == "messaging"


def test_reindex_takes_a_batch_again_and_gives_up_at_last(store, monkeypatch):
    Alone(store).add(logged())
    unit, failures = type(store.unit()), [TransientStoreError("deadlock")] * 3
    real = unit.rewrite

    def rewrite(*arguments):
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(unit, "rewrite", rewrite)
    assert store.reindex().records == 1
    failures += [TransientStoreError("deadlock")] * 10
    with pytest.raises(TransientStoreError, match="deadlock"):
        store.reindex()


def test_a_unit_of_another_process_is_refused_and_its_connection_left_alone(store, monkeypatch):
    with store.unit() as unit:
        unit.incidents.count(IncidentQuery())
        connection = unit._connection
        monkeypatch.setattr(unit, "_process", -1)
        with pytest.raises(UnitClosedError, match="belongs to another process"):
            unit.incidents.get(logged().id)
    assert not connection.closed
    assert store._opened._inherited == [connection]
    connection.close()


def test_a_lease_of_what_no_store_keeps_is_held_by_nobody(opened, url):
    strange = Lease(
        record=ChangeId("CHG-1"),
        kind="look",
        due=minutes(1),
        until=minutes(9),
        token="x",
        worker="y",
    )

    for store in (MemoryStore(), opened(url)):
        assert store.due.complete(strange, minutes(2)) is False
