"""
Availability and the means of reliability: the worked checks, edges, bad input, a naive reckoner.
"""

from __future__ import annotations

import copy
import datetime as dt
import math
import pickle

from datetime import UTC, timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import MICROSECOND, OFFICE, WEEKDAYS, hours, london, minutes, t
from examples_of_runs import tried
from itil_ops.errors import AgreementError
from itil_ops.sla.agreements.maintenance import MaintenanceWindow
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.reports.availability import (
    Availability,
    Outage,
    ReliabilityTarget,
    TrafficLight,
    availability,
    parallel,
    serial,
    traffic_light,
)


NOTHING = timedelta(0)
WEEK = {"start": t("mon 00:00"), "end": t("thu 00:00")}  # Monday to Wednesday, 24 h


def outage(start, end=None, **options):
    return Outage(t(start), end and t(end), **options)


def over_the_week(*outages, service_hours=OFFICE, **options):
    return availability(service_hours, outages, **WEEK, **options)


class TestTheWorkedChecks:
    def test_a_two_breaks_in_5020_hours(self):
        start = dt.datetime(2024, 1, 1, tzinfo=UTC)
        outages = [
            Outage(start + hours(100), start + hours(106)),
            Outage(start + hours(3000), start + hours(3014)),
        ]

        found = availability(ALWAYS_OPEN, outages, start=start, end=start + hours(5020))

        assert round(found.availability_percent, 2) == 99.60
        assert found.mtrs == hours(10)
        assert found.mtbf == hours(2500)
        assert found.mtbsi == hours(2510)

    def test_b_june_2024_in_london(self):
        service_hours = BusinessCalendar(
            "Europe/London", dict.fromkeys(WEEKDAYS, (("08:00", "18:00"),))
        )
        outages = [
            Outage(london("2024-06-04 09:00"), london("2024-06-04 11:00")),
            Outage(london("2024-06-04 10:30"), london("2024-06-04 12:00")),
            Outage(london("2024-06-07 17:00"), london("2024-06-10 09:00")),
            Outage(london("2024-06-15 00:00"), london("2024-06-16 00:00")),
            Outage(london("2024-06-19 08:00"), london("2024-06-19 10:00")),
        ]

        found = availability(
            service_hours,
            outages,
            start=london("2024-06-01 00:00"),
            end=london("2024-07-01 00:00"),
            maintenance=[MaintenanceWindow(london("2024-06-19 08:00"), london("2024-06-19 09:00"))],
        )

        assert found.agreed_service_time == hours(199)
        assert found.downtime == hours(6)
        assert found.breaks == 3
        assert round(found.availability_percent, 3) == 96.985
        assert found.mtrs == hours(2)
        assert round(found.mtbf / hours(1), 3) == 64.333
        assert round(found.mtbsi / hours(1), 3) == 66.333


