"""
What incidents do because of where their problem stands, and how they get a workaround.
"""

from __future__ import annotations

import functools

from datetime import timedelta

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from family_doubles import ROBOT, rules_of
from incident_doubles import (
    ADA,
    LI,
    WAYS,
    after,
    is_true,
    minute,
    standing,
)
from itil_ops import (
    IncidentId,
    IncidentPolicies,
    KnownErrorId,
    Link,
    LinkKind,
    OutOfOrderError,
    PendingReason,
    Permit,
    Phase,
    ProblemId,
    ProcessRole,
    ResolutionCode,
    RoleTable,
)
from itil_ops.handoffs import (
    follow_problem,
    push_workaround,
    use_known_error,
    wait_for_problem,
)
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode
from known_error_doubles import WAYS as WAYS_OF_KNOWN_ERRORS
from known_error_doubles import after as after_known_error
from known_error_doubles import standing as known_error_in
from problem_doubles import WAYS as WAYS_OF_PROBLEMS
from problem_doubles import after as after_problem
from problem_doubles import standing as problem_in


PRB, ORIGINAL, KE = ProblemId("PRB-1"), ProblemId("PRB-2"), KnownErrorId("KE-1")
CAUSED, INVESTIGATED = LinkKind.CAUSED_BY, LinkKind.INVESTIGATED_BY
WAITING = PendingReason.AWAITING_PROBLEM
LATER = minute(600)

OPEN = problem_in("under_investigation")
SOLVED = problem_in("resolved")
SHUT = problem_in("closed")
ACCEPTED = problem_in("closed at a risk")


def none(note=None):
    return after_problem(
        OPEN, "cancel", code=ProblemResolutionCode.NOT_A_PROBLEM, duplicate_of=None, note=note
    )


NONE = none()


def duplicate(of=ORIGINAL):
    code = ProblemResolutionCode.DUPLICATE
    return after_problem(OPEN, "cancel", code=code, duplicate_of=of)


def case(place="in_progress", kind=INVESTIGATED, **fields):
    """
    Return an incident that is linked to the problem.
    """
    return after(standing(place, **fields), "link", kind=kind, target=PRB, at=minute(300))


def waiting(place="in_progress", **options):
    return wait_for_problem(standing(place), OPEN, by=LI, at=minute(300), **options)


def held(incident, awaited=None, **options):
    return after(incident, "hold", reason=WAITING, awaited=awaited, at=minute(310), **options)


def cascade(problem, *incidents, at=LATER, by=ROBOT, **options):
    return follow_problem(problem, incidents, by=by, at=at, **options)


def only(problem, incident, **options):
    (step,) = cascade(problem, incident, **options)
    return step


def followed(problem, incident, **options):
    (changed,) = cascade(problem, incident, **options).changed
    return is_true(changed)


def acts(*actions, role=ProcessRole.SYSTEM):
    return IncidentPolicies(authorization=RoleTable([Permit([role], actions)]))


