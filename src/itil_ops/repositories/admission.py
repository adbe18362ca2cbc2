"""
What every store looks at before it keeps a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from itil_ops.errors import JournalError, StaleRecordError
from itil_ops.kernel.record import Record
from itil_ops.kernel.replay import check_belongs


if TYPE_CHECKING:
    from itil_ops.kernel.journal import Journal


R = TypeVar("R", bound=Record)


def check_journal(record: Record, behind: int = 0) -> None:
    """
    Refuse a *record* whose journal does not go on entry by entry *behind* those known already.

    Raises:
        JournalError: It is empty, has gaps, or is of another record.
    """
    if not record.journal:
        raise JournalError(0, "the journal is empty")
    for expected, entry in enumerate(record.journal[behind:], behind + 1):
        check_belongs(entry, record.id, expected)


def new_entries(held: Record, record: Record) -> Journal:
    """
    Return what *record* adds to the journal of the stored one, *held*; nothing if it is the same.

    Raises:
        StaleRecordError: It was made from another one than *held*.

        JournalError: Its new entries have gaps or are of another record.

        ValueError: It differs from *held*, and no new entry says so.
    """
    _check_made_from(held, record)
    if record.version > held.version:
        check_journal(record, held.version)
    elif record != held:
        raise ValueError(f"{record!r} differs from what is stored, but no entry says how")
    return record.journal[held.version :]


def _check_made_from(held: Record, record: Record) -> None:
    # A number alone is fooled by a record of the same length from elsewhere. Entries are shared
    # from version to version, so that comparing them all costs next to nothing.
    made_from = record.journal[: held.version]
    if record.stored_version != held.version or made_from != held.journal:
        raise StaleRecordError(record.id.value, record.stored_version, held.version)
