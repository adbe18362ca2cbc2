"""
Availability and reliability of a service over a period, as ITIL reckons them, and their aims.

Agreed service time is the service hours less the agreed maintenance; downtime is what outages take
of it. From both and the number of breaks come the means: MTRS, the mean time to restore service;
MTBF, the mean time between failures; MTBSI, the mean time between service incidents. MTRS is
measured from the occurrence of the failure, not from its report. Where the Service Design book says
"available time" in the formula of MTBSI, the whole agreed service time is meant: else MTBSI were
not MTBF and MTRS together.
"""

from __future__ import annotations

import heapq
import math
import operator

from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional_text, check_type, several
from itil_ops.kernel.instant import SECOND, length, microseconds, optional_utc, utc
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow
from itil_ops.sla.hours.timeline import Stretch, clipped, merged
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from itil_ops.sla.hours.timeline import Pair, Timeline


_MINUTE = 60 * SECOND
_MEANS = ("mtrs", "mtbf", "mtbsi")

#: How each figure stands to its limit where the promise was kept.
_FIGURES: dict[str, Callable[..., object]] = {
    "availability_percent": operator.ge,
    "mtrs": operator.le,
    "mtbf": operator.ge,
    "mtbsi": operator.ge,
}


def _start(at: datetime) -> DateTime:
    return utc(at, "start")


def _end(at: datetime | None) -> DateTime | None:
    return optional_utc(at, "end")


def check_percent(value: object, name: str) -> float:
    """
    Return *value* if it is a number from 0 to 100.

    Raises:
        TypeError: It is no number.

        ValueError: It lies outside.
    """
    return _bounded(value, name, 100)


