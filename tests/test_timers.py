"""
What falls due in a record: what to tell, what to do, and when to look.
"""

from __future__ import annotations

import copy
import pickle

from datetime import datetime

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

import kernel_doubles

from clock_doubles import DESK, LI, MICROSECOND, OFFICE, hours, logged, minutes, resolution, t
from examples_of_runs import tried
from itil_ops.errors import NotPermittedError
from itil_ops.incident.policies import IncidentPolicies
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.vocabulary import ClosureReason, Direction, PendingReason, Visibility
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.agreements.news import NewsKind
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.promises.closure import TwoStepClosure
from itil_ops.sla.promises.target import Target, TargetKind
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold
from itil_ops.timers import Timer, TimerKind, due, next_wakeup, planner
from order_doubles import Order


HALF, THREE_QUARTERS, MOST, ALL = ITIL_ESCALATION
JUST = MICROSECOND
CRON = Actor.system("scheduler")

GOLD = ServiceLevelAgreement(
    "gold",
    targets=[
        resolution(hours(4), thresholds=ITIL_ESCALATION),
        Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE),
    ],
)
PATIENT = IncidentPolicies(closure=TwoStepClosure(after=hours(4), calendar=OFFICE))


def assigned(at="mon 09:00", **fields):
    return logged(t(at), **fields).assign(assignee="li", by=DESK, at=t(at))


def at_work(at="mon 09:00", **fields):
    return assigned(at, **fields).start(by=LI, at=t(at))


def resolved(incident, at):
    code = ResolutionCode.FIXED
    return incident.resolve(code, note="Restarted.", by=LI, at=t(at), policies=PATIENT)


def waiting(incident, at, until=None):
    reason = PendingReason.AWAITING_CALLER
    return incident.hold(reason, until=until and t(until), by=LI, at=t(at))


def asked(incident, at):
    return incident.communicate(
        "Any news?",
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        by=DESK,
        at=t(at),
    )


def shown(timers):
    return [(str(timer.kind), timer.at) for timer in timers]


def names(timers):
    return [timer.news.told.threshold if timer.news else timer.verb for timer in timers]


class TestTimerKind:
    def test_the_usual_kinds(self):
        kinds = [str(kind) for kind in TimerKind.constants()]

        assert kinds == [
            "threshold",
            "breach",
            "pending_until",
            "auto_close",
            "target_resolution",
            "deferral_end",
            "observation_end",
            "risk_review",
            "risk_expiry",
            "major_review",
            "follow_up",
            "validation",
            "approval_expiry",
            "task_retry",
        ]

    def test_a_room_to_come_adds_its_own(self):
        assert TimerKind("grant_expiry").value == "grant_expiry"


