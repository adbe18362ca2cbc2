"""
A store as three dicts: what every store must come to, whatever it is made of.
"""

from __future__ import annotations

import copy

from typing import TYPE_CHECKING, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.errors import DuplicateError, NotFoundError, StaleRecordError
from itil_ops.incident.record import Incident
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.journaled import stored
from itil_ops.repositories.evaluation import KEYS, matching
from itil_ops.repositories.planning import Planning
from itil_ops.testing.builders import due_planner
from itil_ops.testing.doing import LEASE


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.identity import IncidentId
    from itil_ops.repositories.query import IncidentQuery


Key: TypeAlias = "tuple[str, str]"

_PLANNING = Planning(due_planner)


@attrs.define
class _Content:
    records: dict[str, Incident] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)
    due: dict[Key, DateTime] = attrs.field(factory=dict)
    held: dict[Key, tuple[int, DateTime]] = attrs.field(factory=dict)
    looked: dict[Key, DateTime] = attrs.field(factory=dict)

    def copied(self) -> _Content:
        return _Content(*(copy.copy(getattr(self, field.name)) for field in attrs.fields(_Content)))


class ModelPlayer:
    """
    The model, played like a store, see `itil_ops.testing.playing.StorePlayer`.
    """

    def __init__(self) -> None:
        self.committed = _Content()
        self.view = self.committed
        self.leases: list[tuple[Key, int]] = []
        self.told = 0

    # ---- Units ------------------------------------------------------------------------------

    def begin(self) -> None:
        """
        Begin a unit.
        """
        self.view = self.committed.copied()
        self.view.looked.clear()

    def leave(self) -> None:
        """
        Let go of the unit.
        """
        self.view = self.committed

    def commit(self) -> None:
        """
        Write what the unit wrote.
        """
        self.committed = self.view

    def get(self, id: IncidentId) -> Incident:
        """
        Return the record known by *id*.
        """
        if id.value not in self.view.records:
            raise NotFoundError(id.value)
        return self.view.records[id.value]

    def add(self, record: Incident) -> Incident:
        """
        Store a *record* that is not here yet.
        """
        if record.id.value in self.view.records:
            raise DuplicateError("id", record.id.value)
        return self._keep(record, 0)

    def save(self, record: Incident) -> Incident:
        """
        Store a *record* over the one that it was made from.
        """
        held = self.get(record.id)
        if (record.stored_version, record.journal[: held.version]) != (held.version, held.journal):
            raise StaleRecordError(record.id.value, record.stored_version, held.version)
        return held if record == held else self._keep(record, held.version)

    def _keep(self, record: Incident, behind: int) -> Incident:
        for other in self.view.records.values():
            if other.id != record.id and None is not record.number == other.number:
                raise DuplicateError("number", record.number)
        self.view.records[record.id.value] = stored(record, record.version)
        self.view.entries += record.journal[behind:]
        self._plan(record, behind)
        return self.view.records[record.id.value]

    def listed(self, query: IncidentQuery, _limit: int) -> list[Incident]:
        """
        Return all that *query* asks for, in order.
        """
        return sorted(filter(matching(query), self.view.records.values()), key=KEYS[query.order])

    def count(self, query: IncidentQuery) -> int:
        """
        Return how many records *query* asks for.
        """
        return len(self.listed(query, 0))

    # ---- Feed and due work ------------------------------------------------------------------

    def tail(self, limit: int) -> list[Entry]:
        """
        Return what the feed tells that was not told yet.
        """
        part = self.committed.entries[self.told : self.told + limit]
        self.told += len(part)
        return part

    def claim(self, now: datetime, limit: int) -> list[tuple[str, str, datetime]]:
        """
        Claim what is due at *now* and nobody holds.
        """
        content = self.committed
        free = sorted(
            (due, *key)
            for key, due in content.due.items()
            if due <= now and (key not in content.held or content.held[key][1] <= now)
        )
        for _, *key in free[:limit]:
            content.held[key[0], key[1]] = len(self.leases), utc(now + LEASE)
            self.leases.append(((key[0], key[1]), len(self.leases)))
        return [(id, kind, due) for due, id, kind in free[:limit]]

    def complete(self, place: int, now: datetime) -> bool:
        """
        Say that what the lease at *place* was for has been looked at.
        """
        key, token = self.leases[place]
        if self.view.held.get(key, (None,))[0] != token:
            return False
        self.view.looked[key] = utc(now)
        self._put(key, _PLANNING.after(self.view.records[key[0]], key[1], utc(now)))
        self.view.held.pop(key, None)
        return True

    def next_due(self) -> datetime | None:
        """
        Return from when on there is something to claim.
        """
        content = self.committed
        ends = {key: until for key, (_, until) in content.held.items()}
        return min((ends.get(key, due) for key, due in content.due.items()), default=None)

    def _plan(self, record: Incident, behind: int) -> None:
        own = {kind: due for (id, kind), due in self.view.due.items() if id == record.id.value}
        looked = {
            kind: now for (id, kind), now in self.view.looked.items() if id == record.id.value
        }
        planned = _PLANNING.plan(record, own, looked, behind=behind)
        for kind in own.keys() | planned.keys():
            self._put((record.id.value, kind), planned.get(kind))

    def _put(self, key: Key, due: DateTime | None) -> None:
        if self.view.due.get(key) == due:
            return
        self.view.held.pop(key, None)
        if due is None:
            del self.view.due[key]
        else:
            self.view.due[key] = due
