"""
What a query means: which records it lets pass, and where each stands in its order.

This is the definition; stores that translate queries must come to the same.
"""

from __future__ import annotations

import hashlib

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import microseconds
from itil_ops.repositories.query import QueryOrder


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itil_ops.kernel.record import Record
    from itil_ops.repositories.query import RecordQuery


READS: Mapping[str, Callable[[Record], object]] = {
    "numbers": lambda record: record.number,
    "states": lambda record: record.state.name,
    "phases": lambda record: record.state.phase,
    "priorities": lambda record: record.priority,
    "services": lambda record: record.service,
    "customers": lambda record: record.customer,
    "groups": lambda record: record.group,
    "assignees": lambda record: record.assignee,
    "owners": lambda record: record.owner,
}
"""
What each set of a query is compared with, but for `linked_to`.
"""

SOUGHT: Mapping[str, Callable[[Any], Iterable[str | None]]] = {
    "requesters": lambda request: (request.requester,),
    "beneficiaries": lambda request: (request.beneficiary,),
    "approvers": lambda request: (name for one in request.open_approvals for name in one.deciders),
    "task_groups": lambda request: (task.group for task in request.open_tasks if task.group),
}
"""
What each set is compared with that is asked for in records of some kinds alone: one value in common
lets a record pass.
"""


def sought_of(
    query: RecordQuery | type[RecordQuery],
) -> Mapping[str, Callable[[Any], Iterable[str | None]]]:
    """
    Return those of `SOUGHT` that a query has, or the queries of a class have.
    """
    return {name: read for name, read in SOUGHT.items() if hasattr(query, name)}


NO_RANK = 2**63 - 1
"""
The rank in an order of what has no priority: after all others.
"""

Key: TypeAlias = tuple[int | str, ...]
"""
Where a record stands in an order; the id comes last, so that no two stand at one place.
"""


def rank(record: Record) -> int:
    """
    Return the rank of a record's priority, `NO_RANK` where there is none.
    """
    return NO_RANK if record.priority is None else record.priority.rank


KEYS: Mapping[QueryOrder, Callable[[Record], Key]] = {
    QueryOrder.ID: lambda record: (record.id.value,),
    QueryOrder.LOGGED_AT: lambda record: (microseconds(record.logged_at), record.id.value),
    QueryOrder.PRIORITY: lambda record: (
        rank(record),
        microseconds(record.logged_at),
        record.id.value,
    ),
}
"""
The key of a record in each order.
"""

SHAPES: Mapping[QueryOrder, tuple[type, ...]] = {
    QueryOrder.ID: (str,),
    QueryOrder.LOGGED_AT: (int, str),
    QueryOrder.PRIORITY: (int, int, str),
}
"""
The types of the keys of each order.
"""


def matching(query: RecordQuery) -> Callable[[Record], bool]:
    """
    Return what tells whether *query* lets a record pass.
    """
    wanted, sought = _given(query, READS), _given(query, sought_of(query))

    def matches(record: Record) -> bool:
        if query.logged_from is not None and record.logged_at < query.logged_from:
            return False
        if query.logged_until is not None and record.logged_at >= query.logged_until:
            return False
        if query.linked_to is not None and query.linked_to.isdisjoint(record.references):
            return False
        if not all(read(record) in values for read, values in wanted):
            return False
        return not any(values.isdisjoint(read(record)) for read, values in sought)

    return matches


def _given(
    query: RecordQuery, reads: Mapping[str, Callable[[Any], Any]]
) -> list[tuple[Callable[[Any], Any], frozenset[Any]]]:
    """
    Return the sets of *query* that filter, each with what it is compared with.
    """
    given = [(read, getattr(query, name)) for name, read in reads.items()]
    return [(read, values) for read, values in given if values is not None]


def _shown(value: object) -> str:
    if isinstance(value, RecordId):
        return f"{type(value).__name__}({_shown(value.value)})"
    # A caller's text may be a member of an enum of the caller's: it is the same text.
    return str.__repr__(value) if isinstance(value, str) else repr(value)


def scope(query: RecordQuery) -> str:
    """
    Return what tells the list of *query* from those of other queries, in every process the same.
    """
    told = [type(query).__name__]
    for field in attrs.fields(type(query)):
        value = getattr(query, field.name)
        told.append(
            repr(sorted(map(_shown, value))) if isinstance(value, frozenset) else _shown(value)
        )
    return hashlib.blake2b("\n".join(told).encode(), digest_size=6).hexdigest()
