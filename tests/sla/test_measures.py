"""
What each kind of target measures, and what a caller's own kind does.
"""

from __future__ import annotations

import copy
import pickle

from typing import ClassVar

import attrs
import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import (
    AccessRequestId,
    KnownErrorId,
    ProblemId,
    RecordId,
    ServiceRequestId,
)
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.policies import Policies
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import RETURN, START, Phase, State, Transition
from itil_ops.kernel.vocabulary import (
    Direction,
    EscalationKind,
    PendingReason,
    SupportLine,
    Visibility,
)
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.promises.condition import ANY_VALUE, Where, reading, reads_of
from itil_ops.sla.promises.fact import facts
from itil_ops.sla.promises.measure import (
    MEASURES,
    UNTIL_OVER,
    Measure,
    TargetKind,
    always,
    is_measured,
    is_open,
    is_over,
)
from itil_ops.sla.promises.policy import ClockPolicy, Reopen
from itil_ops.sla.promises.target import StartAt, StopAt, Target


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
ANA = Actor("ana")

MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))


def target(kind, length=8, **options):
    return Target(kind, hours(length), calendar=OFFICE, **options)


def agreed(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


def asked(incident, at, **options):
    return incident.communicate(
        "Any news?", direction=Direction.INBOUND, by=DESK, at=t(at), **options
    )


def told(incident, at, **options):
    return incident.communicate("We are on it.", by=LI, at=t(at), **options)


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


def reopened(incident, at):
    return incident.reopen("It is back.", by=DESK, at=t(at))


def spans(clocks):
    """
    Return start, stop and outcome of each of *clocks*.
    """
    return [(clock.started_at, clock.stopped_at, clock.outcome) for clock in clocks]


def span(start, stop=None, outcome=None):
    return t(start), stop and t(stop), outcome


MET, BREACHED = ClockOutcome.MET, ClockOutcome.BREACHED


class TestNextResponse:
    AGREED = agreed(target(TargetKind.NEXT_RESPONSE, 1))

    def test_without_a_message_there_is_no_clock(self):
        assert self.AGREED.clocks(MONDAY) == ()
        assert self.AGREED.clocks(told(STARTED, "mon 10:00")) == ()

    def test_it_runs_from_a_message_of_the_user(self):
        (clock,) = self.AGREED.clocks(asked(MONDAY, "mon 10:00"))

        assert clock.started_at == t("mon 10:00")
        assert clock.due_at == t("mon 11:00")

    def test_the_earliest_unanswered_message_counts(self):
        waits = asked(asked(asked(MONDAY, "mon 10:00"), "mon 10:20"), "mon 10:40")
        (clock,) = self.AGREED.clocks(waits)

        assert clock.started_at == t("mon 10:00")
        assert clock.due_at == t("mon 11:00")

    def test_an_answer_stops_it(self):
        clocks = self.AGREED.clocks(told(asked(MONDAY, "mon 10:00"), "mon 10:30"))

        assert spans(clocks) == [span("mon 10:00", "mon 10:30", MET)]

    @pytest.mark.parametrize(
        "other",
        [
            lambda incident, at: incident.communicate(
                "For us.", visibility=Visibility.INTERNAL, by=LI, at=at
            ),
            lambda incident, at: incident.communicate("We got it.", automatic=True, by=LI, at=at),
            lambda incident, at: incident.communicate("Got it.", by=Actor.system("mail"), at=at),
            lambda incident, at: incident.comment("Hm.", by=LI, at=at),
            lambda incident, at: incident.start(by=LI, at=at),
            lambda incident, at: incident.assign(assignee="li", by=DESK, at=at),
            lambda incident, at: incident.hold(SUPPLIER, by=LI, at=at),
        ],
        ids=["internal", "automatic", "system", "comment", "start", "assign", "hold"],
    )
    def test_nothing_else_answers(self, other):
        (clock,) = self.AGREED.clocks(other(asked(MONDAY, "mon 10:00"), t("mon 10:30")))

        assert clock.state is ClockState.RUNNING

    def test_an_automatic_message_of_the_users_side_asks_nothing(self):
        away = asked(MONDAY, "mon 10:00", automatic=True)

        assert self.AGREED.clocks(away) == ()

    def test_a_second_answer_moves_nothing(self):
        once = told(asked(MONDAY, "mon 10:00"), "mon 10:30")

        assert self.AGREED.clocks(told(once, "mon 12:00")) == self.AGREED.clocks(once)

    def test_each_exchange_is_a_cycle(self):
        talk = told(asked(MONDAY, "mon 10:00"), "mon 10:10")
        talk = told(asked(talk, "mon 11:00"), "mon 13:00")
        clocks = self.AGREED.clocks(asked(talk, "mon 14:00"))

        assert [clock.cycle for clock in clocks] == [1, 2, 3]
        assert spans(clocks) == [
            span("mon 10:00", "mon 10:10", MET),
            span("mon 11:00", "mon 13:00", BREACHED),
            span("mon 14:00"),
        ]

    def test_the_worst_exchange_can_be_read_off(self):
        talk = told(asked(MONDAY, "mon 10:00"), "mon 10:10")
        talk = told(asked(talk, "mon 11:00"), "mon 11:05")
        clocks = self.AGREED.clocks(talk)

        assert max(clock.elapsed(t("tue 09:00")) for clock in clocks) == minutes(10)

    def test_a_result_answers(self):
        clocks = self.AGREED.clocks(resolved(asked(STARTED, "mon 10:00"), "mon 10:30"))

        assert spans(clocks) == [span("mon 10:00", "mon 10:30", MET)]

    def test_a_question_that_a_result_answered_is_not_asked_again_by_a_reopening(self):
        once = resolved(asked(STARTED, "mon 10:00"), "mon 10:30")

        assert self.AGREED.clocks(reopened(once, "mon 12:00")) == self.AGREED.clocks(once)

    def test_a_thank_you_for_the_result_awaits_nothing(self):
        assert self.AGREED.clocks(asked(resolved(STARTED, "mon 10:00"), "mon 11:00")) == ()

    def test_what_was_said_about_the_result_awaits_an_answer_once_it_is_reopened(self):
        again = reopened(asked(resolved(STARTED, "mon 10:00"), "mon 11:00"), "mon 12:00")
        (clock,) = self.AGREED.clocks(again)

        assert clock.started_at == t("mon 12:00")

    def test_it_does_not_pause_while_the_caller_is_awaited(self):
        held = asked(STARTED, "mon 10:00").hold(CALLER, by=LI, at=t("mon 10:30"))
        (clock,) = self.AGREED.clocks(held)

        assert clock.state is ClockState.RUNNING

    def test_a_message_outside_hours_is_due_by_the_opening(self):
        (clock,) = self.AGREED.clocks(asked(MONDAY, "mon 20:00"))

        assert clock.due_at == t("tue 10:00")

    def test_an_answer_outside_hours_took_no_time(self):
        (clock,) = self.AGREED.clocks(told(asked(MONDAY, "mon 20:00"), "mon 21:00"))

        assert clock.outcome is MET
        assert clock.elapsed(t("tue 12:00")) == hours(0)

    def test_a_message_told_late_counts_from_when_it_was_sent(self):
        late = asked(MONDAY, "mon 12:00", effective_at=t("mon 10:00"))

        assert self.AGREED.clocks(late) == self.AGREED.clocks(asked(MONDAY, "mon 10:00"))

    def test_an_answer_told_late_ends_the_exchange_when_it_was_given(self):
        late = told(asked(MONDAY, "mon 10:00"), "mon 14:00", effective_at=t("mon 10:30"))

        assert spans(self.AGREED.clocks(late)) == [span("mon 10:00", "mon 10:30", MET)]

    def test_dropped_it_is_cancelled(self):
        waits = asked(MONDAY, "mon 10:00")
        gone = waits.cancel(CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 10:30"))
        (clock,) = self.AGREED.clocks(gone)

        assert clock.outcome is ClockOutcome.CANCELLED

    def test_it_is_no_matter_of_the_first_response(self):
        agreement = agreed(target(TargetKind.RESPONSE, 1), target(TargetKind.NEXT_RESPONSE, 1))
        first, following = agreement.clocks(asked(told(MONDAY, "mon 09:30"), "mon 10:00"))

        assert first.stopped_at == t("mon 09:30")
        assert following.due_at == t("mon 11:00")


class TestUpdate:
    AGREED = agreed(target(TargetKind.UPDATE, 2))

    def test_each_message_begins_another_wait(self):
        clocks = self.AGREED.clocks(told(told(STARTED, "mon 10:00"), "mon 13:00"))

        assert spans(clocks) == [
            span("mon 09:00", "mon 10:00", MET),
            span("mon 10:00", "mon 13:00", BREACHED),
            span("mon 13:00"),
        ]

    def test_a_message_of_the_user_is_none(self):
        assert self.AGREED.clocks(asked(STARTED, "mon 10:00")) == self.AGREED.clocks(STARTED)

    def test_a_result_ends_the_last_wait(self):
        assert spans(self.AGREED.clocks(resolved(STARTED, "mon 10:00"))) == [
            span("mon 09:00", "mon 10:00", MET)
        ]

    def test_it_pauses_with_the_work(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))
        (clock,) = self.AGREED.clocks(held)

        assert clock.due_at == t("mon 13:00")


class TestEscalation:
    AGREED = agreed(target(TargetKind.ESCALATION, 2))

    def called(self, incident, at, line=None):
        return incident.escalate(EscalationKind.FUNCTIONAL, "beyond us", line=line, by=LI, at=t(at))

    def test_it_runs_in_the_first_line(self):
        assert spans(self.AGREED.clocks(STARTED)) == [span("mon 09:00")]

    def test_each_line_has_its_own_time(self):
        climbed = self.called(self.called(STARTED, "mon 10:00"), "mon 13:00")
        clocks = self.AGREED.clocks(climbed)

        assert climbed.support_line is SupportLine.THIRD
        assert [clock.cycle for clock in clocks] == [1, 2, 3]
        assert spans(clocks) == [
            span("mon 09:00", "mon 10:00", MET),
            span("mon 10:00", "mon 13:00", BREACHED),
            span("mon 13:00"),
        ]

    def test_another_group_of_the_same_line_is_no_other_line(self):
        moved = STARTED.escalate(
            EscalationKind.FUNCTIONAL, "theirs", group="network", by=LI, at=t("mon 10:00")
        )

        assert moved.support_line is SupportLine.FIRST
        assert self.AGREED.clocks(moved) == self.AGREED.clocks(STARTED)

    def test_more_authority_is_no_other_line(self):
        told_up = STARTED.escalate(
            EscalationKind.HIERARCHIC, "it takes long", informed=["ada"], by=LI, at=t("mon 10:00")
        )

        assert self.AGREED.clocks(told_up) == self.AGREED.clocks(STARTED)

    def test_back_in_a_line_its_time_is_new(self):
        back = self.called(STARTED, "mon 10:00", SupportLine.SECOND)
        back = self.called(back, "mon 11:00", SupportLine.FIRST)

        assert spans(self.AGREED.clocks(back))[-1] == span("mon 11:00")

    def test_a_result_stops_it_and_a_reopening_takes_it_up(self):
        once = resolved(STARTED, "mon 10:00")
        (clock,) = self.AGREED.clocks(reopened(once, "mon 12:00"))

        assert spans(self.AGREED.clocks(once)) == [span("mon 09:00", "mon 10:00", MET)]
        assert clock.due_at == t("mon 13:00")

    def test_a_line_may_have_a_target_of_its_own(self):
        agreement = agreed(
            target(TargetKind.ESCALATION, 1, when=Where(support_line=SupportLine.FIRST)),
            target(TargetKind.ESCALATION, 4),
        )
        first, second = agreement.clocks(self.called(STARTED, "mon 09:30"))

        assert (first.due_at, second.due_at) == (t("mon 10:00"), t("mon 13:30"))

    def test_it_pauses_with_the_work(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))
        (clock,) = self.AGREED.clocks(held)

        assert clock.due_at == t("mon 13:00")


