"""
How long work may wait, and what counts of the time beyond.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import pickle

from datetime import UTC, timedelta
from typing import ClassVar

import attrs
import pendulum
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    EVERY_DAY,
    LI,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    TICK,
    hours,
    logged,
    minutes,
    open_ticks,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import Phase, State, Transition
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.pause_rules import (
    Excess,
    ExcessKind,
    MissingUntil,
    PauseReview,
    PauseRule,
    governed,
    review,
)
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.promises.policy import ClockPolicy, Reopen, Retarget
from itil_ops.sla.promises.target import Target, TargetKind


ZERO = timedelta(0)
CALLER = PendingReason.AWAITING_CALLER
SUPPLIER = PendingReason.AWAITING_SUPPLIER
CHANGE = PendingReason.AWAITING_CHANGE

STARTED = logged(t("mon 09:00")).assign(group="mail", assignee="li", by=DESK, at=t("mon 09:00"))
STARTED = STARTED.start(by=LI, at=t("mon 09:00"))
LONGEST = PauseRule(CALLER, longest=hours(2))
BUDGET = PauseRule(CALLER, budget=hours(3))
DATED = PauseRule(CALLER, until_required=True)
COUNTED = PauseRule(CALLER, until_required=True, missing_until=MissingUntil.COUNTED)


def held(*spells, record=STARTED, reason=CALLER):
    """
    Return a record that was on hold from one instant to another, again and again.
    """
    for start, end in spells:
        record = record.hold(reason, by=LI, at=t(start))
        if end:
            record = record.resume(by=LI, at=t(end))
    return record


def found(record, *rules, at="thu 00:00", **options):
    return [
        (excess.kind, excess.since, excess.amount)
        for excess in review(record, rules, at=t(at), **options).excesses
    ]


class TestRule:
    def test_one_reason_or_several(self):
        assert PauseRule(CALLER, budget=ZERO).reasons == {CALLER}
        assert PauseRule([CALLER, SUPPLIER], budget=ZERO).reasons == {CALLER, SUPPLIER}
        assert PauseRule(iter([CALLER]), budget=ZERO) == PauseRule(CALLER, budget=ZERO)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"reasons": []}, "reasons must name at least one"),
            ({"budget": -hours(1)}, "budget must not be negative"),
            ({"longest": -MICROSECOND}, "longest must not be negative"),
            ({"budget": pendulum.duration(months=1)}, "budget must not have months"),
            ({"longest": None}, "a rule must limit something"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            PauseRule(**({"reasons": CALLER, "longest": hours(1)} | arguments))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"reasons": None}, "reasons must be several"),
            ({"reasons": "awaiting_caller"}, "reasons must be several"),
            ({"reasons": ["awaiting_caller"]}, "each of reasons must be a PendingReason"),
            ({"reasons": [None]}, "each of reasons must be a PendingReason"),
            ({"budget": 3}, "budget must be a timedelta"),
            ({"longest": "1 h"}, "longest must be a timedelta"),
            ({"until_required": 1}, "until_required must be a bool"),
            ({"missing_until": "counted"}, "missing_until must be a MissingUntil"),
        ],
    )
    def test_what_is_of_another_type_is_refused(self, arguments, message):
        with pytest.raises(TypeError, match=message):
            PauseRule(**({"reasons": CALLER, "longest": hours(1)} | arguments))

    def test_a_rule_and_a_review_are_values(self):
        reviewed = review(held(("mon 10:00", "mon 13:00")), [LONGEST, DATED], at=t("mon 14:00"))

        for value in (LONGEST, COUNTED, reviewed, *reviewed.excesses):
            for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
                assert other == value
                assert hash(other) == hash(value)


class TestLongest:
    def test_a_hold_is_too_long_from_the_instant_at_which_it_took_all_it_may(self):
        assert found(held(("mon 10:00", "mon 13:00")), LONGEST) == [
            (ExcessKind.LONGEST, t("mon 12:00"), hours(1))
        ]

    def test_exactly_as_long_as_it_may_be_it_is_not_too_long(self):
        assert found(held(("mon 10:00", "mon 12:00")), LONGEST) == []

    def test_each_hold_is_looked_at_on_its_own(self):
        record = held(("mon 10:00", "mon 12:30"), ("mon 13:00", "mon 14:00"), ("tue 10:00", None))

        assert found(record, LONGEST, at="tue 13:00") == [
            (ExcessKind.LONGEST, t("mon 12:00"), minutes(30)),
            (ExcessKind.LONGEST, t("tue 12:00"), hours(1)),
        ]

    def test_it_is_measured_in_the_hours_given(self):
        record = held(("mon 16:00", "tue 12:00"))

        assert found(record, LONGEST, calendar=OFFICE) == [
            (ExcessKind.LONGEST, t("tue 10:00"), hours(2))
        ]

    def test_used_up_at_close_of_business_it_is_exceeded_from_the_next_opening(self):
        record = held(("mon 15:00", "tue 10:00"))

        assert found(record, LONGEST, calendar=OFFICE) == [
            (ExcessKind.LONGEST, t("tue 09:00"), hours(1))
        ]
        assert found(held(("mon 15:00", "tue 09:00")), LONGEST, calendar=OFFICE) == []

    def test_another_reason_begins_another_hold(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(SUPPLIER, by=LI, at=t("mon 11:30")).resume(by=LI, at=t("mon 13:00"))

        assert found(record, PauseRule([CALLER, SUPPLIER], longest=hours(2))) == []

    def test_another_date_does_not_begin_another_hold(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, until=t("tue 10:00"), by=LI, at=t("mon 11:30"))

        assert found(record, LONGEST, at="mon 13:00") == [
            (ExcessKind.LONGEST, t("mon 12:00"), hours(1))
        ]


class TestBudget:
    def test_all_holds_together_use_it_up(self):
        record = held(("mon 10:00", "mon 12:00"), ("mon 13:00", "mon 15:00"), ("tue 10:00", None))

        assert found(record, BUDGET, at="tue 11:00") == [
            (ExcessKind.BUDGET, t("mon 14:00"), hours(1)),
            (ExcessKind.BUDGET, t("tue 10:00"), hours(1)),
        ]

    def test_exactly_used_up_it_is_not_exceeded(self):
        assert found(held(("mon 10:00", "mon 13:00")), BUDGET) == []

    def test_several_reasons_share_it(self):
        record = held(("mon 10:00", "mon 12:00"))
        record = held(("mon 13:00", "mon 15:00"), record=record, reason=SUPPLIER)
        rule = PauseRule([CALLER, SUPPLIER], budget=hours(3))

        assert found(record, rule) == [(ExcessKind.BUDGET, t("mon 14:00"), hours(1))]
        assert review(record, [rule], at=t("tue 09:00")).excesses[0].reason == SUPPLIER

    def test_other_reasons_use_up_nothing(self):
        record = held(("mon 10:00", "mon 13:00"), reason=CHANGE)

        assert found(held(("mon 14:00", "mon 17:00"), record=record), BUDGET) == []

    def test_a_budget_of_nothing_allows_no_hold_in_working_time(self):
        rule = PauseRule(CALLER, budget=ZERO)
        record = held(("mon 18:00", "mon 20:00"), ("tue 10:00", "tue 11:00"))

        assert found(record, rule, calendar=OFFICE) == [
            (ExcessKind.BUDGET, t("tue 10:00"), hours(1))
        ]

    def test_a_hold_may_exceed_both_limits(self):
        rule = PauseRule(CALLER, budget=hours(3), longest=hours(1))

        assert found(held(("mon 10:00", "mon 14:00")), rule) == [
            (ExcessKind.BUDGET, t("mon 13:00"), hours(1)),
            (ExcessKind.LONGEST, t("mon 11:00"), hours(3)),
        ]


class TestUntil:
    def test_a_hold_that_says_until_when_is_as_it_should_be(self):
        record = STARTED.hold(CALLER, until=t("mon 12:00"), by=LI, at=t("mon 10:00"))

        assert found(record.resume(by=LI, at=t("mon 12:00")), DATED) == []

    def test_a_hold_that_does_not_is_told_in_whole(self):
        assert found(held(("mon 10:00", "mon 13:00")), DATED) == [
            (ExcessKind.NO_UNTIL, t("mon 10:00"), hours(3))
        ]

    def test_said_later_it_was_missing_until_then(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 11:00"))

        assert found(record, DATED, at="mon 15:00") == [
            (ExcessKind.NO_UNTIL, t("mon 10:00"), hours(1))
        ]

    def test_said_at_the_same_instant_it_was_not_missing(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 10:00"))

        assert found(record, DATED, at="mon 15:00") == []

    def test_taken_back_it_is_missing_from_then_on(self):
        record = STARTED.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, by=LI, at=t("mon 11:00"))

        assert found(record, DATED, at="mon 15:00") == [
            (ExcessKind.NO_UNTIL, t("mon 11:00"), hours(4))
        ]

    def test_a_hold_that_goes_on_longer_overruns(self):
        record = STARTED.hold(CALLER, until=t("mon 12:00"), by=LI, at=t("mon 10:00"))

        assert found(record, DATED, at="mon 12:00") == []
        assert found(record, DATED, at="mon 15:00") == [
            (ExcessKind.OVERRUN, t("mon 12:00"), hours(3))
        ]

    def test_an_overrun_ends_when_another_date_is_said(self):
        record = STARTED.hold(CALLER, until=t("mon 12:00"), by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, until=t("mon 17:00"), by=LI, at=t("mon 13:00"))

        (excess,) = review(record, [DATED], at=t("mon 15:00")).excesses
        assert excess.kind is ExcessKind.OVERRUN
        assert (excess.held_since, excess.since, excess.until) == (
            t("mon 10:00"),
            t("mon 12:00"),
            t("mon 13:00"),
        )

    def test_a_date_said_for_one_reason_holds_for_no_other(self):
        record = STARTED.hold(CALLER, until=t("mon 12:00"), by=LI, at=t("mon 10:00"))
        record = record.hold(SUPPLIER, by=LI, at=t("mon 11:00")).resume(by=LI, at=t("mon 13:00"))

        assert found(record, PauseRule([CALLER, SUPPLIER], until_required=True)) == [
            (ExcessKind.NO_UNTIL, t("mon 11:00"), hours(2))
        ]

    def test_a_hold_of_no_length_lacks_nothing(self):
        assert found(held(("mon 10:00", "mon 10:00")), DATED) == []

    def test_a_hold_outside_hours_lacks_its_date_all_the_same(self):
        assert found(held(("mon 18:00", "mon 20:00")), DATED, calendar=OFFICE) == [
            (ExcessKind.NO_UNTIL, t("mon 18:00"), ZERO)
        ]


SHELVED = State("shelved", Phase.WAITING, meaning="It lies on a shelf.")


@attrs.frozen(kw_only=True)
class Shelvable(Incident):
    """
    An incident that can wait without saying why.
    """

    lifecycle: ClassVar[Lifecycle] = INCIDENT_LIFECYCLE.extend(
        states=[SHELVED],
        transitions=[Transition("shelve", Phase.ACTIVE, SHELVED)],
    )

    def shelve(self, *, by, at):
        return self._step("shelve", by=by, at=at)


class TestReview:
    def test_totals_are_by_reason(self):
        record = held(("mon 10:00", "mon 12:00"), ("mon 13:00", "mon 14:00"))
        record = held(("mon 15:00", None), record=record, reason=SUPPLIER)
        reviewed = review(record, [], at=t("mon 18:00"))

        assert reviewed.total_by_reason == {CALLER: hours(3), SUPPLIER: hours(3)}
        assert reviewed == PauseReview(
            at=t("mon 18:00"), totals=((CALLER, hours(3)), (SUPPLIER, hours(3))), excesses=()
        )

    def test_totals_are_in_the_hours_given(self):
        record = held(("mon 16:00", "tue 10:00"))

        reviewed = review(record, [], at=t("wed 09:00"), calendar=OFFICE)
        assert reviewed.total_by_reason == {CALLER: hours(2)}

    def test_excesses_are_counted_by_kind(self):
        record = held(("mon 10:00", "mon 13:00"), ("tue 10:00", "tue 14:00"))

        assert review(record, [LONGEST, BUDGET], at=t("wed 09:00")).counts == {
            ExcessKind.LONGEST: 2,
            ExcessKind.BUDGET: 1,
        }
        assert review(record, [], at=t("wed 09:00")).counts == {}

    def test_each_says_which_rule_and_which_hold(self):
        record = held(("mon 10:00", "mon 13:00"))

        assert review(record, [LONGEST], at=t("wed 09:00")).excesses == (
            Excess(
                rule=LONGEST,
                reason=CALLER,
                kind=ExcessKind.LONGEST,
                held_since=t("mon 10:00"),
                since=t("mon 12:00"),
                until=t("mon 13:00"),
                amount=hours(1),
            ),
        )

    def test_a_wait_without_a_reason_is_told_and_no_rule_knows_it(self):
        record = logged(t("mon 09:00"), Shelvable).shelve(by=LI, at=t("mon 10:00"))
        reviewed = review(record, [PauseRule(CALLER, budget=ZERO)], at=t("mon 12:00"))

        assert reviewed.total_by_reason == {None: hours(2)}
        assert reviewed.excesses == ()

    def test_what_was_so_later_is_left_out(self):
        record = held(("mon 10:00", "mon 13:00"), ("tue 10:00", None))

        assert found(record, LONGEST, at="mon 12:30") == [
            (ExcessKind.LONGEST, t("mon 12:00"), minutes(30))
        ]
        assert review(record, [LONGEST], at=t("mon 08:00")).totals == ()

    def test_a_hold_that_a_result_ends_lasts_no_longer(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.resolve(ResolutionCode.FIXED, note="Found.", by=LI, at=t("mon 11:00"))

        assert found(record, LONGEST) == []
        assert review(record, [], at=t("tue 09:00")).total_by_reason == {CALLER: hours(1)}

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"record": "INC-1"}, TypeError),
            ({"rules": LONGEST}, TypeError),
            ({"rules": [CALLER]}, TypeError),
            ({"calendar": "office"}, TypeError),
            ({"at": "now"}, TypeError),
            ({"at": dt.datetime(2024, 3, 4)}, ValueError),
        ],
    )
    def test_bad_arguments_are_refused(self, arguments, error):
        usual = {"record": STARTED, "rules": [LONGEST], "at": t("mon 12:00")}

        with pytest.raises(error):
            review(**(usual | arguments))


def paused(*spells, length=8, calendar=ALWAYS_OPEN, reason=CALLER, **options):
    clock = SlaClock.start(resolution(hours(length), calendar, **options), at=t("mon 09:00"))
    for start, end in spells:
        clock = clock.pause(at=t(start), reason=reason)
        if end:
            clock = clock.resume(at=t(end))
    return clock


def spans(clock):
    return [(pause.start, pause.end) for pause in clock.pauses]


class TestGoverned:
    def test_what_exceeds_the_longest_pause_counts(self):
        clock = paused(("mon 10:00", "mon 13:00"))
        ruled = governed(clock, [LONGEST])

        assert spans(ruled) == [(t("mon 10:00"), t("mon 12:00"))]
        assert ruled.elapsed(t("mon 14:00")) == clock.elapsed(t("mon 14:00")) + hours(1)
        assert ruled.pauses[0].reason == CALLER

    def test_what_exceeds_the_budget_counts_and_a_pause_may_vanish(self):
        clock = paused(("mon 10:00", "mon 12:00"), ("mon 13:00", "mon 15:00"), ("tue 10:00", None))

        assert spans(governed(clock, [BUDGET])) == [
            (t("mon 10:00"), t("mon 12:00")),
            (t("mon 13:00"), t("mon 14:00")),
        ]

    def test_what_exceeds_nothing_is_as_it_was(self):
        clock = paused(("mon 10:00", "mon 12:00"), ("mon 13:00", "mon 14:00"))

        assert governed(clock, [LONGEST, BUDGET, DATED]) == clock
        assert governed(clock, []) == clock

    def test_it_may_turn_a_met_target_into_a_breach(self):
        clock = paused(("mon 10:00", "mon 13:00"), length=4).stop(at=t("mon 15:30"))

        assert clock.outcome is ClockOutcome.MET
        assert governed(clock, [PauseRule(CALLER, longest=hours(2.5))]).outcome is ClockOutcome.MET
        assert governed(clock, [LONGEST]).outcome is ClockOutcome.BREACHED

    def test_a_pause_that_lasts_ends_where_it_may_last_no_longer(self):
        ruled = governed(paused(("mon 10:00", None)), [LONGEST])

        assert spans(ruled) == [(t("mon 10:00"), t("mon 12:00"))]
        assert ruled.due_at == t("mon 19:00")

    def test_a_pause_that_lasts_goes_on_where_nothing_limits_it(self):
        clock = paused(("mon 10:00", None), reason=SUPPLIER)

        assert governed(clock, [LONGEST]) == clock
        assert governed(clock, [LONGEST]).state is ClockState.PAUSED

    def test_a_pause_without_a_reason_is_not_governed(self):
        clock = paused(("mon 10:00", "mon 20:00"), reason=None)

        assert governed(clock, [LONGEST]) == clock

    def test_the_gap_of_a_reopening_is_not_governed(self):
        clock = paused().stop(at=t("mon 10:00")).reopen(at=t("tue 10:00"))
        gap = attrs.evolve(clock.pauses[0], reason=CALLER)
        clock = attrs.evolve(clock, pauses=(gap,))

        assert governed(clock, [LONGEST]) == clock

    def test_a_pause_of_no_length_stays(self):
        clock = paused(("mon 10:00", "mon 10:00"), ("mon 10:00", "mon 13:00"))

        assert spans(governed(clock, [PauseRule(CALLER, longest=ZERO)])) == [
            (t("mon 10:00"), t("mon 10:00"))
        ]

    def test_the_hours_of_the_rule_and_of_the_clock_are_two_things(self):
        clock = paused(("mon 15:00", "tue 10:00"))
        ruled = governed(clock, [LONGEST], calendar=OFFICE)

        assert spans(ruled) == [(t("mon 15:00"), t("tue 09:00"))]
        assert ruled.elapsed(t("tue 10:00")) == clock.elapsed(t("tue 10:00")) + hours(1)

    def test_two_rules_cut_where_the_first_of_them_does(self):
        rules = [PauseRule(CALLER, longest=hours(3)), LONGEST, PauseRule(CALLER, budget=hours(4))]

        assert spans(governed(paused(("mon 10:00", "mon 20:00")), rules)) == [
            (t("mon 10:00"), t("mon 12:00"))
        ]


class TestGovernedWithTheRecord:
    AGREED = ServiceLevelAgreement(
        "gold", targets=[Target(TargetKind.RESOLUTION, hours(8), pause_on=[CALLER])]
    )

    def clock(self, record):
        (clock,) = self.AGREED.clocks(record)
        return clock

    def test_all_holds_use_up_the_budget_whether_they_paused_the_clock_or_not(self):
        record = held(("mon 10:00", "mon 12:00"), reason=SUPPLIER)
        record = held(("mon 13:00", "mon 16:00"), record=record)
        rule, clock = PauseRule([CALLER, SUPPLIER], budget=hours(3)), self.clock(record)

        assert governed(clock, [rule]) == clock
        assert spans(governed(clock, [rule], record=record)) == [(t("mon 13:00"), t("mon 14:00"))]

    def test_so_do_those_of_an_earlier_cycle(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        target = Target(TargetKind.RESOLUTION, hours(8), policy=policy)
        record = held(("mon 10:00", "mon 13:00"))
        record = record.resolve(ResolutionCode.FIXED, note="Found.", by=LI, at=t("mon 14:00"))
        record = record.reopen(reason="It is back.", by=DESK, at=t("mon 15:00"))
        record = held(("mon 16:00", "mon 17:00"), record=record)
        _, again = ServiceLevelAgreement("gold", targets=[target]).clocks(record)

        assert governed(again, [BUDGET]) == again
        assert governed(again, [BUDGET], record=record).pauses == ()

    def test_a_missing_date_is_only_reported(self):
        record = held(("mon 10:00", "mon 13:00"))

        assert governed(self.clock(record), [DATED], record=record) == self.clock(record)

    def test_a_missing_date_counts_where_the_rule_says_so(self):
        record = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 11:00"))

        assert spans(governed(self.clock(record), [COUNTED], record=record)) == [
            (t("mon 11:00"), None)
        ]

    def test_a_pause_is_cut_in_two_where_the_date_was_taken_back_for_a_while(self):
        record = STARTED.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 10:00"))
        record = record.hold(CALLER, by=LI, at=t("mon 11:00"))
        record = record.hold(CALLER, until=t("mon 16:00"), by=LI, at=t("mon 12:00"))
        record = record.resume(by=LI, at=t("mon 15:00"))

        assert spans(governed(self.clock(record), [COUNTED], record=record)) == [
            (t("mon 10:00"), t("mon 11:00")),
            (t("mon 12:00"), t("mon 15:00")),
        ]

    def test_an_overrun_is_only_reported(self):
        record = STARTED.hold(CALLER, until=t("mon 11:00"), by=LI, at=t("mon 10:00"))
        record = record.resume(by=LI, at=t("mon 15:00"))

        assert governed(self.clock(record), [COUNTED], record=record) == self.clock(record)

    def test_without_a_record_nobody_knows_of_dates(self):
        with pytest.raises(ValueError, match="record must be given: a clock does not"):
            governed(paused(), [COUNTED])

    @pytest.mark.parametrize(
        "arguments",
        [{"clock": STARTED}, {"rules": [None]}, {"record": "INC-1"}, {"calendar": "office"}],
    )
    def test_bad_arguments_are_refused(self, arguments):
        with pytest.raises(TypeError):
            governed(**({"clock": paused(), "rules": [LONGEST]} | arguments))


class TestGovernedWithOtherTargets:
    SHORTER = resolution(hours(2), ALWAYS_OPEN)

    @pytest.mark.parametrize("mode", Retarget)
    def test_a_later_target_takes_over_what_has_elapsed_by_then(self, mode):
        def told(clock):
            return clock.retarget(self.SHORTER, at=t("mon 14:00"), mode=mode)

        by_hand = told(paused(("mon 10:00", "mon 12:00")))

        assert governed(told(paused(("mon 10:00", "mon 13:00"))), [LONGEST]) == by_hand

    def test_a_due_time_that_a_person_fixed_stays(self):
        clock = paused(("mon 10:00", "mon 13:00"))
        clock = clock.fix(t("tue 10:00"), reason="asked for", at=t("mon 14:00"))
        ruled = governed(clock, [LONGEST])

        assert ruled.due_at == t("tue 10:00")
        assert ruled.elapsed(t("mon 14:00")) == hours(3)
        assert ruled.remaining(t("mon 14:00")) == clock.remaining(t("mon 14:00"))


# ---- Against a naive look at every tick -----------------------------------------------------

ZERO_HOUR = dt.datetime(2024, 3, 4, tzinfo=UTC)
HORIZON = 5 * 144
LUNCH = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00"))))
CALENDARS = st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH])
REASONS = st.sampled_from([CALLER, SUPPLIER, None])
LIMITS = st.none() | st.integers(0, 90)


@st.composite
def waits(draw):
    """
    The reason on hold from each of some ticks on, `None` for none.
    """
    ticks = sorted(draw(st.lists(st.integers(1, 400), max_size=8, unique=True)))
    waits = [(tick, draw(REASONS)) for tick in ticks]
    before = [None, *(reason for _, reason in waits)]
    return [step for step, last in zip(waits, before, strict=False) if step[1] != last]


def record_of(steps):
    record = logged(ZERO_HOUR)
    for tick, reason in steps:
        at = ZERO_HOUR + tick * TICK
        record = (
            record.resume(by=LI, at=at) if reason is None else record.hold(reason, by=LI, at=at)
        )
    return record


def clock_of(steps, target):
    clock = SlaClock.start(target, at=ZERO_HOUR)
    for tick, reason in steps:
        at = ZERO_HOUR + tick * TICK
        if clock.state is ClockState.PAUSED:
            clock = clock.resume(at=at)
        if reason is not None:
            clock = clock.pause(at=at, reason=reason)
    return clock


def ticks_on_hold(steps):
    """
    The reason at each tick, and the tick at which its hold began.
    """
    told, reason, since = [], None, 0
    starts = dict(steps)
    for tick in range(HORIZON):
        if tick in starts:
            reason, since = starts[tick], tick
        told.append((reason, since))
    return told


def naive_excess(steps, reasons, budget, longest, is_open):
    """
    The ticks of each hold that lie beyond a limit: from the first open one that is too much on.
    """
    spent, beyond = 0, {"budget": set(), "longest": set()}
    of_hold = itertools.groupby(enumerate(ticks_on_hold(steps)), key=lambda item: item[1])
    for (reason, _), ticks in of_hold:
        if reason not in reasons:
            continue
        alone, over = 0, {"budget": False, "longest": False}
        for tick, _ in ticks:
            over["budget"] |= budget is not None and tick in is_open and spent >= budget
            over["longest"] |= longest is not None and tick in is_open and alone >= longest
            for name, exceeds in over.items():
                if exceeds:
                    beyond[name].add(tick)
            spent, alone = spent + (tick in is_open), alone + (tick in is_open)
    return beyond


class TestAgainstANaiveLook:
    @tried(100)
    @given(
        waits(),
        CALENDARS,
        CALENDARS,
        st.tuples(
            st.sets(st.sampled_from([CALLER, SUPPLIER]), min_size=1), LIMITS, st.integers(0, 90)
        ),
    )
    def test_excess_and_governed_time(self, steps, hours_of_rule, hours_of_clock, limits):
        reasons, budget, longest = limits
        rule = PauseRule(
            reasons, budget=None if budget is None else budget * TICK, longest=longest * TICK
        )
        is_open = open_ticks(hours_of_rule, ZERO_HOUR, HORIZON)
        beyond = naive_excess(steps, reasons, budget, longest, is_open)
        record, end = record_of(steps), ZERO_HOUR + HORIZON * TICK

        reviewed = review(record, [rule], at=end, calendar=hours_of_rule)
        for kind in (ExcessKind.BUDGET, ExcessKind.LONGEST):
            mine = [excess for excess in reviewed.excesses if excess.kind is kind]
            assert sum((one.amount for one in mine), ZERO) == TICK * len(beyond[kind] & is_open)
            assert sum((one.until - one.since for one in mine), ZERO) == TICK * len(beyond[kind])

        clock = clock_of(steps, resolution(hours(8), hours_of_clock))
        ruled = governed(clock, [rule], calendar=hours_of_rule)
        assert governed(clock, [rule], record=record, calendar=hours_of_rule) == ruled
        open_to_clock = open_ticks(hours_of_clock, ZERO_HOUR, HORIZON)
        told = ticks_on_hold(steps)
        for tick in (0, 50, 137, 255, 400, HORIZON):
            counts = [
                n
                for n in range(tick)
                if n in open_to_clock
                and (told[n][0] is None or n in beyond["budget"] | beyond["longest"])
            ]
            at = ZERO_HOUR + tick * TICK
            assert ruled.elapsed(at) == len(counts) * TICK
            assert ruled.elapsed(at) >= clock.elapsed(at)
        if not reviewed.excesses and clock.state is not ClockState.PAUSED:
            assert ruled == clock
