"""
The port to the tool in which changes live.
"""

from __future__ import annotations

import pytest

from family_doubles import rules_of
from itil_ops import (
    ChangeId,
    ConfigurationItemId,
    IllegalTransitionError,
    KnownErrorId,
    Link,
    LinkKind,
    OutOfOrderError,
    ProblemId,
    RefusedError,
)
from itil_ops.errors import HandoffError
from itil_ops.handoffs import ChangeRequest, read_change, request_change, request_change_for
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.repositories import MemoryStore
from known_error_doubles import standing as known_error_in
from problem_doubles import ADA, LI, MORNING, after, minute
from problem_doubles import standing as problem_in


CHANGE = ChangeId("RFC-7")
QUEUE = ConfigurationItemId("queue")
LATER = minute(600)
FAILING = [ChangeStatus.FAILED, ChangeStatus.REJECTED]


class Tool:
    """
    A tool of changes that keeps what it was asked, and says of each change the same.
    """

    def __init__(self, status=ChangeStatus.REQUESTED, change=CHANGE):
        self.asked = []
        self._status, self._change = status, change

    def request(self, change, /):
        self.asked.append(change)
        return self._change

    def status(self, change, /):
        self.asked.append(change)
        return self._status


class Down(Tool):
    def request(self, change, /):
        raise ConnectionError(change)


@pytest.fixture
def tool():
    return Tool()


def requested(problem, tool, **options):
    return request_change(problem, tool, **{"by": LI, "at": LATER, **options})


def requested_for(known_error, tool, **options):
    return request_change_for(known_error, tool, **{"by": LI, "at": LATER, **options})


def read(problem, tool, **options):
    return read_change(problem, tool, **{"by": LI, "at": LATER, **options})


GOOD = {
    "key": "problem PRB-1, change 1",
    "title": "A limit",
    "origin": ProblemId("PRB-1"),
    "requested_by": LI,
    "requested_at": MORNING,
}


class TestRequest:
    def test_a_change_has_a_key_a_title_and_an_origin(self):
        told = ChangeRequest(**GOOD)

        assert (told.description, told.configuration_items) == (None, ())

    @pytest.mark.parametrize(
        ("told", "error"),
        [
            ({"key": ""}, ValueError),
            ({"key": 1}, TypeError),
            ({"title": " "}, ValueError),
            ({"description": ""}, ValueError),
            ({"service": 7}, TypeError),
            ({"justification": " "}, ValueError),
            ({"configuration_items": ["queue"]}, TypeError),
            ({"origin": "PRB-1"}, TypeError),
            ({"requested_by": "li"}, TypeError),
            ({"requested_at": MORNING.replace(tzinfo=None)}, ValueError),
        ],
    )
    def test_nonsense_is_refused(self, told, error):
        with pytest.raises(error):
            ChangeRequest(**{**GOOD, **told})