class TestDue:
    def test_thresholds_and_the_breach_are_to_be_told(self):
        timers = due(at_work(), [GOLD], t("mon 12:00"), t("mon 14:00"))

        assert shown(timers) == [
            ("threshold", t("mon 12:36")),
            ("threshold", t("mon 13:00") + JUST),
            ("breach", t("mon 13:00") + JUST),
        ]
        assert names(timers) == [MOST, ALL, None]
        assert timers[0].news.told.threshold.notify == ("incident_manager",)
        assert {timer.verb for timer in timers} == {None}

    def test_the_targets_of_all_agreements_are_told_in_order_of_instant(self):
        other = ServiceLevelAgreement(
            "silver", targets=[resolution(hours(3), thresholds=[HALF])], support_hours=OFFICE
        )
        timers = due(at_work(), [GOLD, other], None, t("mon 12:30"))

        assert [(timer.news.agreement, timer.at) for timer in timers] == [
            ("silver", t("mon 10:30")),
            ("gold", t("mon 11:00")),
            ("gold", t("mon 12:00")),
            ("silver", t("mon 12:00") + JUST),
        ]

    def test_what_is_only_to_be_told_leaves_the_record_as_it_is(self):
        incident = at_work()
        (timer,) = due(incident, [GOLD], t("mon 10:00"), t("mon 11:00"))

        assert timer.apply(incident, by=CRON, at=t("mon 11:00")) is incident

    def test_a_late_resolution_takes_the_breach_back(self):
        incident = at_work().resolve(
            ResolutionCode.FIXED,
            note="Restarted.",
            by=LI,
            at=t("mon 14:00"),
            effective_at=t("mon 12:30"),
        )
        timers = due(incident, [GOLD], t("mon 13:30"), t("mon 14:00"))

        assert [(one.news.kind, str(one.kind)) for one in timers] == [
            (NewsKind.RESCINDED, "threshold"),
            (NewsKind.RESCINDED, "threshold"),
            (NewsKind.RESCINDED, "breach"),
        ]

    def test_the_version_looked_at_finds_an_entry_that_was_stored_later(self):
        before = waiting(at_work(), "mon 10:00")
        at = t("mon 16:00")
        incident = before.resume(by=LI, at=at, effective_at=t("mon 10:30"))

        assert due(incident, [GOLD], at, at) == ()
        assert len(due(incident, [GOLD], at, at, version=before.version)) == 5

    def test_before_the_record_began_nothing_is_due(self):
        assert due(at_work(), [GOLD], None, t("fri 09:00")) == ()


class TestPendingUntil:
    def test_work_is_resumed_when_its_date_has_come(self):
        incident = waiting(at_work(), "mon 10:00", until="tue 09:00")
        (timer,) = due(incident, [GOLD], t("mon 10:00"), t("tue 09:00"))

        assert (str(timer.kind), timer.at, timer.verb) == (
            "pending_until",
            t("tue 09:00"),
            "resume",
        )
        assert timer.apply(incident, by=CRON, at=t("tue 09:00")) == incident.resume(
            by=CRON, at=t("tue 09:00")
        )

    def test_not_before(self):
        incident = waiting(at_work(), "mon 10:00", until="tue 09:00")

        assert due(incident, [GOLD], t("mon 10:00"), t("tue 09:00") - JUST) == ()

    def test_it_stays_due_until_it_is_done(self):
        incident = waiting(at_work(), "mon 10:00", until="tue 09:00")
        looks = [t("tue 10:00"), t("tue 11:00")]

        assert [names(due(incident, [], look, look)) for look in looks] == [["resume"], ["resume"]]
        assert due(incident.resume(by=LI, at=t("tue 11:00")), [], None, t("thu 09:00")) == ()

    def test_without_a_date_there_is_nothing_to_wait_for(self):
        assert due(waiting(at_work(), "mon 10:00"), [GOLD], None, t("mon 10:30")) == ()

    def test_a_record_of_any_room_has_its_date(self):
        now = kernel_doubles.t(30)
        waits = kernel_doubles.parcel_in(kernel_doubles.MOVING).hold(
            PendingReason.AWAITING_CALLER, until=now, by=LI, at=kernel_doubles.t(10)
        )
        (timer,) = due(waits, [], None, now)

        assert timer.apply(waits, by=CRON, at=now).pending_until is None

    def test_a_record_that_does_not_wait_is_not_resumed(self):
        left_over = attrs.evolve(kernel_doubles.posted(), pending_until=kernel_doubles.t(30))

        assert due(left_over, [], None, kernel_doubles.t(60)) == ()


