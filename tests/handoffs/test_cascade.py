"""
The engine of cascades: verbs that are tried, refusals that become reasons, and the table.
"""

from __future__ import annotations

import copy
import pickle

from datetime import datetime

import pytest

from family_doubles import DESK, LI, MORNING, closed, incident, minute, resolved, rules_of
from itil_ops import IncidentPolicies, Reason, ResolutionCode
from itil_ops.handoffs import (
    ALREADY_SO,
    Cascade,
    CascadeOutcome,
    CascadeStep,
    Wanted,
    follow,
    planned,
)
from itil_ops.incident.rules import the_resolution_is_described


APPLIED, SKIPPED = CascadeOutcome
FIXED = {"code": ResolutionCode.FIXED}
STRICT = IncidentPolicies(completeness=[the_resolution_is_described])
NEW = incident()


def try_all(records, choose, at=60, **options):
    return follow(records, choose, by=LI, at=minute(at), **options)


def wants(*verbs):
    """
    Return a planner that wants the same of every record, whatever came of it.
    """
    return lambda record: [Wanted(verb) for verb in verbs]


def told(step):
    return step.record.id.value, step.verb, step.outcome.value


class TestPlanned:
    def test_a_verb_that_passes_is_applied(self):
        step = planned(NEW, "start", by=LI, at=minute(5))

        assert step.outcome is APPLIED
        assert step.record == NEW
        assert step.after == NEW.start(by=LI, at=minute(5))
        assert step.reasons == ()

    def test_nothing_is_done_to_the_record(self):
        before = pickle.dumps(NEW)
        planned(NEW, "start", by=LI, at=minute(5))

        assert pickle.loads(before) == NEW

    def test_arguments_are_handed_on_and_kept(self):
        step = planned(NEW, "resolve", by=LI, at=minute(5), **FIXED)

        assert step.after.resolution_code == ResolutionCode.FIXED
        assert dict(step.arguments) == FIXED

    @pytest.mark.parametrize(
        ("record", "verb", "arguments", "rules"),
        [
            (closed(NEW, 2), "assign", {"group": "network"}, ["transition"]),
            (NEW, "resume", {}, ["transition"]),
            (NEW, "comment", {"text": None}, ["something_is_said"]),
            (NEW, "push_workaround", {}, ["transition"]),
            (incident(at=9), "start", {}, ["order"]),
        ],
        ids=["closed", "not waiting", "guard", "no such verb", "out of order"],
    )
    def test_a_refusal_becomes_reasons(self, record, verb, arguments, rules):
        step = planned(record, verb, by=LI, at=minute(5), **arguments)

        assert step.outcome is SKIPPED
        assert step.after is None
        assert step.verb == verb
        assert dict(step.arguments) == arguments
        assert rules_of(step) == rules

    def test_policies_count(self):
        lax = planned(NEW, "resolve", by=LI, at=minute(5), **FIXED)
        strict = planned(NEW, "resolve", by=LI, at=minute(5), policies=STRICT, **FIXED)

        assert lax.outcome is APPLIED
        assert rules_of(strict) == ["the_resolution_is_described"]

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"record": "INC-1"}, TypeError),
            ({"verb": None}, TypeError),
            ({"verb": " "}, ValueError),
            ({"by": "li"}, TypeError),
            ({"at": datetime(2026, 3, 2)}, ValueError),
            ({"mood": "bad"}, TypeError),
            ({"policies": "strict"}, TypeError),
        ],
    )
    def test_a_bad_argument_is_no_refusal(self, given, error):
        with pytest.raises(error):
            planned(**{"record": NEW, "verb": "start", "by": LI, "at": minute(5), **given})


