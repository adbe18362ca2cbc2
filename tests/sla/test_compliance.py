"""
Compliance periods, service credits and penalties.
"""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import math
import pickle

from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import LONDON, MICROSECOND, hours, london, t
from examples_of_runs import tried
from itil_ops.errors import AgreementError, CalendarError
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods, PeriodLength
from itil_ops.sla.reports.credits import (
    CreditTier,
    EarnBack,
    Penalty,
    Rounding,
    ServiceCredits,
    total_due,
)


MONTH, QUARTER, YEAR = PeriodLength.MONTH, PeriodLength.QUARTER, PeriodLength.YEAR
FEE = Decimal(1000)
TIERS = (CreditTier(99.5, Decimal("0.05")), CreditTier(98, Decimal("0.10")))
EMAIL = ServiceCredits("email", TIERS)


def days(*texts):
    return CompliancePeriods(t(f"{text} 00:00") for text in texts)


def of_london(length, since, until, **options):
    return CompliancePeriods.of_calendar(
        length, "Europe/London", since=london(since), until=london(until), **options
    )


def shown(periods, zone=LONDON):
    return [f"{border.astimezone(zone):%Y-%m-%d %H:%M}" for border in periods.borders]


class TestAPeriod:
    def test_it_is_half_open(self):
        period = CompliancePeriod(t("mon 00:00"), t("tue 00:00"))

        assert period.covers(t("mon 00:00"))
        assert period.covers(t("tue 00:00") - MICROSECOND)
        assert not period.covers(t("tue 00:00"))
        assert not period.covers(t("mon 00:00") - MICROSECOND)

    def test_it_is_a_value_in_utc(self):
        period = CompliancePeriod(london("2024-07-01 00:00"), london("2024-08-01 00:00"))

        assert str(period) == "2024-06-30T23:00:00+00:00 to 2024-07-31T23:00:00+00:00"
        assert pickle.loads(pickle.dumps(period)) == period == copy.copy(period)
        assert hash(copy.copy(period)) == hash(period)

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            CompliancePeriod(t("mon 00:00"), t("tue 00:00")).end = t("wed 00:00")

    @pytest.mark.parametrize("end", ["mon 00:00", "sun 00:00"])
    def test_one_that_does_not_end_after_it_starts_is_refused(self, end):
        with pytest.raises(ValueError, match="must come after start"):
            CompliancePeriod(t("mon 00:00"), t(end))

    @pytest.mark.parametrize("name", ["start", "end"])
    def test_a_naive_instant_is_refused_by_name(self, name):
        period = {"start": t("mon 00:00"), "end": t("tue 00:00")} | {name: dt.datetime(2024, 3, 4)}

        with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
            CompliancePeriod(**period)


class TestGivenPeriods:
    def test_they_lie_between_their_borders(self):
        periods = days("mon", "tue", "thu")

        assert len(periods) == 2
        assert list(periods) == [
            CompliancePeriod(t("mon 00:00"), t("tue 00:00")),
            CompliancePeriod(t("tue 00:00"), t("thu 00:00")),
        ]

    @pytest.mark.parametrize(
        ("at", "found"),
        [
            (t("sun 23:59"), None),
            (t("mon 00:00"), 0),
            (t("tue 00:00") - MICROSECOND, 0),
            (t("tue 00:00"), 1),
            (t("thu 00:00") - MICROSECOND, 1),
            (t("thu 00:00"), None),
        ],
    )
    def test_an_instant_lies_in_one_at_most(self, at, found):
        periods = days("mon", "tue", "thu")

        assert periods.find(at) == (None if found is None else list(periods)[found])

    def test_those_that_have_begun_are_cut_at_the_present_instant(self):
        periods = days("mon", "tue", "thu")

        assert shown(periods.until(t("wed 12:00")))[1:] == ["2024-03-05 00:00", "2024-03-06 12:00"]
        assert periods.until(t("tue 00:00")) == days("mon", "tue")
        assert periods.until(t("thu 12:00")) == periods

    @pytest.mark.parametrize("at", ["mon 00:00", "sun 00:00"])
    def test_before_the_first_has_begun_there_is_none_to_cut(self, at):
        with pytest.raises(ValueError, match=r"no period has begun by 2024-03-0"):
            days("mon", "tue").until(t(at))

    def test_they_are_a_value(self):
        periods = days("mon", "tue")

        assert pickle.loads(pickle.dumps(periods)) == periods == copy.deepcopy(periods)
        assert hash(copy.copy(periods)) == hash(periods)

    @pytest.mark.parametrize(
        ("borders", "error", "message"),
        [
            ([], ValueError, "must be two or more"),
            ([t("mon 00:00")], ValueError, "must be two or more"),
            ([t("tue 00:00"), t("mon 00:00")], ValueError, "must ascend"),
            ([t("mon 00:00"), t("mon 00:00")], ValueError, "must ascend"),
            ([t("mon 00:00"), dt.datetime(2024, 3, 5)], ValueError, "naive"),
            ([t("mon 00:00"), dt.date(2024, 3, 5)], TypeError, "must be a datetime"),
            (t("mon 00:00"), TypeError, "borders must be several"),
        ],
    )
    def test_borders_that_make_no_sense_are_refused(self, borders, error, message):
        with pytest.raises(error, match=message):
            CompliancePeriods(borders)


