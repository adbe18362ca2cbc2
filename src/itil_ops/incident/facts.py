"""
What is known of an incident, stated or derived.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from pendulum import DateTime

from itil_ops.incident import figures
from itil_ops.incident.figures import ExpandedLifecycle, Resolution
from itil_ops.incident.model import IncidentModel, ModelStep
from itil_ops.incident.policies import IncidentPolicies
from itil_ops.incident.vocabulary import (
    CancellationReason,
    MajorIncident,
    MatchedKnownError,
    ResolutionCode,
    ResolutionKind,
)
from itil_ops.kernel.held import Held
from itil_ops.kernel.identity import ConfigurationItemId, EventId, IncidentId, RecordId
from itil_ops.kernel.user_facing import UserFacing
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ClosureReason,
    ContactChannel,
    Criticality,
    Escalation,
    SupportLine,
)


@attrs.frozen(kw_only=True)
class IncidentFacts(UserFacing, Held):
    """
    The fields of an incident besides those of `UserFacing`, and what is derived from its journal.

    Attributes:
        caller: Who reported it.

        affected_user: Who cannot work, where that is not the caller.

        environment: Where it happened: production, test.

        configuration_items: What failed.

        criticality: How much the business depends on the service.

        security: Whether it is a security incident, of restricted visibility.

        source_event: The event it stems from.

        occurred_at: When the service failed.

        detected_at: When somebody noticed.

        repaired_at: When the component was fixed.

        recovered_at: When the component was back in production.

        restored_at: When users could work again; not the same as resolved.

        restoration_evidence: By what that is known, or why nobody needs to know.

        major: What makes it a major incident; `None` if it is none.

        symptom: A key by which similar incidents are found: an error code, what users notice in a
            word.

        workaround: What reduces its impact without repair.

        matched_known_error: The known error that it is a case of.

        model: The incident model it follows.

        steps_done: Names of the model's steps that are complete.

        resolution_code: How it was resolved.

        resolution_kind: What that did to the fault.

        likely_to_recur: Whether it may come back, as answered on closing.

        no_problem_reason: Why a mere workaround needs no problem.

        cancellation_reason: Why it was cancelled.
    """

    policies: ClassVar[IncidentPolicies] = IncidentPolicies()
    id_type: ClassVar[type[RecordId]] = IncidentId

    # Those of `UserFacing` stand where they are in the snapshots of stores.
    id: IncidentId
    channel: ContactChannel | None = None
    caller: str | None = None
    affected_user: str | None = None
    environment: str | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = ()
    vip: bool = False
    criticality: Criticality | None = None
    security: bool = False
    source_event: EventId | None = None
    occurred_at: DateTime | None = None
    detected_at: DateTime | None = None
    repaired_at: DateTime | None = None
    recovered_at: DateTime | None = None
    restored_at: DateTime | None = None
    restoration_evidence: str | None = None
    support_line: SupportLine = SupportLine.FIRST
    escalation: Escalation | None = None
    major: MajorIncident | None = None
    symptom: str | None = None
    workaround: str | None = None
    matched_known_error: MatchedKnownError | None = None
    model: IncidentModel | None = None
    steps_done: tuple[str, ...] = ()
    resolution_code: ResolutionCode | None = None
    resolution_kind: ResolutionKind | None = None
    auto_close_at: DateTime | None = None
    reopen_until: DateTime | None = None
    closure_reason: ClosureReason | None = None
    closure_category: CategoryPath | None = None
    likely_to_recur: bool | None = None
    no_problem_reason: str | None = None
    cancellation_reason: CancellationReason | None = None

    @property
    def user(self) -> str | None:
        """
        Name of its caller, who speaks for the user's side.
        """
        return self.caller

    @property
    def closes_by_itself(self) -> bool:
        """
        Whether it closes by itself where nobody objects: never a major one or a VIP's.
        """
        return not (self.major or self.vip)

    @property
    def references(self) -> frozenset[RecordId]:
        """
        Ids of the records that it points to, the event that it stems from included.
        """
        pointed = super().references
        return pointed if self.source_event is None else pointed | {self.source_event}

    # ---- Derived from the journal -----------------------------------------------------------

    @property
    def stamps(self) -> ExpandedLifecycle:
        """
        The stamps of the expanded incident lifecycle, as they are known now.
        """
        return ExpandedLifecycle(
            occurred_at=self.occurred_at,
            detected_at=self.detected_at,
            diagnosed_at=self._diagnosed_at(),
            repaired_at=self.repaired_at,
            recovered_at=self.recovered_at,
            restored_at=self.restored_at,
        )

    def _diagnosed_at(self) -> DateTime | None:
        """
        Return when the fault was understood, unless that was after all was well again.
        """
        told = self._entries(self.journal, "diagnose")
        found = min((entry.effective_at for entry in told), default=None)
        later = [self.repaired_at, self.recovered_at, self.restored_at]
        if found is None or any(stamp is not None and stamp < found for stamp in later):
            return None
        return found

    @property
    def resolution(self) -> Resolution | None:
        """
        How it was resolved, while it is.
        """
        return figures.resolution(self.resolution_code, self.resolution_kind, self.journal)

    @property
    def resolved_at(self) -> DateTime | None:
        """
        When it was resolved, while it is.
        """
        resolution = self.resolution
        return None if resolution is None else resolution.at

    @property
    def assigned_at(self) -> DateTime | None:
        """
        When it was last assigned.
        """
        return self._last_at("assign")

    @property
    def reassignment_count(self) -> int:
        """
        How often it changed hands after it was first assigned.
        """
        return figures.reassignments(self.journal)

    @property
    def first_contact_resolution(self) -> bool | None:
        """
        Whether the first line solved it without handing it on; `None` until it is resolved.

        What resolved itself it did not solve. Handed on is what was with another group than the
        owner, which is the service desk unless the policy says otherwise, and what was escalated
        functionally.
        """
        if self.resolution_code is None:
            return None
        return figures.is_solved_by_first_line(self.journal, self.owner)

    @property
    def workaround_applied_at(self) -> DateTime | None:
        """
        When a workaround was first applied.
        """
        return self._first_at("apply_workaround")

    @property
    def is_major_candidate(self) -> bool:
        """
        Whether the class's policy would have somebody consider declaring it a major incident.
        """
        return self.policies.major.is_candidate(self)

    @property
    def steps_due(self) -> tuple[ModelStep, ...]:
        """
        The steps of its model that may be taken now.
        """
        return () if self.model is None else self.model.due(self.steps_done)
