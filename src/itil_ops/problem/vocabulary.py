"""
Words of the problem room.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.term import Term
from itil_ops.kernel.vocabulary import ActionType


class ProblemOrigin(StrEnum):
    """
    How a problem was found, as the ITIL book tells the two apart.
    """

    REACTIVE = "reactive"
    """Incidents or events led to it."""

    PROACTIVE = "proactive"
    """Somebody looked for it: a trend, a review, a known deficiency."""


class ProblemResolutionCode(StrEnum):
    """
    How a problem ended, or that it was none.
    """

    FIX_APPLIED = "fix_applied"
    """The cause is removed."""

    NO_RECURRENCE = "no_recurrence"
    """It did not come back, whatever the cause was."""

    RISK_ACCEPTED = "risk_accepted"
    """The business lives with it."""

    DUPLICATE = "duplicate"
    """Another problem is the same."""

    NOT_A_PROBLEM = "not_a_problem"
    """There is no cause to look for."""


RESOLVING_CODES = (ProblemResolutionCode.FIX_APPLIED, ProblemResolutionCode.NO_RECURRENCE)
"""
The codes with which a problem is resolved.
"""

CANCELLING_CODES = (ProblemResolutionCode.DUPLICATE, ProblemResolutionCode.NOT_A_PROBLEM)
"""
The codes with which a problem is cancelled.
"""


class RootCauseCategory(Term):
    """
    What sort of cause a problem has.
    """

    __slots__ = ()

    HARDWARE: ClassVar[RootCauseCategory]
    SOFTWARE: ClassVar[RootCauseCategory]
    CONFIGURATION: ClassVar[RootCauseCategory]
    CAPACITY: ClassVar[RootCauseCategory]
    CHANGE: ClassVar[RootCauseCategory]
    HUMAN: ClassVar[RootCauseCategory]
    SUPPLIER: ClassVar[RootCauseCategory]
    ENVIRONMENT: ClassVar[RootCauseCategory]
    SECURITY: ClassVar[RootCauseCategory]
    UNKNOWN: ClassVar[RootCauseCategory]


class AnalysisTechnique(Term):
    """
    A way to look for a cause; those that the ITIL book names.
    """

    __slots__ = ()

    CHRONOLOGICAL_ANALYSIS: ClassVar[AnalysisTechnique]
    PAIN_VALUE_ANALYSIS: ClassVar[AnalysisTechnique]
    KEPNER_TREGOE: ClassVar[AnalysisTechnique]
    FIVE_WHYS: ClassVar[AnalysisTechnique]
    FAULT_ISOLATION: ClassVar[AnalysisTechnique]
    AFFINITY_MAPPING: ClassVar[AnalysisTechnique]
    HYPOTHESIS_TESTING: ClassVar[AnalysisTechnique]
    TECHNICAL_OBSERVATION_POST: ClassVar[AnalysisTechnique]
    ISHIKAWA: ClassVar[AnalysisTechnique]
    PARETO: ClassVar[AnalysisTechnique]
    BRAINSTORMING: ClassVar[AnalysisTechnique]


@attrs.frozen(kw_only=True)
class RootCause:
    """
    What a problem comes from, with time and author.

    Attributes:
        text: The cause, in words.

        category: What sort of cause it is.

        at: When it was found.

        by: Name of who recorded it.

        configuration_item: What is at fault, if it is one thing.
    """

    text: str
    category: RootCauseCategory
    at: DateTime
    by: str
    configuration_item: ConfigurationItemId | None = None


@attrs.frozen(kw_only=True)
class RiskAcceptance:
    """
    The word of the business that it lives with a problem.

    That it has expired is a fact of the time at which one asks; no step is taken for it.

    Attributes:
        approver: Name of who speaks for the business.

        reason: Why.

        accepted_at: Since when.

        review_at: When to look at it again.

        expires_at: Until when it holds; `None` for as long as nobody takes it back.
    """

    approver: str
    reason: str
    accepted_at: DateTime
    review_at: DateTime
    expires_at: DateTime | None = None

    def is_review_due(self, at: DateTime) -> bool:
        """
        Whether it is time to look at it again.
        """
        return utc(at) >= self.review_at

    def is_expired(self, at: DateTime) -> bool:
        """
        Whether it holds no longer.
        """
        return self.expires_at is not None and utc(at) >= self.expires_at


@attrs.frozen(kw_only=True)
class Deferral:
    """
    The decision to rely on a workaround for a while, because a fix does not pay.

    Attributes:
        until: When to look at it again.

        reason: Why.

        at: When it was decided.

        by: Name of who decided.
    """

    until: DateTime
    reason: str
    at: DateTime
    by: str


@attrs.frozen(kw_only=True)
class MajorProblem:
    """
    What makes a problem a major one: it closes with a review.

    Attributes:
        reason: Why it was declared.

        declared_at: Since when.
    """

    reason: str
    declared_at: DateTime


PROBLEM_ACTION_TYPES = {
    "assign": ActionType.ROUTING,
    "investigate": ActionType.ROUTING,
    "hold": ActionType.ROUTING,
    "resume": ActionType.ROUTING,
    "reanalyze": ActionType.ROUTING,
    "defer": ActionType.ROUTING,
    "take_up": ActionType.ROUTING,
    "assess": ActionType.DIAGNOSIS,
    "diagnose": ActionType.DIAGNOSIS,
    "record_root_cause": ActionType.DIAGNOSIS,
    "declare_known_error": ActionType.DIAGNOSIS,
    "record_recurrence": ActionType.DIAGNOSIS,
    "record_workaround": ActionType.WORKAROUND,
    "rule_out_workaround": ActionType.WORKAROUND,
    "start_fix": ActionType.RECOVERY,
    "fix_failed": ActionType.RECOVERY,
    "record_change": ActionType.RECOVERY,
    "resolve": ActionType.RESOLUTION,
    "close": ActionType.CLOSURE,
    "cancel": ActionType.CLOSURE,
    "accept_risk": ActionType.APPROVAL,
    "renew_risk_acceptance": ActionType.APPROVAL,
    "declare_major": ActionType.ESCALATION,
    "demote_major": ActionType.ESCALATION,
    "communicate_workaround": ActionType.COMMUNICATION,
    "communicate_fix": ActionType.COMMUNICATION,
    "comment": ActionType.COMMUNICATION,
}
"""
What sort of activity each action is; all others, and those a caller adds, change data.
"""


def problem_action_type(action: str) -> ActionType:
    """
    Return what sort of activity *action* is.

    >>> problem_action_type("start_fix")
    <ActionType.RECOVERY: 'recovery'>
    """
    return PROBLEM_ACTION_TYPES.get(action, ActionType.CHANGE_OF_DATA)
