"""
How long work may wait: what pauses may come to, what exceeds it, and clocks that count the excess.

None of the established systems bounds a pause, so all of this is of our own making. A rule bounds
time on hold by the reason for it; what has no reason, and the gap of a reopening, no rule knows.
Rules never refuse a hold: that is for the policies of a record.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.history import hold_spells
from itil_ops.kernel.instant import from_microseconds, length, microseconds, utc
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.draft import Draft
from itil_ops.sla.clocks.pieces import FOREVER
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from itil_ops.kernel.history import Moment
    from itil_ops.sla.clocks.promise import Pause, Promise
    from itil_ops.sla.hours.timeline import Timeline


# ---- Rules ----------------------------------------------------------------------------------


class MissingUntil(StrEnum):
    """
    What becomes of time on hold while nobody has said until when, where a rule wants it said.
    """

    REPORTED = "reported"
    """It is reported, and pauses all the same: our default."""

    COUNTED = "counted"
    """It is reported, and does not pause: it counts like any other."""


def _reasons(values: PendingReason | Iterable[PendingReason]) -> frozenset[PendingReason]:
    given = (values,) if isinstance(values, PendingReason) else values
    found = frozenset(several(given, PendingReason, "reasons"))
    if not found:
        raise ValueError("reasons must name at least one: what has no reason no rule bounds")
    return found


@attrs.frozen
class PauseRule:
    """
    How long work may wait for a reason.

    Each limit looks at all the time on hold, whatever another limit has cut off it.

    >>> PauseRule(PendingReason.AWAITING_CALLER, longest=timedelta(hours=8)).budget is None
    True

    Attributes:
        reasons: The reasons it is for; one budget serves them all.

        budget: The working time that may be spent on hold, over the life of the record.

        longest: The working time that one hold may take; another reason begins another hold.

        until_required: Whether a hold must say until when, and end by then.

        missing_until: What becomes of time on hold while nobody has said.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There is no reason, a limit is negative or has months or years, or there is
            nothing that the rule limits.
    """

    reasons: frozenset[PendingReason] = attrs.field(converter=_reasons)
    budget: timedelta | None = attrs.field(default=None, kw_only=True)
    longest: timedelta | None = attrs.field(default=None, kw_only=True)
    until_required: bool = attrs.field(default=False, kw_only=True)
    missing_until: MissingUntil = attrs.field(default=MissingUntil.REPORTED, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in ("budget", "longest"):
            limit = getattr(self, name)
            if limit is not None and length(limit, name) < 0:
                raise ValueError(f"{name} must not be negative: {limit!r}")
        check_type(self.until_required, bool, "until_required")
        check_type(self.missing_until, MissingUntil, "missing_until")
        if self.budget is None and self.longest is None and not self.until_required:
            raise ValueError("a rule must limit something: budget, longest or until_required")

    @property
    def counts_missing_until(self) -> bool:
        """
        Whether time on hold counts while nobody has said until when.
        """
        return self.until_required and self.missing_until is MissingUntil.COUNTED


class ExcessKind(StrEnum):
    """
    Which limit a hold exceeds.
    """

    BUDGET = "budget"
    """All holds together took more than the budget."""

    LONGEST = "longest"
    """The hold took more than one may."""

    NO_UNTIL = "no_until"
    """Nobody had said until when."""

    OVERRUN = "overrun"
    """It went on when the time said was over."""


#: Which excess a clock counts; the rest is only reported. A missing date depends on the rule.
_COUNTED = frozenset({ExcessKind.BUDGET, ExcessKind.LONGEST})


@attrs.frozen(kw_only=True)
class Excess:
    """
    A hold, or its end, that a rule does not allow.

    Attributes:
        rule: The rule.

        reason: Why work waited.

        kind: Which limit it exceeds.

        held_since: When the hold began.

        since: The instant up to which the limit was kept: exactly then nothing more has passed.

        until: When the hold ended or was set right; of one that lasts, when it was looked at.

        amount: The working time from *since* to *until*.
    """

    rule: PauseRule
    reason: PendingReason
    kind: ExcessKind
    held_since: DateTime
    since: DateTime
    until: DateTime
    amount: timedelta


@attrs.frozen(kw_only=True)
class PauseReview:
    """
    What the holds of a record came to, and what of it no rule allows.

    Attributes:
        at: The instant up to which it was looked at.

        totals: The working time on hold by reason, in the order of first use; `None` is for holds
            without a reason.

        excesses: Whatever exceeds a limit, rule by rule and hold by hold.
    """

    at: DateTime
    totals: tuple[tuple[PendingReason | None, timedelta], ...]
    excesses: tuple[Excess, ...]

    @property
    def total_by_reason(self) -> Mapping[PendingReason | None, timedelta]:
        """
        The working time on hold by reason.
        """
        return dict(self.totals)

    @property
    def counts(self) -> Mapping[ExcessKind, int]:
        """
        How many excesses there are of each kind; those that never occurred are not named.
        """
        return dict(Counter(excess.kind for excess in self.excesses))


# ---- Holds in integers ----------------------------------------------------------------------


@attrs.frozen
class _Dated:
    """
    A part of a hold, and what was said of its end meanwhile.
    """

    start: int
    end: int
    until: int | None


@attrs.frozen
class _Hold:
    """
    A time on hold for one reason; where nobody knows of dates there are no parts.
    """

    reason: PendingReason
    start: int
    end: int
    parts: tuple[_Dated, ...] = ()


@attrs.frozen
class _Over:
    """
    A part of a hold that exceeds a limit.
    """

    hold: _Hold
    kind: ExcessKind
    start: int
    end: int


def _over(rule: PauseRule, holds: Iterable[_Hold], line: Timeline) -> Iterator[_Over]:
    """
    Yield what *rule* does not allow, hold by hold; a hold may exceed several limits.
    """
    left = None if rule.budget is None else length(rule.budget)
    for hold in holds:
        if hold.reason not in rule.reasons:
            continue
        yield from _cut(hold, ExcessKind.BUDGET, left, line)
        longest = None if rule.longest is None else length(rule.longest)
        yield from _cut(hold, ExcessKind.LONGEST, longest, line)
        if rule.until_required:
            yield from _undated(hold)
        if left is not None and hold.end < FOREVER:
            left = max(0, left - line.between(hold.start, hold.end))


def _cut(hold: _Hold, kind: ExcessKind, left: int | None, line: Timeline) -> Iterator[_Over]:
    if left is None or (hold.end < FOREVER and line.between(hold.start, hold.end) <= left):
        return
    yield _Over(hold, kind, line.next_open(line.add(hold.start, left)), hold.end)


def _undated(hold: _Hold) -> Iterator[_Over]:
    for part in hold.parts:
        if part.until is None:
            yield _Over(hold, ExcessKind.NO_UNTIL, part.start, part.end)
        elif part.until < part.end:
            yield _Over(hold, ExcessKind.OVERRUN, max(part.start, part.until), part.end)


def _holds_of_record(history: Sequence[Moment], end: int) -> Iterator[_Hold]:
    """
    Yield the holds that *history* tells of, one that lasts up to *end*.
    """
    dates = tuple(_dates(history))
    for spell in hold_spells(history):
        if spell.reason is not None:
            start = microseconds(spell.start)
            ended = end if spell.end is None else microseconds(spell.end)
            yield _Hold(spell.reason, start, ended, tuple(_parts(dates, start, ended)))


def _dates(history: Iterable[Moment]) -> Iterator[tuple[int, int | None]]:
    """
    Yield since when it was said that a hold ends at an instant; the last word of each instant.
    """
    said: dict[int, int | None] = {}
    for moment in history:
        changes = moment.entry.changes
        if "pending_until" in changes:
            until = changes["pending_until"]
            said[microseconds(moment.at)] = (
                microseconds(until) if isinstance(until, datetime) else None
            )
    return iter(said.items())


def _parts(dates: Iterable[tuple[int, int | None]], start: int, end: int) -> Iterator[_Dated]:
    until: int | None = None
    for at, said in dates:
        if start < at < end:
            yield _Dated(start, at, until)
            start = at
        if at <= start:
            until = said
    if start < end:
        yield _Dated(start, end, until)


def _holds_of_clock(clock: SlaClock) -> Iterator[_Hold]:
    for pause in clock.pauses:
        if pause.reason is not None and not pause.is_gap:
            end = FOREVER if pause.end is None else microseconds(pause.end)
            yield _Hold(pause.reason, microseconds(pause.start), end)


# ---- Reports --------------------------------------------------------------------------------


def _rules(rules: Iterable[PauseRule]) -> tuple[PauseRule, ...]:
    return several(rules, PauseRule, "rules")


def review(
    record: Record,
    rules: Iterable[PauseRule],
    *,
    at: datetime,
    calendar: WorkingTime = ALWAYS_OPEN,
) -> PauseReview:
    """
    Return what the holds of *record* came to up to *at*, and what of it *rules* do not allow.

    Args:
        record: The record.

        rules: The rules; each is applied on its own.

        at: Up to when; what was so later is left out.

        calendar: The hours that budgets and limits are measured in.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *at* is naive.

        CalendarError: The calendar does not reach that far.
    """
    check_type(record, Record, "record")
    checked, line = _rules(rules), check_calendar(calendar, "calendar").timeline
    seen_at = utc(at)
    history = tuple(moment for moment in record.history() if moment.at <= seen_at)
    end = microseconds(seen_at)
    holds = tuple(_holds_of_record(history, end))
    return PauseReview(
        at=seen_at,
        totals=tuple(_totals(history, end, line)),
        excesses=tuple(chain.from_iterable(_excesses(rule, holds, line) for rule in checked)),
    )


def _totals(
    history: Sequence[Moment], end: int, line: Timeline
) -> Iterator[tuple[PendingReason | None, timedelta]]:
    spent: dict[PendingReason | None, int] = {}
    for spell in hold_spells(history):
        ended = end if spell.end is None else microseconds(spell.end)
        amount = line.between(microseconds(spell.start), ended)
        spent[spell.reason] = spent.get(spell.reason, 0) + amount
    return ((reason, timedelta(0, 0, amount)) for reason, amount in spent.items())


def _excesses(rule: PauseRule, holds: Iterable[_Hold], line: Timeline) -> Iterator[Excess]:
    for over in _over(rule, holds, line):
        yield Excess(
            rule=rule,
            reason=over.hold.reason,
            kind=over.kind,
            held_since=from_microseconds(over.hold.start),
            since=from_microseconds(over.start),
            until=from_microseconds(over.end),
            amount=timedelta(0, 0, line.between(over.start, over.end)),
        )


# ---- Clocks ---------------------------------------------------------------------------------


def governed(
    clock: SlaClock,
    rules: Iterable[PauseRule],
    *,
    record: Record | None = None,
    calendar: WorkingTime = ALWAYS_OPEN,
) -> SlaClock:
    """
    Return *clock* as it is if time on hold that exceeds *rules* counts.

    Pauses are cut where they exceed a budget or the longest one; time without a date counts where
    a rule says so, and an overrun is only reported. Targets that came later are taken over anew
    from what has elapsed by then. It is for figures: a pause that lasts ends where it may last no
    longer, so what happens next is told to *clock* itself.

    Args:
        clock: The clock.

        rules: The rules.

        record: The record; with it all of its holds use up the budgets, whether they paused this
            clock or not. Without it the pauses of the clock are all that is known.

        calendar: The hours that budgets and limits are measured in, whatever those of the clock.

    Raises:
        TypeError: An argument is of another type.

        ValueError: A rule counts time without a date, and there is no record to tell of dates.

        CalendarError: The calendar does not reach that far.
    """
    check_type(clock, SlaClock, "clock")
    check_optional(record, Record, "record")
    checked, line = _rules(rules), check_calendar(calendar, "calendar").timeline
    if record is None and any(rule.counts_missing_until for rule in checked):
        raise ValueError(
            "record must be given: a clock does not know until when a hold was to last"
        )
    known = _holds_of_clock(clock) if record is None else _of_record(record)
    holds = tuple(known)
    cuts = [over for rule in checked for over in _over(rule, holds, line) if _counts(rule, over)]
    pauses = tuple(chain.from_iterable(_without(pause, cuts) for pause in clock.pauses))
    if pauses == clock.pauses:
        return clock
    return _told_anew(attrs.evolve(clock, pauses=pauses, promises=clock.promises[:1]), clock)


def _of_record(record: Record) -> Iterator[_Hold]:
    return _holds_of_record(record.history(), FOREVER)


def _counts(rule: PauseRule, over: _Over) -> bool:
    is_missing = over.kind is ExcessKind.NO_UNTIL
    return over.kind in _COUNTED or (is_missing and rule.counts_missing_until)


def _without(pause: Pause, cuts: Iterable[_Over]) -> Iterator[Pause]:
    """
    Yield what is left of *pause*.
    """
    if pause.is_gap or pause.start == pause.end:
        yield pause
        return
    start = microseconds(pause.start)
    end = FOREVER if pause.end is None else microseconds(pause.end)
    for cut in sorted(cuts, key=lambda over: over.start):
        if cut.hold.reason == pause.reason and cut.start < end and start < cut.end:
            if start < cut.start:
                yield _part(pause, start, cut.start)
            start = cut.end
    if start < end:
        yield _part(pause, start, end)


def _part(pause: Pause, start: int, end: int) -> Pause:
    until = from_microseconds(end) if end < FOREVER else None
    return attrs.evolve(pause, start=from_microseconds(start), end=until)


def _told_anew(governed_clock: SlaClock, clock: SlaClock) -> SlaClock:
    draft = Draft.of(governed_clock)
    for promise in clock.promises[1:]:
        _tell(draft, promise)
    return draft.finished(type(clock))


def _tell(draft: Draft, promise: Promise) -> None:
    if promise.retarget is None and promise.deadline is not None:
        draft.fix(promise.deadline)
    else:
        mode = promise.retarget or promise.target.policy.retarget
        draft.retarget(promise.target, promise.since, mode)
