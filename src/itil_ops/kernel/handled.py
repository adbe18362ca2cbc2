"""
Verbs that rooms share in which people work on records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from itil_ops.kernel.actor import Actor, ActorKind
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.checks import (
    check_count,
    check_optional,
    check_optional_text,
    check_type,
    checked,
    optional_several,
    several,
)
from itil_ops.kernel.fields import RECORD_FIELDS
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import HandlingPolicies, in_force
from itil_ops.kernel.priority import Impact, Priority, PriorityOverride, Urgency
from itil_ops.kernel.record import Record, inherited_from
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import Inheritance, Link, LinkKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.journal import Inherited
    from itil_ops.kernel.vocabulary import CategoryPath


class Handled(Annotated):
    """
    A record that people work on: it is classified and handed on, and may have a family.
    """

    __slots__ = ()

    policies: ClassVar[HandlingPolicies]

    # ---- Whose it is, and what it waits for -------------------------------------------------

    def assign(
        self,
        *,
        group: str | None = None,
        assignee: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Hand it to a group, a person or both.

        A group without an assignee takes it back into the group's queue; an assignee without a
        group has it within the group it is with.
        """
        kept = self.group if group is None and assignee is not None else group
        changes = checked(RECORD_FIELDS, group=kept, assignee=assignee)
        return self._step("assign", changes, by=by, at=at, note=note, policies=policies)

    def resume(
        self,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Take up work again, in the state that was left for the wait.
        """
        ruling = in_force(policies, self.policies)
        steps = self._resumption(note, utc(at), effective_at, ruling)
        return self._take(*steps, by=by, at=at, policies=ruling)

    # ---- What it is, and how pressing -------------------------------------------------------

    def categorize(
        self,
        category: CategoryPath,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Put it into the classification.
        """
        changes = checked(RECORD_FIELDS, category=category)
        return self._step("categorize", changes, by=by, at=at, note=note, policies=policies)

    def prioritize(
        self,
        *,
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        override: Priority | None = None,
        reason: str | None = None,
        release_override: bool = False,
        by: Actor,
        at: datetime,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        State impact and urgency anew, or set a priority against the matrix.

        Args:
            impact: The effect on the business; as it was unless given.

            urgency: How soon it has to be solved; as it was unless given.

            override: The priority that shall hold against the matrix, until it is released.

            reason: Why; an override takes one.

            release_override: Whether the matrix shall decide again.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        kept = self.priority_override
        if check_type(release_override, bool, "release_override"):
            kept = None
        check_optional(override, Priority, "override")
        why = check_optional_text(reason, "reason")
        if override is not None:
            if release_override:
                raise ValueError("override and release_override contradict each other")
            kept = PriorityOverride(override, why or "", check_type(by, Actor, "by").name)
        changes, decided = self._reprioritized(
            policies,
            impact=self.impact if impact is None else impact,
            urgency=self.urgency if urgency is None else urgency,
            priority_override=kept,
        )
        return self._step(
            "prioritize", changes, by=by, at=at, note=reason, decided=decided, policies=policies
        )

    # ---- Its family -------------------------------------------------------------------------

    def join(
        self,
        parent: RecordId,
        *,
        ancestors: Iterable[RecordId],
        generations_below: int,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Become the child of another record of its kind; `itil_ops.handoffs.adopt` knows the rest.

        Args:
            parent: Id of the parent.

            ancestors: All that stand above the parent; empty if nothing does.

            generations_below: How many generations stand below this record; 0 if none does.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        named = check_optional(parent, self.id_type, "parent")
        above = optional_several(ancestors, RecordId, "ancestors")
        below = check_count(generations_below, "generations_below")
        return self._step(
            "join",
            {"links": self._linked((LinkKind.CHILD_OF, named))},
            by=by,
            at=at,
            note=note,
            told={"ancestors": above, "generations_below": below},
            policies=policies,
        )

    def take_over(
        self,
        origin: Record,
        *,
        inheritance: Inheritance = Inheritance.RESTART,
        links: Iterable[Link] = (),
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: HandlingPolicies | None = None,
    ) -> Self:
        """
        Take over what another record of its kind leaves, of which this one goes on.

        `itil_ops.handoffs.merge` and `split` know what becomes of the other one.

        Args:
            origin: The record that is merged into it, or that it is split from.

            inheritance: What becomes of the clocks that ran there.

            links: References to take over; those it has, and those to itself, are left out.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            TypeError: *origin* is no record of its kind.

            ValueError: *origin* is detached: a view may lack entries, and nobody can tell it from a
                replay.
        """
        check_type(inheritance, Inheritance, "inheritance")
        new = (link for link in several(links, Link, "links") if link.target != self.id)
        return self._step(
            "take_over",
            {
                "links": self._with_links(new),
                "inherited": (*self.inherited, *self._share(origin, inheritance)),
            },
            by=by,
            at=at,
            note=note,
            policies=policies,
        )

    # ---- What verbs have in common ----------------------------------------------------------

    def _resumption(
        self,
        note: str | None,
        _at: DateTime,
        effective_at: datetime | None,
        _ruling: HandlingPolicies,
    ) -> tuple[Step, ...]:
        """
        Return the steps by which work is taken up again; a room may add some that follow.
        """
        return (Step("resume", note=note, effective_at=effective_at),)

    def _share(self, origin: Record | None, inheritance: Inheritance) -> tuple[Inherited, ...]:
        if origin is None:
            return ()
        left = check_type(origin, Record, "origin")
        if left.stored_version is None:
            raise ValueError(f"{described(left)} is a view or a replay, detached from its store")
        check_type(left.id, self.id_type, "the origin's id")
        return (inherited_from(left, inheritance),)

    def _responded(self, effective: DateTime) -> dict[str, object]:
        return {"responded_at": min(self.responded_at or effective, effective)}

    def _taken_by(self, actor: Actor) -> dict[str, object]:
        return {"assignee": self.assignee or as_assignee(actor)}

    def _reprioritized(
        self, policies: HandlingPolicies | None, **given: object
    ) -> tuple[dict[str, object], dict[str, str]]:
        changes = checked(RECORD_FIELDS, **given)
        known = {name: getattr(self, name, None) for name in _PRIORITIZED_BY}
        ruling = in_force(policies, self.policies)
        priority, decided = decided_priority(ruling, {**known, **changes})
        return {**changes, "priority": priority}, decided


_PRIORITIZED_BY = ("impact", "urgency", "vip", "criticality", "priority_override")
"""
The fields that decide on the priority; a room need not have all.
"""


def decided_priority(
    ruling: HandlingPolicies, fields: Mapping[str, Any]
) -> tuple[Priority | None, dict[str, str]]:
    """
    Return the priority that *fields* come to, and what decided it; none without impact and urgency.

    Raises:
        ValueError: The policy does not know the impact or the urgency.
    """
    override: PriorityOverride | None = fields.get("priority_override")
    if override is not None:
        return override.priority, {"priority": "override"}
    if fields["impact"] is None or fields["urgency"] is None:
        return None, {}
    decision = ruling.priority.decide(
        fields["impact"],
        fields["urgency"],
        vip=bool(fields.get("vip")),
        criticality=fields.get("criticality"),
    )
    return decision.priority, {"priority": decision.policy}


def as_assignee(actor: Actor) -> str | None:
    """
    Return the name under which *actor* can be assigned: a person's own; `None` for a system.
    """
    is_person = check_type(actor, Actor, "by").kind is ActorKind.PERSON
    return actor.name if is_person else None