class TestAvailability:
    def test_without_a_break_it_is_100_percent_and_the_means_are_undefined(self):
        found = over_the_week()

        assert found.availability_percent == 100
        assert found.breaks == 0
        assert (found.mtrs, found.mtbf, found.mtbsi) == (None, None, None)
        assert found.user_minutes_lost == 0

    def test_where_no_service_time_was_agreed_nothing_is_known(self):
        found = availability(OFFICE, [], start=t("sat 00:00"), end=t("mon 00:00"))

        assert found.agreed_service_time == NOTHING
        assert found.availability_percent is None

    def test_an_outage_outside_service_hours_is_no_break(self):
        found = over_the_week(outage("mon 17:00", "tue 09:00"))

        assert (found.downtime, found.breaks) == (NOTHING, 0)

    def test_an_outage_over_a_night_is_one_break(self):
        found = over_the_week(outage("mon 16:00", "tue 10:00"))

        assert (found.downtime, found.breaks) == (hours(2), 1)

    def test_outages_that_touch_outside_service_hours_are_one_break(self):
        found = over_the_week(outage("mon 16:00", "mon 20:00"), outage("mon 20:00", "tue 10:00"))

        assert (found.downtime, found.breaks) == (hours(2), 1)

    def test_outages_may_come_in_any_order_and_overlap(self):
        one, other = outage("mon 10:00", "mon 12:00"), outage("mon 11:00", "mon 13:00")

        assert over_the_week(other, one) == over_the_week(one, other)
        assert over_the_week(other, one).downtime == hours(3)
        assert over_the_week(other, one).breaks == 1

    def test_an_outage_that_lasts_runs_to_the_end_of_the_period(self):
        assert over_the_week(outage("wed 16:00")).downtime == hours(1)

    def test_an_outage_counts_where_it_occurred_and_within_the_period(self):
        found = availability(
            OFFICE,
            [outage("mon 15:00", "tue 11:00")],
            start=t("mon 16:00"),
            end=t("tue 10:00"),
        )

        assert (found.agreed_service_time, found.downtime) == (hours(2), hours(2))
        assert found.availability_percent == 0

    @pytest.mark.parametrize(
        ("start", "end"),
        [("fri 09:00", "fri 17:00"), ("thu 00:00", "thu 17:00"), ("thu 09:00", None)],
    )
    def test_an_outage_outside_the_period_is_none(self, start, end):
        assert over_the_week(outage(start, end)) == over_the_week()

    def test_an_outage_that_took_no_time_is_no_break(self):
        assert over_the_week(outage("mon 10:00", "mon 10:00")) == over_the_week()

    def test_repeating_fractions_add_up_to_the_microsecond(self):
        thirds = [outage(f"{day} 10:00", f"{day} 10:10") for day in ("mon", "tue", "wed")]
        found = availability(OFFICE, thirds, start=t("mon 00:00"), end=t("wed 17:00") - MICROSECOND)

        assert found.agreed_service_time == hours(24) - MICROSECOND
        assert found.mtbsi == hours(8)
        assert found.mtbf + found.mtrs == found.mtbsi

    def test_equal_figures_are_equal_and_survive_a_pickle(self):
        found = over_the_week(outage("mon 10:00", "mon 12:00", users=3))

        assert pickle.loads(pickle.dumps(found)) == found == copy.copy(found)
        assert hash(copy.copy(found)) == hash(found)
        assert found != over_the_week()

    @pytest.mark.parametrize(
        ("figures", "message"),
        [
            ({"downtime": hours(9)}, "must lie between nothing and the agreed"),
            ({"downtime": -hours(1)}, "must lie between nothing and the agreed"),
            ({"breaks": 0}, "breaks must be 1 or more"),
            ({"downtime": NOTHING, "breaks": -1}, "breaks must be 0 or more"),
        ],
    )
    def test_figures_that_contradict_each_other_are_refused(self, figures, message):
        usual = {"agreed_service_time": hours(8), "downtime": hours(1), "breaks": 1}

        with pytest.raises(ValueError, match=message):
            Availability(**(usual | figures))


class TestMaintenance:
    MONDAY = (t("mon 09:00"), t("mon 12:00"))

    def test_agreed_maintenance_is_no_service_time_and_takes_no_downtime(self):
        window = MaintenanceWindow(*self.MONDAY)

        found = over_the_week(outage("mon 10:00", "mon 11:00"), maintenance=[window])

        assert found.agreed_service_time == hours(21)
        assert (found.downtime, found.breaks) == (NOTHING, 0)

    def test_what_overruns_its_end_is_an_outage(self):
        window = MaintenanceWindow(*self.MONDAY)

        found = over_the_week(outage("mon 09:00", "mon 13:00"), maintenance=[window])

        assert (found.downtime, found.breaks) == (hours(1), 1)

    def test_maintenance_that_was_not_agreed_changes_nothing(self):
        window = MaintenanceWindow(*self.MONDAY, agreed=False)

        found = over_the_week(outage("mon 10:00", "mon 11:00"), maintenance=[window])

        assert found.agreed_service_time == hours(24)
        assert found.downtime == hours(1)

    def test_an_outage_cut_in_two_by_maintenance_is_one_break(self):
        window = MaintenanceWindow(t("mon 11:00"), t("mon 12:00"))

        found = over_the_week(outage("mon 10:00", "mon 13:00"), maintenance=[window])

        assert (found.downtime, found.breaks) == (hours(2), 1)

    def test_maintenance_over_a_border_counts_as_far_as_the_period_goes(self):
        windows = [
            MaintenanceWindow(t("fri 09:00"), t("mon 10:00")),
            MaintenanceWindow(t("wed 16:00"), t("thu 12:00")),
            MaintenanceWindow(t("thu 12:00"), t("thu 13:00")),
        ]

        assert over_the_week(maintenance=windows).agreed_service_time == hours(22)

    def test_maintenance_and_outages_of_other_services_are_passed_over(self):
        windows = [MaintenanceWindow(*self.MONDAY, services=["web"])]
        outages = [
            outage("tue 10:00", "tue 11:00", service="web"),
            outage("tue 12:00", "tue 13:00", service="email"),
            outage("tue 14:00", "tue 15:00"),
        ]

        found = over_the_week(*outages, maintenance=windows, service="email")
        of_all = over_the_week(*outages, maintenance=windows)

        assert (found.agreed_service_time, found.downtime) == (hours(24), hours(2))
        assert (of_all.agreed_service_time, of_all.downtime) == (hours(21), hours(3))

    def test_overlapping_windows_are_refused(self):
        windows = [MaintenanceWindow(*self.MONDAY), MaintenanceWindow(*self.MONDAY)]

        with pytest.raises(AgreementError, match="overlap"):
            over_the_week(maintenance=windows)


