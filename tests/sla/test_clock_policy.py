"""
The choices that a clock goes by, each with figures worked out by hand, and laws of each.
"""

from __future__ import annotations

import copy
import pickle

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import attrs
import pytest

from hypothesis import assume, given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
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
from itil_ops.errors import ClockError
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.instant import utc
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Inheritance, PendingReason
from itil_ops.sla.agreements.agreement import (
    AgreementKind,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.fold import fold
from itil_ops.sla.clocks.pieces import pieces
from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.condition import ANY_VALUE, Where
from itil_ops.sla.promises.fact import Fact, facts
from itil_ops.sla.promises.measure import (
    MEASURES,
    TIME_TO_OWN,
    UNTIL_OVER,
    Measure,
    always,
    is_over,
)
from itil_ops.sla.promises.policy import (
    ClockPolicy,
    Judgement,
    LateTarget,
    OutsideHours,
    PassedThresholds,
    Reopen,
    Retarget,
    Simultaneous,
    StartOnHold,
    ZeroTarget,
)
from itil_ops.sla.promises.target import StartAt, StartField, StopAt, Target, TargetKind
from itil_ops.sla.promises.threshold import Threshold


KEEP, RESTART = Retarget.KEEP_ELAPSED, Retarget.RESTART
PROPORTIONAL, STRICTEST = Retarget.PROPORTIONAL, Retarget.STRICTEST
CALLER = PendingReason.AWAITING_CALLER
ZERO = timedelta(0)
SETTINGS = tried(80)

MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))


def started(length=8, at="mon 09:00", calendar=OFFICE, **policy):
    duration = hours(length) if isinstance(length, int | float) else length
    target = resolution(duration, calendar, policy=ClockPolicy(**policy))
    return SlaClock.start(target, at=t(at))


