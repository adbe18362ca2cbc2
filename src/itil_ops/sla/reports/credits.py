"""
What a compliance period costs the provider: credits and penalties.

Service credits are a share of the fee for too low a figure; penalties are an amount for each
breach. Money is `decimal.Decimal` and reckoned exactly; it is rounded once, by a named rule.
"""

from __future__ import annotations

import decimal

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_optional, check_text, check_type, several
from itil_ops.sla.reports.availability import check_percent
from itil_ops.sla.reports.compliance import CompliancePeriod


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_NOTHING = Decimal(0)
_HUNDRED = Decimal(100)

#: Wide enough for any amount of money, so that nothing is rounded on the way.
_EXACT = decimal.Context(prec=200, traps=[decimal.InvalidOperation])


class Rounding(StrEnum):
    """
    How an amount of money is rounded.
    """

    HALF_EVEN = decimal.ROUND_HALF_EVEN
    HALF_UP = decimal.ROUND_HALF_UP
    DOWN = decimal.ROUND_DOWN
    UP = decimal.ROUND_UP


def _check_money(value: object, name: str) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} must be a Decimal, not {value!r}")
    if not value.is_finite() or value < 0:
        raise ValueError(f"{name} must be a number, and not negative: {value}")
    return value


def _percent(value: object, name: str) -> Decimal:
    """
    Return *value* as it is written: 99.5 is no float next to it.
    """
    number = float(value) if isinstance(value, Decimal) else value
    found = check_percent(number, name)
    return value if isinstance(value, Decimal) else Decimal(repr(found))


def _level(value: float | Decimal) -> Decimal:
    return _percent(value, "a level")


def _count(value: object, name: str, least: int) -> None:
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")


def _text(number: Decimal) -> str:
    return format(number.normalize(_EXACT), "f")


def _share_text(share: Decimal) -> str:
    return f"{_text(_EXACT.multiply(share, _HUNDRED))} %"


@attrs.frozen
class CreditTier:
    """
    What the customer gets back for a figure below a level.

    Attributes:
        below: The level in percent, which itself is good enough.

        credit: The share of the fee, from 0 to 1.

        may_exceed_fee: Whether the credit may be more than all of the fee.

    Raises:
        TypeError: An attribute is of another type; money is a Decimal.

        ValueError: The level lies outside 0 to 100, or the credit is negative.

        AgreementError: Nothing can lie below the level, or the credit is more than the fee and
            nobody said that it may.
    """

    below: Decimal = attrs.field(converter=_level)
    credit: Decimal
    may_exceed_fee: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_money(self.credit, "credit")
        check_type(self.may_exceed_fee, bool, "may_exceed_fee")
        if not self.below:
            raise AgreementError("a credit tier below 0 % never applies")
        if self.credit > 1 and not self.may_exceed_fee:
            raise AgreementError(
                f"a credit of {self.credit} is more than the fee; 5 % is Decimal('0.05'),"
                " and where it is meant say may_exceed_fee=True"
            )


@attrs.frozen
class EarnBack:
    """
    How the provider gets a credit back: by being good enough for long enough right after it.

    Attributes:
        percent: The least figure of each period that follows.

        periods: How many of them.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The percentage lies outside 0 to 100, or there is not even one period.
    """

    percent: Decimal = attrs.field(converter=_level)
    periods: int = 1

    def __attrs_post_init__(self) -> None:
        _count(self.periods, "periods", 1)

    def is_earned(self, later: Sequence[Decimal | None]) -> bool:
        """
        Whether the figures of the periods that follow suffice.
        """
        judged = later[: self.periods]
        good = sum(percent is not None and percent >= self.percent for percent in judged)
        return good == self.periods