class TestDegradedService:
    def test_downtime_counts_by_weight(self):
        found = over_the_week(outage("mon 10:00", "mon 12:00", weight=0.25))

        assert (found.downtime, found.breaks) == (minutes(30), 1)

    def test_of_overlapping_outages_the_worst_counts_at_each_instant(self):
        found = over_the_week(
            outage("mon 10:00", "mon 14:00", weight=0.25),
            outage("mon 11:00", "mon 12:00"),
            outage("mon 11:30", "mon 13:00", weight=0.5),
        )

        assert found.downtime == minutes(15 + 60 + 30 + 15)
        assert found.breaks == 1

    def test_an_outage_of_no_weight_is_none(self):
        found = over_the_week(
            outage("mon 10:00", "mon 11:00"),
            outage("mon 11:00", "mon 12:00", weight=0),
            outage("mon 12:00", "mon 13:00"),
        )

        assert (found.downtime, found.breaks) == (hours(2), 2)

    def test_a_tenth_is_a_tenth(self):
        tenths = [outage(f"mon 1{n}:00", f"mon 1{n}:30", weight=0.1) for n in range(3)]

        assert over_the_week(*tenths).downtime == minutes(9)

    def test_downtime_is_rounded_half_to_even_as_the_weight_is_written(self):
        start = t("mon 10:00")
        tenths = [
            Outage(start + n * hours(1), start + n * hours(1) + 5 * MICROSECOND, weight=0.1)
            for n in range(3)
        ]

        assert over_the_week(tenths[0]).downtime == NOTHING
        assert over_the_week(*tenths).downtime == 2 * MICROSECOND

    def test_user_minutes_are_users_times_minutes_in_service_hours(self):
        found = over_the_week(outage("mon 16:30", "tue 09:30", users=10))

        assert found.user_minutes_lost == 600

    def test_user_minutes_count_by_weight_and_the_most_at_each_instant(self):
        found = over_the_week(
            outage("mon 10:00", "mon 12:00", users=10, weight=0.5),
            outage("mon 11:00", "mon 12:00", users=4),
            outage("mon 11:00", "mon 13:00", users=6),
        )

        assert found.user_minutes_lost == 60 * 5 + 60 * 6 + 60 * 6

    def test_user_minutes_are_unknown_if_an_outage_does_not_tell_its_users(self):
        known, unknown = (
            outage("mon 10:00", "mon 12:00", users=10),
            outage("tue 10:00", "tue 11:00"),
        )

        assert over_the_week(known, unknown).user_minutes_lost is None

    def test_users_of_an_outage_that_took_nothing_need_not_be_known(self):
        known, at_night = (
            outage("mon 10:00", "mon 12:00", users=10),
            outage("tue 00:00", "tue 01:00"),
        )

        assert over_the_week(known, at_night).user_minutes_lost == 1200


