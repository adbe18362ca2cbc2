"""
What incidents do because of where their problem stands, and how they get a workaround.

Both are planned as cascades: shown before they are done, and never backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import attrs

from pendulum import DateTime

from itil_ops.errors import Reason
from itil_ops.handoffs.cascade import ALREADY_SO, Cascade, Wanted, follow, planned
from itil_ops.handoffs.families import OVER
from itil_ops.handoffs.problems import CASE_LINKS, is_case_of, waits_for
from itil_ops.incident.policies import IncidentPolicies
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.instant import utc
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Link, LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.identity import RecordId
    from itil_ops.problem.known_error.vocabulary import Workaround


R = TypeVar("R", bound=Incident)


# ---- What incidents do because of a problem --------------------------------------------------


@attrs.frozen(kw_only=True)
class _Call:
    """
    A problem, and who follows it when.
    """

    problem: Problem
    by: Actor
    at: DateTime
    policies: IncidentPolicies | None


def follow_problem(
    problem: Problem,
    incidents: Iterable[R],
    *,
    by: Actor,
    at: datetime,
    policies: IncidentPolicies | None = None,
) -> Cascade[R]:
    """
    Plan what *incidents* do because of where *problem* stands.

    - It is resolved: those that wait for it are resolved with the note on its fix; other open ones
      get a comment, and so do those that wait and must not be resolved so, a major one for
      instance. What was reopened since has its own way.
    - Its risk is accepted, or it was no problem: those that wait would do so for ever, so they are
      resumed with a note that says so (our default); other open ones get it as a comment.
    - It is a duplicate: its incidents are linked to the original, and wait for that; closed ones
      keep the old link beside the new one.
    - It is open: nothing.

    What is resolved, closed or cancelled stays so. A comment is known by its words: it is made
    once.

    Args:
        problem: The problem; it stays as it is.

        incidents: Its incidents; what is neither linked to it nor waits for it is skipped.

        by: Who acts: as a rule a system.

        at: When that is recorded.

        policies: The policies for these calls; those of each incident's class unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: An incident is given twice, or *at* is naive.
    """
    check_type(problem, Problem, "problem")
    call = _Call(problem=problem, by=by, at=utc(at), policies=policies)

    def choose(incident: R) -> Sequence[Wanted] | Reason:
        if not (is_case_of(incident, problem) or waits_for(incident, problem)):
            return _none_of_its(incident, problem)
        code = problem.resolution_code
        return _as_it_goes_on(incident, call) if code is None else _OUTCOMES[code](incident, call)

    return follow(_each(incidents), choose, by=by, at=at, policies=policies)


def _each(incidents: Iterable[R]) -> tuple[R, ...]:
    return cast("tuple[R, ...]", several(incidents, Incident, "incidents"))


def _none_of_its(incident: Incident, problem: Problem) -> Reason:
    original = problem.original
    if original is not None and _linked_kinds(incident, original):
        return Reason(ALREADY_SO, f"it is linked to {original}, which {problem.id} duplicates")
    return Reason("its_incident", f"it is not linked to {problem.id}")


def _linked_kinds(incident: Incident, problem: RecordId) -> tuple[LinkKind, ...]:
    return tuple(kind for kind in CASE_LINKS if Link(kind, problem) in incident.links)


def _settled(incident: Incident) -> Reason | None:
    if incident.state.phase in OVER:
        return Reason("over", f"it is {incident.state}, and stays so")
    if incident.state.phase is Phase.DONE:
        return Reason(ALREADY_SO, f"it is {incident.state} already")
    return None


def _has_note(incident: Incident, text: str) -> bool:
    return any(entry.note == text for entry in incident.journal)


def _told(incident: Incident, text: str) -> Sequence[Wanted] | Reason:
    if _has_note(incident, text):
        return Reason(ALREADY_SO, "it was told so")
    return [Wanted("comment", {"text": text})]


def _as_it_goes_on(_: Incident, call: _Call) -> Reason:
    problem = call.problem
    return Reason("goes_on", f"{problem.id} is {problem.state}: nothing follows from that")


def _as_it_is_solved(incident: Incident, call: _Call) -> Sequence[Wanted] | Reason:
    settled, text = _settled(incident), _news(call.problem)
    if settled is not None:
        return settled
    if not waits_for(incident, call.problem):
        return _told(incident, text)
    if _is_reopened_since(incident, call.problem):
        return Reason("own_way", f"it was reopened after {call.problem.id} was resolved")
    return tuple(_resolving(incident, call, text))


def _resolving(incident: Incident, call: _Call, text: str) -> Iterator[Wanted]:
    code, cause = ResolutionCode.RESOLVED_BY_PROBLEM, call.problem.id
    told = {"code": code, "cause": cause, "note": fix_note(call.problem)}
    yield Wanted("auto_resolve", told)
    step = planned(incident, "auto_resolve", by=call.by, at=call.at, policies=call.policies, **told)
    if step.after is None and not _has_note(incident, text):
        yield Wanted("comment", {"text": text})


def _is_reopened_since(incident: Incident, problem: Problem) -> bool:
    back, solved = incident.last_entry("reopen"), problem.last_entry("resolve")
    return back is not None and solved is not None and back.at >= solved.at


def fix_note(problem: Problem) -> str:
    """
    Return what was done to solve a problem; that it is solved, where nobody said.
    """
    solved = problem.resolution
    note = None if solved is None else solved.note
    return note or f"{problem.id} was resolved: {problem.title}"


def _as_nothing_comes(incident: Incident, call: _Call) -> Sequence[Wanted] | Reason:
    settled, text = _settled(incident), _news(call.problem)
    if settled is not None:
        return settled
    if not waits_for(incident, call.problem):
        return _told(incident, text)
    if _has_note(incident, text):
        return Reason("own_hold", f"it was told, and waits for {call.problem.id} all the same")
    return [Wanted("resume", {"note": text})]


def _as_it_is_a_duplicate(incident: Incident, call: _Call) -> Sequence[Wanted] | Reason:
    problem, original = call.problem, call.problem.original
    if incident.state.phase is Phase.DROPPED:
        return Reason("over", f"it is {incident.state}, and stays so")
    if original is None:
        return Reason("no_original", f"{problem.id} is a duplicate, and no longer says of what")
    return tuple(_relinking(incident, call, original))


def _relinking(incident: Incident, call: _Call, original: RecordId) -> tuple[Wanted, ...]:
    """
    Return the next steps of a change of links: no old one goes before the new one is there.
    """
    problem = call.problem
    old, new = _linked_kinds(incident, problem.id), _linked_kinds(incident, original)
    due = old or (() if new else CASE_LINKS[:1])
    missing = [kind for kind in due if kind not in new]
    if missing:
        return tuple(Wanted("link", {"kind": kind, "target": original}) for kind in missing)
    if old and incident.state.phase not in OVER:
        return tuple(Wanted("unlink", {"target": problem.id, "kind": kind}) for kind in old)
    if incident.awaited != problem.id:
        return ()
    until = incident.pending_until
    hold = {
        "reason": incident.pending_reason,
        "until": until if until is not None and until > call.at else None,
        "awaited": original,
        "note": f"{problem.id} duplicates {original}",
    }
    return (Wanted("hold", hold),)


_Outcome: TypeAlias = Callable[[Incident, _Call], Sequence[Wanted] | Reason]

_OUTCOMES: Mapping[ProblemResolutionCode, _Outcome] = {
    ProblemResolutionCode.FIX_APPLIED: _as_it_is_solved,
    ProblemResolutionCode.NO_RECURRENCE: _as_it_is_solved,
    ProblemResolutionCode.RISK_ACCEPTED: _as_nothing_comes,
    ProblemResolutionCode.NOT_A_PROBLEM: _as_nothing_comes,
    ProblemResolutionCode.DUPLICATE: _as_it_is_a_duplicate,
}
"""
What an incident of a problem does, by how the problem ended.
"""


def _news(problem: Problem) -> str:
    """
    Return how a problem ended, in words that are its own and the same whenever one asks.
    """
    accepted, solved = problem.risk_acceptance, problem.resolution
    if accepted is not None:
        when = f"{accepted.accepted_at:%Y-%m-%d %H:%M}"
        return f"{problem.id} is not fixed: its risk was accepted {when}. {_meanwhile(problem)}"
    if solved is not None:
        what = solved.note or problem.title
        return f"{problem.id} was resolved {solved.at:%Y-%m-%d %H:%M}: {what}"
    dropped = problem.last_entry("cancel")
    note = None if dropped is None else dropped.note
    return f"{problem.id} was no problem: {note or problem.title}"


def _meanwhile(problem: Problem) -> str:
    if problem.workaround is not None:
        return f"Workaround: {problem.workaround.text}"
    return f"No workaround: {problem.no_workaround_reason}"


# ---- Workarounds -----------------------------------------------------------------------------


def push_workaround(
    source: Problem | KnownError,
    incidents: Iterable[R],
    *,
    by: Actor,
    at: datetime,
    policies: IncidentPolicies | None = None,
) -> Cascade[R]:
    """
    Plan that *incidents* get the workaround of their problem or known error, in its newest version.

    An incident of a problem that is in progress or on hold has it applied. One that is matched with
    a known error is matched with the new version. Where the state of an incident does not allow
    that, it gets a comment. What has that version stays as it is, and so does what had it and has
    another one since. No use is counted: it was when the incident was matched.

    Args:
        source: The problem or known error; it stays as it is.

        incidents: Those linked to the problem, or matched with the known error; others are skipped.

        by: Who acts.

        at: When that is recorded.

        policies: The policies for these calls; those of each incident's class unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: An incident is given twice, or *at* is naive.
    """
    if not isinstance(source, Problem | KnownError):
        raise TypeError(f"source must be a Problem or a KnownError, not {source!r}")

    def choose(incident: R) -> Sequence[Wanted] | Reason:
        newest = source.workaround
        if newest is None:
            return Reason("a_workaround", f"{described(source)} has no workaround")
        if not _is_told_of(source):
            return Reason("source", f"{described(source)} is {source.state}")
        return _pushed(source, newest, incident)

    return follow(_each(incidents), choose, by=by, at=at, policies=policies)


def _is_told_of(source: Problem | KnownError) -> bool:
    if isinstance(source, KnownError):
        return source.is_searchable
    return source.state.phase is not Phase.DROPPED


def _pushed(
    source: Problem | KnownError, newest: Workaround, incident: Incident
) -> Sequence[Wanted] | Reason:
    name = f"version {newest.version} of the workaround of {source.id}"
    told = {"workaround": newest.text, "note": name}
    if isinstance(source, KnownError):
        wanted = _from_known_error(source, newest, incident, told)
    else:
        wanted = _from_problem(source, incident, told)
    if isinstance(wanted, Reason):
        return wanted
    if _has_note(incident, name):
        return Reason("own_way", f"it had {name}, and has another one since")
    if wanted.verb in incident.allowed:
        return [wanted]
    return _told(incident, f"{name}: {newest.text}")


def _from_problem(
    problem: Problem, incident: Incident, told: Mapping[str, object]
) -> Wanted | Reason:
    if not (is_case_of(incident, problem) or waits_for(incident, problem)):
        return Reason("its_incident", f"it is not linked to {problem.id}")
    if not incident.is_open:
        return _needs_none(incident)
    if incident.workaround == told["workaround"]:
        return Reason(ALREADY_SO, "it has this workaround")
    return Wanted("apply_workaround", told)


def _from_known_error(
    known_error: KnownError, newest: Workaround, incident: Incident, told: Mapping[str, object]
) -> Wanted | Reason:
    matched = incident.matched_known_error
    if matched is None or matched.known_error != known_error.id:
        return Reason("its_incident", f"it is not matched with {known_error.id}")
    if not incident.is_open:
        return _needs_none(incident)
    version = matched.workaround_version or 0
    if version > newest.version:
        return Reason("never_backwards", f"it has version {version} already")
    if version == newest.version:
        return Reason(ALREADY_SO, "it has this version of the workaround")
    match = {"known_error": known_error.id, "workaround_version": newest.version, **told}
    return Wanted("match_known_error", match)


def _needs_none(incident: Incident) -> Reason:
    return Reason("over", f"it is {incident.state}, and needs no workaround")