class TestRequestForAProblem:
    @pytest.mark.parametrize("place", ["under_investigation", "known_error"])
    def test_the_fix_begins_with_the_change(self, place, tool):
        problem = requested(problem_in(place), tool, note="At last.")

        assert problem.state.name == "fix_in_progress"
        assert problem.change == CHANGE
        assert problem.links[-1] == Link(LinkKind.ADDRESSED_BY, CHANGE)
        assert problem.journal[-1].note == "At last."

    def test_the_problem_says_what_is_asked_for(self, tool):
        problem = problem_in(
            "known_error", description="At length.", service="email", configuration_items=[QUEUE]
        )
        requested(problem, tool)

        assert tool.asked == [
            ChangeRequest(
                key="problem PRB-1, change 1",
                title=problem.title,
                description="At length.",
                service="email",
                configuration_items=[QUEUE],
                justification="No limit per sender",
                origin=problem.id,
                requested_by=LI,
                requested_at=LATER,
            )
        ]

    def test_unless_it_is_stated(self, tool):
        told = {"title": "A limit", "description": "100 an hour.", "justification": "Outages."}
        requested(problem_in("known_error"), tool, **told)
        (asked,) = tool.asked

        assert {name: getattr(asked, name) for name in told} == told

    @pytest.mark.parametrize(
        ("problem", "options", "error"),
        [
            (problem_in("new"), {}, RefusedError),
            (problem_in("resolved").reanalyze("Back.", by=LI, at=LATER), {"at": 1}, TypeError),
            (problem_in("known_error"), {"at": MORNING}, OutOfOrderError),
            (problem_in("known_error"), {"policies": ProblemPolicies.strict()}, RefusedError),
            (problem_in("known_error"), {"title": " "}, ValueError),
            (after(problem_in("known_error"), "record_change"), {}, HandoffError),
            (problem_in("fix_in_progress"), {}, HandoffError),
            (problem_in("fix_in_progress").id, {}, TypeError),
        ],
    )
    def test_nothing_is_asked_for_where_it_would_be_refused(self, problem, options, error, tool):
        with pytest.raises(error):
            requested(problem, tool, **options)

        assert tool.asked == []

    def test_a_change_that_is_known_is_named(self, tool):
        with pytest.raises(HandoffError, match="its change is CHG-1 already") as refusal:
            requested(problem_in("fix_in_progress"), tool)

        assert rules_of(refusal) == ["no_change_yet"]

    def test_after_a_failure_there_is_another_one(self, tool):
        failed = after(problem_in("fix_in_progress"), "fix_failed")

        assert requested(failed, tool).change == CHANGE

    @pytest.mark.parametrize("status", FAILING)
    @pytest.mark.parametrize("place", ["under_investigation", "known_error"])
    def test_a_change_that_failed_before_the_fix_began_is_followed_by_another(
        self, place, status, tool
    ):
        named = after(problem_in(place), "record_change")
        known = read(named, Tool(status))
        problem = requested(known, tool)

        assert (known.state.name, known.change_status) == (place, status)
        assert (problem.state.name, problem.change) == ("fix_in_progress", CHANGE)
        assert problem.change_status is None

    @pytest.mark.parametrize("status", [status for status in ChangeStatus if status not in FAILING])
    def test_one_that_is_under_way_is_not(self, status, tool):
        named = after(problem_in("known_error"), "record_change", status=status)

        with pytest.raises(HandoffError, match="its change is CHG-1 already"):
            requested(named, tool)

        assert tool.asked == []

    def test_a_fix_in_progress_has_failed_before_another_change_is_asked_for(self, tool):
        told = after(problem_in("fix_in_progress"), "record_change", status=ChangeStatus.FAILED)

        with pytest.raises(IllegalTransitionError, match="start_fix"):
            requested(told, tool)

        assert tool.asked == []

    def test_one_that_it_had_before_is_no_other(self):
        failed = after(problem_in("fix_in_progress"), "fix_failed")

        with pytest.raises(HandoffError, match="CHG-1, which it had before") as refusal:
            requested(failed, Tool(change=ChangeId("CHG-1")))

        assert rules_of(refusal) == ["another_change"]

    def test_what_the_tool_raises_comes_through(self):
        with pytest.raises(ConnectionError):
            requested(problem_in("known_error"), Down())

    def test_it_returns_an_id(self):
        with pytest.raises(TypeError, match="what the gateway returned must be a ChangeId"):
            requested(problem_in("known_error"), Tool(change="RFC-7"))

    @pytest.mark.parametrize("call", [request_change, read_change])
    def test_it_is_a_gateway(self, call):
        with pytest.raises(TypeError, match="ChangeGateway"):
            call(problem_in("known_error"), object(), by=LI, at=LATER)


