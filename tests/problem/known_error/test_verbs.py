"""
What the verbs of a known error do, and what is then known of it.
"""

from __future__ import annotations

import attrs
import pytest

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.vocabulary import Link, LinkKind
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import (
    AuditResult,
    KnownErrorSource,
    KnownErrorUse,
    RetirementReason,
    Workaround,
)
from known_error_doubles import (
    ADA,
    GATEWAY,
    INC,
    LI,
    MAIL,
    OTHER,
    PRB,
    RFC,
    after,
    drafted,
    is_true,
    minute,
    standing,
    through,
)


pytestmark = pytest.mark.usefixtures("every_step_is_true")


class TestDraft:
    def test_it_may_lack_a_workaround(self):
        draft = drafted(workaround=None)
        assert (draft.workaround, draft.workarounds, draft.no_workaround_reason) == (None, (), None)

    def test_what_is_stated_is_kept(self):
        stated = {
            "number": "KE0001",
            "description": "All sites.",
            "keywords": ("mail", "queue"),
            "symptom_keys": ("E-451",),
            "services": ("email", "fax"),
            "customer": "sales",
            "category": MAIL,
            "configuration_items": (GATEWAY,),
            "versions": ("5.0", "5.1"),
            "root_cause": "A lock.",
            "permanent_fix": "Replace the queue.",
            "source": KnownErrorSource.SUPPLIER,
            "problem": PRB,
            "owner": "mo",
        }
        draft = drafted(**stated)
        assert {name: getattr(draft, name) for name in stated} == stated
        assert not draft.journal[0].decided

    def test_the_first_service_is_the_one_that_stores_know(self):
        assert drafted(services=["email", "fax"]).service == "email"
        assert drafted().service is None

    def test_the_problem_manager_owns_it_unless_somebody_says_otherwise(self):
        draft = drafted()
        assert draft.owner == "problem_manager"
        assert draft.journal[0].decided == {"owner": "fixed_owner"}

    def test_what_is_said_twice_is_kept_once(self):
        draft = drafted(keywords=["mail", "queue", "mail"], configuration_items=[GATEWAY, GATEWAY])
        assert draft.keywords == ("mail", "queue")
        assert draft.configuration_items == (GATEWAY,)

    def test_a_workaround_is_its_first_version(self):
        text = "Use the web client."
        expected = Workaround(version=1, text=text, at=minute(0), by="li")
        assert drafted(workaround=text).workaround == expected

    def test_what_development_accepted_is_published_before_there_is_an_incident(self):
        imported = drafted(source=KnownErrorSource.DEVELOPMENT, versions=["6.0"])
        published = after(imported, "publish")
        assert published.is_searchable
        assert published.usage_count == 0
        assert published.problem is None


class TestRevision:
    def test_what_is_not_given_stays(self):
        draft = drafted(keywords=["mail"], services=["email"])
        revised = after(draft, "revise", symptoms="Mail is late.", root_cause=None)
        assert revised.symptoms == "Mail is late."
        assert (revised.keywords, revised.services, revised.service) == (
            draft.keywords,
            ("email",),
            "email",
        )
        assert set(revised.journal[-1].changes) == {"symptoms"}

    def test_other_services_have_another_main_one(self):
        revised = after(drafted(services=["email"]), "revise", services=["fax", "email"])
        assert (revised.service, revised.services) == ("fax", ("fax", "email"))
        assert after(revised, "revise", services=[]).service is None

    def test_every_field_of_its_own_can_be_revised(self):
        told = {
            "title": "The queue locks",
            "description": "Everywhere.",
            "symptoms": "Mail is late.",
            "keywords": ("late",),
            "symptom_keys": ("E-452",),
            "services": ("fax",),
            "category": MAIL,
            "configuration_items": (GATEWAY,),
            "versions": ("5.1",),
            "root_cause": "A lock.",
            "permanent_fix": "Replace it.",
            "owner": "mo",
        }
        revised = after(drafted(), "revise", **told)
        assert {name: getattr(revised, name) for name in told} == told

    def test_versions_of_a_workaround_are_all_kept_the_newest_last(self):
        known_error = after(standing("published"), "revise_workaround", by=ADA)
        assert [(w.version, w.by) for w in known_error.workarounds] == [(1, "li"), (2, "ada")]
        assert known_error.workaround == known_error.workarounds[-1]
        assert known_error.workaround.at == known_error.journal[-1].at

    def test_each_version_is_journaled_alone(self):
        known_error = through(standing("published"), "revise_workaround")
        assert known_error.journal[-1].changes == {"workaround": known_error.workaround}

    def test_ruled_out_there_is_none_and_later_versions_count_on(self):
        ruled_out = after(standing("published"), "rule_out_workaround", reason="It loses mail.")
        assert (ruled_out.workaround, ruled_out.no_workaround_reason) == (None, "It loses mail.")
        again = after(ruled_out, "revise_workaround", text="Restart the queue.")
        assert again.workaround.version == 2
        assert again.no_workaround_reason is None


