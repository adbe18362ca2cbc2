"""
Merging two records into one and splitting one into two: links, children, journals, refusals.
"""

from __future__ import annotations

import pickle

from datetime import datetime
from decimal import Decimal

import attrs
import pytest

from family_doubles import (
    CHANGE,
    CHILD,
    DEEP,
    DESK,
    LI,
    OTHER,
    PARENT,
    PROBLEM,
    awaiting_change,
    child,
    closed,
    incident,
    joined,
    minute,
    pointing,
    problem,
    resolved,
    rules_of,
)
from incident_doubles import is_true
from itil_ops import (
    CancellationReason,
    CategoryPath,
    ConfigurationItemId,
    ContactChannel,
    Criticality,
    EventId,
    Impact,
    Incident,
    IncidentId,
    IncidentModel,
    IncidentPolicies,
    Inheritance,
    Link,
    LinkKind,
    ModelStep,
    OutOfOrderError,
    Phase,
    Problem,
    ProblemId,
    ServiceRequest,
    ServiceRequestId,
    State,
    Urgency,
)
from itil_ops.errors import HandoffError
from itil_ops.handoffs import Family, adopt, mark_duplicate, merge, merged_history, split
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE, NEW
from itil_ops.incident.rules import it_is_described
from itil_ops.kernel.table import Transition
from itil_ops.problem.vocabulary import ProblemOrigin, ProblemResolutionCode


SOURCE, TARGET = incident("INC-8"), incident("INC-9", at=3)
S, T = SOURCE.id, TARGET.id
EVENT = EventId("EVT-1")
BY_LI = {"by": LI, "at": minute(30)}
WITHDRAWN = CancellationReason.WITHDRAWN


def linked(record, *links, at=5):
    for kind, to in links:
        record = record.link(kind, to, by=DESK, at=minute(at))
    return record


def link(kind, to):
    return Link(kind, to)


def merged(source=SOURCE, target=TARGET, **options):
    result = merge(source, target, **{**BY_LI, "children": (), **options})
    for record in result.changed:
        assert type(record).replay(record.journal) == record
    return result


class TestMerge:
    def test_the_source_is_cancelled_as_a_duplicate(self):
        source = is_true(merged().source)

        assert source.state.phase is Phase.DROPPED
        assert source.cancellation_reason is CancellationReason.DUPLICATE
        assert source.original == T

    def test_the_target_goes_on_and_knows_what_it_took_over(self):
        result = merged(inheritance=Inheritance.COPY, note="Same outage.")
        (inherited,) = result.target.inherited

        assert result.target.state == TARGET.state
        assert inherited.origin == S
        assert inherited.inheritance is Inheritance.COPY
        assert inherited.journal == SOURCE.journal
        assert {one.journal[-1].note for one in result.changed} == {"Same outage."}

    def test_clocks_stay_as_they_are_unless_somebody_says_otherwise(self):
        assert merged().target.inherited[0].inheritance is Inheritance.RESTART

    def test_both_are_one_family_without_defects(self):
        family = Family(merged().changed)

        assert family.original_of(S) == T
        assert family.defects == ()

    def test_nothing_happens_to_what_was_given(self):
        before = pickle.dumps((SOURCE, TARGET))
        merged()

        assert pickle.loads(before) == (SOURCE, TARGET)

    def test_problems_are_merged_too(self):
        one, other = problem("PRB-8", raised_from=[PARENT]), problem("PRB-9")
        result = merged(one, other)

        assert result.source.resolution_code is ProblemResolutionCode.DUPLICATE
        assert result.target.raised_from == (PARENT,)
        assert result.target.inherited[0].origin == ProblemId("PRB-8")

    def test_several_are_merged_into_one(self):
        one = merged().target
        both = merge(incident("INC-7"), one, children=(), by=LI, at=minute(40)).target

        assert [share.origin for share in both.inherited] == [S, IncidentId("INC-7")]


