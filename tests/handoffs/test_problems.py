"""
From incidents to problems: raised, linked, waited for, closed.
"""

from __future__ import annotations

import pytest

from family_doubles import rules_of
from incident_doubles import (
    ADA,
    DESK,
    LI,
    MORNING,
    OTHER,
    WAYS,
    after,
    logged,
    minute,
    standing,
)
from itil_ops import (
    Actor,
    CategoryPath,
    ConfigurationItemId,
    Criticality,
    EventId,
    Impact,
    IncidentId,
    IncidentPolicies,
    KnownErrorId,
    Link,
    LinkKind,
    OutOfOrderError,
    PendingReason,
    Permit,
    Priority,
    ProblemId,
    ProcessRole,
    RefusedError,
    RoleTable,
    Urgency,
)
from itil_ops.errors import HandoffError
from itil_ops.handoffs import (
    close_problem,
    draft_known_error,
    follow_problem,
    investigate_with,
    raise_problem,
    record_recurrence,
    wait_for_problem,
)
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.problem.record import Problem
from itil_ops.problem.recurrence import RecurrenceDetector, SimilarInWindow
from itil_ops.problem.similarity import SimilarityKey
from itil_ops.problem.vocabulary import ProblemOrigin, ProblemResolutionCode
from itil_ops.repositories import MemoryStore
from known_error_doubles import standing as known_error_in
from problem_doubles import after as after_problem
from problem_doubles import standing as problem_in


PM = Actor("pm")
PRB, KE = ProblemId("PRB-1"), KnownErrorId("KE-1")
INVESTIGATED = Link(LinkKind.INVESTIGATED_BY, PRB)
MAIL, WEB = CategoryPath("software/mail"), CategoryPath("software/web")
QUEUE, LINE = ConfigurationItemId("queue"), ConfigurationItemId("line")
LATER = minute(600)

NOBODY = IncidentPolicies(
    authorization=RoleTable([Permit([ProcessRole.INCIDENT_MANAGER], None)]),
)
NO_PROBLEM_MANAGER = ProblemPolicies(
    authorization=RoleTable([Permit([ProcessRole.INCIDENT_MANAGER], None)]),
)


def raised(*incidents, **stated):
    told = {"title": "The mail queue gets stuck", "by": PM, "at": LATER, **stated}
    return raise_problem(incidents, told.pop("id", PRB), **told)


def two(name, one, other):
    """
    Return two incidents that differ in a field.
    """
    return logged(**{name: one}), logged(id=OTHER, **{name: other})


