"""
Whether OLAs and contracts can keep an SLA.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from datetime import UTC, timedelta

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
    WEEKDAYS,
    hours,
    logged,
    london,
    minutes,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import AgreementError, CalendarError
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import (
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.feasibility import (
    Feasibility,
    FeasibilityReport,
    NoPromise,
    Stage,
    feasibility,
    worst_case,
)
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.duration import BusinessDays, DayMark, NextOpening, end_of
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.policy import ClockPolicy, ZeroTarget
from itil_ops.sla.promises.target import Target, TargetKind


ZERO = timedelta(0)
RESOLUTION, RESPONSE = TargetKind.RESOLUTION, TargetKind.RESPONSE
SUPPLIER = PendingReason.AWAITING_SUPPLIER
LUNCH = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00"))))
FORTNIGHT = {"since": t("fri 00:00"), "until": t("fri 00:00") + timedelta(days=14)}


def promise(duration, calendar=OFFICE, kind=RESOLUTION, **options):
    return Target(kind, duration, calendar=calendar, **options)


def stage(duration, calendar=OFFICE, name="first line", **options):
    return Stage(name, promise(duration, calendar), **options)


def worst(target, *path, **options):
    return worst_case(target, path, **(FORTNIGHT | options))


class TestWorstCase:
    def test_in_the_same_hours_it_is_a_sum(self):
        found = worst(promise(hours(8)), stage(hours(2)), stage(hours(5)))

        assert found.is_kept
        assert (found.elapsed, found.allowed, found.margin) == (hours(7), hours(8), hours(1))

    def test_exactly_as_much_as_was_promised_is_kept(self):
        assert worst(promise(hours(7)), stage(hours(2)), stage(hours(5))).is_kept
        assert not worst(promise(hours(7) - MICROSECOND), stage(hours(2)), stage(hours(5))).is_kept

    def test_of_equal_starts_it_is_the_first(self):
        assert worst(promise(hours(8)), stage(hours(2))).worst_start == t("fri 00:00")

    def test_around_the_clock_an_office_is_worst_just_too_late_on_a_friday(self):
        found = worst(promise(hours(24), ALWAYS_OPEN), stage(hours(4)))

        assert not found.is_kept
        assert found.worst_start == t("fri 13:00") + MICROSECOND
        assert found.stage_ends == (t("mon 09:00") + MICROSECOND,)
        assert found.elapsed == found.chain_end - found.worst_start == hours(68)
        assert found.margin == -hours(44)

    def test_a_longer_stage_is_worst_when_the_office_closes(self):
        found = worst(promise(hours(24), ALWAYS_OPEN), stage(hours(8)))

        assert found.worst_start == t("fri 09:00") + MICROSECOND
        assert found.elapsed == hours(72)

    def test_the_weekend_may_come_in_a_later_stage(self):
        path = (stage(hours(2), ALWAYS_OPEN), stage(hours(1), name="network"))
        found = worst(promise(hours(24), ALWAYS_OPEN), *path)

        assert found.worst_start == t("fri 14:00") + MICROSECOND
        assert found.stage_ends == (
            t("fri 16:00") + MICROSECOND,
            t("mon 09:00") + MICROSECOND,
        )

    def test_a_holiday_counts_in_whose_hours_it_is(self):
        closed = BusinessCalendar(
            "Europe/London",
            dict.fromkeys(WEEKDAYS, (("09:00", "17:00"),)),
            holidays=[dt.date(2024, 3, 6)],
        )
        found = worst(promise(hours(16)), stage(hours(8), closed))

        assert found.is_kept
        assert found.elapsed == hours(16)
        assert worst(promise(hours(16)), stage(hours(8))).elapsed == hours(8)

    def test_time_that_does_not_count_is_left_out(self):
        path = (stage(hours(2)), stage(hours(40), is_counted=False), stage(hours(3)))

        assert worst(promise(hours(5)), *path).elapsed == hours(5)

    def test_a_night_in_spring_is_shorter_and_one_in_autumn_longer(self):
        since, until = london("2024-10-20T00:00"), london("2024-11-03T00:00")
        found = worst(
            promise(hours(8), NIGHTS), stage(hours(20), ALWAYS_OPEN), since=since, until=until
        )

        assert found.elapsed == hours(9)
        assert found.worst_start <= london("2024-10-26T22:00")

    def test_a_year_is_looked_at_unless_one_says_otherwise(self):
        once = Periods([(london("2025-02-28T12:00"), london("2025-02-28T13:00"))])
        path = [stage(hours(1), ALWAYS_OPEN)]

        found = worst_case(promise(ZERO, once), path, since=t("fri 00:00"))
        assert found.elapsed == hours(1)
        assert found.worst_start == london("2025-02-28T12:00")
        with pytest.raises(ValueError, match="must come after since"):
            worst_case(promise(ZERO, once), path, since=t("fri 00:00"), until=t("fri 00:00"))


class TestRelativeDurations:
    def test_business_days_of_a_stage(self):
        found = worst(promise(hours(15)), stage(BusinessDays(1)))

        assert found.elapsed == hours(16)
        assert found.worst_start == t("fri 00:00")
        assert found.chain_end == t("mon 17:00")

    def test_business_days_are_worst_when_logged_at_midnight(self):
        found = worst(promise(hours(72), ALWAYS_OPEN), stage(BusinessDays(1)))

        assert found.worst_start == t("fri 00:00")
        assert found.elapsed == hours(89)

    def test_business_days_that_are_promised(self):
        tight = worst(promise(BusinessDays(1)), stage(hours(9)))
        loose = worst(promise(BusinessDays(1)), stage(hours(8)))

        assert not tight.is_kept
        assert tight.margin == -hours(1)
        assert tight.allowed == hours(8)
        assert loose.is_kept

    def test_promised_business_days_are_worst_just_before_midnight(self):
        found = worst(promise(BusinessDays(1), ALWAYS_OPEN), stage(hours(30), ALWAYS_OPEN))

        assert found.worst_start == t("sat 00:00") - MICROSECOND
        assert found.allowed == hours(24) + MICROSECOND
        assert found.elapsed == hours(30)

    def test_a_date_that_a_clock_change_shows_again_is_the_one_it_shows(self):
        island = BusinessCalendar(
            "America/St_Johns", dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),))
        )
        midnight = dt.datetime(2010, 11, 7, 2, 30, tzinfo=UTC)  # a minute later it is 23:01 again
        found = worst(
            promise(BusinessDays(1), island),
            stage(hours(30), ALWAYS_OPEN),
            since=midnight,
            until=midnight + hours(12),
        )

        assert found.worst_start == midnight + hours(1) - MICROSECOND
        assert found.allowed == hours(24) + MICROSECOND

    def test_until_the_next_opening(self):
        found = worst(promise(hours(24), ALWAYS_OPEN), stage(NextOpening()))

        assert found.worst_start == t("fri 09:00")
        assert found.elapsed == hours(72)

    def test_the_same_time_over_a_change_of_the_clock(self):
        days = stage(BusinessDays(1, by=DayMark.SAME_TIME), LUNCH_IN_LONDON)
        since, until = london("2024-10-20T00:00"), london("2024-11-03T00:00")
        found = worst(promise(hours(24), ALWAYS_OPEN), days, since=since, until=until)

        assert found.elapsed == hours(25)
        assert found.worst_start == london("2024-10-26T01:00")

    def test_business_days_need_a_zone(self):
        with pytest.raises(CalendarError, match="business days need one zone"):
            worst(promise(hours(8)), stage(BusinessDays(1), OFFICE | LUNCH))


LUNCH_IN_LONDON = BusinessCalendar(
    "Europe/London", dict.fromkeys(EVERY_DAY, (("08:00", "12:00"), ("13:00", "18:00")))
)


class TestSentences:
    def test_of_a_broken_promise(self):
        path = (stage(hours(2), ALWAYS_OPEN), stage(hours(1), name="network"))
        found = worst(promise(hours(8), EVENINGS), *path)

        assert found.explain() == (
            "It is worst for a record that is logged at Fri 2024-03-01 14:00:00.000001 UTC.",
            "The time of first line ends at Fri 2024-03-01 16:00:00.000001 UTC.",
            "The time of network ends at Mon 2024-03-04 09:00:00.000001 UTC.",
            "By then 9 h have elapsed, and the resolution target allows 8 h: missed by 1 h.",
        )

    def test_hours_of_several_zones_are_told_in_utc(self):
        found = worst(promise(hours(24), OFFICE | LUNCH), stage(hours(2)))

        assert found.explain()[0] == (
            "It is worst for a record that is logged at Fri 2024-03-01 15:00:00.000001 UTC."
        )

    def test_of_one_that_is_kept_in_local_time(self):
        found = worst_case(
            promise(hours(8)),
            [stage(hours(2)), stage(hours(4), name="Acme", is_counted=False)],
            since=london("2024-06-03T00:00"),
            until=london("2024-06-04T00:00"),
        )

        *told, verdict = found.explain()
        assert told == [
            "It is worst for a record that is logged at Mon 2024-06-03 00:00 BST.",
            "The time of first line ends at Mon 2024-06-03 11:00 BST.",
            "The time of Acme ends at Mon 2024-06-03 15:00 BST, which does not count.",
        ]
        assert verdict == (
            "By then 2 h have elapsed, and the resolution target allows 8 h: kept,"
            " with 6 h to spare."
        )


EVENINGS = BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("17:00", "20:00"),)))


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"target": hours(8)}, TypeError, "target must be a Target"),
            ({"path": []}, ValueError, "path must name who works on it"),
            ({"path": [promise(hours(1))]}, TypeError, "each of path must be a Stage"),
            ({"path": stage(hours(1))}, TypeError, "path must be several"),
            ({"since": "now"}, TypeError, "since must be an aware datetime"),
            ({"since": dt.datetime(2024, 3, 1)}, ValueError, "since must be an aware datetime"),
            ({"until": t("fri 00:00")}, ValueError, "until .* must come after since"),
        ],
    )
    def test_of_a_worst_case(self, arguments, error, message):
        usual = {"target": promise(hours(8)), "path": [stage(hours(1))], **FORTNIGHT}

        with pytest.raises(error, match=message):
            worst_case(**(usual | arguments))

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"name": " "}, ValueError),
            ({"name": None}, TypeError),
            ({"target": hours(1)}, TypeError),
            ({"is_counted": 1}, TypeError),
        ],
    )
    def test_of_a_stage(self, arguments, error):
        with pytest.raises(error):
            Stage(**({"name": "first line", "target": promise(hours(1))} | arguments))

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"sla": promise(hours(8))}, TypeError, "sla must be an Agreement"),
            ({"path": []}, ValueError, "path must name who works on it"),
            ({"path": [stage(hours(1))]}, TypeError, "each of path must be an Agreement"),
            ({"records": [{}]}, AgreementError, "must name a field"),
            ({"until": t("fri 00:00")}, ValueError, "must come after since"),
        ],
    )
    def test_of_an_agreement(self, arguments, error, message):
        usual = {"sla": GOLD, "path": [FIRST_LINE], **FORTNIGHT}

        with pytest.raises(error, match=message):
            feasibility(**(usual | arguments))

    def test_a_calendar_that_does_not_reach_that_far(self):
        known = OFFICE.valid(until=t("wed 00:00"))

        with pytest.raises(CalendarError):
            worst(promise(hours(8)), stage(hours(1), known))


# ---- Agreements -----------------------------------------------------------------------------

GOLD = ServiceLevelAgreement(
    "gold",
    targets=[
        Target(RESPONSE, minutes(30)),
        Target(RESOLUTION, hours(4), priorities=[Priority.CRITICAL]),
        Target(RESOLUTION, hours(16)),
    ],
    support_hours=OFFICE,
)
FIRST_LINE = OperationalLevelAgreement(
    "first line",
    provider="desk",
    targets=[
        Target(RESPONSE, minutes(20)),
        Target(RESOLUTION, hours(1), priorities=[Priority.CRITICAL]),
        Target(RESOLUTION, hours(4)),
    ],
    support_hours=OFFICE,
)
ACME = UnderpinningContract(
    "Acme",
    provider="acme",
    targets=[
        Target(RESPONSE, minutes(5)),
        Target(RESOLUTION, hours(4), priorities=[Priority.CRITICAL]),
        Target(RESOLUTION, hours(10)),
    ],
    support_hours=OFFICE,
)
USUAL = [Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.PLANNING]


class TestFeasibility:
    def test_every_kind_and_priority_is_looked_at(self):
        report = feasibility(GOLD, [FIRST_LINE, ACME], **FORTNIGHT)

        assert {
            (one.target.kind, one.records): (one.elapsed, one.is_kept) for one in report.found
        } == {
            (RESPONSE, tuple(Where(priority=one) for one in [Priority.CRITICAL, *USUAL])): (
                minutes(25),
                True,
            ),
            (RESOLUTION, (Where(priority=Priority.CRITICAL),)): (hours(5), False),
            (RESOLUTION, tuple(Where(priority=one) for one in USUAL)): (hours(14), True),
        }
        assert not report.is_kept
        assert report.worst.target.priorities == {Priority.CRITICAL}
        assert report.unpromised == report.unexamined == ()

    def test_its_sentences_tell_what_is_broken(self):
        report = feasibility(GOLD, [FIRST_LINE, ACME], **FORTNIGHT)

        assert report.explain() == report.worst.explain()
        assert report.explain()[-1] == (
            "By then 5 h have elapsed, and the resolution target allows 4 h: missed by 1 h."
        )

    def test_it_is_kept_where_all_of_it_is(self):
        report = feasibility(GOLD, [FIRST_LINE], **FORTNIGHT)

        assert report.is_kept
        assert report.explain() == ()

    def test_the_hours_are_those_of_each_agreement(self):
        found = feasibility(GOLD, [FIRST_LINE], **FORTNIGHT).found[0]

        assert found.target.calendar == OFFICE
        assert found.path == (Stage("first line", Target(RESPONSE, minutes(20), calendar=OFFICE)),)

    def test_where_an_agreement_promises_nothing_nobody_can_say(self):
        silent = OperationalLevelAgreement(
            "network",
            provider="network",
            targets=[Target(RESOLUTION, hours(1), priorities=[Priority.CRITICAL, Priority.HIGH])],
        )
        report = feasibility(GOLD, [silent], records=[{"priority": Priority.LOW}], **FORTNIGHT)

        assert report.unpromised == tuple(
            NoPromise(kind=kind, agreement="network", record=Where(priority=Priority.LOW))
            for kind in (RESPONSE, RESOLUTION)
        )
        assert report.found == ()
        assert report.worst is None
        assert not report.is_kept
        assert report.explain()[0] == (
            "network promises no response for Where(priority=Priority.LOW)."
        )

    def test_a_target_that_no_record_met_is_told(self):
        report = feasibility(GOLD, [FIRST_LINE], records=[{"priority": Priority.LOW}], **FORTNIGHT)

        assert report.unexamined == (GOLD.targets[1].within(OFFICE),)
        assert not report.is_kept
        assert report.explain() == (
            "No record was looked at for the resolution target of 4:00:00.",
        )

    def test_a_target_that_is_switched_off_promises_nothing(self):
        off = ClockPolicy(zero_target=ZeroTarget.NO_CLOCK)
        sla = ServiceLevelAgreement(
            "bronze",
            targets=[Target(RESPONSE, ZERO, policy=off), Target(RESOLUTION, hours(16))],
            support_hours=OFFICE,
        )

        report = feasibility(sla, [FIRST_LINE], **FORTNIGHT)
        assert report.is_kept
        assert {one.target.kind for one in report.found} == {RESOLUTION}

    def test_records_say_which_targets_apply(self):
        sla = ServiceLevelAgreement(
            "mail",
            targets=[Target(RESOLUTION, hours(2), when=Where(service="email"))],
            support_hours=OFFICE,
        )
        records = [{"service": "email", "priority": Priority.CRITICAL}, {"service": "payroll"}]

        (found,) = feasibility(sla, [FIRST_LINE], records=records, **FORTNIGHT).found
        assert found.records == (Where(service="email", priority=Priority.CRITICAL),)
        assert found.elapsed == hours(1)
        assert len(feasibility(sla, [FIRST_LINE], **FORTNIGHT).unexamined) == 1

    def test_a_priority_of_ones_own_is_looked_at(self):
        some_day = Priority(6, "some day")
        sla = ServiceLevelAgreement(
            "gold", targets=[Target(RESOLUTION, hours(80), priorities=[some_day])]
        )

        (found,) = feasibility(sla, [FIRST_LINE], **FORTNIGHT).found
        assert found.records == (Where(priority=some_day),)

    @pytest.mark.parametrize(
        ("pause_on", "expected"),
        [
            ([PendingReason.AWAITING_CALLER], hours(14)),
            ([SUPPLIER], hours(4)),
            ([Where(awaited="acme")], hours(4)),
        ],
    )
    def test_time_with_a_supplier_counts_unless_the_target_pauses_for_it(self, pause_on, expected):
        sla = ServiceLevelAgreement(
            "gold", targets=[Target(RESOLUTION, hours(8), pause_on=pause_on)], support_hours=OFFICE
        )
        records = [{"priority": Priority.LOW}]

        (found,) = feasibility(sla, [FIRST_LINE, ACME], records=records, **FORTNIGHT).found
        assert found.elapsed == expected
        assert [one.is_counted for one in found.path] == [True, expected == hours(14)]

    def test_the_time_of_a_group_counts_though_suppliers_pause(self):
        sla = ServiceLevelAgreement(
            "gold", targets=[Target(RESOLUTION, hours(8), pause_on=[SUPPLIER])]
        )

        (found, _) = feasibility(sla, [FIRST_LINE], **FORTNIGHT).found
        assert found.path[0].is_counted

    def test_a_year_is_looked_at_unless_one_says_otherwise(self):
        report = feasibility(GOLD, [FIRST_LINE, ACME], since=t("fri 00:00"))

        assert report.worst.elapsed == hours(5)


class TestCounterExample:
    def test_the_worst_start_is_a_life_in_which_the_ola_is_met_and_the_sla_is_not(self):
        sla = ServiceLevelAgreement(
            "round the clock", targets=[Target(RESOLUTION, hours(24), calendar=ALWAYS_OPEN)]
        )
        (_, found) = feasibility(sla, [FIRST_LINE], **FORTNIGHT).found
        record = logged(found.worst_start)
        record = record.assign(group="desk", assignee="li", by=DESK, at=found.worst_start)
        record = record.resolve(ResolutionCode.FIXED, note="Restarted.", by=LI, at=found.chain_end)

        (promised,) = sla.clocks(record)
        assert promised.outcome is ClockOutcome.BREACHED
        assert promised.elapsed(found.chain_end) == found.elapsed
        assert {clock.outcome for clock in FIRST_LINE.clocks(record)} == {ClockOutcome.MET}


def test_what_is_found_is_a_value():
    report = feasibility(GOLD, [FIRST_LINE, ACME], **FORTNIGHT)

    assert isinstance(report, FeasibilityReport)
    assert all(isinstance(one, Feasibility) for one in report.found)
    for other in (pickle.loads(pickle.dumps(report)), copy.deepcopy(report)):
        assert other == report
        assert hash(other) == hash(report)


# ---- Against a look at every minute ---------------------------------------------------------

TWO_PLACES = BusinessCalendar(
    "America/New_York", dict.fromkeys(WEEKDAYS, (("08:30", "12:00"), ("12:45", "18:00")))
)
SCATTERED = Periods(
    [
        (t("fri 10:00"), t("fri 10:20")),
        (t("fri 23:00"), t("sat 01:00")),
        (t("mon 00:00"), t("mon 09:00")),
        *(
            (t("tue 00:00") + timedelta(days=n), t("tue 20:00") + timedelta(days=n))
            for n in range(300)
        ),
    ]
)
CALENDARS = st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH, TWO_PLACES, SCATTERED])
AMOUNTS = st.integers(0, 900).map(minutes) | st.integers(0, 3 * 10**10).map(MICROSECOND.__mul__)
ZONED = st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHTS, LUNCH, TWO_PLACES])
MARKS = st.sampled_from([*DayMark, "16:00", "02:30", "01:30"])
DAYS = st.builds(BusinessDays, st.integers(1, 3), by=MARKS)
CLOSING = st.sampled_from([OFFICE, NIGHTS, LUNCH, TWO_PLACES])
STAGES = (
    st.builds(stage, AMOUNTS, CALENDARS)
    | st.builds(stage, DAYS, ZONED)
    | st.builds(stage, st.just(NextOpening()), CLOSING)
)
TARGETS = st.builds(promise, AMOUNTS, CALENDARS) | st.builds(promise, DAYS, ZONED)
ZEROS = st.sampled_from(
    [dt.datetime(2024, *day, tzinfo=UTC) for day in ((3, 1), (3, 29), (10, 26))]
)


def margin(target, path, start):
    """
    Return what is left for a start, by asking each calendar in turn.
    """
    spent, at = ZERO, start
    for one in path:
        end = end_of(one.target.duration, at, one.target.calendar)
        spent += target.calendar.between(at, end) if one.is_counted else ZERO
        at = end
    return timedelta(microseconds=target.allowance(start)) - spent


@st.composite
def cases(draw):
    path = draw(st.lists(STAGES, min_size=1, max_size=3))
    skipped = draw(st.integers(0, 5))
    path = [Stage(one.name, one.target, is_counted=n != skipped) for n, one in enumerate(path)]
    since = draw(ZEROS) + draw(st.integers(0, 86_400 * 10**6)) * MICROSECOND
    return draw(TARGETS), path, since, since + timedelta(hours=draw(st.integers(1, 60)))


class TestAgainstALookAtEveryMinute:
    @tried(60)
    @given(cases(), st.data())
    def test_no_start_is_worse(self, case, data):
        target, path, since, until = case
        found = worst_case(target, path, since=since, until=until)
        length = until - since
        asked = [since + n * minutes(1) for n in range(length // minutes(1))]
        asked += data.draw(
            st.lists(
                st.integers(0, length // MICROSECOND - 1).map(lambda n: since + n * MICROSECOND),
                max_size=50,
            )
        )

        assert since <= found.worst_start < until
        assert margin(target, path, found.worst_start) == found.margin
        assert all(margin(target, path, start) >= found.margin for start in asked)
