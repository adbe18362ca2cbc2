"""
Attainment: where a clock counts, what a report tells, grouping, exclusions, and one pass only.
"""

from __future__ import annotations

import copy
import datetime as dt
import gc
import pickle
import weakref

from collections import Counter
from datetime import UTC, timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import DESK, LI, MICROSECOND, OFFICE, hours, logged, minutes, resolution, t
from examples_of_runs import tried
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Impact, Priority
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target
from itil_ops.sla.reports.attainment import (
    AttainmentRules,
    BreachCase,
    CarryOver,
    Exclusion,
    Standing,
    TrafficLight,
    Verdict,
    attainment,
    attainment_by_period,
    verdict,
)
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods


BY_STOP, BY_START, BY_BREACH = CarryOver
MONDAY = CompliancePeriod(t("mon 00:00"), t("tue 00:00"))
THREE_DAYS = CompliancePeriods(t(f"{day} 00:00") for day in ("mon", "tue", "wed", "thu"))
TWO_HOURS = resolution(hours(2))
RESPONSE = Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE)


def clock(start, stop=None, target=TWO_HOURS, **options):
    running = SlaClock.start(target, at=t(start), **options)
    return running.stop(at=t(stop)) if stop else running


def cancelled(start, at, target=TWO_HOURS):
    return SlaClock.start(target, at=t(start)).cancel(at=t(at), reason="a duplicate")


def record(name="INC-1", at="mon 09:00", service="email", **fields):
    return attrs.evolve(logged(t(at), **fields), id=IncidentId(name), service=service)


def pairs(*clocks):
    return [(record(f"INC-{n}"), [each]) for n, each in enumerate(clocks, 1)]


def of_monday(*clocks, **rules):
    return attainment(pairs(*clocks), MONDAY, AttainmentRules(**rules))


def standings(reports):
    return [{cell.standing: cell.count for cell in report.cells} for report in reports]


MET = clock("mon 09:00", "mon 11:00")
BREACHED = clock("mon 09:00", "mon 11:01")
PAUSED = SlaClock.start(TWO_HOURS, at=t("mon 09:00")).pause(at=t("mon 10:00"))


class TestTheRate:
    def test_it_is_met_over_met_and_breached(self):
        report = of_monday(MET, MET, MET, BREACHED)

        assert (report.met, report.breached) == (3, 1)
        assert report.attainment == 0.75
        assert report.attainment_percent == 75

    @pytest.mark.parametrize(
        "clocks", [(), (clock("mon 09:00"),), (cancelled("mon 09:00", "mon 10:00"),)]
    )
    def test_where_nothing_was_measured_there_is_none(self, clocks):
        report = of_monday(*clocks)

        assert report.attainment is None
        assert report.attainment_percent is None
        assert report.light(aim=95) is None

    def test_cancelled_clocks_leave_it_and_those_after_a_breach_are_shown(self):
        report = of_monday(
            MET, cancelled("mon 09:00", "mon 11:00"), cancelled("mon 09:00", "mon 12:00")
        )

        assert (report.cancelled, report.cancelled_after_breach) == (2, 1)
        assert report.attainment == 1

    def test_breached_clocks_that_still_run_stand_apart(self):
        report = of_monday(MET, clock("mon 09:00"), clock("mon 16:00"), PAUSED)

        assert (report.running, report.running_breached) == (3, 1)
        assert report.attainment == 1
        assert [case.record for case in report.overdue] == [IncidentId("INC-2")]

    def test_they_count_if_that_is_asked_for(self):
        report = of_monday(MET, clock("mon 09:00"), clock("mon 16:00"), counts_running=True)

        assert (report.breached, report.running_breached) == (0, 1)
        assert report.attainment == 0.5

    def test_records_without_a_target_are_counted_where_they_were_logged(self):
        without = [(record("INC-1"), ()), (record("INC-2", at="tue 09:00"), ())]

        reports = attainment_by_period(without, THREE_DAYS)

        assert [report.no_target for report in reports] == [1, 1, 0]
        assert [report.attainment for report in reports] == [None, None, None]

    @pytest.mark.parametrize("at", ["fri 09:00", "thu 00:00"])
    def test_records_without_a_target_of_other_times_are_passed_over(self, at):
        reports = attainment_by_period([(record(at=at), ())], THREE_DAYS)

        assert [report.cells for report in reports] == [(), (), ()]

    def test_the_clocks_of_an_agreement_can_be_counted_as_they_come(self):
        agreement = ServiceLevelAgreement("gold", targets=[RESPONSE, TWO_HOURS])
        incident = record().start(by=LI, at=t("mon 09:10"))
        incident = incident.resolve(ResolutionCode.FIXED, by=LI, at=t("mon 12:00"))

        report = attainment([(incident, agreement.clocks(incident))], MONDAY)

        assert report.by("kind")[TargetKind.RESPONSE].attainment == 1
        assert report.by("kind")[TargetKind.RESOLUTION].attainment == 0


