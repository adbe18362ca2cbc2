"""
One clock, driven by hand.
"""

from __future__ import annotations

import datetime as dt
import pickle

from datetime import UTC, date, timedelta

import attrs
import pendulum
import pytest

from clock_doubles import (
    LONDON,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    WEEKDAYS,
    hours,
    london,
    minutes,
    resolution,
    t,
)
from itil_ops.errors import CalendarError, ClockError, ItilOpsError, OutOfOrderError
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import Pause
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.policy import ClockPolicy, Judgement, Retarget, StartOnHold
from itil_ops.sla.promises.target import Target, TargetKind


ZERO = timedelta(0)


USUAL = ClockPolicy()
FINAL = ClockPolicy(judgement=Judgement.FINAL_TARGET)


def clock(length=4, at="mon 09:00", calendar=OFFICE, policy=USUAL, **options):
    duration = hours(length) if isinstance(length, int) else length
    return SlaClock.start(resolution(duration, calendar, policy=policy), at=t(at), **options)


class TestStart:
    def test_a_started_clock_runs(self):
        started = clock()

        assert started.state is ClockState.RUNNING
        assert started.started_at == t("mon 09:00")
        assert started.outcome is None
        assert started.pauses == ()
        assert started.cycle == 1

    def test_started_in_working_time_it_counts_at_once(self):
        assert clock(at="mon 10:30").counts_from == t("mon 10:30")

    @pytest.mark.parametrize("at", ["fri 17:00", "fri 20:00", "sat 12:00", "mon 08:59"])
    def test_started_outside_hours_it_counts_from_the_next_opening_and_both_are_kept(self, at):
        started = clock(1, at)

        assert started.started_at == t(at)
        assert started.counts_from == t("mon 09:00")
        assert started.elapsed(t("mon 09:30")) == minutes(30)
        assert started.due_at == t("mon 10:00")

    def test_a_deadline_counts_from_a_start_that_still_lies_ahead(self):
        assert clock(1, "thu 11:00").due_at == t("thu 12:00")
        assert clock(1, "thu 11:00").elapsed(t("mon 12:00")) == ZERO

    def test_instants_come_out_as_pendulum_in_utc(self):
        started = SlaClock.start(resolution(hours(4)), at=london("2024-04-02T10:00"))
        told = [started.started_at, started.counts_from, started.due_at, started.breached_at]
        told.append(started.pause(at=london("2024-04-02T10:00")).pauses[0].start)

        assert {type(at) for at in told} == {pendulum.DateTime}
        assert {at.timezone_name for at in told} == {"UTC"}
        assert started.started_at == dt.datetime(2024, 4, 2, 9, tzinfo=UTC)

    def test_the_cycle_is_told(self):
        assert clock(cycle=3).cycle == 3


class TestPauseAndResume:
    def test_a_paused_clock_does_not_count(self):
        paused = clock().pause(at=t("mon 10:00"))

        assert paused.state is ClockState.PAUSED
        assert paused.elapsed(t("mon 10:00")) == hours(1)
        assert paused.elapsed(t("tue 16:00")) == hours(1)

    def test_a_resumed_clock_counts_on(self):
        resumed = clock().pause(at=t("mon 10:00")).resume(at=t("mon 12:00"))

        assert resumed.state is ClockState.RUNNING
        assert resumed.elapsed(t("mon 12:30")) == hours(1.5)
        assert resumed.due_at == t("mon 15:00")

    def test_several_pauses_add_up(self):
        paused = clock(2).pause(at=t("mon 09:30")).resume(at=t("mon 10:00"))
        paused = paused.pause(at=t("mon 10:30")).resume(at=t("mon 12:00"))
        paused = paused.pause(at=t("mon 12:30")).resume(at=t("mon 13:00"))

        assert paused.elapsed(t("mon 13:00")) == hours(1.5)
        assert paused.due_at == t("mon 13:30")

    def test_while_paused_there_is_no_due_time_but_one_if_resumed(self):
        paused = clock().pause(at=t("mon 10:00"))

        assert paused.due_at is None
        assert paused.breached_at is None
        assert paused.due_if_resumed(t("mon 12:00")) == t("mon 15:00")
        assert paused.due_if_resumed(t("mon 16:00")) == t("tue 11:00")
        assert paused.remaining(t("wed 12:00")) == hours(3)

    def test_if_resumed_at_once_it_is_due_as_if_never_paused(self):
        assert clock().pause(at=t("mon 10:00")).due_if_resumed(t("mon 10:00")) == clock().due_at

    def test_a_running_clock_is_due_whenever_resumed(self):
        assert clock().due_if_resumed(t("mon 10:00")) == clock().due_at == t("mon 13:00")

    def test_it_cannot_be_asked_what_if_it_were_resumed_before_its_pause(self):
        with pytest.raises(OutOfOrderError):
            clock().pause(at=t("mon 10:00")).due_if_resumed(t("mon 09:59"))

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            ("mon 17:00", "tue 09:00"),
            ("mon 18:00", "mon 20:00"),
            ("tue 08:00", "tue 09:00"),
            ("mon 17:00", "mon 17:00"),
            ("mon 11:00", "mon 11:00"),
        ],
    )
    def test_a_pause_outside_hours_costs_nothing(self, start, end):
        paused = clock(10).pause(at=t(start)).resume(at=t(end))

        assert paused.elapsed(t("tue 10:00")) == hours(9)
        assert paused.due_at == clock(10).due_at == t("tue 11:00")

    def test_a_pause_costs_its_working_time_only(self):
        paused = clock(10).pause(at=t("mon 16:00")).resume(at=t("tue 10:00"))

        assert paused.due_at == t("tue 13:00")

    def test_a_pause_from_before_the_first_opening_is_a_later_start(self):
        paused = clock(1, "sat 12:00").pause(at=t("sun 12:00")).resume(at=t("mon 11:00"))

        assert paused.counts_from == t("mon 09:00")
        assert paused.elapsed(t("mon 11:00")) == ZERO
        assert paused.due_at == t("mon 12:00")

    def test_a_clock_paused_as_it_starts_has_consumed_nothing(self):
        paused = clock().pause(at=t("mon 09:00"))

        assert paused.elapsed(t("tue 12:00")) == ZERO
        assert paused.remaining(t("tue 12:00")) == hours(4)
        assert paused.resume(at=t("tue 12:00")).due_at == t("tue 16:00")

    def test_the_reason_of_a_pause_is_kept(self):
        paused = clock().pause(at=t("mon 10:00"), reason=PendingReason("awaiting_parts"))
        resumed = paused.resume(at=t("mon 11:00")).pause(at=t("mon 12:00"))

        assert resumed.pauses == (
            Pause(t("mon 10:00"), t("mon 11:00"), PendingReason("awaiting_parts")),
            Pause(t("mon 12:00"), None, None),
        )

    def test_a_pause_after_a_breach_does_not_undo_it(self):
        paused = clock(1).pause(at=t("mon 11:00"))

        assert paused.breached_at == t("mon 10:00")
        assert paused.is_breached(t("tue 09:00"))
        assert paused.due_at is None

    def test_a_pause_begun_on_the_due_time_holds_the_breach_back(self):
        paused = clock(1).pause(at=t("mon 10:00"))

        assert paused.breached_at is None
        assert not paused.is_breached(t("tue 12:00"))
        assert paused.resume(at=t("tue 12:00")).due_at == t("mon 10:00")
        assert paused.resume(at=t("tue 12:00")).breached_at == t("tue 12:00")