class TestUse:
    def test_each_incident_counts_with_the_version_that_was_at_hand(self):
        known_error = after(standing("published"), "record_use", solved=False)
        known_error = after(known_error, "revise_workaround")
        known_error = after(
            known_error, "record_use", incident=IncidentId("INC-2"), solved=True, at=minute(60)
        )
        known_error = after(known_error, "rule_out_workaround")
        known_error = after(known_error, "record_use", incident=IncidentId("INC-3"))

        assert known_error.usage_count == 3
        assert known_error.used_for == (INC, IncidentId("INC-2"), IncidentId("INC-3"))
        assert [use.workaround_version for use in known_error.uses] == [1, 2, None]
        assert [use.solved for use in known_error.uses] == [False, True, None]
        assert known_error.uses[1] == KnownErrorUse(
            incident=IncidentId("INC-2"), at=minute(60), solved=True, workaround_version=2
        )
        assert known_error.last_use == known_error.uses[-1]
        assert known_error.last_used_at == known_error.journal[-1].at

    def test_whether_it_helped_is_told_later_and_counts_no_second_time(self):
        known_error = after(standing("published"), "record_use", at=minute(5))
        known_error = after(known_error, "record_use", incident=IncidentId("INC-2"), at=minute(6))
        known_error = after(known_error, "revise_workaround")

        told = after(known_error, "record_use", solved=True, at=minute(60))

        first = KnownErrorUse(incident=INC, at=minute(5), solved=True, workaround_version=1)
        assert told.uses == (first, known_error.uses[1])
        assert told.last_use == first
        assert (told.usage_count, told.last_used_at) == (2, minute(6))
        assert set(told.journal[-1].changes) == {"last_use"}

    def test_what_was_said_of_a_use_can_be_put_right(self):
        known_error = after(standing("published"), "record_use", solved=True)
        known_error = after(known_error, "record_use", solved=False)
        assert [use.solved for use in known_error.uses] == [False]
        assert after(known_error, "record_use", solved=True).last_use.solved is True

    def test_whether_it_helped_is_told_after_the_fix_too(self):
        known_error = through(standing("published"), "record_use", "resolve")
        assert after(known_error, "record_use", solved=True).uses[0].solved

    def test_a_use_costs_the_journal_the_same_however_many_there_were(self):
        known_error = standing("published")
        for count in range(3):
            known_error = after(known_error, "record_use", incident=IncidentId(f"INC-{count}"))
            assert set(known_error.journal[-1].changes) == {"usage_count", "last_use"}

    def test_it_is_used_after_the_fix_too(self):
        assert after(standing("resolved"), "record_use").usage_count == 1

    def test_unused_it_has_no_uses(self):
        known_error = standing("published")
        assert (known_error.usage_count, known_error.uses, known_error.used_for) == (0, (), ())
        assert known_error.last_used_at is None

    def test_a_view_of_the_past_has_the_uses_of_the_past(self):
        known_error = after(standing("published"), "record_use", at=minute(5))
        known_error = after(known_error, "record_use", incident=IncidentId("INC-2"), at=minute(10))
        then = known_error.as_of(minute(7))
        assert (then.usage_count, then.used_for) == (1, (INC,))

    def test_a_view_of_the_past_knows_no_later_outcome(self):
        known_error = after(standing("published"), "record_use", at=minute(5))
        known_error = after(known_error, "record_use", solved=True, at=minute(10))
        assert known_error.as_of(minute(7)).last_use.solved is None


