"""
What is derived from problems, one or many, and the pain of incidents; nothing of it is stored.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_count, check_type, several
from itil_ops.kernel.history import given_in
from itil_ops.kernel.instant import length
from itil_ops.problem.vocabulary import RESOLVING_CODES, ProblemResolutionCode


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.kernel.journal import Entry, Journal
    from itil_ops.problem.facts import ProblemFacts


@attrs.frozen(kw_only=True)
class ProblemResolution:
    """
    How a problem was resolved.

    Attributes:
        code: How.

        note: What was done, in words.

        by: Who resolved it.

        at: When it was resolved.
    """

    code: ProblemResolutionCode
    note: str | None
    by: Actor
    at: DateTime


def resolution(code: ProblemResolutionCode | None, journal: Journal) -> ProblemResolution | None:
    """
    Return how a problem with this *code* was resolved, while it is.
    """
    told = given_in(journal, "resolution_code")
    if told is None or code not in RESOLVING_CODES:
        return None
    return ProblemResolution(code=code, note=told.note, by=told.by, at=told.effective_at)


def known_error_at(journal: Journal) -> DateTime | None:
    """
    Return when a problem was declared a known error, since it was last analyzed anew.
    """
    declared = _since_reanalysis(journal, "declare_known_error")
    return None if declared is None else declared.effective_at


def is_reviewed(journal: Journal) -> bool:
    """
    Whether a review of a problem was completed, since it was last analyzed anew.
    """
    return _since_reanalysis(journal, "complete_review") is not None


def _since_reanalysis(journal: Journal, action: str) -> Entry | None:
    last = next(_own(reversed(journal), action, "reanalyze"), None)
    return None if last is None or last.action == "reanalyze" else last


def _own(entries: Iterable[Entry], *actions: str) -> Iterator[Entry]:
    return (entry for entry in entries if entry.part is None and entry.action in actions)


# ---- Reviews ----------------------------------------------------------------------------------


def review_rate(problems: Iterable[ProblemFacts]) -> float | None:
    """
    Return the share of reviewed ones among the major problems that are closed: ITIL's figure.

    Args:
        problems: Those that count; what is not major, or not closed, is left out. A review counts
            that was completed since the problem was last analyzed anew.

    Returns:
        The share, `None` where none is closed.
    """
    closed = [one.is_reviewed for one in problems if one.major and one.closed_at is not None]
    return sum(closed) / len(closed) if closed else None


# ---- Pain -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Pain:
    """
    What one incident cost the business.

    Attributes:
        affected: How many users.

        downtime: For how long.

        weight: What an hour of one user costs.

    Raises:
        TypeError: An attribute is of the wrong type.

        ValueError: An attribute is negative or no number.
    """

    affected: int
    downtime: timedelta
    weight: Decimal = Decimal(1)

    def __attrs_post_init__(self) -> None:
        check_count(check_type(self.affected, int, "affected"), "affected")
        if length(self.downtime, "downtime") < 0:
            raise ValueError(f"downtime must not be negative: {self.downtime!r}")
        weight = check_type(self.weight, Decimal, "weight")
        if not (weight.is_finite() and weight >= 0):
            raise ValueError(f"weight must be a number and not negative, not {weight}")


_HOUR = Decimal(3_600_000_000)


def pain_value(pains: Iterable[Pain]) -> Decimal:
    """
    Return what the incidents of a problem cost, by which problems are ranked.

    The ITIL book has the idea; that it is users times hours times weight, summed, is our default.

    >>> pain_value([Pain(affected=40, downtime=timedelta(minutes=90), weight=Decimal(2))])
    Decimal('120')

    Raises:
        TypeError: *pains* are none.
    """
    costs = (
        pain.affected * length(pain.downtime) * pain.weight
        for pain in several(pains, Pain, "pains")
    )
    return sum(costs, Decimal(0)) / _HOUR
