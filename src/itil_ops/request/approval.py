"""
An approval: it lives its own life inside the journal of a service request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.catalog.approval import ApprovalKind, Say
from itil_ops.kernel import rules as common
from itil_ops.kernel.guard import AnyContext, integrity
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import START, STAY, Phase, State, Transition
from itil_ops.kernel.vocabulary import PendingReason


if TYPE_CHECKING:
    from collections.abc import Mapping

    from itil_ops.request.facts import RequestFacts


class ApprovalId(PartId):
    """
    Id of an approval of a service request.
    """

    __slots__ = ()


# ---- Rules ------------------------------------------------------------------------------------


@integrity
def the_request_waits_for_it(_: Approval, step: AnyContext) -> str | None:
    """
    Approvals are decided while their request waits for them; once it has ended they are frozen.
    """
    request: RequestFacts | None = step.before
    if request is None or is_awaiting_approval(request):
        return None
    return f"its request is {request.state}, and waits for no approval"


def is_awaiting_approval(request: RequestFacts) -> bool:
    """
    Whether *request* waits for approvals, whatever its state is called.
    """
    # What is suspended returns to where it was, and waits for nobody, whatever the reason.
    waits = request.state.phase is Phase.WAITING and request.returns_to is None
    return waits and request.pending_reason == PendingReason.AWAITING_APPROVAL


@integrity
def somebody_who_was_asked_decides(approval: Approval, step: AnyContext) -> str | None:
    """
    An approval is decided by the approver, a delegate, or a deputy whom the directory names.
    """
    asked = _as_it_was(approval, step)
    if step.by.name in asked.deciders or step.by.name in _deputies(asked, step):
        return None
    return f"{step.by} was not asked: it is up to {' or '.join(asked.deciders)}, or a deputy"


def _as_it_was(approval: Approval, step: AnyContext) -> Approval:
    """
    Return *approval* as it was before the step, so that no step is measured by what it changes.
    """
    known: tuple[Approval, ...] = () if step.before is None else step.before.approvals
    return next((one for one in known if one.id == approval.id), approval)


def _deputies(approval: Approval, step: AnyContext) -> tuple[str, ...]:
    return tuple(step.policies.directory.deputies(approval.approver, step.at))


@integrity
def nobody_approves_their_own(_: Approval, step: AnyContext) -> str | None:
    """
    Requester and beneficiary approve nothing of their own, nor do those who act for them.
    """
    return _own(step.by.name, step)


def _own(person: str, step: AnyContext) -> str | None:
    request: RequestFacts | None = step.before
    if request is None or person not in request.interested(step.policies.directory, step.at):
        return None
    return has_an_interest(person)


def has_an_interest(person: str) -> str:
    """
    Return in words why *person* approves nothing of a request.
    """
    return f"{person} asks for it, gets it, or acts for who does, and cannot approve it"


@integrity
def one_person_has_one_say(approval: Approval, step: AnyContext) -> str | None:
    """
    Who decides in place of somebody else has no other say in it, and who did has none left.
    """
    request: RequestFacts | None = step.before
    if request is None or not _has_another_say(step.by.name, approval, request):
        return None
    return f"{step.by} has another say in it"


def _has_another_say(person: str, approval: Approval, request: RequestFacts) -> bool:
    others = [one for one in request.counted_approvals if one.id != approval.id]
    if person == approval.approver:
        return any(one.decided_by == person != one.approver for one in others)
    has_spoken = any(one.decided_by == person for one in others)
    return has_spoken or person in _with_a_say(request, approval)


def _with_a_say(request: RequestFacts, approval: Approval) -> set[str]:
    """
    Return the names of those who are asked beside *approval*, or will be.
    """
    return {person for seat, person in request.speakers.items() if seat != approval.seat}


@integrity
def the_cost_is_within_the_limit(approval: Approval, step: AnyContext) -> str | None:
    """
    A financial approval is given by somebody who may approve as much.
    """
    return _beyond_limit(approval, step.by.name, step)


def _beyond_limit(approval: Approval, person: str, step: AnyContext) -> str | None:
    request: RequestFacts | None = step.before
    if approval.kind is not ApprovalKind.FINANCIAL or request is None or request.cost is None:
        return None
    limit, cost = step.policies.directory.limit(person), request.cost
    if limit is None:
        return None
    if limit.currency != cost.currency:
        return f"the limit of {person} is in {limit.currency}, and the cost in {cost.currency}"
    return None if cost <= limit else f"it costs {cost}, and {person} may approve {limit}"


@integrity
def a_delegate_is_named(approval: Approval, step: AnyContext) -> str | None:
    """
    A delegation says to whom, and that is somebody else; only one that is there is taken back.
    """
    if approval.delegate is None:
        return None if _as_it_was(approval, step).delegate else "there is no delegate"
    is_own = approval.delegate in {approval.approver, step.by.name}
    return "nobody delegates to themselves" if is_own else None


@integrity
def the_delegate_may_approve(approval: Approval, step: AnyContext) -> str | None:
    """
    A delegate has no interest in the request, no other say in it, and limit enough.
    """
    return None if approval.delegate is None else _why_no_other(approval.delegate, approval, step)


@integrity
def another_approver_is_named(approval: Approval, step: AnyContext) -> str | None:
    """
    An approval is reassigned to somebody else, and nobody reassigns it to themselves.
    """
    if not approval.approver:
        return "there is no approver"
    if step.by.name in {approval.approver, *_deputies(approval, step)}:
        return "nobody reassigns an approval to themselves, nor to whom they act for"
    is_same = approval.approver == _as_it_was(approval, step).approver
    return f"{approval.approver} is asked already" if is_same else None


@integrity
def the_new_approver_may_approve(approval: Approval, step: AnyContext) -> str | None:
    """
    Who is asked instead has no interest in the request, no other say in it, and limit enough.
    """
    return _why_no_other(approval.approver, approval, step) if approval.approver else None


def _why_no_other(person: str, approval: Approval, step: AnyContext) -> str | None:
    """
    Return why *person* does not decide *approval* in place of who was asked.
    """
    request: RequestFacts | None = step.before
    if request is not None and _has_another_say(person, _as_it_was(approval, step), request):
        return f"{person} has another say in it"
    return _own(person, step) or _beyond_limit(approval, person, step)


@integrity
def it_is_decided_in_time(approval: Approval, step: AnyContext) -> str | None:
    """
    An approval is decided before its time is over, whenever somebody records that it is.
    """
    until = _as_it_was(approval, step).expires_at
    if until is None or step.at < until:
        return None
    return f"its time was over at {until}: 'expire_approval' or 'extend_approval'"


@integrity
def its_time_is_over(approval: Approval, step: AnyContext) -> str | None:
    """
    An approval expires once its time is over.
    """
    if approval.expires_at is None:
        return "it never expires"
    return None if step.at >= approval.expires_at else f"it expires at {approval.expires_at}"


@integrity
def the_extension_gives_more_time(approval: Approval, step: AnyContext) -> str | None:
    """
    An extension gives more time than there was, never less.
    """
    before = None if step.before is None else step.before.part(approval.id)
    if before is None or approval.expires_at is None:
        return None
    if before.expires_at is None:
        return "it never expires: any date would be less time"
    is_more = approval.expires_at > before.expires_at
    return None if is_more else f"it has until {before.expires_at} already"


@integrity
def the_extension_lies_ahead(approval: Approval, step: AnyContext) -> str | None:
    """
    An approval is extended to an instant that lies ahead.
    """
    if approval.expires_at is None or approval.expires_at > step.at:
        return None
    return f"expires_at {approval.expires_at} does not lie after {step.at}"


# ---- Life -------------------------------------------------------------------------------------

REQUESTED = State("requested", Phase.ACTIVE, meaning="Somebody was asked, and has not answered.")
APPROVED = State("approved", Phase.ENDED, final=True, meaning="The answer was yes.")
REJECTED = State("rejected", Phase.ENDED, final=True, meaning="The answer was no.")
EXPIRED = State("expired", Phase.DROPPED, final=True, meaning="Nobody answered in time.")
WITHDRAWN = State("withdrawn", Phase.DROPPED, final=True, meaning="No answer is needed any more.")

APPROVAL_LIFECYCLE = Lifecycle(
    "approval",
    states=(REQUESTED, APPROVED, REJECTED, EXPIRED, WITHDRAWN),
    transitions=(
        Transition("request_approval", START, REQUESTED),
        Transition(
            "approve",
            REQUESTED,
            APPROVED,
            guards=(
                the_request_waits_for_it,
                it_is_decided_in_time,
                somebody_who_was_asked_decides,
                nobody_approves_their_own,
                one_person_has_one_say,
                the_cost_is_within_the_limit,
            ),
        ),
        Transition(
            "decline",
            REQUESTED,
            REJECTED,
            guards=(
                the_request_waits_for_it,
                it_is_decided_in_time,
                somebody_who_was_asked_decides,
                nobody_approves_their_own,
                one_person_has_one_say,
                common.a_reason_is_given,
            ),
        ),
        Transition(
            "delegate",
            REQUESTED,
            STAY,
            guards=(
                the_request_waits_for_it,
                it_is_decided_in_time,
                somebody_who_was_asked_decides,
                nobody_approves_their_own,
                a_delegate_is_named,
                the_delegate_may_approve,
            ),
        ),
        Transition(
            "reassign_approval",
            REQUESTED,
            STAY,
            guards=(
                the_request_waits_for_it,
                it_is_decided_in_time,
                common.a_reason_is_given,
                nobody_approves_their_own,
                another_approver_is_named,
                the_new_approver_may_approve,
            ),
        ),
        Transition(
            "extend_approval",
            REQUESTED,
            STAY,
            guards=(the_extension_lies_ahead, the_extension_gives_more_time),
        ),
        Transition(
            "expire_approval",
            REQUESTED,
            EXPIRED,
            guards=(the_request_waits_for_it, its_time_is_over),
        ),
        Transition("withdraw_approval", REQUESTED, WITHDRAWN, guards=(common.a_reason_is_given,)),
    ),
    consequences=("request_approval", "withdraw_approval"),
)


@attrs.frozen(kw_only=True)
class Approval(Part):
    """
    The say of one person in the authorization of a service request.

    Attributes:
        seat: The number of the seat in the request's rule that it speaks for.

        kind: In which matter.

        approver: Who was asked.

        in_place_of: Who was or would have been asked first: somebody with an interest in the
            request, with too low a limit, who let the time pass, or from whom it was taken.

        delegate: Who may decide in place of the approver, if one was named.

        decided_by: Who decided.

        reason: Why it was declined, or is not needed any more.

        expires_at: Until when it is to be decided.
    """

    lifecycle: ClassVar[Lifecycle] = APPROVAL_LIFECYCLE

    id: ApprovalId
    seat: int
    kind: ApprovalKind
    approver: str
    in_place_of: str | None = None
    delegate: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    expires_at: DateTime | None = None

    @property
    def is_open(self) -> bool:
        """
        Whether an answer is still waited for.
        """
        return self.state.phase is Phase.ACTIVE

    @property
    def say(self) -> Say | None:
        """
        What came of it; `None` while it is open, and where no answer is needed any more.
        """
        return _SAYS.get(self.state.name)

    @property
    def deciders(self) -> tuple[str, ...]:
        """
        Names of those who may decide it: the approver, and the delegate if there is one.
        """
        return (self.approver,) if self.delegate is None else (self.approver, self.delegate)


_SAYS: Mapping[str, Say] = {
    APPROVED.name: Say.APPROVED,
    REJECTED.name: Say.REJECTED,
    EXPIRED.name: Say.LAPSED,
}
