"""
Links of records as rows: a row for each record and id to which it points, or name it is sought by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from itil_ops.adapters.serialization.kinds import kind_name
from itil_ops.kernel.checks import plain
from itil_ops.repositories.evaluation import sought_of


if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.record import Record
    from itil_ops.repositories.kinds import RecordKind


def target(id: RecordId) -> str:
    """
    Return *id* as the column of a link takes it.
    """
    return target_of(kind_name(type(id)), plain(id.value))


def target_of(kind: str, id: str) -> str:
    """
    Return what `target` does for an id of *kind*, as that is called where records are written.
    """
    return f"{kind} {id}"  # no kind has a blank in it


def name_of(field: str, name: str | None) -> str:
    """
    Return how the column of a link tells that a *name*, or none, is asked for by *field*.
    """
    return f"@{field} {plain(name or '')}"  # no kind has such a sign in it, and no name is empty


def targets(kind: RecordKind[Any, Any], record: Record) -> frozenset[str]:
    """
    Return all to which *record*, one of *kind*, points, and the names that it is sought by.
    """
    sought = sought_of(kind.query).items()
    names = {name_of(field, name) for field, read in sought for name in read(record)}
    return frozenset(names.union(map(target, record.references)))


@attrs.frozen
class Relinked:
    """
    What becomes of the rows of a record's links.

    Attributes:
        gone: The keys of those that go.

        new: Those that come.
    """

    gone: list[dict[str, str]]
    new: list[dict[str, str]]

    @classmethod
    def of(cls, kind: str, id: str, before: AbstractSet[str], after: AbstractSet[str]) -> Relinked:
        """
        Return what leads from rows for the targets *before* to rows for those *after*.
        """
        its, at = {"kind": kind, "record": id}, {"its_kind": kind, "its_id": id}
        return cls(
            [{**at, "its_target": one} for one in before - after],
            [{**its, "target": one} for one in after - before],
        )
