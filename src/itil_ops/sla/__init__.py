"""
Promises about time: calendars, targets, agreements and the clock that measures them.
"""

from itil_ops.kernel.vocabulary import Inheritance
from itil_ops.sla.agreements.agreement import (
    Agreement,
    AgreementKind,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.choice import Agreements, Candidate, Choice
from itil_ops.sla.agreements.feasibility import (
    Feasibility,
    FeasibilityReport,
    NoPromise,
    Stage,
    feasibility,
    worst_case,
)
from itil_ops.sla.agreements.maintenance import MaintenanceSchedule, MaintenanceWindow
from itil_ops.sla.agreements.news import News, NewsKind, news
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.forecast import Forecast
from itil_ops.sla.clocks.ledger import PARTIES, Ledger, Party, Segment, SegmentKind
from itil_ops.sla.clocks.open_clocks import OpenClocks
from itil_ops.sla.clocks.pause_rules import (
    Excess,
    ExcessKind,
    MissingUntil,
    PauseReview,
    PauseRule,
    governed,
    review,
)
from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
from itil_ops.sla.clocks.telling import Told
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.closures import Closure, ClosureKind, Period
from itil_ops.sla.hours.duration import BusinessDays, DayMark, Duration, NextOpening, end_of
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.promises.condition import ANY_VALUE, Condition, Where, reading
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import Measure, TargetKind
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
from itil_ops.sla.promises.target import PauseOn, StartAt, StartField, StopAt, Target
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold
from itil_ops.sla.reports.attainment import (
    AttainmentReport,
    AttainmentRules,
    BreachCase,
    CarryOver,
    Cell,
    Dimension,
    Exclusion,
    Standing,
    Verdict,
    attainment,
    attainment_by_period,
    verdict,
)
from itil_ops.sla.reports.availability import (
    Availability,
    Outage,
    ReliabilityTarget,
    TrafficLight,
    availability,
    parallel,
    serial,
    traffic_light,
)
from itil_ops.sla.reports.comparison import (
    ClockChange,
    Comparison,
    Migration,
    MigrationMode,
    compare,
    migrate,
)
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods, PeriodLength
from itil_ops.sla.reports.credits import (
    CreditTier,
    EarnBack,
    Penalty,
    PenaltyDue,
    Rounding,
    ServiceCredit,
    ServiceCredits,
    total_due,
)


__all__ = [
    "ALWAYS_OPEN",
    "ANY_VALUE",
    "AT_ONCE",
    "ITIL_ESCALATION",
    "PARTIES",
    "Agreement",
    "AgreementKind",
    "Agreements",
    "AttainmentReport",
    "AttainmentRules",
    "Availability",
    "BreachCase",
    "BusinessCalendar",
    "BusinessDays",
    "Candidate",
    "CarryOver",
    "Cell",
    "Choice",
    "ClockChange",
    "ClockOutcome",
    "ClockPolicy",
    "ClockState",
    "Closure",
    "ClosureKind",
    "Comparison",
    "CompliancePeriod",
    "CompliancePeriods",
    "Condition",
    "CreditTier",
    "DayMark",
    "Dimension",
    "Duration",
    "EarnBack",
    "Excess",
    "ExcessKind",
    "Exclusion",
    "Fact",
    "Feasibility",
    "FeasibilityReport",
    "Forecast",
    "Inheritance",
    "Judgement",
    "LateTarget",
    "Ledger",
    "MaintenanceSchedule",
    "MaintenanceWindow",
    "ManualDeadline",
    "Measure",
    "Migration",
    "MigrationMode",
    "MissingUntil",
    "News",
    "NewsKind",
    "NextOpening",
    "NoPromise",
    "OpenClocks",
    "OperationalLevelAgreement",
    "Outage",
    "OutsideHours",
    "Party",
    "PassedThresholds",
    "Pause",
    "PauseOn",
    "PauseReview",
    "PauseRule",
    "Penalty",
    "PenaltyDue",
    "Period",
    "PeriodLength",
    "Periods",
    "Promise",
    "ReliabilityTarget",
    "Reopen",
    "Retarget",
    "Rounding",
    "Segment",
    "SegmentKind",
    "ServiceCredit",
    "ServiceCredits",
    "ServiceLevelAgreement",
    "Simultaneous",
    "SlaClock",
    "Span",
    "Stage",
    "Standing",
    "StartAt",
    "StartField",
    "StartOnHold",
    "StopAt",
    "Target",
    "TargetKind",
    "Threshold",
    "Told",
    "TrafficLight",
    "UnderpinningContract",
    "Verdict",
    "Where",
    "WorkingTime",
    "ZeroTarget",
    "attainment",
    "attainment_by_period",
    "availability",
    "compare",
    "end_of",
    "feasibility",
    "governed",
    "migrate",
    "news",
    "parallel",
    "reading",
    "review",
    "serial",
    "total_due",
    "traffic_light",
    "verdict",
    "worst_case",
]