class TestRequestForAKnownError:
    @pytest.mark.parametrize("place", ["draft", "published", "resolved"])
    def test_it_is_addressed_by_the_change(self, place, tool):
        known_error = known_error_in(place)
        after_all = requested_for(known_error, tool, note="For the next release.")

        assert after_all.links == (Link(LinkKind.ADDRESSED_BY, CHANGE),)
        assert after_all.state is known_error.state
        assert after_all.journal[-1].note == "For the next release."

    @pytest.mark.parametrize(
        ("stated", "description"),
        [
            ({"permanent_fix": "Release 6.", "description": "Long."}, "Release 6."),
            ({"description": "Long."}, "Long."),
            ({}, None),
        ],
    )
    def test_it_says_what_is_asked_for(self, stated, description, tool):
        known_error = known_error_in(
            "published",
            services=["email"],
            configuration_items=[QUEUE],
            root_cause="A lock.",
            **stated,
        )
        requested_for(known_error, tool)
        (asked,) = tool.asked

        assert (asked.title, asked.description) == (known_error.title, description)
        assert (asked.service, asked.configuration_items) == ("email", (QUEUE,))
        assert (asked.justification, asked.origin) == ("A lock.", KnownErrorId("KE-1"))

    def test_unless_it_is_stated(self, tool):
        told = {"title": "A limit", "description": "100 an hour.", "justification": "Outages."}
        requested_for(known_error_in("published"), tool, **told)
        (asked,) = tool.asked

        assert {name: getattr(asked, name) for name in told} == told

    @pytest.mark.parametrize(
        ("known_error", "options", "error"),
        [
            (known_error_in("retired"), {}, HandoffError),
            (known_error_in("published"), {"at": MORNING}, OutOfOrderError),
            (known_error_in("draft"), {"policies": KnownErrorPolicies.strict()}, RefusedError),
            (known_error_in("draft").id, {}, TypeError),
        ],
    )
    def test_nothing_is_asked_for_where_it_would_be_refused(
        self, known_error, options, error, tool
    ):
        with pytest.raises(error):
            requested_for(known_error, tool, **options)

        assert tool.asked == []

    def test_it_is_a_gateway_and_returns_an_id(self):
        with pytest.raises(TypeError, match="ChangeGateway"):
            requested_for(known_error_in("draft"), Tool)
        with pytest.raises(TypeError, match="a ChangeId"):
            requested_for(known_error_in("draft"), Tool(change=None))


class Idempotent(Tool):
    """
    A tool that raises one change for a key, and may lose its answer.
    """

    def __init__(self):
        super().__init__()
        self.raised = {}

    def request(self, change, /):
        super().request(change)
        return self.raised.setdefault(change.key, ChangeId(f"RFC-{len(self.raised) + 1}"))


class TestKeys:
    @pytest.fixture
    def tool(self):
        return Idempotent()

    @pytest.mark.parametrize(
        ("ask", "record"),
        [(requested, problem_in("known_error")), (requested_for, known_error_in("published"))],
    )
    def test_what_was_not_saved_is_asked_for_by_the_same_key(self, ask, record, tool):
        ask(record, tool)
        commented = record.comment("It crashed.", by=LI, at=LATER)
        ask(commented, tool, at=minute(700), by=ADA, title="Once more")

        assert len(tool.asked) == 2
        assert len(tool.raised) == 1

    @pytest.mark.parametrize("status", FAILING)
    def test_after_a_failure_there_is_another_key(self, status, tool):
        problem = problem_in("known_error")
        for number in (1, 2, 3):
            problem = requested(problem, tool)

            assert problem.change == ChangeId(f"RFC-{number}")
            problem = read(problem, Tool(status))

        assert list(tool.raised) == [f"problem PRB-1, change {n}" for n in (1, 2, 3)]

    def test_so_there_is_after_one_that_somebody_named(self, tool):
        named = after(problem_in("known_error"), "record_change", status=ChangeStatus.REJECTED)
        requested(named, tool)

        assert list(tool.raised) == ["problem PRB-1, change 2"]

    def test_a_known_error_asks_for_one_after_the_other(self, tool):
        once = requested_for(known_error_in("published"), tool)
        freed = once.unlink(ChangeId("RFC-1"), by=LI, at=LATER)
        requested_for(freed, tool)

        assert list(tool.raised) == ["known error KE-1, change 1", "known error KE-1, change 2"]

    def test_a_known_error_is_addressed_once_by_a_change(self):
        once = requested_for(known_error_in("published"), Tool())

        with pytest.raises(HandoffError, match="RFC-7, which it had before"):
            requested_for(once, Tool())

    def test_what_has_one_text_is_told_apart(self, tool):
        requested(problem_in("known_error", id=ProblemId("7")), tool)
        requested_for(known_error_in("published", id=KnownErrorId("7")), tool)

        assert len(tool.raised) == 2