class TestLinks:
    def test_zammad_186_links_are_a_set_union(self):
        source = linked(
            SOURCE,
            (LinkKind.CAUSED_BY, PROBLEM),
            (LinkKind.CAUSED_BY_CHANGE, CHANGE),
            (LinkKind.RELATED, OTHER),
        )
        target = linked(TARGET, (LinkKind.RELATED, OTHER), (LinkKind.RELATED, PARENT))

        assert merged(source, target).target.links == (
            link(LinkKind.RELATED, OTHER),
            link(LinkKind.RELATED, PARENT),
            link(LinkKind.CAUSED_BY, PROBLEM),
            link(LinkKind.CAUSED_BY_CHANGE, CHANGE),
        )

    def test_zammad_2347_the_source_keeps_its_own(self):
        source = linked(SOURCE, (LinkKind.RELATED, OTHER))

        assert merged(source).source.links == (
            link(LinkKind.RELATED, OTHER),
            link(LinkKind.DUPLICATE_OF, T),
        )

    def test_none_leads_to_the_target_itself(self):
        assert merged(linked(SOURCE, (LinkKind.RELATED, T))).target.links == ()

    def test_where_the_source_came_from_stays_with_it(self):
        source = linked(joined(SOURCE), (LinkKind.SPLIT_FROM, OTHER))

        assert merged(source).target.links == ()
        assert merged(source).target.parent is None

    def test_a_child_is_merged_into_its_parent(self):
        result = merged(joined(SOURCE, T))

        assert result.target.links == ()
        assert result.source.parent == T

    def test_siblings_are_merged(self):
        result = merged(joined(SOURCE), joined(TARGET, at=4))

        assert result.target.parent == PARENT


class TestChildren:
    def test_they_are_the_targets_now(self):
        result = merged(children=[joined(incident(CHILD), S), joined(incident(OTHER), S)])

        assert [one.parent for one in result.children] == [T, T]
        assert len(result.changed) == 4
        assert [one.id for one in Family(result.changed).children_of(T)] == [CHILD, OTHER]

    @pytest.mark.parametrize("done", [closed, resolved])
    def test_those_that_are_done_stay_where_they_are(self, done):
        assert merged(children=[done(joined(incident(CHILD), S), 8)]).children == ()

    def test_none_need_be_given(self):
        assert merged().children == ()

    def test_what_is_no_child_of_the_source_is_refused(self):
        with pytest.raises(HandoffError, match="incident INC-2 is no child of it") as caught:
            merged(children=[child(CHILD)])

        assert rules_of(caught) == ["its_child"]

    def test_levels_count(self):
        below = joined(incident(CHILD), S)

        with pytest.raises(HandoffError, match="2 levels"):
            merged(target=joined(TARGET, at=4), children=[below])
        assert (
            merged(
                target=joined(TARGET, at=4),
                children=[below],
                family=[incident(PARENT)],
                policies=DEEP,
            )
            .children[0]
            .parent
            == T
        )

    def test_what_stands_below_them_counts(self):
        below = joined(incident(CHILD), S)
        two = IncidentPolicies(family_levels=2)
        family = [pointing("INC-4", "INC-3"), pointing("INC-3", "INC-2")]

        with pytest.raises(HandoffError, match="3 levels"):
            merged(children=[below], family=family, policies=two)

    def test_one_is_given_once(self):
        with pytest.raises(ValueError, match="INC-2 is given twice"):
            merged(children=[joined(incident(CHILD), S)] * 2)


class Triaged(Incident):
    """
    An incident of a desk that has a state of its own.
    """

    __slots__ = ()

    lifecycle = attrs.evolve(
        INCIDENT_LIFECYCLE,
        states=(*INCIDENT_LIFECYCLE.states, TRIAGE := State("triage", Phase.ACTIVE)),
        transitions=(
            *INCIDENT_LIFECYCLE.transitions,
            Transition("triage", NEW, TRIAGE),
            Transition("release", TRIAGE, NEW),
        ),
    )

    def triage(self, **told):
        return self._step("triage", **told)

    def release(self, **told):
        return self._step("release", **told)


