"""
What came of a request: rolled up from tasks to items to the whole, and what of it is charged.
"""

from __future__ import annotations

import pytest

from itil_ops import GuardRefusedError
from itil_ops.catalog import Money, TaskTemplate
from itil_ops.kernel.identity import AccessRequestId, ConfigurationItemId
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.request.outcomes import charged_for, of_all, of_tasks
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.rules import what_was_done_can_be_undone
from itil_ops.request.task import TaskId
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome
from record_doubles import rules_of
from request.making import (
    ANA,
    LI,
    after,
    day,
    drafted,
    eur,
    item_of,
    model,
    submitted,
    task,
    under_way,
)


NONE = None
GOOD, PART, BAD, SKIPPED = (
    RequestOutcome.SUCCESSFUL,
    RequestOutcome.PARTIAL,
    RequestOutcome.WITH_ISSUES,
    RequestOutcome.SKIPPED,
)
ENDS = {
    "d": ("complete_task",),
    "f": ("fail_task", "It broke."),
    "s": ("skip_task", "Not here."),
    "c": ("cancel_task", "Called off."),
}


def ended(letters, **fields):
    """
    Return a request whose tasks ended so: capitals for mandatory ones, a dot for what is open.
    """
    tasks = [TaskTemplate(f"t{n}", mandatory=one.isupper()) for n, one in enumerate(letters)]
    request = under_way(*tasks, **fields)
    for number, letter in enumerate(letters.lower()):
        if letter != "o":
            verb, *args = ENDS[letter]
            request = after(request, verb, task(f"t{number}"), *args)
    return request


class TestTasks:
    @pytest.mark.parametrize(
        ("letters", "outcome"),
        [
            ("", GOOD),
            ("D", GOOD),
            ("DD", GOOD),
            ("DS", GOOD),
            ("SD", GOOD),
            ("Sd", GOOD),
            ("S", SKIPPED),
            ("SS", SKIPPED),
            ("Ss", SKIPPED),
            ("Sf", SKIPPED),
            ("So", SKIPPED),
            ("O", NONE),
            ("DO", NONE),
            ("FO", NONE),
            ("F", BAD),
            ("C", BAD),
            ("DF", BAD),
            ("SC", BAD),
            ("Df", GOOD),
            ("Dc", GOOD),
            ("Do", GOOD),
            ("o", GOOD),
            ("s", GOOD),
            ("f", GOOD),
        ],
    )
    def test_mandatory_ones_make_the_outcome(self, letters, outcome):
        assert of_tasks(ended(letters).tasks) is outcome

    @pytest.mark.parametrize("letters", ["", "D", "Do", "o", "So", "S", "F", "Dfo"])
    def test_completing_changes_nothing_of_it(self, letters):
        request = ended(letters)
        before = of_tasks(request.tasks)

        assert after(request, "complete", note="As far as it went.").outcome is before


