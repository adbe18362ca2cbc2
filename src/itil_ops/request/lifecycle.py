"""
The lifecycle of a service request, as a table.

That it was authorized before it is fulfilled is a state of its own, so that it is visible: every
way to fulfillment leads through it.
"""

from __future__ import annotations

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
from itil_ops.request import rules


DRAFT = State("draft", Phase.ACTIVE, meaning="It is being written, and promised nothing yet.")
IN_REVIEW = State("in_review", Phase.ACTIVE, meaning="It is submitted, and looked at.")
WAITING_AUTHORIZATION = State(
    "waiting_authorization", Phase.WAITING, meaning="Somebody has to agree to it."
)
AUTHORIZED = State("authorized", Phase.ACTIVE, meaning="It may be fulfilled.")
IN_PROGRESS = State("in_progress", Phase.ACTIVE, meaning="It is being fulfilled.")
SUSPENDED = State("suspended", Phase.WAITING, meaning="It waits, for a reason.")
COMPLETED = State("completed", Phase.DONE, meaning="The result is there; to be confirmed.")
CLOSED = State("closed", Phase.ENDED, final=True, meaning="The user agrees, or did not object.")
REJECTED = State("rejected", Phase.DROPPED, final=True, meaning="It was not authorized.")
CANCELLED = State("cancelled", Phase.DROPPED, final=True, meaning="It was called off.")

_ON_REVIEW = (
    common.it_is_categorized,
    common.it_is_prioritized,
    rules.the_beneficiary_is_entitled,
    rules.its_environment_is_supported,
)
_ASKED_FOR = (
    rules.a_requester_is_known,
    rules.something_is_asked_for,
    rules.it_takes_one_standard_change_at_most,
    rules.forms_are_filled_in,
)

REQUEST_LIFECYCLE = Lifecycle(
    "service request",
    states=(
        DRAFT,
        IN_REVIEW,
        WAITING_AUTHORIZATION,
        AUTHORIZED,
        IN_PROGRESS,
        SUSPENDED,
        COMPLETED,
        CLOSED,
        REJECTED,
        CANCELLED,
    ),
    transitions=(
        Transition("draft", START, DRAFT),
        Transition("revise", DRAFT, STAY, guards=(common.something_is_revised,)),
        Transition("revise", IN_REVIEW, STAY, guards=(common.something_is_revised, *_ASKED_FOR)),
        Transition(
            "submit",
            DRAFT,
            IN_REVIEW,
            guards=(*_ASKED_FOR, common.it_is_described, common.the_channel_is_known),
        ),
        Transition(
            "request_authorization",
            IN_REVIEW,
            WAITING_AUTHORIZATION,
            guards=(
                *_ON_REVIEW,
                rules.somebody_has_to_agree,
                rules.everybody_who_has_to_agree_can_be_asked,
                rules.the_cost_is_known_to_who_approves_it,
            ),
        ),
        Transition(
            "authorize",
            IN_REVIEW,
            AUTHORIZED,
            guards=(
                *_ON_REVIEW,
                rules.nobody_has_to_agree,
                rules.nobody_authorizes_their_own,
            ),
        ),
        Transition(
            "authorize",
            WAITING_AUTHORIZATION,
            AUTHORIZED,
            guards=(rules.every_approval_that_counts_is_given,),
        ),
        Transition(
            "reject",
            (IN_REVIEW, WAITING_AUTHORIZATION),
            REJECTED,
            guards=(common.a_reason_is_given, rules.the_requester_was_told),
        ),
        Transition(
            "return_to_review",
            WAITING_AUTHORIZATION,
            IN_REVIEW,
            guards=(common.a_reason_is_given,),
        ),
        Transition(
            "start_fulfillment",
            AUTHORIZED,
            IN_PROGRESS,
            guards=(
                rules.somebody_fulfills_it,
                rules.the_standard_change_is_registered,
                rules.a_needed_change_is_registered,
                common.a_move_says_why,
            ),
        ),
        # Not the phases: a draft waits for nobody, and waiting for approvals is not resumed from.
        Transition(
            "suspend",
            (IN_REVIEW, WAITING_AUTHORIZATION, AUTHORIZED, IN_PROGRESS, SUSPENDED),
            SUSPENDED,
            guards=(
                common.a_pending_reason_is_given,
                common.the_hold_says_something_new,
                common.the_hold_ends_later_than_it_begins,
                common.what_is_awaited_is_named,
                rules.no_task_moved_since,
            ),
        ),
        Transition("resume", SUSPENDED, RETURN),
        Transition(
            "complete",
            IN_PROGRESS,
            COMPLETED,
            guards=(
                rules.it_is_authorized,
                rules.mandatory_tasks_are_over,
                rules.no_task_moved_since,
                rules.an_overrun_is_explained,
                rules.what_is_missing_is_explained,
                rules.linked_access_requests_are_over,
                rules.updates_of_configuration_items_are_noted,
            ),
        ),
        Transition(
            "close",
            Phase.DONE,
            CLOSED,
            guards=(
                closing.an_automatic_closure_is_due,
                closing.another_person_confirms,
                rules.closure_conditions_are_confirmed,
                rules.what_is_confirmed_is_a_condition,
                closing.the_closure_is_categorized,
                rules.the_charge_has_a_budget_center,
                closing.an_administrative_closure_is_explained,
            ),
        ),
        *reopen_rows(IN_PROGRESS),
        Transition(
            "cancel",
            OPEN,
            CANCELLED,
            guards=(
                rules.a_cancellation_reason_is_given,
                rules.what_takes_its_place_is_named,
                common.links_lead_elsewhere,
                rules.what_was_done_can_be_undone,
            ),
        ),
        Transition(
            "deliver",
            IN_PROGRESS,
            STAY,
            guards=(
                rules.it_is_authorized,
                rules.the_item_was_asked_for,
                rules.no_more_is_delivered_than_asked_for,
            ),
        ),
        Transition(
            "withdraw_delivery",
            IN_PROGRESS,
            STAY,
            guards=(
                common.a_reason_is_given,
                rules.the_item_was_asked_for,
                rules.no_more_is_withdrawn_than_delivered,
            ),
        ),
        Transition(
            "register_change",
            (AUTHORIZED, IN_PROGRESS, SUSPENDED),
            STAY,
            guards=(
                rules.it_is_authorized,
                rules.a_change_is_named,
                rules.the_change_is_new_or_moved_on,
            ),
        ),
        Transition(
            "record_change",
            (AUTHORIZED, IN_PROGRESS, SUSPENDED, Phase.DONE),
            STAY,
            guards=(
                rules.it_is_authorized,
                rules.a_change_is_named,
                rules.the_change_is_new_or_moved_on,
            ),
        ),
        Transition(
            "assign",
            OPEN,
            STAY,
            guards=(common.somebody_is_named, common.a_move_says_why),
        ),
        Transition("categorize", NOT_ENDED, STAY, guards=(common.a_category_is_given,)),
        Transition("prioritize", OPEN, STAY, guards=(common.an_override_says_why,)),
        ESCALATION_ROW,
        COMMUNICATION_ROW,
        *ANNOTATION_ROWS,
        *FAMILY_ROWS,
    ),
    composites=(
        Composite("start_fulfillment", ("authorize", "start_fulfillment"), sources=(IN_REVIEW,)),
        Composite("complete", ("start_fulfillment", "complete")),
        Composite("complete", ("authorize", "start_fulfillment", "complete"), sources=(IN_REVIEW,)),
    ),
)