class TestResponseAndResolution:
    def test_a_response_runs_to_the_first_qualified_action(self):
        clocks = agreed(target(TargetKind.RESPONSE, 1)).clocks(told(MONDAY, "mon 09:30"))

        assert spans(clocks) == [span("mon 09:00", "mon 09:30", MET)]

    def test_a_resolution_runs_to_the_result(self):
        clocks = agreed(target(TargetKind.RESOLUTION, 4)).clocks(resolved(STARTED, "mon 13:00"))

        assert spans(clocks) == [span("mon 09:00", "mon 13:00", MET)]

    def test_they_do_not_know_of_each_other(self):
        agreement = agreed(target(TargetKind.RESPONSE, 1), target(TargetKind.RESOLUTION, 8))
        late = resolved(MONDAY.start(by=LI, at=t("mon 11:00")), "mon 12:00")

        assert [clock.outcome for clock in agreement.clocks(late)] == [BREACHED, MET]


# ---- Records of other rooms -----------------------------------------------------------------

OPEN, WAITING = State("open", Phase.ACTIVE), State("waiting", Phase.WAITING)
DELIVERED = State("delivered", Phase.DONE)
OVER = State("over", Phase.ENDED, final=True)
ERRAND_LIFECYCLE = Lifecycle(
    "errand",
    states=(OPEN, WAITING, DELIVERED, OVER),
    transitions=(
        Transition("ask", START, OPEN),
        Transition("wait", OPEN, WAITING),
        Transition("go_on", WAITING, RETURN),
        Transition("deliver", (Phase.ACTIVE, Phase.WAITING), DELIVERED),
        Transition("confirm", DELIVERED, OVER),
    ),
)


