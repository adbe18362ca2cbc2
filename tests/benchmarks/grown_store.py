"""
Whether a store slows down as it grows: the same questions to 1,000 and to 1,000,000 records.

    PYTHONPATH=tests python -m benchmarks.grown_store [--records 1000000] [sqlite] [postgresql]

A large store takes 3 GB or so in the folder for temporary files. Questions are asked in turns and
told as medians and ratios; nothing is asserted but that a `get` costs at most 1.5 times as much.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import BigInteger, Integer, Text, cast, func, insert, literal, select, text, true
from sqlalchemy import type_coerce as as_type

from itil_ops.adapters.sql import open_store
from itil_ops.adapters.sql.engine import connect, engine_for
from itil_ops.adapters.sql.tables import DUE, ENTRIES, LINKS, RECORDS
from itil_ops.incident.record import Incident
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import IncidentId, ProblemId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import LinkKind, PendingReason
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from stores import postgresql_schema, postgresql_server


LI = Actor("li")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = timedelta(minutes=60)
FIRST = 10_000_000
"""
The number in the lowest id: all are of the same length.
"""

FAMILY = 100
"""
How many incidents point to one problem, where they are linked.
"""


def worked(id, entries):
    """
    Return an incident in progress with so many *entries*, most of them holds and resumptions.
    """
    incident = Incident.log(
        IncidentId(id),
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.MEDIUM,
        by=Actor("desk"),
        at=START,
    )
    if entries % 2:
        incident = incident.assign(group="messaging", by=LI, at=START)
    incident = incident.start(by=LI, at=START)
    while incident.version < entries:
        at = START + 20 * incident.version * MINUTE
        incident = incident.hold(PendingReason.AWAITING_CALLER, by=LI, at=at)
        incident = incident.resume(by=LI, at=at + 10 * MINUTE)
    return incident


def incident_id(n):
    return IncidentId(f"INC-{FIRST + n}")


def problem_of(id):
    n = int(id.value.removeprefix("INC-")) - FIRST
    return ProblemId(f"PRB-{FIRST + (n - 1) // FAMILY}")


# ---- Growing ------------------------------------------------------------------------------------


def grow(url, count, *, entries=5, due=0, linked=False):
    """
    Fill the store at *url* with *count* incidents, all of one text but for ids and columns.

    They are logged a minute apart and have one of five priorities; of the first *due*, something
    falls due, a second apart. Those that are *linked* point to problems, many to each.
    """
    template = worked("INC-0", entries)
    if linked:
        target = ProblemId("PRB-0")
        template = template.link(LinkKind.INVESTIGATED_BY, target, by=LI, at=START + 99 * MINUTE)
    with contextlib.closing(open_store(url, patience=PATIENCE)) as store, store.unit() as unit:
        unit.incidents.add(template)
        unit.commit()
    engine = engine_for(url, PATIENCE)
    with connect(engine, read_only=False) as connection:
        for statement in _growing(engine.dialect.name, count, due):
            connection.execute(statement)
        for table in (RECORDS, LINKS, ENTRIES):
            connection.execute(table.delete().where(_is_template(table)))
        connection.commit()
    _settle(engine)
    engine.dispose()


def _growing(database, count, due):
    numbers = _numbers(count)
    n = numbers.c.n
    id = literal("INC-") + cast(n + FIRST, Text)
    problem = literal("PRB-") + cast((n - 1) // FAMILY + FIRST, Text)
    named = {"id": id, "record": id, "target": literal("problem_id ") + problem}
    named["logged_at"] = _later(database, RECORDS.c.logged_at, 60 * n)
    for column in (RECORDS.c.payload, ENTRIES.c.body):
        told = func.replace(column, '"INC-0"', literal('"') + id + '"')
        named[column.name] = func.replace(told, '"PRB-0"', literal('"') + problem + '"')
    named["priority_rank"] = 1 + n % 5
    for table in (RECORDS, LINKS, ENTRIES):
        values = {one.name: named.get(one.name, one) for one in table.c if one.name != "position"}
        yield _copying(table, table, values, numbers)
    at = _later(database, RECORDS.c.logged_at, n)
    values = {"kind": RECORDS.c.kind, "record": id, "timer": literal("look"), "due": at}
    yield _copying(DUE, RECORDS, values, numbers, n <= due)


def _numbers(count):
    numbers = select(literal(1, Integer).label("n")).cte("numbers", recursive=True)
    following = select(numbers.c.n + 1).where(numbers.c.n < count)
    return numbers.union_all(following)


def _copying(table, source, values, numbers, *conditions):
    every = source.join(numbers, true())
    rows = select(*values.values()).select_from(every).where(_is_template(source), *conditions)
    return insert(table).from_select([*values], rows)


def _is_template(table):
    return (table.c.id if table is RECORDS else table.c.record) == "INC-0"


def _later(database, column, seconds):
    if database == "sqlite":
        return as_type(column, BigInteger) + seconds * 1_000_000
    return column + seconds * text("interval '1 second'")


def _settle(engine):
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


# ---- Asking -------------------------------------------------------------------------------------


def _get(store, id):
    with store.unit(read_only=True) as unit:
        unit.incidents.get(id)


def _find(store, **query):
    with store.unit(read_only=True) as unit:
        found = unit.incidents.find(IncidentQuery(**query), limit=50)
    if len(found.items) != 50:
        raise AssertionError(f"50 were to be found, not {len(found.items)}")


def _count_linked(store, id):
    with store.unit(read_only=True) as unit:
        unit.incidents.count(IncidentQuery(linked_to=[problem_of(id)]))


def _step(store, id):
    with store.unit() as unit:
        incident = unit.incidents.get(id)
        unit.incidents.save(incident.comment("Looks bad.", by=LI, at=START + 999 * MINUTE))
        unit.commit()


def _claim(store, _):
    now = START + timedelta(days=100)
    leases = store.due.claim(now, MINUTE, 10, "li")
    if len(leases) != 10:
        raise AssertionError(f"10 were to be claimed, not {len(leases)}")
    with store.unit() as unit:
        for lease in leases:
            unit.complete(lease, now)
        unit.commit()


QUESTIONS = {
    "get": (_get, 300),
    "load, comment, save": (_step, 100),
    **{
        f"find, the first 50 by {order.value}": (
            lambda store, _, order=order: _find(store, order=order),
            15,
        )
        for order in QueryOrder
    },
    "find, the first 50 of one group by logged_at": (
        lambda store, _: _find(store, groups={"messaging"}),
        15,
    ),
    **{
        f"find, what points to one record by {order.value}": (
            lambda store, id, order=order: _find(store, linked_to=[problem_of(id)], order=order),
            50,
        )
        for order in QueryOrder
    },
    "count, what points to one record": (_count_linked, 50),
    "claim 10 and complete them": (_claim, 50),
}


def asked(small, large, few, many):
    """
    Yield the median seconds of each question, asked of a *small* store and of a *large* one.
    """
    chosen = random.Random(5)
    for name, (ask, times) in QUESTIONS.items():
        took = [[], []]
        for _ in range(times):
            for mine, store, count in zip(took, (small, large), (few, many), strict=True):
                id = incident_id(chosen.randint(1, count))
                began = time.perf_counter()
                ask(store, id)
                mine.append(time.perf_counter() - began)
        yield name, *map(median, took)


def _compare(urls, few, many):
    for url, count in zip(urls, (few, many), strict=True):
        began = time.perf_counter()
        grow(url, count, due=count, linked=True)
        _tell(f"  {count} records in {time.perf_counter() - began:.0f} s")
    with contextlib.ExitStack() as stack:
        stores = [stack.enter_context(contextlib.closing(open_store(url))) for url in urls]
        found = [*asked(*stores, few, many)]
    for name, one, other in found:
        _tell(f"  {name}: {one * 1e3:.2f} ms, {other * 1e3:.2f} ms, ratio {other / one:.2f}")
    return found[0][2] <= 1.5 * found[0][1]


def _tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _sqlite():
    with tempfile.TemporaryDirectory() as folder:
        yield [f"sqlite:///{Path(folder, name)}" for name in ("small.db", "large.db")]


@contextlib.contextmanager
def _postgresql():
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgresql_server())
        yield [stack.enter_context(postgresql_schema(server)) for _ in ("small", "large")]


DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("databases", nargs="*", default=[*DATABASES], metavar="database")
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    held = True
    for name in given.databases:
        _tell(name)
        with DATABASES[name]() as urls:
            held &= _compare(urls, 1_000, given.records)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
