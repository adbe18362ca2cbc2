"""
Due work: what is planned, claimed, completed and lost.
"""

from __future__ import annotations

import datetime as dt

import attrs
import pendulum
import pytest

from itil_ops import IncidentId, StaleRecordError, TransientStoreError
from itil_ops.repositories import Lease, MemoryStore
from itil_ops.repositories.due import Claim, due_order
from repositories.making import (
    MICROSECOND,
    Alone,
    DeskIncident,
    first_of_each,
    get,
    logged,
    minutes,
    next_of_each,
    stepped,
)


MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def store():
    return MemoryStore(due=next_of_each)


def titled(title, id="INC-1", **fields):
    return logged(id, title=title, kind=DeskIncident, **fields)


def add(store, title, id="INC-1"):
    return Alone(store).add(titled(title, id))


def claim(store, at, *, lease=MINUTE, limit=50, worker="li"):
    return store.due.claim(at, lease, limit, worker)


def told(leases):
    return [(str(lease.record), lease.kind, lease.due) for lease in leases]


def planned(store):
    """
    What is planned and not claimed, with nothing changed.
    """
    committed = store._committed.due
    return {
        (str(id), kind): one.due
        for id, rows in committed.items()
        for kind, one in rows.items()
        if one.lease is None
    }


class TestClaim:
    def test_what_is_due_is_claimed_at_its_instant_and_not_before(self, store):
        add(store, "ring 5, look 7")

        assert claim(store, minutes(5) - MICROSECOND) == ()
        assert told(claim(store, minutes(5))) == [("INC-1", "ring", minutes(5))]
        assert claim(store, minutes(7) - MICROSECOND, lease=2 * MINUTE)[0].kind == "ring"

    def test_a_lease_says_what_it_is_for(self, store):
        add(store, "ring 5")
        (lease,) = claim(store, minutes(6).astimezone(dt.timezone(MINUTE)), worker="li")

        assert (lease.record, lease.kind, lease.worker) == (IncidentId("INC-1"), "ring", "li")
        assert (lease.due, lease.until) == (minutes(5), minutes(7))
        for instant in (lease.due, lease.until):
            assert instant.timezone_name == "UTC"

    def test_it_comes_in_the_order_of_instants_records_and_kinds(self, store):
        # Neither UTF-16 units nor a dictionary would order the ids like this.
        ids = ["B", "a", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\uff5e", "\U0001f600"]
        for id in reversed(ids):
            add(store, "ring 5, look 5", id)
        add(store, "ring 4", "z")

        expected = [("z", "ring", minutes(4))]
        expected += [(id, kind, minutes(5)) for id in ids for kind in ("look", "ring")]
        assert told(claim(store, minutes(6))) == expected

    @pytest.mark.parametrize("limit", [1, 2, 5, 10**30])
    def test_no_more_is_claimed_than_was_asked_for(self, store, limit):
        for number in range(4):
            add(store, f"ring {5 - number}", f"INC-{number}")
        leases = []
        while found := claim(store, minutes(6), limit=limit):
            assert len(found) <= limit
            leases += found

        assert [lease.due for lease in leases] == [minutes(count) for count in (2, 3, 4, 5)]

    def test_nobody_else_claims_it_before_the_lease_runs_out(self, store):
        add(store, "ring 5")
        (first,) = claim(store, minutes(6), lease=MINUTE)

        assert claim(store, minutes(7) - MICROSECOND) == ()
        (second,) = claim(store, minutes(7), worker="ada")
        assert (second.due, second.worker) == (minutes(5), "ada")
        assert first.token != second.token

    def test_due_instants_have_no_say_in_when_a_lease_runs_out(self, store):
        add(store, "ring 5")
        claim(store, minutes(60), lease=MICROSECOND)

        assert len(claim(store, minutes(60) + MICROSECOND)) == 1

    @pytest.mark.parametrize(
        ("wrong", "error", "message"),
        [
            ({"now": dt.datetime(2026, 3, 2)}, ValueError, "now must be an aware datetime"),
            ({"now": "now"}, TypeError, "now must be an aware datetime"),
            ({"lease": dt.timedelta(0)}, ValueError, "lease must be longer than nothing, not 0:00"),
            ({"lease": -MINUTE}, ValueError, "lease must be longer than nothing"),
            ({"lease": 60}, TypeError, "lease must be a timedelta"),
            ({"lease": pendulum.duration(months=1)}, ValueError, "lease must not have months"),
            ({"lease": dt.timedelta.max}, ValueError, "outside the years 1 to 9999"),
            ({"limit": 0}, ValueError, "limit must be 1 or more"),
            ({"limit": True}, TypeError, "limit must be an int"),
            ({"worker": " "}, ValueError, "worker must not be blank"),
            ({"worker": None}, TypeError, "worker must be a str"),
        ],
    )
    def test_bad_arguments_are_refused_and_nothing_is_claimed(self, store, wrong, error, message):
        add(store, "ring 5")
        arguments = {"now": minutes(6), "lease": MINUTE, "limit": 1, "worker": "li"}

        with pytest.raises(error, match=message):
            store.due.claim(**arguments | wrong)
        assert len(claim(store, minutes(6))) == 1

    def test_nothing_falls_due_without_a_planner(self):
        store = MemoryStore()
        add(store, "ring 5")

        assert claim(store, minutes(99)) == ()
        assert store.due.next_due() is None


class TestClaimAsAValue:
    def test_claims_differ_by_token(self):
        one, other = (Claim.of(minutes(0), MINUTE, 1, "li") for _ in range(2))

        assert one.token != other.token
        assert attrs.evolve(one, token="") == attrs.evolve(other, token="")

    def test_leases_are_ordered_by_instant_then_by_key(self):
        claim = Claim.of(minutes(0), MINUTE, 1, "li")
        due = [pendulum.instance(minutes(count)) for count in range(2)]
        keys = [("b", "b", due[0]), ("a", "b", due[1]), ("b", "a", due[1]), ("b", "b", due[1])]
        leases = [claim.lease(IncidentId(id), kind, at) for id, kind, at in keys]

        assert sorted({*leases}, key=due_order) == leases


class TestNextDue:
    def test_it_is_the_earliest_of_what_is_planned_and_of_what_leases_run_out(self, store):
        assert store.due.next_due() is None
        add(store, "ring 5", "INC-1")
        add(store, "ring 7", "INC-2")
        assert store.due.next_due() == minutes(5)
        (lease,) = claim(store, minutes(6), lease=3 * MINUTE)
        assert store.due.next_due() == minutes(7)
        claim(store, minutes(7), lease=dt.timedelta(hours=1))
        assert store.due.next_due() == lease.until == minutes(9)

    def test_what_it_names_can_be_claimed_then_and_not_before(self, store):
        for number in range(4):
            add(store, f"ring {5 + number}, look {9 - number}", f"INC-{number}")
        for _ in range(12):
            at = store.due.next_due()
            assert claim(store, at - MICROSECOND) == ()
            assert claim(store, at, limit=1, lease=4 * MINUTE)


def in_a_unit(store, lease, now):
    with store.unit() as unit:
        completed = unit.complete(lease, now)
        unit.commit()
    return completed


def alone(store, lease, now):
    return store.due.complete(lease, now)


BOTH = pytest.mark.parametrize("complete", [in_a_unit, alone])


class TestComplete:
    @BOTH
    def test_what_was_looked_at_is_planned_anew(self, store, complete):
        add(store, "ring 5 7, look 5")
        ring = claim(store, minutes(6))[1]

        assert complete(store, ring, minutes(6)) is True
        assert planned(store) == {("INC-1", "ring"): minutes(7)}
        assert complete(store, claim(store, minutes(8))[0], minutes(8)) is True

    @BOTH
    def test_after_the_last_there_is_nothing(self, store, complete):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(8))

        assert complete(store, lease, minutes(8)) is True
        assert store.due.next_due() is None

    @BOTH
    def test_it_is_completed_up_to_an_instant(self, store, complete):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(8))

        assert complete(store, lease, minutes(7) - MICROSECOND) is True
        assert store.due.next_due() == minutes(7)

    @BOTH
    def test_by_a_planner_that_does_not_look_back_it_is_done_with(self, complete):
        store = MemoryStore(due=first_of_each)
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))

        assert complete(store, lease, minutes(6)) is True
        assert store.due.next_due() is None

    @BOTH
    def test_the_present_token_is_needed(self, store, complete):
        add(store, "ring 5 7")
        (first,) = claim(store, minutes(6))
        assert complete(store, attrs.evolve(first, token="another"), minutes(6)) is False
        (second,) = claim(store, minutes(7))

        assert complete(store, first, minutes(7)) is False
        assert complete(store, second, minutes(7)) is True
        assert complete(store, second, minutes(7)) is False

    @BOTH
    def test_a_lease_that_ran_out_holds_until_somebody_else_claims(self, store, complete):
        add(store, "ring 5")
        (lease,) = claim(store, minutes(6), lease=MINUTE)

        assert complete(store, lease, minutes(99)) is True

    @BOTH
    def test_what_nobody_claimed_or_knows_is_not_held(self, store, complete):
        add(store, "ring 5, look 5")
        (lease, _) = claim(store, minutes(5))
        add(store, "ring 5", "INC-2")

        for other in (
            attrs.evolve(lease, kind="dance"),
            attrs.evolve(lease, record=IncidentId("INC-2")),
            attrs.evolve(lease, record=IncidentId("INC-2"), kind="ring"),
            attrs.evolve(lease, record=IncidentId("INC-9")),
        ):
            assert complete(store, other, minutes(6)) is False

    @BOTH
    def test_bad_arguments_are_refused(self, store, complete):
        add(store, "ring 5")
        (lease,) = claim(store, minutes(6))

        with pytest.raises(TypeError, match="lease must be a Lease, not 'ring'"):
            complete(store, "ring", minutes(6))
        with pytest.raises(TypeError, match="now must be an aware datetime"):
            complete(store, lease, None)
        with pytest.raises(ValueError, match="now must be an aware datetime"):
            complete(store, lease, dt.datetime(2026, 3, 2, 9, 6))
        assert complete(store, lease, minutes(6)) is True

    def test_without_a_commit_it_was_not(self, store):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(6)) is True
            assert unit.complete(lease, minutes(6)) is False

        assert store.due.complete(lease, minutes(6)) is True


