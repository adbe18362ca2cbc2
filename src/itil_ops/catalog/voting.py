"""
Rules of approval by vote, and with a veto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itil_ops.catalog.approval import (
    AllOf,
    ApprovalRule,
    ApprovalVerdict,
    Approver,
    RuleOver,
    Say,
    Seat,
    VacantSeat,
    changed,
    check_percent,
    check_rule,
    check_rules,
    distinct,
    seats_of,
)
from itil_ops.kernel.checks import check_count, check_type


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from itil_ops.catalog.approval import Says, Seating
    from itil_ops.errors import Reason


def _voters(values: Iterable[ApprovalRule]) -> tuple[ApprovalRule, ...]:
    voters = check_rules(values)
    for voter in voters:
        if not isinstance(voter, Approver | Seat | VacantSeat):
            raise TypeError(f"who votes is an approver, not {voter!r}")
    return voters


@attrs.frozen
class Vote(RuleOver):
    """
    Of the votes that are cast more have to approve than reject, if there are enough of them.

    Who lets their time pass has cast no vote.

    >>> board = Vote([Seat(n, who, Approver(who)) for n, who in enumerate("abcde", 1)], quorum=3)
    >>> lapsed = {4: Say.LAPSED, 5: Say.LAPSED}
    >>> board.verdict({1: Say.APPROVED, 2: Say.APPROVED, 3: Say.REJECTED, **lapsed})
    <ApprovalVerdict.APPROVED: 'approved'>
    >>> board.verdict({1: Say.APPROVED, 2: Say.APPROVED, 3: Say.LAPSED, **lapsed})
    <ApprovalVerdict.REJECTED: 'rejected'>

    Attributes:
        of: Approvers.

        quorum: How many votes have to be cast.

        percent: The share of the votes cast that has to approve; more than half unless given.
    """

    of: tuple[ApprovalRule, ...] = attrs.field(converter=_voters)
    quorum: int = attrs.field(default=1, kw_only=True)
    percent: int | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_count(check_type(self.quorum, int, "quorum"), "quorum", least=1)
        if self.percent is not None:
            check_percent(self.percent)

    def verdict(self, says: Says) -> ApprovalVerdict:
        """
        Return what the votes come to: of those to come, the worst and the best are looked at.
        """
        cast = _said(self.of, says)
        approved, rejected = cast.count(Say.APPROVED), cast.count(Say.REJECTED)
        to_come, votes = cast.count(None), approved + rejected
        if votes >= self.quorum and self._carries(approved, rejected + to_come):
            return ApprovalVerdict.APPROVED
        is_open = votes + to_come >= self.quorum and self._carries(approved + to_come, rejected)
        return ApprovalVerdict.OPEN if is_open else ApprovalVerdict.REJECTED

    def _carries(self, approved: int, rejected: int) -> bool:
        if self.percent is None:
            return approved > rejected
        return approved > 0 and approved * 100 >= self.percent * (approved + rejected)

    def defects(self) -> Iterator[Reason]:
        """
        Yield what is wrong with those who vote, and at which costs there cannot be so many votes.
        """
        yield from RuleOver.defects(self)
        yield from self._too_few(self.quorum, "vote")


def _said(voters: Iterable[ApprovalRule], says: Says) -> list[Say | None]:
    return [_word(voter, says) for voter in voters]


def _word(voter: ApprovalRule, says: Says) -> Say | None:
    if isinstance(voter, VacantSeat):
        return Say.LAPSED  # a vote that will never be cast
    return says.get(voter.number) if isinstance(voter, Seat) else None


@attrs.frozen
class Vetoed(ApprovalRule):
    """
    A rule that some may veto: their rejection rejects, their silence consents.

    Where one of them cannot be asked, it is rejected: nobody knows whether they had been silent.

    Attributes:
        rule: What has to be approved.

        by: Who may veto; they are asked at the same time.
    """

    rule: ApprovalRule
    by: tuple[ApprovalRule, ...] = attrs.field(kw_only=True, converter=_voters)

    def __attrs_post_init__(self) -> None:
        check_rule(self.rule)

    def verdict(self, says: Says) -> ApprovalVerdict:
        """
        Return what the rule comes to, once nobody can veto it any more.
        """
        said = _said(self.by, says)
        if Say.REJECTED in said or any(isinstance(one, VacantSeat) for one in self.by):
            return ApprovalVerdict.REJECTED
        verdict = self.rule.verdict(says)
        return (
            ApprovalVerdict.OPEN
            if None in said and verdict is ApprovalVerdict.APPROVED
            else verdict
        )

    def wanted(self, says: Says) -> tuple[Seat, ...]:
        """
        Return whose say is wanted by the rule, and who may veto and has not spoken.
        """
        if self.verdict(says) is not ApprovalVerdict.OPEN:
            return ()
        silent = tuple(seat for holder in self.by for seat in holder.wanted(says))
        return (*self.rule.wanted(says), *silent)

    def seated(self, seating: Seating) -> ApprovalRule | None:
        """
        Return the rule with all seated; where it asks nobody, there is nothing to veto.
        """
        rule = self.rule.seated(seating)
        if rule is None:
            return None
        holders = distinct(seats_of(self.by, seating))
        if holders:
            return attrs.evolve(self, rule=rule, by=holders)
        # Nobody may veto for so little; it is a rule of its own all the same.
        return AllOf((rule,)) if isinstance(rule, Seat | VacantSeat) else rule

    def with_approvers(self, change: Callable[[Approver], Approver]) -> Vetoed:
        """
        Return the same over other approvers, those who may veto included.
        """
        rule = self.rule.with_approvers(change)
        return attrs.evolve(self, rule=rule, by=changed(self.by, change))

    @property
    def leaves(self) -> tuple[ApprovalRule, ...]:
        """
        Those of the rule, then those who may veto.
        """
        return (*self.rule.leaves, *self.by)

    def defects(self) -> Iterator[Reason]:
        """
        Yield what is wrong with the rule, and with those who may veto.
        """
        for rule in (self.rule, *self.by):
            yield from rule.defects()
