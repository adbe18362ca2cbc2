"""
The life of a unit of work, for adapters to build on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeVar

from itil_ops.errors import (
    NotFoundError,
    RepositoryError,
    UnitClosedError,
    UnsupportedQueryError,
)
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.record import Record
from itil_ops.repositories.kinds import (
    INCIDENTS,
    KNOWN_ERRORS,
    PROBLEMS,
    SERVICE_REQUESTS,
    RecordKind,
)
from itil_ops.repositories.query import RecordQuery


if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from itil_ops.incident.record import Incident
    from itil_ops.problem.known_error.record import KnownError
    from itil_ops.problem.record import Problem
    from itil_ops.repositories.ports import Repository
    from itil_ops.repositories.query import (
        IncidentQuery,
        KnownErrorQuery,
        ProblemQuery,
        ServiceRequestQuery,
    )
    from itil_ops.request.record import ServiceRequest


R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


_HARMLESS = (NotFoundError, UnsupportedQueryError, UnitClosedError)
"""
Errors of a store after which a unit goes on as if nothing had been asked.
"""


class Unit:
    """
    A unit that is entered once, and then committed or left; what fails in it ends it.

    An adapter says in `_begin`, `_write` and `_leave` what that means for its store, puts `check`
    before whatever is called, and does what may fail inside `fatal`.

    Args:
        read_only: Whether it only reads.
    """

    def __init__(self, *, read_only: bool = False) -> None:
        self.read_only = check_type(read_only, bool, "read_only")
        self._entered = False
        self._closed: str | None = "the unit was not entered, use it inside `with`"

    def check(self, call: str, *, writes: bool = False) -> None:
        """
        Refuse a *call* that this unit does not take.

        Raises:
            UnitClosedError: The unit was not entered, is over, has failed, or is read-only and the
                call *writes*.
        """
        if self._closed is not None:
            raise UnitClosedError(call, self._closed)
        if writes and self.read_only:
            raise UnitClosedError(call, "the unit is read-only")

    @contextmanager
    def fatal(self) -> Iterator[None]:
        """
        Let nothing but leaving be possible after an error that another try of the unit may avoid.
        """
        try:
            yield
        except _HARMLESS:
            raise
        except RepositoryError as error:
            self._closed = f"the unit has failed with {type(error).__name__}, leave it"
            raise

    def commit(self) -> None:
        """
        Write all of it, and end the unit, see `UnitOfWork.commit`.
        """
        self.check("commit")
        with self.fatal():
            self._write()
        self._closed = "the unit was committed"

    def __enter__(self) -> Self:
        if self._entered:
            raise UnitClosedError("with", "a unit is used once")
        self._entered = True
        try:
            self._begin()
        except BaseException:
            self._leave()
            raise
        self._closed = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self._closed = self._closed or "the unit was left"
        self._leave()

    # ---- What an adapter says ---------------------------------------------------------------

    def _begin(self) -> None:
        """
        Make ready to read, and to write unless it is read-only.
        """

    def _write(self) -> None:
        """
        Make all that was written last, or raise and make nothing last.
        """
        raise NotImplementedError

    def _leave(self) -> None:
        """
        Let go of whatever the unit holds, written or not.
        """


class RecordsUnit(Unit):
    """
    A unit of a store that keeps records of all kinds.

    An adapter says in `_records` what the records of a kind are to it.
    """

    @property
    def incidents(self) -> Repository[Incident, IncidentQuery]:
        """
        The incidents, those of a caller's own class included.
        """
        return self._records(INCIDENTS)

    @property
    def problems(self) -> Repository[Problem, ProblemQuery]:
        """
        The problems, likewise.
        """
        return self._records(PROBLEMS)

    @property
    def known_errors(self) -> Repository[KnownError, KnownErrorQuery]:
        """
        The known errors, likewise.
        """
        return self._records(KNOWN_ERRORS)

    @property
    def service_requests(self) -> Repository[ServiceRequest, ServiceRequestQuery]:
        """
        The service requests, likewise.
        """
        return self._records(SERVICE_REQUESTS)

    def _records(self, kind: RecordKind[R, Q]) -> Repository[R, Q]:
        """
        Return the records of *kind*, as the unit sees them.
        """
        raise NotImplementedError
