"""
What is known of a problem, stated or derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.held import Held
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    PartId,
    ProblemId,
    RecordId,
)
from itil_ops.kernel.instant import between, utc
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import ChangeStatus, Criticality, LinkKind
from itil_ops.problem import figures
from itil_ops.problem.known_error.vocabulary import Workaround
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.problem.review import MajorProblemReview, ReviewId
from itil_ops.problem.severity import ProblemSeverity, SeverityLevel
from itil_ops.problem.vocabulary import (
    AnalysisTechnique,
    Deferral,
    MajorProblem,
    ProblemOrigin,
    ProblemResolutionCode,
    RiskAcceptance,
    RootCause,
)


if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from itil_ops.problem.figures import ProblemResolution


@attrs.frozen(kw_only=True)
class ProblemFacts(Held):
    """
    The fields of a problem, and what is derived from its journal.

    Attributes:
        origin: How it was found.

        symptoms: How it shows.

        evidence: By what a problem was found that nobody felt yet.

        detected_at: When somebody noticed; not the same as when it was logged.

        configuration_items: What is affected.

        affected_services: The services that it affects besides `service`, the main one.

        affected_users: The users that it affects, or groups of them, by name.

        business_areas: The parts of the business that it affects, by name.

        criticality: How much the business depends on the service.

        target_resolution_at: When it is to be resolved at the latest, if somebody said.

        cost: What it has cost so far, in whatever currency the caller counts in.

        possible_duplicates: The problems that may be the same, as found when it was assessed;
            `None` if nobody looked.

        severity: How serious it is for those who have to remove it.

        severity_level: What that comes to.

        techniques: The ways in which its cause was looked for.

        root_cause: What it comes from.

        root_cause_unknown_reason: Why that stays unknown.

        workaround: What reduces its impact, in the version that holds.

        no_workaround_reason: Why there is none.

        change: The change that brings the fix.

        change_status: Where that change stands.

        no_change_reason: Why the fix needs none.

        deferral: Why, and until when, it is not fixed.

        resolution_code: How it ended.

        observed_until: When it is known that it did not come back.

        recurrences: The incidents with which it came back after it was resolved.

        closure_waiver: Why it was closed in spite of what stood in the way.

        risk_acceptance: The word of the business that it lives with it.

        major: What makes it a major problem; `None` if it is none.
    """

    policies: ClassVar[ProblemPolicies] = ProblemPolicies()
    id_type: ClassVar[type[RecordId]] = ProblemId
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {ReviewId: MajorProblemReview}

    id: ProblemId
    origin: ProblemOrigin
    symptoms: str | None = None
    evidence: str | None = None
    detected_at: DateTime | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = ()
    affected_services: tuple[str, ...] = ()
    affected_users: tuple[str, ...] = ()
    business_areas: tuple[str, ...] = ()
    criticality: Criticality | None = None
    target_resolution_at: DateTime | None = None
    cost: Decimal | None = None
    possible_duplicates: tuple[ProblemId, ...] | None = None
    severity: ProblemSeverity | None = None
    severity_level: SeverityLevel | None = None
    techniques: tuple[AnalysisTechnique, ...] = ()
    root_cause: RootCause | None = None
    root_cause_unknown_reason: str | None = None
    workaround: Workaround | None = None
    no_workaround_reason: str | None = None
    change: ChangeId | None = None
    change_status: ChangeStatus | None = None
    no_change_reason: str | None = None
    deferral: Deferral | None = None
    resolution_code: ProblemResolutionCode | None = None
    observed_until: DateTime | None = None
    recurrences: tuple[IncidentId, ...] = ()
    closure_waiver: str | None = None
    risk_acceptance: RiskAcceptance | None = None
    major: MajorProblem | None = None

    # ---- What it affects, references and parts ----------------------------------------------

    @property
    def services(self) -> tuple[str, ...]:
        """
        All services that it affects, the main one first.
        """
        main = () if self.service is None else (self.service,)
        return tuple(dict.fromkeys((*main, *self.affected_services)))

    @property
    def raised_from(self) -> tuple[RecordId, ...]:
        """
        Ids of the incidents and events that led to it.
        """
        return self._targets(LinkKind.TRIGGERED_BY)

    @property
    def known_errors(self) -> tuple[RecordId, ...]:
        """
        Ids of the known errors that tell of it.
        """
        return self._targets(LinkKind.HAS_KNOWN_ERROR)

    @property
    def reviews(self) -> tuple[MajorProblemReview, ...]:
        """
        Its reviews, in the order in which they were planned.
        """
        return tuple(part for part in self.parts if isinstance(part, MajorProblemReview))

    # ---- Derived from the journal -----------------------------------------------------------

    @property
    def resolution(self) -> ProblemResolution | None:
        """
        How it was resolved, while it is; a risk that is accepted resolves nothing.
        """
        return figures.resolution(self.resolution_code, self.journal)

    @property
    def resolved_at(self) -> DateTime | None:
        """
        When it was resolved, while it is.
        """
        resolution = self.resolution
        return None if resolution is None else resolution.at

    @property
    def closed_at(self) -> DateTime | None:
        """
        When it was closed, while it is, by an accepted risk or otherwise.
        """
        if self.state.phase is not Phase.ENDED:
            return None
        by_risk = self.resolution_code is ProblemResolutionCode.RISK_ACCEPTED
        return self._last_at("accept_risk" if by_risk else "close")

    @property
    def investigation_started_at(self) -> DateTime | None:
        """
        When somebody first began to look for its cause.
        """
        return self._first_at("investigate")

    @property
    def root_cause_at(self) -> DateTime | None:
        """
        When the root cause was found that holds.
        """
        return None if self.root_cause is None else self.root_cause.at

    @property
    def workaround_at(self) -> DateTime | None:
        """
        When the workaround was recorded that holds.
        """
        return None if self.workaround is None else self.workaround.at

    @property
    def known_error_at(self) -> DateTime | None:
        """
        When it was declared a known error, since it was last analyzed anew.
        """
        return figures.known_error_at(self.journal)

    @property
    def time_to_known_error(self) -> timedelta | None:
        """
        How long it took to become a known error; `None` if it is none.
        """
        return between(self.logged_at, self.known_error_at)

    @property
    def time_to_fix(self) -> timedelta | None:
        """
        How long the known error took to be resolved; `None` if it was none, or is not resolved.
        """
        return between(self.known_error_at, self.resolved_at)

    @property
    def is_reviewed(self) -> bool:
        """
        Whether a review was completed, since it was last analyzed anew.
        """
        return figures.is_reviewed(self.journal)

    @property
    def reanalyzed_count(self) -> int:
        """
        How often it was analyzed anew.
        """
        return self._count("reanalyze")

    @property
    def recurrence_count(self) -> int:
        """
        How often it came back after it was resolved.
        """
        return len(self.recurrences)

    @property
    def latest_recurrences(self) -> tuple[IncidentId, ...]:
        """
        The incidents with which it came back since it was last analyzed.
        """
        anew = self.last_entry("reanalyze")
        since = 0 if anew is None else anew.number
        told = self._entries(self.journal[since:], "record_recurrence")
        return self.recurrences[-count:] if (count := sum(1 for _ in told)) else ()

    # ---- Facts of an instant ----------------------------------------------------------------

    def is_observed(self, at: datetime) -> bool:
        """
        Whether it is solved, and it may still come back.
        """
        is_done = self.state.phase is Phase.DONE
        return is_done and self.observed_until is not None and utc(at) < self.observed_until

    def is_acceptance_expired(self, at: datetime) -> bool:
        """
        Whether the business accepted its risk, and does so no longer.
        """
        accepted = self.risk_acceptance
        return accepted is not None and accepted.is_expired(utc(at))
