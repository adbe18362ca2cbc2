"""
An incident's day in a store that was opened with the planner of agreements.
"""

from __future__ import annotations

import contextlib

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from clock_doubles import LI, MICROSECOND, OFFICE, hours, logged, minutes, resolution, t
from examples_of_runs import tried
from itil_ops import (
    Actor,
    CancellationReason,
    ClosureReason,
    Incident,
    IncidentId,
    IncidentPolicies,
    PendingReason,
    RefusedError,
    ResolutionCode,
    TwoStepClosure,
)
from itil_ops.repositories import MemoryStore
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.promises.threshold import ITIL_ESCALATION
from itil_ops.timers import due, planner
from repositories.making import Alone, get, published


GOLD = ServiceLevelAgreement("gold", targets=[resolution(hours(4), thresholds=ITIL_ESCALATION)])
HALF, THREE_QUARTERS, MOST, ALL = ITIL_ESCALATION
PATIENT = IncidentPolicies(closure=TwoStepClosure(after=hours(4), calendar=OFFICE))
CRON = Actor.system("scheduler")
ID = IncidentId("INC-1")
BREACH = t("mon 13:00") + MICROSECOND


class PatientIncident(Incident):
    __slots__ = ()

    policies = PATIENT


def worked_on():
    """
    Return a store with an incident that is worked on since nine, to be resolved by one o'clock.
    """
    store = MemoryStore(due=planner([GOLD]))
    incident = logged(t("mon 09:00"), kind=PatientIncident)
    Alone(store).add(incident.start(by=LI, at=t("mon 09:00")))
    return store


@pytest.fixture
def store():
    return worked_on()


def late_comment(record):
    return record.comment("It was the fan.", by=LI, at=record.journal[-1].at)


def recorded(store, verb, *arguments, at, **fields):
    record = getattr(get(store), verb)(*arguments, **fields, by=LI, at=at)
    return Alone(store).save(record)


def planned(store):
    return {kind: row.due for kind, row in store._committed.due[ID].items()}


class Worker:
    """
    Claims what is due, looks at the record, tells what there is to tell and does the rest.

    Its own part is kept beside the store: when it last looked, and at which version.
    """

    def __init__(self, store):
        self.store = store
        self.since = self.version = None
        self.told = []
        self.done = []

    def work(self, at):
        leases = self.store.due.claim(at, minutes(5), 50, "worker")
        if leases:
            with self.store.unit() as unit:
                assert all([unit.complete(lease, at) for lease in leases])  # noqa: C419
                record = unit.incidents.get(ID)
                for timer in self.due(record, at):
                    record = self.taken(record, timer, at)
                unit.incidents.save(record)
                unit.commit()
            self.since, self.version = at, record.version
        return {lease.kind for lease in leases}

    def due(self, record, at):
        return due(record, [GOLD], self.since, at, version=self.version)

    def taken(self, record, timer, at):
        if timer.news is not None:
            self.told.append((timer.at, timer.news.told.threshold))
            return record
        self.done.append(timer.verb)
        return timer.apply(record, by=CRON, at=at)

    def until_nothing_is_due(self):
        woken = []
        while at := self.store.due.next_due():
            woken.append(at)
            assert self.work(at)
        return woken


@pytest.fixture
def worker(store):
    return Worker(store)


TOLD = [
    (t("mon 11:00"), HALF),
    (t("mon 12:00"), THREE_QUARTERS),
    (t("mon 12:36"), MOST),
    (BREACH, ALL),
    (BREACH, None),
]