class TestRaise:
    @pytest.mark.parametrize("place", WAYS)
    def test_the_incident_is_linked_and_stays_what_it_is(self, place):
        incident = standing(place)
        came = raised(incident, note="Third time.")
        (linked,) = came.incidents

        assert INVESTIGATED in linked.links
        assert linked.state is incident.state
        assert came.problem.raised_from == (incident.id,)
        assert came.problem.origin is ProblemOrigin.REACTIVE
        assert came.problem.journal[0].note == linked.journal[-1].note == "Third time."
        assert came.changed == (came.problem, linked)

    @pytest.mark.parametrize(
        ("name", "value", "other"),
        [("service", "email", "web"), ("customer", "mills", "docks"), ("category", MAIL, WEB)],
    )
    def test_it_has_what_all_agree_on_that_say_something(self, name, value, other):
        silent = None if name != "service" else value

        assert getattr(raised(*two(name, value, value)).problem, name) == value
        assert getattr(raised(*two(name, value, silent)).problem, name) == value
        assert getattr(raised(*two(name, value, other)).problem, name) is None

    @pytest.mark.parametrize(
        ("one", "other", "common"),
        [
            ([QUEUE, LINE], [LINE, QUEUE], (QUEUE, LINE)),
            ([QUEUE, LINE], [LINE], (LINE,)),
            ([QUEUE], [], (QUEUE,)),
            ([QUEUE], [LINE], ()),
            ([], [], ()),
        ],
    )
    def test_configuration_items_are_those_in_common(self, one, other, common):
        came = raised(*two("configuration_items", one, other))

        assert came.problem.configuration_items == common

    @pytest.mark.parametrize(
        ("name", "one", "other", "highest"),
        [
            ("impact", Impact.LOW, Impact.HIGH, Impact.HIGH),
            ("impact", None, Impact.LOW, Impact.LOW),
            ("impact", None, None, None),
            ("urgency", Urgency.MEDIUM, Urgency.LOW, Urgency.MEDIUM),
            ("criticality", Criticality.LOW, Criticality.CRITICAL, Criticality.CRITICAL),
            ("impact", Impact("a_floor"), Impact("a_floor"), Impact("a_floor")),
            ("impact", Impact("a_floor"), Impact.HIGH, None),
        ],
    )
    def test_levels_are_the_highest(self, name, one, other, highest):
        assert getattr(raised(*two(name, one, other)).problem, name) == highest

    def test_so_is_the_priority_that_follows(self):
        one, other = two("impact", Impact.LOW, Impact.HIGH)
        urgent = after(one, "prioritize", impact=Impact.LOW, urgency=Urgency.HIGH)

        assert raised(urgent, other).problem.priority == Priority.CRITICAL

    def test_symptoms_are_told_once_each(self):
        assert raised(*two("symptom", "E17", "E17")).problem.symptoms == "E17"
        assert raised(*two("symptom", "E17", "E18")).problem.symptoms == "E17; E18"
        assert raised(*two("symptom", None, "E18")).problem.symptoms == "E18"

    def test_without_symptoms_titles_are_told_once_each(self):
        assert raised(*two("title", "No mail", "No mail")).problem.symptoms == "No mail"
        assert raised(*two("title", "No mail", "Slow")).problem.symptoms == "No mail; Slow"

    def test_so_a_known_error_can_be_drafted_of_it(self):
        problem = raised(*two("title", "No mail", "Slow")).problem
        known_error = draft_known_error(problem, KE, by=PM, at=LATER).known_error

        assert known_error.symptoms == "No mail; Slow"

    def test_what_is_stated_holds(self):
        came = raised(
            logged(service="email", symptom="E17"),
            service="web",
            symptoms="Pages are blank.",
            origin=ProblemOrigin.PROACTIVE,
            evidence="A trend.",
        )

        assert (came.problem.service, came.problem.symptoms) == ("web", "Pages are blank.")
        assert came.problem.origin is ProblemOrigin.PROACTIVE

    def test_events_are_added_to_what_it_is_raised_from(self):
        alarm = EventId("EVT-1")

        assert raised(logged(), raised_from=[alarm]).problem.raised_from == (logged().id, alarm)

    def test_it_is_of_the_kind_that_is_asked_for(self):
        class Fault(Problem):
            __slots__ = ()

        assert type(raised(logged(), kind=Fault).problem) is Fault

    @pytest.mark.parametrize(
        ("incidents", "stated", "error", "text"),
        [
            ([], {}, ValueError, "one incident at least"),
            ([logged(), logged()], {}, ValueError, "twice"),
            (["INC-1"], {}, TypeError, "an Incident"),
            ([logged()], {"kind": dict}, TypeError, "Problem or a subclass"),
            ([logged()], {"kind": "Problem"}, TypeError, "Problem or a subclass"),
            ([logged()], {"proposal": "three"}, TypeError, "RecurrenceProposal"),
            ([logged()], {"colour": "red"}, TypeError, "colour"),
            ([logged()], {"raised_from": [KE]}, TypeError, "an incident or an event"),
            ([logged()], {"id": OTHER}, TypeError, "ProblemId"),
            ([logged()], {"at": MORNING.replace(hour=8)}, OutOfOrderError, "before"),
            ([logged()], {"incident_policies": NOBODY}, RefusedError, "link"),
            ([logged()], {"policies": ProblemPolicies.strict()}, RefusedError, "log"),
        ],
    )
    def test_bad_input_is_refused(self, incidents, stated, error, text):
        with pytest.raises(error, match=text):
            raised(*incidents, **stated)

    def test_an_incident_may_have_several_problems(self):
        (linked,) = raised(logged()).incidents
        (again,) = raised(linked, id=ProblemId("PRB-2")).incidents

        assert [str(link.target) for link in again.links] == ["PRB-1", "PRB-2"]