class TestThePeriod:
    @pytest.mark.parametrize(
        ("stop", "expected"),
        [
            (t("mon 00:00"), [{"met": 1}, {}, {}]),
            (t("tue 00:00") - MICROSECOND, [{"met": 1}, {}, {}]),
            (t("tue 00:00"), [{"running": 1}, {"met": 1}, {}]),
            (t("thu 00:00"), [{"running": 1}] * 3),
            (t("mon 00:00") - MICROSECOND, [{}, {}, {}]),
        ],
    )
    def test_a_clock_counts_where_it_stops_and_runs_before(self, stop, expected):
        long = resolution(hours(500), calendar=ALWAYS_OPEN)
        ended = SlaClock.start(long, at=t("fri 09:00")).stop(at=stop)

        assert standings(attainment_by_period(pairs(ended), THREE_DAYS)) == expected

    def test_a_clock_that_starts_after_it_is_not_there(self):
        assert of_monday(clock("tue 09:00"), clock("tue 09:00", "tue 10:00")).cells == ()
        assert of_monday(SlaClock.start(TWO_HOURS, at=t("tue 00:00"))).cells == ()

    def test_what_runs_is_judged_by_the_facts_up_to_its_end(self):
        late = clock("mon 16:00", "tue 12:00")

        monday, tuesday, _ = attainment_by_period(pairs(late), THREE_DAYS)

        assert (monday.running, monday.running_breached, monday.breached) == (1, 0, 0)
        assert (tuesday.running, tuesday.breached) == (0, 1)

    def test_the_report_of_one_period_is_that_of_many(self):
        clocks = pairs(MET, BREACHED, clock("mon 09:00"), clock("tue 09:00", "tue 10:00"))

        found = [attainment(clocks, period) for period in THREE_DAYS]

        assert tuple(found) == attainment_by_period(clocks, THREE_DAYS)


