"""
What a type checker makes of problems, known errors, their search, and what recurs.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Self, assert_type

import attrs

from pendulum import DateTime

from itil_ops import (
    DEFAULT_SIMILARITY_KEYS,
    INCIDENT_LIFECYCLE,
    KNOWN_ERROR_LIFECYCLE,
    PROBLEM_LIFECYCLE,
    Actor,
    AuditResult,
    CauseOnly,
    CompliancePeriods,
    ConfigurationItemId,
    Incident,
    IncidentId,
    IncidentQuery,
    KnownError,
    KnownErrorId,
    KnownErrorIndex,
    KnownErrorMatch,
    KnownErrorPolicies,
    KnownErrorPolicy,
    KnownErrorQuery,
    KnownErrorSearch,
    KnownErrorUse,
    Lifecycle,
    Likeness,
    MajorProblemReview,
    MatchGround,
    MatchWeights,
    MemoryStore,
    Observation,
    ObservationPolicy,
    OriginCounts,
    Pain,
    ParetoReport,
    ParetoRow,
    Part,
    PendingReason,
    Phase,
    Problem,
    ProblemId,
    ProblemPolicies,
    ProblemQuery,
    ProblemResolution,
    ProblemResolutionCode,
    ProblemSeverity,
    ProblemSeverityPolicy,
    ProposalKind,
    Record,
    RecordId,
    RecurrenceAfterFix,
    RecurrenceDetector,
    RecurrencePolicy,
    RecurrenceProposal,
    RegularValidation,
    RepeatReport,
    Repository,
    RetirementReason,
    ReviewId,
    RootCause,
    RootCauseCategory,
    Searchable,
    SeverityLevel,
    SimilarInWindow,
    SimilarityKey,
    SimilarityKeyLike,
    Slice,
    State,
    SymptomQuery,
    Transition,
    Trend,
    TrendReport,
    UnitOfWork,
    ValidationPolicy,
    WeightedSeverity,
    Workaround,
    added_between,
    due_for_validation,
    kedb_accuracy,
    likenesses,
    most_used,
    origins,
    pain_value,
    pareto,
    recurrence_after_fix,
    repeats,
    trend,
    unused_since,
    words_in,
)
from itil_ops.handoffs import (
    Cascade,
    Family,
    Merged,
    RaisedProblem,
    RecordedRecurrence,
    Split,
    adopt,
    close_problem,
    draft_known_error,
    follow_fix,
    follow_parent,
    gather_family,
    merge,
    raise_problem,
    record_recurrence,
    split,
    use_known_error,
)


# ---- Verbs keep the caller's type ---------------------------------------------------------------


PLANT_STOPPED = State("plant_stopped", Phase.WAITING)


@attrs.frozen(kw_only=True)
class FactoryProblem(Problem):
    """
    A problem that a plant may have stopped for.
    """

    lifecycle: ClassVar[Lifecycle] = PROBLEM_LIFECYCLE.extend(
        states=[PLANT_STOPPED], transitions=[Transition("stop_plant", Phase.ACTIVE, PLANT_STOPPED)]
    )
    policies: ClassVar[ProblemPolicies] = ProblemPolicies(known_error=CauseOnly())

    plant: str | None = None

    def stop_plant(self, plant: str, *, by: Actor, at: dt.datetime) -> Self:
        changes = {"plant": plant, "pending_reason": PendingReason.UNSPECIFIED}
        return self._step("stop_plant", changes, by=by, at=at)


@attrs.frozen(kw_only=True)
class FactoryKnownError(KnownError):
    """
    A known error of a plant.
    """

    lifecycle: ClassVar[Lifecycle] = KNOWN_ERROR_LIFECYCLE

    plant: str | None = None


def a_problem(at: dt.datetime) -> FactoryProblem:
    pm = Actor("pm")
    problem = FactoryProblem.log(
        ProblemId("PRB-1"), title="It halts", raised_from=[IncidentId("INC-1")], by=pm, at=at
    )
    assert_type(problem, FactoryProblem)
    problem = problem.investigate(group="plant", by=pm, at=at)
    problem = problem.record_root_cause(
        "Dust", category=RootCauseCategory.HARDWARE, by=pm, at=at, effective_at=at
    )
    problem = problem.stop_plant("Lyon", by=pm, at=at).resume(by=pm, at=at)
    assert_type(problem.assess(by=pm, at=at), FactoryProblem)
    assert_type(
        problem.declare_known_error(known_error=KnownErrorId("KE-1"), by=pm, at=at), FactoryProblem
    )
    assert_type(problem.resolve(by=pm, at=at, policies=ProblemPolicies.strict()), FactoryProblem)
    assert_type(problem.plan_review(ReviewId("R"), planned_for=at, by=pm, at=at), FactoryProblem)
    assert_type(FactoryProblem.replay(problem.journal), FactoryProblem)
    return problem


def facts_of_a_problem(problem: Problem, at: dt.datetime) -> None:
    assert_type(problem.id, ProblemId)
    assert_type(problem.state.phase, Phase)
    assert_type(problem.root_cause, RootCause | None)
    assert_type(problem.severity, ProblemSeverity | None)
    assert_type(problem.severity_level, SeverityLevel | None)
    assert_type(problem.resolution, ProblemResolution | None)
    assert_type(problem.resolution_code, ProblemResolutionCode | None)
    assert_type(problem.known_error_at, DateTime | None)
    assert_type(problem.reanalyzed_count, int)
    assert_type(problem.as_of(at), Problem)
    assert_type(problem.part(ReviewId("R")), Part)
    review = problem.part(ReviewId("R"))
    if isinstance(review, MajorProblemReview):
        assert_type(review.is_completed, bool)
    assert_type(pain_value([Pain(affected=1, downtime=dt.timedelta(hours=1))]), Decimal)


def a_known_error(at: dt.datetime) -> FactoryKnownError:
    pm = Actor("pm")
    known_error = FactoryKnownError.draft(
        KnownErrorId("KE-1"), title="It halts", symptoms="No light", by=pm, at=at
    )
    assert_type(known_error, FactoryKnownError)
    assert_type(known_error.publish(by=pm, at=at), FactoryKnownError)
    used = known_error.record_use(IncidentId("INC-1"), solved=True, by=pm, at=at)
    assert_type(used, FactoryKnownError)
    assert_type(used.retire(RetirementReason.OBSOLETE, by=pm, at=at), FactoryKnownError)
    assert_type(used.workarounds, tuple[Workaround, ...])
    assert_type(used.uses, tuple[KnownErrorUse, ...])
    assert_type(used.last_audit, AuditResult | None)
    assert_type(used.state, State)
    return used


def mistakes(problem: Problem, known_error: KnownError, at: dt.datetime) -> None:
    pm = Actor("pm")
    problem.resolve(by=pm)  # type: ignore[call-arg]
    problem.cancel("not_a_problem", by=pm, at=at)  # type: ignore[arg-type]
    problem.resume(by=pm, at=at, policies=KnownErrorPolicies())  # type: ignore[arg-type]
    problem.severity = None  # type: ignore[misc]
    Problem.log(IncidentId("INC-1"), title="x", by=pm, at=at)  # type: ignore[arg-type]
    known_error.record_use("INC-1", by=pm, at=at)  # type: ignore[arg-type]
    known_error.retire("obsolete", by=pm, at=at)  # type: ignore[arg-type]


# ---- Policies -----------------------------------------------------------------------------------

known_error_policy: KnownErrorPolicy = CauseOnly()
observation: ObservationPolicy = Observation(dt.timedelta(days=14))
severity: ProblemSeverityPolicy = WeightedSeverity()
validation: ValidationPolicy = RegularValidation(every=dt.timedelta(days=90))
recurrence: RecurrencePolicy[Record] = SimilarInWindow(at_least=5)

assert_type(ProblemPolicies.strict(observation=observation), ProblemPolicies)
assert_type(KnownErrorPolicies.strict(validation=validation), KnownErrorPolicies)
ProblemPolicies(observation=CauseOnly())  # type: ignore[arg-type]
KnownErrorPolicies(validation=observation)  # type: ignore[arg-type]


# ---- Repositories -------------------------------------------------------------------------------

unit: UnitOfWork = MemoryStore().unit()
problems: Repository[Problem, ProblemQuery] = unit.problems
known_errors: Repository[KnownError, KnownErrorQuery] = unit.known_errors

assert_type(unit.problems.get(ProblemId("PRB-1")), Problem)
assert_type(unit.problems.find(ProblemQuery()), Slice[Problem])
assert_type(unit.known_errors.get(KnownErrorId("KE-1")), KnownError)
assert_type(unit.known_errors.find(KnownErrorQuery(states=["published"])), Slice[KnownError])
unit.problems.find(KnownErrorQuery())  # type: ignore[arg-type]


# ---- Search of known errors ---------------------------------------------------------------------


def a_search(known: KnownError, incident: Incident) -> None:
    searchable: Searchable = known
    index = KnownErrorIndex([known, searchable], weights=MatchWeights(service=3))
    search: KnownErrorSearch = index
    found = search.search(SymptomQuery.of(incident, finding="No light"), limit=3)
    assert_type(found, tuple[KnownErrorMatch, ...])
    assert_type(found[0].known_error, KnownErrorId)
    assert_type(found[0].grounds, tuple[MatchGround, ...])
    assert_type(found[0].score, float)
    assert_type(words_in("No light"), Iterator[str])
    SymptomQuery(configuration_items=[ConfigurationItemId("srv-1")], symptom_keys={"451"})
    index.put(incident)  # type: ignore[arg-type]
    search.search("No light")  # type: ignore[arg-type]


def figures_of_known_errors(known: list[FactoryKnownError], at: dt.datetime) -> None:
    assert_type(kedb_accuracy(known), float | None)
    assert_type(most_used(known, limit=3), tuple[FactoryKnownError, ...])
    assert_type(unused_since(known, at), tuple[FactoryKnownError, ...])
    assert_type(due_for_validation(known, at), tuple[FactoryKnownError, ...])
    assert_type(added_between(known, at, at), int)


# ---- What recurs --------------------------------------------------------------------------------


@attrs.frozen
class ByTitle:
    """
    A key needs no base class.
    """

    name: str = "title"

    def values(self, record: Record) -> list[tuple[str, ...]]:
        return [(record.title,)]

    def describe(self, values: tuple[str, ...]) -> str:
        return f"title {values[0]}"


@attrs.frozen(kw_only=True)
class FactoryIncident(Incident):
    """
    An incident of a plant.
    """

    lifecycle: ClassVar[Lifecycle] = INCIDENT_LIFECYCLE

    plant: str | None = None


class Cluster:
    """
    A key that reads what incidents alone have.
    """

    name = "cluster"

    def values(self, record: Incident) -> list[tuple[str, ...]]:
        names = {item.value.partition("-")[0] for item in record.configuration_items}
        return [(name,) for name in sorted(names)]

    def describe(self, values: tuple[str, ...]) -> str:
        return f"the cluster {values[0]}"


class AtPlant:
    """
    A key that reads what incidents of a plant alone have, and a policy.
    """

    name = "plant"
    window = dt.timedelta(days=1)

    def values(self, record: FactoryIncident) -> list[tuple[str, ...]]:
        return [] if record.plant is None else [(record.plant,)]

    def describe(self, values: tuple[str, ...]) -> str:
        return f"the plant {values[0]}"

    def is_enough(self, similar: int) -> bool:
        return similar > 1

    def is_enough_alone(self, incident: FactoryIncident) -> bool:
        return incident.plant == "Lyon"


BY_TITLE: SimilarityKeyLike[Record] = ByTitle()
BY_CLUSTER: SimilarityKeyLike[Incident] = Cluster()
BY_SERVICE = SimilarityKey("service", "category", category_levels=1)
ANY_INCIDENT: SimilarityKeyLike[Incident] = BY_TITLE
ANY_RECORD: SimilarityKeyLike[Record] = BY_CLUSTER  # type: ignore[assignment]


def detected(incident: Incident) -> dt.datetime:
    return incident.detected_at or incident.logged_at


def victims(incident: FactoryIncident) -> int:
    return 0 if incident.plant is None else 100


def proposals(incident: Incident) -> None:
    detector = RecurrenceDetector([BY_SERVICE, BY_TITLE], recurrence)
    for proposal in detector.observe(incident):
        assert_type(proposal, RecurrenceProposal)
        assert_type(proposal.kind, ProposalKind)
        assert_type(proposal.likeness, Likeness)
        detector.assign(proposal.likeness, ProblemId("PRB-1"))
    assert_type(detector.standing, tuple[RecurrenceProposal, ...])
    assert_type(detector.in_hand, dict[Likeness, ProblemId])
    assert_type(likenesses(incident, [BY_TITLE]), tuple[Likeness, ...])
    detector.observe(incident.id)  # type: ignore[arg-type]
    detector.release(Likeness("title", ["x"]))  # type: ignore[arg-type]
    RecurrenceDetector(["service"])  # type: ignore[arg-type]


def detectors(incident: Incident, stopped: FactoryIncident, problem: Problem) -> None:
    detector = RecurrenceDetector()
    assert_type(detector, RecurrenceDetector[Record])
    assert_type(RecurrenceDetector(instant=detected), RecurrenceDetector[Incident])
    assert_type(RecurrenceDetector([Cluster()]), RecurrenceDetector[Incident])
    RecurrenceDetector[Incident]([*DEFAULT_SIMILARITY_KEYS, BY_SERVICE, Cluster()])
    of_plants = RecurrenceDetector([AtPlant(), Cluster()], AtPlant(), instant=detected)
    assert_type(of_plants, RecurrenceDetector[FactoryIncident])
    of_incidents: RecurrenceDetector[Incident] = detector
    of_incidents.observe(stopped)
    of_plants.observe(stopped)
    of_plants.observe(incident)  # type: ignore[arg-type]
    of_incidents.observe(problem)  # type: ignore[arg-type]
    RecurrenceDetector[Incident](instant=lambda one: one.detected_at or one.logged_at)
    likenesses(incident, [BY_SERVICE, Cluster()])
    likenesses(problem, [Cluster()])  # type: ignore[misc]


def trends(
    incidents: list[Incident], problems: list[Problem], periods: CompliancePeriods, at: dt.datetime
) -> None:
    report = pareto(incidents, BY_TITLE, weight=lambda incident: len(incident.journal))
    assert_type(report, ParetoReport)
    assert_type(report.vital_few(0.5), tuple[ParetoRow, ...])
    assert_type(trend(incidents, periods, BY_SERVICE, instant=logged), TrendReport)
    assert_type(trend(incidents, periods).overall, Trend)
    assert_type(trend(incidents, periods).overall.slope, float | None)
    assert_type(repeats(incidents, BY_SERVICE, dt.timedelta(days=7)), RepeatReport)
    assert_type(
        recurrence_after_fix(incidents, [Likeness("title", ["x"])], fixed_at=at, keys=[BY_TITLE]),
        RecurrenceAfterFix,
    )
    assert_type(origins(problems), OriginCounts)
    trend(incidents, [(at, at)])  # type: ignore[arg-type]


def trends_by_functions_of_incidents(
    incidents: list[Incident],
    stopped: list[FactoryIncident],
    periods: CompliancePeriods,
    at: dt.datetime,
) -> None:
    week = dt.timedelta(days=7)
    alike = [Likeness("cluster", ["mx"])]
    pareto(incidents, Cluster(), weight=lambda incident: len(incident.configuration_items))
    pareto(stopped, Cluster(), weight=victims)
    pareto(stopped, AtPlant())
    trend(incidents, periods, Cluster(), instant=detected)
    trend(stopped, periods, AtPlant(), instant=detected)
    repeats(incidents, Cluster(), week, instant=detected)
    repeats(stopped, AtPlant(), week, instant=lambda one: one.detected_at or one.logged_at)
    recurrence_after_fix(incidents, alike, fixed_at=at, keys=[Cluster()], instant=detected)
    pareto(incidents, AtPlant())  # type: ignore[misc]
    pareto(incidents, Cluster(), weight=victims)  # type: ignore[arg-type]
    repeats([1], Cluster(), week)  # type: ignore[misc]


def logged(record: Record) -> dt.datetime:
    return record.logged_at


# ---- From problems to known errors, and to their use ---------------------------------------------


@attrs.frozen(kw_only=True)
class OfficeIncident(Incident):
    """
    An incident of an office.
    """

    office: str | None = None


def drafts_and_uses(
    problem: FactoryProblem, incident: OfficeIncident, known: FactoryKnownError, at: dt.datetime
) -> None:
    pm, id = Actor("pm"), KnownErrorId("KE-1")
    drafted = draft_known_error(problem, id, kind=FactoryKnownError, plant="Lyon", by=pm, at=at)
    assert_type(drafted.problem, FactoryProblem)
    assert_type(drafted.known_error, FactoryKnownError)
    assert_type(drafted.changed, tuple[FactoryProblem | FactoryKnownError, ...])
    plain = draft_known_error(problem, id, declare=True, by=pm, at=at)
    assert_type(plain.problem, FactoryProblem)
    assert_type(plain.known_error, KnownError)
    used = use_known_error(incident, known, by=pm, at=at)
    assert_type(used.incident, OfficeIncident)
    assert_type(used.known_error, FactoryKnownError)
    assert_type(used.changed, tuple[OfficeIncident | FactoryKnownError, ...])
    later = use_known_error(used.incident, used.known_error, solved=True, by=pm, at=at)
    assert_type(later.known_error, FactoryKnownError)
    assert_type(follow_fix(problem, [known], by=pm, at=at).changed, tuple[FactoryKnownError, ...])
    draft_known_error(problem, id, kind=Problem, by=pm, at=at)  # type: ignore[type-var]


# ---- Handoffs of families and problems keep the caller's types ----------------------------------


def handoffs(
    one: FactoryIncident, other: FactoryIncident, id: ProblemId, by: Actor, at: dt.datetime
) -> None:
    raised = raise_problem([one, other], id, title="It stops", kind=FactoryProblem, by=by, at=at)
    assert_type(raised, RaisedProblem[FactoryProblem, FactoryIncident])
    assert_type(raised.problem.plant, str | None)
    assert_type(raised.incidents, tuple[FactoryIncident, ...])
    assert_type(raised.changed, tuple[FactoryProblem | FactoryIncident, ...])
    plain = raise_problem([one], id, title="It stops", by=by, at=at)
    assert_type(plain, RaisedProblem[Problem, FactoryIncident])
    came = record_recurrence(raised.problem, one, by=by, at=at)
    assert_type(came, RecordedRecurrence[FactoryProblem, FactoryIncident])
    assert_type(came.changed, tuple[FactoryProblem | FactoryIncident, ...])
    shut = close_problem(came.problem, incidents=[one], known_errors=[], by=by, at=at)
    assert_type(shut, FactoryProblem)
    assert_type(merge(one, other, children=(), by=by, at=at), Merged[FactoryIncident])
    assert_type(split(one, other.id, title="A part", by=by, at=at), Split[FactoryIncident])
    raise_problem([one], id, title="It stops", kind=Incident, by=by, at=at)  # type: ignore[type-var]
    raise_problem([raised.problem], id, title="It stops", by=by, at=at)  # type: ignore[type-var]


def families(
    child: FactoryIncident, parent: FactoryIncident, unit: UnitOfWork, by: Actor, at: dt.datetime
) -> None:
    kept: dict[RecordId, FactoryIncident] = {parent.id: parent}
    family = gather_family(
        child,
        under=parent,
        get=kept.get,
        children_of=lambda ids: [child for one in ids if child.parent == one],
    )
    assert_type(family, Family[FactoryIncident])
    assert_type(list(family), list[FactoryIncident])
    assert_type(adopt(child, parent, family=family, by=by, at=at), FactoryIncident)
    assert_type(follow_parent(parent, [child], by=by, at=at), Cascade[FactoryIncident])
    stored = gather_family(
        unit.incidents.get(child.id),
        get=unit.incidents.get,
        children_of=lambda ids: unit.incidents.find(IncidentQuery(linked_to=ids), limit=1000).items,
    )
    assert_type(stored, Family[Incident])
    gather_family(child, get=unit.problems.get, children_of=list)  # type: ignore[arg-type]
