"""
What each field of a problem takes, checked where a verb takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.checks import Check, check_optional_text, check_type, optional, tuple_of
from itil_ops.kernel.fields import RECORD_FIELDS
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, ProblemId
from itil_ops.kernel.vocabulary import Criticality
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import (
    AnalysisTechnique,
    ChangeStatus,
    ProblemOrigin,
    ProblemResolutionCode,
)


if TYPE_CHECKING:
    from collections.abc import Mapping


def _problem_id(value: object, name: str) -> object:
    return check_type(value, ProblemId, name)


PROBLEM_FIELDS: Mapping[str, Check] = {
    **RECORD_FIELDS,
    "change": optional(ChangeId),
    "change_status": optional(ChangeStatus),
    "closure_waiver": check_optional_text,
    "configuration_items": tuple_of(ConfigurationItemId),
    "criticality": optional(Criticality),
    "evidence": check_optional_text,
    "id": _problem_id,
    "no_change_reason": check_optional_text,
    "no_workaround_reason": check_optional_text,
    "origin": optional(ProblemOrigin),
    "resolution_code": optional(ProblemResolutionCode),
    "root_cause_unknown_reason": check_optional_text,
    "severity": optional(ProblemSeverity),
    "symptoms": check_optional_text,
    "techniques": tuple_of(AnalysisTechnique),
}
"""
The checks of a problem's fields.
"""