class TestElapsed:
    def test_it_uses_facts_up_to_then_only(self):
        whole = clock().pause(at=t("mon 10:00")).resume(at=t("mon 12:00")).stop(at=t("mon 13:00"))

        assert whole.elapsed(t("mon 08:00")) == ZERO
        assert whole.elapsed(t("mon 09:00")) == ZERO
        assert whole.elapsed(t("mon 09:45")) == minutes(45)
        assert whole.elapsed(t("mon 11:00")) == hours(1)
        assert whole.elapsed(t("mon 12:15")) == hours(1.25)
        assert whole.elapsed(t("tue 12:00")) == hours(2)

    def test_remaining_falls_below_zero(self):
        assert clock(1).remaining(t("mon 09:15")) == minutes(45)
        assert clock(1).remaining(t("mon 11:00")) == hours(-1)
        assert clock(1).remaining(t("sun 11:00")) == hours(1)

    def test_percent_is_the_elapsed_share(self):
        assert clock(4).percent(t("mon 08:00")) == 0
        assert clock(4).percent(t("mon 10:00")) == 25
        assert clock(4).percent(t("mon 13:00")) == 100
        assert clock(4).percent(t("mon 15:00")) == 150

    def test_amounts_are_plain_timedeltas(self):
        assert type(clock().elapsed(t("mon 10:00"))) is timedelta
        assert type(clock().remaining(t("mon 10:00"))) is timedelta
        assert type(clock().percent(t("mon 10:00"))) is float

    def test_microseconds_count(self):
        assert clock().elapsed(t("mon 09:00") + MICROSECOND) == MICROSECOND

    def test_any_kind_of_instant_may_be_asked_for(self):
        asked = [
            london("2024-03-04T10:00"),
            pendulum.datetime(2024, 3, 4, 19, tz="Asia/Tokyo"),
            dt.datetime(2024, 3, 4, 12, tzinfo=dt.timezone(hours(2))),
        ]

        assert [clock().elapsed(at) for at in asked] == [hours(1)] * 3

    def test_both_passes_of_a_repeated_hour_count(self):
        night = SlaClock.start(resolution(hours(8), ALWAYS_OPEN), at=london("2024-10-27T00:30"))
        first, second = (dt.datetime(2024, 10, 27, 1, 30, tzinfo=LONDON, fold=f) for f in (0, 1))

        assert night.elapsed(first) == hours(1)
        assert night.elapsed(second) == hours(2)