def agreed(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


def by_priority(usual, urgent, **policy):
    """
    Return an agreement on resolution: *urgent* for what is critical, else *usual*.
    """
    policy = {"policy": ClockPolicy(**policy)}
    targets = [resolution(urgent[0], urgent[1], priorities=[Priority.CRITICAL], **policy)]
    if usual is not None:
        targets.append(resolution(usual[0], usual[1], **policy))
    return agreed(*targets)


def the_clock(agreement, incident):
    (clock,) = agreement.clocks(incident)
    return clock


def raised(incident, at, priority=Priority.CRITICAL):
    return incident.prioritize(override=priority, reason="said so", by=DESK, at=t(at))


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


def reopened(incident, at):
    return incident.reopen("It is back.", by=DESK, at=t(at))


def figures(clock, at):
    at = t(at)
    return clock.elapsed(at), clock.remaining(at), clock.percent(at), clock.due_at


class TestTheDefaults:
    @pytest.mark.parametrize(
        ("choice", "value"),
        [
            ("retarget", Retarget.KEEP_ELAPSED),
            ("reopen", Reopen.RESUME_EXCLUDING_GAP),
            ("judgement", Judgement.STICKY),
            ("outside_hours", OutsideHours.NEXT_OPENING),
            ("zero_target", ZeroTarget.DUE_AT_ONCE),
            ("late_target", LateTarget.START_AND_PAUSES),
            ("start_on_hold", StartOnHold.PAUSED),
            ("simultaneous", Simultaneous.STOP_FIRST),
            ("passed_thresholds", PassedThresholds.TELL),
        ],
    )
    def test_each_choice_has_ours(self, choice, value):
        assert getattr(ClockPolicy(), choice) is value
        assert getattr(resolution(hours(8)).policy, choice) is value

    def test_no_choice_was_left_out_above(self):
        assert len(attrs.fields(ClockPolicy)) == 9

    def test_nothing_said_a_record_takes_over_the_time_before_it(self):
        child = logged(t("mon 12:00"))
        agreement = agreed(resolution(hours(8)))

        assert agreement.clocks(child, origin=MONDAY) == agreement.clocks(
            child, origin=MONDAY, inheritance=Inheritance.COPY
        )


class TestBadValues:
    @pytest.mark.parametrize("choice", [field.name for field in attrs.fields(ClockPolicy)])
    @pytest.mark.parametrize("value", [None, True, "keep_elapsed", "no such thing", Phase.DONE])
    def test_a_choice_that_is_none_of_its_kind_is_refused_by_name(self, choice, value):
        with pytest.raises(TypeError, match=f"{choice} must be an? "):
            ClockPolicy(**{choice: value})

    def test_the_choice_of_another_question_is_refused(self):
        with pytest.raises(TypeError, match="retarget must be a Retarget"):
            ClockPolicy(retarget=Reopen.NEVER)

    def test_choices_are_named(self):
        with pytest.raises(TypeError):
            ClockPolicy(Retarget.RESTART)

    @pytest.mark.parametrize("mode", ["restart", Reopen.NEVER, 1])
    def test_a_retarget_has_a_mode_of_its_kind(self, mode):
        with pytest.raises(TypeError, match="mode must be a Retarget"):
            started().retarget(resolution(hours(4)), at=t("mon 10:00"), mode=mode)

    @pytest.mark.parametrize("policy", [None, "sticky", Judgement.STICKY])
    def test_a_target_has_a_policy(self, policy):
        with pytest.raises(TypeError, match="policy must be a ClockPolicy"):
            resolution(hours(8), policy=policy)

    @pytest.mark.parametrize("inheritance", [None, "copy", Retarget.RESTART])
    def test_an_inheritance_is_one(self, inheritance):
        with pytest.raises(TypeError, match="inheritance must be an Inheritance"):
            agreed(resolution(hours(8))).clocks(MONDAY, origin=MONDAY, inheritance=inheritance)


# ---- Retarget -------------------------------------------------------------------------------

#: From the first target to the second at an instant; by mode: elapsed and left after it in hours,
#: percent and due time. All clocks start on Monday at nine.
MOVES = {
    "8 h to 4 h": (
        (hours(8), OFFICE),
        (hours(4), OFFICE),
        "mon 11:00",
        {
            KEEP: (2, 2, 50, "mon 13:00"),
            RESTART: (0, 4, 0, "mon 15:00"),
            PROPORTIONAL: (1, 3, 25, "mon 14:00"),
            STRICTEST: (2, 2, 50, "mon 13:00"),
        },
    ),
    "8 h to 16 h": (
        (hours(8), OFFICE),
        (hours(16), OFFICE),
        "mon 11:00",
        {
            KEEP: (2, 14, 12.5, "tue 17:00"),
            RESTART: (0, 16, 0, "wed 11:00"),
            PROPORTIONAL: (4, 12, 25, "tue 15:00"),
            STRICTEST: (2, 6, 25, "mon 17:00"),
        },
    ),
    "8 h to 4 h around the clock": (
        (hours(8), OFFICE),
        (hours(4), ALWAYS_OPEN),
        "mon 16:00",
        {
            KEEP: (7, -3, 175, "mon 13:00"),
            RESTART: (0, 4, 0, "mon 20:00"),
            PROPORTIONAL: (3.5, 0.5, 87.5, "mon 16:30"),
            STRICTEST: (7, -3, 175, "mon 13:00"),
        },
    ),
    "8 h to 24 h around the clock": (
        (hours(8), OFFICE),
        (hours(24), ALWAYS_OPEN),
        "mon 16:00",
        {
            KEEP: (7, 17, 100 * 7 / 24, "tue 09:00"),
            RESTART: (0, 24, 0, "tue 16:00"),
            PROPORTIONAL: (21, 3, 87.5, "mon 19:00"),
            STRICTEST: (7, 1, 87.5, "mon 17:00"),
        },
    ),
    "8 h to 8 h of the night": (
        (hours(8), OFFICE),
        (hours(8), NIGHTS),
        "mon 13:00",
        {
            KEEP: (4, 4, 50, "tue 02:00"),
            RESTART: (0, 8, 0, "tue 06:00"),
            PROPORTIONAL: (4, 4, 50, "tue 02:00"),
            STRICTEST: (4, 4, 50, "mon 17:00"),
        },
    ),
    "8 h to one business day": (
        (hours(8), OFFICE),
        (BusinessDays(1), OFFICE),
        "mon 11:00",
        {
            KEEP: (2, 14, 12.5, "tue 17:00"),
            RESTART: (0, 14, 0, "tue 17:00"),
            PROPORTIONAL: (4, 12, 25, "tue 15:00"),
            STRICTEST: (2, 6, 25, "mon 17:00"),
        },
    ),
    "one business day to 8 h": (
        (BusinessDays(1), OFFICE),
        (hours(8), OFFICE),
        "mon 13:00",
        {
            KEEP: (4, 4, 50, "mon 17:00"),
            RESTART: (0, 8, 0, "tue 13:00"),
            PROPORTIONAL: (2, 6, 25, "tue 11:00"),
            STRICTEST: (4, 4, 50, "mon 17:00"),
        },
    ),
    "1 h passed to 4 h": (
        (hours(1), OFFICE),
        (hours(4), OFFICE),
        "mon 11:00",
        {
            KEEP: (2, 2, 50, "mon 13:00"),
            RESTART: (0, 4, 0, "mon 15:00"),
            PROPORTIONAL: (5, -1, 125, "mon 10:00"),
            STRICTEST: (2, -1, 200, "mon 10:00"),
        },
    ),
    "nothing to 4 h": (
        (ZERO, OFFICE),
        (hours(4), OFFICE),
        "mon 11:00",
        {
            KEEP: (2, 2, 50, "mon 13:00"),
            RESTART: (0, 4, 0, "mon 15:00"),
            PROPORTIONAL: (2, 2, 50, "mon 13:00"),
            STRICTEST: (2, -2, None, "mon 09:00"),
        },
    ),
}
MOVED = [
    pytest.param(first, second, at, mode, told, id=f"{name}, {mode}")
    for name, (first, second, at, modes) in MOVES.items()
    for mode, told in modes.items()
]


def expected(told):
    elapsed, left, percent, due = told
    return hours(elapsed), hours(left), percent, t(due)


class TestRetarget:
    @pytest.mark.parametrize(("first", "second", "at", "mode", "told"), MOVED)
    def test_by_hand(self, first, second, at, mode, told):
        clock = SlaClock.start(resolution(*first), at=t("mon 09:00"))

        moved = clock.retarget(resolution(*second), at=t(at), mode=mode)

        assert figures(moved, at) == expected(told)
        assert moved.started_at == t("mon 09:00")
        assert moved.promises[-1].retarget is mode

    @pytest.mark.parametrize(("first", "second", "at", "mode", "told"), MOVED)
    def test_by_the_policy_of_the_new_target(self, first, second, at, mode, told):
        clock = SlaClock.start(resolution(*first), at=t("mon 09:00"))
        target = resolution(*second, policy=ClockPolicy(retarget=mode))

        assert figures(clock.retarget(target, at=t(at)), at) == expected(told)

    @pytest.mark.parametrize(("first", "second", "at", "mode", "told"), MOVED)
    def test_by_a_changed_priority(self, first, second, at, mode, told):
        agreement = by_priority(first, second, retarget=mode)

        assert figures(the_clock(agreement, raised(STARTED, at)), at) == expected(told)

    @pytest.mark.parametrize(
        ("mode", "target"), [(KEEP, 16), (RESTART, 16), (PROPORTIONAL, 16), (STRICTEST, 8)]
    )
    def test_the_target_in_force_is_the_new_one_unless_the_old_one_is_stricter(self, mode, target):
        moved = started(8).retarget(resolution(hours(16)), at=t("mon 11:00"), mode=mode)

        assert moved.target.duration == hours(target)
        assert [promise.since for promise in moved.promises] == [t("mon 09:00"), t("mon 11:00")]

    @pytest.mark.parametrize("mode", Retarget)
    def test_before_it_the_old_figures_are_told(self, mode):
        moved = started(8).retarget(resolution(hours(4)), at=t("mon 11:00"), mode=mode)
        before = t("mon 11:00") - MICROSECOND

        assert moved.elapsed(before) == hours(2) - MICROSECOND
        assert moved.remaining(before) == hours(6) + MICROSECOND

    @pytest.mark.parametrize(
        ("mode", "due"),
        [
            (KEEP, "mon 17:00"),
            (RESTART, "tue 11:00"),
            (PROPORTIONAL, "tue 10:00"),
            (STRICTEST, "mon 17:00"),
        ],
    )
    def test_while_paused(self, mode, due):
        paused = started(8).pause(at=t("mon 11:00"), reason=CALLER)
        moved = paused.retarget(resolution(hours(4)), at=t("mon 14:00"), mode=mode)
        held = STARTED.hold(CALLER, by=LI, at=t("mon 11:00"))
        folded = raised(held, "mon 14:00").resume(by=LI, at=t("mon 15:00"))
        agreement = by_priority((hours(8), OFFICE), (hours(4), OFFICE), retarget=mode)

        assert moved.state is ClockState.PAUSED
        assert moved.due_at is None
        assert moved.due_if_resumed(t("mon 15:00")) == t(due)
        assert moved.resume(at=t("mon 15:00")).due_at == t(due)
        assert the_clock(agreement, folded).due_at == t(due)

    @pytest.mark.parametrize(
        ("first", "then", "elapsed", "left", "due"),
        [
            (KEEP, KEEP, 3, 9, "tue 13:00"),
            (RESTART, KEEP, 1, 11, "tue 15:00"),
            (PROPORTIONAL, KEEP, 2, 10, "tue 14:00"),
            (STRICTEST, KEEP, 3, 9, "tue 13:00"),
            (KEEP, RESTART, 0, 12, "tue 16:00"),
            (RESTART, RESTART, 0, 12, "tue 16:00"),
            (PROPORTIONAL, RESTART, 0, 12, "tue 16:00"),
            (STRICTEST, RESTART, 0, 12, "tue 16:00"),
            (KEEP, PROPORTIONAL, 9, 3, "mon 15:00"),
            (RESTART, PROPORTIONAL, 3, 9, "tue 13:00"),
            (PROPORTIONAL, PROPORTIONAL, 6, 6, "tue 10:00"),
            (STRICTEST, PROPORTIONAL, 9, 3, "mon 15:00"),
            (KEEP, STRICTEST, 3, 1, "mon 13:00"),
            (RESTART, STRICTEST, 1, 3, "mon 15:00"),
            (PROPORTIONAL, STRICTEST, 2, 2, "mon 14:00"),
            (STRICTEST, STRICTEST, 3, 1, "mon 13:00"),
        ],
    )
    def test_twice_in_a_row(self, first, then, elapsed, left, due):
        moved = started(8).retarget(resolution(hours(4)), at=t("mon 11:00"), mode=first)
        moved = moved.retarget(resolution(hours(12)), at=t("mon 12:00"), mode=then)
        at = t("mon 12:00")

        assert (moved.elapsed(at), moved.remaining(at)) == (hours(elapsed), hours(left))
        assert moved.percent(at) == pytest.approx(100 * elapsed / (elapsed + left))
        assert moved.due_at == moved.breached_at == t(due)

    def test_kept_after_a_share_that_was_used_up_it_was_due_after_its_start(self):
        # Two hours of one are an hour too much: five of four, and an hour later six of five.
        moved = started(1).retarget(resolution(hours(4)), at=t("mon 11:00"), mode=PROPORTIONAL)
        moved = moved.retarget(resolution(hours(5)), at=t("mon 12:00"), mode=KEEP)

        assert moved.elapsed(t("mon 12:00")) == hours(6)
        assert t("mon 10:00") <= moved.due_at <= t("mon 12:00")

    def test_the_strictest_of_a_share_that_was_used_up_was_due_when_that_was(self):
        moved = started(1).retarget(resolution(hours(4)), at=t("mon 12:00"), mode=PROPORTIONAL)
        stricter = moved.retarget(resolution(hours(16)), at=t("mon 12:00"), mode=STRICTEST)

        assert stricter.target.duration == hours(4)
        assert stricter.due_at == moved.due_at

    def test_a_business_day_kept_after_a_restart_counts_from_the_restart(self):
        moved = started(8).retarget(resolution(hours(4)), at=t("tue 11:00"), mode=RESTART)
        moved = moved.retarget(resolution(BusinessDays(1)), at=t("tue 12:00"), mode=KEEP)

        assert moved.due_at == t("wed 17:00")
        assert moved.elapsed(t("tue 12:00")) == hours(1)

    def test_a_target_of_zero_begun_anew_is_due_at_the_next_working_instant(self):
        moved = started(8, "fri 09:00").retarget(resolution(ZERO), at=t("sat 12:00"), mode=RESTART)
        anew = SlaClock.start(resolution(ZERO), at=t("sat 12:00"))

        assert moved.breached_at == anew.breached_at == t("mon 09:00")
        assert moved.due_at == anew.due_at

    @pytest.mark.parametrize("mode", Retarget)
    def test_a_breach_before_it_stays(self, mode):
        moved = started(1).retarget(resolution(hours(8)), at=t("mon 12:00"), mode=mode)

        assert moved.breached_at == t("mon 10:00")
        assert moved.is_breached(t("mon 12:00"))
        assert moved.stop(at=t("mon 13:00")).outcome is ClockOutcome.BREACHED

    @pytest.mark.parametrize(
        ("mode", "breach"),
        [
            (KEEP, "mon 17:00"),
            (RESTART, "tue 12:00"),
            # Thrice as much as was promised stays thrice as much.
            (PROPORTIONAL, "mon 12:00"),
            (STRICTEST, "mon 12:00"),
        ],
    )
    def test_judged_by_the_final_target_only_what_is_held_against_that_counts(self, mode, breach):
        final = {"policy": ClockPolicy(judgement=Judgement.FINAL_TARGET)}
        moved = started(1, judgement=Judgement.FINAL_TARGET)
        moved = moved.retarget(resolution(hours(8), **final), at=t("mon 12:00"), mode=mode)
        # Of the next working instant at the latest: eight hours after nine is closing time.
        breached = {"mon 17:00": "tue 09:00"}.get(breach, breach)

        assert moved.breached_at == t(breached)

    @pytest.mark.parametrize("mode", Retarget)
    def test_a_target_that_is_no_clock_is_refused(self, mode):
        nothing = resolution(ZERO, policy=ClockPolicy(zero_target=ZeroTarget.NO_CLOCK))

        with pytest.raises(ClockError, match="zero"):
            started().retarget(nothing, at=t("mon 10:00"), mode=mode)

    @pytest.mark.parametrize("mode", Retarget)
    def test_before_the_clock_has_counted_all_modes_are_one(self, mode):
        clock = started(8, "sat 12:00")
        moved = clock.retarget(resolution(hours(4)), at=t("sun 12:00"), mode=mode)

        assert figures(moved, "mon 09:00") == (ZERO, hours(4), 0, t("mon 13:00"))


# ---- The other choices ----------------------------------------------------------------------


class TestReopen:
    @pytest.mark.parametrize(
        ("reopen", "elapsed", "due", "cycle"),
        [
            (Reopen.RESUME_EXCLUDING_GAP, 4, "tue 12:00", 1),
            (Reopen.RESUME_INCLUDING_GAP, 7, "mon 17:00", 1),
            (Reopen.NEW_CYCLE, 2, "tue 14:00", 2),
        ],
    )
    def test_by_hand(self, reopen, elapsed, due, cycle):
        stopped = started(8, reopen=reopen).stop(at=t("mon 11:00"))
        again = stopped.reopen(at=t("mon 14:00"))

        assert again.elapsed(t("mon 16:00")) == hours(elapsed)
        assert again.due_at == t(due)
        assert again.cycle == cycle

    def test_by_hand_never(self):
        stopped = started(8, reopen=Reopen.NEVER).stop(at=t("mon 11:00"))

        with pytest.raises(ClockError, match="its policy never does"):
            stopped.reopen(at=t("mon 14:00"))

    @pytest.mark.parametrize(
        ("reopen", "told"),
        [
            (Reopen.RESUME_EXCLUDING_GAP, [(1, "mon 09:00", None, 4, "tue 12:00")]),
            (Reopen.RESUME_INCLUDING_GAP, [(1, "mon 09:00", None, 7, "mon 17:00")]),
            (
                Reopen.NEW_CYCLE,
                [
                    (1, "mon 09:00", "mon 11:00", 2, "mon 17:00"),
                    (2, "mon 14:00", None, 2, "tue 14:00"),
                ],
            ),
            (Reopen.NEVER, [(1, "mon 09:00", "mon 11:00", 2, "mon 17:00")]),
        ],
    )
    def test_of_an_incident(self, reopen, told):
        agreement = agreed(resolution(hours(8), policy=ClockPolicy(reopen=reopen)))
        again = reopened(resolved(STARTED, "mon 11:00"), "mon 14:00")

        assert [
            (c.cycle, c.started_at, c.stopped_at, c.elapsed(t("mon 16:00")), c.due_at)
            for c in agreement.clocks(again)
        ] == [
            (cycle, t(start), stop and t(stop), hours(elapsed), t(due))
            for cycle, start, stop, elapsed, due in told
        ]

    def test_with_the_gap_a_breach_may_lie_in_it(self):
        stopped = started(1, reopen=Reopen.RESUME_INCLUDING_GAP).stop(at=t("mon 09:30"))

        assert stopped.outcome is ClockOutcome.MET
        assert stopped.reopen(at=t("mon 12:00")).breached_at == t("mon 10:00")

    def test_a_new_cycle_leaves_the_verdict_of_the_old_one(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        again = reopened(resolved(STARTED, "mon 11:00"), "mon 14:00")
        clocks = agreed(resolution(hours(3), policy=policy)).clocks(resolved(again, "tue 10:00"))

        assert [clock.outcome for clock in clocks] == [ClockOutcome.MET, ClockOutcome.BREACHED]

    def test_each_reopening_is_a_cycle(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        told = STARTED
        for day in ("mon", "tue", "wed"):
            told = reopened(resolved(told, f"{day} 11:00"), f"{day} 14:00")
        clocks = agreed(resolution(hours(8), policy=policy)).clocks(told)

        assert [(clock.cycle, clock.started_at) for clock in clocks] == [
            (1, t("mon 09:00")),
            (2, t("mon 14:00")),
            (3, t("tue 14:00")),
            (4, t("wed 14:00")),
        ]

    def test_a_new_cycle_has_the_target_of_then(self):
        agreement = by_priority((hours(8), OFFICE), (hours(2), OFFICE), reopen=Reopen.NEW_CYCLE)
        again = reopened(resolved(STARTED, "mon 11:00"), "mon 14:00")
        first, second = agreement.clocks(raised(again, "mon 15:00"))

        assert first.target.duration == hours(8)
        assert second.due_at == t("mon 16:00")

    @pytest.mark.parametrize(
        ("reopen", "elapsed"),
        [
            (Reopen.RESUME_EXCLUDING_GAP, [3]),
            (Reopen.RESUME_INCLUDING_GAP, [5]),
            (Reopen.NEW_CYCLE, [1, 2]),
            (Reopen.NEVER, [1]),
        ],
    )
    def test_the_target_of_then_decides(self, reopen, elapsed):
        usual = resolution(hours(8))
        urgent = resolution(hours(6), policy=ClockPolicy(reopen=reopen))
        story = [
            Fact(utc(t("mon 09:00")), Phase.ACTIVE, {}),
            Fact(utc(t("mon 10:00")), Phase.DONE, {}),
            Fact(utc(t("mon 12:00")), Phase.ACTIVE, {"vip": True}),
        ]
        clocks = fold(UNTIL_OVER, story, lambda fact: urgent if fact.fields else usual)

        assert [clock.elapsed(t("mon 14:00")) for clock in clocks] == [hours(n) for n in elapsed]

    def test_a_new_cycle_may_begin_on_hold(self):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        again = reopened(resolved(STARTED, "mon 11:00"), "mon 14:00")
        held = again.hold(CALLER, by=LI, at=t("mon 14:00"))
        _, second = agreed(resolution(hours(8), policy=policy)).clocks(held)

        assert second.state is ClockState.PAUSED
        assert second.elapsed(t("tue 12:00")) == ZERO


class TestJudgement:
    @pytest.mark.parametrize(
        ("judgement", "breach", "outcome"),
        [
            (Judgement.STICKY, "mon 10:00", ClockOutcome.BREACHED),
            (Judgement.FINAL_TARGET, "tue 09:00", ClockOutcome.MET),
        ],
    )
    def test_a_target_prolonged_after_its_breach(self, judgement, breach, outcome):
        agreement = by_priority((hours(8), OFFICE), (hours(1), OFFICE), judgement=judgement)
        eased = raised(raised(STARTED, "mon 09:30"), "mon 12:00", Priority.LOW)

        assert the_clock(agreement, eased).breached_at == t(breach)
        assert the_clock(agreement, resolved(eased, "mon 13:00")).outcome is outcome

    @pytest.mark.parametrize("judgement", Judgement)
    def test_a_target_shortened_is_judged_by_alike(self, judgement):
        agreement = by_priority((hours(8), OFFICE), (hours(1), OFFICE), judgement=judgement)

        assert the_clock(agreement, raised(STARTED, "mon 12:00")).breached_at == t("mon 12:00")


class TestOutsideHours:
    @pytest.mark.parametrize(
        ("outside_hours", "counts_from"),
        [(OutsideHours.NEXT_OPENING, "mon 09:00"), (OutsideHours.AT_ONCE, "sat 12:00")],
    )
    def test_since_when_it_counts(self, outside_hours, counts_from):
        clock = started(1, "sat 12:00", outside_hours=outside_hours)

        assert clock.started_at == t("sat 12:00")
        assert clock.counts_from == t(counts_from)

    @pytest.mark.parametrize("outside_hours", OutsideHours)
    def test_working_time_is_the_same(self, outside_hours):
        clock = started(1, "sat 12:00", outside_hours=outside_hours)

        assert clock.due_at == t("mon 10:00")
        assert clock.elapsed(t("mon 09:30")) == minutes(30)

    @pytest.mark.parametrize("outside_hours", OutsideHours)
    def test_in_working_hours_it_is_the_start(self, outside_hours):
        assert started(1, "mon 10:30", outside_hours=outside_hours).counts_from == t("mon 10:30")


class TestZeroTarget:
    OFF = ClockPolicy(zero_target=ZeroTarget.NO_CLOCK)

    def test_it_is_due_at_the_first_working_instant(self):
        assert started(0, "sat 12:00").due_at == t("mon 09:00")

    def test_or_it_has_no_clock(self):
        with pytest.raises(ClockError, match="a resolution target of zero has no clock"):
            SlaClock.start(resolution(ZERO, policy=self.OFF), at=t("mon 09:00"))

    def test_an_incident_has_none_either(self):
        assert agreed(resolution(ZERO, policy=self.OFF)).clocks(STARTED) == ()

    def test_switched_off_for_one_priority_the_general_target_does_not_step_in(self):
        off = resolution(ZERO, priorities=[Priority.MEDIUM], policy=self.OFF)

        assert agreed(off, resolution(hours(8))).clocks(STARTED) == ()

    def test_switched_off_meanwhile_the_clock_is_cancelled(self):
        off = resolution(ZERO, priorities=[Priority.LOW], policy=self.OFF)
        clock = the_clock(
            agreed(off, resolution(hours(8))), raised(STARTED, "mon 11:00", Priority.LOW)
        )

        assert clock.cancelled_at == t("mon 11:00")
        assert clock.due_at is None
        assert clock.elapsed(t("tue 12:00")) == hours(2)

    @pytest.mark.parametrize("duration", [MICROSECOND, BusinessDays(1)])
    def test_anything_more_than_zero_is_a_target(self, duration):
        target = resolution(duration, policy=self.OFF)

        assert not target.is_off
        assert SlaClock.start(target, at=t("mon 09:00")).state is ClockState.RUNNING


class TestLateTarget:
    WAITED = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))

    def agreed(self, late, length=4, **policy):
        return by_priority(None, (hours(length), OFFICE), late_target=late, **policy)

    @pytest.mark.parametrize(
        ("late", "start", "elapsed", "due", "breach"),
        [
            (LateTarget.START_AND_PAUSES, "mon 09:00", 4, "mon 15:00", "mon 15:00"),
            (LateTarget.START_ONLY, "mon 09:00", 6, "mon 13:00", "mon 15:00"),
            (LateTarget.FROM_THEN_ON, "mon 15:00", 0, "tue 11:00", "tue 11:00"),
        ],
    )
    def test_what_of_the_past_counts(self, late, start, elapsed, due, breach):
        clock = the_clock(self.agreed(late), raised(self.WAITED, "mon 15:00"))

        assert clock.started_at == t(start)
        assert clock.elapsed(t("mon 15:00")) == hours(elapsed)
        assert clock.due_at == t(due)
        assert clock.breached_at == t(breach)

    @pytest.mark.parametrize(
        ("late", "elapsed"),
        [
            (LateTarget.START_AND_PAUSES, 1),
            (LateTarget.START_ONLY, 6),
            (LateTarget.FROM_THEN_ON, 0),
        ],
    )
    def test_on_hold_as_it_comes_it_is_paused_from_then_on_at_the_latest(self, late, elapsed):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        clock = the_clock(self.agreed(late), raised(held, "mon 15:00"))

        assert clock.state is ClockState.PAUSED
        assert clock.elapsed(t("mon 16:00")) == hours(elapsed)

    @pytest.mark.parametrize(
        ("late", "elapsed"),
        [
            (LateTarget.START_AND_PAUSES, 3),
            (LateTarget.START_ONLY, 6),
            (LateTarget.FROM_THEN_ON, 0),
        ],
    )
    def test_after_a_reopening_the_gap_is_a_pause(self, late, elapsed):
        again = reopened(resolved(STARTED, "mon 10:00"), "mon 13:00")
        clock = the_clock(self.agreed(late), raised(again, "mon 15:00"))

        assert clock.elapsed(t("mon 15:00")) == hours(elapsed)

    @pytest.mark.parametrize("late", LateTarget)
    @pytest.mark.parametrize("reopen", [one for one in Reopen if one is not Reopen.NEVER])
    def test_whatever_counts_it_is_judged_from_then_on(self, late, reopen):
        again = reopened(resolved(STARTED, "mon 10:00"), "mon 11:00")
        agreement = self.agreed(late, 1, reopen=reopen)
        clock = agreement.clocks(raised(again, "mon 15:00"))[-1]

        assert clock.breached_at >= t("mon 15:00")
        assert not clock.is_breached(t("mon 15:00") - MICROSECOND)

    def test_where_the_target_held_all_the_time_the_choice_is_idle(self):
        told = [
            the_clock(
                agreed(resolution(hours(8), policy=ClockPolicy(late_target=late))), self.WAITED
            )
            for late in LateTarget
        ]

        assert {(clock.started_at, clock.due_at) for clock in told} == {
            (t("mon 09:00"), t("tue 11:00"))
        }


class TestStartOnHold:
    HELD = MONDAY.hold(CALLER, by=LI, at=t("mon 09:00"))
    RESUMED = HELD.resume(by=LI, at=t("tue 11:00"))

    def agreed(self, start_on_hold, duration=8):
        length = hours(duration) if isinstance(duration, int) else duration
        policy = ClockPolicy(start_on_hold=start_on_hold)
        return agreed(resolution(length, policy=policy))

    @pytest.mark.parametrize(
        ("choice", "start", "pauses", "wall"),
        [
            (
                StartOnHold.PAUSED,
                "mon 09:00",
                (Pause(utc(t("mon 09:00")), utc(t("tue 11:00")), CALLER),),
                27,
            ),
            (StartOnHold.NOT_STARTED, "tue 11:00", (), 1),
        ],
    )
    def test_when_it_starts(self, choice, start, pauses, wall):
        clock = the_clock(self.agreed(choice), self.RESUMED)

        assert clock.started_at == t(start)
        assert clock.pauses == pauses
        assert clock.wall_time(t("tue 12:00")) == hours(wall)
        assert clock.elapsed(t("tue 12:00")) == hours(1)
        assert clock.due_at == t("wed 11:00")

    @pytest.mark.parametrize("choice", StartOnHold)
    def test_meanwhile_nothing_counts_and_nothing_is_due(self, choice):
        clock = the_clock(self.agreed(choice), self.HELD)

        assert clock.state is ClockState.PAUSED
        assert clock.elapsed(t("tue 10:00")) == ZERO
        assert clock.due_at is None

    @pytest.mark.parametrize(
        ("choice", "left"), [(StartOnHold.PAUSED, 16), (StartOnHold.NOT_STARTED, 14)]
    )
    def test_business_days_count_from_the_start(self, choice, left):
        clock = the_clock(self.agreed(choice, BusinessDays(1)), self.RESUMED)

        assert clock.remaining(t("tue 11:00")) == hours(left)

    def test_another_reason_is_still_the_same_wait(self):
        told = self.HELD.hold(
            PendingReason.SCHEDULED, until=t("wed 09:00"), by=LI, at=t("mon 10:00")
        )
        told = told.resume(by=LI, at=t("tue 11:00"))
        policy = ClockPolicy(start_on_hold=StartOnHold.NOT_STARTED)
        agreement = agreed(
            resolution(hours(8), pause_on=[CALLER, PendingReason.SCHEDULED], policy=policy)
        )

        assert the_clock(agreement, told).started_at == t("tue 11:00")

    def test_a_later_hold_is_a_pause(self):
        told = self.RESUMED.hold(CALLER, by=LI, at=t("tue 12:00")).resume(by=LI, at=t("tue 13:00"))
        clock = the_clock(self.agreed(StartOnHold.NOT_STARTED), told)

        assert clock.started_at == t("tue 11:00")
        assert clock.due_at == t("wed 12:00")

    def test_held_a_moment_after_the_start_it_was_started(self):
        held = MONDAY.hold(CALLER, by=LI, at=t("mon 09:00") + MICROSECOND)
        clock = the_clock(
            self.agreed(StartOnHold.NOT_STARTED), held.resume(by=LI, at=t("tue 11:00"))
        )

        assert clock.started_at == t("mon 09:00")

    @pytest.mark.parametrize("choice", StartOnHold)
    def test_resolved_out_of_it_nothing_was_used(self, choice):
        clock = the_clock(self.agreed(choice), resolved(self.HELD, "tue 12:00"))

        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(t("tue 12:00")) == ZERO

    def test_by_hand(self):
        clock = started(8, start_on_hold=StartOnHold.NOT_STARTED).pause(at=t("mon 09:00"))

        assert clock.resume(at=t("tue 11:00")).started_at == t("tue 11:00")


class TestSimultaneous:
    def agreed(self, choice):
        policy = ClockPolicy(simultaneous=choice)
        return agreed(
            Target(TargetKind.RESPONSE, hours(1), calendar=OFFICE, pause_on=[CALLER], policy=policy)
        )

    ANSWERED = (
        MONDAY.hold(CALLER, by=LI, at=t("mon 09:10"))
        .communicate("On it.", by=LI, at=t("mon 09:20"))
        .resume(by=LI, at=t("mon 10:00"))
    )

    @pytest.mark.parametrize(
        ("choice", "stop"),
        [(Simultaneous.STOP_FIRST, "mon 09:20"), (Simultaneous.PAUSE_FIRST, "mon 10:00")],
    )
    def test_an_answer_on_hold(self, choice, stop):
        clock = the_clock(self.agreed(choice), self.ANSWERED)

        assert clock.stopped_at == t(stop)
        assert clock.elapsed(t("mon 12:00")) == minutes(10)
        assert clock.outcome is ClockOutcome.MET

    def test_pause_first_it_waits_until_the_hold_is_over(self):
        told = self.ANSWERED.as_of(t("mon 09:30"))

        assert the_clock(self.agreed(Simultaneous.PAUSE_FIRST), told).state is ClockState.PAUSED
        assert the_clock(self.agreed(Simultaneous.STOP_FIRST), told).state is ClockState.STOPPED

    @pytest.mark.parametrize(
        ("choice", "state"),
        [
            (Simultaneous.STOP_FIRST, ClockState.STOPPED),
            (Simultaneous.PAUSE_FIRST, ClockState.PAUSED),
        ],
    )
    def test_one_change_that_calls_for_both(self, choice, state):
        policy = ClockPolicy(simultaneous=choice)
        target = resolution(hours(8), pause_on=[Phase.DONE], policy=policy)
        story = [
            Fact(utc(t("mon 09:00")), Phase.ACTIVE, {}),
            Fact(utc(t("mon 10:00")), Phase.DONE, {}),
        ]
        (clock,) = fold(UNTIL_OVER, story, lambda _: target)

        assert clock.state is state
        assert clock.elapsed(t("mon 12:00")) == hours(1)

    @pytest.mark.parametrize(
        ("choice", "state"),
        [
            (Simultaneous.STOP_FIRST, ClockState.STOPPED),
            (Simultaneous.PAUSE_FIRST, ClockState.PAUSED),
        ],
    )
    def test_a_beginning_that_calls_for_both(self, choice, state):
        policy = ClockPolicy(simultaneous=choice)
        target = resolution(hours(8), pause_on=[Phase.DONE], policy=policy)
        story = [Fact(utc(t("mon 09:00")), Phase.DONE, {})]
        (clock,) = fold(UNTIL_OVER, story, lambda _: target)

        assert clock.state is state

    @pytest.mark.parametrize("choice", Simultaneous)
    def test_an_end_without_a_result_goes_before_all(self, choice):
        policy = ClockPolicy(simultaneous=choice)
        target = resolution(hours(8), pause_on=[Phase.DROPPED], policy=policy)
        story = [
            Fact(utc(t("mon 09:00")), Phase.ACTIVE, {}),
            Fact(utc(t("mon 10:00")), Phase.DROPPED, {}),
        ]
        (clock,) = fold(MEASURES[TargetKind.RESOLUTION], story, lambda _: target)

        assert clock.state is ClockState.CANCELLED


class TestPassedThresholds:
    QUARTERS = tuple(Threshold(percent=share) for share in (25, 50, 75))

    @pytest.mark.parametrize(
        ("choice", "told"),
        [
            (PassedThresholds.TELL, [25, 50, 75]),
            (PassedThresholds.TELL_LAST, [50, 75]),
            (PassedThresholds.SKIP, [75]),
        ],
    )
    def test_what_a_target_finds_passed(self, choice, told):
        policy = ClockPolicy(passed_thresholds=choice)
        urgent = resolution(hours(4), thresholds=self.QUARTERS, policy=policy)
        clock = started(8).retarget(urgent, at=t("mon 11:30"))

        # Two and a half of four hours have elapsed: a quarter and a half of it are passed.
        found = clock.told(t("mon 12:30"))
        assert [one.threshold.percent for one in found] == told
        assert {one.at for one in found[:-1]} <= {t("mon 11:30")}
        assert found[-1].at == t("mon 12:00")


# ---- A naive clock that is retargeted -------------------------------------------------------

NAUGHT = t("fri 00:00")
HORIZON = 12 * 144
CALENDARS = st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS])
STEPS = st.integers(0, 60)
LENGTHS = st.integers(1, 60)


