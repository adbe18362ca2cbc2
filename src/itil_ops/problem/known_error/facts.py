"""
What is known of a known error, stated or derived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.identity import (
    ConfigurationItemId,
    IncidentId,
    KnownErrorId,
    ProblemId,
    RecordId,
)
from itil_ops.kernel.instant import utc
from itil_ops.problem.known_error import figures
from itil_ops.problem.known_error.lifecycle import SEARCHABLE
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.vocabulary import (
    AuditResult,
    KnownErrorSource,
    KnownErrorUse,
    RetirementReason,
    Workaround,
)


if TYPE_CHECKING:
    from datetime import datetime


@attrs.frozen(kw_only=True)
class KnownErrorFacts(Annotated):
    """
    The fields of a known error, and what is derived from its journal.

    Its `service` is the first of its services.

    Attributes:
        symptoms: How it shows, in words that are searched.

        keywords: Words by which it should be found besides.

        symptom_keys: Exact keys of its symptoms, such as error codes.

        services: The services that it affects, the main one first.

        configuration_items: The configuration items that it affects.

        versions: The versions of what it affects that have the error.

        root_cause: Why it is so, where that is known.

        workaround: What reduces the harm meanwhile: the newest version.

        no_workaround_reason: Why none is possible, where somebody ruled it out.

        permanent_fix: How the error is to be removed: the plan.

        source: Who understood it first.

        problem: The problem that it comes from, if it comes from one.

        validate_by: By when somebody looks whether what it says still holds.

        usage_count: How many incidents it was used for.

        last_use: The use that was told of last: a new one, or one of which somebody said later
            whether it helped.

        last_audit: What the last audit found.

        fixed_in: The versions in which the error is fixed, once it is resolved.

        retirement_reason: Why it is retired, while it is.
    """

    policies: ClassVar[KnownErrorPolicies] = KnownErrorPolicies()
    id_type: ClassVar[type[RecordId]] = KnownErrorId

    id: KnownErrorId
    symptoms: str | None = None
    keywords: tuple[str, ...] = ()
    symptom_keys: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    configuration_items: tuple[ConfigurationItemId, ...] = ()
    versions: tuple[str, ...] = ()
    root_cause: str | None = None
    workaround: Workaround | None = None
    no_workaround_reason: str | None = None
    permanent_fix: str | None = None
    source: KnownErrorSource = KnownErrorSource.PROBLEM
    problem: ProblemId | None = None
    validate_by: DateTime | None = None
    # A field, so that who reads many need not count the entries of each.
    usage_count: int = 0
    last_use: KnownErrorUse | None = None
    last_audit: AuditResult | None = None
    fixed_in: tuple[str, ...] = ()
    retirement_reason: RetirementReason | None = None

    # ---- Derived ----------------------------------------------------------------------------

    @property
    def is_searchable(self) -> bool:
        """
        Whether a search finds it: once published, and as long as it is not retired.
        """
        return self.state.name in SEARCHABLE

    @property
    def references(self) -> frozenset[RecordId]:
        """
        Ids of the records that it points to, the problem that it comes from included.
        """
        pointed = super().references
        return pointed if self.problem is None else pointed | {self.problem}

    @property
    def workarounds(self) -> tuple[Workaround, ...]:
        """
        All versions of the workaround, the newest last.
        """
        return figures.workarounds(self.journal)

    @property
    def uses(self) -> tuple[KnownErrorUse, ...]:
        """
        Every use as it was last told of, the last one last; each incident counts once.
        """
        return figures.uses(self.journal)

    @property
    def used_for(self) -> tuple[IncidentId, ...]:
        """
        The incidents that it was used for, the last one last.
        """
        return tuple(use.incident for use in self.uses)

    @property
    def audits(self) -> tuple[AuditResult, ...]:
        """
        What every audit found, the last one last.
        """
        return figures.audits(self.journal)

    @property
    def published_at(self) -> DateTime | None:
        """
        When it was first published, if it ever was.
        """
        return self._first_at(*_PUBLISHING)

    @property
    def last_published_at(self) -> DateTime | None:
        """
        When it was last published, or published again.
        """
        return self._last_at(*_PUBLISHING)

    @property
    def resolved_at(self) -> DateTime | None:
        """
        When the fix was deployed, while that holds.
        """
        last = next(self._entries(reversed(self.journal), "resolve", "republish"), None)
        return None if last is None or last.action == "republish" else last.effective_at

    @property
    def retired_at(self) -> DateTime | None:
        """
        When it was retired, while it is.
        """
        return self._last_at("retire") if self.retirement_reason else None

    @property
    def last_validated_at(self) -> DateTime | None:
        """
        When it was last validated.
        """
        return self._last_at("validate")

    @property
    def last_used_at(self) -> DateTime | None:
        """
        When it was last used; to say later whether that helped is no use.
        """
        told = self._entries(reversed(self.journal), "record_use")
        return next((entry.at for entry in told if "usage_count" in entry.changes), None)

    def is_validation_due(self, at: datetime) -> bool:
        """
        Whether it should have been validated by *at*.
        """
        instant = utc(at)
        return self.validate_by is not None and self.validate_by <= instant


_PUBLISHING = ("publish", "republish")
