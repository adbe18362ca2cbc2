"""
Where the time of a clock went: segments, sums, whom they are down to, and a naive ledger.
"""

from __future__ import annotations

import copy
import pickle

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    LI,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    TICK,
    WEEKDAYS,
    hours,
    logged,
    minutes,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import CalendarError, RefusedError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import EscalationKind, PendingReason, SupportLine
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.ledger import DIMENSIONS, PARTIES, Ledger, Party, Segment, SegmentKind
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.closures import ClosureKind
from itil_ops.sla.promises.policy import ClockPolicy, Reopen, Retarget


COUNTED, PAUSED = SegmentKind.COUNTED, SegmentKind.PAUSED
OUTSIDE, RESOLVED = SegmentKind.OUTSIDE_HOURS, SegmentKind.RESOLVED
SIDEWAYS = EscalationKind.FUNCTIONAL
CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER

#: The Tuesday of `t` is a holiday, and on the Wednesday the office closes at noon.
SHORT_WEEK = BusinessCalendar(
    "Europe/London",
    dict.fromkeys(WEEKDAYS, (("09:00", "17:00"),)),
    holidays={date(2024, 3, 5): "Founders' Day"},
    overrides={date(2024, 3, 6): [("09:00", "12:00")]},
)


def started(at, length=8, calendar=OFFICE, **options):
    return SlaClock.start(resolution(hours(length), calendar, **options), at=t(at))


def told(ledger, *names):
    """
    Return the kind, the length and what else is asked of each segment.
    """
    return [(one.kind, one.duration, *(getattr(one, name) for name in names)) for one in ledger]


