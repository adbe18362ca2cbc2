"""
The rules of known errors, one by one: what each refuses, in what words, and what it lets pass.
"""

from __future__ import annotations

import attrs
import pytest

from itil_ops.errors import GuardRefusedError
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.known_error import rules
from itil_ops.problem.known_error.lifecycle import KNOWN_ERROR_LIFECYCLE
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.vocabulary import KnownErrorSource, RetirementReason
from known_error_doubles import (
    GATEWAY,
    GOOD,
    KE,
    LI,
    MAIL,
    OTHER,
    PRB,
    after,
    drafted,
    minute,
    only,
    standing,
)
from record_doubles import nothing_changes, rules_of


pytestmark = pytest.mark.usefixtures("every_step_is_true")


def refusal_of(known_error, action, **told):
    with nothing_changes(known_error), pytest.raises(GuardRefusedError) as refusal:
        after(known_error, action, **told)
    return refusal


def refused_draft(**fields):
    with pytest.raises(GuardRefusedError) as refusal:
        drafted(**fields)
    return refusal


def every_guard():
    return {g for row in KNOWN_ERROR_LIFECYCLE.transitions for g in row.guards}


def test_every_completeness_guard_of_the_lifecycle_is_among_those_that_strict_names():
    found = {guard for guard in every_guard() if guard.is_completeness}
    assert found == rules.KNOWN_ERROR_COMPLETENESS == KnownErrorPolicies.strict().completeness


def test_every_guard_says_what_it_asks_for():
    assert all(guard.meaning.endswith(".") for guard in every_guard())


class TestSymptoms:
    def test_a_known_error_without_symptoms_is_refused_from_the_draft_on(self):
        refusal = refused_draft(symptoms=None)
        assert rules_of(refusal) == ["symptoms_are_known"]
        assert "nobody would find it" in str(refusal.value)

    def test_keywords_are_no_symptoms(self):
        assert rules_of(refused_draft(symptoms=None, keywords=["mail"])) == ["symptoms_are_known"]

    def test_a_symptom_key_is_enough(self):
        assert drafted(symptoms=None, symptom_keys=["E-451"]).symptom_keys == ("E-451",)

    def test_a_revision_does_not_take_the_last_symptom(self):
        known_error = drafted(symptoms=None, symptom_keys=["E-451"])
        refusal = refusal_of(known_error, "revise", symptom_keys=[])
        assert rules_of(refusal) == ["symptoms_are_known"]

    def test_an_older_draft_without_symptoms_is_not_published(self):
        older = attrs.evolve(drafted(), symptoms=None)
        assert rules_of(refusal_of(older, "publish")) == ["symptoms_are_known"]


