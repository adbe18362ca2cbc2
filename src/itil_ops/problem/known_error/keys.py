"""
Symptom keys: which are the same, and which stand in a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from itil_ops.problem.known_error.terms import folded


if TYPE_CHECKING:
    from collections.abc import Iterator


#: A word may begin or end at these, though they join words to what is searched as a whole too.
_LOOSE = str.maketrans(dict.fromkeys(":/@\\", " "))


def same_key(key: str) -> str:
    """
    Return what is equal for two spellings of the same key: case, accents and blanks aside.

    >>> same_key("451  4.7.0") == same_key("451 4.7.0") != same_key("451-4.7.0")
    True
    """
    return " ".join(folded(key).split())


def distinct_keys(keys: Iterable[str]) -> Iterable[str]:
    """
    Return *keys*, the first spelling of each.
    """
    first: dict[str, str] = {}
    for key in keys:
        first.setdefault(same_key(key), key)
    return first.values()


@attrs.define
class SymptomKeys:
    """
    Keys by their words, so that those that stand in a text are found without a look at all of them.

    A key stands in a text if its words do, one after the other and whole, and if it does so to the
    letter, case, accents and blanks aside. So "4.7" does not stand in "4.7.1", nor "-1" in "1".

    Attributes:
        tokenize: Makes words of a text.
    """

    tokenize: Callable[[str], Iterable[str]]
    _words: dict[str, tuple[str, ...]] = attrs.Factory(dict)
    _spellings: dict[tuple[str, ...], tuple[str, ...]] = attrs.Factory(dict)
    _lengths: Counter[int] = attrs.Factory(Counter)

    def words(self, key: str) -> tuple[str, ...]:
        """
        Return the words of a key; one that has none is a word of its own, that no text has.
        """
        return self._words_of(key) or (same_key(key),)

    def add(self, key: str, words: tuple[str, ...]) -> None:
        """
        Take in a key that is not here yet, with its words.
        """
        self._words[key] = words
        if words not in self._spellings:
            self._lengths[len(words)] += 1
        self._spellings[words] = (*self._spellings.get(words, ()), key)

    def remove(self, key: str) -> None:
        """
        Let go of a key.
        """
        words = self._words.pop(key)
        others = tuple(other for other in self._spellings[words] if other != key)
        if others:
            self._spellings[words] = others
            return
        del self._spellings[words]
        self._lengths[len(words)] -= 1
        if not self._lengths[len(words)]:
            del self._lengths[len(words)]

    def same_as(self, key: str) -> Iterator[str]:
        """
        Yield all spellings of *key* that are here.
        """
        wanted = same_key(key)
        for other in self._spellings.get(self.words(key), ()):
            if same_key(other) == wanted:
                yield other

    def standing_in(self, text: str) -> Iterator[str]:
        """
        Yield the keys that stand in *text*.
        """
        if not self._words:
            return
        letters = same_key(text.translate(_LOOSE))
        for run in dict.fromkeys(self._known_runs(self._words_of(text))):
            for key in self._spellings[run]:
                if same_key(key.translate(_LOOSE)) in letters:
                    yield key

    def _words_of(self, text: str) -> tuple[str, ...]:
        return tuple(filter(None, self.tokenize(folded(text.translate(_LOOSE)))))

    def _known_runs(self, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                run = words[start : start + length]
                if run in self._spellings:
                    yield run
