"""
What all values are made of: texts, instants, amounts, numbers.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from hypothesis import strategies as st

from itil_ops.kernel.instant import DAY, MICROSECOND, SECOND, from_microseconds, microseconds
from itil_ops.kernel.term import Term


if TYPE_CHECKING:
    from decimal import Decimal

    from pendulum import DateTime


T = TypeVar("T", bound=Term)

_SURROGATES: tuple[Literal["Cs"]] = ("Cs",)

_TRICKY = (
    "Zoe\u0308",  # a letter and a combining mark
    "\U0001f525\U0001f469\u200d\U0001f692",  # an emoji of three code points, beyond 16 bits
    "\u05e9\u05dc\u05d5\u05dd \u202eabc",  # from right to left, and a mark that turns the order
    "She said \"no\", \\ and 'left'",
    "one\ntwo\r\nthree\ttabs",
    "100 % {braces} $1 ; DROP TABLE--",
    " spaces before and behind ",
    "\u2028\u2029\x7f\x01\ufeff",
    "\ufb01\ufdfa\u1e9b\u0323",  # changes its length by any normal form
)


def texts(max_size: int = 20) -> st.SearchStrategy[str]:
    """
    Return texts that every store can keep: any code points but NUL and surrogates, not blank.
    """
    characters = st.characters(exclude_characters="\0", exclude_categories=_SURROGATES)
    usual = st.sampled_from(["No mail", "email", "li", "messaging"])
    free = st.text(characters, min_size=1, max_size=max_size).filter(str.strip)
    return usual | st.sampled_from(_TRICKY) | free


_FIRST: Final = microseconds(dt.datetime(1, 1, 1, tzinfo=dt.UTC))
_LAST: Final = microseconds(dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC))
_MORNING: Final = microseconds(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


def instants() -> st.SearchStrategy[DateTime]:
    """
    Return instants of the years 1 to 9999 in UTC, to the microsecond; most are of one day.
    """
    same_day = st.integers(0, 24 * 60).map(lambda minutes: _MORNING + minutes * 60 * SECOND)
    counts = st.one_of(same_day, same_day.map(_beside), st.integers(_FIRST, _LAST))
    return counts.map(from_microseconds)


def past() -> st.SearchStrategy[DateTime]:
    """
    Return instants before all that incidents tell of.
    """
    return st.integers(_FIRST, _MORNING).map(from_microseconds)


def _beside(count: int) -> int:
    return count + 1


def ascending(count: int, *, within: int = 400) -> st.SearchStrategy[list[DateTime]]:
    """
    Return *count* instants in order, all different, not more than so many days apart.
    """
    gaps = st.lists(st.integers(1, within * DAY), min_size=count, max_size=count)
    return gaps.map(_added_up)


def _added_up(gaps: list[int]) -> list[DateTime]:
    return [from_microseconds(_MORNING + sum(gaps[: n + 1])) for n in range(len(gaps))]


def amounts(most: int = 400 * DAY) -> st.SearchStrategy[dt.timedelta]:
    """
    Return amounts of time in whole microseconds, none negative.
    """
    hours = st.integers(0, 100).map(lambda count: dt.timedelta(hours=count))
    return hours | st.integers(0, most).map(lambda count: count * MICROSECOND)


def decimals() -> st.SearchStrategy[Decimal]:
    """
    Return amounts of money and shares, none negative.
    """
    return st.decimals(0, 10**9, allow_nan=False, allow_infinity=False)


def dates() -> st.SearchStrategy[dt.date]:
    """
    Return the dates that calendars are laid out for.
    """
    return st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


def words(cls: type[T]) -> st.SearchStrategy[T]:
    """
    Return words of a vocabulary: its usual ones, and others that a caller may have added.
    """
    other = st.from_regex(r"[a-z0-9]{1,5}(_[a-z0-9]{1,3})?", fullmatch=True).map(cls)
    return st.sampled_from(cls.constants()) | other if cls.constants() else other


def hashables() -> st.SearchStrategy[Any]:
    """
    Return values that a condition may want of a field, and that may stand in any of sets.
    """
    return st.none() | st.booleans() | st.integers() | texts() | decimals() | instants()
