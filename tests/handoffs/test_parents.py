"""
What children do when their parent moves: ServiceNow's rules, and what people did with them since.
"""

from __future__ import annotations

import pickle

from datetime import datetime

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from family_doubles import (
    ADA,
    CHANGE,
    CHILD,
    DESK,
    LI,
    OTHER,
    PARENT,
    PROBLEM,
    ROBOT,
    awaiting_change,
    child,
    closed,
    incident,
    joined,
    minute,
    problem,
    resolved,
    rules_of,
)
from incident_doubles import is_true
from itil_ops import (
    Actor,
    CancellationReason,
    ClosureReason,
    Direction,
    IncidentId,
    IncidentPolicies,
    Link,
    LinkKind,
    OutOfOrderError,
    PendingReason,
    Permit,
    Phase,
    ProblemPolicies,
    ProcessRole,
    RefusedError,
    ReopenWindow,
    ResolutionCode,
    RoleTable,
    Visibility,
)
from itil_ops.handoffs import (
    SERVICENOW_RULES,
    CascadeRules,
    follow_parent,
    held_with,
)
from itil_ops.kernel.rules import it_is_prioritized
from itil_ops.problem.review import ReviewId
from itil_ops.problem.vocabulary import RootCauseCategory


CALLER = PendingReason.AWAITING_CALLER
FOR_CHANGE = PendingReason.AWAITING_CHANGE
FOR_PARENT = PendingReason.AWAITING_PARENT
BY_PARENT = ResolutionCode.RESOLVED_BY_PARENT

HEAD = incident(caller="mira")
WORKED = HEAD.start(by=LI, at=minute(10))
HELD = awaiting_change(WORKED, 20)
FIXED = resolved(WORKED, 20)
SHUT = FIXED.close(by=DESK, at=minute(30))
GONE = HEAD.cancel(CancellationReason.WITHDRAWN, by=DESK, at=minute(20))
NEW = child(CHILD)
STARTED = NEW.start(by=ADA, at=minute(5))
OWNED = NEW.assign(assignee="ada", by=DESK, at=minute(5))
QUEUED = NEW.assign(group="net", by=DESK, at=minute(5))


def cascade(parent, *children, at=60, by=ROBOT, **options):
    return follow_parent(parent, children, by=by, at=minute(at), **options)


def only(parent, one, **options):
    """
    Return the one step that a child takes.
    """
    (step,) = cascade(parent, one, **options)
    return step


def followed(parent, one, **options):
    """
    Return the child after the cascade.
    """
    (after,) = cascade(parent, one, **options).changed
    return is_true(after)


def waiting(record, reason=CALLER, at=6, **options):
    return record.hold(reason, by=ADA, at=minute(at), **options)


def reopened(record, at, by=DESK):
    return record.reopen("It is back.", by=by, at=minute(at))


class TestWork:
    def test_the_child_is_begun_with(self):
        after = followed(WORKED, OWNED)

        assert after.state.name == "in_progress"
        assert after.assignee == "ada"

    def test_a_person_who_runs_it_becomes_the_assignee_of_what_has_none(self):
        assert followed(WORKED, NEW, by=LI).assignee == "li"

    def test_a_system_does_not(self):
        step = only(WORKED, NEW)

        assert step.verb == "start"
        assert rules_of(step) == ["an_assignee_is_known"]

    def test_by_a_system_work_begins_where_somebody_is_there_to_do_it(self):
        after = followed(WORKED, OWNED)

        assert (after.assignee, after.responded_at) == ("ada", minute(60))

    def test_a_child_that_is_worked_on_is_left_alone(self):
        assert rules_of(only(WORKED, STARTED)) == ["already_so"]

    @pytest.mark.parametrize("parent", [HEAD, WORKED.assign(group="net", by=LI, at=minute(12))])
    def test_nobody_works_on_the_parent(self, parent):
        assert rules_of(only(parent, NEW)) == ["rules"]

    def test_a_child_that_waits_for_its_own_reason_keeps_waiting(self):
        step = only(WORKED, waiting(NEW))

        assert rules_of(step) == ["own_hold"]
        assert "awaiting_caller" in str(step)

    def test_one_that_waits_for_the_parent_goes_on(self):
        asleep = waiting(STARTED, FOR_PARENT, awaited=PARENT)

        assert followed(WORKED, asleep).state.name == "in_progress"

    def test_and_is_begun_with_if_it_was_not(self):
        asleep = waiting(NEW, FOR_PARENT, awaited=PARENT)

        assert [step.verb for step in cascade(WORKED, asleep, by=LI)] == ["resume", "start"]

    def test_not_because_of_what_the_parent_did_before(self):
        asleep = waiting(STARTED, FOR_PARENT, at=11, awaited=PARENT)

        assert rules_of(only(WORKED, asleep)) == ["own_hold"]
        assert rules_of(only(HEAD, asleep)) == ["own_hold"]

    @pytest.mark.parametrize("queued", [{"group": "net"}, {"assignee": "li"}])
    def test_not_because_the_parent_was_put_into_a_queue_since(self, queued):
        asleep = waiting(STARTED, FOR_PARENT, awaited=PARENT)
        parent = HEAD.assign(**queued, by=LI, at=minute(12))

        assert rules_of(only(parent, asleep)) == ["own_hold"]

    def test_at_the_same_instant_it_counts_as_since(self):
        asleep = waiting(STARTED, FOR_PARENT, at=10, awaited=PARENT)

        assert followed(WORKED, asleep).is_open

    def test_who_waits_for_another_parent_does_not(self):
        asleep = waiting(STARTED, FOR_PARENT, awaited=OTHER)

        assert rules_of(only(WORKED, asleep)) == ["own_hold"]

    def test_what_was_handed_on_since_is_not_begun_with_again(self):
        started = followed(WORKED, NEW, by=LI)
        handed_on = started.assign(group="network", by=ADA, at=minute(70))

        assert rules_of(only(WORKED, handed_on, at=80, by=LI)) == ["own_way"]

    def test_until_the_parent_is_taken_up_anew(self):
        started = followed(WORKED, NEW, by=LI)
        handed_on = started.assign(group="network", by=ADA, at=minute(70))
        again = WORKED.assign(group="net", by=LI, at=minute(72)).start(by=LI, at=minute(75))

        assert followed(again, handed_on, at=80, by=LI).state.name == "in_progress"


