"""
A caller's own problem: fields, a verb and a state of work are added, and the rest goes on.
"""

from __future__ import annotations

import pickle

import attrs
import pytest

from itil_ops import IllegalTransitionError, Phase, State
from itil_ops.kernel.table import STAY, Transition
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE, UNDER_INVESTIGATION
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode
from problem_doubles import INC, LI, MORNING, OTHER, PM, PRB, after, minute, through


WITH_VENDOR = State("with_vendor", Phase.ACTIVE, meaning="The vendor looks for it.")


@attrs.frozen(kw_only=True, repr=False, eq=True)
class VendorProblem(Problem):
    """
    A problem that a vendor may look into.

    Attributes:
        vendor: Who.

        cost_center: Who pays.
    """

    lifecycle = PROBLEM_LIFECYCLE.extend(
        states=[WITH_VENDOR],
        transitions=[
            Transition("hand_out", UNDER_INVESTIGATION, WITH_VENDOR),
            Transition("take_back", WITH_VENDOR, UNDER_INVESTIGATION),
            Transition("hold", WITH_VENDOR, PROBLEM_LIFECYCLE.state("pending")),
            Transition("charge", Phase.ACTIVE, STAY),
        ],
    )

    vendor: str | None = None
    cost_center: str | None = None

    def hand_out(self, vendor, **told):
        """
        Hand it to a vendor.
        """
        return self._step("hand_out", {"vendor": vendor}, **told)

    def take_back(self, **told):
        """
        Take it back.
        """
        return self._step("take_back", **told)

    def charge(self, cost_center, **told):
        """
        Say who pays.
        """
        return self._step("charge", {"cost_center": cost_center}, **told)


def logged(**fields):
    return VendorProblem.log(
        PRB, title="Mail is late", raised_from=[INC], by=PM, at=MORNING, **fields
    )


def outside():
    return through(logged(), "investigate").hand_out("carrier", by=LI, at=minute(9))


def test_added_fields_are_stated_when_it_is_logged():
    problem = logged(cost_center="4711")
    assert (problem.cost_center, problem.vendor) == ("4711", None)
    assert problem.journal[0].changes["cost_center"] == "4711"


def test_a_field_that_nobody_added_is_refused_and_those_added_are_named():
    with pytest.raises(TypeError, match=r"takes no \['color'\]; added fields: .*cost_center"):
        logged(color="red")
    with pytest.raises(TypeError, match="a subclass that adds some is an attrs class"):
        Problem.log(PRB, title="Mail is late", evidence="A trend.", by=PM, at=MORNING, color="red")


def test_the_journal_brings_the_fields_back_and_so_does_a_pickle():
    problem = outside()
    assert VendorProblem.replay(problem.journal) == problem
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert problem.vendor == "carrier"


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("comment", {}),
        ("diagnose", {}),
        ("assign", {}),
        ("categorize", {}),
        ("revise", {}),
        ("prioritize", {}),
        ("rate_severity", {}),
        ("record_root_cause", {}),
        ("record_workaround", {}),
        ("rule_out_workaround", {}),
        ("record_change", {}),
        ("declare_major", {}),
        ("link", {}),
        ("unlink", {}),
        ("join", {}),
        ("take_over", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_work_allows_is_allowed_in_an_added_state_of_work(action, told):
    assert after(outside(), action, **told).state is WITH_VENDOR


def test_a_hold_returns_to_the_added_state_once_a_row_leads_there():
    held = after(outside(), "hold")
    assert held.state.phase is Phase.WAITING
    assert after(held, "resume").state is WITH_VENDOR


def test_out_of_a_hold_it_is_resolved_as_any_other():
    held = after(after(outside(), "record_root_cause"), "hold")
    assert after(held, "resolve").state.name == "resolved"


@pytest.mark.parametrize("action", ["resolve", "cancel", "start_fix", "accept_risk"])
def test_what_is_meant_for_certain_states_needs_a_row_of_the_callers(action):
    with pytest.raises(IllegalTransitionError) as refusal:
        after(outside(), action)
    assert "take_back" in refusal.value.allowed


def test_it_is_cancelled_and_analyzed_anew_as_any_other():
    back = outside().take_back(by=LI, at=minute(12))
    told = {"code": ProblemResolutionCode.DUPLICATE, "duplicate_of": OTHER}
    assert after(back, "cancel", **told).original == OTHER
    closed = through(back, "record_root_cause", "resolve", "close")
    assert after(closed, "reanalyze").vendor == "carrier"


def test_an_added_verb_takes_part_in_why_not():
    problem = outside()
    assert problem.why_not("charge", cost_center="4711", by=LI, at=minute(20)) == ()
    assert problem.charge("4711", by=LI, at=minute(20)).cost_center == "4711"
    assert problem.why_not("hand_out", vendor="other", by=LI, at=minute(20))


class Bespoke(VendorProblem):
    """
    A problem that a caller's own verb resolves.
    """

    lifecycle = VendorProblem.lifecycle.extend(
        transitions=[
            Transition("patch", WITH_VENDOR, PROBLEM_LIFECYCLE.state("resolved")),
        ],
    )

    def patch(self, **told):
        """
        Say that the vendor's patch solved it.
        """
        changes = {"resolution_code": ProblemResolutionCode.FIX_APPLIED}
        return self._step("patch", changes, **told)


def test_what_a_callers_own_verb_resolved_is_resolved():
    problem = Bespoke.replay(outside().journal).patch(by=LI, at=minute(20))
    assert problem.state.phase is Phase.DONE
    assert (problem.resolution.by, problem.resolved_at) == (LI, minute(20))
