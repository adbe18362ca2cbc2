"""
What is told of a clock, and when: thresholds, the breach, and the next instant to look.
"""

from __future__ import annotations

import copy
import pickle

from datetime import UTC, datetime

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    EVERY_DAY,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    TICK,
    NaiveClock,
    hours,
    minutes,
    open_ticks,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import CalendarError
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.telling import Told
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.policy import ClockPolicy, Judgement, PassedThresholds, Reopen, Retarget
from itil_ops.sla.promises.target import TargetKind
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold


HALF, THREE_QUARTERS, MOST, ALL = ITIL_ESCALATION
SOON = Threshold(before=hours(1), name="soon")
LONG_AFTER = Threshold(after=hours(1), name="long after")
FAR = t("thu 23:00")
ONE_MORNING = BusinessCalendar("UTC", {}, overrides={t("mon 00:00").date(): [("09:00", "12:00")]})
JUST = MICROSECOND


FOUR_HOURS = hours(4)


def target(length=FOUR_HOURS, thresholds=ITIL_ESCALATION, calendar=OFFICE, **choices):
    policy = ClockPolicy(**choices)
    return resolution(length, calendar, thresholds=thresholds, policy=policy)


def started(at="mon 09:00", *arguments, **options):
    return SlaClock.start(target(*arguments, **options), at=t(at))


def shown(told):
    return [(one.at, one.threshold) for one in told]


class TestTold:
    def test_each_threshold_is_told_as_it_is_passed_and_the_breach_after_the_last_one(self):
        clock = started()

        assert shown(clock.told(FAR)) == [
            (t("mon 11:00"), HALF),
            (t("mon 12:00"), THREE_QUARTERS),
            (t("mon 12:36"), MOST),
            (t("mon 13:00") + JUST, ALL),
            (t("mon 13:00") + JUST, None),
        ]

    def test_what_it_says(self):
        told = started().told(t("mon 11:00"))

        assert told == (Told(t("mon 11:00"), TargetKind.RESOLUTION, 1, HALF),)
        assert f"{told[0]}" == "resolution 50 % at 2024-03-04T11:00:00+00:00"
        assert str(Told(t("mon 13:00"), TargetKind.UPDATE)).startswith("update breach at 2024")
        assert [one.is_breach for one in started().told(FAR)] == [False] * 4 + [True]

    def test_it_is_a_value(self):
        told = started().told(FAR)

        assert copy.deepcopy(told) == pickle.loads(pickle.dumps(told)) == told
        assert len(set(told)) == 5

    def test_it_is_in_utc_and_says_which_cycle_it_is_of(self):
        clock = SlaClock.start(
            target(), at=datetime.fromisoformat("2024-03-04T10:00+01:00"), cycle=3
        )

        assert {(one.at.timezone_name, one.cycle) for one in clock.told(FAR)} == {("UTC", 3)}

    @pytest.mark.parametrize("at", ["mon 08:00", "mon 10:59"])
    def test_nothing_is_told_before_the_first(self, at):
        assert started().told(t(at)) == ()

    def test_what_was_told_before_is_left_out(self):
        clock = started()

        assert shown(clock.told(t("mon 12:00"), after=t("mon 11:00"))) == [
            (t("mon 12:00"), THREE_QUARTERS)
        ]
        assert shown(clock.told(t("mon 12:00"), after=t("mon 11:00") - JUST)) == [
            (t("mon 11:00"), HALF),
            (t("mon 12:00"), THREE_QUARTERS),
        ]
        assert clock.told(t("mon 11:00"), after=t("mon 12:00")) == ()

    def test_several_passed_between_two_looks_are_told_in_order(self):
        told = started().told(t("tue 09:00"), after=t("mon 09:00"))

        assert [one.threshold for one in told] == [HALF, THREE_QUARTERS, MOST, ALL, None]

    def test_offsets_are_working_time(self):
        clock = started("fri 16:00", hours(2), [SOON, LONG_AFTER])

        assert shown(clock.told(FAR)) == [
            (t("fri 17:00"), SOON),
            (t("mon 10:00") + JUST, None),
            (t("mon 11:00") + JUST, LONG_AFTER),
        ]

    def test_one_before_a_closing_time_is_told_then_and_one_after_it_at_the_opening(self):
        clock = started("fri 13:00", hours(4), [Threshold(before=hours(0)), ALL])

        assert shown(clock.told(FAR)) == [
            (t("fri 17:00"), Threshold(before=hours(0))),
            (t("mon 09:00") + JUST, ALL),
            (t("mon 09:00") + JUST, None),
        ]

    def test_business_days_are_shared_out_as_working_time(self):
        clock = started("mon 13:00", BusinessDays(1), [Threshold(before=hours(8)), HALF])

        assert shown(clock.told(FAR)) == [
            (t("mon 17:00"), Threshold(before=hours(8))),
            (t("tue 11:00"), HALF),
            (t("wed 09:00") + JUST, None),
        ]

    def test_a_pause_puts_off_what_is_still_to_be_told(self):
        clock = started().pause(at=t("mon 11:30")).resume(at=t("tue 09:30"))

        assert [at for at, _ in shown(clock.told(FAR))[:3]] == [
            t("mon 11:00"),
            t("tue 10:00"),
            t("tue 10:36"),
        ]

    @pytest.mark.parametrize(
        "naive", [{"until": datetime(2024, 3, 4)}, {"after": datetime(2024, 3, 4)}]
    )
    def test_a_naive_instant_is_refused(self, naive):
        with pytest.raises(ValueError, match="naive"):
            started().told(**{"until": FAR, **naive})


