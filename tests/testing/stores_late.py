"""
Stores in a file that are hard to please: one says late what it refuses, one waits for nobody.
"""

from __future__ import annotations

from itil_ops import DuplicateError, StaleRecordError
from testing.stores import FileStore, FileUnit


class LateRepository:
    def __init__(self, unit, near):
        self._unit = unit
        self._near = near

    def __getattr__(self, name):
        return getattr(self._near, name)

    def add(self, record):
        return self._late(self._near.add, record)

    def save(self, record):
        return self._late(self._near.save, record)

    def _late(self, write, record):
        try:
            return write(record)
        except (StaleRecordError, DuplicateError) as error:
            self._unit.refused = self._unit.refused or error
            self._unit._closed = None
            return record


class LateUnit(FileUnit):
    refused = None

    @property
    def incidents(self):
        return LateRepository(self, super().incidents)

    def _write(self):
        if self.refused is not None:
            raise self.refused
        super()._write()


class LateStore(FileStore):
    def unit(self, *, read_only=False):
        self._committed.check_open("unit")
        return LateUnit(self, read_only=read_only)


class HastyStore(FileStore):
    busy_for = 0.02


def open_late(path):
    return LateStore(path)