class TestAutoClose:
    def test_a_resolved_incident_closes_when_the_time_to_object_is_over(self):
        incident = resolved(at_work(), "mon 10:00")
        (timer,) = due(incident, [GOLD], t("mon 10:00"), t("mon 14:00"))
        closed = timer.apply(incident, by=CRON, at=t("mon 14:00"))

        assert timer == Timer(
            kind=TimerKind.AUTO_CLOSE,
            at=t("mon 14:00"),
            verb="close",
            arguments=Changes({"reason": ClosureReason.AUTO_CLOSED}),
        )
        assert (closed.state.name, closed.closure_reason) == ("closed", ClosureReason.AUTO_CLOSED)

    def test_a_closed_or_reopened_one_does_not_close(self):
        incident = resolved(at_work(), "mon 10:00")
        reopened = incident.reopen(reason="It is back.", by=DESK, at=t("mon 11:00"))
        closed = incident.close(by=DESK, at=t("mon 11:00"))

        assert due(reopened, [], None, t("thu 09:00")) == ()
        assert due(closed, [], None, t("thu 09:00")) == ()

    def test_one_of_which_it_was_not_known_yet_does_not_close(self):
        incident = at_work().resolve(
            ResolutionCode.FIXED,
            note="Restarted.",
            by=LI,
            at=t("mon 15:00"),
            effective_at=t("mon 10:00"),
            policies=PATIENT,
        )

        assert due(incident, [], None, t("mon 14:30")) == ()
        assert names(due(incident, [], None, t("mon 15:00"))) == ["close"]

    def test_a_major_incident_or_a_vips_never_does(self):
        always = IncidentPolicies(closure=ClosesAll())
        vip = at_work(vip=True)
        major = at_work(impact=Impact.HIGH, urgency=Urgency.HIGH).declare_major(
            "A whole site is cut off.", manager="ada", by=DESK, at=t("mon 09:30")
        )
        for incident in (vip, major):
            done = incident.resolve(
                ResolutionCode.FIXED, note="Restarted.", by=LI, at=t("mon 10:00"), policies=always
            )

            assert done.auto_close_at == t("mon 10:00")
            assert due(done, [], None, t("thu 09:00")) == ()

    def test_a_record_of_any_room_does(self):
        order = Order.draft(by=DESK, at=t("mon 09:00")).submit(by=DESK, at=t("mon 09:00"))
        done = order.deliver(by=LI, at=t("mon 10:00"))
        (timer,) = due(done, [], None, t("thu 09:00"))

        assert due(order, [], None, t("thu 09:00")) == ()
        assert (timer.kind, timer.at) == (TimerKind.AUTO_CLOSE, done.auto_close_at)
        assert timer.apply(done, by=CRON, at=t("thu 09:00")).state.name == "closed"

    def test_the_policies_of_the_call_decide_who_may_close(self):
        incident = resolved(at_work(), "mon 10:00")
        (timer,) = due(incident, [], None, t("mon 14:00"))

        with pytest.raises(NotPermittedError):
            timer.apply(incident, by=LI, at=t("mon 14:00"), policies=IncidentPolicies.strict())


class ClosesAll(TwoStepClosure):
    """
    Closes whatever it is, at once.
    """

    def auto_close_at(self, incident, resolved_at):
        return resolved_at


class TestTimer:
    def test_it_is_a_value(self):
        incident = resolved(at_work(), "mon 15:00")
        timers = due(incident, [GOLD], None, t("thu 09:00"))

        assert copy.deepcopy(timers) == pickle.loads(pickle.dumps(timers)) == timers
        assert len(set(timers)) == len(timers) == 6

    @pytest.mark.parametrize(
        "wrong",
        [
            {"record": "INC-1"},
            {"agreements": GOLD},
            {"agreements": ["gold"]},
            {"since": "monday"},
            {"until": None},
        ],
    )
    def test_what_is_of_another_type_is_refused(self, wrong):
        right = {"record": at_work(), "agreements": [], "since": None, "until": t("mon 12:00")}

        with pytest.raises(TypeError):
            due(**{**right, **wrong})

    @pytest.mark.parametrize("agreements", [[], [GOLD]])
    def test_a_look_back_is_refused(self, agreements):
        with pytest.raises(ValueError, match="before since"):
            due(at_work(), agreements, t("mon 12:00"), t("mon 11:00"))

    @pytest.mark.parametrize("agreements", [[], [GOLD]])
    @pytest.mark.parametrize("wrong", [{"since": datetime(2024, 3, 4)}, {"version": 9}])
    def test_what_makes_no_sense_is_refused_with_or_without_agreements(self, agreements, wrong):
        right = {"since": t("mon 10:00"), "until": t("mon 12:00")}

        with pytest.raises(ValueError, match=r"naive|version"):
            due(at_work(), agreements, **{**right, **wrong})


