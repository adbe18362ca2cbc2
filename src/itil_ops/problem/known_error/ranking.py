"""
The best known errors out of many, without looking at each of them.

What few have is added up for each who has any of it. Of what many have, it is known in eighths how
strongly each tells of it. From both comes, for all at once, what each cannot surpass: sums of whole
numbers, of which every digit is kept as a set of bits, one for each known error, so that a step of
an addition is one operation on long numbers. Those whom these sums put first tell what it takes to
be among the best; only who can reach that is looked at.

What all have to the same degree, as a service, leaves many who are equal. Those who have nothing
else are as good as each other, and the first of them by their ids are enough.
"""

from __future__ import annotations

import heapq
import math

from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.problem.known_error.postings import Bits, Postings, bits_of, numbers_in


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from itil_ops.kernel.identity import KnownErrorId


@attrs.frozen(eq=False)
class Asked:
    """
    One thing that is asked for.

    Attributes:
        postings: Who has it.

        factor: How much it counts at full strength.
    """

    postings: Postings
    factor: float

    def weight(self, number: int) -> float:
        """
        Return what it counts for a known error; 0 for one that does not have it.
        """
        return self.factor * self.postings.strengths.get(number, 0.0)


def best(
    asked: Sequence[Asked],
    ids: Mapping[int, KnownErrorId],
    limit: int,
    *,
    without: AbstractSet[int] = frozenset(),
) -> list[int]:
    """
    Return the numbers of the *limit* best by score, of equal ones by id.

    Args:
        asked: What is asked for.

        ids: The ids of all that could be found, by their numbers.

        limit: How many at most.

        without: Those that are not to be found, whatever they have.
    """

    def rank(number: int) -> tuple[float, str]:
        return -math.fsum(one.weight(number) for one in asked), ids[number].value

    many = [one for one in asked if one.postings.are_many]
    scores = _added_up([one for one in asked if not one.postings.are_many], without)
    if many:
        field = _Field(scores, many, without)
        least = field.least(asked, limit)
        differing, *equals = field.reaching(least)
        first = (
            heapq.nsmallest(limit, numbers_in(some), key=lambda number: ids[number].value)
            for some in equals
        )
        scores = _scored(chain(numbers_in(differing), *first), asked, least)
    return heapq.nsmallest(limit, _leading(scores, limit), key=rank)


#: Sums are rounded differently in another order, and bounds must hold all the same.
_SLACK = 1 - 1e-9


def _added_up(few: Iterable[Asked], without: AbstractSet[int]) -> dict[int, float]:
    """
    Return what those who have any of *few* things have of them.
    """
    scores: dict[int, float] = {}
    so_far = scores.get
    for one in few:
        factor = one.factor
        for number, strength in one.postings.strengths.items():
            scores[number] = so_far(number, 0.0) + factor * strength
    for number in without & scores.keys():
        del scores[number]
    return scores


def _scored(numbers: Iterable[int], asked: Iterable[Asked], least: float) -> dict[int, float]:
    """
    Return what *numbers* score; who cannot come to the *least* may be left out.
    """
    falling = sorted(asked, key=lambda one: one.factor, reverse=True)
    # Added up from the smallest: taken off the largest, small ones would be lost.
    remaining = [*accumulate((one.factor for one in reversed(falling)), initial=0.0)]
    scores = dict.fromkeys(numbers, 0.0)
    for one in falling:
        factor, strength, needed = one.factor, one.postings.strengths.get, least - remaining.pop()
        scores = {
            number: score + factor * strength(number, 0.0)
            for number, score in scores.items()
            if score >= needed
        }
    return scores


def _leading(scores: dict[int, float], limit: int) -> Iterable[int]:
    """
    Return those of *scores* that may be among the best when they are summed up exactly.
    """
    least = _last_of_best(scores.values(), limit)
    return [number for number, score in scores.items() if score >= least]


def _last_of_best(scores: Iterable[float], limit: int) -> float:
    top = heapq.nlargest(limit, scores)
    return top[-1] * _SLACK if len(top) == limit else 0.0


# ---- Of all at once -----------------------------------------------------------------------------


#: What nobody in a set surpasses, and the set; nobody is in two sets of a column.
_Column: TypeAlias = "list[tuple[float, Bits]]"

