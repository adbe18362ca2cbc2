"""
The review of a major problem: planned, held, completed, and its actions done.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itil_ops import IllegalTransitionError
from itil_ops.problem.record import Problem
from itil_ops.problem.review import FollowUpAction, MajorProblemReview, ReviewAnswers, ReviewId
from problem_doubles import (
    ACTIONS,
    ANSWERS,
    LI,
    MORNING,
    PLANNED,
    REVIEW,
    REVIEWED,
    after,
    logged,
    minute,
    standing,
    through,
)


SECOND = ReviewId("REV-2")


def planned():
    return through(logged(), *PLANNED)


def held():
    return after(planned(), "hold_review")


def completed():
    return through(logged(), *REVIEWED)


def the_review(problem):
    (review,) = problem.reviews
    return review


def test_its_states_are_those_of_the_domain():
    places = [planned(), held(), completed()]
    assert [the_review(each).state.name for each in places] == ["planned", "held", "completed"]
    assert [the_review(each).is_completed for each in places] == [False, False, True]


def test_a_review_is_planned_for_a_date_and_for_another_until_it_is_held():
    assert the_review(planned()).planned_for == MORNING + timedelta(days=3)
    assert the_review(after(planned(), "plan_review", planned_for=minute(900))).planned_for == (
        minute(900)
    )
    with pytest.raises(IllegalTransitionError):
        after(held(), "plan_review")


def test_who_attended_what_was_found_and_what_follows_is_kept():
    review = the_review(completed())
    assert review.attendees == ("li", "ada")
    assert review.answers == ANSWERS
    assert review.actions == review.open_actions == ACTIONS


def test_each_step_shows_as_the_problems_and_the_reviews():
    problem = after(planned(), "hold_review", at=minute(60), effective_at=minute(50), note="Long.")
    own, of_review = problem.journal[-2:]
    assert (own.action, own.part, own.changes) == ("hold_review", None, {})
    assert (of_review.action, of_review.part) == ("hold_review", REVIEW)
    assert of_review.cause == own.number
    assert own.note == of_review.note == "Long."
    assert own.effective_at == of_review.effective_at == minute(50)


def test_no_step_of_a_review_moves_the_problem():
    assert {entry.to_state for entry in completed().journal if entry.part is None} == {"new"}


def test_no_step_is_skipped():
    with pytest.raises(IllegalTransitionError) as refusal:
        after(planned(), "complete_review")
    assert refusal.value.lifecycle == "major problem review"
    assert refusal.value.action == "complete_review"


def test_an_action_is_done_when_it_was_done_and_the_others_stay_open():
    problem = after(
        completed(), "complete_action", number=2, at=minute(99), effective_at=minute(90)
    )
    review = the_review(problem)
    assert review.actions == (ACTIONS[0], attrs.evolve(ACTIONS[1], done_at=minute(90)))
    assert review.open_actions == ACTIONS[:1]


def test_actions_are_done_after_the_problem_is_closed():
    closed = after(standing("resolved", *REVIEWED), "close")
    done = after(closed, "complete_action")
    assert len(the_review(done).open_actions) == 1
    assert done.closed_at == closed.closed_at


def test_a_problem_may_have_several_reviews_in_the_order_they_were_planned():
    problem = after(completed(), "plan_review", review=SECOND)
    assert [review.id for review in problem.reviews] == [REVIEW, SECOND]
    assert [review.is_completed for review in problem.reviews] == [True, False]
    done = after(after(problem, "hold_review", review=SECOND), "complete_review", review=SECOND)
    assert the_other(after(done, "complete_action", review=SECOND)).open_actions == ACTIONS[1:]


def the_other(problem):
    return next(review for review in problem.reviews if review.id == SECOND)


def test_a_review_that_was_planned_goes_on_after_the_problem_is_demoted():
    demoted = after(planned(), "demote_major")
    assert the_review(through(demoted, "hold_review", "complete_review")).is_completed


def test_it_is_reviewed_once_a_review_was_completed_since_it_was_last_analyzed_anew():
    assert not held().is_reviewed
    assert completed().is_reviewed
    again = through(standing("resolved", *REVIEWED), "reanalyze")
    assert (again.is_reviewed, the_review(again).is_completed) == (False, True)
    for action in ("plan_review", "hold_review", "complete_review"):
        again = after(again, action, review=SECOND)
    assert again.is_reviewed


def test_the_journal_brings_the_review_back():
    problem = after(completed(), "complete_action", by=LI)
    assert Problem.replay(problem.journal).reviews == problem.reviews
    assert isinstance(the_review(problem), MajorProblemReview)


def test_an_action_may_come_with_its_date_of_completion():
    done = FollowUpAction(text="Told the users", done_at=minute(3))
    problem = after(held(), "complete_review", actions=[done])
    assert the_review(problem).open_actions == ()


def test_the_six_questions_are_those_of_the_book():
    assert ReviewAnswers().missing() == (
        "done_well",
        "done_wrong",
        "better_in_future",
        "prevent_recurrence",
        "third_party_responsibility",
        "follow_up",
    )
    assert ANSWERS.missing() == ()


def test_answers_are_blank_as_long_as_there_is_none():
    assert ReviewAnswers().is_blank
    assert not ReviewAnswers(follow_up="Two actions.").is_blank
    assert not ANSWERS.is_blank