class TestCarryingOver:
    SPANS = clock("mon 16:00", "wed 10:00")  # breached on Tuesday at 10:00
    KEEPS = clock("mon 16:00", "tue 09:30")
    DROPPED = cancelled("mon 16:00", "wed 10:00")
    GOES_ON = clock("mon 16:00")

    @pytest.mark.parametrize(
        ("carry_over", "ended", "expected"),
        [
            (BY_STOP, SPANS, [{"running": 1}, {"running_breached": 1}, {"breached": 1}]),
            (BY_START, SPANS, [{"breached": 1}, {}, {}]),
            (BY_BREACH, SPANS, [{"running": 1}, {"breached": 1}, {}]),
            (BY_STOP, KEEPS, [{"running": 1}, {"met": 1}, {}]),
            (BY_START, KEEPS, [{"met": 1}, {}, {}]),
            (BY_BREACH, KEEPS, [{"running": 1}, {"met": 1}, {}]),
            (
                BY_STOP,
                DROPPED,
                [{"running": 1}, {"running_breached": 1}, {"cancelled_after_breach": 1}],
            ),
            (BY_START, DROPPED, [{"cancelled_after_breach": 1}, {}, {}]),
            (
                BY_BREACH,
                DROPPED,
                [{"running": 1}, {"running_breached": 1}, {"cancelled_after_breach": 1}],
            ),
            (
                BY_STOP,
                GOES_ON,
                [{"running": 1}, {"running_breached": 1}, {"running_breached": 1}],
            ),
            (
                BY_START,
                GOES_ON,
                [{"running": 1}, {"running_breached": 1}, {"running_breached": 1}],
            ),
            (BY_BREACH, GOES_ON, [{"running": 1}, {"breached": 1}, {}]),
        ],
    )
    def test_the_rule_names_the_period(self, carry_over, ended, expected):
        rules = AttainmentRules(carry_over=carry_over)

        assert standings(attainment_by_period(pairs(ended), THREE_DAYS, rules)) == expected

    @pytest.mark.parametrize(
        ("carry_over", "ended", "expected"),
        [
            (BY_STOP, SPANS, (t("wed 10:00"), ClockOutcome.BREACHED)),
            (BY_START, SPANS, (t("mon 16:00"), ClockOutcome.BREACHED)),
            (BY_BREACH, SPANS, (t("tue 10:00"), ClockOutcome.BREACHED)),
            (BY_BREACH, KEEPS, (t("tue 09:30"), ClockOutcome.MET)),
            (BY_BREACH, DROPPED, (t("wed 10:00"), ClockOutcome.CANCELLED)),
            (BY_BREACH, GOES_ON, (t("tue 10:00"), ClockOutcome.BREACHED)),
        ],
    )
    def test_a_verdict_is_one_instant(self, carry_over, ended, expected):
        assert verdict(ended, carry_over) == Verdict(*expected)

    @pytest.mark.parametrize(
        ("carry_over", "running"),
        [(BY_STOP, GOES_ON), (BY_START, GOES_ON), (BY_BREACH, PAUSED)],
    )
    def test_an_open_clock_has_no_verdict(self, carry_over, running):
        assert verdict(running, carry_over) is None

    def test_by_default_it_is_the_stop(self):
        assert verdict(self.SPANS) == verdict(self.SPANS, BY_STOP)
        assert AttainmentRules().carry_over is BY_STOP

    def test_a_breach_at_a_border_belongs_to_what_begins_there(self):
        day = SlaClock.start(resolution(hours(24), calendar=ALWAYS_OPEN), at=t("mon 00:00"))

        reports = attainment_by_period(
            pairs(day.stop(at=t("wed 00:00"))), THREE_DAYS, AttainmentRules(carry_over=BY_BREACH)
        )

        assert standings(reports) == [{"running": 1}, {"breached": 1}, {}]

    def test_what_is_no_clock_or_no_rule_is_refused(self):
        with pytest.raises(TypeError, match="clock must be a SlaClock"):
            verdict(TWO_HOURS)
        with pytest.raises(TypeError, match="carry_over must be a CarryOver"):
            verdict(MET, "by_stop")


class TestCases:
    def test_the_worst_come_first_by_working_time_past_the_target(self):
        over_night = clock("mon 14:00", "tue 10:00")  # two hours over, seventeen by the wall
        on_the_day = clock("tue 09:00", "tue 14:00")

        (_, tuesday, _) = attainment_by_period(pairs(over_night, on_the_day), THREE_DAYS)

        assert [case.overrun for case in tuesday.worst] == [hours(3), hours(2)]
        assert tuesday.worst[1] == BreachCase(
            record=IncidentId("INC-1"),
            kind=TargetKind.RESOLUTION,
            cycle=1,
            started_at=t("mon 14:00"),
            ended_at=t("tue 10:00"),
            overrun=hours(2),
        )

    def test_one_that_runs_is_measured_up_to_the_end_of_the_period(self):
        spanning = clock("mon 09:00", "tue 10:00")

        (case,) = of_monday(spanning).overdue

        assert (case.overrun, case.ended_at) == (hours(6), None)

    def test_one_that_counts_by_its_breach_is_measured_up_to_its_end(self):
        spanning, running = clock("mon 09:00", "tue 10:00"), clock("mon 10:00")

        report = of_monday(spanning, running, carry_over=BY_BREACH)

        assert [case.overrun for case in report.worst] == [hours(7), hours(5)]
        assert [case.ended_at for case in report.worst] == [t("tue 10:00"), None]

    def test_pauses_are_not_past_the_target(self):
        waited = SlaClock.start(TWO_HOURS, at=t("mon 09:00")).pause(at=t("mon 12:00"))
        waited = waited.resume(at=t("mon 14:00")).stop(at=t("mon 14:30"))

        assert [case.overrun for case in of_monday(waited).worst] == [minutes(90)]

    def test_a_breach_of_a_target_that_was_eased_later_is_past_it_by_nothing(self):
        eased = SlaClock.start(TWO_HOURS, at=t("mon 09:00"))
        eased = eased.retarget(resolution(hours(8)), at=t("mon 12:00")).stop(at=t("mon 13:00"))

        assert [case.overrun for case in of_monday(eased).worst] == [timedelta(0)]

    @pytest.mark.parametrize(("worst", "kept"), [(0, []), (1, [3]), (2, [3, 2]), (9, [3, 2, 1])])
    def test_only_so_many_are_kept_as_were_asked_for(self, worst, kept):
        late = [clock("mon 09:00", f"mon {11 + n}:00") for n in (1, 3, 2)]

        report = of_monday(*late, worst=worst)

        assert report.breached == 3
        assert [case.overrun for case in report.worst] == [hours(n) for n in kept]
        assert [len(cell.cases) for cell in report.cells] == [len(kept)]

    def test_the_worst_of_several_groups_are_the_worst_of_all(self):
        late = [(record(service=name), [BREACHED, BREACHED]) for name in ("email", "web")]

        report = attainment(late, MONDAY, AttainmentRules(worst=3))

        assert len(report.worst) == 3
        assert [len(group.worst) for group in report.by("service").values()] == [2, 2]

    def test_of_equal_ones_the_order_is_that_of_the_names(self):
        late = pairs(BREACHED, BREACHED, BREACHED)

        rules = AttainmentRules(worst=2)
        found = [attainment(order, MONDAY, rules) for order in (late, late[::-1])]

        assert found[0] == found[1]
        assert [str(case.record) for case in found[0].worst] == ["INC-1", "INC-2"]


