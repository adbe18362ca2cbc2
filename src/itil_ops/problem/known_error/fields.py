"""
What each field of a known error takes, checked where a verb takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.checks import (
    Check,
    check_distinct_names,
    check_optional_text,
    check_type,
    optional,
    several,
)
from itil_ops.kernel.fields import RECORD_FIELDS
from itil_ops.kernel.identity import ConfigurationItemId, KnownErrorId, ProblemId
from itil_ops.kernel.instant import optional_utc
from itil_ops.problem.known_error.vocabulary import KnownErrorSource, RetirementReason


if TYPE_CHECKING:
    from collections.abc import Mapping


def _known_error_id(value: object, name: str) -> object:
    return check_type(value, KnownErrorId, name)


def _source(value: object, name: str) -> object:
    return check_type(value, KnownErrorSource, name)


def _items(values: object, name: str) -> object:
    return tuple(dict.fromkeys(several(values, ConfigurationItemId, name)))


KNOWN_ERROR_FIELDS: Mapping[str, Check] = {
    **RECORD_FIELDS,
    "configuration_items": _items,
    "fixed_in": check_distinct_names,
    "id": _known_error_id,
    "keywords": check_distinct_names,
    "no_workaround_reason": check_optional_text,
    "permanent_fix": check_optional_text,
    "problem": optional(ProblemId),
    "retirement_reason": optional(RetirementReason),
    "root_cause": check_optional_text,
    "services": check_distinct_names,
    "source": _source,
    "symptom_keys": check_distinct_names,
    "symptoms": check_optional_text,
    "validate_by": optional_utc,
    "versions": check_distinct_names,
}
"""
The checks of a known error's fields. What is said twice is kept once.
"""

KNOWN_ERROR_ARGUMENTS: Mapping[str, str] = {
    "retirement_reason": "reason",
}
"""
What some fields of a known error are called where a verb takes them.
"""
