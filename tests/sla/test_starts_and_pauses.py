"""
When clocks start, and what pauses them.
"""

from __future__ import annotations

import copy
import pickle

from datetime import datetime, timedelta
from typing import ClassVar

import attrs
import pytest

from clock_doubles import DESK, LI, MICROSECOND, OFFICE, hours, logged, minutes, resolution, t
from itil_ops.errors import AgreementError
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.instant import utc
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import STAY, Phase, Transition
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.fold import fold
from itil_ops.sla.clocks.promise import Pause
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import UNTIL_OVER
from itil_ops.sla.promises.policy import ClockPolicy, LateTarget, OutsideHours
from itil_ops.sla.promises.target import StartAt, StartField, Target, TargetKind


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
ZERO = timedelta(0)

MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))


def agreed(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


def the_clock(incident, length=8, **options):
    (clock,) = agreed(resolution(hours(length), **options)).clocks(incident)
    return clock


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


def reopened(incident, at):
    return incident.reopen("It is back.", by=DESK, at=t(at))


class TestLogged:
    def test_it_starts_when_the_record_was_logged(self):
        assert the_clock(logged(t("mon 11:00"))).started_at == t("mon 11:00")

    def test_whatever_was_known_earlier(self):
        told = logged(t("mon 11:00"), detected_at=t("mon 09:00"))

        assert the_clock(told).due_at == t("tue 11:00")


class TestDetected:
    def test_it_starts_when_somebody_noticed(self):
        told = logged(t("mon 11:00"), detected_at=t("mon 09:00"))
        clock = the_clock(told, start_at=StartAt.DETECTED)

        assert clock.started_at == t("mon 09:00")
        assert clock.elapsed(t("mon 11:00")) == hours(2)
        assert clock.due_at == t("mon 17:00")

    def test_where_nobody_knows_it_starts_with_the_log(self):
        assert the_clock(MONDAY, start_at=StartAt.DETECTED).started_at == t("mon 09:00")

    def test_noticed_too_long_ago_it_is_breached_when_it_is_logged(self):
        told = logged(t("mon 11:00"), detected_at=t("mon 09:00"))
        clock = the_clock(told, 1, start_at=StartAt.DETECTED)

        assert clock.due_at == t("mon 10:00")
        assert clock.breached_at == t("mon 11:00")
        assert not clock.is_breached(t("mon 11:00") - MICROSECOND)

    def test_only_the_first_cycle_starts_so(self):
        told = logged(t("mon 11:00"), detected_at=t("mon 09:00"))
        told = told.communicate("On it.", by=LI, at=t("mon 12:00"))
        target = Target(TargetKind.UPDATE, hours(4), calendar=OFFICE, start_at=StartAt.DETECTED)
        first, second = agreed(target).clocks(told)

        assert first.started_at == t("mon 09:00")
        assert second.started_at == t("mon 12:00")


class TestReported:
    def test_it_starts_when_the_user_first_told_of_it(self):
        told = logged(t("mon 11:00"), reported_at=t("mon 09:00"))

        assert the_clock(told, start_at=StartAt.REPORTED).started_at == t("mon 09:00")

    def test_unless_known_it_starts_with_the_log(self):
        assert the_clock(MONDAY, start_at=StartAt.REPORTED).started_at == t("mon 09:00")


class TestAssigned:
    @pytest.mark.parametrize("whom", [{"group": "network"}, {"assignee": "li"}])
    def test_it_starts_with_the_first_group_or_assignee(self, whom):
        told = MONDAY.assign(**whom, by=DESK, at=t("mon 11:00"))
        clock = the_clock(told, start_at=StartAt.ASSIGNED)

        assert clock.started_at == t("mon 11:00")
        assert clock.due_at == t("tue 11:00")

    def test_before_there_is_no_clock(self):
        assert agreed(resolution(hours(8), start_at=StartAt.ASSIGNED)).clocks(MONDAY) == ()

    def test_another_assignment_is_no_other_start(self):
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 11:00"))
        told = told.assign(group="messaging", assignee="ana", by=DESK, at=t("mon 12:00"))

        assert the_clock(told, start_at=StartAt.ASSIGNED).started_at == t("mon 11:00")

    def test_a_wait_before_it_costs_nothing(self):
        told = MONDAY.hold(CALLER, by=DESK, at=t("mon 09:30")).resume(by=DESK, at=t("mon 10:00"))
        told = told.assign(group="network", by=DESK, at=t("mon 11:00"))
        clock = the_clock(told, start_at=StartAt.ASSIGNED)

        assert clock.due_at == t("tue 11:00")
        assert clock.elapsed(t("mon 12:00")) == hours(1)

    def test_it_is_judged_from_then_on(self):
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 11:00"))

        assert the_clock(told, 1, start_at=StartAt.ASSIGNED).breached_at == t("mon 12:00")

    def test_answered_before_there_was_anybody_there_is_no_clock(self):
        target = Target(TargetKind.RESPONSE, hours(1), calendar=OFFICE, start_at=StartAt.ASSIGNED)
        told = MONDAY.communicate("On it.", by=LI, at=t("mon 09:10"))
        told = told.assign(group="network", by=DESK, at=t("mon 11:00"))

        assert agreed(target).clocks(told) == ()

    def test_resolved_and_reopened_before_it_starts_with_the_assignment(self):
        story = [
            Fact(utc(t("mon 09:00")), Phase.ACTIVE, {}),
            Fact(utc(t("mon 10:00")), Phase.DONE, {}),
            Fact(utc(t("mon 12:00")), Phase.ACTIVE, {}),
            Fact(utc(t("mon 13:00")), Phase.ACTIVE, {"group": "network"}),
        ]
        target = resolution(hours(8), start_at=StartAt.ASSIGNED)
        (clock,) = fold(UNTIL_OVER, story, lambda _: target)

        assert clock.started_at == t("mon 13:00")
        assert clock.elapsed(t("mon 14:00")) == hours(1)


# ---- A field of the caller's own ------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Appointment(Incident):
    """
    An incident that somebody comes to see at a time agreed upon.
    """

    lifecycle: ClassVar[Lifecycle] = INCIDENT_LIFECYCLE.extend(
        name="appointment",
        transitions=[Transition("appoint", (Phase.ACTIVE, Phase.WAITING, Phase.DONE), STAY)],
    )

    visit_at: datetime | None = None
    visitor: str | None = None

    def appoint(self, visit_at, *, at, **told):
        return self._step("appoint", {"visit_at": visit_at}, by=DESK, at=at, **told)


def appointment(visit_at=None, at="mon 09:00", **fields):
    return logged(t(at), Appointment, visit_at=visit_at and utc(t(visit_at)), **fields)


class TestField:
    TARGET = resolution(hours(4), start_at=StartField("visit_at"))
    AGREED = agreed(TARGET)

    def clock(self, incident):
        (clock,) = self.AGREED.clocks(incident)
        return clock

    def test_a_past_instant_is_a_retroactive_start(self):
        clock = self.clock(appointment("fri 16:00"))

        assert clock.started_at == t("fri 16:00")
        assert clock.elapsed(t("mon 09:00")) == hours(1)
        assert clock.due_at == t("mon 12:00")

    def test_a_future_instant_is_a_future_start(self):
        clock = self.clock(appointment("tue 10:00"))

        assert clock.started_at == t("tue 10:00")
        assert clock.elapsed(t("tue 10:00")) == ZERO
        assert clock.due_at == clock.breached_at == t("tue 14:00")

    def test_without_one_there_is_no_clock(self):
        assert self.AGREED.clocks(appointment()) == ()
        assert self.AGREED.clocks(MONDAY) == ()

    def test_told_later_it_is_the_start(self):
        told = appointment().appoint(utc(t("mon 13:00")), at=t("mon 10:00"))

        assert self.clock(told).due_at == t("mon 17:00")

    def test_corrected_it_is_the_start_as_if_it_had_been_told_at_first(self):
        told = appointment("mon 09:00").appoint(utc(t("mon 13:00")), at=t("mon 10:00"))
        clock = self.clock(told)

        assert clock.started_at == t("mon 13:00")
        assert clock.elapsed(t("mon 14:00")) == hours(1)
        assert clock == self.clock(appointment("mon 13:00"))

    def test_taken_back_there_is_no_clock(self):
        told = appointment("mon 09:00").appoint(None, at=t("mon 10:00"))

        assert self.AGREED.clocks(told) == ()

    def test_as_it_was_known_then_the_old_start_is_told(self):
        told = appointment("mon 09:00").appoint(utc(t("mon 13:00")), at=t("mon 10:00"))

        assert self.clock(told.as_known_at(t("mon 09:30"))).started_at == t("mon 09:00")

    @pytest.mark.parametrize("value", ["mon 13:00", 13])
    def test_a_field_that_holds_no_instant_is_refused(self, value):
        story = [Fact(utc(t("mon 09:00")), Phase.ACTIVE, {"visit_at": value})]

        with pytest.raises(AgreementError, match="no clock can start at visit_at, which holds no"):
            fold(UNTIL_OVER, story, lambda _: self.TARGET)

    def test_so_it_is_for_a_record(self):
        agreement = agreed(resolution(hours(4), start_at=StartField("title")))

        with pytest.raises(AgreementError, match="no clock can start at title"):
            agreement.clocks(MONDAY)

    def test_a_naive_instant_is_refused(self):
        story = [Fact(utc(t("mon 09:00")), Phase.ACTIVE, {"visit_at": datetime(2024, 3, 4)})]

        with pytest.raises(ValueError, match="visit_at must be an aware datetime"):
            fold(UNTIL_OVER, story, lambda _: self.TARGET)

    def test_a_wait_before_it_costs_nothing(self):
        told = appointment("mon 13:00").hold(CALLER, by=LI, at=t("mon 10:00"))
        waits, runs = self.clock(told), self.clock(told.resume(by=LI, at=t("mon 11:00")))

        assert waits.state is ClockState.PAUSED
        assert runs.due_at == t("mon 17:00")

    def test_a_wait_over_it_costs_what_follows(self):
        told = appointment("mon 13:00").hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = self.clock(told.resume(by=LI, at=t("mon 14:00")))

        assert clock.started_at == t("mon 13:00")
        assert clock.due_at == t("tue 10:00")

    def test_resolved_before_it_nothing_was_used(self):
        clock = self.clock(resolved(appointment("tue 10:00"), "mon 12:00"))

        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(t("wed 12:00")) == ZERO
        assert clock.wall_time(t("wed 12:00")) == ZERO

    def test_cancelled_before_it_it_is_cancelled(self):
        told = appointment("tue 10:00")
        told = told.cancel(CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 12:00"))
        clock = self.clock(told)

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.elapsed(t("wed 12:00")) == ZERO

    def test_resolved_and_reopened_before_it_it_still_starts_then(self):
        told = reopened(resolved(appointment("tue 10:00"), "mon 12:00"), "mon 15:00")

        assert self.clock(told).due_at == t("tue 14:00")

    def test_retargeted_before_it_the_last_target_counts(self):
        urgent = resolution(
            hours(1), priorities=[Priority.CRITICAL], start_at=StartField("visit_at")
        )
        told = appointment("tue 10:00").prioritize(
            override=Priority.CRITICAL, reason="so", by=DESK, at=t("mon 12:00")
        )
        (clock,) = agreed(urgent, self.TARGET).clocks(told)

        assert clock.due_at == clock.breached_at == t("tue 11:00")

    def test_business_days_count_from_it(self):
        target = resolution(BusinessDays(1), start_at=StartField("visit_at"))
        (clock,) = agreed(target).clocks(appointment("tue 10:00"))

        assert clock.due_at == t("wed 17:00")

    def test_a_target_that_holds_from_then_on_only_starts_at_it_as_well(self):
        policy = ClockPolicy(late_target=LateTarget.FROM_THEN_ON)
        target = resolution(hours(4), start_at=StartField("visit_at"), policy=policy)
        (clock,) = agreed(target).clocks(appointment("mon 13:00"))

        assert clock.started_at == t("mon 13:00")

    @pytest.mark.parametrize(
        ("name", "error"),
        [("", ValueError), ("two words", AgreementError), ("1st", AgreementError), (1, TypeError)],
    )
    def test_a_field_has_a_name(self, name, error):
        with pytest.raises(error):
            StartField(name)

    @pytest.mark.parametrize("start_at", ["logged", "visit_at", None, StartAt])
    def test_a_start_is_one(self, start_at):
        with pytest.raises(TypeError, match="start_at must be a StartAt"):
            resolution(hours(4), start_at=start_at)

    def test_it_is_a_value(self):
        assert StartField("visit_at") == StartField("visit_at") != StartField("logged_at")
        assert pickle.loads(pickle.dumps(self.TARGET)) == copy.copy(self.TARGET) == self.TARGET
        assert eval(repr(StartField("visit_at"))) == StartField("visit_at")


# ---- Pauses ---------------------------------------------------------------------------------


def is_out_of_hands(fact):
    return fact.fields.get("group") == "supplier"


class TestPauseSets:
    HELD = STARTED.hold(SUPPLIER, awaited="acme", by=LI, at=t("mon 10:00"))
    BACK = HELD.resume(by=LI, at=t("mon 12:00"))

    @pytest.mark.parametrize(
        ("pause_on", "due"),
        [
            ([], "mon 17:00"),
            ([CALLER], "mon 17:00"),
            ([SUPPLIER], "tue 11:00"),
            ([CALLER, SUPPLIER], "tue 11:00"),
            ([Phase.WAITING], "tue 11:00"),
            ([Phase.ACTIVE], None),
            ([Where(awaited="acme")], "tue 11:00"),
            ([Where(awaited="other")], "mon 17:00"),
            ([SUPPLIER, Phase.WAITING, Where(awaited="acme")], "tue 11:00"),
        ],
    )
    def test_what_pauses(self, pause_on, due):
        assert the_clock(self.BACK, pause_on=pause_on).due_at == (due and t(due))

    def test_a_phase_pauses_whatever_the_reason(self):
        told = self.HELD.hold(PendingReason("lunch"), by=LI, at=t("mon 11:00"))
        clock = the_clock(told, pause_on=[Phase.WAITING])

        assert clock.pauses == (
            Pause(utc(t("mon 10:00")), utc(t("mon 11:00")), SUPPLIER),
            Pause(utc(t("mon 11:00")), None, PendingReason("lunch")),
        )

    def test_a_condition_pauses_work_that_goes_on(self):
        told = STARTED.assign(group="supplier", assignee="li", by=DESK, at=t("mon 10:00"))
        back = told.assign(group="network", assignee="li", by=DESK, at=t("mon 12:00"))

        assert the_clock(told, pause_on=[is_out_of_hands]).state is ClockState.PAUSED
        assert the_clock(back, pause_on=[is_out_of_hands]).pauses == (
            Pause(utc(t("mon 10:00")), utc(t("mon 12:00")), None),
        )

    def test_a_reason_counts_only_while_work_waits(self):
        story = [
            Fact(utc(t("mon 09:00")), Phase.ACTIVE, {"pending_reason": CALLER}),
            Fact(utc(t("mon 10:00")), Phase.WAITING, {"pending_reason": CALLER}),
        ]
        target = resolution(hours(8))
        (clock,) = fold(UNTIL_OVER, story, lambda _: target)

        assert clock.pauses == (Pause(utc(t("mon 10:00")), None, CALLER),)

    def test_each_target_has_a_pause_set_of_its_own(self):
        update = Target(TargetKind.UPDATE, hours(8), calendar=OFFICE, pause_on=[SUPPLIER])
        clocks = agreed(resolution(hours(8)), update).clocks(self.HELD)

        assert [clock.state for clock in clocks] == [ClockState.RUNNING, ClockState.PAUSED]

    @pytest.mark.parametrize(
        ("pause_on", "error", "message"),
        [
            (["awaiting_caller"], TypeError, "each of pause_on must be a PendingReason, a Phase"),
            ([None], TypeError, "each of pause_on must be"),
            ([PendingReason], TypeError, "pause_on must be a condition"),
            ([lambda fact: True], AgreementError, "pause_on must be a function of a module"),
            (CALLER, TypeError, "PendingReason"),
            (Phase.WAITING, TypeError, "pause_on"),
        ],
    )
    def test_what_is_none_is_refused(self, pause_on, error, message):
        with pytest.raises(error, match=message):
            resolution(hours(8), pause_on=pause_on)


class TestRetroactivePauses:
    def test_a_hold_told_late_pauses_from_when_it_began(self):
        told = STARTED.hold(CALLER, by=LI, at=t("mon 14:00"), effective_at=t("mon 10:00"))
        clock = the_clock(told)

        assert clock.pauses == (Pause(utc(t("mon 10:00")), None, CALLER),)
        assert clock.elapsed(t("mon 16:00")) == hours(1)

    def test_it_takes_a_breach_back_that_fell_into_it(self):
        told = STARTED.comment("Hm.", by=LI, at=t("mon 12:00"))
        held = told.hold(CALLER, by=LI, at=t("mon 14:00"), effective_at=t("mon 10:00"))

        assert the_clock(told, 2).is_breached(t("mon 13:00"))
        assert not the_clock(held, 2).is_breached(t("mon 13:00"))

    def test_a_resumption_told_late_counts_from_then(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        told = held.resume(by=LI, at=t("mon 15:00"), effective_at=t("mon 12:00"))

        assert the_clock(told).due_at == t("tue 11:00")

    def test_hold_and_resumption_both_told_late(self):
        told = STARTED.hold(CALLER, by=LI, at=t("tue 09:00"), effective_at=t("mon 10:00"))
        told = told.resume(by=LI, at=t("tue 09:00"), effective_at=t("mon 12:00"))

        assert the_clock(told).pauses == (Pause(utc(t("mon 10:00")), utc(t("mon 12:00")), CALLER),)


class TestOnHoldFromTheBeginning:
    HELD = MONDAY.hold(CALLER, by=DESK, at=t("mon 09:00"))

    def test_the_clock_is_there_and_has_consumed_nothing(self):
        clock = the_clock(self.HELD)

        assert (clock.started_at, clock.state) == (t("mon 09:00"), ClockState.PAUSED)
        assert clock.elapsed(t("tue 12:00")) == ZERO
        assert clock.remaining(t("tue 12:00")) == hours(8)

    def test_resumed_it_has_all_of_its_time(self):
        clock = the_clock(self.HELD.resume(by=LI, at=t("tue 10:00")))

        assert clock.due_at == t("wed 10:00")


# ---- Decisions that every engine takes (features, section 6) --------------------------------


class TestDecisions:
    def test_row_3_started_outside_hours_both_starts_are_kept(self):
        clock = the_clock(logged(t("sat 12:00")))

        assert clock.started_at == t("sat 12:00")
        assert clock.counts_from == t("mon 09:00")

    def test_row_3_or_it_counts_at_once(self):
        policy = ClockPolicy(outside_hours=OutsideHours.AT_ONCE)

        assert the_clock(logged(t("sat 12:00")), policy=policy).counts_from == t("sat 12:00")

    def test_row_4_what_ends_before_it_starts_took_no_time(self):
        told = resolved(appointment("tue 10:00"), "mon 12:00")
        (clock,) = TestField.AGREED.clocks(told)

        assert clock.elapsed(t("wed 12:00")) == ZERO
        assert clock.remaining(t("wed 12:00")) == hours(4)
        assert clock.percent(t("wed 12:00")) == 0
        assert clock.outcome is ClockOutcome.MET

    def test_row_5_answered_outside_hours_it_is_answered_with_nothing_used(self):
        target = Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE)
        (clock,) = agreed(target).clocks(logged(t("sat 12:00")).start(by=LI, at=t("sat 13:00")))
        (open_one,) = agreed(target).clocks(logged(t("sat 12:00")))

        assert clock.elapsed(t("mon 12:00")) == ZERO
        assert clock.wall_time(t("mon 12:00")) == hours(1)
        assert (clock.outcome, open_one.outcome) == (ClockOutcome.MET, None)

    @pytest.mark.parametrize(
        ("start", "end"),
        [("fri 17:00", "mon 09:00"), ("fri 18:00", "sun 12:00"), ("sat 12:00", "mon 08:59")],
    )
    def test_row_6_a_pause_outside_hours_contributes_nothing(self, start, end):
        told = logged(t("fri 09:00")).start(by=LI, at=t("fri 09:00"))
        held = told.hold(CALLER, by=LI, at=t(start)).resume(by=LI, at=t(end))

        assert the_clock(held, 16).due_at == the_clock(told, 16).due_at

    def test_row_20_logged_on_hold_the_clock_is_attached_with_nothing_consumed(self):
        clock = the_clock(TestOnHoldFromTheBeginning.HELD)

        assert clock.state is ClockState.PAUSED
        assert clock.elapsed(t("thu 12:00")) == ZERO

    def test_row_21_held_and_resolved_at_once_it_is_resolved(self):
        told = resolved(STARTED.hold(CALLER, by=LI, at=t("mon 10:00")), "mon 10:00")

        assert the_clock(told).stopped_at == t("mon 10:00")

    def test_row_21_logged_and_resolved_at_once_it_took_no_time(self):
        told = resolved(STARTED, "mon 09:00")
        clock = the_clock(told)

        assert clock.outcome is ClockOutcome.MET
        assert clock.wall_time(t("mon 12:00")) == ZERO

    def test_row_21_resumed_and_held_at_once_it_goes_on_waiting(self):
        told = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))
        told = told.hold(CALLER, by=LI, at=t("mon 12:00"))
        clock = the_clock(told)

        assert clock.state is ClockState.PAUSED
        assert clock.elapsed(t("mon 15:00")) == hours(1)

    def test_row_21_by_hand_stopped_as_it_starts(self):
        clock = SlaClock.start(resolution(hours(8)), at=t("mon 09:00"))

        assert clock.stop(at=t("mon 09:00")).elapsed(t("mon 12:00")) == ZERO