class TestGrouping:
    MEASURED = (
        (record("INC-1", customer="acme"), [MET, clock("mon 09:00", "mon 09:10", RESPONSE)]),
        (record("INC-2", customer="zeta"), [BREACHED]),
        (record("INC-3", customer="acme", impact=Impact.HIGH), [BREACHED]),
        (record("INC-4"), []),
    )

    def test_a_report_can_be_grouped_by_a_field(self):
        found = attainment(self.MEASURED, MONDAY).by("customer")

        assert {name: (it.met, it.breached, it.no_target) for name, it in found.items()} == {
            "acme": (2, 1, 0),
            "zeta": (0, 1, 0),
            None: (0, 0, 1),
        }

    def test_and_by_kind_where_a_record_without_a_target_has_none(self):
        found = attainment(self.MEASURED, MONDAY).by("kind")

        assert {kind: it.attainment for kind, it in found.items()} == {
            TargetKind.RESOLUTION: 1 / 3,
            TargetKind.RESPONSE: 1,
            None: None,
        }

    def test_groups_can_be_grouped_further(self):
        found = attainment(self.MEASURED, MONDAY).by("customer")["acme"].by("priority")

        assert {priority: it.attainment for priority, it in found.items()} == {
            Priority.MEDIUM: 1,
            Priority.HIGH: 0,
        }

    def test_the_team_is_a_dimension(self):
        assigned = record().assign(group="messaging", by=DESK, at=t("mon 09:00"))

        assert list(attainment([(assigned, [MET])], MONDAY).by("group")) == ["messaging"]

    def test_a_function_of_record_and_clock_is_one_too(self):
        def weekday(_, clock):
            return None if clock is None else clock.started_at.day_of_week

        rules = AttainmentRules(dimensions=["service", weekday])

        found = attainment(self.MEASURED, MONDAY, rules).by(weekday)

        assert {day: it.met for day, it in found.items()} == {0: 2, None: 0}

    def test_groups_add_up_to_the_whole(self):
        report = attainment(self.MEASURED, MONDAY)

        for dimension in report.rules.dimensions:
            groups = report.by(dimension).values()
            assert sum(group.count(*Standing) for group in groups) == report.count(*Standing) == 5
            assert {case for group in groups for case in group.worst} == set(report.worst)

    def test_without_dimensions_there_is_the_whole(self):
        report = attainment(self.MEASURED, MONDAY, AttainmentRules(dimensions=()))

        assert (report.met, report.breached, report.no_target) == (2, 2, 1)

    def test_what_was_not_counted_by_cannot_be_grouped_by(self):
        def line(record, clock):
            return None

        report = attainment(self.MEASURED, MONDAY, AttainmentRules(dimensions=["kind", line]))

        with pytest.raises(ValueError, match="not counted by 'customer', only by 'kind', line"):
            report.by("customer")