@attrs.frozen(kw_only=True)
class Errand(Record):
    """
    What somebody asked for, as small as a record can be.
    """

    lifecycle: ClassVar[Lifecycle] = ERRAND_LIFECYCLE
    policies: ClassVar[Policies] = Policies()

    @classmethod
    def ask(cls, id, *, at):
        return cls._begin("ask", by=DESK, at=at, fields={"id": id, "title": "A laptop"})

    def wait(self, reason, *, at):
        return self._step("wait", {"pending_reason": reason}, by=LI, at=at)

    def go_on(self, *, at):
        return self._step("go_on", by=LI, at=at)

    def deliver(self, *, at):
        return self._step("deliver", by=LI, at=at)

    def confirm(self, *, at):
        return self._step("confirm", by=DESK, at=at)


@attrs.frozen(kw_only=True)
class Request(Errand):
    id_type: ClassVar[type[RecordId]] = ServiceRequestId
    id: ServiceRequestId


@attrs.frozen(kw_only=True)
class AccessRequest(Errand):
    id_type: ClassVar[type[RecordId]] = AccessRequestId
    id: AccessRequestId


@attrs.frozen(kw_only=True)
class Problem(Errand):
    id_type: ClassVar[type[RecordId]] = ProblemId
    id: ProblemId