class TestRefusedMerges:
    @pytest.mark.parametrize(
        ("source", "target", "rules"),
        [
            (closed(SOURCE, 5), closed(TARGET, 5), ["not_over", "not_over"]),
            (closed(SOURCE, 5), TARGET, ["not_over"]),
            (SOURCE, closed(TARGET, 5), ["not_over"]),
            (SOURCE.cancel(WITHDRAWN, by=LI, at=minute(5)), TARGET, ["not_over"]),
            (SOURCE, TARGET.cancel(WITHDRAWN, by=LI, at=minute(5)), ["not_over"]),
            (SOURCE, SOURCE, ["two_records"]),
            (SOURCE, problem(), ["of_one_kind"]),
            (SOURCE, joined(TARGET, S, at=4), ["no_cycle"]),
        ],
        ids=[
            "a closed into a closed",
            "a closed source",
            "into a closed one",
            "a cancelled source",
            "into a cancelled one",
            "into itself",
            "into another kind",
            "into its own child",
        ],
    )
    def test_they_name_their_reasons(self, source, target, rules):
        before = pickle.dumps((source, target))

        with pytest.raises(HandoffError) as caught:
            merged(source, target)

        assert rules_of(caught) == rules
        assert caught.value.tried.startswith("merge into ")
        assert pickle.loads(before) == (source, target)

    def test_into_a_grandchild(self):
        with pytest.raises(HandoffError, match="stands below it: unlink that first"):
            merged(SOURCE, joined(TARGET, CHILD, at=4), family=[joined(incident(CHILD), S)])

    def test_into_a_duplicate_the_original_is_named(self):
        target = merged(TARGET, incident(PARENT)).source

        with pytest.raises(HandoffError, match="is a duplicate itself: name INC-1") as caught:
            merged(SOURCE, target)

        assert rules_of(caught) == ["not_over", "no_duplicate"]

    def test_frappe_7_26_a_cycle_of_merges(self):
        first = merged()

        with pytest.raises(HandoffError) as caught:
            merged(first.target, first.source)

        assert rules_of(caught) == ["not_over", "no_cycle"]

    def test_a_cycle_of_merges_through_others(self):
        family = [pointing("INC-3", "INC-2", kind=LinkKind.DUPLICATE_OF)]
        family += [pointing("INC-2", "INC-8", kind=LinkKind.DUPLICATE_OF)]

        with pytest.raises(HandoffError, match="INC-3 duplicates it: that would be a cycle"):
            merged(SOURCE, family[0], family=family)

    @pytest.mark.parametrize(
        ("source", "target"), [(resolved(SOURCE, 5), TARGET), (SOURCE, resolved(TARGET, 5))]
    )
    def test_what_is_resolved_refuses_itself(self, source, target):
        with pytest.raises(HandoffError, match="reopen, close") as caught:
            merged(source, target)

        assert rules_of(caught) == ["transition"]
        assert caught.value.subject == "incident INC-8"

    def test_twice_the_same_is_refused(self):
        with pytest.raises(HandoffError):
            merged(*merged().changed)

    def test_an_instant_before_the_last_entry_is_refused(self):
        with pytest.raises(OutOfOrderError):
            merged(at=minute(1))

    def test_states_that_the_target_does_not_know(self):
        there = incident(S, kind=Triaged).triage(by=LI, at=minute(5))

        with pytest.raises(HandoffError, match="knows no state triage") as caught:
            merged(there.release(by=LI, at=minute(6)), TARGET)
        assert rules_of(caught) == ["same_states"]
        between = merged(there.release(by=LI, at=minute(6)), incident(OTHER, kind=Triaged)).target
        with pytest.raises(HandoffError, match="knows no state triage"):
            merged(between, TARGET)
        assert merged(SOURCE, incident(T, kind=Triaged)).target.inherited

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"source": S}, TypeError),
            ({"target": None}, TypeError),
            ({"inheritance": "copy"}, TypeError),
            ({"inheritance": None}, TypeError),
            ({"children": [CHILD]}, TypeError),
            ({"family": TARGET}, TypeError),
            ({"by": "li"}, TypeError),
            ({"at": datetime(2026, 3, 2)}, ValueError),
            ({"note": " "}, ValueError),
            ({"policies": "strict"}, TypeError),
        ],
    )
    def test_bad_arguments(self, given, error):
        with pytest.raises(error):
            merge(**{"source": SOURCE, "target": TARGET, "children": (), **BY_LI, **given})