class TestPeriodsOfTheCalendar:
    def test_months_begin_at_midnight_there(self):
        months = of_london(MONTH, "2024-02-29 12:00", "2024-04-30 00:00")

        assert shown(months) == [f"2024-0{n}-01 00:00" for n in (2, 3, 4, 5)]
        assert [each.end - each.start for each in months][1] == hours(31 * 24 - 1)

    @pytest.mark.parametrize(
        ("since", "until", "first", "last"),
        [
            ("2024-03-01 00:00", "2024-04-01 00:00", "2024-03-01 00:00", "2024-04-01 00:00"),
            ("2024-02-29 23:59", "2024-04-01 00:01", "2024-02-01 00:00", "2024-05-01 00:00"),
            ("2024-12-31 23:59", "2025-01-01 00:01", "2024-12-01 00:00", "2025-02-01 00:00"),
            ("2024-07-01 00:00", "2024-07-01 00:01", "2024-07-01 00:00", "2024-08-01 00:00"),
        ],
    )
    def test_only_those_with_a_part_in_it_are_taken(self, since, until, first, last):
        months = shown(of_london(MONTH, since, until))

        assert (months[0], months[-1]) == (first, last)

    @pytest.mark.parametrize(
        ("length", "first_month", "expected"),
        [
            (QUARTER, 1, ["2024-01-01", "2024-04-01", "2024-07-01"]),
            (QUARTER, 4, ["2024-01-01", "2024-04-01", "2024-07-01"]),
            (QUARTER, 2, ["2024-02-01", "2024-05-01"]),
            (QUARTER, 3, ["2023-12-01", "2024-03-01", "2024-06-01"]),
            (YEAR, 1, ["2024-01-01", "2025-01-01"]),
            (YEAR, 4, ["2023-04-01", "2024-04-01", "2025-04-01"]),
            (YEAR, 12, ["2023-12-01", "2024-12-01"]),
        ],
    )
    def test_a_year_and_its_quarters_may_begin_with_any_month(self, length, first_month, expected):
        found = of_london(length, "2024-02-15 00:00", "2024-04-20 00:00", first_month=first_month)

        assert shown(found) == [f"{day} 00:00" for day in expected]

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
    def test_months_are_those_of_a_zone_far_from_utc(self, zone):
        there = ZoneInfo(zone)
        since = dt.datetime(2024, 1, 1, tzinfo=there)

        found = CompliancePeriods.of_calendar(MONTH, zone, since=since, until=since + hours(1))

        assert shown(found, there) == ["2024-01-01 00:00", "2024-02-01 00:00"]

    def test_a_midnight_that_is_skipped_is_the_end_of_the_gap(self):
        # In Asuncion the clocks went from 00:00 to 01:00 on 1 October 2017.
        there = ZoneInfo("America/Asuncion")
        since = dt.datetime(2017, 10, 2, tzinfo=there)

        found = CompliancePeriods.of_calendar(MONTH, there, since=since, until=since + hours(1))

        assert shown(found, there) == ["2017-10-01 01:00", "2017-11-01 00:00"]

    @pytest.mark.parametrize(
        ("changed", "error", "message"),
        [
            ({"length": "month"}, TypeError, "length must be a PeriodLength"),
            ({"zone": "Europe/Londres"}, CalendarError, "no zone 'Europe/Londres'"),
            ({"until": t("mon 00:00")}, ValueError, "until .* must come after since"),
            ({"since": dt.datetime(2024, 3, 4)}, ValueError, "since must be an aware"),
            ({"first_month": 0}, ValueError, "a month from 1 to 12, not 0"),
            ({"first_month": 13}, ValueError, "a month from 1 to 12, not 13"),
            ({"first_month": "4"}, TypeError, "first_month must be an int"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, changed, error, message):
        arguments = {
            "length": MONTH,
            "zone": "Europe/London",
            "since": t("mon 00:00"),
            "until": t("tue 00:00"),
        } | changed

        with pytest.raises(error, match=message):
            CompliancePeriods.of_calendar(**arguments)

    @tried(80)
    @given(
        st.sampled_from(PeriodLength),
        st.sampled_from(["Europe/London", "Pacific/Apia", "America/Asuncion", "UTC"]),
        st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2050, 1, 1), timezones=st.just(UTC)),
        st.integers(1, 20_000),
        st.integers(1, 12),
    )
    def test_they_are_the_months_that_the_wall_shows(self, length, zone, since, span, first_month):
        there, until = ZoneInfo(zone), since + hours(span)

        found = CompliancePeriods.of_calendar(
            length, zone, since=since, until=until, first_month=first_month
        )

        step = {MONTH: 1, QUARTER: 3, YEAR: 12}[length]
        walls = [border.astimezone(there) for border in found.borders]
        assert found.borders[0] <= since < found.borders[1]
        assert found.borders[-2] < until <= found.borders[-1]
        assert {wall.day for wall in walls} == {1}
        assert {(wall.month - first_month) % step for wall in walls} == {0}
        numbers = [wall.year * 12 + wall.month for wall in walls]
        assert numbers == list(range(numbers[0], numbers[-1] + 1, step))
        just_before = [(border - MICROSECOND).astimezone(there) for border in found.borders]
        assert all(
            before.month != wall.month for before, wall in zip(just_before, walls, strict=True)
        )


