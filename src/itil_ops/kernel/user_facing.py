"""
What records have in common that users wait for: they are told of it, may call for more, and agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import attrs

from pendulum import DateTime

from itil_ops.kernel.actor import Actor, ActorKind
from itil_ops.kernel.checks import (
    check_count,
    check_names,
    check_optional,
    check_optional_text,
    check_type,
)
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import UserFacingPolicies, in_force
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ClosureReason,
    Contact,
    ContactChannel,
    Direction,
    Escalation,
    EscalationKind,
    PendingReason,
    SupportLine,
    Visibility,
)


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@attrs.frozen(kw_only=True)
class UserFacing(Handled):
    """
    A record with users at the other end: an incident, a service request.

    Attributes:
        channel: How it was reported.

        reported_at: When the user first told of it, where that was before it was logged: on paper,
            or as a record of another kind.

        vip: Whether a person is affected whose work weighs more.

        support_line: The line it is with.

        escalation: The last call for more expertise or authority.

        auto_close_at: From when on it may close by itself.

        reopen_until: Until when it may be reopened once closed.

        closure_reason: On whose word it was closed.

        closure_category: Its category in hindsight.
    """

    policies: ClassVar[UserFacingPolicies]

    channel: ContactChannel | None = None
    reported_at: DateTime | None = None
    vip: bool = False
    support_line: SupportLine = SupportLine.FIRST
    escalation: Escalation | None = None
    auto_close_at: DateTime | None = None
    reopen_until: DateTime | None = None
    closure_reason: ClosureReason | None = None
    closure_category: CategoryPath | None = None

    @property
    def user(self) -> str | None:
        """
        Name of the person who speaks for the user's side, if one does.
        """
        return None

    # ---- Its end ----------------------------------------------------------------------------

    @property
    def closes_by_itself(self) -> bool:
        """
        Whether it closes by itself where nobody objects.
        """
        return True

    @property
    def closed_at(self) -> DateTime | None:
        """
        When it was closed, while it is.
        """
        return self._last_at("close") if self.closure_reason else None

    @property
    def reopened_at(self) -> DateTime | None:
        """
        When it was last reopened.
        """
        return self._last_at("reopen")

    @property
    def reopen_count(self) -> int:
        """
        How often it was reopened.
        """
        return self._count("reopen")

    # ---- What is told, and to whom ----------------------------------------------------------

    def communicate(
        self,
        message: str,
        *,
        direction: Direction | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        channel: ContactChannel | None = None,
        automatic: bool | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: UserFacingPolicies | None = None,
    ) -> Self:
        """
        Record a message between the provider and the user's side.

        A public one that a human of the provider sent is a response, and an update. A reply takes
        up work that waits for the caller, unless the policies say otherwise.

        Args:
            message: What was said.

            direction: Who spoke; the provider unless given, or the user's side where `user` acts.

            visibility: Who can read it.

            channel: How it went.

            automatic: Whether no human wrote it; unless given, whether a system acts.

            by: Who records it.

            at: When that is recorded.

            effective_at: When it was said; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        by_system = check_type(by, Actor, "by").kind is ActorKind.SYSTEM
        is_automatic = by_system if automatic is None else check_type(automatic, bool, "automatic")
        contact = Contact(
            direction=self._direction(direction, by),
            visibility=check_type(visibility, Visibility, "visibility"),
            at=effective(at, effective_at),
            channel=check_optional(channel, ContactChannel, "channel"),
            automatic=is_automatic,
        )
        changes: dict[str, object] = {"last_contact": contact}
        if contact.informs_user:
            changes |= self._responded(contact.at)
        told = check_optional_text(message, "message")
        steps = [Step("communicate", changes, note=told, effective_at=effective_at)]
        if ruling.resume_on_reply and contact.is_from_user and self._awaits_caller():
            steps += self._resumption(None, utc(at), effective_at, ruling)
        return self._take(*steps, by=by, at=at, policies=ruling)

    def _direction(self, stated: Direction | None, by: Actor) -> Direction:
        is_user = check_type(by, Actor, "by").name == self.user
        usual = Direction.INBOUND if is_user else Direction.OUTBOUND
        return check_optional(stated, Direction, "direction") or usual

    def _awaits_caller(self) -> bool:
        awaited = self.pending_reason == PendingReason.AWAITING_CALLER
        return awaited and "resume" in self.allowed

    # ---- Calls for more ----------------------------------------------------------------------

    def escalate(
        self,
        kind: EscalationKind,
        reason: str,
        *,
        group: str | None = None,
        line: SupportLine | None = None,
        level: int | None = None,
        informed: Iterable[str] = (),
        by: Actor,
        at: datetime,
        policies: UserFacingPolicies | None = None,
    ) -> Self:
        """
        Call for more expertise or more authority; ownership and state stay where they are.

        Args:
            kind: Functional, to more expertise, or hierarchic, to more authority.

            reason: Why.

            group: Functional: the group that takes it into its queue; the same unless given.

            line: Functional: the support line; the following one unless given.

            level: Hierarchic: how far up, 1 being the group's lead, and 1 unless given.

            informed: Hierarchic: names of those who were told.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        why = check_optional_text(reason, "reason")
        called = self._called(kind, at, group=group, line=line, level=level, informed=informed)
        return self._step("escalate", called, by=by, at=at, note=why, policies=policies)

    def _called(
        self,
        kind: EscalationKind,
        at: datetime,
        *,
        group: str | None = None,
        line: SupportLine | None = None,
        level: int | None = None,
        informed: Iterable[str] = (),
    ) -> dict[str, object]:
        """
        Return what an escalation changes; without a kind, nothing that a guard lets pass.
        """
        check_optional_text(group, "group")
        check_optional(line, SupportLine, "line")
        told = check_names(informed, "informed")
        height = check_count(level, "level", least=1) or 1
        if check_optional(kind, EscalationKind, "kind") is None:
            return {"escalation": None}
        if kind is EscalationKind.HIERARCHIC:
            if group is not None or line is not None:
                raise ValueError("group and line belong to a functional escalation")
            return {"escalation": Escalation(kind=kind, at=utc(at), level=height, informed=told)}
        if level is not None or told:
            raise ValueError("level and informed belong to a hierarchic escalation")
        if line is None:
            line = self.support_line if group else self.support_line.following
        moved = {} if group in {None, self.group} else {"group": group, "assignee": None}
        sideways = Escalation(kind=kind, at=utc(at), group=group, line=line)
        return {"escalation": sideways, "support_line": line, **moved}
