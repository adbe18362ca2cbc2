"""
Many writers on one store for a while, some of whom are killed, and a reader of the feed.

    python tests/soak.py --store postgresql --steps 50000 --seconds 600

Each writer takes a record or two, does something with them that leaves a mark of its own in their
journals, commits, and only then reports it in a file. Once all is over, what was reported is
compared with what is stored, and what is stored with what the reader of the feed was told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sqlite3
import tempfile
import time

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from itil_ops import (
    Actor,
    Incident,
    IncidentId,
    IncidentQuery,
    PendingReason,
    ResolutionCode,
    StaleRecordError,
    TransientStoreError,
)
from itil_ops.adapters.sql import FeedOrder, open_store
from processes import PROCESSES
from stores import postgresql_schema, postgresql_server


START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DESK = Actor("desk")

STALE, TRANSIENT, TRIED, DONE = "stale", "transient", "tried", "done"


@attrs.frozen(kw_only=True)
class Plan:
    """
    What is to happen.

    Attributes:
        url: Where the store is.

        folder: Where reports are written.

        steps: How many steps are to be committed in all.

        incidents: How many incidents there are.

        writers: How many processes write at a time.

        kills: How many of them are killed, each to be replaced.

        seconds: After how many seconds nothing more is begun.

        seed: What chance depends on.

        feed: The order of the feed; that of the database unless given.
    """

    url: str
    folder: Path
    steps: int = 50_000
    incidents: int = 2_000
    writers: int = 8
    kills: int = 2
    seconds: float = 600
    seed: int = 1
    feed: FeedOrder | None = None


# ---- What is done to an incident ----------------------------------------------------------------


def stepped(incident, mark, by, chance):
    """
    Return an incident after one step that is possible, with *mark* as its note.
    """
    minute = timedelta(minutes=1)
    at = incident.journal[-1].at + minute
    verbs = {
        "comment": lambda: incident.comment(mark, by=by, at=at),
        "communicate": lambda: incident.communicate(mark, by=by, at=at),
        "assign": lambda: incident.assign(
            group=f"group {chance.randrange(9)}", assignee=None, note=mark, by=by, at=at
        ),
        "start": lambda: incident.start(note=mark, by=by, at=at),
        "hold": lambda: incident.hold(
            PendingReason.SCHEDULED, until=at + minute, note=mark, by=by, at=at
        ),
        "resume": lambda: incident.resume(note=mark, by=by, at=at),
        "resolve": lambda: incident.resolve(ResolutionCode.FIXED, note=mark, by=by, at=at),
        "reopen": lambda: incident.reopen(mark, by=by, at=at),
    }
    return verbs[chance.choice([name for name in verbs if name in incident.allowed])]()


# ---- Writers ------------------------------------------------------------------------------------


class Report:
    """
    What a writer says of itself, a line at a time: what is said is there even if it is killed next.
    """

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(self, what, *marks):
        os.write(self._file, f"{what} {' '.join(marks)}\n".encode())


def write(plan, name, steps, until):
    """
    Take so many *steps*, or fewer if the time is over.
    """
    store = open_store(plan.url)
    try:
        Writer(plan, name, store).write(steps, until)
    finally:
        store.close()


class Writer:
    """
    A writer, under the name that it leaves in its marks.
    """

    def __init__(self, plan, name, store):
        self.plan = plan
        self.name = name
        self.store = store
        self.by = Actor(name)
        self.chance = random.Random(f"{plan.seed} {name}")
        self.report = Report(plan.folder / f"{name}.report")

    def write(self, steps, until):
        """
        Take so many *steps* or fewer, and report each before it is tried and once it is committed.
        """
        number = 0
        while number < steps and time.monotonic() < until:
            # One unit in ten is of two records, in any order.
            count = min(2 if self.chance.random() < 0.1 else 1, steps - number)
            ids = self.chance.sample(range(self.plan.incidents), count)
            marks = [f"{self.name}.{number + place}" for place in range(count)]
            self.report.say(TRIED, *marks)
            self.commit(ids, marks)
            self.report.say(DONE, *marks)
            number += count

    def commit(self, ids, marks):
        """
        Take a step of each incident in one unit, again and again until it is committed.
        """
        while True:
            try:
                with self.store.unit() as unit:
                    for id, mark in zip(ids, marks, strict=True):
                        incident = unit.incidents.get(named(id))
                        unit.incidents.save(stepped(incident, mark, self.by, self.chance))
                    unit.commit()
                    return
            except StaleRecordError:
                self.report.say(STALE)
            except TransientStoreError:
                self.report.say(TRANSIENT)


def named(number):
    """
    Return the id of the incident of a *number*.
    """
    return IncidentId(f"INC-{number:05}")


# ---- The reader of the feed ---------------------------------------------------------------------


def follow(plan, over):
    """
    Keep of each entry what it is, together with the cursor, until all are over and nothing is new.
    """
    store = open_store(plan.url)
    kept = sqlite3.connect(plan.folder / "feed.db")
    kept.execute("CREATE TABLE IF NOT EXISTS seen (record, number, mark)")
    kept.execute("CREATE TABLE IF NOT EXISTS place (cursor)")
    try:
        while True:
            is_last = bool(over.value)
            if not read_on(store, kept):
                if is_last:
                    return
                time.sleep(0.01)
    finally:
        kept.close()
        store.close()


def read_on(store, kept):
    """
    Keep what comes next in the feed, and the cursor with it; return how much it was.
    """
    found = kept.execute("SELECT cursor FROM place").fetchone()
    part = store.journal.read(after=found[0] if found else None, limit=200)
    rows = [(str(one.entry.record), one.entry.number, one.entry.note) for one in part.items]
    if rows:
        with kept:
            kept.executemany("INSERT INTO seen VALUES (?, ?, ?)", rows)
            kept.execute("DELETE FROM place")
            kept.execute("INSERT INTO place VALUES (?)", (part.next,))
    return len(rows)


# ---- Who is at it -------------------------------------------------------------------------------


class Post:
    """
    A writer, and what it has reported so far.
    """

    def __init__(self, plan, name, steps, until):
        self.name = name
        self.steps = steps
        self.done = 0
        self._path = plan.folder / f"{name}.report"
        self._read = 0
        self.process = PROCESSES.Process(target=write, args=(plan, name, steps, until))
        self.process.start()

    def progress(self):
        """
        Return how many steps it has reported.
        """
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read)
                fresh = file.read()
            fresh = fresh[: fresh.rfind(b"\n") + 1]
            self._read += len(fresh)
            said = [line.split() for line in fresh.decode().splitlines()]
            self.done += sum(len(words) - 1 for words in said if words[0] == DONE)
        return self.done

    def kill(self):
        """
        Kill it if it is still there; return whether it was.
        """
        self.process.kill()
        self.process.join()
        self.progress()
        return self.process.exitcode == -signal.SIGKILL


class Reader:
    """
    The reader of the feed; one that was killed goes on where its cursor was kept.
    """

    def __init__(self, plan, over):
        self._given = (plan, over)
        self.killed = 0
        self._begin()

    def _begin(self):
        self.process = PROCESSES.Process(target=follow, args=self._given)
        self.process.start()

    def replace(self):
        """
        Kill it, and have another one go on.
        """
        self.process.kill()
        self.process.join()
        self.killed += self.process.exitcode == -signal.SIGKILL
        self._begin()

    def join(self):
        """
        Wait until it has read all.
        """
        self.process.join()
        assert self.process.exitcode == 0, "the reader of the feed has failed"


def keep_writing(plan, reader):
    """
    Let the writers write until they are through; return how many of them were killed.
    """
    chance = random.Random(plan.seed)
    until = time.monotonic() + plan.seconds
    shares = [len(range(place, plan.steps, plan.writers)) for place in range(plan.writers)]
    posts = [Post(plan, f"w{place}", share, until) for place, share in enumerate(shares)]
    # In the middle of the work, and the reader right in between.
    moments = sorted(chance.uniform(0.1, 0.8) * plan.steps for _ in range(plan.kills))
    reader_moment = plan.steps / 2
    gone = []
    while any(post.process.is_alive() for post in posts):
        progress = sum(post.progress() for post in (*posts, *gone))
        if progress >= reader_moment and not reader.killed:
            reader.replace()
        if moments and progress >= moments[0]:
            victim = chance.choice([post for post in posts if post.process.is_alive()])
            if victim.kill():
                moments.pop(0)
                gone.append(victim)
                posts.remove(victim)
                left = victim.steps - victim.done
                posts.append(Post(plan, f"{victim.name}x", left, until))
        time.sleep(0.01)
    for post in posts:
        post.process.join()
        assert post.process.exitcode == 0, f"{post.name} has failed"
    return len(gone)


# ---- What is compared ---------------------------------------------------------------------------


def check(store, plan):
    """
    See that all is there once, and return the figures.

    Raises:
        AssertionError: It is not.
    """
    said = [line.split() for path in plan.folder.glob("*.report") for line in _lines(path)]
    stored = list(all_stored(store))
    marks = Counter(entry.note for one in stored for entry in one.journal if entry.by != DESK)
    check_steps(said, marks)
    for one in stored:
        assert one == Incident.replay(one.journal), f"{one.id} is not what its journal tells"
        assert one.stored_version == len(one.journal), f"{one.id} is of another version"
    entries = check_feed(stored, plan)
    counts = Counter(words[0] for words in said)
    return {
        "incidents": len(stored),
        "steps": sum(marks.values()),
        "steps in flight when killed, and committed": sum(marks.values()) - reported(said, DONE),
        "stale, taken again": counts[STALE],
        "transient, taken again": counts[TRANSIENT],
        "entries in the feed": entries,
    }


def _lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def reported(said, what):
    """
    Return how many marks were said to be *what*.
    """
    return sum(len(words) - 1 for words in said if words[0] == what)


def check_steps(said, marks):
    """
    See that each step that was reported is in one journal, once; one in flight may be, as a whole.
    """
    tried = {tuple(words[1:]) for words in said if words[0] == TRIED}
    done = {tuple(words[1:]) for words in said if words[0] == DONE}
    for unit in done:
        assert all(marks[mark] == 1 for mark in unit), f"{unit} was lost or doubled"
    for unit in tried - done:
        found = {marks[mark] for mark in unit}
        assert found in ({0}, {1}), f"{unit} is there in part, or doubled"
    strange = marks.keys() - {mark for unit in tried for mark in unit}
    assert not strange, f"nobody tried {strange}"


def all_stored(store):
    """
    Yield all incidents as they are at one moment.
    """
    with store.unit(read_only=True) as unit:
        page = unit.incidents.find(IncidentQuery(), limit=200)
        yield from page.items
        while page.next is not None:
            page = unit.incidents.find(IncidentQuery(), after=page.next, limit=200)
            yield from page.items


def check_feed(stored, plan):
    """
    See that the reader was told each entry of each journal once, in order; return how many.
    """
    kept = sqlite3.connect(plan.folder / "feed.db")
    seen = kept.execute("SELECT record, number, mark FROM seen ORDER BY rowid").fetchall()
    kept.close()
    journals = Counter(
        (str(one.id), entry.number, entry.note) for one in stored for entry in one.journal
    )
    assert Counter(seen) == journals, "the feed told something else than what is in the journals"
    last = Counter()
    for record, number, _ in seen:
        assert number == last[record] + 1, f"entry {number} of {record} came out of order"
        last[record] = number
    return len(seen)


# ---- All of it ----------------------------------------------------------------------------------


def soak(plan):
    """
    Do what is planned, and return the figures.

    Raises:
        AssertionError: Something was lost, doubled, or told otherwise than it is stored.
    """
    store = open_store(plan.url, feed=plan.feed)
    try:
        fill(store, plan)
        over = PROCESSES.RawValue("b", 0)
        reader = Reader(plan, over)
        began = time.monotonic()
        killed = keep_writing(plan, reader)
        written = time.monotonic() - began
        over.value = 1
        reader.join()
        read = time.monotonic() - began
        figures = check(store, plan)
    finally:
        store.close()
    return {
        **figures,
        "writers killed": killed,
        "readers killed": reader.killed,
        "seconds": round(written, 1),
        "steps a second": round(figures["steps"] / written),
        "seconds more until the feed was read": round(read - written, 1),
    }


def fill(store, plan):
    """
    Store the incidents as they begin.
    """
    for first in range(0, plan.incidents, 100):
        with store.unit() as unit:
            for number in range(first, min(first + 100, plan.incidents)):
                unit.incidents.add(
                    Incident.log(
                        named(number), title="Mail is down", service="email", by=DESK, at=START
                    )
                )
            unit.commit()


def main():
    """
    Soak the store that is named, and print the figures.
    """
    parser = argparse.ArgumentParser(description="Many writers on one store, some of them killed.")
    parser.add_argument("--store", default="sqlite", help="sqlite, postgresql, or a URL")
    for name in ("steps", "incidents", "writers", "kills", "seed"):
        parser.add_argument(f"--{name}", type=int, default=attrs.fields_dict(Plan)[name].default)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--feed", type=FeedOrder, choices=[*FeedOrder])
    given = vars(parser.parse_args())
    store = given.pop("store")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if store == "sqlite":
            store = f"sqlite:///{folder / 'desk.db'}"
        elif store == "postgresql":
            server = stack.enter_context(postgresql_server())
            store = stack.enter_context(postgresql_schema(server))
        for title, value in soak(Plan(url=store, folder=folder, **given)).items():
            print(f"{title:<45}{value:>10,}")  # noqa: T201 - for who runs it by hand


if __name__ == "__main__":
    main()