class TestSolved:
    @pytest.mark.parametrize("problem", [SOLVED, SHUT])
    @pytest.mark.parametrize(
        "incident",
        [
            waiting(),
            waiting("new"),
            held(case()),
            held(standing("assigned"), PRB),
            held(case(kind=CAUSED)),
        ],
    )
    def test_what_waits_is_resolved_with_the_fix_note(self, problem, incident):
        (step,) = cascade(problem, incident)

        assert step.verb == "auto_resolve"
        assert step.after.state.name == "resolved"
        assert step.after.resolution_code == ResolutionCode.RESOLVED_BY_PROBLEM
        assert step.after.resolution.note == problem.resolution.note == "Replaced the queue."
        assert Link(LinkKind.RESOLVED_BY, PRB) in step.after.links

    def test_where_nobody_said_what_was_done_it_says_that_it_is_solved(self):
        silent = after_problem(problem_in("fix_in_progress"), "resolve", note=None)

        assert followed(silent, waiting()).resolution.note.startswith(
            "PRB-1 was resolved: The mail"
        )
        assert followed(silent, case()).journal[-1].note.endswith(f"09:07: {silent.title}")

    def test_so_is_what_did_not_come_back(self):
        code = ProblemResolutionCode.NO_RECURRENCE
        gone = after_problem(problem_in("fix_in_progress"), "resolve", code=code)

        assert followed(gone, waiting()).state.name == "resolved"

    @pytest.mark.parametrize("place", ["new", "assigned", "in_progress", "pending"])
    def test_others_get_a_comment(self, place):
        told = followed(SOLVED, case(place))

        assert told.state.name == place
        assert told.journal[-1].action == "comment"
        assert told.journal[-1].note == "PRB-1 was resolved 2026-03-02 09:07: Replaced the queue."

    def test_one_that_waits_for_another_problem_does_too(self):
        told = followed(SOLVED, held(case(), ORIGINAL))

        assert (told.awaited, told.journal[-1].action) == (ORIGINAL, "comment")

    def test_once(self):
        assert rules_of(only(SOLVED, followed(SOLVED, case()))) == ["already_so"]

    def test_again_when_it_is_resolved_anew(self):
        told = followed(SOLVED, case())
        again = after_problem(after_problem(SOLVED, "reanalyze"), "resolve", at=minute(900))

        assert followed(again, told, at=minute(901)).version == told.version + 1

    @pytest.mark.parametrize(
        ("place", "rule"),
        [("resolved", "already_so"), ("closed", "over"), ("cancelled", "over")],
    )
    def test_what_is_done_stays_so(self, place, rule):
        assert rules_of(only(SOLVED, case(place))) == [rule]

    @pytest.mark.parametrize("incident", [standing("in_progress"), case(kind=LinkKind.RELATED)])
    def test_what_is_not_linked_is_left_alone(self, incident):
        assert rules_of(only(SOLVED, incident)) == ["its_incident"]

    def test_what_was_reopened_since_is_not_resolved_again(self):
        back = after(followed(SOLVED, waiting()), "reopen", at=minute(601))
        again = after(back, "hold", reason=WAITING, awaited=PRB, at=minute(602))

        assert rules_of(only(SOLVED, again, at=minute(603))) == ["own_way"]

    def test_until_the_problem_is_resolved_anew(self):
        back = after(followed(SOLVED, waiting()), "reopen", at=minute(601))
        again = after(back, "hold", reason=WAITING, awaited=PRB, at=minute(602))
        anew = after_problem(after_problem(SOLVED, "reanalyze"), "resolve", at=minute(700))

        assert followed(anew, again, at=minute(701)).state.name == "resolved"

    def test_a_major_one_that_waits_is_told_instead(self):
        urgent = after(waiting(), "declare_major", at=minute(301))
        refused, told = cascade(SOLVED, urgent)

        assert (refused.verb, rules_of(refused)) == ("auto_resolve", ["auto_resolution_is_allowed"])
        assert told.verb == "comment"
        assert rules_of(only(SOLVED, told.after)) == ["auto_resolution_is_allowed"]

    def test_who_may_not_is_refused_with_the_reason(self):
        steps = cascade(SOLVED, waiting(), policies=acts("start"))

        assert [rules_of(step) for step in steps] == [["permission"], ["permission"]]

    def test_an_instant_before_the_incidents_last_entry_is_a_reason(self):
        assert rules_of(only(SOLVED, case(), at=minute(299))) == ["order"]


def with_two(*options, place="in_progress"):
    """
    Return an incident of two problems that waits for one, and does not say for which.
    """
    return held(after(case(place), "link", kind=CAUSED, target=ORIGINAL), *options)


OTHERS_END = {
    place: problem_in(place, id=ORIGINAL) for place in ("resolved", "closed", "closed at a risk")
}
OTHER_OPEN = problem_in("under_investigation", id=ORIGINAL)


