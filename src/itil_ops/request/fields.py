"""
What each field of a service request takes, checked where a verb takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.catalog.model import RequestType
from itil_ops.catalog.money import check_price
from itil_ops.kernel.checks import (
    Check,
    check_count,
    check_distinct_names,
    check_optional_text,
    check_type,
    optional,
    tuple_of,
)
from itil_ops.kernel.fields import CLOSURE_ARGUMENTS, USER_FACING_FIELDS
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, ServiceRequestId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.vocabulary import ChangeStatus, Criticality
from itil_ops.request.items import check_items
from itil_ops.request.vocabulary import RequestCancellationReason


if TYPE_CHECKING:
    from collections.abc import Mapping


_MOST_SATISFIED = 5


def _request_id(value: object, name: str) -> object:
    return check_type(value, ServiceRequestId, name)


def _satisfaction(value: object, name: str) -> object:
    given = check_count(value, name, least=1)
    if given is not None and given > _MOST_SATISFIED:
        raise ValueError(f"{name} must be from 1 to {_MOST_SATISFIED}, not {given}")
    return given


REQUEST_FIELDS: Mapping[str, Check] = {
    **USER_FACING_FIELDS,
    "actual_cost": check_price,
    "budget_center": check_optional_text,
    "cancellation_reason": optional(RequestCancellationReason),
    "change": optional(ChangeId),
    "change_status": optional(ChangeStatus),
    "configuration_items": tuple_of(ConfigurationItemId),
    "configuration_updates": check_optional_text,
    "confirmed_conditions": check_distinct_names,
    "criticality": optional(Criticality),
    "environment": check_optional_text,
    "estimate": check_price,
    "id": _request_id,
    "items": check_items,
    "request_type": lambda value, name: check_type(value, RequestType, name),
    "requested_for": check_optional_text,
    "requester": check_optional_text,
    "satisfaction": _satisfaction,
    "submitted_at": optional_utc,
    "undo_plan": check_optional_text,
}
"""
The checks of a service request's fields.
"""

REQUEST_ARGUMENTS: Mapping[str, str] = {
    **CLOSURE_ARGUMENTS,
    "cancellation_reason": "reason",
    "change_status": "status",
}
"""
What some fields of a service request are called where a verb takes them.
"""
