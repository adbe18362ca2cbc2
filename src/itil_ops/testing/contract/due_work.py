"""
What falls due: claimed by one, completed by who holds it (C13, C14, C10).
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.instant import utc
from itil_ops.testing.builders import (
    logged,
    microseconds_after,
    minutes,
    planned,
)
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import LEASE, add, claim
from itil_ops.testing.sameness import assert_same
from itil_ops.testing.varied import odd_ids


if TYPE_CHECKING:
    from collections.abc import Iterable

    from pendulum import DateTime

    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Lease, Store


INC = IncidentId("INC-1")
DUE = frozenset({Capability.DUE_WORK})

WRONG_CLAIMS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"now": dt.datetime(2026, 3, 2, 12)}, ValueError),  # noqa: DTZ001 - to be refused
    ({"now": "2026-03-02T12:00:00+00:00"}, TypeError),
    ({"now": None}, TypeError),
    ({"lease": dt.timedelta()}, ValueError),
    ({"lease": -LEASE}, ValueError),
    ({"lease": 600}, TypeError),
    ({"lease": None}, TypeError),
    ({"limit": 0}, ValueError),
    ({"limit": -1}, ValueError),
    ({"limit": "1"}, TypeError),
    ({"limit": True}, TypeError),
    ({"worker": ""}, ValueError),
    ({"worker": " "}, ValueError),
    ({"worker": None}, TypeError),
]


def keys(leases: Iterable[Lease]) -> list[tuple[str, str]]:
    """
    Return of which record and of which kind each of *leases* is.
    """
    return [(lease.record.value, lease.kind) for lease in leases]


def looked_at(id: str = "INC-1", *instants: dt.datetime) -> Incident:
    """
    Return an incident to be looked at, five minutes after it began unless *instants* say.
    """
    return planned(logged(id), "look", *(instants or [minutes(5)]))


class DueWorkContract(Contract):
    """
    Due work, by one worker after another.
    """

    @clause("C13", needs=DUE)
    def test_nothing_is_due_where_nothing_is_planned(self, store: Store) -> None:
        """
        Without plans there is nothing to claim, and no next instant.
        """
        assert store.due.next_due() is None
        add(store, logged())
        assert store.due.next_due() is None
        assert claim(store, minutes(10**6)) == ()

    @clause("C13", needs=DUE)
    def test_work_is_due_from_its_instant_on(self, store: Store) -> None:
        """
        At the very instant it can be claimed, and one microsecond before not.
        """
        due = microseconds_after(minutes(5), 7)
        add(store, looked_at("INC-1", due))
        assert store.due.next_due() == due
        assert claim(store, microseconds_after(due, -1)) == ()
        assert keys(claim(store, due)) == [("INC-1", "look")]

    @clause("C13", "C2", needs=DUE)
    def test_a_lease_tells_what_it_is_for(self, store: Store) -> None:
        """
        A lease names record, kind, instant, worker and end, each of its type, in UTC.
        """
        add(store, looked_at("INC-1", microseconds_after(minutes(5), 7)))
        now = microseconds_after(minutes(9), 3)
        (lease,) = claim(store, now, worker="w\U0001f600")
        assert (lease.record, lease.kind, lease.worker) == (INC, "look", "w\U0001f600")
        assert_same(_utc(microseconds_after(minutes(5), 7)), lease.due)
        assert_same(_utc(now + LEASE), lease.until)
        assert isinstance(lease.token, str)
        assert lease.token
        assert_same(lease.until, store.due.next_due())

    @clause("C13", "C10", needs=DUE)
    def test_now_can_be_told_in_any_zone(self, store: Store) -> None:
        """
        An instant is an instant, in whatever zone it is told.
        """
        add(store, looked_at())
        east = dt.timezone(dt.timedelta(hours=9, minutes=30))
        assert claim(store, microseconds_after(minutes(5), -1).astimezone(east)) == ()
        (lease,) = claim(store, minutes(5).astimezone(east))
        assert_same(_utc(minutes(15)), lease.until)
        assert store.due.complete(lease, minutes(6).astimezone(east))

    @clause("C13", needs=DUE)
    def test_what_is_due_first_is_claimed_first(self, store: Store) -> None:
        """
        The order is that of instants, then of ids by code point, then of kinds.
        """
        texts = odd_ids(24)
        add(store, *(planned(looked_at(text), "Ask", minutes(5)) for text in texts))
        add(store, looked_at("~late", microseconds_after(minutes(5), 1)))
        add(store, looked_at("~soon", microseconds_after(minutes(5), -1)))
        expected = [
            ("~soon", "look"),
            *((text, kind) for text in sorted(texts) for kind in ("Ask", "look")),
            ("~late", "look"),
        ]
        assert [keys(claim(store, minutes(6), limit=7)) for _ in range(8)] == [
            expected[place : place + 7] for place in range(0, 56, 7)
        ]

    @clause("C13", needs=DUE)
    def test_what_is_leased_is_claimed_by_nobody_else(self, store: Store) -> None:
        """
        A lease holds until its end: one microsecond before nobody else can claim, at it anybody.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6), worker="first")
        assert claim(store, minutes(6), worker="first") == ()
        assert claim(store, microseconds_after(lease.until, -1), worker="second") == ()
        (anew,) = claim(store, lease.until, worker="second")
        assert (anew.record, anew.kind, anew.due) == (lease.record, lease.kind, lease.due)
        assert anew.token != lease.token

    @clause("C13", needs=DUE)
    def test_only_the_present_token_completes(self, store: Store) -> None:
        """
        Once the work was claimed anew, the old lease completes nothing, and the new one does.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6), worker="worker")
        (anew,) = claim(store, lease.until, worker="worker")
        assert not store.due.complete(lease, minutes(30))
        assert store.due.next_due() == anew.until
        assert store.due.complete(anew, minutes(30))
        assert store.due.next_due() is None

    @clause("C13", needs=DUE)
    def test_a_made_up_lease_completes_nothing(self, store: Store) -> None:
        """
        A lease with another token, or of what is not planned, is not held.
        """
        add(store, looked_at("INC-1"), looked_at("INC-2"))
        lease, _ = claim(store, minutes(6))
        for wrong in (
            {"token": "made up"},
            {"kind": "other"},
            {"record": IncidentId("INC-3")},
        ):
            assert not store.due.complete(attrs.evolve(lease, **wrong), minutes(7))
        assert store.due.complete(lease, minutes(7))

    @clause("C13", needs=DUE)
    def test_the_token_of_one_record_completes_no_other(self, store: Store) -> None:
        """
        To complete one lease leaves those that were claimed with it as they are.
        """
        add(store, looked_at("INC-1"), looked_at("INC-2"), planned(looked_at("INC-3"), "ask"))
        first, second, third = claim(store, minutes(6))
        assert store.due.complete(second, minutes(7))
        assert not store.due.complete(second, minutes(7))
        assert keys(claim(store, minutes(60))) == [("INC-1", "look"), ("INC-3", "look")]
        assert not store.due.complete(first, minutes(60))
        assert not store.due.complete(third, minutes(60))

    @clause("C13", needs=DUE)
    def test_work_is_completed_once(self, store: Store) -> None:
        """
        To complete twice is False the second time, and nothing is due any more.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6))
        assert store.due.complete(lease, minutes(7))
        assert not store.due.complete(lease, minutes(7))
        assert claim(store, minutes(10**6)) == ()
        assert store.due.next_due() is None

    @clause("C13", needs=DUE)
    def test_a_lease_that_ran_out_is_held_until_somebody_claims(self, store: Store) -> None:
        """
        Who is late, but alone, completes still.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6))
        assert store.due.complete(lease, microseconds_after(lease.until, 1))

    @clause("C13", "C14", needs=DUE)
    def test_completing_plans_what_falls_due_later(self, store: Store) -> None:
        """
        What the planner says after *now* is planned anew, without a lease.
        """
        add(store, looked_at("INC-1", minutes(5), minutes(7), minutes(20)))
        (lease,) = claim(store, minutes(6))
        assert lease.due == minutes(5)
        assert store.due.complete(lease, minutes(7))
        assert store.due.next_due() == minutes(20)
        assert claim(store, microseconds_after(minutes(20), -1)) == ()
        (following,) = claim(store, minutes(20))
        assert following.due == minutes(20)
        assert store.due.complete(following, minutes(20))
        assert store.due.next_due() is None

    @clause("C13", needs=DUE)
    def test_one_claims_as_much_as_one_asks_for(self, store: Store) -> None:
        """
        A claim brings at most its limit, and the rest stays for others.
        """
        add(store, *(looked_at(f"INC-{place}", minutes(9 - place)) for place in range(5)))
        assert keys(claim(store, minutes(9), limit=2)) == [("INC-4", "look"), ("INC-3", "look")]
        assert store.due.next_due() == minutes(7)
        assert len(claim(store, minutes(9), limit=1000)) == 3

    @clause("C13", "C10", needs=DUE)
    @pytest.mark.parametrize(("wrong", "error"), WRONG_CLAIMS, ids=repr)
    def test_a_claim_that_makes_no_sense_is_refused(
        self, store: Store, wrong: dict[str, Any], error: type[Exception]
    ) -> None:
        """
        A naive `now`, no time, no limit or no worker is refused, and nothing is claimed.
        """
        add(store, looked_at())
        right = {"now": minutes(60), "lease": LEASE, "limit": 5, "worker": "worker"}
        with pytest.raises(error):
            store.due.claim(**{**right, **wrong})
        assert store.due.next_due() == minutes(5)

    @clause("C13", "C10", needs=DUE)
    def test_a_completion_that_makes_no_sense_is_refused(self, store: Store) -> None:
        """
        A naive `now`, or what is no lease, is refused, and the lease is held still.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6))
        naive = dt.datetime(2026, 3, 2, 12)  # noqa: DTZ001 - to be refused
        wrong: list[tuple[Any, Any, type[Exception]]] = [
            (lease, naive, ValueError),
            (lease, None, TypeError),
            (None, minutes(7), TypeError),
            (lease.token, minutes(7), TypeError),
        ]
        for given, now, error in wrong:
            with pytest.raises(error):
                store.due.complete(given, now)
            with pytest.raises(error), store.unit() as unit:
                unit.complete(given, now)
        assert store.due.complete(lease, minutes(7))


def _utc(instant: dt.datetime) -> DateTime:
    return utc(instant)
