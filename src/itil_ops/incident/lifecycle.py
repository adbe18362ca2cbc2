"""
The lifecycle of an incident, as a table.

Work does not follow a textbook: incidents are resolved in the first call, out of a hold, or closed
in one step. Those forward skips are rows like any other, so they are legal and visible.
"""

from __future__ import annotations

from itil_ops.incident import rules
from itil_ops.kernel import closing
from itil_ops.kernel import rules as common
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.rows import (
    ANNOTATION_ROWS,
    COMMUNICATION_ROW,
    ESCALATION_ROW,
    FAMILY_ROWS,
    NOT_ENDED,
    OPEN,
    reopen_rows,
)
from itil_ops.kernel.table import RETURN, START, STAY, Composite, Phase, State, Transition


NEW = State("new", Phase.ACTIVE, meaning="It is logged, and nobody has it yet.")
ASSIGNED = State("assigned", Phase.ACTIVE, meaning="It is in a group's queue or a person's.")
IN_PROGRESS = State("in_progress", Phase.ACTIVE, meaning="A person works on it.")
PENDING = State("pending", Phase.WAITING, meaning="Work waits, for a reason.")
RESOLVED = State("resolved", Phase.DONE, meaning="The service works again; to be confirmed.")
CLOSED = State("closed", Phase.ENDED, final=True, meaning="The caller agrees, or did not object.")
CANCELLED = State("cancelled", Phase.DROPPED, final=True, meaning="It was no incident of its own.")


INCIDENT_LIFECYCLE = Lifecycle(
    "incident",
    states=(NEW, ASSIGNED, IN_PROGRESS, PENDING, RESOLVED, CLOSED, CANCELLED),
    transitions=(
        Transition(
            "log",
            START,
            NEW,
            guards=(
                rules.something_is_affected,
                rules.stamps_are_in_order,
                common.it_is_described,
                common.the_channel_is_known,
            ),
        ),
        Transition(
            "assign",
            OPEN,
            ASSIGNED,
            guards=(
                common.somebody_is_named,
                common.it_is_categorized,
                common.it_is_prioritized,
                common.a_move_says_why,
            ),
        ),
        Transition(
            "start",
            (NEW, ASSIGNED),
            IN_PROGRESS,
            guards=(rules.an_assignee_is_known, rules.the_assignee_belongs_to_the_group),
        ),
        Transition(
            "hold",
            OPEN,
            PENDING,
            guards=(
                common.a_pending_reason_is_given,
                common.the_hold_says_something_new,
                common.the_hold_ends_later_than_it_begins,
                rules.the_caller_was_asked,
                common.what_is_awaited_is_named,
            ),
        ),
        Transition("resume", Phase.WAITING, RETURN),
        Transition(
            "resolve",
            OPEN,
            RESOLVED,
            guards=(
                rules.a_resolution_is_given,
                rules.mandatory_steps_are_done,
                rules.stamps_are_in_order,
                common.the_resolution_is_described,
                rules.the_restoration_is_evident,
            ),
        ),
        Transition(
            "auto_resolve",
            OPEN,
            RESOLVED,
            guards=(
                rules.a_resolution_is_given,
                rules.the_cause_is_named,
                common.links_lead_elsewhere,
                rules.auto_resolution_is_allowed,
                rules.stamps_are_in_order,
            ),
        ),
        *reopen_rows(IN_PROGRESS),
        Transition(
            "close",
            Phase.DONE,
            CLOSED,
            guards=(
                closing.an_automatic_closure_is_due,
                closing.another_person_confirms,
                closing.the_closure_is_categorized,
                rules.recurrence_is_answered,
                rules.a_workaround_has_its_problem,
                rules.a_major_review_is_planned,
                closing.an_administrative_closure_is_explained,
            ),
        ),
        Transition(
            "cancel",
            OPEN,
            CANCELLED,
            guards=(
                rules.a_cancellation_reason_is_given,
                rules.what_takes_its_place_is_named,
                common.links_lead_elsewhere,
            ),
        ),
        Transition("categorize", NOT_ENDED, STAY, guards=(common.a_category_is_given,)),
        Transition("prioritize", OPEN, STAY, guards=(common.an_override_says_why,)),
        ESCALATION_ROW,
        Transition("diagnose", OPEN, STAY, guards=(common.something_is_said,)),
        Transition("match_known_error", OPEN, STAY, guards=(rules.a_known_error_is_matched,)),
        Transition("complete_step", OPEN, STAY, guards=(rules.the_step_is_due,)),
        Transition(
            "apply_workaround",
            (IN_PROGRESS, Phase.WAITING),
            STAY,
            guards=(rules.a_workaround_is_given,),
        ),
        Transition("mark_restored", NOT_ENDED, STAY, guards=(rules.stamps_are_in_order,)),
        Transition(
            "declare_major",
            OPEN,
            STAY,
            guards=(
                common.a_reason_is_given,
                common.it_is_not_major_yet,
                rules.a_major_incident_is_led,
            ),
        ),
        Transition(
            "demote_major",
            OPEN,
            STAY,
            guards=(common.a_reason_is_given, common.it_is_major),
        ),
        COMMUNICATION_ROW,
        *ANNOTATION_ROWS,
        *FAMILY_ROWS,
    ),
    composites=(Composite("close", ("resolve", "close")),),
)