class TestAtTheEdges:
    def test_a_clock_stopped_exactly_at_its_target_has_missed_nothing(self):
        clock = started().stop(at=t("mon 13:00"))

        assert [one.threshold for one in clock.told(FAR)] == [HALF, THREE_QUARTERS, MOST]

    def test_a_microsecond_later_it_has(self):
        clock = started().stop(at=t("mon 13:00") + JUST)

        assert [one.threshold for one in clock.told(FAR)][3:] == [ALL, None]

    @pytest.mark.parametrize("end", ["stop", "cancel"])
    def test_what_is_reached_as_the_clock_ends_is_told_and_nothing_after(self, end):
        reason = {"reason": "merged"} if end == "cancel" else {}
        ended = getattr(started(), end)(at=t("mon 12:00"), **reason)

        assert shown(ended.told(FAR)) == shown(started().told(t("mon 12:00")))

    def test_what_is_reached_as_a_pause_begins_is_told(self):
        clock = started().pause(at=t("mon 11:00"))

        assert shown(clock.told(FAR)) == [(t("mon 11:00"), HALF)]

    def test_the_first_instant_at_which_it_is_breached_is_told(self):
        clock = started("fri 13:00")
        breach = clock.told(FAR)[-1]

        assert breach.at == clock.breached_at + JUST
        assert clock.is_breached(breach.at)
        assert not clock.is_breached(breach.at - JUST)

    def test_hours_that_end_before_the_target_is_used_up_tell_what_they_hold(self):
        clock = started("mon 09:00", hours(4), [HALF, ALL], ONE_MORNING)

        assert shown(clock.told(FAR)) == [(t("mon 11:00"), HALF)]
        assert clock.next_wakeup(t("mon 11:00")) is None

    def test_a_notice_at_once_is_given_outside_hours_and_on_hold_too(self):
        clock = started("sat 03:00", hours(4), [AT_ONCE]).pause(at=t("sat 03:00"))

        assert shown(clock.told(FAR)) == [(t("sat 03:00"), AT_ONCE)]

    def test_a_warning_longer_before_than_the_target_is_given_at_the_start(self):
        clock = started("mon 10:00", minutes(30), [SOON])

        assert shown(clock.told(t("mon 10:00"))) == [(t("mon 10:00"), SOON)]


