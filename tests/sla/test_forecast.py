"""
What lies ahead of a clock.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from datetime import UTC, timedelta

import pendulum
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import EVERY_DAY, MICROSECOND, NIGHTS, OFFICE, hours, minutes, resolution, t
from examples_of_runs import tried
from itil_ops.errors import ClockError, OutOfOrderError
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.policy import ClockPolicy, Judgement, Retarget
from itil_ops.sla.promises.target import Target, TargetKind


ZERO = timedelta(0)
SETTINGS = tried(100)
CALLER = PendingReason.AWAITING_CALLER
SUPPLIER = PendingReason.AWAITING_SUPPLIER


def clock(length=4, at="mon 09:00", calendar=OFFICE, **options):
    return SlaClock.start(resolution(hours(length), calendar, **options), at=t(at))


def fixed(due="mon 15:00", at="mon 10:00", **options):
    return clock(**options).fix(t(due), reason="promised on the phone", at=t(at))


class TestRunning:
    def test_its_slack_is_the_working_time_left(self):
        ahead = clock().forecast(t("mon 10:00"))

        assert ahead.slack == hours(3)
        assert ahead.due_at == ahead.due_if_resumed == t("mon 13:00")
        assert ahead.state is ClockState.RUNNING
        assert not ahead.is_paused
        assert not ahead.is_settled

    def test_the_wall_has_more_time_than_the_office(self):
        ahead = clock(at="fri 16:00").forecast(t("fri 16:30"))

        assert ahead.slack == hours(3.5)
        assert ahead.latest_stop == t("mon 12:00")
        assert ahead.slack_wall == t("mon 12:00") - t("fri 16:30")

    def test_due_at_close_of_business_a_stop_in_the_night_still_meets_it(self):
        running = clock(8)
        ahead = running.forecast(t("mon 16:00"))

        assert ahead.due_at == t("mon 17:00")
        assert ahead.latest_stop == t("tue 09:00")
        assert running.stop(at=ahead.latest_stop).outcome is ClockOutcome.MET
        late = running.stop(at=ahead.latest_stop + MICROSECOND)
        assert late.outcome is ClockOutcome.BREACHED

    def test_of_a_missed_target_slack_is_negative_in_working_and_in_wall_time(self):
        ahead = clock(4, "fri 13:00").forecast(t("mon 11:00"))

        assert ahead.slack == -hours(2)
        assert ahead.latest_stop == t("mon 09:00")
        assert ahead.slack_wall == -hours(2)
        assert ahead.is_settled

    def test_a_breach_stays_under_a_longer_target(self):
        longer = clock(1).retarget(resolution(hours(8)), at=t("mon 11:00"))
        ahead = longer.forecast(t("mon 11:00"))

        assert ahead.slack == hours(6)
        assert ahead.slack_wall == -hours(1)

    def test_a_breach_is_forgotten_where_the_last_target_judges(self):
        policy = ClockPolicy(judgement=Judgement.FINAL_TARGET)
        longer = clock(1, policy=policy).retarget(
            resolution(hours(8), policy=policy), at=t("mon 11:00")
        )

        assert longer.forecast(t("mon 11:00")).latest_stop == t("tue 09:00")

    def test_it_may_start_later_than_it_is_asked(self):
        ahead = clock(at="tue 10:00").forecast(t("mon 10:00"))

        assert ahead.slack == hours(4)
        assert ahead.if_held(t("mon 12:00")) == ahead.due_at == t("tue 14:00")
        assert ahead.if_held(t("tue 12:00")) == t("tue 16:00")


class TestPaused:
    def test_it_is_due_when_somebody_resumes_it(self):
        ahead = clock().pause(at=t("mon 10:00")).forecast(t("mon 16:00"))

        assert ahead.is_paused
        assert ahead.slack == hours(3)
        assert ahead.due_at is None
        assert ahead.due_if_resumed == t("tue 11:00")
        assert ahead.latest_stop is ahead.slack_wall is None

    def test_missed_before_the_pause_it_stays_missed(self):
        ahead = clock(1).pause(at=t("mon 12:00")).forecast(t("mon 15:00"))

        assert ahead.slack == -hours(2)
        assert ahead.slack_wall == -hours(5)

    def test_a_fixed_due_time_runs_out_in_a_pause(self):
        ahead = fixed().pause(at=t("mon 11:00")).forecast(t("mon 12:00"))

        assert ahead.due_at == ahead.due_if_resumed == ahead.latest_stop == t("mon 15:00")
        assert ahead.slack == ahead.slack_wall == hours(3)
        assert ahead.is_settled


class TestLatestStart:
    @pytest.mark.parametrize(
        ("work", "expected"),
        [
            (ZERO, "mon 11:00"),
            (minutes(30), "mon 10:30"),
            (hours(3), "fri 16:00"),
            (hours(2), "mon 09:00"),
            (hours(6), "fri 13:00"),
        ],
    )
    def test_work_begins_so_that_it_ends_by_the_due_time(self, work, expected):
        ahead = clock(4, "fri 15:00").forecast(t("fri 15:30"))

        assert ahead.due_at == t("mon 11:00")
        assert ahead.latest_start(work) == t(expected)

    def test_of_a_paused_clock_it_is_as_if_resumed_now(self):
        ahead = clock().pause(at=t("mon 10:00")).forecast(t("mon 12:00"))

        assert ahead.latest_start(hours(1)) == t("mon 14:00")

    def test_of_a_fixed_due_time_it_counts_back_from_there(self):
        assert fixed().forecast(t("mon 11:00")).latest_start(hours(2)) == t("mon 13:00")

    def test_negative_work_is_refused(self):
        with pytest.raises(ValueError, match="work must not be negative"):
            clock().forecast(t("mon 10:00")).latest_start(-hours(1))

    def test_work_of_months_is_refused(self):
        with pytest.raises(ValueError, match="work must not have months"):
            clock().forecast(t("mon 10:00")).latest_start(pendulum.duration(months=1))

    def test_work_is_a_timedelta(self):
        with pytest.raises(TypeError, match="work must be a timedelta"):
            clock().forecast(t("mon 10:00")).latest_start(2)


class TestLatestResume:
    paused = staticmethod(lambda: clock().pause(at=t("mon 10:00")).forecast(t("mon 12:00")))

    def test_a_pause_alone_is_never_too_long(self):
        assert self.paused().latest_resume() is None
        assert self.paused().latest_resume(hours(3)) is None

    def test_more_work_than_the_target_leaves_is_too_late_already(self):
        assert self.paused().latest_resume(hours(4)) == t("mon 11:00")

    def test_by_an_instant_all_that_is_left_must_fit_before_it(self):
        assert self.paused().latest_resume(by=t("tue 10:00")) == t("mon 15:00")
        assert self.paused().latest_resume(by=t("mon 13:00")) == t("mon 10:00")

    def test_by_an_instant_for_some_work(self):
        assert self.paused().latest_resume(hours(1), by=t("tue 11:00")) == t("tue 10:00")

    def test_nothing_is_left_of_a_missed_target(self):
        missed = clock(1).pause(at=t("mon 12:00")).forecast(t("mon 15:00"))

        assert missed.latest_resume(by=t("mon 16:00")) == t("mon 16:00")
        assert missed.latest_resume() == t("mon 10:00")

    def test_a_fixed_due_time_runs_out(self):
        ahead = fixed().pause(at=t("mon 11:00")).forecast(t("mon 12:00"))

        assert ahead.latest_resume(hours(2)) == t("mon 13:00")
        assert ahead.latest_resume(hours(2), by=t("mon 14:30")) == t("mon 12:30")

    def test_a_fixed_due_time_leaves_no_amount_of_work(self):
        ahead = fixed().pause(at=t("mon 11:00")).forecast(t("mon 12:00"))

        with pytest.raises(ValueError, match="work must be given: the resolution clock"):
            ahead.latest_resume()

    def test_a_running_clock_is_not_resumed(self):
        with pytest.raises(ClockError, match="is not paused: ask for the latest start"):
            clock().forecast(t("mon 10:00")).latest_resume(hours(1))

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"work": -hours(1)}, ValueError),
            ({"work": 3}, TypeError),
            ({"by": "noon"}, TypeError),
            ({"by": dt.datetime(2024, 3, 4, 12)}, ValueError),
        ],
    )
    def test_bad_arguments_are_refused(self, arguments, error):
        with pytest.raises(error):
            self.paused().latest_resume(**arguments)


def is_night(fact):
    return fact.fields.get("service") == "night watch"


class TestHold:
    def test_a_hold_moves_the_due_time_by_the_working_time_it_takes(self):
        ahead = clock().forecast(t("mon 10:00"))

        assert ahead.if_held(t("mon 12:00")) == t("mon 15:00")
        assert ahead.if_held(t("tue 08:00")) == t("tue 12:00")
        assert ahead.if_held(t("mon 10:00")) == t("mon 13:00")

    def test_a_pause_that_lasts_goes_on(self):
        ahead = clock().pause(at=t("mon 10:00")).forecast(t("mon 11:00"))

        assert ahead.if_held(t("mon 12:00")) == t("mon 15:00")

    def test_a_hold_outside_hours_costs_nothing(self):
        ahead = clock(4, "fri 16:00").forecast(t("fri 17:00"))

        assert ahead.if_held(t("mon 09:00"), reason=CALLER) == t("mon 12:00")

    def test_a_reason_that_does_not_pause_changes_nothing(self):
        ahead = clock().forecast(t("mon 10:00"))

        assert not ahead.would_pause(SUPPLIER)
        assert ahead.if_held(t("mon 12:00"), reason=SUPPLIER) == ahead.due_at

    def test_a_reason_that_does_not_pause_ends_a_pause(self):
        ahead = clock().pause(at=t("mon 10:00"), reason=CALLER).forecast(t("mon 11:00"))

        assert ahead.if_held(t("mon 12:00"), reason=SUPPLIER) == t("mon 14:00")

    def test_a_reason_that_pauses_by_the_target(self):
        ahead = clock(pause_on=[SUPPLIER]).forecast(t("mon 10:00"))

        assert ahead.would_pause(SUPPLIER)
        assert not ahead.would_pause(CALLER)
        assert ahead.if_held(t("mon 12:00"), reason=SUPPLIER) == t("mon 15:00")

    @pytest.mark.parametrize(
        ("pause_on", "expected"),
        [
            ([Phase.WAITING], True),
            ([Phase.DONE], False),
            ([Where(pending_reason=SUPPLIER)], True),
            ([Where(pending_reason=CALLER)], False),
            ([is_night], False),
        ],
    )
    def test_phases_and_conditions_are_asked_with_the_reason_alone(self, pause_on, expected):
        assert clock(pause_on=pause_on).forecast(t("mon 10:00")).would_pause(SUPPLIER) is expected

    def test_no_hold_moves_a_fixed_due_time(self):
        assert fixed().forecast(t("mon 11:00")).if_held(t("tue 11:00")) == t("mon 15:00")

    @pytest.mark.parametrize("at", ["mon 13:00", "mon 14:00"])
    def test_no_hold_moves_a_due_time_that_was_reached(self, at):
        assert clock().forecast(t(at)).if_held(t("tue 11:00")) == t("mon 13:00")

    def test_a_target_of_zero_is_due_when_the_office_opens_and_the_hold_is_over(self):
        assert clock(0).forecast(t("mon 09:00")).if_held(t("mon 20:00")) == t("tue 09:00")

    def test_it_cannot_end_before_it_begins(self):
        with pytest.raises(OutOfOrderError, match=r"resolution clock: until .* lies before"):
            clock().forecast(t("mon 10:00")).if_held(t("mon 09:00"))

    @pytest.mark.parametrize("reason", ["awaiting_caller", Phase.WAITING, None])
    def test_a_reason_is_a_pending_reason(self, reason):
        with pytest.raises(TypeError, match="reason must be a PendingReason"):
            clock().forecast(t("mon 10:00")).would_pause(reason)


class TestRefusals:
    def test_nothing_lies_ahead_of_a_stopped_clock(self):
        with pytest.raises(ClockError, match="nothing lies ahead of the resolution clock: it is s"):
            clock().stop(at=t("mon 10:00")).forecast(t("mon 11:00"))

    def test_nothing_lies_ahead_of_a_cancelled_clock(self):
        with pytest.raises(ClockError, match="it is cancelled"):
            clock().cancel(at=t("mon 10:00"), reason="twice").forecast(t("mon 11:00"))

    @pytest.mark.parametrize(
        "told",
        [
            clock().pause(at=t("mon 11:00")),
            clock().pause(at=t("mon 10:00")).resume(at=t("mon 11:00")),
            clock().retarget(resolution(hours(8)), at=t("mon 11:00")),
            clock().fix(t("mon 15:00"), reason="asked for", at=t("mon 11:00")),
        ],
    )
    def test_it_looks_ahead_of_what_was_told_never_back(self, told):
        assert told.forecast(t("mon 11:00")).at == t("mon 11:00")
        with pytest.raises(OutOfOrderError, match=r"resolution clock: at .* lies before"):
            told.forecast(t("mon 11:00") - MICROSECOND)

    @pytest.mark.parametrize(
        ("at", "error"), [("now", TypeError), (dt.datetime(2024, 3, 4), ValueError)]
    )
    def test_an_instant_is_an_aware_datetime(self, at, error):
        with pytest.raises(error):
            clock().forecast(at)


class TestSentences:
    def test_of_a_running_clock(self):
        state, due, stop = clock(8).forecast(t("mon 10:00")).explain()

        assert state == (
            "At 2024-03-04T10:00:00+00:00 the resolution clock runs, with 7 h of working time left."
        )
        assert due == "It is due at 2024-03-04T17:00:00+00:00."
        assert stop == "A stop until 2024-03-05T09:00:00+00:00 meets its target."

    def test_of_a_paused_clock(self):
        state, due, stop = clock().pause(at=t("mon 10:30")).forecast(t("mon 11:00")).explain()

        assert state == (
            "At 2024-03-04T11:00:00+00:00 the resolution clock is paused,"
            " with 2 h 30 min of working time left."
        )
        assert due == "If it were resumed now, it would be due at 2024-03-04T13:30:00+00:00."
        assert stop == "While it is paused no time runs out."

    def test_of_a_missed_target(self):
        state, due, stop = clock(1).forecast(t("mon 12:00")).explain()

        assert state == (
            "At 2024-03-04T12:00:00+00:00 the resolution clock runs,"
            " 2 h of working time over its target."
        )
        assert due == "It was due at 2024-03-04T10:00:00+00:00."
        assert stop == "Its target was passed at 2024-03-04T10:00:00+00:00."

    def test_of_a_target_passed_as_it_came_into_force(self):
        shorter = clock(4).retarget(resolution(hours(1)), at=t("mon 11:00"))

        assert shorter.forecast(t("mon 11:00")).explain()[2] == (
            "Its target was passed at 2024-03-04T11:00:00+00:00."
        )

    def test_of_a_fixed_due_time(self):
        assert fixed().forecast(t("mon 11:00")).explain()[1] == (
            "It is due at 2024-03-04T15:00:00+00:00, as a person fixed it: promised on the phone."
        )


def test_a_forecast_is_a_value():
    ahead = fixed().pause(at=t("mon 11:00"), reason=CALLER).forecast(t("mon 12:00"))

    for other in (pickle.loads(pickle.dumps(ahead)), copy.copy(ahead), copy.deepcopy(ahead)):
        assert other == ahead
        assert hash(other) == hash(ahead)
    assert ahead != clock().forecast(t("mon 12:00"))


def test_asking_changes_nothing():
    running = clock()
    before = pickle.dumps(running)

    running.forecast(t("mon 10:00")).if_held(t("mon 12:00"))

    assert pickle.dumps(running) == before


# ---- Against clocks driven by hand ----------------------------------------------------------

LUNCH = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00"))))
ZERO_HOUR = dt.datetime(2024, 3, 29, tzinfo=UTC)
STEPS = st.integers(0, 60).map(lambda n: n * minutes(10))
TARGETS = st.builds(
    resolution, STEPS, st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH]), pause_on=st.just([])
)
VERBS = st.lists(st.sampled_from(["pause", "resume", "retarget", "fix"]), max_size=5)


@st.composite
def live_clocks(draw):
    at = ZERO_HOUR + draw(STEPS)
    live = SlaClock.start(draw(TARGETS), at=at)
    for verb in draw(VERBS):
        at += draw(STEPS)
        allowed = {"pause": ClockState.RUNNING, "resume": ClockState.PAUSED}.get(verb, live.state)
        if live.state is not allowed:
            continue
        if verb == "retarget":
            live = live.retarget(draw(TARGETS), at=at, mode=draw(st.sampled_from(Retarget)))
        elif verb == "fix":
            live = live.fix(at + draw(STEPS), reason="asked for", at=at)
        else:
            live = getattr(live, verb)(at=at)
    return live, at + draw(STEPS)


class TestAgainstClocksDrivenByHand:
    @SETTINGS
    @given(live_clocks(), STEPS)
    def test_a_hold_is_what_pausing_and_resuming_comes_to(self, asked, wait):
        live, at = asked
        held = live if live.state is ClockState.PAUSED else live.pause(at=at)

        assert live.forecast(at).if_held(at + wait) == held.resume(at=at + wait).due_at

    @SETTINGS
    @given(live_clocks())
    def test_the_latest_stop_meets_the_target_and_the_next_microsecond_does_not(self, asked):
        live, at = asked
        ahead = live.forecast(at)
        latest = ahead.latest_stop

        if latest is None:
            assert live.stop(at=at + timedelta(days=400)).outcome is ClockOutcome.MET
        elif latest > at:
            assert live.stop(at=latest).outcome is ClockOutcome.MET
            assert live.stop(at=latest + MICROSECOND).outcome is ClockOutcome.BREACHED
        else:
            assert live.stop(at=at + MICROSECOND).outcome is ClockOutcome.BREACHED

    @SETTINGS
    @given(live_clocks(), STEPS)
    def test_work_that_starts_no_later_ends_in_time(self, asked, work):
        live, at = asked
        ahead, calendar = live.forecast(at), live.target.calendar
        start = ahead.latest_start(work)

        assert calendar.between(start, ahead.due_if_resumed) == work
        assert calendar.between(start + MICROSECOND, ahead.due_if_resumed) < work or not work

    @SETTINGS
    @given(live_clocks(), STEPS)
    def test_resumed_no_later_all_that_is_left_ends_in_time(self, asked, wait):
        live, at = asked
        ahead, by = live.forecast(at), at + wait
        if not ahead.is_paused or ahead.is_settled or not ahead.slack:
            return
        latest = ahead.latest_resume(by=by)
        if latest >= at:
            assert live.resume(at=latest).due_at <= by
            assert live.resume(at=latest + MICROSECOND).due_at > by
        else:
            assert live.resume(at=at).due_at > by


def test_every_kind_of_target_has_a_forecast():
    response = SlaClock.start(Target(TargetKind.RESPONSE, minutes(30)), at=t("mon 09:00"))

    assert response.forecast(t("mon 09:10")).slack == minutes(20)
    assert not response.forecast(t("mon 09:10")).would_pause(CALLER)
