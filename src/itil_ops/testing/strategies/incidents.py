"""
Incidents that walked through their lives, their entries, and what is asked about them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from hypothesis import strategies as st

from itil_ops.errors import ItilOpsError
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.incident.model import IncidentModel, ModelStep
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode, ResolutionKind
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.identity import ConfigurationItemId, EventId, IncidentId, ProblemId
from itil_ops.kernel.journal import Changes, Entry
from itil_ops.kernel.priority import Impact, Priority, PriorityMatrix, Urgency
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ClosureReason,
    ContactChannel,
    Criticality,
    Direction,
    EscalationKind,
    LinkKind,
    PendingReason,
    SupportLine,
    Visibility,
)
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, ids, of, tell


if TYPE_CHECKING:
    from pendulum import DateTime


def actors() -> st.SearchStrategy[Actor]:
    """
    Return persons, groups and systems, with roles.
    """
    return built(Actor)


def categories() -> st.SearchStrategy[CategoryPath]:
    """
    Return classifications of one to four levels.
    """
    level = plain.texts().filter(lambda text: "/" not in text)
    return st.lists(level, min_size=1, max_size=4).map("/".join).map(CategoryPath)


def priorities() -> st.SearchStrategy[Priority]:
    """
    Return the usual priorities, and others that a caller may have added.
    """
    usual = st.sampled_from([Priority.CRITICAL, Priority.HIGH, Priority.LOW, Priority.PLANNING])
    return usual | st.builds(Priority, st.integers(1, 9), plain.texts())


@st.composite
def matrices(draw: st.DrawFn) -> PriorityMatrix:
    """
    Return priority matrices of all sizes.
    """
    impacts = draw(st.lists(plain.words(Impact), min_size=1, max_size=3, unique=True))
    urgencies = draw(st.lists(plain.words(Urgency), min_size=1, max_size=3, unique=True))
    row = st.lists(priorities(), min_size=len(impacts), max_size=len(impacts))
    rows = draw(st.lists(row, min_size=len(urgencies), max_size=len(urgencies)))
    name = draw(plain.texts())
    return PriorityMatrix(name=name, impacts=impacts, urgencies=urgencies, rows=rows)


@st.composite
def models(draw: st.DrawFn) -> IncidentModel:
    """
    Return incident models, of which each step may need the one before it.
    """
    names = draw(st.lists(plain.texts(), min_size=1, max_size=3, unique=True))
    steps = [_step(name, names[:n][-1:]) for n, name in enumerate(names)]
    return draw(built(IncidentModel, steps=st.tuples(*steps)))


def _step(name: str, before: list[str]) -> st.SearchStrategy[ModelStep]:
    return built(ModelStep, name=st.just(name), after=st.just(before))


def _without_levels(model: IncidentModel) -> IncidentModel:
    # The matrix that decides has no row or column for a word of somebody's own.
    return attrs.evolve(model, impact=None, urgency=None)


# ---- Walks ----------------------------------------------------------------------------------

_waits = st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))
_beginnings = plain.ascending(1).map(lambda found: found[0])


def _maybe(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | inner


def _told(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(arguments)


def _notes() -> st.SearchStrategy[Any]:
    return _maybe(plain.texts())


def _names() -> st.SearchStrategy[Any]:
    return st.lists(plain.texts(), max_size=2)


_ARGUMENTS = {
    "assign": _told(group=plain.texts(), assignee=_notes(), note=_notes()),
    "start": _told(note=_notes()),
    "hold": _told(
        reason=plain.words(PendingReason),
        until=_maybe(plain.instants()),
        awaited=_maybe(ids() | plain.texts()),
    ),
    "resume": _told(note=_notes()),
    "resolve": _told(
        code=plain.words(ResolutionCode),
        kind=_maybe(st.sampled_from(ResolutionKind)),
        evidence=_notes(),
        note=plain.texts(),
    ),
    "auto_resolve": _told(
        code=plain.words(ResolutionCode), cause=of(EventId) | of(ProblemId), note=_notes()
    ),
    "reopen": _told(reason=plain.texts()),
    "close": _told(
        reason=st.sampled_from(ClosureReason),
        category=_maybe(categories()),
        likely_to_recur=_maybe(st.booleans()),
        no_problem_reason=_notes(),
    ),
    "cancel": _told(
        reason=st.sampled_from(CancellationReason),
        duplicate_of=st.just(IncidentId("INC-0")),
        note=_notes(),
    ),
    "categorize": _told(category=categories(), note=_notes()),
    "prioritize": _told(
        impact=st.sampled_from([Impact.HIGH, Impact.LOW]),
        urgency=st.sampled_from([Urgency.HIGH, Urgency.LOW]),
        override=_maybe(priorities()),
        reason=plain.texts(),
    ),
    "escalate": _told(
        kind=st.sampled_from(EscalationKind),
        reason=plain.texts(),
        group=_notes(),
        line=_maybe(st.sampled_from(SupportLine)),
        level=_maybe(st.integers(1, 4)),
        informed=_names(),
    ),
    "diagnose": _told(finding=plain.texts()),
    "apply_workaround": _told(workaround=plain.texts(), note=_notes()),
    "mark_restored": _told(evidence=_notes()),
    "declare_major": _told(
        reason=plain.texts(), manager=_notes(), team=_names(), informed=_names()
    ),
    "demote_major": _told(reason=plain.texts()),
    "communicate": _told(
        message=plain.texts(),
        direction=st.sampled_from(Direction),
        visibility=st.sampled_from(Visibility),
        channel=_maybe(plain.words(ContactChannel)),
        automatic=st.booleans(),
    ),
    "comment": _told(text=plain.texts()),
    "link": _told(kind=plain.words(LinkKind), target=ids()),
}
"""
For each verb, what it is told; a refusal is a step that is not taken.
"""

_ALL_ROLES = list(ProcessRole.constants())


def _loggings(id: st.SearchStrategy[IncidentId]) -> st.SearchStrategy[dict[str, Any]]:
    return _told(
        id=id,
        title=plain.texts(),
        number=_notes(),
        description=_notes(),
        service=plain.texts(),
        customer=_notes(),
        category=_maybe(categories()),
        impact=_maybe(st.sampled_from([Impact.HIGH, Impact.MEDIUM, Impact.LOW])),
        urgency=_maybe(st.sampled_from([Urgency.HIGH, Urgency.MEDIUM, Urgency.LOW])),
        channel=_maybe(plain.words(ContactChannel)),
        caller=_notes(),
        environment=_notes(),
        configuration_items=st.lists(of(ConfigurationItemId), max_size=2),
        vip=st.booleans(),
        criticality=_maybe(st.sampled_from(Criticality)),
        security=st.booleans(),
        source_event=_maybe(of(EventId)),
        occurred_at=_maybe(plain.past()),
        model=_maybe(models().map(_without_levels)),
        note=_notes(),
    )


@st.composite
def incidents(
    draw: st.DrawFn,
    *,
    id: st.SearchStrategy[IncidentId] | None = None,
    kind: type[Incident] = Incident,
    steps: int = 6,
    added: st.SearchStrategy[dict[str, Any]] | None = None,
) -> Incident:
    """
    Return incidents that were told up to so many verbs, whatever came of it.

    Args:
        draw: What hypothesis hands in.

        id: Their ids; any unless given.

        kind: Their class, a subclass of the caller's own for instance.

        steps: How many verbs at most.

        added: The fields that the class adds.
    """
    stated = draw(_loggings(of(IncidentId) if id is None else id))
    own = {} if added is None else draw(added)
    by = Actor(draw(plain.texts()), roles=_ALL_ROLES)
    at = draw(_beginnings)
    incident = kind.log(stated.pop("id"), **stated, **own, by=by, at=at)
    for _ in range(draw(st.integers(0, steps))):
        at += draw(_waits)
        incident = _next(draw, incident, at)
    return incident


def _next(draw: st.DrawFn, incident: Incident, at: DateTime) -> Incident:
    action = draw(st.sampled_from(_verbs(incident)))
    arguments = draw(_ARGUMENTS[action])
    by = draw(actors())
    try:
        found: Incident = getattr(incident, action)(**arguments, by=by, at=at)
    except (ItilOpsError, ValueError):
        return incident
    return found


def _verbs(incident: Incident) -> list[str]:
    """
    Return the verbs that are possible, those that lead on twice.
    """
    possible = [action for action in incident.allowed if action in _ARGUMENTS]
    moving = [one for one in possible if one not in INCIDENT_LIFECYCLE.internal_actions]
    return [*moving, *possible]


def entries() -> st.SearchStrategy[Entry]:
    """
    Return entries of incidents.
    """
    return incidents().flatmap(lambda incident: st.sampled_from(incident.journal))


def changes() -> st.SearchStrategy[Changes]:
    """
    Return changes of fields of which nobody knows whose they are.
    """
    values = st.one_of(
        plain.hashables(), priorities(), ids(), st.tuples(plain.texts()), categories()
    )
    return st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3).map(Changes)


tell(CategoryPath, categories)
tell(Priority, priorities)
tell(PriorityMatrix, matrices)
tell(IncidentModel, models)
tell(Incident, incidents)
tell(Entry, entries)
tell(Changes, changes)
