"""
Agreements: what may be agreed, and the clocks of an incident under one.
"""

from __future__ import annotations

import datetime as dt
import pickle

from datetime import timedelta

import attrs
import pytest

from clock_doubles import DESK, LI, LONDON, MICROSECOND, OFFICE, hours, logged, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import EventId
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import ContactChannel, Direction, PendingReason, Visibility
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, ClockState, Pause
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.target import StopAt, Target, TargetKind


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
ZERO, HALF_AN_HOUR, TWO_HOURS, A_DAY = timedelta(0), minutes(30), hours(2), hours(8)


def target(kind, length, *priorities, **options):
    options = {"calendar": OFFICE, **options}
    return Target(kind, length, priorities=priorities or None, **options)


def of(priority):
    return Fact(t("mon 09:00"), Phase.ACTIVE, {"priority": priority})


def response(length=HALF_AN_HOUR, *priorities, **options):
    return target(TargetKind.RESPONSE, length, *priorities, **options)


def resolution(length=A_DAY, *priorities, **options):
    return target(TargetKind.RESOLUTION, length, *priorities, **options)


def update(length=TWO_HOURS, *priorities, **options):
    return target(TargetKind.UPDATE, length, *priorities, **options)


def agreed(*targets, **options):
    return ServiceLevelAgreement("gold", targets=targets, **options)


def the_clock(agreement, incident):
    (clock,) = agreement.clocks(incident)
    return clock


def outcomes(agreement, incident):
    return {str(c.target.kind): c.outcome for c in agreement.clocks(incident)}


def resolved(incident, at, **options):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at), **options)


def raised(incident, at, priority):
    return incident.prioritize(override=priority, reason="said so", by=DESK, at=t(at))


MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:20"))


class TestTheAgreement:
    @pytest.mark.parametrize(
        ("border", "at", "is_valid"),
        [
            ({}, "mon 09:00", True),
            ({"valid_from": "mon 09:00"}, "mon 09:00", True),
            ({"valid_from": "mon 09:01"}, "mon 09:00", False),
            ({"valid_until": "mon 09:01"}, "mon 09:00", True),
            ({"valid_until": "mon 09:00"}, "mon 09:00", False),
            ({"valid_from": "sun 09:00", "valid_until": "tue 09:00"}, "mon 09:00", True),
            ({"valid_from": "sun 09:00", "valid_until": "tue 09:00"}, "tue 09:00", False),
        ],
    )
    def test_it_is_valid_from_its_beginning_until_just_before_its_end(self, border, at, is_valid):
        agreement = agreed(resolution(), **{name: t(when) for name, when in border.items()})

        assert agreement.is_valid(t(at)) is is_valid
        assert bool(agreement.clocks(logged(t(at)))) is is_valid

    def test_a_record_begun_under_it_stays_under_it(self):
        agreement = agreed(resolution(), valid_until=t("mon 10:00"))

        assert the_clock(agreement, resolved(STARTED, "tue 09:30")).outcome is ClockOutcome.BREACHED

    def test_a_border_is_kept_in_utc(self):
        there = dt.datetime(2024, 7, 1, 9, tzinfo=LONDON)
        agreement = agreed(resolution(), valid_from=there)

        assert agreement.valid_from.isoformat() == "2024-07-01T08:00:00+00:00"
        assert agreement == agreed(resolution(), valid_from=there.astimezone(dt.UTC))

    def test_targets_may_come_from_any_iterable(self):
        made = ServiceLevelAgreement("gold", targets=(each for each in [response(), resolution()]))

        assert made.targets == (response(), resolution())

    def test_equal_agreements_are_equal_and_survive_a_pickle(self):
        agreement = agreed(response(), resolution(BusinessDays(2)), valid_from=t("mon 09:00"))
        agreement.clocks(MONDAY)

        assert pickle.loads(pickle.dumps(agreement)) == agreement
        assert hash(pickle.loads(pickle.dumps(agreement))) == hash(agreement)
        assert agreement != agreed(response())

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            agreed(resolution()).targets = ()


