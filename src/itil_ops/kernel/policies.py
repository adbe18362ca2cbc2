"""
Policies that every room has: who may act, and how much a record must say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import attrs

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import check_count, check_text, check_type, several
from itil_ops.kernel.guard import AnyContext, AnyGuard, Guard
from itil_ops.kernel.priority import MatrixPriority, PriorityPolicy


if TYPE_CHECKING:
    from itil_ops.kernel.journaled import Journaled
    from itil_ops.kernel.vocabulary import CategoryPath


P = TypeVar("P", bound="Policies")


class AuthorizationPolicy(Protocol):
    """
    Who may do what.
    """

    def missing_roles(self, record: Any, context: AnyContext, /) -> frozenset[ProcessRole] | None:
        """
        Return the roles of which any one would permit the step; `None` where it is permitted.

        Args:
            record: The record as it would be after the step.

            context: The step; `context.by` is the actor.
        """
        ...


@attrs.frozen
class Everyone:
    """
    Everyone may do everything: the default.
    """

    def missing_roles(self, _record: object, _context: AnyContext, /) -> None:
        """
        Permit the step, see `AuthorizationPolicy.missing_roles`.
        """
        return


EVERYONE = Everyone()
"""
The authorization by which everyone may do everything: the default.
"""

Where: TypeAlias = Callable[[Any, AnyContext], bool]


def _roles(roles: Iterable[ProcessRole]) -> frozenset[ProcessRole]:
    return frozenset(several(roles, ProcessRole, "roles"))


def _actions(names: Iterable[str]) -> frozenset[str]:
    return frozenset(several(names, str, "actions"))


def _all_or_some(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else _actions(names)


def _guards(guards: Iterable[AnyGuard]) -> frozenset[AnyGuard]:
    return frozenset(several(guards, Guard, "completeness"))


def _permits(permits: Iterable[Permit]) -> tuple[Permit, ...]:
    return several(permits, Permit, "permits")


@attrs.frozen
class Permit:
    """
    A line of a role table: who holds one of the roles may take the actions.

    Attributes:
        roles: Any one of them is enough.

        actions: Names of the actions; `None` for all.

        besides: Names of actions that are left out.

        where: Given the proposed record and the context, whether the line applies; `None` where
            it always does.
    """

    roles: frozenset[ProcessRole] = attrs.field(converter=_roles)
    actions: frozenset[str] | None = attrs.field(converter=_all_or_some)
    besides: frozenset[str] = attrs.field(default=(), converter=_actions, kw_only=True)
    where: Where | None = attrs.field(default=None, kw_only=True)

    def covers(self, record: object, context: AnyContext) -> bool:
        """
        Whether the line speaks of the step.
        """
        named = self.actions is None or context.action in self.actions
        return (
            named
            and context.action not in self.besides
            and (self.where is None or self.where(record, context))
        )


@attrs.frozen
class RoleTable:
    """
    Who may do what, by role: what no line permits is not permitted.

    Attributes:
        permits: The lines.
    """

    permits: tuple[Permit, ...] = attrs.field(converter=_permits)

    def missing_roles(
        self, record: object, context: AnyContext, /
    ) -> frozenset[ProcessRole] | None:
        """
        Look the step up in the table, see `AuthorizationPolicy.missing_roles`.
        """
        needed: frozenset[ProcessRole] = frozenset().union(
            *(permit.roles for permit in self.permits if permit.covers(record, context))
        )
        return None if needed & context.by.roles else needed

    def unknown_to(self, kind: type[Journaled]) -> tuple[str, ...]:
        """
        Return the actions named here that neither records of *kind* nor their parts have.

        One table may serve several rooms, and classes with verbs of their own. So such a name is no
        error by itself; but where a table is meant for one class, it is a slip of the pen.
        """
        lifecycles = [kind.lifecycle, *(part.lifecycle for part in kind.part_types.values())]
        known = {action for lifecycle in lifecycles for action in lifecycle.actions}
        named: set[str] = set()
        for permit in self.permits:
            named |= permit.besides | (permit.actions or frozenset())
        return tuple(sorted(named - known))


@attrs.frozen(kw_only=True)
class Policies:
    """
    The policies of a room; each room adds its own to these.

    Attributes:
        authorization: Who may act.

        completeness: The completeness guards that hold. Integrity guards always do.
    """

    authorization: AuthorizationPolicy = EVERYONE
    completeness: frozenset[AnyGuard] = attrs.field(default=(), converter=_guards, repr=False)

    def __attrs_post_init__(self) -> None:
        check_policies(self, {"authorization": "missing_roles"})


def in_force(given: P | None, usual: P) -> P:
    """
    Return the policies of a call: those *given*, or else the *usual* ones.

    Raises:
        TypeError: What is given are no policies, or those of another room.
    """
    return usual if given is None else check_type(given, type(usual), "policies")


def check_policies(policies: Policies, questions: Mapping[str, str]) -> None:
    """
    Make sure that each of *policies* answers its question.

    Args:
        policies: The policies of a room.

        questions: For each attribute the method that answers.

    Raises:
        TypeError: One of them does not.
    """
    for name, question in questions.items():
        policy = getattr(policies, name)
        if isinstance(policy, type) or not callable(getattr(policy, question, None)):
            raise TypeError(f"{name} must be a policy with {question!r}, not {policy!r}")


class OwnershipPolicy(Protocol):
    """
    Who is accountable for a record.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def owner(self, *, service: str | None, category: CategoryPath | None) -> str:
        """
        Return the owner's name for a record of *service* and *category*; there always is one.
        """
        ...


@attrs.frozen
class FixedOwner:
    """
    One owner for all: for incidents the service desk, as ITIL has it.

    Attributes:
        owner_name: Name of the owner.

        name: Name of the policy.
    """

    owner_name: str = "service_desk"
    name: str = "fixed_owner"

    def __attrs_post_init__(self) -> None:
        check_text(self.owner_name, "owner_name")

    def owner(self, **_: object) -> str:
        """
        Return the one owner, see `OwnershipPolicy.owner`.
        """
        return self.owner_name


@attrs.frozen(kw_only=True)
class HandlingPolicies(Policies):
    """
    The policies of every room in which people work on records.

    Attributes:
        priority: How pressing a record is.

        ownership: Who is accountable for it.

        family_levels: How many generations may stand below the head of a family; one unless given,
            as established systems have it.
    """

    priority: PriorityPolicy = MatrixPriority()
    ownership: OwnershipPolicy = FixedOwner()
    family_levels: int = 1

    def __attrs_post_init__(self) -> None:
        Policies.__attrs_post_init__(self)
        check_policies(self, {"priority": "decide", "ownership": "owner"})
        check_count(self.family_levels, "family_levels")


@attrs.frozen(kw_only=True)
class UserFacingPolicies(HandlingPolicies):
    """
    The policies of every room whose records have users at the other end.

    Attributes:
        resume_on_reply: Whether a reply takes up work that waits for the caller.
    """

    resume_on_reply: bool = True

    def __attrs_post_init__(self) -> None:
        HandlingPolicies.__attrs_post_init__(self)
        check_type(self.resume_on_reply, bool, "resume_on_reply")
