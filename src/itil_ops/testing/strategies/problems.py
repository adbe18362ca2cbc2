"""
Problems and known errors that were told some verbs.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from itil_ops.errors import ItilOpsError
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    KnownErrorId,
    ProblemId,
)
from itil_ops.kernel.vocabulary import LinkKind, PendingReason
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import RetirementReason
from itil_ops.problem.record import Problem
from itil_ops.problem.review import REVIEW_LIFECYCLE, MajorProblemReview, ReviewId
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import ProblemResolutionCode, RootCauseCategory
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, of, tell


if TYPE_CHECKING:
    from collections.abc import Mapping


A = TypeVar("A", bound=Annotated)

_START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)

_STEPS_OF_A_PROBLEM: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "assess": st.just({}),
    "investigate": st.just({"group": "messaging"}),
    "record_root_cause": st.fixed_dictionaries(
        {"text": plain.texts(), "category": plain.words(RootCauseCategory)}
    ),
    "record_workaround": st.fixed_dictionaries({"text": plain.texts()}),
    "rate_severity": st.fixed_dictionaries({"severity": of(ProblemSeverity)}),
    "declare_known_error": st.just({"known_error": KnownErrorId("KE-1")}),
    "start_fix": st.just({"change": ChangeId("CHG-1")}),
    "accept_risk": st.fixed_dictionaries(
        {
            "approver": plain.texts(),
            "reason": plain.texts(),
            "review_at": st.just(_START + dt.timedelta(days=90)),
        }
    ),
    "defer": st.fixed_dictionaries(
        {"until": st.just(_START + dt.timedelta(days=60)), "reason": plain.texts()}
    ),
    "declare_major": st.fixed_dictionaries({"reason": plain.texts()}),
    "plan_review": st.just(
        {"review": ReviewId("REV-1"), "planned_for": _START + dt.timedelta(days=3)}
    ),
    "hold": st.just({"reason": PendingReason.AWAITING_SUPPLIER}),
    "resume": st.just({}),
    "resolve": st.just({"root_cause_unknown_reason": "Nobody knows."}),
    "close": st.just(
        {
            "open_incidents": [],
            "live_known_errors": [],
            "code": ProblemResolutionCode.NO_RECURRENCE,
            "root_cause_unknown_reason": "Nobody knows.",
        }
    ),
    "revise": st.fixed_dictionaries(
        {
            "affected_services": st.lists(plain.texts(), max_size=3),
            "affected_users": st.lists(plain.texts(), max_size=2),
            "business_areas": st.lists(plain.texts(), max_size=2),
            "configuration_items": st.lists(of(ConfigurationItemId), max_size=2),
            "detected_at": st.just(_START - dt.timedelta(hours=1)),
            "target_resolution_at": st.just(_START + dt.timedelta(days=60)),
            "cost": st.decimals(0, 10_000, places=2),
        }
    ),
    "comment": st.fixed_dictionaries({"text": plain.texts()}),
    "link": st.just({"kind": LinkKind.RELATED, "target": IncidentId("INC-1")}),
}

_STEPS_OF_A_KNOWN_ERROR: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "revise_workaround": st.fixed_dictionaries({"text": plain.texts()}),
    "publish": st.just({}),
    # One incident comes again, so that its outcome is told later.
    "record_use": st.fixed_dictionaries(
        {
            "incident": st.just(IncidentId("INC-1")) | of(IncidentId),
            "solved": st.sampled_from([None, True, False]),
        }
    ),
    "audit": st.fixed_dictionaries({"correct": st.booleans()}),
    "resolve": st.fixed_dictionaries({"fixed_in": st.lists(plain.texts(), max_size=2)}),
    "retire": st.just({"reason": RetirementReason.OBSOLETE}),
    "comment": st.fixed_dictionaries({"text": plain.texts()}),
}


@st.composite
def _walked(
    draw: st.DrawFn, record: A, steps: Mapping[str, st.SearchStrategy[dict[str, Any]]]
) -> A:
    by = Actor("pm")
    for minute in range(draw(st.integers(0, 8))):
        action = draw(st.sampled_from([name for name in record.allowed if name in steps]))
        at = _START + dt.timedelta(minutes=minute + 1)
        try:
            record = getattr(record, action)(**draw(steps[action]), by=by, at=at)
        except (ItilOpsError, ValueError):
            continue
    return record


def _logged(id: ProblemId, title: str, evidence: str) -> Problem:
    return Problem.log(id, title=title, evidence=evidence, by=Actor("pm"), at=_START)


def problems() -> st.SearchStrategy[Problem]:
    """
    Return problems that were told some verbs, whatever came of it.
    """
    begun = st.builds(_logged, of(ProblemId), plain.texts(), plain.texts())
    return begun.flatmap(lambda problem: _walked(problem, _STEPS_OF_A_PROBLEM))


def _reviews() -> st.SearchStrategy[MajorProblemReview]:
    return built(MajorProblemReview, state=st.sampled_from(REVIEW_LIFECYCLE.states))


def _drafted(id: KnownErrorId, title: str, symptoms: str) -> KnownError:
    return KnownError.draft(id, title=title, symptoms=symptoms, by=Actor("pm"), at=_START)


def known_errors() -> st.SearchStrategy[KnownError]:
    """
    Return known errors that were told some verbs, whatever came of it.
    """
    begun = st.builds(_drafted, of(KnownErrorId), plain.texts(), plain.texts())
    return begun.flatmap(lambda known: _walked(known, _STEPS_OF_A_KNOWN_ERROR))


tell(Problem, problems)
tell(MajorProblemReview, _reviews)
tell(KnownError, known_errors)
