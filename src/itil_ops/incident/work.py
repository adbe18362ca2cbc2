"""
Verbs of the work on an incident: who has it, what it waits for, what is found, done and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.fields import INCIDENT_FIELDS
from itil_ops.incident.vocabulary import MatchedKnownError
from itil_ops.kernel.actor import Actor, ActorKind
from itil_ops.kernel.checks import (
    check_count,
    check_optional,
    check_optional_text,
    check_type,
    checked,
)
from itil_ops.kernel.identity import KnownErrorId
from itil_ops.kernel.instant import effective
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import (
    Contact,
    ContactChannel,
    Direction,
    LinkKind,
    PendingReason,
    Visibility,
)


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
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

    def communicate(
        self,
        message: str,
        *,
        direction: Direction | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        channel: ContactChannel | None = None,
        automatic: bool | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record a message between the provider and the user's side.

        A public one that a human of the provider sent is a response, and an update. A reply takes
        up work that waits for the caller, unless the policies say otherwise.

        Args:
            message: What was said.

            direction: Who spoke; the provider unless given, or the caller where the caller acts.

            visibility: Who can read it.

            channel: How it went.

            automatic: Whether no human wrote it; unless given, whether a system acts.

            by: Who records it.

            at: When that is recorded.

            effective_at: When it was said; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        by_system = check_type(by, Actor, "by").kind is ActorKind.SYSTEM
        is_automatic = by_system if automatic is None else check_type(automatic, bool, "automatic")
        contact = Contact(
            direction=self._direction(direction, by),
            visibility=check_type(visibility, Visibility, "visibility"),
            at=effective(at, effective_at),
            channel=check_optional(channel, ContactChannel, "channel"),
            automatic=is_automatic,
        )
        changes: dict[str, object] = {"last_contact": contact}
        if contact.informs_user:
            changes |= self._responded(contact.at)
        told = check_optional_text(message, "message")
        steps = [Step("communicate", changes, note=told, effective_at=effective_at)]
        if ruling.resume_on_reply and contact.is_from_user and self._awaits_caller():
            steps.append(Step("resume", effective_at=effective_at))
        return self._take(*steps, by=by, at=at, policies=ruling)

    def _direction(self, stated: Direction | None, by: Actor) -> Direction:
        is_caller = check_type(by, Actor, "by").name == self.caller
        usual = Direction.INBOUND if is_caller else Direction.OUTBOUND
        return check_optional(stated, Direction, "direction") or usual

    def _awaits_caller(self) -> bool:
        waits = self.state.phase is Phase.WAITING
        return waits and self.pending_reason == PendingReason.AWAITING_CALLER
