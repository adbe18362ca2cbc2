"""
What if: records under one agreement and under another, side by side, and the move to the other.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_type
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.record import Record
from itil_ops.sla.agreements.agreement import Agreement, ServiceLevelAgreement
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.fold import fold
from itil_ops.sla.promises.fact import Fact, facts
from itil_ops.sla.promises.measure import TargetKind, is_measured
from itil_ops.sla.reports.attainment import Standing


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from itil_ops.sla.clocks.promise import Deadlines
    from itil_ops.sla.promises.target import Target


@attrs.frozen
class ClockChange:
    """
    A clock of a record under one agreement, and under the other.

    Attributes:
        record: Id of the record.

        kind: What is promised.

        cycle: Which cycle it is.

        at: When both are looked at.

        before: The clock under the one; `None` where there is none.

        after: The clock under the other; `None` where there is none.
    """

    record: RecordId
    kind: TargetKind
    cycle: int
    at: DateTime
    before: SlaClock | None
    after: SlaClock | None

    @property
    def standings(self) -> tuple[Standing, Standing]:
        """
        Where the two clocks stand.
        """
        return _standing(self.before, self.at), _standing(self.after, self.at)

    @property
    def due_moved(self) -> timedelta | None:
        """
        How much later it is due under the other agreement; `None` where one has no due time.
        """
        dues = (_due(self.before, self.at), _due(self.after, self.at))
        if dues[0] is None or dues[1] is None:
            return None
        return (dues[1] - dues[0]).as_timedelta()

    @property
    def differs(self) -> bool:
        """
        Whether standing, due time or elapsed time differ.
        """
        return _reading(self.before, self.at) != _reading(self.after, self.at)

    def __str__(self) -> str:
        before, after = self.standings
        told = f"{self.record} {self.kind}, cycle {self.cycle}: {before} -> {after}"
        dues = [_due(clock, self.at) for clock in (self.before, self.after)]
        return told if dues[0] == dues[1] else f"{told}, due {dues[0]} -> {dues[1]}"


@attrs.frozen
class Comparison:
    """
    Clocks under one agreement and under another.

    Attributes:
        at: When they are looked at.

        rows: Each clock of each record, under both.
    """

    at: DateTime
    rows: tuple[ClockChange, ...]

    @property
    def changed(self) -> tuple[ClockChange, ...]:
        """
        The clocks that differ.
        """
        return tuple(row for row in self.rows if row.differs)

    @property
    def before(self) -> Counter[Standing]:
        """
        How many stand where under the one agreement.
        """
        return Counter(row.standings[0] for row in self.rows)

    @property
    def after(self) -> Counter[Standing]:
        """
        How many stand where under the other agreement.
        """
        return Counter(row.standings[1] for row in self.rows)

    def explain(self) -> tuple[str, ...]:
        """
        Return the differences in sentences.
        """
        return tuple(map(str, self.changed))


def compare(
    records: Iterable[Record],
    current: Agreement | Agreements,
    proposed: Agreement | Agreements,
    *,
    at: datetime,
) -> Comparison:
    """
    Return what if *records* were under other terms: both results, side by side.

    Of `Agreements` the SLA that a record is under counts. An agreement with another customer is not
    for the record at all: to see what if it were, hand in a copy without the customer.

    Raises:
        TypeError: An argument is of another type.
    """
    instant, before, after = utc(at), _terms(current, "current"), _terms(proposed, "proposed")
    rows = (
        row for record in records for row in _rows(record, before(record), after(record), instant)
    )
    return Comparison(instant, tuple(rows))


def _terms(agreed: Agreement | Agreements, name: str) -> Callable[[Record], Sequence[SlaClock]]:
    if isinstance(agreed, Agreements):
        return partial(_chosen_clocks, agreed)
    return check_type(agreed, Agreement, name).clocks


def _chosen_clocks(agreements: Agreements, record: Record) -> Sequence[SlaClock]:
    chosen = agreements.choose(record).agreement
    return () if chosen is None else chosen.clocks(record)


class MigrationMode(StrEnum):
    """
    From when on another agreement holds for a record under way.
    """

    FROM_THE_START = "from_the_start"
    """As if it had always held: all is computed again."""

    FROM_THEN_ON = "from_then_on"
    """From the migration on; what happened before stays judged by the old one."""


@attrs.frozen
class Migration:
    """
    The move of a record to another agreement, before it is made.

    Attributes:
        comparison: What would differ.

        clocks: The clocks of the record once it is made.
    """

    comparison: Comparison
    clocks: tuple[SlaClock, ...]


def migrate(
    record: Record,
    old: ServiceLevelAgreement,
    new: ServiceLevelAgreement,
    *,
    at: datetime,
    mode: MigrationMode = MigrationMode.FROM_THEN_ON,
    deadlines: Deadlines | None = None,
) -> Migration:
    """
    Return what moving *record* from *old* to *new* comes to; nothing is stored or changed.

    For an edited calendar or target, *new* is the edited copy of *old*. The validity of *new* is
    not asked for: to migrate is to say that it holds. What *old* was not for it promised nothing.

    Args:
        record: The record.

        old: The agreement that it was under.

        new: The one that it is to be under.

        at: When it is moved.

        mode: From when on the new one holds.

        deadlines: Due times that a person fixed; the move leaves them alone.

    Raises:
        TypeError: An argument is of another type.
    """
    check_type(record, Record, "record")
    check_type(old, ServiceLevelAgreement, "old")
    check_type(new, ServiceLevelAgreement, "new")
    check_type(mode, MigrationMode, "mode")
    instant = utc(at)
    since = instant if mode is MigrationMode.FROM_THEN_ON else record.promised_from
    clocks = tuple(_succeeded(record, old, new, since, deadlines or {}))
    rows = tuple(_rows(record, old.clocks(record, deadlines=deadlines), clocks, instant))
    return Migration(Comparison(instant, rows), clocks)


def _succeeded(
    record: Record,
    old: Agreement,
    new: Agreement,
    since: DateTime,
    deadlines: Deadlines,
) -> Iterator[SlaClock]:
    bound = not old.why_not(record)

    def target(kind: TargetKind, fact: Fact) -> Target | None:
        if fact.at >= since:
            return new.target(kind, fact)
        return old.target(kind, fact) if bound else None

    story = _with_border(facts(record.history()), since)
    for kind in dict.fromkeys((*old.kinds, *new.kinds)):
        if is_measured(record.id, kind):
            measure = (new if kind in new.kinds else old).measure(kind)
            yield from fold(measure, story, partial(target, kind), deadline=deadlines.get(kind))


def _with_border(story: Sequence[Fact], since: DateTime) -> list[Fact]:
    """
    Return *story* with a fact at *since*, so that the new targets hold from then on.
    """
    early = [fact for fact in story if fact.at < since]
    border = [attrs.evolve(early[-1], at=since, contact=None)] if early else []
    return [*early, *border, *story[len(early) :]]


def _rows(
    record: Record, before: Iterable[SlaClock], after: Iterable[SlaClock], at: DateTime
) -> Iterator[ClockChange]:
    ones = {(clock.target.kind, clock.cycle): clock for clock in before}
    others = {(clock.target.kind, clock.cycle): clock for clock in after}
    for kind, cycle in dict.fromkeys((*ones, *others)):
        pair = (ones.get((kind, cycle)), others.get((kind, cycle)))
        yield ClockChange(record.id, kind, cycle, at, *pair)


def _standing(clock: SlaClock | None, at: DateTime) -> Standing:
    if clock is None:
        return Standing.NO_TARGET
    if clock.stopped_at is not None:
        return Standing.BREACHED if clock.outcome is ClockOutcome.BREACHED else Standing.MET
    was_breached = clock.is_breached(at)
    if clock.cancelled_at is not None:
        return Standing.CANCELLED_AFTER_BREACH if was_breached else Standing.CANCELLED
    return Standing.RUNNING_BREACHED if was_breached else Standing.RUNNING


def _due(clock: SlaClock | None, at: DateTime) -> DateTime | None:
    if clock is None or clock.cancelled_at is not None:
        return None
    return clock.due_at or clock.due_if_resumed(max(at, clock.pauses[-1].start))


def _reading(clock: SlaClock | None, at: DateTime) -> tuple[object, ...]:
    elapsed = None if clock is None else clock.elapsed(at)
    return _standing(clock, at), _due(clock, at), elapsed
