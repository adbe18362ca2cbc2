"""
What stands in the way of writing or reading, and where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from itil_ops.errors import SerializationError
from itil_ops.kernel.checks import shown


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from itil_ops.adapters.serialization.forms import Form, Inside


class RefusedValueError(ValueError):
    """
    Something is refused, by a form that does not know where it stands.

    Attributes:
        why: What is wrong.

        at: The key, or keys between dots, inside of what the form was given; empty for all of it.
    """

    def __init__(self, why: str, at: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def refuse(wanted: str, given: object) -> NoReturn:
    """
    Refuse *given* where *wanted* belongs.

    Raises:
        RefusedValueError: Always.
    """
    raise RefusedValueError(f"{wanted} belongs here, not {shown(given)}")


def reading_error(form: Form, data: object, found: Exception) -> SerializationError:
    """
    Return the error that says where in *data* what was *found* stands.

    It reads once more, part by part: slowly, so that what is in order is read fast.
    """
    return _located(form, data, found, lambda one: one.load, lambda one: one.parts)


def writing_error(form: Form, value: object, found: Exception) -> SerializationError:
    """
    Return the error that says where in *value* what was *found* stands.
    """
    return _located(form, value, found, lambda one: one.dump, lambda one: one.members)


def _located(
    form: Form,
    subject: object,
    found: Exception,
    act: Callable[[Form], Callable[[Any], object]],
    split: Callable[[Form], Callable[[Any], Iterator[Inside]]],
) -> SerializationError:
    path: list[str] = []
    step: Inside | None = ("", form, subject)
    while step is not None and not isinstance(found, RecursionError):
        _, form, subject = step
        step = None
        for inside in _insides(split(form), subject):
            error = _error_of(act(inside[1]), inside[2])
            if error is not None:
                found, step = error, inside
                path.append(inside[0])
                break
    return _told(path, found)


def _insides(split: Callable[[Any], Iterator[Inside]], subject: object) -> list[Inside]:
    """
    Return what *subject* holds, as far as that can be told of what is damaged.
    """
    found: list[Inside] = []
    try:
        for inside in split(subject):
            found.append(inside)  # noqa: PERF402 -- what came before an error is kept
    except Exception:  # noqa: BLE001 -- the form's own error tells it
        return found
    return found


def _error_of(act: Callable[[Any], object], subject: object) -> Exception | None:
    try:
        act(subject)
    except Exception as error:  # noqa: BLE001 -- whatever a class's own checks raise
        return error
    return None


def _told(path: list[str], found: Exception) -> SerializationError:
    at, why = ".".join(path), str(found) or type(found).__name__
    if isinstance(found, RecursionError):
        at, why = "", "it is nested too deeply"
    if isinstance(found, RefusedValueError):
        at = ".".join(filter(None, [*path, found.at]))
    error = SerializationError(at, why)
    error.__cause__ = found
    return error
