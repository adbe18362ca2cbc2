"""
The kit over the store in memory, which passes it, and over an asynchronous one through the bridge.
"""

from __future__ import annotations

import pytest

from itil_ops.repositories import MemoryStore
from itil_ops.testing import Capability, StoreContract, due_planner
from itil_ops.testing.bridge import bridge
from testing.stores import open_file
from testing.stores_async import open_async
from testing.stores_late import HastyStore, open_late


IN_MEMORY = frozenset(Capability) - {Capability.DURABLE, Capability.MULTIPROCESS}


class TestMemoryStore(StoreContract):
    capabilities = IN_MEMORY

    @pytest.fixture
    def store(self):
        store = MemoryStore(due=due_planner)
        yield store
        store.close()


class TestAsyncStore(StoreContract):
    capabilities = IN_MEMORY

    @pytest.fixture
    def store(self):
        store = bridge(open_async)
        yield store
        store.close()


class TestFileStore(StoreContract):
    capabilities = frozenset(Capability)
    process_factory = "testing.stores:open_file"

    @pytest.fixture
    def store(self, tmp_path):
        self.path = tmp_path / "desk.pickle"
        store = open_file(self.path)
        yield store
        store.close()

    def process_arguments(self, store):
        return (str(self.path),)


class TestLateStore(StoreContract):
    """
    It says at `commit` what it refuses, and has neither feed nor due work.
    """

    capabilities = frozenset(Capability) - {Capability.FEED, Capability.DUE_WORK}
    process_factory = "testing.stores_late:open_late"
    rounds = 2
    processes = 2
    kills = 1
    examples = 5

    @pytest.fixture
    def store(self, tmp_path):
        self.path = tmp_path / "desk.pickle"
        store = open_late(self.path)
        yield store
        store.close()

    def process_arguments(self, store):
        return (str(self.path),)


class TestHastyStore(StoreContract):
    """
    It waits for nobody, so that whoever comes second has to try again.
    """

    capabilities = (Capability.THREADS, Capability.FEED, Capability.DUE_WORK)
    rounds = 2
    examples = 2

    @pytest.fixture
    def store(self, tmp_path):
        store = HastyStore(tmp_path / "desk.pickle", due=due_planner)
        yield store
        store.close()
