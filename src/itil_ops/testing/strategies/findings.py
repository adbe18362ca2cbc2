"""
What is found among incidents and known errors, what it is asked for with, and who decides by it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from itil_ops.problem.known_error.policies import RegularValidation
from itil_ops.problem.known_error.search import KnownErrorMatch, MatchGround, SymptomQuery
from itil_ops.problem.known_error.weights import MatchWeights
from itil_ops.problem.recurrence import SimilarInWindow
from itil_ops.problem.severity import SeverityScale, WeightedSeverity
from itil_ops.problem.similarity import Likeness, SimilarityKey
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, of, tell
from itil_ops.testing.strategies.hours import durations


# ---- Similar incidents ----------------------------------------------------------------------

_windows = plain.amounts().map(lambda amount: amount or timedelta(days=30))


def likenesses() -> st.SearchStrategy[Likeness]:
    """
    Return what similar incidents have in common, in words of its own or not.
    """
    values = st.lists(plain.texts(), min_size=1, max_size=2)
    return built(Likeness, values=values, text=st.just("") | plain.texts())


def similarity_keys() -> st.SearchStrategy[SimilarityKey]:
    """
    Return keys of one field or several.
    """
    fields = st.lists(plain.texts(), min_size=1, max_size=3, unique=True)
    return st.builds(_key, fields, st.none() | st.integers(1, 4))


def _key(fields: list[str], levels: int | None) -> SimilarityKey:
    return SimilarityKey(*fields, category_levels=levels)


# ---- Search of known errors -----------------------------------------------------------------


def symptom_queries() -> st.SearchStrategy[SymptomQuery]:
    """
    Return what is known of an incident: a text, a symptom key, a service or a version at least.
    """
    keys = st.lists(plain.texts(), min_size=1, max_size=2)
    return st.one_of(
        built(SymptomQuery, text=plain.texts().map("No mail: {}".format)),
        built(SymptomQuery, symptom_keys=keys),
        built(SymptomQuery, service=plain.texts()),
        built(SymptomQuery, version=plain.texts()),
    )


def matches() -> st.SearchStrategy[KnownErrorMatch]:
    """
    Return known errors that were found, and why.
    """
    return built(KnownErrorMatch, grounds=st.lists(of(MatchGround), min_size=1, max_size=3))


def match_weights() -> st.SearchStrategy[MatchWeights]:
    """
    Return how much each ground counts.
    """
    shares, lengths = st.floats(0, 1), st.floats(1, 100)
    return built(MatchWeights, b=shares, most_words=st.integers(1, 100), typical_length=lengths)


# ---- Severity -------------------------------------------------------------------------------


def _scale(answers: st.SearchStrategy[Any]) -> st.SearchStrategy[SeverityScale]:
    pairs = st.tuples(answers, answers).map(sorted)
    return st.builds(_scaled, pairs, st.integers(0, 9))


def _scaled(answers: list[Any], weight: int) -> SeverityScale:
    one_from, two_from = answers
    return SeverityScale(one_from, two_from, weight)


def scales() -> st.SearchStrategy[SeverityScale]:
    """
    Return how an answer counts, be it an amount of money, a number or a time.
    """
    return _scale(plain.decimals()) | _scale(st.integers(0, 99)) | _scale(plain.amounts())


def weighted_severities() -> st.SearchStrategy[WeightedSeverity]:
    """
    Return how the answers to all questions count.
    """
    counts = _scale(st.integers(0, 99))
    return built(
        WeightedSeverity,
        cost=_scale(plain.decimals()),
        people=counts,
        skills=counts,
        fix_duration=_scale(plain.amounts()),
        configuration_items=counts,
        replace=counts,
    )


# ---- Policies -------------------------------------------------------------------------------


def _regular_validations() -> st.SearchStrategy[RegularValidation]:
    every = durations().filter(lambda duration: duration != timedelta())
    return built(RegularValidation, every=st.none() | every)


def _similar_in_window() -> st.SearchStrategy[SimilarInWindow]:
    return built(SimilarInWindow, at_least=st.integers(2, 99), window=_windows)


tell(Likeness, likenesses)
tell(SimilarityKey, similarity_keys)
tell(SymptomQuery, symptom_queries)
tell(KnownErrorMatch, matches)
tell(MatchWeights, match_weights)
tell(SeverityScale, scales)
tell(WeightedSeverity, weighted_severities)
tell(RegularValidation, _regular_validations)
tell(SimilarInWindow, _similar_in_window)