class TestRaiseFromAProposal:
    @pytest.fixture
    def incidents(self):
        return [logged(id=IncidentId(f"INC-{n}"), at=minute(n), category=MAIL) for n in range(3)]

    @pytest.fixture
    def detector(self):
        return RecurrenceDetector([SimilarityKey("category")], SimilarInWindow(at_least=3))

    @pytest.fixture
    def proposal(self, incidents, detector):
        return [found for one in incidents for found in detector.observe(one)][-1]

    def test_it_says_why(self, incidents, proposal):
        problem = raised(*incidents, proposal=proposal).problem

        assert problem.description == problem.evidence == proposal.finding
        assert problem.symptoms == proposal.finding

    def test_symptoms_that_are_known_are_told_instead(self, incidents, proposal):
        known = after(incidents[0], "diagnose", symptom="E17")

        assert raised(known, *incidents[1:], proposal=proposal).problem.symptoms == "E17"

    def test_it_is_about_the_incidents(self, incidents, proposal):
        stranger = logged(id=IncidentId("INC-9"))

        with pytest.raises(ValueError, match="differ in INC-2, INC-9"):
            raised(*incidents[:2], stranger, proposal=proposal)

    def test_one_to_link_raises_none(self, incidents, detector, proposal):
        detector.assign(proposal.likeness, PRB)
        late = logged(id=IncidentId("INC-3"), at=minute(3), category=MAIL)
        (link,) = detector.observe(late)

        with pytest.raises(ValueError, match="link to PRB-1"):
            raised(late, proposal=link)


def duplicate(problem=None, of="PRB-2", by=PM, at=LATER):
    problem = problem or problem_in("new")
    code = ProblemResolutionCode.DUPLICATE
    return problem.cancel(code, duplicate_of=ProblemId(of), by=by, at=at)


class TestInvestigateWith:
    @pytest.mark.parametrize("place", WAYS)
    def test_it_is_linked(self, place):
        linked = investigate_with(standing(place), problem_in("resolved"), by=LI, at=LATER)

        assert linked.links[-1] == INVESTIGATED

    def test_what_is_linked_comes_back_as_it_is(self):
        once = investigate_with(logged(), problem_in("new"), by=LI, at=LATER, note="Alike.")

        assert investigate_with(once, problem_in("new"), by=LI, at=LATER) is once
        assert once.journal[-1].note == "Alike."

    def test_a_duplicate_is_refused_and_its_original_named(self):
        with pytest.raises(HandoffError, match="name PRB-2, which it duplicates") as refusal:
            investigate_with(logged(), duplicate(), by=LI, at=LATER)

        assert rules_of(refusal) == ["not_cancelled"]

    def test_what_was_no_problem_is_refused(self):
        cancelled = problem_in("new").cancel(
            ProblemResolutionCode.NOT_A_PROBLEM, by=PM, at=minute(590)
        )

        with pytest.raises(HandoffError, match=r"is cancelled$"):
            investigate_with(logged(), cancelled, by=LI, at=LATER)

    def test_a_refusal_of_the_incident_comes_through(self):
        with pytest.raises(RefusedError, match="link"):
            investigate_with(logged(), problem_in("new"), by=LI, at=LATER, policies=NOBODY)

    @pytest.mark.parametrize("pair", [("INC-1", problem_in("new")), (logged(), PRB)])
    def test_what_is_no_record_is_refused(self, pair):
        with pytest.raises(TypeError, match=r"must be an? (Incident|Problem)"):
            investigate_with(*pair, by=LI, at=LATER)

    def test_nothing_is_recorded_before_what_is_known_of_the_problem(self):
        late = problem_in("new").comment("Seen again.", by=LI, at=minute(601))

        with pytest.raises(OutOfOrderError, match=r"problem PRB-1: at .* lies before"):
            investigate_with(logged(), late, by=LI, at=LATER)


