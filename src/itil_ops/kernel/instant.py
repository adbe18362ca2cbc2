"""
Instants: any aware datetime in, a `pendulum.DateTime` in UTC out, whole microseconds between.

In a zone with a repeated hour Python compares aware instants of that one zone by wall time, and an
instant of that hour never equals another zone's. In UTC both are well defined, so nothing else
is kept.
"""

from __future__ import annotations

import datetime as dt

from pendulum import UTC, DateTime, Duration, Interval


SECOND = 1_000_000
DAY = 86_400 * SECOND

MICROSECOND = dt.timedelta(microseconds=1)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UTC_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)

# What pendulum makes of these operators is ten times slower, or unknown to it.
_plus, _minus = dt.datetime.__add__, dt.datetime.__sub__
_divided = dt.timedelta.__floordiv__


def utc(value: dt.datetime, name: str = "at") -> DateTime:
    """
    Return the instant *value* in UTC.

    Args:
        value: An aware datetime of any kind: stdlib, zoneinfo, pendulum.

        name: Name of the argument, for the message.

    Raises:
        TypeError: *value* is no datetime.

        ValueError: It is naive, or its UTC instant lies outside the years 1 to 9999.

    >>> import datetime as dt
    >>> utc(dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=1)))).isoformat()
    '2026-03-02T08:00:00+00:00'
    >>> utc(dt.datetime(2026, 3, 2, 9))
    Traceback (most recent call last):
    ...
    ValueError: at must be an aware datetime, not the naive 2026-03-02T09:00:00
    """
    if type(value) is DateTime and value.tzinfo is UTC:
        return value
    return from_microseconds(microseconds(value, name))


def optional_utc(value: dt.datetime | None, name: str) -> DateTime | None:
    """
    Return `utc` of *value*, or `None` where there is none.
    """
    return None if value is None else utc(value, name)


def microseconds(value: dt.datetime, name: str = "at") -> int:
    """
    Return the whole microseconds from 1970-01-01T00:00Z to the aware *value*.

    Raises:
        TypeError: *value* is no datetime.

        ValueError: It is naive.
    """
    try:
        # Two instants of one zone object are a plain difference, which asks no zone for an offset.
        since = _minus(value, _UTC_EPOCH if value.tzinfo is UTC else _EPOCH)
    except (AttributeError, TypeError):
        raise _refusal(value, name) from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def from_microseconds(count: int) -> DateTime:
    """
    Return the instant that lies *count* microseconds after 1970-01-01T00:00Z.

    Raises:
        ValueError: It lies outside the years 1 to 9999.
    """
    try:
        return _plus(_UTC_EPOCH, count * MICROSECOND)
    except OverflowError:
        raise ValueError("an instant outside the years 1 to 9999") from None


def just_before(at: dt.datetime) -> DateTime:
    """
    Return the last instant before *at*.

    Raises:
        ValueError: There is none.
    """
    return from_microseconds(microseconds(at) - 1)


def length(amount: dt.timedelta, name: str = "amount") -> int:
    """
    Return the whole microseconds of *amount*.

    Raises:
        TypeError: *amount* is no timedelta.

        ValueError: It is a pendulum duration of months or years, whose length varies.
    """
    if type(amount) is not dt.timedelta:
        _check_exact(amount, name)
    return _divided(amount, MICROSECOND)


def _refusal(value: object, name: str) -> Exception:
    if not isinstance(value, dt.datetime):
        return TypeError(f"{name} must be an aware datetime, not {value!r}")
    if value.tzinfo is not None:
        value.utcoffset()  # a zone that fails says so itself
    return ValueError(f"{name} must be an aware datetime, not the naive {value.isoformat()}")


def _check_exact(amount: object, name: str) -> None:
    if not isinstance(amount, dt.timedelta):
        raise TypeError(f"{name} must be a timedelta, not {amount!r}")
    if _is_vague(amount):
        raise ValueError(f"{name} must not have months or years, which vary: {amount!r}")


def _is_vague(amount: dt.timedelta) -> bool:
    # The months of an interval are those between its two ends, and its length is exact.
    if not isinstance(amount, Duration) or isinstance(amount, Interval):
        return False
    return bool(amount.years or amount.months)


def between(start: DateTime | None, end: DateTime | None) -> dt.timedelta | None:
    """
    Return the exact time from *start* to *end*; `None` where nobody knows one of them.
    """
    if start is None or end is None:
        return None
    return dt.timedelta(microseconds=microseconds(end) - microseconds(start))


def effective(at: dt.datetime, effective_at: dt.datetime | None) -> DateTime:
    """
    Return when a step is so: *effective_at*, or *at*, when it is recorded.
    """
    return utc(at) if effective_at is None else utc(effective_at, "effective_at")