class TestCredits:
    @pytest.mark.parametrize(
        ("percent", "amount"),
        [
            (100, "0.00"),
            (99.5, "0.00"),
            (99.49, "50.00"),
            (98, "50.00"),
            (Decimal("97.999"), "100.00"),
            (0.0, "100.00"),
            (None, "0.00"),
        ],
    )
    def test_the_lowest_tier_that_the_figure_is_below_applies(self, percent, amount):
        found = EMAIL.credit(percent, fee=FEE)

        assert found.amount == found.payable == Decimal(amount)
        assert str(found.amount) == amount

    @pytest.mark.parametrize(
        ("percent", "why"),
        [
            (None, "email: nothing was measured, so no credit"),
            (99.5, "email: 99.5 % is below no tier, so no credit"),
            (98.0, "email: 98 % is below 99.5 %, so 5 % of 1000: 50.00"),
            (97.25, "email: 97.25 % is below 98 %, so 10 % of 1000: 100.00"),
        ],
    )
    def test_it_explains_itself(self, percent, why):
        assert str(EMAIL.credit(percent, fee=FEE)) == why

    def test_it_names_its_period_and_its_tier(self):
        period = CompliancePeriod(t("mon 00:00"), t("tue 00:00"))

        found = EMAIL.credit(99, fee=FEE, period=period)

        assert (found.period, found.tier) == (period, TIERS[0])
        assert str(found).startswith(f"email from {period}: 99 % is")

    def test_a_cap_keeps_it_down_and_says_so(self):
        capped = ServiceCredits("email", TIERS, cap=Decimal("0.075"))

        low, lower = capped.credit(99, fee=FEE), capped.credit(90, fee=FEE)

        assert (low.amount, low.is_capped) == (50, False)
        assert (lower.amount, lower.is_capped) == (75, True)
        assert str(lower).endswith("so 10 % of 1000, capped at 7.5 %: 75.00")
        assert "capped" not in str(low)

    def test_a_cap_of_nothing_leaves_nothing(self):
        found = ServiceCredits("email", TIERS, cap=Decimal(0)).credit(90, fee=FEE)

        assert (found.amount, found.is_capped) == (0, True)
        assert str(found).endswith("capped at 0 %: 0.00")

    @pytest.mark.parametrize(
        ("rounding", "fee", "amount"),
        [
            (Rounding.HALF_EVEN, "0.50", "0.02"),
            (Rounding.HALF_UP, "0.50", "0.03"),
            (Rounding.DOWN, "0.59", "0.02"),
            (Rounding.UP, "0.41", "0.03"),
        ],
    )
    def test_an_amount_is_rounded_once_by_the_named_rule(self, rounding, fee, amount):
        found = ServiceCredits("email", TIERS, rounding=rounding).credit(99, fee=Decimal(fee))

        assert str(found.amount) == amount

    def test_it_may_be_rounded_to_any_unit(self):
        nickels = ServiceCredits("email", TIERS, unit=Decimal("0.05"))
        yen = ServiceCredits("email", TIERS, unit=Decimal(1))

        assert str(nickels.credit(99, fee=Decimal("2.60")).amount) == "0.15"
        assert str(yen.credit(99, fee=Decimal("2.60")).amount) == "0"

    def test_the_context_of_the_caller_makes_no_difference(self):
        fee = Decimal("123456789012345678901234567890.12")

        with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_UP)):
            found = EMAIL.credit(90, fee=fee)

        assert found.amount == Decimal("12345678901234567890123456789.01")

    def test_a_credit_may_exceed_the_fee_where_that_is_said(self):
        tiers = [CreditTier(90, Decimal("1.5"), may_exceed_fee=True)]

        assert ServiceCredits("email", tiers).credit(80, fee=FEE).amount == 1500

    def test_they_are_values(self):
        assert pickle.loads(pickle.dumps(EMAIL)) == EMAIL == copy.deepcopy(EMAIL)
        assert hash(copy.copy(EMAIL)) == hash(EMAIL)
        found = EMAIL.credit(99, fee=FEE)
        assert pickle.loads(pickle.dumps(found)) == found
        assert CreditTier(99.5, Decimal("0.05")) == CreditTier(Decimal("99.50"), Decimal("0.05"))

    @pytest.mark.parametrize(
        ("changed", "error", "message"),
        [
            ({"percent": 100.5}, ValueError, "percent must lie from 0 to 100"),
            ({"percent": Decimal(-1)}, ValueError, "percent must lie from 0 to 100"),
            ({"percent": math.nan}, ValueError, "percent must lie from 0 to 100"),
            ({"percent": Decimal("nan")}, ValueError, "percent must lie from 0 to 100"),
            ({"percent": "99"}, TypeError, "percent must be a number"),
            ({"fee": 1000.0}, TypeError, r"fee must be a Decimal, not 1000\.0"),
            ({"fee": Decimal(-1)}, ValueError, "fee must be a number, and not negative"),
            ({"fee": Decimal("nan")}, ValueError, "fee must be a number"),
            ({"fee": Decimal("inf")}, ValueError, "fee must be a number"),
            ({"period": "March"}, TypeError, "period must be a CompliancePeriod or None"),
        ],
    )
    def test_figures_that_make_no_sense_are_refused(self, changed, error, message):
        with pytest.raises(error, match=message):
            EMAIL.credit(**({"percent": 99, "fee": FEE} | changed))


