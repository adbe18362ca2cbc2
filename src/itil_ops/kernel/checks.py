"""
Checks of arguments, made where a verb takes them.
"""

from __future__ import annotations

from typing import TypeVar


T = TypeVar("T")


def check_type(value: object, expected: type[T], name: str) -> T:
    """
    Return *value* if it is an *expected*.

    Raises:
        TypeError: It is of another type.
    """
    if isinstance(value, expected):
        return value
    raise TypeError(f"{name} must be {_described(expected)}, not {value!r}")


def check_optional(value: object, expected: type[T], name: str) -> T | None:
    """
    Return *value* if it is `None` or an *expected*.

    Raises:
        TypeError: It is of another type.
    """
    if value is None or isinstance(value, expected):
        return value
    raise TypeError(f"{name} must be {_described(expected)} or None, not {value!r}")


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
    if "\0" in text or not (text.isascii() or _is_encodable(text)):
        raise ValueError(f"{name} holds a NUL or a lone surrogate, which no store keeps: {text!r}")
    return text


def check_optional_text(value: object, name: str) -> str | None:
    """
    Return *value* if it is `None` or passes `check_text`.

    Raises:
        TypeError: It is neither `None` nor a `str`.

        ValueError: It is blank, or holds a NUL or a lone surrogate.
    """
    return None if value is None else check_text(value, name)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _described(expected: type[object]) -> str:
    article = "an" if expected.__name__[0] in "AEIOUaeiou" else "a"
    return f"{article} {expected.__name__}"