class TestExclusions:
    OURS = Exclusion("our own people", "customer", ["ops"])
    MEASURED = (
        (record("INC-1", customer="acme"), [MET]),
        (record("INC-2", customer="ops"), [BREACHED]),
        (record("INC-3", customer="ops"), [MET]),
        (record("INC-4", customer="ops"), [clock("mon 09:00"), clock("mon 16:00")]),
        (record("INC-5", customer="ops"), [cancelled("mon 09:00", "mon 10:00")]),
    )

    def counted(self, *exclusions):
        return attainment(self.MEASURED, MONDAY, AttainmentRules(exclusions=exclusions))

    def test_what_is_excluded_leaves_the_rate_and_is_told_with_the_reason(self):
        report = self.counted(self.OURS)

        assert (report.met, report.breached, report.running) == (1, 0, 0)
        assert report.excluded == {"our own people": 2}
        assert report.worst == report.overdue == ()

    def test_cancelled_clocks_stay_cancelled(self):
        assert self.counted(self.OURS).cancelled == 1

    def test_a_predicate_excludes_where_it_is_true(self):
        def at_noon(_, clock):
            return clock.stopped_at == t("mon 11:01")

        assert self.counted(Exclusion("a power cut", at_noon)).excluded == {"a power cut": 1}

    def test_the_first_that_holds_is_told(self):
        of_services = Exclusion("mail is free", "service", ["email"])

        report = self.counted(self.OURS, of_services)

        assert report.excluded == {"our own people": 2, "mail is free": 1}
        assert report.attainment is None

    def test_without_any_nothing_is_excluded(self):
        assert self.counted().excluded == {}

    def test_one_that_counts_by_its_breach_is_excluded_there(self):
        rules = AttainmentRules(exclusions=[self.OURS], carry_over=BY_BREACH)

        report = attainment([(record(customer="ops"), [clock("mon 09:00")])], MONDAY, rules)

        assert report.excluded == {"our own people": 1}

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((" ", "customer", ["ops"]), ValueError, "because must not be blank"),
            (("ours", "customer", "ops"), TypeError, "values must be several"),
            (("ours", "custom", ["ops"]), ValueError, "did you mean 'customer'"),
            (("ours", 7), TypeError, "a dimension must be a str"),
        ],
    )
    def test_one_that_makes_no_sense_is_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            Exclusion(*arguments)


class TestAReport:
    def test_it_has_a_traffic_light(self):
        report = of_monday(MET, MET, MET, BREACHED)

        assert report.light(aim=75, margin=1) is TrafficLight.THREATENED
        assert report.light(aim=75) is TrafficLight.MET
        assert report.light(aim=75.1) is TrafficLight.BREACHED

    def test_it_is_a_value_whatever_the_order_of_the_records(self):
        measured = pairs(MET, BREACHED, clock("mon 09:00"), cancelled("mon 09:00", "mon 10:00"))

        one, other = (attainment(order, MONDAY) for order in (measured, measured[::-1]))

        assert one == other == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
        assert hash(one) == hash(other)
        assert one != attainment(measured[1:], MONDAY)

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            of_monday().cells = ()

    def test_no_record_is_kept_when_it_has_been_counted(self):
        seen, alive = [], []

        def stream():
            for n in range(5):
                each = attrs.evolve(BREACHED, cycle=n + 1)
                seen.append(weakref.ref(each))
                yield record(f"INC-{n}"), [each]
                del each
                gc.collect()
                alive.append(sum(ref() is not None for ref in seen[:-1]))

        report = attainment(stream(), MONDAY)

        assert report.breached == 5
        assert max(alive) == 0

    @pytest.mark.parametrize(
        ("measured", "message"),
        [
            ([MET], "each of measured must be a record with its clocks"),
            ([(MET, record())], "each of measured must be a record with its clocks"),
            ([(record(), [MET], 1)], "each of measured must be a record with its clocks"),
            ([(record(), MET)], "the clocks of a record must be several"),
            ([(record(), [None])], "each of the clocks of a record must be a SlaClock"),
        ],
    )
    def test_what_is_no_record_with_its_clocks_is_refused(self, measured, message):
        with pytest.raises(TypeError, match=message):
            attainment(measured, MONDAY)

    def test_periods_and_rules_of_another_type_are_refused(self):
        with pytest.raises(TypeError, match="period must be a CompliancePeriod"):
            attainment([], THREE_DAYS)
        with pytest.raises(TypeError, match="periods must be a CompliancePeriods"):
            attainment_by_period([], MONDAY)
        with pytest.raises(TypeError, match="rules must be an AttainmentRules"):
            attainment([], MONDAY, BY_STOP)

    @pytest.mark.parametrize(
        ("rules", "error", "message"),
        [
            ({"dimensions": "kind"}, TypeError, "dimensions must be several"),
            ({"dimensions": ["priorty"]}, ValueError, "did you mean 'priority'"),
            ({"dimensions": ["xyzzy"]}, ValueError, "a function may read more"),
            ({"dimensions": ["kind", "kind"]}, ValueError, "must each be named once"),
            ({"dimensions": [7]}, TypeError, "a dimension must be a str"),
            ({"carry_over": "by_stop"}, TypeError, "carry_over must be a CarryOver"),
            ({"counts_running": 1}, TypeError, "counts_running must be a bool"),
            ({"exclusions": ["ops"]}, TypeError, "each of exclusions must be an Exclusion"),
            ({"worst": -1}, ValueError, "worst must be 0 or more"),
            ({"worst": 1.5}, TypeError, "worst must be an int"),
        ],
    )
    def test_rules_that_make_no_sense_are_refused(self, rules, error, message):
        with pytest.raises(error, match=message):
            AttainmentRules(**rules)


