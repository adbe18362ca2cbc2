"""
Random draws that are the same in every run, evenly spread: for walks that must visit every state.

Hypothesis looks for what is odd, so how often it visits what is ordinary changes with any test.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import attrs


@attrs.frozen
class Drawn:
    """
    What is drawn with dice, in words that Hypothesis has for it.
    """

    draw: Callable[[Random], Any]

    def map(self, change):
        return Drawn(lambda dice: change(self.draw(dice)))


def sampled_from(values):
    choice = tuple(values)
    return Drawn(lambda dice: dice.choice(choice))


def just(value):
    return Drawn(lambda _: value)


def booleans():
    return sampled_from([True, False])


def integers(low, high):
    return Drawn(lambda dice: dice.randint(low, high))


def lists(each, *, max_size):
    return Drawn(lambda dice: [each.draw(dice) for _ in range(dice.randint(0, max_size))])


def fixed_dictionaries(needed, *, optional=()):
    def drawn(dice):
        besides = {name for name in optional if dice.random() < 1 / 2}
        return {
            name: each.draw(dice)
            for name, each in {**needed, **dict(optional)}.items()
            if name in needed or name in besides
        }

    return Drawn(drawn)
