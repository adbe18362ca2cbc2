"""
Promises about time: calendars, targets, agreements and the clock that measures them.
"""

from itil_ops.sla.agreement import ServiceLevelAgreement
from itil_ops.sla.calendar import ALWAYS_OPEN, BusinessCalendar, BusinessDays, Span
from itil_ops.sla.clock import ClockOutcome, ClockState, Judgement, Pause, Promise, SlaClock
from itil_ops.sla.target import StopAt, Target, TargetKind


__all__ = [
    "ALWAYS_OPEN",
    "BusinessCalendar",
    "BusinessDays",
    "ClockOutcome",
    "ClockState",
    "Judgement",
    "Pause",
    "Promise",
    "ServiceLevelAgreement",
    "SlaClock",
    "Span",
    "StopAt",
    "Target",
    "TargetKind",
]
