"""
Verbs of the upkeep of a known error: what it says, whether it holds, and how it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast

import attrs

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_optional, check_optional_text, check_type, checked, given
from itil_ops.kernel.identity import ConfigurationItemId, IncidentId
from itil_ops.kernel.instant import optional_utc, utc
from itil_ops.kernel.policies import in_force
from itil_ops.problem.known_error.facts import KnownErrorFacts
from itil_ops.problem.known_error.fields import KNOWN_ERROR_FIELDS
from itil_ops.problem.known_error.vocabulary import AuditResult, KnownErrorUse, Workaround


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from itil_ops.kernel.vocabulary import CategoryPath
    from itil_ops.problem.known_error.policies import KnownErrorPolicies


class Upkeep(KnownErrorFacts):
    """
    The verbs of the upkeep of a known error.
    """

    __slots__ = ()

    # ---- What it says -----------------------------------------------------------------------

    def revise(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        symptoms: str | None = None,
        keywords: Iterable[str] | None = None,
        symptom_keys: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
        category: CategoryPath | None = None,
        configuration_items: Iterable[ConfigurationItemId] | None = None,
        versions: Iterable[str] | None = None,
        root_cause: str | None = None,
        permanent_fix: str | None = None,
        owner: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Say anew what it is about; each field stays as it was unless given.

        What is given as several takes the place of all there was.
        """
        changes = checked(
            KNOWN_ERROR_FIELDS,
            **given(
                title=title,
                description=description,
                symptoms=symptoms,
                keywords=keywords,
                symptom_keys=symptom_keys,
                services=services,
                category=category,
                configuration_items=configuration_items,
                versions=versions,
                root_cause=root_cause,
                permanent_fix=permanent_fix,
                owner=owner,
            ),
        )
        changes |= self._main_service(changes)
        return self._step("revise", changes, by=by, at=at, note=note, policies=policies)

    def revise_workaround(
        self,
        text: str,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Record another version of the workaround, or the first one.

        Args:
            text: What to do.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        told = check_optional_text(text, "text")
        newest = self._workaround(told, len(self.workarounds) + 1, by, at)
        changes = {"workaround": newest, "no_workaround_reason": None}
        return self._step("revise_workaround", changes, by=by, at=at, note=note, policies=policies)

    def rule_out_workaround(
        self,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Record that no workaround is possible, the one there is included.

        Args:
            reason: Why.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes = {
            "workaround": None,
            "no_workaround_reason": check_optional_text(reason, "reason"),
        }
        return self._step(
            "rule_out_workaround", changes, by=by, at=at, note=note, policies=policies
        )

    # ---- How it is used, and whether it is right --------------------------------------------

    def record_use(
        self,
        incident: IncidentId,
        *,
        solved: bool | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Count that it was used for an incident, or say later whether that helped.

        An incident counts once. Told of again, it says whether the known error helped, or that it
        did not after all; nothing else of the use changes. `itil_ops.handoffs` tells the incident
        too.

        Args:
            incident: Id of the incident.

            solved: Whether that helped; `None` where nobody knows yet.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        named = check_optional(incident, IncidentId, "incident")
        helped = check_optional(solved, bool, "solved")
        # Without an incident there is none, so that the guard asks for it whatever was told before.
        changes = {"last_use": None} if named is None else self._use(named, at, solved=helped)
        return self._step("record_use", changes, by=by, at=at, note=note, policies=policies)

    def validate(
        self,
        *,
        validate_by: datetime | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Record that somebody looked, and that what it says holds.

        Args:
            validate_by: By when somebody looks again; as the policies have it unless given. By
                default a date that still lies ahead stays.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes, decided = self._next_validation(validate_by, at, policies)
        return self._step(
            "validate", changes, by=by, at=at, note=note, decided=decided, policies=policies
        )

    def audit(
        self,
        *,
        correct: bool,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Record what an audit of the known error database found of it.

        Args:
            correct: Whether what it says is right.

            by: Who audits.

            at: When that is recorded.

            note: What is wrong, if something is.

            policies: The policies for this call; those of the class unless given.
        """
        verdict = check_optional(correct, bool, "correct")
        auditor = check_type(by, Actor, "by").name
        # Without a verdict there is none, so that the guard asks for it whatever was found before.
        found = None if verdict is None else AuditResult(correct=verdict, at=utc(at), by=auditor)
        return self._step(
            "audit", {"last_audit": found}, by=by, at=at, note=note, policies=policies
        )

    # ---- What verbs have in common ----------------------------------------------------------

    def _use(self, incident: IncidentId, at: datetime, *, solved: bool | None) -> dict[str, object]:
        told = next((use for use in self.uses if use.incident == incident), None)
        if told is not None:
            return {"last_use": attrs.evolve(told, solved=solved)}
        version = None if self.workaround is None else self.workaround.version
        use = KnownErrorUse(
            incident=incident, at=utc(at), solved=solved, workaround_version=version
        )
        return {"usage_count": self.usage_count + 1, "last_use": use}

    @classmethod
    def _first_workaround(
        cls, given: str | Workaround | None, by: Actor, at: datetime
    ) -> Workaround | None:
        if not isinstance(given, Workaround):
            return cls._workaround(given, 1, by, at)
        if given.at > utc(at):
            raise ValueError(
                f"workaround is of {given.at}, which lies after {at}: give its text alone"
            )
        return attrs.evolve(given, version=1)

    @staticmethod
    def _workaround(text: str | None, version: int, by: Actor, at: datetime) -> Workaround | None:
        told = check_optional_text(text, "workaround")
        author = check_type(by, Actor, "by").name
        if told is None:
            return None
        return Workaround(version=version, text=told, at=utc(at), by=author)

    @staticmethod
    def _main_service(stated: Mapping[str, object]) -> dict[str, str | None]:
        """
        Return the service that goes with the services *stated*, where some are.
        """
        services = cast("tuple[str, ...] | None", stated.get("services"))
        return {} if services is None else {"service": next(iter(services), None)}

    def _next_validation(
        self, given: datetime | None, at: datetime, policies: KnownErrorPolicies | None
    ) -> tuple[dict[str, object], dict[str, str]]:
        due = optional_utc(given, "validate_by")
        if due is not None:
            return {"validate_by": due}, {}
        policy = in_force(policies, self.policies).validation
        return {"validate_by": policy.validate_by(self, utc(at))}, {"validate_by": policy.name}
