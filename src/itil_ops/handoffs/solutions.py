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
from itil_ops.handoffs.cascade import (
    ALREADY_SO,
    Cascade,
    Wanted,
    check_not_before,
    follow,
    planned,
    was_done_since,
)
from itil_ops.handoffs.families import OVER
from itil_ops.handoffs.problems import (
    belongs_to,
    problems_of,
    waits_for,
    waits_for_unnamed,
)
from itil_ops.incident.policies import IncidentPolicies
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.history import given_in
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Link, LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.problem.series import CASE_LINKS
from itil_ops.problem.vocabulary import ProblemResolutionCode


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.journal import Entry
    from itil_ops.problem.known_error.vocabulary import Workaround


R = TypeVar("R", bound=Incident)


# ---- What incidents do because of a problem --------------------------------------------------


@attrs.frozen(kw_only=True)
class _Call:
    """
    A problem, the ids of others that are over, and who follows it when.
    """

    problem: Problem
    over: frozenset[RecordId]
    by: Actor
    at: DateTime
    policies: IncidentPolicies | None


def follow_problem(
    problem: Problem,
    incidents: Iterable[R],
    *,
    others: Iterable[Problem] = (),
    by: Actor,
    at: datetime,
    policies: IncidentPolicies | None = None,
) -> Cascade[R]:
    """
    Plan what *incidents* do because of where *problem* stands.

    - It is resolved: those that wait for it are resolved with the note on its fix; other open ones
      get a comment, and so do those that wait and must not be resolved so, a major one for
      instance. ServiceNow does so too.
    - Its risk is accepted, or it was no problem: those that wait would do so for ever, so they are
      resumed with a note that says so (our default); other open ones get it as a comment.
    - It is a duplicate: its incidents are linked to the original, and wait for that; closed ones
      keep the old link beside the new one.
    - It is open: nothing.

    An incident waits for the problem that it names. One that names none waits for the only problem
    it is linked to, or the only one that is not over yet as far as *others* tell; with several of
    those it gets a comment and goes on waiting: our default.

    What is resolved, closed or cancelled stays so. Each outcome of a problem is told once, by a
    comment or by the resolution: both are known by their words. What was reopened after that, or
    put on hold anew, has its own way.

    Args:
        problem: The problem; it stays as it is.

        incidents: Its incidents; what is neither linked to it, nor waits for it, nor is one with
            which it came back is skipped.

        others: Other problems of those incidents, as they stand; they stay as they are.

        by: Who acts: should be a system, see `Actor.system`. Nobody counts as having answered what
            is resolved so.

        at: When that is recorded.

        policies: The policies for these calls; those of each incident's class unless given.

    Raises:
        OutOfOrderError: *at* lies before the last entry of one of the problems.

        TypeError: An argument is of another type.

        ValueError: An incident is given twice, or *at* is naive.
    """
    check_type(problem, Problem, "problem")
    instant, rest = check_not_before(problem, at), several(others, Problem, "others")
    for other in rest:
        check_not_before(other, at)
    over = frozenset(other.id for other in rest if not other.is_open)
    call = _Call(problem=problem, over=over, by=by, at=instant, policies=policies)

    def choose(incident: R) -> Sequence[Wanted] | Reason:
        if not belongs_to(incident, problem):
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


def _comment(incident: Incident, text: str) -> Sequence[Wanted] | Reason:
    if _with_note(incident, text) is not None:
        return Reason(ALREADY_SO, "it was told so")
    return [Wanted("comment", {"text": text})]


def _with_note(incident: Incident, text: str) -> Entry | None:
    return next((entry for entry in reversed(incident.journal) if entry.note == text), None)


def _as_it_goes_on(_: Incident, call: _Call) -> Reason:
    problem = call.problem
    return Reason("goes_on", f"{problem.id} is {problem.state}: nothing follows from that")


def _as_it_is_solved(incident: Incident, call: _Call) -> Sequence[Wanted] | Reason:
    problem = call.problem
    told = {
        "code": ResolutionCode.RESOLVED_BY_PROBLEM,
        "cause": problem.id,
        "note": fix_note(problem),
    }
    return _as_it_ended(incident, call, Wanted("auto_resolve", told))


def _as_nothing_comes(incident: Incident, call: _Call) -> Sequence[Wanted] | Reason:
    return _as_it_ended(incident, call, Wanted("resume", {"note": _news(call.problem)}))


def _as_it_ended(incident: Incident, call: _Call, ending: Wanted) -> Sequence[Wanted] | Reason:
    settled = _settled(incident)
    if settled is not None:
        return settled
    told = _told_of(incident, call.problem)
    why_not = _why_it_waits_on(incident, call, told)
    if why_not is None:
        return tuple(_ending(incident, call, ending, told))
    return why_not if told is not None else [_news_for(call)]


