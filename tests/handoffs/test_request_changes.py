"""
The changes of service requests: standard ones, and those for which they wait.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from family_doubles import rules_of
from itil_ops.catalog.model import RequestModel, StandardChange
from itil_ops.errors import (
    HandoffError,
    IllegalTransitionError,
    NotPermittedError,
    OutOfOrderError,
    RefusedError,
)
from itil_ops.handoffs import (
    ChangeRequest,
    raise_change_for,
    read_change_of,
    request_standard_change,
)
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, ServiceRequestId
from itil_ops.kernel.vocabulary import ChangeStatus, PendingReason
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest


ANA, LI = Actor("ana"), Actor("li")
CHANGE = ChangeId("RFC-7")
SWITCH = ConfigurationItemId("switch-3")
FAILING = [ChangeStatus.FAILED, ChangeStatus.REJECTED]
MADE = [ChangeStatus.IMPLEMENTED, ChangeStatus.REVIEWED]
AWAITING_CHANGE = PendingReason.AWAITING_CHANGE


def hour(count):
    return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(hours=count)


LATER = hour(5)


class Tool:
    """
    A tool of changes that raises one for each key, and keeps what it was asked.
    """

    def __init__(self, status=ChangeStatus.REQUESTED):
        self.asked, self.raised, self.now = [], {}, status

    def request(self, change, /):
        self.asked.append(change)
        return self.raised.setdefault(change.key, ChangeId(f"RFC-{7 + len(self.raised)}"))

    def status(self, change, /):
        self.asked.append(change)
        return self.now


class Fixed(Tool):
    """
    A tool that answers what it was told to.
    """

    def __init__(self, change=CHANGE, status=ChangeStatus.REQUESTED):
        super().__init__(status)
        self.change = change

    def request(self, change, /):
        super().request(change)
        return self.change


class Down(Tool):
    def request(self, change, /):
        raise ConnectionError(change)


@pytest.fixture
def tool():
    return Tool()


def item(name="port", change=None):
    routine = change and StandardChange(change)
    model = RequestModel(name=name, group="network", standard_change=routine)
    return RequestedItem(name=name, model=model)


PORT, PLAIN = item(change="open-a-port"), item("cable")


def submitted(*items, **stated):
    request = ServiceRequest.draft(
        ServiceRequestId("REQ-1"),
        title="Open a port",
        requester="ana",
        items=items or [PORT],
        by=ANA,
        at=hour(0),
        **stated,
    )
    return request.submit(by=ANA, at=hour(1))


def authorized(*items, **stated):
    return submitted(*items, **stated).authorize(by=LI, at=hour(2))


def begun(**stated):
    return authorized(PLAIN, **stated).start_fulfillment(by=LI, at=hour(3))


def ended():
    return begun().complete(by=LI, at=hour(4)).close(by=ANA, at=hour(4))


def standard(request, tool, **options):
    return request_standard_change(request, tool, **{"by": LI, "at": LATER, **options})


def raised(request, tool, **options):
    return raise_change_for(request, tool, **{"by": LI, "at": LATER, **options})


def read(request, tool, **options):
    return read_change_of(request, tool, **{"by": LI, "at": LATER, **options})


TOLD = {"title": "Port 443", "description": "From outside.", "justification": "The new shop."}
COMPLETE = RequestPolicies.strict()
CALLS = [(standard, authorized), (raised, begun)]


GOOD = {
    "key": "service request REQ-1, change 1",
    "title": "A port",
    "origin": ServiceRequestId("REQ-1"),
    "requested_by": LI,
    "requested_at": LATER,
}


class TestTheTemplate:
    def test_it_is_the_routine_of_a_standard_change(self):
        assert ChangeRequest(**GOOD, template="open-a-port").template == "open-a-port"
        assert ChangeRequest(**GOOD).template is None

    @pytest.mark.parametrize(("wrong", "error"), [(" ", ValueError), (7, TypeError)])
    def test_it_is_a_text(self, wrong, error):
        with pytest.raises(error):
            ChangeRequest(**GOOD, template=wrong)


class TestStandardChange:
    def test_the_request_has_the_change_and_waits_for_nothing(self, tool):
        request = standard(authorized(), tool, note="As usual.")

        assert (request.state.name, request.change, request.change_status) == (
            "authorized",
            CHANGE,
            None,
        )
        assert (request.journal[-1].action, request.journal[-1].note) == (
            "register_change",
            "As usual.",
        )

    def test_its_fulfillment_begins_after_that_and_not_before(self, tool):
        request = authorized()
        (reason,) = request.why_not("start_fulfillment", by=LI, at=LATER)

        assert reason.rule == "the_standard_change_is_registered"
        begins = standard(request, tool).start_fulfillment(by=LI, at=LATER)
        assert begins.state.name == "in_progress"

    def test_the_model_says_what_is_asked_for(self, tool):
        request = authorized(description="443", service="network", configuration_items=[SWITCH])
        standard(request, tool)

        assert tool.asked == [
            ChangeRequest(
                key="service request REQ-1, change 1",
                title="Open a port",
                description="443",
                service="network",
                configuration_items=[SWITCH],
                template="open-a-port",
                origin=request.id,
                requested_by=LI,
                requested_at=LATER,
            )
        ]

    def test_its_title_too_if_it_has_one(self, tool):
        routine = StandardChange("open-a-port", title="A port of the firewall")
        model = RequestModel(name="port", group="network", standard_change=routine)
        standard(authorized(RequestedItem(name="port", model=model)), tool)

        assert tool.asked[0].title == "A port of the firewall"

    def test_two_items_may_have_the_same(self, tool):
        standard(authorized(PORT, item("other port", change="open-a-port")), tool)

        assert tool.asked[0].template == "open-a-port"

    def test_what_is_no_routine_has_none(self, tool):
        with pytest.raises(HandoffError, match="'raise_change_for' asks for an RFC") as refusal:
            standard(authorized(PLAIN), tool)

        assert (rules_of(refusal), tool.asked) == (["a_standard_change"], [])

    @pytest.mark.parametrize(
        ("request_", "options", "error"),
        [
            (submitted(), {}, IllegalTransitionError),
            (authorized(), {"at": hour(0)}, OutOfOrderError),
            (authorized(), {"policies": COMPLETE}, NotPermittedError),
            (authorized(), {"title": " "}, ValueError),
            (authorized(), {"title": 7}, TypeError),
            (authorized(), {"at": 7}, TypeError),
            (authorized().id, {}, TypeError),
        ],
    )
    def test_nothing_is_asked_for_where_it_would_be_refused(self, request_, options, error, tool):
        with pytest.raises(error):
            standard(request_, tool, **options)

        assert tool.asked == []


class TestWaitingForAChange:
    def test_the_request_waits_for_the_change(self, tool):
        request = raised(begun(), tool, until=hour(50), note="Not a routine.")

        assert (request.state.name, request.change) == ("suspended", CHANGE)
        assert (request.pending_reason, request.awaited) == (AWAITING_CHANGE, CHANGE)
        assert request.pending_until == hour(50)
        assert [(entry.action, entry.note) for entry in request.journal[-2:]] == [
            ("register_change", "Not a routine."),
            ("suspend", "Not a routine."),
        ]

    def test_the_request_says_what_is_asked_for(self, tool):
        raised(begun(description="443", service="network", configuration_items=[SWITCH]), tool)
        (asked,) = tool.asked

        assert (asked.title, asked.description, asked.template) == ("Open a port", "443", None)
        assert (asked.service, asked.configuration_items) == ("network", (SWITCH,))

    def test_what_waits_for_something_else_waits_for_the_change_then(self, tool):
        waiting = begun().suspend(PendingReason.AWAITING_SUPPLIER, by=LI, at=hour(4))

        assert raised(waiting, tool).awaited == CHANGE

    @pytest.mark.parametrize(
        ("request_", "options", "error"),
        [
            (submitted(), {}, IllegalTransitionError),
            (ended(), {}, RefusedError),
            (begun(), {"at": hour(0)}, OutOfOrderError),
            (begun(), {"policies": COMPLETE}, NotPermittedError),
            (begun(), {"title": " "}, ValueError),
            (begun(), {"until": hour(2)}, RefusedError),
            (begun(), {"until": "friday"}, TypeError),
            ("REQ-1", {}, TypeError),
        ],
    )
    def test_nothing_is_asked_for_where_it_would_be_refused(self, request_, options, error, tool):
        with pytest.raises(error):
            raised(request_, tool, **options)

        assert tool.asked == []


class TestBoth:
    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_what_is_stated_holds(self, ask, make, tool):
        ask(make(), tool, **TOLD)
        (asked,) = tool.asked

        assert {name: getattr(asked, name) for name in TOLD} == TOLD

    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_what_was_not_saved_is_asked_for_by_the_same_key(self, ask, make, tool):
        ask(make(), tool)
        ask(make().comment("It crashed.", by=LI, at=LATER), tool, by=ANA, title="Once more")

        assert len(tool.asked) == 2
        assert list(tool.raised) == ["service request REQ-1, change 1"]

    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_a_change_that_is_known_is_not_asked_for_again(self, ask, make, tool):
        request = make().register_change(CHANGE, by=LI, at=LATER)

        with pytest.raises(HandoffError, match="its change is RFC-7 already") as refusal:
            ask(request, tool)

        assert (rules_of(refusal), tool.asked) == (["no_change_yet"], [])

    @pytest.mark.parametrize("status", FAILING)
    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_one_that_failed_is_followed_by_another(self, ask, make, status, tool):
        request = make()
        for number in (7, 8, 9):
            request = ask(request, tool)
            assert request.change == ChangeId(f"RFC-{number}")
            request = read(request, Fixed(status=status))

        assert list(tool.raised) == [f"service request REQ-1, change {n}" for n in (1, 2, 3)]

    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_one_that_it_had_before_is_no_other(self, ask, make):
        failed = read(ask(make(), Fixed()), Fixed(status=ChangeStatus.FAILED))

        with pytest.raises(HandoffError, match="RFC-7, which it had before") as refusal:
            ask(failed, Fixed())

        assert rules_of(refusal) == ["another_change"]

    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_what_the_tool_raises_comes_through(self, ask, make):
        with pytest.raises(ConnectionError):
            ask(make(), Down())

    @pytest.mark.parametrize(("ask", "make"), CALLS)
    def test_it_returns_an_id(self, ask, make):
        with pytest.raises(TypeError, match="what the gateway returned must be a ChangeId"):
            ask(make(), Fixed("RFC-7"))

    @pytest.mark.parametrize(("ask", "make"), [*CALLS, (read, begun)])
    def test_it_is_a_gateway(self, ask, make):
        with pytest.raises(TypeError, match="ChangeGateway"):
            ask(make(), object())


class TestRead:
    @pytest.mark.parametrize("status", ChangeStatus)
    def test_where_it_stands_is_recorded(self, status):
        request = read(standard(authorized(), Tool()), Tool(status), note="Asked.")

        assert (request.change_status, request.state.name) == (status, "authorized")
        assert (request.journal[-1].action, request.journal[-1].note) == (
            "record_change",
            "Asked.",
        )

    @pytest.mark.parametrize("status", MADE)
    def test_who_waits_for_it_goes_on_once_it_is_made(self, status):
        request = read(raised(begun(), Tool()), Tool(status))

        assert (request.state.name, request.change_status) == ("in_progress", status)
        assert request.journal[-1].note == f"RFC-7 {status.words}"

    @pytest.mark.parametrize("status", [one for one in ChangeStatus if one not in MADE])
    def test_and_not_before_nor_because_it_failed(self, status):
        request = read(raised(begun(), Tool()), Tool(status))

        assert (request.state.name, request.change_status) == ("suspended", status)

    def test_also_where_that_was_recorded_before(self):
        made = ChangeStatus.IMPLEMENTED
        told = raised(begun(), Tool()).record_change(made, by=LI, at=LATER)

        assert read(told, Tool(made)).state.name == "in_progress"

    def test_who_waits_for_a_change_without_a_name_waits_for_this_one(self):
        registered = begun().register_change(CHANGE, by=LI, at=hour(4))
        waiting = registered.suspend(AWAITING_CHANGE, by=LI, at=hour(4))

        assert read(waiting, Tool(ChangeStatus.IMPLEMENTED)).state.name == "in_progress"

    @pytest.mark.parametrize(
        ("reason", "awaited"),
        [(AWAITING_CHANGE, ChangeId("RFC-1")), (PendingReason.AWAITING_SUPPLIER, None)],
    )
    def test_who_waits_for_something_else_waits_on(self, reason, awaited):
        registered = begun().register_change(CHANGE, by=LI, at=hour(4))
        waiting = registered.suspend(reason, awaited=awaited, by=LI, at=hour(4))
        request = read(waiting, Tool(ChangeStatus.IMPLEMENTED))

        assert (request.state.name, request.change_status) == (
            "suspended",
            ChangeStatus.IMPLEMENTED,
        )

    @pytest.mark.parametrize("status", ChangeStatus)
    def test_what_is_no_news_comes_back_as_it_is(self, status):
        request = read(standard(authorized(), Tool()), Tool(status))

        assert read(request, Tool(status)) is request

    def test_what_has_none_says_how_to_get_it(self):
        with pytest.raises(HandoffError, match="'request_standard_change' or") as refusal:
            read(begun(), Tool())

        assert rules_of(refusal) == ["a_change"]

    @pytest.mark.parametrize(
        ("request_", "options", "error"),
        [
            (raised(begun(), Tool()), {"at": hour(0)}, OutOfOrderError),
            (raised(begun(), Tool()), {"policies": COMPLETE}, NotPermittedError),
            ("REQ-1", {}, TypeError),
        ],
    )
    def test_a_refusal_changes_nothing(self, request_, options, error, tool):
        with pytest.raises(error):
            read(request_, tool, **options)

    def test_it_returns_a_status(self):
        with pytest.raises(TypeError, match="what the gateway returned must be a ChangeStatus"):
            read(raised(begun(), Tool()), Tool("approved"))
