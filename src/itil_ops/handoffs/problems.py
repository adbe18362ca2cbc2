"""
From incidents to problems and back: an incident points to its problem, and never becomes one.

Each keeps a life of its own, and no state is copied. The link is stored at the incident; what a
problem was raised from is its history, and says nothing of where an incident stands today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

import attrs

from itil_ops.errors import Reason
from itil_ops.handoffs.cascade import check_each_once, check_not_before
from itil_ops.handoffs.families import forbid, not_over
from itil_ops.incident.record import Incident
from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.identity import ProblemId
from itil_ops.kernel.instant import optional_utc
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Criticality, Link, LinkKind, PendingReason
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.problem.recurrence import ProposalKind, RecurrenceProposal
from itil_ops.problem.series import PROBLEM_LINKS


if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import RecordId
    from itil_ops.problem.policies import ProblemPolicies


R = TypeVar("R", bound=Incident)
P = TypeVar("P", bound=Problem)


# ---- Raise -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RaisedProblem(Generic[P, R]):
    """
    What came of raising a problem, to be saved together.

    Attributes:
        problem: The problem, which is new.

        incidents: The incidents it was raised from, each linked to it.
    """

    problem: P
    incidents: tuple[R, ...]

    @property
    def changed(self) -> tuple[P | R, ...]:
        """
        All records to save; the problem is new.
        """
        return (self.problem, *self.incidents)


@overload
def raise_problem(
    incidents: Iterable[R],
    id: ProblemId,
    *,
    title: str,
    proposal: RecurrenceProposal | None = ...,
    kind: type[P],
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: ProblemPolicies | None = ...,
    incident_policies: IncidentPolicies | None = ...,
    **stated: object,
) -> RaisedProblem[P, R]: ...


@overload
def raise_problem(
    incidents: Iterable[R],
    id: ProblemId,
    *,
    title: str,
    proposal: RecurrenceProposal | None = ...,
    kind: type[Problem] = ...,
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: ProblemPolicies | None = ...,
    incident_policies: IncidentPolicies | None = ...,
    **stated: object,
) -> RaisedProblem[Problem, R]: ...


def raise_problem(
    incidents: Iterable[R],
    id: ProblemId,
    *,
    title: str,
    proposal: RecurrenceProposal | None = None,
    kind: type[Problem] = Problem,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: ProblemPolicies | None = None,
    incident_policies: IncidentPolicies | None = None,
    **stated: object,
) -> RaisedProblem[Any, R]:
    """
    Raise a problem from incidents, which stay what they are and are linked to it, closed or not.

    It has the service, the customer and the category on which all agree that name one, the
    configuration items that all name that name any, their symptoms, and the highest impact, urgency
    and criticality; levels of the caller's own are taken where they agree. Where no incident tells
    a symptom, their titles say how it shows, each once. All that is our default; that an incident
    never turns into a problem is ITIL's.

    Args:
        incidents: One at least.

        id: Id of the problem.

        title: What it is about.

        proposal: What recurrence detection says of these incidents: the description and the
            evidence, and what is told in place of their titles.

        kind: The class of the problem.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for the problem; those of its class unless given.

        incident_policies: The policies for the links; those of each incident's class unless given.

        stated: What else `Problem.log` takes; what is stated holds. Events in `raised_from` are
            added to the incidents.

    Raises:
        OutOfOrderError: *at* lies before the last entry of an incident.

        RefusedError: The problem or an incident refuses.

        TypeError: An argument is of another type, or unknown.

        ValueError: There is no incident, one is given twice, or the proposal is about others, or to
            link them to a problem that is in hand.
    """
    cases = cast("tuple[R, ...]", several(incidents, Incident, "incidents"))
    if not cases:
        raise ValueError("a problem is raised from one incident at least; without, log it")
    check_each_once(cases)
    check_kind(kind, Problem)
    given = {**_in_common(cases), **_proposed(proposal, cases), **stated}
    events: Any = given.pop("raised_from", ())
    room: Any = kind
    problem: Problem = room.log(
        id,
        title=title,
        raised_from=[*(one.id for one in cases), *events],
        by=by,
        at=at,
        note=note,
        policies=policies,
        **given,
    )
    linked = (
        one.link(LinkKind.INVESTIGATED_BY, id, by=by, at=at, note=note, policies=incident_policies)
        for one in cases
    )
    return RaisedProblem(problem=problem, incidents=tuple(linked))


def check_kind(kind: object, expected: type) -> None:
    """
    Make sure that *kind* is a class of such records.

    Raises:
        TypeError: It is not.
    """
    if not (isinstance(kind, type) and issubclass(kind, expected)):
        raise TypeError(f"kind must be {expected.__name__} or a subclass, not {kind!r}")


def _in_common(cases: Sequence[Incident]) -> dict[str, object]:
    agreed = {
        name: _agreed(getattr(one, name) for one in cases)
        for name in ("service", "customer", "category")
    }
    highest = {
        name: _highest((getattr(one, name) for one in cases), levels)
        for name, levels in _LEVELS.items()
    }
    symptoms = [one.symptom for one in cases if one.symptom] or [one.title for one in cases]
    named = [one.configuration_items for one in cases if one.configuration_items]
    items = [item for item in named[0] if all(item in other for other in named)] if named else ()
    return {
        **agreed,
        **highest,
        "configuration_items": items,
        "symptoms": "; ".join(dict.fromkeys(symptoms)),
    }


_LEVELS: Mapping[str, Sequence[object]] = {
    "impact": Impact.constants(),
    "urgency": Urgency.constants(),
    "criticality": tuple(Criticality),
}
"""
The levels in which the highest is looked for, highest first.
"""


def _agreed(values: Iterable[object]) -> object:
    said = dict.fromkeys(value for value in values if value is not None)
    return next(iter(said)) if len(said) == 1 else None


def _highest(values: Iterable[object], levels: Sequence[object]) -> object:
    said = [value for value in values if value is not None]
    if any(value not in levels for value in said):
        return _agreed(said)
    return min(said, key=levels.index, default=None)


def _proposed(proposal: RecurrenceProposal | None, cases: Sequence[Incident]) -> dict[str, object]:
    check_optional(proposal, RecurrenceProposal, "proposal")
    if proposal is None:
        return {}
    if proposal.kind is ProposalKind.LINK:
        raise ValueError(f"the proposal is to link to {proposal.problem}, not to raise a problem")
    named, known = set(proposal.incidents), {one.id for one in cases}
    if named != known:
        strange = ", ".join(sorted(map(str, named ^ known)))
        raise ValueError(f"the incidents are not those of the proposal: they differ in {strange}")
    why = proposal.finding
    told: dict[str, object] = {"description": why, "evidence": why}
    return told if any(one.symptom for one in cases) else {**told, "symptoms": why}


# ---- Link and wait ---------------------------------------------------------------------------


def investigate_with(
    incident: R,
    problem: Problem,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: IncidentPolicies | None = None,
) -> R:
    """
    Return *incident*, investigated with *problem*; what says so already comes back as it is.

    Its state stays its own, after ITIL: restoring a service does not wait for the cause.

    Args:
        incident: The incident, open or over.

        problem: The problem, which stays as it is.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the incident's class unless given.

    Raises:
        HandoffError: The problem is cancelled; of a duplicate, the original is named.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: The incident refuses.

        TypeError: An argument is of another type.
    """
    check_type(incident, Incident, "incident")
    check_type(problem, Problem, "problem")
    check_not_before(problem, at)
    forbid(incident, f"investigate with {described(problem)}", [_not_cancelled(problem)])
    if Link(LinkKind.INVESTIGATED_BY, problem.id) in incident.links:
        return incident
    return incident.link(
        LinkKind.INVESTIGATED_BY, problem.id, by=by, at=at, note=note, policies=policies
    )


def wait_for_problem(
    incident: R,
    problem: Problem,
    *,
    until: datetime | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: IncidentPolicies | None = None,
) -> R:
    """
    Return *incident*, investigated with *problem* and on hold until that one is resolved.

    What is so already, until the same date, comes back as it is.

    Args:
        incident: The incident.

        problem: The problem, which stays as it is.

        until: When to go on in any case, if somebody knows.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the incident's class unless given.

    Raises:
        HandoffError: The problem is cancelled, or solved: nothing would end the wait.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: The incident refuses, for instance because it is resolved.

        TypeError: An argument is of another type.
    """
    end = optional_utc(until, "until")
    step: dict[str, Any] = {"by": by, "at": at, "note": note, "policies": policies}
    linked = investigate_with(incident, problem, **step)
    forbid(incident, f"wait for {described(problem)}", [_to_be_solved(problem)])
    if _names(linked, problem) and linked.pending_until == end:
        return linked
    return linked.hold(PendingReason.AWAITING_PROBLEM, until=end, awaited=problem.id, **step)


@attrs.frozen(kw_only=True)
class RecordedRecurrence(Generic[P, R]):
    """
    What came of a recurrence, to be saved together.

    Attributes:
        problem: The problem; it names the incident if it was solved when that came.

        incident: The incident, linked to it.
    """

    problem: P
    incident: R

    @property
    def changed(self) -> tuple[P | R, ...]:
        """
        All records to save.
        """
        return (self.problem, self.incident)


def record_recurrence(
    problem: P,
    incident: R,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    effective_at: datetime | None = None,
    policies: ProblemPolicies | None = None,
    incident_policies: IncidentPolicies | None = None,
) -> RecordedRecurrence[P, R]:
    """
    Record that *problem* came back with *incident*, which is then investigated with it.

    A problem that is open never went: its incident is linked, and that is all. What was said
    already is not said again.

    Args:
        problem: The problem, resolved or open.

        incident: The incident with which it came back.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        effective_at: When it came back; when it is recorded unless given.

        policies: The policies for the problem; those of its class unless given.

        incident_policies: The policies for the link; those of the incident's class unless given.

    Raises:
        HandoffError: The problem is closed or cancelled; of a duplicate, the original is named.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: One of them refuses.

        TypeError: An argument is of another type.
    """
    check_type(problem, Problem, "problem")
    check_type(incident, Incident, "incident")
    step: dict[str, Any] = {"by": by, "at": at, "note": note}
    after = problem
    if not problem.is_open and incident.id not in problem.latest_recurrences:
        stands = _not_cancelled(problem) or not_over(problem, "'investigate_with' it alone")
        forbid(problem, f"come back with {described(incident)}", [stands])
        after = problem.record_recurrence(
            incident.id, effective_at=effective_at, policies=policies, **step
        )
    linked = investigate_with(incident, after, policies=incident_policies, **step)
    return RecordedRecurrence(problem=after, incident=linked)


def _not_cancelled(problem: Problem) -> Reason | None:
    if problem.state.phase is not Phase.DROPPED:
        return None
    original = problem.original
    advice = "" if original is None else f": name {original}, which it duplicates"
    return Reason("not_cancelled", f"{described(problem)} is {problem.state}{advice}")


def _to_be_solved(problem: Problem) -> Reason | None:
    if problem.is_open:
        return None
    return Reason("to_be_solved", f"{described(problem)} is {problem.state}: nothing is to come")


def is_case_of(incident: Incident, problem: Problem) -> bool:
    """
    Whether an incident is linked to a problem that investigates, caused or resolved it.
    """
    return problem.id in problems_of(incident)


def problems_of(incident: Incident) -> tuple[ProblemId, ...]:
    """
    Return the ids of the problems that an incident is a case of, or was resolved with, each once.
    """
    found = (link.target for link in incident.links if link.kind in PROBLEM_LINKS)
    return tuple(dict.fromkeys(one for one in found if isinstance(one, ProblemId)))


def belongs_to(incident: Incident, problem: Problem) -> bool:
    """
    Whether an incident is linked to a problem, waits for it by name, or is one it came back with.
    """
    came_back = incident.id in problem.recurrences
    return came_back or is_case_of(incident, problem) or _names(incident, problem)


def waits_for(incident: Incident, problem: Problem, over: Collection[RecordId] = ()) -> bool:
    """
    Whether an incident is on hold until a problem is solved.

    One that names no problem waits for the only one that it is linked to: our default.

    Args:
        incident: The incident.

        problem: The problem.

        over: Ids of other problems that are over, and waited for no more.
    """
    if not waits_for_unnamed(incident):
        return _names(incident, problem)
    left = [one for one in problems_of(incident) if one == problem.id or one not in over]
    return left == [problem.id]


def waits_for_unnamed(incident: Incident) -> bool:
    """
    Whether an incident is on hold for a problem that it does not name.
    """
    is_held = incident.pending_reason == PendingReason.AWAITING_PROBLEM
    return is_held and incident.awaited is None


def _names(incident: Incident, problem: Problem) -> bool:
    is_held = incident.pending_reason == PendingReason.AWAITING_PROBLEM
    return is_held and incident.awaited == problem.id


# ---- Close -----------------------------------------------------------------------------------


def close_problem(
    problem: P,
    *,
    incidents: Iterable[Incident],
    known_errors: Iterable[KnownError],
    waiver: str | None = None,
    by: Actor,
    at: datetime,
    **arguments: object,
) -> P:
    """
    Return *problem*, closed by what its incidents and known errors are.

    After ITIL, a problem is closed when what it caused is over and what tells of it is up to date.

    Args:
        problem: The problem.

        incidents: All that are linked to it or wait for it, and those with which it came back;
            others are left out.

        known_errors: All that tell of it; others are left out.

        waiver: Why it is closed in spite of those that are open or published, or before its
            observation is over.

        by: Who acts.

        at: When that is recorded.

        arguments: What else `Problem.close` takes.

    Raises:
        HandoffError: The problem names a known error that is not handed in, and nothing is waived:
            nobody knows whether that is published.

        OutOfOrderError: *at* lies before the last entry of the problem, or of one of those.

        RefusedError: The problem refuses.

        TypeError: An argument is of another type, or unknown.
    """
    check_type(problem, Problem, "problem")
    linked = several(incidents, Incident, "incidents")
    told = several(known_errors, KnownError, "known_errors")
    if waiver is None:
        unknown = set(problem.known_errors) - {one.id for one in told}
        forbid(problem, "close", map(_not_handed_in, sorted(unknown, key=str)))
    cases = [one for one in linked if belongs_to(one, problem)]
    own = [one for one in told if one.id in problem.known_errors or one.problem == problem.id]
    for one in (*cases, *own):
        check_not_before(one, at)
    room: Any = problem
    closed: P = room.close(
        open_incidents=[one.id for one in cases if one.is_open],
        live_known_errors=[one.id for one in own if one.is_searchable and one.is_open],
        waiver=waiver,
        by=by,
        at=at,
        **arguments,
    )
    return closed


def _not_handed_in(known_error: RecordId) -> Reason:
    text = f"known error {known_error} is its own, and was not handed in: it may be published"
    return Reason("its_known_errors", text)