@attrs.frozen(kw_only=True)
class KnownError(Errand):
    id_type: ClassVar[type[RecordId]] = KnownErrorId
    id: KnownErrorId


class ErrandId(RecordId):
    __slots__ = ()


@attrs.frozen(kw_only=True)
class OwnRecord(Errand):
    id_type: ClassVar[type[RecordId]] = ErrandId
    id: ErrandId


RESULTS = {
    Request: [TargetKind.FULFILLMENT],
    AccessRequest: [TargetKind.ACCESS_PROVISION, TargetKind.ACCESS_REVOKE],
    Problem: [TargetKind.PROBLEM_RESOLUTION],
    OwnRecord: [TargetKind.RESOLUTION],
}
ALL_RESULTS = [kind for kinds in RESULTS.values() for kind in kinds]


def errand(kind, at="mon 09:00"):
    return kind.ask(kind.id_type("X-1"), at=t(at))


class TestResultsOfOtherRooms:
    @pytest.mark.parametrize(("record", "kinds"), RESULTS.items())
    def test_the_time_to_a_result_goes_by_the_name_of_its_room(self, record, kinds):
        agreement = agreed(*map(target, ALL_RESULTS))

        assert [clock.target.kind for clock in agreement.clocks(errand(record))] == kinds

    def test_an_incident_has_a_resolution_and_none_of_the_others(self):
        agreement = agreed(*map(target, ALL_RESULTS))

        assert [c.target.kind for c in agreement.clocks(MONDAY)] == [TargetKind.RESOLUTION]

    @pytest.mark.parametrize(
        ("record", "kind"), [(record, kind) for record, kinds in RESULTS.items() for kind in kinds]
    )
    def test_it_runs_until_the_result_and_only_a_problems_runs_on_while_it_waits(
        self, record, kind
    ):
        there = errand(record).wait(CALLER, at=t("mon 10:00")).go_on(at=t("mon 12:00"))
        (running,) = agreed(target(kind, 4)).clocks(there)
        (stopped,) = agreed(target(kind, 4)).clocks(there.deliver(at=t("mon 15:00")))

        pauses = kind != TargetKind.PROBLEM_RESOLUTION
        assert running.due_at == t("mon 15:00" if pauses else "mon 13:00")
        assert stopped.outcome is (MET if pauses else ClockOutcome.BREACHED)
        assert stopped.elapsed(t("tue 09:00")) == hours(4 if pauses else 6)

    @pytest.mark.parametrize(
        ("record", "kind"), [(record, kind) for record, kinds in RESULTS.items() for kind in kinds]
    )
    def test_it_may_run_until_the_result_is_confirmed(self, record, kind):
        agreement = agreed(target(kind, stop_at=StopAt.CLOSED))
        there = errand(record).deliver(at=t("mon 10:00"))
        (running,) = agreement.clocks(there)
        (stopped,) = agreement.clocks(there.confirm(at=t("mon 12:00")))

        assert running.state is ClockState.RUNNING
        assert stopped.stopped_at == t("mon 12:00")

    @pytest.mark.parametrize("record", RESULTS)
    @pytest.mark.parametrize("kind", [TargetKind.RESPONSE, TargetKind.UPDATE, TargetKind("own")])
    def test_all_other_kinds_are_measured_anywhere(self, record, kind):
        assert is_measured(errand(record).id, kind)

    def test_nobody_waits_for_a_known_error_but_in_a_way_of_the_callers_own(self):
        own = TargetKind("validation")
        agreement = agreed(*map(target, MEASURES), target(own, measure=UNTIL_OVER))

        assert [clock.target.kind for clock in agreement.clocks(errand(KnownError))] == [own]


