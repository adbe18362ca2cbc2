"""
The problem: how its life begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from itil_ops.kernel.checks import (
    check_goes_with,
    check_optional,
    check_optional_text,
    checked,
    given,
    optional_several,
    several,
)
from itil_ops.kernel.fields import check_added
from itil_ops.kernel.handled import decided_priority
from itil_ops.kernel.identity import (
    ConfigurationItemId,
    EventId,
    IncidentId,
    KnownErrorId,
    ProblemId,
    RecordId,
)
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.vocabulary import CategoryPath, Criticality, Link, LinkKind
from itil_ops.problem.analysis import Analyzed
from itil_ops.problem.control import Controlled
from itil_ops.problem.fields import PROBLEM_ARGUMENTS, PROBLEM_FIELDS
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE
from itil_ops.problem.reviewing import Reviewed
from itil_ops.problem.vocabulary import ProblemOrigin, ProblemResolutionCode


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from pendulum import DateTime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.priority import Impact, Urgency
    from itil_ops.problem.policies import ProblemPolicies


_UNSOLVED: Mapping[str, object] = {
    "resolution_code": None,
    "root_cause_unknown_reason": None,
    "change": None,
    "change_status": None,
    "no_change_reason": None,
    "observed_until": None,
    "closure_waiver": None,
    "risk_acceptance": None,
}


class Problem(Analyzed, Controlled, Reviewed):
    """
    The cause of one or more incidents, or what may become one; mostly unknown when it is logged.

    It is logged, assessed and investigated; work may wait for a reason. Once it is understood it is
    a known error until a fix removes it, or the business accepts its risk. What was solved is
    observed and closed, and analyzed anew if it comes back. What was no problem of its own is
    cancelled.

    Every verb returns the next problem and leaves this one as it is. It takes `by`, who acts, and
    `at`, when that is recorded; most take a `note`, and all take `policies` for one call. A refusal
    raises a `RefusedError` that names every reason, and an *at* before the last entry an
    `OutOfOrderError`; in both cases nothing has changed.
    """

    __slots__ = ()

    lifecycle = PROBLEM_LIFECYCLE

    @classmethod
    def log(
        cls,
        id: ProblemId,
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
        criticality: Criticality | None = None,
        configuration_items: Iterable[ConfigurationItemId] = (),
        affected_services: Iterable[str] = (),
        affected_users: Iterable[str] = (),
        business_areas: Iterable[str] = (),
        symptoms: str | None = None,
        origin: ProblemOrigin | None = None,
        raised_from: Iterable[RecordId] = (),
        evidence: str | None = None,
        detected_at: datetime | None = None,
        target_resolution_at: datetime | None = None,
        cost: Decimal | None = None,
        owner: str | None = None,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
        **added: object,
    ) -> Self:
        """
        Begin a problem; with no incident yet it is a proactive one, which takes evidence.

        The arguments are the attributes that a person states, those *added* by a subclass included.
        Those it is raised from are incidents and events; unless an origin is given, it is reactive
        with them and proactive without. Priority and owner are the policies' to decide.

        Raises:
            RefusedError: It is not permitted, or rules stand in the way.

            TypeError: A field is unknown or of the wrong type.

            ValueError: An instant is naive, or a text blank.
        """
        check_added(added, "log", cls, Problem)
        stated = checked(
            PROBLEM_FIELDS,
            id=id,
            title=title,
            number=number,
            description=description,
            service=service,
            customer=customer,
            category=category,
            impact=impact,
            urgency=urgency,
            criticality=criticality,
            configuration_items=configuration_items,
            affected_services=affected_services,
            affected_users=affected_users,
            business_areas=business_areas,
            symptoms=symptoms,
            evidence=evidence,
            detected_at=detected_at,
            target_resolution_at=target_resolution_at,
            cost=cost,
            owner=owner,
            **_raised(raised_from, origin),
            **added,
        )
        ruling = in_force(policies, cls.policies)
        decided = _decide(stated, ruling)
        return cls._begin(
            "log", by=by, at=at, fields=stated, note=note, decided=decided, policies=ruling
        )

    def resolve(
        self,
        code: ProblemResolutionCode = ProblemResolutionCode.FIX_APPLIED,
        *,
        root_cause_unknown_reason: str | None = None,
        no_change_reason: str | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Say that it is solved; from now on it is observed as long as the policy says.

        Args:
            code: Whether it is fixed, or did not come back.

            root_cause_unknown_reason: Why the root cause stays unknown.

            no_change_reason: Why the fix needed no change.

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
            root_cause_unknown_reason=root_cause_unknown_reason,
            no_change_reason=no_change_reason,
        )
        return self._step(
            "resolve",
            solved,
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            decided={"observed_until": ruling.observation.name},
            policies=ruling,
        )

    def close(
        self,
        *,
        open_incidents: Iterable[IncidentId],
        live_known_errors: Iterable[KnownErrorId],
        waiver: str | None = None,
        code: ProblemResolutionCode | None = None,
        root_cause_unknown_reason: str | None = None,
        no_change_reason: str | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Close it; what is not resolved yet is resolved and closed in one step, which shows as two.

        `itil_ops.handoffs.close_problem` looks up the incidents and known errors.

        Args:
            open_incidents: Those of its incidents that are not over; empty if all are.

            live_known_errors: Those of its known errors that are published; empty if none is.

            waiver: Why it is closed in spite of them, or before its observation is over.

            code: How it was resolved, for closing in one step; of what is resolved already it
                corrects what was said.

            root_cause_unknown_reason: Why the root cause stays unknown, likewise.

            no_change_reason: Why the fix needed no change, likewise.

            note: What was done, or why it is closed.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        reasons = {
            "root_cause_unknown_reason": root_cause_unknown_reason,
            "no_change_reason": no_change_reason,
        }
        told = {
            "open_incidents": optional_several(open_incidents, IncidentId, "open_incidents"),
            "live_known_errors": optional_several(
                live_known_errors, KnownErrorId, "live_known_errors"
            ),
        }
        stated = given(resolution_code=code, closure_waiver=waiver, **reasons)
        changes = checked(PROBLEM_FIELDS, PROBLEM_ARGUMENTS, **stated)
        steps = [Step("close", changes, note=note, told=told)]
        if self.lifecycle.steps(self.state.name, "close") == ("resolve", "close"):
            solved = self._solved(code, utc(at), ruling, **reasons)
            decided = {"observed_until": ruling.observation.name}
            steps.insert(0, Step("resolve", solved, note=note, decided=decided))
        return self._take(*steps, by=by, at=at, policies=ruling, verb="close")

    def reanalyze(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        Look for its cause anew: it came back, or the business accepts its risk no longer.

        What was found is kept until it is corrected; how it ended is not.
        """
        told = check_optional_text(reason, "reason")
        return self._step("reanalyze", _UNSOLVED, by=by, at=at, note=told, policies=policies)

    def cancel(
        self,
        code: ProblemResolutionCode,
        *,
        duplicate_of: ProblemId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        End it without a result: it was no problem of its own.

        What is understood or waits ends so as a duplicate only.

        Args:
            code: Whether it is a duplicate, or was no problem.

            duplicate_of: The problem that it repeats; `itil_ops.handoffs.mark_duplicate` makes sure
                that no two are duplicates of each other.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: A duplicate is named, but that is not the code.
        """
        check_optional(duplicate_of, ProblemId, "duplicate_of")
        changes = {
            "deferral": None,
            **checked(PROBLEM_FIELDS, PROBLEM_ARGUMENTS, resolution_code=code),
        }
        check_goes_with(duplicate_of, "duplicate_of", code, ProblemResolutionCode.DUPLICATE)
        changes["links"] = self._linked((LinkKind.DUPLICATE_OF, duplicate_of))
        return self._step("cancel", changes, by=by, at=at, note=note, policies=policies)

    def _solved(
        self,
        code: ProblemResolutionCode | None,
        resolved_at: DateTime,
        ruling: ProblemPolicies,
        **reasons: str | None,
    ) -> dict[str, object]:
        return {
            **checked(PROBLEM_FIELDS, PROBLEM_ARGUMENTS, resolution_code=code, **given(**reasons)),
            **self._responded(resolved_at),
            "observed_until": ruling.observation.observed_until(self, resolved_at),
            "deferral": None,
        }


def _raised(raised_from: Iterable[RecordId], origin: ProblemOrigin | None) -> dict[str, object]:
    causes = _incidents_and_events(raised_from)
    usual = ProblemOrigin.REACTIVE if causes else ProblemOrigin.PROACTIVE
    return {
        "origin": usual if origin is None else origin,
        "links": tuple(Link(LinkKind.TRIGGERED_BY, cause) for cause in causes),
    }


def _decide(stated: dict[str, Any], ruling: ProblemPolicies) -> dict[str, str]:
    """
    Add to what is *stated* what the policies decide, and return which of them did.
    """
    stated["priority"], decided = decided_priority(ruling, stated)
    if stated["owner"] is None:
        service, category = stated["service"], stated["category"]
        stated["owner"] = ruling.ownership.owner(service=service, category=category)
        decided["owner"] = ruling.ownership.name
    return decided


def _incidents_and_events(raised_from: Iterable[RecordId]) -> tuple[RecordId, ...]:
    causes = several(raised_from, RecordId, "raised_from")
    for cause in causes:
        if not isinstance(cause, IncidentId | EventId):
            raise TypeError(f"each of raised_from must be an incident or an event, not {cause!r}")
    return tuple(dict.fromkeys(causes))
