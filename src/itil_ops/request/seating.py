"""
Who is asked: from the approvers of a rule to the persons of one request.
"""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.catalog.approval import (
    ApprovalKind,
    ApprovalRule,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    Seat,
    VacantSeat,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pendulum import DateTime

    from itil_ops.catalog.approval import Places
    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem
    from itil_ops.request.policies import RequestPolicies


#: For an approver, and a person who should be asked as such and cannot be, who is asked instead.
StandIns: TypeAlias = "Mapping[tuple[Approver, str], str]"


_NO_MANAGER = "no manager takes their place"
_SEATED = "whoever could take their place has a seat already"


@attrs.frozen
class Seated:
    """
    Who is asked for a request.

    Attributes:
        rule: The rule, each approver seated, or the seat vacant; `None` where nobody has to agree.

        missing: Why those who can be asked are too few to approve it; nothing where they are not.
    """

    rule: ApprovalRule | None
    missing: tuple[str, ...] = ()


def seated(request: RequestFacts, policies: RequestPolicies, at: DateTime) -> Seated:
    """
    Return who is asked for *request* under *policies*.

    Nobody is asked who has an interest in it, nor for money beyond their limit: a manager takes
    their place, the next one above them who has no other seat in the same rule. Where nobody can,
    the seat stays vacant and counts as one that will never approve: the rule asks for no less.
    """
    rule = policies.approval.rule(request)
    found = None if rule is None else rule.seated(_Seating(request, policies, at))
    if found is None or found.verdict({}) is not ApprovalVerdict.REJECTED:
        return Seated(found)
    missing = (*(seat.why for seat in found.vacancies), *(one.text for one in found.defects()))
    return Seated(found, missing or ("nobody who can be asked could approve it",))


def replacements(
    approver: Approver, request: RequestFacts, policies: RequestPolicies, at: DateTime
) -> Iterator[str]:
    """
    Yield who may be asked once *approver* let the time pass: the fallback, or a manager above.
    """
    if approver.fallback is not None:
        again = attrs.evolve(approver, who=approver.fallback, above=None)
        yield from _Seating(request, policies, at).candidates(again)


class _Seating:
    """
    Gives approvers their places, see `itil_ops.catalog.approval.Seating`.
    """

    def __init__(self, request: RequestFacts, policies: RequestPolicies, at: DateTime) -> None:
        self._request = request
        self._directory = policies.directory
        self._catalog = policies.catalog
        self._interested = request.interested(policies.directory, at)
        # Seats are told apart though a request is reviewed anew, and asks for approvals again.
        self._numbers = count(1 + max((one.seat for one in request.approvals), default=0))

    def alone(self, approver: Approver) -> Places:
        """
        Return seats of those who can be asked, else that of one manager, else a vacant one.
        """
        if not self._is_asked(approver):
            return ()
        people = self._people(approver)
        fitting = tuple(self._seat(one, approver) for one in people if self._may(one, approver))
        return fitting or (self._manager_of_any(approver, people),)

    def together(self, approvers: Sequence[Approver]) -> Iterator[Places]:
        """
        Return a place for each person of each approver: theirs, that of a manager, or a vacant one.
        """
        people = {one: self._people(one) for one in approvers if self._is_asked(one)}
        stand_ins = self._stand_ins(people)

        def places(approver: Approver) -> Places:
            if approver not in people:
                return ()
            found = tuple(self._place(one, approver, stand_ins) for one in people[approver])
            return found or (self._vacant(approver, ()),)

        return map(places, approvers)

    def candidates(self, approver: Approver) -> Iterator[str]:
        """
        Yield all who can be asked as an approver: who is meant, then managers of those who cannot.
        """
        people = self._people(approver)
        barred = (person for person in people if not self._may(person, approver))
        above = (manager for person in barred for manager in self._managers(person))
        return (person for person in chain(people, above) if self._may(person, approver))

    # ---- Who should be asked ----------------------------------------------------------------

    def _is_asked(self, approver: Approver) -> bool:
        cost, above = self._request.cost, approver.above
        # What nobody knows the cost of, or not in that currency, may cost any amount.
        return above is None or cost is None or cost.currency != above.currency or cost > above

    def _people(self, approver: Approver) -> tuple[str, ...]:
        if isinstance(approver.who, ApproverRole):
            item = None if approver.item is None else self._request.item(approver.item)
            found = tuple(self._directory.approvers(approver.who, self._request, item))
            return tuple(dict.fromkeys(found or self._owners(approver.who, item)))
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

    # ---- Who can be -------------------------------------------------------------------------

    def _may(self, person: str, approver: Approver) -> bool:
        return self._why_nobody(approver) is None and self._why_not(person, approver) is None

    def _any_may(self, people: Iterable[str], approver: Approver) -> bool:
        return any(self._may(person, approver) for person in people)

    def _why_nobody(self, approver: Approver) -> str | None:
        """
        Return in words why it cannot be known whether *approver* is asked.
        """
        cost, above = self._request.cost, approver.above
        if above is None or cost is None or cost.currency == above.currency:
            return None
        return f"the cost is in {cost.currency}, and {approver.who} is asked above {above}"

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

    # ---- Who takes their place --------------------------------------------------------------

    def _stand_ins(self, people: Mapping[Approver, tuple[str, ...]]) -> StandIns:
        """
        Return who takes the place of those of *people* who cannot be asked: nobody who has a seat.
        """
        # What somebody may approve by their limit, they may in any other matter.
        first = sorted(people, key=lambda one: one.kind is not ApprovalKind.FINANCIAL)
        wanted = [(approver, person) for approver in first for person in people[approver]]
        taken = {person: person for approver, person in wanted if self._may(person, approver)}
        found: dict[tuple[Approver, str], str] = {}
        for approver, person in wanted:
            if self._may(person, approver):
                continue
            # Who stands in for somebody in one matter does in another; for others, they cannot.
            free = [one for one in self._managers(person) if taken.get(one, person) == person]
            for manager in sorted(free, key=lambda one: one not in taken):
                if self._may(manager, approver):
                    found[approver, person] = manager
                    taken[manager] = person
                    break
        return found

    def _manager_of_any(self, approver: Approver, people: tuple[str, ...]) -> Seat | VacantSeat:
        for person in people:
            for manager in self._managers(person):
                if self._may(manager, approver):
                    return self._seat(manager, approver, in_place_of=person)
        return self._vacant(approver, people)

    def _managers(self, person: str) -> Iterator[str]:
        above = {person}
        manager = self._directory.manager(person)
        while manager is not None and manager not in above:
            yield manager
            above.add(manager)
            manager = self._directory.manager(manager)

    # ---- Places -----------------------------------------------------------------------------

    def _place(self, person: str, approver: Approver, stand_ins: StandIns) -> Seat | VacantSeat:
        if self._may(person, approver):
            return self._seat(person, approver)
        manager = stand_ins.get((approver, person))
        if manager is not None:
            return self._seat(manager, approver, in_place_of=person)
        return self._vacant(approver, (person,))

    def _seat(self, person: str, approver: Approver, in_place_of: str | None = None) -> Seat:
        return Seat(next(self._numbers), person, approver, in_place_of=in_place_of)

    def _vacant(self, approver: Approver, people: tuple[str, ...]) -> VacantSeat:
        sought = f"nobody can be asked as {self._sought(approver, people)}"
        why = self._why_nobody(approver) or sought
        return VacantSeat(approver, why=why, person=people[0] if len(people) == 1 else None)

    def _sought(self, approver: Approver, people: tuple[str, ...]) -> str:
        """
        Return in words who is missing, and for whom or what.
        """
        if people:
            told = (f"{person} {self._why_not(person, approver)}" for person in people)
            managers = (manager for person in people for manager in self._managers(person))
            left = _SEATED if self._any_may(managers, approver) else _NO_MANAGER
            return f"{approver.who}: {'; '.join(told)}; and {left}"
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
