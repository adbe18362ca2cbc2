"""
What each field of an incident takes, checked where a verb takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.incident.model import IncidentModel
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode, ResolutionKind
from itil_ops.kernel.checks import Check, check_optional_text, check_type, optional, tuple_of
from itil_ops.kernel.fields import CLOSURE_ARGUMENTS, USER_FACING_FIELDS, flag
from itil_ops.kernel.identity import ConfigurationItemId, EventId, IncidentId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.vocabulary import Criticality


if TYPE_CHECKING:
    from collections.abc import Mapping


def _incident_id(value: object, name: str) -> object:
    return check_type(value, IncidentId, name)


INCIDENT_FIELDS: Mapping[str, Check] = {
    **USER_FACING_FIELDS,
    "affected_user": check_optional_text,
    "caller": check_optional_text,
    "cancellation_reason": optional(CancellationReason),
    "configuration_items": tuple_of(ConfigurationItemId),
    "criticality": optional(Criticality),
    "detected_at": optional_utc,
    "environment": check_optional_text,
    "id": _incident_id,
    "likely_to_recur": optional(bool),
    "model": optional(IncidentModel),
    "no_problem_reason": check_optional_text,
    "occurred_at": optional_utc,
    "recovered_at": optional_utc,
    "repaired_at": optional_utc,
    "resolution_code": optional(ResolutionCode),
    "resolution_kind": optional(ResolutionKind),
    "restoration_evidence": check_optional_text,
    "restored_at": optional_utc,
    "security": flag,
    "source_event": optional(EventId),
    "symptom": check_optional_text,
    "workaround": check_optional_text,
}
"""
The checks of an incident's fields.
"""

INCIDENT_ARGUMENTS: Mapping[str, str] = {
    **CLOSURE_ARGUMENTS,
    "cancellation_reason": "reason",
    "resolution_kind": "kind",
    "restoration_evidence": "evidence",
}
"""
What some fields of an incident are called where a verb takes them.
"""
