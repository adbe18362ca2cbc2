"""
The verb with which work is left to wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.fields import hold_fields
from itil_ops.kernel.handled import Handled


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.policies import HandlingPolicies
    from itil_ops.kernel.vocabulary import PendingReason


class Held(Handled):
    """
    A record that is held while work on it waits.
    """

    __slots__ = ()

    def hold(
        self,
        reason: PendingReason,
        *,
        until: datetime | None = None,
        awaited: RecordId | str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Let work wait; on hold already, change the reason, the date or what is awaited.

        Args:
            reason: Why.

            until: When to go on, if somebody knows.

            awaited: What work waits for: a change, a problem, a parent by id, a supplier by name.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        return self._step(
            "hold",
            hold_fields(reason, until, awaited),
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            policies=policies,
        )