class TestRefusals:
    def test_an_agreement_without_targets(self):
        with pytest.raises(AgreementError, match="'gold' has no targets"):
            agreed()

    @pytest.mark.parametrize(
        ("targets", "what"),
        [
            ([resolution(), resolution(hours(4))], "resolution for any record"),
            ([resolution(), resolution()], "resolution for any record"),
            (
                [resolution(hours(8), Priority.HIGH), resolution(hours(4), Priority.HIGH)],
                "resolution for priority 2 high",
            ),
            (
                [
                    update(hours(8), Priority.HIGH, Priority.LOW),
                    resolution(),
                    update(hours(4), Priority.LOW, Priority.MEDIUM),
                ],
                "update for priority 4 low",
            ),
        ],
    )
    def test_two_targets_for_the_same(self, targets, what):
        with pytest.raises(AgreementError, match=f"'gold' promises twice: {what}$"):
            agreed(*targets)

    @pytest.mark.parametrize("end", ["mon 09:00", "sun 09:00"])
    def test_an_agreement_that_ends_before_it_begins(self, end):
        with pytest.raises(AgreementError, match="before it begins"):
            agreed(resolution(), valid_from=t("mon 09:00"), valid_until=t(end))

    @pytest.mark.parametrize("border", ["valid_from", "valid_until"])
    def test_borders_that_are_no_instants(self, border):
        with pytest.raises(ValueError, match="a border of validity must be an aware datetime"):
            agreed(resolution(), **{border: dt.datetime(2024, 3, 4)})
        with pytest.raises(TypeError, match="a border of validity must be an aware datetime"):
            agreed(resolution(), **{border: dt.date(2024, 3, 4)})

    @pytest.mark.parametrize(
        ("name", "error"), [("", ValueError), (" ", ValueError), (1, TypeError)]
    )
    def test_a_name_that_says_nothing(self, name, error):
        with pytest.raises(error, match="an agreement's name"):
            ServiceLevelAgreement(name, targets=[resolution()])

    def test_targets_that_are_none(self):
        with pytest.raises(TypeError, match="each of targets must be a Target"):
            agreed(hours(8))

    @pytest.mark.parametrize("record", [None, "INC-1", MONDAY.id, MONDAY.journal])
    def test_the_clocks_of_what_is_no_record(self, record):
        with pytest.raises(TypeError, match="record must be a Record"):
            agreed(resolution()).clocks(record)

    def test_a_naive_instant_of_validity(self):
        with pytest.raises(ValueError, match="naive"):
            agreed(resolution()).is_valid(dt.datetime(2024, 3, 4))


class TestTheTarget:
    BY_PRIORITY = agreed(
        response(),
        resolution(hours(1), Priority.CRITICAL),
        resolution(),
        resolution(hours(4), Priority.HIGH, Priority.MEDIUM),
    )

    @pytest.mark.parametrize(
        ("priority", "length"),
        [
            (Priority.CRITICAL, hours(1)),
            (Priority.HIGH, hours(4)),
            (Priority.MEDIUM, hours(4)),
            (Priority.LOW, hours(8)),
            (Priority(6, "some day"), hours(8)),
            (None, hours(8)),
        ],
    )
    def test_one_for_the_priority_goes_before_the_general_one(self, priority, length):
        assert self.BY_PRIORITY.target(TargetKind.RESOLUTION, of(priority)).duration == length

    def test_there_is_none_of_a_kind_that_was_not_agreed(self):
        assert self.BY_PRIORITY.target(TargetKind.UPDATE, of(Priority.CRITICAL)) is None

    @pytest.mark.parametrize("priority", [Priority.LOW, None])
    def test_there_is_none_for_another_priority_without_a_general_one(self, priority):
        assert (
            agreed(resolution(hours(1), Priority.HIGH)).target(TargetKind.RESOLUTION, of(priority))
            is None
        )

    def test_where_there_is_no_target_there_is_no_clock(self):
        assert agreed(resolution(hours(1), Priority.HIGH)).clocks(STARTED) == ()

    def test_an_agreement_without_a_resolution_target_does_not_fail_at_once(self):
        assert outcomes(agreed(response()), resolved(STARTED, "thu 12:00")) == {
            "response": ClockOutcome.MET
        }

    def test_clocks_come_kind_by_kind_in_the_order_of_the_targets(self):
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))
        kinds = [
            (str(clock.target.kind), clock.cycle)
            for clock in agreed(update(), resolution(), response()).clocks(told)
        ]

        assert kinds == [("update", 1), ("update", 2), ("resolution", 1), ("response", 1)]


