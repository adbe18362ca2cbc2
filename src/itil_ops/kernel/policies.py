"""
Policies that every room has: who may act, and how much a record must say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

import attrs

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import several
from itil_ops.kernel.guard import AnyContext, AnyGuard, Guard


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
        if not callable(getattr(self.authorization, "missing_roles", None)):
            raise TypeError(f"authorization must be a policy, not {self.authorization!r}")
