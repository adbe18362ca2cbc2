"""
Targets: what may be promised, and how much time that is.
"""

from __future__ import annotations

import pickle

from datetime import timedelta

import attrs
import pendulum
import pytest

from clock_doubles import EVERY_DAY, NIGHTS, OFFICE, hours, london, minutes, resolution, t
from itil_ops.errors import AgreementError, CalendarError
from itil_ops.kernel.instant import SECOND
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.duration import BusinessDays, check_duration, end_of
from itil_ops.sla.promises.target import StopAt, Target, TargetKind


HOUR = 3_600 * SECOND


class TestDefaults:
    def test_where_nothing_names_a_calendar_it_is_always_open(self):
        assert Target(TargetKind.RESOLUTION, hours(8)).calendar == ALWAYS_OPEN

    def test_a_target_is_for_any_priority(self):
        assert Target(TargetKind.RESOLUTION, hours(8)).priorities is None

    @pytest.mark.parametrize(
        "kind", [TargetKind.RESOLUTION, TargetKind.UPDATE, TargetKind("fulfillment")]
    )
    def test_only_waiting_for_the_caller_pauses(self, kind):
        assert Target(kind, hours(8)).pause_on == {PendingReason.AWAITING_CALLER}

    def test_nothing_pauses_a_response(self):
        assert Target(TargetKind.RESPONSE, hours(8)).pause_on == frozenset()

    def test_a_resolution_stops_when_it_is_resolved(self):
        assert Target(TargetKind.RESOLUTION, hours(8)).stop_at is StopAt.RESOLVED


class TestAllowance:
    def test_a_duration_allows_itself_wherever_it_starts(self):
        target = resolution(hours(8))

        assert target.allowance(t("mon 09:00")) == target.allowance(t("sat 12:00")) == 8 * HOUR

    def test_a_day_is_twenty_four_hours_of_working_time(self):
        assert resolution(timedelta(days=1)).allowance(t("mon 09:00")) == 24 * HOUR

    def test_zero_allows_nothing(self):
        assert resolution(timedelta(0)).allowance(t("mon 09:00")) == 0

    def test_a_microsecond_is_not_rounded_away(self):
        assert resolution(timedelta(microseconds=1)).allowance(t("mon 09:00")) == 1

    def test_a_pendulum_duration_is_a_duration(self):
        assert resolution(pendulum.duration(days=1, hours=2)).allowance(t("mon 09:00")) == 26 * HOUR

    def test_an_interval_of_two_months_is_as_long_as_it_is(self):
        interval = pendulum.datetime(2024, 3, 1) - pendulum.datetime(2024, 1, 1)

        assert resolution(interval).allowance(t("mon 09:00")) == 60 * 24 * HOUR

    @pytest.mark.parametrize(
        ("start", "count", "allowed"),
        [
            ("mon 09:00", 1, 16),
            ("mon 13:00", 1, 12),
            ("mon 18:00", 1, 8),
            ("fri 16:00", 1, 9),
            ("sat 12:00", 1, 8),
            ("sat 12:00", 3, 24),
        ],
    )
    def test_business_days_are_the_working_time_until_the_last_of_them_closes(
        self, start, count, allowed
    ):
        assert resolution(BusinessDays(count)).allowance(t(start)) == allowed * HOUR

    def test_business_days_skip_holidays(self):
        calendar = attrs.evolve(OFFICE, holidays=[t("mon 00:00").date()])

        assert resolution(BusinessDays(1), calendar).allowance(t("fri 16:00")) == 9 * HOUR
        assert end_of(BusinessDays(1), t("fri 16:00"), calendar) == t("tue 17:00")

    def test_a_business_day_of_a_night_shift_is_as_long_as_its_night(self):
        spring = resolution(BusinessDays(1), NIGHTS).allowance(london("2024-03-29T12:00"))

        assert spring == (8 + 7) * HOUR

    def test_business_days_of_a_calendar_without_a_week_run_out(self):
        once = BusinessCalendar("UTC", {}, overrides={t("mon 00:00").date(): [("09:00", "12:00")]})

        with pytest.raises(CalendarError):
            resolution(BusinessDays(2), once).allowance(t("fri 09:00"))


class TestEnd:
    def test_a_duration_ends_at_closing_time_rather_than_at_the_next_opening(self):
        assert end_of(hours(8), t("mon 09:00"), OFFICE) == t("mon 17:00")

    def test_business_days_end_at_close_of_business(self):
        assert end_of(BusinessDays(2), t("thu 11:00"), ALWAYS_OPEN) == london("2024-03-10T00:00")


class TestCheck:
    @pytest.mark.parametrize(
        "length", [timedelta(0), hours(8), BusinessDays(2), pendulum.duration(hours=8)]
    )
    def test_an_amount_of_time_and_business_days_pass(self, length):
        assert check_duration(length, "window") is length

    @pytest.mark.parametrize(
        ("length", "error", "message"),
        [
            (8, TypeError, "window must be a timedelta, BusinessDays or NextOpening, not 8"),
            (None, TypeError, "window must be a timedelta, BusinessDays or NextOpening, not None"),
            (timedelta(microseconds=-1), ValueError, "window must not be negative"),
            (pendulum.duration(months=1), ValueError, "window must not have months or years"),
        ],
    )
    def test_anything_else_is_refused_by_name(self, length, error, message):
        with pytest.raises(error, match=message):
            check_duration(length, "window")


