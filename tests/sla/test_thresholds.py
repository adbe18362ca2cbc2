"""
Thresholds as values: where they lie, in which order, and who hears of them.
"""

from __future__ import annotations

import copy
import pickle

from datetime import timedelta

import pendulum
import pytest

from clock_doubles import OFFICE, hours, minutes, resolution
from itil_ops.errors import AgreementError
from itil_ops.kernel.instant import length
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.target import Target, TargetKind
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold


ONE_OF_EACH = (
    Threshold(percent=75, notify=["group_lead"], level=1),
    Threshold(before=minutes(30), name="soon"),
    Threshold(after=hours(1)),
    AT_ONCE,
)


class TestThreshold:
    @pytest.mark.parametrize(
        ("threshold", "limit"),
        [
            (Threshold(percent=0), 0),
            (Threshold(percent=50), 2),
            (Threshold(percent=12.5), 0.5),
            (Threshold(percent=100), 4),
            (Threshold(percent=150), 6),
            (Threshold(before=hours(1)), 3),
            (Threshold(before=hours(0)), 4),
            (Threshold(before=hours(9)), 0),
            (Threshold(after=hours(0)), 4),
            (Threshold(after=hours(1)), 5),
        ],
    )
    def test_the_limit_of_four_hours(self, threshold, limit):
        assert threshold.limit(length(hours(4))) == length(hours(limit))

    @pytest.mark.parametrize(("percent", "limit"), [(50, 1), (49, 0), (25, 0), (75, 1), (100, 1)])
    def test_a_share_is_rounded_to_the_nearest_microsecond(self, percent, limit):
        assert Threshold(percent=percent).limit(1) == limit

    def test_all_of_a_long_time_is_exactly_that_time(self):
        century = length(timedelta(days=36_525)) + 1

        assert Threshold(percent=100.0).limit(century * 3) == century * 3

    @pytest.mark.parametrize(
        ("threshold", "is_late"),
        [
            (Threshold(percent=99.9), False),
            (Threshold(percent=100), True),
            (Threshold(percent=101), True),
            (Threshold(before=hours(0)), False),
            (Threshold(after=hours(0)), True),
        ],
    )
    def test_what_is_passed_only_when_the_target_is_missed(self, threshold, is_late):
        assert threshold.is_late is is_late

    @pytest.mark.parametrize(
        ("threshold", "text"),
        [
            (Threshold(percent=75), "75 %"),
            (Threshold(percent=12.5), "12.5 %"),
            (Threshold(before=minutes(30)), "0:30:00 before"),
            (Threshold(after=hours(1)), "1:00:00 after"),
            (Threshold(percent=75, name="soon"), "soon"),
        ],
    )
    def test_its_text(self, threshold, text):
        assert str(threshold) == text

    @pytest.mark.parametrize("threshold", ONE_OF_EACH, ids=str)
    def test_it_is_a_value(self, threshold):
        pasted = eval(repr(threshold), {"Threshold": Threshold, "datetime": __import__("datetime")})
        twins = [pasted, copy.copy(threshold), pickle.loads(pickle.dumps(threshold))]

        assert twins == [threshold] * 3
        assert {hash(twin) for twin in twins} == {hash(threshold)}

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"percent": 50, "before": hours(1)},
            {"percent": 50, "after": hours(1)},
            {"before": hours(1), "after": hours(1)},
            {"percent": -1},
            {"percent": float("nan")},
            {"percent": float("inf")},
            {"before": -hours(1)},
            {"after": -hours(1)},
            {"percent": 50, "level": -1},
        ],
    )
    def test_what_has_no_place_is_refused(self, given):
        with pytest.raises(AgreementError, match=r"threshold|percent|level"):
            Threshold(**given)

    @pytest.mark.parametrize(
        "given",
        [
            {"percent": "50"},
            {"percent": True},
            {"before": 3600},
            {"percent": 50, "notify": "lead"},
            {"percent": 50, "notify": [1]},
            {"percent": 50, "level": "1"},
            {"percent": 50, "name": 1},
        ],
    )
    def test_what_is_of_another_type_is_refused(self, given):
        with pytest.raises(TypeError):
            Threshold(**given)

    def test_an_offset_of_months_is_refused(self):
        with pytest.raises(ValueError, match="months"):
            Threshold(before=pendulum.duration(months=1))


class TestOrder:
    @pytest.mark.parametrize(
        "thresholds",
        [
            [Threshold(percent=75), Threshold(percent=50)],
            [Threshold(percent=50), Threshold(percent=50)],
            [Threshold(before=hours(1)), Threshold(before=hours(2))],
            [Threshold(after=hours(2)), Threshold(after=hours(1))],
            [Threshold(percent=90), Threshold(before=hours(1))],
        ],
        ids=str,
    )
    def test_thresholds_out_of_order_are_refused(self, thresholds):
        with pytest.raises(AgreementError, match="out of order"):
            resolution(hours(4), thresholds=thresholds)

    @pytest.mark.parametrize(
        "thresholds",
        [
            [Threshold(percent=75), Threshold(percent=50)],
            [Threshold(before=hours(1)), Threshold(before=hours(2))],
            [Threshold(percent=100), Threshold(before=hours(1))],
        ],
        ids=str,
    )
    def test_those_of_business_days_are_compared_with_their_like(self, thresholds):
        with pytest.raises(AgreementError, match="out of order"):
            resolution(BusinessDays(2), thresholds=thresholds)

    def test_how_shares_and_offsets_of_business_days_compare_is_left_open(self):
        thresholds = (Threshold(percent=90), Threshold(before=hours(8)), Threshold(percent=100))

        assert resolution(BusinessDays(2), thresholds=thresholds).thresholds == thresholds

    def test_two_that_fall_on_one_instant_may_stand_side_by_side(self):
        thresholds = (Threshold(percent=75), Threshold(before=hours(1)))

        assert resolution(hours(4), thresholds=thresholds).thresholds == thresholds

    @pytest.mark.parametrize("thresholds", [50, [50], Threshold(percent=50), "50 %"])
    def test_what_is_no_threshold_is_refused(self, thresholds):
        with pytest.raises(TypeError, match="thresholds"):
            resolution(hours(4), thresholds=thresholds)


class TestEscalation:
    def test_the_steps_of_itil(self):
        steps = [(one.percent, one.notify, one.level) for one in ITIL_ESCALATION]

        assert steps == [
            (50, ("assignee",), 0),
            (75, ("group_lead",), 1),
            (90, ("incident_manager",), 2),
            (100, ("service_level_manager",), 3),
        ]

    def test_the_highest_priority_is_told_upwards_at_once(self):
        target = Target(
            TargetKind.RESOLUTION,
            hours(4),
            calendar=OFFICE,
            thresholds=(AT_ONCE, *ITIL_ESCALATION),
        )

        assert (AT_ONCE.limit(length(hours(4))), AT_ONCE.level) == (0, 1)
        assert len(target.thresholds) == 5