def _ending(
    incident: Incident, call: _Call, ending: Wanted, told: Entry | None
) -> Iterator[Wanted]:
    yield ending
    step = planned(
        incident, ending.verb, by=call.by, at=call.at, policies=call.policies, **ending.arguments
    )
    if step.after is None and told is None:
        yield _news_for(call)


def _news_for(call: _Call) -> Wanted:
    return Wanted("comment", {"text": _news(call.problem)})


def _why_it_waits_on(incident: Incident, call: _Call, told: Entry | None) -> Reason | None:
    """
    Return the reason that the end of a problem does not end the wait of an incident, if any is.
    """
    problem = call.problem
    if not waits_for(incident, problem, call.over):
        if waits_for_unnamed(incident):
            named = ", ".join(map(str, problems_of(incident)))
            return Reason("own_hold", f"it waits for a problem that nobody named: {named}")
        return Reason(ALREADY_SO, "it was told so")
    if _is_reopened_since(incident, problem):
        return Reason("own_way", f"it was reopened after {problem.id} was resolved")
    hold = incident.last_entry("hold")
    if told is not None and hold is not None and hold.number > told.number:
        return Reason("own_hold", f"it was told, and waits for {problem.id} all the same")
    return None


def _told_of(incident: Incident, problem: Problem) -> Entry | None:
    """
    Return the last entry by which an incident heard how a problem ended, if it did.
    """
    solved = _last_solved(problem)
    is_linked = Link(LinkKind.RESOLVED_BY, problem.id) in incident.links
    for entry in reversed(incident.journal):
        is_by_it = is_linked and (entry.action, entry.note) == ("auto_resolve", fix_note(problem))
        if _tells(entry, problem) or (is_by_it and was_done_since(entry, solved)):
            return entry
    return None


def _last_solved(problem: Problem) -> Entry | None:
    return None if problem.resolution is None else given_in(problem.journal, "resolution_code")


def _is_reopened_since(incident: Incident, problem: Problem) -> bool:
    return was_done_since(incident.last_entry("reopen"), _last_solved(problem))


def fix_note(problem: Problem) -> str:
    """
    Return what was done to solve a problem; that it is solved, where nobody said.
    """
    solved = problem.resolution
    note = None if solved is None else solved.note
    return note or f"{problem.id} was resolved: {problem.title}"


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
    solved = problem.resolution
    if problem.risk_acceptance is not None:
        return f"{_acceptance(problem)} {_meanwhile(problem)}"
    if solved is not None:
        what = solved.note or problem.title
        return f"{problem.id} was resolved {solved.at:%Y-%m-%d %H:%M}: {what}"
    dropped = problem.last_entry("cancel")
    note = None if dropped is None else dropped.note
    return f"{problem.id} was no problem: {note or problem.title}"


def _acceptance(problem: Problem) -> str:
    """
    Return that its risk was accepted, in words that no renewal and no better workaround changes.
    """
    when = f"{problem.closed_at:%Y-%m-%d %H:%M}"
    return f"{problem.id} is not fixed: its risk was accepted {when}."


def _tells(entry: Entry, problem: Problem) -> bool:
    if problem.risk_acceptance is None:
        return entry.note == _news(problem)
    return (entry.note or "").startswith(_acceptance(problem))


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
    another one since. No use is counted: it was when the incident was matched. The text is copied
    so that an incident says itself what its user was told: our default.

    Args:
        source: The problem or known error; it stays as it is.

        incidents: Those linked to the problem, or matched with the known error; others are skipped.

        by: Who acts: should be a system, see `Actor.system`.

        at: When that is recorded.

        policies: The policies for these calls; those of each incident's class unless given.

    Raises:
        OutOfOrderError: *at* lies before the last entry of the source.

        TypeError: An argument is of another type.

        ValueError: An incident is given twice, or *at* is naive.
    """
    if not isinstance(source, Problem | KnownError):
        raise TypeError(f"source must be a Problem or a KnownError, not {source!r}")
    check_not_before(source, at)

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
    if _with_note(incident, name) is not None:
        return Reason("own_way", f"it had {name}, and has another one since")
    if wanted.verb in incident.allowed:
        return [wanted]
    return _comment(incident, f"{name}: {newest.text}")


def _from_problem(
    problem: Problem, incident: Incident, told: Mapping[str, object]
) -> Wanted | Reason:
    if not belongs_to(incident, problem):
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
