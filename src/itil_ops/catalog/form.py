"""
Forms: what somebody has to say who asks for something, and whether it was said well.
"""

from __future__ import annotations

import datetime as dt
import re

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from itil_ops.errors import Reason
from itil_ops.kernel.checks import (
    check_distinct_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    did_you_mean,
    plain,
    several,
)
from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import NO_CHANGES, Changes


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


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


def _kept(value: object) -> object:
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


def _choices(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "choices")


def _values(values: Iterable[object]) -> tuple[object, ...]:
    found = tuple(_kept(value) for value in several(values, object, "values"))
    if not found:
        raise ValueError("values must name at least one, else the field is never asked for")
    hash(found)
    return found


def _bound(value: Bound | None) -> Bound | None:
    return cast("Bound | None", _kept(value))


@attrs.frozen
class AskedWhen:
    """
    When a field is asked for: where another one has one of several values.

    Attributes:
        field: Name of the other field, which stands before it.

        values: The values; of several choices one of them is enough.

    Raises:
        TypeError: An attribute is of another type, or a value may change.

        ValueError: The name is blank, or there are no values.
    """

    field: str
    values: tuple[object, ...] = attrs.field(converter=_values)

    def __attrs_post_init__(self) -> None:
        check_text(self.field, "field")

    def holds(self, values: Mapping[str, object]) -> bool:
        """
        Whether the field is asked for, given the *values* of the form.
        """
        value = values.get(self.field)
        return any(one in self.values for one in (value if isinstance(value, tuple) else (value,)))


@attrs.frozen
class FormField:
    """
    A question of a form.

    >>> FormField("memory", FieldKind.WHOLE_NUMBER, least=8, most=64).why_not(128)
    Reason(rule='out_of_bounds', text="'memory' must be at most 64, not 128")

    Attributes:
        name: What the answer is known by.

        kind: What it takes.

        label: What a person reads; the name unless given.

        required: Whether there has to be an answer.

        default: The answer where there is none.

        choices: What there is to choose from.

        least: The least that the answer may be; of a text how long, of several choices how many.

        most: The most that it may be.

        pattern: A regular expression that a text has to match as a whole.

        when: When it is asked for; always unless given.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There is nothing to choose from, something to choose from where nothing is
            chosen, the pattern is none, a bound or a pattern does not go with the kind, the bounds
            leave nothing, or the default is no answer.
    """

    name: str
    kind: FieldKind = FieldKind.TEXT
    label: str | None = attrs.field(default=None, kw_only=True)
    required: bool = attrs.field(default=False, kw_only=True)
    default: object = attrs.field(default=None, converter=_kept, kw_only=True)
    choices: tuple[str, ...] = attrs.field(default=(), converter=_choices, kw_only=True)
    least: Bound | None = attrs.field(default=None, converter=_bound, kw_only=True)
    most: Bound | None = attrs.field(default=None, converter=_bound, kw_only=True)
    pattern: str | None = attrs.field(default=None, kw_only=True)
    when: AskedWhen | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a field's name")
        check_type(self.kind, FieldKind, "kind")
        check_optional_text(self.label, "label")
        check_type(self.required, bool, "required")
        if bool(self.choices) != (self.kind in _CHOSEN):
            raise ValueError(
                f"field {self.name!r}: choices go with {FieldKind.CHOICE} or"
                f" {FieldKind.CHOICES}, which need some; it is a {self.kind}"
            )
        check_optional(self.when, AskedWhen, "when")
        self._check_bounds()
        if self.pattern is not None:
            self._check_pattern()
        if self.default is not None:
            wrong = self.why_not(self.default)
            if wrong is not None:
                raise ValueError(f"field {self.name!r}: its default: {wrong}")

    def _check_bounds(self) -> None:
        for name, bound in (("least", self.least), ("most", self.most)):
            if bound is not None:
                _check_bound(self, name, bound)
        if self.least is not None and self.most is not None and _is_less(self.most, self.least):
            raise ValueError(
                f"field {self.name!r}: nothing is at least {self.least} and at most {self.most}"
            )

    def _check_pattern(self) -> None:
        if self.kind not in _MATCHED:
            raise ValueError(f"field {self.name!r}: a pattern is for a text, not for a {self.kind}")
        try:
            re.compile(check_text(self.pattern, "pattern"))
        except re.error as error:
            raise ValueError(
                f"field {self.name!r}: {self.pattern!r} is no pattern: {error}"
            ) from None

    def is_asked(self, values: Mapping[str, object]) -> bool:
        """
        Whether it is asked for, given the *values* of the form.
        """
        return self.when is None or self.when.holds(values)

    def why_not(self, value: object) -> Reason | None:
        """
        Return what speaks against *value* as an answer; `None` if it will do.
        """
        check, wanted = _CHECKS[self.kind]
        if not check(value):
            return Reason("wrong_type", f"{self.name!r} must be {wanted}, not {value!r}")
        return self._not_chosen(value) or self._out_of_bounds(value) or self._unlike(value)

    def _not_chosen(self, value: object) -> Reason | None:
        chosen = value if isinstance(value, tuple) else (value,)
        if self.choices and not set(chosen).issubset(self.choices):
            known = ", ".join(self.choices)
            return Reason("not_a_choice", f"{self.name!r} must be among {known}, not {value!r}")
        if len(set(chosen)) < len(chosen):
            return Reason("chosen_twice", f"{self.name!r} must have each once, not {value!r}")
        return None

    def _out_of_bounds(self, value: object) -> Reason | None:
        size = len(value) if isinstance(value, str | tuple) else value
        unit = _UNITS.get(self.kind, "")
        for side, bound, is_wrong in (
            ("at least", self.least, _is_less),
            ("at most", self.most, _is_more),
        ):
            if bound is not None and is_wrong(size, bound):
                text = f"{self.name!r} must be {side} {bound}{unit}, not {value!r}"
                return Reason("out_of_bounds", text)
        return None

    def _unlike(self, value: object) -> Reason | None:
        if self.pattern is None or not isinstance(value, str) or re.fullmatch(self.pattern, value):
            return None
        return Reason("no_match", f"{self.name!r} must match {self.pattern}, not {value!r}")