class TestSegments:
    def test_a_pause_lies_between_what_counted(self):
        clock = started("mon 09:00").pause(at=t("mon 10:00"), reason=CALLER)
        clock = clock.resume(at=t("mon 12:00"))

        assert told(clock.ledger(t("mon 15:00")), "reason") == [
            (COUNTED, hours(1), None),
            (PAUSED, hours(2), CALLER),
            (COUNTED, hours(3), None),
        ]

    def test_they_say_since_when_and_until_when(self):
        (segment,) = started("mon 09:00").ledger(t("mon 10:00"))

        assert segment == Segment(t("mon 09:00"), t("mon 10:00"), COUNTED)
        assert segment.start.tzinfo.name == "UTC"

    def test_closed_time_says_why(self):
        clock = started("mon 16:00", calendar=SHORT_WEEK)

        assert told(clock.ledger(t("wed 18:00")), "holiday") == [
            (COUNTED, hours(1), None),
            (OUTSIDE, hours(16), None),
            (SegmentKind.HOLIDAY, hours(8), "Founders' Day"),
            (OUTSIDE, hours(16), None),
            (COUNTED, hours(3), None),
            (SegmentKind.OVERRIDE, hours(5), None),
            (OUTSIDE, hours(1), None),
        ]

    def test_what_is_taken_out_of_a_calendar_says_so(self):
        lunch = BusinessCalendar("Europe/London", dict.fromkeys(WEEKDAYS, (("12:00", "13:00"),)))
        clock = started("mon 11:00", calendar=OFFICE - lunch)

        assert told(clock.ledger(t("mon 14:00"))) == [
            (COUNTED, hours(1)),
            (SegmentKind.EXCLUDED, hours(1)),
            (COUNTED, hours(1)),
        ]

    def test_a_pause_costs_nothing_outside_hours_but_is_remembered(self):
        clock = started("mon 15:00").pause(at=t("mon 16:00"), reason=CALLER)
        ledger = clock.ledger(t("tue 10:00"))

        assert told(ledger, "reason") == [
            (COUNTED, hours(1), None),
            (PAUSED, hours(1), CALLER),
            (OUTSIDE, hours(16), CALLER),
            (PAUSED, hours(1), CALLER),
        ]
        assert ledger.by("reason") == {None: hours(1), CALLER: hours(18)}
        assert ledger.by("reason", PAUSED) == {CALLER: hours(2)}

    def test_after_the_stop_it_goes_on(self):
        clock = started("mon 09:00").stop(at=t("mon 11:00"))

        assert told(clock.ledger(t("tue 11:00"))) == [(COUNTED, hours(2)), (RESOLVED, hours(24))]
        assert told(clock.ledger(t("mon 11:00"))) == [(COUNTED, hours(2))]

    def test_after_a_cancellation_it_goes_on(self):
        clock = started("mon 09:00").cancel(at=t("mon 11:00"), reason="merged")

        assert told(clock.ledger(t("mon 12:00"))) == [
            (COUNTED, hours(2)),
            (SegmentKind.CANCELLED, hours(1)),
        ]

    def test_a_reopened_clock_was_resolved_meanwhile(self):
        clock = started("mon 09:00").stop(at=t("mon 11:00")).reopen(at=t("tue 10:00"))

        assert told(clock.ledger(t("tue 12:00"))) == [
            (COUNTED, hours(2)),
            (RESOLVED, hours(23)),
            (COUNTED, hours(2)),
        ]

    def test_a_gap_that_counts_is_none(self):
        policy = ClockPolicy(reopen=Reopen.RESUME_INCLUDING_GAP)
        clock = started("mon 09:00", policy=policy).stop(at=t("mon 11:00"))

        assert told(clock.reopen(at=t("mon 12:00")).ledger(t("mon 14:00"))) == [(COUNTED, hours(5))]

    def test_each_target_is_measured_in_its_own_hours(self):
        clock = started("mon 16:00").retarget(resolution(hours(8), NIGHTS), at=t("mon 20:00"))

        assert told(clock.ledger(t("mon 23:00"))) == [
            (COUNTED, hours(1)),
            (OUTSIDE, hours(5)),
            (COUNTED, hours(1)),
        ]

    def test_another_target_cuts_nothing_where_the_hours_are_the_same(self):
        clock = started("mon 09:00").retarget(resolution(hours(4)), at=t("mon 10:00"))

        assert told(clock.ledger(t("mon 12:00"))) == [(COUNTED, hours(3))]

    @pytest.mark.parametrize("mode", Retarget)
    def test_forgiven_time_has_counted(self, mode):
        clock = started("mon 09:00")
        clock = clock.retarget(resolution(hours(2)), at=t("mon 11:00"), mode=mode)
        ledger = clock.ledger(t("mon 12:00"))

        assert ledger.counted == hours(3)
        assert clock.elapsed(t("mon 12:00")) == {
            Retarget.RESTART: hours(1),
            Retarget.PROPORTIONAL: minutes(90),
        }.get(mode, hours(3))

    @pytest.mark.parametrize(
        "later",
        [
            lambda clock: clock.stop(at=t("mon 12:00")),
            lambda clock: clock.cancel(at=t("mon 12:00"), reason="merged"),
            lambda clock: clock.pause(at=t("mon 12:00")),
            lambda clock: clock.retarget(resolution(hours(1), NIGHTS), at=t("mon 12:00")),
            lambda clock: clock.fix(t("mon 13:00"), reason="agreed", at=t("mon 12:00")),
        ],
    )
    def test_what_is_known_later_does_not_show(self, later):
        clock = started("mon 09:00")

        assert later(clock).ledger(t("mon 11:00")) == clock.ledger(t("mon 11:00"))

    def test_a_clock_that_has_not_started_has_none(self):
        ledger = started("mon 09:00").ledger(t("mon 08:00"))

        assert (ledger, len(ledger), ledger.wall_time) == (Ledger(()), 0, timedelta())

    def test_years_are_no_burden(self):
        ledger = started("mon 09:00").ledger(t("mon 09:00") + timedelta(days=3653))

        assert (ledger.counted // hours(8), len(ledger)) == (2610, 5220)

    def test_beyond_its_calendar_there_is_none(self):
        with pytest.raises(CalendarError, match="all the calendar knows"):
            started("mon 09:00").ledger(datetime(2300, 1, 1, tzinfo=UTC))

    def test_a_clock_of_before_1970_is_like_any_other(self):
        start = datetime(1969, 12, 31, 23, tzinfo=UTC)
        clock = SlaClock.start(resolution(hours(8), ALWAYS_OPEN), at=start)

        ledger = clock.ledger(start + hours(2), logged(start + hours(1)))
        assert told(ledger, "line") == [(COUNTED, hours(1), None), (COUNTED, hours(1), "first")]


class TestSums:
    clock = (
        started("mon 16:00", calendar=SHORT_WEEK)
        .pause(at=t("tue 12:00"), reason=CALLER)
        .resume(at=t("wed 10:00"))
    )
    ledger = clock.ledger(t("wed 13:00"))

    def test_all_of_it(self):
        assert self.ledger.wall_time == hours(45) == self.clock.wall_time(t("wed 13:00"))
        assert (self.ledger.counted, self.ledger.paused) == (hours(3), hours(1))

    def test_of_one_kind(self):
        assert self.ledger.total(SegmentKind.HOLIDAY) == hours(8)
        assert self.ledger.total(RESOLVED) == timedelta()

    def test_by_kind(self):
        assert self.ledger.by("kind") == {
            COUNTED: hours(3),
            OUTSIDE: hours(32),
            SegmentKind.HOLIDAY: hours(8),
            PAUSED: hours(1),
            SegmentKind.OVERRIDE: hours(1),
        }

    def test_by_holiday(self):
        assert self.ledger.by("holiday") == {None: hours(37), "Founders' Day": hours(8)}

    def test_by_what_only_a_record_knows(self):
        assert self.ledger.by("party") == self.ledger.by("group") == {None: hours(45)}

    def test_unlike_the_clock_it_does_not_cease_with_the_end(self):
        clock = started("mon 09:00").stop(at=t("mon 11:00"))

        assert clock.wall_time(t("mon 13:00")) == hours(2)
        assert clock.ledger(t("mon 13:00")).wall_time == hours(4)

    @pytest.mark.parametrize("dimension", ["duration", "", None, ["kind"]])
    def test_an_unknown_dimension_is_refused(self, dimension):
        with pytest.raises(ValueError, match="choose one of kind, reason, holiday, party, group"):
            self.ledger.by(dimension)

    @pytest.mark.parametrize("ask", [lambda it: it.total("counted"), lambda it: it.by("kind", 1)])
    def test_what_is_no_kind_is_refused(self, ask):
        with pytest.raises(TypeError, match="kind must be a SegmentKind"):
            ask(self.ledger)


class TestValues:
    ledger = TestSums.ledger

    @pytest.mark.parametrize("value", [ledger, ledger.segments[0], Ledger(())])
    def test_it_is_kept_as_it_is(self, value):
        assert (
            pickle.loads(pickle.dumps(value)) == copy.copy(value) == copy.deepcopy(value) == value
        )
        assert hash(copy.deepcopy(value)) == hash(value)

    def test_segments_follow_on_each_other(self):
        one = Segment(t("mon 09:00"), t("mon 10:00"), COUNTED)
        other = Segment(t("mon 11:00"), t("mon 12:00"), COUNTED)

        with pytest.raises(ValueError, match=r"11:00.* must begin where the one .* ends"):
            Ledger([one, other])

    def test_segments_are_segments(self):
        with pytest.raises(TypeError, match="each of segments must be a Segment"):
            Ledger([1])

    def test_the_dimensions_are_what_a_segment_says(self):
        assert [*DIMENSIONS] == [field.name for field in attrs.fields(Segment)][2:]

    def test_each_reason_to_be_closed_is_a_kind(self):
        assert {kind.value for kind in ClosureKind} < {kind.value for kind in SegmentKind}

    @pytest.mark.parametrize(
        ("bad", "error", "message"),
        [
            ({"at": "mon 09:00"}, TypeError, "at must be an aware datetime"),
            ({"at": datetime(2024, 3, 4)}, ValueError, "naive"),
            ({"record": "INC-1"}, TypeError, "record must be a Record or None"),
            ({"parties": [CALLER]}, TypeError, "parties must be a mapping"),
            ({"parties": {"caller": Party.CUSTOMER}}, TypeError, "each reason of parties"),
            (
                {"parties": {CALLER: "us"}},
                TypeError,
                "the party of awaiting_caller must be",
            ),
        ],
    )
    def test_bad_arguments_are_refused(self, bad, error, message):
        with pytest.raises(error, match=message):
            started("mon 09:00").ledger(**{"at": t("mon 10:00"), **bad})


# ---- With a record --------------------------------------------------------------------------

SLA = ServiceLevelAgreement("gold", targets=[resolution(hours(8))])


def the_ledger(record, at, **options):
    (clock,) = SLA.clocks(record)
    return clock.ledger(t(at), record, **options)


class TestWithARecord:
    def test_whom_it_was_with(self):
        record = logged(t("mon 09:00"))
        record = record.assign(group="desk", by=DESK, at=t("mon 10:00"))
        record = record.assign(group="mail", assignee="li", by=DESK, at=t("mon 12:00"))
        record = record.start(by=LI, at=t("mon 12:30"))
        record = record.escalate(
            SIDEWAYS,
            group="network",
            line=SupportLine.SECOND,
            reason="no idea",
            by=LI,
            at=t("mon 15:00"),
        )
        ledger = the_ledger(record, "mon 16:00")

        assert told(ledger, "group", "assignee", "line") == [
            (COUNTED, hours(1), None, None, "first"),
            (COUNTED, hours(2), "desk", None, "first"),
            (COUNTED, hours(3), "mail", "li", "first"),
            (COUNTED, hours(1), "network", None, "second"),
        ]
        assert ledger.by("line") == {"first": hours(6), "second": hours(1)}

    def test_whom_a_wait_is_down_to_whether_it_pauses_the_clock_or_not(self):
        record = logged(t("mon 09:00")).hold(CALLER, by=LI, at=t("mon 10:00"))
        record = record.hold(SUPPLIER, by=LI, at=t("mon 12:00"))
        record = record.hold(PendingReason.AWAITING_CHANGE, by=LI, at=t("mon 15:00"))
        ledger = the_ledger(record.resume(by=LI, at=t("mon 15:30")), "mon 16:00")

        assert told(ledger, "party", "reason") == [
            (COUNTED, hours(1), Party.PROVIDER, None),
            (PAUSED, hours(2), Party.CUSTOMER, CALLER),
            (COUNTED, hours(3), Party.SUPPLIER, SUPPLIER),
            (COUNTED, minutes(30), Party.PROVIDER, PendingReason.AWAITING_CHANGE),
            (COUNTED, minutes(30), Party.PROVIDER, None),
        ]
        assert ledger.by("reason", COUNTED)[SUPPLIER] == hours(3)

    def test_a_reason_of_the_callers_own_can_be_placed(self):
        parts = PendingReason("awaiting_parts")
        record = logged(t("mon 09:00")).hold(parts, by=LI, at=t("mon 10:00"))
        placed = {**PARTIES, parts: Party.SUPPLIER}

        assert the_ledger(record, "mon 12:00").by("party") == {Party.PROVIDER: hours(3)}
        assert the_ledger(record, "mon 12:00", parties=placed).by("party") == {
            Party.PROVIDER: hours(1),
            Party.SUPPLIER: hours(2),
        }

    @pytest.mark.parametrize(
        ("verb", "options"),
        [
            ("resolve", {"code": ResolutionCode.FIXED, "note": "Fixed."}),
            ("cancel", {"reason": CancellationReason.NOT_AN_INCIDENT}),
        ],
    )
    def test_once_nothing_is_left_to_do_it_is_down_to_nobody(self, verb, options):
        record = getattr(logged(t("mon 09:00")), verb)(**options, by=LI, at=t("mon 10:00"))
        (clock,) = SLA.clocks(record)

        assert clock.ledger(t("mon 13:00"), record).by("party") == {
            Party.PROVIDER: hours(1),
            Party.NOBODY: hours(3),
        }

    def test_before_it_begins_it_is_down_to_the_provider(self):
        clock = started("mon 09:00")
        ledger = clock.ledger(t("mon 11:00"), logged(t("mon 10:00")))

        assert told(ledger, "party", "line") == [
            (COUNTED, hours(1), Party.PROVIDER, None),
            (COUNTED, hours(1), Party.PROVIDER, "first"),
        ]

    def test_what_is_told_late_stands_where_it_was_so(self):
        record = logged(t("mon 09:00")).hold(
            CALLER, by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00")
        )

        assert told(the_ledger(record, "mon 13:00"), "party") == [
            (COUNTED, hours(1), Party.PROVIDER),
            (PAUSED, hours(3), Party.CUSTOMER),
        ]


# ---- Any life -------------------------------------------------------------------------------

SETTINGS = tried(80)
CALENDARS = st.sampled_from([OFFICE, NIGHTS, SHORT_WEEK, ALWAYS_OPEN])
STEPS = st.integers(0, 80).map(lambda n: n * TICK)
TARGETS = st.builds(resolution, STEPS, CALENDARS)
ALLOWED = {
    ClockState.RUNNING: ["pause", "pause", "retarget", "fix", "stop", "cancel"],
    ClockState.PAUSED: ["resume", "resume", "retarget", "fix", "stop", "cancel"],
    ClockState.STOPPED: ["reopen"],
    ClockState.CANCELLED: [],
}


@st.composite
def lives(draw):
    """
    The facts of a clock's life as instants, words and targets, and the clock they make.
    """
    policy = draw(st.sampled_from(Reopen).filter(lambda it: "resume" in it))
    targets = TARGETS.map(lambda it: attrs.evolve(it, policy=ClockPolicy(reopen=policy)))
    at, target = t("fri 06:00") + draw(STEPS), draw(targets)
    clock, facts = SlaClock.start(target, at=at), [(at, "start", target)]
    for _ in range(draw(st.integers(0, 7))):
        if not ALLOWED[clock.state]:
            break
        at += draw(STEPS)
        word = draw(st.sampled_from(ALLOWED[clock.state]))
        target = draw(targets) if word == "retarget" else target
        if word == "reopen" and policy is Reopen.RESUME_INCLUDING_GAP:
            facts[-1] = (facts[-1][0], "resume", clock.target)
        clock = getattr(clock, word)(at=at, **arguments(draw, word, at, target))
        facts.append((at, word, clock.target))
    return facts, clock


def arguments(draw, word, at, target):
    match word:
        case "cancel":
            return {"reason": "merged"}
        case "fix":
            return {"due_at": at + draw(STEPS), "reason": "agreed"}
        case "pause":
            return {"reason": draw(st.sampled_from([None, CALLER, SUPPLIER]))}
        case "retarget":
            return {"target": target, "mode": draw(st.sampled_from(Retarget))}
    return {}


KINDS = {"start": COUNTED, "resume": COUNTED, "reopen": COUNTED, "pause": PAUSED}
ENDS = {"stop": RESOLVED, "cancel": SegmentKind.CANCELLED}


def naive(facts, at):
    """
    Return what is so at *at*: look at what was told last, and whether the office is open.
    """
    told_before = [fact for fact in facts if fact[0] <= at]
    word = [word for _, word, _ in told_before if word not in {"retarget", "fix"}][-1]
    if word in ENDS:
        return ENDS[word]
    calendar = told_before[-1][2].calendar
    if calendar.is_open(at):
        return KINDS[word]
    wall = at.astimezone(ZoneInfo(calendar.zone))
    usual = calendar is SHORT_WEEK and wall.weekday() < 5 and 9 <= wall.hour < 17
    special = {5: SegmentKind.HOLIDAY, 6: SegmentKind.OVERRIDE}
    return special[wall.day] if usual else OUTSIDE


class TestAnyLife:
    @SETTINGS
    @given(lives(), st.integers(-10, 400))
    def test_it_adds_up(self, life, ticks):
        _, clock = life
        at = clock.started_at + ticks * TICK + MICROSECOND
        ledger = clock.ledger(at)

        known = [promise for promise in clock.promises if promise.since <= at]
        forgiven = known[-1].forgiven if known else 0
        assert ledger.wall_time == max(at - clock.started_at, timedelta())
        assert ledger.counted == clock.elapsed(at) + forgiven * MICROSECOND
        for dimension in DIMENSIONS:
            assert sum(ledger.by(dimension).values(), timedelta()) == ledger.wall_time
            for kind in SegmentKind:
                assert sum(ledger.by(dimension, kind).values(), timedelta()) == ledger.total(kind)

    @SETTINGS
    @given(lives(), st.integers(1, 400))
    def test_it_has_no_gap_and_no_two_alike_in_a_row(self, life, ticks):
        _, clock = life
        at = clock.started_at + ticks * TICK
        ledger = clock.ledger(at)

        assert (ledger.segments[0].start, ledger.segments[-1].end) == (clock.started_at, at)
        assert all(segment.duration > timedelta() for segment in ledger)
        for before, after in pairwise(ledger):
            assert before.end == after.start
            assert before != attrs.evolve(after, start=before.start, end=before.end)

    @SETTINGS
    @given(lives(), st.integers(1, 400))
    def test_it_is_what_one_sees_who_looks_once_a_tick(self, life, ticks):
        facts, clock = life
        at = clock.started_at + ticks * TICK

        for segment in clock.ledger(at):
            instant = segment.start
            while instant < segment.end:
                assert naive(facts, instant) == segment.kind
                instant += TICK


STEPS_OF_WORK = st.sampled_from(
    [
        lambda it, at: it.assign(group="mail", by=DESK, at=at),
        lambda it, at: it.assign(group="net", assignee="li", by=DESK, at=at),
        lambda it, at: it.start(by=LI, at=at),
        lambda it, at: it.hold(CALLER, by=LI, at=at),
        lambda it, at: it.hold(SUPPLIER, by=LI, at=at),
        lambda it, at: it.resume(by=LI, at=at),
        lambda it, at: it.escalate(SIDEWAYS, group="core", reason="hard", by=LI, at=at),
        lambda it, at: it.resolve(ResolutionCode.FIXED, note="Fixed.", by=LI, at=at),
        lambda it, at: it.reopen(reason="It is back.", by=DESK, at=at),
    ]
)


class TestAnyRecord:
    @SETTINGS
    @given(st.lists(st.tuples(STEPS_OF_WORK, STEPS), max_size=8))
    def test_each_segment_says_what_the_record_was_like(self, steps):
        at = t("mon 09:00")
        record = logged(at)
        for step, later in steps:
            at += later
            try:
                record = step(record, at)
            except RefusedError:
                continue
        (clock,) = SLA.clocks(record)
        ledger = clock.ledger(at + hours(30), record)

        assert ledger.wall_time == at + hours(30) - clock.started_at
        for segment in ledger:
            for instant in (segment.start, segment.end - MICROSECOND):
                then = record.as_of(instant)
                assert (segment.group, segment.assignee) == (then.group, then.assignee)
                assert (segment.line, segment.reason) == (then.support_line, then.pending_reason)
                assert (segment.party is Party.NOBODY) == (not then.is_open)
                if segment.kind is PAUSED:
                    assert (then.state.phase, segment.party) == (Phase.WAITING, Party.CUSTOMER)