class TestPlanner:
    def test_it_names_the_next_instant_of_each_kind(self):
        plan = planner([GOLD])

        assert plan(logged(t("mon 08:00"))) == {
            "threshold": t("mon 11:00"),
            "breach": t("mon 09:30") + JUST,
        }
        assert plan(waiting(at_work(), "mon 10:00", until="tue 09:00")) == {
            "pending_until": t("tue 09:00")
        }
        assert plan(resolved(at_work(), "mon 10:00")) == {"auto_close": t("mon 14:00")}

    def test_without_a_last_look_it_tells_what_lies_after_the_last_entry(self):
        incident = at_work().comment("Still looking.", by=LI, at=t("mon 11:30"))

        assert planner([GOLD])(incident) == {
            "threshold": t("mon 12:00"),
            "breach": t("mon 13:00") + JUST,
        }

    def test_with_one_it_names_what_was_missed_since(self):
        incident = at_work().comment("Still looking.", by=LI, at=t("mon 11:30"))

        assert planner([GOLD])(incident, t("mon 10:00"))["threshold"] == t("mon 11:00")

    def test_what_a_late_entry_brings_to_light_is_named_at_once(self):
        held = at_work().hold(PendingReason.AWAITING_CALLER, by=LI, at=t("mon 09:30"))
        late = held.resume(by=LI, at=t("mon 16:00"), effective_at=t("mon 09:40"))
        plan = planner([GOLD])

        assert plan(held) == {}
        assert plan(late) == {"threshold": t("mon 16:00"), "breach": t("mon 16:00")}
        since = t("mon 16:00") - JUST
        told = [timer.at for timer in due(late, [GOLD], since, t("mon 16:00"))]
        assert told == [
            t("mon 11:10"),
            t("mon 12:10"),
            t("mon 12:46"),
            *[t("mon 13:10") + JUST] * 2,
        ]
        assert plan(late, t("mon 16:00")) == {}

    def test_what_nobody_has_told_before_the_end_is_named_after_it(self):
        incident = resolved(at_work(), "mon 15:00")
        plan = planner([GOLD])

        assert plan(incident, t("mon 10:00")) == {
            "threshold": t("mon 11:00"),
            "breach": t("mon 13:00") + JUST,
            "auto_close": t("tue 11:00"),
        }
        assert plan(incident, t("mon 15:00")) == {"auto_close": t("tue 11:00")}

    def test_what_is_to_be_done_is_named_until_it_is_done(self):
        incident = waiting(at_work(), "mon 10:00", until="mon 11:00")
        incident = incident.comment("Nothing yet.", by=LI, at=t("mon 12:00"))

        assert planner([])(incident) == {"pending_until": t("mon 11:00")}
        assert planner([])(incident, t("mon 12:00")) == {}

    @pytest.mark.parametrize("end", ["cancelled", "closed"])
    def test_libredesk_26e_what_has_ended_plans_nothing(self, end):
        incident = at_work()
        if end == "cancelled":
            reason = CancellationReason.RAISED_IN_ERROR
            incident = incident.cancel(reason, by=DESK, at=t("mon 10:00"))
        else:
            incident = resolved(incident, "mon 10:00").close(by=DESK, at=t("mon 10:30"))

        assert planner([GOLD])(incident) == {}
        assert next_wakeup(incident, [GOLD], t("mon 09:00")) is None
        assert due(incident, [GOLD], t("mon 10:30"), t("thu 09:00")) == ()

    def test_it_is_a_value_that_pickles(self):
        plan = planner([GOLD], PATIENT)
        again = pickle.loads(pickle.dumps(plan))

        assert (again, hash(again)) == (plan, hash(plan))
        assert copy.copy(again)(at_work()) == plan(at_work())
        assert plan != planner([GOLD])

    @pytest.mark.parametrize("wrong", [(GOLD,), (["gold"],), ([GOLD], "strict")])
    def test_what_is_of_another_type_is_refused(self, wrong):
        with pytest.raises(TypeError):
            planner(*wrong)

    def test_a_record_is_asked_for(self):
        with pytest.raises(TypeError, match="record must be a Record"):
            planner([GOLD])("INC-1")


