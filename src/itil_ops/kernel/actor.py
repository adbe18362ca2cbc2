"""
Who acts, and in which roles.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import attrs

from itil_ops.kernel.checks import check_text, check_type, several
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.term import Term


if TYPE_CHECKING:
    from collections.abc import Iterable


class ProcessRole(Term):
    """
    A duty in a process, after ITIL.
    """

    __slots__ = ()

    USER: ClassVar[ProcessRole]
    SERVICE_DESK: ClassVar[ProcessRole]
    SECOND_LINE_ANALYST: ClassVar[ProcessRole]
    THIRD_LINE_ANALYST: ClassVar[ProcessRole]
    INCIDENT_MANAGER: ClassVar[ProcessRole]
    MAJOR_INCIDENT_MANAGER: ClassVar[ProcessRole]
    PROBLEM_MANAGER: ClassVar[ProcessRole]
    REQUEST_MANAGER: ClassVar[ProcessRole]
    ACCESS_MANAGER: ClassVar[ProcessRole]
    APPROVER: ClassVar[ProcessRole]
    EVENT_MANAGER: ClassVar[ProcessRole]
    OPERATOR: ClassVar[ProcessRole]
    SYSTEM: ClassVar[ProcessRole]


class ActorKind(StrEnum):
    """
    What an actor is.
    """

    PERSON = "person"
    GROUP = "group"
    SYSTEM = "system"


def _roles(roles: Iterable[ProcessRole]) -> frozenset[ProcessRole]:
    return frozenset(several(roles, ProcessRole, "roles"))


@attrs.frozen(repr=False)
class Actor(Readable):
    """
    Whoever takes a step: a person, a group, a system.

    An entry of a journal keeps the actor as they were, roles included.

    >>> Actor("li", roles=[ProcessRole.SERVICE_DESK])
    Actor('li', roles=[ProcessRole.SERVICE_DESK])
    >>> Actor.system("monitoring").holds(ProcessRole.SYSTEM)
    True

    Attributes:
        name: The caller's opaque name of the actor, the one that `assignee` holds too.

        kind: Person, group or system.

        roles: Duties the actor holds while acting.

    Raises:
        TypeError: The name is no text, or a role is no `ProcessRole`.

        ValueError: The name is blank.
    """

    name: str
    kind: ActorKind = attrs.field(default=ActorKind.PERSON, kw_only=True)
    roles: frozenset[ProcessRole] = attrs.field(default=(), kw_only=True, converter=_roles)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "an actor's name")
        check_type(self.kind, ActorKind, "kind")

    @classmethod
    def system(cls, name: str) -> Actor:
        """
        Return a system: monitoring, a scheduler, an automated rule. It holds the system role.
        """
        return cls(name, kind=ActorKind.SYSTEM, roles=[ProcessRole.SYSTEM])

    @classmethod
    def group(cls, name: str, *, roles: Iterable[ProcessRole] = ()) -> Actor:
        """
        Return a group that acts as one.
        """
        return cls(name, kind=ActorKind.GROUP, roles=roles)

    def holds(self, role: ProcessRole) -> bool:
        """
        Whether the actor holds *role*.
        """
        return role in self.roles

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        shown = [repr(self.name)]
        if self.kind is not ActorKind.PERSON:
            shown.append(f"kind={self.kind!s}")
        if self.roles:
            shown.append(f"roles={sorted(self.roles, key=str)}")
        return f"Actor({', '.join(shown)})"
