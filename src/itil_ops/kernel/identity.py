"""
Ids of all records: frozen values over opaque text, so that rooms can name each other.

Two ids of different kinds are never equal, whatever their text.
"""

from __future__ import annotations

import attrs

from itil_ops.kernel.checks import check_text
from itil_ops.kernel.readable import Readable


@attrs.frozen
class RecordId(Readable):
    """
    What a record is known by, in its own room and in all others.

    >>> IncidentId("7") == ProblemId("7")
    False
    >>> print(IncidentId("INC-7"))
    INC-7

    Attributes:
        value: The caller's opaque text.

    Raises:
        TypeError: *value* is no text.

        ValueError: It is blank, or holds a NUL or a lone surrogate.
    """

    value: str

    def __attrs_post_init__(self) -> None:
        check_text(self.value, type(self).__name__)

    def __str__(self) -> str:
        return self.value


# Plain subclasses: they inherit equality by class and text, and hash.


class EventId(RecordId):
    """
    Id of an event.
    """

    __slots__ = ()


class AccessRequestId(RecordId):
    """
    Id of an access request.
    """

    __slots__ = ()


class ServiceRequestId(RecordId):
    """
    Id of a service request.
    """

    __slots__ = ()


class IncidentId(RecordId):
    """
    Id of an incident.
    """

    __slots__ = ()


class ProblemId(RecordId):
    """
    Id of a problem.
    """

    __slots__ = ()


class KnownErrorId(RecordId):
    """
    Id of a known error.
    """

    __slots__ = ()


class ChangeId(RecordId):
    """
    Id of a change request (RFC), which lives in a tool of the caller's.
    """

    __slots__ = ()


class ConfigurationItemId(RecordId):
    """
    Id of a configuration item.
    """

    __slots__ = ()


class PartId(RecordId):
    """
    Id of a part that lives its own life inside a record; each kind of part has its own subclass.
    """

    __slots__ = ()
