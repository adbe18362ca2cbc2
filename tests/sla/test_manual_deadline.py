"""
Deadlines that a person fixed.
"""

from __future__ import annotations

import copy
import pickle

from datetime import datetime, timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    LI,
    LONDON,
    MICROSECOND,
    OFFICE,
    TICK,
    hours,
    logged,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import ClockError, OutOfOrderError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.promises.policy import ClockPolicy, Judgement, Reopen, Retarget, StartOnHold
from itil_ops.sla.promises.target import StartAt, Target, TargetKind


ZERO = timedelta(0)
CALLER = PendingReason.AWAITING_CALLER
WHY = "The customer agreed on Tuesday noon."
MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))


def started(length=8, at="mon 09:00", calendar=OFFICE, **policy):
    target = resolution(hours(length), calendar, policy=ClockPolicy(**policy))
    return SlaClock.start(target, at=t(at))


def fixed(due="tue 12:00", at="mon 10:00", length=8, **policy):
    return started(length, **policy).fix(t(due), reason=WHY, at=t(at))


def deadline(due="tue 12:00", since="mon 10:00"):
    return ManualDeadline(t(due), WHY, t(since))


def agreed(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


AGREED = agreed(resolution(hours(8)))


def clocks(incident, *told, agreement=AGREED, kind=TargetKind.RESOLUTION):
    return agreement.clocks(incident, deadlines={kind: deadline(*told)})


def the_clock(incident, *told, **options):
    (clock,) = clocks(incident, *told, **options)
    return clock


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


class TestByHand:
    def test_it_is_due_then(self):
        assert fixed("tue 12:00").due_at == t("tue 12:00")
        assert fixed("mon 11:00").due_at == t("mon 11:00")

    def test_it_is_kept_with_its_reason(self):
        promise = fixed().promises[-1]

        assert promise.deadline == ManualDeadline(t("tue 12:00"), WHY, t("mon 10:00"))
        assert promise.since == t("mon 10:00")
        assert promise.target == started().target

    def test_the_clock_counts_on(self):
        assert fixed().elapsed(t("mon 12:00")) == hours(3)
        assert fixed().state is ClockState.RUNNING

    def test_remaining_is_the_working_time_until_then(self):
        clock = fixed("tue 12:00")

        assert clock.remaining(t("mon 10:00")) == hours(10)
        assert clock.remaining(t("mon 20:00")) == hours(3)
        assert clock.remaining(t("tue 12:00")) == ZERO
        assert clock.remaining(t("tue 14:00")) == -hours(2)

    def test_percent_is_the_share_of_all_the_time_until_then(self):
        clock = fixed("tue 12:00")

        assert clock.percent(t("mon 10:00")) == pytest.approx(100 / 11)
        assert clock.percent(t("tue 12:00")) == 100
        assert clock.percent(t("tue 14:00")) > 100

    def test_before_it_was_fixed_the_target_is_told(self):
        assert fixed().remaining(t("mon 09:30")) == hours(7.5)

    def test_elapsed_and_remaining_are_what_is_allowed(self):
        clock = fixed("tue 12:00")

        assert clock.elapsed(t("mon 15:00")) + clock.remaining(t("mon 15:00")) == hours(11)

    @pytest.mark.parametrize("due", ["fri 11:00", "sat 12:00", "tue 12:00"])
    def test_exactly_then_it_is_met_and_a_moment_later_breached_in_working_hours_or_not(self, due):
        clock = started(8, "fri 09:00").fix(t(due), reason=WHY, at=t("fri 10:00"))

        assert clock.breached_at == t(due)
        assert not clock.is_breached(t(due))
        assert clock.is_breached(t(due) + MICROSECOND)
        assert clock.stop(at=t(due)).outcome is ClockOutcome.MET
        assert clock.stop(at=t(due) + MICROSECOND).outcome is ClockOutcome.BREACHED

    def test_a_longer_target_is_not_breached_before_it(self):
        assert fixed("thu 12:00").breached_at == t("thu 12:00")

    def test_an_instant_in_the_past_is_breached_as_it_is_fixed(self):
        clock = fixed("mon 09:30", "mon 10:00")

        assert clock.due_at == t("mon 09:30")
        assert clock.breached_at == t("mon 10:00")
        assert not clock.is_breached(t("mon 10:00") - MICROSECOND)
        assert clock.is_breached(t("mon 10:00"))
        assert clock.remaining(t("mon 10:00")) == -hours(0.5)

    def test_an_instant_before_the_start_leaves_nothing(self):
        clock = fixed("fri 12:00", "mon 10:00")

        assert clock.breached_at == t("mon 10:00")
        assert clock.remaining(t("mon 10:00")) == -hours(6)

    def test_a_breach_before_it_stays(self):
        clock = fixed("thu 12:00", "mon 12:00", length=1)

        assert clock.breached_at == t("mon 10:00")

    def test_judged_by_the_final_target_it_does_not(self):
        clock = fixed("thu 12:00", "mon 12:00", length=1, judgement=Judgement.FINAL_TARGET)

        assert clock.breached_at == t("thu 12:00")

    def test_fixed_twice_the_last_one_holds(self):
        clock = fixed("tue 12:00").fix(t("wed 12:00"), reason="And again.", at=t("mon 11:00"))

        assert clock.due_at == clock.breached_at == t("wed 12:00")
        assert clock.percent(t("wed 12:00")) == 100

    def test_an_instant_is_kept_in_utc(self):
        there = datetime(2024, 7, 1, 9, tzinfo=LONDON)

        assert ManualDeadline(there, WHY, there).due_at.isoformat() == "2024-07-01T08:00:00+00:00"


class TestWhatDoesNotMoveIt:
    def test_glpi_17186_a_pause_does_not(self):
        paused = fixed("tue 12:00").pause(at=t("mon 11:00"), reason=CALLER)
        resumed = paused.resume(at=t("mon 16:00"))

        assert paused.due_at == resumed.due_at == t("tue 12:00")
        assert paused.breached_at == resumed.breached_at == t("tue 12:00")
        assert paused.due_if_resumed(t("mon 16:00")) == t("tue 12:00")
        assert resumed.elapsed(t("tue 09:00")) == hours(3)
        assert resumed.remaining(t("tue 09:00")) == hours(3)

    def test_paused_it_is_breached_all_the_same(self):
        paused = fixed("tue 12:00").pause(at=t("mon 11:00"))

        assert paused.is_breached(t("tue 13:00"))
        assert paused.stop(at=t("tue 13:00")).outcome is ClockOutcome.BREACHED

    def test_fixed_while_paused_it_holds_at_once(self):
        paused = started().pause(at=t("mon 10:00"))
        clock = paused.fix(t("tue 12:00"), reason=WHY, at=t("mon 12:00"))

        assert clock.state is ClockState.PAUSED
        assert clock.due_at == clock.breached_at == t("tue 12:00")
        assert clock.remaining(t("mon 12:00")) == hours(8)

    @pytest.mark.parametrize("mode", Retarget)
    @pytest.mark.parametrize(
        "target", [resolution(hours(1)), resolution(hours(80)), resolution(hours(4), ALWAYS_OPEN)]
    )
    def test_another_target_does_not(self, mode, target):
        clock = fixed("tue 12:00").retarget(target, at=t("mon 12:00"), mode=mode)

        assert clock.due_at == clock.breached_at == t("tue 12:00")
        assert clock.promises[-1].deadline == deadline()

    @pytest.mark.parametrize("mode", [Retarget.KEEP_ELAPSED, Retarget.STRICTEST])
    @pytest.mark.parametrize("length", [1, 80])
    def test_another_target_leaves_its_share_as_it_was(self, mode, length):
        clock = fixed("tue 12:00")
        moved = clock.retarget(resolution(hours(length)), at=t("mon 12:00"), mode=mode)

        assert moved.percent(t("mon 12:00")) == pytest.approx(clock.percent(t("mon 12:00")))
        assert moved.remaining(t("mon 12:00")) == clock.remaining(t("mon 12:00"))

    @pytest.mark.parametrize("reopen", [Reopen.RESUME_EXCLUDING_GAP, Reopen.RESUME_INCLUDING_GAP])
    def test_a_reopening_does_not(self, reopen):
        stopped = fixed("tue 12:00", reopen=reopen).stop(at=t("mon 11:00"))
        again = stopped.reopen(at=t("mon 16:00"))

        assert stopped.due_at == again.due_at == t("tue 12:00")
        assert again.breached_at == t("tue 12:00")

    def test_resolved_then_it_is_not_breached_in_the_gap(self):
        again = fixed("tue 12:00").stop(at=t("mon 11:00")).reopen(at=t("wed 09:00"))

        # The gap does not count, but the instant stands: it has passed when it is reopened.
        assert again.is_breached(t("wed 09:00") + MICROSECOND)

    def test_a_new_cycle_has_none(self):
        stopped = fixed("tue 12:00", reopen=Reopen.NEW_CYCLE).stop(at=t("mon 11:00"))

        assert stopped.reopen(at=t("mon 16:00")).due_at == t("tue 16:00")

    def test_the_end_of_a_wait_from_the_start_does_not(self):
        waits = started(start_on_hold=StartOnHold.NOT_STARTED).pause(at=t("mon 09:00"))
        waits = waits.fix(t("tue 12:00"), reason=WHY, at=t("mon 10:00"))

        assert waits.due_at == t("tue 12:00")
        assert waits.resume(at=t("mon 15:00")).due_at == t("tue 12:00")

    @tried(60)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["turn", *Retarget]), st.integers(0, 60), st.integers(0, 60)),
            max_size=6,
        )
    )
    def test_nothing_does(self, steps):
        clock, at = fixed("tue 12:00"), t("mon 10:00")
        for word, wait, length in steps:
            at += wait * TICK
            if word == "turn":
                is_paused = clock.state is ClockState.PAUSED
                clock = clock.resume(at=at) if is_paused else clock.pause(at=at)
            else:
                clock = clock.retarget(resolution(length * TICK), at=at, mode=word)

        assert clock.due_at == clock.breached_at == t("tue 12:00")
        assert clock.remaining(t("tue 10:00")) == hours(2)