class TestPublication:
    @pytest.mark.parametrize("place", ["draft", "retired from draft"])
    def test_it_takes_a_workaround_or_a_reason_why_there_is_none(self, place):
        action = "publish" if place == "draft" else "republish"
        bare = standing(place, workaround=None)
        refusal = refusal_of(bare, action)
        assert rules_of(refusal) == ["a_workaround_or_its_absence_is_known"]
        assert "rule it out with a reason" in str(refusal.value)

    def test_a_workaround_that_is_ruled_out_with_a_reason_is_enough(self):
        ruled_out = drafted(workaround=None, no_workaround_reason="Hardware is broken.")
        assert after(ruled_out, "publish").is_searchable
        assert after(after(drafted(workaround=None), "rule_out_workaround"), "publish").version == 3

    @pytest.mark.parametrize(
        ("rule", "fields"),
        [
            (rules.the_root_cause_is_known, {"root_cause": "A lock."}),
            (rules.what_it_affects_is_named, {"services": ["email"]}),
            (rules.what_it_affects_is_named, {"configuration_items": [GATEWAY]}),
            (rules.it_is_categorized, {"category": MAIL}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("action", ["publish", "republish"])
    def test_it_is_complete_where_the_policies_ask_for_it(self, action, rule, fields):
        place = "draft" if action == "publish" else "retired from draft"
        refusal = refusal_of(standing(place), action, policies=only(rule))
        assert rules_of(refusal) == [rule.name]
        assert after(standing(place, **fields), action, policies=only(rule)).is_searchable
        assert after(standing(place), action).is_searchable

    def test_all_that_is_missing_is_told_at_once(self):
        bare = drafted(workaround=None)
        everything = KnownErrorPolicies.strict(authorization=KnownErrorPolicies().authorization)
        assert rules_of(refusal_of(bare, "publish", policies=everything)) == [
            "a_workaround_or_its_absence_is_known",
            "it_is_categorized",
            "what_it_affects_is_named",
            "the_root_cause_is_known",
        ]

    @pytest.mark.parametrize("place", ["resolved", "retired"])
    def test_to_publish_again_takes_a_reason(self, place):
        refusal = refusal_of(standing(place), "republish", reason=None)
        assert rules_of(refusal) == ["a_reason_is_given"]

    @pytest.mark.parametrize(
        ("place", "action"),
        [("draft", "publish"), ("published", "validate"), ("retired", "republish")],
    )
    def test_the_next_validation_lies_ahead(self, place, action):
        known_error = standing(place)
        now = minute(60)
        refusal = refusal_of(known_error, action, at=now, validate_by=now)
        assert rules_of(refusal) == ["the_next_validation_lies_ahead"]
        assert after(known_error, action, at=now, validate_by=minute(61)).validate_by == minute(61)


class TestOrigin:
    def test_the_problem_is_named_where_the_policies_ask_for_it(self):
        ruling = only(rules.its_problem_is_named)
        assert rules_of(refused_draft(policies=ruling)) == ["its_problem_is_named"]
        assert drafted(problem=PRB, policies=ruling).problem == PRB
        assert drafted().problem is None

    @pytest.mark.parametrize("source", [KnownErrorSource.DEVELOPMENT, KnownErrorSource.SUPPLIER])
    def test_what_development_or_a_supplier_tells_comes_from_no_problem(self, source):
        ruling = only(rules.its_problem_is_named)
        assert drafted(source=source, policies=ruling).source is source


class TestRevision:
    @pytest.mark.parametrize("told", [{"root_cause": None}, {"root_cause": "A lock."}], ids=str)
    def test_it_says_something_new(self, told):
        known_error = drafted(root_cause="A lock.")
        refusal = refusal_of(known_error, "revise", **told)
        assert rules_of(refusal) == ["something_is_revised"]

    def test_another_version_of_a_workaround_has_a_text(self):
        refusal = refusal_of(drafted(), "revise_workaround", text=None)
        assert rules_of(refusal) == ["a_workaround_is_given"]

    def test_another_version_of_a_workaround_says_something_else(self):
        refusal = refusal_of(drafted(), "revise_workaround", text=GOOD["draft"]["workaround"])
        assert rules_of(refusal) == ["the_workaround_is_new"]
        assert "version 1 of the workaround says the same" in str(refusal.value)

    def test_the_first_version_may_say_anything(self):
        assert after(drafted(workaround=None), "revise_workaround").workaround.version == 1

    def test_a_workaround_is_ruled_out_for_a_reason(self):
        refusal = refusal_of(drafted(), "rule_out_workaround", reason=None)
        assert rules_of(refusal) == ["why_none_is_possible_is_said"]

    def test_a_workaround_is_not_ruled_out_twice_for_the_same_reason(self):
        once = after(drafted(), "rule_out_workaround")
        assert rules_of(refusal_of(once, "rule_out_workaround")) == ["something_is_revised"]
        again = after(once, "rule_out_workaround", reason="Nor does a patch help.")
        assert again.no_workaround_reason == "Nor does a patch help."


class TestUseAndAudit:
    def test_a_use_names_the_incident(self):
        for used in (standing("published"), after(standing("published"), "record_use")):
            refusal = refusal_of(used, "record_use", incident=None)
            assert rules_of(refusal) == ["an_incident_is_named"]

    @pytest.mark.parametrize("before", [None, True, False])
    def test_an_incident_counts_once(self, before):
        used = after(after(standing("published"), "record_use", solved=before), "comment")
        refusal = refusal_of(used, "record_use")
        assert rules_of(refusal) == ["each_incident_counts_once"]
        assert "INC-1 is counted already: say with 'solved' whether" in str(refusal.value)

    @pytest.mark.parametrize("solved", [True, False])
    def test_what_is_said_of_a_use_is_not_said_twice(self, solved):
        used = after(standing("published"), "record_use", solved=solved)
        used = after(used, "record_use", incident=IncidentId("INC-2"))
        refusal = refusal_of(used, "record_use", solved=solved)
        assert rules_of(refusal) == ["each_incident_counts_once"]
        assert f"INC-1 is counted already, with solved={solved}" in str(refusal.value)

    def test_an_incident_counts_once_even_after_the_fix(self):
        used = after(after(standing("published"), "record_use"), "resolve")
        assert rules_of(refusal_of(used, "record_use")) == ["each_incident_counts_once"]

    def test_an_audit_has_a_verdict(self):
        for known_error in (standing("published"), after(standing("published"), "audit")):
            refusal = refusal_of(known_error, "audit", correct=None)
            assert rules_of(refusal) == ["a_verdict_is_given"]

    def test_an_audit_says_what_is_wrong_where_the_policies_ask_for_it(self):
        ruling, known_error = only(rules.what_is_wrong_is_said), standing("published")
        refusal = refusal_of(known_error, "audit", correct=False, policies=ruling)
        assert rules_of(refusal) == ["what_is_wrong_is_said"]
        assert not refusal_free(known_error, correct=False, note="No such queue.", policies=ruling)
        assert not refusal_free(known_error, correct=True, policies=ruling)
        assert not refusal_free(known_error, correct=False)
        missing = known_error.why_not("audit", correct=None, by=LI, at=minute(9), policies=ruling)
        assert [reason.rule for reason in missing] == ["a_verdict_is_given"]


def refusal_free(known_error, **told):
    return known_error.why_not("audit", by=LI, at=minute(9), **told)


class TestTheEnd:
    def test_a_fix_is_described_where_the_policies_ask_for_it(self):
        ruling = only(rules.the_fix_is_described)
        refusal = refusal_of(standing("published"), "resolve", fixed_in=(), policies=ruling)
        assert rules_of(refusal) == ["the_fix_is_described"]
        for told in ({"note": "Patched by hand."}, {"fixed_in": ["5.2"]}):
            resolved = after(standing("published"), "resolve", policies=ruling, **told)
            assert resolved.state.name == "resolved"
        planned = standing("published", permanent_fix="Replace the queue.")
        assert after(planned, "resolve", fixed_in=(), policies=ruling).resolved_at

    def test_it_is_retired_for_a_reason(self):
        for other in (None, OTHER):
            refusal = refusal_of(standing("published"), "retire", reason=None, duplicate_of=other)
            assert rules_of(refusal) == ["a_retirement_reason_is_given"]

    def test_its_retirement_is_explained_where_the_policies_ask_for_it(self):
        ruling = only(rules.the_retirement_is_explained)
        refusal = refusal_of(standing("published"), "retire", policies=ruling)
        assert rules_of(refusal) == ["the_retirement_is_explained"]
        assert after(standing("published"), "retire", policies=ruling, note="Gone.").retired_at

    def test_a_duplicate_names_the_other_one(self):
        told = {"reason": RetirementReason.DUPLICATE}
        refusal = refusal_of(standing("published"), "retire", **told)
        assert rules_of(refusal) == ["what_it_duplicates_is_named"]

    def test_nothing_duplicates_itself(self):
        told = {"reason": RetirementReason.DUPLICATE, "duplicate_of": KE}
        refusal = refusal_of(standing("published"), "retire", **told)
        assert rules_of(refusal) == ["links_lead_elsewhere"]


class TestLinks:
    def test_known_errors_have_no_parents(self):
        refusal = refusal_of(drafted(), "link", kind=LinkKind.CHILD_OF, target=OTHER)
        assert rules_of(refusal) == ["it_has_no_family"]

    def test_that_it_is_a_duplicate_is_said_by_retiring_it(self):
        refusal = refusal_of(drafted(), "link", kind=LinkKind.DUPLICATE_OF, target=OTHER)
        assert rules_of(refusal) == ["a_duplicate_is_retired"]
        assert "duplicate_of is said with 'retire'" in str(refusal.value)

    def test_a_retired_duplicate_is_linked_like_any_other(self):
        told = {"reason": RetirementReason.DUPLICATE, "duplicate_of": OTHER}
        duplicate = after(standing("published"), "retire", **told)
        linked = after(duplicate, "link", kind=LinkKind.RELATED, target=PRB)
        assert linked.original == OTHER

    def test_a_retired_duplicate_keeps_the_link_to_the_other_one(self):
        told = {"reason": RetirementReason.DUPLICATE, "duplicate_of": OTHER}
        duplicate = after(standing("published"), "retire", **told)
        refusal = refusal_of(duplicate, "unlink", target=OTHER)
        assert rules_of(refusal) == ["what_it_duplicates_is_named"]

    def test_a_link_to_itself_is_refused(self):
        refusal = refusal_of(drafted(), "link", kind=LinkKind.RELATED, target=KE)
        assert rules_of(refusal) == ["links_lead_elsewhere"]

    def test_a_link_that_is_not_there_is_not_taken_back(self):
        assert rules_of(refusal_of(drafted(), "unlink")) == ["the_link_is_there"]
