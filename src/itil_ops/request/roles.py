"""
Who may do what with service requests, after ITIL's roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.policies import Permit, RoleTable
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import ClosureReason


if TYPE_CHECKING:
    from itil_ops.kernel.guard import AnyContext


def is_own_request(request: Any, step: AnyContext) -> bool:
    """
    Whether the actor asks for it, or gets it; of what is there already, as it was before the step.
    """
    known = request if step.before is None else step.before
    return step.by.name in {known.requester, known.requested_for}


def is_own_request_confirmed(request: Any, step: AnyContext) -> bool:
    """
    Whether the actor asks for it or gets it, and confirms that it is there.
    """
    confirms = request.closure_reason is ClosureReason.CALLER_CONFIRMED
    return confirms and is_own_request(request, step)


def request_closes_by_itself(request: Any, _: AnyContext) -> bool:
    """
    Whether the request is closed because nobody objected.
    """
    return bool(request.closure_reason is ClosureReason.AUTO_CLOSED)


def follows_their_answer(_request: object, step: AnyContext) -> bool:
    """
    Whether the request is decided because the actor answered an approval.
    """
    return bool(step.told.get("follows") == "answer")


def follows_the_end(_part: object, step: AnyContext) -> bool:
    """
    Whether a part ends because its request did.
    """
    return step.before is not None and step.before.state.phase is Phase.DROPPED


def follows_the_resumption(_part: object, step: AnyContext) -> bool:
    """
    Whether an approval has all its time again because its request was just resumed.
    """
    return bool(step.told.get("follows") == "resume")


_FULFILL = (
    "start_fulfillment",
    "suspend",
    "resume",
    "deliver",
    "withdraw_delivery",
    "complete",
    "record_change",
)
_TASKS = (
    "add_task",
    "assign_task",
    "start_task",
    "complete_task",
    "fail_task",
    "retry_task",
    "redo_task",
    "unready_task",
    "skip_task",
    "cancel_task",
    "ready_task",
)
_APPROVALS = ("approve", "decline", "delegate", "request_approval", "withdraw_approval")
_ASK = (
    "request_authorization",
    "return_to_review",
    "request_approval",
    "authorize",
    "reject",
    "withdraw_approval",
)
_END = ("withdraw_approval", "cancel_task", "skip_task")

_ANALYSTS = (ProcessRole.SECOND_LINE_ANALYST, ProcessRole.THIRD_LINE_ANALYST)

STRICT_REQUEST_ROLES = RoleTable(
    [
        Permit(
            [ProcessRole.USER],
            ["draft", "revise", "submit", "cancel", "reopen", "communicate", "resume"],
            where=is_own_request,
        ),
        Permit([ProcessRole.USER], ["close"], where=is_own_request_confirmed),
        Permit([ProcessRole.USER], _END, where=follows_the_end),
        Permit([ProcessRole.USER], ["extend_approval"], where=follows_the_resumption),
        Permit(
            [ProcessRole.SERVICE_DESK], ["draft", "revise", "submit", *_ASK, *_FULFILL, *_TASKS]
        ),
        Permit([ProcessRole.SERVICE_DESK], ["assign", "categorize", "prioritize", "escalate"]),
        Permit([ProcessRole.SERVICE_DESK], ["close", "reopen", "communicate", "comment"]),
        Permit([ProcessRole.SERVICE_DESK], ["cancel", "link", "unlink", "join", "take_over"]),
        Permit([ProcessRole.SERVICE_DESK], ["extend_approval", "register_change"]),
        Permit(_ANALYSTS, [*_FULFILL, *_TASKS, "register_change", "extend_approval"]),
        Permit(_ANALYSTS, ["escalate", "communicate", "comment"]),
        Permit([ProcessRole.REQUEST_MANAGER], None),
        Permit([ProcessRole.APPROVER], [*_APPROVALS, "comment"]),
        Permit([ProcessRole.APPROVER], ["authorize", "reject"], where=follows_their_answer),
        Permit([ProcessRole.SYSTEM], ["expire_approval", *_ASK, *_FULFILL, *_TASKS]),
        Permit([ProcessRole.SYSTEM], ["escalate", "communicate", "comment", "link", "unlink"]),
        Permit([ProcessRole.SYSTEM], ["register_change", "extend_approval"]),
        Permit([ProcessRole.SYSTEM], ["close"], where=request_closes_by_itself),
    ]
)
"""
Who may do what with service requests. Who is asked for an approval is another matter: that always
holds. Our defaults where ITIL is silent: the desk fulfills what it can itself; a system runs
automated tasks, sees to approvals that expired, and registers changes.
"""
