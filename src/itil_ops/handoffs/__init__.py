"""
What crosses records: families, merges and cascades, as pure functions; the caller saves.
"""

from itil_ops.handoffs.cascade import (
    ALREADY_SO,
    Cascade,
    CascadeOutcome,
    CascadeStep,
    Wanted,
    follow,
    planned,
)
from itil_ops.handoffs.changes import (
    ChangeGateway,
    ChangeRequest,
    read_change,
    request_change,
    request_change_for,
)
from itil_ops.handoffs.families import (
    adopt,
    caused_by_change,
    mark_duplicate,
    relate,
)
from itil_ops.handoffs.family import Family, gather_family
from itil_ops.handoffs.known_errors import (
    DraftedKnownError,
    KnownErrorEffect,
    RestorationMeans,
    UsedKnownError,
    diagnose_with,
    draft_known_error,
    effect_of_known_errors,
    follow_fix,
    use_known_error,
)
from itil_ops.handoffs.merging import Merged, Split, merge, merged_history, split
from itil_ops.handoffs.parents import SERVICENOW_RULES, CascadeRules, follow_parent, held_with
from itil_ops.handoffs.problems import (
    RaisedProblem,
    RecordedRecurrence,
    close_problem,
    investigate_with,
    raise_problem,
    record_recurrence,
    wait_for_problem,
)
from itil_ops.handoffs.request_changes import (
    raise_change_for,
    read_change_of,
    request_standard_change,
)
from itil_ops.handoffs.requests import Rerouted, reroute_to_incident, reroute_to_request
from itil_ops.handoffs.solutions import follow_problem, push_workaround


__all__ = [
    "ALREADY_SO",
    "SERVICENOW_RULES",
    "Cascade",
    "CascadeOutcome",
    "CascadeRules",
    "CascadeStep",
    "ChangeGateway",
    "ChangeRequest",
    "DraftedKnownError",
    "Family",
    "KnownErrorEffect",
    "Merged",
    "RaisedProblem",
    "RecordedRecurrence",
    "Rerouted",
    "RestorationMeans",
    "Split",
    "UsedKnownError",
    "Wanted",
    "adopt",
    "caused_by_change",
    "close_problem",
    "diagnose_with",
    "draft_known_error",
    "effect_of_known_errors",
    "follow",
    "follow_fix",
    "follow_parent",
    "follow_problem",
    "gather_family",
    "held_with",
    "investigate_with",
    "mark_duplicate",
    "merge",
    "merged_history",
    "planned",
    "push_workaround",
    "raise_change_for",
    "raise_problem",
    "read_change",
    "read_change_of",
    "record_recurrence",
    "relate",
    "request_change",
    "request_change_for",
    "request_standard_change",
    "reroute_to_incident",
    "reroute_to_request",
    "split",
    "use_known_error",
    "wait_for_problem",
]
