"""
From problems to known errors, and from those to the incidents that they help with.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from family_doubles import ROBOT, rules_of
from incident_doubles import LI, MORNING, OTHER, after, logged, minute, standing, through
from itil_ops import (
    CategoryPath,
    ConfigurationItemId,
    IncidentId,
    IncidentPolicies,
    KnownErrorId,
    LinkKind,
    OutOfOrderError,
    ProblemId,
    RefusedError,
    ResolutionCode,
)
from itil_ops.errors import HandoffError
from itil_ops.handoffs import (
    diagnose_with,
    draft_known_error,
    effect_of_known_errors,
    follow_fix,
    use_known_error,
)
from itil_ops.problem.known_error.index import KnownErrorIndex
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import KnownErrorSource, RetirementReason
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.problem.vocabulary import ProblemResolutionCode, RootCauseCategory
from itil_ops.repositories import MemoryStore
from known_error_doubles import WAYS as WAYS_OF_KNOWN_ERRORS
from known_error_doubles import after as after_known_error
from known_error_doubles import is_true
from known_error_doubles import standing as known_error_in
from problem_doubles import WAYS as WAYS_OF_PROBLEMS
from problem_doubles import after as after_problem
from problem_doubles import logged as problem_logged
from problem_doubles import standing as problem_in


KE, PRB = KnownErrorId("KE-1"), ProblemId("PRB-1")
MAIL = CategoryPath("software/mail")
QUEUE, DISK = ConfigurationItemId("queue"), ConfigurationItemId("disk")
LATER = minute(600)
SHOWN = {"symptoms": "Mail does not arrive."}
PUBLISHED = known_error_in("published", problem=PRB)


def drafted(problem, **stated):
    told = {"by": LI, "at": LATER, **stated}
    return draft_known_error(problem, told.pop("id", KE), **told)


class TestDraft:
    @pytest.fixture
    def problem(self):
        return problem_in(
            "under_investigation",
            service="email",
            customer="mills",
            category=MAIL,
            configuration_items=[QUEUE],
            **SHOWN,
        )

    def test_it_says_what_the_problem_says(self, problem):
        came = drafted(problem, note="Well understood.")
        known_error = came.known_error

        assert known_error.title == problem.title
        assert (known_error.symptoms, known_error.service) == (SHOWN["symptoms"], "email")
        assert (known_error.customer, known_error.category) == ("mills", MAIL)
        assert known_error.configuration_items == (QUEUE,)
        assert known_error.root_cause == problem.root_cause.text
        assert known_error.workaround == problem.workaround
        assert (known_error.source, known_error.problem) == (KnownErrorSource.PROBLEM, PRB)
        assert known_error.state.name == "draft"
        assert known_error.journal[0].note == "Well understood."

    def test_the_problem_names_it_and_stays_where_it_is(self, problem):
        came = drafted(problem)

        assert came.problem.known_errors == (KE,)
        assert came.problem.state is problem.state
        assert came.changed == (came.problem, came.known_error)

    def test_what_is_at_fault_is_named_once(self, problem):
        cause = {"text": "It is full.", "category": RootCauseCategory.HARDWARE}
        found = after_problem(problem, "record_root_cause", configuration_item=DISK, **cause)
        same = after_problem(problem, "record_root_cause", configuration_item=QUEUE, **cause)

        assert drafted(found).known_error.configuration_items == (QUEUE, DISK)
        assert drafted(same).known_error.configuration_items == (QUEUE,)

    def test_little_may_be_known(self):
        known_error = drafted(problem_logged(**SHOWN)).known_error

        assert (known_error.service, known_error.root_cause) == (None, None)
        assert (known_error.workaround, known_error.no_workaround_reason) == (None, None)

    def test_so_may_be_that_there_is_no_workaround(self, problem):
        none = after_problem(problem, "rule_out_workaround")

        assert drafted(none).known_error.no_workaround_reason == "Every way loses mail."

    def test_what_is_stated_holds(self, problem):
        none = after_problem(problem, "rule_out_workaround")
        known_error = drafted(
            none,
            title="Mail stalls",
            workaround="Use the web.",
            keywords=["smtp"],
            source=KnownErrorSource.SUPPLIER,
        ).known_error

        assert (known_error.title, known_error.workaround.text) == ("Mail stalls", "Use the web.")
        assert (known_error.keywords, known_error.source) == (("smtp",), KnownErrorSource.SUPPLIER)

    def test_it_is_of_the_kind_that_is_asked_for(self, problem):
        class ProductError(KnownError):
            __slots__ = ()

        assert type(drafted(problem, kind=ProductError).known_error) is ProductError

    def test_the_problem_is_declared_with_it(self, problem):
        declared = drafted(problem, declare=True).problem

        assert declared.state.name == "known_error"
        assert declared.known_errors == (KE,)

    @pytest.mark.parametrize(
        ("stated", "error", "text"),
        [
            ({"declare": "yes"}, TypeError, "declare"),
            ({"kind": dict}, TypeError, "KnownError or a subclass"),
            ({"colour": "red"}, TypeError, "colour"),
            ({"problem": PRB}, TypeError, "problem"),
            ({"id": PRB}, TypeError, "KnownErrorId"),
            ({"id": ProblemId("PRB-2")}, TypeError, "KnownErrorId"),
            ({"symptoms": None}, RefusedError, "nobody would find it"),
            ({"at": MORNING}, OutOfOrderError, "before"),
            ({"policies": KnownErrorPolicies.strict()}, RefusedError, "draft"),
            ({"problem_policies": ProblemPolicies.strict()}, RefusedError, "link"),
        ],
    )
    def test_bad_input_is_refused(self, problem, stated, error, text):
        with pytest.raises(error, match=text):
            drafted(problem, **stated)

    def test_what_is_not_understood_is_not_declared(self):
        begun = after_problem(problem_in("assessed", **SHOWN), "investigate")
        vague = after_problem(begun, "rule_out_workaround")

        with pytest.raises(RefusedError, match="there is no workaround"):
            drafted(vague, declare=True)

    def test_an_id_is_drafted_once(self, problem):
        once = drafted(problem).problem

        for declare in (False, True):
            with pytest.raises(HandoffError, match="names KE-1 already: go on with that one, or"):
                drafted(once, declare=declare)

    def test_what_is_cancelled_has_none(self):
        instead = "problem PRB-1 is cancelled: draft one by itself with KnownError.draft"
        with pytest.raises(HandoffError, match=instead) as refusal:
            drafted(problem_in("cancelled"))

        assert rules_of(refusal) == ["not_cancelled"]

    def test_a_problem_is_needed(self):
        with pytest.raises(TypeError, match="a Problem"):
            drafted(PRB)


def fix(problem, *known_errors, at=LATER, by=ROBOT, **options):
    return follow_fix(problem, known_errors, by=by, at=at, **options)


def only(problem, known_error, **options):
    (step,) = fix(problem, known_error, **options)
    return step


SOLVED, SHUT = problem_in("resolved"), problem_in("closed")
RESOLVED = only(SOLVED, PUBLISHED).after


class TestFollowFix:
    @pytest.mark.parametrize("problem", [SOLVED, SHUT])
    def test_what_is_published_is_resolved(self, problem):
        step = only(problem, PUBLISHED, fixed_in=["5.2"])

        assert (step.verb, step.after.state.name) == ("resolve", "resolved")
        assert step.after.journal[-1].note == "Replaced the queue."
        assert step.after.fixed_in == ("5.2",)

    def test_a_link_of_the_problem_is_enough(self):
        assert only(SOLVED, known_error_in("published")).verb == "resolve"

    def test_another_problem_s_is_left_alone(self):
        strange = known_error_in("published", id=KnownErrorId("KE-2"), problem=ProblemId("PRB-2"))

        assert rules_of(only(SOLVED, strange)) == ["its_known_error"]

    @pytest.mark.parametrize(
        ("place", "rule"),
        [("draft", "not_published"), ("resolved", "already_so"), ("retired", "not_published")],
    )
    def test_others_stay_as_they_are(self, place, rule):
        assert rules_of(only(SOLVED, known_error_in(place, problem=PRB))) == [rule]

    def test_what_was_published_again_since_has_its_own_way(self):
        again = after_known_error(RESOLVED, "republish", at=minute(601))

        assert rules_of(only(SOLVED, again, at=minute(602))) == ["own_way"]

    @pytest.mark.parametrize("place", WAYS_OF_PROBLEMS)
    def test_without_a_fix_it_stays_published(self, place):
        problem = problem_in(place)
        if problem.resolution_code is not ProblemResolutionCode.FIX_APPLIED:
            assert rules_of(only(problem, PUBLISHED)) == ["already_so"]

    def test_so_it_does_where_it_did_not_come_back(self):
        code = ProblemResolutionCode.NO_RECURRENCE
        gone = after_problem(problem_in("fix_in_progress"), "resolve", code=code)

        assert rules_of(only(gone, PUBLISHED)) == ["already_so"]

    def test_it_is_published_again_when_the_problem_is_analyzed_anew(self):
        back = after_problem(SOLVED, "reanalyze", at=minute(700))
        step = only(back, RESOLVED, at=minute(701))

        assert (step.verb, step.after.state.name) == ("republish", "published")
        assert step.after.journal[-1].note == "PRB-1: It is back."
        assert rules_of(only(back, step.after, at=minute(701))) == ["already_so"]

    def test_and_when_the_fix_failed(self):
        early = after_known_error(PUBLISHED, "resolve")
        failed = after_problem(problem_in("fix_in_progress"), "fix_failed", at=minute(90))

        assert only(failed, early).after.journal[-1].note == "PRB-1: The change was rolled back."

    def test_the_last_of_both_counts(self):
        back = after_problem(SOLVED, "reanalyze", at=minute(700))
        fixed = after_problem(back, "start_fix", no_change_reason="A switch.", change=None)
        failed = after_problem(fixed, "fix_failed", reason="It is off again.")

        assert only(failed, RESOLVED, at=minute(900)).after.journal[-1].note.endswith("off again.")

    def test_what_was_resolved_since_has_its_own_way(self):
        back = after_problem(SOLVED, "reanalyze", at=minute(599))

        assert rules_of(only(back, RESOLVED)) == ["own_way"]

    def test_so_has_what_was_resolved_without_a_fix(self):
        assert rules_of(only(problem_in("known_error"), RESOLVED)) == ["own_way"]

    def test_a_refusal_is_a_reason(self):
        strict = KnownErrorPolicies.strict()

        assert rules_of(only(SOLVED, PUBLISHED, by=LI, policies=strict)) == ["permission"]
        assert only(SOLVED, PUBLISHED, fixed_in=["5.2"], policies=strict).verb == "resolve"

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ((PRB, PUBLISHED), "a Problem"),
            ((SOLVED, PRB), "a KnownError"),
        ],
    )
    def test_what_is_no_record_is_refused(self, arguments, text):
        with pytest.raises(TypeError, match=text):
            fix(*arguments)

    def test_nothing_follows_before_the_fix(self):
        late = problem_in("resolved").comment("Later.", by=LI, at=minute(601))

        with pytest.raises(OutOfOrderError, match=r"problem PRB-1: at .* lies before"):
            follow_fix(late, [PUBLISHED], by=ROBOT, at=LATER)

    def test_versions_are_several(self):
        with pytest.raises(TypeError, match="fixed_in"):
            fix(SOLVED, PUBLISHED, fixed_in="5.2")

    @tried(100)
    @given(
        st.sampled_from([*map(problem_in, WAYS_OF_PROBLEMS)]),
        st.lists(st.sampled_from(["fix_failed", "reanalyze", "start_fix", "resolve"]), max_size=4),
        st.sampled_from([known_error_in(place, problem=PRB) for place in WAYS_OF_KNOWN_ERRORS]),
        st.lists(st.sampled_from(["resolve", "republish", "retire"]), max_size=3),
        st.integers(0, 3),
    )
    def test_a_cascade_on_its_own_result_does_nothing(
        self, problem, acts, known_error, lived, wait
    ):
        for act in acts:
            if act in problem.allowed:
                problem = after_problem(problem, act)
        for act in lived:
            if act in known_error.allowed:
                known_error = after_known_error(known_error, act)
        first = fix(problem, known_error)
        (result,) = first.changed or (known_error,)

        assert fix(problem, is_true(result), at=minute(600 + wait)).applied == ()
        assert result.journal[: known_error.version] == known_error.journal


class TestDiagnose:
    @pytest.fixture
    def index(self):
        return KnownErrorIndex([PUBLISHED, known_error_in("draft", id=KnownErrorId("KE-2"))])

    def test_candidates_come_with_their_grounds(self, index):
        (match,) = diagnose_with(logged(title="The mail queue stalls again"), index)

        assert match.known_error == KE
        assert "'queue'" in match.explain()

    def test_a_finding_is_searched_too(self, index):
        silent = logged(title="Help")

        assert diagnose_with(silent, index) == ()
        assert diagnose_with(silent, index, finding="The queue stalls") != ()

    def test_what_is_fixed_in_the_version_in_use_is_no_candidate(self):
        fixed = after_known_error(PUBLISHED, "resolve", fixed_in=["5.2"])
        incident, index = logged(title="The queue stalls"), KnownErrorIndex([fixed])

        assert diagnose_with(incident, index, version="5.2") == ()
        [match] = diagnose_with(incident, index, version="5.1")
        assert match.explain().endswith("It is fixed in '5.2'.")
        assert diagnose_with(incident, index) == (match,)

    def test_what_is_wrong_with_the_version_in_use_counts_more(self):
        known_error = known_error_in("published", versions=["5.1"])

        [match] = diagnose_with(logged(title="Help"), KnownErrorIndex([known_error]), version="5.1")

        assert match.explain() == "KE-1 scores 2: it has the version '5.1' (2)."

    def test_any_engine_answers(self):
        class Engine:
            def search(self, query, *, limit=10):
                return (query.text, limit)

        assert diagnose_with(logged(title="Help"), Engine(), limit=3) == ("Help", 3)

    def test_bad_input_is_refused(self, index):
        with pytest.raises(TypeError, match="an Incident"):
            diagnose_with(PRB, index)
        with pytest.raises(TypeError, match="KnownErrorSearch"):
            diagnose_with(logged(), None)
        with pytest.raises(ValueError, match="limit"):
            diagnose_with(logged(), index, limit=0)
        with pytest.raises(TypeError, match="limit"):
            diagnose_with(logged(), index, limit=True)
        with pytest.raises(ValueError, match="version must not be blank"):
            diagnose_with(logged(), index, version=" ")


def used(incident=None, known_error=PUBLISHED, **options):
    told = {"by": LI, "at": LATER, **options}
    return use_known_error(incident or standing("in_progress"), known_error, **told)


class TestUse:
    @pytest.mark.parametrize("place", ["new", "assigned", "in_progress", "pending"])
    def test_the_incident_gets_the_workaround_and_the_use_counts(self, place):
        newest = after_known_error(PUBLISHED, "revise_workaround")
        came = used(standing(place), newest, solved=True, note="It helps.")

        assert came.incident.workaround == newest.workaround.text
        assert came.incident.matched_known_error.known_error == KE
        assert came.incident.matched_known_error.workaround_version == 2
        assert [link.kind for link in came.incident.links] == [LinkKind.MATCHED]
        assert (came.known_error.usage_count, came.known_error.last_use.solved) == (1, True)
        assert came.known_error.last_use.workaround_version == 2
        assert came.incident.journal[-1].note == came.known_error.journal[-1].note == "It helps."
        assert came.changed == (came.incident, came.known_error)

    def test_one_that_is_resolved_still_helps(self):
        assert used(known_error=RESOLVED, at=minute(700)).known_error.usage_count == 1

    def test_without_a_workaround_it_is_matched_all_the_same(self):
        bare = after_known_error(PUBLISHED, "rule_out_workaround")
        came = used(known_error=bare)

        assert came.incident.workaround is None
        assert came.incident.matched_known_error.workaround_version is None

    @pytest.mark.parametrize(("place", "verb"), [("draft", "publish"), ("retired", "republish")])
    def test_what_nobody_finds_is_not_used(self, place, verb):
        told = f"known error KE-1 is {place}: {verb} it first$"
        with pytest.raises(HandoffError, match=told) as refusal:
            used(known_error=known_error_in(place))

        assert rules_of(refusal) == ["to_be_found"]

    def test_of_a_duplicate_the_original_is_named(self):
        reason = RetirementReason.DUPLICATE
        told = after_known_error(
            PUBLISHED, "retire", reason=reason, duplicate_of=KnownErrorId("KE-2")
        )

        with pytest.raises(HandoffError, match="is retired: use KE-2, which it duplicates"):
            used(known_error=told)

    def test_a_second_use_is_refused(self):
        came = used()

        for known_error in (
            came.known_error,
            after_known_error(came.known_error, "revise_workaround"),
        ):
            with pytest.raises(RefusedError, match="counted already: say with 'solved'"):
                used(came.incident, known_error, at=minute(700))

    def test_one_that_the_incident_was_matched_with_by_itself_is_refused(self):
        matched = used().incident

        with pytest.raises(RefusedError, match="matched already"):
            used(matched)

    @pytest.mark.parametrize("ends", [(), ("resolve",), ("resolve", "close")])
    @pytest.mark.parametrize("solved", [True, False])
    def test_whether_it_helped_is_told_later(self, ends, solved):
        came = used()
        incident = through(came.incident, *ends)
        newer = after_known_error(came.known_error, "revise_workaround")

        told = used(incident, newer, solved=solved, at=minute(9_000))

        assert told.incident is incident
        assert told.known_error.usage_count == 1
        assert told.known_error.uses == (attrs.evolve(came.known_error.last_use, solved=solved),)

    def test_so_it_is_once_the_incident_was_matched_with_another_one(self):
        came = used()
        other = used(came.incident, known_error_in("published", id=KnownErrorId("KE-2")))

        told = used(other.incident, came.known_error, solved=False)

        assert told.incident.matched_known_error.known_error == KnownErrorId("KE-2")
        assert told.known_error.last_use.solved is False

    def test_what_was_counted_alone_is_matched_when_its_outcome_is_told(self):
        counted = PUBLISHED.record_use(IncidentId("INC-1"), by=LI, at=LATER)

        told = used(known_error=counted, solved=True)

        assert told.incident.matched_known_error.known_error == KE
        assert told.known_error.usage_count == 1

    def test_nothing_is_told_before_the_incident_s_last_entry(self):
        came = used(at=LATER)
        late = after(came.incident, "comment", at=minute(601))

        with pytest.raises(OutOfOrderError, match="incident INC-1"):
            used(late, came.known_error, solved=True, at=LATER)

    @pytest.mark.parametrize("place", ["resolved", "closed", "cancelled"])
    def test_what_is_done_is_matched_no_more(self, place):
        with pytest.raises(RefusedError, match="match_known_error"):
            used(standing(place))

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"solved": "yes"}, TypeError),
            ({"incident": PRB}, TypeError),
            ({"known_error": KE}, TypeError),
            ({"policies": IncidentPolicies.strict()}, RefusedError),
            ({"known_error_policies": KnownErrorPolicies.strict()}, RefusedError),
        ],
    )
    def test_bad_input_is_refused(self, options, error):
        with pytest.raises(error):
            used(**options)


def solved(number, took, *, restored=None, known=False, **fields):
    """
    Return an incident that was resolved after so many minutes.
    """
    incident = logged(id=IncidentId(f"INC-{number}"), **fields)
    if known:
        incident = after(incident, "match_known_error")
    return incident.resolve(
        ResolutionCode.FIXED,
        restored_at=None if restored is None else minute(restored),
        by=LI,
        at=minute(took),
    )


class TestEffect:
    def test_both_sides_are_told_apart(self):
        effect = effect_of_known_errors(
            [
                solved(1, 20, known=True),
                solved(2, 40, restored=30, known=True),
                solved(3, 60),
                solved(4, 180, restored=90),
            ]
        )

        assert (effect.matched.count, effect.others.count) == (2, 2)
        assert effect.matched.mtrs == timedelta(minutes=25)
        assert effect.matched.resolution == timedelta(minutes=30)
        assert effect.others.mtrs == timedelta(minutes=75)
        assert effect.others.resolution == timedelta(hours=2)
        assert effect.saved == timedelta(minutes=50)

    @pytest.mark.parametrize(
        ("fields", "mtrs"),
        [
            ({"occurred_at": minute(-30), "detected_at": minute(-10)}, 50),
            ({"detected_at": minute(-10)}, 30),
            ({}, 20),
        ],
    )
    def test_service_is_missed_from_the_failure_on_where_it_is_known(self, fields, mtrs):
        effect = effect_of_known_errors([solved(1, 20, **fields)])

        assert effect.others.mtrs == timedelta(minutes=mtrs)
        assert effect.others.resolution == timedelta(minutes=20)

    def test_what_was_well_before_it_was_reported_took_no_time(self):
        effect = effect_of_known_errors([solved(1, 20, restored=-5)])

        assert effect.others.mtrs == timedelta()

    def test_what_is_open_or_cancelled_is_left_out(self):
        told = [through(logged(id=OTHER), "match_known_error"), standing("cancelled")]
        effect = effect_of_known_errors([*told, standing("closed", id=IncidentId("INC-4"))])

        assert (effect.matched.count, effect.matched.mtrs) == (0, None)
        assert effect.matched.resolution is None
        assert effect.others.count == 1
        assert effect.saved is None

    def test_of_nothing_there_is_none(self):
        effect = effect_of_known_errors([])

        assert (effect.others.count, effect.others.mtrs, effect.saved) == (0, None, None)
        assert effect_of_known_errors([solved(1, 9, known=True)]).saved is None

    def test_what_is_no_incident_is_refused(self):
        with pytest.raises(TypeError, match="an Incident"):
            effect_of_known_errors([PRB])

    def test_one_that_is_given_twice_is_refused(self):
        with pytest.raises(ValueError, match="INC-1 is given twice"):
            effect_of_known_errors([solved(1, 9), solved(2, 9), solved(1, 20)])


class TestInAStore:
    def test_all_that_changed_is_saved(self):
        store = MemoryStore()
        with store.unit() as unit:
            unit.problems.add(problem_in("under_investigation", **SHOWN))
            unit.incidents.add(standing("in_progress"))
            unit.commit()

        with store.unit() as unit:
            came = drafted(unit.problems.get(PRB), declare=True)
            unit.problems.save(came.problem)
            unit.known_errors.add(came.known_error.publish(by=LI, at=LATER))
            unit.commit()

        with store.unit() as unit:
            came = used(unit.incidents.get(IncidentId("INC-1")), unit.known_errors.get(KE))
            incident = unit.incidents.save(came.incident)
            came = used(incident, unit.known_errors.save(came.known_error), solved=True)
            assert unit.incidents.save(came.incident) == incident
            kept = unit.known_errors.save(came.known_error)
            fixed = after_problem(unit.problems.get(PRB), "resolve", at=minute(700))
            unit.problems.save(fixed)
            for one in fix(fixed, kept, at=minute(701)).changed:
                unit.known_errors.save(one)
            unit.commit()

        with store.unit(read_only=True) as unit:
            known_error = unit.known_errors.get(KE)
            incident = unit.incidents.get(IncidentId("INC-1"))

        assert (known_error.state.name, known_error.used_for) == ("resolved", (incident.id,))
        assert known_error.uses[0].solved
        assert incident.matched_known_error.known_error == KE