class TestHold:
    @pytest.mark.parametrize(
        ("reason", "awaited"),
        [
            (PendingReason.AWAITING_CHANGE, CHANGE),
            (PendingReason.AWAITING_PROBLEM, PROBLEM),
            (PendingReason.AWAITING_SUPPLIER, "carrier"),
        ],
    )
    def test_the_child_waits_for_the_same(self, reason, awaited):
        parent = WORKED.hold(reason, awaited=awaited, until=minute(99), by=LI, at=minute(20))
        after = followed(parent, STARTED)

        assert (after.pending_reason, after.awaited) == (reason, awaited)
        assert after.pending_until == minute(99)
        assert after.journal[-1].note == held_with(PARENT)

    def test_the_parent_waits_for_its_caller_alone(self):
        assert rules_of(only(waiting(WORKED, at=20), STARTED)) == ["rules"]

    def test_what_waits_for_something_else_keeps_its_reason(self):
        assert rules_of(only(HELD, waiting(STARTED))) == ["own_hold"]
        asleep = waiting(STARTED, FOR_PARENT, awaited=PARENT)
        assert rules_of(only(HELD, asleep)) == ["own_hold"]

    def test_what_waits_for_the_same_already_is_left_alone(self):
        assert rules_of(only(HELD, awaiting_change(STARTED, 15))) == ["already_so"]

    def test_with_the_parent_it_goes_on(self):
        held = followed(HELD, STARTED)
        after = followed(HELD.resume(by=LI, at=minute(70)), held, at=80)

        assert after.state.name == "in_progress"
        assert after.pending_reason is None

    def test_even_if_the_parent_goes_back_into_a_queue(self):
        parent = HEAD.assign(group="net", by=LI, at=minute(9))
        parent = awaiting_change(parent, 20)
        held = followed(parent, NEW)
        after = followed(parent.resume(by=LI, at=minute(70)), held, at=80)

        assert after.state.name == "new"

    def test_what_somebody_put_on_hold_for_the_same_does_not(self):
        held = awaiting_change(STARTED, 15)

        assert rules_of(only(HELD.resume(by=LI, at=minute(70)), held, at=80)) == ["own_hold"]

    def test_what_somebody_put_on_hold_again_since_does_not(self):
        held = waiting(followed(HELD, STARTED), at=65)

        assert rules_of(only(HELD.resume(by=LI, at=minute(70)), held, at=80)) == ["own_hold"]

    def test_with_the_parent_it_waits_for_something_else(self):
        held = followed(HELD, STARTED)
        parent = HELD.hold(PendingReason.AWAITING_PROBLEM, awaited=PROBLEM, by=LI, at=minute(70))

        assert followed(parent, held, at=80).awaited == PROBLEM

    def test_what_was_taken_up_again_since_is_not_held_again(self):
        freed = followed(HELD, STARTED).resume(by=ADA, at=minute(65))

        assert rules_of(only(HELD, freed, at=80)) == ["own_way"]

    def test_until_the_parent_is_held_anew(self):
        freed = followed(HELD, STARTED).resume(by=ADA, at=minute(65))
        again = awaiting_change(HELD, 70, until=minute(500))

        assert followed(again, freed, at=80).pending_until == minute(500)

    def test_a_date_that_has_passed_is_refused_by_the_child(self):
        parent = awaiting_change(WORKED, 20, until=minute(40))

        assert rules_of(only(parent, STARTED)) == ["the_hold_ends_later_than_it_begins"]