class TestResponse:
    AGREED = agreed(response())

    def test_it_runs_from_the_log(self):
        clock = the_clock(self.AGREED, MONDAY)

        assert clock.state is ClockState.RUNNING
        assert clock.started_at == t("mon 09:00")
        assert clock.due_at == t("mon 09:30")

    @pytest.mark.parametrize(
        "answer",
        [
            lambda incident, at: incident.start(by=LI, at=at),
            lambda incident, at: incident.communicate("We are on it.", by=LI, at=at),
            lambda incident, at: incident.resolve(ResolutionCode.FIXED, by=LI, at=at),
            lambda incident, at: incident.close(resolution=ResolutionCode.FIXED, by=LI, at=at),
            lambda incident, at: incident.auto_resolve(
                ResolutionCode.AUTO_RECOVERED, cause=EventId("E-1"), by=DESK, at=at
            ),
        ],
        ids=["start", "message", "resolve", "close in one step", "auto_resolve"],
    )
    def test_it_stops_at_the_first_qualified_action(self, answer):
        clock = the_clock(self.AGREED, answer(MONDAY, t("mon 09:10")))

        assert clock.stopped_at == t("mon 09:10")
        assert clock.outcome is ClockOutcome.MET

    @pytest.mark.parametrize(
        "other",
        [
            lambda incident, at: incident.communicate(
                "For us only.", visibility=Visibility.INTERNAL, by=LI, at=at
            ),
            lambda incident, at: incident.communicate("We got it.", automatic=True, by=LI, at=at),
            lambda incident, at: incident.communicate(
                "Hello?", direction=Direction.INBOUND, by=DESK, at=at
            ),
            lambda incident, at: incident.comment("Looks bad.", by=LI, at=at),
            lambda incident, at: incident.assign(group="messaging", by=DESK, at=at),
            lambda incident, at: incident.hold(SUPPLIER, by=DESK, at=at),
            lambda incident, at: incident.diagnose("The queue is full.", by=LI, at=at),
        ],
        ids=["internal", "automatic", "inbound", "comment", "assign", "hold", "diagnose"],
    )
    def test_it_does_not_stop_at_anything_else(self, other):
        clock = the_clock(self.AGREED, other(MONDAY, t("mon 09:10")))

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 09:30")

    def test_the_first_action_counts_and_no_later_one(self):
        told = STARTED.communicate("Still on it.", by=LI, at=t("mon 12:00"))

        assert the_clock(self.AGREED, resolved(told, "tue 12:00")).stopped_at == t("mon 09:20")

    @pytest.mark.parametrize("reason", [CALLER, SUPPLIER])
    def test_it_never_pauses(self, reason):
        held = MONDAY.hold(reason, by=DESK, at=t("mon 09:10"))
        clock = the_clock(self.AGREED, held.resume(by=DESK, at=t("mon 12:00")))

        assert clock.pauses == ()
        assert clock.breached_at == t("mon 09:30")

    def test_a_pause_set_of_its_own_is_honoured(self):
        held = MONDAY.hold(CALLER, by=DESK, at=t("mon 09:10"))

        assert the_clock(agreed(response(pause_on=[CALLER])), held).state is ClockState.PAUSED

    def test_the_channel_does_not_matter(self):
        told = MONDAY.communicate("Hello.", channel=ContactChannel.PHONE, by=LI, at=t("mon 09:10"))

        assert the_clock(self.AGREED, told).stopped_at == t("mon 09:10")

    def test_a_message_told_late_stops_it_when_it_was_sent(self):
        told = MONDAY.communicate("On it.", by=LI, at=t("mon 12:00"), effective_at=t("mon 09:15"))

        assert the_clock(self.AGREED, told).stopped_at == t("mon 09:15")
        assert the_clock(self.AGREED, told).outcome is ClockOutcome.MET

    def test_a_start_told_late_stops_it_before_a_message_told_in_time(self):
        told = MONDAY.communicate("On it.", by=LI, at=t("mon 10:00"))
        told = told.start(by=LI, at=t("mon 11:00"), effective_at=t("mon 09:15"))

        assert the_clock(self.AGREED, told).stopped_at == t("mon 09:15")

    def test_once_given_a_reopening_does_not_ask_for_it_again(self):
        again = resolved(STARTED, "mon 10:00").reopen("It is back.", by=DESK, at=t("mon 12:00"))

        assert the_clock(self.AGREED, again).stopped_at == t("mon 09:20")

    def test_what_resolved_itself_and_is_back_still_wants_an_answer(self):
        gone = MONDAY.auto_resolve(
            ResolutionCode.AUTO_RECOVERED,
            cause=EventId("E-1"),
            by=Actor.system("monitoring"),
            at=t("mon 09:10"),
        )
        clock = the_clock(self.AGREED, gone.reopen("It is back.", by=DESK, at=t("mon 12:00")))

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 12:20")

    def test_late_response_and_resolution_in_time_are_two_verdicts(self):
        late = resolved(MONDAY.start(by=LI, at=t("mon 10:00")), "mon 11:00")

        assert outcomes(agreed(response(), resolution()), late) == {
            "response": ClockOutcome.BREACHED,
            "resolution": ClockOutcome.MET,
        }