class TestOnceEnded:
    def test_stopped_it_is_told_when_it_would_have_been_due(self):
        stopped = fixed("tue 12:00").stop(at=t("mon 11:00"))

        assert stopped.due_at == t("tue 12:00")
        assert stopped.breached_at is None

    def test_stopped_what_was_left_stays_left(self):
        stopped = fixed("tue 12:00").stop(at=t("mon 11:00"))

        assert stopped.remaining(t("mon 11:00")) == hours(9)
        assert stopped.remaining(t("thu 11:00")) == hours(9)

    def test_cancelled_it_is_due_no_more(self):
        gone = fixed("tue 12:00").cancel(at=t("mon 11:00"), reason="merged")

        assert gone.due_at is None
        assert gone.breached_at is None

    @pytest.mark.parametrize("end", ["stop", "cancel"])
    def test_it_cannot_be_fixed_any_more(self, end):
        why = {"reason": "merged"} if end == "cancel" else {}
        ended = getattr(started(), end)(at=t("mon 11:00"), **why)

        with pytest.raises(ClockError, match="cannot fix the resolution clock: it is"):
            ended.fix(t("tue 12:00"), reason=WHY, at=t("mon 12:00"))


class TestRefusals:
    def test_before_the_last_fact(self):
        paused = started().pause(at=t("mon 11:00"))

        with pytest.raises(OutOfOrderError):
            paused.fix(t("tue 12:00"), reason=WHY, at=t("mon 10:00"))

    def test_before_the_clock_starts(self):
        with pytest.raises(OutOfOrderError):
            started().fix(t("tue 12:00"), reason=WHY, at=t("fri 10:00"))

    def test_a_fact_before_it(self):
        with pytest.raises(OutOfOrderError):
            fixed(at="mon 12:00").pause(at=t("mon 11:00"))

    @pytest.mark.parametrize(
        ("reason", "error"), [("", ValueError), (" ", ValueError), (None, TypeError)]
    )
    def test_without_a_reason(self, reason, error):
        with pytest.raises(error, match="reason"):
            started().fix(t("tue 12:00"), reason=reason, at=t("mon 10:00"))

    @pytest.mark.parametrize("name", ["due_at", "since"])
    @pytest.mark.parametrize(
        ("value", "error"),
        [(datetime(2024, 3, 5), ValueError), ("tue 12:00", TypeError), (None, TypeError)],
    )
    def test_instants_that_are_none(self, name, value, error):
        told = {"due_at": t("tue 12:00"), "reason": WHY, "since": t("mon 10:00"), name: value}

        with pytest.raises(error, match=f"{name} must be an aware datetime"):
            ManualDeadline(**told)

    @pytest.mark.parametrize("value", [t("tue 12:00"), None, "tue 12:00"])
    def test_deadlines_of_an_agreement_that_are_none(self, value):
        with pytest.raises(TypeError, match="ManualDeadline"):
            AGREED.clocks(STARTED, deadlines={TargetKind.RESOLUTION: value})

    @pytest.mark.parametrize("deadlines", [{"resolution": deadline()}, [deadline()], deadline()])
    def test_deadlines_that_name_no_kind(self, deadlines):
        with pytest.raises(TypeError, match="deadlines"):
            AGREED.clocks(STARTED, deadlines=deadlines)


