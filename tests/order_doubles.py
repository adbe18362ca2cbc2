"""
An order and its errands: a record with users at the other end that is drafted first, and its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs

from pendulum import DateTime

from itil_ops.kernel import closing, rules
from itil_ops.kernel.identity import PartId, RecordId, ServiceRequestId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.policies import UserFacingPolicies
from itil_ops.kernel.rows import COMMUNICATION_ROW, ESCALATION_ROW, OPEN
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import RETURN, START, STAY, Phase, State, Transition
from itil_ops.kernel.user_facing import UserFacing
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.promises.closure import ClosurePolicy, ReopenPolicy, ReopenWindow, TwoStepClosure


if TYPE_CHECKING:
    import datetime as dt

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.vocabulary import ClosureReason


DRAFT = State("draft", Phase.ACTIVE)
UNDER_WAY = State("under_way", Phase.ACTIVE)
PARKED = State("parked", Phase.WAITING)
STUCK = State("stuck", Phase.WAITING)
DELIVERED = State("delivered", Phase.DONE)
CLOSED = State("closed", Phase.ENDED, final=True)
LOST = State("lost", Phase.DROPPED, final=True)

ORDER_LIFECYCLE = Lifecycle(
    "order",
    states=(DRAFT, UNDER_WAY, PARKED, STUCK, DELIVERED, CLOSED, LOST),
    transitions=(
        Transition("draft", START, DRAFT),
        Transition("submit", DRAFT, UNDER_WAY),
        Transition("park", UNDER_WAY, PARKED),
        Transition("get_stuck", UNDER_WAY, STUCK),
        Transition("resume", PARKED, RETURN),
        Transition("deliver", UNDER_WAY, DELIVERED),
        Transition(
            "close",
            (Phase.DONE, UNDER_WAY),
            CLOSED,
            guards=(
                closing.an_automatic_closure_is_due,
                closing.another_person_confirms,
                closing.the_closure_is_categorized,
                closing.an_administrative_closure_is_explained,
            ),
        ),
        Transition("reopen", Phase.DONE, UNDER_WAY, (closing.another_reopening_is_allowed,)),
        Transition(
            "reopen",
            Phase.ENDED,
            UNDER_WAY,
            guards=(closing.the_reopen_window_is_open, closing.another_reopening_is_allowed),
        ),
        Transition("lose", OPEN, LOST),
        ESCALATION_ROW,
        COMMUNICATION_ROW,
    ),
)

WAITING = State("waiting", Phase.WAITING)
READY = State("ready", Phase.ACTIVE)
DOING = State("doing", Phase.ACTIVE)
ON_HOLD = State("on_hold", Phase.WAITING)
DONE = State("done", Phase.ENDED, final=True)
FAILED = State("failed", Phase.DROPPED, final=True)

ERRAND_LIFECYCLE = Lifecycle(
    "errand",
    states=(WAITING, READY, DOING, ON_HOLD, DONE, FAILED),
    transitions=(
        Transition("plan", START, WAITING),
        Transition("release", WAITING, READY),
        Transition("begin", READY, DOING, (rules.something_is_said,)),
        Transition("pause", DOING, ON_HOLD),
        Transition("go_on", ON_HOLD, RETURN),
        Transition("finish", DOING, DONE),
        Transition("fail", DOING, FAILED),
        Transition("retry", FAILED, READY),
        Transition("replan", FAILED, WAITING),
        Transition("hand_on", (WAITING, READY, DOING, FAILED), STAY),
        Transition("write_off", FAILED, STAY),
    ),
)


class ErrandId(PartId):
    __slots__ = ()


@attrs.frozen(kw_only=True)
class Errand(Part):
    lifecycle: ClassVar[Lifecycle] = ERRAND_LIFECYCLE

    id: ErrandId
    group: str | None = None
    title: str | None = None
    pending_reason: PendingReason | None = None


@attrs.frozen(kw_only=True)
class OrderPolicies(UserFacingPolicies):
    closure: ClosurePolicy = TwoStepClosure()
    reopen: ReopenPolicy = ReopenWindow()


@attrs.frozen(kw_only=True)
class Order(UserFacing):
    lifecycle: ClassVar[Lifecycle] = ORDER_LIFECYCLE
    policies: ClassVar[OrderPolicies] = OrderPolicies()
    id_type: ClassVar[type[RecordId]] = ServiceRequestId
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {ErrandId: Errand}

    id: ServiceRequestId
    submitted_at: DateTime | None = None

    @property
    def promised_from(self) -> DateTime:
        return self.submitted_at or self.logged_at

    @classmethod
    def draft(cls, *, by: Actor, at: dt.datetime, **fields: Any) -> Self:
        return cls._begin(
            "draft",
            by=by,
            at=at,
            fields={"id": ServiceRequestId("R-1"), "title": "A desk", **fields},
        )

    def submit(self, *, by: Actor, at: dt.datetime) -> Self:
        return self._step("submit", {"submitted_at": utc(at)}, by=by, at=at)

    def park(self, reason: PendingReason, **told: Any) -> Self:
        return self._step("park", {"pending_reason": reason}, **told)

    def get_stuck(self, reason: PendingReason, **told: Any) -> Self:
        return self._step("get_stuck", {"pending_reason": reason}, **told)

    def deliver(self, *, by: Actor, at: dt.datetime) -> Self:
        due = self.policies.closure.auto_close_at(self, utc(at))
        return self._step("deliver", {"auto_close_at": due}, by=by, at=at)

    def close(self, reason: ClosureReason, *, at: dt.datetime, **told: Any) -> Self:
        until = self.policies.reopen.reopen_until(self, utc(at))
        changes = {"closure_reason": reason, "reopen_until": until}
        return self._step("close", changes, at=at, **told)

    def reopen(self, **told: Any) -> Self:
        return self._step("reopen", {"closure_reason": None}, **told)

    def lose(self, **told: Any) -> Self:
        return self._step("lose", **told)

    # ---- Errands ----------------------------------------------------------------------------

    def plan(self, errand: ErrandId, *, group: str | None = None, **told: Any) -> Self:
        return self._step("plan", {"group": group}, part=errand, **told)

    def release(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("release", part=errand, **told)

    def begin(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("begin", part=errand, **{"note": "Go.", **told})

    def pause(self, errand: ErrandId, reason: PendingReason, **told: Any) -> Self:
        return self._step("pause", {"pending_reason": reason}, part=errand, **told)

    def go_on(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("go_on", {"pending_reason": None}, part=errand, **told)

    def finish(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("finish", part=errand, **told)

    def fail(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("fail", part=errand, **told)

    def retry(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("retry", part=errand, **told)

    def replan(self, errand: ErrandId, **told: Any) -> Self:
        return self._step("replan", part=errand, **told)

    def hand_on(self, errand: ErrandId, group: str, **told: Any) -> Self:
        return self._step("hand_on", {"group": group}, part=errand, **told)


ERRAND, OTHER_ERRAND = ErrandId("E-1"), ErrandId("E-2")
