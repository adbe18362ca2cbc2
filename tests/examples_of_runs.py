"""
How many examples a property is tried on: few as a rule, what the profile says in a long run.
"""

from __future__ import annotations

from hypothesis import settings


USUAL = settings.get_profile("default").max_examples


def tried(examples):
    """
    Return settings for so many *examples* in an ordinary run.
    """
    asked = settings.default.max_examples
    return settings(max_examples=examples if asked == USUAL else asked, deadline=None)