# ---- Split ------------------------------------------------------------------------------------

STATED = {
    "description": "Nothing goes out.",
    "customer": "acme",
    "category": CategoryPath("software/mail"),
    "impact": Impact.HIGH,
    "urgency": Urgency.HIGH,
    "channel": ContactChannel.PHONE,
    "caller": "mira",
    "affected_user": "jo",
    "environment": "production",
    "configuration_items": (ConfigurationItemId("CI-1"),),
    "vip": True,
    "criticality": Criticality.HIGH,
    "security": True,
    "symptom": "550",
    "occurred_at": minute(-20),
    "detected_at": minute(-10),
}
WHOLE = incident(
    S,
    number="INC0008",
    owner="mail_desk",
    source_event=EVENT,
    model=IncidentModel(name="outage", steps=[ModelStep("look")]),
    **STATED,
)


def parted(record=WHOLE, new=CHILD, **options):
    result = split(record, new, **{"title": "The gateway", **BY_LI, **options})
    for one in result.changed:
        assert type(one).replay(one.journal) == one
    return result


class TestSplit:
    def test_the_part_says_what_the_original_says(self):
        part = is_true(parted().part)

        assert {name: getattr(part, name) for name in STATED} == STATED
        assert part.service == WHOLE.service
        assert part.priority == WHOLE.priority

    def test_what_the_original_has_of_its_own_it_has_not(self):
        part = parted().part

        assert part.title == "The gateway"
        assert (part.number, part.model, part.source_event) == (None, None, None)
        assert part.owner == "service_desk"

    def test_the_original_as_it_is_now_counts(self):
        moved = WHOLE.categorize(CategoryPath("hardware"), by=LI, at=minute(5))

        assert parted(moved).part.category == CategoryPath("hardware")

    def test_what_is_stated_goes_first(self):
        part = parted(service="gateway", impact=Impact.LOW, number="INC0009", caller=None).part

        assert (part.service, part.number, part.caller) == ("gateway", "INC0009", None)
        assert part.priority != WHOLE.priority

    def test_it_points_to_the_original(self):
        part = parted().part

        assert part.links == (link(LinkKind.SPLIT_FROM, S),)
        assert part.inherited[0].origin == S
        assert part.inherited[0].journal == WHOLE.journal

    def test_clocks_go_on_unless_somebody_says_otherwise(self):
        assert parted().part.inherited[0].inheritance is Inheritance.COPY

    def test_the_original_tells_of_it(self):
        record = is_true(parted().record)

        assert record.state == WHOLE.state
        assert record.journal[-1].note == "incident INC-2 was split off: The gateway"
        assert record.links == WHOLE.links

    def test_a_part_begins_its_own_life(self):
        part = parted(WHOLE.start(by=LI, at=minute(5))).part

        assert part.state.name == "new"
        assert part.assignee is None
        assert part.logged_at == minute(30)

    def test_a_note_stands_at_both_steps(self):
        part = parted(note="Two faults.").part

        assert [entry.note for entry in part.journal] == ["Two faults."] * 2

    def test_several_are_split_off(self):
        first = parted()
        second = parted(first.record, OTHER)

        assert {first.part.inherited[0].origin, second.part.inherited[0].origin} == {S}

    def test_a_part_can_be_merged_back(self):
        first = parted()
        back = merged(first.part, first.record)

        assert back.target.inherited[0].origin == CHILD
        assert Family(back.changed).defects == ()

    def test_a_resolved_one_can_be_split(self):
        assert parted(incident(S).start(by=LI, at=minute(4))).part.is_open
        assert parted(resolved(incident(S), 5)).part.is_open

    def test_problems_are_split(self):
        whole = problem(raised_from=[PARENT], symptoms="Mail waits.", criticality=Criticality.LOW)
        part = parted(whole, ProblemId("PRB-2")).part

        assert part.origin is ProblemOrigin.REACTIVE
        assert part.raised_from == (PARENT,)
        assert (part.symptoms, part.criticality) == ("Mail waits.", Criticality.LOW)
        assert link(LinkKind.SPLIT_FROM, PROBLEM) in part.links

    def test_a_proactive_problem_keeps_its_evidence(self):
        part = parted(problem(), ProblemId("PRB-2")).part

        assert part.origin is ProblemOrigin.PROACTIVE
        assert part.evidence == "Two outages."


