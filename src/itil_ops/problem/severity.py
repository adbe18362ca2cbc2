"""
How serious a problem is for those who have to remove it; the priority does not change with it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import attrs

from itil_ops.kernel.checks import check_count, check_names, check_optional, check_text, check_type
from itil_ops.kernel.instant import length


class SeverityLevel(StrEnum):
    """
    How serious a problem is, all in all.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def _several_names(values: object) -> tuple[str, ...]:
    return check_names(values, "skills")


@attrs.frozen(kw_only=True)
class ProblemSeverity:
    """
    The answers to the questions with which the ITIL book rates a problem; `None` where none is.

    Attributes:
        cost: How much will the fix cost?

        people: How many people does it take?

        skills: Which skills does it take?

        fix_duration: How long will it take?

        configuration_items: How many configuration items are affected?

        replace: Must something be replaced, rather than recovered?

    Raises:
        TypeError: An answer is of the wrong type.

        ValueError: An answer is negative or no number, or a skill is blank.
    """

    cost: Decimal | None = None
    people: int | None = None
    skills: tuple[str, ...] = attrs.field(default=(), converter=_several_names)
    fix_duration: timedelta | None = None
    configuration_items: int | None = None
    replace: bool | None = None

    def __attrs_post_init__(self) -> None:
        cost = check_optional(self.cost, Decimal, "cost")
        if cost is not None and not (cost.is_finite() and cost >= 0):
            raise ValueError(f"cost must be a number and not negative, not {cost}")
        check_count(self.people, "people")
        duration = check_optional(self.fix_duration, timedelta, "fix_duration")
        if duration is not None and length(duration, "fix_duration") < 0:
            raise ValueError(f"fix_duration must not be negative: {duration!r}")
        check_count(self.configuration_items, "configuration_items")
        check_optional(self.replace, bool, "replace")


class ProblemSeverityPolicy(Protocol):
    """
    How serious a problem is by the answers.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def level(self, severity: ProblemSeverity) -> SeverityLevel:
        """
        Return the level that the answers come to.
        """
        ...


@attrs.frozen
class SeverityScale:
    """
    How an answer counts: nothing, one point or two, times its weight.

    Attributes:
        one_from: The least answer that is worth a point.

        two_from: The least answer that is worth two points.

        weight: How much the answer counts beside the others; 0 for not at all.

    Raises:
        TypeError: The weight is no whole number, or the answers are not of one type.

        ValueError: The weight is negative, or two points take less than one.
    """

    one_from: Decimal | int | timedelta
    two_from: Decimal | int | timedelta
    weight: int = 1

    def __attrs_post_init__(self) -> None:
        check_count(check_type(self.weight, int, "weight"), "weight")
        if not self.one_from <= self.two_from:  # type: ignore[operator]
            raise ValueError(f"two_from {self.two_from} lies below one_from {self.one_from}")

    def points(self, answer: object) -> int:
        """
        Return the points of an *answer*, which is of the type of the scale's own.
        """
        return self.weight * sum(least <= answer for least in (self.one_from, self.two_from))  # type: ignore[operator]


@attrs.frozen(kw_only=True)
class WeightedSeverity:
    """
    The share of the points that the answers could have: our default.

    Below a third the level is low, from two thirds on it is high. What nobody answered counts
    neither way. Costs are in whatever currency the caller counts in.

    >>> WeightedSeverity().level(ProblemSeverity(people=2, replace=True))
    <SeverityLevel.HIGH: 'high'>

    Attributes:
        cost: How the cost counts.

        people: How the number of people counts.

        skills: How the number of skills counts.

        fix_duration: How the time counts that the fix takes.

        configuration_items: How the number of configuration items counts.

        replace: How it counts that something must be replaced.

        name: Name of the policy.

    Raises:
        TypeError: A scale is none, or measures something else.

        ValueError: The name is blank.
    """

    cost: SeverityScale = SeverityScale(Decimal(5_000), Decimal(50_000))
    people: SeverityScale = SeverityScale(2, 5)
    skills: SeverityScale = SeverityScale(2, 4)
    fix_duration: SeverityScale = SeverityScale(timedelta(days=1), timedelta(days=5))
    configuration_items: SeverityScale = SeverityScale(5, 50)
    replace: SeverityScale = SeverityScale(1, 1)
    name: str = "weighted_severity"

    def __attrs_post_init__(self) -> None:
        for question in _QUESTIONS:
            scale = check_type(getattr(self, question), SeverityScale, question)
            if isinstance(scale.one_from, timedelta) != (question == "fix_duration"):
                raise TypeError(f"{question} is not measured by {scale}")
        check_text(self.name, "name")

    def level(self, severity: ProblemSeverity) -> SeverityLevel:
        """
        Weigh the answers, see `ProblemSeverityPolicy.level`.
        """
        answered = [
            (getattr(self, question), answer)
            for question in _QUESTIONS
            if (answer := _answer(severity, question)) is not None
        ]
        points = sum(scale.points(answer) for scale, answer in answered)
        most = sum(2 * scale.weight for scale, _ in answered)
        if 3 * points >= 2 * most > 0:
            return SeverityLevel.HIGH
        return SeverityLevel.MEDIUM if 3 * points >= most > 0 else SeverityLevel.LOW


_QUESTIONS = ("cost", "people", "skills", "fix_duration", "configuration_items", "replace")


def _answer(severity: ProblemSeverity, question: str) -> object:
    answer = getattr(severity, question)
    return (len(answer) or None) if question == "skills" else answer