class TestValidationAndAudit:
    def test_a_validation_is_stamped_and_says_by_when_the_next_one_is(self):
        published = standing("published")
        assert published.last_validated_at is None
        validated = after(published, "validate", at=minute(30), validate_by=minute(90))
        assert (validated.last_validated_at, validated.validate_by) == (minute(30), minute(90))
        assert not validated.is_validation_due(minute(89))
        assert validated.is_validation_due(minute(90))

    def test_without_a_date_none_is_due(self):
        assert not standing("published").is_validation_due(minute(999_999))

    def test_a_fixed_one_is_still_to_be_validated_and_a_retired_one_no_more(self):
        resolved = after(after(drafted(), "publish", validate_by=minute(90)), "resolve")
        assert resolved.validate_by == minute(90)
        assert after(resolved, "retire").validate_by is None

    def test_an_audit_is_kept_and_so_are_those_before(self):
        known_error = after(standing("published"), "audit", correct=False, at=minute(5), by=ADA)
        known_error = after(known_error, "audit", correct=True, at=minute(6))
        assert known_error.audits == (
            AuditResult(correct=False, at=minute(5), by="ada"),
            AuditResult(correct=True, at=minute(6), by="li"),
        )
        assert known_error.last_audit == known_error.audits[-1]

    def test_a_second_audit_of_the_same_instant_and_verdict_is_legal(self):
        known_error = after(standing("published"), "audit", at=minute(5))
        assert after(known_error, "audit", at=minute(5)).last_audit.correct


class TestLife:
    def test_a_search_finds_what_is_published_or_resolved_alone(self):
        found = [standing(place).is_searchable for place in ("draft", "published", "resolved")]
        assert found == [False, True, True]
        assert not standing("retired").is_searchable

    def test_a_draft_has_no_stamps(self):
        draft = drafted()
        stamps = (draft.published_at, draft.last_published_at, draft.resolved_at, draft.retired_at)
        assert stamps == (None,) * 4

    def test_its_stamps_tell_its_life(self):
        known_error = after(drafted(), "publish", at=minute(10))
        known_error = after(
            known_error, "resolve", at=minute(30), effective_at=minute(20), fixed_in=["5.2", "5.2"]
        )
        assert known_error.published_at == known_error.last_published_at == minute(10)
        assert known_error.resolved_at == minute(20)
        assert known_error.fixed_in == ("5.2",)

        retired = after(known_error, "retire", at=minute(40))
        assert (retired.retired_at, retired.resolved_at) == (minute(40), minute(20))
        assert retired.retirement_reason is RetirementReason.OBSOLETE

    def test_a_fix_that_failed_is_no_fix_any_more(self):
        again = after(standing("resolved"), "republish", at=minute(50))
        assert (again.resolved_at, again.fixed_in) == (None, ())
        assert (again.published_at, again.last_published_at) == (minute(1), minute(50))
        assert after(again, "resolve", at=minute(60)).resolved_at == minute(60)
        assert again.journal[-1].note == "The fix failed."

    def test_what_is_published_again_is_not_retired(self):
        again = after(standing("retired from draft"), "republish", at=minute(50))
        assert (again.retirement_reason, again.retired_at) == (None, None)
        assert again.published_at == minute(50)

    def test_a_duplicate_points_to_the_other_one_until_it_is_published_again(self):
        linked = after(standing("published"), "link")
        told = {"reason": RetirementReason.DUPLICATE, "duplicate_of": OTHER}
        duplicate = after(linked, "retire", **told)
        assert duplicate.original == OTHER
        again = after(duplicate, "republish")
        assert again.links == (Link(LinkKind.ADDRESSED_BY, RFC),)

    def test_it_points_to_its_problem_and_to_what_it_is_linked_with(self):
        assert after(drafted(), "link").references == {RFC}
        assert after(drafted(problem=PRB), "link").references == {RFC, PRB}

    def test_a_change_that_addresses_it_is_a_link(self):
        linked = after(drafted(), "link")
        assert linked.links == (Link(LinkKind.ADDRESSED_BY, RFC),)
        assert after(linked, "unlink", target=RFC).links == ()


@attrs.frozen(kw_only=True)
class ReleasedError(KnownError):
    release: str | None = None


class TestSubclass:
    def test_it_states_its_own_fields(self):
        told = {"title": "Slow", "symptoms": "It is slow.", "by": LI, "at": minute(0)}
        known_error = ReleasedError.draft(OTHER, release="6.0", **told)
        assert is_true(known_error).release == "6.0"

    def test_a_field_that_nobody_knows_is_named(self):
        told = {"title": "Slow", "symptoms": "It is slow.", "by": LI, "at": minute(0)}
        with pytest.raises(TypeError, match=r"takes no \['colour'\]; added fields: \['release'\]"):
            ReleasedError.draft(OTHER, colour="red", **told)

    def test_its_policies_are_the_rooms(self):
        assert ReleasedError.policies == KnownErrorPolicies()


def test_it_prints_what_it_is():
    assert repr(standing("published")) == "<KnownError KE-1 published v2: The mail queue stalls>"


def test_a_system_records_uses():
    used = after(standing("published"), "record_use", by=Actor.system("matcher"))
    assert used.journal[-1].by == Actor.system("matcher")