class TestThresholdsAndBreach:
    def test_a_record_is_planned_as_it_is_added(self, store):
        assert planned(store) == {"threshold": t("mon 11:00"), "breach": BREACH}

    def test_a_worker_who_is_woken_tells_each_at_its_instant(self, store, worker):
        woken = worker.until_nothing_is_due()

        assert woken == [t("mon 11:00"), t("mon 12:00"), t("mon 12:36"), BREACH]
        assert worker.told == TOLD
        assert [entry.action for entry in published(store)] == ["log", "start"]

    def test_nothing_is_lost_when_others_save_before_a_worker_comes(self, store, worker):
        for at in ("mon 10:00", "mon 11:00", "mon 11:30", "mon 12:30"):
            recorded(store, "comment", "It hums.", at=t(at))
            assert store.due.next_due() == t("mon 11:00")
        worker.work(t("mon 12:45"))
        assert worker.told == TOLD[:3]
        assert planned(store) == {"threshold": BREACH, "breach": BREACH}
        recorded(store, "comment", "It still hums.", at=t("mon 15:00"))
        worker.work(t("mon 15:30"))

        assert worker.told == TOLD
        assert planned(store) == {}

    def test_a_worker_who_comes_after_the_breach_tells_all(self, store, worker):
        recorded(store, "comment", "Nobody came.", at=t("mon 16:00"))

        assert worker.work(t("mon 16:30")) == {"threshold", "breach"}
        assert worker.told == TOLD

    def test_what_one_has_failed_to_do_another_does(self, store, worker):
        (lost,) = store.due.claim(t("mon 11:00"), minutes(5), 50, "crashed")
        assert worker.work(t("mon 11:04")) == set()
        recorded(store, "comment", "It hums.", at=t("mon 11:04"))
        worker.work(t("mon 11:05"))

        assert worker.told == TOLD[:1]
        assert store.due.complete(lost, t("mon 11:06")) is False
        assert planned(store)["threshold"] == t("mon 12:00")

    def test_once_it_is_resolved_nothing_is_missed_any_more(self, store, worker):
        worker.work(t("mon 11:00"))
        recorded(store, "resolve", ResolutionCode.FIXED, note="Restarted.", at=t("mon 11:30"))

        assert planned(store) == {"auto_close": t("mon 15:30")}

    def test_what_an_entry_saved_with_the_look_brings_to_light_is_told_as_well(self):
        held_up = [PendingReason.AWAITING_CALLER]
        fast = ServiceLevelAgreement("fast", targets=[resolution(hours(4), pause_on=[])])
        patient = ServiceLevelAgreement("patient", targets=[resolution(hours(2), pause_on=held_up)])
        store = MemoryStore(due=planner([fast, patient]))
        kept = Alone(store).add(logged(t("mon 09:00")))
        Alone(store).save(kept.hold(held_up[0], by=LI, at=t("mon 10:00")))
        (lease,) = store.due.claim(t("mon 14:00"), minutes(5), 9, "worker")
        with store.unit() as unit:
            assert unit.complete(lease, t("mon 14:00"))
            waiting = unit.incidents.get(ID)
            late = waiting.resume(by=LI, at=t("mon 14:00"), effective_at=t("mon 11:00"))
            unit.incidents.save(late)
            unit.incidents.save(late_comment(unit.incidents.get(ID)))
            unit.commit()

        assert store.due.next_due() == t("mon 14:00")
        (news,) = due(late, [fast, patient], t("mon 14:00"), t("mon 14:00"), version=2)
        assert (news.news.agreement, news.at) == ("patient", t("mon 12:00") + MICROSECOND)

    def test_what_was_overdue_when_it_was_resolved_is_still_told(self, store, worker):
        recorded(store, "resolve", ResolutionCode.FIXED, note="Restarted.", at=t("mon 11:30"))
        assert planned(store) == {"threshold": t("mon 11:00"), "auto_close": t("mon 15:30")}
        worker.work(t("mon 11:40"))

        assert worker.told == TOLD[:1]
        assert planned(store) == {"auto_close": t("mon 15:30")}

    def test_a_breach_that_nobody_has_told_is_told_after_the_resolution(self, store, worker):
        recorded(store, "resolve", ResolutionCode.FIXED, note="Restarted.", at=t("mon 14:00"))

        assert worker.work(t("mon 14:10")) == {"threshold", "breach"}
        assert worker.told == TOLD

    def test_once_it_is_cancelled_there_is_nothing(self, store):
        recorded(store, "cancel", CancellationReason.NOT_AN_INCIDENT, at=t("mon 10:00"))

        assert store.due.next_due() is None


def held(store, at, until=None):
    reason = PendingReason.AWAITING_CALLER
    return recorded(store, "hold", reason, until=until and t(until), at=t(at))