class TestDue:
    def test_it_is_the_closing_time_rather_than_the_next_opening(self):
        assert clock(8).due_at == t("mon 17:00")

    def test_the_breach_is_the_next_opening_then(self):
        assert clock(8).breached_at == t("tue 09:00") == OFFICE.next_open(clock(8).due_at)

    def test_in_working_time_both_are_the_same(self):
        assert clock(4).breached_at == clock(4).due_at == t("mon 13:00")

    def test_the_breach_is_told_one_microsecond_later(self):
        for length, breach in [(4, "mon 13:00"), (8, "tue 09:00")]:
            assert not clock(length).is_breached(t(breach) - MICROSECOND)
            assert not clock(length).is_breached(t(breach))
            assert clock(length).is_breached(t(breach) + MICROSECOND)

    def test_a_breached_clock_counts_on(self):
        assert clock(1).state is ClockState.RUNNING
        assert clock(1).elapsed(t("mon 12:00")) == hours(3)

    def test_business_days_are_fixed_as_working_time_at_the_start(self):
        days = clock(BusinessDays(2), "mon 11:00")

        assert days.due_at == t("wed 17:00")
        assert days.remaining(t("mon 12:00")) == hours(21)
        paused = days.pause(at=t("tue 09:00")).resume(at=t("tue 12:00"))
        assert paused.due_at == t("thu 12:00")

    def test_a_target_beyond_the_end_of_the_calendar_is_refused_and_the_rest_still_told(self):
        endless = clock(timedelta(days=300_000))

        assert endless.elapsed(t("tue 10:00")) == hours(9)
        assert not endless.is_breached(t("tue 10:00"))
        assert endless.stop(at=t("tue 10:00")).outcome is ClockOutcome.MET
        for ask in ("due_at", "breached_at"):
            with pytest.raises(CalendarError):
                getattr(endless, ask)

    def test_a_clock_due_as_the_calendar_closes_for_good_is_never_breached(self):
        once = BusinessCalendar("UTC", {}, overrides={date(2024, 3, 4): [("09:00", "12:00")]})
        last = clock(3, calendar=once)

        assert last.due_at == t("mon 12:00")
        assert not last.is_breached(t("thu 12:00"))
        assert last.stop(at=t("thu 12:00")).breached_at is None


class TestZero:
    def test_it_is_due_at_the_first_working_instant(self):
        assert clock(0, "mon 10:30").due_at == t("mon 10:30")
        assert clock(0, "sat 10:30").due_at == t("mon 09:00")

    def test_it_is_breached_as_soon_as_anything_elapses(self):
        at_once = clock(0, "sat 10:30")

        assert at_once.breached_at == t("mon 09:00")
        assert not at_once.is_breached(t("mon 09:00"))
        assert at_once.is_breached(t("mon 09:00") + MICROSECOND)

    def test_it_has_no_percent(self):
        assert clock(0).percent(t("mon 12:00")) is None

    def test_it_can_be_met(self):
        assert clock(0).stop(at=t("mon 09:00")).outcome is ClockOutcome.MET
        assert clock(0, "sat 10:00").stop(at=t("mon 09:00")).outcome is ClockOutcome.MET

    def test_paused_before_anything_elapsed_it_is_due_on_resuming(self):
        paused = clock(0).pause(at=t("mon 09:00"))

        assert paused.due_at is None
        assert paused.due_if_resumed(t("mon 18:00")) == t("tue 09:00")
        assert paused.resume(at=t("mon 11:00")).due_at == t("mon 11:00")
        assert paused.resume(at=t("mon 11:00")).breached_at == t("mon 11:00")


class TestStop:
    def test_stopped_in_time_it_is_met(self):
        stopped = clock().stop(at=t("mon 12:00"))

        assert stopped.state is ClockState.STOPPED
        assert stopped.outcome is ClockOutcome.MET
        assert stopped.breached_at is None
        assert stopped.elapsed(t("thu 12:00")) == hours(3)

    def test_stopped_on_the_boundary_it_is_met(self):
        assert clock().stop(at=t("mon 13:00")).outcome is ClockOutcome.MET

    def test_stopped_one_microsecond_later_it_is_breached(self):
        stopped = clock().stop(at=t("mon 13:00") + MICROSECOND)

        assert stopped.outcome is ClockOutcome.BREACHED
        assert stopped.breached_at == t("mon 13:00")

    @pytest.mark.parametrize("at", ["mon 17:00", "mon 23:00", "tue 09:00"])
    def test_stopped_later_without_working_time_in_between_it_is_still_met(self, at):
        assert clock(8).stop(at=t(at)).outcome is ClockOutcome.MET

    def test_stopped_later_with_working_time_in_between_it_is_not(self):
        assert clock(8).stop(at=t("tue 09:00") + MICROSECOND).outcome is ClockOutcome.BREACHED

    def test_answered_outside_hours_is_answered_with_nothing_used(self):
        stopped = clock(at="sat 12:00").stop(at=t("sun 12:00"))

        assert stopped.outcome is ClockOutcome.MET
        assert stopped.elapsed(t("mon 12:00")) == ZERO

    def test_stopped_while_paused_the_pause_ends(self):
        stopped = clock().pause(at=t("mon 10:00")).stop(at=t("mon 16:00"))

        assert stopped.state is ClockState.STOPPED
        assert stopped.pauses == (Pause(t("mon 10:00"), t("mon 16:00")),)
        assert stopped.outcome is ClockOutcome.MET
        assert stopped.elapsed(t("tue 12:00")) == hours(1)

    def test_it_still_tells_when_it_would_have_been_due(self):
        assert clock().stop(at=t("mon 10:00")).due_at == t("mon 13:00")
        assert clock().pause(at=t("mon 10:00")).stop(at=t("mon 11:00")).due_at == t("mon 14:00")

    def test_a_breach_before_the_stop_is_not_known_earlier(self):
        stopped = clock(1).stop(at=t("mon 12:00"))

        assert not stopped.is_breached(t("mon 10:00"))
        assert stopped.is_breached(t("mon 11:00"))
        assert stopped.is_breached(t("thu 11:00"))

    def test_once_stopped_nothing_moves_its_outcome(self):
        stopped = clock(8).stop(at=t("mon 12:00"))

        assert not stopped.is_breached(t("thu 17:00"))
        assert stopped.remaining(t("thu 17:00")) == hours(5)