class TestResolution:
    @pytest.mark.parametrize(
        "one",
        [NEW, STARTED, waiting(STARTED), waiting(STARTED, FOR_PARENT, awaited=PARENT)],
        ids=["new", "in progress", "waiting for its caller", "waiting for its parent"],
    )
    def test_the_child_is_resolved_with_the_parents_note(self, one):
        after = followed(FIXED, one)

        assert after.state.name == "resolved"
        assert after.resolution_code == BY_PARENT
        assert after.resolution.note == "Restarted the queue."
        assert Link(LinkKind.RESOLVED_BY, PARENT) in after.links

    @pytest.mark.parametrize("by", [ROBOT, LI], ids=["a system", "a person"])
    def test_nobody_answered_by_that(self, by):
        after = followed(FIXED, NEW, by=by)

        assert (after.responded_at, after.assignee) == (None, None)

    def test_a_parent_without_a_note_has_none_to_give(self):
        assert followed(resolved(WORKED, 20, note=None), NEW).resolution.note is None

    def test_a_resolved_child_is_left_alone(self):
        one = resolved(NEW, 15)

        assert rules_of(only(FIXED, one)) == ["already_so"]

    def test_a_major_child_is_kept_for_people(self):
        major = NEW.declare_major("A whole site.", by=LI, at=minute(3))

        assert rules_of(only(FIXED, major)) == ["auto_resolution_is_allowed"]

    def test_a_parent_resolved_and_closed_at_once_resolves_too(self):
        parent = WORKED.close(
            resolution=ResolutionCode.FIXED, note="Told how.", by=DESK, at=minute(20)
        )
        after = followed(parent, NEW)

        assert after.state.name == "resolved"
        assert after.resolution.note == "Told how."

    def test_a_child_reopened_by_its_caller_is_not_resolved_again(self):
        back = reopened(followed(FIXED, NEW), 70, by=Actor("ugo"))

        assert rules_of(only(FIXED, back, at=80)) == ["own_way"]

    def test_even_at_the_same_instant(self):
        back = reopened(resolved(NEW, 15), 20)

        assert rules_of(only(FIXED, back)) == ["own_way"]

    def test_until_the_parent_is_resolved_anew(self):
        back = reopened(followed(FIXED, NEW), 70)
        parent = resolved(reopened(FIXED, 75), 77, note="The disk was full.")

        assert followed(parent, back, at=80).resolution.note == "The disk was full."

    def test_what_befell_it_before_does_not_matter(self):
        back = reopened(resolved(NEW, 5), 8)

        assert followed(FIXED, back).resolution_code == BY_PARENT


class TestOver:
    @pytest.mark.parametrize("parent", [HEAD, WORKED, HELD, FIXED, SHUT, GONE])
    @pytest.mark.parametrize(
        "over",
        [closed(NEW, 8), NEW.cancel(CancellationReason.WITHDRAWN, by=DESK, at=minute(8))],
        ids=["closed", "cancelled"],
    )
    def test_a_child_that_is_over_stays_so(self, parent, over):
        before = pickle.dumps(over)
        step = only(parent, over)

        assert rules_of(step) == ["over"]
        assert step.after is None
        assert pickle.loads(before) == over

    def test_a_parents_closure_closes_no_child(self):
        assert rules_of(only(SHUT, resolved(NEW, 15))) == ["rules"]

    def test_that_is_left_to_the_child_itself(self):
        step = only(SHUT, followed(FIXED, NEW))

        assert "closed by its caller, or by itself" in str(step)

    @pytest.mark.parametrize("one", [NEW, STARTED, waiting(NEW), resolved(NEW, 8)])
    def test_a_cancelled_parent_says_nothing(self, one):
        assert rules_of(only(GONE, one)) == ["rules"]

    def test_what_is_no_child_is_left_alone(self):
        assert rules_of(only(FIXED, incident(CHILD))) == ["its_child"]
        assert rules_of(only(FIXED, joined(incident(CHILD), OTHER))) == ["its_child"]

    def test_the_parent_itself_is_no_child(self):
        assert rules_of(only(FIXED, FIXED)) == ["its_child"]

    def test_what_was_recorded_later_cannot_be_followed(self):
        with pytest.raises(OutOfOrderError, match=r"incident INC-1: at .* lies before"):
            cascade(FIXED, NEW, at=19)

    def test_a_child_that_moved_on_later_is_skipped(self):
        late = NEW.comment("Later.", by=LI, at=minute(70))

        assert rules_of(only(FIXED, late)) == ["order"]