class TestWait:
    def waits(self, incident, problem=None, at=LATER, **options):
        problem = problem or problem_in("under_investigation")
        return wait_for_problem(incident, problem, by=LI, at=at, **options)

    @pytest.mark.parametrize("until", [None, minute(9000)])
    def test_what_waits_for_it_comes_back_as_it_is(self, until):
        once = self.waits(logged(), until=until)

        assert self.waits(once, until=until) is once
        assert self.waits(once, until=until, at=minute(700)) is once

    @pytest.mark.parametrize(("one", "other"), [(None, minute(9000)), (minute(9000), None)])
    def test_another_date_is_news(self, one, other):
        again = self.waits(self.waits(logged(), until=one), until=other)

        assert (again.pending_until, again.journal[-1].action) == (other, "hold")

    def test_so_is_the_name_of_what_nobody_named(self):
        linked = investigate_with(logged(), problem_in("new"), by=LI, at=LATER)
        unnamed = after(linked, "hold", reason=PendingReason.AWAITING_PROBLEM, awaited=None)

        assert self.waits(unnamed, at=minute(700)).awaited == PRB

    def test_one_that_waits_without_a_link_gets_it(self):
        reason = PendingReason.AWAITING_PROBLEM
        unlinked = after(logged(), "hold", reason=reason, awaited=PRB)
        linked = self.waits(unlinked)

        assert linked.links == (INVESTIGATED,)
        assert linked.version == unlinked.version + 1

    def test_what_is_solved_since_is_waited_for_no_more(self):
        once = self.waits(logged())

        with pytest.raises(HandoffError, match="nothing is to come"):
            self.waits(once, problem_in("resolved"))

    @pytest.mark.parametrize("place", ["new", "assigned", "in_progress", "pending"])
    def test_it_is_linked_and_waits(self, place):
        problem = problem_in("under_investigation")
        until = minute(9000)
        waiting = wait_for_problem(
            standing(place), problem, until=until, by=LI, at=LATER, note="No workaround."
        )

        assert INVESTIGATED in waiting.links
        assert waiting.pending_reason == PendingReason.AWAITING_PROBLEM
        assert (waiting.awaited, waiting.pending_until) == (PRB, until)

    def test_a_link_that_there_is_is_enough(self):
        linked = investigate_with(logged(), problem_in("new"), by=LI, at=LATER)
        waiting = wait_for_problem(linked, problem_in("new"), by=LI, at=LATER)

        assert waiting.version == linked.version + 1

    @pytest.mark.parametrize("place", ["resolved", "closed", "closed at a risk"])
    def test_nobody_waits_for_what_is_solved(self, place):
        with pytest.raises(HandoffError, match="nothing is to come") as refusal:
            wait_for_problem(logged(), problem_in(place), by=LI, at=LATER)

        assert rules_of(refusal) == ["to_be_solved"]

    def test_nor_for_a_duplicate(self):
        with pytest.raises(HandoffError, match="name PRB-2"):
            wait_for_problem(logged(), duplicate(), by=LI, at=LATER)

    @pytest.mark.parametrize("place", ["resolved", "closed", "cancelled"])
    def test_what_is_done_does_not_wait(self, place):
        with pytest.raises(RefusedError, match="hold"):
            wait_for_problem(standing(place), problem_in("new"), by=LI, at=LATER)


def came_back(problem, incident, **options):
    return record_recurrence(problem, incident, **{"by": PM, "at": LATER, **options})


