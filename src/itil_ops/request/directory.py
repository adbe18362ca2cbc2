"""
Who is whose manager, deputy or owner: what approvals and entitlements must know of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import attrs

from itil_ops.catalog.approval import ApproverRole
from itil_ops.catalog.money import Money, check_price
from itil_ops.kernel.checks import check_names, check_text, check_type
from itil_ops.kernel.journal import NO_CHANGES, Changes


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem


class Directory(Protocol):
    """
    What is known of people. A caller's own asks the directory that the caller has.
    """

    def approvers(
        self, role: ApproverRole, request: RequestFacts, item: RequestedItem | None
    ) -> Iterable[str]:
        """
        Return the names of those who approve *request* in *role*, or one *item* of it.
        """
        ...

    def manager(self, person: str) -> str | None:
        """
        Return the name of a person's manager, if anybody knows.
        """
        ...

    def deputies(self, person: str, at: datetime) -> Iterable[str]:
        """
        Return the names of those who act for a person at an instant.
        """
        ...

    def limit(self, person: str) -> Money | None:
        """
        Return the cost up to which a person may give a financial approval; `None` for any.
        """
        ...

    def units(self, person: str) -> Iterable[str]:
        """
        Return the parts of an organization that a person belongs to.
        """
        ...

    def roles(self, person: str) -> Iterable[str]:
        """
        Return the roles that a person has in an organization.
        """
        ...


def _people(values: Mapping[str, str]) -> Changes:
    return _by_name(values, check_text)


def _several_people(values: Mapping[str, Iterable[str]]) -> Changes:
    return _by_name(values, check_names)


def _limits(values: Mapping[str, Money]) -> Changes:
    return _by_name(values, lambda value, name: check_type(value, Money, name))


def _usual_limit(value: Money | None) -> Money | None:
    return check_price(value, "usual_limit")


def _by_name(values: Mapping[str, object], check: Callable[[object, str], object]) -> Changes:
    if not isinstance(values, Mapping):
        raise TypeError(f"what is known of people goes by name, not {values!r}")
    return Changes({check_text(n, "a name"): check(v, f"that of {n}") for n, v in values.items()})


@attrs.frozen(kw_only=True)
class StaffDirectory:
    """
    A directory that holds all it knows: for a small organization, and for tests.

    >>> staff = StaffDirectory(managers={"ana": "mia", "mia": "bo"}, deputies={"mia": ["kim"]})
    >>> staff.manager("ana"), staff.manager("bo")
    ('mia', None)

    Attributes:
        managers: For a person the manager.

        deputies: For a person those who act for them, always.

        budget_centers: For a budget center who answers for it.

        service_owners: For a service who answers for it.

        members: For any other role of approvers who they are.

        limits: For a person the cost up to which they may give a financial approval.

        usual_limit: The limit of everybody else. Unless given they may approve any amount, so name
            one where limits are meant.

        person_units: For a person the parts of the organization they belong to.

        person_roles: For a person the roles they have.

    Raises:
        TypeError: A value is of another type.

        ValueError: A name is blank.
    """

    managers: Changes = attrs.field(default=NO_CHANGES, converter=_people)
    deputies_of: Changes = attrs.field(
        default=NO_CHANGES, converter=_several_people, alias="deputies"
    )
    budget_centers: Changes = attrs.field(default=NO_CHANGES, converter=_people)
    service_owners: Changes = attrs.field(default=NO_CHANGES, converter=_people)
    members: Changes = attrs.field(default=NO_CHANGES, converter=_several_people)
    limits: Changes = attrs.field(default=NO_CHANGES, converter=_limits)
    usual_limit: Money | None = attrs.field(default=None, converter=_usual_limit)
    person_units: Changes = attrs.field(default=NO_CHANGES, converter=_several_people)
    person_roles: Changes = attrs.field(default=NO_CHANGES, converter=_several_people)

    def approvers(
        self, role: ApproverRole, request: RequestFacts, item: RequestedItem | None = None
    ) -> tuple[str, ...]:
        """
        Return who approves in *role*, see `Directory.approvers`.

        A line manager is that of whom the request is for, a service owner that of the service of
        the item; without an item, of each service that the request concerns.
        """
        services = request.services if item is None else (item.service or request.service,)
        found: dict[ApproverRole, tuple[object, ...]] = {
            ApproverRole.LINE_MANAGER: (self.managers.get(request.beneficiary or ""),),
            ApproverRole.BUDGET_CENTER: (self.budget_centers.get(request.budget_center or ""),),
            ApproverRole.SERVICE_OWNER: tuple(
                self.service_owners.get(service) for service in services if service is not None
            ),
        }
        names = found[role] if role in found else _names(self.members.get(role.value))
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))

    def manager(self, person: str) -> str | None:
        """
        Return the name of a person's manager, see `Directory.manager`.
        """
        found = self.managers.get(person)
        return found if isinstance(found, str) else None

    def deputies(self, person: str, _at: datetime) -> tuple[str, ...]:
        """
        Return who acts for a person, see `Directory.deputies`.
        """
        return _names(self.deputies_of.get(person))

    def limit(self, person: str) -> Money | None:
        """
        Return the limit of a person, see `Directory.limit`.
        """
        found = self.limits.get(person)
        return found if isinstance(found, Money) else self.usual_limit

    def units(self, person: str) -> tuple[str, ...]:
        """
        Return the units of a person, see `Directory.units`.
        """
        return _names(self.person_units.get(person))

    def roles(self, person: str) -> tuple[str, ...]:
        """
        Return the roles of a person, see `Directory.roles`.
        """
        return _names(self.person_roles.get(person))


def _names(found: object) -> tuple[str, ...]:
    return found if isinstance(found, tuple) else ()


NOBODY_KNOWN = StaffDirectory()
"""
The directory that knows nobody: the default. Approvers are then named, not found.
"""