class TestReopening:
    RESOLVED = followed(FIXED, OWNED)

    def test_by_staff_reopens_what_was_resolved_with_it(self):
        parent = reopened(FIXED, 70)
        after = followed(parent, self.RESOLVED, at=80, by=LI)

        assert after.state.name == "in_progress"
        assert after.journal[-1].note == "INC-1, its parent, was reopened: It is back."

    @pytest.mark.parametrize(
        "user",
        [Actor("mira"), Actor("ugo", roles=[ProcessRole.USER])],
        ids=["the caller", "any user"],
    )
    def test_by_the_caller_it_reopens_nobody_else(self, user):
        parent = reopened(FIXED, 70, by=user)

        assert rules_of(only(parent, self.RESOLVED, at=80)) == ["rules"]

    def test_by_the_affected_user_neither(self):
        parent = resolved(incident(affected_user="jo"), 20)
        back = reopened(parent, 70, by=Actor("jo"))

        assert rules_of(only(back, self.RESOLVED, at=80)) == ["rules"]

    def test_staff_with_the_role_of_a_user_besides_is_staff(self):
        li = Actor("li", roles=[ProcessRole.USER, ProcessRole.SECOND_LINE_ANALYST])

        assert followed(reopened(FIXED, 70, by=li), self.RESOLVED, at=80).is_open

    @pytest.mark.parametrize(
        ("parent", "one", "group"),
        [
            (FIXED, QUEUED, "net"),
            (
                FIXED,
                QUEUED.start(by=ADA, at=minute(6)).assign(
                    group="web", note="Theirs.", by=ADA, at=minute(7)
                ),
                "web",
            ),
            (
                resolved(WORKED.assign(group="desk", assignee="li", by=LI, at=minute(12)), 20),
                NEW,
                "desk",
            ),
            (
                resolved(WORKED.assign(group="desk", assignee="li", by=LI, at=minute(12)), 20),
                QUEUED,
                "net",
            ),
        ],
        ids=["its group's", "the last group's", "the parent's group's", "its own before that"],
    )
    def test_what_nobody_has_goes_back_into_a_queue(self, parent, one, group):
        steps = cascade(reopened(parent, 70), followed(parent, one), at=80)
        (after,) = steps.changed

        assert [(step.verb, step.outcome.value) for step in steps] == [
            ("reopen", "applied"),
            ("assign", "applied"),
        ]
        assert (after.state.name, after.group, after.assignee) == ("assigned", group, None)
        assert after.journal[-1].note == "reopened with INC-1, its parent; nobody had it"

    def test_there_it_stays_until_the_parent_is_taken_up_anew(self):
        parent = reopened(FIXED, 70)
        after = followed(parent, followed(FIXED, QUEUED), at=80)
        again = awaiting_change(parent, 85).resume(by=LI, at=minute(90))

        assert rules_of(only(parent, after, at=95, by=LI)) == ["already_so"]
        assert followed(again, after, at=95, by=LI).assignee == "li"

    @pytest.mark.parametrize("by", [ROBOT, LI], ids=["a system", "a person"])
    def test_where_there_is_no_queue_it_stays_resolved(self, by):
        step = only(reopened(FIXED, 70), followed(FIXED, NEW), at=80, by=by)

        assert rules_of(step) == ["nobody_is_there"]
        assert "neither it nor INC-1 has a group: reopen and assign it" in str(step)

    def test_so_it_does_where_the_group_does_not_get_it(self):
        strict = IncidentPolicies(completeness=[it_is_prioritized])
        step = only(reopened(FIXED, 70), followed(FIXED, QUEUED), at=80, policies=strict)

        assert rules_of(step) == ["nobody_is_there"]
        assert "net does not get it: there is no priority" in str(step)

    def test_its_user_is_told_all_the_same(self):
        parent = reopened(FIXED, 70).communicate("It is back.", by=LI, at=minute(75))
        steps = cascade(parent, followed(FIXED, NEW), at=80)

        assert [step.verb for step in steps] == ["communicate", None]
        assert rules_of(steps.steps[1]) == ["nobody_is_there"]

    def test_what_is_handed_on_after_that_is_not_begun_with_again(self):
        parent = reopened(FIXED, 70)
        handed_on = followed(parent, self.RESOLVED, at=80).assign(
            group="network", by=ADA, at=minute(85)
        )

        assert rules_of(only(parent, handed_on, at=90, by=LI)) == ["own_way"]

    def test_out_of_a_closure_as_well(self):
        parent = reopened(SHUT, 70)

        assert followed(parent, self.RESOLVED, at=80).is_open

    def test_a_parent_reopened_and_held_holds_it_too(self):
        parent = awaiting_change(reopened(FIXED, 70), 75)
        steps = cascade(parent, self.RESOLVED, at=80)

        assert [step.verb for step in steps] == ["reopen", "hold"]
        assert steps.changed[0].awaited == CHANGE

    @pytest.mark.parametrize(
        "one",
        [
            resolved(NEW, 15),
            NEW.auto_resolve(BY_PARENT, cause=OTHER, by=ROBOT, at=minute(15)),
        ],
        ids=["by people", "by another parent"],
    )
    def test_what_was_not_resolved_with_it_stays(self, one):
        assert rules_of(only(reopened(FIXED, 70), one, at=80)) == ["never_backwards"]

    def test_what_people_resolved_since_stays(self):
        again = resolved(reopened(self.RESOLVED, 65), 68)

        assert Link(LinkKind.RESOLVED_BY, PARENT) in again.links
        assert rules_of(only(reopened(FIXED, 70), again, at=80)) == ["never_backwards"]

    def test_what_was_resolved_after_it_stays(self):
        late = followed(FIXED, NEW, at=75)

        assert rules_of(only(reopened(FIXED, 70), late, at=80)) == ["never_backwards"]

    def test_a_parent_never_resolved_reopens_nothing(self):
        assert rules_of(only(WORKED, resolved(NEW, 15))) == ["never_backwards"]

    def test_a_closed_child_stays_closed(self):
        shut = self.RESOLVED.close(by=DESK, at=minute(65))

        assert rules_of(only(reopened(FIXED, 70), shut, at=80)) == ["over"]

    def test_the_childs_own_policy_has_the_last_word(self):
        never = IncidentPolicies(reopen=ReopenWindow(at_most=0))
        step = only(reopened(FIXED, 70), self.RESOLVED, at=80, policies=never)

        assert rules_of(step) == ["another_reopening_is_allowed"]

    def test_a_child_that_is_reopened_leaves_the_parent_alone(self):
        back = reopened(self.RESOLVED, 70)
        step = only(back, FIXED, at=80)

        assert rules_of(step) == ["its_child"]


