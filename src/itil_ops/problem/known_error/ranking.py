"""
The best known errors out of many, without looking at all of them.

Of every word that is asked for, those come first that tell of it most strongly, and rare words
before common ones. What nobody who is still to come can surpass falls with each step; once that is
less than what the last of the best has, nobody else has to be looked at. So the commonest words,
which stand nearly everywhere and tell next to nothing, are only asked for those whom others
brought. (The idea is that of the threshold algorithm: Fagin, Lotem and Naor, "Optimal aggregation
algorithms for middleware", 2003.)
"""

from __future__ import annotations

import heapq
import math

from itertools import accumulate
from typing import TYPE_CHECKING

import attrs

from itil_ops.problem.known_error.postings import Postings


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


def best(asked: Sequence[Asked], ids: Mapping[int, KnownErrorId], limit: int) -> list[int]:
    """
    Return the numbers of the *limit* best by score, of equal ones by id.

    Args:
        asked: What is asked for.

        ids: The ids of all that could be found, by their numbers.

        limit: How many at most.
    """

    def rank(number: int) -> tuple[float, str]:
        return -math.fsum(one.weight(number) for one in asked), ids[number].value

    return heapq.nsmallest(limit, candidates(asked, limit), key=rank)


#: Sums are rounded differently in another order, and bounds must hold all the same.
_SLACK = 1 - 1e-9


def candidates(asked: Iterable[Asked], limit: int) -> Iterable[int]:
    """
    Return known errors among which the *limit* best are, and all that equal the last of them.
    """
    descents = [_Descent(one) for one in asked]
    scores: dict[int, float] = {}
    seen: set[int] = set()
    least = 0.0
    while descents and sum(one.most for one in descents) >= least:
        leading = max(descents, key=_gain)
        fresh = leading.unless(seen)
        seen.update(fresh)
        scores.update(_scored(fresh, [one for one in descents if one is not leading], least))
        if len(scores) >= limit:
            least = heapq.nlargest(limit, scores.values())[-1] * _SLACK
            scores = {number: score for number, score in scores.items() if score >= least}
        if not leading.descend():
            descents.remove(leading)
    return scores


class _Descent:
    """
    The way down those that have one thing, from the one that tells of it most strongly.

    Attributes:
        factor: How much the thing counts at full strength.

        strengths: How strongly each tells of it.

        most: What nobody who is still to come gets from it more than.

        gain: How far that falls with the next group, for each who is in it.
    """

    __slots__ = ("_group", "_groups", "factor", "gain", "most", "strengths")

    def __init__(self, one: Asked) -> None:
        self.factor = one.factor
        self.strengths = one.postings.strengths
        self._groups = [*one.postings.falling()][::-1]
        self.descend()

    def descend(self) -> bool:
        """
        Go on to the next group, if there is one.
        """
        if not self._groups:
            return False
        highest, self._group = self._groups.pop()
        below = self._groups[-1][0] if self._groups else 0.0
        self.most = self.factor * highest
        self.gain = self.factor * (highest - below) / len(self._group)
        return True

    def unless(self, seen: AbstractSet[int]) -> dict[int, float]:
        """
        Return what those in the group get, unless they were *seen*.
        """
        factor, strengths = self.factor, self.strengths
        return {number: factor * strengths[number] for number in self._group if number not in seen}


def _gain(descent: _Descent) -> float:
    return descent.gain


def _scored(scores: dict[int, float], others: Iterable[_Descent], least: float) -> dict[int, float]:
    """
    Return *scores* with what the *others* add; who cannot come to the *least* may be left out.
    """
    falling = sorted(others, key=lambda one: one.most, reverse=True)
    remaining = [*accumulate((one.most for one in reversed(falling)), initial=0.0)]
    for one in falling:
        factor, strength, needed = one.factor, one.strengths.get, least - remaining.pop()
        scores = {
            number: score + factor * strength(number, 0.0)
            for number, score in scores.items()
            if score >= needed
        }
    return scores
