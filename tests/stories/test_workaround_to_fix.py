"""
Orders hang: from the call to the workaround, the known error, the fix, and the end of it all.

A shop is open, and supported, from nine to five on weekdays. The story begins on a Friday afternoon
and is over two weeks later. Whatever happens is kept in a store, a unit of work for each step, and
most of what the tests look at is read from there: as it is in the end, or as it was at some time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from itil_ops import (
    Actor,
    AttainmentRules,
    BusinessCalendar,
    BusinessDays,
    CategoryPath,
    ChangeId,
    ChangeStatus,
    ClockOutcome,
    ClockPolicy,
    ClosureReason,
    CompliancePeriod,
    ConfigurationItemId,
    ContactChannel,
    EscalationKind,
    GuardRefusedError,
    HandoffError,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    IncidentQuery,
    KnownError,
    KnownErrorId,
    KnownErrorIndex,
    KnownErrorPolicies,
    Link,
    LinkKind,
    MemoryStore,
    Observation,
    Outage,
    PendingReason,
    Priority,
    Problem,
    ProblemId,
    ProblemOrigin,
    ProblemPolicies,
    ProblemResolutionCode,
    ProcessRole,
    ResolutionCode,
    ResolutionKind,
    Retarget,
    RootCauseCategory,
    ServiceLevelAgreement,
    SupportLine,
    Target,
    TargetKind,
    TwoStepClosure,
    Urgency,
    added_between,
    attainment,
    availability,
    solved_share,
)
from itil_ops.handoffs import (
    CascadeOutcome,
    KnownErrorEffect,
    RestorationMeans,
    close_problem,
    diagnose_with,
    draft_known_error,
    effect_of_known_errors,
    follow_fix,
    follow_problem,
    investigate_with,
    raise_problem,
    read_change,
    request_change,
    use_known_error,
    wait_for_problem,
)
from itil_ops.timers import due, planner


# ---- When, who, and what was promised ------------------------------------------------------------

LONDON = ZoneInfo("Europe/London")
FRI, MON, TUE, WED, THU = 6, 9, 10, 11, 12
NEXT_FRI, NEXT_THU, LAST_WED, LAST_THU = 13, 19, 25, 26


def at(day, clock):
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=LONDON)


def time(text):
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)


DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
COLLEAGUE = Actor("dan", roles=[ProcessRole.SERVICE_DESK])
THIRD = Actor("tia", roles=[ProcessRole.THIRD_LINE_ANALYST])
MANAGER = Actor("pia", roles=[ProcessRole.PROBLEM_MANAGER])
SYSTEM = Actor.system("scheduler")

OFFICE = BusinessCalendar(
    "Europe/London",
    {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
)


HOURS_TO_RESOLVE = {
    Priority.CRITICAL: 1,
    Priority.HIGH: 8,
    Priority.MEDIUM: 24,
    Priority.LOW: 48,
}


def promised(**clocks):
    resolution = [
        Target(
            TargetKind.RESOLUTION,
            timedelta(hours=hours),
            priorities=[priority],
            policy=ClockPolicy(**clocks),
        )
        for priority, hours in HOURS_TO_RESOLVE.items()
    ]
    response = [
        Target(TargetKind.RESPONSE, time("0:15"), priorities=[Priority.CRITICAL]),
        Target(TargetKind.RESPONSE, time("1:00")),
    ]
    return ServiceLevelAgreement("shop", targets=[*response, *resolution], support_hours=OFFICE)


def clock_of(incident, kind, agreement=None):
    [clock] = [it for it in (agreement or AGREEMENT).clocks(incident) if it.target.kind == kind]
    return clock


AGREEMENT = promised()

# ---- The shop's own records, with the rules that hold there --------------------------------------


class ShopIncident(Incident):
    __slots__ = ()

    policies = IncidentPolicies.strict(
        closure=TwoStepClosure(after=BusinessDays(5), calendar=OFFICE, confirmed_by_another=True)
    )


class ShopProblem(Problem):
    __slots__ = ()

    policies = ProblemPolicies.strict(observation=Observation(BusinessDays(10), calendar=OFFICE))


class ShopKnownError(KnownError):
    __slots__ = ()

    policies = KnownErrorPolicies.strict()


# ---- The tools of the shop -----------------------------------------------------------------------


class ChangeTool:
    """
    The tool in which the shop's changes live; by its key it knows what it was asked before.
    """

    def __init__(self):
        self.requests = {}
        self.ids = {}
        self.statuses = {}

    def request(self, change, /):
        id = self.ids.setdefault(change.key, ChangeId(f"RFC-{len(self.ids) + 1}"))
        self.requests.setdefault(id, change)
        self.statuses.setdefault(id, ChangeStatus.REQUESTED)
        return id

    def status(self, change, /):
        return self.statuses[change]


def room(unit, id):
    rooms = {
        IncidentId: unit.incidents,
        ProblemId: unit.problems,
        KnownErrorId: unit.known_errors,
    }
    return rooms[type(id)]


@attrs.frozen
class Desk:
    """
    Where records are kept: each call is a unit of work.
    """

    store: MemoryStore = attrs.field(factory=lambda: MemoryStore(due=planner([])))

    def get(self, id):
        with self.store.unit(read_only=True) as unit:
            return room(unit, id).get(id)

    def keep(self, *records, new=()):
        with self.store.unit() as unit:
            for record in new:
                room(unit, record.id).add(record)
            for record in records:
                room(unit, record.id).save(record)
            unit.commit()

    def take(self, id, verb, *stated, **told):
        record = verb(self.get(id), *stated, **told)
        self.keep(record)
        return record

    def incidents_of(self, problem):
        with self.store.unit(read_only=True) as unit:
            return unit.incidents.find(IncidentQuery(linked_to=[problem])).items

    def known_errors_of(self, problem):
        return [self.get(id) for id in self.get(problem).known_errors]


# ---- What happens --------------------------------------------------------------------------------

INCIDENTS = FIRST, SECOND, WAITING = [IncidentId(f"INC-{number}") for number in (1, 2, 3)]
PROBLEM, KNOWN, CHANGE = ProblemId("PRB-1"), KnownErrorId("KE-1"), ChangeId("RFC-1")
QUEUE = ConfigurationItemId("order-queue")
SHOP = CategoryPath("software/shop")
LAST_HOUR = at(LAST_THU, "17:00")
HALF_A_YEAR_LATER = datetime(2026, 9, 7, 16, tzinfo=LONDON)  # 182 days, and summer time
BY_PHONE = "Take the order by phone and enter it in the back office."


def logged(id, title, *, occurred_at, **told):
    return ShopIncident.log(
        id,
        title=title,
        service="shop",
        category=SHOP,
        channel=ContactChannel.PHONE,
        occurred_at=occurred_at,
        by=DESK,
        **told,
    )


def on_friday_orders_hang(desk):
    call = logged(
        FIRST,
        "Orders hang",
        description="The basket says 'one moment please' and nothing comes after it.",
        caller="ada",
        configuration_items=[QUEUE],
        symptom="ORD-504",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        occurred_at=at(FRI, "15:50"),
        at=at(FRI, "16:00"),
    )
    desk.keep(new=[call])
    desk.take(FIRST, Incident.start, by=DESK, at=at(FRI, "16:05"))
    desk.take(
        FIRST,
        Incident.escalate,
        EscalationKind.FUNCTIONAL,
        "The desk cannot look into the queue.",
        group="shop developers",
        line=SupportLine.THIRD,
        by=DESK,
        at=at(FRI, "16:15"),
    )
    desk.take(FIRST, Incident.assign, assignee="tia", note="On call.", by=DESK, at=at(FRI, "16:18"))
    desk.take(FIRST, Incident.start, by=THIRD, at=at(FRI, "16:20"))
    desk.take(
        FIRST,
        Incident.apply_workaround,
        BY_PHONE,
        impact=Impact.LOW,
        by=THIRD,
        at=at(FRI, "16:40"),
    )


def on_monday_a_problem_is_raised_and_known(desk):
    desk.take(
        FIRST,
        Incident.resolve,
        ResolutionCode.WORKAROUND_APPLIED,
        note="The queue is emptied by hand every hour.",
        restored_at=at(MON, "09:30"),
        evidence="Ada's orders pass.",
        by=THIRD,
        at=at(MON, "10:00"),
    )
    raised = raise_problem(
        [desk.get(FIRST)],
        PROBLEM,
        title="The order queue fills up",
        description="Orders hang until somebody empties the queue.",
        kind=ShopProblem,
        by=MANAGER,
        at=at(MON, "10:30"),
    )
    desk.keep(*raised.incidents, new=[raised.problem])

    abroad = logged(
        WAITING,
        "Orders from abroad hang",
        description="They cannot be taken by phone.",
        caller="ben",
        impact=Impact.MEDIUM,
        urgency=Urgency.MEDIUM,
        occurred_at=at(MON, "10:50"),
        at=at(MON, "11:00"),
    )
    desk.keep(new=[abroad])
    desk.take(WAITING, Incident.start, by=DESK, at=at(MON, "11:02"))
    problem = desk.get(PROBLEM)
    desk.take(WAITING, wait_for_problem, problem, by=DESK, at=at(MON, "11:05"))

    desk.take(
        PROBLEM,
        Problem.investigate,
        assignee="tia",
        possible_duplicates=[],
        by=MANAGER,
        at=at(MON, "11:30"),
    )
    desk.take(
        PROBLEM,
        Problem.record_root_cause,
        "A retry never gives its place in the queue back.",
        category=RootCauseCategory.SOFTWARE,
        configuration_item=QUEUE,
        by=THIRD,
        at=at(MON, "14:00"),
    )
    desk.take(PROBLEM, Problem.record_workaround, BY_PHONE, by=THIRD, at=at(MON, "14:10"))
    drafted = draft_known_error(
        desk.get(PROBLEM),
        KNOWN,
        declare=True,
        kind=ShopKnownError,
        symptom_keys=["ORD-504"],
        by=MANAGER,
        at=at(MON, "14:30"),
    )
    desk.keep(drafted.problem, new=[drafted.known_error])
    desk.take(KNOWN, KnownError.publish, by=MANAGER, at=at(MON, "15:00"))


def on_tuesday_somebody_else_calls(desk):
    call = logged(
        SECOND,
        "The shop hangs when I order",
        description="It says ORD-504.",
        caller="cleo",
        symptom="ORD-504",
        impact=Impact.LOW,
        urgency=Urgency.HIGH,
        occurred_at=at(TUE, "09:28"),
        at=at(TUE, "09:30"),
    )
    desk.keep(new=[call])
    index = KnownErrorIndex(desk.known_errors_of(PROBLEM))
    matches = diagnose_with(desk.get(SECOND), index)
    used = use_known_error(
        desk.get(SECOND),
        desk.get(matches[0].known_error),
        solved=True,
        by=DESK,
        at=at(TUE, "09:36"),
    )
    desk.keep(*used.changed)
    desk.take(SECOND, investigate_with, desk.get(PROBLEM), by=DESK, at=at(TUE, "09:37"))
    desk.take(
        SECOND,
        Incident.close,
        resolution=ResolutionCode.KNOWN_ERROR_WORKAROUND,
        evidence="Cleo's order is in the back office.",
        likely_to_recur=True,
        note="Took the order by phone.",
        by=DESK,
        at=at(TUE, "09:38"),
    )
    return matches


def a_change_removes_the_cause(desk, changes):
    desk.take(
        PROBLEM,
        request_change,
        changes,
        title="Free the place of a retry",
        by=MANAGER,
        at=at(TUE, "10:00"),
    )
    changes.statuses[CHANGE] = ChangeStatus.IMPLEMENTED
    desk.take(PROBLEM, read_change, changes, by=SYSTEM, at=at(WED, "16:00"))
    changes.statuses[CHANGE] = ChangeStatus.REVIEWED
    desk.take(PROBLEM, read_change, changes, by=SYSTEM, at=at(THU, "14:00"))


def on_thursday_it_is_fixed(desk):
    problem = desk.take(
        PROBLEM,
        Problem.resolve,
        note="A retry gives its place back.",
        by=MANAGER,
        at=at(THU, "15:00"),
    )
    known = follow_fix(
        problem,
        desk.known_errors_of(PROBLEM),
        fixed_in=["shop 4.2"],
        by=SYSTEM,
        at=at(THU, "15:00"),
    )
    cases = follow_problem(problem, desk.incidents_of(PROBLEM), by=SYSTEM, at=at(THU, "15:00"))
    desk.keep(*known.changed, *cases.changed)
    return known, cases


def all_is_closed(desk):
    desk.take(
        FIRST,
        Incident.close,
        likely_to_recur=False,
        note="Ada orders as before.",
        by=COLLEAGUE,
        at=at(NEXT_FRI, "10:00"),
    )
    [closing] = due(desk.get(WAITING), [], None, at(NEXT_THU, "17:00"))
    desk.take(WAITING, closing.apply, by=SYSTEM, at=at(NEXT_THU, "17:00"))
    desk.take(
        PROBLEM,
        close_problem,
        incidents=desk.incidents_of(PROBLEM),
        known_errors=desk.known_errors_of(PROBLEM),
        by=MANAGER,
        at=at(LAST_THU, "17:00"),
    )


@attrs.frozen
class Story:
    """
    What is left when all is over, and what was seen on the way.
    """

    desk: Desk
    changes: ChangeTool
    matches: tuple
    known_errors_told: object
    incidents_told: object

    def now(self, *ids):
        return [self.desk.get(id) for id in ids]

    def then(self, id, *when):
        return self.desk.get(id).as_of(at(*when))


@pytest.fixture(scope="module")
def story(every_record_is_true):
    desk, changes = Desk(), ChangeTool()
    on_friday_orders_hang(desk)
    on_monday_a_problem_is_raised_and_known(desk)
    matches = on_tuesday_somebody_else_calls(desk)
    a_change_removes_the_cause(desk, changes)
    known, cases = on_thursday_it_is_fixed(desk)
    all_is_closed(desk)
    return Story(desk, changes, matches, known, cases)


# ---- What the tests see --------------------------------------------------------------------------


class TestTheFirstCall:
    def test_the_first_line_cannot_solve_it_and_calls_the_third(self, story):
        call = story.then(FIRST, FRI, "16:00")
        assert (call.priority, call.state.name) == (Priority.CRITICAL, "new")
        assert call.is_major_candidate

        handed_on = story.then(FIRST, FRI, "16:20")
        assert handed_on.support_line is SupportLine.THIRD
        assert (handed_on.group, handed_on.assignee) == ("shop developers", "tia")
        assert handed_on.owner == "service_desk"
        assert handed_on.responded_at == at(FRI, "16:05")
        assert handed_on.state.name == "in_progress"

    def test_before_the_workaround_it_is_due_when_the_office_closes(self, story):
        clock = clock_of(story.then(FIRST, FRI, "16:39"), TargetKind.RESOLUTION)

        assert clock.due_at == at(FRI, "17:00")
        assert clock.remaining(at(FRI, "16:39")) == time("0:21")

    def test_the_workaround_lowers_the_impact_after_forty_minutes(self, story):
        eased = story.then(FIRST, FRI, "16:40")

        assert (eased.impact, eased.priority) == (Impact.LOW, Priority.MEDIUM)
        assert eased.workaround_applied_at - eased.logged_at == time("0:40")
        assert (eased.workaround, eased.is_open) == (BY_PHONE, True)

    def test_another_target_holds_from_then_on_and_the_start_is_kept(self, story):
        clock = clock_of(story.then(FIRST, FRI, "16:40"), TargetKind.RESOLUTION)

        assert clock.started_at == at(FRI, "16:00")
        assert [(it.since, it.target.duration, it.retarget) for it in clock.promises] == [
            (at(FRI, "16:00"), time("1:00"), None),
            (at(FRI, "16:40"), time("24:00"), Retarget.KEEP_ELAPSED),
        ]
        # One hour on Friday, eight on Monday, eight on Tuesday: that leaves seven for Wednesday.
        assert clock.due_at == at(WED, "16:00")
        assert clock.elapsed(at(FRI, "16:40")) == time("0:40")

    def test_a_clock_that_begins_anew_would_be_due_forty_minutes_later(self, story):
        anew = promised(retarget=Retarget.RESTART)
        clock = clock_of(story.then(FIRST, FRI, "16:40"), TargetKind.RESOLUTION, anew)

        assert clock.due_at == at(WED, "16:40")

    def test_it_is_resolved_as_a_workaround_after_two_working_hours(self, story):
        resolved = story.then(FIRST, MON, "10:00")
        clock = clock_of(resolved, TargetKind.RESOLUTION)

        assert resolved.resolution.kind is ResolutionKind.WORKAROUND
        assert (resolved.resolved_at, resolved.restored_at) == (at(MON, "10:00"), at(MON, "09:30"))
        assert resolved.first_contact_resolution is False
        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(at(MON, "10:00")) == time("2:00")
        assert clock.wall_time(at(MON, "10:00")) == time("66:00")

    def test_it_is_not_closed_without_a_problem(self, story):
        closing = {"likely_to_recur": True, "by": COLLEAGUE}
        before = story.then(FIRST, MON, "10:00")
        after = story.then(FIRST, MON, "10:30")

        reasons = before.why_not("close", **closing, at=at(MON, "10:30"))
        assert [reason.rule for reason in reasons] == ["a_workaround_has_its_problem"]
        assert after.why_not("close", **closing, at=at(MON, "10:30")) == ()


class TestTheProblem:
    def test_it_is_raised_from_the_incident_which_points_to_it(self, story):
        raised = story.then(PROBLEM, MON, "10:30")

        assert (raised.origin, raised.raised_from) == (ProblemOrigin.REACTIVE, (FIRST,))
        assert (raised.service, raised.category, raised.symptoms) == ("shop", SHOP, "ORD-504")
        assert raised.configuration_items == (QUEUE,)
        # What was left of the impact when it was raised, not what there had been.
        assert (raised.impact, raised.priority) == (Impact.LOW, Priority.MEDIUM)
        assert story.then(FIRST, MON, "10:30").links == (Link(LinkKind.INVESTIGATED_BY, PROBLEM),)
        assert story.then(FIRST, MON, "10:30").state.name == "resolved"

    def test_the_store_finds_all_incidents_of_it(self, story):
        assert [one.id for one in story.desk.incidents_of(PROBLEM)] == [FIRST, SECOND, WAITING]
        assert [one.id for one in story.desk.known_errors_of(PROBLEM)] == [KNOWN]
        assert story.desk.incidents_of(ProblemId("PRB-2")) == ()

    def test_who_cannot_be_helped_by_phone_waits_for_it_and_the_clock_runs_on(self, story):
        waiting = story.then(WAITING, TUE, "17:00")
        clock = clock_of(waiting, TargetKind.RESOLUTION)

        assert (waiting.state.name, waiting.awaited) == ("pending", PROBLEM)
        assert waiting.pending_reason is PendingReason.AWAITING_PROBLEM
        assert clock.pauses == ()
        assert clock.elapsed(at(TUE, "17:00")) == time("14:00")

    def test_the_known_error_tells_what_the_problem_knows(self, story):
        problem, known = story.then(PROBLEM, MON, "14:30"), story.then(KNOWN, MON, "14:30")

        assert (problem.state.name, problem.known_errors) == ("known_error", (KNOWN,))
        assert (known.problem, known.title, known.symptoms) == (PROBLEM, problem.title, "ORD-504")
        assert known.root_cause == problem.root_cause.text
        assert (known.workaround.text, known.workaround.version) == (BY_PHONE, 1)
        assert (known.services, known.configuration_items) == (("shop",), (QUEUE,))

    def test_nobody_finds_it_before_it_is_published(self, story):
        call = story.then(SECOND, TUE, "09:30")
        draft, published = story.then(KNOWN, MON, "14:30"), story.then(KNOWN, MON, "15:00")

        assert diagnose_with(call, KnownErrorIndex([draft])) == ()
        assert len(diagnose_with(call, KnownErrorIndex([published]))) == 1
        assert published.validate_by == HALF_A_YEAR_LATER


class TestTheNextCall:
    def test_the_known_error_is_found_by_its_symptom(self, story):
        [match] = story.matches

        assert match.known_error == KNOWN
        assert [str(ground.kind) for ground in match.grounds[:2]] == ["symptom_key", "service"]
        assert (match.grounds[0].what, match.grounds[0].weight) == ("ORD-504", 1000)

    def test_it_is_solved_in_the_call(self, story):
        [call] = story.now(SECOND)

        assert call.first_contact_resolution
        assert call.matched_known_error.known_error == KNOWN
        assert call.matched_known_error.workaround_version == 1
        assert call.workaround == BY_PHONE
        assert call.resolution.kind is ResolutionKind.WORKAROUND
        assert call.resolved_at == call.closed_at == at(TUE, "09:38")
        assert set(call.links) == {
            Link(LinkKind.MATCHED, KNOWN),
            Link(LinkKind.INVESTIGATED_BY, PROBLEM),
        }

    def test_the_use_is_counted_once(self, story):
        known, call = story.then(KNOWN, TUE, "09:36"), story.then(SECOND, TUE, "09:36")

        assert (known.usage_count, known.used_for) == (1, (SECOND,))
        assert known.last_use.solved
        with pytest.raises(GuardRefusedError, match="INC-2 is counted already"):
            known.record_use(call.id, by=DESK, at=at(TUE, "09:37"))


class TestTheChange:
    def test_the_tool_of_changes_is_told_what_to_change_and_why(self, story):
        [(id, request)] = story.changes.requests.items()

        assert (id, request.origin) == (CHANGE, PROBLEM)
        assert request.title == "Free the place of a retry"
        assert request.description == "Orders hang until somebody empties the queue."
        assert request.justification == "A retry never gives its place in the queue back."
        assert (request.service, request.configuration_items) == ("shop", (QUEUE,))
        assert (request.requested_by, request.requested_at) == (MANAGER, at(TUE, "10:00"))

    def test_asked_again_because_nobody_knows_what_came_of_it_it_is_the_same_change(self, story):
        unsaved = story.then(PROBLEM, TUE, "09:59")
        again = request_change(unsaved, story.changes, by=MANAGER, at=at(TUE, "10:05"))

        assert again.change == CHANGE
        assert list(story.changes.requests) == [CHANGE]

    @pytest.mark.parametrize(
        ("when", "state", "status"),
        [
            ((TUE, "10:00"), "fix_in_progress", None),
            ((WED, "16:00"), "fix_in_progress", ChangeStatus.IMPLEMENTED),
            ((THU, "14:00"), "fix_in_progress", ChangeStatus.REVIEWED),
            ((THU, "15:00"), "resolved", ChangeStatus.REVIEWED),
        ],
        ids=["requested", "implemented", "reviewed", "resolved"],
    )
    def test_the_problem_knows_where_it_stands(self, story, when, state, status):
        problem = story.then(PROBLEM, *when)

        assert (problem.change, problem.change_status) == (CHANGE, status)
        assert problem.state.name == state

    def test_what_is_implemented_is_no_fix_until_it_is_reviewed(self, story):
        fixing = {"note": "A retry gives its place back.", "by": MANAGER, "at": at(THU, "14:00")}
        implemented = story.then(PROBLEM, THU, "13:59")

        [reason] = implemented.why_not("resolve", **fixing)
        assert str(reason) == "RFC-1 is implemented, not reviewed"
        assert story.then(PROBLEM, THU, "14:00").why_not("resolve", **fixing) == ()


class TestTheFix:
    def test_the_known_error_is_resolved_with_it_and_still_found(self, story):
        [known] = story.now(KNOWN)

        assert [step.verb for step in story.known_errors_told.applied] == ["resolve"]
        assert (known.state.name, known.fixed_in) == ("resolved", ("shop 4.2",))
        assert known.resolved_at == at(THU, "15:00")
        assert known.is_searchable

    def test_who_waited_is_told_and_the_others_are_left_alone(self, story):
        assert [
            (step.record.id, step.verb, step.outcome, step.cells[-1])
            for step in story.incidents_told
        ] == [
            (FIRST, None, CascadeOutcome.SKIPPED, "it is resolved already"),
            (SECOND, None, CascadeOutcome.SKIPPED, "it is closed, and stays so"),
            (WAITING, "auto_resolve", CascadeOutcome.APPLIED, "pending -> resolved"),
        ]

        waited = story.then(WAITING, THU, "15:00")
        assert waited.resolution.code == ResolutionCode.RESOLVED_BY_PROBLEM
        assert waited.resolution.note == "A retry gives its place back."
        assert Link(LinkKind.RESOLVED_BY, PROBLEM) in waited.links
        assert (waited.awaited, waited.resolution.by) == (None, SYSTEM)

    def test_told_again_nothing_is_left_to_do(self, story):
        desk, step = story.desk, {"by": SYSTEM, "at": at(LAST_THU, "18:00")}
        problem = desk.get(PROBLEM)

        assert follow_problem(problem, desk.incidents_of(PROBLEM), **step).changed == ()
        assert follow_fix(problem, desk.known_errors_of(PROBLEM), **step).changed == ()


class TestTheEnd:
    def test_every_incident_is_closed_in_its_own_way(self, story):
        caller, nobody = ClosureReason.CALLER_CONFIRMED, ClosureReason.AUTO_CLOSED

        assert [(one.closed_at, one.closure_reason) for one in story.now(*INCIDENTS)] == [
            (at(NEXT_FRI, "10:00"), caller),
            (at(TUE, "09:38"), caller),
            (at(NEXT_THU, "17:00"), nobody),
        ]

    def test_the_problem_is_observed_for_ten_business_days(self, story):
        problem = story.then(PROBLEM, LAST_WED, "17:00")
        assert problem.is_observed(at(LAST_WED, "17:00"))

        [reason] = problem.why_not(
            "close",
            open_incidents=[],
            live_known_errors=[],
            by=MANAGER,
            at=at(LAST_WED, "17:00"),
        )
        assert reason.rule == "the_observation_is_over"
        assert [(timer.kind.value, timer.at) for timer in due(problem, [], None, LAST_HOUR)] == [
            ("observation_end", at(LAST_THU, "17:00"))
        ]

    def test_the_problem_is_closed_with_all_its_incidents_and_known_errors_seen(self, story):
        [problem] = story.now(PROBLEM)

        assert (problem.state.name, problem.closed_at) == ("closed", at(LAST_THU, "17:00"))
        assert problem.resolution.code is ProblemResolutionCode.FIX_APPLIED
        assert problem.closure_waiver is None

    def test_an_open_incident_keeps_the_problem_from_being_closed(self, story):
        problem = story.then(PROBLEM, LAST_WED, "17:00")
        closing = {"known_errors": story.now(KNOWN), "by": MANAGER, "at": LAST_HOUR}

        with pytest.raises(GuardRefusedError, match="incidents are open: INC-3"):
            close_problem(problem, incidents=[story.then(WAITING, THU, "14:59")], **closing)
        solved = close_problem(problem, incidents=[story.then(WAITING, THU, "15:00")], **closing)
        assert solved.state.name == "closed"

    def test_a_known_error_that_was_not_looked_at_does_too(self, story):
        problem = story.then(PROBLEM, LAST_WED, "17:00")

        with pytest.raises(HandoffError, match="KE-1 is its own, and was not handed in"):
            close_problem(problem, incidents=[], known_errors=[], by=MANAGER, at=LAST_HOUR)

    def test_the_store_has_it_all_and_only_the_known_error_is_looked_at_again(self, story):
        for record in story.now(*INCIDENTS, PROBLEM, KNOWN):
            assert type(record).replay(record.journal) == record
        assert story.desk.store.due.next_due() == story.now(KNOWN)[0].validate_by

        published = story.desk.store.journal.read(limit=1000).items
        records = story.now(*INCIDENTS, PROBLEM, KNOWN)
        assert len(published) == sum(record.version for record in records) == 35
        assert published[-1].entry == story.now(PROBLEM)[0].journal[-1]


class TestTheReport:
    def test_one_of_three_was_not_resolved_in_time(self, story):
        march = CompliancePeriod(at(1, "00:00"), datetime(2026, 4, 1, tzinfo=LONDON))
        measured = [(one, AGREEMENT.clocks(one)) for one in story.now(*INCIDENTS)]
        report = attainment(measured, march, AttainmentRules(dimensions=["kind"]))
        kinds = report.by("kind")

        assert kinds[TargetKind.RESPONSE].attainment == 1
        assert kinds[TargetKind.RESOLUTION].attainment == 2 / 3
        assert (report.met, report.breached, report.running) == (5, 1, 0)

        # Six hours on Monday, eight on each of two days: two are left for Thursday, from nine on.
        late = clock_of(*story.now(WAITING), TargetKind.RESOLUTION)
        assert (late.due_at, late.outcome) == (at(THU, "11:00"), ClockOutcome.BREACHED)
        [case] = report.worst
        assert (case.record, case.overrun) == (WAITING, time("4:00"))

    def test_a_known_error_saves_most_of_three_days(self, story):
        effect = effect_of_known_errors(story.now(*INCIDENTS))

        # From Friday 15:50 to Monday 09:30, and from Monday 10:50 to Thursday 15:00.
        without = [time("65:40"), time("76:10")]
        # From Friday 16:00 to Monday 10:00, and from Monday 11:00 to Thursday 15:00.
        worked_on = [time("66:00"), time("76:00")]
        assert effect == KnownErrorEffect(
            matched=RestorationMeans(count=1, mtrs=time("0:10"), resolution=time("0:08")),
            others=RestorationMeans(
                count=2,
                mtrs=sum(without, timedelta()) / 2,
                resolution=sum(worked_on, timedelta()) / 2,
            ),
        )
        assert effect.others.mtrs == time("70:55")
        assert effect.saved == time("70:45")

    def test_in_service_hours_it_saves_most_of_two_working_days(self, story):
        week = {"start": at(FRI, "00:00"), "end": at(NEXT_FRI, "00:00")}
        without, with_one = (
            availability(
                OFFICE,
                [Outage(one.occurred_at, one.restored_at) for one in story.now(*ids)],
                **week,
            )
            for ids in [(FIRST, WAITING), (SECOND,)]
        )

        assert without.agreed_service_time == time("40:00")
        # 1:10 on Friday and 0:30 on Monday; 6:10 on Monday, two days of eight hours, 6:00.
        assert (without.breaks, without.downtime) == (2, time("1:40") + time("28:10"))
        assert (without.mtrs, with_one.mtrs) == (time("14:55"), time("0:10"))

    def test_the_known_error_database_did_its_work(self, story):
        [known] = story.now(KNOWN)

        assert solved_share([known]) == 1
        assert added_between([known], at(1, "00:00"), at(LAST_THU, "00:00")) == 1
        assert known.last_used_at - known.published_at == time("18:36")

    def test_it_took_four_hours_to_understand_the_problem_and_three_days_to_fix_it(self, story):
        [problem] = story.now(PROBLEM)

        assert problem.time_to_known_error == time("4:00")
        assert problem.time_to_fix == time("72:30")
