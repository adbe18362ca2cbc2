"""
Verbs of major problems: they are declared, and reviewed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from itil_ops.kernel.checks import (
    check_count,
    check_names,
    check_optional,
    check_optional_text,
    several,
)
from itil_ops.kernel.instant import effective, optional_utc, utc
from itil_ops.kernel.journaled import Step
from itil_ops.problem.facts import ProblemFacts
from itil_ops.problem.review import FollowUpAction, ReviewAnswers, ReviewId
from itil_ops.problem.vocabulary import MajorProblem


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.actor import Actor
    from itil_ops.problem.policies import ProblemPolicies


class Reviewed(ProblemFacts):
    """
    The verbs with which a major problem is declared and reviewed.

    Each verb of a review is a step of the problem, and one of the review, of the same name, which
    follows from it.
    """

    __slots__ = ()

    def declare_major(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        Declare it a major problem: it ends with a review.
        """
        why = check_optional_text(reason, "reason")
        major = MajorProblem(reason=why or "", declared_at=utc(at))
        return self._step(
            "declare_major", {"major": major}, by=by, at=at, note=why, policies=policies
        )

    def demote_major(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        Take the declaration back; the journal keeps it.
        """
        why = check_optional_text(reason, "reason")
        return self._step(
            "demote_major", {"major": None}, by=by, at=at, note=why, policies=policies
        )

    def plan_review(
        self,
        review: ReviewId,
        *,
        planned_for: datetime,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Plan a review; until it is held, done again, for another date.

        Args:
            review: Id of the review.

            planned_for: When it is to be held.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        date = optional_utc(planned_for, "planned_for")
        steps = self._of_review("plan_review", review, {"planned_for": date}, note)
        return self._take(*steps, by=by, at=at, policies=policies)

    def hold_review(
        self,
        review: ReviewId,
        *,
        attendees: Iterable[str] = (),
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record that a review was held.

        Args:
            review: Id of the review.

            attendees: Names of those who were there.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was held; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        changes = {"attendees": check_names(attendees, "attendees")}
        steps = self._of_review("hold_review", review, changes, note, effective_at)
        return self._take(*steps, by=by, at=at, policies=policies)

    def complete_review(
        self,
        review: ReviewId,
        *,
        answers: ReviewAnswers,
        actions: Iterable[FollowUpAction] = (),
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record what a review found, and what has to be done after it.

        Args:
            review: Id of the review.

            answers: The answers to its questions.

            actions: What has to be done.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes = {
            "answers": check_optional(answers, ReviewAnswers, "answers"),
            "actions": several(actions, FollowUpAction, "actions"),
        }
        steps = self._of_review("complete_review", review, changes, note)
        return self._take(*steps, by=by, at=at, policies=policies)

    def complete_action(
        self,
        review: ReviewId,
        number: int,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record that something is done that a review asked for.

        Args:
            review: Id of the review.

            number: Which of its actions, counted from 1.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was done; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        which = check_count(number, "number", least=1)
        done = self._with_done(review, which, effective(at, effective_at))
        steps = self._of_review("complete_action", review, {"actions": done}, note, effective_at)
        return self._take(*steps, by=by, at=at, policies=policies)

    def _of_review(
        self,
        verb: str,
        review: ReviewId | None,
        changes: Mapping[str, object],
        note: str | None,
        effective_at: datetime | None = None,
    ) -> tuple[Step, ...]:
        named = check_optional(review, ReviewId, "review")
        own = Step(verb, note=note, effective_at=effective_at, told={"review": named})
        is_known = verb == "plan_review" or any(held.id == named for held in self.reviews)
        if named is None or not is_known:
            return (own,)  # its rules speak: there is no review to take a step
        return own, Step(verb, changes, note=note, effective_at=effective_at, part=named)

    def _with_done(
        self, review: ReviewId, number: int | None, at: DateTime
    ) -> tuple[FollowUpAction, ...]:
        known = next((held.actions for held in self.reviews if held.id == review), ())
        return tuple(
            attrs.evolve(action, done_at=at) if count == number and not action.done_at else action
            for count, action in enumerate(known, 1)
        )
