"""
What each field of a problem takes, checked where a verb takes it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from itil_ops.kernel.checks import (
    Check,
    check_distinct_names,
    check_optional,
    check_optional_text,
    check_type,
    optional,
    tuple_of,
)
from itil_ops.kernel.fields import RECORD_FIELDS
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, ProblemId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.vocabulary import ChangeStatus, Criticality
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import AnalysisTechnique, ProblemOrigin, ProblemResolutionCode


if TYPE_CHECKING:
    from collections.abc import Mapping


def _problem_id(value: object, name: str) -> object:
    return check_type(value, ProblemId, name)


def _cost(value: object, name: str) -> object:
    cost = check_optional(value, Decimal, name)
    if cost is not None and not (cost.is_finite() and cost >= 0):
        raise ValueError(f"{name} must be a number and not negative, not {cost}")
    return cost


PROBLEM_FIELDS: Mapping[str, Check] = {
    **RECORD_FIELDS,
    "affected_services": check_distinct_names,
    "affected_users": check_distinct_names,
    "business_areas": check_distinct_names,
    "change": optional(ChangeId),
    "change_status": optional(ChangeStatus),
    "closure_waiver": check_optional_text,
    "configuration_items": tuple_of(ConfigurationItemId),
    "cost": _cost,
    "criticality": optional(Criticality),
    "detected_at": optional_utc,
    "evidence": check_optional_text,
    "id": _problem_id,
    "no_change_reason": check_optional_text,
    "no_workaround_reason": check_optional_text,
    "origin": optional(ProblemOrigin),
    "resolution_code": optional(ProblemResolutionCode),
    "root_cause_unknown_reason": check_optional_text,
    "severity": optional(ProblemSeverity),
    "symptoms": check_optional_text,
    "target_resolution_at": optional_utc,
    "techniques": tuple_of(AnalysisTechnique),
}
"""
The checks of a problem's fields.
"""


def lacking(**stated: object) -> dict[str, tuple[str, ...]]:
    """
    Return what tells rules which arguments of a verb are not given.

    >>> lacking(approver="cfo", reason=None)
    {'missing': ('reason',)}
    """
    return {"missing": tuple(name for name, value in stated.items() if value is None)}


PROBLEM_ARGUMENTS: Mapping[str, str] = {
    "change_status": "status",
    "closure_waiver": "waiver",
    "no_workaround_reason": "reason",
    "resolution_code": "code",
}
"""
What some fields of a problem are called where a verb takes them.
"""
