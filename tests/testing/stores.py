"""
A store in a file: one writer at a time behind a lock, one pickle that is replaced by rename.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import time

from pathlib import Path

import attrs

from itil_ops.errors import TransientStoreError
from itil_ops.repositories import MemoryStore
from itil_ops.repositories.memory import MemoryDueWork, MemoryJournal, MemoryUnit
from itil_ops.testing import due_planner


KEPT = ("records", "numbers", "entries", "due")


class FileUnit(MemoryUnit):
    def __init__(self, store, *, read_only):
        super().__init__(store._committed, read_only=read_only)
        self._store = store
        self._lock = None

    def _begin(self):
        super()._begin()
        self._lock = None if self.read_only else self._store.lock()
        self._committed = self._store.load()

    def _write(self):
        super()._write()
        self._store.dump(self._committed)

    def _leave(self):
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class FileJournal(MemoryJournal):
    def __init__(self, store):
        super().__init__(store._committed)
        self._store = store
        self._scope = "journal of a file"

    def read(self, **arguments):
        self._store._committed.check_open("read")
        self._committed = self._store.load()
        return super().read(**arguments)


class FileDueWork(MemoryDueWork):
    def __init__(self, store):
        super().__init__(store._committed)
        self._store = store

    def claim(self, *arguments, **named):
        self._store._committed.check_open("claim")
        lock = self._store.lock()
        try:
            committed = self._store.load()
            leases = MemoryDueWork(committed).claim(*arguments, **named)
            self._store.dump(committed)
        finally:
            os.close(lock)
        return leases

    def complete(self, lease, now):
        with self._store.unit() as unit:
            completed = unit.complete(lease, now)
            unit.commit()
        return completed

    def next_due(self):
        self._store._committed.check_open("next_due")
        return MemoryDueWork(self._store.load()).next_due()


class FileStore(MemoryStore):
    busy_for = 20.0

    def __init__(self, path, *, due=None):
        super().__init__(due=due)
        self.path = Path(path)
        self.journal = FileJournal(self)
        self.due = FileDueWork(self)

    def unit(self, *, read_only=False):
        self._committed.check_open("unit")
        return FileUnit(self, read_only=read_only)

    def lock(self):
        handle = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR)
        for _ in range(int(self.busy_for * 500)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.002)
            else:
                return handle
        os.close(handle)
        raise TransientStoreError("the file is locked")

    def load(self):
        empty = MemoryStore(due=self._committed.planning.planner)._committed
        if not self.path.exists():
            return empty
        return attrs.evolve(empty, **pickle.loads(self.path.read_bytes()))

    def dump(self, committed):
        draft = self.path.with_name(f"{self.path.name}.draft")
        draft.write_bytes(pickle.dumps({name: getattr(committed, name) for name in KEPT}))
        draft.replace(self.path)


def open_file(path):
    return FileStore(path, due=due_planner)