class TestItems:
    def delivered(self, **counts):
        """
        Return a request for two chairs and a desk, with so many of each there.
        """
        items = [
            item_of(model("order"), name="desk", price=eur(100)),
            item_of(model(), name="chair", quantity=2, price=eur(30)),
        ]
        request = after(under_way(*items), "complete_task", task("order", "desk"))
        for name, count in counts.items():
            request = after(request, "deliver", name, count)
        return request

    @pytest.mark.parametrize(
        ("counts", "desk", "chair", "whole", "price"),
        [
            ({}, GOOD, GOOD, GOOD, 160),
            ({"desk": 1, "chair": 2}, GOOD, GOOD, GOOD, 160),
            ({"desk": 1, "chair": 1}, GOOD, PART, PART, 130),
            ({"desk": 1}, GOOD, SKIPPED, PART, 100),
            ({"chair": 2}, GOOD, GOOD, GOOD, 160),
            ({"chair": 1}, GOOD, PART, PART, 130),
        ],
    )
    def test_what_is_there_makes_the_outcome_and_the_price(self, counts, desk, chair, whole, price):
        request = self.delivered(**counts)
        done = after(request, "complete", note="As far as it went.")

        assert done.item_outcomes == {"desk": desk, "chair": chair}
        assert done.outcome is whole
        assert charged_for(done) == eur(price)
        assert after(done, "close", by=ANA).charge.amount == eur(price)

    def test_what_is_delivered_bit_by_bit_adds_up(self):
        request = after(self.delivered(chair=1), "deliver", "chair", note="The other one.")

        assert dict(request.delivered) == {"chair": 2}
        assert request.journal[-1].note == "The other one."

    @pytest.mark.parametrize(
        ("item", "count", "rule"),
        [
            ("chair", 3, "no_more_is_delivered_than_asked_for"),
            ("lamp", 1, "the_item_was_asked_for"),
            (None, 1, "the_item_was_asked_for"),
        ],
    )
    def test_what_was_not_asked_for_is_not_delivered(self, item, count, rule):
        with pytest.raises(GuardRefusedError) as refusal:
            self.delivered().deliver(item, count, by=LI, at=day(3))
        assert rules_of(refusal) == [rule]

    def test_what_was_delivered_is_there_though_its_tasks_were_skipped(self):
        asked_for = item_of(model("order"), name="chair", quantity=2, price=eur(30))
        request = after(under_way(asked_for), "skip_task", task("order", "chair"), "In stock.")
        half, whole = (after(request, "deliver", "chair", count) for count in (1, 2))

        done = after(whole, "complete")
        assert (done.outcome, after(done, "close", by=ANA).charge.amount) == (GOOD, eur(60))
        with pytest.raises(GuardRefusedError, match="it is completed in part: say why"):
            half.complete(by=LI, at=day(3))
        part = after(half, "complete", note="The other one broke.")
        assert (part.outcome, after(part, "close", by=ANA).charge.amount) == (PART, eur(30))

    def test_a_delivery_is_withdrawn_with_a_reason_and_is_not_charged(self):
        request = self.delivered(desk=1, chair=2)
        fewer = after(request, "withdraw_delivery", "chair", reason="One is broken.")

        assert (dict(fewer.delivered), fewer.journal[-1].note) == (
            {"desk": 1, "chair": 1},
            "One is broken.",
        )
        done = after(fewer, "complete", note="It was the last one.")
        assert (done.outcome, charged_for(done)) == (PART, eur(130))
        none = after(fewer, "withdraw_delivery", "chair", reason="So is the other.")
        done = after(none, "complete", note="They were the last ones.")
        assert done.item_outcomes == {"desk": GOOD, "chair": SKIPPED}
        assert charged_for(done) == eur(100)

    def test_what_was_withdrawn_needs_no_undoing(self):
        policies = RequestPolicies(completeness=[what_was_done_can_be_undone])
        chair = item_of(model(), name="chair", quantity=2, price=eur(30))
        some = after(under_way(chair), "deliver", "chair")
        none = after(some, "withdraw_delivery", "chair", reason="Miscounted.")
        reason = RequestCancellationReason.WITHDRAWN

        assert some.why_not("cancel", reason=reason, by=LI, at=day(3), policies=policies)
        assert after(none, "cancel", reason, policies=policies).state.name == "cancelled"

    @pytest.mark.parametrize(
        ("item", "count", "reason", "rules"),
        [
            ("chair", 3, "Broken.", ["no_more_is_withdrawn_than_delivered"]),
            ("desk", 1, "Broken.", ["no_more_is_withdrawn_than_delivered"]),
            ("chair", 1, None, ["a_reason_is_given"]),
            ("lamp", 1, "Broken.", ["the_item_was_asked_for"]),
        ],
    )
    def test_only_what_is_there_is_withdrawn(self, item, count, reason, rules):
        with pytest.raises(GuardRefusedError) as refusal:
            self.delivered(chair=2).withdraw_delivery(item, count, reason=reason, by=LI, at=day(3))
        assert rules_of(refusal) == rules

    def test_nothing_is_no_delivery(self):
        with pytest.raises(ValueError, match="quantity must be 1 or more"):
            self.delivered().deliver("chair", 0, by=LI, at=day(3))

    def test_where_nothing_has_items_nothing_is_delivered(self):
        free = after(submitted(description="Any."), "revise", items=[])
        with pytest.raises(GuardRefusedError, match="its items: none"):
            after(free, "start_fulfillment").deliver("chair", by=LI, at=day(3))

    def test_an_item_with_issues_is_not_charged(self):
        items = [
            item_of(model("order"), name="desk", price=eur(100)),
            item_of(model(), name="chair", price=eur(30)),
        ]
        request = after(under_way(*items), "fail_task", task("order", "desk"), "Sold out.")
        done = after(request, "complete", note="No desk.", actual_cost=eur(7))

        assert done.item_outcomes == {"desk": BAD, "chair": GOOD}
        assert done.outcome is BAD
        assert after(done, "close").charge.amount == eur(30)

    def test_of_what_came_with_issues_the_actual_cost_is_charged(self):
        request = ended("F", budget_center="travel")
        done = after(request, "complete", note="It broke.", actual_cost=eur(7))

        assert after(done, "close").charge.amount == eur(7)

    def test_what_is_delivered_without_a_price_is_charged_as_it_cost(self):
        items = [item_of(model(), name="desk", price=eur(5)), item_of(model(), name="chair")]
        done = after(submitted(*items), "complete", actual_cost=eur(105))

        assert charged_for(done) is None
        assert after(done, "close", by=ANA).charge.amount == eur(105)

    def test_open_tasks_leave_an_item_open(self):
        request = under_way("order")

        assert request.item_outcomes == {"thing": None}
        assert charged_for(request) is None