# ---- A caller's own kind --------------------------------------------------------------------


@reading("category")
def is_spam(fact):
    return fact.fields.get("category") is not None


@reading("assignee")
def has_assignee(fact):
    return fact.fields.get("assignee") is not None


@reading("assignee")
def has_none(fact):
    return not has_assignee(fact)


@reading("workaround")
def has_workaround(fact):
    return fact.fields.get("workaround") is not None


def is_vip(fact):
    return fact.fields.get("vip") is True


@attrs.frozen
class InGroup:
    """
    A condition that is a value.
    """

    group: str

    def __call__(self, fact):
        return fact.fields.get("group") == self.group


IN_NETWORK = InGroup("network")
WORKAROUND, CUSTODY = TargetKind("workaround"), TargetKind("custody")


class TestOwnKind:
    def workaround(self, length=2, **options):
        measure = Measure(has_assignee, has_workaround)
        return target(WORKAROUND, length, measure=measure, **options)

    def assigned(self, at="mon 10:00"):
        return MONDAY.assign(assignee="li", by=DESK, at=t(at))

    def test_it_has_a_start_of_its_own(self):
        assert agreed(self.workaround()).clocks(MONDAY) == ()
        assert spans(agreed(self.workaround()).clocks(self.assigned())) == [span("mon 10:00")]

    def test_it_has_a_stop_of_its_own(self):
        found = self.assigned().start(by=LI, at=t("mon 10:00"))
        found = found.apply_workaround("Use the web.", by=LI, at=t("mon 11:00"))

        assert spans(agreed(self.workaround()).clocks(found)) == [
            span("mon 10:00", "mon 11:00", MET)
        ]

    def test_it_pauses_as_any_target_does(self):
        held = self.assigned().hold(CALLER, by=LI, at=t("mon 11:00"))
        (clock,) = agreed(self.workaround()).clocks(held)

        assert clock.state is ClockState.PAUSED

    def test_it_has_a_pause_of_its_own(self):
        target = self.workaround(pause_on=[Where(group="network")])
        moved = self.assigned().assign(group="network", assignee="li", by=DESK, at=t("mon 11:00"))
        back = moved.assign(group="messaging", assignee="li", by=DESK, at=t("mon 13:00"))
        (paused,) = agreed(target).clocks(moved)
        (running,) = agreed(target).clocks(back)

        assert paused.state is ClockState.PAUSED
        assert running.due_at == t("mon 14:00")

    def test_once_started_it_runs_though_the_start_no_longer_holds(self):
        queued = self.assigned().assign(group="network", by=DESK, at=t("mon 11:00"))
        (clock,) = agreed(self.workaround()).clocks(queued)

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 12:00")

    def test_without_a_renewal_there_is_one_cycle(self):
        measure = Measure(has_assignee, has_none)
        agreement = agreed(target(CUSTODY, measure=measure))
        told = self.assigned().assign(group="network", by=DESK, at=t("mon 11:00"))
        told = told.assign(assignee="ana", by=DESK, at=t("mon 13:00"))
        (clock,) = agreement.clocks(told)

        assert clock.elapsed(t("mon 14:00")) == hours(2)

    def test_with_a_renewal_each_time_is_another_cycle(self):
        measure = Measure(has_assignee, has_none, has_assignee)
        agreement = agreed(target(CUSTODY, measure=measure))
        told = self.assigned().assign(group="network", by=DESK, at=t("mon 11:00"))
        told = told.assign(assignee="ana", by=DESK, at=t("mon 13:00"))

        assert spans(agreement.clocks(told)) == [
            span("mon 10:00", "mon 11:00", MET),
            span("mon 13:00"),
        ]

    def test_a_renewal_stops_what_still_runs(self):
        measure = Measure(always, is_over, IN_NETWORK)
        agreement = agreed(target(CUSTODY, measure=measure))
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 10:00"))

        assert spans(agreement.clocks(told)) == [
            span("mon 09:00", "mon 10:00", MET),
            span("mon 10:00"),
        ]

    def test_it_may_be_asked_of_a_value(self):
        measure = Measure(IN_NETWORK, Where(assignee=ANY_VALUE))
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 10:00"))
        told = told.assign(assignee="ana", by=DESK, at=t("mon 10:30"))

        assert spans(agreed(target(CUSTODY, measure=measure)).clocks(told)) == [
            span("mon 10:00", "mon 10:30", MET)
        ]

    def test_a_reopening_is_the_policys_to_decide(self):
        measure = Measure(always, is_over)
        policy = ClockPolicy(reopen=Reopen.NEVER)
        agreement = agreed(target(CUSTODY, measure=measure, policy=policy))
        again = reopened(resolved(STARTED, "mon 10:00"), "mon 12:00")

        assert spans(agreement.clocks(again)) == [span("mon 09:00", "mon 10:00", MET)]

    def test_stopping_at_the_closure_concerns_what_runs_until_the_result(self):
        there = resolved(self.assigned(), "mon 12:00")
        until_over = target(CUSTODY, measure=Measure(always, is_over), stop_at=StopAt.CLOSED)
        other = self.workaround(stop_at=StopAt.CLOSED)
        found = self.assigned().start(by=LI, at=t("mon 10:00"))
        found = found.apply_workaround("Use the web.", by=LI, at=t("mon 11:00"))

        assert agreed(until_over).clocks(there)[0].state is ClockState.RUNNING
        assert agreed(other).clocks(found)[0].state is ClockState.STOPPED

    def test_a_usual_kind_may_be_measured_otherwise(self):
        agreement = agreed(target(TargetKind.RESOLUTION, measure=Measure(has_assignee, is_over)))

        assert spans(agreement.clocks(self.assigned())) == [span("mon 10:00")]

    def test_started_as_assigned_it_starts_where_both_hold(self):
        measure = Measure(is_spam, is_over)
        agreement = agreed(target(CUSTODY, measure=measure, start_at=StartAt.ASSIGNED))

        assert agreement.clocks(self.assigned()) == ()


