"""
The store in memory against a model of it: a dict, a list and no cleverness.
"""

from __future__ import annotations

import pytest

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from itil_ops import (
    DuplicateError,
    Incident,
    IncidentId,
    NotFoundError,
    StaleRecordError,
)
from itil_ops.repositories import MemoryStore
from repositories.making import Alone, held, logged, published, stepped


class StoreModel(RuleBasedStateMachine):
    records = Bundle("records")

    def __init__(self):
        super().__init__()
        self.store = MemoryStore()
        self.incidents = Alone(self.store)
        self.held = {}
        self.published = []
        self.cursor = None
        self.told = []

    @rule(
        target=records,
        id=st.sampled_from(["INC-1", "INC-2", "INC-3"]),
        number=st.sampled_from([None, "1", "2"]),
    )
    def log(self, id, number):
        return logged(id, number=number)

    @rule(target=records, record=records, steps=st.integers(1, 3), text=st.sampled_from("ab"))
    def step(self, record, steps, text):
        return stepped(record, steps, text)

    @rule(target=records, record=records)
    def replay(self, record):
        return Incident.replay(record.journal)

    @rule(target=records, id=st.sampled_from(["INC-1", "INC-2", "INC-3"]))
    def get(self, id):
        return self._done(self.incidents.get, IncidentId(id), self._missing(IncidentId(id)))

    @rule(target=records, record=records)
    def add(self, record):
        taken = any(
            other.id == record.id or (record.number and other.number == record.number)
            for other in self.held.values()
        )
        return self._done(self.incidents.add, record, DuplicateError if taken else None)

    @rule(target=records, record=records)
    def save(self, record):
        return self._done(self.incidents.save, record, self._unsavable(record))

    @rule(limit=st.integers(1, 3))
    def tail(self, limit):
        part = self.store.journal.read(after=self.cursor, limit=limit)
        self.cursor = part.next
        self.told += [item.entry for item in part.items]
        assert self.told == self.published[: len(self.told)]
        assert len(self.told) == len(self.published) or len(part.items) == limit

    @invariant()
    def the_store_holds_what_the_model_holds(self):
        found = held(self.store)
        assert found == tuple(self.held[id] for id in sorted(self.held, key=str))
        assert all(record.stored_version == record.version for record in found)

    @invariant()
    def the_feed_is_what_was_committed(self):
        assert published(self.store) == self.published

    def _missing(self, id):
        return None if id in self.held else NotFoundError

    def _unsavable(self, record):
        held = self.held.get(record.id)
        if held is None:
            return NotFoundError
        same_past = record.journal[: held.version] == held.journal
        fresh = record.stored_version == held.version and same_past
        return None if fresh else StaleRecordError

    def _done(self, call, argument, expected):
        if expected:
            with pytest.raises(expected):
                call(argument)
            return multiple()
        result = call(argument)
        if isinstance(argument, Incident):
            assert result == argument
            before = self.held.get(result.id)
            self.published += result.journal[before.version if before else 0 :]
            self.held[result.id] = result
        assert result == self.held[result.id]
        return result


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