def _check_bound(field: FormField, name: str, bound: object) -> None:
    if field.kind not in _BOUNDED:
        raise ValueError(f"field {field.name!r}: {name} does not go with a {field.kind}")
    check, wanted = _BOUNDED[field.kind]
    if not check(bound):
        raise ValueError(f"field {field.name!r}: {name} must be {wanted}, not {bound!r}")


def _is_less(value: object, bound: Bound) -> bool:
    return value < bound  # type: ignore[operator]  # the kinds were looked at before


def _is_more(value: object, bound: Bound) -> bool:
    return value > bound  # type: ignore[operator]  # the kinds were looked at before


# ---- Kinds ------------------------------------------------------------------------------------


def _is_text(value: object) -> bool:
    try:
        check_text(value, "a value")
    except (TypeError, ValueError):
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return _is_whole(value) and not _is_less(value, 0)


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


_CHECKS: Mapping[FieldKind, tuple[Callable[[object], bool], str]] = {
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

_BOUNDED: Mapping[FieldKind, tuple[Callable[[object], bool], str]] = {
    FieldKind.TEXT: (_is_size, "how long, as a whole number that is not negative"),
    FieldKind.CHOICES: (_is_size, "how many, as a whole number that is not negative"),
    **{
        kind: _CHECKS[kind]
        for kind in (
            FieldKind.WHOLE_NUMBER,
            FieldKind.NUMBER,
            FieldKind.DATE,
            FieldKind.INSTANT,
        )
    },
}

_UNITS = {FieldKind.TEXT: " long", FieldKind.CHOICES: " in number"}
_MATCHED = frozenset({FieldKind.TEXT, FieldKind.PERSON})
_CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})


# ---- Forms ------------------------------------------------------------------------------------


def _fields(values: Iterable[FormField]) -> tuple[FormField, ...]:
    return several(values, FormField, "fields")


@attrs.frozen
class Form:
    """
    The questions that somebody answers who asks for something.

    Attributes:
        fields: The questions, in the order in which they are asked.

    Raises:
        TypeError: There is something else among them.
    """

    fields: tuple[FormField, ...] = attrs.field(default=(), converter=_fields)

    def defects(self) -> Iterator[Reason]:
        """
        Yield what is wrong with the form itself: names given twice, questions that hang in the air.
        """
        before: dict[str, FormField] = {}
        for field in self.fields:
            if field.name in before:
                yield Reason("duplicate_name", f"field {field.name!r} is named twice")
            if field.when is not None:
                yield from _of_condition(field.name, field.when, before)
            before.setdefault(field.name, field)

    def filled(self, values: Mapping[str, object]) -> Changes:
        """
        Return *values* with the defaults of what is asked for and was not said.

        Lists become tuples, and instants are taken to UTC.

        Raises:
            TypeError: A value can change behind the record's back.
        """
        found = {name: _kept(value) for name, value in values.items() if value is not None}
        for field in self.fields:
            if field.default is not None and field.is_asked(found):
                found.setdefault(field.name, field.default)
        return Changes(found) if found else NO_CHANGES

    def why_not(self, values: Mapping[str, object]) -> tuple[Reason, ...]:
        """
        Return all that speaks against *values* as the answers; nothing if they will do.
        """
        return (*self._unknown(values), *self._missing_or_wrong(values))

    def _unknown(self, values: Mapping[str, object]) -> Iterator[Reason]:
        asked = {field.name: field.is_asked(values) for field in self.fields}
        known = [name for name, is_asked in asked.items() if is_asked]
        for name in values:
            if name not in asked:
                advice = did_you_mean(name, known, f"fields: {', '.join(known) or 'none'}")
                yield Reason("unknown_field", f"there is no field {name!r}; {advice}")
            elif not asked[name]:
                yield Reason("not_asked", f"{name!r} is not asked for with these answers")

    def _missing_or_wrong(self, values: Mapping[str, object]) -> Iterator[Reason]:
        for field in self.fields:
            if not field.is_asked(values):
                continue
            if field.required and values.get(field.name, ()) == ():
                yield Reason("missing_field", f"{field.name!r} is missing")
            elif field.name in values:
                yield from filter(None, [field.why_not(values[field.name])])


def _of_condition(name: str, when: AskedWhen, before: Mapping[str, FormField]) -> Iterator[Reason]:
    other = before.get(when.field)
    if other is None:
        text = f"field {name!r} depends on {when.field!r}, none before it"
        yield Reason("unknown_reference", text)
        return
    if other.kind is FieldKind.CHOICES:
        # How many have to be chosen says nothing of one of them.
        other = FormField(other.name, FieldKind.CHOICE, choices=other.choices)
    for value in when.values:
        wrong = other.why_not(value)
        if wrong is not None:
            yield Reason(wrong.rule, f"field {name!r} depends on an answer never given: {wrong}")
