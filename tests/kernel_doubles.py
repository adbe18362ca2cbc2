"""
A parcel and its stamps: a record and a part that use everything a lifecycle can say.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs

from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.guard import AnyContext, Context, completeness, integrity
from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.policies import Permit, Policies, RoleTable
from itil_ops.kernel.record import Record
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import RETURN, START, STAY, Composite, Phase, State, Transition
from itil_ops.kernel.vocabulary import PendingReason


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.kernel.guard import AnyGuard


LI = Actor("li")
ANA = Actor("ana", roles=[ProcessRole.OPERATOR])
T0 = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def t(minutes: float) -> dt.datetime:
    return T0 + dt.timedelta(minutes=minutes)


class ParcelId(RecordId):
    __slots__ = ()


class StampId(PartId):
    __slots__ = ()


@attrs.frozen(kw_only=True)
class ParcelPolicies(Policies):
    most_grams: int = 20_000


# ---- Rules --------------------------------------------------------------------------------------


@integrity
def the_weight_is_known(parcel: Parcel, _: AnyContext) -> str | None:
    """
    A parcel has a weight.
    """
    return None if parcel.grams else "there is no weight"


@integrity
def it_is_not_too_heavy(parcel: Parcel, step: AnyContext) -> str | None:
    most = step.policies.most_grams
    return None if (parcel.grams or 0) <= most else f"{parcel.grams} g is more than {most} g"


@completeness
def it_is_insured(parcel: Parcel, _: AnyContext) -> str | None:
    return None if parcel.insured else "it is not insured"


@integrity
def a_route_is_given(parcel: Parcel, _: AnyContext) -> str | None:
    return None if parcel.route else "there is no route"


@integrity
def a_reason_is_given(parcel: Parcel, _: AnyContext) -> str | None:
    return None if parcel.pending_reason else "there is no reason to wait"


@integrity
def something_is_said(_: Parcel, step: AnyContext) -> str | None:
    return None if step.note else "there is no text"


@integrity
def the_surcharge_is_paid(parcel: Parcel, _: AnyContext) -> str | None:
    return None if parcel.surcharge_paid else "the surcharge is not paid"


@integrity
def somebody_signs(parcel: Parcel, _: AnyContext) -> str | None:
    return None if parcel.signed_by else "nobody signs"


@integrity
def the_value_is_known(stamp: Stamp, _: AnyContext) -> str | None:
    return None if stamp.cents else "there is no value"


@integrity
def the_parcel_is_underway(_: Stamp, step: AnyContext) -> str | None:
    parcel = step.before
    return None if parcel.state == MOVING else f"the parcel is {parcel.state}"


def is_express(parcel: Parcel, _: AnyContext) -> bool:
    return parcel.express


def is_overweight(parcel: Parcel, _: AnyContext) -> Any:
    return (parcel.grams or 0) // 10_000  # truthy, and no bool


def was_signed_by_a_neighbour(parcel: Parcel, _: AnyContext) -> bool:
    return parcel.signed_by == "neighbour"


# ---- Tables -------------------------------------------------------------------------------------


RECEIVED = State("received", Phase.ACTIVE)
SORTED = State("sorted", Phase.ACTIVE)
MOVING = State("moving", Phase.ACTIVE)
HELD = State("held", Phase.WAITING)
AT_CUSTOMS = State("at_customs", Phase.WAITING)
ARRIVED = State("arrived", Phase.DONE)
DELIVERED = State("delivered", Phase.ENDED, final=True)
LOST = State("lost", Phase.DROPPED, final=True)

OPEN = (Phase.ACTIVE, Phase.WAITING)

PARCEL_LIFECYCLE = Lifecycle(
    "parcel",
    states=(RECEIVED, SORTED, MOVING, HELD, AT_CUSTOMS, ARRIVED, DELIVERED, LOST),
    transitions=(
        Transition("post", START, SORTED, (the_weight_is_known,), when=is_express),
        Transition("post", START, RECEIVED, (the_weight_is_known, it_is_not_too_heavy)),
        Transition("sort", RECEIVED, SORTED),
        Transition("dispatch", (RECEIVED, SORTED), MOVING, (a_route_is_given, it_is_insured)),
        Transition("weigh", Phase.ACTIVE, RECEIVED, (the_surcharge_is_paid,), when=is_overweight),
        Transition("weigh", Phase.ACTIVE, STAY, (the_weight_is_known,)),
        Transition("hold", OPEN, HELD, (a_reason_is_given,)),
        Transition("declare", OPEN, AT_CUSTOMS),
        Transition("resume", Phase.WAITING, RETURN),
        Transition("arrive", MOVING, ARRIVED),
        Transition("deliver", Phase.DONE, DELIVERED, (somebody_signs,)),
        Transition("lose", OPEN, LOST, (something_is_said,)),
        Transition("send_back", Phase.DONE, SORTED),
        Transition("send_back", Phase.ENDED, SORTED, when=was_signed_by_a_neighbour),
        Transition("scan", tuple(Phase), STAY, (something_is_said,)),
        Transition("frank", (*OPEN, Phase.DONE), STAY),
    ),
    composites=(Composite("deliver", ("arrive", "deliver")),),
)

AFFIXED = State("affixed", Phase.ACTIVE)
WET = State("wet", Phase.WAITING)
PRESSED = State("pressed", Phase.ENDED, final=True)
PEELED = State("peeled", Phase.DROPPED, final=True)

STAMP_LIFECYCLE = Lifecycle(
    "stamp",
    states=(AFFIXED, WET, PRESSED, PEELED),
    transitions=(
        Transition("affix", START, AFFIXED, (the_value_is_known,)),
        Transition("soak", Phase.ACTIVE, WET),
        Transition("dry", Phase.WAITING, RETURN),
        Transition("value", Phase.ACTIVE, STAY, (the_value_is_known,)),
        Transition("press", Phase.ACTIVE, PRESSED, (the_value_is_known, the_parcel_is_underway)),
        Transition("peel", OPEN, PEELED),
    ),
)


# ---- Records ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Stamp(Part):
    lifecycle: ClassVar[Lifecycle] = STAMP_LIFECYCLE

    id: StampId
    cents: int | None = None
    motif: str | None = None


@attrs.frozen(kw_only=True)
class Parcel(Record):
    lifecycle: ClassVar[Lifecycle] = PARCEL_LIFECYCLE
    policies: ClassVar[ParcelPolicies] = ParcelPolicies()
    id_type: ClassVar[type[RecordId]] = ParcelId
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {StampId: Stamp}

    id: ParcelId
    grams: int | None = None
    express: bool = False
    insured: bool = False
    route: str | None = None
    surcharge_paid: bool = False
    signed_by: str | None = None

    @classmethod
    def post(cls, id: ParcelId, *, title: str, by: Actor, at: dt.datetime, **rest: Any) -> Self:
        told = {name: rest.pop(name) for name in ("note", "policies", "decided") if name in rest}
        fields = {"id": id, "title": title, **rest}
        return cls._begin("post", by=by, at=at, fields=fields, **told)

    def sort(self, **told: Any) -> Self:
        return self._step("sort", **told)

    def dispatch(self, route: str, **told: Any) -> Self:
        return self._step("dispatch", {"route": route}, **told)

    def weigh(self, grams: int, *, paid: bool = False, **told: Any) -> Self:
        return self._step("weigh", {"grams": grams, "surcharge_paid": paid}, **told)

    def hold(self, reason: PendingReason, *, until: dt.datetime | None = None, **told: Any) -> Self:
        return self._step("hold", {"pending_reason": reason, "pending_until": until}, **told)

    def declare(self, **told: Any) -> Self:
        return self._step("declare", {"pending_reason": PendingReason("customs")}, **told)

    def resume(self, **told: Any) -> Self:
        return self._step("resume", **told)

    def arrive(self, **told: Any) -> Self:
        return self._step("arrive", **told)

    def deliver(
        self, signed_by: str, *, by: Actor, at: dt.datetime, note: str | None = None, **told: Any
    ) -> Self:
        steps = [
            Step(action, {"signed_by": signed_by} if action == "deliver" else {}, note=note)
            for action in self.lifecycle.steps(self.state.name, "deliver") or ("deliver",)
        ]
        return self._take(*steps, by=by, at=at, verb="deliver", **told)

    def lose(self, note: str, **told: Any) -> Self:
        return self._step("lose", note=note, **told)

    def send_back(self, **told: Any) -> Self:
        return self._step("send_back", **told)

    def scan(self, note: str, **told: Any) -> Self:
        return self._step("scan", note=note, **told)

    def frank(
        self,
        stamp: StampId,
        cents: int | None,
        *,
        by: Actor,
        at: dt.datetime,
        effective_at: dt.datetime | None = None,
        **told: Any,
    ) -> Self:
        steps = [
            Step("frank", effective_at=effective_at),
            Step("affix", {"cents": cents}, part=stamp, effective_at=effective_at),
        ]
        return self._take(*steps, by=by, at=at, **told)

    def soak(self, stamp: StampId, **told: Any) -> Self:
        return self._step("soak", part=stamp, **told)

    def dry(self, stamp: StampId, **told: Any) -> Self:
        return self._step("dry", part=stamp, **told)

    def value(self, stamp: StampId, cents: int | None, **told: Any) -> Self:
        return self._step("value", {"cents": cents}, part=stamp, **told)

    def press(self, stamp: StampId, **told: Any) -> Self:
        return self._step("press", part=stamp, **told)

    def peel(self, stamp: StampId, **told: Any) -> Self:
        return self._step("peel", part=stamp, **told)

    def press_and_arrive(self, stamp: StampId, *, by: Actor, at: dt.datetime) -> Self:
        return self._take(Step("press", part=stamp), Step("arrive"), by=by, at=at)


# ---- At hand ------------------------------------------------------------------------------------


P1 = ParcelId("P-1")
S1, S2 = StampId("S-1"), StampId("S-2")
WEATHER = PendingReason("weather")

STRICT = ParcelPolicies(completeness=[it_is_insured])
OPERATORS = RoleTable([Permit([ProcessRole.OPERATOR, ProcessRole.SYSTEM], None)])


def posted(at: dt.datetime = T0, **fields: Any) -> Parcel:
    return Parcel.post(P1, **{"title": "Books", "grams": 900, "by": LI, "at": at, **fields})


def parcel_in(state: State, at: dt.datetime = T0) -> Parcel:
    """
    Return a parcel that has reached *state*, all at one instant.
    """
    told: dict[str, Any] = {"by": LI, "at": at}
    parcel = posted(at)
    for action in PARCEL_LIFECYCLE.path("received", state.name) or ():
        parcel = take(parcel, action, **told)
    return parcel


ARGUMENTS: Mapping[str, dict[str, object]] = {
    "dispatch": {"route": "Lyon"},
    "weigh": {"grams": 900},
    "hold": {"reason": WEATHER},
    "deliver": {"signed_by": "neighbour"},
    "lose": {"note": "Nobody knows."},
    "scan": {"note": "Beep."},
    "frank": {"stamp": S1, "cents": 85},
}


def take(parcel: Any, action: str, **told: Any) -> Any:
    """
    Call the verb of *action* with arguments that please its guards.
    """
    return getattr(parcel, action)(**{**ARGUMENTS.get(action, {}), **told})


# ---- Small tables -------------------------------------------------------------------------------


A, B, C = (State(name, Phase.ACTIVE) for name in "abc")
W, V = (State(name, Phase.WAITING) for name in "wv")
END = State("end", Phase.ENDED, final=True)
BEGIN, FINISH = Transition("begin", START, A), Transition("finish", A, END)


def table(
    *rows: Transition,
    states: Iterable[State] = (),
    composites: Iterable[Composite] = (),
    version: int = 1,
) -> Lifecycle:
    """
    Return a lifecycle of begin, finish and *rows*, with *states* besides `a` and `end`.
    """
    return Lifecycle(
        "tiny", (A, END, *states), (BEGIN, FINISH, *rows), tuple(composites), version=version
    )


@attrs.frozen
class Subject:
    """
    What a lifecycle is asked about, without a record around it.
    """

    returns_to: str | None = None
    fact: object = None


def context(
    action: str, *, note: str | None = None, asked: Iterable[AnyGuard] = ()
) -> Context[Any, Policies]:
    return Context(action, LI, T0, T0, note, Policies(completeness=asked), None)


def has_moved(cursor):
    return cursor.row is not None and not cursor.reasons
