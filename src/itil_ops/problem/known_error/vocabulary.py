"""
Words of the known errors.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from pendulum import DateTime

from itil_ops.kernel.identity import IncidentId


class KnownErrorSource(StrEnum):
    """
    Who understood the error first.
    """

    PROBLEM = "problem"
    """A problem, on whose way to a fix it is."""

    DEVELOPMENT = "development"
    """The release that brought it: known deficiencies may be accepted when it goes live."""

    SUPPLIER = "supplier"
    """A supplier, who tells of an error in a product."""


class RetirementReason(StrEnum):
    """
    Why a known error is no longer shown to those who search.
    """

    OBSOLETE = "obsolete"
    """What it is about is no longer in use."""

    RAISED_IN_ERROR = "raised_in_error"
    """It was never one."""

    NOT_REPRODUCIBLE = "not_reproducible"
    """Nobody can bring it about again."""

    DUPLICATE = "duplicate"
    """Another known error tells of the same."""


@attrs.frozen(kw_only=True)
class Workaround:
    """
    A way to reduce the harm where there is no full resolution yet.

    Attributes:
        version: 1 for the first, then one more for each that takes its place.

        text: What to do.

        at: When it was recorded.

        by: Name of who recorded it.
    """

    version: int
    text: str
    at: DateTime
    by: str


@attrs.frozen(kw_only=True)
class KnownErrorUse:
    """
    An incident that was worked on with the help of a known error.

    Attributes:
        incident: Its id.

        at: When that was first recorded.

        solved: Whether that helped; `None` where nobody said yet.

        workaround_version: Which version of the workaround was at hand then; `None` if there was
            none.
    """

    incident: IncidentId
    at: DateTime
    solved: bool | None = None
    workaround_version: int | None = None


@attrs.frozen(kw_only=True)
class AuditResult:
    """
    What an audit found of a known error: whether what it says is right.

    Attributes:
        correct: Whether it is.

        at: When it was audited.

        by: Name of the auditor.
    """

    correct: bool
    at: DateTime
    by: str
