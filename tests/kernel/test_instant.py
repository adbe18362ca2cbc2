"""
Instants in and out, whole microseconds between.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pendulum
import pytest

from hypothesis import given
from hypothesis import strategies as st

from itil_ops.kernel.instant import (
    DAY,
    SECOND,
    between,
    effective,
    from_microseconds,
    length,
    microseconds,
    optional_utc,
    utc,
)


EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NEW_YEAR = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Unsure(dt.tzinfo):
    """
    A zone that does not know.
    """

    def utcoffset(self, when):
        return None


AWARE = [
    NEW_YEAR,
    NEW_YEAR.astimezone(dt.timezone(dt.timedelta(hours=-3, minutes=-30))),
    NEW_YEAR.astimezone(dt.timezone(dt.timedelta(seconds=1, microseconds=7))),
    NEW_YEAR.astimezone(zoneinfo.ZoneInfo("Asia/Kathmandu")),
    NEW_YEAR.astimezone(zoneinfo.ZoneInfo("UTC")),
    pendulum.instance(NEW_YEAR),
    pendulum.instance(NEW_YEAR).in_timezone("America/St_Johns"),
    pendulum.instance(NEW_YEAR).in_timezone("UTC"),
]


@pytest.mark.parametrize("value", AWARE, ids=repr)
def test_any_aware_datetime_becomes_a_pendulum_instant_in_utc(value):
    at = utc(value)

    assert type(at) is pendulum.DateTime
    assert at.tzinfo is pendulum.UTC
    assert at.isoformat() == "2026-01-01T12:00:00+00:00"
    assert microseconds(value) == microseconds(at) == 1_767_268_800 * SECOND


def test_what_is_in_utc_already_is_handed_back():
    at = utc(NEW_YEAR)

    assert utc(at) is at


@pytest.mark.parametrize("fold", [0, 1])
def test_the_repeated_hour_is_two_hours(fold):
    local = dt.datetime(2026, 10, 25, 1, 30, fold=fold, tzinfo=zoneinfo.ZoneInfo("Europe/London"))

    assert utc(local).hour == fold
    assert utc(local).fold == 0


def test_a_local_time_that_was_skipped_counts_with_the_offset_before_the_gap():
    skipped = dt.datetime(2026, 3, 29, 1, 30, tzinfo=zoneinfo.ZoneInfo("Europe/London"))

    assert utc(skipped).isoformat() == "2026-03-29T01:30:00+00:00"


@given(st.datetimes(timezones=st.timezones()), st.timezones())
def test_instants_agree_with_the_standard_library(value, zone):
    try:
        expected = value.astimezone(dt.UTC)
    except OverflowError:
        with pytest.raises(ValueError, match="outside the years"):
            utc(value)
        return

    at = utc(value)

    assert (at, at.isoformat()) == (expected, expected.isoformat())
    assert microseconds(value) == (expected - EPOCH) // dt.timedelta(microseconds=1)
    assert from_microseconds(microseconds(value)) == at


@pytest.mark.parametrize(
    "value", [dt.datetime(2026, 1, 1), pendulum.naive(2026, 1, 1), pendulum.DateTime(2026, 1, 1)]
)
def test_a_naive_datetime_is_refused(value):
    for convert in (utc, microseconds, optional_utc):
        with pytest.raises(ValueError) as caught:
            convert(value, "since")

        assert str(caught.value) == (
            "since must be an aware datetime, not the naive 2026-01-01T00:00:00"
        )


def test_a_zone_that_does_not_know_its_offset_is_naive():
    with pytest.raises(ValueError, match="at must be an aware datetime, not the naive"):
        utc(dt.datetime(2026, 1, 1, tzinfo=Unsure()))


def test_what_a_zone_raises_is_raised():
    class Broken(dt.tzinfo):
        def utcoffset(self, when):
            raise TypeError("no such zone")

    with pytest.raises(TypeError, match="no such zone"):
        microseconds(dt.datetime(2026, 1, 1, tzinfo=Broken()))


@pytest.mark.parametrize("value", [None, 5, "2026-01-01", dt.date(2026, 1, 1), dt.time(9)])
def test_what_is_no_datetime_is_refused(value):
    for convert in (utc, microseconds):
        with pytest.raises(TypeError) as caught:
            convert(value, "since")

        assert str(caught.value) == f"since must be an aware datetime, not {value!r}"


def test_no_instant_stays_none():
    assert optional_utc(None, "since") is None
    assert optional_utc(NEW_YEAR, "since") == NEW_YEAR


def test_a_step_is_so_when_it_is_recorded_unless_it_is_said():
    earlier = NEW_YEAR - dt.timedelta(hours=1)

    assert effective(NEW_YEAR, None) == NEW_YEAR
    assert effective(NEW_YEAR, earlier) == earlier


def test_the_ends_of_time_are_instants():
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    last = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)

    assert from_microseconds(microseconds(first)) == first
    assert from_microseconds(microseconds(last)) == last


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime(9999, 12, 31, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-1))),
    ],
)
def test_an_instant_beyond_the_ends_of_time_is_refused(value):
    with pytest.raises(ValueError, match="an instant outside the years 1 to 9999"):
        utc(value)


@pytest.mark.parametrize("count", [10**18, -(10**18), 10**40])
def test_a_count_beyond_the_ends_of_time_is_refused(count):
    with pytest.raises(ValueError, match="an instant outside the years 1 to 9999"):
        from_microseconds(count)


# ---- Amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "count"),
    [
        (dt.timedelta(), 0),
        (dt.timedelta(hours=8), 8 * 3600 * SECOND),
        (dt.timedelta(microseconds=-1), -1),
        (pendulum.duration(hours=30), 30 * 3600 * SECOND),
        (pendulum.duration(hours=-5), -5 * 3600 * SECOND),
        (pendulum.duration(weeks=1, days=1), 8 * DAY),
        (pendulum.datetime(2026, 3, 1) - pendulum.datetime(2026, 1, 1), 59 * DAY),
        (dt.timedelta.max, (DAY * 10**9) - 1),
    ],
)
def test_an_amount_is_whole_microseconds(amount, count):
    assert length(amount) == count


@pytest.mark.parametrize(
    "amount",
    [pendulum.duration(months=1), pendulum.duration(years=1), pendulum.duration(months=-1)],
)
def test_an_amount_whose_length_varies_is_refused(amount):
    with pytest.raises(ValueError, match="window must not have months or years, which vary"):
        length(amount, "window")


@pytest.mark.parametrize("amount", [None, 8, "8h", 8.0])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(TypeError) as caught:
        length(amount, "window")

    assert str(caught.value) == f"window must be a timedelta, not {amount!r}"


# ---- Between ------------------------------------------------------------------------------------

DAWN = utc(pendulum.datetime(2026, 3, 2, 6, tz="Europe/Paris"))


def test_the_time_between_two_instants_is_exact():
    later = utc(pendulum.datetime(2026, 3, 3, 6, 0, 0, 1, tz="Asia/Tokyo"))
    assert between(DAWN, later) == dt.timedelta(hours=16, microseconds=1)


@pytest.mark.parametrize(
    ("start", "end"), [(None, None), (DAWN, None), (None, DAWN)], ids=["none", "end", "start"]
)
def test_no_time_lies_between_where_an_end_is_unknown(start, end):
    assert between(start, end) is None