class TestSeveralProblems:
    @pytest.mark.parametrize("problem", [SOLVED, ACCEPTED, NONE])
    @pytest.mark.parametrize("others", [[], [OTHER_OPEN], [OPEN]])
    def test_the_end_of_one_ends_no_wait_for_nobody_knows_which(self, problem, others):
        told, why = cascade(problem, with_two(), others=others)

        assert (told.verb, told.after.state.name) == ("comment", "pending")
        assert rules_of(why) == ["own_hold"]
        assert str(why).endswith("it waits for a problem that nobody named: PRB-1, PRB-2")
        assert rules_of(only(problem, told.after, others=others)) == ["own_hold"]

    @pytest.mark.parametrize("other", OTHERS_END.values())
    def test_the_last_of_them_does(self, other):
        assert followed(SOLVED, with_two(), others=[other]).state.name == "resolved"
        assert followed(ACCEPTED, with_two(), others=[other]).state.name == "in_progress"

    def test_even_after_a_comment_on_the_first(self):
        told = followed(SOLVED, with_two())
        second = OTHERS_END["resolved"]

        assert followed(second, told, others=[SOLVED]).resolution_code == (
            ResolutionCode.RESOLVED_BY_PROBLEM
        )
        assert followed(SOLVED, told, others=[second]).state.name == "resolved"

    @pytest.mark.parametrize("problem", [SOLVED, ACCEPTED])
    def test_the_one_that_is_named_does(self, problem):
        assert followed(problem, with_two(PRB)).pending_reason is None
        assert followed(problem, with_two(ORIGINAL)).awaited == ORIGINAL

    def test_a_problem_with_which_it_was_resolved_before_is_one_of_them(self):
        again = after(case(), "link", kind=LinkKind.RESOLVED_BY, target=ORIGINAL)

        assert followed(SOLVED, held(again)).state.name == "pending"

    def test_a_parent_with_which_it_was_resolved_before_is_none(self):
        again = after(case(), "link", kind=LinkKind.RESOLVED_BY, target=IncidentId("INC-7"))

        assert followed(SOLVED, held(again)).state.name == "resolved"

    @pytest.mark.parametrize("others", [[PRB], [case()]])
    def test_others_are_problems(self, others):
        with pytest.raises(TypeError, match="each of others must be a Problem"):
            cascade(SOLVED, case(), others=others)


class TestOnce:
    def test_what_was_resolved_with_it_and_is_back_is_not_told_again(self):
        back = after(followed(SOLVED, waiting()), "reopen", at=minute(601))
        step = only(SOLVED, back, at=minute(602))

        assert rules_of(step) == ["already_so"]
        assert step.after is None

    def test_also_where_nobody_said_what_was_done(self):
        silent = after_problem(problem_in("fix_in_progress"), "resolve", note=None)
        back = after(followed(silent, waiting()), "reopen", at=minute(601))

        assert rules_of(only(silent, back, at=minute(602))) == ["already_so"]

    def test_nor_when_the_problem_is_closed(self):
        back = after(followed(SOLVED, waiting()), "reopen", at=minute(601))

        assert rules_of(only(SHUT, back, at=minute(602))) == ["already_so"]

    def test_a_resolution_anew_is_news(self):
        back = after(followed(SOLVED, waiting()), "reopen", at=minute(601))
        anew = after_problem(after_problem(SOLVED, "reanalyze"), "resolve", at=minute(700))

        assert followed(anew, back, at=minute(701)).journal[-1].action == "comment"

    def test_what_people_resolved_before_and_is_back_is_told(self):
        back = after(case("resolved"), "reopen", at=minute(301))
        told = followed(SOLVED, back)

        assert told.journal[-1].action == "comment"
        assert rules_of(only(SOLVED, told)) == ["already_so"]

    def test_so_is_what_waits_since_then(self):
        again = held(after(case("resolved"), "reopen", at=minute(301)))
        told, why = cascade(SOLVED, again)

        assert (told.verb, rules_of(why)) == ("comment", ["own_way"])

    @pytest.mark.parametrize("problem", [SOLVED, ACCEPTED])
    def test_what_was_told_and_waits_all_the_same_goes_on_waiting(self, problem):
        again = held_again(followed(problem, case()))

        assert rules_of(only(problem, again, at=minute(700))) == ["own_hold"]

    def test_a_resolution_before_says_nothing_of_one_since_in_the_same_words(self):
        other = after(waiting(), "link", kind=LinkKind.RESOLVED_BY, target=PRB, at=minute(301))
        code, note = ResolutionCode.RESOLVED_BY_PROBLEM, "Replaced the queue."
        early = problem_in("resolved").reanalyze("Back.", by=LI, at=minute(400))
        told = {"code": code, "cause": PRB, "note": note}
        before = after(after(other, "auto_resolve", **told), "reopen", at=minute(303))
        anew = after_problem(early, "resolve", at=minute(401))

        assert followed(anew, before).journal[-1].action == "comment"


