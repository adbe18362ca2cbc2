"""
Remote access drops: found by its trend, understood, and then lived with for a while.

Nobody raises a problem for one dropped connection. Three of them within thirty days are another
matter. The business would rather keep the workaround than pay for the fix; half a year later
somebody looks whether that still holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

from itil_ops import (
    Actor,
    AnalysisTechnique,
    CategoryPath,
    CompliancePeriods,
    GuardRefusedError,
    Impact,
    Incident,
    IncidentId,
    KnownError,
    KnownErrorId,
    KnownErrorIndex,
    KnownErrorPolicies,
    Likeness,
    Link,
    LinkKind,
    MemoryStore,
    Pain,
    PeriodLength,
    Problem,
    ProblemId,
    ProblemOrigin,
    ProblemPolicies,
    ProblemResolutionCode,
    ProcessRole,
    ProposalKind,
    RecurrenceDetector,
    RecurrenceReason,
    RegularValidation,
    ResolutionCode,
    RootCauseCategory,
    SimilarityKey,
    SymptomQuery,
    Urgency,
    due_for_validation,
    most_used,
    origins,
    pain_value,
    pareto,
    solved_share,
    trend,
    unused_since,
)
from itil_ops.handoffs import (
    CascadeOutcome,
    diagnose_with,
    draft_known_error,
    effect_of_known_errors,
    follow_fix,
    follow_problem,
    investigate_with,
    raise_problem,
    use_known_error,
    wait_for_problem,
)
from itil_ops.timers import TimerKind, due, next_wakeup, planner


LONDON = ZoneInfo("Europe/London")


def at(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=LONDON)


DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
ANALYST = Actor("tia", roles=[ProcessRole.THIRD_LINE_ANALYST])
MANAGER = Actor("pia", roles=[ProcessRole.PROBLEM_MANAGER])
SYSTEM = Actor.system("scheduler")


class OurProblem(Problem):
    __slots__ = ()

    policies = ProblemPolicies.strict()


class OurKnownError(KnownError):
    __slots__ = ()

    policies = KnownErrorPolicies.strict()


# ---- What happens --------------------------------------------------------------------------------

VPN, MAIL, PRINTER = CategoryPath("network/vpn"), CategoryPath("software/mail"), None
SERVICES = {VPN: "remote access", MAIL: "email", PRINTER: "printing"}
PROBLEM, KNOWN = ProblemId("PRB-1"), KnownErrorId("KE-1")

#: The fifth comes exactly thirty days after the second, so that one is not within thirty days.
CALLS = [
    ("01-12 10:00", "The printer jams", PRINTER),
    ("02-09 09:00", "I was cut off", VPN),
    ("02-20 11:00", "No mail on my phone", MAIL),
    ("03-02 08:30", "Remote access drops", VPN),
    ("03-11 09:00", "The tunnel is gone", VPN),
    ("03-13 14:00", "My mailbox is full", MAIL),
    ("03-27 16:00", "Cut off again", VPN),
]

ACCEPTED_AT = at("04-07 11:00")
VALIDATE_BY = at("10-01 10:00")
REVIEW_AT = at("10-05 09:00")
EXPIRES_AT = datetime(2027, 1, 4, 9, tzinfo=LONDON)
ONE_MOMENT = timedelta(microseconds=1)


def called(number, when, title, category, **told):
    return Incident.log(
        IncidentId(f"INC-{number}"),
        title=title,
        service=SERVICES[category],
        category=category,
        impact=Impact.MEDIUM,
        urgency=Urgency.MEDIUM,
        by=DESK,
        at=at(when),
        **told,
    )


def known_error(number, title, symptoms, category):
    draft = OurKnownError.draft(
        KnownErrorId(f"KE-{number}"),
        title=title,
        symptoms=symptoms,
        services=[SERVICES[category]],
        category=category,
        root_cause="The supplier knows.",
        workaround="Ask the desk.",
        problem=ProblemId(f"PRB-{number}"),
        by=MANAGER,
        at=at("01-05 09:00"),
    )
    return draft.publish(by=MANAGER, at=at("01-05 10:00"))


def investigated(problem):
    problem = problem.investigate(
        assignee="tia",
        techniques=[AnalysisTechnique.PARETO],
        possible_duplicates=[],
        by=MANAGER,
        at=at("03-30 11:00"),
    )
    return problem.record_root_cause(
        "The carrier's gateway ends every tunnel after eight hours.",
        category=RootCauseCategory.SUPPLIER,
        by=ANALYST,
        at=at("04-01 15:00"),
    )


def accepted(problem, **told):
    terms = {
        "approver": "cfo",
        "reason": "Another carrier costs more than the calls.",
        "review_at": REVIEW_AT,
        "expires_at": EXPIRES_AT,
        "by": MANAGER,
        "at": ACCEPTED_AT,
    }
    return problem.accept_risk(**{**terms, **told})


def closed_with(used, code, when):
    return used.incident.close(resolution=code, by=DESK, at=at(when))


@attrs.frozen(kw_only=True)
class Story:
    """
    What there was, in the order in which it came to be.
    """

    incidents: list
    detector: RecurrenceDetector
    proposals: list
    raised: object
    waiting: Incident
    investigated: Problem
    drafted: object
    problem: Problem
    told: object
    link_proposals: tuple
    matches: tuple
    next_call: Incident
    known_error: KnownError
    later_call: Incident

    @property
    def proposal(self):
        return self.proposals[-1][0]


@pytest.fixture(scope="module")
def story(every_record_is_true):
    incidents = [called(number, *call) for number, call in enumerate(CALLS, start=1)]
    detector = RecurrenceDetector()
    proposals = [detector.observe(incident) for incident in incidents]
    [proposal] = proposals[-1]

    raised = raise_problem(
        [incidents[3], incidents[4], incidents[6]],
        PROBLEM,
        title="Remote access drops",
        symptoms="The connection drops after some hours, in the evening as a rule.",
        proposal=proposal,
        origin=ProblemOrigin.PROACTIVE,
        kind=OurProblem,
        by=MANAGER,
        at=at("03-30 10:00"),
    )
    detector.assign(proposal.likeness, PROBLEM)
    waiting = wait_for_problem(raised.incidents[-1], raised.problem, by=DESK, at=at("03-30 10:30"))

    understood = investigated(raised.problem)
    with_workaround = understood.record_workaround(
        "Connect anew over port 443.", by=ANALYST, at=at("04-02 09:00")
    )
    drafted = draft_known_error(
        with_workaround,
        KNOWN,
        declare=True,
        kind=OurKnownError,
        keywords=["tunnel"],
        by=MANAGER,
        at=at("04-02 09:30"),
    )
    published = drafted.known_error.publish(by=MANAGER, at=at("04-02 10:00"))
    problem = accepted(drafted.problem)
    told = follow_problem(problem, [waiting], by=SYSTEM, at=ACCEPTED_AT)

    index = KnownErrorIndex(
        [
            published,
            known_error(2, "The phone gets no mail", "No mail since the update.", MAIL),
            known_error(3, "Remote access asks twice", "The password is asked for again.", VPN),
        ]
    )
    next_call = called(8, "04-14 18:30", "My connection drops every evening", VPN)
    link_proposals = detector.observe(next_call)
    matches = diagnose_with(next_call, index)
    used = use_known_error(
        investigate_with(next_call, problem, by=DESK, at=at("04-14 18:31")),
        published,
        solved=True,
        by=DESK,
        at=at("04-14 18:34"),
    )
    again = use_known_error(
        called(9, "06-02 19:00", "The tunnel drops", VPN),
        used.known_error,
        solved=False,
        by=DESK,
        at=at("06-02 19:10"),
    )
    return Story(
        incidents=incidents,
        detector=detector,
        proposals=proposals,
        raised=raised,
        waiting=waiting,
        investigated=understood,
        drafted=drafted,
        problem=problem,
        told=told,
        link_proposals=link_proposals,
        matches=matches,
        next_call=closed_with(used, ResolutionCode.KNOWN_ERROR_WORKAROUND, "04-14 18:38"),
        known_error=again.known_error,
        later_call=closed_with(again, ResolutionCode.FIXED, "06-03 09:10"),
    )


# ---- What the tests see --------------------------------------------------------------------------

SAME_TROUBLE = SimilarityKey("service", "category")
DROPS = Likeness("service+category", ["remote access", "network/vpn"])


class TestTheTrend:
    def test_most_calls_of_which_the_kind_is_known_are_about_remote_access(self, story):
        report = pareto(story.incidents, SAME_TROUBLE)

        assert (report.counted, report.unknown) == (7, 1)
        assert [(row.count, row.share, row.cumulative_share) for row in report.rows] == [
            (4, 4 / 6, 4 / 6),
            (2, 2 / 6, 1),
        ]
        assert [row.likeness for row in report.vital_few(0.5)] == [DROPS]

    def test_they_rise_by_one_and_a_half_a_month(self, story):
        months = CompliancePeriods.of_calendar(
            PeriodLength.MONTH, LONDON, since=at("01-01 00:00"), until=at("04-01 00:00")
        )
        report = trend(story.incidents, months, SAME_TROUBLE)

        assert [point.count for point in report.overall.points] == [1, 2, 4]
        assert report.rows[0].likeness == DROPS
        assert [(it.count, it.change) for it in report.rows[0].points] == [
            (0, None),
            (1, 1),
            (3, 2),
        ]
        assert [row.slope for row in (report.overall, *report.rows)] == [1.5, 1.5, 0.5]

    def test_the_third_within_thirty_days_proposes_a_problem_and_none_before(self, story):
        assert [len(proposed) for proposed in story.proposals] == [0, 0, 0, 0, 0, 0, 1]

        proposal = story.proposal
        assert (proposal.kind, proposal.reason) == (ProposalKind.RAISE, RecurrenceReason.RECURRING)
        assert proposal.likeness == DROPS
        assert (proposal.first_at, proposal.last_at) == (at("03-02 08:30"), at("03-27 16:00"))
        assert proposal.explain() == (
            "3 incidents of service remote access, category network/vpn within 30 days"
            " (2026-03-02 to 2026-03-27): INC-4, INC-5, INC-7. Raise a problem."
        )

    def test_what_comes_then_is_to_be_linked_to_it(self, story):
        [proposal] = story.link_proposals

        assert (proposal.kind, proposal.problem) == (ProposalKind.LINK, PROBLEM)
        assert proposal.incidents == (story.next_call.id,)


class TestTheProblem:
    def test_it_is_proactive_and_has_its_evidence(self, story):
        problem = story.raised.problem

        assert problem.origin is ProblemOrigin.PROACTIVE
        assert problem.evidence == story.proposal.finding
        assert problem.raised_from == story.proposal.incidents
        assert origins([problem]).proactive_share == 1

    def test_its_incidents_point_to_it(self, story):
        for incident in story.raised.incidents:
            assert incident.links == (Link(LinkKind.INVESTIGATED_BY, PROBLEM),)

    def test_its_pain_is_told_in_hours_of_users(self):
        thirty_minutes, twenty_minutes, an_hour = (timedelta(minutes=n) for n in (30, 20, 60))
        pains = [
            Pain(affected=40, downtime=thirty_minutes),
            Pain(affected=60, downtime=twenty_minutes),
            Pain(affected=20, downtime=an_hour, weight=Decimal("1.5")),
        ]

        assert pain_value(pains) == 20 + 20 + 30

    def test_it_is_a_known_error_before_anybody_accepts_it(self, story):
        problem = story.drafted.problem

        assert problem.techniques == (AnalysisTechnique.PARETO,)
        assert (problem.state.name, problem.known_errors) == ("known_error", (KNOWN,))
        assert story.drafted.known_error.root_cause == problem.root_cause.text


class TestTheAcceptedRisk:
    def test_it_has_an_approver_and_a_date_of_review(self, story):
        problem = story.problem
        accepted_risk = problem.risk_acceptance

        assert (problem.state.name, problem.closed_at) == ("closed", ACCEPTED_AT)
        assert problem.resolution_code is ProblemResolutionCode.RISK_ACCEPTED
        assert problem.resolution is None
        assert (accepted_risk.approver, accepted_risk.accepted_at) == ("cfo", ACCEPTED_AT)
        assert (accepted_risk.review_at, accepted_risk.expires_at) == (REVIEW_AT, EXPIRES_AT)

    @pytest.mark.parametrize(
        ("terms", "rule"),
        [
            ({"review_at": None}, "the_acceptance_is_whole"),
            ({"review_at": ACCEPTED_AT}, "the_review_of_the_risk_lies_ahead"),
            ({"expires_at": REVIEW_AT - ONE_MOMENT}, "the_acceptance_outlasts_its_review"),
            ({"approver": "pia"}, "the_business_approves"),
        ],
        ids=["no review", "a review today", "over before its review", "her own word"],
    )
    def test_no_less_will_do(self, story, terms, rule):
        with pytest.raises(GuardRefusedError) as refusal:
            accepted(story.drafted.problem, **terms)
        assert [reason.rule for reason in refusal.value.reasons] == [rule]

    def test_nobody_accepts_what_there_is_no_way_around(self, story):
        with pytest.raises(GuardRefusedError, match="record a workaround, or rule it out"):
            accepted(story.investigated)

    def test_who_waited_for_a_fix_waits_no_longer(self, story):
        [step] = story.told
        [resumed] = story.told.changed

        assert (step.verb, step.outcome) == ("resume", CascadeOutcome.APPLIED)
        assert (resumed.awaited, resumed.is_open) == (None, True)
        assert resumed.journal[-1].note == (
            "PRB-1 is not fixed: its risk was accepted 2026-04-07 10:00."
            " Workaround: Connect anew over port 443."
        )
        assert follow_problem(story.problem, [resumed], by=SYSTEM, at=REVIEW_AT).changed == ()


class TestTheKnownError:
    def test_it_stays_published(self, story):
        [step] = follow_fix(story.problem, [story.known_error], by=MANAGER, at=REVIEW_AT)

        assert step.outcome is CascadeOutcome.SKIPPED
        assert [str(reason) for reason in step.reasons] == ["PRB-1 is closed: it stays published"]
        assert story.known_error.is_searchable

    def test_the_search_finds_it_first_and_says_why(self, story):
        best, other = story.matches

        assert (best.known_error, other.known_error) == (KNOWN, KnownErrorId("KE-3"))
        assert best.explain() == (
            "KE-1 scores 4.99: it has the service 'remote access' (2), the term 'drops' (0.804),"
            " the term 'connection' (0.591), the term 'evening' (0.591),"
            " the category 'network' (0.5) and the category 'network/vpn' (0.5)."
        )
        assert other.explain() == (
            "KE-3 scores 3: it has the service 'remote access' (2), the category 'network' (0.5)"
            " and the category 'network/vpn' (0.5)."
        )

    def test_it_helps_one_of_the_two_that_it_is_used_for(self, story):
        known = story.known_error

        assert known.used_for == (story.next_call.id, story.later_call.id)
        assert known.usage_count == 2
        assert solved_share([known]) == 0.5
        assert most_used([known]) == (known,)
        assert unused_since([known], at("06-02 19:11")) == (known,)
        assert unused_since([known], at("06-02 19:10")) == ()

    def test_without_a_case_to_compare_nobody_knows_what_it_saves(self, story):
        effect = effect_of_known_errors([story.next_call, story.later_call])

        # Eight minutes, and from 19:00 to 09:10.
        assert effect.matched.count == 2
        assert effect.matched.mtrs == (timedelta(minutes=8) + timedelta(minutes=850)) / 2
        assert (effect.others.mtrs, effect.saved) == (None, None)


def fallen_due(record, until):
    return [(timer.kind, timer.at) for timer in due(record, [], None, until)]


class TestTheTimers:
    def test_the_review_of_the_risk_is_told_at_its_instant(self, story):
        problem = story.problem

        assert next_wakeup(problem, [], ACCEPTED_AT) == REVIEW_AT
        assert fallen_due(problem, REVIEW_AT - ONE_MOMENT) == []
        assert fallen_due(problem, REVIEW_AT) == [(TimerKind.RISK_REVIEW, REVIEW_AT)]
        assert problem.risk_acceptance.is_review_due(REVIEW_AT)

    def test_an_acceptance_that_nobody_renews_holds_no_longer(self, story):
        problem = story.problem

        assert fallen_due(problem, EXPIRES_AT) == [
            (TimerKind.RISK_REVIEW, REVIEW_AT),
            (TimerKind.RISK_EXPIRY, EXPIRES_AT),
        ]
        assert not problem.is_acceptance_expired(EXPIRES_AT - ONE_MOMENT)
        assert problem.is_acceptance_expired(EXPIRES_AT)
        assert problem.state.name == "closed"

    def test_the_known_error_is_to_be_validated_after_half_a_year(self, story):
        known = story.known_error

        assert known.validate_by == VALIDATE_BY
        assert fallen_due(known, VALIDATE_BY - ONE_MOMENT) == []
        assert fallen_due(known, VALIDATE_BY) == [(TimerKind.VALIDATION, VALIDATE_BY)]
        assert due_for_validation([known], VALIDATE_BY) == (known,)


NEXT_REVIEW = datetime(2027, 4, 5, 9, tzinfo=LONDON)
REVIEWED_AT = at("10-05 10:00")


def renewed(problem):
    return problem.renew_risk_acceptance(
        approver="cfo",
        reason="There were two calls in half a year.",
        review_at=NEXT_REVIEW,
        by=MANAGER,
        at=REVIEWED_AT,
    )


class TestTheReview:
    def test_the_acceptance_is_renewed_and_looked_at_again_later(self, story):
        problem = renewed(story.problem)

        assert (problem.state.name, problem.closed_at) == ("closed", ACCEPTED_AT)
        assert problem.risk_acceptance.reason == "There were two calls in half a year."
        assert fallen_due(problem, NEXT_REVIEW - ONE_MOMENT) == []
        assert next_wakeup(problem, [], REVIEWED_AT) == NEXT_REVIEW
        assert problem.risk_acceptance.expires_at is None
        assert problem.as_of(REVIEW_AT).risk_acceptance.expires_at == EXPIRES_AT

    def test_or_the_problem_is_analyzed_anew_and_the_known_error_is_found_meanwhile(self, story):
        problem = story.problem.reanalyze(
            "The carrier has a new gateway.", by=MANAGER, at=REVIEWED_AT
        )

        assert (problem.state.name, problem.reanalyzed_count) == ("under_investigation", 1)
        assert (problem.risk_acceptance, problem.resolution_code) == (None, None)
        assert problem.root_cause == story.problem.root_cause
        assert fallen_due(problem, EXPIRES_AT) == []
        assert follow_fix(problem, [story.known_error], by=MANAGER, at=REVIEWED_AT).changed == ()

        index = KnownErrorIndex([story.known_error])
        [match] = index.search(SymptomQuery(text="drops"))
        assert match.known_error == KNOWN

    def test_a_worker_is_told_of_both_by_the_store(self, story):
        store, monthly = MemoryStore(due=planner([])), timedelta(days=28)
        by_month = KnownErrorPolicies.strict(validation=RegularValidation(every=monthly))
        with store.unit() as unit:
            unit.problems.add(story.problem)
            unit.known_errors.add(story.known_error)
            unit.commit()
        assert store.due.next_due() == VALIDATE_BY

        leases = store.due.claim(REVIEWED_AT, timedelta(hours=1), 10, "worker")
        assert [(lease.record, lease.kind, lease.due) for lease in leases] == [
            (KNOWN, "validation", VALIDATE_BY),
            (PROBLEM, "risk_review", REVIEW_AT),
        ]
        with store.unit() as unit:
            assert all(unit.complete(lease, REVIEWED_AT) for lease in leases)
            known = unit.known_errors.get(KNOWN)
            unit.known_errors.save(known.validate(by=MANAGER, at=REVIEWED_AT, policies=by_month))
            unit.problems.save(renewed(unit.problems.get(PROBLEM)))
            unit.commit()

        # Four weeks later, by the clock on the wall an hour earlier: summer time is over.
        assert store.due.next_due() == at("11-02 09:00")
