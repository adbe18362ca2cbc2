"""
Maintenance windows: what they concern, what they change, and lists that make no sense.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import attrs
import pytest

from clock_doubles import LONDON, MICROSECOND, hours, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId
from itil_ops.kernel.instant import microseconds
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow


SERVER, ROUTER = ConfigurationItemId("srv-1"), ConfigurationItemId("rtr-1")


def window(start="mon 08:00", end="mon 10:00", **options):
    return MaintenanceWindow(t(start), t(end), **options)


def schedule(*windows):
    return MaintenanceSchedule(windows)


def pairs(*texts):
    return [
        (microseconds(t(start)), microseconds(t(end)))
        for start, end in (text.split(" - ") for text in texts)
    ]


class TestAWindow:
    def test_it_is_half_open(self):
        found = [window().covers(at) for at in (t("mon 08:00"), t("mon 10:00") - MICROSECOND)]

        assert found == [True, True]
        assert not window().covers(t("mon 10:00"))
        assert not window().covers(t("mon 08:00") - MICROSECOND)

    @pytest.mark.parametrize(
        ("named", "asked", "concerns"),
        [
            ({}, {}, True),
            ({}, {"service": "email"}, True),
            ({}, {"configuration_item": SERVER}, True),
            ({"services": ["email"]}, {}, True),
            ({"services": ["email"]}, {"service": "email"}, True),
            ({"services": ["email"]}, {"service": "payroll"}, False),
            ({"services": ["email"]}, {"configuration_item": SERVER}, False),
            ({"configuration_items": [SERVER]}, {"configuration_item": SERVER}, True),
            ({"configuration_items": [SERVER]}, {"configuration_item": ROUTER}, False),
            ({"configuration_items": [SERVER]}, {"service": "email"}, False),
            (
                {"services": ["email"], "configuration_items": [SERVER]},
                {"service": "payroll", "configuration_item": SERVER},
                True,
            ),
        ],
    )
    def test_it_concerns_what_it_names_or_else_everything(self, named, asked, concerns):
        assert window(**named).concerns(**asked) is concerns
        assert window(**named).covers(t("mon 09:00"), **asked) is concerns

    @pytest.mark.parametrize(
        ("start", "end", "meets"),
        [
            ("mon 07:00", "mon 08:00", False),
            ("mon 07:00", "mon 08:01", True),
            ("mon 09:00", "mon 09:01", True),
            ("mon 10:00", "mon 11:00", False),
        ],
    )
    def test_windows_that_only_touch_do_not_meet(self, start, end, meets):
        assert window().meets(window(start, end)) is meets
        assert window(start, end).meets(window()) is meets

    def test_by_default_clocks_run_on_and_all_other_effects_are_there(self):
        assert window().agreed
        assert window().suppresses_events
        assert window().flags_incidents
        assert not window().pauses_clocks

    def test_its_ends_are_kept_in_utc(self):
        summer = dt.datetime(2024, 7, 1, 9, tzinfo=LONDON)

        found = MaintenanceWindow(summer, summer + hours(1))

        assert found.start.isoformat() == "2024-07-01T08:00:00+00:00"
        assert found.pair == (microseconds(summer), microseconds(summer + hours(1)))

    def test_equal_windows_are_equal_in_any_order_of_names_and_survive_a_pickle(self):
        one = window(services=["b", "a"], configuration_items=[SERVER, ROUTER])
        other = window(services=iter(["a", "b"]), configuration_items=[ROUTER, SERVER, SERVER])

        assert one == other == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
        assert hash(one) == hash(other)
        assert one != window(services=["a", "b"])

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            window().agreed = False

    @pytest.mark.parametrize("end", ["mon 08:00", "mon 07:59"])
    def test_one_that_does_not_end_after_it_begins_is_refused(self, end):
        with pytest.raises(AgreementError, match="does not end after it begins"):
            window(end=end)

    @pytest.mark.parametrize(
        ("start", "end", "name"),
        [
            (dt.datetime(2024, 3, 4, 8), t("mon 10:00"), "start"),
            (t("mon 08:00"), dt.datetime(2024, 3, 4, 10), "end"),
        ],
    )
    def test_naive_ends_are_refused(self, start, end, name):
        with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
            MaintenanceWindow(start, end)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"services": "email"}, "services must be several names"),
            ({"services": [7]}, "each of services must be a str"),
            ({"configuration_items": ["srv-1"]}, "must be a ConfigurationItemId"),
            ({"change": "RFC-1"}, "change must be a ChangeId or None"),
            ({"agreed": 1}, "agreed must be a bool"),
            ({"suppresses_events": None}, "suppresses_events must be a bool"),
            ({"flags_incidents": "yes"}, "flags_incidents must be a bool"),
            ({"pauses_clocks": 0}, "pauses_clocks must be a bool"),
        ],
    )
    def test_attributes_of_another_type_are_refused(self, options, message):
        with pytest.raises(TypeError, match=message):
            window(**options)

    def test_a_blank_service_is_refused(self):
        with pytest.raises(ValueError, match="must not be blank"):
            window(services=[" "])

    def test_it_names_the_change_that_it_is_for(self):
        assert window(change=ChangeId("RFC-1")).change == ChangeId("RFC-1")


class TestASchedule:
    def test_it_is_a_value(self):
        one = schedule(window(), window("tue 08:00", "tue 09:00"))

        assert list(one) == [window(), window("tue 08:00", "tue 09:00")]
        assert len(one) == 2
        assert one == MaintenanceSchedule(one) == pickle.loads(pickle.dumps(one))
        assert hash(one) == hash(MaintenanceSchedule(iter(one)))

    def test_windows_out_of_order_are_refused_by_name(self):
        with pytest.raises(AgreementError, match=r"2024-03-04T08.* stands behind .*03-05T08"):
            schedule(window("tue 08:00", "tue 09:00"), window())

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({}, {}),
            ({"services": ["email"]}, {}),
            ({}, {"configuration_items": [SERVER]}),
            ({"services": ["email", "web"]}, {"services": ["web"]}),
            (
                {"services": ["email"], "configuration_items": [SERVER]},
                {"services": ["web"], "configuration_items": [SERVER]},
            ),
        ],
    )
    def test_windows_that_overlap_for_one_service_are_refused_by_name(self, one, other):
        with pytest.raises(AgreementError, match=r"03-04T08:00.* and .*03-04T09:59.* overlap"):
            schedule(window(**one), window("mon 09:59", "mon 11:00", **other))

    def test_one_that_lasts_past_its_follower_still_meets_the_next_but_one(self):
        long = window("mon 08:00", "mon 12:00", services=["email"])
        short = window("mon 09:00", "mon 09:30", services=["web"])

        with pytest.raises(AgreementError, match=r"03-04T08:00.* and .*03-04T10:00.* overlap"):
            schedule(long, short, window("mon 10:00", "mon 11:00", services=["email"]))

    def test_windows_may_touch_and_those_of_different_services_may_overlap(self):
        found = schedule(
            window(services=["email"]),
            window("mon 08:00", "mon 11:00", services=["web"]),
            window("mon 10:00", "mon 11:00", services=["email"]),
        )

        assert len(found) == 3

    def test_what_is_no_window_is_refused(self):
        with pytest.raises(TypeError, match="each of windows must be a MaintenanceWindow"):
            MaintenanceSchedule([t("mon 08:00")])

    def test_it_tells_which_windows_cover_an_instant(self):
        email = window(services=["email"])
        both = schedule(email, window("mon 09:00", "mon 11:00", services=["web"]))

        assert both.covering(t("mon 09:30")) == both.windows
        assert both.covering(t("mon 09:30"), service="email") == (email,)
        assert both.covering(t("mon 09:30"), configuration_item=SERVER) == ()
        assert both.covering(t("mon 10:00"), service="email") == ()

    def test_agreed_spans_are_those_of_the_service_and_merged(self):
        found = schedule(
            window(services=["email"]),
            window("mon 10:00", "mon 11:00", services=["email"]),
            window("tue 08:00", "tue 09:00", services=["email"], agreed=False),
            window("wed 08:00", "wed 09:00"),
            window("thu 08:00", "thu 09:00", services=["web"]),
        )

        email = pairs("mon 08:00 - mon 11:00", "wed 08:00 - wed 09:00")
        assert found.agreed_spans("email") == email
        assert found.agreed_spans() == [*email, *pairs("thu 08:00 - thu 09:00")]

    def test_only_windows_that_say_so_pause_clocks(self):
        found = schedule(
            window(services=["email"], pauses_clocks=True),
            window("tue 08:00", "tue 09:00"),
            window("wed 08:00", "wed 09:00", services=["web"], pauses_clocks=True),
        )

        email = pairs("mon 08:00 - mon 10:00")
        assert found.pause_spans("email") == email
        assert found.pause_spans() == [*email, *pairs("wed 08:00 - wed 09:00")]

    @pytest.mark.parametrize("spans", ["agreed_spans", "pause_spans"])
    def test_a_service_that_is_no_text_is_refused(self, spans):
        with pytest.raises(TypeError, match="service must be a str"):
            getattr(schedule(), spans)(7)

    def test_an_event_is_held_back_until_windows_that_follow_on_each_other_end(self):
        found = schedule(
            window(),
            window("mon 10:00", "mon 11:00", services=["email"]),
            window("mon 11:00", "mon 12:00", services=["email"], suppresses_events=False),
        )

        assert found.suppressed_until(t("mon 08:00"), service="email") == t("mon 11:00")
        assert found.suppressed_until(t("mon 08:00"), service="web") == t("mon 10:00")
        assert found.suppressed_until(t("mon 08:00"), configuration_item=SERVER) == t("mon 10:00")

    @pytest.mark.parametrize("at", ["mon 07:59", "mon 11:00", "mon 11:30"])
    def test_an_event_outside_of_them_is_told_at_once(self, at):
        found = schedule(
            window("mon 08:00", "mon 11:00"),
            window("mon 11:00", "mon 12:00", suppresses_events=False),
        )

        assert found.suppressed_until(t(at)) is None

    def test_a_naive_instant_is_refused(self):
        naive = dt.datetime(2024, 3, 4, 8) + minutes(1)

        with pytest.raises(ValueError, match="naive"):
            schedule(window()).covering(naive)
        with pytest.raises(ValueError, match="naive"):
            schedule(window()).suppressed_until(naive)
