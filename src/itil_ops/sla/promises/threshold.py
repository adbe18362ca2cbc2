"""
What is told on the way to a target, and after it.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_names, check_optional_text, check_type, several
from itil_ops.kernel.instant import length


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.sla.hours.duration import Duration


def _notify(values: Iterable[str]) -> tuple[str, ...]:
    return check_names(values, "notify")


@attrs.frozen(kw_only=True, repr=False)
class Threshold:
    """
    A share of a target, or an offset from it in working time, that is told as it is passed.

    >>> from datetime import timedelta
    >>> Threshold(percent=75, notify=["group_lead"], level=1)
    Threshold(percent=75, notify=('group_lead',), level=1)
    >>> print(Threshold(before=timedelta(hours=1)))
    1:00:00 before

    Attributes:
        percent: The share of the target that has elapsed.

        before: How much working time before the target is used up.

        after: How much working time after it.

        name: What it is called, if not by its place.

        notify: Who should hear of it.

        level: The level of hierarchic escalation, 0 for none.

    Raises:
        TypeError: An attribute is of another type.

        AgreementError: Not exactly one of *percent*, *before* and *after* is given, or it is
            negative.
    """

    percent: float | None = None
    before: timedelta | None = None
    after: timedelta | None = None
    name: str | None = None
    notify: tuple[str, ...] = attrs.field(default=(), converter=_notify)
    level: int = 0

    def __attrs_post_init__(self) -> None:
        given = [one for one in (self.percent, self.before, self.after) if one is not None]
        if len(given) != 1:
            raise AgreementError("a threshold has one place: percent, before or after")
        if self.percent is not None:
            _check_percent(self.percent)
        for offset in (self.before, self.after):
            if offset is not None and length(offset, "a threshold's offset") < 0:
                raise AgreementError(f"a threshold's offset must not be negative: {offset!r}")
        check_optional_text(self.name, "name")
        if check_type(self.level, int, "level") < 0:
            raise AgreementError(f"level must not be negative, not {self.level}")

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.percent is not None:
            return f"{self.percent:g} %"
        return f"{self.before} before" if self.before is not None else f"{self.after} after"

    def __repr__(self) -> str:
        told = ((field, getattr(self, field.name)) for field in attrs.fields(Threshold))
        given = (f"{field.name}={value!r}" for field, value in told if value != field.default)
        return f"Threshold({', '.join(given)})"

    def limit(self, allowance: int) -> int:
        """
        Return the elapsed time at which it is passed, for a target of *allowance* microseconds.

        A warning before the beginning is given at the beginning.
        """
        if self.percent is not None:
            return _share(allowance, self.percent)
        if self.before is not None:
            return max(0, allowance - length(self.before))
        return allowance + length(self.after or timedelta())

    @property
    def is_late(self) -> bool:
        """
        Whether it is passed only when the target has been missed.
        """
        return self.after is not None or (self.percent is not None and self.percent >= _WHOLE)


_WHOLE = 100


def _share(allowance: int, percent: float) -> int:
    """
    Return *percent* of *allowance*, to the nearest microsecond.

    It is reckoned in integers: a float would lose microseconds of years.
    """
    parts, of = percent.as_integer_ratio()
    return (2 * allowance * parts + _WHOLE * of) // (2 * _WHOLE * of)


def _check_percent(percent: object) -> None:
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        raise TypeError(f"percent must be a number, not {percent!r}")
    if not (isfinite(percent) and percent >= 0):
        raise AgreementError(f"percent must be finite and not negative, not {percent}")


def read_thresholds(values: Iterable[Threshold]) -> tuple[Threshold, ...]:
    """
    Return a tuple of *values*.

    Raises:
        TypeError: They are no thresholds.
    """
    return several(values, Threshold, "thresholds")


def check_order(thresholds: tuple[Threshold, ...], duration: Duration) -> None:
    """
    Refuse thresholds that are not passed in their order, or twice the same.

    Raises:
        AgreementError: They are out of order. How shares and offsets of business days compare is
            only known once a clock has started; those are compared each with its like.
    """
    if isinstance(duration, timedelta):
        _check_ascending(thresholds, length(duration))
        return
    for place in ("percent", "before", "after"):
        likes = tuple(one for one in thresholds if getattr(one, place) is not None)
        _check_ascending(likes, _LONGER_THAN_ANY_OFFSET)
    _check_late_ones_last(thresholds)


_LONGER_THAN_ANY_OFFSET = length(timedelta.max)


def _check_ascending(thresholds: tuple[Threshold, ...], allowance: int) -> None:
    for earlier, later in pairwise(thresholds):
        if later == earlier or later.limit(allowance) < earlier.limit(allowance):
            raise AgreementError(f"thresholds out of order: {later} after {earlier}")


def _check_late_ones_last(thresholds: tuple[Threshold, ...]) -> None:
    for earlier, later in pairwise(thresholds):
        if earlier.is_late and not later.is_late:
            raise AgreementError(f"thresholds out of order: {later} after {earlier}")


ITIL_ESCALATION = (
    Threshold(percent=50, notify=["assignee"]),
    Threshold(percent=75, notify=["group_lead"], level=1),
    Threshold(percent=90, notify=["incident_manager"], level=2),
    Threshold(percent=100, notify=["service_level_manager"], level=3),
)
"""
Who hears of a target that runs out: our default after ITIL's levels and iTop's 75 and 100 percent.
"""

AT_ONCE = Threshold(percent=0, name="at once", notify=["incident_manager"], level=1)
"""
Hierarchic notice as soon as a clock starts: what ITIL asks for with the highest priority.
"""