class TestHold:
    def test_while_it_waits_nothing_is_missed(self, store):
        held(store, "mon 10:00")

        assert store.due.next_due() is None

    def test_what_was_overdue_when_it_was_held_is_still_told(self, store, worker):
        held(store, "mon 11:30", until="mon 14:00")
        assert planned(store) == {"threshold": t("mon 11:00"), "pending_until": t("mon 14:00")}
        worker.work(t("mon 11:40"))

        assert worker.told == TOLD[:1]
        assert planned(store) == {"pending_until": t("mon 14:00")}

    def test_it_is_resumed_when_it_was_to_wait_no_longer(self, store, worker):
        held(store, "mon 10:00", until="mon 13:00")
        worker.work(t("mon 13:00"))

        assert worker.done == ["resume"]
        assert get(store).journal[-1].by == CRON
        assert planned(store) == {
            "threshold": t("mon 14:00"),
            "breach": t("mon 16:00") + MICROSECOND,
        }

    def test_resumed_by_hand_it_is_planned_on(self, store):
        held(store, "mon 10:00", until="mon 14:00")
        recorded(store, "resume", at=t("mon 10:30"))

        assert planned(store) == {
            "threshold": t("mon 11:30"),
            "breach": t("mon 13:30") + MICROSECOND,
        }


class TestAutoClose:
    @pytest.fixture
    def store(self, store):
        recorded(store, "resolve", ResolutionCode.FIXED, note="Restarted.", at=t("mon 10:00"))
        return store

    def test_it_is_closed_when_the_time_to_object_is_over(self, store, worker):
        assert worker.until_nothing_is_due() == [t("mon 14:00")]
        assert get(store).closure_reason == ClosureReason.AUTO_CLOSED
        assert worker.done == ["close"]

    def test_a_comment_leaves_it_due(self, store, worker):
        recorded(store, "comment", "It hums no more.", at=t("mon 15:00"))

        assert worker.work(t("mon 15:01")) == {"auto_close"}
        assert worker.done == ["close"]

    def test_reopened_it_is_not_closed(self, store, worker):
        recorded(store, "reopen", reason="It is back.", at=t("mon 11:00"))

        assert "auto_close" not in planned(store)
        assert worker.work(t("mon 14:00")) == {"threshold"}
        assert worker.done == []


ARGUMENTS = {
    "comment": {"text": "It hums."},
    "hold": {"reason": PendingReason.AWAITING_CALLER},
    "resolve": {"code": ResolutionCode.FIXED, "note": "Restarted."},
    "reopen": {"reason": "It is back."},
}
LIFE = ("comment", "hold", "resume", "work", "work", "crash")


def plans(happenings):
    return st.lists(st.tuples(st.integers(0, 12 * 60), st.sampled_from(happenings)), max_size=25)


def live(plan):
    """
    Return the store and the worker after what happens at those minutes of the day.
    """
    store = worked_on()
    worker = Worker(store)
    for place, (count, happening) in enumerate(sorted(plan)):
        at = t("mon 09:00") + minutes(count) + place * MICROSECOND
        if happening == "work":
            to_do = {str(timer.kind) for timer in worker.due(get(store), at)}
            assert worker.work(at) >= to_do
        elif happening == "crash":
            store.due.claim(at, MICROSECOND, 1, "crashed")
        else:
            with contextlib.suppress(RefusedError):
                recorded(store, happening, **ARGUMENTS.get(happening, {}), at=at)
    worker.work(t("thu 17:00"))
    return store, worker


class TestStory:
    @tried(80)
    @given(plans(LIFE))
    def test_whoever_saves_and_whenever_workers_come_nothing_is_lost_or_told_twice(self, plan):
        store, worker = live(plan)

        assert worker.told == all_told(store)

    @tried(80)
    @given(plans((*LIFE, "resolve", "reopen")))
    @example([(150, "resolve")])
    def test_nor_is_it_when_the_record_ends_before_a_worker_comes(self, plan):
        store, worker = live(plan)

        assert worker.told == all_told(store)


def all_told(store):
    timers = due(get(store), [GOLD], None, t("thu 17:00"))
    return [(timer.at, timer.news.told.threshold) for timer in timers if timer.news]
