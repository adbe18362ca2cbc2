"""
A search of known errors in memory: an inverted index.
"""

from __future__ import annotations

import heapq
import math

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from itil_ops.kernel.checks import check_limit, check_optional, check_type
from itil_ops.kernel.identity import KnownErrorId
from itil_ops.problem.known_error.keys import SymptomKeys, distinct_keys
from itil_ops.problem.known_error.postings import Postings
from itil_ops.problem.known_error.ranking import Asked, best
from itil_ops.problem.known_error.search import (
    GroundKind,
    KnownErrorMatch,
    MatchGround,
    SymptomQuery,
)
from itil_ops.problem.known_error.terms import words_in
from itil_ops.problem.known_error.weights import MatchWeights


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from itil_ops.kernel.vocabulary import CategoryPath
    from itil_ops.problem.known_error.search import Searchable


_USUAL = MatchWeights()


class KnownErrorIndex:
    """
    Known errors in memory, found by what they have in common with what is asked.

    A match scores the sum of its grounds. A symptom key, a configuration item, the service and the
    version count what `MatchWeights` says, a category by the levels that are the same. What is
    fixed in the version that is asked for is not found. A key counts as much where
    it stands in the text, in whole words; the keys of a known error should be such as stand for
    its symptom alone. A word of the text counts by BM25: more if it is rare among the known errors
    that are here, and if a known error says it often and in few words. So every word counts by
    itself, whatever else is asked.

    The answer is exact, and the same for the same known errors, in whatever order they came. To
    put or to remove one costs by its own length, however many there are.

    Of each one that was put, its own `version` is remembered (if it has one), also when it goes out
    as retired: a small number for each, as long as the index lives or until it is removed. So what
    comes late or twice, from several readers of a feed say, cannot bring back what is out of date.

    Several threads may search at a time; while one puts or removes, nobody else may do anything.
    An index pickles, if *tokenize* does.

    >>> from types import SimpleNamespace
    >>> stuck = SimpleNamespace(
    ...     id=KnownErrorId("KE-7"), title="Mail queue is stuck", symptoms="No mail goes out.",
    ...     keywords=["smtp"], symptom_keys=["451-4.7.0"], services=["email"],
    ...     configuration_items=[], category=None, versions=["3.3"], fixed_in=["3.4"],
    ...     is_searchable=True,
    ... )
    >>> index = KnownErrorIndex([stuck])
    >>> [match] = index.search(SymptomQuery(text="My mail is stuck!", service="email"))
    >>> match.explain()
    "KE-7 scores 2.68: it has the service 'email' (2), the term 'mail' (0.239),
    the term 'is' (0.22) and the term 'stuck' (0.22). It is fixed in '3.4'."
    >>> index.search(SymptomQuery(text="My mail is stuck!", version="3.4"))
    ()
    >>> [match] = index.search(SymptomQuery(text="It said: 451-4.7.0, try later."))
    >>> str(match.grounds[0])
    "the symptom key '451-4.7.0' (1000)"

    Attributes:
        known_errors: The known errors to begin with.

        weights: How much each ground counts.

        tokenize: Makes words of a text, both of known errors and of what is asked. No word is left
            out unless it does so: among few known errors, common words count too.

    Raises:
        TypeError: *weights* are none, *tokenize* cannot be called, or a known error has no id.
    """

    __slots__ = (
        "_fixed",
        "_fixes",
        "_free",
        "_held",
        "_ids",
        "_keys",
        "_newest",
        "_numbers",
        "_postings",
        "_tokenize",
        "_weights",
    )

    def __init__(
        self,
        known_errors: Iterable[Searchable] = (),
        *,
        weights: MatchWeights = _USUAL,
        tokenize: Callable[[str], Iterable[str]] = words_in,
    ) -> None:
        if not callable(tokenize):
            raise TypeError(f"tokenize must be callable, not {tokenize!r}")
        self._weights = check_type(weights, MatchWeights, "weights")
        self._tokenize = tokenize
        self._keys = SymptomKeys(tokenize)
        self._free: list[int] = []
        self._numbers: dict[KnownErrorId, int] = {}
        self._ids: dict[int, KnownErrorId] = {}
        self._held: dict[int, tuple[Postings, ...]] = {}
        self._fixes: dict[int, tuple[str, ...]] = {}
        self._fixed: dict[str, set[int]] = {}
        self._newest: dict[KnownErrorId, int] = {}
        self._postings: dict[GroundKind, dict[str, Postings]] = {kind: {} for kind in GroundKind}
        for known_error in known_errors:
            self.put(known_error)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, id: object) -> bool:
        return id in self._numbers

    def __repr__(self) -> str:
        return f"<KnownErrorIndex of {len(self)} known errors>"

    # ---- What can be found --------------------------------------------------------------------

    def put(self, known_error: Searchable) -> None:
        """
        Take in *known_error*, in place of what was known of it; out, if it is not searchable.

        One with a lower `version` than was put before changes nothing.

        Raises:
            TypeError: It has no id of a known error, or its `version` is no whole number.
        """
        id = check_type(getattr(known_error, "id", None), KnownErrorId, "a known error's id")
        version = check_optional(getattr(known_error, "version", None), int, "its version")
        if version is not None and version < self._newest.get(id, version):
            return
        strengths = self._strengths(known_error) if known_error.is_searchable else {}
        keys = {key: self._keys.words(key) for key in strengths.get(GroundKind.SYMPTOM_KEY, ())}
        fixed_in = tuple(dict.fromkeys(known_error.fixed_in))
        self._let_go(id)
        if strengths:
            self._add(id, strengths, keys, fixed_in)
        if version is not None:
            self._newest[id] = version

    def remove(self, id: KnownErrorId) -> None:
        """
        Let go of a known error; of one that is not here, there is nothing to let go of.

        Its `version` is forgotten too: what is put of it later is taken in, however old.

        Raises:
            TypeError: *id* is none of a known error.
        """
        self._let_go(check_type(id, KnownErrorId, "id"))
        self._newest.pop(id, None)

    def _let_go(self, id: KnownErrorId) -> None:
        number = self._numbers.pop(id, None)
        if number is None:
            return
        del self._ids[number]
        self._free.append(number)
        for version in self._fixes.pop(number, ()):
            self._fixed[version].remove(number)
            if not self._fixed[version]:
                del self._fixed[version]
        for postings in self._held.pop(number):
            postings.remove(number)
            if not postings.strengths:
                del self._postings[postings.kind][postings.what]
                if postings.kind is GroundKind.SYMPTOM_KEY:
                    self._keys.remove(postings.what)

    def _add(
        self,
        id: KnownErrorId,
        strengths: dict[GroundKind, dict[str, float]],
        keys: dict[str, tuple[str, ...]],
        fixed_in: tuple[str, ...],
    ) -> None:
        for key, words in keys.items():
            if key not in self._postings[GroundKind.SYMPTOM_KEY]:
                self._keys.add(key, words)
        # What went out leaves its number to the next one, so that numbers stay small.
        number = self._free.pop() if self._free else len(self._ids)
        held = []
        for kind, found in strengths.items():
            known = self._postings[kind]
            for what, strength in found.items():
                postings = known.get(what)
                if postings is None:
                    postings = known[what] = Postings(kind, what)
                postings.add(number, strength)
                held.append(postings)
        self._numbers[id], self._ids[number], self._held[number] = number, id, tuple(held)
        for version in fixed_in:
            self._fixed.setdefault(version, set()).add(number)
        if fixed_in:
            self._fixes[number] = fixed_in

    def _strengths(self, known_error: Searchable) -> dict[GroundKind, dict[str, float]]:
        """
        Return how strongly *known_error* tells of what.
        """
        items = (item.value for item in known_error.configuration_items)
        return {
            GroundKind.SYMPTOM_KEY: dict.fromkeys(distinct_keys(known_error.symptom_keys), 1.0),
            GroundKind.TERM: self._words(known_error),
            GroundKind.CONFIGURATION_ITEM: dict.fromkeys(items, 1.0),
            GroundKind.SERVICE: dict.fromkeys(known_error.services, 1.0),
            GroundKind.CATEGORY: dict.fromkeys(_levels(known_error.category), 1.0),
            GroundKind.VERSION: dict.fromkeys(known_error.versions, 1.0),
        }

    def _words(self, known_error: Searchable) -> dict[str, float]:
        weights, words = self._weights, self._tokens
        marked = chain(known_error.keywords, known_error.symptom_keys)
        fields = (
            (weights.keywords, Counter(chain.from_iterable(map(words, marked)))),
            (weights.title, Counter(words(known_error.title))),
            (weights.symptoms, Counter(words(known_error.symptoms or ""))),
        )
        length = sum(count.total() for _, count in fields)
        counted: dict[str, float] = {}
        for boost, counts in fields:
            for word, count in counts.items():
                counted[word] = counted.get(word, 0.0) + boost * count
        # One float for all words that are as strong: there are thousands of thousands of them.
        strong = {
            count: weights.strength(count, length) for count in set(counted.values()) if count
        }
        return {word: strong[count] for word, count in counted.items() if count}

    def _tokens(self, text: str) -> Iterable[str]:
        return filter(None, self._tokenize(text))

    # ---- What is found ------------------------------------------------------------------------

    def search(self, query: SymptomQuery, *, limit: int = 10) -> tuple[KnownErrorMatch, ...]:
        """
        Return the known errors that match *query* best, see `KnownErrorSearch.search`.
        """
        asked = self._asked(check_type(query, SymptomQuery, "query"))
        check_limit(limit)
        fixed: AbstractSet[int] = set()
        if query.version is not None:
            fixed = self._fixed.get(query.version, fixed)
        found = best(asked, self._ids, limit, without=fixed)
        return tuple(self._match(number, asked) for number in found)

    def _match(self, number: int, asked: Iterable[Asked]) -> KnownErrorMatch:
        grounds = [
            MatchGround(one.postings.kind, one.postings.what, one.weight(number))
            for one in asked
            if number in one.postings.strengths
        ]
        id, fixed_in = self._ids[number], self._fixes.get(number, ())
        return KnownErrorMatch(known_error=id, grounds=grounds, fixed_in=fixed_in)

    def _asked(self, query: SymptomQuery) -> list[Asked]:
        """
        Return what *query* asks for that anybody has, and that counts.
        """
        return [
            Asked(postings, factor)
            for kind, what, factor in self._factors(query)
            if factor and (postings := self._postings[kind].get(what)) is not None
        ]

    def _factors(self, query: SymptomQuery) -> Iterator[tuple[GroundKind, str, float]]:
        weights = self._weights
        for key in self._keys_in(query):
            yield GroundKind.SYMPTOM_KEY, key, weights.symptom_key
        for item in dict.fromkeys(query.configuration_items):
            yield GroundKind.CONFIGURATION_ITEM, item.value, weights.configuration_item
        if query.service is not None:
            yield GroundKind.SERVICE, query.service, weights.service
        if query.version is not None:
            yield GroundKind.VERSION, query.version, weights.version
        levels = _levels(query.category)
        for level in levels:
            yield GroundKind.CATEGORY, level, weights.category / len(levels)
        for word in self._telling(query.text or ""):
            yield GroundKind.TERM, word, weights.text * self._rarity(word)

    def _keys_in(self, query: SymptomQuery) -> Iterable[str]:
        named = chain.from_iterable(map(self._keys.same_as, query.symptom_keys))
        return dict.fromkeys(chain(named, self._keys.standing_in(query.text or "")))

    def _telling(self, text: str) -> list[str]:
        """
        Return those words of *text* that are known, the rarest first, and no more than may count.
        """
        known = self._postings[GroundKind.TERM]
        words = {word for word in self._tokens(text) if word in known}
        return heapq.nsmallest(
            self._weights.most_words, words, key=lambda word: (-self._rarity(word), word)
        )

    def _rarity(self, word: str) -> float:
        having = len(self._postings[GroundKind.TERM][word].strengths)
        return math.log1p((len(self) - having + 0.5) / (having + 0.5))


def _levels(category: CategoryPath | None) -> list[str]:
    """
    Return a category and all that it lies in, as paths.
    """
    if category is None:
        return []
    levels = category.levels
    return ["/".join(levels[:depth]) for depth in range(1, len(levels) + 1)]
