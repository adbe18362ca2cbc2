"""
Verbs of the approvals of a service request: what they who were asked say, and what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import attrs

from itil_ops.catalog.approval import ApprovalVerdict, Say
from itil_ops.errors import GuardRefusedError, Reason
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_optional, check_optional_text, check_type
from itil_ops.kernel.course import place_of
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.instant import optional_utc, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import HandlingPolicies, in_force
from itil_ops.kernel.stateful import Part, described
from itil_ops.request.approval import (
    Approval,
    ApprovalId,
    has_an_interest,
    is_awaiting_approval,
)
from itil_ops.request.facts import RequestFacts
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import replacements
from itil_ops.sla.hours.duration import end_of


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.catalog.approval import Approver, Seat
    from itil_ops.kernel.identity import PartId


P = TypeVar("P", bound=Part)


class ApprovalWork(RequestFacts):
    """
    The verbs of the approvals of a service request.

    Each answer is a step of its approval. What follows from it is told as further steps: answers
    that are not needed any more are withdrawn, whose turn it is then is asked, and the request is
    authorized or rejected.
    """

    __slots__ = ()

    def approve(
        self,
        approval: ApprovalId | None = None,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Agree to it; the approval that decides the matter authorizes.

        Args:
            approval: Which approval; the first that the actor was asked for, unless given.

            by: Who agrees: the approver, a delegate, or a deputy.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        return self._answer(
            "approve", Say.APPROVED, approval, note, by=by, at=at, policies=policies
        )

    def decline(
        self,
        approval: ApprovalId | None = None,
        *,
        reason: str,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Disagree with it; the approval that decides the matter rejects.

        Args:
            approval: Which approval; the first that the actor was asked for, unless given.

            reason: Why.

            by: Who disagrees: the approver, a delegate, or a deputy.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        why = check_optional_text(reason, "reason")
        return self._answer("decline", Say.REJECTED, approval, why, by=by, at=at, policies=policies)

    def delegate(
        self,
        approval: ApprovalId | None = None,
        *,
        to: str | None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Let somebody else decide an approval; the approver still may, and both names are kept.

        Args:
            approval: Which approval; the first that the actor was asked for, unless given.

            to: Name of the delegate; `None` takes the delegation back.

            by: Who delegates: the approver, or who may decide in place of the approver.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        meant = self._meant("delegate", approval, by, utc(at), ruling)
        changes = {"delegate": check_optional_text(to, "to")}
        step = Step("delegate", changes, note=note, part=meant.id)
        return self._take(step, by=by, at=at, policies=ruling)

    def reassign_approval(
        self,
        approval: ApprovalId,
        *,
        to: str,
        reason: str,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Ask somebody else instead, with all the time there was; who was asked decides it no more.

        It is for who runs the process, where an approver is away or has left. Nobody gives it to
        themselves, and who has an interest in the request does not choose who approves it.

        Args:
            approval: Which approval.

            to: Name of the approver who is asked instead.

            reason: Why.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        ruling, now = in_force(policies, self.policies), utc(at)
        why = check_optional_text(reason, "reason")
        meant = self._own_approval("reassign_approval", approval)
        first = meant.in_place_of or meant.approver
        changes = {
            "approver": check_optional_text(to, "to"),
            "in_place_of": None if first == to else first,
            "delegate": None,
            "expires_at": self._renewed_expiry(meant, ruling, now),
        }
        step = Step("reassign_approval", changes, note=why, part=meant.id)
        return self._take(step, by=by, at=now, policies=ruling)

    def extend_approval(
        self,
        approval: ApprovalId,
        *,
        until: datetime | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Give an approval another time to be decided in; any, unless *until* is given.
        """
        meant = self._own_approval("extend_approval", approval)
        changes = {"expires_at": optional_utc(until, "until")}
        step = Step("extend_approval", changes, note=note, part=meant.id)
        return self._take(step, by=by, at=at, policies=policies)

    def expire_approval(
        self,
        approval: ApprovalId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that nobody decided an approval in time: who stands in is asked, or it is no consent.
        """
        ruling, now = in_force(policies, self.policies), utc(at)
        meant = self._own_approval("expire_approval", approval)
        steps = [Step("expire_approval", note=note, part=meant.id)]
        instead = self._instead(meant, ruling, now)
        if instead is None:
            steps += self._consequences(meant, Say.LAPSED, "no answer in time", ruling, now)
        else:
            steps.append(instead)
        return self._take(*steps, by=by, at=at, policies=ruling)

    # ---- What verbs have in common ----------------------------------------------------------

    def _answer(
        self,
        action: str,
        say: Say,
        approval: ApprovalId | None,
        note: str | None,
        *,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None,
    ) -> Self:
        ruling, now = in_force(policies, self.policies), utc(at)
        meant = self._meant(action, approval, by, now, ruling)
        changes = {"decided_by": by.name, "reason": note if say is Say.REJECTED else None}
        own = Step(action, changes, note=note, part=meant.id)
        follows = self._consequences(meant, say, note, ruling, now)
        return self._take(own, *follows, by=by, at=at, policies=ruling)

    def _meant(
        self,
        action: str,
        approval: ApprovalId | None,
        by: Actor,
        at: DateTime,
        ruling: RequestPolicies,
    ) -> Approval:
        """
        Return the approval that is meant: unless named, the first that the actor may decide.
        """
        person = check_type(by, Actor, "by").name
        named = check_optional(approval, ApprovalId, "approval")
        if named is not None:
            return self._own_approval(action, named)
        for one in self.open_approvals:
            if person in one.deciders:
                return one
        for one in self.open_approvals:
            if person in ruling.directory.deputies(one.approver, at):
                return one
        asked = ", ".join(f"{one.approver} (approval {one.id})" for one in self.open_approvals)
        text = f"no open approval is {person}'s; asked: {asked or 'nobody'}"
        own = [f"{one.id} is {one.state}" for one in self.approvals if one.decided_by == person]
        text += f"; {person} has answered: approval {', '.join(own)}" if own else ""
        reasons = [Reason("somebody_who_was_asked_decides", text)]
        if person in self.interested(ruling.directory, at):
            reasons.append(Reason("nobody_approves_their_own", has_an_interest(person)))
        raise self._refused(action, *reasons)

    def _own_approval(self, action: str, approval: ApprovalId) -> Approval:
        named = check_optional(approval, ApprovalId, "approval")
        return self._one_of(self.approvals, "approval", named, action)

    def _one_of(self, parts: Sequence[P], kind: str, named: PartId | None, action: str) -> P:
        """
        Return the part that is *named*, an approval or a task.

        Raises:
            GuardRefusedError: There is none.
        """
        place = place_of(parts, named)
        if place is not None:
            return parts[place]
        its = ", ".join(str(part.id) for part in parts) or "none"
        what = f"no {kind} is named" if named is None else f"it has no {kind} {named}"
        text = f"{what}; its {kind}s: {its}"
        raise self._refused(action, Reason(f"the_{kind}_is_one_of_its_own", text))

    def _refused(self, action: str, *reasons: Reason) -> GuardRefusedError:
        return GuardRefusedError(described(self), action, self.state.name, reasons)

    def _consequences(
        self,
        decided: Approval,
        say: Say,
        note: str | None,
        ruling: RequestPolicies,
        at: DateTime,
    ) -> Iterator[Step]:
        """
        Yield what follows from the answer to an approval.
        """
        rule, says = self.approval_rule, {**self.says, decided.seat: say}
        unsaid = say is Say.REJECTED and note is None
        if rule is None or unsaid or not (decided.is_open and is_awaiting_approval(self)):
            return  # a rule of the answer itself speaks
        wanted, verdict = rule.wanted(says), rule.verdict(says)
        numbers = {seat.number for seat in wanted}
        others = [one for one in self.open_approvals if one.id != decided.id]
        for one in others:
            if one.seat not in numbers:
                yield _withdraw(one, _NOT_NEEDED[verdict])
        asked = {one.seat for one in self.approvals}
        yield from (request_of(seat, ruling, at) for seat in wanted if seat.number not in asked)
        if verdict is ApprovalVerdict.APPROVED:
            yield Step("authorize", {"authorized_at": at}, told=_AN_ANSWER)
        elif verdict is ApprovalVerdict.REJECTED:
            yield Step("reject", self._responded(at), note=note, told=_AN_ANSWER)

    def _instead(self, expired: Approval, ruling: RequestPolicies, at: DateTime) -> Step | None:
        """
        Return the step that asks who stands in for who let the time pass, once, if somebody does.
        """
        seat = self._seat(expired)
        if seat is None or sum(1 for one in self.approvals if one.seat == seat.number) > 1:
            return None
        spoken = {one.decided_by for one in self.counted_approvals}
        busy = {*self.speakers.values(), *spoken}
        candidates = replacements(seat.approver, self, ruling, at)
        person = next((one for one in candidates if one not in busy), None)
        if person is None:
            return None
        stand_in = attrs.evolve(seat, person=person, in_place_of=expired.approver)
        return request_of(stand_in, ruling, at, ApprovalId(f"{seat.number}.2"))

    def _renewed_expiry(
        self, approval: Approval, ruling: RequestPolicies, at: DateTime
    ) -> DateTime | None:
        """
        Return until when an approval has all its time again: never less than it has.
        """
        seat = self._seat(approval)
        until = None if seat is None else _expiry(seat.approver, ruling, at)
        if approval.expires_at is None or until is None:
            return approval.expires_at
        return max(until, approval.expires_at)

    def _seat(self, approval: Approval) -> Seat | None:
        seats = () if self.approval_rule is None else self.approval_rule.seats
        return next((seat for seat in seats if seat.number == approval.seat), None)

    def _withdrawn(self, reason: str = "the request has ended") -> Iterator[Step]:
        """
        Yield the steps by which open approvals are withdrawn.
        """
        return (_withdraw(one, reason) for one in self.open_approvals)

    def _renewed(self, policies: HandlingPolicies, at: DateTime) -> Iterator[Step]:
        """
        Yield the steps by which open approvals have all their time again, had it not run out.
        """
        ruling = check_type(policies, RequestPolicies, "policies")
        suspended_at = moved_at(self.journal)[None]
        for one in self.open_approvals:
            until = self._renewed_expiry(one, ruling, at)
            has_lapsed = one.expires_at is not None and one.expires_at <= suspended_at
            if until != one.expires_at and not has_lapsed:
                yield Step(
                    "extend_approval", {"expires_at": until}, part=one.id, told=_A_RESUMPTION
                )


# What a step follows from, for roles that may take it only then; no verb is told that.
_AN_ANSWER: Mapping[str, str] = {"follows": "answer"}
_A_RESUMPTION: Mapping[str, str] = {"follows": "resume"}

_NOT_NEEDED: Mapping[ApprovalVerdict, str] = {
    ApprovalVerdict.OPEN: "decided without it",
    ApprovalVerdict.APPROVED: "the request is approved without it",
    ApprovalVerdict.REJECTED: "the request is rejected without it",
}


def _withdraw(approval: Approval, reason: str) -> Step:
    return Step("withdraw_approval", {"reason": reason}, note=reason, part=approval.id)


def request_of(
    seat: Seat, ruling: RequestPolicies, at: DateTime, id: ApprovalId | None = None
) -> Step:
    """
    Return the step by which the person in *seat* is asked; the approval has the seat's number.
    """
    changes = {
        "seat": seat.number,
        "kind": seat.approver.kind,
        "approver": seat.person,
        "in_place_of": seat.in_place_of,
        "expires_at": _expiry(seat.approver, ruling, at),
    }
    return Step("request_approval", changes, part=id or ApprovalId(str(seat.number)))


def _expiry(approver: Approver, ruling: RequestPolicies, at: DateTime) -> DateTime | None:
    if approver.expires_after is None:
        return None
    return end_of(approver.expires_after, at, ruling.approval_hours)