# ---- Properties -----------------------------------------------------------------------------

ZERO = dt.datetime(2024, 3, 1, tzinfo=UTC)
SUBJECT = logged(ZERO, Incident)


@st.composite
def lives(draw):
    """
    A clock with some pauses, that may have ended.
    """
    at = ZERO + hours(draw(st.integers(0, 200)))
    found = SlaClock.start(resolution(hours(draw(st.integers(0, 60))), calendar=ALWAYS_OPEN), at=at)
    for word in draw(st.lists(st.sampled_from(["pause", "resume", "stop", "cancel"]), max_size=5)):
        at += hours(draw(st.integers(0, 40)))
        if word == "cancel" and found.outcome is None:
            found = found.cancel(at=at, reason="a duplicate")
        elif word == "stop" and found.outcome is None:
            found = found.stop(at=at)
        elif word in {"pause", "resume"} and str(found.state) == {"pause": "running"}.get(
            word, "paused"
        ):
            found = getattr(found, word)(at=at)
    return found


borders = st.lists(st.integers(0, 400), min_size=2, max_size=6, unique=True).map(sorted)
ENDED = (
    Standing.MET,
    Standing.BREACHED,
    Standing.CANCELLED,
    Standing.CANCELLED_AFTER_BREACH,
    Standing.EXCLUDED,
)


@tried(100)
@given(st.lists(lives(), max_size=8), borders, st.sampled_from(CarryOver), st.booleans())
def test_every_ended_clock_counts_in_exactly_one_period(clocks, cuts, carry_over, excludes):
    # The first and the last period reach past all that ever happens.
    cuts = [ZERO - hours(1), *(ZERO + hours(cut) for cut in cuts[1:-1]), ZERO + hours(10_000)]
    rules = AttainmentRules(
        carry_over=carry_over,
        exclusions=[Exclusion("all", "service", ["email"])] if excludes else [],
    )

    reports = attainment_by_period([(SUBJECT, clocks)], CompliancePeriods(cuts), rules)

    ended = sum(each.outcome is not None for each in clocks)
    told = sum(
        each.outcome is None and carry_over is BY_BREACH and each.breached_at is not None
        for each in clocks
    )
    assert sum(report.count(*ENDED) for report in reports) == ended + told
    assert sum(report.no_target for report in reports) == (not clocks)


@tried(100)
@given(st.lists(lives(), max_size=8), borders, st.integers(0, 3))
def test_it_equals_a_look_at_each_clock(clocks, cuts, worst):
    start, end = ZERO + hours(cuts[0]), ZERO + hours(cuts[-1])
    expected, over = Counter(), []
    for each in clocks:
        ended = each.stopped_at or each.cancelled_at
        if ended is not None and start <= ended < end:
            late = each.elapsed(ended) > each.target.duration
            expected[str(each.outcome), late] += 1
            if late and each.stopped_at:
                over.append(each.elapsed(ended) - each.target.duration)
        elif each.started_at < end and (ended is None or ended >= end):
            expected["running", each.elapsed(end) > each.target.duration] += 1

    report = attainment(
        [(SUBJECT, clocks)], CompliancePeriod(start, end), AttainmentRules(worst=worst)
    )

    assert (report.met, report.breached) == (expected["met", False], expected["breached", True])
    assert report.running_breached == expected["running", True]
    assert report.running == expected["running", True] + expected["running", False]
    assert report.cancelled_after_breach == expected["cancelled", True]
    assert report.cancelled == expected["cancelled", True] + expected["cancelled", False]
    assert [case.overrun for case in report.worst] == sorted(over, reverse=True)[:worst]