class TestAnOutage:
    def test_it_is_a_value(self):
        one = outage("mon 10:00", "mon 12:00", service="email", weight=0.5, users=3)

        assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)
        assert hash(copy.copy(one)) == hash(one)
        assert one != outage("mon 10:00", "mon 12:00", service="email", weight=1, users=3)

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            outage("mon 10:00").weight = 0

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"weight": 1.01}, ValueError, "weight must lie from 0 to 1"),
            ({"weight": -0.5}, ValueError, "weight must lie from 0 to 1"),
            ({"weight": math.nan}, ValueError, "weight must lie from 0 to 1"),
            ({"weight": True}, TypeError, "weight must be a number"),
            ({"weight": "1"}, TypeError, "weight must be a number"),
            ({"users": -1}, ValueError, "users must not be negative"),
            ({"users": 1.5}, TypeError, "users must be an int or None"),
            ({"users": True}, TypeError, "users must be an int or None"),
            ({"service": " "}, ValueError, "service must not be blank"),
            ({"service": 7}, TypeError, "service must be a str"),
            ({"end": "mon 09:59"}, ValueError, "must not end at 2024-03-04T09:59"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            outage("mon 10:00", **options)

    @pytest.mark.parametrize(
        ("start", "end", "name"),
        [
            (dt.datetime(2024, 3, 4, 8), None, "start"),
            (t("mon 08:00"), dt.datetime(2024, 3, 4, 10), "end"),
        ],
    )
    def test_naive_instants_are_refused(self, start, end, name):
        with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
            Outage(start, end)


class TestBadArguments:
    @pytest.mark.parametrize("end", ["mon 00:00", "sun 00:00"])
    def test_a_period_that_does_not_end_after_it_begins_is_refused(self, end):
        with pytest.raises(ValueError, match="must come after start"):
            availability(OFFICE, [], start=t("mon 00:00"), end=t(end))

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"service_hours": "09-17"}, "service_hours must be a calendar"),
            ({"outages": [t("mon 09:00")]}, "each of outages must be an Outage"),
            ({"maintenance": [t("mon 09:00")]}, "must be a MaintenanceWindow"),
            ({"service": 7}, "service must be a str"),
            ({"start": "mon"}, "start must be an aware datetime"),
        ],
    )
    def test_arguments_of_another_type_are_refused(self, changed, message):
        arguments = {"service_hours": OFFICE, "outages": [], **WEEK} | changed

        with pytest.raises(TypeError, match=message):
            availability(**arguments)


class TestComponents:
    def test_components_in_series_multiply(self):
        assert serial(0.98, 0.99) == pytest.approx(0.9702)
        assert serial(0.5) == 0.5

    def test_components_in_parallel_fail_together_only(self):
        assert parallel(0.9, 0.9) == pytest.approx(0.99)
        assert parallel(0.5) == 0.5
        assert parallel(0, 1) == 1

    @pytest.mark.parametrize("combine", [serial, parallel])
    @pytest.mark.parametrize(
        ("values", "error", "message"),
        [
            ([], ValueError, "at least one component"),
            ([99.5], ValueError, "each availability must lie from 0 to 1"),
            ([0.5, -0.1], ValueError, "each availability must lie from 0 to 1"),
            ([math.nan], ValueError, "each availability must lie from 0 to 1"),
            (["1"], TypeError, "each availability must be a number"),
        ],
    )
    def test_what_is_no_share_is_refused(self, combine, values, error, message):
        with pytest.raises(error, match=message):
            combine(*values)

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
    def test_a_chain_is_no_better_than_its_worst_link_and_a_spare_does_no_harm(self, values):
        assert 0 <= serial(*values) <= min(values)
        assert parallel(*values) == pytest.approx(max(values)) or parallel(*values) > max(values)


class TestTargets:
    FOUND = Availability(agreed_service_time=hours(100), downtime=hours(2), breaks=2)

    @pytest.mark.parametrize(
        ("promised", "kept"),
        [
            ({}, {}),
            ({"availability_percent": 98}, {"availability_percent": True}),
            ({"availability_percent": 98.1}, {"availability_percent": False}),
            ({"mtrs": hours(1)}, {"mtrs": True}),
            ({"mtrs": hours(1) - MICROSECOND}, {"mtrs": False}),
            ({"mtbf": hours(49)}, {"mtbf": True}),
            ({"mtbf": hours(49) + MICROSECOND}, {"mtbf": False}),
            ({"mtbsi": hours(50), "mtrs": NOTHING}, {"mtrs": False, "mtbsi": True}),
        ],
    )
    def test_each_promise_is_judged_and_its_border_keeps_it(self, promised, kept):
        assert ReliabilityTarget(**promised).judge(self.FOUND) == kept

    def test_without_a_break_every_mean_was_kept(self):
        found = over_the_week()

        assert ReliabilityTarget(mtrs=NOTHING, mtbf=hours(1000)).judge(found) == {
            "mtrs": True,
            "mtbf": True,
        }

    def test_without_agreed_service_time_availability_is_not_judged(self):
        found = availability(OFFICE, [], start=t("sat 00:00"), end=t("mon 00:00"))

        judged = ReliabilityTarget(availability_percent=99.5).judge(found)

        assert judged == {"availability_percent": None}

    @pytest.mark.parametrize(
        ("promised", "error", "message"),
        [
            ({"availability_percent": 100.1}, ValueError, "must lie from 0 to 100"),
            ({"availability_percent": True}, TypeError, "must be a number from 0 to 100"),
            ({"mtrs": -hours(1)}, ValueError, "mtrs must not be negative"),
            ({"mtbf": 5}, TypeError, "mtbf must be a timedelta"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, promised, error, message):
        with pytest.raises(error, match=message):
            ReliabilityTarget(**promised)

    def test_only_an_availability_is_judged(self):
        with pytest.raises(TypeError, match="found must be an Availability"):
            ReliabilityTarget(mtrs=hours(1)).judge(99.5)


class TestTrafficLights:
    @pytest.mark.parametrize(
        ("percent", "light"),
        [
            (100, TrafficLight.MET),
            (95.3, TrafficLight.MET),
            (95.29, TrafficLight.THREATENED),
            (95.1, TrafficLight.THREATENED),
            (95.09, TrafficLight.BREACHED),
            (0, TrafficLight.BREACHED),
            (None, None),
        ],
    )
    def test_it_is_threatened_close_above_the_aim(self, percent, light):
        assert traffic_light(percent, aim=95.1, margin=0.2) is light

    def test_without_a_margin_nothing_is_threatened(self):
        assert traffic_light(95, aim=95) is TrafficLight.MET

    def test_all_of_it_is_never_threatened(self):
        assert traffic_light(100, aim=99, margin=5) is TrafficLight.MET
        assert traffic_light(99.9, aim=99, margin=5) is TrafficLight.THREATENED

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"aim": 101}, ValueError, "aim must lie from 0 to 100"),
            ({"aim": 95, "margin": -1}, ValueError, "margin must lie from 0 to 100"),
            ({"aim": "95"}, TypeError, "aim must be a number"),
            ({"percent": 101, "aim": 95}, ValueError, "percent must lie from 0 to 100"),
            ({"percent": None, "aim": 101}, ValueError, "aim must lie from 0 to 100"),
        ],
    )
    def test_figures_that_make_no_sense_are_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            traffic_light(**({"percent": 90} | arguments))


