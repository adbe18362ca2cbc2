"""
The lifecycle of a known error, as a table.

A known error outlives the incidents it helps with, and the problem it comes from. Once the fix is
deployed it is still found, for the systems that do not have the fix; only what is retired is not.
"""

from __future__ import annotations

from itil_ops.kernel import rules as common
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import START, STAY, Phase, State, Transition
from itil_ops.problem.known_error import rules


DRAFT = State("draft", Phase.ACTIVE, meaning="It is being written, and nobody finds it yet.")
PUBLISHED = State("published", Phase.ACTIVE, meaning="Whoever has its symptoms finds it.")
RESOLVED = State(
    "resolved", Phase.ENDED, final=True, meaning="A fix is deployed; it is found where it is not."
)
RETIRED = State("retired", Phase.ENDED, final=True, meaning="It is of no use, and not found.")

SEARCHABLE = frozenset({PUBLISHED.name, RESOLVED.name})
"""
Names of the states in which a search finds it.
"""

_KEPT = (Phase.ACTIVE, RESOLVED)
_IN_USE = (PUBLISHED, RESOLVED)
_ANY = (Phase.ACTIVE, Phase.ENDED)

_FIT_TO_PUBLISH = (
    rules.symptoms_are_known,
    rules.a_workaround_or_its_absence_is_known,
    rules.the_next_validation_lies_ahead,
    common.it_is_categorized,
    rules.what_it_affects_is_named,
    rules.the_root_cause_is_known,
)

KNOWN_ERROR_LIFECYCLE = Lifecycle(
    "known error",
    states=(DRAFT, PUBLISHED, RESOLVED, RETIRED),
    transitions=(
        Transition(
            "draft",
            START,
            DRAFT,
            guards=(rules.symptoms_are_known, rules.its_problem_is_named),
        ),
        Transition("publish", DRAFT, PUBLISHED, guards=_FIT_TO_PUBLISH),
        Transition(
            "revise", _KEPT, STAY, guards=(common.something_is_revised, rules.symptoms_are_known)
        ),
        Transition(
            "revise_workaround",
            _KEPT,
            STAY,
            guards=(rules.a_workaround_is_given, rules.the_workaround_is_new),
        ),
        Transition(
            "rule_out_workaround",
            _KEPT,
            STAY,
            guards=(rules.why_none_is_possible_is_said, common.something_is_revised),
        ),
        Transition(
            "record_use",
            _IN_USE,
            STAY,
            guards=(rules.an_incident_is_named, rules.each_incident_counts_once),
        ),
        Transition("validate", _KEPT, STAY, guards=(rules.the_next_validation_lies_ahead,)),
        Transition(
            "audit",
            _IN_USE,
            STAY,
            guards=(rules.a_verdict_is_given, rules.what_is_wrong_is_said),
        ),
        Transition("resolve", PUBLISHED, RESOLVED, guards=(rules.the_fix_is_described,)),
        Transition(
            "retire",
            _KEPT,
            RETIRED,
            guards=(
                rules.a_retirement_reason_is_given,
                rules.what_it_duplicates_is_named,
                common.links_lead_elsewhere,
                rules.the_retirement_is_explained,
            ),
        ),
        Transition(
            "republish",
            (RESOLVED, RETIRED),
            PUBLISHED,
            guards=(common.a_reason_is_given, *_FIT_TO_PUBLISH),
        ),
        Transition("comment", _ANY, STAY, guards=(common.something_is_said,)),
        Transition(
            "link",
            _ANY,
            STAY,
            guards=(
                common.the_link_is_new,
                common.links_lead_elsewhere,
                rules.it_has_no_family,
                rules.a_duplicate_is_retired,
            ),
        ),
        Transition(
            "unlink",
            _ANY,
            STAY,
            guards=(common.the_link_is_there, rules.what_it_duplicates_is_named),
        ),
    ),
)
