"""
Workers that do what falls due: each thing once, none of them lost, whoever is killed meanwhile.

    python due_worker.py                  a day of three workers, of whom one is killed
    python due_worker.py URL              the same in the database there
    python due_worker.py --work URL       one worker by the clock on the wall, until interrupted

A store that is opened with a planner keeps, in the very unit that saves a record, when to look at
it next. A worker claims what is due, looks at the record, and in one unit gives the lease back and
saves what came of it. Whoever is killed before the commit has done nothing, and when the lease runs
out another one claims the work.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from itil_ops import (
    Actor,
    DuplicateError,
    Entry,
    Incident,
    IncidentId,
    IncidentPolicies,
    ItilOpsError,
    Lease,
    PendingReason,
    RefusedError,
    ResolutionCode,
    ServiceLevelAgreement,
    StaleRecordError,
    Store,
    Target,
    TargetKind,
    Threshold,
    TransientStoreError,
    TwoStepClosure,
    timers,
)
from itil_ops.adapters.sql import open_store


GOLD = ServiceLevelAgreement(
    "gold",
    targets=[
        Target(
            TargetKind.RESOLUTION,
            timedelta(hours=4),
            thresholds=[
                Threshold(percent=50, notify=["assignee"]),
                Threshold(percent=100, notify=["group_lead"], level=1),
            ],
        )
    ],
)
PLAN = timers.planner([GOLD])

SYSTEM = Actor.system("due_worker")

LOG = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
BATCH = 5
TRIES = 20

#: Tells the present instant, and `None` once there is nothing more to wait for.
Clock: TypeAlias = Callable[[], datetime | None]


# ---- A worker -----------------------------------------------------------------------------------


def work(url: str, worker: str, clock: Clock, pause: float) -> None:
    """
    Do what falls due in the store at *url*, and rest for *pause* seconds where nothing does.
    """
    store = open_store(url, due=PLAN)
    try:
        while (now := clock()) is not None:
            if not go_round(store, worker, now):
                time.sleep(pause)
    finally:
        store.close()


def go_round(store: Store, worker: str, now: datetime) -> int:
    """
    Claim some of what is due at *now* and do it; return how much that was.

    A record that cannot be looked at must not stop the others: its lease runs out in time, and it
    is tried again.
    """
    try:
        leases = store.due.claim(now, LEASE, BATCH, worker)
    except TransientStoreError:
        return 0
    for lease in leases:
        try:
            look(store, lease, now)
        except ItilOpsError:
            LOG.exception("%s leaves %s of %s for later", worker, lease.kind, lease.record)
    return len(leases)


def look(store: Store, lease: Lease, now: datetime) -> None:
    """
    Give *lease* back, do what it is for and save it, all or nothing.

    Where somebody else saved the record first, or the store was busy, it is all done again.
    """
    for left in reversed(range(TRIES)):
        try:
            with store.unit() as unit:
                if not unit.complete(lease, now):
                    return  # it was lost: somebody else is at it
                unit.incidents.save(looked_at(unit.incidents.get(lease.record), lease, now))
                unit.commit()
                return
        except (StaleRecordError, TransientStoreError):
            if not left:
                raise


def looked_at(incident: Incident, lease: Lease, now: datetime) -> Incident:
    """
    Return *incident* after all that is due at *now* of the kind that *lease* is for, no other.

    Whoever wrote last may have a clock that is ahead of this one, and a journal never goes back.
    """
    at = max(now, incident.journal[-1].at)
    since, version = last_told(incident, lease)
    for timer in timers.due(incident, [GOLD], since, at, version=version):
        if timer.kind.value == lease.kind and timer.news is not None:
            incident = incident.comment(f"{timer.kind}: {timer.news}", by=SYSTEM, at=at)
    return acted(incident, lease, at)


def last_told(incident: Incident, lease: Lease) -> tuple[datetime, int | None]:
    """
    Return when something of this kind was told last, and in which version; the journal remembers.

    To send what is told is for whoever reads the feed.

    Where nothing was yet, all that fell due before the instant of *lease* is none of its business:
    it happened before the incident came into this store.
    """
    for entry in reversed(incident.journal):
        if entry.by == SYSTEM and (entry.note or "").startswith(f"{lease.kind}: "):
            return entry.at, entry.number
    return lease.due - timedelta(microseconds=1), None


def acted(incident: Incident, lease: Lease, at: datetime) -> Incident:
    """
    Return *incident* after the verbs that are due, each after another look.

    One thing done may settle the rest, if not of an incident, then of a request whose approvals run
    out. What the rules do not let happen is written down, and comes up again when somebody saves
    the incident.
    """
    try:
        while (timer := next_to_do(incident, lease, at)) is not None:
            incident = timer.apply(incident, by=SYSTEM, at=at)
    except RefusedError as refused:
        return incident.comment(f"{lease.kind}: {refused}", by=SYSTEM, at=at)
    return incident


def next_to_do(incident: Incident, lease: Lease, at: datetime) -> timers.Timer | None:
    """
    Return what is to be done first of the kind that *lease* is for; `None` where nothing is left.
    """
    found = timers.due(incident, [GOLD], lease.due - timedelta(microseconds=1), at)
    return next((one for one in found if one.verb and one.kind.value == lease.kind), None)


def wall_clock() -> datetime:
    """
    Return the present instant: the library never asks, but a program has to.
    """
    return datetime.now(UTC)  # noqa: TID251 - see above


# ---- A day of three workers ---------------------------------------------------------------------

PROCESSES = multiprocessing.get_context("spawn")

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TICK = timedelta(minutes=15)
KILLED_AT = START + timedelta(hours=1, minutes=30)
END = START + timedelta(hours=6)

DESK = Actor("desk")
PATIENT = IncidentPolicies(closure=TwoStepClosure(after=timedelta(hours=3)))


class SharedClock:
    """
    A clock that one process sets and all can read, without a lock: who is killed may hold none.
    """

    def __init__(self) -> None:
        self._seconds = PROCESSES.RawValue("q", 0)

    def __call__(self) -> datetime | None:
        """
        Return the instant that it shows; `None` once it was stopped.
        """
        seconds = self._seconds.value
        return None if seconds < 0 else START + timedelta(seconds=seconds)

    def set(self, now: datetime) -> None:
        """
        Let it show *now*.
        """
        self._seconds.value = round((now - START).total_seconds())

    def stop(self) -> None:
        """
        Let it show nothing any more.
        """
        self._seconds.value = -1


def morning() -> Iterator[Incident]:
    """
    Yield what there is at nine: incidents at work, some that wait for ten, and some resolved.
    """
    for number in range(24):
        incident = Incident.log(
            IncidentId(f"INC-{number:02}"),
            title="Mail is down",
            service="email",
            by=DESK,
            at=START - timedelta(minutes=5 * number),
        )
        yield EARLIER[number % len(EARLIER)](incident)


def at_work(incident: Incident) -> Incident:
    """
    Return *incident* as somebody works on it.
    """
    return incident.start(by=DESK, at=START)


def waiting(incident: Incident) -> Incident:
    """
    Return *incident* as it waits until ten.
    """
    until = START + timedelta(hours=1)
    return incident.hold(PendingReason.SCHEDULED, until=until, by=DESK, at=START)


def resolved(incident: Incident) -> Incident:
    """
    Return *incident* as it is resolved, which its caller has three hours to object to.
    """
    return incident.resolve(
        ResolutionCode.FIXED, note="Restarted.", policies=PATIENT, by=DESK, at=START
    )


EARLIER = (at_work, waiting, resolved)


def live(url: str) -> list[Entry]:
    """
    Live the day in the store at *url*, and return what the workers did.
    """
    store = open_store(url, due=PLAN)
    try:
        with store.unit() as unit:
            for incident in morning():
                unit.incidents.add(incident)
            unit.commit()
        run_workers(store, url)
        return [entry for entry in feed(store) if entry.by == SYSTEM]
    finally:
        store.close()


def run_workers(store: Store, url: str) -> None:
    """
    Let three workers see the day go by, and kill the first of them in the middle of its work.
    """
    clock = SharedClock()
    workers = [
        PROCESSES.Process(target=work, args=(url, f"worker {number}", clock, 0.005))
        for number in (1, 2, 3)
    ]
    for worker in workers:
        worker.start()
    try:
        now = START
        while now <= END:
            clock.set(now)
            if now == KILLED_AT:
                workers[0].kill()
            wait(store, now, workers)
            now += TICK
    finally:
        clock.stop()
        for worker in workers:
            worker.join()


def wait(store: Store, now: datetime, workers: list[multiprocessing.process.BaseProcess]) -> None:
    """
    Wait until nothing is to be claimed at *now*: what is left is due later, or in somebody's hands.
    """
    while (due := store.due.next_due()) is not None and due <= now:
        if not any(worker.is_alive() for worker in workers):
            sys.exit("all workers are gone")
        time.sleep(0.005)


def feed(store: Store) -> Iterator[Entry]:
    """
    Yield what was done in the *store*, as it was committed.
    """
    part = store.journal.read()
    while part.items:
        yield from (published.entry for published in part.items)
        part = store.journal.read(after=part.next)


# ---- The day, told ------------------------------------------------------------------------------


def tell(entries: list[Entry]) -> None:
    """
    Print for each incident what was done when, and whether anything was done twice.
    """
    for record in sorted({entry.record for entry in entries}, key=str):
        mine = [entry for entry in entries if entry.record == record]
        print(f"{record}  {', '.join(f'{entry.at:%H:%M} {what(entry)}' for entry in mine)}")
    times = Counter((entry.record, entry.note or entry.action) for entry in entries)
    twice = [key for key, count in times.items() if count > 1]
    print(f"One worker was killed at {KILLED_AT:%H:%M}. {len(times)} things fell due,", end=" ")
    print("and each was done once." if not twice else f"and some were done twice: {twice}")


def what(entry: Entry) -> str:
    """
    Return in a word what a worker did.
    """
    return entry.action if entry.note is None else entry.note.partition(":")[0]


def live_and_tell(url: str) -> None:
    """
    Live the day in the store at *url*, and tell it; a second day does not fit in there.
    """
    try:
        tell(live(url))
    except DuplicateError as error:
        sys.exit(f"the day was lived in this database before, name an empty one: {error}")


def main(arguments: list[str]) -> None:
    """
    Live the day and tell it, or be a worker.
    """
    parser = argparse.ArgumentParser(description="Do what falls due in a store.")
    parser.add_argument("url", nargs="?", help="the database; a temporary one unless given")
    parser.add_argument("--work", action="store_true", help="work there until interrupted")
    given = parser.parse_args(arguments)
    if given.work and given.url is None:
        parser.error("--work needs the URL of a database")
    if given.url is None:
        with tempfile.TemporaryDirectory() as folder:
            live_and_tell(f"sqlite:///{Path(folder) / 'desk.db'}")
    elif given.work:
        with suppress(KeyboardInterrupt):
            work(given.url, "worker", wall_clock, pause=5)
    else:
        live_and_tell(given.url)


if __name__ == "__main__":
    main(sys.argv[1:])
