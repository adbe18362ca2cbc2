"""
Who has to agree to a request: rules of approval, which are put together from rules.

A rule is open until nothing that is left can change what it comes to; then it is approved or
rejected, and whoever has not spoken need not any more. An approval that lapsed is no consent; under
`Vote` it is a vote that was not cast, and of who may veto it is silence.

In a model the leaves of a rule are approvers, by name or by role. For a request each is taken to
the persons who are asked: its seats. One person has one seat in a rule, the financial one of
several; the rules inside of a rule, and the stages of an order, have seats of their own. Where
nobody can be asked, the seat stays vacant: nobody approves there, so no rule asks for less.

Where every seat stands in one place, a rule is open exactly as long as those who have not spoken
could still bring it to either end, and each say that is wanted can make the difference. A seat that
a caller puts in several places is counted in each as if it were another's: what is decided is
decided all the same, but with a vote or a veto among them that may be found late.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import ClassVar, Protocol, Self, TypeAlias, TypeVar

import attrs

from itil_ops.catalog.money import Money, check_price
from itil_ops.errors import Reason
from itil_ops.kernel.checks import check_count, check_optional_text, check_text, check_type, several
from itil_ops.kernel.term import Term
from itil_ops.sla.hours.duration import Duration, check_duration


class ApprovalKind(StrEnum):
    """
    In which matter somebody agrees.
    """

    LINE_MANAGER = "line_manager"
    FINANCIAL = "financial"
    TECHNICAL = "technical"
    COMPLIANCE = "compliance"
    SERVICE_OWNER = "service_owner"


class ApproverRole(Term):
    """
    An approver who is another person for each request: a directory knows who.
    """

    __slots__ = ()

    LINE_MANAGER: ClassVar[ApproverRole]
    """Of whom the request is for."""

    BUDGET_CENTER: ClassVar[ApproverRole]
    """Who answers for the budget that is charged."""

    SERVICE_OWNER: ClassVar[ApproverRole]
    """Who answers for the service that is asked for."""


class Say(StrEnum):
    """
    What came of asking somebody.
    """

    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """Nobody spoke in time."""


class ApprovalVerdict(StrEnum):
    """
    What a rule comes to.
    """

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


#: What was said so far, by the number of the seat; who has not spoken is not in it.
Says: TypeAlias = Mapping[int, Say]


class ApprovalRule(ABC):
    """
    What an authorization depends on: an approver, a seat, or a rule over several of them.
    """

    __slots__ = ()

    @abstractmethod
    def verdict(self, says: Says) -> ApprovalVerdict:
        """
        Return what the rule comes to by what was said so far.
        """

    @abstractmethod
    def wanted(self, says: Says) -> tuple[Seat, ...]:
        """
        Return the seats whose say is wanted now: it can still change something, and is their turn.
        """

    @abstractmethod
    def seated(self, seating: Seating) -> ApprovalRule | None:
        """
        Return the rule with its approvers seated; `None` where nobody has to be asked.

        It is rejected from the beginning if those who can be asked are too few to approve it.
        """

    @abstractmethod
    def with_approvers(self, change: Callable[[Approver], Approver]) -> ApprovalRule:
        """
        Return the same rule over other approvers: what *change* makes of each.
        """

    @property
    @abstractmethod
    def leaves(self) -> tuple[ApprovalRule, ...]:
        """
        The approvers or seats in it, vacant ones included, in order.
        """

    @property
    def seats(self) -> tuple[Seat, ...]:
        """
        The seats in it, in order; none before it is seated.
        """
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, Seat))

    @property
    def vacancies(self) -> tuple[VacantSeat, ...]:
        """
        The seats in it that stay vacant, in order.
        """
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, VacantSeat))

    def defects(self) -> Iterator[Reason]:
        """
        Yield what is wrong with it by itself.

        That is each part that cannot be approved, whoever speaks, for some cost at least, and each
        fallback that is never asked.
        """
        yield from ()


# ---- Leaves -----------------------------------------------------------------------------------


def _expires_after(value: Duration | None) -> Duration | None:
    return None if value is None else check_duration(value, "expires_after")


def _above(value: Money | None) -> Money | None:
    return check_price(value, "above")


@attrs.frozen
class Approver(ApprovalRule):
    """
    Somebody whose agreement is asked for, as a model has it.

    A role may come to several persons: each has a seat of the rule that it stands in. On its own,
    or as a step of an order, any one of them will do.

    Attributes:
        who: The name of a person, or a role that a directory knows.

        kind: In which matter: that of the role unless given, and of the line manager for a name.
            Financial approvals heed the limit of who approves.

        above: The cost above which it is asked for; always unless given.

        expires_after: How long it may take, in the hours of the policies; any time unless given.

        fallback: Who is asked once it has expired; unless given, it counts as no consent.

        item: Name of the requested item that it is asked for; of the whole request unless given.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A name is blank, or an amount negative.
    """

    who: str | ApproverRole
    kind: ApprovalKind = attrs.field(kw_only=True)
    above: Money | None = attrs.field(default=None, converter=_above, kw_only=True)
    expires_after: Duration | None = attrs.field(
        default=None, converter=_expires_after, kw_only=True
    )
    fallback: str | ApproverRole | None = attrs.field(default=None, kw_only=True)
    item: str | None = attrs.field(default=None, kw_only=True)

    @kind.default
    def _usual_kind(self) -> ApprovalKind:
        usual = ApprovalKind.LINE_MANAGER
        return _KINDS.get(self.who, usual) if isinstance(self.who, ApproverRole) else usual

    def __attrs_post_init__(self) -> None:
        _check_who(self.who, "who")
        check_type(self.kind, ApprovalKind, "kind")
        if self.fallback is not None:
            _check_who(self.fallback, "fallback")
        check_optional_text(self.item, "item")

    def verdict(self, _says: Says) -> ApprovalVerdict:
        """
        Return that it is open: nobody was asked yet.
        """
        return ApprovalVerdict.OPEN

    def wanted(self, _says: Says) -> tuple[Seat, ...]:
        """
        Return nothing: nobody has a seat yet.
        """
        return ()

    def seated(self, seating: Seating) -> ApprovalRule | None:
        """
        Return its seat, or any of its seats.
        """
        seats = distinct(seating.alone(self))
        return seats[0] if len(seats) == 1 else AnyOf(seats) if seats else None

    def with_approvers(self, change: Callable[[Approver], Approver]) -> Approver:
        """
        Return what *change* makes of it.
        """
        return change(self)

    @property
    def leaves(self) -> tuple[ApprovalRule, ...]:
        """
        Itself.
        """
        return (self,)

    def defects(self) -> Iterator[Reason]:
        """
        Yield why its fallback is never asked, if it has one.
        """
        if self.fallback is None:
            return
        if self.fallback == self.who:
            yield Reason("idle_fallback", f"{self.who} is their own fallback: name somebody else")
        elif self.expires_after is None:
            text = f"{self.who} has any time, so the fallback {self.fallback} is never asked"
            yield Reason("idle_fallback", f"{text}: say how long by `expires_after`")


_KINDS: Mapping[ApproverRole, ApprovalKind] = {
    ApproverRole.BUDGET_CENTER: ApprovalKind.FINANCIAL,
    ApproverRole.SERVICE_OWNER: ApprovalKind.SERVICE_OWNER,
}


def _check_who(value: object, name: str) -> None:
    if not isinstance(value, ApproverRole):
        check_text(value, name)


class _Place(ApprovalRule):
    """
    A place in a rule, for one request: nobody is seated there anew.
    """

    __slots__ = ()

    def seated(self, _seating: Seating) -> Self:
        """
        Return itself.
        """
        return self

    def with_approvers(self, _change: Callable[[Approver], Approver]) -> Self:
        """
        Return itself: it was seated before.
        """
        return self

    @property
    def leaves(self) -> tuple[ApprovalRule, ...]:
        """
        Itself.
        """
        return (self,)


@attrs.frozen
class Seat(_Place):
    """
    The place of one person in a rule, for one request.

    Attributes:
        number: What it is known by; no other seat of the same request has it.

        person: Who is asked.

        approver: As whom.

        in_place_of: Who would have been asked, had there been no conflict of interest.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A name is blank, or the number less than 1.
    """

    number: int
    person: str
    approver: Approver
    in_place_of: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_count(check_type(self.number, int, "number"), "number", least=1)
        check_text(self.person, "person")
        check_type(self.approver, Approver, "approver")
        check_optional_text(self.in_place_of, "in_place_of")

    def verdict(self, says: Says) -> ApprovalVerdict:
        """
        Return what was said; what lapsed is no consent.
        """
        return _VERDICTS.get(says.get(self.number), ApprovalVerdict.REJECTED)

    def wanted(self, says: Says) -> tuple[Seat, ...]:
        """
        Return itself until it has spoken.
        """
        return () if self.number in says else (self,)


_VERDICTS = {None: ApprovalVerdict.OPEN, Say.APPROVED: ApprovalVerdict.APPROVED}


@attrs.frozen
class VacantSeat(_Place):
    """
    A place in a rule for which nobody can be asked, for one request: nobody will approve there.

    Attributes:
        approver: As whom somebody should be asked.

        why: Why nobody can be.

        person: Who would be asked, if that is known.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank.
    """

    approver: Approver
    why: str = attrs.field(kw_only=True)
    person: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_type(self.approver, Approver, "approver")
        check_text(self.why, "why")
        check_optional_text(self.person, "person")

    def verdict(self, _says: Says) -> ApprovalVerdict:
        """
        Return that it is rejected: there is nobody to approve.
        """
        return ApprovalVerdict.REJECTED

    def wanted(self, _says: Says) -> tuple[Seat, ...]:
        """
        Return nothing: there is nobody to ask.
        """
        return ()


#: The places of an approver: of each person a seat, or a vacant one. None at all says that nobody
#: has to agree, because it costs too little.
Places: TypeAlias = tuple[Seat | VacantSeat, ...]


class Seating(Protocol):
    """
    Gives approvers of a model their places for a request.
    """

    def alone(self, approver: Approver) -> Places:
        """
        Return the places of an approver of whose persons any one will do.
        """
        ...

    def together(self, approvers: Sequence[Approver]) -> Iterator[Places]:
        """
        Yield for each of *approvers*, who stand side by side in one rule, the places.
        """
        ...


# ---- Rules over rules -------------------------------------------------------------------------


def check_rules(values: Iterable[ApprovalRule]) -> tuple[ApprovalRule, ...]:
    """
    Return a tuple of *values* if they are rules of approval, one or more.

    Raises:
        TypeError: One of them is none.

        ValueError: There are none.
    """
    rules = tuple(check_rule(rule) for rule in several(values, object, "of"))
    if not rules:
        raise ValueError("a rule of approval is over one rule or more")
    return rules


def check_rule(rule: object) -> ApprovalRule:
    """
    Return *rule* if it is a rule of approval.

    Raises:
        TypeError: It is none.
    """
    if isinstance(rule, ApprovalRule):
        return rule
    raise TypeError(f"a rule of approval is made of approvers and rules, not of {rule!r}")


@attrs.frozen
class RuleOver(ApprovalRule):
    """
    A rule over others.

    Attributes:
        of: The others.
    """

    of: tuple[ApprovalRule, ...] = attrs.field(converter=check_rules)

    @property
    def leaves(self) -> tuple[ApprovalRule, ...]:
        """
        Those of the others, in order.
        """
        return tuple(leaf for rule in self.of for leaf in rule.leaves)

    def wanted(self, says: Says) -> tuple[Seat, ...]:
        """
        Return whose say is wanted by the others; once it is decided, nobody's.
        """
        if self.verdict(says) is not ApprovalVerdict.OPEN:
            return ()
        return self._asked(says)

    def _asked(self, says: Says) -> tuple[Seat, ...]:
        return tuple(seat for rule in self.of for seat in rule.wanted(says))

    def seated(self, seating: Seating) -> ApprovalRule | None:
        """
        Return the rule over the others with all seated; `None` where nobody has to be asked.
        """
        rules = distinct(seats_of(self.of, seating))
        return attrs.evolve(self, of=rules) if rules else None

    def with_approvers(self, change: Callable[[Approver], Approver]) -> Self:
        """
        Return the rule over the others with *change* made in each.
        """
        return attrs.evolve(self, of=changed(self.of, change))

    def defects(self) -> Iterator[Reason]:
        """
        Yield what is wrong with one of the others.
        """
        for rule in self.of:
            yield from rule.defects()

    def _too_few(self, needed: int, verb: str) -> Iterator[Reason]:
        """
        Yield the highest cost for which fewer than *needed* are asked; none for whatever it costs.
        """
        for cost in (None, *_thresholds(self.of)):
            places = distinct(seats_of(self.of, _Tried(cost, needed)))
            most = sum(1 for place in places if not isinstance(place, VacantSeat))
            if 0 < most < needed:
                told = "" if cost is None else f" for a cost of {cost}"
                yield Reason("unreachable_approval", f"{needed} have to {verb}, {most} can{told}")
                break


@attrs.frozen
class _Tried:
    """
    Seats as they may be for a cost, whatever it is where none is given: *many* for a role.
    """

    cost: Money | None
    many: int

    def alone(self, approver: Approver) -> Places:
        cost, above = self.cost, approver.above
        if cost and above and cost.currency == above.currency and cost <= above:
            return ()
        several = range(1, (self.many if isinstance(approver.who, ApproverRole) else 1) + 1)
        return tuple(Seat(n, f"{approver.who}{'*' * (n - 1)}", approver) for n in several)

    def together(self, approvers: Iterable[Approver]) -> Iterator[Places]:
        return map(self.alone, approvers)


def seats_of(rules: Sequence[ApprovalRule], seating: Seating) -> Iterator[ApprovalRule]:
    """
    Yield *rules* with all seated; each seat of an approver stands for itself.
    """
    places = seating.together([rule for rule in rules if isinstance(rule, Approver)])
    for rule in rules:
        if isinstance(rule, Approver):
            yield from next(places)
        else:
            yield from filter(None, [rule.seated(seating)])


def changed(
    rules: Iterable[ApprovalRule], change: Callable[[Approver], Approver]
) -> tuple[ApprovalRule, ...]:
    """
    Return *rules* over other approvers, see `ApprovalRule.with_approvers`.
    """
    return tuple(rule.with_approvers(change) for rule in rules)


R = TypeVar("R", bound=ApprovalRule)


def distinct(rules: Iterable[R]) -> tuple[R, ...]:
    """
    Return seated *rules*, but nobody twice: one seat of each person, a financial one if there is.
    """
    found: dict[object, R] = {}
    for rule in rules:
        who = _person(rule)
        if who not in found or (_is_financial(rule) and not _is_financial(found[who])):
            found[who] = rule
    return tuple(found.values())


def _person(rule: ApprovalRule) -> object:
    match rule:
        case Seat():
            return rule.person
        case VacantSeat():
            # Who sits in one matter is missing in the other all the same.
            return VacantSeat, rule.person or (rule.approver.who, rule.approver.item)
        case _:
            return object()


def _is_financial(rule: ApprovalRule) -> bool:
    return isinstance(rule, Seat) and rule.approver.kind is ApprovalKind.FINANCIAL


def _thresholds(rules: Iterable[ApprovalRule]) -> list[Money]:
    leaves = chain.from_iterable(rule.leaves for rule in rules)
    found = [leaf.above for leaf in leaves if isinstance(leaf, Approver) and leaf.above]
    return sorted(found, key=attrgetter("currency", "amount"), reverse=True)


@attrs.frozen
class _Counting(RuleOver):
    """
    A rule that so many of others have to approve.
    """

    @property
    @abstractmethod
    def needed(self) -> int:
        """
        How many have to approve.
        """

    def verdict(self, says: Says) -> ApprovalVerdict:
        verdicts = [rule.verdict(says) for rule in self.of]
        approved, needed = verdicts.count(ApprovalVerdict.APPROVED), self.needed
        if approved >= needed:
            return ApprovalVerdict.APPROVED
        is_reachable = approved + verdicts.count(ApprovalVerdict.OPEN) >= needed
        return ApprovalVerdict.OPEN if is_reachable else ApprovalVerdict.REJECTED


@attrs.frozen
class AllOf(_Counting):
    """
    All have to approve, in any order.

    Attributes:
        of: Approvers, or rules over approvers.
    """

    @property
    def needed(self) -> int:
        """
        How many have to approve: all there are.
        """
        return len(self.of)


@attrs.frozen
class AnyOf(_Counting):
    """
    One has to approve.

    Attributes:
        of: Approvers, or rules over approvers.
    """

    @property
    def needed(self) -> int:
        """
        How many have to approve: one.
        """
        return 1


@attrs.frozen
class AtLeast(_Counting):
    """
    So many have to approve.

    >>> board = AtLeast([Seat(n, who, Approver(who)) for n, who in enumerate("abc", 1)], count=2)
    >>> board.verdict({1: Say.APPROVED}), board.verdict({1: Say.APPROVED, 3: Say.APPROVED})
    (<ApprovalVerdict.OPEN: 'open'>, <ApprovalVerdict.APPROVED: 'approved'>)
    >>> board.verdict({1: Say.REJECTED, 2: Say.LAPSED})
    <ApprovalVerdict.REJECTED: 'rejected'>

    Attributes:
        of: Approvers, or rules over approvers.

        count: How many.
    """

    count: int = attrs.field(kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_count(check_type(self.count, int, "count"), "count", least=1)

    @property
    def needed(self) -> int:
        """
        How many have to approve.
        """
        return self.count

    def defects(self) -> Iterator[Reason]:
        """
        Yield each part of it that cannot be approved, and at which costs so many are not asked.
        """
        yield from RuleOver.defects(self)
        yield from self._too_few(self.count, "approve")


def check_percent(value: object) -> int:
    """
    Return *value* if it is a whole number from 1 to 100.

    Raises:
        TypeError: It is no whole number.

        ValueError: It is out of bounds.
    """
    percent = check_type(value, int, "percent")
    if isinstance(value, bool) or not 1 <= percent <= 100:  # noqa: PLR2004 -- of a hundred
        raise ValueError(f"percent must be from 1 to 100, not {value!r}")
    return percent


@attrs.frozen
class Percentage(_Counting):
    """
    Such a share of all of them has to approve, whoever speaks.

    Attributes:
        of: Approvers, or rules over approvers.

        percent: The share, from 1 to 100; what it comes to is rounded up.
    """

    percent: int = attrs.field(kw_only=True, converter=check_percent)

    @property
    def needed(self) -> int:
        """
        How many have to approve.
        """
        return -(-len(self.of) * self.percent // 100)


@attrs.frozen
class InOrder(RuleOver):
    """
    All have to approve, one after the other: nobody is asked before those ahead have approved.

    Attributes:
        of: The stages: approvers, or rules over approvers.
    """

    def verdict(self, says: Says) -> ApprovalVerdict:
        """
        Return what the stages come to.
        """
        verdicts = {rule.verdict(says) for rule in self.of}
        for verdict in (ApprovalVerdict.REJECTED, ApprovalVerdict.OPEN):
            if verdict in verdicts:
                return verdict
        return ApprovalVerdict.APPROVED

    def _asked(self, says: Says) -> tuple[Seat, ...]:
        ahead = next(rule for rule in self.of if rule.verdict(says) is ApprovalVerdict.OPEN)
        return ahead.wanted(says)

    def seated(self, seating: Seating) -> ApprovalRule | None:
        """
        Return the stages with all seated: several persons in one are any of them.
        """
        stages = tuple(filter(None, [rule.seated(seating) for rule in self.of]))
        return attrs.evolve(self, of=stages) if stages else None