class TestActors:
    @pytest.mark.parametrize("by", [ROBOT, LI], ids=["a system", "a person"])
    def test_whoever_ran_it_gets_nothing_that_is_reopened(self, by):
        solved = followed(SOLVED, waiting("new"), by=by)
        back = solved.reopen("It is back.", by=ADA, at=minute(601))

        assert (solved.assignee, solved.responded_at) == (None, None)
        assert back.assignee is None


class TestOrder:
    def test_nothing_follows_before_the_problem_stood_so(self):
        with pytest.raises(OutOfOrderError, match=r"problem PRB-1: at .* lies before"):
            cascade(SOLVED, case(), at=minute(6))

    def test_nor_before_the_others_did(self):
        late = OTHER_OPEN.comment("Later.", by=LI, at=minute(601))

        with pytest.raises(OutOfOrderError, match=r"problem PRB-2: at .* lies before"):
            cascade(SOLVED, case(), others=[late])

    @pytest.mark.parametrize("source", [OPEN, known_error_in("published")])
    def test_no_workaround_is_pushed_before_it_was_there(self, source):
        with pytest.raises(OutOfOrderError, match="lies before"):
            push_workaround(source, [case()], by=LI, at=minute(0))


@functools.cache
def problems_that_are_open():
    return [problem for place in WAYS_OF_PROBLEMS if (problem := problem_in(place)).is_open]


class TestOpen:
    @pytest.mark.parametrize("problem", problems_that_are_open())
    @pytest.mark.parametrize("incident", [case(), waiting(), case("closed")])
    def test_nothing_follows(self, problem, incident):
        assert rules_of(only(problem, incident)) == ["goes_on"]


RISK = (
    "PRB-1 is not fixed: its risk was accepted 2026-03-02 09:06."
    " Workaround: Purge the sender's messages."
)


class TestNothingToCome:
    @pytest.mark.parametrize(
        ("problem", "text"),
        [
            (
                ACCEPTED,
                RISK,
            ),
            (NONE, "PRB-1 was no problem: The mail queue gets stuck"),
        ],
    )
    def test_what_waits_is_resumed_and_others_are_told(self, problem, text):
        resumed, told = (followed(problem, one) for one in (waiting(), case()))

        assert (resumed.state.name, resumed.journal[-1].note) == ("in_progress", text)
        assert (told.journal[-1].action, told.journal[-1].note) == ("comment", text)
        assert rules_of(only(problem, resumed)) == rules_of(only(problem, told)) == ["already_so"]

    def test_it_says_why_there_is_no_workaround(self):
        known = after_problem(problem_in("known_error"), "rule_out_workaround")
        accepted = after_problem(known, "accept_risk")

        assert (
            followed(accepted, case())
            .journal[-1]
            .note.endswith("No workaround: Every way loses mail.")
        )

    def test_and_why_it_was_none(self):
        assert (
            followed(none("A drill."), case()).journal[-1].note == "PRB-1 was no problem: A drill."
        )

    def test_one_that_waits_all_the_same_does_so(self):
        again = held_again(followed(ACCEPTED, waiting()))

        assert rules_of(only(ACCEPTED, again, at=minute(700))) == ["own_hold"]

    @pytest.mark.parametrize("action", ["renew_risk_acceptance", "record_workaround"])
    def test_a_renewal_and_a_better_workaround_are_no_news(self, action):
        later = after_problem(ACCEPTED, action)
        resumed, told = (followed(ACCEPTED, one) for one in (waiting(), case()))

        for incident in (resumed, told):
            assert rules_of(only(later, incident, at=minute(900))) == ["already_so"]
        again = only(later, held_again(resumed), at=minute(900))
        assert rules_of(again) == ["own_hold"]

    @pytest.mark.parametrize("place", ["resolved", "closed", "cancelled"])
    def test_what_is_done_stays_so(self, place):
        assert cascade(ACCEPTED, case(place)).applied == ()


