"""
Verbs of the work on an incident: who has it, what it waits for, what is found, done and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.fields import INCIDENT_FIELDS
from itil_ops.kernel.actor import Actor, ActorKind
from itil_ops.kernel.checks import check_optional, check_optional_text, check_type, checked
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import effective
from itil_ops.kernel.journaled import Step
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

    def assign(
        self,
        *,
        group: str | None = None,
        assignee: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Hand it to a group, a person or both; a hold ends.

        A group without an assignee takes it back into the group's queue; an assignee without a
        group has it within the group it is with.
        """
        kept = self.group if group is None and assignee is not None else group
        changes = checked(INCIDENT_FIELDS, group=kept, assignee=assignee)
        return self._step("assign", changes, by=by, at=at, note=note, policies=policies)

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

    def hold(
        self,
        reason: PendingReason,
        *,
        until: datetime | None = None,
        awaited: RecordId | str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Let work wait; on hold already, change the reason, the date or what is awaited.

        Args:
            reason: Why.

            until: When to go on, if somebody knows.

            awaited: What work waits for: a change, a problem, a parent by id, a supplier by name.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        changes = checked(
            INCIDENT_FIELDS, pending_reason=reason, pending_until=until, awaited=awaited
        )
        return self._step(
            "hold", changes, by=by, at=at, note=note, effective_at=effective_at, policies=policies
        )

    def resume(
        self,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Take up work again, in the state that was left for the hold.
        """
        return self._step(
            "resume", by=by, at=at, note=note, effective_at=effective_at, policies=policies
        )

    def diagnose(
        self,
        finding: str,
        *,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record what was found; the first finding stamps the diagnosis.
        """
        return self._step(
            "diagnose",
            by=by,
            at=at,
            note=check_optional_text(finding, "finding"),
            effective_at=effective_at,
            policies=policies,
        )

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
            workaround=workaround,
        )
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
        ruling = self._ruling(policies)
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

    def comment(
        self, text: str, *, by: Actor, at: datetime, policies: IncidentPolicies | None = None
    ) -> Self:
        """
        Note something for the provider's own use.
        """
        return self._step(
            "comment", by=by, at=at, note=check_optional_text(text, "text"), policies=policies
        )

    def link(
        self,
        kind: LinkKind,
        target: RecordId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Point to another record.
        """
        stated = check_optional(kind, LinkKind, "kind"), check_optional(target, RecordId, "target")
        links = self.links if None in stated else self._linked((kind, target))
        return self._step("link", {"links": links}, by=by, at=at, note=note, policies=policies)

    def _direction(self, stated: Direction | None, by: Actor) -> Direction:
        is_caller = check_type(by, Actor, "by").name == self.caller
        usual = Direction.INBOUND if is_caller else Direction.OUTBOUND
        return check_optional(stated, Direction, "direction") or usual

    def _awaits_caller(self) -> bool:
        waits = self.state.phase is Phase.WAITING
        return waits and self.pending_reason == PendingReason.AWAITING_CALLER
