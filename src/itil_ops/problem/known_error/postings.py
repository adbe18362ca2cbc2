"""
Who has a thing that is asked for, and how much of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.problem.known_error.search import GroundKind


if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


#: Strengths are told apart by eighths, and those below a half not at all: most are there.
_BANDS, _LOWEST = 8, 4

#: Of how many at most it is not worth while to tell them apart.
_FEW = 64

_Bands: TypeAlias = dict[int, set[int]]


@attrs.define(eq=False)
class Postings:
    """
    The known errors that have one thing: a word, a key, a service.

    Most tell of a word weakly. Where there are many, those that tell of it strongly are kept in
    bands besides, so that the few best can be had without all the others.

    Attributes:
        kind: What kind of thing.

        what: The thing.

        strengths: How strongly each tells of it, from 0 to 1, by the number of the known error.
    """

    kind: GroundKind
    what: str
    strengths: dict[int, float] = attrs.Factory(dict)
    _bands: _Bands | None = None

    def add(self, number: int, strength: float) -> None:
        """
        Take in a known error.
        """
        self.strengths[number] = strength
        if self._bands is not None:
            _put(self._bands, number, strength)
        elif len(self.strengths) > _FEW:
            self._bands = {}
            for one, its_strength in self.strengths.items():
                _put(self._bands, one, its_strength)

    def remove(self, number: int) -> None:
        """
        Let go of a known error.
        """
        band = _band(self.strengths.pop(number))
        if self._bands is not None and band >= _LOWEST:
            self._bands[band].remove(number)
            if not self._bands[band]:
                del self._bands[band]

    def falling(self) -> Iterator[tuple[float, Collection[int]]]:
        """
        Yield all by falling strength, in groups: what nobody in it and after it surpasses, and who.

        Who was in a group may be in the last one again.
        """
        if self._bands is None:
            yield max(self.strengths.values()), self.strengths
            return
        for band in sorted(self._bands, reverse=True):
            yield (band + 1) / _BANDS, self._bands[band]
        if sum(map(len, self._bands.values())) < len(self.strengths):
            yield _LOWEST / _BANDS, self.strengths


def _band(strength: float) -> int:
    return min(int(strength * _BANDS), _BANDS - 1)


def _put(bands: _Bands, number: int, strength: float) -> None:
    band = _band(strength)
    if band >= _LOWEST:
        bands.setdefault(band, set()).add(number)
