"""
Targets, agreements and what comes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import CategoryPath, PendingReason
from itil_ops.sla.agreements.agreement import (
    Agreement,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow
from itil_ops.sla.clocks.ledger import Ledger, Segment
from itil_ops.sla.clocks.pause_rules import PauseRule
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.promises.condition import ANY_VALUE, Condition, Where
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import MEASURES, Measure, TargetKind
from itil_ops.sla.promises.policy import ClockPolicy
from itil_ops.sla.promises.target import StartAt, StartField, StopAt, Target
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, of, tell
from itil_ops.testing.strategies.hours import durations


if TYPE_CHECKING:
    from pendulum import DateTime


_FIELDS = ("category", "service", "group", "caller", "vip", "color")


def conditions() -> st.SearchStrategy[Condition]:
    """
    Return conditions on a record's fields, and some of the functions that the usual measures have.
    """
    values = st.one_of(
        plain.hashables(), st.just(ANY_VALUE), of(CategoryPath), plain.words(PendingReason)
    )
    wanted = st.lists(values, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(_FIELDS), wanted, min_size=1, max_size=2)
    usual = [one for measure in MEASURES.values() for one in measure.conditions]
    return named.map(lambda fields: Where(**fields)) | st.sampled_from(usual)


def wheres() -> st.SearchStrategy[Where]:
    """
    Return conditions on a record's fields.
    """
    return conditions().filter(lambda one: isinstance(one, Where)).map(_as_where)


def _as_where(one: Any) -> Where:
    found: Where = one
    return found


def thresholds() -> st.SearchStrategy[Threshold]:
    """
    Return thresholds by share, before and after.
    """
    offset = plain.amounts()
    percent = st.integers(0, 200) | st.floats(0, 200)
    places: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"percent": percent}),
        st.fixed_dictionaries({"before": offset}),
        st.fixed_dictionaries({"after": offset}),
    )
    rest = st.fixed_dictionaries(
        {},
        optional={
            "name": st.none() | plain.texts(),
            "notify": st.lists(plain.texts(), max_size=2),
            "level": st.integers(0, 3),
        },
    )
    return st.builds(lambda place, others: Threshold(**place, **others), places, rest)


def measures() -> st.SearchStrategy[Measure]:
    """
    Return what the clocks of a caller's own kinds measure.
    """
    free = st.builds(Measure, conditions(), conditions(), st.none() | conditions())
    return st.sampled_from([*MEASURES.values()]) | free


@st.composite
def targets(draw: st.DrawFn, *, kind: TargetKind | None = None) -> Target:
    """
    Return targets with conditions, pauses, thresholds and policies, of one *kind* or of any.
    """
    chosen = draw(plain.words(TargetKind)) if kind is None else kind
    own = chosen not in MEASURES
    escalation = st.sampled_from([(), ITIL_ESCALATION, (AT_ONCE,)])
    return Target(
        chosen,
        draw(durations()),
        calendar=draw(of(WorkingTime).filter(_has_days) | st.none()),
        priorities=draw(st.none() | st.lists(of(Priority), min_size=1, max_size=2)),
        when=draw(st.lists(conditions(), max_size=2)),
        pause_on=draw(st.lists(_pauses(), max_size=2)),
        stop_at=draw(st.sampled_from(StopAt)),
        start_at=draw(st.sampled_from(StartAt) | start_fields()),
        measure=draw(measures() if own else st.none() | measures()),
        policy=draw(of(ClockPolicy)),
        thresholds=draw(escalation | thresholds().map(_alone)),
    )


def _has_days(calendar: WorkingTime) -> bool:
    return calendar.zone is not None


def _alone(one: Threshold) -> tuple[Threshold, ...]:
    return (one,)


def _pauses() -> st.SearchStrategy[Any]:
    return st.sampled_from(Phase) | plain.words(PendingReason) | conditions()


def start_fields() -> st.SearchStrategy[StartField]:
    """
    Return starts at the instant that a field holds.
    """
    return st.sampled_from(["detected_at", "needed_by", "\u00e9t\u00e9"]).map(StartField)


# ---- Agreements -----------------------------------------------------------------------------


@st.composite
def maintenance_windows(draw: st.DrawFn) -> MaintenanceWindow:
    """
    Return maintenance windows of all kinds.
    """
    start, end = draw(plain.ascending(2))
    return draw(built(MaintenanceWindow, start=st.just(start), end=st.just(end)))


@st.composite
def schedules(draw: st.DrawFn) -> MaintenanceSchedule:
    """
    Return maintenance windows in order.
    """
    borders = draw(plain.ascending(2 * draw(st.integers(0, 2))))
    pairs = zip(borders[::2], borders[1::2], strict=True)
    return MaintenanceSchedule(
        [draw(_window(start, end)) for start, end in pairs],
    )


def _window(start: DateTime, end: DateTime) -> st.SearchStrategy[MaintenanceWindow]:
    return built(MaintenanceWindow, start=st.just(start), end=st.just(end))


_CLASSES = (ServiceLevelAgreement, OperationalLevelAgreement, UnderpinningContract)


@st.composite
def agreements(draw: st.DrawFn, cls: type[Agreement] | None = None) -> Agreement:
    """
    Return SLAs, OLAs and contracts, or those of one class, with targets of several kinds.
    """
    kinds = draw(st.lists(st.sampled_from([*MEASURES]), min_size=1, max_size=3, unique=True))
    since, until = draw(plain.ascending(2))
    hours = st.none() | of(WorkingTime)
    chosen = draw(st.sampled_from(_CLASSES)) if cls is None else cls
    return chosen(
        draw(plain.texts()),
        targets=[draw(targets(kind=kind)) for kind in kinds],
        provider=draw(plain.texts()),
        customer=draw(st.none() | plain.texts()),
        services=draw(st.none() | st.lists(plain.texts(), max_size=2)),
        service_hours=draw(hours),
        support_hours=draw(hours),
        maintenance=draw(schedules()),
        valid_from=draw(st.sampled_from([None, since])),
        valid_until=draw(st.sampled_from([None, until])),
    )


def several_agreements() -> st.SearchStrategy[Agreements]:
    """
    Return agreements side by side, of which it is plain which one wins.
    """
    by_party = st.lists(agreements(), max_size=3, unique_by=lambda one: (type(one), one.provider))
    return by_party.filter(_at_most_one_sla).map(Agreements)


def _at_most_one_sla(found: list[Agreement]) -> bool:
    return sum(isinstance(one, ServiceLevelAgreement) for one in found) <= 1


# ---- Clocks ---------------------------------------------------------------------------------


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """
    Return segments without gap or overlap.
    """
    borders = draw(plain.ascending(draw(st.integers(1, 4))))
    return Ledger([draw(_segment(start, end)) for start, end in pairwise(borders)])


def _segment(start: DateTime, end: DateTime) -> st.SearchStrategy[Segment]:
    return built(Segment, start=st.just(start), end=st.just(end))


def pause_rules() -> st.SearchStrategy[PauseRule]:
    """
    Return limits on the time on hold.
    """
    reasons = st.frozensets(plain.words(PendingReason), min_size=1, max_size=2)
    return built(PauseRule, reasons=reasons, longest=plain.amounts())


def facts() -> st.SearchStrategy[Fact]:
    """
    Return what a clock reads of a record.
    """
    fields = st.dictionaries(st.sampled_from(_FIELDS), plain.hashables(), max_size=3)
    return built(Fact, fields=fields)


tell(Callable, conditions)
tell(Where, wheres)
tell(Threshold, thresholds)
tell(Measure, measures)
tell(Target, targets)
tell(StartField, start_fields)
tell(MaintenanceWindow, maintenance_windows)
tell(MaintenanceSchedule, schedules)
tell(Agreement, agreements)
tell(Agreements, several_agreements)
tell(Ledger, ledgers)
tell(PauseRule, pause_rules)
tell(Fact, facts)
for _cls in _CLASSES:
    tell(_cls, partial(agreements, _cls))
