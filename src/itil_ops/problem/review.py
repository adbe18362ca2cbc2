"""
The review of a major problem: it lives its own life inside the problem's journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional_text, check_text
from itil_ops.kernel.guard import AnyContext, completeness, integrity
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import START, STAY, Phase, State, Transition


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.problem.facts import ProblemFacts


class ReviewId(PartId):
    """
    Id of the review of a major problem.
    """

    __slots__ = ()


def _due_at(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "due_at")


def _done_at(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "done_at")


@attrs.frozen(kw_only=True)
class ReviewAnswers:
    """
    The answers to the six questions that the ITIL book has a review ask; `None` where none is.

    Attributes:
        done_well: What was done well?

        done_wrong: What was done wrong?

        better_in_future: What could be done better in future?

        prevent_recurrence: How is it prevented that it comes back?

        third_party_responsibility: Was a third party responsible?

        follow_up: What has to follow?

    Raises:
        TypeError: An answer is no text.

        ValueError: An answer is blank.
    """

    done_well: str | None = None
    done_wrong: str | None = None
    better_in_future: str | None = None
    prevent_recurrence: str | None = None
    third_party_responsibility: str | None = None
    follow_up: str | None = None

    def __attrs_post_init__(self) -> None:
        for question in attrs.fields(type(self)):
            check_optional_text(getattr(self, question.name), question.name)

    def missing(self) -> tuple[str, ...]:
        """
        Return the names of the questions that nobody answered.

        >>> ReviewAnswers(done_well="The bridge met at once.").missing()[:2]
        ('done_wrong', 'better_in_future')
        """
        return tuple(f.name for f in attrs.fields(type(self)) if getattr(self, f.name) is None)

    @property
    def is_blank(self) -> bool:
        """
        Whether nobody answered anything.
        """
        return len(self.missing()) == len(attrs.fields(type(self)))


@attrs.frozen(kw_only=True)
class FollowUpAction:
    """
    Something that has to be done after a review.

    Attributes:
        text: What.

        owner: Name of who sees to it, if anybody does.

        due_at: Until when, if anybody said.

        done_at: When it was done, once it is.

    Raises:
        TypeError: An attribute is of the wrong type.

        ValueError: A text is blank, or an instant naive.
    """

    text: str
    owner: str | None = None
    due_at: DateTime | None = attrs.field(default=None, converter=_due_at)
    done_at: DateTime | None = attrs.field(default=None, converter=_done_at)

    def __attrs_post_init__(self) -> None:
        check_text(self.text, "text")
        check_optional_text(self.owner, "owner")


# ---- Rules ------------------------------------------------------------------------------------


@integrity
def the_review_has_a_date(review: MajorProblemReview, _: AnyContext) -> str | None:
    """
    A review is planned for a date.
    """
    return None if review.planned_for else "there is no date"


@integrity
def there_are_answers(review: MajorProblemReview, _: AnyContext) -> str | None:
    """
    A completed review has answers, one at least.
    """
    return "there are no answers" if review.answers is None or review.answers.is_blank else None


@completeness
def every_question_is_answered(review: MajorProblemReview, _: AnyContext) -> str | None:
    """
    A completed review answers all six questions.
    """
    missing = () if review.answers is None else review.answers.missing()
    return f"nobody answered: {', '.join(missing)}" if missing else None


@completeness
def somebody_attended(review: MajorProblemReview, _: AnyContext) -> str | None:
    """
    A review that was held names who was there.
    """
    return None if review.attendees else "there are no attendees"


@completeness
def every_action_has_its_owner(review: MajorProblemReview, _: AnyContext) -> str | None:
    """
    Each action that follows has an owner and a date.
    """
    loose = [action.text for action in review.actions if not (action.owner and action.due_at)]
    return f"there is no owner or no date for: {'; '.join(loose)}" if loose else None


@integrity
def an_open_action_is_done(review: MajorProblemReview, step: AnyContext) -> str | None:
    """
    What is done is one of the actions, and was not done before.
    """
    before = () if step.before is None else step.before.reviews
    if any(held.id == review.id and held.actions != review.actions for held in before):
        return None
    return f"there is no such open action; open: {_open(review.actions)}"


def _open(actions: Iterable[FollowUpAction]) -> str:
    numbered = enumerate(actions, 1)
    return ", ".join(f"{n} ({a.text})" for n, a in numbered if a.done_at is None) or "none"


@integrity
def a_review_is_named(_: ProblemFacts, step: AnyContext) -> str | None:
    """
    What is told of a review says of which.
    """
    return None if step.told.get("review") else "there is no review"


@integrity
def the_review_is_one_of_its_own(problem: ProblemFacts, step: AnyContext) -> str | None:
    """
    A review is planned before it is held.
    """
    named, known = step.told.get("review"), [held.id for held in problem.reviews]
    if named is None or named in known:
        return None
    its = ", ".join(map(str, known)) or "none"
    return f"it has no review {named}; its reviews: {its}; possible: plan_review"


# ---- Life -------------------------------------------------------------------------------------

PLANNED = State("planned", Phase.ACTIVE, meaning="There is a date for it.")
HELD = State("held", Phase.ACTIVE, meaning="People met; what they found is not written yet.")
COMPLETED = State("completed", Phase.ENDED, final=True, meaning="The questions are answered.")

REVIEW_LIFECYCLE = Lifecycle(
    "major problem review",
    states=(PLANNED, HELD, COMPLETED),
    transitions=(
        Transition("plan_review", START, PLANNED, guards=(the_review_has_a_date,)),
        Transition("plan_review", PLANNED, STAY, guards=(the_review_has_a_date,)),
        Transition("hold_review", PLANNED, HELD, guards=(somebody_attended,)),
        Transition(
            "complete_review",
            HELD,
            COMPLETED,
            guards=(
                there_are_answers,
                every_question_is_answered,
                every_action_has_its_owner,
            ),
        ),
        Transition("complete_action", COMPLETED, STAY, guards=(an_open_action_is_done,)),
    ),
)


@attrs.frozen(kw_only=True)
class MajorProblemReview(Part):
    """
    The review of a major problem: planned, held, completed with answers and actions.

    Attributes:
        planned_for: When it is to be held.

        attendees: Names of those who were there.

        answers: What it found.

        actions: What has to be done after it.
    """

    lifecycle: ClassVar[Lifecycle] = REVIEW_LIFECYCLE

    id: ReviewId
    planned_for: DateTime | None = None
    attendees: tuple[str, ...] = ()
    answers: ReviewAnswers | None = None
    actions: tuple[FollowUpAction, ...] = ()

    @property
    def is_completed(self) -> bool:
        """
        Whether there is nothing left to find; actions may still be open.
        """
        return self.state.phase is Phase.ENDED

    @property
    def open_actions(self) -> tuple[FollowUpAction, ...]:
        """
        The actions that are not done yet.
        """
        return tuple(action for action in self.actions if action.done_at is None)