@attrs.frozen(kw_only=True)
class Tenanted(Incident):
    """
    An incident of a desk that serves several tenants.
    """

    tenant: str


class TestSplitOfASubclass:
    WHOLE = incident(S, kind=Tenanted, tenant="north")

    def test_added_fields_come_along(self):
        part = parted(self.WHOLE).part

        assert type(part) is Tenanted
        assert part.tenant == "north"

    def test_unless_they_are_stated(self):
        assert parted(self.WHOLE, tenant="south").part.tenant == "south"


def test_no_open_child_of_the_family_is_left_behind():
    child = joined(incident(CHILD), S, at=4)
    over = closed(joined(incident("INC-12"), S, at=4), 5)
    with pytest.raises(HandoffError, match=f"{CHILD} would be a child of what is over") as caught:
        merge(SOURCE, TARGET, children=[], family=[child, over], **BY_LI)

    assert rules_of(caught) == ["its_children"]
    done = merge(SOURCE, TARGET, children=[child], family=[child, over], **BY_LI)
    assert [one.parent for one in done.children] == [T]


def test_a_part_has_no_date_and_no_cost_of_the_problem():
    whole = Problem.log(
        ProblemId("PRB-1"),
        title="Mail is slow",
        raised_from=[S],
        target_resolution_at=minute(5),
        cost=Decimal(5),
        affected_services=["calendar"],
        by=LI,
        at=minute(1),
    )
    part = split(whole, ProblemId("PRB-2"), title="The relay", by=LI, at=minute(9)).part

    assert (part.target_resolution_at, part.cost) == (None, None)
    assert part.affected_services == ("calendar",)


@pytest.mark.parametrize("origin", ProblemOrigin)
def test_a_part_of_a_problem_was_found_as_the_problem_was(origin):
    whole = Problem.log(
        ProblemId("PRB-1"),
        title="Mail is slow",
        origin=origin,
        raised_from=[S],
        evidence="Three in a month.",
        **BY_LI,
    )
    part = split(whole, ProblemId("PRB-2"), title="The relay", **BY_LI).part

    assert (part.origin, part.raised_from, part.evidence) == (origin, (S,), "Three in a month.")


class TestRefusedSplits:
    @pytest.mark.parametrize(
        ("record", "rule"),
        [
            (closed(SOURCE, 5), "not_over"),
            (SOURCE.cancel(WITHDRAWN, by=LI, at=minute(5)), "not_over"),
        ],
        ids=["closed", "cancelled"],
    )
    def test_what_is_over_is_not_split(self, record, rule):
        with pytest.raises(HandoffError) as caught:
            parted(record)

        assert rules_of(caught) == [rule]
        assert caught.value.tried == "split off INC-2"

    def test_a_part_has_an_id_of_its_own(self):
        with pytest.raises(HandoffError) as caught:
            parted(SOURCE, S)

        assert rules_of(caught) == ["two_records"]

    def test_what_the_part_refuses_is_a_reason(self):
        strict = IncidentPolicies(completeness=[it_is_described])

        with pytest.raises(HandoffError, match="incident INC-2: there is no desc") as caught:
            parted(SOURCE, policies=strict)

        assert rules_of(caught) == ["it_is_described"]

    def test_it_is_said_what_is_possible_instead(self):
        instead = "'reopen' it first, or log the part, and 'relate' the two"

        with pytest.raises(HandoffError, match=f"incident INC-8 is closed: {instead}"):
            parted(closed(SOURCE, 5))

    def test_it_is_said_in_the_words_of_the_room(self):
        told = {"by": DESK, "at": minute(1)}
        asked = ServiceRequest.draft(
            ServiceRequestId("REQ-1"),
            title="A desk",
            description="A desk.",
            requester="ana",
            **told,
        )
        rejected = asked.submit(**told).communicate("No.", **told).reject("No room.", **told)

        with pytest.raises(HandoffError) as caught:
            split(rejected, ServiceRequestId("REQ-2"), title="Half a desk", **told)

        instead = "draft the part, and 'relate' the two"
        assert str(caught.value.reasons[0]) == f"service request REQ-1 is rejected: {instead}"

    def test_an_instant_before_the_last_entry_is_refused(self):
        with pytest.raises(OutOfOrderError):
            parted(SOURCE.comment("Late.", by=LI, at=minute(40)))

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"record": S}, TypeError),
            ({"new_id": "INC-2"}, TypeError),
            ({"new_id": PROBLEM}, TypeError),
            ({"title": None}, TypeError),
            ({"title": " "}, ValueError),
            ({"inheritance": "copy"}, TypeError),
            ({"mood": "bad"}, TypeError),
            ({"impact": "high"}, TypeError),
            ({"by": "li"}, TypeError),
            ({"at": datetime(2026, 3, 2)}, ValueError),
        ],
    )
    def test_bad_arguments(self, given, error):
        usual = {"record": SOURCE, "new_id": CHILD, "title": "The gateway", **BY_LI}

        with pytest.raises(error):
            split(**{**usual, **given})


