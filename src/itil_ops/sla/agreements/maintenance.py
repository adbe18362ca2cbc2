"""
Maintenance windows: when work on a service is planned, and what that changes.

The effects are apart, as in ITIL: alerts may be held back, the time may be taken off the agreed
service time, incidents may be flagged, clocks may pause. Only the window itself has them: work that
overruns its end is an outage like any other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_names, check_optional, check_text, check_type, several
from itil_ops.kernel.fields import item_ids
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId
from itil_ops.kernel.instant import from_microseconds, microseconds, utc
from itil_ops.sla.hours.timeline import merged


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from itil_ops.sla.hours.timeline import Pair


_SWITCHES = ("agreed", "suppresses_events", "flags_incidents", "pauses_clocks")


def _start(at: datetime) -> DateTime:
    return utc(at, "start")


def _end(at: datetime) -> DateTime:
    return utc(at, "end")


def _services(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(check_names(values, "services"))))


def _items(values: Iterable[ConfigurationItemId]) -> tuple[ConfigurationItemId, ...]:
    return tuple(sorted(set(item_ids(values)), key=str))


@attrs.frozen
class MaintenanceWindow:
    """
    A time in which work on services or configuration items is planned, `[start, end)`.

    One that names neither a service nor an item concerns them all.

    >>> import pendulum
    >>> night = pendulum.datetime(2024, 6, 19, 22)
    >>> window = MaintenanceWindow(night, night.add(hours=2), services=["email"])
    >>> window.covers(night, service="email"), window.covers(night, service="payroll")
    (True, False)

    Attributes:
        start: When it begins.

        end: The first instant at which it is over.

        services: The services it concerns.

        configuration_items: The configuration items it concerns.

        change: The change request that the work is done under.

        agreed: Whether the customer agreed to it. Only then it is no agreed service time, so that
            what is down meanwhile is no downtime.

        suppresses_events: Whether events of it are logged, and raise neither alert nor incident
            before it ends.

        flags_incidents: Whether incidents that begin in it are marked as such.

        pauses_clocks: Whether SLA clocks stand still meanwhile.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: An instant is naive, or a service's name is blank.

        AgreementError: It does not end after it begins.
    """

    start: DateTime = attrs.field(converter=_start)
    end: DateTime = attrs.field(converter=_end)
    services: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_services)
    configuration_items: tuple[ConfigurationItemId, ...] = attrs.field(
        default=(), kw_only=True, converter=_items
    )
    change: ChangeId | None = attrs.field(default=None, kw_only=True)
    agreed: bool = attrs.field(default=True, kw_only=True)
    suppresses_events: bool = attrs.field(default=True, kw_only=True)
    flags_incidents: bool = attrs.field(default=True, kw_only=True)
    pauses_clocks: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_optional(self.change, ChangeId, "change")
        for switch in _SWITCHES:
            check_type(getattr(self, switch), bool, switch)
        if self.end <= self.start:
            raise AgreementError(f"{self} does not end after it begins")

    def __str__(self) -> str:
        return f"the maintenance window {self.start.isoformat()} to {self.end.isoformat()}"

    @property
    def pair(self) -> Pair:
        """
        Start and end in whole UTC microseconds.
        """
        return microseconds(self.start), microseconds(self.end)

    def concerns(
        self,
        *,
        service: str | None = None,
        configuration_item: ConfigurationItemId | None = None,
    ) -> bool:
        """
        Whether it is about the service or the item; about some, where neither is given.
        """
        asked = service is not None or configuration_item is not None
        named = bool(self.services or self.configuration_items)
        return (
            not (asked and named)
            or service in self.services
            or configuration_item in self.configuration_items
        )

    def covers(
        self,
        at: datetime,
        *,
        service: str | None = None,
        configuration_item: ConfigurationItemId | None = None,
    ) -> bool:
        """
        Whether *at* lies in it, and it concerns the service or the item.
        """
        return self.start <= utc(at) < self.end and self.concerns(
            service=service, configuration_item=configuration_item
        )

    def meets(self, other: MaintenanceWindow) -> bool:
        """
        Whether there is an instant, and something concerned, that both have in common.
        """
        return self.start < other.end and other.start < self.end and self._shares(other)

    def _shares(self, other: MaintenanceWindow) -> bool:
        mine, theirs = self._concerned, other._concerned
        return not mine or not theirs or not mine.isdisjoint(theirs)

    @property
    def _concerned(self) -> frozenset[object]:
        return frozenset((*self.services, *self.configuration_items))


def _windows(values: Iterable[MaintenanceWindow]) -> tuple[MaintenanceWindow, ...]:
    return several(values, MaintenanceWindow, "windows")


@attrs.frozen
class MaintenanceSchedule:
    """
    Maintenance windows in order, no two of which overlap for one service or item.

    Attributes:
        windows: The windows, by start. A rule of recurrence is expanded by the caller.

    Raises:
        TypeError: One of them is no window.

        AgreementError: They are out of order, or two of them overlap.
    """

    windows: tuple[MaintenanceWindow, ...] = attrs.field(default=(), converter=_windows)

    def __attrs_post_init__(self) -> None:
        for before, after in pairwise(self.windows):
            if after.start < before.start:
                raise AgreementError(f"{after} stands behind {before}; sort them by start")
        lasting: list[MaintenanceWindow] = []
        for window in self.windows:
            lasting = [earlier for earlier in lasting if earlier.end > window.start]
            _check_apart(lasting, window)
            lasting.append(window)

    def __iter__(self) -> Iterator[MaintenanceWindow]:
        return iter(self.windows)

    def __len__(self) -> int:
        return len(self.windows)

    def covering(
        self,
        at: datetime,
        *,
        service: str | None = None,
        configuration_item: ConfigurationItemId | None = None,
    ) -> tuple[MaintenanceWindow, ...]:
        """
        Return the windows that *at* lies in, and that concern the service or the item.
        """
        instant = utc(at)
        return tuple(
            window
            for window in self.windows
            if window.covers(instant, service=service, configuration_item=configuration_item)
        )

    def suppressed_until(
        self,
        at: datetime,
        *,
        service: str | None = None,
        configuration_item: ConfigurationItemId | None = None,
    ) -> DateTime | None:
        """
        Return when an event of *at* may be told, held back until then; `None` if it may be at once.

        What is critical is looked at again then. Windows that follow on each other count as one.
        """
        instant = microseconds(at)
        held = self.spans(
            lambda window: (
                window.suppresses_events
                and window.concerns(service=service, configuration_item=configuration_item)
            )
        )
        ends = (end for start, end in held if start <= instant < end)
        return next(map(from_microseconds, ends), None)

    def agreed_spans(self, service: str | None = None) -> list[Pair]:
        """
        Return the agreed windows of *service* in microseconds, in order and apart.

        Those of all services where none is given.
        """
        asked = None if service is None else check_text(service, "service")
        return self.spans(lambda window: window.agreed and window.concerns(service=asked))

    def pause_spans(self, service: str | None = None) -> list[Pair]:
        """
        Return the windows of *service* that pause clocks in microseconds, in order and apart.

        Those of all services where none is given.
        """
        asked = None if service is None else check_text(service, "service")
        return self.spans(lambda window: window.pauses_clocks and window.concerns(service=asked))

    def spans(self, where: Callable[[MaintenanceWindow], bool]) -> list[Pair]:
        """
        Return the union of the windows for which *where* holds, in microseconds.
        """
        return list(merged(window.pair for window in self.windows if where(window)))


def _check_apart(lasting: Iterable[MaintenanceWindow], window: MaintenanceWindow) -> None:
    for earlier in lasting:
        if window.meets(earlier):
            raise AgreementError(
                f"{earlier} and {window} overlap; make them one, or name what each concerns"
            )
