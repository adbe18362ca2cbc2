"""
Service requests: their items, approvals and tasks, and how they are found by people (C2, C8, C12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.journaled import stored
from itil_ops.repositories.evaluation import SOUGHT, matching
from itil_ops.repositories.query import QueryOrder, ServiceRequestQuery
from itil_ops.request.record import ServiceRequest
from itil_ops.testing.builders import linked
from itil_ops.testing.contract.identity import LOOK_ALIKES
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import done, seen, told
from itil_ops.testing.requested import asked, drafted, lives, over, under_way
from itil_ops.testing.requested import done as step
from itil_ops.testing.sameness import assert_same


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store, UnitOfWork


REQUESTS = (Capability.SERVICE_REQUESTS,)

NAMES = (*LOOK_ALIKES, "ana", "mia", "eve", "kim", "lou", "bo", "tom", "buying", "workplace")


def keep(store: Store, *requests: ServiceRequest) -> list[ServiceRequest]:
    """
    Return *requests* as they are once added together.
    """
    return done(store, lambda unit: [unit.service_requests.add(one) for one in requests])


def rewrite(store: Store, request: ServiceRequest) -> ServiceRequest:
    """
    Return *request* as it is once saved.
    """
    return done(store, lambda unit: unit.service_requests.save(request))


def found_in(unit: UnitOfWork, **asked_for: Any) -> list[str]:
    """
    Return the ids of the requests that a query finds in *unit*, which are counted too.
    """
    query = ServiceRequestQuery(**asked_for)
    found = [one.id.value for one in unit.service_requests.find(query).items]
    assert unit.service_requests.count(query) == len(found)
    return found


def found(store: Store, **asked_for: Any) -> list[str]:
    """
    Return the ids of the requests that a query finds, which are counted too.
    """
    return seen(store, lambda unit: found_in(unit, **asked_for))


def _some(*others: str | None) -> st.SearchStrategy[frozenset[str | None] | None]:
    return st.none() | st.frozensets(st.sampled_from([*others, *NAMES]), max_size=3)


def _queries() -> st.SearchStrategy[ServiceRequestQuery]:
    return st.builds(
        ServiceRequestQuery,
        requesters=_some(None),
        beneficiaries=_some(None),
        approvers=_some(),
        task_groups=_some(),
        states=st.sampled_from([None, ["draft", "in_progress"]]),
        order=st.sampled_from(QueryOrder),
    )


class RequestsContract(Contract):
    """
    Service requests with all that is in them.
    """

    @clause("C2", "C3", needs=REQUESTS)
    @pytest.mark.parametrize("request_", lives(), ids=lambda record: record.id.value)
    def test_a_request_comes_back_with_its_parts(
        self, store: Store, request_: ServiceRequest
    ) -> None:
        """
        Items, models, answers, rules of approval, approvals and tasks come back, values and types.
        """
        expected = stored(request_, request_.version)
        (added,) = keep(store, request_)
        assert_same(expected, added)
        kept = seen(store, lambda unit: unit.service_requests.get(request_.id))
        assert_same(expected, kept)
        assert ServiceRequest.replay(kept.journal) == kept

    @clause("C4", "C12", needs=[*REQUESTS, Capability.FEED])
    def test_a_request_is_saved_step_by_step(self, store: Store) -> None:
        """
        Whichever part a step is of, it is saved over the one before, and the feed tells the part.
        """
        whole = over()
        (kept,) = keep(store, drafted())
        for until in range(1, whole.version):
            grown = ServiceRequest.replay(whole.journal[: until + 1])
            kept = rewrite(store, stored(grown, until))
        assert kept == whole
        entries = [item.entry for item in told(store)]
        assert entries == [*whole.journal]
        assert {type(one.part) for one in entries if one.part} == {*ServiceRequest.part_types}
        assert all(isinstance(one.part, PartId) for one in entries if one.part)

    # ---- Queries ----------------------------------------------------------------------------

    @clause("C8", needs=REQUESTS)
    def test_a_request_is_found_by_who_asks_and_who_gets_it(self, store: Store) -> None:
        """
        Who asks gets it unless another one is named, and `None` finds what nobody asks for.
        """
        keep(
            store,
            drafted("1"),
            drafted("2", requested_for="tom"),
            drafted("3", requester=None),
            drafted("4", requester=None, requested_for="ana"),
        )
        assert found(store, requesters=["ana"]) == ["1", "2"]
        assert found(store, requesters=[None]) == ["3", "4"]
        assert found(store, beneficiaries=["ana"]) == ["1", "4"]
        assert found(store, beneficiaries=["tom", None]) == ["2", "3"]
        assert found(store, requesters=["ana"], beneficiaries=["tom"]) == ["2"]
        assert found(store, requesters=["tom"], beneficiaries=["ana"]) == []

    @clause("C8", needs=REQUESTS)
    def test_a_request_is_found_by_whose_answer_is_awaited(self, store: Store) -> None:
        """
        Whoever may decide an open approval finds it, and nobody whose answer is not needed.
        """
        keep(store, drafted("1"), asked("2"), under_way("3"), over("4"))
        (kept,) = keep(store, asked("5"))
        assert found(store, approvers=["mia"]) == found(store, approvers=["eve", "kim"])
        assert found(store, approvers=["mia"]) == ["2", "5"]
        assert found(store, approvers=["ana", "bo", "lou"]) == []
        kept = rewrite(store, step(kept, "delegate", 3, "kim", to="lou"))
        assert found(store, approvers=["lou"]) == ["5"]
        assert found(store, approvers=["kim"]) == ["2", "5"]
        kept = rewrite(store, step(step(kept, "approve", 4, "lou"), "approve", 5, "mia"))
        assert found(store, approvers=["bo"]) == ["5"]
        assert found(store, approvers=["mia", "eve", "kim", "lou"]) == ["2"]

    @clause("C8", needs=REQUESTS)
    def test_a_request_is_found_by_whose_tasks_are_open(self, store: Store) -> None:
        """
        A group finds what it has something to do in, whichever group has the request.
        """
        keep(store, drafted("1"), asked("2"), under_way("3"), over("4"))
        assert found(store, task_groups=["buying"]) == ["3"]
        assert found(store, task_groups=["workplace"]) == ["3"]
        assert found(store, groups=["buying"]) == []
        assert found(store, task_groups=["desk"]) == []

    @clause("C8", needs=REQUESTS)
    @pytest.mark.parametrize("field", sorted(SOUGHT))
    def test_an_empty_set_lets_no_request_pass(self, store: Store, field: str) -> None:
        """
        An empty set is no missing filter here either.
        """
        keep(store, asked("1"), under_way("2"))
        assert found(store) == ["1", "2"]
        assert found(store, **{field: []}) == []

    @clause("C8", needs=REQUESTS)
    def test_names_are_compared_as_they_are(self, store: Store) -> None:
        """
        A name finds itself and no other, and is not taken for an id or a name of another sort.
        """
        keep(store, *(drafted(f"{n:02}", requester=one) for n, one in enumerate(LOOK_ALIKES)))
        for place, name in enumerate(LOOK_ALIKES):
            assert found(store, requesters=[name]) == [f"{place:02}"]
            assert found(store, approvers=[name]) == found(store, task_groups=[name]) == []
        keep(store, linked(drafted("with a link", requester="bo"), RecordId("ana")))
        assert found(store, requesters=["ana"]) == []
        assert found(store, linked_to=[RecordId("bo")]) == []
        assert found(store, linked_to=[RecordId("ana")], requesters=["bo"]) == ["with a link"]

    @clause("C8", "C9", needs=REQUESTS)
    def test_a_random_query_for_requests_finds_what_it_defines(self, store: Store) -> None:
        """
        Any query finds what `matching` lets pass, page by page.
        """
        requests = keep(
            store,
            *lives(),
            *(drafted(f"{n}", requester=one) for n, one in enumerate(LOOK_ALIKES)),
            drafted("nobody", requester=None),
        )
        with store.unit(read_only=True) as unit:

            @settings(max_examples=self.examples, deadline=None, database=None)
            @given(_queries(), st.integers(1, 9))
            def ask(query: ServiceRequestQuery, limit: int) -> None:
                expected = {one.id for one in filter(matching(query), requests)}
                assert unit.service_requests.count(query) == len(expected)
                part = unit.service_requests.find(query, limit=limit)
                rest = unit.service_requests.find(query, after=part.next) if part.next else None
                items = [*part.items, *(rest.items if rest else ())]
                assert (len(items), {one.id for one in items}) == (len(expected), expected)

            ask()

    @clause("C7", "C8", needs=REQUESTS)
    def test_a_unit_finds_what_it_wrote_of_requests(self, store: Store) -> None:
        """
        A unit finds by names what it has written, and others do not before it is committed.
        """
        (kept,) = keep(store, asked("1"))
        with store.unit() as unit:
            unit.service_requests.save(step(kept, "reject", 3, "desk", reason="No money."))
            unit.service_requests.add(asked("2"))
            assert found_in(unit, approvers=["mia"]) == ["2"]
        assert found(store, approvers=["mia"]) == ["1"]