class TestSaves:
    """
    What saving does to what is planned and claimed.
    """

    def test_what_moves_takes_the_lease_away(self, store):
        kept = add(store, "ring 5")
        (lease,) = claim(store, minutes(6))
        kept = Alone(store).save(kept.change(title="ring 8"))

        assert store.due.complete(lease, minutes(6)) is False
        assert claim(store, minutes(8) - MICROSECOND) == ()
        assert len(claim(store, minutes(8))) == 1

    def test_what_falls_away_takes_the_lease_away(self, store):
        kept = add(store, "ring 5, look 9")
        (lease,) = claim(store, minutes(6))
        Alone(store).save(kept.change(title="look 9"))

        assert store.due.complete(lease, minutes(6)) is False
        assert planned(store) == {("INC-1", "look"): minutes(9)}

    @pytest.mark.parametrize("at", [3, 5, 6])
    def test_what_does_not_move_leaves_it(self, store, at):
        kept = add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))
        Alone(store).save(stepped(kept, at=minutes(at)))

        assert claim(store, minutes(6)) == ()
        assert store.due.complete(lease, minutes(6)) is True
        assert store.due.next_due() == minutes(7)

    def test_an_unchanged_record_leaves_it(self):
        store = MemoryStore(due=first_of_each)
        kept = add(store, "ring 5")
        (lease,) = claim(store, minutes(6))
        Alone(store).save(kept)

        assert store.due.complete(lease, minutes(6)) is True
        Alone(store).save(get(store))
        assert store.due.next_due() is None

    def test_what_is_overdue_waits_however_many_save_before_a_worker_comes(self, store):
        kept = add(store, "ring 5 7 9")
        for count in (4, 6, 8, 10, 12):
            kept = Alone(store).save(stepped(kept, at=minutes(count)))

        assert told(claim(store, minutes(12))) == [("INC-1", "ring", minutes(5))]

    def test_completed_and_saved_in_one_unit_it_is_planned_from_the_look(self, store):
        add(store, "ring 5 7 9")
        (lease,) = claim(store, minutes(8))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(8))
            unit.incidents.save(stepped(unit.incidents.get(lease.record), at=minutes(8)))
            unit.commit()

        assert planned(store) == {("INC-1", "ring"): minutes(9)}

    def test_completed_and_saved_with_another_plan_it_is_the_new_one(self, store):
        add(store, "ring 5 7, look 5")
        look, ring = claim(store, minutes(6))
        with store.unit() as unit:
            unit.complete(ring, minutes(6))
            unit.incidents.save(unit.incidents.get(ring.record).change(title="ring 6 8, look 5"))
            unit.commit()

        assert planned(store) == {("INC-1", "ring"): minutes(8)}
        assert store.due.complete(look, minutes(6)) is True

    def test_saved_first_a_lease_that_did_not_move_can_be_completed(self, store):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            unit.incidents.save(stepped(unit.incidents.get(lease.record)))
            assert unit.complete(lease, minutes(6)) is True
            unit.commit()

        assert store.due.next_due() == minutes(7)

    def test_saved_first_a_lease_that_moved_is_lost_in_the_same_unit(self, store):
        add(store, "ring 5")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            unit.incidents.save(unit.incidents.get(lease.record).change(title="ring 7"))
            assert unit.complete(lease, minutes(6)) is False
            unit.commit()

        assert planned(store) == {("INC-1", "ring"): minutes(7)}

    def test_a_record_added_is_planned_when_its_unit_is_committed(self, store):
        with store.unit() as unit:
            unit.incidents.add(titled("ring 5"))
            assert store.due.next_due() is None
            unit.commit()

        assert store.due.next_due() == minutes(5)


