"""
Arguments and order of due work, the same in every store.
"""

from __future__ import annotations

import uuid

from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_limit, check_text
from itil_ops.kernel.instant import from_microseconds, length, microseconds, utc
from itil_ops.repositories.ports import Lease


if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from itil_ops.kernel.identity import RecordId


@attrs.frozen(kw_only=True)
class Claim:
    """
    A worker's call for due work, with its arguments checked.

    Attributes:
        now: The present instant.

        until: When the leases run out.

        limit: How many at most.

        worker: Who claims.

        token: What tells these leases from all others.
    """

    now: DateTime
    until: DateTime
    limit: int
    worker: str
    token: str

    @classmethod
    def of(cls, now: datetime, lease: timedelta, limit: int, worker: str) -> Claim:
        """
        Return the claim that the arguments of `DueWork.claim` make.

        Raises:
            TypeError: An argument is of the wrong type.

            ValueError: *now* is naive, *lease* not positive, *limit* less than 1, or *worker*
                blank.
        """
        present = utc(now, "now")
        if length(lease, "lease") <= 0:
            raise ValueError(f"lease must be longer than nothing, not {lease}")
        return cls(
            now=present,
            until=from_microseconds(microseconds(present) + length(lease)),
            limit=check_limit(limit),
            worker=check_text(worker, "worker"),
            token=uuid.uuid4().hex,
        )

    def lease(self, record: RecordId, kind: str, due: DateTime) -> Lease:
        """
        Return the lease of the work of *kind* on *record*.
        """
        return Lease(
            record=record,
            kind=kind,
            due=due,
            until=self.until,
            token=self.token,
            worker=self.worker,
        )


def due_order(lease: Lease) -> tuple[DateTime, str, str, str]:
    """
    Return where *lease* stands among others: by instant, then by key.
    """
    return lease.due, lease.record.value, lease.kind, type(lease.record).__name__
