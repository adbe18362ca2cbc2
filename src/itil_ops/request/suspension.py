"""
Verbs by which a service request waits, and goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.fields import hold_fields
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.request.fulfillment import Fulfilled
from itil_ops.request.lifecycle import WAITING_AUTHORIZATION


if TYPE_CHECKING:
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.policies import HandlingPolicies
    from itil_ops.request.policies import RequestPolicies


class Suspended(Fulfilled):
    """
    The verbs by which a service request waits for a reason; approvals wait with it.
    """

    __slots__ = ()

    def suspend(
        self,
        reason: PendingReason,
        *,
        until: datetime | None = None,
        awaited: RecordId | str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Let it wait; suspended already, change the reason, the date or what is awaited.

        Args:
            reason: Why.

            until: When to go on, if somebody knows.

            awaited: What it waits for: a change, a parent by id, a supplier by name.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        return self._step(
            "suspend",
            hold_fields(reason, until, awaited),
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            policies=policies,
        )

    def _resumption(
        self,
        note: str | None,
        at: DateTime,
        effective_at: datetime | None,
        ruling: HandlingPolicies,
    ) -> tuple[Step, ...]:
        """
        Return the steps of a resumption: who was asked to agree has all their time again.
        """
        if self.returns_to != WAITING_AUTHORIZATION.name:
            return super()._resumption(note, at, effective_at, ruling)
        waits = {
            "pending_reason": PendingReason.AWAITING_APPROVAL,
            "pending_until": None,
            "awaited": None,
        }
        own = Step("resume", waits, note=note, effective_at=effective_at)
        return own, *self._renewed(ruling, at)