class TestRefusals:
    @pytest.mark.parametrize("length", [timedelta(microseconds=-1), pendulum.duration(hours=-5)])
    def test_a_target_is_not_negative(self, length):
        with pytest.raises(AgreementError, match="a resolution target must not be negative"):
            resolution(length)

    @pytest.mark.parametrize("length", [pendulum.duration(months=1), pendulum.duration(years=1)])
    def test_a_target_has_no_months(self, length):
        with pytest.raises(ValueError, match="duration must not have months or years"):
            resolution(length)

    @pytest.mark.parametrize("length", [8, 8.0, "8 hours", None])
    def test_a_target_is_no_bare_number(self, length):
        with pytest.raises(TypeError, match="duration must be a timedelta"):
            resolution(length)

    @pytest.mark.parametrize(
        ("attributes", "message"),
        [
            ({"calendar": "Europe/London"}, "calendar must be a calendar"),
            ({"stop_at": "resolved"}, "stop_at must be a StopAt"),
            ({"priorities": [1]}, "each of priorities must be a Priority"),
            ({"priorities": Priority.HIGH}, "Priority"),
            ({"pause_on": ["awaiting_caller"]}, "each of pause_on must be a PendingReason"),
            ({"pause_on": PendingReason.AWAITING_CALLER}, "PendingReason"),
            ({"pause_on": None}, "None"),
        ],
    )
    def test_an_attribute_of_another_type_is_refused(self, attributes, message):
        with pytest.raises(TypeError, match=message):
            Target(TargetKind.RESOLUTION, hours(8), **attributes)

    def test_a_kind_is_no_text(self):
        with pytest.raises(TypeError, match="kind must be a TargetKind, not 'resolution'"):
            Target("resolution", hours(8))

    def test_a_target_for_no_priority_at_all_is_refused(self):
        with pytest.raises(ValueError):
            resolution(hours(8), priorities=[])

    def test_all_but_kind_and_duration_are_named(self):
        with pytest.raises(TypeError):
            Target(TargetKind.RESOLUTION, hours(8), OFFICE)


def test_business_days_need_a_calendar_that_has_days():
    tokyo = BusinessCalendar("Asia/Tokyo", dict.fromkeys(EVERY_DAY, (("01:00", "02:00"),)))
    somewhere = OFFICE | tokyo

    with pytest.raises(CalendarError, match="business days need one zone"):
        Target(TargetKind.RESOLUTION, BusinessDays(1), calendar=somewhere)
    assert Target(TargetKind.RESOLUTION, hours(1), calendar=somewhere).duration == hours(1)


class TestValue:
    def test_equal_promises_are_equal(self):
        named = {"priorities": [Priority.HIGH, Priority.LOW], "pause_on": []}

        one = resolution(hours(8), **named)
        other = resolution(minutes(480), **{**named, "priorities": iter(named["priorities"])})

        assert one == other
        assert hash(one) == hash(other)

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": TargetKind.UPDATE},
            {"duration": hours(9)},
            {"calendar": ALWAYS_OPEN},
            {"priorities": [Priority.HIGH]},
            {"pause_on": []},
            {"stop_at": StopAt.CLOSED},
        ],
    )
    def test_promises_that_differ_anywhere_are_not(self, change):
        assert attrs.evolve(resolution(hours(8)), **change) != resolution(hours(8))

    def test_eight_hours_are_not_one_business_day(self):
        assert resolution(BusinessDays(1)) != resolution(hours(8))

    @pytest.mark.parametrize("length", [hours(8), BusinessDays(2), pendulum.duration(hours=8)])
    def test_a_target_survives_a_pickle(self, length):
        target = resolution(length, priorities=[Priority.HIGH])
        target.allowance(t("mon 09:00"))

        thawed = pickle.loads(pickle.dumps(target))

        assert thawed == target
        assert thawed.allowance(t("sat 09:00")) == target.allowance(t("sat 09:00"))

    def test_a_target_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            resolution(hours(8)).duration = hours(9)

    def test_the_usual_kinds_are_constants(self):
        assert TargetKind("resolution") == TargetKind.RESOLUTION
        assert [str(kind) for kind in TargetKind.constants()] == [
            "response",
            "next_response",
            "update",
            "resolution",
            "fulfillment",
            "escalation",
            "access_provision",
            "access_revoke",
            "problem_resolution",
        ]


def test_the_week_of_these_tests_is_what_it_says():
    shown = {day: EVERY_DAY[t(f"{day} 12:00").weekday()] for day in EVERY_DAY}

    assert shown == {day: day for day in EVERY_DAY}
