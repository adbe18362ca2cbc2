"""
Units that overlap: one past its writes while another one commits (C4, C6, C7, C12, C13).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from itil_ops.errors import DuplicateError, StaleRecordError, TransientStoreError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, numbered, planned, stepped
from itil_ops.testing.contract.feeding import keys
from itil_ops.testing.contract.racing import Aside, Rival, Work, attempt
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import (
    add,
    claim,
    feed,
    find,
    get,
    ids,
    retrying,
    told,
)


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Lease, Store, UnitOfWork


INC = IncidentId("INC-1")
THREADS = frozenset({Capability.THREADS})


@attrs.frozen
class Contest:
    """
    Two units of which one can be committed.

    Attributes:
        first: What one of them writes.

        second: What the other writes.
    """

    first: Callable[[Incident, Incident], Work]
    second: Callable[[Incident, Incident], Work]


def _save(change: Callable[[Incident], Incident], which: int = 0) -> Callable[..., Work]:
    return lambda *records: lambda unit: unit.incidents.save(change(records[which]))


def _add(id: str, **fields: Any) -> Callable[..., Work]:
    return lambda *_records: lambda unit: unit.incidents.add(logged(id, **fields))


CONTESTS = {
    "one record, one step each": Contest(
        _save(lambda record: stepped(record, text="First.")),
        _save(lambda record: stepped(record, text="Second.")),
    ),
    "one record, more steps in the second": Contest(
        _save(lambda record: stepped(record, text="First.")),
        _save(lambda record: stepped(record, 3, "Second.")),
    ),
    "one record, the same step": Contest(_save(stepped), _save(stepped)),
    "one new id": Contest(_add("INC-7", title="First"), _add("INC-7", title="Second")),
    "one new number": Contest(_add("INC-7", number="7"), _add("INC-8", number="7")),
    "a number, added and saved": Contest(
        _add("INC-7", number="7"), _save(lambda record: numbered(record, "7"))
    ),
    "a number, saved twice": Contest(
        _save(lambda record: numbered(record, "7")),
        _save(lambda record: numbered(record, "7"), 1),
    ),
}
"""
What two units may want at once.
"""


class OverlappingContract(Contract):
    """
    Two units at once.
    """

    @clause("C4", "C6", "C7", needs=THREADS)
    @pytest.mark.parametrize("contest", CONTESTS.values(), ids=list(CONTESTS))
    @pytest.mark.parametrize("first_commits_first", [True, False])
    def test_of_two_units_that_want_the_same_one_wins(
        self, store: Store, contest: Contest, first_commits_first: bool
    ) -> None:
        """
        Both write, then both commit: one wins, and nothing at all of the other is written.
        """
        records = add(store, logged("INC-1"), logged("INC-2"))
        works = {
            "first": _with_more("first", contest.first(*records)),
            "second": _with_more("second", contest.second(*records)),
        }
        rival = Rival(store, works["second"], self.patience)

        def between() -> None:
            rival.write(self.settle)
            if not first_commits_first:
                rival.commit(self.settle)

        lost = {"first": attempt(store, works["first"], between)}
        lost["second"] = rival.outcome()
        self._see_that_one_won(store, lost, works)

    def _see_that_one_won(
        self, store: Store, lost: dict[str, BaseException | None], works: dict[str, Work]
    ) -> None:
        winners = [name for name, error in lost.items() if error is None]
        assert len(winners) == 1, f"one wins, and the other is told; but: {lost}"
        (loser,) = lost.keys() - winners
        if isinstance(lost[loser], TransientStoreError):
            with pytest.raises((StaleRecordError, DuplicateError)):
                retrying(store, works[loser])
        found = ids(find(store))
        assert f"more of {winners[0]}" in found
        assert f"more of {loser}" not in found, "a part of the unit that lost was written"
        if self.can(Capability.FEED):
            assert Counter(keys(feed(store))) == Counter(_journaled(store))
        if self.can(Capability.DUE_WORK):
            due = [lease.record.value for lease in claim(store, minutes(60))]
            assert due == [f"more of {winners[0]}"]

    @clause("C7", needs=THREADS)
    def test_units_that_want_nothing_of_each_other_both_win(self, store: Store) -> None:
        """
        Two overlapping units over different records are both committed, if need be at a new try.
        """
        one, other = add(store, logged("INC-1"), logged("INC-2"))

        def second(unit: UnitOfWork) -> object:
            return unit.incidents.save(stepped(other, 2))

        rival = Rival(store, second, self.patience)
        lost = attempt(
            store,
            lambda unit: unit.incidents.save(stepped(one)),
            lambda: rival.write(self.settle),
        )
        assert lost is None
        if isinstance(rival.outcome(), TransientStoreError):
            retrying(store, second)
        assert [record.version for record in find(store)] == [2, 3]

    @clause("C12", needs=[Capability.THREADS, Capability.FEED])
    @pytest.mark.parametrize("turns", [1, 3])
    def test_a_reader_skips_no_unit_that_commits_late(self, store: Store, turns: int) -> None:
        """
        A unit that wrote first and commits last is told to a reader who has read the others.
        """
        late, *others = add(store, logged("late"), *(logged(f"INC-{at}") for at in range(turns)))
        seen_so_far = told(store)
        rivals = []

        def between() -> None:
            for other in others:
                rival = Rival(store, _saving(stepped(other)), self.patience)
                rivals.append((rival, other))
                rival.write(self.settle)
                rival.commit(self.settle)
                seen_so_far.extend(told(store, seen_so_far[-1].cursor))

        assert attempt(store, _saving(stepped(late, 2)), between) is None
        for rival, other in rivals:
            if isinstance(rival.outcome(), TransientStoreError):
                retrying(store, _saving(stepped(other)))
        seen_so_far.extend(told(store, seen_so_far[-1].cursor))
        assert keys(item.entry for item in seen_so_far) == keys(feed(store))
        assert Counter(keys(feed(store))) == Counter(_journaled(store))

    @clause("C13", "C7", needs=[Capability.THREADS, Capability.DUE_WORK])
    def test_a_lease_that_is_lost_before_the_commit_stops_it(self, store: Store) -> None:
        """
        Of a unit that completes and a worker that claims anew meanwhile, one wins.
        """
        add(store, planned(logged(), "look", minutes(5)))
        (lease,) = claim(store, minutes(6))
        claimed: list[Lease] = []

        def claim_anew() -> None:
            try:
                claimed.extend(claim(store, lease.until, worker="other"))
            except TransientStoreError:
                claimed.clear()

        def complete(unit: UnitOfWork) -> None:
            assert unit.complete(lease, minutes(17))
            unit.incidents.save(stepped(unit.incidents.get(INC), text="Looked."))

        aside = Aside(claim_anew)
        lost = attempt(store, complete, lambda: aside.begin(self.settle))
        aside.end(self.patience)
        assert len(claimed) == (1 if isinstance(lost, TransientStoreError) else 0)
        assert get(store).version == (2 if claimed else 3)
        assert store.due.complete(lease, minutes(18)) is False


def _with_more(name: str, work: Work) -> Work:
    """
    Return *work* after which a record of its own is added too.
    """

    def both(unit: UnitOfWork) -> None:
        unit.incidents.add(planned(logged(f"more of {name}"), "look", minutes(5)))
        work(unit)

    return both


def _saving(record: Incident) -> Work:
    return lambda unit: unit.incidents.save(record)


def _journaled(store: Store) -> list[tuple[str, int]]:
    return keys(entry for record in find(store) for entry in record.journal)
