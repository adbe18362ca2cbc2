"""
The workers of the example: what falls due is done once, in whatever way the others come and go.
"""

from __future__ import annotations

import random
import time

from collections import Counter
from datetime import timedelta
from itertools import count

import attrs
import due_worker
import pytest

from due_worker import (
    DESK,
    LEASE,
    PATIENT,
    PLAN,
    START,
    SYSTEM,
    SharedClock,
    feed,
    go_round,
    look,
    looked_at,
    main,
    wait,
    work,
)

from itil_ops import (
    CategoryPath,
    Incident,
    IncidentId,
    IncidentPolicies,
    MemoryStore,
    PendingReason,
    ResolutionCode,
    StaleRecordError,
    TransientStoreError,
)
from itil_ops.adapters.sql import open_store
from itil_ops.kernel.closing import the_closure_is_categorized
from processes import PROCESSES, AheadClock


TICK = timedelta(minutes=20)
END = START + timedelta(hours=8)
TOLD = [
    ("threshold", "50 %", timedelta(hours=2)),
    ("threshold", "100 %", timedelta(hours=4, microseconds=1)),
    ("breach", "breach", timedelta(hours=4, microseconds=1)),
]


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def url(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def fast_processes(monkeypatch):
    monkeypatch.setattr(due_worker, "PROCESSES", PROCESSES)


# ---- Days of several workers --------------------------------------------------------------------


def at_work(incident, _):
    return incident.start(by=DESK, at=START)


def scheduled(incident, chance):
    return held(incident, chance, PendingReason.SCHEDULED)


def paused(incident, chance):
    return held(incident, chance, PendingReason.AWAITING_CALLER)


def held(incident, chance, reason):
    until = START + timedelta(minutes=chance.randrange(1, 120))
    return incident.hold(reason, until=until, by=DESK, at=START)


def resolved(incident, _, at=START):
    code = ResolutionCode.FIXED
    return incident.resolve(code, note="Restarted.", policies=PATIENT, by=DESK, at=at)


SORTS = (at_work, scheduled, paused, resolved, at_work)


def incidents(chance):
    for number in range(25):
        incident = Incident.log(
            IncidentId(f"INC-{number:02}"),
            title="Mail is down",
            service="email",
            by=DESK,
            at=START - timedelta(seconds=chance.randrange(7200)),
        )
        yield SORTS[number % len(SORTS)](incident, chance)


def told(kind, what, at):
    return f"{kind}: gold: resolution {what} at {at.isoformat()}"


def expected(incident):
    """
    What is to be done with an incident, by plain arithmetic from what persons did with it.
    """
    held, resumed, end = map(incident.last_entry, ("hold", "resume", "resolve"))
    waited = timedelta()
    if held and held.changes["pending_reason"] == PendingReason.AWAITING_CALLER:
        waited = resumed.at - held.at
    for kind, what, after in TOLD:
        at = incident.logged_at + after + waited
        if end is None or at <= end.at:
            yield told(kind, what, at)
    if held:
        yield "resume"
    if end:
        yield "close"


@attrs.define
class Day:
    """
    A day of three workers, with writers beside them.
    """

    store: object
    url: str
    chance: random.Random
    clock: SharedClock = attrs.field(factory=SharedClock)
    crew: list = attrs.field(factory=list)
    names: object = attrs.field(factory=count)
    kills: int = 0

    def hire(self, clock=None):
        name = f"worker {next(self.names)}"
        given = (self.url, name, clock or self.clock, 0.01)
        self.crew.append(PROCESSES.Process(target=work, args=given))
        self.crew[-1].start()

    def kill_one(self):
        time.sleep(self.chance.uniform(0, 0.03))
        victim = self.crew.pop(0)
        victim.kill()
        victim.join()
        self.kills += victim.exitcode == -9
        self.hire()

    def save(self, id, verb):
        while True:
            try:
                with self.store.unit() as unit:
                    incident = unit.incidents.get(id)
                    at = max(self.clock(), incident.journal[-1].at)
                    unit.incidents.save(verb(incident, at))
                    unit.commit()
                    return
            except (StaleRecordError, TransientStoreError):
                continue

    def comment(self):
        id = IncidentId(f"INC-{self.chance.randrange(25):02}")
        self.save(id, lambda incident, at: incident.comment("Any news?", by=DESK, at=at))

    def resolve_one(self, tick):
        # Right when something of it may have been told, or not yet.
        if tick in range(4, 25, 5):
            id = IncidentId(f"INC-{tick:02}")
            self.save(id, lambda incident, at: resolved(incident, None, at))

    def live(self, *, kills, writes, ahead):
        self.hire()
        self.hire()
        self.hire(AheadClock(self.clock, ahead))
        try:
            for number in count():
                now = START + number * TICK
                if now > END:
                    break
                self.clock.set(now)
                if kills and self.chance.random() < 0.2:
                    self.kill_one()
                if writes:
                    self.comment()
                    self.comment()
                    self.resolve_one(2 * number)
                wait(self.store, now, self.crew)
        finally:
            self.clock.stop()
            for worker in self.crew:
                worker.join()


@pytest.mark.parametrize(
    "events",
    [
        {"kills": False, "writes": False, "ahead": timedelta()},
        {"kills": True, "writes": True, "ahead": timedelta()},
        {"kills": False, "writes": True, "ahead": 2 * LEASE},
    ],
    ids=["in peace", "with kills and writers", "with one whose clock is ahead"],
)
def test_all_that_falls_due_is_done_once(url, events):
    chance = random.Random(7)
    store = open_store(url, due=PLAN)
    try:
        with store.unit() as unit:
            for incident in incidents(chance):
                unit.incidents.add(incident)
            unit.commit()
        day = Day(store, url, chance)
        day.live(**events)
        with store.unit(read_only=True) as unit:
            found = [unit.incidents.get(IncidentId(f"INC-{number:02}")) for number in range(25)]
        done = Counter(
            (one.record, one.note or one.action) for one in feed(store) if one.by == SYSTEM
        )

        assert done == Counter((one.id, what) for one in found for what in expected(one))
        assert store.due.next_due() is None
        assert [worker.exitcode for worker in day.crew] == [0, 0, 0]
        assert bool(day.kills) == events["kills"]
    finally:
        store.close()


# ---- One worker ---------------------------------------------------------------------------------


def after(**times):
    return START + timedelta(**times)


class TestOneWorker:
    @pytest.fixture
    def store(self):
        return MemoryStore(due=PLAN)

    def add(self, store, id="INC-1", kind=Incident):
        incident = kind.log(
            IncidentId(id), title="Mail is down", service="email", by=DESK, at=START
        )
        with store.unit() as unit:
            unit.incidents.add(incident)
            unit.commit()

    def get(self, store, id="INC-1"):
        with store.unit(read_only=True) as unit:
            return unit.incidents.get(IncidentId(id))

    def save(self, store, verb, id="INC-1"):
        with store.unit() as unit:
            unit.incidents.save(verb(unit.incidents.get(IncidentId(id))))
            unit.commit()

    def noted(self, store):
        return [entry.note for entry in feed(store) if entry.by == SYSTEM]

    def test_who_lost_the_lease_leaves_the_work_to_who_has_it(self, store):
        self.add(store)
        (late,) = store.due.claim(after(hours=2), LEASE, 1, "late")
        (held,) = store.due.claim(late.until, LEASE, 1, "next")

        look(store, late, late.until)
        assert self.noted(store) == []

        look(store, held, late.until)
        assert self.noted(store) == [told("threshold", "50 %", after(hours=2))]

    def test_each_lease_tells_what_is_of_its_kind_and_no_more(self, store):
        self.add(store)
        now = after(hours=5)
        leases = {lease.kind: lease for lease in store.due.claim(now, LEASE, 9, "worker")}

        look(store, leases["breach"], now)
        assert self.noted(store) == [told("breach", "breach", after(hours=4, microseconds=1))]

        look(store, leases["threshold"], now)
        assert self.noted(store)[1:] == [
            told("threshold", "50 %", after(hours=2)),
            told("threshold", "100 %", after(hours=4, microseconds=1)),
        ]

    def test_what_was_told_is_not_told_again_because_somebody_saves_right_then(self, store):
        self.add(store)
        now = after(hours=2)
        go_round(store, "worker", now)
        self.save(store, lambda incident: incident.comment("Hm.", by=DESK, at=now))

        assert store.due.next_due() == now
        assert go_round(store, "worker", now) == 1
        assert self.noted(store) == [told("threshold", "50 %", now)]

    def test_what_turns_out_not_to_be_so_is_taken_back_once(self, store):
        self.add(store)
        go_round(store, "worker", after(hours=2))
        self.save(
            store,
            lambda incident: incident.resolve(
                ResolutionCode.FIXED,
                note="Long ago.",
                by=DESK,
                at=after(hours=3),
                effective_at=after(hours=1),
            ),
        )
        for hours in (3, 5):
            go_round(store, "worker", after(hours=hours))

        first = told("threshold", "50 %", after(hours=2))
        assert self.noted(store) == [first, f"{first}, rescinded"]

    @pytest.fixture
    def refused(self, store):
        class Categorized(Incident):
            policies = IncidentPolicies(completeness=[the_closure_is_categorized])

        self.add(store, kind=Categorized)
        self.save(store, lambda incident: resolved(incident, None, after(hours=1)))
        go_round(store, "worker", after(hours=4))

    @pytest.mark.usefixtures("refused")
    def test_what_the_rules_do_not_let_happen_is_written_down(self, store):
        (note,) = self.noted(store)

        assert note.startswith("auto_close: incident INC-1: 'close' refused in state 'resolved'")
        assert store.due.next_due() is None

    @pytest.mark.usefixtures("refused")
    def test_what_was_refused_comes_up_again_when_somebody_saves(self, store):
        category, at = CategoryPath("software/mail"), after(hours=5)
        self.save(store, lambda incident: incident.categorize(category, by=DESK, at=at))
        go_round(store, "worker", at)

        assert self.get(store).state.name == "closed"

    def test_when_somebody_else_saves_first_it_is_done_again(self, store, monkeypatch):
        def overtaken(*given):
            monkeypatch.setattr(due_worker, "looked_at", looked_at)
            self.save(store, lambda one: one.comment("First!", by=DESK, at=after(hours=1)))
            return looked_at(*given)

        monkeypatch.setattr(due_worker, "looked_at", overtaken)
        self.add(store)
        go_round(store, "worker", after(hours=2))

        assert [entry.note for entry in self.get(store).journal][1:] == [
            "First!",
            told("threshold", "50 %", after(hours=2)),
        ]

    def test_who_writes_after_a_clock_that_is_ahead_writes_at_its_instant(self, store):
        self.add(store)
        self.save(store, lambda one: one.comment("Soon.", by=DESK, at=after(hours=3)))
        go_round(store, "worker", after(hours=2))

        assert self.get(store).journal[-1].at == after(hours=3)
        assert self.noted(store) == [told("threshold", "50 %", after(hours=2))]

    def test_one_that_cannot_be_looked_at_does_not_stop_the_others(
        self, store, monkeypatch, caplog
    ):
        def sick(incident, lease, now):
            if incident.id.value == "INC-1":
                raise TransientStoreError("it is always busy")
            return looked_at(incident, lease, now)

        monkeypatch.setattr(due_worker, "looked_at", sick)
        self.add(store, "INC-1")
        self.add(store, "INC-2")
        go_round(store, "worker", after(hours=2))

        assert [entry.record.value for entry in feed(store) if entry.by == SYSTEM] == ["INC-2"]
        assert [log.getMessage() for log in caplog.records] == [
            "worker leaves threshold of INC-1 for later"
        ]
        assert store.due.next_due() == after(hours=2) + LEASE

    def test_a_store_that_is_busy_is_asked_later(self, store, monkeypatch):
        def busy(*_):
            raise TransientStoreError("busy")

        monkeypatch.setattr(store.due, "claim", busy)

        assert go_round(store, "worker", after(hours=2)) == 0

    def test_it_works_until_its_clock_shows_nothing(self, sqlite_url):
        store = open_store(sqlite_url, due=PLAN)
        self.add(store)
        hours = iter([1, 2, 2, None])

        def clock():
            hour = next(hours)
            return None if hour is None else after(hours=hour)

        work(sqlite_url, "worker", clock, pause=0)

        assert self.noted(store) == [told("threshold", "50 %", after(hours=2))]
        assert next(hours, "over") == "over"
        store.close()


# ---- The day of the example ---------------------------------------------------------------------


def test_the_day_is_told_and_fits_into_a_database_once(sqlite_url, capsys):
    main([sqlite_url])
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines[:-1]] == [f"INC-{number:02}" for number in range(24)]
    assert Counter(word.strip(",") for line in lines[:-1] for word in line.split()[2::2]) == {
        "threshold": 32,
        "breach": 16,
        "resume": 8,
        "close": 8,
    }
    assert lines[-1] == (
        "One worker was killed at 10:30. 64 things fell due, and each was done once."
    )
    with pytest.raises(SystemExit, match="lived in this database before"):
        main([sqlite_url])


def test_what_is_done_twice_is_told(capsys):
    store = MemoryStore()
    with store.unit() as unit:
        incident = next(due_worker.morning())
        for _ in range(2):
            incident = incident.comment("threshold: gold", by=SYSTEM, at=START)
        unit.incidents.add(incident)
        unit.commit()

    due_worker.tell([entry for entry in feed(store) if entry.by == SYSTEM])

    assert "some were done twice: [(IncidentId(value='INC-00'), 'threshold: gold')]" in (
        capsys.readouterr().out
    )


def test_when_all_workers_are_gone_nobody_waits():
    store = MemoryStore(due=PLAN)
    with store.unit() as unit:
        unit.incidents.add(next(due_worker.morning()))
        unit.commit()

    with pytest.raises(SystemExit, match="all workers are gone"):
        wait(store, after(hours=9), [])


def test_a_worker_needs_the_url_of_a_database(capsys):
    with pytest.raises(SystemExit):
        main(["--work"])

    assert "--work needs the URL of a database" in capsys.readouterr().err
