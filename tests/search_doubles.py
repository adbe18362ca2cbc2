"""
Known errors that are made to be searched, and a search that looks at every one of them.
"""

from __future__ import annotations

import heapq
import math
import re

from collections import Counter

import attrs

from itil_ops.kernel.identity import ConfigurationItemId, KnownErrorId
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.problem.known_error.search import (
    GroundKind,
    KnownErrorMatch,
    MatchGround,
)
from itil_ops.problem.known_error.terms import folded, words_in
from itil_ops.problem.known_error.weights import MatchWeights


@attrs.frozen(kw_only=True)
class Told:
    """
    What a known error tells.
    """

    id: KnownErrorId
    title: str = "?"
    symptoms: str | None = None
    keywords: tuple[str, ...] = ()
    symptom_keys: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    configuration_items: tuple[ConfigurationItemId, ...] = ()
    category: CategoryPath | None = None
    versions: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()
    is_searchable: bool = True
    version: int | None = None


def told(name, symptoms=None, **facts):
    return Told(id=KnownErrorId(name), symptoms=symptoms, **facts)


class NaiveSearch:
    """
    A search that weighs every known error, word by word. Only what words there are is counted once.
    """

    def __init__(self, known_errors, weights=None):
        self.weights = MatchWeights() if weights is None else weights
        self.known_errors = [one for one in known_errors if one.is_searchable]
        self.words = [self._words(one) for one in self.known_errors]
        self.having = Counter(word for counts, _ in self.words for word in counts)

    def search(self, query, *, limit=10):
        asked = self._asked(query.text or "")
        grounds = (
            (one, [ground for ground in self._grounds(one, *told, query, asked) if ground.weight])
            for one, told in zip(self.known_errors, self.words, strict=True)
            if query.version not in one.fixed_in
        )
        matches = (
            KnownErrorMatch(known_error=one.id, grounds=found, fixed_in=dict.fromkeys(one.fixed_in))
            for one, found in grounds
            if found
        )
        ranked = heapq.nsmallest(
            limit, matches, key=lambda match: (-match.score, match.known_error.value)
        )
        return tuple(ranked)

    def _words(self, one):
        weights = self.weights
        marked, title, symptoms = (
            Counter(word for text in texts for word in words_in(text))
            for texts in ((*one.keywords, *one.symptom_keys), [one.title], [one.symptoms or ""])
        )
        counts = {
            word: weights.keywords * marked[word]
            + weights.title * title[word]
            + weights.symptoms * symptoms[word]
            for word in marked | title | symptoms
        }
        length = sum((marked + title + symptoms).values())
        return {word: count for word, count in counts.items() if count}, length

    def _asked(self, text):
        rarities = {word: self._rarity(word) for word in words_in(text) if self.having[word]}
        order = sorted(rarities, key=lambda word: (-rarities[word], word))
        return {word: rarities[word] for word in order[: self.weights.most_words]}

    def _rarity(self, word):
        having = self.having[word]
        return math.log1p((len(self.known_errors) - having + 0.5) / (having + 0.5))

    def _grounds(self, one, counts, length, query, asked):
        weights = self.weights
        for key in {_plain(key): key for key in reversed(one.symptom_keys)}.values():
            named = _plain(key) in {_plain(other) for other in query.symptom_keys}
            if named or _stands_in(key, query.text or ""):
                yield MatchGround(GroundKind.SYMPTOM_KEY, key, weights.symptom_key)
        for item in {*query.configuration_items} & {*one.configuration_items}:
            weight = weights.configuration_item
            yield MatchGround(GroundKind.CONFIGURATION_ITEM, item.value, weight)
        if query.service in one.services:
            yield MatchGround(GroundKind.SERVICE, query.service, weights.service)
        if query.version in one.versions:
            yield MatchGround(GroundKind.VERSION, query.version, weights.version)
        for path in {*_paths(query.category)} & {*_paths(one.category)}:
            share = weights.category / len(_paths(query.category))
            yield MatchGround(GroundKind.CATEGORY, path, share)
        norm = 1 - weights.b + weights.b * length / weights.typical_length
        for word, rarity in asked.items():
            if word in counts:
                strength = counts[word] / (counts[word] + weights.k1 * norm)
                yield MatchGround(GroundKind.TERM, word, weights.text * rarity * strength)


def _plain(text):
    return " ".join(folded(text).split())


def _stands_in(key, text):
    key, text = (_plain(re.sub(r"[:/@\\]", " ", each)) for each in (key, text))
    words, said = (f"\0{chr(0).join(words_in(each))}\0" for each in (key, text))
    return words != "\0\0" and words in said and key in text


def _paths(category):
    parts = [] if category is None else category.path.split("/")
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
