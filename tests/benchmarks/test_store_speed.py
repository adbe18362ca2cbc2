"""
What the stores in databases cost: beside the drivers alone, with the same rows and the same text.

    python -m pytest tests/benchmarks/test_store_speed.py --benchmark-only -s

The peer keeps one connection and its statements written by hand; it uses our codec, and no
SQLAlchemy. Each works in a database of its own; times are measured in turns and told as ratios of
medians; none is asserted. What a store of a million records costs: `grown_store.py`.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sqlite3
import sys
import time

from datetime import timedelta
from statistics import median

import attrs
import pytest

from sqlalchemy import select
from sqlalchemy.engine import make_url

from benchmarks.grown_store import LI, START, grow, incident_id
from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql import FeedOrder, open_store
from itil_ops.adapters.sql.rows import columns
from itil_ops.adapters.sql.tables import DUE, ENTRIES, LINKS, RECORDS
from itil_ops.kernel.instant import microseconds
from itil_ops.kernel.journaled import stored
from itil_ops.kernel.vocabulary import PendingReason
from stores import postgresql_schema


psycopg = pytest.importorskip("psycopg")

LATER = START + timedelta(days=30)
LEASE = timedelta(hours=1)
MANY, BATCH = 10_000, 100


# ---- The peer -----------------------------------------------------------------------------------

STATEMENTS = {
    "record": """
        SELECT version, payload FROM itil_records WHERE kind = %(its_kind)s AND id = %(its_id)s
    """,
    "journal": """
        SELECT body FROM itil_entries
        WHERE kind = %(its_kind)s AND record = %(its_id)s AND number <= %(its_version)s
        ORDER BY number
    """,
    "save": """
        UPDATE itil_records SET number = %(number)s, version = %(version)s, state = %(state)s,
            phase = %(phase)s, priority_rank = %(priority_rank)s, priority_name = %(priority_name)s,
            service = %(service)s, customer = %(customer)s, "group" = %(group)s,
            assignee = %(assignee)s, owner = %(owner)s, logged_at = %(logged_at)s, xact = <xact>,
            payload = %(payload)s
        WHERE kind = %(its_kind)s AND id = %(its_id)s AND version = %(its_version)s <younger>
    """,
    "publish": """
        INSERT INTO itil_entries (xact, kind, record, number, body)
        VALUES (<xact>, %(kind)s, %(record)s, %(number)s, %(body)s)
    """,
    "queue": "SELECT pg_advisory_xact_lock(hashtext('itil_entries'))",
    "claim": """
        WITH free AS (
            SELECT kind, record, timer FROM itil_due
            WHERE due <= %(now)s AND (until IS NULL OR until <= %(now)s)
            ORDER BY due, record, timer, kind LIMIT %(most)s <skip>
        )
        UPDATE itil_due SET token = %(token)s, until = %(until)s, worker = %(worker)s FROM free
        WHERE itil_due.kind = free.kind AND itil_due.record = free.record
            AND itil_due.timer = free.timer
        RETURNING itil_due.kind, itil_due.record, itil_due.timer, itil_due.due
    """,
    "complete": """
        DELETE FROM itil_due WHERE kind = %(kind)s AND record = %(record)s AND timer = %(timer)s
            AND token = %(token)s
    """,
}
POSTGRESQL = {
    "xact": "pg_current_xact_id()::text::bigint",
    "younger": "AND xact <= pg_current_xact_id()::text::bigint",
    "skip": "FOR UPDATE SKIP LOCKED",
}
IN_TURN = {**POSTGRESQL, "xact": "0", "younger": ""}
SQLITE = {**IN_TURN, "skip": ""}


@attrs.frozen
class Peer:
    """
    A connection of a driver, and what is said over it.
    """

    connection: object
    statements: dict[str, str]
    queues: bool
    codec: Codec = attrs.field(factory=Codec)

    @classmethod
    def on_sqlite(cls, url):
        connection = sqlite3.connect(make_url(url).database, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        said = {name: re.sub(r"%\((\w+)\)s", r":\1", _made(name, SQLITE)) for name in STATEMENTS}
        return cls(connection, said, queues=False)

    @classmethod
    def on_postgresql(cls, url, feed):
        connection = psycopg.connect(url)
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()
        queues = feed is FeedOrder.COMMIT
        parts = IN_TURN if queues else POSTGRESQL
        return cls(connection, {name: _made(name, parts) for name in STATEMENTS}, queues)

    @property
    def is_sqlite(self):
        return isinstance(self.connection, sqlite3.Connection)

    def begin(self):
        if self.is_sqlite:
            self.connection.execute("BEGIN IMMEDIATE")

    def run(self, statement, values):
        return self.connection.execute(self.statements[statement], values)

    def instant(self, at):
        return microseconds(at) if self.is_sqlite else at

    def step(self, id):
        self.begin()
        at = {"its_kind": "incident", "its_id": id.value}
        version, payload = self.run("record", at).fetchone()
        at["its_version"] = version
        bodies = self.run("journal", at).fetchall()
        journal = tuple(self.codec.loads_entry(body) for (body,) in bodies)
        incident = hold(stored(self.codec.loads_snapshot(payload, journal), version))
        row = {**columns(incident), "version": incident.version, **at}
        row["logged_at"] = self.instant(incident.logged_at)
        row["payload"] = self.codec.dumps_snapshot(incident)
        entry = incident.journal[-1]
        body = self.codec.dumps_entry(entry)
        if self.run("save", row).rowcount != 1:
            raise AssertionError("somebody else was faster")
        if self.queues:
            self.run("queue", {})
        its = {"kind": "incident", "record": id.value}
        self.run("publish", {**its, "number": entry.number, "body": body})
        self.connection.commit()

    def claim(self):
        values = {
            "now": self.instant(LATER),
            "until": self.instant(LATER + LEASE),
            "most": BATCH,
            "token": "token",
            "worker": "li",
        }
        self.begin()
        rows = self.run("claim", values).fetchall()
        self.connection.commit()
        return rows

    def complete(self, row):
        kind, record, timer, _ = row
        values = {"kind": kind, "record": record, "timer": timer, "token": "token"}
        if self.run("complete", values).rowcount != 1:
            raise AssertionError("the lease was lost")

    def complete_each(self):
        for row in self.claim():
            self.begin()
            self.complete(row)
            self.connection.commit()

    def complete_together(self):
        rows = self.claim()
        self.begin()
        for row in rows:
            self.complete(row)
        self.connection.commit()


def _made(name, parts):
    return re.sub(r"<(\w+)>", lambda found: parts[found[1]], STATEMENTS[name])


# ---- Ours ---------------------------------------------------------------------------------------


@attrs.frozen
class Ours:
    """
    A store.
    """

    store: object

    def step(self, id):
        with self.store.unit() as unit:
            incident = unit.incidents.get(id)
            unit.incidents.save(hold(incident))
            unit.commit()

    def claim(self):
        return self.store.due.claim(LATER, LEASE, BATCH, "li")

    def complete_each(self):
        for lease in self.claim():
            if not self.store.due.complete(lease, LATER):
                raise AssertionError("the lease was lost")

    def complete_together(self):
        leases = self.claim()
        with self.store.unit() as unit:
            for lease in leases:
                if not unit.complete(lease, LATER):
                    raise AssertionError("the lease was lost")
            unit.commit()


def hold(incident):
    return incident.hold(PendingReason.AWAITING_CALLER, by=LI, at=LATER)


# ---- Both, side by side -------------------------------------------------------------------------


@pytest.fixture
def sqlite_urls(tmp_path):
    return [f"sqlite:///{tmp_path / name}" for name in ("ours.db", "theirs.db")]


@pytest.fixture
def postgresql_urls(postgresql):
    with postgresql_schema(postgresql) as ours, postgresql_schema(postgresql) as theirs:
        yield [ours, theirs]


#: Where both are measured, with the ratio of a step that is aimed at.
DATABASES = {
    "SQLite": ("sqlite_urls", FeedOrder.COMMIT, 2.0),
    "PostgreSQL, feed in the order of transactions": (
        "postgresql_urls",
        FeedOrder.TRANSACTION,
        1.6,
    ),
    "PostgreSQL, feed in the order of commits": ("postgresql_urls", FeedOrder.COMMIT, 1.6),
}


@contextlib.contextmanager
def opened(urls, feed, **size):
    """
    Yield us and the peer, each on a store of one *size*.
    """
    ours, theirs = urls
    for url in urls:
        open_store(url, feed=feed).close()
        grow(url, **size)
    is_sqlite = ours.startswith("sqlite")
    peer = Peer.on_sqlite(theirs) if is_sqlite else Peer.on_postgresql(theirs, feed)
    with contextlib.closing(open_store(ours)) as store, contextlib.closing(peer.connection):
        yield Ours(store), peer


@pytest.fixture(params=DATABASES)
def database(request):
    fixture, feed, aim = DATABASES[request.param]
    return request.getfixturevalue(fixture), feed, aim, request.param


def in_turns(ours, theirs, times):
    """
    Return the median seconds of both, of whom now one goes first and now the other.
    """
    took = {ours: [], theirs: []}
    for n in range(times):
        for one in (ours, theirs) if n % 2 else (theirs, ours):
            began = time.perf_counter()
            one()
            took[one].append(time.perf_counter() - began)
    return median(took[ours]), median(took[theirs])


@pytest.mark.parametrize("entries", [5, 20])
def test_load_verb_save(entries, database, benchmark, capsys):
    urls, feed, aim, name = database
    times = 400
    with opened(urls, feed, count=2 * times, entries=entries) as (ours, peer):
        mine, its = ids(), ids()
        step, its_step = lambda: ours.step(next(mine)), lambda: peer.step(next(its))
        in_turns(step, its_step, 50)
        found = in_turns(step, its_step, times)
        tell(benchmark, capsys, f"{name}: load, hold, save of {entries} entries", found, aim)
        benchmark.pedantic(step, rounds=times // 2)


#: What is measured of due work, a batch at a time, and how often.
CLAIMS = {
    "claim": ("claim", 90),
    "claim, and complete all in one transaction": ("complete_together", 90),
    "claim, and complete each in one of its own": ("complete_each", 20),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_due_work(claim, database, benchmark, capsys):
    urls, feed, _, name = database
    call, times = CLAIMS[claim]
    with opened(urls, feed, count=MANY, entries=3, due=MANY) as (ours, peer):
        mine, its = getattr(ours, call), getattr(peer, call)
        in_turns(mine, its, 5)
        found = in_turns(mine, its, times)
        tell(benchmark, capsys, f"{name}: {claim}, {BATCH} rows", found, 2.0)
        benchmark.pedantic(mine, rounds=5)


def ids():
    return map(incident_id, itertools.count(1))


def tell(benchmark, capsys, what, found, aim):
    ours, theirs = found
    benchmark.extra_info["ratio"] = ours / theirs
    with capsys.disabled():
        sys.stdout.write(
            f"\n{what}: {ours * 1e6:.0f} us, {theirs * 1e6:.0f} us by hand,"
            f" ratio {ours / theirs:.2f} (aim {aim})"
        )


# ---- The peer does the same ---------------------------------------------------------------------


def test_the_peer_leaves_the_same_rows(database):
    urls, feed, *_ = database
    with opened(urls, feed, count=5, entries=5) as both:
        for one in both:
            for n in (2, 4):
                one.step(incident_id(n))
        ours, theirs = map(rows, urls)
    assert ours == theirs
    assert [row.version for row in ours["itil_records"]] == [5, 6, 5, 6, 5]


def test_the_peer_claims_the_same_rows(database):
    urls, feed, *_ = database
    with opened(urls, feed, count=5, due=4) as (ours, peer):
        leases = [(lease.record.value, lease.kind) for lease in ours.claim()]
        assert sorted((row[1], row[2]) for row in peer.claim()) == leases
        assert len(leases) == 4


def rows(url):
    with contextlib.closing(open_store(url)) as store, store._opened.engine.connect() as connection:
        found = {}
        for table in (RECORDS, LINKS, ENTRIES, DUE):
            kept = [column for column in table.c if column.name != "xact"]
            order = table.primary_key.columns
            found[table.name] = connection.execute(select(*kept).order_by(*order)).all()
        return found
