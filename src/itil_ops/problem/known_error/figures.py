"""
What is derived from known errors, one or many, and never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from itil_ops.kernel.checks import check_count
from itil_ops.kernel.instant import utc


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.journal import Journal
    from itil_ops.problem.known_error.facts import KnownErrorFacts
    from itil_ops.problem.known_error.vocabulary import AuditResult, KnownErrorUse, Workaround


K = TypeVar("K", bound="KnownErrorFacts")


# ---- Of one ---------------------------------------------------------------------------------


def workarounds(journal: Journal) -> tuple[Workaround, ...]:
    """
    Return all versions of the workaround, the oldest first.
    """
    return cast("tuple[Workaround, ...]", tuple(_values(journal, "workaround")))


def uses(journal: Journal) -> tuple[KnownErrorUse, ...]:
    """
    Return every use as it was last told of, the oldest first.
    """
    told = cast("Iterator[KnownErrorUse]", _values(journal, "last_use"))
    return tuple({use.incident: use for use in told}.values())


def audits(journal: Journal) -> tuple[AuditResult, ...]:
    """
    Return what every audit found, the oldest first.
    """
    return cast("tuple[AuditResult, ...]", tuple(_values(journal, "last_audit")))


def _values(journal: Journal, field: str) -> Iterator[object]:
    told = (entry.changes.get(field) for entry in journal)
    return (value for value in told if value is not None)


# ---- Of many --------------------------------------------------------------------------------


def kedb_accuracy(known_errors: Iterable[KnownErrorFacts]) -> float | None:
    """
    Return the share of correct ones among those audited, by the last audit of each.

    It is ITIL's figure for the quality of the known error database (KEDB).

    Args:
        known_errors: Those that count; what was never audited is left out.

    Returns:
        The share, `None` where none was audited.
    """
    return _share(one.last_audit.correct for one in known_errors if one.last_audit is not None)


def solved_share(known_errors: Iterable[KnownErrorFacts]) -> float | None:
    """
    Return the share of uses that helped among those of which somebody said whether they did.

    Args:
        known_errors: Those whose uses count.

    Returns:
        The share, `None` where nobody said.
    """
    return _share(use.solved for one in known_errors for use in one.uses if use.solved is not None)


def _share(verdicts: Iterable[bool]) -> float | None:
    told = list(verdicts)
    return sum(told) / len(told) if told else None


def most_used(known_errors: Iterable[K], *, limit: int = 10) -> tuple[K, ...]:
    """
    Return the known errors with the most uses, the most used first, of equal ones by id.

    Args:
        known_errors: Those that count; what was never used is left out.

        limit: How many at most.

    Raises:
        TypeError: *limit* is no whole number.

        ValueError: *limit* is less than one.
    """
    if check_count(limit, "limit", least=1) is None:
        raise TypeError("limit must be a whole number, not None")
    used = [one for one in known_errors if one.usage_count]
    return tuple(sorted(used, key=lambda one: (-one.usage_count, one.id.value))[:limit])


def unused_since(known_errors: Iterable[K], since: datetime) -> tuple[K, ...]:
    """
    Return those that a search finds, but that nobody published or used from *since* on.

    They are what to look at when the database is tidied up.

    Raises:
        TypeError: *since* is no datetime.

        ValueError: *since* is naive.
    """
    instant = utc(since, "since")
    return tuple(
        one for one in known_errors if one.is_searchable and not _was_touched(one, instant)
    )


def _was_touched(known_error: KnownErrorFacts, since: DateTime) -> bool:
    stamps = (known_error.last_published_at, known_error.last_used_at)
    return any(stamp is not None and stamp >= since for stamp in stamps)


def added_between(known_errors: Iterable[KnownErrorFacts], start: datetime, end: datetime) -> int:
    """
    Return how many were first published from *start* on and before *end*: ITIL's figure.

    Raises:
        TypeError: A bound is no datetime.

        ValueError: A bound is naive, or *end* does not lie after *start*.
    """
    first, last = utc(start, "start"), utc(end, "end")
    if last <= first:
        raise ValueError(f"end {last} does not lie after start {first}")
    stamps = (one.published_at for one in known_errors)
    return sum(1 for stamp in stamps if stamp is not None and first <= stamp < last)


def due_for_validation(known_errors: Iterable[K], at: datetime) -> tuple[K, ...]:
    """
    Return those whose validation is due at *at*, the longest due first, of equal ones by id.

    Raises:
        TypeError: *at* is no datetime.

        ValueError: *at* is naive.
    """
    instant = utc(at)
    due = [
        (one.validate_by, one.id.value, one)
        for one in known_errors
        if one.validate_by is not None and one.validate_by <= instant
    ]
    return tuple(one for *_, one in sorted(due, key=lambda each: each[:2]))
