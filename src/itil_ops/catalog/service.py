"""
Services: what users get, by which promises, in which environments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.checks import (
    check_distinct_names,
    check_optional,
    check_optional_text,
    check_text,
)
from itil_ops.kernel.vocabulary import Criticality
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from collections.abc import Iterable


def _environments(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "environments")


def _services(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "services")


@attrs.frozen
class Service:
    """
    A means of giving value to customers.

    Attributes:
        name: What records call it.

        environments: Where it is supported: production, test. With none, nobody said.

        criticality: How much the business depends on it.

        service_hours: When it should be usable.

        support_hours: When staff act on it.

        agreement: Name of the agreement that promises how it is provided.

        owner: Who answers for it, and approves who gets it.

        group: The group that supports it.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank.
    """

    name: str
    environments: tuple[str, ...] = attrs.field(default=(), converter=_environments, kw_only=True)
    criticality: Criticality | None = attrs.field(default=None, kw_only=True)
    service_hours: WorkingTime | None = attrs.field(default=None, repr=False, kw_only=True)
    support_hours: WorkingTime | None = attrs.field(default=None, repr=False, kw_only=True)
    agreement: str | None = attrs.field(default=None, kw_only=True)
    owner: str | None = attrs.field(default=None, kw_only=True)
    group: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a service's name")
        check_optional(self.criticality, Criticality, "criticality")
        for name in ("service_hours", "support_hours"):
            if getattr(self, name) is not None:
                check_calendar(getattr(self, name), name)
        for name in ("agreement", "owner", "group"):
            check_optional_text(getattr(self, name), name)

    def supports(self, environment: str | None) -> bool:
        """
        Whether it is supported in *environment*; where nobody said either, it is.

        >>> Service("email", environments=["production"]).supports("test")
        False
        """
        return environment is None or not self.environments or environment in self.environments


@attrs.frozen
class ServiceGroup:
    """
    Services that are granted together (ITIL).

    Attributes:
        name: What it is called.

        services: Names of the services.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank.
    """

    name: str
    services: tuple[str, ...] = attrs.field(converter=_services)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a service group's name")
