"""
What is looked for, and in which order: queries as data, for every adapter to translate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import (
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    plain,
)
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase


if TYPE_CHECKING:
    from datetime import datetime


T = TypeVar("T")


class QueryOrder(StrEnum):
    """
    In which order records are found. Each is total: what is equal comes by id.

    Ids are ordered by Unicode code point, instants by time.
    """

    ID = "id"
    """By id."""

    LOGGED_AT = "logged_at"
    """The oldest first."""

    PRIORITY = "priority"
    """The work queue: the most pressing rank first, those without a priority last; then by age."""


def _frozen(values: Iterable[T] | None) -> frozenset[T] | None:
    if isinstance(values, Iterable) and not isinstance(values, str):
        return frozenset(values)
    # None, or what is refused by name once all fields are set.
    return cast("frozenset[T] | None", values)


# One for each type of value: mypy cannot solve a generic converter.


def _texts(values: Iterable[str] | None) -> frozenset[str] | None:
    return _all_plain(_frozen(values))


def _optional_texts(values: Iterable[str | None] | None) -> frozenset[str | None] | None:
    return _all_plain(_frozen(values))


def _all_plain(values: frozenset[T] | None) -> frozenset[T] | None:
    if not isinstance(values, frozenset):
        return values
    texts = (plain(value) if isinstance(value, str) else value for value in values)
    return cast("frozenset[T]", frozenset(texts))


def _phases(values: Iterable[Phase] | None) -> frozenset[Phase] | None:
    return _frozen(values)


def _priorities(values: Iterable[Priority | None] | None) -> frozenset[Priority | None] | None:
    return _frozen(values)


def _ids(values: Iterable[RecordId] | None) -> frozenset[RecordId] | None:
    return _frozen(values)


def _logged_from(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "logged_from")


def _logged_until(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "logged_until")


@attrs.frozen(kw_only=True)
class RecordQuery:
    """
    What can be asked about records of every kind. All that is given must hold.

    For each attribute `None`, the default, filters nothing, and an empty set lets nothing pass.
    Among the values of a field that a record may lack, `None` stands for the records that lack it.

    >>> RecordQuery(groups=["messaging"]).groups
    frozenset({'messaging'})
    >>> RecordQuery(groups="messaging")
    Traceback (most recent call last):
    ...
    TypeError: groups must be several values or None, not 'messaging'

    Attributes:
        numbers: Human numbers, or none.

        states: Names of states.

        phases: Phases, which states added by a caller have too.

        priorities: Priorities, or none.

        services: Services, or none.

        customers: Customers, or none.

        groups: Groups that work on it, or none.

        assignees: Persons who work on it, or none.

        owners: Who is accountable for it, or none.

        linked_to: Ids of records that it points to, by a link of any kind or another of its
            `references`, whether they are kept in the same store or not.

        logged_from: The first instant at which it may have begun.

        logged_until: The first instant after that; the range is half-open.

        order: In which order to list what is found.

    Raises:
        TypeError: A value is of the wrong type, or a single text stands where several belong.

        ValueError: A text is blank, or an instant naive.
    """

    numbers: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    states: frozenset[str] | None = attrs.field(default=None, converter=_texts)
    phases: frozenset[Phase] | None = attrs.field(default=None, converter=_phases)
    priorities: frozenset[Priority | None] | None = attrs.field(default=None, converter=_priorities)
    services: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    customers: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    groups: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    assignees: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    owners: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    linked_to: frozenset[RecordId] | None = attrs.field(default=None, converter=_ids)
    logged_from: DateTime | None = attrs.field(default=None, converter=_logged_from)
    logged_until: DateTime | None = attrs.field(default=None, converter=_logged_until)
    order: QueryOrder = QueryOrder.ID

    def __attrs_post_init__(self) -> None:
        check_type(self.order, QueryOrder, "order")
        for name, check in _VALUES.items():
            values = getattr(self, name, None)
            if values is None:
                continue
            if not isinstance(values, frozenset):
                raise TypeError(f"{name} must be several values or None, not {values!r}")
            for value in values:
                check(value, f"each of {name}")


_VALUES: Mapping[str, Callable[[object, str], object]] = {
    "numbers": check_optional_text,
    "states": check_text,
    "phases": lambda value, name: check_type(value, Phase, name),
    "priorities": lambda value, name: check_optional(value, Priority, name),
    "services": check_optional_text,
    "customers": check_optional_text,
    "groups": check_optional_text,
    "assignees": check_optional_text,
    "owners": check_optional_text,
    "linked_to": lambda value, name: check_type(value, RecordId, name),
    "requesters": check_optional_text,
    "beneficiaries": check_optional_text,
    "approvers": check_text,
    "task_groups": check_text,
}
"""
What each value of a set must be.
"""


@attrs.frozen(kw_only=True)
class IncidentQuery(RecordQuery):
    """
    What can be asked about incidents, see `RecordQuery`.

    >>> waiting_for_somebody = IncidentQuery(
    ...     phases=[Phase.ACTIVE], groups=["messaging"], assignees=[None], order=QueryOrder.PRIORITY
    ... )
    """


@attrs.frozen(kw_only=True)
class ProblemQuery(RecordQuery):
    """
    What can be asked about problems, see `RecordQuery`.
    """


@attrs.frozen(kw_only=True)
class KnownErrorQuery(RecordQuery):
    """
    What can be asked about known errors, see `RecordQuery`.
    """


@attrs.frozen(kw_only=True)
class ServiceRequestQuery(RecordQuery):
    """
    What can be asked about service requests, see `RecordQuery`.

    >>> waiting_for_kim = ServiceRequestQuery(approvers=["kim"], states=["waiting_authorization"])

    Attributes:
        requesters: Who asks for it, or none.

        beneficiaries: Who gets it, or none.

        approvers: Persons who were asked to agree and have not answered: the approver, or the
            delegate. Deputies, whom a directory names, are not among them.

        task_groups: Groups that have something to do in it: a task that is not over.
    """

    requesters: frozenset[str | None] | None = attrs.field(default=None, converter=_optional_texts)
    beneficiaries: frozenset[str | None] | None = attrs.field(
        default=None, converter=_optional_texts
    )
    approvers: frozenset[str] | None = attrs.field(default=None, converter=_texts)
    task_groups: frozenset[str] | None = attrs.field(default=None, converter=_texts)