class TestCancel:
    def test_a_cancelled_clock_has_no_verdict_of_its_own(self):
        cancelled = clock().cancel(at=t("mon 10:00"), reason="raised in error")

        assert cancelled.state is ClockState.CANCELLED
        assert cancelled.outcome is ClockOutcome.CANCELLED
        assert cancelled.cancelled_at == t("mon 10:00")
        assert cancelled.cancelled_because == "raised in error"
        assert cancelled.due_at is None
        assert cancelled.due_if_resumed(t("mon 12:00")) is None
        assert cancelled.breached_at is None
        assert cancelled.elapsed(t("tue 10:00")) == hours(1)

    def test_cancelled_after_a_breach_both_are_told(self):
        cancelled = clock(1).cancel(at=t("mon 12:00"), reason="withdrawn")

        assert cancelled.outcome is ClockOutcome.CANCELLED
        assert cancelled.breached_at == t("mon 10:00")
        assert cancelled.is_breached(t("mon 12:00"))

    def test_cancelled_while_paused_the_pause_ends(self):
        cancelled = clock().pause(at=t("mon 10:00")).cancel(at=t("mon 11:00"), reason="merged")

        assert cancelled.state is ClockState.CANCELLED
        assert cancelled.pauses == (Pause(t("mon 10:00"), t("mon 11:00")),)

    def test_a_cancelled_clock_is_never_breached_later(self):
        assert not clock().cancel(at=t("mon 10:00"), reason="merged").is_breached(t("thu 12:00"))

    @pytest.mark.parametrize(("reason", "error"), [("  ", ValueError), (None, TypeError)])
    def test_a_cancellation_says_why(self, reason, error):
        with pytest.raises(error, match="reason"):
            clock().cancel(at=t("mon 10:00"), reason=reason)


class TestReopen:
    def test_the_gap_does_not_count(self):
        reopened = clock(8).stop(at=t("mon 11:00")).reopen(at=t("tue 11:00"))

        assert reopened.state is ClockState.RUNNING
        assert reopened.outcome is None
        assert reopened.elapsed(t("tue 12:00")) == hours(3)
        assert reopened.due_at == t("tue 17:00")

    def test_the_gap_is_told_apart_from_a_pause(self):
        reopened = clock(8).stop(at=t("mon 11:00")).reopen(at=t("tue 11:00"))

        assert reopened.pauses == (Pause(t("mon 11:00"), t("tue 11:00"), None, is_gap=True),)

    def test_an_earlier_breach_stays(self):
        reopened = clock(1).stop(at=t("mon 11:00")).reopen(at=t("tue 11:00"))

        assert reopened.breached_at == t("mon 10:00")
        assert reopened.stop(at=t("tue 11:00")).outcome is ClockOutcome.BREACHED

    def test_met_at_first_it_may_still_be_breached(self):
        reopened = clock(2).stop(at=t("mon 10:00")).reopen(at=t("tue 11:00"))

        assert reopened.stop(at=t("tue 12:00")).outcome is ClockOutcome.MET
        assert reopened.stop(at=t("tue 12:01")).outcome is ClockOutcome.BREACHED

    def test_stopped_while_paused_and_reopened_it_runs(self):
        reopened = (
            clock().pause(at=t("mon 10:00")).stop(at=t("mon 11:00")).reopen(at=t("mon 12:00"))
        )

        assert reopened.state is ClockState.RUNNING
        assert reopened.elapsed(t("mon 13:00")) == hours(2)
        assert [pause.is_gap for pause in reopened.pauses] == [False, True]

    def test_several_gaps_add_up(self):
        reopened = clock(8)
        for stop, again in [("mon 10:00", "mon 11:00"), ("mon 12:00", "mon 16:00")]:
            reopened = reopened.stop(at=t(stop)).reopen(at=t(again))

        assert reopened.elapsed(t("mon 17:00")) == hours(3)