class TestFollow:
    def test_each_record_has_its_outcome(self):
        records = [incident("INC-1"), incident("INC-2", at=90), closed(incident("INC-3"), 2)]
        cascade = try_all(records, wants("start"))

        assert [told(step) for step in cascade] == [
            ("INC-1", "start", "applied"),
            ("INC-2", "start", "skipped"),
            ("INC-3", "start", "skipped"),
        ]

    def test_several_verbs_are_taken_one_after_the_other(self):
        cascade = try_all([NEW], lambda _: [Wanted("start"), Wanted("resolve", FIXED)])

        assert [told(step)[1:] for step in cascade] == [
            ("start", "applied"),
            ("resolve", "applied"),
        ]
        assert cascade.steps[1].record == cascade.steps[0].after
        assert cascade.changed == (cascade.steps[1].after,)

    def test_a_verb_that_is_refused_does_not_stop_the_others(self):
        cascade = try_all([NEW], wants("resume", "start"))

        assert [told(step)[1:] for step in cascade] == [("resume", "skipped"), ("start", "applied")]

    def test_a_record_is_left_alone_for_a_reason(self):
        cascade = try_all([NEW], lambda _: Reason("mood", "not today"))

        assert [told(step) for step in cascade] == [("INC-1", None, "skipped")]
        assert rules_of(cascade.steps[0]) == ["mood"]
        assert cascade.changed == ()

    def test_the_planner_is_asked_again_of_what_came_of_it(self):
        def two_steps(record):
            return [Wanted("start" if record.assignee is None else "diagnose", _said(record))]

        def _said(record):
            return {} if record.assignee is None else {"finding": "The queue is stuck."}

        assert [step.verb for step in try_all([NEW], two_steps)] == ["start", "diagnose"]

    def test_that_all_is_well_in_the_end_is_not_told(self):
        def started(record):
            return Reason(ALREADY_SO, "it is") if record.assignee else [Wanted("start")]

        assert [step.verb for step in try_all([NEW], started)] == ["start"]
        assert len(try_all(try_all([NEW], started).changed, started)) == 1

    def test_why_it_goes_no_further_is_told(self):
        def started(record):
            return Reason("mood", "not today") if record.assignee else [Wanted("start")]

        cascade = try_all([NEW], started)

        assert [step.verb for step in cascade] == ["start", None]
        assert cascade.steps[1].record == cascade.steps[0].after

    def test_what_was_refused_is_not_tried_again(self):
        def eager(record):
            return [Wanted("resume"), *([] if record.assignee else [Wanted("start")])]

        assert [step.verb for step in try_all([NEW], eager)] == ["resume", "start"]

    def test_nothing_wanted_is_a_reason_too(self):
        assert rules_of(try_all([NEW], wants()).steps[0]) == [ALREADY_SO]

    def test_policies_count(self):
        cascade = try_all([NEW], lambda _: [Wanted("resolve", FIXED)], policies=STRICT)

        assert rules_of(cascade.steps[0]) == ["the_resolution_is_described"]

    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            ({"records": [NEW, NEW]}, ValueError, "INC-1 is given twice"),
            ({"records": [NEW, "INC-2"]}, TypeError, "each of records must be a Record"),
            ({"records": NEW}, TypeError, "records must be several"),
            ({"choose": "start"}, TypeError, "choose must be callable"),
            ({"choose": lambda _: ["start"]}, TypeError, "each of what is wanted must be a Wanted"),
            ({"by": "li"}, TypeError, "by must be an Actor"),
            ({"records": [], "at": datetime(2026, 3, 2)}, ValueError, "at must be an aware"),
        ],
    )
    def test_bad_arguments_are_refused(self, given, error, message):
        usual = {"records": [NEW], "choose": wants("start"), "by": LI, "at": minute(5)}

        with pytest.raises(error, match=message):
            follow(**{**usual, **given})


class TestCascade:
    def test_applied_and_skipped_are_all(self):
        cascade = try_all([NEW], wants("resume", "start"))

        assert [step.verb for step in cascade.applied] == ["start"]
        assert [step.verb for step in cascade.skipped] == ["resume"]
        assert len(cascade) == 2

    def test_a_table_shows_it_to_a_person(self):
        records = [NEW, closed(incident("INC-22"), 2), resolved(incident("INC-3"), 2)]
        cascade = try_all(records, lambda _: [Wanted("comment", {"text": "Out."}), Wanted("start")])
        table = [line.split("  ") for line in str(cascade).splitlines()]

        assert [cell.strip() for cell in table[0] if cell] == [
            "record",
            "verb",
            "outcome",
            "what comes of it",
        ]
        assert str(cascade).splitlines()[1:3] == [
            "INC-1   comment  applied  new",
            "INC-1   start    applied  new -> in_progress",
        ]
        assert "INC-22  start    skipped  " in str(cascade)

    def test_a_step_is_a_line(self):
        step = try_all([NEW], lambda _: Reason("mood", "not today")).steps[0]

        assert str(step) == "INC-1  -  skipped  not today"

    def test_nothing_to_do_is_a_table_too(self):
        assert str(Cascade([])) == "record  verb  outcome  what comes of it"
        assert not Cascade([])

    @pytest.mark.parametrize("through", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
    def test_it_can_be_handed_over_to_another_process(self, through):
        cascade = try_all([NEW], wants("resume", "start"))

        assert through(cascade) == cascade

    def test_it_is_made_of_steps(self):
        with pytest.raises(TypeError, match="each of steps must be a CascadeStep"):
            Cascade([NEW])

    def test_two_steps_are_equal_if_all_they_hold_is(self):
        def step(at):
            return CascadeStep(record=incident(at=at), outcome=SKIPPED)

        assert step(0) == step(0)
        assert step(0) != step(1)

    def test_a_wanted_verb_has_a_name(self):
        with pytest.raises(ValueError, match="verb must not be blank"):
            Wanted("")

    def test_time_is_an_argument(self):
        (step,) = follow([NEW], wants("start"), by=DESK, at=MORNING)

        assert step.after.journal[-1].at == MORNING