class TestNextWakeup:
    def test_it_is_the_first_of_all(self):
        incident = waiting(at_work(), "mon 10:00", until="mon 10:20").resume(
            by=LI, at=t("mon 10:10")
        )

        assert next_wakeup(incident, [GOLD], t("mon 10:10")) == t("mon 11:10")
        assert next_wakeup(incident, [], t("mon 10:10")) is None

    def test_of_a_waiting_one_it_is_the_date(self):
        incident = waiting(at_work(), "mon 10:00", until="tue 09:00")

        assert next_wakeup(incident, [GOLD], t("mon 10:00")) == t("tue 09:00")
        assert next_wakeup(incident, [GOLD], t("tue 09:00")) is None

    def test_who_wakes_then_finds_something_due(self):
        at = next_wakeup(at_work(), [GOLD], t("mon 12:36"))

        assert shown(due(at_work(), [GOLD], t("mon 12:36"), at)) == [
            ("threshold", at),
            ("breach", at),
        ]

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="after must be an aware"):
            next_wakeup(at_work(), [GOLD], datetime(2024, 3, 4))


class TestPracticeElsewhere:
    def test_glpi_10_an_assigned_ticket_executes_no_level_of_the_time_to_own(self):
        level = Threshold(before=hours(1))
        ola = OperationalLevelAgreement(
            "desk",
            provider="mail",
            targets=[Target(TargetKind.RESPONSE, hours(4), calendar=OFFICE, thresholds=[level])],
        )
        queued = logged(t("mon 09:00")).assign(group="mail", by=DESK, at=t("mon 09:00"))
        owned = queued.assign(group="mail", assignee="li", by=LI, at=t("mon 10:00"))

        assert shown(due(queued, [ola], None, t("mon 12:00"))) == [("threshold", t("mon 12:00"))]
        assert due(owned, [ola], None, t("mon 17:00")) == ()
        assert planner([ola])(owned) == {}

    def test_glpi_11_with_another_priority_the_levels_of_the_old_target_are_gone(self):
        early, late = Threshold(percent=25, level=1), Threshold(percent=50, level=1)
        agreement = ServiceLevelAgreement(
            "by priority",
            targets=[
                resolution(hours(4), thresholds=[early]),
                resolution(hours(2), priorities=[Priority.CRITICAL], thresholds=[late]),
            ],
        )
        before = at_work()
        after = before.prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 09:30")
        )

        assert next_wakeup(before, [agreement], t("mon 09:30")) == t("mon 10:00")
        assert names(due(after, [agreement], None, t("mon 10:59"))) == [late]
        assert next_wakeup(after, [agreement], t("mon 10:00")) == t("mon 11:00") + JUST

    def test_itop_37_a_threshold_passed_before_and_after_a_new_goal_fires_once(self):
        agreement = ServiceLevelAgreement(
            "by priority",
            targets=[
                resolution(hours(4), thresholds=[HALF]),
                resolution(hours(3), priorities=[Priority.CRITICAL], thresholds=[HALF]),
            ],
        )
        incident = at_work().prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 11:30")
        )

        assert names(due(incident, [agreement], None, t("mon 11:15"))) == [HALF]
        assert due(incident, [agreement], t("mon 11:15"), t("mon 11:45")) == ()

    def test_otobo_27_the_wake_up_is_exact_to_the_microsecond(self):
        incident = logged(datetime.fromisoformat("2024-03-04T09:00:00.000007+00:00"))

        assert next_wakeup(incident, [GOLD], t("mon 10:00")) == incident.logged_at + hours(2)


