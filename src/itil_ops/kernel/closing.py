"""
Rules of closing and reopening, which rooms share whose records a user confirms.

They hold for a record that closes as `UserFacing` does, under policies with a `closure` and a
`reopen` of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.kernel.guard import Context, completeness, integrity
from itil_ops.kernel.history import reached_last
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import ClosureReason


if TYPE_CHECKING:
    from itil_ops.kernel.user_facing import UserFacing

    Attempt: TypeAlias = Context[Any, Any]


# ---- Close ------------------------------------------------------------------------------------


@integrity
def an_automatic_closure_is_due(record: UserFacing, step: Attempt) -> str | None:
    """
    What closes by itself does so after the time to object, and never what a person has to close.
    """
    if record.closure_reason is not ClosureReason.AUTO_CLOSED:
        return None
    due = record.auto_close_at
    if due is None or not record.closes_by_itself:
        return "it is never closed automatically"
    return None if step.at >= due else f"it is not closed automatically before {due}"


@integrity
def another_person_confirms(record: UserFacing, step: Attempt) -> str | None:
    """
    Where the policy asks for it, who did the work does not record the caller's confirmation.

    What is solved in the call is confirmed in the call: there, one person does both at once.
    """
    if (
        record.closure_reason is not ClosureReason.CALLER_CONFIRMED
        or not step.policies.closure.confirmed_by_another
    ):
        return None
    done = reached_last(record.journal, record.lifecycle, Phase.DONE)
    if done is None or done.by.name != step.by.name or done.effective_at == step.at:
        return None
    return f"{step.by} {done.to_state} it and cannot record the caller's confirmation"


@completeness
def the_closure_is_categorized(record: UserFacing, _: Attempt) -> str | None:
    """
    Closing checks the category.
    """
    return None if record.closure_category else "there is no closure category"


@completeness
def an_administrative_closure_is_explained(record: UserFacing, step: Attempt) -> str | None:
    """
    Closing without the caller takes a note.
    """
    if record.closure_reason is not ClosureReason.ADMINISTRATIVE or step.note:
        return None
    return "an administrative closure takes a note"


# ---- Reopen -----------------------------------------------------------------------------------


@integrity
def the_reopen_window_is_open(record: UserFacing, step: Attempt) -> str | None:
    """
    What is closed is reopened inside the window that was set when it was closed.
    """
    until = step.before.reopen_until if step.before else None
    if until is not None and step.at < until:
        return None
    when = "at once" if until is None else f"at {until}"
    return f"the time to reopen it ended {when}; {instead_of_reopening(record)}"


def instead_of_reopening(record: UserFacing) -> str:
    """
    Return what is possible where a record cannot be reopened, in the words of its own room.
    """
    return f"{record.lifecycle.opening} a new {record.lifecycle.name} and link it"


@integrity
def another_reopening_is_allowed(_: UserFacing, step: Attempt) -> str | None:
    """
    The policy lets it be reopened as often.
    """
    return None if step.before is None else step.policies.reopen.why_not(step.before)