class TestReading:
    def test_a_condition_that_says_what_it_reads_is_marked(self):
        assert reads_of(has_assignee) == {"assignee"}
        assert reads_of(always) == frozenset()
        assert reads_of(is_vip) is None
        assert reads_of(IN_NETWORK) is None
        assert reads_of(Where(group="network", vip=True)) == {"group", "vip"}

    def test_it_is_the_same_function(self):
        def plain(fact):
            return fact is None

        assert reading("group", "assignee")(plain) is plain
        assert reads_of(plain) == {"group", "assignee"}

    @pytest.mark.parametrize(
        ("name", "error"),
        [("", ValueError), (" ", ValueError), ("no name", AgreementError), (1, TypeError)],
    )
    def test_it_reads_fields_by_their_names(self, name, error):
        with pytest.raises(error):
            reading(name)(is_vip)
        assert reads_of(is_vip) is None

    def test_a_mark_that_is_none_says_nothing(self):
        def plain(fact):
            return fact is None

        plain.reads = "group"

        assert reads_of(plain) is None

    def test_a_measure_reads_what_its_conditions_do(self):
        assert Measure(has_assignee, has_workaround).reads == {"assignee", "workaround"}
        assert Measure(always, is_over, IN_NETWORK).reads is None
        assert MEASURES[TargetKind.ESCALATION].reads == {"submitted_at", "support_line"}

    @pytest.mark.parametrize(
        "condition", [IN_NETWORK, Where(group="network")], ids=["unmarked", "marked"]
    )
    def test_marked_or_not_a_condition_is_asked_whenever_it_may_differ(self, condition):
        usual = target(TargetKind.RESOLUTION)
        agreement = agreed(target(TargetKind.RESOLUTION, 2, when=condition), usual)
        told = STARTED.assign(group="network", by=DESK, at=t("mon 10:00"))
        told = told.assign(group="messaging", by=DESK, at=t("mon 12:00"))
        (clock,) = agreement.clocks(told)

        assert [(one.since, one.target.duration) for one in clock.promises] == [
            (t("mon 09:00"), hours(8)),
            (t("mon 10:00"), hours(2)),
            (t("mon 12:00"), hours(8)),
        ]

    def test_a_marked_agreement_reads_less_and_tells_the_same(self):
        marked = agreed(target(TargetKind.RESOLUTION, when=Where(service="email")))
        unmarked = agreed(target(TargetKind.RESOLUTION, when=InGroup(None)))
        told = STARTED.comment("Hm.", by=LI, at=t("mon 10:00"))

        assert len(marked.story(told)) < len(unmarked.story(told)) == len(facts(told.history()))
        assert [clock.due_at for clock in marked.clocks(told)] == [
            clock.due_at for clock in unmarked.clocks(told)
        ]