# ---- A story --------------------------------------------------------------------------------

VITAL = ServiceLevelAgreement(
    "vital",
    targets=[
        Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE, thresholds=[HALF, ALL]),
        resolution(hours(12), thresholds=[AT_ONCE, *ITIL_ESCALATION]),
    ],
)


def life():
    """
    Return an incident over several days, as it was after each entry that is not a scheduler's.
    """
    grown = [logged(t("fri 15:00"))]
    grown.append(grown[-1].assign(assignee="li", by=DESK, at=t("fri 15:10")))
    grown.append(grown[-1].start(by=LI, at=t("fri 15:40")))
    grown.append(waiting(grown[-1], "mon 13:00", until="tue 09:00"))
    grown.append(grown[-1].comment("The caller is on leave.", by=DESK, at=t("mon 15:00")))
    return grown


class Worker:
    """
    Looks at a record now and then, tells what is due, and does it.
    """

    def __init__(self):
        self.since = self.incident = None
        self.told = []
        self.done = []

    def wake_before(self, at):
        """
        Return the next instant to look at, if it lies before *at*.
        """
        found = next_wakeup(self.incident, [VITAL], self.since)
        return found if found and found < at else None

    def look(self, at):
        for timer in due(self.incident, [VITAL], self.since, at):
            if timer.news is None:
                self.done.append(timer.verb)
                self.incident = timer.apply(self.incident, by=CRON, at=at, policies=PATIENT)
            else:
                self.told.append((timer.at, timer.news.told.kind.value, timer.news.told.threshold))
        self.since = at


TOLD = [
    (t("fri 15:00"), "resolution", AT_ONCE),
    (t("fri 15:15"), "response", HALF),
    (t("fri 15:30") + JUST, "response", ALL),
    (t("fri 15:30") + JUST, "response", None),
    (t("mon 13:00"), "resolution", HALF),
]


class TestStory:
    @tried(60)
    @given(st.lists(st.integers(0, 5 * 24 * 60), max_size=20))
    def test_whenever_one_looks_nothing_is_told_twice_and_nothing_is_lost(self, looks):
        worker = Worker()
        entries = {incident.journal[-1].at: incident for incident in life()}
        at_random = {t("fri 15:00") + minutes(count) for count in looks}
        ends = {t("tue 09:00"), t("thu 12:00")}
        for at in sorted(at_random | entries.keys() | ends):
            if at in entries and not worker.done:
                worker.incident = entries[at]
            if at in at_random | ends:
                worker.look(at)

        assert worker.told == [
            *TOLD,
            (t("tue 12:00"), "resolution", THREE_QUARTERS),
            (t("tue 13:48"), "resolution", MOST),
            (t("tue 15:00") + JUST, "resolution", ALL),
            (t("tue 15:00") + JUST, "resolution", None),
        ]
        assert worker.done == ["resume"]

    def test_one_who_sleeps_until_woken_is_always_in_time(self):
        worker, woken = Worker(), []
        for incident in life():
            at = incident.journal[-1].at
            while worker.incident and (next_at := worker.wake_before(at)):
                woken.append(next_at)
                worker.look(next_at)
            worker.incident = incident
            worker.look(at)
        while worker.since < t("tue 12:00"):
            woken.append(next_wakeup(worker.incident, [VITAL], worker.since))
            worker.look(woken[-1])
        worker.incident = resolved(worker.incident, "tue 13:00")
        worker.look(t("tue 13:00"))
        woken.append(next_wakeup(worker.incident, [VITAL], worker.since))
        worker.look(woken[-1])

        assert woken == [
            t("fri 15:15"),
            t("fri 15:30") + JUST,
            t("tue 09:00"),
            t("tue 12:00"),
            t("tue 17:00"),
        ]
        assert worker.told == [*TOLD, (t("tue 12:00"), "resolution", THREE_QUARTERS)]
        assert worker.done == ["resume", "close"]
        assert next_wakeup(worker.incident, [VITAL], worker.since) is None
        assert isinstance(worker.incident, Incident)