class TestTiers:
    @pytest.mark.parametrize(
        ("below", "credit", "error", "message"),
        [
            (99.5, Decimal("-0.05"), ValueError, "credit must be a number, and not negative"),
            (99.5, Decimal("nan"), ValueError, "credit must be a number"),
            (99.5, 0.05, TypeError, r"credit must be a Decimal, not 0\.05"),
            (99.5, Decimal(5), AgreementError, "a credit of 5 is more than the fee"),
            (0, Decimal("0.05"), AgreementError, "below 0 % never applies"),
            (-1, Decimal("0.05"), ValueError, "a level must lie from 0 to 100"),
            (100.1, Decimal("0.05"), ValueError, "a level must lie from 0 to 100"),
            (True, Decimal("0.05"), TypeError, "a level must be a number"),
        ],
    )
    def test_a_tier_that_makes_no_sense_is_refused(self, below, credit, error, message):
        with pytest.raises(error, match=message):
            CreditTier(below, credit)

    def test_a_switch_that_is_no_bool_is_refused(self):
        with pytest.raises(TypeError, match="may_exceed_fee must be a bool"):
            CreditTier(99, Decimal(2), may_exceed_fee=1)

    @pytest.mark.parametrize(
        ("tiers", "message"),
        [
            ([], "have no tiers"),
            ([(98, "0.10"), (99.5, "0.05")], r"out of order: below 99.5 % comes after 98"),
            ([(98, "0.10"), (98.0, "0.20")], "overlap: both are below 98"),
            ([(99, "0.10"), (98, "0.10")], "must give more for less"),
            ([(99, "0.10"), (98, "0.05")], "must give more for less"),
        ],
    )
    def test_tiers_that_contradict_each_other_are_refused(self, tiers, message):
        with pytest.raises(AgreementError, match=message):
            ServiceCredits("email", [CreditTier(below, Decimal(share)) for below, share in tiers])

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"name": " "}, ValueError, "name must not be blank"),
            ({"tiers": ["99"]}, TypeError, "each of tiers must be a CreditTier"),
            ({"cap": Decimal(-1)}, ValueError, "cap must be a number, and not negative"),
            ({"cap": 0.5}, TypeError, "cap must be a Decimal"),
            ({"rounding": "ROUND_UP"}, TypeError, "rounding must be a Rounding"),
            ({"unit": Decimal(0)}, ValueError, "unit must be more than nothing"),
            ({"unit": Decimal(-1)}, ValueError, "unit must be a number, and not negative"),
            ({"earn_back": 99}, TypeError, "earn_back must be an EarnBack or None"),
        ],
    )
    def test_options_that_make_no_sense_are_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            ServiceCredits(**({"name": "email", "tiers": TIERS} | options))


