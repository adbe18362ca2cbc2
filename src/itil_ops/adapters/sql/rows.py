"""
Records as rows, and queries as conditions on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from pendulum import DateTime
from sqlalchemy import or_, select, tuple_

from itil_ops.adapters.sql.links import name_of, target
from itil_ops.adapters.sql.tables import LINKS, RECORDS
from itil_ops.errors import SerializationError, UnsupportedQueryError
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.repositories.evaluation import NO_RANK, SOUGHT, rank
from itil_ops.repositories.query import QueryOrder


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Row

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.priority import Priority
    from itil_ops.kernel.record import Record
    from itil_ops.repositories.evaluation import Key
    from itil_ops.repositories.query import RecordQuery


MOST_VALUES = 2_000
"""
How many values the sets of a query may hold here; databases take only so many in a statement.
"""


def columns(record: Record) -> dict[str, object]:
    """
    Return what queries look at, by column.

    Raises:
        SerializationError: The rank of its priority is beyond what a column takes.
    """
    priority = record.priority
    if priority is not None and priority.rank > NO_RANK:
        why = f"a rank goes up to {NO_RANK} here, and is not {priority.rank}"
        raise SerializationError("priority.rank", why, record.id.value)
    return {
        "number": record.number,
        "state": record.state.name,
        "phase": record.state.phase.value,
        "priority_rank": rank(record),
        "priority_name": None if priority is None else priority.name,
        "service": record.service,
        "customer": record.customer,
        "group": record.group,
        "assignee": record.assignee,
        "owner": record.owner,
        "logged_at": record.logged_at,
    }


# ---- Filters --------------------------------------------------------------------------------


def _is_one_of(column: Column[Any]) -> Callable[[frozenset[Any]], ColumnElement[bool]]:
    def condition(values: frozenset[Any]) -> ColumnElement[bool]:
        named = column.in_(sorted(str(value) for value in values if value is not None))
        return or_(named, column.is_(None)) if None in values else named

    return condition


def _has_priority(values: frozenset[Priority | None]) -> ColumnElement[bool]:
    rank_of, name_of = RECORDS.c.priority_rank, RECORDS.c.priority_name
    known = (value for value in values if value is not None and value.rank <= NO_RANK)
    named = tuple_(rank_of, name_of).in_([(value.rank, value.name) for value in known])
    return or_(named, name_of.is_(None)) if None in values else named


def _points_to(values: frozenset[RecordId]) -> ColumnElement[bool]:
    return _is_linked(map(target, values))


def _is_sought_by(field: str) -> Callable[[frozenset[str | None]], ColumnElement[bool]]:
    return lambda values: _is_linked(name_of(field, value) for value in values)


def _is_linked(targets: Iterable[str]) -> ColumnElement[bool]:
    its = LINKS.c.target.in_(sorted(targets))
    return tuple_(RECORDS.c.kind, RECORDS.c.id).in_(select(LINKS.c.kind, LINKS.c.record).where(its))


_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "numbers": _is_one_of(RECORDS.c.number),
    "states": _is_one_of(RECORDS.c.state),
    "phases": _is_one_of(RECORDS.c.phase),
    "priorities": _has_priority,
    "services": _is_one_of(RECORDS.c.service),
    "customers": _is_one_of(RECORDS.c.customer),
    "groups": _is_one_of(RECORDS.c.group),
    "assignees": _is_one_of(RECORDS.c.assignee),
    "owners": _is_one_of(RECORDS.c.owner),
    "linked_to": _points_to,
    **{field: _is_sought_by(field) for field in SOUGHT},
    "logged_from": lambda start: RECORDS.c.logged_at >= start,
    "logged_until": lambda end: RECORDS.c.logged_at < end,
}

_BY_LINK = ("linked_to", *SOUGHT)


def is_of(kind: str, query: RecordQuery) -> ColumnElement[bool]:
    """
    Return the condition that a record is of *kind*.
    """
    # With the bare kind SQLite would look at all records in order for those with a link.
    by_link = any(getattr(query, field, None) is not None for field in _BY_LINK)
    column = RECORDS.c.kind.concat("") if by_link else RECORDS.c.kind
    return column == kind


def conditions(query: RecordQuery) -> Iterator[ColumnElement[bool]]:
    """
    Yield a condition for each field of *query* that filters.

    Raises:
        UnsupportedQueryError: A field is unknown here, or holds more values than a statement takes.
    """
    held = 0
    for field in attrs.fields(type(query)):
        value = getattr(query, field.name)
        if field.name == "order" or value is None:
            continue
        if field.name not in _CONDITIONS:
            raise UnsupportedQueryError(field.name, "there is no column for it")
        held += len(value) if isinstance(value, frozenset) else 0
        if held > MOST_VALUES:
            why = f"with it the sets of the query hold {held} values, and {MOST_VALUES} are taken"
            raise UnsupportedQueryError(field.name, why)
        yield _CONDITIONS[field.name](value)


# ---- Orders ---------------------------------------------------------------------------------

ORDERS: Mapping[QueryOrder, Sequence[Column[Any]]] = {
    QueryOrder.ID: (RECORDS.c.id,),
    QueryOrder.LOGGED_AT: (RECORDS.c.logged_at, RECORDS.c.id),
    QueryOrder.PRIORITY: (RECORDS.c.priority_rank, RECORDS.c.logged_at, RECORDS.c.id),
}
"""
The columns of each order, the same as the keys of `itil_ops.repositories.evaluation`.
"""


def key(order: QueryOrder, row: Row[Any]) -> Key:
    """
    Return where the record of a *row* stands in an order.
    """
    values = (getattr(row, column.name) for column in ORDERS[order])
    return tuple(microseconds(value) if isinstance(value, DateTime) else value for value in values)


def bound(order: QueryOrder, key: Key) -> list[object]:
    """
    Return the values of a *key* as its columns take them.
    """
    return [
        from_microseconds(int(value)) if column is RECORDS.c.logged_at else value
        for column, value in zip(ORDERS[order], key, strict=True)
    ]