class TestWhole:
    @pytest.mark.parametrize(
        ("outcomes", "whole"),
        [
            ([GOOD], GOOD),
            ([GOOD, GOOD], GOOD),
            ([SKIPPED, SKIPPED], SKIPPED),
            ([GOOD, SKIPPED], PART),
            ([GOOD, PART], PART),
            ([BAD, GOOD], BAD),
            ([BAD, PART, SKIPPED], BAD),
        ],
    )
    def test_items_come_to_one(self, outcomes, whole):
        assert of_all(outcomes) is whole

    @pytest.mark.parametrize(("verb", "whole"), [("complete_task", GOOD), ("fail_task", BAD)])
    def test_tasks_of_no_item_count_too(self, verb, whole):
        request = after(under_way(), "add_task", TaskId("x"), "X")
        args = ["No."] if verb == "fail_task" else []
        request = after(request, verb, TaskId("x"), *args)

        assert after(request, "complete", note="So.").outcome is whole

    def test_without_items_tasks_alone_count(self):
        free = after(submitted(description="Any."), "revise", items=[])
        request = after(after(free, "start_fulfillment"), "add_task", TaskId("x"), "X", group="a")

        skipped = after(request, "skip_task", TaskId("x"), "Not here.")
        assert after(skipped, "complete", note="None.").outcome is SKIPPED
        assert after(after(free, "start_fulfillment"), "complete").outcome is GOOD

    @pytest.mark.parametrize(
        ("letters", "words"),
        [("F", "with issues"), ("S", "with nothing done"), ("DC", "with issues")],
    )
    def test_what_is_missing_takes_a_note(self, letters, words):
        with pytest.raises(GuardRefusedError, match=f"it is completed {words}: say why") as refusal:
            ended(letters).complete(by=LI, at=day(3))
        assert rules_of(refusal) == ["what_is_missing_is_explained"]

    @pytest.mark.parametrize(
        ("reason", "told", "outcome"),
        [
            ("withdrawn", {}, RequestOutcome.CANCELLED),
            ("raised_in_error", {}, RequestOutcome.CANCELLED),
            ("not_a_request", {}, RequestOutcome.CANCELLED),
        ],
    )
    def test_what_was_called_off_says_so(self, reason, told, outcome):
        over = after(drafted(), "cancel", RequestCancellationReason(reason), **told)

        assert over.outcome is outcome

    def test_until_it_is_over_there_is_none(self):
        assert [one.outcome for one in (drafted(), submitted(), under_way())] == [None] * 3
        assert after(after(under_way(), "complete"), "reopen", "No.").outcome is None