class TestOfARecord:
    def test_it_is_due_then(self):
        clock = the_clock(STARTED)

        assert clock.due_at == clock.breached_at == t("tue 12:00")
        assert clock == started(8).fix(t("tue 12:00"), reason=WHY, at=t("mon 10:00"))

    def test_neither_a_hold_nor_a_priority_moves_it(self):
        agreement = agreed(
            resolution(hours(1), priorities=[Priority.CRITICAL]), resolution(hours(8))
        )
        told = STARTED.hold(CALLER, by=LI, at=t("mon 11:00")).resume(by=LI, at=t("mon 14:00"))
        told = told.prioritize(override=Priority.CRITICAL, reason="so", by=DESK, at=t("mon 15:00"))
        clock = the_clock(told, agreement=agreement)

        assert clock.due_at == clock.breached_at == t("tue 12:00")
        assert clock.target.duration == hours(1)

    def test_driven_by_hand_it_is_the_same(self):
        told = STARTED.hold(CALLER, by=LI, at=t("mon 11:00")).resume(by=LI, at=t("mon 14:00"))
        hand = fixed().pause(at=t("mon 11:00"), reason=CALLER).resume(at=t("mon 14:00"))

        assert the_clock(told) == hand

    def test_fixed_between_two_facts_it_stands_between_them(self):
        told = STARTED.hold(CALLER, by=LI, at=t("mon 09:30")).resume(by=LI, at=t("mon 14:00"))
        clock = the_clock(told)

        assert [promise.since for promise in clock.promises] == [t("mon 09:00"), t("mon 10:00")]
        assert clock.remaining(t("mon 14:00")) == hours(6)

    def test_told_before_the_clock_starts_it_holds_from_the_start_on(self):
        agreement = agreed(resolution(hours(8), start_at=StartAt.ASSIGNED))
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 14:00"))
        clock = the_clock(told, agreement=agreement)

        assert clock.started_at == t("mon 14:00")
        assert clock.due_at == t("tue 12:00")
        assert clock.percent(t("tue 12:00")) == 100

    def test_told_before_the_clock_starts_it_is_not_missed_by_its_stop(self):
        agreement = agreed(resolution(hours(8), start_at=StartAt.ASSIGNED))
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 14:00"))
        clock = the_clock(resolved(told, "tue 13:00"), agreement=agreement)

        assert clock.outcome is ClockOutcome.BREACHED

    def test_told_after_the_clock_stopped_it_moves_nothing(self):
        there = resolved(STARTED, "mon 12:00")

        assert clocks(there, "mon 11:00", "mon 13:00") == AGREED.clocks(there)

    def test_told_after_the_record_was_dropped_it_moves_nothing(self):
        gone = STARTED.cancel(CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 12:00"))

        assert clocks(gone, "mon 11:00", "mon 13:00") == AGREED.clocks(gone)

    def test_resolved_by_then_it_is_met_and_later_breached(self):
        assert the_clock(resolved(STARTED, "tue 12:00")).outcome is ClockOutcome.MET
        assert the_clock(resolved(STARTED, "tue 12:01")).outcome is ClockOutcome.BREACHED

    def test_it_concerns_the_clocks_of_its_kind_only(self):
        agreement = agreed(
            resolution(hours(8)), Target(TargetKind.UPDATE, hours(4), calendar=OFFICE)
        )
        first, second = clocks(STARTED, agreement=agreement)

        assert (first.due_at, second.due_at) == (t("tue 12:00"), t("mon 13:00"))

    def test_a_kind_without_a_clock_is_let_be(self):
        assert clocks(STARTED, kind=TargetKind.UPDATE) == AGREED.clocks(STARTED)

    def test_it_concerns_the_cycle_that_runs_and_no_later_one(self):
        agreement = agreed(Target(TargetKind.UPDATE, hours(4), calendar=OFFICE))
        told = STARTED.communicate("On it.", by=LI, at=t("mon 12:00"))
        first, second = clocks(told, agreement=agreement, kind=TargetKind.UPDATE)

        assert first.promises[-1].deadline == deadline()
        assert second.due_at == t("mon 16:00")

    def test_it_concerns_the_stay_that_runs_and_no_later_one(self):
        agreement = OperationalLevelAgreement(
            "bronze", provider="network", targets=[resolution(hours(4))]
        )
        told = MONDAY.assign(group="network", by=DESK, at=t("mon 09:30"))
        told = told.assign(group="messaging", by=DESK, at=t("mon 12:00"))
        told = told.assign(group="network", by=DESK, at=t("mon 14:00"))
        first, second = clocks(told, agreement=agreement)

        assert first.promises[-1].deadline == deadline()
        assert second.due_at == t("tue 10:00")

    def test_reopened_into_a_new_cycle_that_is_due_by_its_target(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        again = resolved(STARTED, "mon 12:00").reopen("It is back.", by=DESK, at=t("mon 14:00"))
        first, second = clocks(again, agreement=agreed(resolution(hours(8), policy=policy)))

        assert first.due_at == t("tue 12:00")
        assert second.due_at == t("tue 14:00")


class TestValue:
    def test_it_copies_and_pickles(self):
        one = deadline()

        assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == copy.deepcopy(one) == one
        assert hash(pickle.loads(pickle.dumps(one))) == hash(deadline())

    @pytest.mark.parametrize(
        "change", [{"due_at": t("wed 12:00")}, {"reason": "Other."}, {"since": t("mon 11:00")}]
    )
    def test_what_differs_anywhere_is_not_equal(self, change):
        assert attrs.evolve(deadline(), **change) != deadline()

    def test_a_clock_with_one_pickles(self):
        assert pickle.loads(pickle.dumps(fixed())) == fixed()
