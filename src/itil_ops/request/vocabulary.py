"""
Words of the request room.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from pendulum import DateTime

from itil_ops.catalog.money import Money
from itil_ops.kernel.vocabulary import ActionType


class RequestCancellationReason(StrEnum):
    """
    Why a service request is over without a result.
    """

    DUPLICATE = "duplicate"
    NOT_A_REQUEST = "not_a_request"
    RAISED_IN_ERROR = "raised_in_error"
    CONVERTED = "converted"
    WITHDRAWN = "withdrawn"


class RequestOutcome(StrEnum):
    """
    What came of a service request, of an item of it, or of its tasks.
    """

    SUCCESSFUL = "successful"
    """All that was asked for is there."""

    PARTIAL = "partial"
    """Some of it is there, and some is not."""

    WITH_ISSUES = "with_issues"
    """Something that was mandatory failed, or was called off."""

    SKIPPED = "skipped"
    """Nothing of it was done, for a reason."""

    REJECTED = "rejected"
    """It was not authorized."""

    CANCELLED = "cancelled"
    """It was called off."""

    DUPLICATE = "duplicate"
    """Another request asked for the same."""

    CONVERTED = "converted"
    """It went on as a record of another kind."""


class RequestStage(StrEnum):
    """
    How far a service request has come, whatever its states are called.
    """

    DRAFT = "draft"
    REVIEW = "review"
    AUTHORIZATION = "authorization"
    FULFILLMENT = "fulfillment"
    CONFIRMATION = "confirmation"
    OVER = "over"


@attrs.frozen(kw_only=True)
class Charge:
    """
    What is charged for a service request.

    Attributes:
        amount: How much.

        budget_center: The budget that it is charged to, if anybody said.

        charged_at: When.
    """

    amount: Money
    budget_center: str | None = None
    charged_at: DateTime


REQUEST_ACTION_TYPES = {
    "submit": ActionType.ROUTING,
    "assign": ActionType.ROUTING,
    "suspend": ActionType.ROUTING,
    "resume": ActionType.ROUTING,
    "reopen": ActionType.ROUTING,
    "request_authorization": ActionType.APPROVAL,
    "return_to_review": ActionType.APPROVAL,
    "authorize": ActionType.APPROVAL,
    "reject": ActionType.APPROVAL,
    "request_approval": ActionType.APPROVAL,
    "approve": ActionType.APPROVAL,
    "decline": ActionType.APPROVAL,
    "delegate": ActionType.APPROVAL,
    "reassign_approval": ActionType.APPROVAL,
    "extend_approval": ActionType.APPROVAL,
    "expire_approval": ActionType.APPROVAL,
    "withdraw_approval": ActionType.APPROVAL,
    "start_fulfillment": ActionType.RESOLUTION,
    "deliver": ActionType.RESOLUTION,
    "withdraw_delivery": ActionType.RESOLUTION,
    "complete": ActionType.RESOLUTION,
    "add_task": ActionType.RESOLUTION,
    "assign_task": ActionType.ROUTING,
    "ready_task": ActionType.RESOLUTION,
    "unready_task": ActionType.RESOLUTION,
    "start_task": ActionType.RESOLUTION,
    "complete_task": ActionType.RESOLUTION,
    "fail_task": ActionType.RESOLUTION,
    "retry_task": ActionType.RESOLUTION,
    "redo_task": ActionType.RESOLUTION,
    "skip_task": ActionType.RESOLUTION,
    "cancel_task": ActionType.RESOLUTION,
    "close": ActionType.CLOSURE,
    "cancel": ActionType.CLOSURE,
    "escalate": ActionType.ESCALATION,
    "communicate": ActionType.COMMUNICATION,
    "comment": ActionType.COMMUNICATION,
}
"""
What sort of activity each action is; all others, and those a caller adds, change data.
"""


def request_action_type(action: str) -> ActionType:
    """
    Return what sort of activity *action* is.

    >>> request_action_type("approve")
    <ActionType.APPROVAL: 'approval'>
    """
    return REQUEST_ACTION_TYPES.get(action, ActionType.CHANGE_OF_DATA)