def held_again(incident):
    return after(incident, "hold", reason=WAITING, awaited=PRB, at=minute(650))


class TestDuplicates:
    @pytest.mark.parametrize("kind", [INVESTIGATED, CAUSED])
    @pytest.mark.parametrize("place", ["new", "in_progress", "pending", "resolved"])
    def test_the_incident_is_linked_to_the_original(self, place, kind):
        plan = cascade(duplicate(), case(place, kind))

        assert [step.verb for step in plan] == ["link", "unlink"]
        assert plan.changed[0].links == (Link(kind, ORIGINAL),)
        assert rules_of(only(duplicate(), plan.changed[0])) == ["already_so"]

    def test_one_that_is_linked_there_too_loses_the_old_link(self):
        both = after(case(), "link", kind=INVESTIGATED, target=ORIGINAL)

        assert [step.verb for step in cascade(duplicate(), both)] == ["unlink"]

    def test_a_closed_one_keeps_the_old_link(self):
        after_all = followed(duplicate(), case("closed"))

        assert after_all.links == (Link(INVESTIGATED, PRB), Link(INVESTIGATED, ORIGINAL))
        assert cascade(duplicate(), after_all).applied == ()

    def test_one_it_came_back_with_is_linked_to_the_original_too(self):
        back = after_problem(SOLVED, "record_recurrence", incident=case().id)
        anew = after_problem(back, "reanalyze")
        code = ProblemResolutionCode.DUPLICATE
        gone = after_problem(anew, "cancel", code=code, duplicate_of=ORIGINAL)
        after_all = followed(gone, standing("in_progress"))

        assert after_all.links == (Link(INVESTIGATED, ORIGINAL),)
        assert rules_of(only(gone, after_all)) == ["already_so"]

    def test_a_cancelled_one_stays_as_it_is(self):
        assert rules_of(only(duplicate(), case("cancelled"))) == ["over"]

    def test_what_waits_waits_for_the_original(self):
        until = minute(9000)
        moved = followed(duplicate(), waiting(until=until))

        assert (moved.pending_reason, moved.awaited) == (WAITING, ORIGINAL)
        assert moved.pending_until == until
        assert moved.links == (Link(INVESTIGATED, ORIGINAL),)

    def test_without_a_date_that_has_passed(self):
        asleep = waiting(until=minute(301) + timedelta(minutes=1))

        assert followed(duplicate(), asleep).pending_until is None

    def test_what_waits_without_a_link_gets_one(self):
        moved = followed(duplicate(), held(standing("new"), PRB))

        assert (moved.awaited, moved.links) == (ORIGINAL, (Link(INVESTIGATED, ORIGINAL),))

    def test_no_link_goes_before_the_new_one_is_there(self):
        steps = cascade(duplicate(), case(), policies=acts("unlink", "hold"))

        assert [(step.verb, rules_of(step)) for step in steps] == [("link", ["permission"])]

    def test_one_that_forgot_its_original_moves_nobody(self):
        class Damaged(Problem):
            __slots__ = ()

            def forget(self):
                return self._step("comment", {"links": ()}, by=LI, at=LATER, note="Imported.")

        code = ProblemResolutionCode.DUPLICATE
        begun = Damaged.log(PRB, title="Mail fails", evidence="A trend.", by=LI, at=minute(0))
        lost = begun.cancel(code, duplicate_of=ORIGINAL, by=LI, at=minute(1)).forget()

        assert rules_of(only(lost, case())) == ["no_original"]

    def test_strangers_are_left_alone(self):
        assert rules_of(only(duplicate(), standing("new"))) == ["its_incident"]


PUSHED = "version 1 of the workaround of PRB-1"
TEXT = "Purge the sender's messages."
PUBLISHED = known_error_in("published")


