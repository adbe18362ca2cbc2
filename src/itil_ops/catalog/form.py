"""
Forms: what somebody has to say who asks for something, and whether it was said well.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, cast

import attrs

from itil_ops.catalog.field_kind import (
    BOUNDED,
    CHECKS,
    CHOSEN,
    MATCHED,
    UNITS,
    Bound,
    FieldKind,
    answers_of,
    check_kept,
    is_less,
    is_more,
    kept,
    read,
)
from itil_ops.errors import Reason
from itil_ops.kernel.checks import (
    check_distinct_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    did_you_mean,
    several,
)
from itil_ops.kernel.journal import NO_CHANGES, Changes


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def _choices(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "choices")


def _values(values: Iterable[object]) -> tuple[object, ...]:
    found = tuple(check_kept(it, "each of values") for it in several(values, object, "values"))
    if not found:
        raise ValueError("values must name at least one, else the field is never asked for")
    return found


def _bound(value: Bound | None) -> Bound | None:
    return cast("Bound | None", kept(value))


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
    default: object = attrs.field(default=None, converter=kept, kw_only=True)
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
        if self.kind in CHOSEN and not self.choices:
            raise ValueError(f"field {self.name!r}: {CHOSEN[self.kind]} `choices`")
        if self.choices and self.kind not in CHOSEN:
            raise ValueError(
                f"field {self.name!r}: choices go with {FieldKind.CHOICE} or"
                f" {FieldKind.CHOICES}; it is a {self.kind}"
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
        if self.least is not None and self.most is not None and is_less(self.most, self.least):
            raise ValueError(
                f"field {self.name!r}: nothing is at least {self.least} and at most {self.most}"
            )

    def _check_pattern(self) -> None:
        if self.kind not in MATCHED:
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
        check, wanted = CHECKS[self.kind]
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
        unit = UNITS.get(self.kind, "")
        for side, bound, is_wrong in (
            ("at least", self.least, is_less),
            ("at most", self.most, is_more),
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
    if field.kind not in BOUNDED:
        raise ValueError(f"field {field.name!r}: {name} does not go with a {field.kind}")
    check, wanted = BOUNDED[field.kind]
    if not check(bound):
        raise ValueError(f"field {field.name!r}: {name} must be {wanted}, not {bound!r}")


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
            TypeError: *values* do not go by names of fields, or one can change behind the record's
                back.
        """
        found = answers_of(values, "a form")
        for field in self.fields:
            if field.default is not None and field.is_asked(found):
                found.setdefault(field.name, field.default)
        return Changes(found) if found else NO_CHANGES

    def read(self, texts: Mapping[str, object]) -> dict[str, object]:
        """
        Return the answers that *texts* are, as a page or a command line hands them in.

        A text that cannot be read as an answer to its question stays a text, so that `why_not`
        tells of it; a blank one is no answer. What is no text stays as it is, and so does what has
        a name that is no field's.

        >>> form = Form([FormField("memory", FieldKind.WHOLE_NUMBER), FormField("note")])
        >>> form.read({"memory": "16", "note": ""})
        {'memory': 16}
        >>> [reason.text for reason in form.why_not(form.read({"memory": "much"}))]
        ["'memory' must be a whole number, not 'much'"]

        Raises:
            TypeError: *texts* do not go by names of fields, or one can change.
        """
        kinds = {field.name: field.kind for field in self.fields}
        answers = {name: _filled(value) for name, value in answers_of(texts, "a form").items()}
        return {
            name: read(kinds.get(name, FieldKind.TEXT), value) if isinstance(value, str) else value
            for name, value in answers.items()
            if value is not None
        }

    def why_not(self, values: Mapping[str, object]) -> tuple[Reason, ...]:
        """
        Return all that speaks against *values* as the answers; nothing if they will do.

        Raises:
            TypeError: *values* do not go by names of fields, or one can change.
        """
        found = answers_of(values, "a form")
        return (*self._unknown(found), *self._missing_or_wrong(found))

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


def _filled(value: object) -> object:
    """
    Return *value*; of several answers those that are not blank, and `None` where nothing is left.
    """
    if isinstance(value, tuple):
        return tuple(one for one in value if _filled(one) is not None) or None
    is_blank = isinstance(value, str) and not value.strip()
    return None if is_blank else value