@attrs.frozen(kw_only=True)
class ServiceCredit:
    """
    What a period costs the provider, and why.

    Attributes:
        name: What the credits are called.

        period: The period; `None` if none was told.

        percent: The figure; `None` where nothing was measured.

        fee: The fee of the period.

        tier: The tier that applies; `None` if none does.

        cap: The largest share of the fee, if there is one.

        amount: The credit, capped and rounded.

        is_earned_back: Whether the provider got it back since.
    """

    name: str
    period: CompliancePeriod | None
    percent: Decimal | None
    fee: Decimal
    tier: CreditTier | None
    cap: Decimal | None
    amount: Decimal
    is_earned_back: bool = False

    @property
    def is_capped(self) -> bool:
        """
        Whether the cap kept the credit down.
        """
        return self.tier is not None and self.cap is not None and self.tier.credit > self.cap

    @property
    def payable(self) -> Decimal:
        """
        The credit, unless it was earned back.
        """
        return _NOTHING if self.is_earned_back else self.amount

    def __str__(self) -> str:
        when = f" from {self.period}" if self.period else ""
        return f"{self.name}{when}: {self._why()}"

    def _why(self) -> str:
        if self.percent is None:
            return "nothing was measured, so no credit"
        if self.tier is None:
            return f"{_text(self.percent)} % is below no tier, so no credit"
        cap = f", capped at {_share_text(self.cap)}" if self.cap is not None else ""
        back = ", earned back since" if self.is_earned_back else ""
        return (
            f"{_text(self.percent)} % is below {_text(self.tier.below)} %,"
            f" so {_share_text(self.tier.credit)} of {self.fee}"
            f"{cap if self.is_capped else ''}: {self.amount}{back}"
        )


def _tiers(values: Iterable[CreditTier]) -> tuple[CreditTier, ...]:
    return several(values, CreditTier, "tiers")


@attrs.frozen
class ServiceCredits:
    """
    The credits of one figure, attainment or availability, by tier.

    >>> credits_ = ServiceCredits(
    ...     "email", [CreditTier(99.5, Decimal("0.05")), CreditTier(98, Decimal("0.10"))]
    ... )
    >>> print(credits_.credit(99.1, fee=Decimal(1000)))
    email: 99.1 % is below 99.5 %, so 5 % of 1000: 50.00

    Attributes:
        name: What they are called.

        tiers: The tiers from the highest level down. The last one that the figure is below applies.

        cap: The largest share of the fee of a period; none unless given.

        rounding: How amounts are rounded, once and at the end; half to even is our default.

        unit: What they are rounded to.

        earn_back: How the provider gets them back, if it can.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The name is blank, the cap is negative, or the unit not positive.

        AgreementError: There are no tiers, they do not descend, two are for the same level, or a
            lower level has no higher credit.
    """

    name: str
    tiers: tuple[CreditTier, ...] = attrs.field(converter=_tiers)
    cap: Decimal | None = attrs.field(default=None, kw_only=True)
    rounding: Rounding = attrs.field(default=Rounding.HALF_EVEN, kw_only=True)
    unit: Decimal = attrs.field(default=Decimal("0.01"), kw_only=True)
    earn_back: EarnBack | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "name")
        check_type(self.rounding, Rounding, "rounding")
        check_optional(self.earn_back, EarnBack, "earn_back")
        _check_money(_NOTHING if self.cap is None else self.cap, "cap")
        if not _check_money(self.unit, "unit"):
            raise ValueError("unit must be more than nothing")
        if not self.tiers:
            raise AgreementError(f"the credits {self.name!r} have no tiers")
        for higher, lower in pairwise(self.tiers):
            _check_descends(self.name, higher, lower)

    def credit(
        self,
        percent: float | Decimal | None,
        *,
        fee: Decimal,
        period: CompliancePeriod | None = None,
    ) -> ServiceCredit:
        """
        Return the credit of a period with this figure; where nothing was measured there is none.

        Raises:
            TypeError: An argument is of another type; money is a Decimal.

            ValueError: The figure lies outside 0 to 100, or the fee is negative.
        """
        figure = None if percent is None else _percent(percent, "percent")
        owed = _check_money(fee, "fee")
        tier = None if figure is None else self.tier(figure)
        return ServiceCredit(
            name=self.name,
            period=check_optional(period, CompliancePeriod, "period"),
            percent=figure,
            fee=owed,
            tier=tier,
            cap=self.cap,
            amount=self._amount(tier, owed),
        )

    def credits(
        self, measured: Iterable[tuple[CompliancePeriod, float | Decimal | None]], *, fee: Decimal
    ) -> tuple[ServiceCredit, ...]:
        """
        Return the credits of periods in order, each with its figure, and see what was earned back.

        A credit is not earned back before all periods that it takes are there.

        Raises:
            TypeError: An argument is of another type.

            ValueError: A figure lies outside 0 to 100, the fee is negative, or the periods are out
                of order.
        """
        judged = [(check_type(it, CompliancePeriod, "period"), figure) for it, figure in measured]
        for (before, _), (after, _) in pairwise(judged):
            if after.start < before.end:
                raise ValueError(f"periods are out of order: {after} comes after {before}")
        found = [self.credit(figure, fee=fee, period=period) for period, figure in judged]
        figures = [each.percent for each in found]
        return tuple(
            attrs.evolve(each, is_earned_back=True)
            if self.earn_back and each.amount and self.earn_back.is_earned(figures[n:])
            else each
            for n, each in enumerate(found, 1)
        )

    def tier(self, percent: Decimal) -> CreditTier | None:
        """
        Return the lowest tier that *percent* is below; `None` if it is below none.
        """
        return next((tier for tier in reversed(self.tiers) if percent < tier.below), None)

    def _amount(self, tier: CreditTier | None, fee: Decimal) -> Decimal:
        share = _NOTHING if tier is None else tier.credit
        share = share if self.cap is None else min(share, self.cap)
        owed = _EXACT.multiply(fee, share)
        # In whole units, for the unit may be a nickel.
        units = _EXACT.divide(owed, self.unit).quantize(Decimal(1), self.rounding, _EXACT)
        return _EXACT.multiply(units, self.unit)


