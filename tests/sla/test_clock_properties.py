"""
Clocks against a naive one that looks at the world tick by tick, the laws they obey, and folding.
"""

from __future__ import annotations

import pickle

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    EVERY_DAY,
    LI,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    TICK,
    NaiveClock,
    hours,
    logged,
    open_ticks,
    resolution,
)
from examples_of_runs import tried
from itil_ops.errors import RefusedError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.instant import microseconds
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Direction, PendingReason, Visibility
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.policy import ClockPolicy, Judgement
from itil_ops.sla.promises.target import StopAt, Target, TargetKind


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


SETTINGS = tried(70)
LUNCH = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00"))))
CALENDARS = st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH])

#: An ordinary weekend, and those on which London's clocks change.
ZEROS = [datetime(2024, *day, tzinfo=UTC) for day in ((3, 1), (3, 29), (10, 25))]
HORIZON = 12 * 144

#: Which verbs a state allows, the likelier ones more than once; only the last one ends for good.
ALLOWED = {
    ClockState.RUNNING: ["pause", "pause", "retarget", "retarget", "stop", "cancel"],
    ClockState.PAUSED: ["resume", "resume", "retarget", "stop", "cancel"],
    ClockState.STOPPED: ["reopen"],
    ClockState.CANCELLED: [],
}


STEPS = st.integers(0, 60).map(lambda n: n * TICK)
TARGETS = st.builds(resolution, STEPS, CALENDARS)
JUDGEMENTS = st.sampled_from(Judgement)

ON_THE_WAY_TO = {
    (ClockState.PAUSED, ClockState.RUNNING): ["resume"],
    (ClockState.STOPPED, ClockState.RUNNING): ["reopen"],
    (ClockState.RUNNING, ClockState.PAUSED): ["pause"],
    (ClockState.STOPPED, ClockState.PAUSED): ["reopen", "pause"],
}


@st.composite
def lives(draw, steps=STEPS, targets=TARGETS, judgements=JUDGEMENTS, until=None):
    """
    The facts of a clock's life as instants, words and targets, and the clock they make.
    """
    at = draw(st.sampled_from(ZEROS)) + draw(steps)
    judgement = draw(judgements)
    targets = targets.map(lambda target: judged(target, judgement))
    target = draw(targets)
    clock = SlaClock.start(target, at=at)
    facts = [(at, "start", target)]
    for _ in range(draw(st.integers(0, 7))):
        allowed = [word for word in ALLOWED[clock.state] if word != "cancel" or until is None]
        if not allowed:
            break
        at += draw(steps)
        word = draw(st.sampled_from(allowed))
        target = draw(targets) if word == "retarget" else None
        clock = told(clock, at, word, target)
        facts.append((at, word, target))
    for word in ON_THE_WAY_TO.get((clock.state, until), ()):
        clock = told(clock, at, word, None)
        facts.append((at, word, None))
    return facts, clock


def judged(target, judgement):
    return attrs.evolve(target, policy=ClockPolicy(judgement=judgement))


def rejudged(clock, judgement):
    """
    Return *clock* as it were if all its targets were judged so.
    """
    promises = [
        attrs.evolve(promise, target=judged(promise.target, judgement))
        for promise in clock.promises
    ]
    return attrs.evolve(clock, promises=tuple(promises))


def told(clock, at, word, target):
    arguments = {"cancel": {"reason": "merged"}, "retarget": {"target": target}}.get(word, {})
    return getattr(clock, word)(at=at, **arguments)