class TestZeroTarget:
    STEPS = (AT_ONCE, HALF, ALL)

    def test_everything_is_due_at_the_first_working_instant(self):
        clock = started("sat 12:00", hours(0), self.STEPS)

        assert shown(clock.told(FAR)) == [
            (t("mon 09:00"), AT_ONCE),
            (t("mon 09:00"), HALF),
            (t("mon 09:00") + JUST, ALL),
            (t("mon 09:00") + JUST, None),
        ]
        assert clock.told(t("mon 09:00") - JUST) == ()
        assert [one.threshold for one in clock.told(t("mon 09:00"))] == [AT_ONCE, HALF]

    def test_a_pause_over_the_opening_puts_it_off(self):
        clock = started("sat 12:00", hours(0), self.STEPS)
        clock = clock.pause(at=t("sun 12:00")).resume(at=t("mon 10:00"))

        assert {at for at, _ in shown(clock.told(FAR))} == {t("mon 10:00"), t("mon 10:00") + JUST}

    @pytest.mark.parametrize("at", ["sun 12:00", "mon 09:00"])
    def test_stopped_by_the_opening_it_tells_nothing(self, at):
        assert started("sat 12:00", hours(0), self.STEPS).stop(at=t(at)).told(FAR) == ()

    def test_nor_does_one_that_waits_from_the_start_until_it_is_stopped(self):
        clock = started("mon 09:00", hours(0), self.STEPS).pause(at=t("mon 09:00"))

        assert clock.told(FAR) == clock.stop(at=t("mon 10:00")).told(FAR) == ()

    def test_one_that_comes_too_late_is_passed_as_it_comes(self):
        clock = started("mon 09:00", hours(4), ()).retarget(
            target(hours(0), self.STEPS), at=t("sat 18:00").replace(day=9)
        )

        assert {at for at, _ in shown(clock.told(t("sat 18:00").replace(day=10)))} == {
            t("mon 13:00") + JUST,
            t("sat 18:00").replace(day=9),
        }

    def test_where_hours_never_come_again_it_is_not_due(self):
        assert started("tue 09:00", hours(0), self.STEPS, ONE_MORNING).told(FAR) == ()


class TestOncePerCycle:
    def test_a_longer_target_does_not_tell_again_what_was_told(self):
        clock = started().retarget(target(hours(8)), at=t("mon 11:30"))

        assert shown(clock.told(t("mon 16:00"))) == [
            (t("mon 11:00"), HALF),
            (t("mon 15:00"), THREE_QUARTERS),
        ]

    def test_nor_does_one_that_restarts(self):
        clock = started(retarget=Retarget.RESTART)
        clock = clock.retarget(target(retarget=Retarget.RESTART), at=t("mon 11:30"))

        assert [one.threshold for one in clock.told(FAR)] == [HALF, THREE_QUARTERS, MOST, ALL, None]
        assert shown(clock.told(FAR))[1][0] == t("mon 14:30")

    def test_nor_does_a_reopened_clock(self):
        clock = started().stop(at=t("mon 12:00")).reopen(at=t("tue 09:00"))

        assert shown(clock.told(FAR)) == [
            (t("mon 11:00"), HALF),
            (t("mon 12:00"), THREE_QUARTERS),
            (t("tue 09:36"), MOST),
            (t("tue 10:00") + JUST, ALL),
            (t("tue 10:00") + JUST, None),
        ]

    def test_another_cycle_tells_all_anew(self):
        clock = started(reopen=Reopen.NEW_CYCLE).stop(at=t("mon 12:00")).reopen(at=t("tue 09:00"))

        assert shown(clock.told(t("tue 11:00"))) == [(t("tue 11:00"), HALF)]
        assert clock.told(FAR)[0].cycle == 2

    def test_a_gap_that_counts_after_all_tells_what_was_passed_in_it(self):
        clock = started(reopen=Reopen.RESUME_INCLUDING_GAP).stop(at=t("mon 10:00"))

        assert clock.told(FAR) == ()
        assert len(clock.reopen(at=t("tue 09:00")).told(t("tue 09:00"))) == 5

    def test_a_shorter_target_tells_at_once_what_it_finds_passed(self):
        clock = started(thresholds=()).retarget(target(hours(2)), at=t("mon 10:50"))

        assert shown(clock.told(t("mon 10:50"))) == [
            (t("mon 10:50"), HALF),
            (t("mon 10:50"), THREE_QUARTERS),
            (t("mon 10:50"), MOST),
        ]

    @pytest.mark.parametrize(
        ("choice", "thresholds"),
        [
            (PassedThresholds.TELL, [HALF, THREE_QUARTERS, MOST, ALL, None]),
            (PassedThresholds.TELL_LAST, [ALL, None]),
            (PassedThresholds.SKIP, [None]),
        ],
    )
    def test_what_a_target_finds_passed_is_told_as_its_policy_says(self, choice, thresholds):
        late = target(hours(1), passed_thresholds=choice)
        clock = started(thresholds=()).retarget(late, at=t("mon 12:00"))

        assert shown(clock.told(FAR)) == [(t("mon 12:00"), one) for one in thresholds]

    def test_what_was_left_out_stays_so_under_the_same_target(self):
        late = target(passed_thresholds=PassedThresholds.SKIP)
        clock = started(thresholds=()).retarget(late, at=t("mon 11:30"))
        clock = clock.pause(at=t("mon 11:40")).resume(at=t("mon 11:50"))

        assert [one.threshold for one in clock.told(FAR)] == [THREE_QUARTERS, MOST, ALL, None]

    def test_and_is_told_by_a_longer_one_that_comes_to_it(self):
        late = target(passed_thresholds=PassedThresholds.SKIP)
        clock = started(thresholds=()).retarget(late, at=t("mon 11:30"))
        clock = clock.retarget(target(hours(6)), at=t("mon 11:40"))

        assert shown(clock.told(FAR))[0] == (t("mon 12:00"), HALF)

    def test_what_is_reached_just_as_a_target_comes_is_no_thing_of_the_past(self):
        clock = started("mon 09:00", hours(4), [AT_ONCE], passed_thresholds=PassedThresholds.SKIP)

        assert shown(clock.told(t("mon 09:00"))) == [(t("mon 09:00"), AT_ONCE)]

    def test_the_last_one_passed_is_not_told_again(self):
        late = target(hours(3), passed_thresholds=PassedThresholds.TELL_LAST)
        clock = started().retarget(late, at=t("mon 11:10"))

        assert shown(clock.told(t("mon 11:14"))) == [(t("mon 11:00"), HALF)]


