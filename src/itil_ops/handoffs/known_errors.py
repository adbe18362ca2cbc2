"""
From problems to known errors, and from those to the incidents that they help with.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

import attrs

from itil_ops.errors import Reason
from itil_ops.handoffs.cascade import (
    ALREADY_SO,
    Cascade,
    Wanted,
    check_each_once,
    check_not_before,
    follow,
    was_done_since,
)
from itil_ops.handoffs.families import forbid
from itil_ops.handoffs.problems import check_kind
from itil_ops.handoffs.solutions import fix_note
from itil_ops.incident.record import Incident
from itil_ops.kernel.checks import check_names, check_optional, check_shape, check_type, several
from itil_ops.kernel.identity import KnownErrorId
from itil_ops.kernel.instant import between
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.search import KnownErrorMatch, KnownErrorSearch, SymptomQuery
from itil_ops.problem.known_error.vocabulary import KnownErrorSource
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import ConfigurationItemId
    from itil_ops.kernel.journal import Entry
    from itil_ops.problem.known_error.policies import KnownErrorPolicies
    from itil_ops.problem.policies import ProblemPolicies


P = TypeVar("P", bound=Problem)
K = TypeVar("K", bound=KnownError)
R = TypeVar("R", bound=Incident)


# ---- Draft -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class DraftedKnownError(Generic[P, K]):
    """
    What came of drafting a known error, to be saved together.

    Attributes:
        problem: The problem, which names it.

        known_error: The known error, which is new.
    """

    problem: P
    known_error: K

    @property
    def changed(self) -> tuple[P | K, ...]:
        """
        All records to save; the known error is new.
        """
        return (self.problem, self.known_error)


@overload
def draft_known_error(
    problem: P,
    id: KnownErrorId,
    *,
    declare: bool = ...,
    kind: type[K],
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: KnownErrorPolicies | None = ...,
    problem_policies: ProblemPolicies | None = ...,
    **stated: object,
) -> DraftedKnownError[P, K]: ...


@overload
def draft_known_error(
    problem: P,
    id: KnownErrorId,
    *,
    declare: bool = ...,
    kind: type[KnownError] = ...,
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: KnownErrorPolicies | None = ...,
    problem_policies: ProblemPolicies | None = ...,
    **stated: object,
) -> DraftedKnownError[P, KnownError]: ...


def draft_known_error(
    problem: P,
    id: KnownErrorId,
    *,
    declare: bool = False,
    kind: type[KnownError] = KnownError,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: KnownErrorPolicies | None = None,
    problem_policies: ProblemPolicies | None = None,
    **stated: object,
) -> DraftedKnownError[P, Any]:
    """
    Draft a known error from what a problem tells; the problem then names it.

    It has the problem's title, symptoms, service, customer, category, configuration items (what is
    at fault included), the text of its root cause, and its workaround with author and time, or why
    there is none.

    Args:
        problem: The problem, open or solved.

        id: Id of the known error.

        declare: Whether the problem is declared a known error with it.

        kind: The class of the known error, one of your own for instance.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for the known error; those of its class unless given.

        problem_policies: The policies for the problem; those of its class unless given.

        stated: What else `KnownError.draft` takes; what is stated holds.

    Raises:
        HandoffError: The problem is cancelled, or names a known error of that id already.

        OutOfOrderError: *at* lies before the last entry of the problem.

        RefusedError: The problem or the known error refuses, for instance because nobody said what
            its symptoms are.

        TypeError: An argument is of another type, or unknown.
    """
    check_type(problem, Problem, "problem")
    check_type(id, KnownErrorId, "id")
    check_kind(kind, KnownError)
    forbid(problem, f"draft known error {id}", _against_draft(problem, id))
    step: dict[str, Any] = {"by": by, "at": at, "note": note, "policies": problem_policies}
    if check_type(declare, bool, "declare"):
        after = problem.declare_known_error(known_error=id, **step)
    else:
        after = problem.link(LinkKind.HAS_KNOWN_ERROR, id, **step)
    room: Any = kind
    known_error: KnownError = room.draft(
        id,
        **{"source": KnownErrorSource.PROBLEM, **_carried(problem, stated), **stated},
        problem=problem.id,
        by=by,
        at=at,
        note=note,
        policies=policies,
    )
    return DraftedKnownError(problem=after, known_error=known_error)


def _against_draft(problem: Problem, id: KnownErrorId) -> Iterable[Reason]:
    if problem.state.phase is Phase.DROPPED:
        told = f"{described(problem)} is {problem.state}: draft one by itself with KnownError.draft"
        yield Reason("not_cancelled", told)
    if id in problem.known_errors:
        told = f"it names {id} already: go on with that one, or give another id"
        yield Reason("a_new_known_error", told)


def _carried(problem: Problem, stated: Iterable[str]) -> dict[str, object]:
    cause = problem.root_cause
    fault: list[ConfigurationItemId | None] = [None if cause is None else cause.configuration_item]
    meanwhile = {
        "workaround": problem.workaround,
        "no_workaround_reason": problem.no_workaround_reason,
    }
    return {
        "title": problem.title,
        "symptoms": problem.symptoms,
        "services": problem.services,
        "customer": problem.customer,
        "category": problem.category,
        "configuration_items": [item for item in (*problem.configuration_items, *fault) if item],
        "root_cause": None if cause is None else cause.text,
        # What is stated of the one speaks against what the problem says of the other.
        **({} if meanwhile.keys() & set(stated) else meanwhile),
    }


# ---- Follow the fix --------------------------------------------------------------------------


def follow_fix(
    problem: Problem,
    known_errors: Iterable[K],
    *,
    fixed_in: Iterable[str] = (),
    by: Actor,
    at: datetime,
    policies: KnownErrorPolicies | None = None,
) -> Cascade[K]:
    """
    Plan what *known_errors* do because of the fix of *problem*.

    - It is fixed: those that are published are resolved with the note on the fix.
    - It is analyzed anew, or its fix failed: those that were resolved before are published again.
    - Otherwise nothing: where its risk is accepted or it did not come back, they stay published.

    What somebody published again after the fix, or resolved after it failed, has its own way.
    Drafts and retired ones are left to people. All that is our default.

    Args:
        problem: The problem; it stays as it is.

        known_errors: Those that tell of it; others are skipped.

        fixed_in: The versions that have the fix.

        by: Who acts: should be a system, see `Actor.system`.

        at: When that is recorded.

        policies: The policies for these calls; those of each known error's class unless given.

    Raises:
        OutOfOrderError: *at* lies before the last entry of the problem.

        TypeError: An argument is of another type.

        ValueError: A known error is given twice, or *at* is naive.
    """
    check_type(problem, Problem, "problem")
    versions = check_names(fixed_in, "fixed_in")
    check_not_before(problem, at)
    is_fixed = problem.resolution_code is ProblemResolutionCode.FIX_APPLIED

    def choose(known_error: K) -> Sequence[Wanted] | Reason:
        if known_error.problem != problem.id and known_error.id not in problem.known_errors:
            return Reason("its_known_error", f"{problem.id} does not name it")
        if not known_error.is_searchable:
            return Reason("not_published", f"it is {known_error.state}, and stays so")
        if is_fixed:
            return _as_it_is_fixed(known_error, problem, versions)
        return _as_it_is_not_fixed(known_error, problem)

    each = cast("tuple[K, ...]", several(known_errors, KnownError, "known_errors"))
    return follow(each, choose, by=by, at=at, policies=policies)


def _as_it_is_fixed(
    known_error: KnownError, problem: Problem, fixed_in: tuple[str, ...]
) -> Sequence[Wanted] | Reason:
    if not known_error.is_open:
        return Reason(ALREADY_SO, f"it is {known_error.state} already")
    if was_done_since(known_error.last_entry("republish"), problem.last_entry("resolve")):
        return Reason("own_way", f"it was published again after {problem.id} was resolved")
    return [Wanted("resolve", {"note": fix_note(problem), "fixed_in": fixed_in})]


def _as_it_is_not_fixed(known_error: KnownError, problem: Problem) -> Sequence[Wanted] | Reason:
    if known_error.is_open:
        return Reason(ALREADY_SO, f"{problem.id} is {problem.state}: it stays published")
    back = _taken_back(problem)
    if back is None or not was_done_since(back, known_error.last_entry("resolve")):
        return Reason("own_way", f"it was resolved, and not with a fix of {problem.id} that failed")
    return [Wanted("republish", {"reason": f"{problem.id}: {back.note}"})]


def _taken_back(problem: Problem) -> Entry | None:
    """
    Return the entry by which a fix was last taken back, if one ever was.
    """
    told = (problem.last_entry("reanalyze"), problem.last_entry("fix_failed"))
    known = [entry for entry in told if entry is not None]
    return max(known, key=lambda entry: entry.number, default=None)


# ---- Match and use ---------------------------------------------------------------------------


def diagnose_with(
    incident: Incident,
    search: KnownErrorSearch,
    *,
    finding: str | None = None,
    version: str | None = None,
    limit: int = 10,
) -> tuple[KnownErrorMatch, ...]:
    """
    Return the known errors that *incident* may be a case of, the best first, each with its grounds.

    They are candidates: a person looks, and says so with `use_known_error`.

    Args:
        incident: The incident.

        search: The index, or a search engine.

        finding: What was found in diagnosis, if anything was.

        version: The version in use of what the incident concerns: what is fixed in it is not found,
            and what is known to be wrong with it counts more.

        limit: How many at most.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *limit* is less than 1, *version* is blank, or the incident tells nothing to
            search by.
    """
    check_type(incident, Incident, "incident")
    check_shape(search, ("search",), "search must be a KnownErrorSearch")
    query = SymptomQuery.of(incident, finding=finding, version=version)
    return search.search(query, limit=limit)


@attrs.frozen(kw_only=True)
class UsedKnownError(Generic[R, K]):
    """
    What came of the use of a known error, to be saved together.

    Attributes:
        incident: The incident, matched with it.

        known_error: The known error, which counts the use.
    """

    incident: R
    known_error: K

    @property
    def changed(self) -> tuple[R | K, ...]:
        """
        All records to save.
        """
        return (self.incident, self.known_error)


def use_known_error(
    incident: R,
    known_error: K,
    *,
    solved: bool | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: IncidentPolicies | None = None,
    known_error_policies: KnownErrorPolicies | None = None,
) -> UsedKnownError[R, K]:
    """
    Match *incident* with *known_error*: it gets the workaround and its version, and the use counts.

    Where that is done already, say *solved* later: the known error is told, and the incident stays
    as it is, resolved by then or not.

    Args:
        incident: The incident.

        known_error: The known error, published or resolved.

        solved: Whether that helped; `None` where nobody knows yet.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for the incident; those of its class unless given.

        known_error_policies: The policies for the known error; those of its class unless given.

    Raises:
        HandoffError: The known error is a draft, or retired; of a duplicate, the original is named.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: One of them refuses, for instance because this use is counted already, and
            nothing new is said of it.

        TypeError: An argument is of another type.
    """
    check_type(incident, Incident, "incident")
    check_type(known_error, KnownError, "known_error")
    check_optional(solved, bool, "solved")
    forbid(incident, f"use {described(known_error)}", [_to_be_found(known_error)])
    check_not_before(incident, at)
    matched = incident
    if not _was_used(known_error, incident):
        workaround = known_error.workaround
        matched = incident.match_known_error(
            known_error.id,
            workaround=None if workaround is None else workaround.text,
            workaround_version=None if workaround is None else workaround.version,
            by=by,
            at=at,
            note=note,
            policies=policies,
        )
    used = known_error.record_use(
        incident.id, solved=solved, by=by, at=at, note=note, policies=known_error_policies
    )
    return UsedKnownError(incident=matched, known_error=used)


def _to_be_found(known_error: KnownError) -> Reason | None:
    if known_error.is_searchable:
        return None
    possible = (verb for verb in ("publish", "republish") if verb in known_error.allowed)
    advice = "".join(f": {verb} it first" for verb in possible)
    if known_error.original is not None:
        advice = f": use {known_error.original}, which it duplicates"
    return Reason("to_be_found", f"{described(known_error)} is {known_error.state}{advice}")


def _was_used(known_error: KnownError, incident: Incident) -> bool:
    is_matched = any(
        link.kind == LinkKind.MATCHED and link.target == known_error.id for link in incident.links
    )
    return is_matched and incident.id in known_error.used_for


# ---- What it is worth ------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RestorationMeans:
    """
    How fast incidents were solved.

    Attributes:
        count: How many.

        mtrs: The mean time to restore service: from the failure, or else from when it was noticed
            or reported, until users could work; `None` of none.

        resolution: The mean time from their report to their resolution; `None` of none.
    """

    count: int
    mtrs: timedelta | None
    resolution: timedelta | None


@attrs.frozen(kw_only=True)
class KnownErrorEffect:
    """
    What known errors do for incidents.

    Attributes:
        matched: The incidents that were matched with a known error.

        others: The rest.
    """

    matched: RestorationMeans
    others: RestorationMeans

    @property
    def saved(self) -> timedelta | None:
        """
        How much shorter MTRS is with a known error; `None` where one side is empty.
        """
        with_one, without = self.matched.mtrs, self.others.mtrs
        return None if with_one is None or without is None else without - with_one


def effect_of_known_errors(incidents: Iterable[Incident]) -> KnownErrorEffect:
    """
    Return how fast incidents were solved that were matched with a known error, and the rest.

    Only what is resolved or closed counts: what is open or was cancelled is left out.

    Raises:
        TypeError: One of them is no incident.

        ValueError: One is given twice.
    """
    each = several(incidents, Incident, "incidents")
    check_each_once(each)
    solved = [one for one in each if one.resolution]
    return KnownErrorEffect(
        matched=_means([one for one in solved if one.matched_known_error]),
        others=_means([one for one in solved if not one.matched_known_error]),
    )


def _means(solved: Sequence[Incident]) -> RestorationMeans:
    return RestorationMeans(
        count=len(solved),
        mtrs=_mean(_time(_failed_at(one), one.restored_at) for one in solved),
        resolution=_mean(_time(one.logged_at, one.resolved_at) for one in solved),
    )


def _failed_at(incident: Incident) -> DateTime:
    return incident.occurred_at or incident.detected_at or incident.logged_at


def _time(start: DateTime, end: DateTime | None) -> timedelta:
    # What was well again before anybody reported it took no time that is known.
    return max(between(start, end) or timedelta(), timedelta())


def _mean(times: Iterable[timedelta]) -> timedelta | None:
    each = list(times)
    return sum(each, timedelta()) / len(each) if each else None
