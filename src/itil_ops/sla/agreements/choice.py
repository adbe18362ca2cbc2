"""
Several agreements, and which of them a record is under.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.record import Record
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind, with_customer


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.clocks.promise import Deadlines


@attrs.frozen
class Candidate:
    """
    An agreement that was looked at for a record.

    Attributes:
        agreement: The agreement.

        reasons: What speaks against it; none for the one that was chosen.
    """

    agreement: Agreement
    reasons: tuple[str, ...]


@attrs.frozen
class Choice:
    """
    Which agreement a record is under, and why no other.

    Attributes:
        agreement: The agreement; `None` where there is no target.

        candidates: All that were looked at, the one chosen first.
    """

    agreement: Agreement | None
    candidates: tuple[Candidate, ...]

    def explain(self) -> tuple[str, ...]:
        """
        Return the choice in sentences.
        """
        chosen = "No agreement applies." if self.agreement is None else _chosen(self.agreement)
        others = (one for one in self.candidates if one.agreement is not self.agreement)
        return (
            chosen,
            *(f"Not {one.agreement.name}: {'; '.join(one.reasons)}." for one in others),
        )


def _chosen(agreement: Agreement) -> str:
    return f"{agreement.name} applies, which is {_SCOPES[_rank(agreement)]}."


def _agreements(values: Iterable[Agreement]) -> tuple[Agreement, ...]:
    return several(values, Agreement, "agreements")


@attrs.frozen
class Agreements:
    """
    Agreements side by side: the most specific SLA wins, OLAs and contracts measure their own part.

    An agreement for a service and a customer goes before one for a service, that before one for a
    customer, and that before one for all (ITIL's multi-level structure); of equal SLAs the one that
    holds since later. OLAs and contracts of one provider follow on each other.

    Attributes:
        agreements: The agreements, in any order.

    Raises:
        TypeError: One of them is no agreement.

        AgreementError: Two of them are for the same records at one time, and neither wins.
    """

    agreements: tuple[Agreement, ...] = attrs.field(converter=_agreements)

    def __attrs_post_init__(self) -> None:
        for one, other in combinations(self.agreements, 2):
            if _are_ambiguous(one, other):
                raise AgreementError(
                    f"agreements {one.name!r} and {other.name!r} are for the same records at one"
                    " time, and neither is more specific or holds since later"
                )

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self.agreements)

    def __len__(self) -> int:
        return len(self.agreements)

    def choose(self, record: Record) -> Choice:
        """
        Return the SLA that *record* is under, and why no other.
        """
        check_type(record, Record, "record")
        levels = [one for one in self.agreements if one.kind is AgreementKind.SLA]
        levels.sort(key=_precedence, reverse=True)
        chosen = next((one for one in levels if not one.why_not(record)), None)
        candidates = [Candidate(one, _reasons(one, record, chosen)) for one in levels]
        candidates.sort(key=lambda candidate: candidate.agreement is not chosen)
        return Choice(chosen, tuple(candidates))

    def underpinning(self, record: Record) -> tuple[Agreement, ...]:
        """
        Return the OLAs and contracts for *record*: of each provider's the most specific.

        They are those under which it may come to a provider; the clocks tell whether it did.
        """
        check_type(record, Record, "record")
        found = [
            one
            for one in self.agreements
            if one.kind is not AgreementKind.SLA and not one.why_not(record)
        ]
        return tuple(one for one in found if not any(_outranks(other, one) for other in found))

    def binding(self, record: Record) -> tuple[Agreement, ...]:
        """
        Return the agreements that bind *record*: its SLA, and the OLAs and contracts beneath.
        """
        chosen = self.choose(record).agreement
        return (*(() if chosen is None else (chosen,)), *self.underpinning(record))

    def clocks(
        self, record: Record, *, deadlines: Deadlines | None = None
    ) -> dict[Agreement, tuple[SlaClock, ...]]:
        """
        Return the clocks of *record* by agreement, those of its SLA first.

        Args:
            record: The record.

            deadlines: Due times that a person fixed with the customer; no part of OLAs.
        """
        return {
            one: one.clocks(record, deadlines=with_customer(one, deadlines))
            for one in self.binding(record)
        }


def binding_of(agreements: Iterable[Agreement], record: Record) -> tuple[Agreement, ...]:
    """
    Return those of *agreements* that may bind *record*: all; of `Agreements` the most specific.

    Raises:
        TypeError: One of them is no agreement.
    """
    if isinstance(agreements, Agreements):
        return agreements.binding(record)
    return several(agreements, Agreement, "agreements")


_SCOPES = (
    "for all services and customers",
    "for the customer",
    "for the service",
    "for the service and the customer",
)


def _rank(agreement: Agreement) -> int:
    return 2 * (agreement.services is not None) + (agreement.customer is not None)


def _since(agreement: Agreement) -> float:
    return float("-inf") if agreement.valid_from is None else agreement.valid_from.timestamp()


def _precedence(agreement: Agreement) -> tuple[int, float]:
    return _rank(agreement), _since(agreement)


def _party(agreement: Agreement) -> tuple[AgreementKind, str | None]:
    kind = agreement.kind
    return kind, None if kind is AgreementKind.SLA else agreement.provider


def _outranks(other: Agreement, one: Agreement) -> bool:
    is_same = _party(one) == _party(other)
    return is_same and _rank(one) < _rank(other) and _hold_together(one, other)


def _reasons(one: Agreement, record: Record, chosen: Agreement | None) -> tuple[str, ...]:
    against = one.why_not(record)
    if against or chosen is None or one is chosen:
        return against
    if _rank(one) < _rank(chosen):
        return (f"{chosen.name} is more specific: {_SCOPES[_rank(chosen)]}",)
    return (f"{chosen.name} holds since later",)


def _are_ambiguous(one: Agreement, other: Agreement) -> bool:
    return (
        _party(one) == _party(other)
        and _rank(one) == _rank(other)
        and one.customer == other.customer
        and _meet(one.services, other.services)
        and _hold_together(one, other)
        and (one.kind is not AgreementKind.SLA or _since(one) == _since(other))
    )


def _meet(mine: frozenset[str] | None, theirs: frozenset[str] | None) -> bool:
    return mine is None or theirs is None or not mine.isdisjoint(theirs)


def _hold_together(one: Agreement, other: Agreement) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Agreement, other: Agreement) -> bool:
    return one.valid_from is None or other.valid_until is None or one.valid_from < other.valid_until