class TestRetarget:
    def test_start_and_elapsed_time_are_kept(self):
        moved = clock(8).retarget(resolution(hours(4)), at=t("mon 11:00"))

        assert moved.started_at == t("mon 09:00")
        assert moved.elapsed(t("mon 12:00")) == hours(3)
        assert moved.remaining(t("mon 12:00")) == hours(1)
        assert moved.due_at == t("mon 13:00")
        assert moved.target == resolution(hours(4))

    def test_every_target_is_kept_with_the_time_it_came_into_force(self):
        moved = clock(8).retarget(resolution(hours(4)), at=t("mon 11:00"))

        assert [(p.since, p.target.duration) for p in moved.promises] == [
            (t("mon 09:00"), hours(8)),
            (t("mon 11:00"), hours(4)),
        ]

    def test_before_it_the_old_target_is_told(self):
        moved = clock(8).retarget(resolution(hours(4)), at=t("mon 11:00"))

        assert moved.percent(t("mon 11:00") - minutes(60)) == 12.5
        assert moved.percent(t("mon 11:00")) == 50
        assert moved.remaining(t("mon 10:00")) == hours(7)
        assert moved.remaining(t("sun 10:00")) == hours(8)

    def test_a_paused_clock_may_be_retargeted(self):
        moved = clock(8).pause(at=t("mon 10:00")).retarget(resolution(hours(4)), at=t("mon 11:00"))

        assert moved.state is ClockState.PAUSED
        assert moved.due_if_resumed(t("mon 12:00")) == t("mon 15:00")
        assert moved.resume(at=t("mon 12:00")).due_at == t("mon 15:00")

    def test_a_shorter_target_passed_already_is_breached_at_the_retarget(self):
        moved = clock(8).retarget(resolution(hours(1)), at=t("mon 11:00"))

        assert moved.breached_at == t("mon 11:00")
        assert moved.due_at == t("mon 10:00")
        assert not moved.is_breached(t("mon 11:00") - MICROSECOND)
        assert moved.is_breached(t("mon 11:00"))

    def test_a_shorter_target_passed_already_is_breached_though_the_clock_is_paused(self):
        paused = clock(8).pause(at=t("mon 12:00"))

        assert paused.retarget(resolution(hours(1)), at=t("mon 14:00")).breached_at == t(
            "mon 14:00"
        )

    def test_a_shorter_target_just_reached_is_breached_with_the_next_working_time(self):
        moved = clock(8).retarget(resolution(hours(2)), at=t("mon 11:00"))

        assert moved.breached_at == t("mon 11:00")
        assert not moved.is_breached(t("mon 11:00"))
        assert moved.stop(at=t("mon 11:00")).outcome is ClockOutcome.MET

    def test_sticky_a_breach_stays_whatever_is_promised_later(self):
        moved = clock(1).retarget(resolution(hours(8)), at=t("mon 11:00"))

        assert moved.breached_at == t("mon 10:00")
        assert moved.stop(at=t("mon 12:00")).outcome is ClockOutcome.BREACHED
        assert moved.due_at == t("mon 17:00")

    def test_by_the_final_target_it_does_not(self):
        moved = clock(1, policy=FINAL)
        moved = moved.retarget(resolution(hours(8), policy=FINAL), at=t("mon 11:00"))

        assert moved.breached_at == t("tue 09:00")
        assert moved.is_breached(t("mon 10:30"))
        assert not moved.is_breached(t("mon 11:00"))
        assert moved.stop(at=t("mon 12:00")).outcome is ClockOutcome.MET
        assert moved.stop(at=t("tue 12:00")).outcome is ClockOutcome.BREACHED

    def test_by_the_final_target_a_shorter_one_passed_already_is_breached_at_the_retarget(self):
        moved = clock(8, policy=FINAL)
        moved = moved.retarget(resolution(hours(1), policy=FINAL), at=t("mon 11:00"))

        assert moved.breached_at == t("mon 11:00")

    def test_a_target_in_force_for_no_time_is_not_judged_by(self):
        moved = clock(8).retarget(resolution(hours(1)), at=t("mon 11:00"))
        moved = moved.retarget(resolution(hours(6)), at=t("mon 11:00"))

        assert not moved.is_breached(t("mon 15:00"))
        assert moved.breached_at == t("mon 15:00")

    def test_retargeted_and_stopped_at_one_instant_it_is_judged_by_the_new_target(self):
        moved = clock(8).retarget(resolution(hours(1)), at=t("mon 11:00"))

        assert moved.stop(at=t("mon 11:00")).outcome is ClockOutcome.BREACHED

    def test_time_before_it_stays_measured_in_the_old_calendar(self):
        moved = clock(8, "mon 15:00")
        moved = moved.retarget(resolution(hours(8), ALWAYS_OPEN), at=t("mon 20:00"))

        assert moved.elapsed(t("mon 19:00")) == hours(2)
        assert moved.elapsed(t("mon 21:00")) == hours(3)
        assert moved.due_at == t("tue 02:00")

    def test_from_around_the_clock_to_office_hours(self):
        moved = clock(12, "mon 06:00", ALWAYS_OPEN)
        moved = moved.retarget(resolution(hours(12)), at=t("mon 10:00"))

        assert moved.elapsed(t("mon 17:00")) == hours(11)
        assert moved.due_at == t("tue 10:00")

    def test_a_calendar_changed_while_paused(self):
        moved = clock(4).pause(at=t("mon 10:00"))
        moved = moved.retarget(resolution(hours(4), ALWAYS_OPEN), at=t("mon 12:00"))
        moved = moved.resume(at=t("mon 22:00"))

        assert moved.elapsed(t("mon 23:00")) == hours(2)
        assert moved.due_at == t("tue 01:00")

    def test_business_days_count_from_the_start_of_the_clock(self):
        moved = clock(8, "mon 13:00").retarget(resolution(BusinessDays(1)), at=t("tue 10:00"))

        assert moved.due_at == t("tue 17:00")

    def test_with_an_open_calendar_before_the_first_opening_counting_begins_at_the_retarget(self):
        moved = clock(4, "sat 09:00").retarget(resolution(hours(4), ALWAYS_OPEN), at=t("sat 12:00"))

        assert moved.elapsed(t("sat 13:00")) == hours(1)
        assert moved.counts_from == t("sat 12:00")

    def test_the_same_target_again_moves_nothing(self):
        moved = clock(4).retarget(resolution(hours(4)), at=t("mon 11:00"))

        assert moved.due_at == clock(4).due_at
        assert moved.breached_at == clock(4).breached_at