class TestPracticeElsewhere:
    def test_glpi_11_a_replaced_target_has_its_own_first_level_queued(self):
        early, late = Threshold(before=hours(3)), Threshold(before=hours(2))
        old, new = target(hours(4), [early]), target(hours(8), [late])
        clock = SlaClock.start(old, at=t("mon 09:00")).retarget(new, at=t("mon 09:30"))

        assert clock.next_wakeup(t("mon 09:30")) == t("mon 15:00")
        assert shown(clock.told(FAR))[0] == (t("mon 15:00"), late)

    def test_itop_37_a_goal_that_moves_within_the_past_fires_nothing_again(self):
        clock = started().retarget(target(hours(3)), at=t("mon 16:00"))

        assert clock.told(FAR, after=t("mon 15:59")) == ()
        assert len(clock.told(FAR)) == 5

    @pytest.mark.parametrize("end", ["stop", "cancel"])
    def test_libredesk_26e_an_ended_clock_wakes_nobody(self, end):
        reason = {"reason": "merged"} if end == "cancel" else {}
        clock = getattr(started(), end)(at=t("mon 11:30"), **reason)

        assert clock.next_wakeup(t("mon 09:00")) is None
        assert clock.told(FAR, after=t("mon 11:30")) == ()


class TestFixedDeadline:
    def fixed(self, due="tue 09:00", at="mon 10:00"):
        return started().fix(t(due), reason="promised by phone", at=t(at))

    def test_the_breach_goes_by_it_and_thresholds_by_the_time_until_then(self):
        clock = self.fixed("mon 17:00")

        assert shown(clock.told(FAR)) == [
            (t("mon 13:00"), HALF),
            (t("mon 15:00"), THREE_QUARTERS),
            (t("mon 16:12"), MOST),
            (t("mon 17:00") + JUST, ALL),
            (t("mon 17:00") + JUST, None),
        ]

    def test_a_pause_moves_thresholds_but_not_the_breach(self):
        clock = self.fixed("mon 17:00").pause(at=t("mon 14:00"))

        assert shown(clock.told(FAR))[1:] == [
            (t("mon 17:00") + JUST, ALL),
            (t("mon 17:00") + JUST, None),
        ]
        assert clock.next_wakeup(t("mon 14:00")) == t("mon 17:00") + JUST

    def test_what_comes_after_the_target_waits_for_the_working_time(self):
        clock = SlaClock.start(target(hours(4), [LONG_AFTER]), at=t("mon 09:00"))
        clock = clock.fix(t("mon 20:00"), reason="promised by phone", at=t("mon 10:00"))

        assert shown(clock.told(FAR)) == [
            (t("mon 20:00") + JUST, None),
            (t("tue 10:00") + JUST, LONG_AFTER),
        ]

    def test_one_in_the_past_is_missed_as_it_is_fixed(self):
        clock = self.fixed("mon 09:30")

        assert {at for at, _ in shown(clock.told(FAR))} == {t("mon 10:00")}

    def test_what_it_finds_passed_may_be_left_out(self):
        clock = started(passed_thresholds=PassedThresholds.SKIP)
        clock = clock.fix(t("mon 09:30"), reason="promised by phone", at=t("mon 10:00"))

        assert shown(clock.told(FAR)) == [(t("mon 10:00"), None)]

    def test_one_at_the_instant_at_which_it_is_fixed_is_missed_a_microsecond_later(self):
        clock = self.fixed("mon 10:00")

        assert shown(clock.told(FAR))[-1] == (t("mon 10:00") + JUST, None)

    def test_it_is_not_passed_because_a_shorter_target_would_be(self):
        skips = {"passed_thresholds": PassedThresholds.SKIP}
        clock = self.fixed("mon 17:00").retarget(target(hours(1), **skips), at=t("mon 12:00"))

        assert shown(clock.told(FAR)) == shown(self.fixed("mon 17:00").told(FAR))

    def test_met_to_the_microsecond_it_is_not_missed(self):
        assert self.fixed("mon 17:00").stop(at=t("mon 17:00")).told(FAR)[-1].threshold == MOST

    def test_one_that_passes_while_the_clock_is_stopped_is_told_as_it_is_reopened(self):
        clock = self.fixed("mon 17:00").stop(at=t("mon 12:00")).reopen(at=t("tue 10:00"))

        assert shown(clock.told(FAR))[:2] == [
            (t("tue 10:00"), ALL),
            (t("tue 10:00"), None),
        ]