class TestTheMostSpecificAgreement:
    EMAIL = attrs.evolve(GOLD, name="email", services=["email"], targets=[resolution(hours(2))])
    BOTH = Agreements([GOLD, EMAIL])

    def test_only_the_one_that_binds_is_told_of(self):
        incident = assigned()
        told = due(incident, self.BOTH, t("mon 09:00"), t("mon 16:00"))

        assert [timer.news.agreement for timer in told] == ["email"]
        assert planner(self.BOTH)(incident) == planner([self.EMAIL])(incident)
        assert next_wakeup(incident, self.BOTH, t("mon 09:00")) == t("mon 11:00") + JUST

    def test_such_a_planner_pickles(self):
        plan = planner(self.BOTH)

        assert pickle.loads(pickle.dumps(plan)) == plan


def promised_by_five(_):
    return {TargetKind.RESOLUTION: BY_FIVE}


BY_FIVE = ManualDeadline(t("mon 17:00"), "promised to the board", t("mon 10:00"))
FIXED = {TargetKind.RESOLUTION: BY_FIVE}


class TestFixedDeadlines:
    PATIENTLY = attrs.evolve(GOLD, targets=[resolution(hours(40))])
    OLA = OperationalLevelAgreement("ola", targets=[resolution(hours(40))], provider="messaging")

    def test_they_wake_and_are_told(self):
        incident = assigned()
        just_after = t("mon 17:00") + JUST

        woken = next_wakeup(incident, [self.PATIENTLY], t("mon 12:00"), deadlines=FIXED)
        told = due(incident, [self.PATIENTLY], t("mon 12:00"), just_after, deadlines=FIXED)

        assert woken == just_after
        assert shown(told) == [("breach", just_after)]
        assert next_wakeup(incident, [self.PATIENTLY], t("mon 12:00")) > just_after

    def test_a_planner_asks_for_those_of_each_record(self):
        plan = planner([self.PATIENTLY], deadlines=promised_by_five)

        assert plan(assigned())["breach"] == t("mon 17:00") + JUST
        assert pickle.loads(pickle.dumps(plan)) == plan

    def test_they_are_no_part_of_what_a_group_agreed_on(self):
        incident = assigned().assign(group="messaging", by=DESK, at=t("mon 09:30"))
        found = Agreements([self.PATIENTLY, self.OLA]).clocks(incident, deadlines=FIXED)

        assert [clocks[0].due_at == t("mon 17:00") for clocks in found.values()] == [True, False]
        assert next_wakeup(incident, [self.OLA], t("mon 12:00"), deadlines=FIXED) > t("mon 17:00")

    def test_what_tells_them_can_be_called(self):
        with pytest.raises(TypeError, match="deadlines must be callable"):
            planner([GOLD], deadlines=FIXED)


class TestAtTheInstantOfALook:
    BY_RANK = attrs.evolve(
        GOLD,
        targets=[
            resolution(hours(2), priorities=[Priority.CRITICAL], thresholds=ITIL_ESCALATION),
            resolution(hours(16)),
        ],
    )
    BEFORE = assigned()
    AFTER = BEFORE.prioritize(impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 12:00"))

    def test_an_entry_that_came_after_it_is_told_by_the_version_that_was_seen(self):
        looked = (t("mon 12:00"), t("mon 13:00"))

        assert due(self.AFTER, [self.BY_RANK], *looked) == ()
        assert len(due(self.AFTER, [self.BY_RANK], *looked, version=self.BEFORE.version)) == 5

    def test_a_store_is_told_to_look_at_what_the_last_entry_brought(self):
        assert planner([self.BY_RANK])(self.AFTER) == {
            "threshold": t("mon 12:00"),
            "breach": t("mon 12:00"),
        }