class TestOrder:
    def test_facts_at_one_instant_are_legal(self):
        at = t("mon 09:00")
        told = clock().pause(at=at).resume(at=at).retarget(resolution(hours(2)), at=at)
        told = told.stop(at=at).reopen(at=at).pause(at=at).resume(at=at)

        assert told.elapsed(t("mon 10:00")) == hours(1)
        assert told.due_at == t("mon 11:00")
        assert told.stop(at=at).outcome is ClockOutcome.MET

    @pytest.mark.parametrize(
        ("facts", "verb", "arguments"),
        [
            ([], "pause", {}),
            ([], "stop", {}),
            ([], "cancel", {"reason": "merged"}),
            ([], "retarget", {"target": resolution(hours(1))}),
            (["pause"], "resume", {}),
            (["pause"], "stop", {}),
            (["pause", "resume"], "pause", {}),
            (["stop"], "reopen", {}),
            (["stop", "reopen"], "stop", {}),
            (["pause", "stop"], "reopen", {}),
        ],
    )
    def test_a_fact_before_the_last_one_is_refused(self, facts, verb, arguments):
        told = clock(at="mon 09:00")
        for n, fact in enumerate(facts, 1):
            told = getattr(told, fact)(at=t("mon 09:00") + hours(n))
        last = t("mon 09:00") + hours(len(facts))

        with pytest.raises(OutOfOrderError) as refused:
            getattr(told, verb)(at=last - MICROSECOND, **arguments)

        assert refused.value.subject == "resolution clock"
        assert refused.value.given == last - MICROSECOND
        assert refused.value.last == last

    def test_a_fact_before_the_last_retarget_is_refused(self):
        moved = clock().retarget(resolution(hours(1)), at=t("mon 11:00"))

        with pytest.raises(OutOfOrderError) as refused:
            moved.pause(at=t("mon 10:00"))

        assert str(refused.value) == (
            "resolution clock: at 2024-03-04T10:00:00+00:00 lies before 2024-03-04T11:00:00+00:00"
        )

    def test_instants_are_ordered_by_what_they_are_and_not_by_what_clocks_show(self):
        first, second = (dt.datetime(2024, 10, 27, 1, 30, tzinfo=LONDON, fold=f) for f in (0, 1))
        night = SlaClock.start(resolution(hours(8), ALWAYS_OPEN), at=first)

        assert night.pause(at=second).elapsed(second) == hours(1)
        with pytest.raises(OutOfOrderError):
            night.pause(at=second).resume(at=first)


def in_state(state):
    started = clock()
    return {
        ClockState.RUNNING: started,
        ClockState.PAUSED: started.pause(at=t("mon 10:00")),
        ClockState.STOPPED: started.stop(at=t("mon 10:00")),
        ClockState.CANCELLED: started.cancel(at=t("mon 10:00"), reason="merged"),
    }[state]


ARGUMENTS = {"cancel": {"reason": "merged"}, "retarget": {"target": resolution(hours(1))}}
LEGAL = {
    ClockState.RUNNING: {"pause", "stop", "cancel", "retarget"},
    ClockState.PAUSED: {"resume", "stop", "cancel", "retarget"},
    ClockState.STOPPED: {"reopen"},
    ClockState.CANCELLED: set(),
}
VERBS = ("pause", "resume", "stop", "reopen", "cancel", "retarget")


class TestRefusals:
    @pytest.mark.parametrize("state", ClockState)
    @pytest.mark.parametrize("verb", VERBS)
    def test_what_the_state_does_not_allow_is_refused_by_verb_and_state(self, state, verb):
        told = in_state(state)
        step = getattr(told, verb)
        arguments = {"at": t("mon 12:00"), **ARGUMENTS.get(verb, {})}

        if verb in LEGAL[state]:
            assert step(**arguments) != told
        else:
            with pytest.raises(ClockError) as refused:
                step(**arguments)
            assert str(refused.value) == f"cannot {verb} the resolution clock: it is {state}"

    def test_a_refusal_is_one_of_this_library(self):
        assert issubclass(ClockError, ItilOpsError)

    def test_the_state_speaks_before_the_order(self):
        with pytest.raises(ClockError):
            in_state(ClockState.STOPPED).stop(at=t("mon 09:00"))

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_naive_instant_is_refused(self, verb):
        told = next(in_state(state) for state in ClockState if verb in LEGAL[state])

        with pytest.raises(ValueError, match="at must be an aware datetime, not the naive"):
            getattr(told, verb)(at=dt.datetime(2024, 3, 4, 12), **ARGUMENTS.get(verb, {}))

    @pytest.mark.parametrize("ask", ["elapsed", "remaining", "percent", "is_breached"])
    def test_a_question_about_a_naive_instant_is_refused(self, ask):
        with pytest.raises(ValueError, match="naive"):
            getattr(clock(), ask)(dt.datetime(2024, 3, 4, 12))

    def test_it_starts_at_an_instant(self):
        with pytest.raises(ValueError, match="naive"):
            SlaClock.start(resolution(hours(1)), at=dt.datetime(2024, 3, 4, 12))
        with pytest.raises(TypeError, match="at must be an aware datetime"):
            SlaClock.start(resolution(hours(1)), at=date(2024, 3, 4))

    @pytest.mark.parametrize("target", [hours(1), None, "resolution"])
    def test_it_starts_with_a_target(self, target):
        with pytest.raises(TypeError, match="target must be a Target"):
            SlaClock.start(target, at=t("mon 09:00"))

    @pytest.mark.parametrize("target", [hours(1), None])
    def test_it_is_retargeted_to_a_target(self, target):
        with pytest.raises(TypeError, match="target must be a Target"):
            clock().retarget(target, at=t("mon 09:00"))

    def test_a_clock_keeps_its_kind(self):
        clock = SlaClock.start(Target(TargetKind.RESOLUTION, timedelta(hours=4)), at=t("mon 09:00"))
        with pytest.raises(ClockError, match="cannot retarget the resolution clock to response"):
            clock.retarget(Target(TargetKind.RESPONSE, timedelta(hours=1)), at=t("mon 10:00"))

    def test_a_cycle_is_one_or_more(self):
        with pytest.raises(ValueError, match="cycle must be 1 or more"):
            SlaClock.start(
                Target(TargetKind.RESPONSE, timedelta(hours=1)), at=t("mon 09:00"), cycle=0
            )

    def test_a_cycle_is_a_number(self):
        with pytest.raises(TypeError, match="cycle"):
            clock(cycle="second")

    def test_a_pause_has_a_pending_reason(self):
        with pytest.raises(TypeError, match="reason must be a PendingReason or None"):
            clock().pause(at=t("mon 10:00"), reason="awaiting_caller")