#: In how many steps what few have is told apart.
_STEPS = 32

#: How many are asked for their score besides those who are wanted.
_SAMPLE = 64


#: From how many on it is quicker to look at each than to part those who are equal.
_MOST_GROUPS = 32


class _Field:
    """
    All who have anything that is asked for, and what nobody surpasses.
    """

    __slots__ = ("_all", "_columns", "_levels", "_telling")

    def __init__(
        self, scores: Mapping[int, float], many: Iterable[Asked], without: AbstractSet[int]
    ) -> None:
        self._columns = [_in_steps(scores)]
        self._levels: list[Bits] = []
        self._telling = _union(self._columns[0])
        for one in many:
            column = [(one.factor * most, who) for most, who in one.postings.bands()]
            self._columns.append(column)
            if one.postings.is_level:
                self._levels.append(_union(column))
            else:
                self._telling |= _union(column)
        everybody = _union((0.0, _union(column)) for column in self._columns)
        self._all = everybody & ~bits_of(without)

    def least(self, asked: Iterable[Asked], limit: int) -> float:
        """
        Return what at least *limit* of them reach, or 0.
        """
        most = math.fsum(max((worth for worth, _ in one), default=0.0) for one in self._columns)
        first, next_to = _Sums(self._columns, most).leaders(self._all, limit)
        sample = islice(chain(numbers_in(first), numbers_in(next_to)), limit + _SAMPLE)
        return _last_of_best(_scored(sample, asked, 0.0).values(), limit)

    def reaching(self, least: float) -> list[Bits]:
        """
        Return those who may reach *least*: who differ, then sets of those who have all the same.
        """
        reaching = _Sums(self._columns, least).over & self._all if least else self._all
        differing = reaching & self._telling
        groups = [reaching ^ differing]
        for level in self._levels:
            groups = [part for one in groups for part in (one & level, one & ~level) if part]
            if len(groups) > _MOST_GROUPS:
                return [reaching]
        return [differing, *groups]


def _in_steps(scores: Mapping[int, float]) -> _Column:
    step = max(scores.values(), default=0.0) / _STEPS
    steps: dict[int, list[int]] = {}
    for number, score in scores.items():
        steps.setdefault(int(score / step) if step else 0, []).append(number)
    return [((place + 1) * step, bits_of(numbers)) for place, numbers in steps.items()]


def _union(column: Iterable[tuple[float, Bits]]) -> Bits:
    everybody = 0
    for _, who in column:
        everybody |= who
    return everybody


#: How many binary digits the sums have.
_DIGITS = 9


class _Sums:
    """
    The sums of what nobody surpasses, for all at once, rounded up.

    Attributes:
        over: Those whose sum comes to the full amount or more.
    """

    __slots__ = ("_digits", "over")

    def __init__(self, columns: Iterable[_Column], full: float) -> None:
        self._digits: list[Bits] = [0] * _DIGITS
        self.over: Bits = 0
        for column in columns:
            self._add(_digits_of(column, full))

    def _add(self, summand: Sequence[Bits]) -> None:
        carry = 0
        for place, (one, other) in enumerate(zip(self._digits, summand, strict=False)):
            if other or carry:
                either = one ^ other
                self._digits[place] = either ^ carry
                carry = (one & other) | (carry & either)
        self.over |= carry | summand[_DIGITS]

    def leaders(self, among: Bits, limit: int) -> tuple[Bits, Bits]:
        """
        Return those with the largest sums, and those next to them: *limit* or more, if there are.
        """
        first = among & self.over
        next_to = among ^ first
        for digit in reversed(self._digits):
            larger = next_to & digit
            if (first | larger).bit_count() >= limit:
                next_to = larger
            else:
                first |= larger
                next_to ^= larger
        return first, next_to


def _digits_of(column: _Column, full: float) -> list[Bits]:
    """
    Return what each has in *column*, in binary digits; who has the *full* amount is in the last.
    """
    digits = [0] * (_DIGITS + 1)
    for worth, who in column:
        share = worth / full if full else 1.0
        units = 1 << _DIGITS if share >= 1 else math.ceil(share * (1 << _DIGITS))
        for place in range(_DIGITS + 1):
            if units >> place & 1:
                digits[place] |= who
    return digits