class TestRefusals:
    @pytest.mark.parametrize("place", ["begins", "ends", "renews"])
    @pytest.mark.parametrize(
        ("condition", "error", "message"),
        [
            (lambda fact: True, AgreementError, "must be a function of a module or a value"),
            (int, TypeError, "must be a condition, which takes a fact"),
            (InGroup, TypeError, "must be a condition"),
            ("is_over", TypeError, "must be a condition"),
            (True, TypeError, "must be a condition"),
        ],
        ids=["lambda", "class", "own class", "text", "flag"],
    )
    def test_what_is_no_condition(self, place, condition, error, message):
        with pytest.raises(error, match=f"{place} {message}"):
            Measure(**{"begins": always, "ends": is_over, place: condition})

    @pytest.mark.parametrize("place", ["begins", "ends"])
    def test_a_measure_begins_and_ends(self, place):
        with pytest.raises(TypeError, match=f"{place} must be a condition"):
            Measure(**{"begins": always, "ends": is_over, place: None})

    def test_a_function_within_another(self):
        def within(fact):
            return fact.is_over

        with pytest.raises(AgreementError, match="agreements pickle"):
            Measure(always, within)

    def test_an_own_kind_without_a_measure(self):
        with pytest.raises(AgreementError, match="own kind custody must say what its clocks"):
            target(CUSTODY)

    @pytest.mark.parametrize("measure", ["until over", always, TargetKind.RESOLUTION])
    def test_a_measure_that_is_none(self, measure):
        with pytest.raises(TypeError, match="measure must be a Measure"):
            target(CUSTODY, measure=measure)

    def test_two_measures_for_one_kind(self):
        one = target(CUSTODY, measure=Measure(always, is_over), when=Where(vip=True))
        other = target(CUSTODY, measure=Measure(is_open, is_over))

        with pytest.raises(AgreementError, match="'gold' measures custody in two ways"):
            agreed(one, other)

    def test_the_usual_measure_beside_another(self):
        one = target(TargetKind.RESOLUTION, measure=Measure(is_open, is_over), when=Where(vip=True))

        with pytest.raises(AgreementError, match="measures resolution in two ways"):
            agreed(one, target(TargetKind.RESOLUTION))

    def test_one_measure_for_two_targets_is_fine(self):
        measure = Measure(is_open, is_over)
        one = target(CUSTODY, 4, measure=measure, when=Where(vip=True))

        assert len(agreed(one, target(CUSTODY, measure=Measure(is_open, is_over))).targets) == 2