class TestMessages:
    def said(self, record, at, text="We are on it.", **options):
        return record.communicate(text, by=LI, at=minute(at), **options)

    def told(self, record):
        return [entry.note for entry in record.journal if entry.action == "communicate"]

    def test_what_the_user_is_told_the_childrens_users_are_told(self):
        parent = self.said(self.said(WORKED, 12), 14, "Half of it is back.")
        after = followed(parent, STARTED)

        assert self.told(after) == ["We are on it.", "Half of it is back."]
        assert after.last_contact.informs_user

    def test_by_a_human_only_if_a_human_wrote_it(self):
        after = followed(self.said(WORKED, 12, automatic=True), STARTED)

        assert after.last_contact.automatic

    @pytest.mark.parametrize(
        "options",
        [{"direction": Direction.INBOUND}, {"visibility": Visibility.INTERNAL}],
        ids=["what the caller says", "what is internal"],
    )
    def test_all_else_is_not_passed_on(self, options):
        assert cascade(self.said(WORKED, 12, **options), STARTED).changed == ()

    def test_each_is_passed_on_once(self):
        parent = self.said(WORKED, 12)
        once = followed(parent, STARTED)

        assert cascade(parent, once, at=70).changed == ()
        assert self.told(followed(self.said(parent, 65, "Done."), once, at=70)) == [
            "We are on it.",
            "Done.",
        ]

    def test_the_same_words_twice_are_passed_on_twice(self):
        parent = self.said(self.said(WORKED, 12), 12)

        assert self.told(followed(parent, STARTED)) == ["We are on it."] * 2

    def test_once_more_if_the_parents_user_was_told_once_more(self):
        once = followed(self.said(WORKED, 12), STARTED)
        again = followed(self.said(self.said(WORKED, 12), 65), once, at=70)

        assert self.told(again) == ["We are on it."] * 2

    def test_what_the_child_was_told_by_somebody_is_not_repeated(self):
        parent, one = self.said(WORKED, 12), self.said(STARTED, 13)

        assert cascade(parent, one).changed == ()

    def test_what_was_said_before_it_was_a_child_is_not_passed_on(self):
        late = joined(incident(CHILD, at=20), at=21)

        assert cascade(self.said(WORKED, 12), late).changed == ()

    def test_a_link_stated_anew_counts_from_then_on(self):
        left = STARTED.unlink(PARENT, by=DESK, at=minute(11))
        back = joined(left, at=20)

        assert cascade(self.said(WORKED, 12), back).changed == ()
        assert self.told(followed(self.said(WORKED, 25), back)) == ["We are on it."]

    def test_a_link_it_began_with_counts_from_the_first(self):
        inbox = [Link(LinkKind.CHILD_OF, PARENT)]
        record = NEW._begin(
            "log",
            fields={"id": CHILD, "title": "No mail", "service": "email", "links": tuple(inbox)},
            by=DESK,
            at=minute(0),
        )

        assert self.told(followed(self.said(WORKED, 12), record)) == ["We are on it."]

    def test_resolved_children_are_told_before_they_are_resolved(self):
        after = followed(self.said(FIXED, 22, "It works again."), NEW)

        assert [entry.action for entry in after.journal[-2:]] == ["communicate", "auto_resolve"]

    def test_resolved_children_are_told_afterwards(self):
        after = followed(self.said(FIXED, 70, "Please confirm."), followed(FIXED, NEW), at=80)

        assert self.told(after) == ["Please confirm."]

    def test_children_that_are_over_are_not(self):
        assert cascade(self.said(WORKED, 12), closed(NEW, 8)).changed == ()

    def test_why_the_rest_is_left_alone_is_told_too(self):
        steps = cascade(self.said(WORKED, 12), waiting(STARTED))

        assert [step.verb for step in steps] == ["communicate", None]
        assert rules_of(steps.steps[1]) == ["own_hold"]

    def test_the_rest_goes_on_where_the_actor_may_not_tell(self):
        silent = IncidentPolicies(
            authorization=RoleTable([Permit([ProcessRole.SYSTEM], ["auto_resolve"])])
        )
        steps = cascade(self.said(FIXED, 22), NEW, policies=silent)

        assert [step.verb for step in steps.skipped] == ["communicate"]
        assert [step.verb for step in steps.applied] == ["auto_resolve"]