class TestMeanwhile:
    """
    What others did between a call and the commit.
    """

    def test_a_lease_that_was_claimed_anew_is_lost(self, store):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(6))
            (other,) = claim(store, minutes(7))
            with pytest.raises(TransientStoreError, match="the lease of INC-1 was lost meanwhile"):
                unit.commit()

        assert store.due.complete(other, minutes(7)) is True

    def test_a_lease_that_was_completed_by_another_unit_is_lost(self, store):
        add(store, "ring 5 7")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(6))
            assert store.due.complete(lease, minutes(6))
            with pytest.raises(TransientStoreError, match="INC-1 was saved or looked at meanwhile"):
                unit.commit()

        assert store.due.next_due() == minutes(7)

    def test_a_save_is_not_lost_on_the_plan_of_one_who_completes(self, store):
        kept = add(store, "ring 5 9")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(6))
            Alone(store).save(kept.change(title="ring 5 7"))
            with pytest.raises(TransientStoreError, match="INC-1 was saved or looked at meanwhile"):
                unit.commit()

        assert store.due.complete(lease, minutes(6)) is True
        assert store.due.next_due() == minutes(7)

    def test_a_completion_is_not_lost_on_the_plan_of_one_who_saves(self, store):
        kept = add(store, "ring 5 9")
        (lease,) = claim(store, minutes(6))
        changed = kept.change(title="ring 5 7", at=minutes(6))
        with store.unit() as unit:
            unit.incidents.save(changed)
            assert store.due.complete(lease, minutes(6)) is True
            with pytest.raises(TransientStoreError, match="INC-1 was saved or looked at meanwhile"):
                unit.commit()
        Alone(store).save(changed)

        assert store.due.next_due() == minutes(7)

    def test_a_stale_record_is_told_before_a_lost_lease(self, store):
        kept = add(store, "ring 5")
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            unit.complete(lease, minutes(6))
            unit.incidents.save(stepped(kept))
            Alone(store).save(kept.change(title="ring 7"))
            with pytest.raises(StaleRecordError):
                unit.commit()

    def test_a_claim_does_not_hinder_a_save(self, store):
        kept = add(store, "ring 5, look 9")
        with store.unit() as unit:
            unit.incidents.save(kept.change(title="ring 5, look 8"))
            (lease,) = claim(store, minutes(6))
            unit.commit()

        assert store.due.complete(lease, minutes(6)) is True
        assert store.due.next_due() == minutes(8)

    def test_completing_alone_is_tried_again_until_nobody_was_faster(self):
        faster = []

        def planner(record, after=None):
            if after is not None and faster:
                faster.pop()()
            return next_of_each(record, after)

        store = MemoryStore(due=planner)
        kept = add(store, "ring 5 9")
        (lease,) = claim(store, minutes(6))
        faster.append(lambda: Alone(store).save(kept.change(title="ring 5 7")))
        assert store.due.complete(lease, minutes(6)) is True
        assert store.due.next_due() == minutes(7)

        (lease,) = claim(store, minutes(7))
        faster.append(lambda: claim(store, minutes(8), worker="ada"))
        assert store.due.complete(lease, minutes(8)) is False


class TestLease:
    def test_it_is_a_value(self):
        facts = {
            "record": IncidentId("INC-1"),
            "kind": "ring",
            "due": pendulum.instance(minutes(5)),
            "until": pendulum.instance(minutes(7)),
            "token": "1",
            "worker": "li",
        }

        assert Lease(**facts) == Lease(**facts)
        assert len({Lease(**facts), Lease(**facts), Lease(**facts | {"token": "2"})}) == 2