def naive(facts, zero):
    return NaiveClock(
        [((at - zero) // TICK, word, target) for at, word, target in facts],
        lambda target, tick: tick in open_ticks(target.calendar, zero, HORIZON),
        lambda target: target.duration // TICK,
        HORIZON,
    )


def ticks_of(at, zero):
    """
    Return the last tick up to *at*, and the time since.
    """
    tick, rest = divmod(microseconds(at) - microseconds(zero), TICK // MICROSECOND)
    return tick, rest * MICROSECOND


def zero_of(facts):
    return max(zero for zero in ZEROS if zero <= facts[0][0])


def instants_of(facts, clock):
    """
    Instants around everything that happens to a clock, from its start on.
    """
    near = [at for at, _, _ in facts] + [at for at in (clock.due_at, clock.breached_at) if at]
    around = [at + n * MICROSECOND for at in near for n in (-1, 0, 1)]
    return [at for at in around if at >= facts[0][0]]


MOMENTS = st.lists(st.integers(0, 9 * 86_400 * 10**6), max_size=6)


class TestAgainstTheNaiveClock:
    @SETTINGS
    @given(lives(), MOMENTS)
    def test_elapsed_and_remaining(self, life, moments):
        facts, clock = life
        zero = zero_of(facts)
        slow = naive(facts, zero)
        asked = [zero + n * MICROSECOND for n in moments] + instants_of(facts, clock)

        for at in asked:
            elapsed = clock.elapsed(at)
            tick, rest = ticks_of(at, zero)
            promised = slow.told[max(tick, 0)][1].duration
            assert elapsed == slow.elapsed(tick) * TICK + rest * (tick in slow.counted)
            assert clock.remaining(at) == promised - elapsed
            assert clock.percent(at) == (100 * elapsed / promised if promised else None)

    @SETTINGS
    @given(lives())
    def test_due(self, life):
        facts, clock = life
        zero = zero_of(facts)

        if clock.state in {ClockState.PAUSED, ClockState.CANCELLED}:
            assert clock.due_at is None
        else:
            as_if_resumed = [*facts[:-1], (facts[-1][0], "resume", None)]
            slow = naive(as_if_resumed if facts[-1][1] == "stop" else facts, zero)
            assert clock.due_at == zero + slow.due() * TICK

    @SETTINGS
    @given(lives(until=ClockState.PAUSED), st.integers(0, 60))
    def test_due_if_resumed(self, life, wait):
        facts, clock = life
        zero, at = zero_of(facts), facts[-1][0] + wait * TICK
        slow = naive([*facts, (at, "resume", None)], zero)

        assert clock.due_if_resumed(at) == zero + slow.due() * TICK

    @SETTINGS
    @given(lives())
    def test_breached_at(self, life):
        facts, clock = life
        zero = zero_of(facts)
        final = clock.target.policy.judgement is Judgement.FINAL_TARGET
        breach = naive(facts, zero).breach(HORIZON, final=final)

        assert clock.breached_at == (breach and zero + breach[0] * TICK)

    @SETTINGS
    @given(lives())
    def test_is_breached(self, life):
        facts, clock = life
        zero = zero_of(facts)
        slow = naive(facts, zero)
        final = clock.target.policy.judgement is Judgement.FINAL_TARGET

        for at in instants_of(facts, clock):
            breach = slow.breach(max(ticks_of(at, zero)[0], 0), final=final)
            expected = breach is not None and (breach[1] or zero + breach[0] * TICK < at)
            assert clock.is_breached(at) == expected

    @SETTINGS
    @given(lives())
    def test_outcome(self, life):
        facts, clock = life
        at, word, _ = facts[-1]
        zero = zero_of(facts)
        breach = naive(facts, zero).breach(
            ticks_of(at, zero)[0], final=clock.target.policy.judgement is Judgement.FINAL_TARGET
        )
        verdicts = {
            "cancel": ClockOutcome.CANCELLED,
            "stop": ClockOutcome.BREACHED if breach else ClockOutcome.MET,
        }

        assert clock.outcome == verdicts.get(word)


# ---- Laws -----------------------------------------------------------------------------------

ANY_STEP = st.integers(0, 12 * 3_600 * 10**6).map(lambda n: n * MICROSECOND)
ANY_LENGTH = st.one_of(st.just(timedelta(0)), ANY_STEP)
ANY_TARGET = st.builds(resolution, ANY_LENGTH, CALENDARS)
ONE_TARGET = CALENDARS.flatmap(
    lambda calendar: st.builds(resolution, ANY_LENGTH, st.just(calendar))
)
FREE = lives(ANY_STEP, ANY_TARGET)
RUNNING = lives(ANY_STEP, ANY_TARGET, until=ClockState.RUNNING)
STICKY = st.just(Judgement.STICKY)


@st.composite
def lives_of_one_target(draw, until=None):
    """
    Lives in which a retarget, if there is one, is to the target that is in force already.
    """
    return draw(lives(ANY_STEP, st.just(draw(ONE_TARGET)), STICKY, until))


class TestLaws:
    @SETTINGS
    @given(lives_of_one_target(), ANY_STEP)
    def test_elapsed_paused_and_outside_are_the_wall_time(self, life, wait):
        facts, clock = life
        until = facts[-1][0] + wait
        calendar = clock.target.calendar
        paused = outside = timedelta(0)
        ends = [at for at, _, _ in facts[1:]] + [until]
        does = None
        for (start, word, _), end in zip(facts, ends, strict=True):
            does = does if word == "retarget" else word
            if does in {"pause", "stop", "cancel"}:
                paused += end - start
            else:
                spans = list(calendar.spans(start, end))
                edges = [start, *(at for span in spans for at in (span.start, span.end)), end]
                outside += sum(
                    (after - before for before, after in zip(edges[::2], edges[1::2], strict=True)),
                    timedelta(0),
                )

        assert clock.elapsed(until) + paused + outside == until - facts[0][0]

    @SETTINGS
    @given(FREE, st.lists(ANY_STEP, min_size=2, max_size=8))
    def test_elapsed_never_decreases_nor_outruns_the_wall(self, life, waits):
        facts, clock = life
        asked = sorted([at for at, _, _ in facts] + [facts[0][0] + 5 * wait for wait in waits])
        told = [(at, clock.elapsed(at)) for at in asked]

        for (a, before), (b, after) in pairwise(told):
            assert timedelta(0) <= after - before <= b - a

    @SETTINGS
    @given(FREE)
    def test_only_facts_up_to_then_are_used(self, life):
        facts, clock = life
        known = SlaClock.start(facts[0][2], at=facts[0][0])

        for at, word, target in facts[1:]:
            before = at - MICROSECOND
            assert known.elapsed(before) == clock.elapsed(before)
            assert known.is_breached(before) == clock.is_breached(before)
            known = told(known, at, word, target)

        assert known == clock

    @SETTINGS
    @given(lives_of_one_target(ClockState.RUNNING))
    def test_the_breach_is_the_first_instant_after_which_too_much_has_elapsed(self, life):
        _, clock = life
        breach, promised = clock.breached_at, clock.target.duration

        assert clock.elapsed(breach) == promised
        assert clock.elapsed(breach + MICROSECOND) == promised + MICROSECOND
        assert not clock.is_breached(breach)
        assert clock.is_breached(breach + MICROSECOND)

    @SETTINGS
    @given(lives_of_one_target())
    def test_it_is_breached_if_and_only_if_it_exceeds_its_target(self, life):
        facts, clock = life

        for at in [*instants_of(facts, clock), facts[-1][0] + timedelta(days=9)]:
            assert clock.is_breached(at) == (clock.elapsed(at) > clock.target.duration)

    @SETTINGS
    @given(RUNNING)
    def test_the_due_time_is_the_earliest_at_which_the_target_is_used_up(self, life):
        _, clock = life
        due, promised = clock.due_at, clock.target.duration

        assert clock.elapsed(due) == promised
        assert clock.elapsed(due - MICROSECOND) < promised or not promised

    @SETTINGS
    @given(ONE_TARGET, st.sampled_from(ZEROS), ANY_STEP)
    def test_undisturbed_the_breach_is_the_next_opening_after_the_due_time(
        self, target, zero, wait
    ):
        clock = SlaClock.start(target, at=zero + wait)

        assert clock.due_at == target.calendar.add(zero + wait, target.duration)
        assert clock.breached_at == target.calendar.next_open(clock.due_at)
        assert clock.counts_from == target.calendar.next_open(zero + wait)

    @SETTINGS
    @given(ONE_TARGET, st.sampled_from(ZEROS), ANY_STEP, st.floats(0, 1), ANY_STEP)
    def test_a_pause_moves_the_due_time_by_its_working_time(self, target, zero, wait, share, pause):
        clock, calendar = SlaClock.start(target, at=zero + wait), target.calendar
        start = calendar.add(zero + wait, share * target.duration)
        assume(start < clock.due_at)
        cost = calendar.between(start, start + pause)

        held = clock.pause(at=start).resume(at=start + pause)

        assert held.due_at == (calendar.add(clock.due_at, cost) if cost else clock.due_at)

    @SETTINGS
    @given(RUNNING, ANY_STEP)
    def test_pausing_a_breached_clock_does_not_undo_the_breach(self, life, wait):
        facts, clock = life
        clock = rejudged(clock, Judgement.STICKY)
        at = max(facts[-1][0], clock.breached_at + MICROSECOND) + wait

        assert clock.pause(at=at).breached_at == clock.breached_at
        assert clock.pause(at=at).is_breached(at + hours(1))

    @SETTINGS
    @given(RUNNING, ANY_TARGET, ANY_STEP)
    def test_sticky_no_retarget_undoes_a_breach(self, life, target, wait):
        facts, clock = life
        clock = rejudged(clock, Judgement.STICKY)
        at = max(facts[-1][0], clock.breached_at + MICROSECOND) + wait

        assert clock.retarget(target, at=at).breached_at == clock.breached_at
        assert clock.retarget(target, at=at).is_breached(at)

    @SETTINGS
    @given(RUNNING, ANY_TARGET, ANY_STEP)
    def test_by_the_final_target_only_that_one_decides(self, life, target, wait):
        facts, clock = life
        clock = rejudged(clock, Judgement.FINAL_TARGET)
        target = judged(target, Judgement.FINAL_TARGET)
        at = facts[-1][0] + wait

        moved = clock.retarget(target, at=at)

        assert moved.is_breached(at) == (moved.elapsed(at) > target.duration)
        assert moved.breached_at >= at

    @SETTINGS
    @given(RUNNING, ANY_TARGET, ANY_STEP)
    def test_a_retarget_keeps_start_and_elapsed_time(self, life, target, wait):
        facts, clock = life
        at = facts[-1][0] + wait

        moved = clock.retarget(target, at=at)

        assert moved.started_at == clock.started_at
        assert moved.elapsed(at) == clock.elapsed(at)

    @SETTINGS
    @given(RUNNING, ANY_STEP)
    def test_stopped_and_reopened_at_once_nothing_has_moved(self, life, wait):
        facts, clock = life
        at = facts[-1][0] + wait

        again = clock.stop(at=at).reopen(at=at)

        assert again.elapsed(at + hours(30)) == clock.elapsed(at + hours(30))
        assert again.due_at == clock.due_at
        assert again.breached_at == clock.breached_at

    @SETTINGS
    @given(FREE, st.sampled_from(["Europe/London", "Asia/Tehran", "America/Sao_Paulo"]))
    def test_the_zone_in_which_facts_are_told_does_not_matter(self, life, zone):
        facts, clock = life
        there = [(at.astimezone(ZoneInfo(zone)), word, target) for at, word, target in facts]
        (start, _, target), *rest = there
        same = SlaClock.start(target, at=start)
        for at, word, other in rest:
            same = told(same, at, word, other)

        assert same == clock
        assert hash(same) == hash(clock)
        assert pickle.loads(pickle.dumps(same)) == clock

    @SETTINGS
    @given(FREE)
    def test_counting_begins_where_it_says(self, life):
        _, clock = life

        assert clock.elapsed(clock.counts_from) == timedelta(0)


# ---- Folding --------------------------------------------------------------------------------

KINDS = (TargetKind.RESPONSE, TargetKind.RESOLUTION, TargetKind.UPDATE)
CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
REASONS = [CALLER, SUPPLIER, PendingReason("awaiting_parts")]
PRIORITIES = [Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW]
VERBS = [
    *("hold", "hold", "hold", "resume", "resume", "resolve", "resolve", "reopen", "reopen"),
    *("start", "start", "tell", "tell", "murmur", "reply", "prioritize", "prioritize"),
    *("assign", "close", "cancel"),
]
LIVED = ["hold", "resume", "resolve", "reopen", "close", "cancel", "start", "communicate"]
#: What is done, how many minutes later, how many minutes late, and one of what is on offer.
OP = st.tuples(
    st.sampled_from(VERBS),
    st.sampled_from([0, 1, 20, 90, 400]),
    st.sampled_from([0, 0, 30, 200, 1_000]),
    st.integers(0, 3),
)
OPS = st.integers(0, 20).flatmap(lambda n: st.lists(OP, min_size=n, max_size=n))
START = datetime(2024, 3, 1, 10, tzinfo=UTC)


class Life:
    """
    An incident that takes what steps it may, and what was so meanwhile, in words of its own.
    """

    def __init__(self, **fields):
        self.incident = logged(START, **fields)
        self.now = self.moved_at = START
        self.story = []

    def take(self, verb, wait, back, choice):
        self.now += wait * timedelta(minutes=1)
        dated = {"by": LI, "at": self.now}
        told_at = max(self.moved_at, self.now - back * timedelta(minutes=1))
        late = {**dated, "effective_at": told_at}
        waits = self.incident.state.phase is Phase.WAITING
        try:
            at, words = getattr(self, verb)(choice, dated, late)
        except RefusedError:
            return
        self.story += [(at, *word) for word in words]
        if waits and self.incident.state.phase is not Phase.WAITING and verb != "resolve":
            self.story.append((at, "go_on", None))
        if verb not in {"tell", "murmur", "prioritize"} and self.incident.journal[-1].action != (
            "communicate"
        ):
            self.moved_at = at

    def told(self):
        return sorted(self.story, key=lambda fact: fact[0])

    def hold(self, choice, _, late):
        reason = REASONS[choice % 3]
        self.incident = self.incident.hold(reason, **late)
        return late["effective_at"], [("wait", reason)]

    def resume(self, _choice, _, late):
        self.incident = self.incident.resume(**late)
        return late["effective_at"], []

    def resolve(self, _choice, _, late):
        self.incident = self.incident.resolve(ResolutionCode.FIXED, **late)
        return late["effective_at"], [("resolve", None)]

    def reopen(self, _choice, dated, _):
        self.incident = self.incident.reopen("It is back.", **dated)
        return dated["at"], [("reopen", None)]

    def start(self, _choice, _, late):
        self.incident = self.incident.start(**late)
        return late["effective_at"], [("answer", None)]

    def tell(self, _choice, _, late):
        before = self.incident.last_contact
        self.incident = self.incident.communicate("On it.", **late)
        # The same message told twice of one instant is one.
        again = self.incident.last_contact == before
        return late["effective_at"], [("answer", None), *([] if again else [("inform", None)])]

    def murmur(self, choice, _, late):
        hidden = [{"visibility": Visibility.INTERNAL}, {"automatic": True}][choice % 2]
        self.incident = self.incident.communicate("Hm.", **hidden, **late)
        return late["effective_at"], []

    def reply(self, _choice, _, late):
        self.incident = self.incident.communicate("Yes.", direction=Direction.INBOUND, **late)
        return late["effective_at"], []

    def prioritize(self, choice, dated, _):
        priority = PRIORITIES[choice]
        self.incident = self.incident.prioritize(override=priority, reason="so", **dated)
        return dated["at"], [("prioritize", priority)]

    def assign(self, choice, dated, _):
        self.incident = self.incident.assign(group=f"group {choice}", **dated)
        return dated["at"], []

    def close(self, _choice, dated, _):
        was_open = self.incident.is_open
        code = ResolutionCode.FIXED if was_open else None
        self.incident = self.incident.close(resolution=code, **dated)
        words = [("resolve", None)] if was_open else []
        return dated["at"], [*words, ("close", None)]

    def cancel(self, _choice, dated, _):
        self.incident = self.incident.cancel(CancellationReason.WITHDRAWN, **dated)
        return dated["at"], [("cancel", None)]


def lived(ops, **fields):
    life = Life(**fields)
    for op in ops:
        life.take(*op)
    return life


class Hand:
    """
    Drives the clocks of one kind through a story, one word at a time, as a person would.
    """

    def __init__(self, agreement, kind, priority):
        self.agreement, self.kind, self.priority = agreement, kind, priority
        self.waiting = None
        self.clocks = []
        self.begin(START)

    @property
    def clock(self):
        return self.clocks[-1]

    def begin(self, at):
        target = self.agreement.target(self.kind, having(self.priority))
        self.clocks.append(SlaClock.start(target, at=at, cycle=len(self.clocks) + 1))

    def take(self, verb, **arguments):
        self.clocks[-1] = getattr(self.clock, verb)(**arguments)

    def drive(self, story):
        for at, word, about in story:
            if self.clock.state is ClockState.STOPPED:
                if word == "reopen":
                    self.reopen(at)
            elif self.clock.state is not ClockState.CANCELLED and word != "reopen":
                getattr(self, word)(at, about)
            if word == "prioritize":
                self.priority = about
        return self.clocks

    def reopen(self, at):
        if self.kind == TargetKind.RESOLUTION:
            self.take("reopen", at=at)
            self.prioritize(at, self.priority)
        if self.kind == TargetKind.UPDATE:
            self.begin(at)

    def wait(self, at, reason):
        self.waiting = reason if reason in self.clock.target.pause_on else None
        if self.clock.state is ClockState.PAUSED and self.clock.pauses[-1].reason != self.waiting:
            self.take("resume", at=at)
        if self.clock.state is ClockState.RUNNING and self.waiting is not None:
            self.take("pause", at=at, reason=self.waiting)

    def go_on(self, at, _):
        self.wait(at, None)

    def prioritize(self, at, priority):
        target = self.agreement.target(self.kind, having(priority))
        if target != self.clock.target:
            self.take("retarget", target=target, at=at)

    def answer(self, at, _):
        if self.kind == TargetKind.RESPONSE:
            self.take("stop", at=at)

    def inform(self, at, _):
        if self.kind == TargetKind.UPDATE:
            self.take("stop", at=at)
            self.begin(at)
            self.wait(at, self.waiting)

    def resolve(self, at, _):
        self.waiting = None
        if self.kind == TargetKind.RESOLUTION and self.clock.target.stop_at is StopAt.CLOSED:
            self.wait(at, None)
        else:
            self.take("stop", at=at)

    def close(self, at, _):
        self.take("stop", at=at)

    def cancel(self, at, _):
        self.take("cancel", at=at, reason="ended without a result: withdrawn")


def promised(kind, length, *priorities, **options):
    options = {"calendar": OFFICE, **options}
    return Target(kind, length, priorities=priorities or None, **options)


@st.composite
def agreements(draw):
    """
    An agreement with a target for everything, and others for some priorities.
    """
    stop_at = draw(st.sampled_from(StopAt))
    targets = []
    for kind in KINDS:
        never = kind == TargetKind.RESPONSE
        options = {
            "pause_on": () if never else draw(st.sets(st.sampled_from(REASONS))),
            "stop_at": stop_at,
        }
        for priorities in draw(
            st.sampled_from([[], [PRIORITIES[:1]], [PRIORITIES[:1], PRIORITIES[1:3]]])
        ):
            length = draw(st.integers(0, 600)) * timedelta(minutes=1)
            calendar = draw(CALENDARS)
            targets.append(promised(kind, length, *priorities, calendar=calendar, **options))
        targets.append(promised(kind, hours(draw(st.integers(0, 20))), **options))
    return ServiceLevelAgreement("gold", targets=targets)


PARTIAL = ServiceLevelAgreement(
    "critical and low only",
    targets=[
        promised(kind, hours(length), priority)
        for kind, length in zip(KINDS, (1, 6, 2), strict=True)
        for priority in (Priority.CRITICAL, Priority.LOW)
    ],
)
WITHOUT_PRIORITY = {"impact": None, "urgency": None}


class TestFolding:
    @tried(200)
    @given(OPS, agreements())
    def test_the_clocks_of_an_incident_are_those_driven_by_hand_through_the_same_facts(
        self, ops, agreement
    ):
        life = lived(ops)
        expected = [
            clock
            for kind in KINDS
            for clock in Hand(agreement, kind, Priority.MEDIUM).drive(life.told())
        ]

        assert [*agreement.clocks(life.incident)] == expected

    def test_the_lives_in_these_tests_visit_everything(self):
        visits = Counter()

        @settings(SETTINGS, max_examples=200, derandomize=True, database=None)
        @given(OPS)
        def live(ops):
            life = lived(ops)
            visits.update(entry.action for entry in life.incident.journal)
            visits["late"] += sum(e.effective_at < e.at for e in life.incident.journal)
            visits["out of order"] += life.story != life.told()

        live()

        assert {name for name in [*LIVED, "late", "out of order"] if visits[name] < 5} == set()

    @SETTINGS
    @given(OPS, st.booleans())
    def test_cycles_are_numbered_and_only_the_last_one_is_live(self, ops, prioritized):
        life = lived(ops, **({} if prioritized else WITHOUT_PRIORITY))

        for kind, clocks in by_kind(PARTIAL.clocks(life.incident)).items():
            assert [clock.cycle for clock in clocks] == [*range(1, len(clocks) + 1)]
            assert None not in [clock.outcome for clock in clocks[:-1]]
            if clocks[-1].outcome is None:
                promised = PARTIAL.target(kind, having(life.incident.priority))
                assert clocks[-1].target == promised

    @SETTINGS
    @given(OPS, st.booleans())
    def test_a_live_clock_is_there_if_something_was_promised_and_is_not_kept(
        self, ops, prioritized
    ):
        life = lived(ops, **({} if prioritized else WITHOUT_PRIORITY))
        live = {
            clock.target.kind for clock in PARTIAL.clocks(life.incident) if clock.outcome is None
        }
        wanted = {TargetKind.RESOLUTION, TargetKind.UPDATE}
        if "answer" not in {word for _, word, _ in life.story}:
            wanted.add(TargetKind.RESPONSE)

        is_promised = life.incident.priority in {Priority.CRITICAL, Priority.LOW}
        resolved = "resolve" in {word for _, word, _ in life.story}

        if is_promised and life.incident.is_open:
            assert live == (wanted - {TargetKind.RESPONSE} if resolved else wanted)
        else:
            assert live == set()

    @SETTINGS
    @given(OPS, st.booleans())
    def test_a_verdict_never_contradicts_what_has_elapsed(self, ops, prioritized):
        life = lived(ops, **({} if prioritized else WITHOUT_PRIORITY))

        for clock in PARTIAL.clocks(life.incident):
            if clock.outcome is ClockOutcome.MET:
                assert clock.elapsed(clock.stopped_at) <= clock.target.duration
            if clock.outcome is ClockOutcome.BREACHED:
                assert clock.breached_at <= clock.stopped_at

    @SETTINGS
    @given(OPS, st.booleans())
    def test_a_live_update_clock_began_with_what_the_user_heard_last(self, ops, prioritized):
        life = lived(ops, **({} if prioritized else WITHOUT_PRIORITY))
        live = [
            clock
            for clock in PARTIAL.clocks(life.incident)
            if clock.target.kind == TargetKind.UPDATE and clock.outcome is None
        ]
        heard = [at for at, word, _ in life.told() if word in {"inform", "reopen"}]

        for clock in live:
            assert clock.started_at == max(heard, default=START)

    @SETTINGS
    @given(OPS, agreements())
    def test_what_is_told_after_the_end_moves_no_clock(self, ops, agreement):
        life = lived([op for op in ops if op[0] not in {"cancel", "close"}])
        assume(life.incident.is_open)
        gone = life.incident.cancel(CancellationReason.WITHDRAWN, by=LI, at=life.now)

        told = gone.communicate("It was a drill.", by=DESK, at=life.now + hours(1))

        assert agreement.clocks(told) == agreement.clocks(gone)

    @SETTINGS
    @given(OPS, agreements())
    def test_the_facts_up_to_then_make_the_same_clocks_as_far_as_they_go(self, ops, agreement):
        life = lived(ops)
        known = life.incident.as_known_at(life.now)

        assert agreement.clocks(known) == agreement.clocks(life.incident)


def having(priority):
    return Fact(START, Phase.ACTIVE, {"priority": priority})


def by_kind(clocks):
    found = {}
    for clock in clocks:
        found.setdefault(clock.target.kind, []).append(clock)
    return found
