"""
The incident: how its life begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from itil_ops.incident.escalation import Escalated
from itil_ops.incident.fields import INCIDENT_ARGUMENTS, INCIDENT_FIELDS
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.incident.vocabulary import (
    CancellationReason,
    MajorIncident,
    ResolutionCode,
    ResolutionKind,
)
from itil_ops.incident.work import Work
from itil_ops.kernel.checks import (
    check_goes_with,
    check_optional,
    check_optional_text,
    checked,
    given,
)
from itil_ops.kernel.fields import check_added
from itil_ops.kernel.handled import decided_priority
from itil_ops.kernel.history import given_in
from itil_ops.kernel.identity import ConfigurationItemId, EventId, IncidentId, ProblemId, RecordId
from itil_ops.kernel.instant import effective, optional_utc, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ClosureReason,
    ContactChannel,
    Criticality,
    LinkKind,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.incident.model import IncidentModel
    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.priority import Impact, Urgency


_UNSOLVED: Mapping[str, object] = {
    "resolution_code": None,
    "resolution_kind": None,
    "repaired_at": None,
    "recovered_at": None,
    "restored_at": None,
    "restoration_evidence": None,
    "auto_close_at": None,
    "reopen_until": None,
    "closure_reason": None,
    "closure_category": None,
    "likely_to_recur": None,
    "no_problem_reason": None,
}


class Incident(Work, Escalated):
    """
    An unplanned interruption of a service, a reduction of its quality, or a failure not yet felt.

    It is logged, assigned and worked on; work may wait for a reason; it is resolved when the
    service works again and closed when the caller agrees or does not object. It may come back for
    a while. It never becomes a problem, it only points to one. What was no incident of its own is
    cancelled.

    Every verb returns the next incident and leaves this one as it is. It takes `by`, who acts, and
    `at`, when that is recorded; most take a `note`, and all take `policies` for one call. A refusal
    raises a `RefusedError` that names every reason, and an *at* before the last entry an
    `OutOfOrderError`; in both cases nothing has changed.
    """

    __slots__ = ()

    lifecycle = INCIDENT_LIFECYCLE

    @classmethod
    def log(
        cls,
        id: IncidentId,
        *,
        title: str,
        by: Actor,
        at: datetime,
        number: str | None = None,
        description: str | None = None,
        service: str | None = None,
        customer: str | None = None,
        category: CategoryPath | None = None,
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        channel: ContactChannel | None = None,
        caller: str | None = None,
        affected_user: str | None = None,
        environment: str | None = None,
        configuration_items: Iterable[ConfigurationItemId] = (),
        vip: bool = False,
        criticality: Criticality | None = None,
        security: bool = False,
        symptom: str | None = None,
        source_event: EventId | None = None,
        occurred_at: datetime | None = None,
        detected_at: datetime | None = None,
        reported_at: datetime | None = None,
        owner: str | None = None,
        model: IncidentModel | None = None,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
        **added: object,
    ) -> Self:
        """
        Begin an incident.

        The arguments are the attributes that a person states, those *added* by a subclass included.
        A model fills in category, impact, urgency and security where they are not given; priority
        and owner are the policies' to decide.

        Raises:
            RefusedError: It is not permitted, or rules stand in the way.

            TypeError: A field is unknown or of the wrong type.

            ValueError: An instant is naive, or a text blank.
        """
        check_added(added, "log", cls, Incident)
        stated = checked(
            INCIDENT_FIELDS,
            id=id,
            title=title,
            number=number,
            description=description,
            service=service,
            customer=customer,
            category=category,
            impact=impact,
            urgency=urgency,
            channel=channel,
            caller=caller,
            affected_user=affected_user,
            environment=environment,
            configuration_items=configuration_items,
            vip=vip,
            criticality=criticality,
            security=security,
            symptom=symptom,
            source_event=source_event,
            occurred_at=occurred_at,
            detected_at=detected_at,
            reported_at=reported_at,
            owner=owner,
            model=model,
            **added,
        )
        if model is not None:
            stated |= model.fill(stated)
        ruling = in_force(policies, cls.policies)
        stated["priority"], decided = decided_priority(ruling, stated)
        if owner is None:
            stated["owner"] = ruling.ownership.owner(service=service, category=category)
            decided["owner"] = ruling.ownership.name
        return cls._begin(
            "log", by=by, at=at, fields=stated, note=note, decided=decided, policies=ruling
        )

    def resolve(
        self,
        code: ResolutionCode,
        *,
        kind: ResolutionKind | None = None,
        restored_at: datetime | None = None,
        evidence: str | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Say that the service works again, and how. No root cause is needed for that.

        Args:
            code: How it was resolved.

            kind: What that did to the fault; the code's usual kind unless given.

            restored_at: When users could work again; when it was resolved, unless given or marked.

            evidence: By what normal operation is known, or why nobody needs to know.

            note: What was done.

            by: Who acts.

            at: When that is recorded.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        solved = self._solved(
            code,
            effective(at, effective_at),
            ruling,
            kind=kind,
            restored_at=restored_at,
            evidence=evidence,
        )
        return self._step(
            "resolve",
            solved,
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            decided={"auto_close_at": ruling.closure.name},
            policies=ruling,
        )

    def auto_resolve(
        self,
        code: ResolutionCode,
        *,
        cause: RecordId,
        note: str | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Record that it resolved itself, by a clearing event, a parent or a problem.

        Args:
            code: How it was resolved.

            cause: The event that cleared it, or the incident or problem it was resolved with.

            note: What the system tells.

            by: The system that tells.

            at: When that is recorded.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        solved = self._solved(code, effective(at, effective_at), ruling)
        # Nobody answered: a response is a person's.
        solved["responded_at"] = self.responded_at
        named = check_optional(cause, RecordId, "cause")
        if named is not None and not isinstance(named, EventId | IncidentId | ProblemId):
            raise TypeError(f"cause must be an event, an incident or a problem, not {cause!r}")
        kind = LinkKind.CLEARED_BY if isinstance(cause, EventId) else LinkKind.RESOLVED_BY
        # Without a cause there are no links, so that the guard asks for it whatever was linked.
        solved["links"] = () if named is None else self._linked((kind, named))
        return self._step(
            "auto_resolve",
            solved,
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            decided={"auto_close_at": ruling.closure.name},
            policies=ruling,
        )

    def reopen(
        self, reason: str, *, by: Actor, at: datetime, policies: IncidentPolicies | None = None
    ) -> Self:
        """
        Take it up again because it is back or the caller disagrees.

        Once closed that is possible inside the window that was set when it was closed. With nobody
        assigned, it goes back to the person who resolved it; what resolved itself goes to nobody.
        """
        solved = given_in(self.journal, "resolution_code")
        by_itself = solved is not None and solved.action == "auto_resolve"
        taken = {} if by_itself else self._taken_by(by if solved is None else solved.by)
        changes = {**_UNSOLVED, **taken}
        told = check_optional_text(reason, "reason")
        return self._step("reopen", changes, by=by, at=at, note=told, policies=policies)

    def close(
        self,
        *,
        reason: ClosureReason = ClosureReason.CALLER_CONFIRMED,
        resolution: ResolutionCode | None = None,
        kind: ResolutionKind | None = None,
        evidence: str | None = None,
        category: CategoryPath | None = None,
        likely_to_recur: bool | None = None,
        no_problem_reason: str | None = None,
        review_at: datetime | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Close it; what is not resolved yet is resolved and closed in one step, which shows as two.

        Args:
            reason: On whose word.

            resolution: How it was resolved, for closing in one step; of what is resolved already it
                corrects what was said.

            kind: What that did to the fault, likewise; the code's usual kind unless given.

            evidence: By what normal operation is known, likewise.

            category: Its category in hindsight; the one it has unless given.

            likely_to_recur: Whether it may come back.

            no_problem_reason: Why a mere workaround needs no problem.

            review_at: When the review of a major incident is planned for.

            note: What was done, or why it is closed.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: A review is planned, but it is no major incident.
        """
        ruling = in_force(policies, self.policies)
        changes = checked(
            INCIDENT_FIELDS,
            INCIDENT_ARGUMENTS,
            closure_reason=reason,
            closure_category=self.category if category is None else category,
            likely_to_recur=likely_to_recur,
            no_problem_reason=no_problem_reason,
            reopen_until=ruling.reopen.reopen_until(self, utc(at)),
            major=self._with_review(review_at),
            **given(
                resolution_code=resolution,
                resolution_kind=_kind(resolution, kind, "resolution"),
                restoration_evidence=evidence,
            ),
        )
        decided = {"reopen_until": ruling.reopen.name}
        steps = [Step("close", changes, note=note, decided=decided)]
        if self.lifecycle.steps(self.state.name, "close") == ("resolve", "close"):
            solved = self._solved(resolution, utc(at), ruling, kind=kind, evidence=evidence)
            decided = {"auto_close_at": ruling.closure.name}
            steps.insert(0, Step("resolve", solved, note=note, decided=decided))
        return self._take(*steps, by=by, at=at, policies=ruling, verb="close")

    def cancel(
        self,
        reason: CancellationReason,
        *,
        duplicate_of: IncidentId | None = None,
        converted_to: RecordId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        End it without a result: it was no incident of its own.

        Args:
            reason: Why.

            duplicate_of: The incident that it repeats; `itil_ops.handoffs.mark_duplicate` makes
                sure that no two are duplicates of each other.

            converted_to: What it became, a service request for instance.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: A duplicate or what it became is named, but that is not the reason.
        """
        check_optional(duplicate_of, IncidentId, "duplicate_of")
        check_optional(converted_to, RecordId, "converted_to")
        changes = checked(INCIDENT_FIELDS, INCIDENT_ARGUMENTS, cancellation_reason=reason)
        check_goes_with(duplicate_of, "duplicate_of", reason, CancellationReason.DUPLICATE)
        check_goes_with(converted_to, "converted_to", reason, CancellationReason.CONVERTED)
        changes["links"] = self._linked(
            (LinkKind.DUPLICATE_OF, duplicate_of), (LinkKind.CONVERTED_TO, converted_to)
        )
        return self._step("cancel", changes, by=by, at=at, note=note, policies=policies)

    def _solved(
        self,
        code: ResolutionCode | None,
        resolved_at: DateTime,
        ruling: IncidentPolicies,
        *,
        kind: ResolutionKind | None = None,
        restored_at: datetime | None = None,
        evidence: str | None = None,
    ) -> dict[str, object]:
        restored = self.restored_at or resolved_at
        return checked(
            INCIDENT_FIELDS,
            INCIDENT_ARGUMENTS,
            resolution_code=code,
            resolution_kind=_kind(code, kind),
            restored_at=restored if restored_at is None else restored_at,
            auto_close_at=ruling.closure.auto_close_at(self, resolved_at),
            **self._responded(resolved_at),
            **given(restoration_evidence=evidence),
        )

    def _with_review(self, review_at: datetime | None) -> MajorIncident | None:
        planned = optional_utc(review_at, "review_at")
        if planned is None:
            return self.major
        if self.major is None:
            raise ValueError(f"review_at is for a major incident, and {described(self)} is none")
        return attrs.evolve(self.major, review_at=planned)


def _kind(
    code: ResolutionCode | None, kind: ResolutionKind | None, name: str = "code"
) -> ResolutionKind | None:
    usual = check_optional(code, ResolutionCode, name)
    return usual.usual_kind if usual is not None and kind is None else kind