@attrs.define
class NaiveTally:
    """
    A clock that is asked once a tick, and keeps what is held against its target as a fraction.
    """

    length: int
    calendar: object
    spent: Fraction = Fraction(0)
    is_paused: bool = False
    tick: int = 0

    def is_open(self, tick):
        return tick in open_ticks(self.calendar, NAUGHT, HORIZON)

    def go_to(self, tick):
        while self.tick < tick:
            self.spent += not self.is_paused and self.is_open(self.tick)
            self.tick += 1

    def due(self):
        """
        Return the tick at which the target is used up, counting from now on, and not before.
        """
        left, tick = self.length - self.spent, self.tick
        while left > 0:
            if self.is_open(tick):
                if left <= 1:
                    return tick + left
                left -= 1
            tick += 1
        return tick + left

    def retarget(self, length, calendar, mode):
        share = self.spent * length / self.length
        overrun = length + self.spent - self.length
        in_proportion = share if self.spent < self.length else overrun
        spent = {RESTART: 0, PROPORTIONAL: in_proportion}.get(mode, self.spent)
        other = NaiveTally(length, calendar, Fraction(spent), self.is_paused, self.tick)
        if mode is STRICTEST and self.due() <= other.due():
            return
        self.length, self.calendar, self.spent = length, calendar, other.spent


