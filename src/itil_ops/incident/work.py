"""
Verbs of the work on an incident: who has it, what it waits for, what is found, done and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.fields import INCIDENT_ARGUMENTS, INCIDENT_FIELDS
from itil_ops.incident.vocabulary import MatchedKnownError
from itil_ops.kernel.checks import check_count, check_optional, check_optional_text, checked
from itil_ops.kernel.identity import KnownErrorId
from itil_ops.kernel.instant import effective
from itil_ops.kernel.vocabulary import LinkKind


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.priority import Impact


class Work(IncidentFacts):
    """
    The verbs of the work on an incident.
    """

    __slots__ = ()

    def start(
        self,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Begin work on it; with nobody assigned, the actor becomes the assignee.

        It is the first qualified action, unless there was one before.
        """
        changes = {
            **self._taken_by(by),
            **self._responded(effective(at, effective_at)),
        }
        return self._step(
            "start", changes, by=by, at=at, note=note, effective_at=effective_at, policies=policies
        )

    def diagnose(
        self,
        finding: str,
        *,
        symptom: str | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record what was found; the first finding stamps the diagnosis.

        Args:
            finding: What was found.

            symptom: The key by which similar incidents are found; as it was unless given.

            by: Who acts.

            at: When that is recorded.

            effective_at: When it was found; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        seen = self.symptom if symptom is None else symptom
        return self._step(
            "diagnose",
            checked(INCIDENT_FIELDS, symptom=seen),
            by=by,
            at=at,
            note=check_optional_text(finding, "finding"),
            effective_at=effective_at,
            policies=policies,
        )

    def match_known_error(
        self,
        known_error: KnownErrorId,
        *,
        workaround: str | None = None,
        workaround_version: int | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record that it is a case of a known error; `itil_ops.handoffs` tells the known error too.

        Args:
            known_error: Id of the known error.

            workaround: Its workaround, which the incident then has as well.

            workaround_version: Which version of the workaround that is.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        named = check_optional(known_error, KnownErrorId, "known_error")
        version = check_count(workaround_version, "workaround_version", least=1)
        found = self.workaround if workaround is None else workaround
        changes = checked(INCIDENT_FIELDS, workaround=found)
        changes["links"] = self._linked((LinkKind.MATCHED, named))
        if named is not None:
            matched = MatchedKnownError(known_error=named, workaround_version=version)
            changes["matched_known_error"] = matched
        return self._step("match_known_error", changes, by=by, at=at, note=note, policies=policies)

    def complete_step(
        self,
        name: str,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Complete the step called *name* of the incident model.
        """
        check_optional_text(name, "name")
        done = (*self.steps_done, *filter(None, [name]))
        return self._step(
            "complete_step", {"steps_done": done}, by=by, at=at, note=note, policies=policies
        )

    def apply_workaround(
        self,
        workaround: str,
        *,
        impact: Impact | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Reduce the impact without repair; the incident stays open.

        Args:
            workaround: What users do meanwhile.

            impact: The effect on the business that is left; priority is decided anew.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes, decided = self._reprioritized(
            policies,
            impact=self.impact if impact is None else impact,
        )
        changes |= checked(INCIDENT_FIELDS, workaround=workaround)
        return self._step(
            "apply_workaround",
            changes,
            by=by,
            at=at,
            decided=decided,
            note=note,
            policies=policies,
        )

    def mark_restored(
        self,
        *,
        repaired_at: datetime | None = None,
        recovered_at: datetime | None = None,
        restored_at: datetime | None = None,
        evidence: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record that users can work again, and since when.

        Args:
            repaired_at: When the component was fixed, if that was marked.

            recovered_at: When the component was back in production, if that was marked.

            restored_at: Since when users could work; `effective_at` unless given, and unlike that
                not bound to the last change of state.

            evidence: By what normal operation is known.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        told = checked(
            INCIDENT_FIELDS,
            INCIDENT_ARGUMENTS,
            repaired_at=repaired_at,
            recovered_at=recovered_at,
            restored_at=effective(at, effective_at) if restored_at is None else restored_at,
            restoration_evidence=evidence,
        )
        return self._step(
            "mark_restored",
            {name: value for name, value in told.items() if value is not None},
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            policies=policies,
        )