class TestProblems:
    HEAD = problem().assess(by=LI, at=minute(3)).investigate(assignee="li", by=LI, at=minute(5))

    def child_problem(self):
        return joined(problem("PRB-2"), PROBLEM)

    def resolved_child(self):
        return (
            self.child_problem()
            .investigate(assignee="li", by=LI, at=minute(5))
            .record_root_cause("A disk.", category=RootCauseCategory.CAPACITY, by=LI, at=minute(6))
            .resolve(no_change_reason="Cleaned up.", by=LI, at=minute(7))
        )

    def test_a_child_is_investigated_with_its_parent(self):
        after = followed_problem(self.HEAD, self.child_problem(), by=LI)

        assert after.state.name == "under_investigation"

    def test_it_waits_and_goes_on_with_it(self):
        one = followed_problem(self.HEAD, self.child_problem(), by=LI)
        held = awaiting_change(self.HEAD, 65)
        waits = followed_problem(held, one, at=70)

        assert waits.awaited == CHANGE
        assert followed_problem(held.resume(by=LI, at=minute(75)), waits, at=80).is_open

    def test_a_system_may_begin_work_on_it(self):
        child, strict = self.child_problem(), ProblemPolicies.strict(completeness=())
        owned = child.assess(by=LI, at=minute(4)).assign(assignee="li", by=LI, at=minute(6))
        step = only(self.HEAD, owned, by=Actor.system("cascade"), policies=strict)

        assert (step.verb, step.reasons) == ("investigate", ())

    def test_steps_of_a_review_are_none_of_its_own(self):
        major = self.HEAD.declare_major("Three outages.", by=LI, at=minute(6))
        head = major.plan_review(ReviewId("REV-1"), planned_for=minute(500), by=LI, at=minute(7))

        assert followed_problem(head, self.child_problem(), by=LI).assignee == "li"
        assert rules_of(only(head, self.resolved_child())) == ["never_backwards"]

    def test_it_is_resolved_for_its_own_reasons(self):
        head = self.HEAD.record_root_cause(
            "A full disk.", category=RootCauseCategory.CAPACITY, by=LI, at=minute(6)
        ).resolve(no_change_reason="Cleaned up.", by=LI, at=minute(7))
        step = only(head, self.child_problem())

        assert rules_of(step) == ["rules"]
        assert "resolved for reasons of its own" in str(step)

    def test_a_closure_rule_is_for_incidents(self):
        head = self.HEAD.record_root_cause(
            "A full disk.", category=RootCauseCategory.CAPACITY, by=LI, at=minute(6)
        )
        done = head.resolve(no_change_reason="Cleaned up.", by=LI, at=minute(7))
        shut = done.close(open_incidents=[], live_known_errors=[], by=LI, at=minute(8))

        assert rules_of(only(shut, self.resolved_child(), rules=CascadeRules(closure=True))) == [
            "rules"
        ]


def followed_problem(parent, one, **options):
    (after,) = cascade(parent, one, **options).changed
    assert type(after).replay(after.journal) == after
    return after


class TestRoles:
    STRICT = IncidentPolicies.strict(completeness=())
    CLOCK = Actor.system("cascade")

    @pytest.mark.parametrize(
        ("parent", "one", "verb"),
        [
            (WORKED, OWNED, "start"),
            (HELD, STARTED, "hold"),
            (FIXED, OWNED, "auto_resolve"),
            (SHUT, followed(FIXED, OWNED), "close"),
            (reopened(FIXED, 70), followed(FIXED, OWNED), "reopen"),
        ],
        ids=["start", "hold", "auto_resolve", "close", "reopen"],
    )
    def test_a_system_may_do_all_that_follows_from_a_parent(self, parent, one, verb):
        rules = CascadeRules(closure=True)
        (step,) = cascade(parent, one, at=80, by=self.CLOCK, policies=self.STRICT, rules=rules)

        assert (step.verb, step.reasons) == (verb, ())