def pushed(source, *incidents, at=LATER, by=LI, **options):
    return push_workaround(source, incidents, by=by, at=at, **options)


def push(source, incident, **options):
    (step,) = pushed(source, incident, **options)
    return step


def matched(place="in_progress", known_error=PUBLISHED):
    return use_known_error(standing(place), known_error, by=LI, at=minute(300)).incident


def revised(text="Drain the queue first.", known_error=PUBLISHED):
    return after_known_error(known_error, "revise_workaround", text=text)


class TestWorkaroundOfAProblem:
    @pytest.mark.parametrize("incident", [case(), case("pending"), waiting()])
    def test_it_is_applied(self, incident):
        step = push(OPEN, incident)

        assert (step.verb, step.after.workaround) == ("apply_workaround", TEXT)
        assert step.after.journal[-1].note == PUSHED
        assert step.after.state is incident.state

    @pytest.mark.parametrize("place", ["new", "assigned"])
    def test_who_has_not_begun_is_told(self, place):
        step = push(OPEN, case(place))

        assert (step.verb, step.after.workaround) == ("comment", None)
        assert step.after.journal[-1].note == f"{PUSHED}: {TEXT}"
        assert rules_of(push(OPEN, step.after)) == ["already_so"]

    def test_and_has_it_applied_once_work_begins(self):
        told = push(OPEN, case("new")).after
        begun = after(told, "start", at=minute(601))

        assert push(OPEN, begun, at=minute(602)).verb == "apply_workaround"

    def test_what_has_it_is_left_alone(self):
        has = after(case(), "apply_workaround", workaround=TEXT, at=minute(301))

        assert rules_of(push(OPEN, has)) == ["already_so"]

    def test_another_version_takes_its_place(self):
        newer = after_problem(OPEN, "record_workaround", text="Limit the sender.")
        has = push(OPEN, case()).after

        assert push(newer, has).after.workaround == "Limit the sender."

    def test_never_an_older_one(self):
        newer = after_problem(OPEN, "record_workaround", text="Limit the sender.")
        has = push(newer, push(OPEN, case()).after).after

        assert rules_of(push(OPEN, has)) == ["own_way"]

    def test_nor_in_place_of_what_people_found_since(self):
        own = after(push(OPEN, case()).after, "apply_workaround", at=minute(601))

        assert rules_of(push(OPEN, own, at=minute(602))) == ["own_way"]

    @pytest.mark.parametrize("place", ["resolved", "closed", "cancelled"])
    def test_what_is_done_needs_none(self, place):
        assert rules_of(push(OPEN, case(place))) == ["over"]

    @pytest.mark.parametrize(
        ("source", "incident", "rule"),
        [
            (OPEN, standing("in_progress"), "its_incident"),
            (problem_in("new"), case(), "a_workaround"),
            (after_problem(OPEN, "cancel"), case(), "source"),
        ],
    )
    def test_why_nothing_is_pushed(self, source, incident, rule):
        assert rules_of(push(source, incident)) == [rule]


class TestWorkaroundOfAKnownError:
    @pytest.mark.parametrize("place", ["new", "assigned", "in_progress", "pending"])
    def test_what_is_matched_gets_the_new_version(self, place):
        step = push(revised(), matched(place))

        assert (step.verb, step.after.workaround) == ("match_known_error", "Drain the queue first.")
        assert step.after.matched_known_error.workaround_version == 2
        assert step.after.journal[-1].note == "version 2 of the workaround of KE-1"

    def test_so_does_what_was_matched_without(self):
        bare = after(standing("new"), "match_known_error", workaround=None)

        assert push(PUBLISHED, bare).after.workaround == PUBLISHED.workaround.text

    def test_what_has_it_is_left_alone(self):
        assert rules_of(push(PUBLISHED, matched())) == ["already_so"]

    def test_never_an_older_one(self):
        assert rules_of(push(PUBLISHED, matched(known_error=revised()))) == ["never_backwards"]

    def test_what_is_done_needs_none(self):
        done = after(matched(), "resolve", at=minute(301))

        assert rules_of(push(revised(), done)) == ["over"]

    @pytest.mark.parametrize(
        "incident",
        [
            standing("in_progress"),
            matched(known_error=known_error_in("published", id=KnownErrorId("KE-2"))),
        ],
    )
    def test_what_is_not_matched_with_it_is_left_alone(self, incident):
        assert rules_of(push(PUBLISHED, incident)) == ["its_incident"]

    @pytest.mark.parametrize("place", ["draft", "retired"])
    def test_one_that_nobody_finds_pushes_nothing(self, place):
        assert rules_of(push(known_error_in(place), matched())) == ["source"]

    def test_nor_does_one_without_a_workaround(self):
        bare = after_known_error(PUBLISHED, "rule_out_workaround")

        assert rules_of(push(bare, matched())) == ["a_workaround"]


