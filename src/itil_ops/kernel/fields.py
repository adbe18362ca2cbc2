"""
What each field of a record takes, checked where a verb takes it.
"""

from __future__ import annotations

import inspect

from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.checks import (
    Check,
    check_optional_text,
    check_text,
    check_type,
    checked,
    did_you_mean,
    optional,
    several,
)
from itil_ops.kernel.identity import ConfigurationItemId, RecordId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import CategoryPath, ClosureReason, ContactChannel, PendingReason


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _awaited(value: object, name: str) -> object:
    return value if isinstance(value, RecordId) else check_optional_text(value, name)


RECORD_FIELDS: Mapping[str, Check] = {
    "assignee": check_optional_text,
    "awaited": _awaited,
    "category": optional(CategoryPath),
    "customer": check_optional_text,
    "description": check_optional_text,
    "group": check_optional_text,
    "impact": optional(Impact),
    "number": check_optional_text,
    "owner": check_optional_text,
    "pending_reason": optional(PendingReason),
    "pending_until": optional_utc,
    "service": check_optional_text,
    "title": check_text,
    "urgency": optional(Urgency),
}
"""
The checks of the fields that all records share.
"""


_HOLD_ARGUMENTS: Mapping[str, str] = {"pending_reason": "reason", "pending_until": "until"}
"""
What the fields of a hold are called where a verb takes them.
"""


def hold_fields(reason: object, until: object, awaited: object) -> dict[str, object]:
    """
    Return what a record holds of why it waits, until when, and for what.

    Raises:
        TypeError: An argument is of another type.

        ValueError: It makes no sense.
    """
    return checked(
        RECORD_FIELDS,
        _HOLD_ARGUMENTS,
        pending_reason=reason,
        pending_until=until,
        awaited=awaited,
    )


CLOSURE_ARGUMENTS: Mapping[str, str] = {
    "closure_reason": "reason",
    "closure_category": "category",
}
"""
What the fields of a closure are called where a verb takes them.
"""


def flag(value: object, name: str) -> object:
    """
    Return *value* if it is true or false.

    Raises:
        TypeError: It is neither.
    """
    return check_type(value, bool, name)


USER_FACING_FIELDS: Mapping[str, Check] = {
    **RECORD_FIELDS,
    "channel": optional(ContactChannel),
    "closure_category": optional(CategoryPath),
    "closure_reason": optional(ClosureReason),
    "reported_at": optional_utc,
    "vip": flag,
}
"""
The checks of the fields of records with users at the other end.
"""


def item_ids(values: object) -> tuple[ConfigurationItemId, ...]:
    """
    Return a tuple of *values* if they are ids of configuration items.

    Raises:
        TypeError: They are not.
    """
    return several(values, ConfigurationItemId, "configuration_items")


def check_added(names: Iterable[str], verb: str, cls: type, room_class: type) -> None:
    """
    Make sure that *names* are fields that a caller's *cls* has beside those of the *room_class*.

    Raises:
        TypeError: One of them is none.
    """
    own = attrs.fields_dict(cls).keys() - attrs.fields_dict(room_class).keys()
    unknown = sorted(set(names) - own)
    if unknown:
        fields = sorted(own) or "none (a subclass that adds some is an attrs class)"
        taken = sorted(own | inspect.signature(getattr(cls, verb)).parameters.keys())
        meant = (did_you_mean(name, taken, "") for name in unknown)
        hint = next(filter(None, meant), f"added fields: {fields}")
        raise TypeError(f"{verb} of {cls.__name__} takes no {unknown}; {hint}")