class TestRules:
    def test_servicenow_is_the_default(self):
        assert CascadeRules() == SERVICENOW_RULES

    @pytest.mark.parametrize(
        ("rule", "parent", "one"),
        [
            ("work", WORKED, NEW),
            ("resolution", FIXED, NEW),
            ("reopening", reopened(FIXED, 70), TestReopening.RESOLVED),
        ],
    )
    def test_each_can_be_switched_off(self, rule, parent, one):
        switched_off = CascadeRules(**{rule: False})

        assert cascade(parent, one, at=80, by=LI).changed
        assert rules_of(only(parent, one, at=80, by=LI, rules=switched_off)) == ["rules"]

    def test_messages_can_be(self):
        parent = WORKED.communicate("We are on it.", by=LI, at=minute(12))

        assert cascade(parent, STARTED, rules=CascadeRules(messages=False)).changed == ()

    def test_holds_can_be_chosen(self):
        none, caller = CascadeRules(holds=[]), CascadeRules(holds=[CALLER])

        assert rules_of(only(HELD, STARTED, rules=none)) == ["rules"]
        assert followed(waiting(WORKED, at=20), STARTED, rules=caller).pending_reason == CALLER

    def test_holds_end_even_where_work_is_not_followed(self):
        rules = CascadeRules(work=False)
        held = followed(HELD, STARTED, rules=rules)
        parent = HELD.resume(by=LI, at=minute(70))

        assert followed(parent, held, at=80, rules=rules).pending_reason is None

    def test_glpi_3191_resolved_children_may_be_closed_with_it(self):
        after = followed(SHUT, NEW, rules=CascadeRules(closure=True))

        assert after.state.phase is Phase.ENDED
        assert after.closure_reason is ClosureReason.ADMINISTRATIVE
        assert after.journal[-1].note == "closed with INC-1, its parent"

    def test_what_is_closed_with_it_is_told_once(self):
        rules = CascadeRules(closure=True)
        steps = cascade(SHUT, followed(FIXED, NEW), at=70, rules=rules)

        assert [(step.verb, step.outcome.value) for step in steps] == [("close", "applied")]
        assert rules_of(only(SHUT, steps.changed[0], at=80, rules=rules)) == ["already_so"]

    def test_what_goes_on_with_it_is_told_once_even_if_work_concerns_it_alone(self):
        rules = CascadeRules(work=False)
        held = followed(HELD, STARTED, rules=rules)

        assert only(HELD.resume(by=LI, at=minute(70)), held, at=80, rules=rules).verb == "resume"

    def test_another_kind_of_link_has_its_own(self):
        related = CascadeRules(link=LinkKind.RELATED, work=False)
        one = incident(OTHER).link(LinkKind.RELATED, PARENT, by=DESK, at=minute(2))

        assert followed(FIXED, one, rules=related).resolution_code == BY_PARENT
        assert rules_of(only(FIXED, one)) == ["its_child"]

    @pytest.mark.parametrize(
        "told",
        [
            {"link": "child_of"},
            {"work": 1},
            {"holds": CALLER},
            {"holds": ["awaiting_caller"]},
            {"messages": None},
        ],
    )
    def test_they_are_checked(self, told):
        with pytest.raises(TypeError):
            CascadeRules(**told)


class TestAFamily:
    CHILDREN = (
        NEW,
        waiting(joined(incident(OTHER))),
        closed(child("INC-4"), 8),
        child("INC-5").declare_major("A whole site.", by=LI, at=minute(3)),
        incident("INC-6"),
    )

    def test_every_child_has_its_outcome(self):
        plan = cascade(FIXED, *self.CHILDREN)

        assert [one.id for one in plan.changed] == [CHILD, OTHER]
        assert {step.record.id.value: rules_of(step) for step in plan.skipped} == {
            "INC-4": ["over"],
            "INC-5": ["auto_resolution_is_allowed"],
            "INC-6": ["its_child"],
        }

    def test_it_is_shown_before_it_is_done(self):
        assert str(cascade(FIXED, *self.CHILDREN)).splitlines() == [
            "record  verb          outcome  what comes of it",
            "INC-2   auto_resolve  applied  new -> resolved",
            "INC-3   auto_resolve  applied  pending -> resolved",
            "INC-4   -             skipped  it is closed, and stays so",
            "INC-5   auto_resolve  skipped  a major incident is resolved by a person",
            "INC-6   -             skipped  it is no child of INC-1",
        ]

    def test_nothing_is_done_by_looking(self):
        before = pickle.dumps((FIXED, self.CHILDREN))
        cascade(FIXED, *self.CHILDREN)

        assert pickle.loads(before) == (FIXED, self.CHILDREN)

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"parent": PARENT}, TypeError),
            ({"children": NEW}, TypeError),
            ({"children": [CHILD]}, TypeError),
            ({"children": [NEW, NEW]}, ValueError),
            ({"rules": "servicenow"}, TypeError),
            ({"by": "li"}, TypeError),
            ({"at": datetime(2026, 3, 2)}, ValueError),
        ],
    )
    def test_bad_arguments_are_refused(self, given, error):
        usual = {"parent": FIXED, "children": [NEW], "by": ROBOT, "at": minute(60)}

        with pytest.raises(error):
            follow_parent(**{**usual, **given})


