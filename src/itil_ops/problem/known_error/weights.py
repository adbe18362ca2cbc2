"""
How much each ground of a match counts.
"""

from __future__ import annotations

import attrs

from itil_ops.kernel.checks import check_type, shown


@attrs.frozen(kw_only=True)
class MatchWeights:
    """
    How much each ground of a match counts (our defaults).

    By them one symptom key goes before all that a text can have in common: a word counts at most
    the logarithm of the number of known errors, about 11 among a hundred thousand.

    Attributes:
        symptom_key: What each symptom key in common counts: as much if it stands in the text as if
            it is asked for by itself.

        text: What a word counts, times its rarity.

        configuration_item: What each configuration item in common counts.

        service: What the same service counts.

        category: What the same category counts; its levels share it.

        version: What it counts that the asker's version is one of those that have the error.

        most_words: How many words of a text count, the rarest ones.

        keywords: How many times a word counts that is a keyword, or part of a symptom key.

        title: How many times a word of the title counts.

        symptoms: How many times a word of the symptoms counts.

        k1: How soon more of the same word stops to tell more (BM25): at 0 at once.

        b: How much less a word counts in a long known error (BM25): from 0, no less, to 1.

        typical_length: The number of words at which a known error is neither long nor short.

    Raises:
        TypeError: One is no number, or *most_words* no whole one.

        ValueError: One is negative, not finite or too large, *b* is above 1, or *most_words* or
            *typical_length* is 0.
    """

    symptom_key: float = 1000.0
    text: float = 1.0
    configuration_item: float = 5.0
    service: float = 2.0
    category: float = 1.0
    version: float = 2.0
    most_words: int = 32
    keywords: float = 3.0
    title: float = 2.0
    symptoms: float = 1.0
    k1: float = 1.2
    b: float = 0.75
    typical_length: float = 40.0

    def __attrs_post_init__(self) -> None:
        for name in attrs.fields_dict(MatchWeights):
            check_weight(getattr(self, name), name)
        check_type(self.most_words, int, "most_words")
        if self.b > 1:
            raise ValueError(f"b must be at most 1, not {self.b}")
        for name in ("most_words", "typical_length"):
            if not getattr(self, name):
                raise ValueError(f"{name} must be above 0")

    def strength(self, count: float, length: int) -> float:
        """
        Return how strongly a known error tells of a word, from 0 to 1.

        Args:
            count: How often it holds the word.

            length: How many words it has.
        """
        norm = 1 - self.b + self.b * length / self.typical_length
        return count / (count + self.k1 * norm)


_MOST = 1e100


def check_weight(value: object, name: str) -> None:
    """
    Check that *value* can weigh something.

    Raises:
        TypeError: It is no number.

        ValueError: It is negative, not finite, or too large to be added up.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {shown(value)}")
    if not 0 <= value <= _MOST:
        raise ValueError(f"{name} must be from 0 to {_MOST}, not {shown(value)}")
