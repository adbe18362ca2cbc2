"""
What was agreed: targets, for whom and how long; and the clocks that measure them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property, partial
from itertools import chain, combinations
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast

import attrs

from pendulum import DateTime

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import (
    check_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    did_you_mean,
    several,
)
from itil_ops.kernel.history import Moment, moments
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.instant import from_microseconds, optional_utc, utc
from itil_ops.kernel.journal import taken_over
from itil_ops.kernel.record import Record, inherited_from
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Inheritance
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow
from itil_ops.sla.agreements.parts import story_of_part, was_handed_a_part
from itil_ops.sla.clocks.fold import fold
from itil_ops.sla.clocks.promise import Deadlines, ManualDeadline
from itil_ops.sla.hours.calendar import Periods
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar
from itil_ops.sla.promises.fact import Fact, facts
from itil_ops.sla.promises.measure import TIME_TO_OWN, Measure, TargetKind, is_measured
from itil_ops.sla.promises.specificity import are_ambiguous, by_specificity, shared
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.journal import Inherited
    from itil_ops.kernel.lifecycle import Lifecycle
    from itil_ops.sla.clocks.clock import SlaClock


class AgreementKind(StrEnum):
    """
    Between whom an agreement is.
    """

    SLA = "sla"
    """The provider and a customer."""

    OLA = "ola"
    """The provider and another part of the same organization."""

    UNDERPINNING_CONTRACT = "underpinning_contract"
    """The provider and a supplier."""


#: Facts that lie within what an agreement binds, and the one by which the record left.
Segment: TypeAlias = tuple[Sequence[Fact], Fact | None]


def _targets(values: Iterable[Target]) -> tuple[Target, ...]:
    return several(values, Target, "targets")


def _schedule(windows: Iterable[MaintenanceWindow]) -> MaintenanceSchedule:
    if isinstance(windows, MaintenanceSchedule):
        return windows
    return MaintenanceSchedule(several(windows, MaintenanceWindow, "maintenance"))


def _services(values: Iterable[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(check_names(values, "services"))


def _border(at: datetime | None) -> DateTime | None:
    return optional_utc(at, "a border of validity")


@attrs.frozen(kw_only=True)
class Agreement:
    """
    What an SLA, an OLA and an underpinning contract have in common.

    The target with the most conditions that hold goes first; of equals, the one named first. Where
    there is no target there is no clock: never a target of zero, and never a silent pass.

    Attributes:
        name: What it is called.

        targets: The targets, by kind and conditions.

        provider: Who keeps it.

        customer: Who it was agreed with; anybody unless given.

        services: The services it is for; all unless given.

        service_hours: When the services should be usable: the hours of availability.

        support_hours: When staff act: the hours of targets that name none of their own.

        maintenance: The agreed maintenance windows, in order.

        valid_from: The first instant at which it holds; always unless given.

        valid_until: The first instant at which it no longer does; never unless given.

    Raises:
        TypeError: An attribute is of another type.

        AgreementError: There is no target, two are for the same records, those of a kind of the
            caller's own measure different things, or the agreement ends before it begins.
    """

    kind: ClassVar[AgreementKind]
    _followed: ClassVar[frozenset[str]] = frozenset()  # fields that tell who has the record
    _measures_parts: ClassVar[bool] = False  # in place of the record whose work they are

    name: str = attrs.field(kw_only=False)
    targets: tuple[Target, ...] = attrs.field(converter=_targets)
    provider: str | None = None
    customer: str | None = None
    services: frozenset[str] | None = attrs.field(default=None, converter=_services)
    service_hours: WorkingTime | None = attrs.field(default=None, repr=False)
    support_hours: WorkingTime | None = attrs.field(default=None, repr=False)
    maintenance: MaintenanceSchedule = attrs.field(factory=MaintenanceSchedule, converter=_schedule)
    valid_from: DateTime | None = attrs.field(default=None, converter=_border)
    valid_until: DateTime | None = attrs.field(default=None, converter=_border)

    def __attrs_post_init__(self) -> None:
        if type(self) is Agreement:
            raise TypeError("an agreement is a ServiceLevelAgreement, an OLA or a contract")
        check_text(self.name, "an agreement's name")
        check_optional_text(self.provider, "provider")
        check_optional_text(self.customer, "customer")
        for name in ("service_hours", "support_hours"):
            if getattr(self, name) is not None:
                check_calendar(getattr(self, name), name)
        self._check_validity()
        self._check_targets()

    def _check_validity(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise AgreementError(
                f"agreement {self.name!r} ends at {self.valid_until}, before it begins"
                f" at {self.valid_from}"
            )

    def _check_targets(self) -> None:
        if not self.targets:
            raise AgreementError(f"agreement {self.name!r} has no targets")
        pairs = list(combinations(self.targets, 2))
        twice = [shared(one, other) for one, other in pairs if are_ambiguous(one, other)]
        if twice:
            raise AgreementError(f"agreement {self.name!r} promises twice: {', '.join(twice)}")
        for one, other in pairs:
            if one.kind == other.kind and one.measure != other.measure:
                raise AgreementError(f"agreement {self.name!r} measures {one.kind} in two ways")

    # ---- Whom it binds ----------------------------------------------------------------------

    def is_valid(self, at: datetime) -> bool:
        """
        Whether it holds at *at*.
        """
        instant = utc(at)
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_until is None or instant < self.valid_until
        )

    def why_not(self, record: Record) -> tuple[str, ...]:
        """
        Return every reason why it is not for *record*; none if it is.

        An SLA binds by the instant from which the record is promised, an OLA or a contract by the
        one at which it came to the provider.
        """
        reasons = []
        if self.services is not None and record.service not in self.services:
            reasons.append(_not_for("service", record.service))
        if self.customer is not None and record.customer != self.customer:
            reasons.append(_not_for("customer", record.customer))
        return tuple(reasons)

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """
        The kinds of its targets, in their order.
        """
        return tuple(dict.fromkeys(target.kind for target in self.targets))

    def target(self, kind: TargetKind, fact: Fact) -> Target | None:
        """
        Return the target of *kind* for a record of which *fact* holds; `None` if none was agreed.
        """
        service = cast("str | None", fact.fields.get("service"))
        return _first_for(self._promised_to(service).get(kind, ()), fact)

    @cached_property
    def _promised(self) -> Mapping[TargetKind, tuple[Target, ...]]:
        """
        The targets of each kind, the most specific first, all with their hours.
        """
        timed = [target.within(self.support_hours) for target in self.targets]
        return {
            kind: by_specificity(target for target in timed if target.kind == kind)
            for kind in self.kinds
        }

    def _promised_to(self, service: str | None) -> Mapping[TargetKind, tuple[Target, ...]]:
        """
        The same for *service*, without the maintenance that pauses its clocks.
        """
        if not self.maintenance:
            return self._promised
        if service not in self._found:
            pauses = self.maintenance.pause_spans(service)
            spans = [Span(*map(from_microseconds, pair)) for pair in pauses]
            standstill = Periods(spans) if spans else None
            self._found[service] = {
                kind: tuple(target.without(standstill) for target in targets)
                for kind, targets in self._promised.items()
            }
        return self._found[service]

    @cached_property
    def _found(self) -> dict[str | None, Mapping[TargetKind, tuple[Target, ...]]]:
        return {}

    # ---- Clocks -----------------------------------------------------------------------------

    def clocks(
        self,
        record: Record,
        *,
        deadlines: Deadlines | None = None,
        origin: Record | None = None,
        inheritance: Inheritance = Inheritance.COPY,
    ) -> tuple[SlaClock, ...]:
        """
        Return the clocks of *record*, kind by kind in the order of the targets, cycle by cycle.

        Nothing about clocks is stored in a record: they are computed from its journal, so that
        another agreement or a late entry is the same computation again.

        Args:
            record: The record.

            deadlines: Due times that a person fixed.

            origin: The record that this one was split from, or that was merged into it; what the
                record says itself that it took over, unless given.

            inheritance: What it takes over of the clocks of *origin*.

        Raises:
            TypeError: An argument is of another type.

            AgreementError: A clock is to start at a field that holds no instant.
        """
        check_type(record, Record, "record")
        check_optional(origin, Record, "origin")
        check_type(inheritance, Inheritance, "inheritance")
        shares = record.inherited if origin is None else (inherited_from(origin, inheritance),)
        if self.why_not(record) or any(one.inheritance is Inheritance.NONE for one in shares):
            return ()
        story = self._story(record, shares)
        fixed = _read_deadlines(deadlines)
        return tuple(chain.from_iterable(self._clocks(record.id, record.service, story, fixed)))

    def part_clocks(
        self, record: Record, part_id: PartId, *, deadlines: Deadlines | None = None
    ) -> tuple[SlaClock, ...]:
        """
        Return the clocks of a part of *record*, a task for instance, as `clocks` does.

        What waits for others from its beginning is promised nothing until it can be done, and what
        pauses a clock is what the part waits for, or its record. Its fields are the part's own,
        over those of the record as they are now.

        Args:
            record: The record around it.

            part_id: Id of the part.

            deadlines: Due times that a person fixed for the part.

        Raises:
            TypeError: An argument is of another type.

            ValueError: The record has no such part.

            AgreementError: A clock is to start at a field that holds no instant.
        """
        check_type(record, Record, "record")
        story = story_of_part(record, check_type(part_id, PartId, "part_id"), self._reads)
        if self.why_not(record):
            return ()
        fixed = _read_deadlines(deadlines)
        return tuple(chain.from_iterable(self._clocks(part_id, record.service, story, fixed)))

    def check_fields(self, *kinds: type[Record]) -> None:
        """
        Make sure that every field its targets name is one of some record that it is meant for.

        A condition on a field that a record has not got does not hold, so a misspelt one never
        does. An agreement cannot know for which records it will be asked; its tests can.

        Args:
            kinds: The classes of the records.

        Raises:
            AgreementError: None of them has a field that is named.
        """
        known = frozenset().union(*map(attrs.fields_dict, kinds))
        named = frozenset().union(*(target.named for target in self.targets))
        for name in sorted(named - known):
            advice = did_you_mean(name, known, "")
            raise AgreementError(
                f"agreement {self.name!r} names a field {name!r} that no such record has"
                f"{'; ' if advice else ''}{advice}"
            )

    def story(self, record: Record) -> tuple[Fact, ...]:
        """
        Return the facts of *record* that matter to its clocks, after those that it took over.
        """
        return self._story(record, record.inherited)

    def _story(self, record: Record, shares: Iterable[Inherited]) -> tuple[Fact, ...]:
        earlier = _copied(shares, record.lifecycle, record.logged_at)
        found = facts(chain(earlier, record.history()), self._reads)
        if self._measures_parts and was_handed_a_part(record, self.provider):
            return tuple(map(_with_no_group, found))
        return found

    def measure(self, kind: TargetKind) -> Measure:
        """
        Return when clocks of *kind* run.
        """
        return self._promised[kind][0].measured

    @cached_property
    def _reads(self) -> frozenset[str] | None:
        found = [target.reads for target in self.targets]
        return None if None in found else self._followed.union(*filter(None, found))

    def _segments(self, story: Sequence[Fact]) -> list[Segment]:
        return [(story, None)]

    def _clocks(
        self,
        id: RecordId,
        service: str | None,
        story: Sequence[Fact],
        deadlines: Deadlines,
    ) -> Iterator[Sequence[SlaClock]]:
        promised = self._promised_to(service)
        segments = self._segments(story)
        for kind in self.kinds:
            if not is_measured(id, kind):
                continue
            found: list[SlaClock] = []
            deadline = deadlines.get(kind)
            for within, left in segments:
                found += fold(
                    self.measure(kind),
                    within,
                    partial(_first_for, promised[kind]),
                    left=left,
                    cycles=len(found),
                    deadline=deadline,
                )
                if any(clock.promises[-1].deadline for clock in found):
                    deadline = None
            yield found


def _copied(shares: Iterable[Inherited], lifecycle: Lifecycle, until: DateTime) -> Iterator[Moment]:
    """
    Return the moments before *until* of what was copied, after those that it had copied itself.

    Of several that were merged into it, clocks go on with the one that began first.
    """
    copied = [one.journal for one in shares if one.inheritance is Inheritance.COPY]
    stories = [
        [
            *_copied(taken_over(journal), lifecycle, journal[0].at),
            *moments(journal, lifecycle),
        ]
        for journal in copied
    ]
    first = min(stories, key=lambda story: story[0].at, default=[])
    return (moment for moment in first if moment.at < until)


def _with_no_group(fact: Fact) -> Fact:
    return attrs.evolve(fact, fields={**fact.fields, "group": None})


def _not_for(field: str, value: str | None) -> str:
    return f"the record names no {field}" if value is None else f"it is not for {field} {value}"


def _read_deadlines(
    deadlines: Deadlines | None,
) -> dict[TargetKind, ManualDeadline]:
    if deadlines is None:
        return {}
    if not isinstance(deadlines, Mapping):
        raise TypeError(f"deadlines must be a mapping of kinds to deadlines, not {deadlines!r}")
    for kind, deadline in deadlines.items():
        check_type(kind, TargetKind, "each kind of deadlines")
        check_type(deadline, ManualDeadline, f"the {kind} deadline")
    return dict(deadlines)


def with_customer(agreement: Agreement, deadlines: Deadlines | None) -> Deadlines | None:
    """
    Return which of *deadlines* *agreement* has: they are fixed with the customer, no part of OLAs.
    """
    return deadlines if agreement.kind is AgreementKind.SLA else None


def _first_for(promised: Iterable[Target], fact: Fact) -> Target | None:
    for target in promised:
        if target.applies(fact):
            return None if target.is_off else target
    return None


@attrs.frozen(kw_only=True)
class ServiceLevelAgreement(Agreement):
    """
    An agreement of the provider with a customer; its clocks run through, whoever works.
    """

    kind: ClassVar[AgreementKind] = AgreementKind.SLA

    def why_not(self, record: Record) -> tuple[str, ...]:
        """
        Return every reason why it is not for *record*, see `Agreement.why_not`.
        """
        reasons = Agreement.why_not(self, record)
        if self.is_valid(record.promised_from):
            return reasons
        return (*reasons, f"it does not hold at {record.promised_from}")


@attrs.frozen(kw_only=True)
class _Underpinning(Agreement):
    """
    An agreement whose clocks run while the record is with its provider, anew each time.

    Its response is the time to own: until somebody of the provider has taken the record. Where the
    provider was handed parts of a record, those are measured, see `part_clocks`, and not the record
    as well: whoever has it looks after it, and does not do all of it.
    """

    _followed: ClassVar[frozenset[str]] = frozenset({"group", "awaited", "assignee"})
    _measures_parts: ClassVar[bool] = True

    def __attrs_post_init__(self) -> None:
        Agreement.__attrs_post_init__(self)
        if self.provider is None:
            raise AgreementError(f"agreement {self.name!r} must name who keeps it: the provider")

    def measure(self, kind: TargetKind) -> Measure:
        """
        Return when clocks of *kind* run.
        """
        own = self._promised[kind][0].measure
        if kind == TargetKind.RESPONSE and own is None:
            return TIME_TO_OWN
        return Agreement.measure(self, kind)

    def is_with_provider(self, fact: Fact) -> bool:
        """
        Whether the record is with the provider.
        """
        return fact.fields.get("group") == self.provider

    def _segments(self, story: Sequence[Fact]) -> list[Segment]:
        segments: list[Segment] = []
        run: list[Fact] = []
        for fact in story:
            if self.is_with_provider(fact):
                run.append(fact)
            elif run:
                segments.append((run, fact))
                run = []
        if run:
            segments.append((run, None))
        return [segment for segment in segments if self.is_valid(segment[0][0].at)]


@attrs.frozen(kw_only=True)
class OperationalLevelAgreement(_Underpinning):
    """
    An agreement with a support group, which is its provider.

    Its clocks run while the record is assigned to the group, anew each time. Where the group was
    handed tasks of a record it measures those, and not the record.
    """

    kind: ClassVar[AgreementKind] = AgreementKind.OLA


@attrs.frozen(kw_only=True)
class UnderpinningContract(_Underpinning):
    """
    A contract with an external supplier, which is its provider.

    Its clocks run while the record is assigned to the supplier, or waits for it by name. Where the
    supplier was handed tasks of a record it measures those, and the record only while that waits
    for it.
    """

    kind: ClassVar[AgreementKind] = AgreementKind.UNDERPINNING_CONTRACT

    def is_with_provider(self, fact: Fact) -> bool:
        """
        Whether the record is with the supplier.
        """
        waits = fact.phase is Phase.WAITING and fact.fields.get("awaited") == self.provider
        return waits or _Underpinning.is_with_provider(self, fact)
