"""
Verbs of the authorization of a service request: who is asked, and whether it may be fulfilled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.checks import check_optional_text
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.request.approval_work import ApprovalWork, request_of
from itil_ops.request.seating import seated


if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from itil_ops.kernel.actor import Actor
    from itil_ops.request.policies import RequestPolicies


class Authorized(ApprovalWork):
    """
    The verbs of the authorization of a service request.
    """

    __slots__ = ()

    def request_authorization(
        self,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Ask everybody who has to agree, as far as it is their turn.
        """
        ruling, now = in_force(policies, self.policies), utc(at)
        asked = seated(self, ruling, now)
        changes = {
            "approval_rule": asked.rule,
            "pending_reason": PendingReason.AWAITING_APPROVAL,
            **self._responded(now),
        }
        first = Step(
            "request_authorization",
            changes,
            note=note,
            decided={"approval_rule": ruling.approval.name},
            told={"seated": asked},
        )
        seats = () if asked.rule is None else asked.rule.wanted({})
        steps = [request_of(seat, ruling, now) for seat in seats]
        return self._take(first, *steps, by=by, at=at, policies=ruling)

    def authorize(
        self,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Authorize what nobody has to agree to; what somebody has to, the last approval authorizes.
        """
        ruling = in_force(policies, self.policies)
        return self._take(self._authorizing(note, at, ruling), by=by, at=at, policies=ruling)

    def reject(
        self, reason: str, *, by: Actor, at: datetime, policies: RequestPolicies | None = None
    ) -> Self:
        """
        Refuse it; approvals that are open are not needed any more.
        """
        why = check_optional_text(reason, "reason")
        steps = [Step("reject", self._responded(utc(at)), note=why), *self._withdrawn()]
        return self._take(*steps, by=by, at=at, policies=policies)

    def return_to_review(
        self, reason: str, *, by: Actor, at: datetime, policies: RequestPolicies | None = None
    ) -> Self:
        """
        Take it back from those who were asked, to be revised; they are asked anew afterwards.

        Approvals that are open are not needed any more, and what was said counts no more.
        """
        why = check_optional_text(reason, "reason")
        own = Step("return_to_review", _NOBODY_ASKED, note=why)
        withdrawn = self._withdrawn("the request is reviewed anew")
        return self._take(own, *withdrawn, by=by, at=at, policies=policies)

    def _authorizing(
        self,
        note: str | None,
        at: datetime,
        ruling: RequestPolicies,
        effective_at: datetime | None = None,
    ) -> Step:
        asked = self.approval_rule is None
        told = {"seated": seated(self, ruling, utc(at))} if asked else {}
        # Only what a model authorizes beforehand can have been authorized earlier than it is told.
        if not self.is_preauthorized:
            effective_at = None
        when = effective(at, effective_at)
        changes = {"authorized_at": when, **self._responded(when)}
        return Step(
            "authorize",
            changes,
            note=note,
            effective_at=effective_at,
            decided={"authorized_at": ruling.approval.name},
            told=told,
        )


_NOBODY_ASKED: Mapping[str, object] = {
    "approval_rule": None,
    "authorized_at": None,
    "pending_reason": None,
    "pending_until": None,
    "awaited": None,
}