class TestResolution:
    AGREED = agreed(resolution())

    def test_it_runs_from_the_log_until_it_is_resolved(self):
        running, stopped = STARTED, resolved(STARTED, "mon 15:00")

        assert the_clock(self.AGREED, running).due_at == t("mon 17:00")
        assert the_clock(self.AGREED, stopped).stopped_at == t("mon 15:00")
        assert the_clock(self.AGREED, stopped).outcome is ClockOutcome.MET

    def test_it_pauses_while_the_caller_is_awaited(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = the_clock(self.AGREED, held)

        assert clock.state is ClockState.PAUSED
        assert clock.pauses == (Pause(t("mon 10:00"), None, CALLER),)
        assert the_clock(self.AGREED, held.resume(by=LI, at=t("mon 12:00"))).due_at == t(
            "tue 11:00"
        )

    @pytest.mark.parametrize(
        "reason", [each for each in PendingReason.constants() if each != CALLER], ids=str
    )
    def test_for_anything_else_the_provider_stays_accountable(self, reason):
        clock = the_clock(self.AGREED, STARTED.hold(reason, by=LI, at=t("mon 10:00")))

        assert clock.state is ClockState.RUNNING
        assert clock.pauses == ()

    def test_a_pause_set_of_its_own(self):
        agreement = agreed(resolution(pause_on=[SUPPLIER, PendingReason("awaiting_parts")]))
        held = {
            reason: the_clock(agreement, STARTED.hold(reason, by=LI, at=t("mon 10:00"))).state
            for reason in (CALLER, SUPPLIER, PendingReason("awaiting_parts"))
        }

        assert held == {
            CALLER: ClockState.RUNNING,
            SUPPLIER: ClockState.PAUSED,
            PendingReason("awaiting_parts"): ClockState.PAUSED,
        }

    def test_an_empty_pause_set_never_pauses(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))

        assert the_clock(agreed(resolution(pause_on=[])), held).state is ClockState.RUNNING

    def test_each_agreement_has_a_pause_set_of_its_own(self):
        held = STARTED.hold(SUPPLIER, by=LI, at=t("mon 10:00"))
        contract = ServiceLevelAgreement("supplier", targets=[resolution(pause_on=[])])
        lenient = ServiceLevelAgreement("lenient", targets=[resolution(pause_on=[SUPPLIER])])

        assert the_clock(contract, held).state is ClockState.RUNNING
        assert the_clock(lenient, held).state is ClockState.PAUSED

    def test_another_reason_of_the_pause_set_is_another_pause(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).hold(
            SUPPLIER, by=LI, at=t("mon 11:00")
        )
        clock = the_clock(agreed(resolution(pause_on=[CALLER, SUPPLIER])), held)

        assert clock.pauses == (
            Pause(t("mon 10:00"), t("mon 11:00"), CALLER),
            Pause(t("mon 11:00"), None, SUPPLIER),
        )

    def test_another_reason_outside_the_pause_set_resumes_it(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).hold(
            SUPPLIER, by=LI, at=t("mon 11:00")
        )

        assert the_clock(self.AGREED, held).state is ClockState.RUNNING
        assert the_clock(self.AGREED, held).elapsed(t("mon 12:00")) == hours(2)

    def test_another_date_is_no_other_pause(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        held = held.hold(CALLER, until=t("tue 09:00"), by=LI, at=t("mon 11:00"))
        held = held.comment("No answer yet.", by=LI, at=t("mon 12:00"))

        assert the_clock(self.AGREED, held).pauses == (Pause(t("mon 10:00"), None, CALLER),)

    def test_the_reply_of_the_caller_resumes_it(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        replied = held.communicate("Yes.", direction=Direction.INBOUND, by=DESK, at=t("mon 11:00"))

        assert the_clock(self.AGREED, replied).pauses == (
            Pause(t("mon 10:00"), t("mon 11:00"), CALLER),
        )

    def test_handing_it_over_ends_a_pause(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        moved = held.assign(group="network", by=DESK, at=t("mon 11:00"))

        assert the_clock(self.AGREED, moved).state is ClockState.RUNNING

    def test_resolved_out_of_a_hold_the_wait_does_not_count(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = the_clock(self.AGREED, resolved(held, "wed 12:00"))

        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(t("wed 12:00")) == hours(1)

    def test_a_new_incident_on_hold_has_consumed_nothing(self):
        held = MONDAY.hold(CALLER, by=DESK, at=t("mon 09:00"))

        assert the_clock(self.AGREED, held).elapsed(t("thu 09:00")) == ZERO

    def test_a_response_does_not_stop_it(self):
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))

        assert the_clock(self.AGREED, told).due_at == t("mon 17:00")

    def test_closing_moves_nothing(self):
        closed = resolved(STARTED, "mon 15:00").close(by=DESK, at=t("wed 09:00"))

        assert the_clock(self.AGREED, closed) == the_clock(
            self.AGREED, resolved(STARTED, "mon 15:00")
        )

    def test_closed_in_one_step_it_is_stopped_once(self):
        closed = MONDAY.close(resolution=ResolutionCode.FIXED, by=DESK, at=t("mon 09:10"))

        assert the_clock(self.AGREED, closed).stopped_at == t("mon 09:10")

    def test_reopened_the_gap_is_excluded(self):
        again = resolved(STARTED, "mon 11:00").reopen("It is back.", by=DESK, at=t("tue 11:00"))
        clock = the_clock(self.AGREED, again)

        assert clock.cycle == 1
        assert clock.due_at == t("tue 17:00")
        assert clock.pauses == (Pause(t("mon 11:00"), t("tue 11:00"), None, is_gap=True),)

    def test_reopened_after_closing_the_gap_is_from_the_resolution_on(self):
        closed = resolved(STARTED, "mon 11:00").close(by=DESK, at=t("mon 12:00"))
        again = closed.reopen("It is back.", by=DESK, at=t("mon 13:00"))

        assert the_clock(self.AGREED, again).elapsed(t("mon 14:00")) == hours(3)

    def test_it_is_reopened_as_often_as_the_incident(self):
        told = STARTED
        for stop, again in [("mon 10:00", "mon 11:00"), ("mon 12:00", "mon 16:00")]:
            told = resolved(told, stop).reopen("It is back.", by=DESK, at=t(again))

        assert the_clock(self.AGREED, told).elapsed(t("mon 17:00")) == hours(3)

    def test_a_cancelled_incident_cancels_its_clocks(self):
        gone = STARTED.cancel(CancellationReason.WITHDRAWN, by=DESK, at=t("mon 10:00"))
        clock = the_clock(self.AGREED, gone)

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.cancelled_at == t("mon 10:00")
        assert clock.cancelled_because == "ended without a result: withdrawn"

    def test_cancelled_on_hold_it_is_cancelled_as_well(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        gone = held.cancel(CancellationReason.NOT_AN_INCIDENT, by=DESK, at=t("mon 12:00"))
        clock = the_clock(self.AGREED, gone)

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.elapsed(t("mon 16:00")) == hours(1)

    def test_a_verdict_given_before_the_cancellation_stands(self):
        gone = STARTED.cancel(CancellationReason.WITHDRAWN, by=DESK, at=t("mon 10:00"))

        assert outcomes(agreed(response(), resolution(), update()), gone) == {
            "response": ClockOutcome.MET,
            "resolution": ClockOutcome.CANCELLED,
            "update": ClockOutcome.CANCELLED,
        }

    def test_what_is_told_after_the_end_moves_nothing(self):
        gone = STARTED.cancel(CancellationReason.WITHDRAWN, by=DESK, at=t("mon 10:00"))
        told = gone.communicate("It was a drill.", by=LI, at=t("mon 12:00"))
        agreement = agreed(response(), resolution(), update())

        assert agreement.clocks(told) == agreement.clocks(gone)


class TestStopAtClosure:
    AGREED = agreed(resolution(stop_at=StopAt.CLOSED))

    def test_it_runs_on_while_only_resolved(self):
        clock = the_clock(self.AGREED, resolved(STARTED, "mon 15:00"))

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 17:00")

    def test_it_stops_when_closed(self):
        closed = resolved(STARTED, "mon 15:00").close(by=DESK, at=t("tue 09:30"))

        assert the_clock(self.AGREED, closed).stopped_at == t("tue 09:30")
        assert the_clock(self.AGREED, closed).outcome is ClockOutcome.BREACHED

    def test_resolved_out_of_a_hold_it_resumes(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))

        assert the_clock(self.AGREED, resolved(held, "mon 12:00")).state is ClockState.RUNNING

    def test_reopened_before_closing_there_is_no_gap(self):
        again = resolved(STARTED, "mon 11:00").reopen("It is back.", by=DESK, at=t("mon 12:00"))

        assert the_clock(self.AGREED, again).pauses == ()

    def test_reopened_after_closing_the_gap_is_from_the_closure_on(self):
        closed = resolved(STARTED, "mon 11:00").close(by=DESK, at=t("mon 12:00"))
        again = closed.reopen("It is back.", by=DESK, at=t("mon 13:00"))

        assert the_clock(self.AGREED, again).elapsed(t("mon 14:00")) == hours(4)

    def test_it_concerns_the_resolution_alone(self):
        agreement = agreed(response(stop_at=StopAt.CLOSED), update(stop_at=StopAt.CLOSED))

        assert outcomes(agreement, resolved(STARTED, "mon 10:00")) == {
            "response": ClockOutcome.MET,
            "update": ClockOutcome.MET,
        }


class TestUpdate:
    AGREED = agreed(update())

    def cycles(self, incident):
        return [
            (clock.cycle, clock.started_at, clock.stopped_at)
            for clock in self.AGREED.clocks(incident)
        ]

    def test_each_visible_message_begins_another_cycle(self):
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))
        told = told.communicate("Found it.", by=LI, at=t("mon 15:00"))

        assert self.cycles(told) == [
            (1, t("mon 09:00"), t("mon 10:00")),
            (2, t("mon 10:00"), t("mon 15:00")),
            (3, t("mon 15:00"), None),
        ]
        assert [clock.outcome for clock in self.AGREED.clocks(told)] == [
            ClockOutcome.MET,
            ClockOutcome.BREACHED,
            None,
        ]

    @pytest.mark.parametrize(
        "options",
        [
            {"visibility": Visibility.INTERNAL},
            {"automatic": True},
            {"direction": Direction.INBOUND},
            {"direction": Direction.INBOUND, "visibility": Visibility.INTERNAL},
        ],
    )
    def test_no_other_message_does(self, options):
        told = STARTED.communicate("Hm.", by=LI, at=t("mon 10:00"), **options)

        assert self.cycles(told) == [(1, t("mon 09:00"), None)]

    def test_starting_work_is_no_message(self):
        assert self.cycles(STARTED) == [(1, t("mon 09:00"), None)]

    def test_it_stops_when_resolved(self):
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))

        assert self.cycles(resolved(told, "mon 11:00"))[-1] == (2, t("mon 10:00"), t("mon 11:00"))

    def test_a_message_about_what_is_resolved_begins_nothing(self):
        told = resolved(STARTED, "mon 10:00").communicate("Done.", by=LI, at=t("mon 11:00"))

        assert self.cycles(told) == [(1, t("mon 09:00"), t("mon 10:00"))]

    def test_reopening_begins_another_cycle(self):
        again = resolved(STARTED, "mon 10:00").reopen("It is back.", by=DESK, at=t("mon 12:00"))

        assert self.cycles(again) == [
            (1, t("mon 09:00"), t("mon 10:00")),
            (2, t("mon 12:00"), None),
        ]
        assert self.AGREED.clocks(again)[-1].due_at == t("mon 14:00")

    def test_it_pauses_while_the_caller_is_awaited(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))

        assert the_clock(self.AGREED, held).due_at == t("mon 13:00")

    def test_a_cycle_begun_on_hold_begins_paused(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        told = held.communicate("Did you see our question?", by=LI, at=t("mon 11:00"))
        last = self.AGREED.clocks(told)[-1]

        assert last.state is ClockState.PAUSED
        assert last.pauses == (Pause(t("mon 11:00"), None, CALLER),)
        assert last.due_if_resumed(t("mon 12:00")) == t("mon 14:00")

    def test_each_cycle_has_the_target_of_the_priority_then(self):
        agreement = agreed(update(hours(1), Priority.CRITICAL), update(hours(4)))
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))
        told = raised(told, "mon 10:30", Priority.CRITICAL)
        told = told.communicate("Found it.", by=LI, at=t("mon 12:00"))
        first, second, third = agreement.clocks(told)

        assert first.target.duration == hours(4)
        assert [promise.target.duration for promise in second.promises] == [hours(4), hours(1)]
        assert second.breached_at == t("mon 11:00")
        assert third.due_at == t("mon 13:00")

    def test_a_message_told_late_ends_the_cycle_when_it_was_sent(self):
        told = STARTED.communicate("Found it.", by=LI, at=t("mon 12:00"))
        told = told.communicate("On it.", by=LI, at=t("mon 13:00"), effective_at=t("mon 10:00"))

        assert self.cycles(told) == [
            (1, t("mon 09:00"), t("mon 10:00")),
            (2, t("mon 10:00"), t("mon 12:00")),
            (3, t("mon 12:00"), None),
        ]

    def test_the_worst_of_several_exchanges_is_found_among_the_cycles(self):
        told = MONDAY.communicate("On it.", by=LI, at=t("mon 09:10"))
        told = told.communicate("Found it.", by=LI, at=t("mon 09:15"))
        spent = [clock.elapsed(t("mon 09:15")) for clock in self.AGREED.clocks(told)]

        assert max(spent) == minutes(10)

    def test_a_target_that_appears_later_counts_from_the_last_message(self):
        agreement = agreed(update(hours(2), Priority.CRITICAL))
        told = STARTED.communicate("On it.", by=LI, at=t("mon 12:00"))
        clock = the_clock(agreement, raised(told, "mon 13:00", Priority.CRITICAL))

        assert clock.started_at == t("mon 12:00")
        assert clock.due_at == t("mon 14:00")

    def test_a_target_that_appears_after_a_reopening_counts_from_there(self):
        agreement = agreed(update(hours(2), Priority.CRITICAL))
        again = resolved(STARTED, "mon 10:00").reopen("It is back.", by=DESK, at=t("mon 12:00"))
        clock = the_clock(agreement, raised(again, "mon 13:00", Priority.CRITICAL))

        assert clock.started_at == t("mon 12:00")
        assert clock.due_at == t("mon 14:00")

    def test_a_target_that_comes_back_counts_from_the_last_message(self):
        agreement = agreed(update(hours(2), Priority.MEDIUM))
        told = raised(STARTED, "mon 10:00", Priority.LOW)
        told = told.communicate("On it.", by=LI, at=t("mon 12:00"))
        last = agreement.clocks(raised(told, "mon 13:00", Priority.MEDIUM))[-1]

        assert last.started_at == t("mon 12:00")
        assert last.due_at == t("mon 14:00")


