"""
One random history on two stores, or on a store and the model of one: they must agree throughout.
"""

from __future__ import annotations

import random

from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.errors import DuplicateError, RepositoryError, StaleRecordError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import ProblemId
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import DESK, linked, logged, minutes, numbered, planned, stepped
from itil_ops.testing.doing import LEASE, listed, told
from itil_ops.testing.model import ModelPlayer
from itil_ops.testing.sameness import differences


if TYPE_CHECKING:
    import datetime as dt

    from itil_ops.kernel.identity import IncidentId, RecordId
    from itil_ops.kernel.journal import Entry
    from itil_ops.repositories.ports import Cursor, Lease, Store, UnitOfWork


LATE = (StaleRecordError, DuplicateError)
"""
What a store may say at `commit` instead of at once.
"""


class StorePlayer:
    """
    A store that plays; what is in it already takes no part.

    Args:
        store: The store.

        has_due_work: Whether it has due work, which is seen to before it plays.

        has_feed: Whether it has a feed.
    """

    def __init__(self, store: Store, *, has_due_work: bool = True, has_feed: bool = True) -> None:
        self.store = store
        self.has_due_work = has_due_work
        self.has_feed = has_feed
        self.unit: UnitOfWork | None = None
        self.leases: list[Lease] = []
        self.after: Cursor | None = None
        if has_feed:
            self.after = next((item.cursor for item in reversed(told(store))), None)
        if has_due_work:
            self._see_to_everything()

    def _see_to_everything(self) -> None:
        while (now := self.store.due.next_due()) is not None:
            leases = self.store.due.claim(now, LEASE, 1_000, "player")
            if not leases:
                raise DisagreementError(f"something is due at {now}, but there is nothing to claim")
            for lease in leases:
                self.store.due.complete(lease, minutes(10**6))

    def begin(self) -> None:
        """
        Begin a unit.
        """
        self.unit = self.store.unit()
        self.unit.__enter__()

    def leave(self) -> None:
        """
        Leave the unit.
        """
        unit, self.unit = self._unit, None
        unit.__exit__(None, None, None)

    def commit(self) -> None:
        """
        Commit the unit.
        """
        self._unit.commit()

    @property
    def _unit(self) -> UnitOfWork:
        assert self.unit is not None, "play `begin` first"
        return self.unit

    def get(self, id: IncidentId) -> Incident:
        """
        Return the record known by *id*.
        """
        return self._unit.incidents.get(id)

    def add(self, record: Incident) -> Incident:
        """
        Add *record*.
        """
        return self._unit.incidents.add(record)

    def save(self, record: Incident) -> Incident:
        """
        Save *record*.
        """
        return self._unit.incidents.save(record)

    def listed(self, query: IncidentQuery, limit: int) -> list[Incident]:
        """
        Return all that *query* asks for, page by page.
        """
        return listed(self._unit, query, limit)

    def count(self, query: IncidentQuery) -> int:
        """
        Return how many records *query* asks for.
        """
        return self._unit.incidents.count(query)

    def tail(self, limit: int) -> list[Entry]:
        """
        Return what the feed tells that was not told yet.
        """
        part = self.store.journal.read(after=self.after, limit=limit)
        self.after = part.next
        return [item.entry for item in part.items]

    def claim(self, now: dt.datetime, limit: int) -> list[tuple[str, str, dt.datetime]]:
        """
        Claim what is due at *now* and nobody holds.
        """
        leases = self.store.due.claim(now, LEASE, limit, "player")
        self.leases += leases
        return [(lease.record.value, lease.kind, lease.due) for lease in leases]

    def complete(self, place: int, now: dt.datetime) -> bool:
        """
        Say, in the unit if there is one, that what the lease at *place* was for was looked at.
        """
        completing = self.store.due if self.unit is None else self.unit
        return completing.complete(self.leases[place], now)

    def next_due(self) -> dt.datetime | None:
        """
        Return from when on there is something to claim.
        """
        return self.store.due.next_due()


Player: TypeAlias = StorePlayer | ModelPlayer


class DisagreementError(AssertionError):
    """
    Two players came to different ends.
    """