class TestBesides:
    def test_in_proportion_to_a_target_that_is_used_up_it_stays_due_when_it_was(self):
        passed = clock(1).retarget(
            resolution(hours(8)), at=t("mon 12:00"), mode=Retarget.PROPORTIONAL
        )

        assert passed.due_at == passed.breached_at == t("mon 10:00")
        assert passed.percent(t("mon 12:00")) == 125

    def test_what_waits_from_the_start_keeps_a_due_time_that_a_person_fixed(self):
        late = clock(policy=ClockPolicy(start_on_hold=StartOnHold.NOT_STARTED))
        held = late.pause(at=t("mon 09:00")).fix(
            t("mon 12:00"), reason="promised", at=t("mon 09:30")
        )

        assert held.resume(at=t("mon 10:00")).due_at == t("mon 12:00")
        assert held.resume(at=t("mon 10:00")).started_at == t("mon 10:00")

    def test_what_a_fixed_due_time_left_stays_as_it_was_at_the_stop(self):
        done = (
            clock()
            .fix(t("mon 12:00"), reason="promised", at=t("mon 09:30"))
            .stop(at=t("mon 11:00"))
        )

        assert done.remaining(t("mon 16:00")) == done.remaining(t("mon 11:00")) == hours(1)

    def test_wall_time_runs_from_the_start_to_the_end(self):
        assert clock().wall_time(t("tue 09:00")) == hours(24)
        assert clock().wall_time(t("fri 09:00")) == ZERO
        assert clock().stop(at=t("mon 11:00")).wall_time(t("tue 09:00")) == hours(2)


class TestValue:
    def test_a_verb_leaves_the_clock_as_it_was(self):
        started = clock()
        started.pause(at=t("mon 10:00"))

        assert started == clock()
        assert started.state is ClockState.RUNNING

    def test_clocks_of_the_same_facts_are_equal(self):
        one = clock().pause(at=t("mon 10:00")).stop(at=t("mon 11:00"))
        other = SlaClock.start(resolution(hours(4)), at=t("mon 09:00").astimezone(LONDON))
        other = other.pause(at=t("mon 10:00").astimezone(LONDON)).stop(at=t("mon 11:00"))

        assert one == other
        assert hash(one) == hash(other)
        assert one != one.reopen(at=t("mon 12:00"))
        assert clock() != clock(policy=FINAL)

    @pytest.mark.parametrize("judgement", Judgement)
    def test_a_clock_survives_a_pickle(self, judgement):
        told = clock(1, policy=ClockPolicy(judgement=judgement)).pause(
            at=t("mon 09:30"), reason=PendingReason.SCHEDULED
        )
        told = told.resume(at=t("mon 10:00")).retarget(resolution(hours(2)), at=t("mon 12:00"))
        told = told.stop(at=t("mon 13:00"))

        thawed = pickle.loads(pickle.dumps(told))

        assert thawed == told
        assert hash(thawed) == hash(told)
        assert thawed.outcome is told.outcome
        assert thawed.breached_at == told.breached_at
        assert thawed.reopen(at=t("mon 13:00")).due_at == told.due_at

    @pytest.mark.parametrize(
        "tried",
        [
            lambda: clock().resume(at=t("mon 10:00")),
            lambda: clock().pause(at=t("sun 10:00")),
        ],
    )
    def test_a_refusal_survives_a_pickle(self, tried):
        with pytest.raises(ItilOpsError) as refused:
            tried()

        assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)

    def test_a_clock_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            clock().stopped_at = t("mon 10:00")