# ---- A naive reckoner -----------------------------------------------------------------------

ZERO = t("fri 00:00")
LAST = 3 * 1440  # three days: a Friday and a weekend with a Sunday night
ODD_HOURS = BusinessCalendar(
    "Europe/London", {"fri": [("09:00", "12:00"), ("13:00", "17:00")], "sun": [("22:00", "06:00")]}
)
OPEN = frozenset(
    minute
    for first, last in ((540, 720), (780, 1020), (2 * 1440 + 1320, 3 * 1440 + 360))
    for minute in range(first, last)
)

spans = st.tuples(st.integers(0, LAST), st.integers(0, 600)).map(lambda it: (it[0], sum(it)))
damages = st.lists(st.tuples(spans, st.integers(0, 4), st.integers(0, 5)), max_size=6)


def at_minute(minute):
    return ZERO + minutes(minute)


@tried(100)
@given(damages, st.lists(spans.filter(lambda it: it[0] < it[1]), max_size=3), spans)
def test_it_equals_a_count_of_minutes(damage, planned, period):
    first, last = period[0], period[1] + 1
    planned = [
        span for n, span in enumerate(sorted(planned)) if not _meets(span, sorted(planned)[:n])
    ]
    agreed = {m for m in OPEN if first <= m < last and not any(a <= m < b for a, b in planned)}
    felt = [(range(*span), weight, users) for span, weight, users in damage if weight]
    down = {m: max((w for it, w, _ in felt if m in it), default=0) for m in range(LAST + 1200)}
    lost = {m: max((w * u for it, w, u in felt if m in it), default=0) for m in agreed}
    breaks, hit = 0, False
    for minute in range(LAST + 1200):
        if not down[minute]:
            hit = False
        elif minute in agreed and not hit:
            breaks, hit = breaks + 1, True

    found = availability(
        ODD_HOURS,
        [
            Outage(at_minute(a), at_minute(b), weight=weight / 4, users=users)
            for (a, b), weight, users in damage
        ],
        start=at_minute(first),
        end=at_minute(last),
        maintenance=[MaintenanceWindow(at_minute(a), at_minute(b)) for a, b in planned],
    )

    assert found.agreed_service_time == minutes(len(agreed))
    assert found.downtime == minutes(sum(down[m] for m in agreed)) / 4
    assert found.breaks == breaks
    assert found.user_minutes_lost == sum(lost.values()) / 4
    if breaks:
        assert found.mtbf + found.mtrs == found.mtbsi
        exact = (found.agreed_service_time - found.downtime) / breaks
        assert abs(found.mtbf - exact) <= MICROSECOND


def _meets(span, others):
    return any(span[0] < end and start < span[1] for start, end in others)
