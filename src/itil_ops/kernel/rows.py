"""
Rows that the lifecycles of all rooms have alike in which people work on records.
"""

from __future__ import annotations

from typing import Final

from itil_ops.kernel import closing, rules
from itil_ops.kernel.table import STAY, Phase, State, Transition


OPEN: Final = (Phase.ACTIVE, Phase.WAITING)
"""
Where there is still work to do.
"""

NOT_ENDED: Final = (*OPEN, Phase.DONE)
"""
Where facts may still be put right.
"""

ANYWHERE: Final = tuple(Phase)

ANNOTATION_ROWS: Final = (
    Transition("comment", ANYWHERE, STAY, guards=(rules.something_is_said,)),
    Transition(
        "link",
        ANYWHERE,
        STAY,
        guards=(
            rules.the_link_is_new,
            rules.links_lead_elsewhere,
            rules.links_lead_to_what_they_say,
            rules.a_family_link_has_its_own_verb,
        ),
    ),
    Transition("unlink", NOT_ENDED, STAY, guards=(rules.the_link_is_there,)),
)
"""
The verbs of `Annotated`.
"""

ESCALATION_ROW: Final = Transition(
    "escalate",
    OPEN,
    STAY,
    guards=(
        rules.the_escalation_leads_somewhere,
        rules.a_reason_is_given,
        rules.an_external_line_is_named,
    ),
)
"""
The verb of `UserFacing` with which more is called for.
"""

COMMUNICATION_ROW: Final = Transition(
    "communicate", ANYWHERE, STAY, guards=(rules.something_is_said,)
)
"""
The verb of `UserFacing` with which the user's side is told something, or tells it.
"""

FAMILY_ROWS: Final = (
    Transition(
        "join",
        OPEN,
        STAY,
        guards=(
            rules.a_parent_is_named,
            rules.there_is_one_parent,
            rules.links_lead_elsewhere,
            rules.none_is_its_own_ancestor,
            rules.the_family_has_few_levels,
        ),
    ),
    Transition(
        "take_over",
        OPEN,
        STAY,
        guards=(
            rules.it_is_taken_over_once,
            rules.links_lead_elsewhere,
            rules.links_lead_to_what_they_say,
            rules.a_family_link_has_its_own_verb,
        ),
    ),
)
"""
The verbs of `Handled` with which a record gets a family, or goes on from another one.
"""


def reopen_rows(to: State) -> tuple[Transition, ...]:
    """
    Return the rows by which the user's side has a record taken up again, which lead *to* a state.
    """
    done = (rules.a_reason_is_given, closing.another_reopening_is_allowed)
    ended = (
        rules.a_reason_is_given,
        closing.the_reopen_window_is_open,
        closing.another_reopening_is_allowed,
    )
    return (
        Transition("reopen", Phase.DONE, to, guards=done),
        Transition("reopen", Phase.ENDED, to, guards=ended),
    )
