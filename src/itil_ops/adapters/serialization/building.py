"""
From classes to kinds with their forms: all that a codec knows.
"""

from __future__ import annotations

import datetime as dt
import types

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pendulum

from itil_ops.adapters.serialization.annotations import Forms
from itil_ops.adapters.serialization.forms import LEAVES, NOTHING, Form, Items, Members
from itil_ops.adapters.serialization.kinds import Kinds, Nested
from itil_ops.adapters.serialization.public import RECORDS, VALUES
from itil_ops.adapters.serialization.public_sla import FUNCTIONS, NAMED
from itil_ops.adapters.serialization.records import Records, check_records, classes_of, unjournaled
from itil_ops.adapters.serialization.shapes import Functions
from itil_ops.adapters.serialization.special import CalendarForm, SimilarityKeyForm, WhereForm
from itil_ops.kernel.journal import Changes, Entry
from itil_ops.kernel.stateful import Part
from itil_ops.problem.similarity import SimilarityKey
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.promises.condition import Where


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itil_ops.adapters.serialization.kinds import Upcaster
    from itil_ops.adapters.serialization.records import RecordType


#: Holds the place of a form until all classes are known.
_TO_COME = NOTHING

_STANDARD: Mapping[str, type] = {
    "date": dt.date,
    "decimal": Decimal,
    "instant": pendulum.DateTime,
    "time": dt.time,
    "timedelta": dt.timedelta,
}

#: Classes whose values are written as those of another, and read back as that.
_ALIKE: Mapping[type, type] = {dt.datetime: pendulum.DateTime, pendulum.Duration: dt.timedelta}


@attrs.frozen
class Known:
    """
    All that a codec knows.

    Attributes:
        kinds: The kinds of values and whole records.

        snapshots: The kinds of records without their journal.
    """

    kinds: Kinds
    snapshots: Kinds


def build(
    records: Iterable[RecordType],
    values: Iterable[type],
    functions: Iterable[Callable[..., object]],
    upcasters: Iterable[Upcaster],
) -> Known:
    """
    Return the kinds of all that is public here, and of what a caller adds.

    Raises:
        TypeError: A class cannot be written, or a field of it.

        ValueError: Two classes or functions have one name, or upcasters do not follow on each
            other.
    """
    classes = tuple(dict.fromkeys((*RECORDS, *check_records(records))))
    added = tuple(dict.fromkeys((*VALUES, *classes_of(classes), *_checked(values))))
    forms = Forms(Kinds())
    makers = _makers(forms, classes, added, (*FUNCTIONS, *functions))
    for cls, (name, _) in makers.items():
        forms.kinds.add(cls, _TO_COME, name)
    for cls, (_, maker) in makers.items():
        forms.kinds.by_class[cls].shape = maker(cls)
    for cls, other in _ALIKE.items():
        forms.kinds.by_class[cls] = forms.kinds.by_class[other]
    forms.kinds.lift(upcasters)
    return Known(forms.kinds, _snapshots(forms.kinds, classes))


def _checked(values: Iterable[object]) -> Iterable[type]:
    for cls in values:
        if not isinstance(cls, type):
            raise TypeError(f"each of values must be a class, not {cls!r}")
        yield cls


def _makers(
    forms: Forms,
    records: tuple[RecordType, ...],
    values: tuple[type, ...],
    functions: tuple[Callable[..., object], ...],
) -> dict[type, tuple[str | None, Callable[[Any], Form]]]:
    """
    Return for each class what it is called, unless that is the usual name, and what makes its form.
    """
    living = Records(forms)
    forms.know(Part, Nested(forms.kinds, Part))
    return {
        **{cls: (name, LEAVES.__getitem__) for name, cls in _STANDARD.items()},
        tuple: (None, lambda _: Items(forms.anything)),
        frozenset: (None, lambda _: Members(forms.anything)),
        types.FunctionType: ("function", lambda _: Functions(functions)),
        BusinessCalendar: (None, lambda _: CalendarForm()),
        SimilarityKey: (None, lambda cls: SimilarityKeyForm(cls, forms.of_fields(cls))),
        Where: (None, lambda _: WhereForm(forms.anything)),
        Changes: (None, forms.of),
        Entry: (None, lambda _: living.entry()),
        **{cls: (name, forms.shape) for name, cls in NAMED.items()},
        **{cls: (None, living.part if issubclass(cls, Part) else forms.shape) for cls in values},
        **dict.fromkeys(records, (None, living.record)),
    }


def _snapshots(kinds: Kinds, records: Iterable[RecordType]) -> Kinds:
    found = Kinds()
    for cls in records:
        whole = kinds.by_class[cls]
        found.add(cls, unjournaled(cls, whole.shape), whole.name)
        found.by_class[cls].lifts = whole.lifts
    return found