class TestFinalTarget:
    def test_another_target_takes_back_the_breach_of_the_one_before(self):
        final = {"judgement": Judgement.FINAL_TARGET}
        clock = started("mon 09:00", hours(1), [ALL], **final)
        clock = clock.retarget(target(hours(4), [ALL], **final), at=t("mon 11:00"))

        assert [one.threshold for one in clock.told(t("mon 11:00") - JUST)] == [ALL, None]
        assert [one.threshold for one in clock.told(t("mon 11:00"))] == [ALL]
        assert shown(clock.told(FAR))[1:] == [(t("mon 13:00") + JUST, None)]

    def test_it_is_judged_by_the_policy_in_force_then(self):
        clock = started("mon 09:00", hours(1), [])
        lenient = target(hours(4), [], judgement=Judgement.FINAL_TARGET)
        clock = clock.retarget(lenient, at=t("mon 11:00"))

        assert len(clock.told(t("mon 10:59"))) == 1
        assert clock.told(t("mon 11:00")) == ()


class TestNextWakeup:
    def test_a_running_clock_names_them_one_by_one(self):
        clock = started()
        looks = [t("mon 08:00")]
        while (at := clock.next_wakeup(looks[-1])) is not None:
            looks.append(at)

        assert looks[1:] == sorted({one.at for one in clock.told(FAR)})

    def test_a_paused_clock_wakes_nobody(self):
        assert started().pause(at=t("mon 09:30")).next_wakeup(t("mon 09:30")) is None

    def test_a_target_without_thresholds_still_has_its_breach(self):
        assert started(thresholds=()).next_wakeup(t("mon 09:00")) == t("mon 13:00") + JUST

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="after must be an aware datetime"):
            started().next_wakeup(datetime(2024, 3, 4))


# ---- Against a naive clock, and laws --------------------------------------------------------

SETTINGS = tried(100)
LUNCH = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00"))))
ZEROS = [datetime(2024, *day, tzinfo=UTC) for day in ((3, 1), (3, 29), (10, 25))]
HORIZON = 10 * 144
STEPS = st.integers(0, 50).map(lambda n: n * TICK)

#: Whole ticks before and after: a naive clock counts no halves.
POOL = (
    AT_ONCE,
    Threshold(before=hours(3)),
    Threshold(before=hours(1)),
    Threshold(before=hours(0)),
    ALL,
    Threshold(after=hours(1)),
    Threshold(percent=200),
)