class TestDomainTable:
    """
    The rows of the table of checked answers, as clocks.
    """

    @pytest.mark.parametrize(
        ("calendar", "start", "length", "due"),
        [
            (
                BusinessCalendar("Europe/London", dict.fromkeys(WEEKDAYS, (("08:00", "17:00"),))),
                "2024-03-01T16:00",
                8,
                "2024-03-04T15:00",
            ),
            (OFFICE, "2024-03-01T16:00", 8, "2024-03-04T16:00"),
            (
                attrs.evolve(OFFICE, holidays=[date(2024, 3, 29), date(2024, 4, 1)]),
                "2024-03-28T15:00",
                8,
                "2024-04-02T15:00",
            ),
            (OFFICE, "2024-03-02T12:00", 1, "2024-03-04T10:00"),
            (OFFICE, "2024-03-01T17:00", 1, "2024-03-04T10:00"),
            (
                BusinessCalendar(
                    "Europe/London",
                    {
                        "mon": [("09:00", "17:00")],
                        "tue": [("09:00", "16:00")],
                        "thu": [("08:00", "17:00")],
                    },
                ),
                "2024-03-04T11:00",
                16,
                "2024-03-07T11:00",
            ),
            (ALWAYS_OPEN, "2024-03-31T00:00", 24, "2024-04-01T01:00"),
            (ALWAYS_OPEN, "2024-10-27T00:00", 24, "2024-10-27T23:00"),
        ],
    )
    def test_a_clock_is_due(self, calendar, start, length, due):
        started = SlaClock.start(resolution(hours(length), calendar), at=london(start))

        assert started.due_at == london(due).astimezone(UTC)

    @pytest.mark.parametrize(
        ("evening", "worked"), [("2024-03-30T22:00", 7), ("2024-10-26T22:00", 9)]
    )
    def test_a_night_counts_as_long_as_it_really_is(self, evening, worked):
        started = SlaClock.start(resolution(hours(worked), NIGHTS), at=london(evening))

        assert started.elapsed(london(evening) + timedelta(days=1)) == hours(worked)
        assert started.due_at == (london(evening) + hours(8)).astimezone(UTC)

    def test_a_pause_over_lunch_moves_the_due_time(self):
        paused = clock(4).pause(at=t("mon 10:00")).resume(at=t("mon 14:00"))
        resolved = paused.stop(at=t("mon 15:30"))

        assert paused.due_at == t("mon 17:00")
        assert resolved.elapsed(t("mon 15:30")) == hours(2.5)
        assert resolved.outcome is ClockOutcome.MET

    def test_a_response_over_the_weekend_is_met(self):
        target = Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE)
        accepted = SlaClock.start(target, at=t("fri 16:50")).stop(at=t("mon 09:10"))

        assert accepted.elapsed(t("mon 12:00")) == minutes(20)
        assert accepted.outcome is ClockOutcome.MET

    def test_a_day_is_twenty_four_hours_of_opening_hours_and_a_business_day_is_one_close(self):
        assert clock(timedelta(days=1), "mon 09:00").due_at == t("wed 17:00")
        assert clock(BusinessDays(1), "mon 09:00").due_at == t("tue 17:00")


class TestWhatOtherSystemsPin:
    """
    What one clock can show of the behaviour that the tests of existing systems pin.
    """

    def test_a_goal_of_zero_does_not_switch_the_clock_off(self):
        assert clock(0).due_at == t("mon 09:00")

    def test_a_deadline_counts_from_a_future_start(self):
        future = clock(2, "wed 10:00")

        assert future.due_at == t("wed 12:00")
        assert future.remaining(t("mon 10:00")) == hours(2)

    def test_a_day_off_is_not_counted_at_all(self):
        off = attrs.evolve(OFFICE, holidays=[date(2024, 3, 5)])
        every_year = attrs.evolve(OFFICE, holidays=["--03-05"])

        assert clock(10, calendar=off).due_at == t("wed 11:00")
        assert clock(10, calendar=every_year).due_at == t("wed 11:00")

    def test_a_response_given_before_a_hold_is_not_moved_by_it(self):
        given = clock(1).stop(at=t("mon 09:30"))

        with pytest.raises(ClockError):
            given.pause(at=t("mon 09:40"))

    def test_the_resolved_interval_counts_as_neither_work_nor_wait(self):
        told = clock(8).pause(at=t("mon 10:00")).stop(at=t("mon 11:00"))
        told = told.reopen(at=t("mon 12:00")).pause(at=t("mon 13:00")).resume(at=t("mon 14:00"))

        assert told.elapsed(t("mon 14:00")) == hours(2)
        assert [pause.is_gap for pause in told.pauses] == [False, True, False]

    def test_resolved_then_paused_does_not_lose_the_gap(self):
        told = clock(8).stop(at=t("mon 10:00")).reopen(at=t("mon 12:00")).pause(at=t("mon 12:00"))

        assert told.elapsed(t("mon 16:00")) == hours(1)
        assert told.due_if_resumed(t("mon 16:00")) == t("tue 15:00")

    def test_started_outside_hours_the_raw_start_is_kept(self):
        assert clock(at="sat 03:00").started_at == t("sat 03:00")

    def test_back_from_a_stall_the_deadline_has_moved_by_the_stall(self):
        assert clock(4).pause(at=t("mon 10:00")).resume(at=t("mon 11:00")).due_at == t("mon 14:00")

    def test_a_goal_recomputed_in_the_past_is_breached_only_once(self):
        moved = clock(2).retarget(resolution(hours(1)), at=t("mon 13:00"))

        assert moved.breached_at == t("mon 11:00")

    def test_a_goal_removed_keeps_the_time_that_was_counted(self):
        removed = clock(4).cancel(at=t("mon 11:00"), reason="no target applies")

        assert removed.due_at is None
        assert removed.elapsed(t("tue 11:00")) == hours(2)

    def test_a_merged_ticket_never_escalates(self):
        merged = clock(4).cancel(at=t("mon 10:00"), reason="merged")

        assert merged.breached_at is None
        assert merged.due_at is None

    def test_an_ended_clock_has_nothing_to_come(self):
        assert clock(4).stop(at=t("mon 10:00")).breached_at is None
