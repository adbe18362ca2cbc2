"""
The kinds of records that stores keep, a line for each room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from itil_ops.incident.record import Incident
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.record import Record
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.repositories.query import (
    IncidentQuery,
    KnownErrorQuery,
    ProblemQuery,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.request.record import ServiceRequest


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId


R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


@attrs.frozen
class RecordKind(Generic[R, Q]):
    """
    A kind of records: what a repository of it takes and gives back.

    Attributes:
        name: What stores call it.

        record: The class of the records; those of a caller's subclass belong to it.

        query: The class of the queries.
    """

    name: str
    record: type[R]
    query: type[Q]

    def check_id(self, id: object) -> RecordId:
        """
        Return *id* if it is one of this kind.

        Raises:
            TypeError: It is not.
        """
        expected = self.record.id_type
        checked = check_type(id, expected, "id")
        if type(checked) is not expected:
            # It would be another id to Python, and the same one to a database.
            raise TypeError(f"id must be of {expected.__name__} itself, not of a subclass: {id!r}")
        return checked

    def check_record(self, record: object) -> R:
        """
        Return *record* if it is one of this kind.

        Raises:
            TypeError: It is not.
        """
        checked = check_type(record, self.record, "record")
        self.check_id(checked.id)
        return checked

    def check_query(self, query: object) -> Q:
        """
        Return *query* if it is the one of this kind.

        Raises:
            TypeError: It is not. A subclass is not either: it may ask for what would be left out
                without a word.
        """
        checked = check_type(query, self.query, "query")
        if type(query) is not self.query:
            raise TypeError(
                f"query must be of {self.query.__name__} itself, not of a subclass: {query!r}"
            )
        return checked


INCIDENTS = RecordKind("incident", Incident, IncidentQuery)
"""
Incidents, as stores keep them.
"""

PROBLEMS = RecordKind("problem", Problem, ProblemQuery)
"""
Problems, as stores keep them.
"""

KNOWN_ERRORS = RecordKind("known_error", KnownError, KnownErrorQuery)
"""
Known errors, as stores keep them.
"""

SERVICE_REQUESTS = RecordKind("service_request", ServiceRequest, ServiceRequestQuery)
"""
Service requests, as stores keep them.
"""

KINDS: tuple[RecordKind[Any, Any], ...] = (INCIDENTS, PROBLEMS, KNOWN_ERRORS, SERVICE_REQUESTS)
"""
All kinds of records that stores keep.
"""


def kind_of(id: RecordId) -> RecordKind[Any, Any]:
    """
    Return the kind of the record that *id* names.

    Raises:
        TypeError: No store keeps records of that kind.
    """
    for kind in KINDS:
        if isinstance(id, kind.record.id_type):
            return kind
    raise TypeError(f"no store keeps records known by {id!r}")


def kind_named(name: str) -> RecordKind[Any, Any]:
    """
    Return the kind that stores call *name*.

    Raises:
        ValueError: There is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in KINDS)
    raise ValueError(f"no kind of records is called {name!r}; known: {known}")