class Game:
    """
    A history, one move after another, on two players.

    Args:
        chance: What decides on the moves.

        one: Who plays.

        other: Who plays too.

        name: What tells this game from others in the same stores.
    """

    def __init__(self, chance: random.Random, one: StorePlayer, other: Player, name: str) -> None:
        self.chance = chance
        self.players = (one, other)
        self.has_due_work = all(getattr(player, "has_due_work", True) for player in self.players)
        self.has_feed = all(getattr(player, "has_feed", True) for player in self.players)
        self.name = name
        self.log: list[str] = []
        self.in_unit = False
        self.leases = 0
        self.records = [self._logged() for _ in range(4)]
        self.kept: dict[IncidentId, Incident] = {}
        self.before: dict[IncidentId, Incident] = {}

    def play(self, steps: int) -> None:
        """
        Make *steps* moves, and see at the end that all is the same.

        Raises:
            DisagreementError: It is not; the moves up to there are told.
        """
        try:
            for _ in range(steps):
                self._move()
            self._end()
        finally:
            for player in self.players:
                if isinstance(player, StorePlayer) and player.unit is not None:
                    player.leave()

    # ---- Moves ------------------------------------------------------------------------------

    def _move(self) -> None:
        if not self.in_unit:
            moves = [self._begin] * 4 + [self._tail] * self.has_feed
            moves += [self._claim, self._claim, self._complete] * self.has_due_work
        else:
            moves = [self._save] * 6 + [self._add, self._get, self._find, self._end_unit]
            moves += [self._complete] * self.has_due_work
        self.chance.choice(moves)()

    def _begin(self) -> None:
        self._both("begin")
        self.in_unit, self.before = True, dict(self.kept)

    def _end_unit(self) -> None:
        committed = self.chance.random() < 0.7
        self._leave(commit=committed)

    def _leave(self, *, commit: bool) -> None:
        if commit:
            self._both("commit")
        else:
            self.kept = self.before
        if self.in_unit:
            self.in_unit = False
            self._both("leave")

    def _add(self) -> None:
        self._write("add", self._drawn())

    def _save(self) -> None:
        self._write("save" if self.kept else "add", self._drawn())

    def _write(self, call: str, record: Incident) -> None:
        kept = self._both(call, record)
        if kept is not None:
            self._remember(kept)

    def _get(self) -> None:
        found = self._both("get", self.chance.choice(self.records).id)
        if found is not None:
            self._remember(found)

    def _remember(self, record: Incident) -> None:
        self.records.append(record)
        self.kept[record.id] = record

    def _find(self) -> None:
        query = self._query()
        self._both("count", query)
        self._both("listed", query, self.chance.randint(1, 4))

    def _tail(self) -> None:
        self._both("tail", self.chance.randint(1, 5))

    def _claim(self) -> None:
        leases = self._both("claim", self._instant(), self.chance.randint(1, 4))
        self.leases += len(leases or ())

    def _complete(self) -> None:
        if self.leases:
            self._both("complete", self.chance.randrange(self.leases), self._instant())

    def _end(self) -> None:
        self._leave(commit=True) if self.in_unit else None
        if self.has_feed:
            self._both("tail", 10_000)
        if self.has_due_work:
            self._both("next_due")
        self._both("begin")
        self.in_unit = True
        for order in QueryOrder:
            self._both("listed", IncidentQuery(customers=[self.name], order=order), 3)
        self._leave(commit=False)

    # ---- What the moves are about -----------------------------------------------------------

    def _logged(self) -> Incident:
        id = f"{self.name} {self.chance.choice('ABC')}"
        number = self.chance.choice([None, f"{self.name} 1", f"{self.name} 2"])
        at = minutes(self.chance.randint(0, 2))
        return logged(id, number=number, customer=self.name, at=at)

    def _drawn(self) -> Incident:
        from_store = self.kept and self.chance.random() < 0.75
        record = self.chance.choice(list(self.kept.values()) if from_store else self.records[-6:])
        change = self.chance.choice([0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 6, 7])
        changes: dict[int, Any] = {
            0: lambda: record,
            1: lambda: stepped(record, self.chance.randint(1, 3), self.chance.choice("xy")),
            2: lambda: numbered(record, self.chance.choice([None, f"{self.name} 1"])),
            3: lambda: planned(record, self.chance.choice("kl"), *self._instants()),
            4: lambda: record.comment("Later.", by=DESK, at=self._later(record)),
            5: lambda: Incident.replay(record.journal),
            6: self._logged,
            7: lambda: linked(record, *self._targets()),
        }
        made: Incident = changes[change]()
        self.records.append(made)
        return made

    def _query(self) -> IncidentQuery:
        asked: dict[str, Any] = {"customers": [self.name]}
        if self.chance.random() < 0.5:
            asked["numbers"] = [None, f"{self.name} 1"][: self.chance.randint(0, 2)]
        if self.chance.random() < 0.3:
            asked["linked_to"] = self._targets()
        return IncidentQuery(**asked, order=self.chance.choice(list(QueryOrder)))

    def _targets(self) -> list[RecordId]:
        one = self.records[0].id
        return self.chance.sample([one, ProblemId(one.value)], self.chance.randint(0, 2))

    def _instant(self) -> dt.datetime:
        return minutes(self.chance.randint(0, 40))

    def _instants(self) -> list[dt.datetime]:
        return sorted(self._instant() for _ in range(self.chance.randint(0, 3)))

    def _later(self, record: Incident) -> dt.datetime:
        return max(record.journal[-1].at, minutes(self.chance.randint(0, 20)))

    # ---- Agreement --------------------------------------------------------------------------

    def _both(self, call: str, *arguments: Any) -> Any:
        self.log.append(f"{call}({', '.join(map(repr, arguments))})")
        (one, error), (other, its_error) = (
            _outcome(player, call, arguments) for player in self.players
        )
        if type(error) is not type(its_error):
            self._settle_late(error, its_error)
            return None
        told = [] if error is None else list(differences(_facts(its_error), _facts(error), "error"))
        told += differences(other, one, call)
        if told:
            self._disagree("; ".join(told))
        if isinstance(error, LATE):
            self._fail()
        return one

    def _settle_late(self, *errors: Exception | None) -> None:
        """
        See that who has said nothing yet says at `commit` what the other said at once.
        """
        said = next((error for error in errors if isinstance(error, LATE)), None)
        if said is None or None not in errors or not self.in_unit:
            self._disagree(f"one came to {errors[0]!r}, the other to {errors[1]!r}")
        _, late = _outcome(self.players[errors.index(None)], "commit", ())
        if type(late) is not type(said):
            self._disagree(f"one was told {said!r} at once, the other {late!r} at commit")
        self._fail()

    def _fail(self) -> None:
        self.in_unit, self.kept = False, self.before
        for player in self.players:
            player.leave()

    def _disagree(self, why: str) -> None:
        moves = "\n".join(self.log)
        raise DisagreementError(f"{why}\nafter:\n{moves}")


def _outcome(player: Player, call: str, arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    try:
        found = getattr(player, call)(*arguments)
    except (RepositoryError, TypeError, ValueError) as error:
        return None, error
    return (tuple(found) if isinstance(found, list) else found), None


def _facts(error: Exception | None) -> tuple[str, ...]:
    return tuple(map(str, vars(error).values()))


def differential(one: Store, other: Store, *, seed: int, steps: int = 200) -> None:
    """
    Play one random history on two stores, which must agree throughout in values and errors.

    Both are opened with `due=due_planner`. What one says at once and the other at `commit` agrees.

    >>> from itil_ops.repositories import MemoryStore
    >>> from itil_ops.testing import due_planner
    >>> differential(MemoryStore(due=due_planner), MemoryStore(due=due_planner), seed=7)

    Args:
        one: A store.

        other: Another one.

        seed: What decides on the history.

        steps: How long it is.

    Raises:
        DisagreementError: They do not agree; the moves up to there are told.
    """
    chance = random.Random(seed)
    Game(chance, StorePlayer(one), StorePlayer(other), f"seed {seed}").play(steps)