class TestRecurrence:
    @pytest.mark.parametrize("place", WAYS)
    def test_the_problem_names_the_incident_and_that_is_linked(self, place):
        incident, problem = standing(place), problem_in("resolved")
        came = came_back(problem, incident, note="The same line.", effective_at=minute(590))

        assert came.problem.recurrences == (incident.id,)
        assert came.problem.journal[-1].effective_at == minute(590)
        assert came.incident.links[-1] == INVESTIGATED
        assert (came.problem.state, came.incident.state) == (problem.state, incident.state)
        assert came.problem.journal[-1].note == came.incident.journal[-1].note == "The same line."
        assert came.changed == (came.problem, came.incident)

    def test_what_was_said_is_not_said_again(self):
        once = came_back(problem_in("resolved"), logged())
        again = came_back(*once.changed, at=minute(700))

        assert again.problem is once.problem
        assert again.incident is once.incident

    def test_what_the_problem_says_already_is_linked_all_the_same(self):
        named = after_problem(problem_in("resolved"), "record_recurrence", incident=logged().id)
        came = came_back(named, logged())

        assert came.problem is named
        assert came.incident.links == (INVESTIGATED,)

    def test_what_is_linked_already_is_named_all_the_same(self):
        came = came_back(problem_in("resolved"), linked("new"))

        assert came.problem.recurrences == (came.incident.id,)
        assert came.incident.links == (INVESTIGATED,)

    @pytest.mark.parametrize("place", ["new", "under_investigation", "pending", "known_error"])
    def test_what_is_open_never_went(self, place):
        problem = problem_in(place)
        came = came_back(problem, logged())

        assert came.problem is problem
        assert came.incident == investigate_with(logged(), problem, by=PM, at=LATER)

    @pytest.mark.parametrize("place", ["closed", "closed at a risk"])
    def test_what_is_closed_is_analyzed_anew(self, place):
        text = "'reanalyze' it first, or 'investigate_with' it alone"

        with pytest.raises(HandoffError, match=f"PRB-1 is closed: {text}") as refusal:
            came_back(problem_in(place), logged())

        assert rules_of(refusal) == ["not_over"]
        assert refusal.value.tried == "come back with incident INC-1"

    def test_of_a_duplicate_the_original_is_named(self):
        with pytest.raises(HandoffError, match="name PRB-2, which it duplicates"):
            came_back(duplicate(), logged())

    @pytest.mark.parametrize(
        ("options", "error", "text"),
        [
            ({"problem": PRB}, TypeError, "must be a Problem"),
            ({"incident": "INC-1"}, TypeError, "must be an Incident"),
            ({"incident_policies": NOBODY}, RefusedError, "incident INC-1: 'link'"),
            ({"policies": NO_PROBLEM_MANAGER}, RefusedError, "'record_recurrence'"),
            ({"at": MORNING}, OutOfOrderError, "problem PRB-1: at"),
            ({"by": "pm"}, TypeError, "by must be"),
        ],
    )
    def test_bad_input_is_refused(self, options, error, text):
        usual = {"problem": problem_in("resolved"), "incident": logged(), "by": PM, "at": LATER}

        with pytest.raises(error, match=text):
            record_recurrence(**{**usual, **options})

    def test_the_problem_is_not_closed_while_it_is_open(self):
        came = came_back(problem_in("resolved"), logged())

        with pytest.raises(RefusedError, match="incidents are open: INC-1"):
            closed(came.problem, [came.incident], [known_error_in("resolved")], at=minute(90_000))

    def test_even_if_nobody_linked_it(self):
        named = after_problem(problem_in("resolved"), "record_recurrence", incident=logged().id)

        with pytest.raises(RefusedError, match="incidents are open: INC-1"):
            closed(named, [logged()], [known_error_in("resolved")], at=minute(90_000))

    def test_what_came_back_hears_how_the_problem_ends(self):
        came = came_back(problem_in("resolved"), logged())
        named = after_problem(problem_in("resolved"), "record_recurrence", incident=logged().id)

        for problem, incident in (came.changed, (named, logged())):
            (step,) = follow_problem(problem, [incident], by=PM, at=LATER)
            assert step.verb == "comment"


def linked(place, kind=LinkKind.INVESTIGATED_BY, **fields):
    return after(standing(place, **fields), "link", kind=kind, target=PRB, at=minute(300))


def closed(problem, incidents=(), known_errors=(), **arguments):
    told = {"by": PM, "at": LATER, **arguments}
    return close_problem(problem, incidents=incidents, known_errors=known_errors, **told)