class TestBadInput:
    @pytest.mark.parametrize("plan", [follow_problem, push_workaround])
    def test_it_is_refused(self, plan):
        with pytest.raises(TypeError, match="a Problem"):
            plan(PRB, [case()], by=LI, at=LATER)
        with pytest.raises(TypeError, match="an Incident"):
            plan(OPEN, [PRB], by=LI, at=LATER)
        with pytest.raises(ValueError, match="twice"):
            plan(OPEN, [case(), case()], by=LI, at=LATER)
        with pytest.raises(ValueError, match="at"):
            plan(OPEN, [case()], by=LI, at=LATER.replace(tzinfo=None))


# ---- Whatever happens -----------------------------------------------------------------------

_KINDS = (INVESTIGATED, CAUSED, LinkKind.RESOLVED_BY, LinkKind.RELATED)

PLACES = st.sampled_from(sorted(WAYS))
LINKS = st.lists(st.tuples(st.sampled_from(_KINDS), st.sampled_from([PRB, ORIGINAL])), max_size=3)
HOLDS = st.sampled_from([None, (WAITING, None), (WAITING, PRB), (WAITING, ORIGINAL)])
EXTRAS = st.sampled_from([None, "reopen", "apply_workaround", "match_known_error", "declare_major"])
SOURCES = (
    *map(problem_in, WAYS_OF_PROBLEMS),
    duplicate(),
    *map(known_error_in, WAYS_OF_KNOWN_ERRORS),
    revised(),
)


def any_incident(place, links, hold, extra):
    incident = standing(place)
    if extra in incident.allowed:
        incident = after(incident, extra)
    for kind, target in dict.fromkeys(links):
        incident = after(incident, "link", kind=kind, target=target)
    if hold is not None and "hold" in incident.allowed:
        incident = after(incident, "hold", reason=hold[0], awaited=hold[1])
    return incident


INCIDENTS = st.builds(any_incident, PLACES, LINKS, HOLDS, EXTRAS)

_ORDER = {Phase.ACTIVE: 0, Phase.WAITING: 0, Phase.DONE: 1, Phase.ENDED: 2, Phase.DROPPED: 2}


class TestWhateverHappens:
    @tried(150)
    @given(st.sampled_from(SOURCES), INCIDENTS, st.integers(0, 3), st.sampled_from([LI, ROBOT]))
    def test_a_cascade_on_its_own_result_does_nothing(self, source, incident, later, by):
        plans = [push_workaround]
        if source.id == PRB:
            plans.append(follow_problem)
        for plan in plans:
            first = plan(source, [incident], by=by, at=LATER)
            (result,) = first.changed or (incident,)
            second = plan(source, [result], by=by, at=minute(600 + later))

            assert second.applied == ()
            assert all(step.reasons for step in (*first.skipped, *second.skipped))

    @tried(150)
    @given(st.sampled_from(SOURCES), INCIDENTS)
    def test_nobody_goes_back(self, source, incident):
        plan = push_workaround(source, [incident], by=LI, at=LATER)
        changed = [*plan.changed]
        if source.id == PRB:
            changed += follow_problem(source, [incident], by=LI, at=LATER).changed

        for one in map(is_true, changed):
            assert _ORDER[one.state.phase] >= _ORDER[incident.state.phase]
            assert one.journal[: incident.version] == incident.journal