# ---- History ----------------------------------------------------------------------------------


def told(record):
    return [(entry.record.value, entry.action) for entry in merged_history(record)]


class TestMergedHistory:
    def test_one_that_took_over_nothing_has_its_own(self):
        assert merged_history(SOURCE) == SOURCE.journal

    def test_entries_come_in_order_of_time(self):
        source = SOURCE.start(by=LI, at=minute(5))
        target = TARGET.start(by=LI, at=minute(4))

        assert told(merged(source, target).target) == [
            ("INC-8", "log"),
            ("INC-9", "log"),
            ("INC-9", "start"),
            ("INC-8", "start"),
            ("INC-9", "take_over"),
        ]

    def test_a_part_has_that_of_its_original_up_to_then(self):
        part = parted(SOURCE).part.start(by=LI, at=minute(31))

        assert told(part) == [
            ("INC-8", "log"),
            ("INC-2", "log"),
            ("INC-2", "take_over"),
            ("INC-2", "start"),
        ]

    def test_merged_in_turn_all_of_it_is_there(self):
        middle = merged().target
        last = merge(middle, incident(CHILD), children=(), by=LI, at=minute(40)).target

        assert told(last) == [
            ("INC-8", "log"),
            ("INC-2", "log"),
            ("INC-9", "log"),
            ("INC-9", "take_over"),
            ("INC-2", "take_over"),
        ]

    def test_what_was_merged_one_after_the_other_is_all_there(self):
        one = merged().target
        both = merge(incident("INC-7"), one, children=(), by=LI, at=minute(40)).target

        assert {name for name, _ in told(both)} == {"INC-7", "INC-8", "INC-9"}

    def test_each_entry_is_told_once(self):
        first = parted(SOURCE)
        again = parted(first.record, OTHER).part
        both = merge(first.part, again, children=(), by=LI, at=minute(40)).target
        history = merged_history(both)

        assert len(history) == len({(entry.record, entry.number) for entry in history})
        assert [name for name, _ in told(both)].count("INC-8") == 2

    def test_it_is_of_a_record(self):
        with pytest.raises(TypeError, match="record must be a Record"):
            merged_history(SOURCE.journal)


def test_a_duplicate_that_is_marked_leaves_nothing_behind():
    after = mark_duplicate(linked(SOURCE, (LinkKind.RELATED, OTHER)), TARGET, **BY_LI)

    assert after.original == T
    assert TARGET.inherited == ()


def test_a_source_that_waits_is_merged():
    assert merged(awaiting_change(SOURCE, 5)).source.pending_reason is None


def test_a_merged_family_can_grow():
    target = merged().target

    assert adopt(incident(CHILD), target, family=[], **BY_LI).parent == T