class TestEarnBack:
    PERIODS = tuple(days("fri", "sat", "sun", "mon", "tue"))

    def earned(self, *figures, periods=1):
        scheme = ServiceCredits("email", TIERS, earn_back=EarnBack(99.9, periods))
        found = scheme.credits(zip(self.PERIODS, figures, strict=False), fee=FEE)
        return [each.is_earned_back for each in found]

    @pytest.mark.parametrize(
        ("figures", "periods", "earned"),
        [
            ([99, 99.9], 1, [True, False]),
            ([99, 99.8], 1, [False, False]),
            ([99, None], 1, [False, False]),
            ([99], 1, [False]),
            ([99, 100, 100, 99], 2, [True, False, False, False]),
            ([99, 100, 99, 100], 2, [False, False, False, False]),
            ([100, 100], 1, [False, False]),
            ([None, 100], 1, [False, False]),
        ],
    )
    def test_a_credit_is_earned_back_by_good_periods_right_after_it(self, figures, periods, earned):
        assert self.earned(*figures, periods=periods) == earned

    def test_what_is_earned_back_is_not_paid_and_says_so(self):
        scheme = ServiceCredits("email", TIERS, earn_back=EarnBack(99.9))

        first, second = scheme.credits([(self.PERIODS[0], 99), (self.PERIODS[1], 100)], fee=FEE)

        assert (first.amount, first.payable, second.payable) == (50, 0, 0)
        assert str(first).endswith("50.00, earned back since")

    def test_without_a_rule_nothing_is_earned_back(self):
        found = EMAIL.credits(zip(self.PERIODS, (99, 100), strict=False), fee=FEE)

        assert [each.payable for each in found] == [50, 0]

    def test_periods_out_of_order_are_refused(self):
        with pytest.raises(ValueError, match="periods are out of order"):
            EMAIL.credits([(self.PERIODS[1], 99), (self.PERIODS[0], 99)], fee=FEE)

    def test_what_is_no_period_is_refused(self):
        with pytest.raises(TypeError, match="period must be a CompliancePeriod"):
            EMAIL.credits([("March", 99)], fee=FEE)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((101, 1), ValueError, "a level must lie from 0 to 100"),
            ((99, 0), ValueError, "periods must be 1 or more"),
            ((99, 1.5), TypeError, "periods must be an int"),
        ],
    )
    def test_a_rule_that_makes_no_sense_is_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            EarnBack(*arguments)


