"""
What a clock has been told: promises and pauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_text
from itil_ops.kernel.instant import utc
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.policy import Retarget
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from datetime import datetime


@attrs.frozen
class Pause:
    """
    A time in which a clock does not count.

    Attributes:
        start: Since when.

        end: Until when; `None` while it lasts.

        reason: Why work waited, if somebody said.

        is_gap: Whether the clock was stopped meanwhile, and started again by a reopening.
    """

    start: DateTime
    end: DateTime | None = None
    reason: PendingReason | None = None
    is_gap: bool = False


def _due(at: datetime) -> DateTime:
    return utc(at, "due_at")


def _since(at: datetime) -> DateTime:
    return utc(at, "since")


def _why(reason: str) -> str:
    return check_text(reason, "reason")


@attrs.frozen
class ManualDeadline:
    """
    An instant that a person fixed in place of the computed due time. No pause moves it.

    Attributes:
        due_at: The instant, inclusive.

        reason: Why.

        since: Since when it holds.

    Raises:
        TypeError: An instant is no datetime, or *reason* no text.

        ValueError: An instant is naive, or *reason* blank.
    """

    due_at: DateTime = attrs.field(converter=_due)
    reason: str = attrs.field(converter=_why)
    since: DateTime = attrs.field(converter=_since)


#: Due times that a person fixed, each for a kind of target.
Deadlines: TypeAlias = Mapping[TargetKind, ManualDeadline]


@attrs.frozen
class Promise:
    """
    A target while it is in force.

    Attributes:
        since: From when on it is judged by.

        target: The target.

        allowance: What it allows, in microseconds of working time.

        forgiven: Elapsed time that is not held against it, in microseconds.

        retarget: How it took over from the one before; `None` for the first.

        deadline: The due time that a person fixed, if one did.
    """

    since: DateTime
    target: Target
    allowance: int
    forgiven: int = 0
    retarget: Retarget | None = None
    deadline: ManualDeadline | None = None

    @property
    def limit(self) -> int:
        """
        All the time that may elapse, what is forgiven included.
        """
        return self.allowance + self.forgiven