def _check_descends(name: str, higher: CreditTier, lower: CreditTier) -> None:
    if lower.below == higher.below:
        raise AgreementError(f"two tiers of {name!r} overlap: both are below {higher.below} %")
    if lower.below > higher.below:
        raise AgreementError(
            f"tiers of {name!r} are out of order: below {lower.below} % comes after"
            f" {higher.below} %; begin with the highest"
        )
    if lower.credit <= higher.credit:
        raise AgreementError(
            f"tiers of {name!r} must give more for less: {lower.credit} below {lower.below} %"
            f" is no more than {higher.credit} below {higher.below} %"
        )


@attrs.frozen(kw_only=True)
class PenaltyDue:
    """
    What the breaches of a period cost the provider, and why.

    Attributes:
        penalty: By which rule.

        period: The period; `None` if none was told.

        breaches: How many there were.

        payable: The amount.
    """

    penalty: Penalty
    period: CompliancePeriod | None
    breaches: int
    payable: Decimal

    def __str__(self) -> str:
        rule = self.penalty
        when = f" from {self.period}" if self.period else ""
        capped = "" if rule.cap is None else f", at most {rule.cap}"
        return (
            f"{rule.name}{when}: {self.breaches} breached, {rule.free} of them free,"
            f" {rule.amount} for each of the rest{capped}: {self.payable}"
        )


@attrs.frozen
class Penalty:
    """
    An amount for each breach.

    >>> Penalty("critical incidents", Decimal(500), free=1).due(3).payable
    Decimal('1000')

    Attributes:
        name: What it is called.

        amount: What each breach costs.

        free: How many breaches of a period cost nothing.

        cap: The most for a period; no limit unless given.

    Raises:
        TypeError: An attribute is of another type; money is a Decimal.

        ValueError: The name is blank, or a number is negative.
    """

    name: str
    amount: Decimal
    free: int = attrs.field(default=0, kw_only=True)
    cap: Decimal | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "name")
        _check_money(self.amount, "amount")
        _check_money(_NOTHING if self.cap is None else self.cap, "cap")
        _count(self.free, "free", 0)

    def due(self, breaches: int, *, period: CompliancePeriod | None = None) -> PenaltyDue:
        """
        Return what so many breaches cost.

        Raises:
            TypeError: An argument is of another type.

            ValueError: The breaches are negative.
        """
        _count(breaches, "breaches", 0)
        check_optional(period, CompliancePeriod, "period")
        owed = _EXACT.multiply(self.amount, Decimal(max(breaches - self.free, 0)))
        payable = owed if self.cap is None else min(owed, self.cap)
        return PenaltyDue(penalty=self, period=period, breaches=breaches, payable=payable)


def total_due(
    items: Iterable[ServiceCredit | PenaltyDue], *, at_most: Decimal | None = None
) -> Decimal:
    """
    Return what credits and penalties come to together, up to a limit on them all.

    Raises:
        TypeError: *at_most* is no Decimal.

        ValueError: It is negative.
    """
    owed = _NOTHING
    for item in items:
        owed = _EXACT.add(owed, item.payable)
    return owed if at_most is None else min(owed, _check_money(at_most, "at_most"))
