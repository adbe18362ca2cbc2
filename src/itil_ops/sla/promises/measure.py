"""
What the clocks of a kind of target measure: when they start, stop and begin anew.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import attrs

from itil_ops.kernel.identity import (
    AccessRequestId,
    KnownErrorId,
    PartId,
    ProblemId,
    ServiceRequestId,
)
from itil_ops.kernel.table import Phase
from itil_ops.kernel.term import Term
from itil_ops.sla.promises.condition import Condition, check_condition, reading, reads_of


if TYPE_CHECKING:
    from collections.abc import Mapping

    from itil_ops.kernel.identity import RecordId
    from itil_ops.sla.promises.fact import Fact


class TargetKind(Term):
    """
    What a target promises.
    """

    __slots__ = ()

    RESPONSE: ClassVar[TargetKind]
    """From log to the first qualified action; under an OLA or contract the time to own."""

    NEXT_RESPONSE: ClassVar[TargetKind]
    """From the earliest unanswered message of the user's side to the answer."""

    UPDATE: ClassVar[TargetKind]
    """The longest time between two messages to the user."""

    RESOLUTION: ClassVar[TargetKind]
    """From log to the result, of an incident or of a kind of record of the caller's own."""

    FULFILLMENT: ClassVar[TargetKind]
    """From submission to completion of a service request; of a task, from when it can be done."""

    ESCALATION: ClassVar[TargetKind]
    """The time in one line before the next one is called."""

    ACCESS_PROVISION: ClassVar[TargetKind]
    """From the request for access to its provision."""

    ACCESS_REVOKE: ClassVar[TargetKind]
    """From the request to take access away until it is."""

    PROBLEM_RESOLUTION: ClassVar[TargetKind]
    """From log to the result of a problem: its resolution, or that its risk is accepted."""


@attrs.frozen
class Measure:
    """
    When a clock runs: a value that a caller's own kind of target brings along.

    Attributes:
        begins: A cycle's clock starts as soon as this holds.

        ends: It is stopped while this holds.

        renews: Where this holds and did not before, a clock still running is stopped and the next
            cycle begins; never unless given.

    Raises:
        TypeError: One of them is no condition.

        AgreementError: One of them does not pickle.
    """

    begins: Condition
    ends: Condition
    renews: Condition | None = None

    def __attrs_post_init__(self) -> None:
        check_condition(self.begins, "begins")
        check_condition(self.ends, "ends")
        if self.renews is not None:
            check_condition(self.renews, "renews")

    def is_new_cycle(self, fact: Fact, before: Fact) -> bool:
        """
        Whether another cycle begins with *fact*.
        """
        return self.renews is not None and self.renews(fact) and not self.renews(before)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """
        All that it asks.
        """
        return tuple(one for one in (self.begins, self.ends, self.renews) if one is not None)

    @property
    def reads(self) -> frozenset[str] | None:
        """
        Names of the fields it looks at; `None` where nobody knows.
        """
        found = list(map(reads_of, self.conditions))
        return None if None in found else frozenset().union(*(names or () for names in found))


# ---- The usual kinds ------------------------------------------------------------------------


@reading()
def always(_: Fact) -> bool:
    """
    Whatever is so.
    """
    return True


@reading("submitted_at")
def is_begun(fact: Fact) -> bool:
    """
    Whether anything is promised: what somebody still drafts has yet to be submitted.
    """
    return "submitted_at" not in fact.fields or fact.fields["submitted_at"] is not None


@reading()
def is_over(fact: Fact) -> bool:
    """
    Whether there is nothing left to do.
    """
    return fact.is_over


@reading()
def is_open(fact: Fact) -> bool:
    """
    Whether there is something left to do.
    """
    return not fact.is_over


@reading("submitted_at")
def is_under_way(fact: Fact) -> bool:
    """
    Whether something was promised, and is left to do.
    """
    return is_begun(fact) and is_open(fact)


@reading()
def is_closed(fact: Fact) -> bool:
    """
    Whether the result is confirmed.
    """
    return fact.phase is Phase.ENDED


@reading()
def has_response(fact: Fact) -> bool:
    """
    Whether the first qualified action was taken; a result is one.
    """
    return fact.has_responded or fact.is_over


@reading()
def awaits_reply(fact: Fact) -> bool:
    """
    Whether the user's side waits for an answer.
    """
    return fact.awaits_reply and not fact.is_over


@reading()
def is_answered(fact: Fact) -> bool:
    """
    Whether the user's side waits for no answer.
    """
    return not awaits_reply(fact)


@reading("assignee")
def is_owned(fact: Fact) -> bool:
    """
    Whether somebody has taken it; a result is one way to.
    """
    return fact.fields.get("assignee") is not None or fact.is_over


@attrs.frozen
class _Update(Measure):
    """
    A message to the user begins another wait for the next one, and so does a reopening.
    """

    def is_new_cycle(self, fact: Fact, before: Fact) -> bool:
        return not fact.is_over and (fact.informs_user or before.is_over)


@attrs.frozen
class _TimeInLine(Measure):
    """
    Each line has its own time.
    """

    def is_new_cycle(self, fact: Fact, before: Fact) -> bool:
        return fact.fields.get("support_line") != before.fields.get("support_line")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"submitted_at", "support_line"})


UNTIL_OVER = Measure(always, is_over)
SINCE_BEGUN = Measure(is_begun, is_over)
TIME_TO_OWN = Measure(is_begun, is_owned)

MEASURES: Mapping[TargetKind, Measure] = {
    TargetKind.RESPONSE: Measure(is_begun, has_response),
    TargetKind.NEXT_RESPONSE: Measure(awaits_reply, is_answered, awaits_reply),
    TargetKind.UPDATE: _Update(is_under_way, is_over),
    TargetKind.RESOLUTION: UNTIL_OVER,
    TargetKind.FULFILLMENT: SINCE_BEGUN,
    TargetKind.ESCALATION: _TimeInLine(is_under_way, is_over),
    TargetKind.ACCESS_PROVISION: UNTIL_OVER,
    TargetKind.ACCESS_REVOKE: UNTIL_OVER,
    TargetKind.PROBLEM_RESOLUTION: UNTIL_OVER,
}
"""
What the usual kinds measure.
"""

_RESULTS: Mapping[TargetKind, tuple[type[RecordId], ...]] = {
    TargetKind.FULFILLMENT: (ServiceRequestId, PartId),
    TargetKind.ACCESS_PROVISION: (AccessRequestId,),
    TargetKind.ACCESS_REVOKE: (AccessRequestId,),
    TargetKind.PROBLEM_RESOLUTION: (ProblemId,),
}
_WITH_A_RESULT_OF_THEIR_OWN = tuple(chain.from_iterable(_RESULTS.values()))


def is_measured(record_id: RecordId, kind: TargetKind) -> bool:
    """
    Whether records or parts like that of *record_id* have clocks of *kind*.

    The time to a result goes by a name of its own in some rooms; it is a resolution in all others.
    A part is fulfilled. Nobody waits for a known error: it has clocks of the caller's own kinds
    alone.
    """
    if isinstance(record_id, KnownErrorId):
        return kind not in MEASURES
    if kind in _RESULTS:
        return isinstance(record_id, _RESULTS[kind])
    return kind != TargetKind.RESOLUTION or not isinstance(record_id, _WITH_A_RESULT_OF_THEIR_OWN)
