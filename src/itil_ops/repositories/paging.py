"""
A page of what a query asks for, by its definition: for stores that can look at all their records.
"""

from __future__ import annotations

import heapq

from typing import TYPE_CHECKING, TypeVar

from itil_ops.kernel.checks import check_limit
from itil_ops.kernel.record import Record
from itil_ops.repositories.cursors import read_cursor, write_cursor
from itil_ops.repositories.evaluation import KEYS, SHAPES, matching, scope
from itil_ops.repositories.ports import Slice


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.repositories.ports import Cursor
    from itil_ops.repositories.query import RecordQuery


R = TypeVar("R", bound=Record)


def page(
    records: Iterable[R], query: RecordQuery, *, after: Cursor | None = None, limit: int = 50
) -> Slice[R]:
    """
    Return those of *records* that *query* asks for, in its order, see `Repository.find`.

    Args:
        records: All records of the kind.

        query: What to look for.

        after: The `next` of the page before.

        limit: How many at most.

    Raises:
        TypeError: *after* is no text, or *limit* no whole number.

        ValueError: *limit* is less than 1, or *after* is no cursor of that query.
    """
    count, key, name = check_limit(limit), KEYS[query.order], scope(query)
    start = None if after is None else read_cursor(after, name, SHAPES[query.order])
    keyed = ((key(record), record) for record in filter(matching(query), records))
    ahead = (row for row in keyed if start is None or row[0] > start)
    # One more than asked for tells whether the list goes on. Keys differ by their ids, so that no
    # two records are ever compared.
    found = heapq.nsmallest(count + 1, ahead)
    items = tuple(record for _, record in found[:count])
    return Slice(items, write_cursor(name, *found[count - 1][0]) if len(found) > count else None)
