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

    from itil_ops.request.directory import Directory
    from itil_ops.request.facts import RequestFacts
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
    seating = _Seating(request, policies.directory, at)
    found = rule.seated(seating)
    defects = () if found is None else found.defects()
    return Seated(found, (*seating.missing, *(defect.text for defect in defects)))


def replacement(
    approver: Approver, request: RequestFacts, directory: Directory, at: DateTime
) -> str | None:
    """
    Return who is asked once *approver* let the time pass; `None` where nobody can be.
    """
    if approver.fallback is None:
        return None
    again = attrs.evolve(approver, who=approver.fallback, above=None)
    seats = _Seating(request, directory, at)(again)
    return seats[0].person if seats else None


class _Seating:
    """
    Gives approvers their seats, and keeps in mind who is missing.
    """

    def __init__(self, request: RequestFacts, directory: Directory, at: DateTime) -> None:
        self._request = request
        self._directory = directory
        self._interested = request.interested(directory, at)
        self._numbers = count(1)
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
            return tuple(self._directory.approvers(approver.who, self._request))
        return (approver.who,)

    def _may(self, person: str, approver: Approver) -> bool:
        return person not in self._interested and self._is_within_limit(person, approver)

    def _is_within_limit(self, person: str, approver: Approver) -> bool:
        cost, limit = self._request.cost, self._directory.limit(person)
        if approver.kind is not ApprovalKind.FINANCIAL or cost is None or limit is None:
            return True
        return cost.currency == limit.currency and cost <= limit

    def _replaced(self, people: tuple[str, ...], approver: Approver) -> Iterator[Seat]:
        for person in people:
            for manager in self._managers(person):
                if self._may(manager, approver):
                    yield self._seat(manager, approver, in_place_of=person)
                    return
        asked = f"{approver.who} ({', '.join(people)})" if people else f"{approver.who}"
        self.missing.append(f"nobody can be asked for {asked}")

    def _managers(self, person: str) -> Iterator[str]:
        above = {person}
        manager = self._directory.manager(person)
        while manager is not None and manager not in above:
            yield manager
            above.add(manager)
            manager = self._directory.manager(manager)

    def _seat(self, person: str, approver: Approver, in_place_of: str | None = None) -> Seat:
        return Seat(next(self._numbers), person, approver, in_place_of=in_place_of)
