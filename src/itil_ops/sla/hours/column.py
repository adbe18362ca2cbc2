"""
Arrays of instants and of amounts, read into whole microseconds.

Each function names the first element that it refuses, and what it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.kernel.extras import imported
from itil_ops.kernel.instant import DAY, SECOND, length, microseconds
from itil_ops.sla.hours.timeline import TIME_END, TIME_START


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Callable, Sequence
    from types import ModuleType

    import numpy as np

    from numpy.typing import NDArray

    Booleans: TypeAlias = NDArray[np.bool_]
    Integers: TypeAlias = NDArray[np.int64]
    Moments: TypeAlias = NDArray[np.datetime64]
    Lengths: TypeAlias = NDArray[np.timedelta64]
    Instants: TypeAlias = Moments | np.datetime64 | Sequence[dt.datetime] | dt.datetime
    Amounts: TypeAlias = Lengths | np.timedelta64 | Sequence[dt.timedelta] | dt.timedelta
else:  # numpy is imported by calls alone, and annotations are resolved all the same
    Integers = Moments = Lengths = object


_UNITS = {
    "D": DAY,
    "h": 3_600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 1_000,
    "us": 1,
    "ns": 0,  # divided instead
}
_NANOSECONDS = 1_000

#: More than there is in any calendar.
_EVER = TIME_END - TIME_START + 1


def numpy() -> ModuleType:
    """
    Return numpy.

    Raises:
        MissingExtraError: It is not installed.
    """
    return imported("numpy", "numpy")


def read_instants(values: Instants, name: str) -> Integers:
    """
    Return *values* in microseconds from 1970-01-01T00:00Z.

    Raises:
        TypeError: They are no instants.

        ValueError: One is naive, NaT, finer than a microsecond, or outside the years 1 to 9999.
    """
    array = _array(values)
    if array.dtype.kind != "M":
        return _converted(array, name, read_instant, "datetime64 or aware datetimes")
    counts, worth = _counted(array, name)
    bad = (counts < -(-TIME_START // worth)) | (counts > TIME_END // worth)
    check_none(bad, array, name, "lie within the years 1 to 9999")
    return counts if worth == 1 else counts * worth


def read_amounts(values: Amounts, name: str) -> Integers:
    """
    Return *values* in microseconds, longer ones than the years 1 to 9999 cut to that.

    Raises:
        TypeError: They are no amounts.

        ValueError: One is negative, NaT, finer than a microsecond, or of months.
    """
    array = _array(values)
    if array.dtype.kind != "m":
        return _converted(array, name, _amount, "timedelta64 or timedeltas")
    counts, worth = _counted(array, name)
    check_none(counts < 0, array, name, "not be negative")
    # Nothing holds as much as is cut off here, and more could not be counted.
    return counts.clip(max=_EVER // worth + 1) * worth


def _array(values: object) -> NDArray[Any]:
    # Left alone, numpy takes a naive datetime beside a datetime64 to be in UTC.
    dtype = None if hasattr(values, "dtype") else object
    found: NDArray[Any] = numpy().asarray(values, dtype)
    return found


def _counted(array: NDArray[Any], name: str) -> tuple[Integers, int]:
    """
    Return the counts of an array of datetime64 or timedelta64, and the microseconds of each.
    """
    np = numpy()
    unit, count = np.datetime_data(array.dtype)
    if unit not in _UNITS or count != 1:
        raise TypeError(f"{name} must be in {', '.join(_UNITS)}, not {array.dtype}")
    if np.isnat(array).any():
        position = np.unravel_index(np.isnat(array).argmax(), array.shape)
        raise ValueError(f"{label(name, position)} must not be NaT")
    counts = array.astype(array.dtype.newbyteorder("="), copy=False).view("i8")
    if unit != "ns":
        return counts, _UNITS[unit]
    check_none(counts % _NANOSECONDS != 0, array, name, "be whole microseconds")
    return counts // _NANOSECONDS, 1


def _converted(
    array: NDArray[Any],
    name: str,
    read: Callable[..., int],
    wanted: str,
) -> Integers:
    if array.size and array.dtype != object:
        raise TypeError(f"{name} must be {wanted}, not {array.dtype}")
    values = array.ravel().tolist()
    try:
        counts = [*map(read, values)]
    except (TypeError, ValueError):
        # Once more, with the name of each.
        names = (label(name, place) for place in numpy().ndindex(array.shape))
        counts = [*map(read, values, names)]
    found: Integers = numpy().array(counts, "i8").reshape(array.shape)
    return found


def read_instant(value: Any, name: str = "at") -> int:
    """
    Return one instant, read as `read_instants` does.
    """
    if hasattr(value, "dtype"):
        return int(read_instants(value, name))
    count = microseconds(value, name)
    if getattr(value, "nanosecond", 0):
        raise ValueError(f"{name} must be whole microseconds, not {value!r}")
    return count


def _amount(value: Any, name: str = "amount") -> int:
    if hasattr(value, "dtype"):
        return int(read_amounts(value, name))
    count = length(value, name)
    if count < 0:
        raise ValueError(f"{name} must not be negative, not {value!r}")
    if getattr(value, "nanoseconds", 0):
        raise ValueError(f"{name} must be whole microseconds, not {value!r}")
    return min(count, _EVER)


def check_none(bad: Booleans, array: NDArray[Any], name: str, rule: str) -> None:
    """
    Make sure that no element of *array* is *bad*.

    Raises:
        ValueError: One is; it must *rule*.
    """
    if bad.any():
        position = numpy().unravel_index(bad.argmax(), bad.shape)
        raise ValueError(f"{label(name, position)} must {rule}, not {array[position]}")


def label(name: str, position: tuple[int, ...]) -> str:
    """
    Return what the element of *name* at *position* is called.
    """
    return f"{name}[{', '.join(map(str, position))}]" if position else name
