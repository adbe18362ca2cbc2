"""
Amounts of money: a `Decimal` with a currency, so that nothing is lost and nothing mixed.
"""

from __future__ import annotations

import re

from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.readable import Readable


if TYPE_CHECKING:
    from collections.abc import Iterable


def _amount(value: Decimal | int) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return check_type(value, Decimal, "amount")


_CODE = re.compile(r"[A-Z]{3}")
# Whatever is set for the caller's own numbers: an amount is never rounded behind anybody's back.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


@attrs.frozen(repr=False, order=False)
class Money(Readable):
    """
    An amount in a currency.

    >>> Money(Decimal("1299.90"), "EUR") + 2 * Money(Decimal("49.50"), "EUR")
    Money(Decimal('1398.90'), 'EUR')
    >>> Money(Decimal(5), "EUR") > Money(Decimal(3), "USD")
    Traceback (most recent call last):
    ...
    ValueError: amounts of EUR and of USD do not go together

    Attributes:
        amount: How much; a `Decimal` or a whole number, for binary fractions are no money.

        currency: The code of the currency in three capitals (ISO 4217).

    Raises:
        TypeError: *amount* is neither a `Decimal` nor a whole number, or *currency* no text.

        ValueError: *amount* is no finite number, or *currency* no code.
    """

    amount: Decimal = attrs.field(converter=_amount)
    currency: str

    def __attrs_post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"amount must be a finite number, not {self.amount}")
        if _CODE.fullmatch(check_type(self.currency, str, "currency")) is None:
            raise ValueError(f"currency must be a code of three capitals, not {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(_EXACT.add(self.amount, self._like(other)), self.currency)

    def __mul__(self, quantity: int) -> Money:
        times = Decimal(check_type(quantity, int, "quantity"))
        return Money(_EXACT.multiply(self.amount, times), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._like(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._like(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._like(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._like(other)

    def _like(self, other: Money) -> Decimal:
        if check_type(other, Money, "the other amount").currency != self.currency:
            raise ValueError(
                f"amounts of {self.currency} and of {other.currency} do not go together"
            )
        return other.amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({self.amount!r}, {self.currency!r})"


def check_price(value: object, name: str) -> Money | None:
    """
    Return *value* if it is `None` or an amount that is not negative.

    Raises:
        TypeError: It is no `Money`.

        ValueError: It is negative.
    """
    price = check_optional(value, Money, name)
    if price is not None and price.amount < 0:
        raise ValueError(f"{name} must not be negative: {price}")
    return price


def total(amounts: Iterable[Money]) -> Money | None:
    """
    Return what *amounts* come to; `None` where there are none.

    Raises:
        TypeError: There is something else among them.

        ValueError: They are of several currencies.
    """
    found = several(amounts, Money, "amounts")
    return reduce(add, found) if found else None