class TestRead:
    @pytest.mark.parametrize("status", [status for status in ChangeStatus if status not in FAILING])
    def test_the_status_is_recorded(self, status):
        tool = Tool(status)
        problem = read(problem_in("fix_in_progress"), tool, note="Asked.")

        assert (problem.change_status, problem.state.name) == (status, "fix_in_progress")
        assert (problem.journal[-1].note, tool.asked) == ("Asked.", [ChangeId("CHG-1")])

    @pytest.mark.parametrize("place", ["fix_in_progress", "resolved", "pending from known_error"])
    @pytest.mark.parametrize("status", [ChangeStatus.APPROVED, ChangeStatus.REVIEWED])
    def test_what_is_no_news_comes_back_as_it_is(self, place, status):
        problem = after(problem_in(place), "record_change", status=status)

        assert read(problem, Tool(status)) is problem

    @pytest.mark.parametrize("status", FAILING)
    @pytest.mark.parametrize(
        ("place", "back"),
        [
            ("fix_in_progress", "known_error"),
            ("fix_in_progress undeclared", "under_investigation"),
        ],
    )
    def test_a_fix_fails_with_its_change(self, place, back, status):
        problem = read(problem_in(place), Tool(status))

        assert [entry.action for entry in problem.journal[-2:]] == ["record_change", "fix_failed"]
        assert (problem.state.name, problem.change) == (back, None)
        assert problem.journal[-1].note == f"CHG-1 {status.words}"

    def test_also_where_the_failure_was_recorded_before(self):
        told = after(problem_in("fix_in_progress"), "record_change", status=ChangeStatus.FAILED)

        assert read(told, Tool(ChangeStatus.FAILED)).state.name == "known_error"

    @pytest.mark.parametrize("status", FAILING)
    def test_what_failed_before_is_no_news_and_nothing_is_asked(self, status):
        tool = Tool(status)
        failed = read(problem_in("fix_in_progress"), tool)

        assert read(failed, tool, at=minute(700)) is failed
        assert tool.asked == [ChangeId("CHG-1")]

    def test_nor_is_there_news_where_the_next_fix_takes_no_change(self, tool):
        failed = read(problem_in("fix_in_progress"), Tool(ChangeStatus.FAILED))
        without = after(failed, "start_fix", change=None, no_change_reason="A setting.")

        assert read(without, tool) is without

    def test_the_next_change_is_read_again(self):
        tool = Idempotent()
        failed = read(requested(problem_in("known_error"), tool), Tool(ChangeStatus.REJECTED))
        again = read(requested(failed, tool), Tool(ChangeStatus.APPROVED))

        assert (again.change, again.change_status) == (ChangeId("RFC-2"), ChangeStatus.APPROVED)

    def test_what_never_had_one_says_how_to_get_it(self):
        with pytest.raises(HandoffError, match="it never had one: 'request_change' asks") as caught:
            read(problem_in("known_error"), Tool())

        assert [reason.rule for reason in caught.value.reasons] == ["a_change"]

    @pytest.mark.parametrize("place", ["pending from fix_in_progress", "resolved"])
    def test_where_no_fix_is_in_progress_it_is_a_record_alone(self, place):
        problem = problem_in(place)
        told = read(problem, Tool(ChangeStatus.FAILED))

        assert (told.state, told.change_status) == (problem.state, ChangeStatus.FAILED)

    @pytest.mark.parametrize(
        ("problem", "options", "error"),
        [
            (problem_in("known_error"), {}, HandoffError),
            (problem_in("closed"), {}, RefusedError),
            (problem_in("fix_in_progress"), {"at": MORNING}, OutOfOrderError),
            (problem_in("fix_in_progress"), {"policies": ProblemPolicies.strict()}, RefusedError),
            (ProblemId("PRB-1"), {}, TypeError),
        ],
    )
    def test_a_refusal_changes_nothing(self, problem, options, error, tool):
        with pytest.raises(error):
            read(problem, tool, **options)

    def test_it_returns_a_status(self):
        with pytest.raises(TypeError, match="what the gateway returned must be a ChangeStatus"):
            read(problem_in("fix_in_progress"), Tool("approved"))


class TestInAStore:
    def test_all_that_changed_is_saved(self, tool):
        store = MemoryStore()
        with store.unit() as unit:
            kept = unit.problems.add(problem_in("known_error"))
            begun = unit.problems.save(requested(kept, tool))
            unit.problems.save(read(begun, Tool(ChangeStatus.FAILED)))
            known_error = unit.known_errors.add(known_error_in("published"))
            unit.known_errors.save(requested_for(known_error, tool))
            unit.commit()

        with store.unit(read_only=True) as unit:
            problem = unit.problems.get(kept.id)
            addressed = unit.known_errors.get(known_error.id)

        assert problem.state.name == "known_error"
        assert Link(LinkKind.ADDRESSED_BY, CHANGE) in problem.links
        assert addressed.links == (Link(LinkKind.ADDRESSED_BY, CHANGE),)
