"""
iCalendar text in and out (extra `icalendar`): holidays, closures, opening hours.
"""

from itil_ops.adapters.icalendar.closures import read_closures
from itil_ops.adapters.icalendar.days import read_holidays
from itil_ops.adapters.icalendar.opening import read_calendar
from itil_ops.adapters.icalendar.writing import write_calendar


__all__ = ["read_calendar", "read_closures", "read_holidays", "write_calendar"]
