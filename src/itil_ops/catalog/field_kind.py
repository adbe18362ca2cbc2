"""
The kinds of questions: which answers do, how they are kept, and how a text is read as one.
"""

from __future__ import annotations

import datetime as dt
import re

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from itil_ops.kernel.checks import check_text, check_type, plain, shown
from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.kernel.instant import utc


class FieldKind(StrEnum):
    """
    What a field of a form takes.
    """

    TEXT = "text"
    WHOLE_NUMBER = "whole_number"
    NUMBER = "number"
    """A `Decimal` or a whole number."""

    FLAG = "flag"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    """One of several texts."""

    CHOICES = "choices"
    """Some of several texts, each once."""

    PERSON = "person"
    """The name of a person."""

    CONFIGURATION_ITEM = "configuration_item"


#: The least or most that a value may be; of a text how long, of several choices how many.
Bound: TypeAlias = int | Decimal | dt.date


def is_less(value: object, bound: Bound) -> bool:
    """
    Whether *value* is less than *bound*, being of a kind with it.
    """
    return value < bound  # type: ignore[operator]  # the kinds were looked at before


def is_more(value: object, bound: Bound) -> bool:
    """
    Whether *value* is more than *bound*, being of a kind with it.
    """
    return value > bound  # type: ignore[operator]  # the kinds were looked at before


# ---- Which answers do ---------------------------------------------------------------------------


def _is_text(value: object) -> bool:
    try:
        check_text(value, "a value")
    except (TypeError, ValueError):
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return _is_whole(value) and not is_less(value, 0)


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, Decimal) and value.is_finite())


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_date(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_instant(value: object) -> bool:
    return isinstance(value, dt.datetime) and value.utcoffset() is not None


def _is_several_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value))


def _is_item(value: object) -> bool:
    return isinstance(value, ConfigurationItemId)


#: For each kind which answers do, and in words what they are.
CHECKS: Mapping[FieldKind, tuple[Callable[[object], bool], str]] = {
    FieldKind.TEXT: (_is_text, "a text that is not blank"),
    FieldKind.WHOLE_NUMBER: (_is_whole, "a whole number"),
    FieldKind.NUMBER: (_is_number, "a whole number or a finite Decimal"),
    FieldKind.FLAG: (_is_flag, "true or false"),
    FieldKind.DATE: (_is_date, "a date"),
    FieldKind.INSTANT: (_is_instant, "an aware datetime"),
    FieldKind.CHOICE: (_is_text, "a text that is not blank"),
    FieldKind.CHOICES: (_is_several_texts, "several texts"),
    FieldKind.PERSON: (_is_text, "the name of a person"),
    FieldKind.CONFIGURATION_ITEM: (_is_item, "the id of a configuration item"),
}

#: For each kind that has bounds which bounds do, and in words what they are.
BOUNDED: Mapping[FieldKind, tuple[Callable[[object], bool], str]] = {
    FieldKind.TEXT: (_is_size, "how long, as a whole number that is not negative"),
    FieldKind.CHOICES: (_is_size, "how many, as a whole number that is not negative"),
    **{
        kind: CHECKS[kind]
        for kind in (
            FieldKind.WHOLE_NUMBER,
            FieldKind.NUMBER,
            FieldKind.DATE,
            FieldKind.INSTANT,
        )
    },
}

#: In what a bound is counted.
UNITS = {FieldKind.TEXT: " long", FieldKind.CHOICES: " in number"}
#: Which kinds a pattern goes with, and choices.
MATCHED = frozenset({FieldKind.TEXT, FieldKind.PERSON})
CHOSEN = {FieldKind.CHOICE: "a choice needs", FieldKind.CHOICES: "choices need"}


# ---- How answers are kept -----------------------------------------------------------------------


def kept(value: object) -> object:
    """
    Return *value* as it is kept: nothing that changes, and what is equal alike.
    """
    match value:
        case list():
            return tuple(value)
        case set() | frozenset():
            return tuple(sorted(value, key=str))
        case dt.datetime() if value.utcoffset() is not None:
            return utc(value, "a value")
        case dt.date() if not isinstance(value, dt.datetime):
            return dt.date(value.year, value.month, value.day)
        case str():
            return plain(value)
        case _:
            return value


def answers_of(values: object, subject: str) -> dict[str, object]:
    """
    Return the answers among *values* as they are kept; what is `None` is no answer.

    Raises:
        TypeError: They do not go by names of fields, or one can change; *subject* and field are
            named.
    """
    if not isinstance(values, Mapping):
        text = f"{subject} takes answers by the names of their fields, not {shown(values)}"
        raise TypeError(text)
    return {
        check_type(name, str, f"{subject}: the name of a field"): check_kept(
            value, f"{subject}: the answer to {name!r}"
        )
        for name, value in values.items()
        if value is not None
    }


def check_kept(value: object, name: str) -> object:
    """
    Return *value* as it is kept, see `kept`.

    Raises:
        TypeError: It can change all the same, for something in it can.
    """
    found = kept(value)
    try:
        hash(found)
    except TypeError:
        raise TypeError(
            f"{name} must be one value or several, and nothing that can change: {shown(value)}"
        ) from None
    return found


# ---- How a text is read -------------------------------------------------------------------------

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+\.\d+", re.ASCII)
_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def read(kind: FieldKind, text: str) -> object:
    """
    Return *text* as an answer of a *kind*; what cannot be read stays the text that it is.

    >>> read(FieldKind.WHOLE_NUMBER, "16"), read(FieldKind.WHOLE_NUMBER, "much")
    (16, 'much')
    """
    try:
        return _READERS[kind](text.strip()) if kind in _READERS else text
    except (ValueError, KeyError):
        return text


def _whole(text: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> Decimal | int:
    return Decimal(text) if _DECIMAL.fullmatch(text) else _whole(text)


def _flag(text: str) -> bool:
    return _FLAGS[text.lower()]


def _instant(text: str) -> object:
    return utc(dt.datetime.fromisoformat(text), "an instant")


_READERS: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.WHOLE_NUMBER: _whole,
    FieldKind.NUMBER: _number,
    FieldKind.FLAG: _flag,
    FieldKind.DATE: dt.date.fromisoformat,
    FieldKind.INSTANT: _instant,
    FieldKind.CHOICE: str,
    FieldKind.CHOICES: lambda text: (text,),
    FieldKind.CONFIGURATION_ITEM: ConfigurationItemId,
}
