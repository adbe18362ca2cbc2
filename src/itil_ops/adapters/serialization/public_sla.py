"""
What every codec knows of service levels: a line for each class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.vocabulary import Inheritance
from itil_ops.sla.agreements.agreement import (
    AgreementKind,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.choice import Agreements, Candidate, Choice
from itil_ops.sla.agreements.feasibility import Feasibility, FeasibilityReport, NoPromise, Stage
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow
from itil_ops.sla.agreements.news import News, NewsKind
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.forecast import Forecast
from itil_ops.sla.clocks.ledger import Ledger, Party, Segment, SegmentKind
from itil_ops.sla.clocks.pause_rules import Excess, ExcessKind, MissingUntil, PauseReview, PauseRule
from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
from itil_ops.sla.clocks.telling import Told
from itil_ops.sla.hours.calendar import Periods
from itil_ops.sla.hours.closures import Closure, ClosureKind, Period
from itil_ops.sla.hours.duration import BusinessDays, DayMark, NextOpening
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.working_time import (
    Bounded,
    Clipped,
    Difference,
    Intersection,
    InZone,
    Union,
)
from itil_ops.sla.promises.condition import ANY_VALUE
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import (
    MEASURES,
    Measure,
    TargetKind,
    is_closed,
    is_open,
    is_owned,
)
from itil_ops.sla.promises.policy import (
    ClockPolicy,
    Judgement,
    LateTarget,
    OutsideHours,
    PassedThresholds,
    Reopen,
    Retarget,
    Simultaneous,
    StartOnHold,
    ZeroTarget,
)
from itil_ops.sla.promises.target import StartAt, StartField, StopAt, Target
from itil_ops.sla.promises.threshold import Threshold
from itil_ops.sla.reports.attainment import (
    AttainmentReport,
    AttainmentRules,
    BreachCase,
    CarryOver,
    Cell,
    Exclusion,
    Standing,
    Verdict,
)
from itil_ops.sla.reports.availability import Availability, Outage, ReliabilityTarget, TrafficLight
from itil_ops.sla.reports.comparison import ClockChange, Comparison, Migration, MigrationMode
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods, PeriodLength
from itil_ops.sla.reports.credits import (
    CreditTier,
    EarnBack,
    Penalty,
    PenaltyDue,
    Rounding,
    ServiceCredit,
    ServiceCredits,
)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


SLA_VALUES: tuple[type, ...] = (
    AgreementKind,
    Agreements,
    AttainmentReport,
    AttainmentRules,
    Availability,
    Bounded,
    BreachCase,
    BusinessDays,
    Candidate,
    CarryOver,
    Cell,
    Choice,
    Clipped,
    ClockChange,
    ClockOutcome,
    ClockPolicy,
    ClockState,
    Closure,
    ClosureKind,
    Comparison,
    CompliancePeriod,
    CompliancePeriods,
    CreditTier,
    DayMark,
    Difference,
    EarnBack,
    Excess,
    ExcessKind,
    Exclusion,
    Fact,
    Feasibility,
    FeasibilityReport,
    Forecast,
    InZone,
    Inheritance,
    Intersection,
    Judgement,
    LateTarget,
    Ledger,
    MaintenanceSchedule,
    MaintenanceWindow,
    ManualDeadline,
    Measure,
    Migration,
    MigrationMode,
    MissingUntil,
    News,
    NewsKind,
    NextOpening,
    NoPromise,
    OperationalLevelAgreement,
    Outage,
    OutsideHours,
    Party,
    PassedThresholds,
    Pause,
    PauseReview,
    PauseRule,
    Penalty,
    PenaltyDue,
    Period,
    PeriodLength,
    Periods,
    Promise,
    ReliabilityTarget,
    Reopen,
    Retarget,
    Rounding,
    Segment,
    SegmentKind,
    ServiceCredit,
    ServiceCredits,
    ServiceLevelAgreement,
    Simultaneous,
    SlaClock,
    Span,
    Stage,
    Standing,
    StartAt,
    StartField,
    StartOnHold,
    StopAt,
    Target,
    TargetKind,
    Threshold,
    Told,
    TrafficLight,
    UnderpinningContract,
    Union,
    Verdict,
    ZeroTarget,
)
"""
The classes of values.
"""

NAMED: Mapping[str, type] = {
    "any_value": type(ANY_VALUE),
    "time_in_line": type(MEASURES[TargetKind.ESCALATION]),
    "update_measure": type(MEASURES[TargetKind.UPDATE]),
}
"""
Classes that nobody names, by what their kinds are called.
"""


def _functions(measures: Iterable[Measure]) -> tuple[Callable[..., object], ...]:
    found = [one for measure in measures for one in measure.conditions]
    return tuple(dict.fromkeys([*found, is_closed, is_open, is_owned]))


FUNCTIONS = _functions(MEASURES.values())
"""
The conditions that the usual measures are made of.
"""
