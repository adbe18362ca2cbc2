"""
Verbs of error control: from the known error to its fix, or to the decision to do without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.actor import Actor, ActorKind
from itil_ops.kernel.checks import check_optional, check_optional_text, check_type, checked
from itil_ops.kernel.identity import ChangeId, IncidentId, KnownErrorId
from itil_ops.kernel.instant import effective, optional_utc, utc
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.vocabulary import (
    ChangeStatus,
    Contact,
    ContactChannel,
    Direction,
    LinkKind,
    Visibility,
)
from itil_ops.problem.facts import ProblemFacts
from itil_ops.problem.fields import PROBLEM_ARGUMENTS, PROBLEM_FIELDS, lacking
from itil_ops.problem.vocabulary import Deferral, ProblemResolutionCode, RiskAcceptance


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.problem.policies import ProblemPolicies


class Controlled(ProblemFacts):
    """
    The verbs with which an error is kept under control.
    """

    __slots__ = ()

    def declare_known_error(
        self,
        *,
        known_error: KnownErrorId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Say that it is understood, if not yet fixed; `itil_ops.handoffs` drafts the known error.

        Args:
            known_error: The known error that tells of it, if there is one already.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        named = check_optional(known_error, KnownErrorId, "known_error")
        links = self._linked((LinkKind.HAS_KNOWN_ERROR, named))
        return self._step(
            "declare_known_error", {"links": links}, by=by, at=at, note=note, policies=policies
        )

    def start_fix(
        self,
        *,
        change: ChangeId | None = None,
        no_change_reason: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Begin to remove the cause; the change itself lives in a tool of the caller's.

        Args:
            change: The change that brings the fix; the one that is known unless given.

            no_change_reason: Why it needs none.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: Both are given.
        """
        changes = self._brought_by(change)
        changes |= {"deferral": None, **checked(PROBLEM_FIELDS, no_change_reason=no_change_reason)}
        if change is not None and no_change_reason is not None:
            raise ValueError("change and no_change_reason contradict each other")
        if no_change_reason is not None:
            changes |= {"change": None, "change_status": None}
        return self._step("start_fix", changes, by=by, at=at, note=note, policies=policies)

    def record_change(
        self,
        status: ChangeStatus,
        *,
        change: ChangeId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record what the tool says in which changes live. The problem stays where it is.

        Args:
            status: Where the change stands.

            change: Which; the one that is known unless given.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes = self._brought_by(change) | checked(
            PROBLEM_FIELDS, PROBLEM_ARGUMENTS, change_status=status
        )
        if change is not None:
            changes["no_change_reason"] = None
        return self._step("record_change", changes, by=by, at=at, note=note, policies=policies)

    def fix_failed(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        Go back to the known error, or to the analysis where it was not declared one.

        The next fix names its change anew. A known error that the problem only names declares
        nothing: whether it is understood is for the policy to say, with `declare_known_error`.
        """
        changes = {**_UNFIXED, "deferral": None}
        told = check_optional_text(reason, "reason")
        return self._step("fix_failed", changes, by=by, at=at, note=told, policies=policies)

    def defer(
        self,
        until: datetime,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Rely on the workaround for a while, because a fix does not pay; again, that is another date.

        Args:
            until: When to look at it again.

            reason: Why.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        date, why = optional_utc(until, "until"), check_optional_text(reason, "reason")
        deferral = None
        if date is not None and why is not None:
            name = check_type(by, Actor, "by").name
            deferral = Deferral(until=date, reason=why, at=utc(at), by=name)
        return self._step(
            "defer",
            {"deferral": deferral},
            by=by,
            at=at,
            note=why,
            told=lacking(until=date, reason=why),
            policies=policies,
        )

    def take_up(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        End a deferral.
        """
        told = check_optional_text(reason, "reason")
        return self._step("take_up", {"deferral": None}, by=by, at=at, note=told, policies=policies)

    def accept_risk(
        self,
        *,
        approver: str,
        reason: str,
        review_at: datetime,
        expires_at: datetime | None = None,
        by: Actor,
        at: datetime,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Close it without a fix, on the word of the business; its known error stays published.

        Args:
            approver: Name of who speaks for the business.

            reason: Why.

            review_at: When to look at it again.

            expires_at: Until when the acceptance holds; for good unless given.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        accepted = _accepted(approver, reason, review_at, expires_at, utc(at))
        changes = {
            "resolution_code": ProblemResolutionCode.RISK_ACCEPTED,
            "risk_acceptance": accepted,
            "deferral": None,
        }
        return self._step(
            "accept_risk",
            changes,
            by=by,
            at=at,
            note=reason,
            told=lacking(approver=approver, reason=reason, review_at=review_at),
            policies=policies,
        )

    def renew_risk_acceptance(
        self,
        *,
        approver: str,
        reason: str,
        review_at: datetime,
        expires_at: datetime | None = None,
        by: Actor,
        at: datetime,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Accept the risk for longer, after another look at it; the arguments are `accept_risk`'s.
        """
        accepted = _accepted(approver, reason, review_at, expires_at, utc(at))
        return self._step(
            "renew_risk_acceptance",
            {"risk_acceptance": accepted},
            by=by,
            at=at,
            note=reason,
            told=lacking(approver=approver, reason=reason, review_at=review_at),
            policies=policies,
        )

    def record_recurrence(
        self,
        incident: IncidentId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record that it came back though it is resolved; the observation begins anew.

        `itil_ops.handoffs.record_recurrence` links the incident too.

        Args:
            incident: The incident with which it came back.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it came back; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        named = check_optional(incident, IncidentId, "incident")
        ruling = in_force(policies, self.policies)
        again = ruling.observation.observed_until(self, effective(at, effective_at))
        known = [until for until in (self.observed_until, again) if until is not None]
        others = tuple(one for one in self.recurrences if one != named)
        return self._step(
            "record_recurrence",
            {
                "recurrences": self.recurrences if named is None else (*others, named),
                "observed_until": max(known, default=None),
            },
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            decided={"observed_until": ruling.observation.name},
            told={"incident": named},
            policies=ruling,
        )

    def communicate_workaround(
        self,
        message: str,
        *,
        channel: ContactChannel | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record that users were told of the workaround.

        Args:
            message: What they were told.

            channel: How.

            by: Who told them.

            at: When that is recorded.

            effective_at: When they were told; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        return self._step(
            "communicate_workaround",
            _told(channel, by, effective(at, effective_at)),
            by=by,
            at=at,
            note=check_optional_text(message, "message"),
            effective_at=effective_at,
            policies=policies,
        )

    def communicate_fix(
        self,
        message: str,
        *,
        channel: ContactChannel | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record that users were told how it was solved; the arguments are `communicate_workaround`'s.
        """
        return self._step(
            "communicate_fix",
            _told(channel, by, effective(at, effective_at)),
            by=by,
            at=at,
            note=check_optional_text(message, "message"),
            effective_at=effective_at,
            policies=policies,
        )

    def _brought_by(self, change: ChangeId | None) -> dict[str, object]:
        named = check_optional(change, ChangeId, "change")
        if named is None:
            return {}
        status = self.change_status if named == self.change else None
        links = self._linked((LinkKind.ADDRESSED_BY, named))
        return {"change": named, "change_status": status, "links": links}


_UNFIXED = {"change": None, "change_status": None, "no_change_reason": None}


def _accepted(
    approver: str | None,
    reason: str | None,
    review_at: datetime | None,
    expires_at: datetime | None,
    at: datetime,
) -> RiskAcceptance | None:
    """
    Return the acceptance, or none where something is missing that it cannot do without.
    """
    name = check_optional_text(approver, "approver")
    why = check_optional_text(reason, "reason")
    review = optional_utc(review_at, "review_at")
    expiry = optional_utc(expires_at, "expires_at")
    if name is None or why is None or review is None:
        return None
    return RiskAcceptance(
        approver=name, reason=why, accepted_at=utc(at), review_at=review, expires_at=expiry
    )


def _told(channel: ContactChannel | None, by: Actor, at: datetime) -> dict[str, object]:
    contact = Contact(
        direction=Direction.OUTBOUND,
        visibility=Visibility.PUBLIC,
        at=utc(at),
        channel=check_optional(channel, ContactChannel, "channel"),
        automatic=check_type(by, Actor, "by").kind is ActorKind.SYSTEM,
    )
    return {"last_contact": contact}