CHOICES = st.builds(
    ClockPolicy,
    judgement=st.sampled_from(Judgement),
    passed_thresholds=st.sampled_from(PassedThresholds),
)

ALLOWED = {
    ClockState.RUNNING: ["pause", "pause", "retarget", "retarget", "stop", "cancel"],
    ClockState.PAUSED: ["resume", "resume", "retarget", "stop", "cancel"],
    ClockState.STOPPED: ["reopen"],
    ClockState.CANCELLED: [],
}


@st.composite
def targets(draw, policies=CHOICES):
    length = draw(STEPS)
    pool = draw(st.sets(st.sampled_from(POOL)))
    micros = length // MICROSECOND
    steps = sorted(pool, key=lambda one: (one.limit(micros), POOL.index(one)))
    calendar = draw(st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH]))
    policy = draw(policies)
    return resolution(length, calendar, thresholds=steps, policy=policy)


@st.composite
def lives(draw, policies=CHOICES):
    """
    The facts of a clock's life as instants, words and targets.
    """
    at = draw(st.sampled_from(ZEROS)) + draw(STEPS)
    facts = [(at, "start", draw(targets(policies)))]
    clock = driven(facts)
    for _ in range(draw(st.integers(0, 7))):
        if not ALLOWED[clock.state]:
            break
        at += draw(STEPS)
        word = draw(st.sampled_from(ALLOWED[clock.state]))
        facts.append((at, word, draw(targets(policies)) if word == "retarget" else None))
        clock = driven(facts)
    return facts


def driven(facts):
    """
    Return the clock that *facts* make.
    """
    start, _, first = facts[0]
    clock = SlaClock.start(first, at=start)
    for at, word, other in facts[1:]:
        told = {"cancel": {"reason": "merged"}, "retarget": {"target": other}}.get(word, {})
        clock = getattr(clock, word)(at=at, **told)
    return clock