class TestPenalties:
    CRITICAL = Penalty("critical", Decimal(500), free=1, cap=Decimal(1200))

    @pytest.mark.parametrize(
        ("breaches", "payable"), [(0, 0), (1, 0), (2, 500), (3, 1000), (4, 1200), (9, 1200)]
    )
    def test_each_breach_costs_past_the_free_ones_and_up_to_the_cap(self, breaches, payable):
        assert self.CRITICAL.due(breaches).payable == payable

    def test_without_a_cap_there_is_no_end(self):
        assert Penalty("any", Decimal("0.10")).due(100).payable == 10

    def test_it_explains_itself(self):
        period = CompliancePeriod(t("mon 00:00"), t("tue 00:00"))

        assert str(Penalty("any", Decimal(5)).due(2)) == (
            "any: 2 breached, 0 of them free, 5 for each of the rest: 10"
        )
        assert str(self.CRITICAL.due(4, period=period)) == (
            f"critical from {period}: 4 breached, 1 of them free,"
            " 500 for each of the rest, at most 1200: 1200"
        )

    def test_it_is_a_value(self):
        due = self.CRITICAL.due(3)

        assert pickle.loads(pickle.dumps(due)) == due == copy.deepcopy(due)
        assert hash(copy.copy(due)) == hash(due)

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"name": ""}, ValueError, "name must not be blank"),
            ({"amount": Decimal(-1)}, ValueError, "amount must be a number, and not negative"),
            ({"amount": 5.0}, TypeError, "amount must be a Decimal"),
            ({"free": -1}, ValueError, "free must be 0 or more"),
            ({"free": True}, TypeError, "free must be an int"),
            ({"cap": Decimal(-1)}, ValueError, "cap must be a number"),
        ],
    )
    def test_a_rule_that_makes_no_sense_is_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            Penalty(**({"name": "critical", "amount": Decimal(5)} | options))

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"breaches": -1}, ValueError, "breaches must be 0 or more"),
            ({"breaches": 1.0}, TypeError, "breaches must be an int"),
            ({"breaches": 1, "period": "March"}, TypeError, "period must be a CompliancePeriod"),
        ],
    )
    def test_breaches_that_make_no_sense_are_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            self.CRITICAL.due(**arguments)


class TestTheTotal:
    DUE = (EMAIL.credit(99, fee=FEE), Penalty("any", Decimal("0.30")).due(1))

    def test_credits_and_penalties_add_up_to_a_limit(self):
        assert total_due(()) == 0
        assert total_due(iter(self.DUE)) == Decimal("50.30")
        assert total_due(self.DUE, at_most=Decimal(40)) == 40
        assert total_due(self.DUE, at_most=Decimal(60)) == Decimal("50.30")

    def test_a_limit_that_is_negative_or_no_money_is_refused(self):
        with pytest.raises(ValueError, match="at_most must be a number, and not negative"):
            total_due(self.DUE, at_most=Decimal(-1))
        with pytest.raises(TypeError, match="at_most must be a Decimal"):
            total_due(self.DUE, at_most=40.0)
