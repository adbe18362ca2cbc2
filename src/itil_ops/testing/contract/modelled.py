"""
Random histories on a store and on the model of one (all clauses but those of many at once).
"""

from __future__ import annotations

import itertools

from typing import TYPE_CHECKING

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.model import ModelPlayer
from itil_ops.testing.playing import Game, StorePlayer


if TYPE_CHECKING:
    import random

    from itil_ops.repositories.ports import Store


class ModelledContract(Contract):
    """
    A store against three dicts.
    """

    @clause("C1", "C4", "C5", "C6", "C7", "C8", "C9", "C12", "C13")
    def test_a_random_history_comes_to_what_the_model_comes_to(self, store: Store) -> None:
        """
        After any moves, values and errors are those of three dicts that do the same.
        """
        games = itertools.count()

        # To make what fails shorter would take minutes; the first games are short by themselves.
        @settings(max_examples=self.examples, deadline=None, database=None, phases=[Phase.generate])
        @given(st.randoms(use_true_random=False))
        def play(chance: random.Random) -> None:
            player = StorePlayer(
                store,
                has_due_work=self.can(Capability.DUE_WORK),
                has_feed=self.can(Capability.FEED),
            )
            number = next(games)
            steps = min(5 + 2 * number, self.steps)
            Game(chance, player, ModelPlayer(), f"game {number}").play(steps)

        play()
