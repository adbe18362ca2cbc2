"""
Forms of classes that are not built from their fields: calendars, conditions, keys of similarity.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any

from itil_ops.adapters.serialization.forms import (
    LEAVES,
    TEXT,
    ByName,
    Form,
    Inside,
    Items,
    Json,
    JsonSchema,
    Members,
    Optional,
    keyed,
)
from itil_ops.adapters.serialization.kinds import check_keys, closed
from itil_ops.adapters.serialization.refusals import refuse
from itil_ops.adapters.serialization.shapes import Fields
from itil_ops.kernel.instant import DAY, MICROSECOND
from itil_ops.problem.similarity import SimilarityKey
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.written import DAYS, time_text
from itil_ops.sla.promises.condition import Where


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_MIDNIGHT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_DAY = LEAVES[dt.date]


def _time(wall: int) -> str:
    return "24:00" if wall == DAY else time_text((_MIDNIGHT + wall * MICROSECOND).time())


class _Window(Form):
    """
    Opening hours of a day: two times of day, of which the second may lie after midnight.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        return [_time(value.opens), _time(value.closes)]

    def load(self, data: Json, _: object = None) -> Any:
        if type(data) is not list or [type(one) for one in data] != [str, str]:
            refuse("a pair of times", data)
        return tuple(data)

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}


class _Windows(Items):
    """
    The windows of a day. What is read stays as written: the calendar reads it.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        return [self.inner.dump(window) for window in value]


_WINDOWS = _Windows(_Window())


class _ByDate(ByName):
    """
    What holds on dates, and on annual days.
    """

    __slots__ = ("_annual",)

    def __init__(self, inner: Form, *, annual: bool) -> None:
        ByName.__init__(self, inner)
        self._annual = annual

    def dump(self, value: Any) -> Json:
        return {str(day): self.inner.dump(value[day]) for day in value}

    def load(self, data: Json, _: object = None) -> Any:
        return {self._day(day): self.inner.load(one) for day, one in keyed(data).items()}

    def _day(self, written: str) -> dt.date | str:
        if self._annual and written.startswith("--"):
            return written
        found: dt.date = _DAY.load(written)
        return found


_CALENDAR: Mapping[str, Form] = {
    "zone": TEXT,
    "week": ByName(_WINDOWS),
    "holidays": _ByDate(Optional(TEXT), annual=True),
    "overrides": _ByDate(_WINDOWS, annual=False),
}


class CalendarForm(Form):
    """
    A business calendar, as its constructor takes it.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return a dict of what the calendar is made of.
        """
        week = {day: _WINDOWS.dump(value.week[day]) for day in DAYS if day in value.week}
        written = {name: _CALENDAR[name].dump(getattr(value, name)) for name in _DATED}
        return {"zone": value.zone, "week": week, **written}

    def load(self, data: Json, _: object = None) -> BusinessCalendar:
        """
        Return the calendar.
        """
        check_keys(keyed(data), frozenset(_CALENDAR))
        return BusinessCalendar(**{name: form.load(data[name]) for name, form in _CALENDAR.items()})

    def schema(self) -> JsonSchema:
        """
        Return an object.
        """
        return closed({name: form.schema() for name, form in _CALENDAR.items()})

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each by its name.
        """
        known = data if type(data) is dict else {}
        return ((name, form, known[name]) for name, form in _CALENDAR.items() if name in known)


_DATED = ("holidays", "overrides")


class WhereForm(Form):
    """
    A condition on fields, each with the values that are wanted.
    """

    __slots__ = ("_fields",)

    def __init__(self, anything: Form) -> None:
        self._fields = ByName(Members(anything))

    def dump(self, value: Any) -> Json:
        """
        Return the wanted values of each field.
        """
        return self._fields.dump(dict(value.criteria))

    def load(self, data: Json, _: object = None) -> Where:
        """
        Return the condition.
        """
        return Where(**self._fields.load(data))

    def schema(self) -> JsonSchema:
        """
        Return an object of any names.
        """
        return self._fields.schema()

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield the wanted values of each field.
        """
        return self._fields.parts(data)

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield the wanted values of each field.
        """
        return self._fields.members(dict(value.criteria))


class SimilarityKeyForm(Fields):
    """
    A key of similarity, whose constructor takes its fields one by one.
    """

    __slots__ = ()

    def load(self, data: Json, _: object = None) -> SimilarityKey:
        """
        Return the key.
        """
        self.check(data)
        read = {key: form.load(data[key]) for key, (_, form) in self.forms.items()}
        return SimilarityKey(*read["fields"], category_levels=read["category_levels"])
