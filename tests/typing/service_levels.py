"""
What a type checker makes of calendars, clocks, agreements and timers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, assert_type

import numpy as np

from numpy.typing import NDArray
from pendulum import DateTime

from itil_ops import Actor, Incident, timers
from itil_ops.sla import (
    ALWAYS_OPEN,
    Agreement,
    Agreements,
    BusinessDays,
    Fact,
    Ledger,
    OpenClocks,
    Periods,
    ServiceLevelAgreement,
    SlaClock,
    Target,
    TargetKind,
    Told,
    Where,
    WorkingTime,
    reading,
)


if TYPE_CHECKING:
    from itil_ops.kernel.record import Record


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@reading("service")
def is_mail(fact: Fact) -> bool:
    return fact.fields["service"] == "email"


def calendars_combine(office: WorkingTime) -> None:
    hours = (office | ALWAYS_OPEN) & office - Periods([(NOON, NOON + HOUR)])
    assert_type(hours, WorkingTime)
    assert_type(hours.add(NOON, HOUR), DateTime)
    assert_type(hours.between(NOON, NOON), timedelta)
    assert_type(hours.explain(NOON, NOON), tuple[str, ...])
    assert_type(hours.zone, str | None)
    instants = np.array([NOON], "M8[us]")
    assert_type(hours.add_many(instants, HOUR), NDArray[np.datetime64])
    assert_type(hours.between_many([NOON], NOON), NDArray[np.timedelta64])
    assert_type(hours.is_open_many(instants), NDArray[np.bool_])


def clocks_are_read(incident: Incident) -> None:
    target = Target(TargetKind.RESOLUTION, BusinessDays(1), when=[Where(vip=True), is_mail])
    clock = SlaClock.start(target, at=NOON)
    assert_type(clock, SlaClock)
    assert_type(clock.fix(NOON, reason="promised", at=NOON), SlaClock)
    assert_type(clock.due_at, DateTime | None)
    assert_type(clock.percent(NOON), float | None)
    assert_type(clock.ledger(NOON, incident), Ledger)
    assert_type(clock.told(NOON), tuple[Told, ...])
    assert_type(OpenClocks.of([clock], NOON).breaching(NOON, NOON), NDArray[np.bool_])


def agreements_have_clocks(incident: Incident, gold: ServiceLevelAgreement) -> None:
    assert_type(gold.clocks(incident), tuple[SlaClock, ...])
    assert_type(Agreements([gold]).clocks(incident), dict[Agreement, tuple[SlaClock, ...]])
    assert_type(Agreements([gold]).choose(incident).agreement, Agreement | None)


def timers_take_records(incident: Incident, gold: Agreement, cron: Actor) -> None:
    for timer in timers.due(incident, [gold], None, NOON):
        assert_type(timer.apply(incident, by=cron, at=NOON), Incident)
    assert_type(timers.next_wakeup(incident, [gold], NOON), DateTime | None)
    plan: Callable[[Record], Mapping[str, DateTime]] = timers.planner([gold])
    assert_type(plan(incident), Mapping[str, DateTime])
