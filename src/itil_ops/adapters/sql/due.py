"""
The due work of a store in a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from itil_ops.adapters.sql import statements
from itil_ops.adapters.sql.columns import Utc
from itil_ops.adapters.sql.tables import DUE, MOST_ROWS
from itil_ops.adapters.sql.unit import SqlUnit
from itil_ops.repositories.due import Claim, due_order
from itil_ops.repositories.kinds import kind_named


if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from pendulum import DateTime

    from itil_ops.adapters.sql.opened import Opened
    from itil_ops.adapters.sql.unit import Writing
    from itil_ops.repositories.ports import Lease


_CLAIM = statements.claimed(bindparam("now", type_=Utc), bindparam("most")).values(
    token=bindparam("its_token"), until=bindparam("its_until"), worker=bindparam("its_worker")
)

_NEXT = (
    select(func.min(DUE.c.due)).where(statements.KNOWN, DUE.c.until.is_(None)),
    select(func.min(DUE.c.until)).where(statements.KNOWN),
)


class SqlDueWork:
    """
    The due work; see `DueWork`.
    """

    def __init__(self, opened: Opened, writing: Writing) -> None:
        self._opened = opened
        self._writing = writing

    def claim(self, now: datetime, lease: timedelta, limit: int, worker: str) -> tuple[Lease, ...]:
        """
        Claim what is due at *now* and nobody else holds, see `DueWork.claim`.
        """
        claim = Claim.of(now, lease, limit, worker)
        values = {
            "now": claim.now,
            "most": min(claim.limit, MOST_ROWS),
            "its_token": claim.token,
            "its_until": claim.until,
            "its_worker": claim.worker,
        }
        with self._opened.working("claim", read_only=False) as connection:
            leases = [
                claim.lease(kind_named(kind).record.id_type(record), timer, due)
                for kind, record, timer, due in connection.execute(_CLAIM, values).all()
            ]
        return tuple(sorted(leases, key=due_order))

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Say that what *lease* was for has been looked at, see `DueWork.complete`.
        """
        with SqlUnit(self._opened, self._writing, read_only=False) as unit:
            completed = unit.complete(lease, now)
            unit.commit()
        return completed

    def next_due(self) -> DateTime | None:
        """
        Return from when on there is something to claim, see `DueWork.next_due`.
        """
        with self._opened.working("next_due", read_only=True) as connection:
            found = [connection.execute(wanted).scalar_one() for wanted in _NEXT]
        return min((at for at in found if at is not None), default=None)