class TestCost:
    def priced(self):
        return under_way(item_of(model(), price=eur(100)))

    @pytest.mark.parametrize("cost", [eur(0), eur(99), eur(100)])
    def test_what_was_thought_of_takes_no_word(self, cost):
        assert after(self.priced(), "complete", actual_cost=cost).actual_cost == cost

    def test_more_than_was_thought_of_takes_a_note(self):
        text = "it has cost 100.01 EUR, and 100 EUR were thought of: say why"

        with pytest.raises(GuardRefusedError, match=text) as refusal:
            self.priced().complete(actual_cost=eur("100.01"), by=LI, at=day(3))
        assert rules_of(refusal) == ["an_overrun_is_explained"]
        done = after(self.priced(), "complete", actual_cost=eur("100.01"), note="Customs.")
        assert done.actual_cost == eur("100.01")

    def test_where_nobody_thought_of_any_any_will_do(self):
        assert after(under_way(), "complete", actual_cost=eur(9)).actual_cost == eur(9)

    @pytest.mark.parametrize(
        "mix",
        [
            lambda priced, usd: drafted(item_of(model(), price=eur(1)), estimate=usd),
            lambda priced, usd: drafted(estimate=eur(1)).revise(
                items=[item_of(model(), price=usd)], by=ANA, at=day(3)
            ),
            lambda priced, usd: drafted(item_of(model(), price=eur(1))).revise(
                estimate=usd, by=ANA, at=day(3)
            ),
            lambda priced, usd: priced.complete(actual_cost=usd, by=LI, at=day(3)),
            lambda priced, usd: under_way(estimate=eur(1)).complete(
                actual_cost=usd, by=LI, at=day(3)
            ),
        ],
    )
    def test_all_amounts_are_of_one_currency(self, mix):
        with pytest.raises(ValueError, match=r"several currencies: .* 1 USD|1 USD, estimate"):
            mix(self.priced(), Money(1, "USD"))


class TestAccess:
    ACCESS = AccessRequestId("ACC-1")

    def spawned(self):
        return after(under_way(), "link", LinkKind.SPAWNED, self.ACCESS)

    def test_access_requests_that_it_spawned_are_over_first(self):
        request = self.spawned()

        with pytest.raises(GuardRefusedError, match="nobody said which of its access requests"):
            request.complete(by=LI, at=day(3))
        with pytest.raises(GuardRefusedError, match="access requests are open: ACC-1"):
            request.complete(open_access_requests=[self.ACCESS], by=LI, at=day(3))
        others = [AccessRequestId("ACC-9")]
        assert after(request, "complete", open_access_requests=others).outcome is GOOD


class TestConfigurationItems:
    def test_what_became_of_them_is_noted(self):
        policies = RequestPolicies.strict()
        strict = RequestPolicies(completeness=policies.completeness)
        request = under_way(configuration_items=[ConfigurationItemId("pc1")])

        with pytest.raises(GuardRefusedError, match="nobody noted what became of its") as refusal:
            request.complete(by=LI, at=day(3), policies=strict)
        assert rules_of(refusal) == ["updates_of_configuration_items_are_noted"]
        done = after(request, "complete", configuration_updates="Swapped.", policies=strict)
        assert done.configuration_updates == "Swapped."