class TestClose:
    @pytest.mark.parametrize("place", ["new", "in_progress", "pending"])
    @pytest.mark.parametrize(
        "kind", [LinkKind.INVESTIGATED_BY, LinkKind.CAUSED_BY, LinkKind.RESOLVED_BY]
    )
    def test_an_open_incident_stands_in_the_way(self, place, kind):
        with pytest.raises(RefusedError, match="incidents are open: INC-1") as refusal:
            closed(problem_in("resolved"), [linked(place, kind)], [known_error_in("resolved")])

        assert rules_of(refusal) == ["linked_incidents_are_over"]

    @pytest.mark.parametrize(
        "incident",
        [
            linked("resolved"),
            linked("closed"),
            linked("cancelled"),
            standing("new"),
            linked("new", LinkKind.RELATED),
        ],
    )
    def test_one_that_is_over_or_another_problem_s_does_not(self, incident):
        after_all = closed(problem_in("resolved"), [incident], [known_error_in("resolved")])

        assert after_all.state.name == "closed"

    @pytest.mark.parametrize("place", ["draft", "resolved", "retired"])
    def test_a_known_error_that_is_not_published_does_not(self, place):
        assert not closed(problem_in("resolved"), known_errors=[known_error_in(place)]).is_open

    @pytest.mark.parametrize("stated", [{}, {"id": KnownErrorId("KE-2"), "problem": PRB}])
    def test_a_published_one_does(self, stated):
        told = [known_error_in("published", **stated)]
        problem = problem_in("resolved").unlink(KE, by=PM, at=LATER) if stated else None

        with pytest.raises(RefusedError, match="known errors are published"):
            closed(problem or problem_in("resolved"), known_errors=told)

    def test_one_of_another_problem_does_not(self):
        strange = known_error_in("published", id=KnownErrorId("KE-2"), problem=ProblemId("PRB-2"))

        assert not closed(
            problem_in("resolved"), known_errors=[strange, known_error_in("resolved")]
        ).is_open

    def test_one_that_waits_for_it_without_a_link_stands_in_the_way(self):
        reason = PendingReason.AWAITING_PROBLEM
        waiting = after(standing("new"), "hold", reason=reason, awaited=PRB)

        with pytest.raises(RefusedError, match="incidents are open: INC-1"):
            closed(problem_in("resolved"), [waiting], [known_error_in("resolved")])

    @pytest.mark.parametrize("late", ["INC-1", "KE-1"])
    def test_it_is_not_closed_before_what_is_known_of_its_own(self, late):
        incident, known_error = linked("closed"), known_error_in("resolved")
        if late == "INC-1":
            incident = incident.comment("Later.", by=LI, at=minute(601))
        else:
            known_error = known_error.comment("Later.", by=LI, at=minute(601))

        with pytest.raises(OutOfOrderError, match=late):
            closed(problem_in("resolved"), [incident], [known_error])

    def test_one_that_is_not_handed_in_is_missed(self):
        with pytest.raises(HandoffError, match="KE-1 is its own, and was not handed in") as refusal:
            closed(problem_in("resolved"))

        assert rules_of(refusal) == ["its_known_errors"]

    def test_a_waiver_lets_all_that_pass(self):
        problem = closed(problem_in("resolved"), [linked("new")], waiver="The unit is sold.")

        assert problem.closure_waiver == "The unit is sold."

    def test_it_is_resolved_on_the_way_with_the_arguments_of_close(self):
        code = ProblemResolutionCode.FIX_APPLIED
        problem = closed(
            problem_in("fix_in_progress"), (), [known_error_in("resolved")], code=code, note="Done."
        )

        assert problem.resolution.note == "Done."

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [({"incidents": [PRB]}, "Incident"), ({"known_errors": [PRB]}, "KnownError")],
    )
    def test_what_is_no_record_is_refused(self, arguments, text):
        with pytest.raises(TypeError, match=f"must be an? {text}"):
            closed(problem_in("resolved"), **arguments)

    def test_so_is_an_argument_that_close_has_not_got(self):
        with pytest.raises(TypeError, match="colour"):
            closed(problem_in("resolved"), (), [known_error_in("resolved")], colour="red")


class TestInAStore:
    def test_all_that_changed_is_saved(self):
        store = MemoryStore()
        with store.unit() as unit:
            for number in (1, 2):
                one = logged(id=IncidentId(f"INC-{number}"))
                unit.incidents.add(after(one, "start", by=ADA))
            unit.commit()

        with store.unit() as unit:
            kept = [unit.incidents.get(IncidentId(f"INC-{number}")) for number in (1, 2)]
            came = raised(*kept)
            unit.problems.add(came.problem)
            for one in came.incidents:
                unit.incidents.save(one)
            unit.commit()

        with store.unit() as unit:
            problem = unit.problems.get(PRB)
            first, second = (unit.incidents.get(one.id) for one in kept)
            unit.incidents.save(wait_for_problem(first, problem, by=DESK, at=minute(610)))
            unit.incidents.save(investigate_with(second, problem, by=DESK, at=minute(610)))
            solved = problem.investigate(group="net", by=PM, at=minute(620)).resolve(
                root_cause_unknown_reason="It went.", note="Replaced.", by=PM, at=minute(630)
            )
            unit.problems.save(solved)
            unit.commit()

        with store.unit() as unit:
            known = [unit.incidents.get(one.id) for one in kept]
            plan = follow_problem(unit.problems.get(PRB), known, by=PM, at=minute(640))
            for one in plan.changed:
                unit.incidents.save(one)
            unit.commit()

        with store.unit(read_only=True) as unit:
            known = [unit.incidents.get(one.id) for one in kept]

        assert [one.state.name for one in known] == ["resolved", "in_progress"]
        assert known[0].resolution.note == "Replaced."
        assert known[1].journal[-1].action == "comment"