# ---- Whatever happens ---------------------------------------------------------------------------

HOLDS = [
    {"reason": CALLER},
    {"reason": FOR_CHANGE, "awaited": CHANGE},
    {"reason": FOR_CHANGE, "awaited": CHANGE, "until": minute(10_000)},
    {"reason": PendingReason.AWAITING_SUPPLIER, "awaited": "carrier"},
    {"reason": FOR_PARENT, "awaited": PARENT},
]
DOINGS = [
    *(("hold", told) for told in HOLDS),
    ("assign", {"group": "network", "assignee": "ada"}),
    ("assign", {"group": "network"}),
    ("start", {}),
    ("resume", {}),
    ("resolve", {"code": ResolutionCode.FIXED, "note": "Restarted."}),
    ("reopen", {"reason": "It is back."}),
    ("close", {}),
    ("close", {"resolution": ResolutionCode.FIXED}),
    ("cancel", {"reason": CancellationReason.WITHDRAWN}),
    ("declare_major", {"reason": "A whole site."}),
    ("communicate", {"message": "We are on it."}),
    ("communicate", {"message": "Please confirm."}),
    ("communicate", {"message": "Are you?", "direction": Direction.INBOUND}),
    ("unlink", {"target": PARENT}),
]
NAMES = [PARENT, *(IncidentId(f"INC-{number}") for number in (2, 3, 4))]
ACTORS = [LI, ADA, ROBOT, Actor("mira")]
RULES = st.builds(
    CascadeRules,
    **{name: st.booleans() for name in ("work", "resolution", "reopening", "closure", "messages")},
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(DOINGS), st.sampled_from(ACTORS)),
        st.just("cascade"),
    ),
    max_size=14,
)
STEPS = st.lists(st.integers(0, 3), min_size=14, max_size=14)


def lived(acts, waits, rules):
    """
    Return a parent and its children after what was done to them, at times that may be equal.
    """
    family = {PARENT: HEAD, **{name: child(name) for name in NAMES[1:]}}
    at = 5
    for act, wait in zip(acts, waits, strict=False):
        at += wait
        if act == "cascade":
            known = [family[name] for name in NAMES[1:]]
            plan = follow_parent(family[PARENT], known, by=ROBOT, at=minute(at), rules=rules)
            family |= {one.id: one for one in plan.changed}
            continue
        name, (verb, told), by = act
        try:
            family[name] = getattr(family[name], verb)(**told, by=by, at=minute(at))
        except (RefusedError, ValueError):
            continue
    parent = family.pop(PARENT)
    return parent, list(family.values()), at


_ORDER = {phase: rank for rank, phase in enumerate((Phase.ACTIVE, Phase.DONE, Phase.ENDED))}
_ORDER |= {Phase.WAITING: 0, Phase.DROPPED: 2}


class TestWhateverHappens:
    @tried(150)
    @given(ACTS, STEPS, RULES, st.sampled_from(ACTORS), st.integers(0, 3))
    def test_a_cascade_on_its_own_result_does_nothing(self, acts, waits, rules, by, later):
        parent, children, at = lived(acts, waits, rules)
        first = follow_parent(parent, children, by=by, at=minute(at), rules=rules)
        made = {one.id: one for one in first.changed}
        after = [made.get(one.id, one) for one in children]
        second = follow_parent(parent, after, by=by, at=minute(at + later), rules=rules)

        assert second.applied == ()

    @tried(150)
    @given(ACTS, STEPS, RULES)
    def test_nobody_goes_back_but_with_a_parent_that_was_reopened(self, acts, waits, rules):
        parent, children, at = lived(acts, waits, rules)
        plan = follow_parent(parent, children, by=ROBOT, at=minute(at), rules=rules)
        was = {one.id: one for one in children}

        assert {step.record.id for step in plan} == set(was)
        for one in map(is_true, plan.changed):
            before = was[one.id]
            assert before.state.phase not in {Phase.ENDED, Phase.DROPPED}
            if before.state.phase is Phase.DONE and one.is_open:
                assert one.assignee or one.state.name != "in_progress"
            if _ORDER[one.state.phase] < _ORDER[before.state.phase]:
                assert parent.is_open
                assert parent.last_entry("reopen")
                assert before.resolution_code == BY_PARENT
