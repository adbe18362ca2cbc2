"""
The years an adapter is asked for; they are always named, for nothing here knows what year it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.timeline import FIRST_YEAR, LAST_YEAR


def read_years(written: int | Iterable[int]) -> tuple[int, ...]:
    """
    Return the years in order, each once.

    Raises:
        TypeError: Something is no `int`.

        ValueError: There are none.

        CalendarError: A year is not among those that calendars are laid out for.

    >>> read_years(range(2026, 2029))
    (2026, 2027, 2028)
    """
    years = tuple(sorted(set(map(_year, _several(written)))))
    if not years:
        raise ValueError("years must name at least one, like 2026 or range(2026, 2029)")
    return years


def _several(written: object) -> Iterable[object]:
    return written if isinstance(written, Iterable) and not isinstance(written, str) else (written,)


def _year(written: object) -> int:
    if not isinstance(written, int) or isinstance(written, bool):
        raise TypeError(f"each of years must be an int, not {written!r}")
    if not FIRST_YEAR <= written <= LAST_YEAR:
        raise CalendarError(f"{written} of years is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return written