class TestPriority:
    AGREED = agreed(
        resolution(hours(1), Priority.CRITICAL),
        resolution(hours(4), Priority.HIGH, calendar=ALWAYS_OPEN),
        resolution(),
    )

    def test_another_priority_is_another_target_and_keeps_what_has_elapsed(self):
        clock = the_clock(self.AGREED, raised(STARTED, "mon 09:30", Priority.CRITICAL))

        assert clock.started_at == t("mon 09:00")
        assert [(p.since, p.target.duration) for p in clock.promises] == [
            (t("mon 09:00"), hours(8)),
            (t("mon 09:30"), hours(1)),
        ]
        assert clock.due_at == t("mon 10:00")

    def test_the_matrix_retargets_as_a_person_does(self):
        told = STARTED.prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 09:30")
        )

        assert the_clock(self.AGREED, told).target.duration == hours(1)

    def test_a_priority_of_the_same_target_retargets_nothing(self):
        told = raised(STARTED, "mon 10:00", Priority.LOW)

        assert the_clock(self.AGREED, told) == the_clock(self.AGREED, STARTED)

    def test_raised_too_late_it_is_breached_at_once(self):
        clock = the_clock(self.AGREED, raised(STARTED, "mon 12:00", Priority.CRITICAL))

        assert clock.breached_at == t("mon 12:00")

    def test_lowered_after_a_breach_it_stays_breached(self):
        told = raised(STARTED, "mon 09:30", Priority.CRITICAL)
        clock = the_clock(self.AGREED, raised(told, "mon 12:00", Priority.LOW))

        assert clock.breached_at == t("mon 10:00")
        assert clock.due_at == t("mon 17:00")

    def test_the_calendar_changes_with_the_target(self):
        clock = the_clock(self.AGREED, raised(STARTED, "mon 10:00", Priority.HIGH))

        assert clock.target.calendar == ALWAYS_OPEN
        assert clock.due_at == t("mon 13:00")

    def test_raised_while_on_hold_it_stays_paused(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 09:30"))
        clock = the_clock(self.AGREED, raised(held, "mon 12:00", Priority.CRITICAL))

        assert clock.state is ClockState.PAUSED
        assert clock.remaining(t("mon 13:00")) == minutes(30)
        assert clock.breached_at is None

    def test_a_target_that_does_not_pause_resumes_it(self):
        agreement = agreed(resolution(hours(4), Priority.CRITICAL, pause_on=[]), resolution())
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = the_clock(agreement, raised(held, "mon 12:00", Priority.CRITICAL))

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 15:00")

    def test_a_workaround_may_lower_it(self):
        told = raised(STARTED, "mon 09:30", Priority.CRITICAL)
        told = told.prioritize(release_override=True, by=DESK, at=t("mon 09:40"))
        urgent = told.prioritize(
            urgency=Urgency.HIGH, impact=Impact.HIGH, by=DESK, at=t("mon 09:45")
        )
        eased = urgent.apply_workaround(
            "Use the web client.", impact=Impact.LOW, by=LI, at=t("mon 09:50")
        )

        assert the_clock(self.AGREED, eased).target == self.AGREED.target(
            TargetKind.RESOLUTION, of(eased.priority)
        )

    def test_a_target_that_appears_later_counts_from_the_log_and_is_judged_from_then_on(self):
        agreement = agreed(resolution(hours(2), Priority.CRITICAL))
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 11:00"))
        clock = the_clock(agreement, raised(held, "mon 15:00", Priority.CRITICAL))

        assert clock.started_at == t("mon 09:00")
        assert clock.pauses == (Pause(t("mon 10:00"), t("mon 11:00"), CALLER),)
        assert clock.elapsed(t("mon 15:00")) == hours(5)
        assert clock.due_at == t("mon 12:00")
        assert clock.breached_at == t("mon 15:00")
        assert not clock.is_breached(t("mon 15:00") - MICROSECOND)

    def test_a_target_that_appears_in_time_can_still_be_met(self):
        agreement = agreed(resolution(hours(2), Priority.CRITICAL))
        told = raised(STARTED, "mon 10:00", Priority.CRITICAL)

        assert the_clock(agreement, told).breached_at == t("mon 11:00")
        assert the_clock(agreement, resolved(told, "mon 11:00")).outcome is ClockOutcome.MET

    def test_an_incident_without_a_priority_has_the_general_target(self):
        bare = logged(t("mon 09:00"), impact=None, urgency=None)

        assert bare.priority is None
        assert the_clock(self.AGREED, bare).due_at == t("mon 17:00")

    def test_a_target_that_appears_on_hold_begins_paused(self):
        agreement = agreed(resolution(hours(2), Priority.CRITICAL))
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = the_clock(agreement, raised(held, "mon 15:00", Priority.CRITICAL))

        assert clock.state is ClockState.PAUSED
        assert clock.elapsed(t("mon 16:00")) == hours(1)
        assert clock.breached_at is None

    def test_a_target_that_appears_after_a_reopening_counts_from_the_log_without_the_gap(self):
        agreement = agreed(resolution(hours(4), Priority.CRITICAL))
        again = resolved(STARTED, "mon 10:00").reopen("It is back.", by=DESK, at=t("mon 12:00"))
        clock = the_clock(agreement, raised(again, "mon 13:00", Priority.CRITICAL))

        assert clock.elapsed(t("mon 13:00")) == hours(2)
        assert clock.due_at == t("mon 15:00")

    def test_a_target_that_vanishes_cancels_its_clock(self):
        agreement = agreed(resolution(hours(2), Priority.MEDIUM))
        clock = the_clock(agreement, raised(STARTED, "mon 10:00", Priority.LOW))

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.cancelled_at == t("mon 10:00")
        assert clock.cancelled_because == "no target applies"
        assert clock.elapsed(t("tue 12:00")) == hours(1)

    def test_a_target_that_vanishes_leaves_a_verdict_alone(self):
        agreement = agreed(response(hours(2), Priority.MEDIUM))

        assert the_clock(agreement, raised(STARTED, "mon 10:00", Priority.LOW)).outcome is (
            ClockOutcome.MET
        )

    def test_a_target_that_comes_back_is_another_cycle_from_the_log(self):
        agreement = agreed(resolution(hours(4), Priority.MEDIUM))
        gone = raised(STARTED, "mon 10:00", Priority.LOW)
        first, second = agreement.clocks(raised(gone, "mon 12:00", Priority.MEDIUM))

        assert first.outcome is ClockOutcome.CANCELLED
        assert second.cycle == 2
        assert second.started_at == t("mon 09:00")
        assert second.due_at == t("mon 13:00")

    def test_an_answer_given_before_there_was_a_target_is_no_target_met(self):
        agreement = agreed(response(hours(1), Priority.CRITICAL))
        late = MONDAY.start(by=LI, at=t("mon 12:00"))
        clocks = agreement.clocks(raised(late, "mon 13:00", Priority.CRITICAL))

        assert [
            clock
            for clock in clocks
            if clock.outcome is ClockOutcome.MET
            and clock.elapsed(clock.stopped_at) > clock.target.duration
        ] == []


class TestLateFacts:
    AGREED = agreed(response(), resolution())

    def test_a_hold_told_late_pauses_when_it_began(self):
        told = STARTED.comment("No answer.", by=LI, at=t("mon 11:00"))
        held = told.hold(CALLER, by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00"))
        clock = the_clock(agreed(resolution()), held)

        assert clock.pauses == (Pause(t("mon 10:00"), None, CALLER),)
        assert clock.elapsed(t("mon 12:00")) == hours(1)

    def test_a_priority_changed_meanwhile_keeps_its_place(self):
        agreement = agreed(resolution(hours(4), Priority.CRITICAL), resolution())
        told = raised(STARTED, "mon 11:00", Priority.CRITICAL)
        held = told.hold(CALLER, by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00"))
        clock = the_clock(agreement, held)

        assert clock.state is ClockState.PAUSED
        assert [promise.since for promise in clock.promises] == [t("mon 09:00"), t("mon 11:00")]
        assert clock.pauses == (Pause(t("mon 10:00"), None, CALLER),)

    def test_a_resumption_told_late_counts_from_when_it_was(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        resumed = held.resume(by=LI, at=t("mon 15:00"), effective_at=t("mon 11:00"))

        assert the_clock(agreed(resolution()), resumed).elapsed(t("mon 15:00")) == hours(5)

    def test_a_resolution_told_late_undoes_a_breach(self):
        breached = the_clock(agreed(resolution(hours(2))), STARTED)
        told = resolved(STARTED, "mon 16:00", effective_at=t("mon 10:30"))

        assert breached.is_breached(t("mon 16:00"))
        assert the_clock(agreed(resolution(hours(2))), told).outcome is ClockOutcome.MET

    def test_as_it_was_known_then_the_late_fact_is_missing(self):
        told = resolved(STARTED, "mon 16:00", effective_at=t("mon 10:30"))
        known, was = told.as_known_at(t("mon 15:00")), told.as_of(t("mon 15:00"))

        assert the_clock(agreed(resolution()), known).state is ClockState.RUNNING
        assert the_clock(agreed(resolution()), was).stopped_at == t("mon 10:30")

    def test_a_message_told_late_within_a_hold_resumes_nothing(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        told = held.communicate(
            "Our question.", by=LI, at=t("mon 12:00"), effective_at=t("mon 11:00")
        )
        resumed = told.resume(by=LI, at=t("mon 13:00"))

        assert the_clock(agreed(resolution()), resumed).pauses == (
            Pause(t("mon 10:00"), t("mon 13:00"), CALLER),
        )

    def test_the_clocks_of_a_replayed_incident_are_the_same(self):
        told = STARTED.hold(CALLER, by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00"))
        told = resolved(told, "mon 16:00", effective_at=t("mon 15:00"))

        assert self.AGREED.clocks(type(told).replay(told.journal)) == self.AGREED.clocks(told)

    def test_another_agreement_is_the_same_computation_again(self):
        told = resolved(STARTED.hold(SUPPLIER, by=LI, at=t("mon 10:00")), "tue 12:00")
        strict, lenient = agreed(resolution()), agreed(resolution(pause_on=[SUPPLIER]))

        assert the_clock(strict, told).outcome is ClockOutcome.BREACHED
        assert the_clock(lenient, told).outcome is ClockOutcome.MET
