"""
How a record is closed, and whether it may be taken up again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from itil_ops.kernel.checks import check_type
from itil_ops.kernel.closing import instead_of_reopening
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import BusinessDays, Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.kernel.user_facing import UserFacing


def _duration(value: Duration) -> Duration:
    return check_duration(value, "the time")


class ClosurePolicy(Protocol):
    """
    When a record closes by itself, and on whose word otherwise.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    @property
    def confirmed_by_another(self) -> bool:
        """
        Whether who did the work may not record the caller's confirmation.
        """
        ...

    def auto_close_at(self, record: UserFacing, done_at: DateTime) -> DateTime | None:
        """
        Return from when on a record may close by itself, done since *done_at*; `None` for never.
        """
        ...


@attrs.frozen(kw_only=True)
class TwoStepClosure:
    """
    Done first, closed when the caller confirms or does not object in time.

    Two business days are ITIL's example. What a person has to close never closes by itself: a major
    incident, or a VIP's.

    Attributes:
        after: The time to object.

        calendar: The calendar that time runs in.

        confirmed_by_another: Whether who did the work may not record the caller's confirmation.

        name: Name of the policy.
    """

    after: Duration = attrs.field(default=BusinessDays(2), converter=_duration)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    confirmed_by_another: bool = False
    name: str = "two_step_closure"

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")
        check_type(self.confirmed_by_another, bool, "confirmed_by_another")

    def auto_close_at(self, record: UserFacing, done_at: DateTime) -> DateTime | None:
        """
        Return when the time to object is over, see `ClosurePolicy.auto_close_at`.
        """
        if not record.closes_by_itself:
            return None
        return end_of(self.after, done_at, self.calendar)


class ReopenPolicy(Protocol):
    """
    Whether a record may be taken up again.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def reopen_until(self, record: UserFacing, closed_at: DateTime) -> DateTime | None:
        """
        Return the end of the time in which a closed record may be reopened; `None` for never.
        """
        ...

    def why_not(self, record: UserFacing) -> str | None:
        """
        Return what speaks against reopening what is done or closed, the window aside.
        """
        ...


@attrs.frozen(kw_only=True)
class ReopenWindow:
    """
    What is done may always be reopened, what is closed for a while.

    One business day is ITIL's example; beyond it a new record is logged and linked.

    Attributes:
        window: How long after its closure.

        calendar: The calendar that time runs in.

        at_most: How often a record may be reopened; `None` for any number.

        name: Name of the policy.
    """

    window: Duration = attrs.field(default=BusinessDays(1), converter=_duration)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    at_most: int | None = None
    name: str = "reopen_window"

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")
        if self.at_most is not None and check_type(self.at_most, int, "at_most") < 0:
            raise ValueError(f"at_most must not be negative, not {self.at_most}")

    def reopen_until(self, _record: UserFacing, closed_at: DateTime) -> DateTime | None:
        """
        Return the end of the window, see `ReopenPolicy.reopen_until`.
        """
        return end_of(self.window, closed_at, self.calendar)

    def why_not(self, record: UserFacing) -> str | None:
        """
        Count the reopenings, see `ReopenPolicy.why_not`.
        """
        if self.at_most is None or record.reopen_count < self.at_most:
            return None
        return f"it was reopened {record.reopen_count} times; {instead_of_reopening(record)}"
