"""
The known error: how its life begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.checks import check_goes_with, check_optional, check_optional_text, checked
from itil_ops.kernel.fields import check_added
from itil_ops.kernel.identity import ConfigurationItemId, KnownErrorId, ProblemId
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.vocabulary import CategoryPath, Link, LinkKind
from itil_ops.problem.known_error.fields import KNOWN_ERROR_ARGUMENTS, KNOWN_ERROR_FIELDS
from itil_ops.problem.known_error.lifecycle import KNOWN_ERROR_LIFECYCLE
from itil_ops.problem.known_error.upkeep import Upkeep
from itil_ops.problem.known_error.vocabulary import (
    KnownErrorSource,
    RetirementReason,
    Workaround,
)


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.kernel.actor import Actor
    from itil_ops.problem.known_error.policies import KnownErrorPolicies


class KnownError(Upkeep):
    """
    An error that is understood, and not removed yet: its symptoms, its cause, what to do meanwhile.

    It is drafted from a problem, or from what development or a supplier tells before there is any
    incident. Published, it is found by its symptoms, so that the next incident is short; each
    incident that it is used for counts once. It is resolved when a fix is deployed, and still
    found where the fix is not; it is retired when it is of no use, and published again when it is
    after all.

    Every verb returns the next known error and leaves this one as it is. It takes `by`, who acts,
    and `at`, when that is recorded; most take a `note`, and all take `policies` for one call. A
    refusal raises a `RefusedError` that names every reason, and an *at* before the last entry an
    `OutOfOrderError`; in both cases nothing has changed.
    """

    __slots__ = ()

    lifecycle = KNOWN_ERROR_LIFECYCLE

    @classmethod
    def draft(
        cls,
        id: KnownErrorId,
        *,
        title: str,
        by: Actor,
        at: datetime,
        number: str | None = None,
        description: str | None = None,
        symptoms: str | None = None,
        keywords: Iterable[str] = (),
        symptom_keys: Iterable[str] = (),
        services: Iterable[str] = (),
        customer: str | None = None,
        category: CategoryPath | None = None,
        configuration_items: Iterable[ConfigurationItemId] = (),
        versions: Iterable[str] = (),
        root_cause: str | None = None,
        workaround: str | Workaround | None = None,
        no_workaround_reason: str | None = None,
        permanent_fix: str | None = None,
        source: KnownErrorSource = KnownErrorSource.PROBLEM,
        problem: ProblemId | None = None,
        owner: str | None = None,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
        **added: object,
    ) -> Self:
        """
        Begin a known error.

        The arguments are the attributes that a person states, those *added* by a subclass included.
        The owner is the policies' to decide unless given. *workaround* is its first version: a
        text, or what a problem has, with author and time.

        Raises:
            RefusedError: It is not permitted, or rules stand in the way.

            TypeError: A field is unknown or of the wrong type.

            ValueError: An instant is naive, a text blank, or a workaround given and ruled out, or
                recorded later.
        """
        check_added(added, "draft", cls, KnownError)
        stated = checked(
            KNOWN_ERROR_FIELDS,
            id=id,
            title=title,
            number=number,
            description=description,
            symptoms=symptoms,
            keywords=keywords,
            symptom_keys=symptom_keys,
            services=services,
            customer=customer,
            category=category,
            configuration_items=configuration_items,
            versions=versions,
            root_cause=root_cause,
            no_workaround_reason=no_workaround_reason,
            permanent_fix=permanent_fix,
            source=source,
            problem=problem,
            owner=owner,
            **added,
        )
        main = cls._main_service(stated)
        stated |= main
        stated["workaround"] = cls._first_workaround(workaround, by, at)
        if workaround is not None and no_workaround_reason is not None:
            raise ValueError("workaround and no_workaround_reason contradict each other: give one")
        ruling, decided = in_force(policies, cls.policies), {}
        if owner is None:
            stated["owner"] = ruling.ownership.owner(service=main["service"], category=category)
            decided["owner"] = ruling.ownership.name
        return cls._begin(
            "draft", by=by, at=at, fields=stated, note=note, decided=decided, policies=ruling
        )

    def publish(
        self,
        *,
        validate_by: datetime | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Let it be found.

        Args:
            validate_by: By when somebody looks whether what it says still holds; as the policies
                have it unless given. By default a date that still lies ahead stays.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        changes, decided = self._next_validation(validate_by, at, policies)
        return self._step(
            "publish", changes, by=by, at=at, note=note, decided=decided, policies=policies
        )

    def resolve(
        self,
        *,
        fixed_in: Iterable[str] = (),
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Record that a fix is deployed; where it is not, the known error is still found.

        Args:
            fixed_in: The versions that have the fix.

            by: Who acts.

            at: When that is recorded.

            note: What was done.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        changes = checked(KNOWN_ERROR_FIELDS, fixed_in=fixed_in)
        return self._step(
            "resolve",
            changes,
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            policies=policies,
        )

    def retire(
        self,
        reason: RetirementReason,
        *,
        duplicate_of: KnownErrorId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Take it out of what is found: it is of no use any more, or never was.

        Args:
            reason: Why.

            duplicate_of: The known error that tells of the same; `itil_ops.handoffs.mark_duplicate`
                makes sure that no two are duplicates of each other.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: A duplicate is named, but that is not the reason.
        """
        named = check_optional(duplicate_of, KnownErrorId, "duplicate_of")
        changes = checked(KNOWN_ERROR_FIELDS, KNOWN_ERROR_ARGUMENTS, retirement_reason=reason)
        check_goes_with(named, "duplicate_of", reason, RetirementReason.DUPLICATE)
        changes["links"] = self._linked((LinkKind.DUPLICATE_OF, named))
        changes["validate_by"] = None
        return self._step("retire", changes, by=by, at=at, note=note, policies=policies)

    def republish(
        self,
        reason: str,
        *,
        validate_by: datetime | None = None,
        by: Actor,
        at: datetime,
        policies: KnownErrorPolicies | None = None,
    ) -> Self:
        """
        Let it be found as before: the fix failed, or it is of use after all.

        Args:
            reason: Why.

            validate_by: By when somebody looks whether what it says still holds; as the policies
                have it unless given. By default a date that still lies ahead stays.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        changes, decided = self._next_validation(validate_by, at, policies)
        changes |= {"fixed_in": (), "retirement_reason": None, "links": self._unduplicated()}
        told = check_optional_text(reason, "reason")
        return self._step(
            "republish", changes, by=by, at=at, note=told, decided=decided, policies=policies
        )

    def _unduplicated(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.kind != LinkKind.DUPLICATE_OF)