class TestValue:
    OWN = agreed(
        target(CUSTODY, measure=Measure(has_assignee, has_none, IN_NETWORK), pause_on=[is_vip]),
        target(TargetKind.RESOLUTION, when=[InGroup("network"), is_spam]),
        target(TargetKind.UPDATE, when=Where(category=ANY_VALUE)),
    )

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
    def test_an_agreement_with_own_conditions_copies(self, copied):
        assert copied(self.OWN) == self.OWN
        assert hash(copied(self.OWN)) == hash(self.OWN)

    def test_it_pickles_before_and_after_it_was_used(self):
        fresh = pickle.loads(pickle.dumps(self.OWN))
        clocks = self.OWN.clocks(STARTED)
        used = pickle.loads(pickle.dumps(self.OWN))

        assert fresh == used == self.OWN
        assert hash(used) == hash(self.OWN)
        assert used.clocks(STARTED) == clocks == fresh.clocks(STARTED)

    @pytest.mark.parametrize("measure", [*MEASURES.values(), Measure(IN_NETWORK, is_over, is_vip)])
    def test_measures_are_values(self, measure):
        assert pickle.loads(pickle.dumps(measure)) == copy.copy(measure) == measure
        assert hash(copy.deepcopy(measure)) == hash(measure)

    def test_measures_that_differ_anywhere_are_not_equal(self):
        one = Measure(always, is_over)

        assert one == UNTIL_OVER
        assert one not in {
            Measure(is_open, is_over),
            Measure(always, is_open),
            Measure(always, is_over, is_open),
            MEASURES[TargetKind.UPDATE],
            MEASURES[TargetKind.ESCALATION],
        }