@st.composite
def retargeted(draw):
    """
    A clock that was retargeted in some way several times, paused and not, and the naive one.
    """
    tick = draw(STEPS)
    length, calendar = draw(LENGTHS), draw(CALENDARS)
    clock = SlaClock.start(resolution(length * TICK, calendar), at=NAUGHT + tick * TICK)
    tally = NaiveTally(length, calendar, tick=tick)
    shares = 0
    for _ in range(draw(st.integers(1, 6))):
        tick += draw(STEPS)
        tally.go_to(tick)
        at = NAUGHT + tick * TICK
        word = draw(st.sampled_from(["retarget", "retarget", "turn"]))
        if word == "turn":
            clock = clock.resume(at=at) if tally.is_paused else clock.pause(at=at)
            tally.is_paused = not tally.is_paused
        else:
            length, calendar, mode = draw(LENGTHS), draw(CALENDARS), draw(st.sampled_from(Retarget))
            shares += mode is PROPORTIONAL
            clock = clock.retarget(resolution(length * TICK, calendar), at=at, mode=mode)
            tally.retarget(length, calendar, mode)
    return clock, tally, shares


def ticks(amount):
    return Fraction(amount // MICROSECOND, TICK // MICROSECOND)


class TestAgainstTheNaiveTally:
    @SETTINGS
    @given(retargeted(), STEPS)
    def test_elapsed_and_remaining(self, told, wait):
        clock, tally, shares = told
        tally.go_to(tally.tick + wait)
        at = NAUGHT + tally.tick * TICK
        # Each share is rounded to a microsecond, and later shares may enlarge that sixtyfold.
        off = sum(60**n for n in range(shares)) * MICROSECOND

        assert abs(ticks(clock.elapsed(at)) - tally.spent) <= ticks(off)
        assert clock.elapsed(at) + clock.remaining(at) == tally.length * TICK

    @SETTINGS
    @given(retargeted())
    def test_due(self, told):
        clock, tally, shares = told
        off = sum(60**n for n in range(shares)) * MICROSECOND
        if tally.is_paused:
            assert clock.due_at is None
        elif tally.length - tally.spent > ticks(off):
            due = NAUGHT + float(tally.due()) * TICK
            rest = clock.target.calendar.between(min(due, clock.due_at), max(due, clock.due_at))
            assert rest <= off + MICROSECOND


class TestLaws:
    @SETTINGS
    @given(retargeted(), STEPS)
    def test_elapsed_remaining_percent_and_allowance_agree(self, told, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        allowed = clock.promises[-1].allowance * MICROSECOND

        assert clock.elapsed(at) + clock.remaining(at) == allowed
        assert clock.percent(at) == pytest.approx(100 * (clock.elapsed(at) / allowed))

    @SETTINGS
    @given(retargeted(), STEPS)
    def test_what_is_used_up_was_due_since_the_start_and_all_else_is_yet_to_be(self, told, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        due = clock.due_if_resumed(at)

        if clock.remaining(at) > ZERO:
            assert due > at
        else:
            assert clock.started_at <= due <= at

    @SETTINGS
    @given(retargeted(), LENGTHS, CALENDARS, STEPS)
    def test_restarted_it_is_due_like_a_clock_started_then(self, told, length, calendar, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        target = resolution(length * TICK, calendar)

        moved = clock.retarget(target, at=at, mode=RESTART)
        anew = SlaClock.start(target, at=at)

        assert moved.elapsed(at) == ZERO
        assert moved.due_if_resumed(at) == anew.due_at
        assert moved.elapsed(at + TICK) == (ZERO if tally.is_paused else anew.elapsed(at + TICK))

    @SETTINGS
    @given(retargeted(), LENGTHS, CALENDARS, STEPS)
    def test_in_proportion_the_percent_stays(self, told, length, calendar, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        target = resolution(length * TICK, calendar)

        assume(clock.remaining(at) > ZERO)
        moved = clock.retarget(target, at=at, mode=PROPORTIONAL)
        before = Fraction(clock.elapsed(at) // MICROSECOND, clock.promises[-1].allowance)
        after = Fraction(moved.elapsed(at) // MICROSECOND, moved.promises[-1].allowance)

        assert abs(after - before) <= Fraction(1, moved.promises[-1].allowance)

    @SETTINGS
    @given(retargeted(), LENGTHS, CALENDARS, STEPS)
    def test_the_strictest_is_due_like_the_earlier_of_both(self, told, length, calendar, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        target = resolution(length * TICK, calendar)

        kept = clock.retarget(target, at=at, mode=KEEP).due_if_resumed(at)
        strictest = clock.retarget(target, at=at, mode=STRICTEST).due_if_resumed(at)

        # Of two that are used up both were due; of which of them it tells does not matter.
        assert strictest <= max(at, min(clock.due_if_resumed(at), kept))
        if clock.remaining(at) > ZERO:
            assert strictest == min(clock.due_if_resumed(at), kept)

    @SETTINGS
    @given(retargeted(), LENGTHS, CALENDARS, st.sampled_from(Retarget), STEPS)
    def test_no_retarget_undoes_a_breach(self, told, length, calendar, mode, wait):
        clock, tally, _ = told
        at = NAUGHT + (tally.tick + wait) * TICK
        assume(at > clock.promises[-1].since)  # what was in force for no time is not judged by
        moved = clock.retarget(resolution(length * TICK, calendar), at=at, mode=mode)

        if clock.is_breached(at):
            assert moved.breached_at == clock.breached_at
        else:
            assert moved.breached_at is None or moved.breached_at >= at

    @SETTINGS
    @given(retargeted(), st.integers(1, 60), st.integers(1, 60), st.integers(0, 100))
    def test_including_the_gap_it_is_as_if_never_stopped(self, told, until_stop, gap, wait):
        clock, tally, _ = told
        if tally.is_paused:
            clock = clock.resume(at=NAUGHT + tally.tick * TICK)
        including = ClockPolicy(reopen=Reopen.RESUME_INCLUDING_GAP)
        promises = [
            attrs.evolve(one, target=attrs.evolve(one.target, policy=including))
            for one in clock.promises
        ]
        clock = attrs.evolve(clock, promises=tuple(promises))
        stop = NAUGHT + (tally.tick + until_stop) * TICK
        again = clock.stop(at=stop).reopen(at=stop + gap * TICK)

        assert again.elapsed(stop + wait * TICK) == clock.elapsed(stop + wait * TICK)
        assert again.due_at == clock.due_at
        assert again.breached_at == clock.breached_at

    @SETTINGS
    @given(LENGTHS, CALENDARS, st.lists(st.tuples(STEPS, STEPS), max_size=4))
    def test_each_new_cycle_is_a_clock_of_its_own(self, length, calendar, gaps):
        policy = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        target = resolution(length * TICK, calendar, policy=policy)
        at = NAUGHT
        clock = SlaClock.start(target, at=at)
        for number, (ran, gap) in enumerate(gaps, start=2):
            at += (ran + gap) * TICK
            clock = clock.stop(at=at - gap * TICK).reopen(at=at)

            assert clock == SlaClock.start(target, at=at, cycle=number)


# ---- Any story under any policy -------------------------------------------------------------

PRIORITIES = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
POLICIES = st.builds(
    ClockPolicy,
    retarget=st.sampled_from(Retarget),
    reopen=st.sampled_from(Reopen),
    judgement=st.sampled_from(Judgement),
    zero_target=st.sampled_from(ZeroTarget),
    late_target=st.sampled_from(LateTarget),
    start_on_hold=st.sampled_from(StartOnHold),
    simultaneous=st.sampled_from(Simultaneous),
)
STARTS = st.sampled_from([*StartAt, StartField("visit_at")])
ANY_TARGET = st.one_of(
    st.none(),
    st.builds(
        lambda length, calendar, start_at, policy, pause_on: resolution(
            length, calendar, start_at=start_at, policy=policy, pause_on=pause_on
        ),
        st.one_of(st.integers(0, 60).map(lambda n: n * TICK), st.just(BusinessDays(1))),
        CALENDARS,
        STARTS,
        POLICIES,
        st.sampled_from([[], [CALLER], [Phase.WAITING], [Phase.DONE], [Phase.ACTIVE, CALLER]]),
    ),
)
PHASES = [Phase.ACTIVE, Phase.ACTIVE, Phase.WAITING, Phase.WAITING, Phase.DONE, *Phase]
ALL_MEASURES = [*MEASURES.values(), TIME_TO_OWN, Measure(always, is_over, Where(group="network"))]


@st.composite
def stories(draw):
    at, story = NAUGHT, []
    for _ in range(draw(st.integers(1, 9))):
        at += draw(STEPS) * TICK
        fields = {
            "pending_reason": draw(st.sampled_from([None, CALLER, PendingReason("parts")])),
            "priority": draw(st.sampled_from(PRIORITIES)),
            "group": draw(st.sampled_from([None, "network"])),
            "assignee": draw(st.sampled_from([None, "li"])),
            "detected_at": draw(st.sampled_from([None, NAUGHT - 9 * TICK])),
            "visit_at": draw(st.sampled_from([None, NAUGHT - 60 * TICK, at + 90 * TICK])),
        }
        responded, awaits = draw(st.booleans()), draw(st.booleans())
        story.append(Fact(utc(at), draw(st.sampled_from(PHASES)), fields, responded, awaits))
    return story


class TestAnyStory:
    @tried(300)
    @given(
        stories(),
        st.lists(ANY_TARGET, min_size=3, max_size=3),
        st.sampled_from(ALL_MEASURES),
        st.one_of(st.none(), st.builds(lambda n: NAUGHT + n * TICK, STEPS)),
    )
    def test_its_clocks_are_sound(self, story, targets, measure, since):
        by_name = dict(zip(PRIORITIES, targets, strict=True))

        def choose(fact):
            target = by_name[fact.priority]
            return None if target is None or target.is_off else target

        fixed = since and ManualDeadline(since + 40 * TICK, "Said so.", since)
        clocks = fold(measure, story, choose, deadline=fixed)

        assert len({clock.cycle for clock in clocks}) == len(clocks)
        for clock in clocks:
            self.check(clock, story)

    def check(self, clock, story):
        end = clock.ended_at
        told = [clock.started_at]
        for pause in clock.pauses:
            told += [pause.start, *([] if pause.end is None else [pause.end])]
        told += [] if end is None else [end]
        sinces = [promise.since for promise in clock.promises]
        assert told == sorted(told)
        assert sinces == sorted(sinces)
        assert all(pause.end is not None for pause in clock.pauses[:-1])
        assert (clock.stopped_at is None) or (clock.cancelled_at is None)
        assert (clock.cancelled_at is None) == (clock.cancelled_because is None)

        asked = sorted({*told, *sinces, *(fact.at for fact in story), story[-1].at + 99 * TICK})
        walls = [clock.wall_time(at) for at in asked]
        assert walls == sorted(walls)
        for before, after in pairwise(asked):
            grown = clock.elapsed(after - MICROSECOND) - clock.elapsed(before)
            assert grown + MICROSECOND >= ZERO
        for at in asked:
            (promise,) = [one for one in clock.promises if one.since <= at][-1:] or (
                clock.promises[0],
            )
            if promise.deadline is None:
                allowed = promise.allowance * MICROSECOND
                assert clock.elapsed(at) + clock.remaining(at) == allowed
            if clock.is_breached(at) and clock.target.policy.judgement is Judgement.STICKY:
                assert clock.breached_at is not None
                assert clock.breached_at <= at
        if clock.state is ClockState.RUNNING:
            assert clock.due_at is not None
        assert pickle.loads(pickle.dumps(clock)) == clock


# ---- Values ---------------------------------------------------------------------------------

HELD = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
A_CLOCK = (
    started(8)
    .pause(at=t("mon 10:00"), reason=CALLER)
    .resume(at=t("mon 11:00"))
    .retarget(resolution(BusinessDays(2)), at=t("mon 12:00"), mode=RESTART)
    .fix(t("wed 12:00"), reason="Said so.", at=t("mon 13:00"))
)
A_TARGET = resolution(
    hours(8),
    when=Where(vip=True),
    priorities=[Priority.HIGH],
    pause_on=[CALLER, Phase.WAITING, Where(group="lab")],
    stop_at=StopAt.CLOSED,
    start_at=StartField("visit_at"),
    measure=Measure(always, is_over),
    policy=ClockPolicy(reopen=Reopen.NEVER),
    thresholds=[Threshold(percent=50), Threshold(after=hours(1))],
)
VALUES = [
    *(
        member
        for kind in (
            *(Retarget, Reopen, Judgement, OutsideHours, ZeroTarget, LateTarget, StartOnHold),
            *(Simultaneous, Inheritance, PassedThresholds),
            *(AgreementKind, ClockOutcome, ClockState, StartAt, StopAt),
        )
        for member in kind
    ),
    ClockPolicy(),
    ClockPolicy(retarget=RESTART, simultaneous=Simultaneous.PAUSE_FIRST),
    ANY_VALUE,
    Where(service=["email", "web"], vip=True),
    *facts(HELD.history()),
    *TargetKind.constants(),
    TargetKind("custody"),
    *dict.fromkeys(ALL_MEASURES),
    resolution(hours(8)),
    A_TARGET,
    StartField("visit_at"),
    Pause(utc(t("mon 09:00"))),
    Pause(utc(t("mon 09:00")), utc(t("mon 10:00")), CALLER, is_gap=True),
    ManualDeadline(t("tue 12:00"), "Said so.", t("mon 10:00")),
    *A_CLOCK.promises,
    Promise(utc(t("mon 09:00")), A_TARGET, 0, -1, PROPORTIONAL),
    *pieces(A_CLOCK),
    A_CLOCK,
    A_CLOCK.stop(at=t("mon 14:00")),
    A_CLOCK.cancel(at=t("mon 14:00"), reason="merged"),
    agreed(A_TARGET, resolution(hours(4), measure=Measure(always, is_over))),
    OperationalLevelAgreement("ola", provider="lab", targets=[resolution(hours(8))]),
    UnderpinningContract("uc", provider="acme", targets=[A_TARGET], support_hours=OFFICE),
]


class TestValues:
    @pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
    def test_each_copies_and_pickles(self, value):
        for same in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
            assert same == value
            assert hash(same) == hash(value)
            assert type(same) is type(value)

    def test_no_two_are_equal(self):
        # Texts of different enumerations may be, being texts.
        plain = [value for value in VALUES if not isinstance(value, str)]

        assert len(set(plain)) == len(plain)

    @pytest.mark.parametrize(
        "value",
        [value for value in VALUES if attrs.has(type(value))],
        ids=lambda value: type(value).__name__,
    )
    def test_none_can_be_changed(self, value):
        name = attrs.fields(type(value))[0].name

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)


def test_cycles_of_the_past_that_no_target_judges_have_no_number():
    anew = ClockPolicy(reopen=Reopen.NEW_CYCLE)
    critical = resolution(hours(8), priorities=[Priority.CRITICAL], policy=anew)
    told = STARTED.resolve(ResolutionCode.FIXED, by=LI, at=t("mon 10:00"))
    told = told.reopen("Again.", by=LI, at=t("mon 11:00"))
    told = told.prioritize(override=Priority.CRITICAL, reason="it is", by=LI, at=t("mon 12:00"))
    (clock,) = ServiceLevelAgreement("gold", targets=[critical]).clocks(told)

    assert clock.cycle == 1
    assert clock.started_at == t("mon 11:00")
    assert clock.promises[0].since == t("mon 12:00")
