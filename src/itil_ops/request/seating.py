"""
Who is asked: from the approvers of a rule to the persons of one request.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import attrs

from itil_ops.catalog.approval import ApprovalKind, ApprovalRule, Approver, ApproverRole, Seat


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pendulum import DateTime

    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem
    from itil_ops.request.policies import RequestPolicies


@attrs.frozen
class Seated:
    """
    Who is asked for a request.

    Attributes:
        rule: The rule, each approver seated; `None` where nobody has to agree.

        missing: Why somebody who should be asked cannot be.
    """

    rule: ApprovalRule | None
    missing: tuple[str, ...] = ()


def seated(request: RequestFacts, policies: RequestPolicies, at: DateTime) -> Seated:
    """
    Return who is asked for *request* under *policies*.

    Nobody is asked who has an interest in it, nor for money beyond their limit: the next manager
    takes their place, see `itil_ops.kernel.policies`.
    """
    rule = policies.approval.rule(request)
    if rule is None:
        return Seated(None)
    seating = _Seating(request, policies, at)
    found = rule.seated(seating)
    defects = () if found is None else found.defects()
    return Seated(found, (*seating.missing, *(defect.text for defect in defects)))


def replacement(
    approver: Approver, request: RequestFacts, policies: RequestPolicies, at: DateTime
) -> str | None:
    """
    Return who is asked once *approver* let the time pass; `None` where nobody can be.
    """
    if approver.fallback is None:
        return None
    again = attrs.evolve(approver, who=approver.fallback, above=None)
    seats = _Seating(request, policies, at)(again)
    return seats[0].person if seats else None


class _Seating:
    """
    Gives approvers their seats, and keeps in mind who is missing.
    """

    def __init__(self, request: RequestFacts, policies: RequestPolicies, at: DateTime) -> None:
        self._request = request
        self._directory = policies.directory
        self._catalog = policies.catalog
        self._interested = request.interested(policies.directory, at)
        # Seats are told apart though a request is reviewed anew, and asks for approvals again.
        self._numbers = count(1 + max((one.seat for one in request.approvals), default=0))
        self.missing: list[str] = []

    def __call__(self, approver: Approver) -> tuple[Seat, ...]:
        if not self._is_asked(approver):
            return ()
        people = self._people(approver)
        fitting = [person for person in people if self._may(person, approver)]
        seats = tuple(self._seat(person, approver) for person in fitting)
        return seats or tuple(self._replaced(people, approver))

    def _is_asked(self, approver: Approver) -> bool:
        if approver.above is None:
            return True
        cost = self._request.cost
        if cost is not None and cost.currency != approver.above.currency:
            text = f"the cost is in {cost.currency}, and {approver.who} is asked above"
            self.missing.append(f"{text} {approver.above}")
            return False
        # What nobody knows the cost of may cost any amount.
        return cost is None or cost > approver.above

    def _people(self, approver: Approver) -> tuple[str, ...]:
        if isinstance(approver.who, ApproverRole):
            item = None if approver.item is None else self._request.item(approver.item)
            found = tuple(self._directory.approvers(approver.who, self._request, item))
            return found or self._owners(approver.who, item)
        return (approver.who,)

    def _owners(self, role: ApproverRole, item: RequestedItem | None) -> tuple[str, ...]:
        """
        Return who owns the service by the catalog, where the directory does not know.
        """
        if role != ApproverRole.SERVICE_OWNER or self._catalog is None:
            return ()
        named = self._request.services if item is None else (item.service or self._request.service,)
        known = (service for service in self._catalog.services if service.name in named)
        return tuple(service.owner for service in known if service.owner is not None)

    def _may(self, person: str, approver: Approver) -> bool:
        return self._why_not(person, approver) is None

    def _why_not(self, person: str, approver: Approver) -> str | None:
        """
        Return why *person* cannot be asked, in words.
        """
        if person in self._interested:
            return "has an interest in it"
        if approver.kind is not ApprovalKind.FINANCIAL:
            return None
        cost, limit = self._request.cost, self._directory.limit(person)
        if cost is None or limit is None:
            return None
        is_within = cost.currency == limit.currency and cost <= limit
        return None if is_within else f"may approve {limit}, and it costs {cost}"

    def _replaced(self, people: tuple[str, ...], approver: Approver) -> Iterator[Seat]:
        for person in people:
            for manager in self._managers(person):
                if self._may(manager, approver):
                    yield self._seat(manager, approver, in_place_of=person)
                    return
        self.missing.append(f"nobody can be asked as {self._sought(approver, people)}")

    def _sought(self, approver: Approver, people: tuple[str, ...]) -> str:
        """
        Return in words who is missing, and for whom or what.
        """
        if people:
            told = (f"{person} {self._why_not(person, approver)}" for person in people)
            return f"{approver.who}: {'; '.join(told)}; and no manager takes their place"
        request = self._request
        whose = {
            ApproverRole.LINE_MANAGER: request.beneficiary,
            ApproverRole.BUDGET_CENTER: request.budget_center,
            ApproverRole.SERVICE_OWNER: ", ".join(request.services),
        }
        if approver.who not in whose:
            return f"{approver.who}: the directory knows none"
        named = whose[approver.who] or "nothing that is named"
        return f"{approver.who} of {named}: the directory knows none"

    def _managers(self, person: str) -> Iterator[str]:
        above = {person}
        manager = self._directory.manager(person)
        while manager is not None and manager not in above:
            yield manager
            above.add(manager)
            manager = self._directory.manager(manager)

    def _seat(self, person: str, approver: Approver, in_place_of: str | None = None) -> Seat:
        return Seat(next(self._numbers), person, approver, in_place_of=in_place_of)
