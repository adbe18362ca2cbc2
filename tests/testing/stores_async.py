"""
An asynchronous store: the one in memory, with a turn of the loop at each call.
"""

from __future__ import annotations

import asyncio

from itil_ops.repositories import MemoryStore
from itil_ops.testing import due_planner


class Turning:
    """
    Calls of *near*, each after a turn of the loop; the parts that have calls of their own likewise.
    """

    def __init__(self, near):
        self.near = near

    def __getattr__(self, name):
        part = getattr(self.near, name)
        if not callable(part):
            return Turning(part)

        async def call(*args, **kwargs):
            await asyncio.sleep(0)
            return part(*args, **kwargs)

        return call


class AsyncUnit(Turning):
    @property
    def read_only(self):
        return self.near.read_only

    async def __aenter__(self):
        await asyncio.sleep(0)
        self.near.__enter__()
        return self

    async def __aexit__(self, *error):
        await asyncio.sleep(0)
        self.near.__exit__(*error)


class AsyncStore(Turning):
    def unit(self, *, read_only=False):
        return AsyncUnit(self.near.unit(read_only=read_only))


async def open_async():
    await asyncio.sleep(0)
    return AsyncStore(MemoryStore(due=due_planner))
