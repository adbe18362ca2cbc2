"""
Child processes that start fast, and a clock for some of them that runs ahead.
"""

from __future__ import annotations

import multiprocessing


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["itil_ops.adapters.sql"])


class AheadClock:
    """
    A clock that shows more than another one, until that one is stopped.
    """

    def __init__(self, clock, by):
        self._clock = clock
        self._by = by

    def __call__(self):
        now = self._clock()
        return None if now is None else now + self._by
