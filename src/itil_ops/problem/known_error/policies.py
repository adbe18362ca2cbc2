"""
The policies of known errors: small protocols, each with a default that is good practice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.policies import (
    FixedOwner,
    OwnershipPolicy,
    Permit,
    Policies,
    RoleTable,
    check_policies,
)
from itil_ops.problem.known_error.rules import KNOWN_ERROR_COMPLETENESS
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.problem.known_error.facts import KnownErrorFacts


class ValidationPolicy(Protocol):
    """
    By when somebody looks whether what a known error says still holds.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def validate_by(self, known_error: KnownErrorFacts, validated_at: DateTime) -> DateTime | None:
        """
        Return by when it is validated next, published or validated now; `None` for no date.

        *known_error* is as it was before, with the date that was set last, if one was.
        """
        ...


def _every(value: Duration | None) -> Duration | None:
    if value is None:
        return None
    if check_duration(value, "every") == timedelta():
        raise ValueError("every must be longer than nothing")
    return value


@attrs.frozen(kw_only=True)
class RegularValidation:
    """
    A known error is validated in regular intervals, or, by default, when somebody sees a reason.

    ITIL asks for an accurate known error database, and leaves it open how it stays so. By default
    a date that somebody planned stays as long as it lies ahead, and goes when it has passed.

    Attributes:
        every: How long a validation is good for, whatever was planned; `None` where no date is
            set.

        calendar: The calendar that time runs in.

        name: Name of the policy.
    """

    every: Duration | None = attrs.field(default=None, converter=_every)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    name: str = "regular_validation"

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")

    def validate_by(self, known_error: KnownErrorFacts, validated_at: DateTime) -> DateTime | None:
        """
        Return the end of the interval, see `ValidationPolicy.validate_by`.
        """
        if self.every is not None:
            return end_of(self.every, validated_at, self.calendar)
        planned = known_error.validate_by
        return planned if planned is not None and planned > validated_at else None


_ANALYSTS = (ProcessRole.SECOND_LINE_ANALYST, ProcessRole.THIRD_LINE_ANALYST)
_USERS = (
    ProcessRole.SERVICE_DESK,
    ProcessRole.INCIDENT_MANAGER,
    ProcessRole.MAJOR_INCIDENT_MANAGER,
    ProcessRole.SYSTEM,
)

STRICT_KNOWN_ERROR_ROLES = RoleTable(
    [
        Permit([ProcessRole.PROBLEM_MANAGER], None),
        Permit(_ANALYSTS, ["draft", "revise", "revise_workaround", "rule_out_workaround"]),
        Permit(_ANALYSTS, ["record_use", "comment", "link"]),
        Permit(_USERS, ["record_use", "comment"]),
        Permit([ProcessRole.SYSTEM], ["resolve", "republish"]),
    ]
)
"""
Who may do what with known errors. ITIL makes the problem manager the owner of the database and the
gatekeeper of what goes in. Our defaults where ITIL is silent: analysts write, and whoever works on
incidents records the use.
"""


@attrs.frozen(kw_only=True)
class KnownErrorPolicies(Policies):
    """
    The policies of known errors, besides those of `Policies`.

    Attributes:
        ownership: Who is accountable for one; the problem manager, as ITIL has it.

        validation: By when one is validated.
    """

    ownership: OwnershipPolicy = FixedOwner("problem_manager")
    validation: ValidationPolicy = RegularValidation()

    def __attrs_post_init__(self) -> None:
        Policies.__attrs_post_init__(self)
        check_policies(self, {"ownership": "owner", "validation": "validate_by"})

    @classmethod
    def strict(cls, **others: Any) -> Self:
        """
        Return policies under which roles count, known errors are complete, and each is validated.

        Half a year for a validation is our default.

        Args:
            others: Policies that shall differ from the strict ones, by attribute.
        """
        return cls(
            **{
                "authorization": STRICT_KNOWN_ERROR_ROLES,
                "completeness": KNOWN_ERROR_COMPLETENESS,
                "validation": RegularValidation(every=timedelta(days=182)),
                **others,
            }
        )
