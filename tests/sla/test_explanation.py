"""
A clock in sentences: what a customer is told, word for word, and what any explanation tells.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    EVERY_DAY,
    LI,
    NIGHTS,
    OFFICE,
    TICK,
    WEEKDAYS,
    hours,
    logged,
    london,
    minutes,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import CalendarError, ClockError
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.duration import BusinessDays, DayMark, NextOpening
from itil_ops.sla.promises.policy import (
    ClockPolicy,
    Judgement,
    OutsideHours,
    Reopen,
    Retarget,
    StartOnHold,
)
from itil_ops.sla.promises.target import Target, TargetKind


CALLER = PendingReason.AWAITING_CALLER
USUAL = dict.fromkeys(WEEKDAYS, (("09:00", "17:00"),))
EASTER = BusinessCalendar(
    "Europe/London",
    USUAL,
    holidays={date(2024, 3, 29): "Good Friday", date(2024, 4, 1): "Easter Monday"},
)


def started(at, length=8, calendar=OFFICE, **options):
    return SlaClock.start(resolution(hours(length), calendar, **options), at=t(at))


def response(duration, calendar=OFFICE):
    return Target(TargetKind.RESPONSE, duration, calendar=calendar)


class TestABreachExplainedToACustomer:
    agreement = ServiceLevelAgreement(
        "gold",
        targets=[
            resolution(hours(8), EASTER, priorities=[Priority.MEDIUM]),
            resolution(hours(6), EASTER, priorities=[Priority.HIGH]),
        ],
    )

    def clock(self):
        record = logged(london("2024-03-27T18:00"))
        record = record.hold(CALLER, by=LI, at=london("2024-03-28T11:00"))
        record = record.resume(by=LI, at=london("2024-03-28T14:00"))
        record = record.prioritize(
            override=Priority.HIGH, reason="payday", by=DESK, at=london("2024-03-28T16:00")
        )
        record = record.resolve(
            ResolutionCode.FIXED, note="Fixed.", by=LI, at=london("2024-04-02T13:30")
        )
        (clock,) = self.agreement.clocks(record)
        return clock

    def test_the_whole_story(self):
        assert self.clock().explain(london("2024-05-01T09:00")) == (
            (
                "Promised: resolution within 8 h of working time for priority 3 medium,"
                " since Wed 2024-03-27 18:00 GMT."
            ),
            (
                "The clock was started on Wed 2024-03-27 18:00 GMT, outside hours,"
                " and counts from Thu 2024-03-28 09:00 GMT on."
            ),
            (
                "Paused from Thu 2024-03-28 11:00 GMT to Thu 2024-03-28 14:00 GMT, awaiting caller;"
                " that took 3 h of working time."
            ),
            (
                "On Thu 2024-03-28 16:00 GMT another target holds: within 6 h of working time"
                " for priority 2 high (keep elapsed: what had elapsed counts against it)."
            ),
            "The holiday Good Friday on Fri 2024-03-29 took 8 h out of the usual hours.",
            "The holiday Easter Monday on Mon 2024-04-01 took 8 h out of the usual hours.",
            "The clock was stopped on Tue 2024-04-02 13:30 BST.",
            "It was due on Tue 2024-04-02 10:00 BST.",
            "Missed on Tue 2024-04-02 10:00 BST, by 3 h 30 min of working time.",
            (
                "Elapsed up to Tue 2024-04-02 13:30 BST: 9 h 30 min of working time,"
                " 138 h 30 min by the clock on the wall."
            ),
        )

    def test_while_the_caller_is_awaited(self):
        assert self.clock().explain(london("2024-03-28T12:00"))[2:] == (
            (
                "Paused since Thu 2024-03-28 11:00 GMT, awaiting caller;"
                " that has taken 1 h of working time so far."
            ),
            "The holiday Good Friday on Fri 2024-03-29 will take 8 h out of the usual hours.",
            "The holiday Easter Monday on Mon 2024-04-01 will take 8 h out of the usual hours.",
            (
                "It has no due time while paused; resumed now,"
                " it would be due on Tue 2024-04-02 10:00 BST."
            ),
            "6 h of working time is left.",
            (
                "Elapsed up to Thu 2024-03-28 12:00 GMT: 2 h of working time,"
                " 18 h by the clock on the wall."
            ),
        )


class TestOtherClocks:
    def test_answered_outside_hours(self):
        clock = SlaClock.start(response(minutes(30)), at=t("fri 17:50")).stop(at=t("fri 18:00"))

        assert clock.explain(t("mon 12:00")) == (
            "Promised: response within 30 min of working time, since Fri 2024-03-01 17:50 GMT.",
            (
                "The clock was started on Fri 2024-03-01 17:50 GMT, outside hours,"
                " and counts from Mon 2024-03-04 09:00 GMT on."
            ),
            "The clock was stopped on Fri 2024-03-01 18:00 GMT.",
            "Answered outside hours: no working time was used.",
            "It would have been due on Mon 2024-03-04 09:30 GMT.",
            "Met, with 30 min of working time to spare.",
            (
                "Elapsed up to Fri 2024-03-01 18:00 GMT: no working time,"
                " 10 min by the clock on the wall."
            ),
        )

    def test_a_due_time_that_a_person_fixed(self):
        clock = started("mon 09:00").fix(
            t("mon 12:00"), reason="agreed by phone", at=t("mon 10:00")
        )

        assert clock.explain(t("mon 14:00")) == (
            "Promised: resolution within 8 h of working time, since Mon 2024-03-04 09:00 GMT.",
            "The clock was started on Mon 2024-03-04 09:00 GMT.",
            (
                "On Mon 2024-03-04 10:00 GMT the due time was fixed at Mon 2024-03-04 12:00 GMT:"
                ' "agreed by phone".'
            ),
            "It was due on Mon 2024-03-04 12:00 GMT, as fixed.",
            "Missed since Mon 2024-03-04 12:00 GMT, by 2 h of working time.",
            (
                "Elapsed up to Mon 2024-03-04 14:00 GMT: 5 h of working time,"
                " 5 h by the clock on the wall."
            ),
        )

    def test_reopened_and_cancelled_around_the_clock(self):
        clock = started("mon 09:00", 4, ALWAYS_OPEN).stop(at=t("mon 11:00"))
        clock = clock.reopen(at=t("tue 11:00")).cancel(at=t("tue 12:00"), reason="merged")

        assert clock.explain(t("wed 00:00")) == (
            "Promised: resolution within 4 h around the clock, since Mon 2024-03-04 09:00 UTC.",
            "The clock was started on Mon 2024-03-04 09:00 UTC.",
            (
                "Stopped on Mon 2024-03-04 11:00 UTC and reopened on Tue 2024-03-05 11:00 UTC;"
                " that left out 24 h of working time."
            ),
            'The clock was cancelled on Tue 2024-03-05 12:00 UTC: "merged".',
            "It is no longer due.",
            "There is no outcome; 1 h of working time was left.",
            (
                "Elapsed up to Tue 2024-03-05 12:00 UTC: 3 h of working time,"
                " 27 h by the clock on the wall."
            ),
        )

    def test_a_breach_under_an_earlier_target(self):
        clock = started("mon 09:00", 1)
        clock = clock.retarget(resolution(hours(8)), at=t("mon 11:00"))

        assert clock.explain(t("mon 12:00"))[2:] == (
            (
                "On Mon 2024-03-04 11:00 GMT another target holds: within 8 h of working time"
                " (keep elapsed: what had elapsed counts against it)."
            ),
            "It is due on Mon 2024-03-04 17:00 GMT.",
            (
                "Missed since Mon 2024-03-04 10:00 GMT, by the target in force then;"
                " the present one leaves 5 h of working time."
            ),
            (
                "Elapsed up to Mon 2024-03-04 12:00 GMT: 3 h of working time,"
                " 3 h by the clock on the wall."
            ),
        )

    def test_before_the_start(self):
        assert started("mon 09:00").explain(t("mon 08:00")) == (
            "Promised: resolution within 8 h of working time, since Mon 2024-03-04 09:00 GMT.",
            "The clock starts on Mon 2024-03-04 09:00 GMT.",
        )


class TestWhatWasPromised:
    @pytest.mark.parametrize(
        ("duration", "calendar", "words"),
        [
            (hours(0), OFFICE, "at once"),
            (hours(0), ALWAYS_OPEN, "at once"),
            (minutes(90), OFFICE, "within 1 h 30 min of working time"),
            (
                BusinessDays(1),
                OFFICE,
                "within 1 business day, by the close of business (15 h of working time)",
            ),
            (
                BusinessDays(2, by="16:00"),
                OFFICE,
                "within 2 business days, by 16:00 (22 h of working time)",
            ),
            (
                BusinessDays(2, by=DayMark.SAME_TIME),
                OFFICE,
                "within 2 business days, by the same time of day (16 h of working time)",
            ),
            (
                BusinessDays(1, by=DayMark.OPENING),
                OFFICE,
                "within 1 business day, by the opening (7 h of working time)",
            ),
            (NextOpening(), OFFICE, "by the next opening (7 h of working time)"),
        ],
    )
    def test_how_long(self, duration, calendar, words):
        clock = SlaClock.start(response(duration, calendar), at=t("mon 10:00"))

        assert clock.explain(t("mon 10:00"))[0].startswith(f"Promised: response {words}, since")

    def test_of_a_further_cycle(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        clock = started("mon 09:00", policy=policy).stop(at=t("mon 10:00"))

        first, *_ = clock.reopen(at=t("mon 11:00")).explain(t("mon 12:00"))
        assert first.startswith("Promised in cycle 2: resolution within 8 h")

    def test_for_several_priorities(self):
        clock = started("mon 09:00", priorities=[Priority.LOW, Priority.HIGH])

        assert (
            "of working time for priority 2 high, 4 low, since" in clock.explain(t("mon 9:00"))[0]
        )

    def test_the_rule_of_each_other_target_has_words(self):
        said = {
            started("mon 09:00")
            .retarget(resolution(hours(4)), at=t("mon 10:00"), mode=mode)
            .explain(t("mon 10:00"))[2]
            .partition("(")[2]
            for mode in Retarget
        }

        assert said == {
            "keep elapsed: what had elapsed counts against it).",
            "restart: what had elapsed is forgiven).",
            "proportional: the same share of it as before has elapsed).",
            "strictest: of the old and the new one the stricter holds).",
        }


class TestTheBeginning:
    def test_a_clock_that_counts_at_once(self):
        policy = ClockPolicy(outside_hours=OutsideHours.AT_ONCE)

        assert started("sat 09:00", policy=policy).explain(t("sat 10:00"))[1] == (
            "The clock was started on Sat 2024-03-02 09:00 GMT."
        )

    def test_hours_that_are_not_known_so_far_ahead(self):
        known = OFFICE.valid(until=t("sat 00:00"))
        clock = SlaClock.start(response(minutes(30), known), at=t("fri 18:00"))

        _, start, due, *_ = clock.explain(t("fri 20:00"))
        assert start.startswith(
            "The clock was started on Fri 2024-03-01 18:00 GMT, and does not begin to count:"
            " no opening after 2024-03-01T18:00:00+00:00 as far as the calendar goes"
        )
        assert due.startswith("When it is due is not known: not so much working time")
        with pytest.raises(CalendarError):
            clock.explain(t("sun 00:00"))


class TestWhatHappened:
    def test_a_pause_without_a_reason(self):
        clock = started("fri 09:00").pause(at=t("fri 18:00")).resume(at=t("sat 09:00"))

        assert clock.explain(t("sat 12:00"))[2] == (
            "Paused from Fri 2024-03-01 18:00 GMT to Sat 2024-03-02 09:00 GMT,"
            " for no stated reason; that took no working time."
        )

    def test_between_a_stop_and_a_reopening_it_is_stopped(self):
        clock = started("mon 09:00").stop(at=t("mon 11:00")).reopen(at=t("tue 11:00"))

        assert clock.explain(t("mon 15:00"))[2:] == (
            "The clock was stopped on Mon 2024-03-04 11:00 GMT.",
            "It would have been due on Mon 2024-03-04 17:00 GMT.",
            "Met, with 6 h of working time to spare.",
            (
                "Elapsed up to Mon 2024-03-04 11:00 GMT: 2 h of working time,"
                " 2 h by the clock on the wall."
            ),
        )

    def test_special_hours_are_summed_up(self):
        days = {date(2024, 3, day): [("09:00", "12:00")] for day in (5, 6, 7)}
        calendar = BusinessCalendar("Europe/London", USUAL, overrides=days)

        clock = started("mon 09:00", 16, calendar)

        assert clock.explain(t("mon 10:00"))[2] == (
            "Special hours on 2 days from Tue 2024-03-05 to Wed 2024-03-06"
            " will take 10 h out of the usual hours."
        )
        assert clock.explain(t("thu 16:00"))[2] == (
            "Special hours on 3 days from Tue 2024-03-05 to Thu 2024-03-07"
            " took 14 h out of the usual hours."
        )

    def test_other_closures(self):
        unnamed = BusinessCalendar("Europe/London", USUAL, holidays=[date(2024, 3, 5)])
        lunch = BusinessCalendar("Europe/London", dict.fromkeys(WEEKDAYS, (("12:00", "13:00"),)))
        clock = started("mon 09:00", 8, unnamed - lunch)

        assert clock.explain(t("mon 12:30"))[2:4] == (
            "Excluded time on Mon 2024-03-04 took 1 h out of the usual hours.",
            "A holiday on Tue 2024-03-05 will take 8 h out of the usual hours.",
        )
        assert clock.stop(at=t("mon 12:30")).explain(t("tue 12:00"))[3] == (
            "A holiday on Tue 2024-03-05 would have taken 8 h out of the usual hours."
        )

    def test_a_holiday_while_paused_moves_nothing(self):
        clock = SlaClock.start(resolution(hours(8), EASTER), at=london("2024-03-28T09:00"))
        clock = clock.pause(at=london("2024-03-28T16:00"), reason=CALLER)
        clock = clock.resume(at=london("2024-04-02T09:00"))

        assert not any("holiday" in one for one in clock.explain(london("2024-04-02T12:00")))


class TestTheEnd:
    def test_what_takes_no_time_in_hours_is_not_said_to_be_outside(self):
        clock = started("mon 09:00").stop(at=t("mon 09:00"))

        assert "No working time was used." in clock.explain(t("mon 10:00"))

    def test_nor_is_what_was_paused_all_the_time(self):
        clock = started("mon 08:00").pause(at=t("mon 08:30"), reason=CALLER)

        assert "No working time was used." in clock.stop(at=t("mon 12:00")).explain(t("tue 10:00"))

    def test_what_is_no_answer_is_done(self):
        clock = started("sat 08:00").stop(at=t("sat 08:30"))

        assert "Done outside hours: no working time was used." in clock.explain(t("tue 10:00"))

    def test_a_breach_before_the_cancellation(self):
        clock = started("mon 09:00", 1).cancel(at=t("mon 12:00"), reason="merged")

        assert clock.explain(t("mon 13:00"))[-2] == (
            "There is no outcome, but it was missed on Mon 2024-03-04 10:00 GMT,"
            " by 2 h of working time."
        )

    def test_stopped_at_the_very_end(self):
        clock = started("mon 09:00", 2).stop(at=t("mon 11:00"))

        assert clock.explain(t("tue 00:00"))[-3:-1] == (
            "It was due on Mon 2024-03-04 11:00 GMT.",
            "Met, with no working time to spare.",
        )

    def test_paused_after_it_was_missed(self):
        clock = started("mon 09:00", 1).pause(at=t("mon 12:00"))

        assert clock.explain(t("mon 13:00"))[-3:-1] == (
            "It was due on Mon 2024-03-04 10:00 GMT.",
            "Missed since Mon 2024-03-04 10:00 GMT, by 2 h of working time.",
        )

    def test_a_fixed_due_time_stays_while_paused(self):
        clock = started("mon 09:00").pause(at=t("mon 10:00"))
        clock = clock.fix(t("mon 12:00"), reason="agreed", at=t("mon 10:30"))

        assert clock.explain(t("mon 11:00"))[-3:-1] == (
            "It is due on Mon 2024-03-04 12:00 GMT, as fixed.",
            "1 h of working time is left.",
        )

    def test_a_fixed_due_time_outside_hours_is_missed_by_none(self):
        clock = started("mon 09:00").fix(t("mon 18:00"), reason="agreed", at=t("mon 10:00"))

        assert clock.explain(t("mon 20:00"))[-2] == "Missed since Mon 2024-03-04 18:00 GMT."

    def test_it_is_not_judged_before_it_was_promised(self):
        clock = started("mon 09:00", 1)
        late = attrs.evolve(clock.promises[0], since=t("mon 14:00"))
        clock = attrs.evolve(clock, promises=(late,))

        assert clock.explain(t("mon 12:00"))[-2] == (
            "Passed by 2 h of working time, but judged from Mon 2024-03-04 14:00 GMT on only."
        )

    def test_time_that_is_forgiven(self):
        clock = started("mon 09:00")
        target = resolution(hours(4))
        forgiven = clock.retarget(target, at=t("mon 12:00"), mode=Retarget.RESTART)
        taken = clock.retarget(resolution(hours(16)), at=t("mon 12:00"), mode=Retarget.PROPORTIONAL)

        assert forgiven.explain(t("mon 13:00"))[-1] == (
            "Elapsed up to Mon 2024-03-04 13:00 GMT: 1 h of working time,"
            " 4 h by the clock on the wall; 3 h of working time more is forgiven."
        )
        assert taken.explain(t("mon 13:00"))[-1] == (
            "Elapsed up to Mon 2024-03-04 13:00 GMT: 7 h of working time,"
            " 4 h by the clock on the wall; 3 h of working time of it is taken over in proportion."
        )

    def test_a_clock_that_waits_from_its_start(self):
        policy = ClockPolicy(start_on_hold=StartOnHold.NOT_STARTED)
        clock = started("mon 09:00", 4, policy=policy).pause(at=t("mon 09:00"), reason=CALLER)

        assert "would be due on Mon 2024-03-04 15:00 GMT." in clock.explain(t("mon 11:00"))[-3]

    def test_an_instant_that_has_no_date_there(self):
        island = BusinessCalendar("Pacific/Apia", dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),)))
        near_the_end = datetime(9999, 12, 31, 20, tzinfo=UTC)
        clock = SlaClock.start(resolution(hours(1), island), at=near_the_end)

        _, start, due, *_ = clock.explain(near_the_end + hours(2))
        assert start == "The clock was started on Fri 9999-12-31 20:00 UTC."
        assert due == "It was due on Fri 9999-12-31 21:00 UTC."

    @pytest.mark.parametrize(
        ("at", "error"), [("mon 09:00", TypeError), (datetime(2024, 3, 4), ValueError)]
    )
    def test_bad_instants_are_refused(self, at, error):
        with pytest.raises(error):
            started("mon 09:00").explain(at)


# ---- Any life -------------------------------------------------------------------------------

SETTINGS = tried(80)
REASONS = [None, CALLER, PendingReason.AWAITING_SUPPLIER, PendingReason("awaiting_parts")]
STEPS = st.integers(0, 300).map(lambda n: n * TICK)
DURATIONS = st.one_of(STEPS, st.builds(BusinessDays, st.integers(1, 3)), st.just(NextOpening()))
POLICIES = st.builds(
    ClockPolicy,
    reopen=st.sampled_from([it for it in Reopen if it is not Reopen.NEVER]),
    judgement=st.sampled_from(Judgement),
    start_on_hold=st.sampled_from(StartOnHold),
)
TARGETS = st.builds(
    lambda duration, calendar, policy: resolution(duration, calendar, policy=policy),
    DURATIONS,
    st.sampled_from([OFFICE, NIGHTS, EASTER]),
    POLICIES,
)
WORDS = {
    "pause": lambda draw, at: {"reason": draw(st.sampled_from(REASONS))},
    "resume": lambda draw, at: {},
    "retarget": lambda draw, at: {"target": draw(TARGETS), "mode": draw(st.sampled_from(Retarget))},
    "fix": lambda draw, at: {"due_at": at + draw(STEPS), "reason": "agreed"},
    "stop": lambda draw, at: {},
    "reopen": lambda draw, at: {},
    "cancel": lambda draw, at: {"reason": "merged"},
}


@st.composite
def lives(draw):
    """
    A clock to which anything happened that its state allows.
    """
    at = london("2024-03-26T06:00").astimezone(UTC) + draw(STEPS)
    clock = SlaClock.start(draw(TARGETS), at=at)
    for word in draw(st.lists(st.sampled_from([*WORDS]), max_size=9)):
        at += draw(STEPS)
        try:
            clock = getattr(clock, word)(at=at, **WORDS[word](draw, at))
        except ClockError:
            continue
    return clock


class TestAnyLife:
    @SETTINGS
    @given(lives(), st.integers(-300, 3000))
    def test_it_can_be_told_at_any_time(self, clock, ticks):
        told = clock.explain(clock.started_at + ticks * TICK)

        assert told[0].startswith("Promised")
        assert all(one.endswith(".") and ".." not in one and "  " not in one for one in told)
        assert len(told) == 2 if ticks < 0 else len(told) >= 5

    @SETTINGS
    @given(lives(), st.integers(0, 3000))
    def test_each_pause_is_told_with_its_reason(self, clock, ticks):
        at = clock.started_at + ticks * TICK
        told = clock.explain(at)

        begun = [it for it in clock.pauses if it.start <= at and not it.is_gap]
        assert sum(one.startswith("Paused") for one in told) == len(begun)
        for reason in {pause.reason for pause in begun} - {None}:
            assert any(str(reason).replace("_", " ") in one for one in told)

    @SETTINGS
    @given(lives(), st.integers(0, 3000))
    def test_each_holiday_that_lay_in_its_way_is_told(self, clock, ticks):
        at = clock.started_at + ticks * TICK
        waits = [(it.start, it.end or at) for it in clock.pauses]
        text = " ".join(clock.explain(at))

        for segment in clock.ledger(at):
            is_paused = any(start <= segment.start < end for start, end in waits)
            if segment.holiday and not is_paused:
                assert segment.holiday in text

    @SETTINGS
    @given(lives(), st.integers(0, 3000))
    def test_what_is_known_later_is_not_told(self, clock, ticks):
        at = clock.started_at + ticks * TICK
        ended = clock.ended_at is not None and clock.ended_at <= at
        known = [it for it in clock.promises if it.since <= at]
        told = clock.explain(at)

        assert any(one.startswith("On ") for one in told) == (len(known) > 1)
        if not ended:
            gap = any(it.is_gap and it.start <= at < it.end for it in clock.pauses)
            assert any(one.startswith("The clock was stopped") for one in told) == gap
