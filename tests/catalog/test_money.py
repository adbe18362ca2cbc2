"""
Amounts of money.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, localcontext

import pytest

from itil_ops.catalog import Money, total
from itil_ops.catalog.money import check_price


def eur(amount):
    return Money(Decimal(amount), "EUR")


USD = Money(Decimal(5), "USD")


class TestArithmetic:
    def test_amounts_add_up(self):
        assert eur("0.10") + eur("0.20") == eur("0.30")
        assert 3 * eur("1.10") == eur("1.10") * 3 == eur("3.30")

    def test_amounts_compare(self):
        assert eur(1) < eur(2) <= eur(2) < eur("2.01")
        assert eur(2) > eur(1) >= eur(1)
        assert not eur(2) > eur(2)
        assert eur("1.0") == eur("1.00") != USD
        assert hash(eur("1.0")) == hash(eur("1.00"))

    @pytest.mark.parametrize(
        "mix",
        [
            lambda: eur(5) + USD,
            lambda: eur(5) < USD,
            lambda: eur(5) <= USD,
            lambda: eur(5) > USD,
            lambda: eur(5) >= USD,
            lambda: total([eur(5), USD]),
        ],
    )
    def test_currencies_are_not_mixed(self, mix):
        with pytest.raises(ValueError) as caught:
            mix()

        assert str(caught.value) == "amounts of EUR and of USD do not go together"

    @pytest.mark.parametrize("other", [5, Decimal(5), None, "5 EUR"])
    def test_money_goes_with_money_alone(self, other):
        with pytest.raises(TypeError):
            eur(5) + other
        with pytest.raises(TypeError):
            eur(5) < other  # noqa: B015 -- that it is refused is what is tested

    @pytest.mark.parametrize("quantity", [1.5, Decimal(2), "2", None])
    def test_money_is_multiplied_by_whole_numbers(self, quantity):
        with pytest.raises(TypeError, match="quantity must be an int"):
            eur(5) * quantity

    def test_nothing_is_rounded_whatever_the_context(self):
        cent, fortune = eur("0.01"), eur("1E+30")
        with localcontext(Context(prec=3)):
            assert (fortune + cent).amount == Decimal("1000000000000000000000000000000.01")
            assert (cent * 10**30).amount == Decimal(10) ** 28

    def test_what_cannot_be_exact_is_refused(self):
        with pytest.raises(Inexact):
            eur("1E+200") + eur("0.01")

    def test_a_total_of_nothing_is_none(self):
        assert total([]) is None
        assert total(iter([eur(1), eur(2), eur(3)])) == eur(6)

    def test_a_whole_number_is_as_good_as_a_decimal(self):
        assert Money(5, "EUR") == eur(5)
        assert type(Money(5, "EUR").amount) is Decimal

    def test_it_reads_well(self):
        assert (str(eur("5.50")), repr(eur(5))) == ("5.50 EUR", "Money(Decimal('5'), 'EUR')")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Money(True, "EUR"), TypeError, "amount must be a Decimal, not True"),
        (lambda: Money(5.0, "EUR"), TypeError, "amount must be a Decimal, not 5.0"),
        (lambda: eur("NaN"), ValueError, "amount must be a finite number, not NaN"),
        (lambda: eur("sNaN"), ValueError, "amount must be a finite number, not sNaN"),
        (lambda: eur("Infinity"), ValueError, "amount must be a finite number, not Infinity"),
        (lambda: Money(Decimal(5), "eur"), ValueError, "a code of three capitals, not 'eur'"),
        (lambda: Money(Decimal(5), "EURO"), ValueError, "a code of three capitals, not 'EURO'"),
        (lambda: Money(Decimal(5), None), TypeError, "currency must be a str, not None"),
        (lambda: total([5]), TypeError, "each of amounts must be a Money, not 5"),
        (lambda: check_price(5, "price"), TypeError, "price must be a Money or None, not 5"),
        (lambda: check_price(eur(-1), "price"), ValueError, "price must not be negative: -1 EUR"),
    ],
)
def test_bad_amounts_are_refused(make, error, words):
    with pytest.raises(error) as caught:
        make()

    assert words in str(caught.value)


def test_a_price_may_be_nothing():
    assert check_price(None, "price") is None
    assert check_price(eur(0), "price") == eur(0)
