"""
Who has a thing that is asked for, and how much of it.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.problem.known_error.search import GroundKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


#: Strengths are told apart by eighths where there are many.
BANDS = 8

#: Below how many, or which share of all, those who have a thing are few.
_FEW, _SHARE = 64, 128

#: Known errors as a number, in which the bit of each is set: sums of such sets are quick.
Bits: TypeAlias = int


@attrs.define(eq=False)
class Postings:
    """
    The known errors that have one thing: a word, a key, a service.

    Where there are many, they are kept as bits besides, parted by how strongly they tell of it.

    Attributes:
        kind: What kind of thing.

        what: The thing.

        strengths: How strongly each tells of it, from 0 to 1, by the number of the known error.
    """

    kind: GroundKind
    what: str
    strengths: dict[int, float] = attrs.Factory(dict)
    _bands: dict[int, bytearray] | None = None

    @property
    def are_many(self) -> bool:
        """
        Whether so many have it that they are kept as bits too.
        """
        return self._bands is not None

    @property
    def is_level(self) -> bool:
        """
        Whether all tell of it as strongly: only of a word one can tell more or less.
        """
        return self.kind is not GroundKind.TERM

    def add(self, number: int, strength: float) -> None:
        """
        Take in a known error.
        """
        self.strengths[number] = strength
        if self._bands is not None:
            _set(self._bands.setdefault(_band(strength), bytearray()), number)
        elif len(self.strengths) > max(_FEW, number // _SHARE):
            self._bands = {}
            for one, its_strength in self.strengths.items():
                _set(self._bands.setdefault(_band(its_strength), bytearray()), one)

    def remove(self, number: int) -> None:
        """
        Let go of a known error.
        """
        strength = self.strengths.pop(number)
        if self._bands is not None:
            self._bands[_band(strength)][number >> 3] &= ~(1 << (number & 7))

    def bands(self) -> Iterator[tuple[float, Bits]]:
        """
        Yield what those in each band do not surpass, and who they are, where they are many.
        """
        for band, marked in (self._bands or {}).items():
            yield (band + 1) / BANDS, int.from_bytes(marked, "little")


def _band(strength: float) -> int:
    return min(int(strength * BANDS), BANDS - 1)


def _set(marked: bytearray, number: int) -> None:
    place = number >> 3
    if place >= len(marked):
        marked.extend(bytes(place + 1 - len(marked)))
    marked[place] |= 1 << (number & 7)


def bits_of(numbers: Iterable[int]) -> Bits:
    """
    Return *numbers* as bits.
    """
    marked = bytearray()
    for number in numbers:
        _set(marked, number)
    return int.from_bytes(marked, "little")


_IN_A_BYTE = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def numbers_in(bits: Bits) -> Iterator[int]:
    """
    Yield the numbers whose bits are set.

    >>> list(numbers_in(bits_of([70, 3])))
    [3, 70]
    """
    marked = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for place in compress(range(len(marked)), marked):
        for bit in _IN_A_BYTE[marked[place]]:
            yield place << 3 | bit