class NaiveTeller:
    """
    Looks at a naive clock at each tick, and keeps what it finds.
    """

    def __init__(self, facts):
        self.zero = max(zero for zero in ZEROS if zero <= facts[0][0])
        self.slow = NaiveClock(
            [((at - self.zero) // TICK, word, other) for at, word, other in facts],
            self.is_open,
            lambda one: one.duration // TICK,
            HORIZON,
        )
        self.found = {}

    def is_open(self, one, tick):
        return tick in open_ticks(one.calendar, self.zero, HORIZON + 1)

    def tell(self, threshold, tick, *, just_after=False):
        self.found.setdefault(threshold, self.zero + tick * TICK + just_after * MICROSECOND)

    def told(self):
        spent, before, number = 0, None, 0
        for tick, (word, now, count) in enumerate(self.slow.told):
            if before is not None:
                self.reached(before, tick, spent)
            if word == "none":
                continue
            if count != number:
                number, self.hushed = count, hushed(now, spent)
                self.missed(now, tick, spent, judged=self.is_judged(count))
            elif word not in {"stop", "cancel"}:
                self.missed(now, tick, spent, judged=self.is_judged(count))
            before = None if word in {"stop", "cancel"} else now
            spent += tick in self.slow.counted
        return sorted(((at, one) for one, at in self.found.items()), key=lambda it: it[0])

    def is_judged(self, count):
        _, last, final = self.slow.told[HORIZON]
        return count == final or last.policy.judgement is Judgement.STICKY

    def reached(self, before, tick, spent):
        """
        Tell what the time up to *tick* has come to, whatever happens then.
        """
        for threshold in before.thresholds:
            if not threshold.is_late and before.duration and limit(before, threshold) <= spent:
                self.say(threshold, tick)

    def missed(self, now, tick, spent, *, judged):
        counts = tick in self.slow.counted
        up_to = [one for one in now.thresholds if limit(now, one) <= now.duration // TICK]
        rest = [one for one in now.thresholds if one not in up_to]
        for threshold in [*up_to, *([None] if judged else []), *rest]:
            left = limit(now, threshold) - spent
            if threshold is None or threshold.is_late:
                if left < 0:
                    self.say(threshold, tick)
                elif left == 0 and counts:
                    self.say(threshold, tick, just_after=True)
            elif left < 0 or (left == 0 and (now.duration or counts)):
                self.say(threshold, tick)

    def say(self, threshold, tick, **when):
        if threshold not in self.hushed:
            self.tell(threshold, tick, **when)


def limit(one, threshold):
    allowance = one.duration // MICROSECOND
    found = allowance if threshold is None else threshold.limit(allowance)
    return found // (TICK // MICROSECOND)


def hushed(now, spent):
    passed = [one for one in now.thresholds if limit(now, one) < spent]
    return {
        PassedThresholds.TELL: [],
        PassedThresholds.TELL_LAST: passed[:-1],
        PassedThresholds.SKIP: passed,
    }[now.policy.passed_thresholds]


def instants(draw_from):
    return st.lists(st.sampled_from(draw_from), max_size=6)


def near(facts, clock):
    """
    Instants at, before and after everything that happens to a clock or is told of it.
    """
    end = facts[0][0] + HORIZON * TICK
    told = [at for at, _, _ in facts] + [one.at for one in clock.told(end)]
    return sorted({at + n * MICROSECOND for at in told for n in (-1, 0, 1)})


STICKY = CHOICES.map(lambda policy: attrs.evolve(policy, judgement=Judgement.STICKY))


@pytest.mark.no_cover
class TestLaws:
    @tried(120)
    @given(lives())
    def test_a_naive_clock_tells_the_same(self, facts):
        teller = NaiveTeller(facts)
        expected = teller.told()

        assert shown(driven(facts).told(teller.zero + HORIZON * TICK)) == expected

    @SETTINGS
    @given(lives(), st.data())
    def test_only_what_has_happened_matters(self, facts, data):
        clock = driven(facts)
        at = data.draw(st.sampled_from(near(facts, clock)))
        known = [fact for fact in facts if fact[0] <= at]

        assert clock.told(at) == (driven(known).told(at) if known else ())

    @SETTINGS
    @given(lives(STICKY), st.data())
    def test_many_looks_tell_what_one_look_tells(self, facts, data):
        clock = driven(facts)
        looks = sorted(data.draw(instants(near(facts, clock))))
        end = facts[0][0] + HORIZON * TICK
        told = []
        for after, until in zip([None, *looks], [*looks, end], strict=True):
            told += clock.told(until, after=after)

        assert tuple(told) == clock.told(end)

    @SETTINGS
    @given(lives())
    def test_each_is_told_once_and_in_order(self, facts):
        told = driven(facts).told(facts[0][0] + HORIZON * TICK)

        assert len({one.threshold for one in told}) == len(told)
        assert [one.at for one in told] == sorted(one.at for one in told)

    @SETTINGS
    @given(lives(), st.data())
    def test_who_wakes_when_told_to_finds_something_told(self, facts, data):
        clock = driven(facts)
        after = data.draw(st.sampled_from([at for at in near(facts, clock) if at >= facts[-1][0]]))
        at = clock.next_wakeup(after)

        if at is None:
            assert clock.ended_at or clock.told(after + HORIZON * TICK, after=after) == ()
        else:
            assert clock.told(at, after=after)[0].at == at
            assert clock.told(at - MICROSECOND, after=after) == ()

    @SETTINGS
    @given(lives(), st.data())
    def test_the_breach_is_told_when_the_clock_says_so(self, facts, data):
        clock = driven(facts)
        at = data.draw(st.sampled_from(near(facts, clock)))
        known = driven([fact for fact in facts if fact[0] <= at] or facts[:1])

        assert any(one.is_breach for one in known.told(at)) == known.is_breached(at)


def test_where_the_hours_ahead_are_not_known_nothing_is_passed_over_in_silence():
    known = OFFICE.valid(until=t("wed 00:00"))
    clock = SlaClock.start(resolution(hours(40), known), at=t("mon 09:00"))

    with pytest.raises(CalendarError):
        clock.next_wakeup(t("mon 09:00"))


def test_where_the_hours_end_for_good_nothing_is_told_any_more():
    closing_down = OFFICE.during(None, t("wed 00:00"))
    clock = SlaClock.start(resolution(hours(40), closing_down), at=t("mon 09:00"))

    assert clock.next_wakeup(t("mon 09:00")) is None
