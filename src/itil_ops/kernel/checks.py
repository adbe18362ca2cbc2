"""
Checks of arguments, made where a verb takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar


T = TypeVar("T")


_LONGEST = 120


def shown(value: object) -> str:
    """
    Return *value* as an error message has it: what is long is cut, and its type is named.
    """
    text = repr(value)
    if len(text) <= _LONGEST:
        return text
    return f"the {type(value).__name__} {text[:_LONGEST]}..."


def nearest_of(name: str, known: Iterable[str]) -> str | None:
    """
    Return the one of *known* that is most like *name*, if any is.
    """
    return next(iter(get_close_matches(name, list(known), 1)), None)


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """
    Return advice on an unknown *name*: the known one most like it, or what to say *otherwise*.

    >>> did_you_mean("categry", ["category", "priority"], "choose another")
    "did you mean 'category'?"
    """
    nearest = nearest_of(name, known)
    return otherwise if nearest is None else f"did you mean {nearest!r}?"


def check_type(value: object, expected: type[T], name: str) -> T:
    """
    Return *value* if it is an *expected*.

    Raises:
        TypeError: It is of another type.
    """
    if isinstance(value, expected):
        return value
    raise TypeError(f"{name} must be {_described(expected)}, not {shown(value)}{_known(expected)}")


def check_optional(value: object, expected: type[T], name: str) -> T | None:
    """
    Return *value* if it is `None` or an *expected*.

    Raises:
        TypeError: It is of another type.
    """
    if value is None or isinstance(value, expected):
        return value
    wanted = f"{_described(expected)} or None"
    raise TypeError(f"{name} must be {wanted}, not {shown(value)}{_known(expected)}")


def check_shape(value: object, names: tuple[str, ...], wanted: str) -> None:
    """
    See that *value* has all that is asked of it.

    Raises:
        TypeError: It has not.
    """
    if isinstance(value, type) or not all(hasattr(value, name) for name in names):
        raise TypeError(f"{wanted} or have {', '.join(names)}, not {shown(value)}")


def check_text(value: object, name: str) -> str:
    """
    Return *value* if it is text that every store can keep and that says something.

    Raises:
        TypeError: It is not a `str`.

        ValueError: It is blank, or holds a NUL or a lone surrogate.
    """
    text = check_type(value, str, name)
    if not text or text.isspace():
        raise ValueError(f"{name} must not be blank")
    if "\0" in text or not (text.isascii() or is_encodable(text)):
        raise ValueError(f"{name} holds a NUL or a lone surrogate, which no store keeps: {text!r}")
    return plain(text)


def plain(text: str) -> str:
    """
    Return *text* as a `str` itself: a member of an enumeration of texts is one text everywhere.
    """
    return text if type(text) is str else str.__str__(text)


def check_optional_text(value: object, name: str) -> str | None:
    """
    Return *value* if it is `None` or passes `check_text`.

    Raises:
        TypeError: It is neither `None` nor a `str`.

        ValueError: It is blank, or holds a NUL or a lone surrogate.
    """
    return None if value is None else check_text(value, name)


def check_count(value: object, name: str, *, least: int = 0) -> int | None:
    """
    Return *value* if it is `None` or a whole number of *least* or more.

    Raises:
        TypeError: It is neither `None` nor a whole number.

        ValueError: It is less.
    """
    count = check_optional(value, int, name)
    if count is not None and (isinstance(count, bool) or count < least):
        raise ValueError(f"{name} must be {least} or more, not {count!r}")
    return count


def check_limit(limit: object) -> int:
    """
    Return *limit* if it lets anything through.

    Raises:
        TypeError: It is no whole number.

        ValueError: It is less than 1.
    """
    count = check_type(limit, int, "limit")
    if isinstance(limit, bool):
        raise TypeError(f"limit must be an int, not {limit!r}")
    if count < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    return count


def is_encodable(text: str) -> bool:
    """
    Whether *text* holds no lone surrogate, so that it can be written anywhere.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _described(expected: type[object]) -> str:
    article = "an" if expected.__name__[0] in "AEIOUaeiou" else "a"
    return f"{article} {expected.__name__}"


def _known(expected: type[object]) -> str:
    """
    Return the words that name the members of a closed vocabulary; nothing for other types.
    """
    return f"; known: {', '.join(expected.__members__)}" if issubclass(expected, Enum) else ""


def _iterable(values: object, name: str, wanted: str) -> Iterable[object]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be {wanted}, not {shown(values)}")
    return values


Check: TypeAlias = Callable[[Any, str], object]

_AS_THEY_ARE: Mapping[str, str] = MappingProxyType({})


def optional(expected: type) -> Check:
    """
    Return the check that lets `None` and every *expected* pass.
    """
    return lambda value, name: check_optional(value, expected, name)


def several(values: object, expected: type[T], name: str) -> tuple[T, ...]:
    """
    Return a tuple of *values* if they are an iterable of *expected*.

    Raises:
        TypeError: They are none.
    """
    items = _iterable(values, name, f"several, each {_described(expected)}")
    return tuple(check_type(value, expected, f"each of {name}") for value in items)


def optional_several(values: object, expected: type[T], name: str) -> tuple[T, ...] | None:
    """
    Return `None` for `None`, else a tuple of *values* if they are an iterable of *expected*.

    Raises:
        TypeError: They are neither.
    """
    return None if values is None else several(values, expected, name)


def tuple_of(expected: type) -> Check:
    """
    Return the check that makes a tuple of an iterable of *expected*.
    """
    return lambda values, name: several(values, expected, name)


def checked(
    checks: Mapping[str, Check], called: Mapping[str, str] = _AS_THEY_ARE, /, **fields: object
) -> dict[str, object]:
    """
    Return *fields* as their checks give them back; what has no check passes as it is.

    Args:
        checks: The checks, by the names of the fields.

        called: What errors call a field, where the argument has another name.

        fields: The fields.

    Raises:
        TypeError: A field is of the wrong type.

        ValueError: A field makes no sense.
    """
    return {
        name: checks[name](value, called.get(name, name)) if name in checks else value
        for name, value in fields.items()
    }


def check_distinct_names(values: object, name: str) -> tuple[str, ...]:
    """
    Return a tuple of the texts in *values*, each once, see `check_names`.
    """
    return tuple(dict.fromkeys(check_names(values, name)))


def given(**fields: object) -> dict[str, object]:
    """
    Return those of *fields* that are given: `None` stands for what is not.

    >>> given(title="Mail is down", description=None)
    {'title': 'Mail is down'}
    """
    return {name: value for name, value in fields.items() if value is not None}


def check_goes_with(value: object, name: str, reason: object, fitting: object) -> None:
    """
    Make sure that *value* is given for the *fitting* reason alone; without a reason, rules speak.

    Raises:
        ValueError: It is given for another *reason*.
    """
    if value is not None and reason not in {None, fitting}:
        raise ValueError(f"{name} goes with {fitting!r}, not with {reason!r}")


def check_names(values: object, name: str) -> tuple[str, ...]:
    """
    Return a tuple of the texts in *values*.

    Raises:
        TypeError: *values* is a single text, no iterable, or holds something else than text.

        ValueError: A text is blank.
    """
    items = _iterable(values, name, "several names")
    return tuple(check_text(value, f"each of {name}") for value in items)