def _bounded(value: object, name: str, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number from 0 to {most}, not {value!r}")
    if not 0 <= value <= most:
        raise ValueError(f"{name} must lie from 0 to {most}, not at {value!r}")
    return float(value)


def _weight(value: float) -> float:
    return _bounded(value, "weight", 1)


def _users(value: int | None) -> int | None:
    if value is None:
        return None
    if type(value) is not int:
        raise TypeError(f"users must be an int or None, not {value!r}")
    if value < 0:
        raise ValueError(f"users must not be negative: {value}")
    return value


@attrs.frozen
class Outage:
    """
    A time in which a service cannot be used, or only in part, `[start, end)`.

    Attributes:
        start: When it occurred, which may be long before it was reported.

        end: When users could work again; `None` while it lasts.

        service: The service that was out; `None` where that goes without saying.

        weight: The share of the service that was lost, from 0 to 1; 1 is all of it.

        users: How many users it kept from work; `None` if nobody knows.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: It ends before it starts, an instant is naive, the weight is no share, or the
            users are fewer than none.
    """

    start: DateTime = attrs.field(converter=_start)
    end: DateTime | None = attrs.field(default=None, converter=_end)
    service: str | None = attrs.field(default=None, kw_only=True)
    weight: float = attrs.field(default=1.0, kw_only=True, converter=_weight)
    users: int | None = attrs.field(default=None, kw_only=True, converter=_users)

    def __attrs_post_init__(self) -> None:
        check_optional_text(self.service, "service")
        if self.end is not None and self.end < self.start:
            raise ValueError(
                f"an outage must not end at {self.end.isoformat()},"
                f" before it starts at {self.start.isoformat()}"
            )

    @property
    def exact_weight(self) -> Fraction:
        """
        The weight as it is written: 0.1 is a tenth, not the float next to it.
        """
        return Fraction(repr(self.weight))


def _amount(value: timedelta) -> timedelta:
    return timedelta(0, 0, length(value, "an amount of time"))


@attrs.frozen(kw_only=True)
class Availability:
    """
    What a service was worth over a period: two amounts and a count, and what follows from them.

    >>> found = Availability(
    ...     agreed_service_time=timedelta(hours=5020), downtime=timedelta(hours=20), breaks=2
    ... )
    >>> round(found.availability_percent, 2), found.mtrs == timedelta(hours=10)
    (99.6, True)

    Attributes:
        agreed_service_time: The service hours of the period, less agreed maintenance.

        downtime: What outages took of it, by weight; rounded to whole microseconds.

        breaks: How many outages took any of it; those that overlap or touch are one.

        user_minutes_lost: Users times minutes, by weight; `None` where an outage does not tell how
            many users it hit.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The downtime is negative or more than the agreed service time, or there is
            downtime without a break.
    """

    agreed_service_time: timedelta = attrs.field(converter=_amount)
    downtime: timedelta = attrs.field(converter=_amount)
    breaks: int
    user_minutes_lost: float | None = None

    def __attrs_post_init__(self) -> None:
        if not timedelta(0) <= self.downtime <= self.agreed_service_time:
            raise ValueError(
                f"downtime {self.downtime} must lie between nothing"
                f" and the agreed service time {self.agreed_service_time}"
            )
        least = 1 if self.downtime else 0
        if check_type(self.breaks, int, "breaks") < least:
            raise ValueError(
                f"breaks must be {least} or more for a downtime of {self.downtime},"
                f" not {self.breaks}"
            )

    @property
    def availability_percent(self) -> float | None:
        """
        The share of the agreed service time in which it was up; `None` if none was agreed.
        """
        if not self.agreed_service_time:
            return None
        agreed = length(self.agreed_service_time)
        return 100 * (agreed - length(self.downtime)) / agreed

    @property
    def mtrs(self) -> timedelta | None:
        """
        The mean time to restore service; `None` without a break.

        It is rounded to whole microseconds, half to even.
        """
        return self.downtime / self.breaks if self.breaks else None

    @property
    def mtbf(self) -> timedelta | None:
        """
        The mean time between failures, that is the mean uptime; `None` without a break.

        It is what MTRS leaves of MTBSI, to the microsecond.
        """
        if self.mtbsi is None or self.mtrs is None:
            return None
        return self.mtbsi - self.mtrs

    @property
    def mtbsi(self) -> timedelta | None:
        """
        The mean time from one break to the next, MTBF and MTRS together; `None` without a break.

        It is rounded to whole microseconds, half to even.
        """
        return self.agreed_service_time / self.breaks if self.breaks else None


class TrafficLight(StrEnum):
    """
    How a figure stands to its aim, as charts of service level monitoring color it.
    """

    MET = "met"
    THREATENED = "threatened"
    BREACHED = "breached"


def traffic_light(percent: float | None, *, aim: float, margin: float = 0) -> TrafficLight | None:
    """
    Return how a percentage stands to *aim*; `None` where nothing was measured.

    It is threatened from the aim up to less than *margin* above it; 100 % never is.

    Raises:
        TypeError: An argument is no number.

        ValueError: One lies outside 0 to 100.

    >>> traffic_light(95.5, aim=95, margin=1)
    <TrafficLight.THREATENED: 'threatened'>
    """
    least, safe = _exact(aim, "aim"), _exact(aim, "aim") + _exact(margin, "margin")
    if percent is None:
        return None
    found = _exact(percent, "percent")
    if found < least:
        return TrafficLight.BREACHED
    return TrafficLight.MET if found >= min(safe, Fraction(100)) else TrafficLight.THREATENED


def _exact(value: float, name: str) -> Fraction:
    return Fraction(repr(check_percent(value, name)))


@attrs.frozen(kw_only=True)
class ReliabilityTarget:
    """
    What was promised about a service over a period; what is left out is not promised.

    Attributes:
        availability_percent: The least availability.

        mtrs: The longest mean time to restore service.

        mtbf: The shortest mean time between failures.

        mtbsi: The shortest mean time between service incidents.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The percentage lies outside 0 to 100, or an amount of time is negative.
    """

    availability_percent: float | None = None
    mtrs: timedelta | None = None
    mtbf: timedelta | None = None
    mtbsi: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        if self.availability_percent is not None:
            check_percent(self.availability_percent, "availability_percent")
        for name in _MEANS:
            amount = getattr(self, name)
            if amount is not None and length(amount, name) < 0:
                raise ValueError(f"{name} must not be negative: {amount!r}")

    def judge(self, found: Availability) -> dict[str, bool | None]:
        """
        Return for each figure that was promised whether it was kept.

        A mean that is undefined for want of breaks was kept; an availability that is undefined for
        want of agreed service time is `None`.
        """
        promised = {name: getattr(self, name) for name in _FIGURES}
        return {
            name: _keeps(name, getattr(check_type(found, Availability, "found"), name), limit)
            for name, limit in promised.items()
            if limit is not None
        }


def _keeps(name: str, value: object, limit: object) -> bool | None:
    if value is None:
        return True if name in _MEANS else None
    return bool(_FIGURES[name](value, limit))


def availability(
    service_hours: WorkingTime,
    outages: Iterable[Outage],
    *,
    start: datetime,
    end: datetime,
    maintenance: Iterable[MaintenanceWindow] = (),
    service: str | None = None,
) -> Availability:
    """
    Return how available a service was in `[start, end)`.

    Where outages of different weight overlap, at each instant the worst of them counts; for the
    user minutes, the one with the most users by weight. An outage that reaches over a border of the
    period is a break in both.

    Args:
        service_hours: When the service should be usable; not the hours of support.

        outages: The outages, in any order. One that lasts runs to *end*.

        start: The first instant of the period.

        end: The first one after it; of a period that is not over, the present one.

        maintenance: The maintenance windows, in order.

        service: The service asked for: outages and windows of others are passed over. Unless given,
            all of them count.

    Raises:
        TypeError: An argument is of another type.

        ValueError: The period does not end after it begins, or an instant is naive.

        AgreementError: Windows are out of order or overlap.
    """
    begin, over = microseconds(start, "start"), microseconds(end, "end")
    if over <= begin:
        raise ValueError(f"end {end.isoformat()} must come after start {start.isoformat()}")
    check_optional_text(service, "service")
    timeline = check_calendar(service_hours, "service_hours").timeline
    holes = MaintenanceSchedule(maintenance).agreed_spans(service)
    agreed = Stretch.of(begin, over, _spared(timeline, holes, begin, over))
    return _reckoned(agreed, list(_losses(several(outages, Outage, "outages"), service, over)))


def serial(*availabilities: float) -> float:
    """
    Return the availability of components that are all needed, from 0 to 1: the product.

    Raises:
        TypeError: One is no number.

        ValueError: There is none, or one is no share; 99.5 % is 0.995.

    >>> round(serial(0.98, 0.99), 4)
    0.9702
    """
    return math.prod(_shares(availabilities))


def parallel(*availabilities: float) -> float:
    """
    Return the availability of components any one of which will do, from 0 to 1.

    That is one less the product of what each lacks.

    Raises:
        TypeError: One is no number.

        ValueError: There is none, or one is no share; 99.5 % is 0.995.

    >>> round(parallel(0.98, 0.98), 4)
    0.9996
    """
    return 1 - math.prod(1 - share for share in _shares(availabilities))


def _shares(values: tuple[float, ...]) -> list[float]:
    if not values:
        raise ValueError("availabilities must name at least one component")
    return [_bounded(value, "each availability", 1) for value in values]


@attrs.frozen
class _Loss:
    """
    An outage of the service that has some weight, in microseconds.
    """

    start: int
    end: int
    weight: Fraction
    users: int | None

    @property
    def users_lost(self) -> Fraction:
        return self.weight * (self.users or 0)


def _losses(outages: Iterable[Outage], service: str | None, over: int) -> Iterator[_Loss]:
    for outage in outages:
        start = microseconds(outage.start)
        end = over if outage.end is None else microseconds(outage.end)
        is_asked = service is None or outage.service in {None, service}
        if is_asked and outage.weight and start < end:
            yield _Loss(start, end, outage.exact_weight, outage.users)


def _spared(timeline: Timeline, holes: Iterable[Pair], start: int, end: int) -> Iterator[Pair]:
    opens = start
    for begins, ends in (*clipped(holes, start, end), (end, end)):
        yield from timeline.spans(opens, begins)
        opens = ends


def _reckoned(agreed: Stretch, losses: list[_Loss]) -> Availability:
    def taken(start: int, end: int) -> int:
        return agreed.worked(end) - agreed.worked(start)

    def lost(worth: Callable[[_Loss], Fraction]) -> Fraction:
        return sum((most * taken(*span) for span, most in _worst(losses, worth)), Fraction(0))

    breaks = sum(taken(*span) > 0 for span in merged((loss.start, loss.end) for loss in losses))
    is_known = all(loss.users is not None for loss in losses if taken(loss.start, loss.end))
    return Availability(
        agreed_service_time=timedelta(0, 0, agreed.totals[-1]),
        downtime=timedelta(0, 0, round(lost(lambda loss: loss.weight))),
        breaks=breaks,
        user_minutes_lost=float(lost(lambda loss: loss.users_lost) / _MINUTE) if is_known else None,
    )


def _worst(
    losses: Iterable[_Loss], worth: Callable[[_Loss], Fraction]
) -> Iterator[tuple[Pair, Fraction]]:
    """
    Yield spans apart from each other, each with the most that is lost throughout it.
    """
    coming = sorted(losses, key=lambda loss: loss.start, reverse=True)
    edges = sorted({edge for loss in coming for edge in (loss.start, loss.end)})
    lasting: list[tuple[Fraction, int]] = []
    for start, end in pairwise(edges):
        while coming and coming[-1].start <= start:
            loss = coming.pop()
            heapq.heappush(lasting, (-worth(loss), loss.end))
        while lasting and lasting[0][1] <= start:
            heapq.heappop(lasting)
        if lasting:
            yield (start, end), -lasting[0][0]
