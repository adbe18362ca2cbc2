"""
Figures over many known errors, counted by hand.
"""

from __future__ import annotations

import datetime as dt

import pytest

from itil_ops.kernel.identity import IncidentId, KnownErrorId
from itil_ops.problem.known_error.figures import (
    added_between,
    due_for_validation,
    kedb_accuracy,
    most_used,
    solved_share,
    unused_since,
)
from known_error_doubles import after, minute, standing


def numbered(number, place="published"):
    return standing(place, id=KnownErrorId(f"KE-{number}"))


def used(known_error, *solved):
    for count, helped in enumerate(solved):
        known_error = after(
            known_error, "record_use", incident=IncidentId(f"INC-{count}"), solved=helped
        )
    return known_error


def ids(known_errors):
    return [one.id.value for one in known_errors]


class TestAccuracy:
    def test_it_is_the_share_of_the_correct_among_those_audited(self):
        right, wrong = after(numbered(1), "audit"), after(numbered(2), "audit", correct=False)
        assert kedb_accuracy([right, wrong, right, right, numbered(3)]) == 0.75

    def test_the_last_audit_of_each_counts(self):
        mended = after(after(numbered(1), "audit", correct=False), "audit")
        assert kedb_accuracy([mended]) == 1

    def test_without_an_audit_there_is_none(self):
        assert kedb_accuracy([]) is None
        assert kedb_accuracy([numbered(1)]) is None

    def test_none_correct_is_nothing_and_not_none(self):
        assert kedb_accuracy([after(numbered(1), "audit", correct=False)]) == 0


class TestUse:
    def test_the_share_of_uses_that_helped_is_among_those_told(self):
        one, other = used(numbered(1), True, False, None), used(numbered(2), True, True)
        assert solved_share([one, other]) == 0.75
        assert solved_share(iter([one])) == 0.5

    def test_what_is_told_later_counts_as_it_was_told_last(self):
        unknown = used(numbered(1), None, True)
        told = after(unknown, "record_use", incident=IncidentId("INC-0"), solved=True)
        assert (solved_share([unknown]), solved_share([told])) == (1, 1)
        wrong = after(told, "record_use", incident=IncidentId("INC-1"), solved=False)
        assert solved_share([wrong]) == 0.5
        assert ids(most_used([wrong])) == ["KE-1"]
        assert wrong.usage_count == 2

    def test_to_say_later_that_it_helped_is_no_use(self):
        told = after(
            used(numbered(1), None),
            "record_use",
            incident=IncidentId("INC-0"),
            solved=True,
            at=minute(60),
        )
        assert ids(unused_since([told], minute(30))) == ["KE-1"]

    def test_where_nobody_told_there_is_no_share(self):
        assert solved_share([]) is None
        assert solved_share([used(numbered(1), None)]) is None

    def test_the_most_used_come_first_and_equal_ones_by_id(self):
        known_errors = [
            used(numbered(3), None),
            numbered(4),
            used(numbered(2), None),
            used(numbered(1), None, None),
        ]
        assert ids(most_used(known_errors)) == ["KE-1", "KE-2", "KE-3"]
        assert ids(most_used(known_errors, limit=2)) == ["KE-1", "KE-2"]
        assert most_used([]) == ()

    @pytest.mark.parametrize(
        ("limit", "error"),
        [
            (0, ValueError),
            (-1, ValueError),
            (True, ValueError),
            (1.5, TypeError),
            (None, TypeError),
        ],
    )
    def test_a_limit_is_one_or_more(self, limit, error):
        with pytest.raises(error):
            most_used([], limit=limit)

    def test_unused_is_what_is_found_but_was_neither_published_nor_used(self):
        old, lately = numbered(1), after(numbered(2), "record_use", at=minute(60))
        fixed, again = (
            numbered(3, "resolved"),
            after(numbered(4, "retired"), "republish", at=minute(60)),
        )
        hidden = [numbered(5, "draft"), numbered(6, "retired")]
        everything = [old, lately, fixed, again, *hidden]
        assert ids(unused_since(everything, minute(30))) == ["KE-1", "KE-3"]

    def test_the_instant_itself_is_within(self):
        known_error = after(numbered(1), "record_use", at=minute(60))
        assert unused_since([known_error], minute(60)) == ()
        later = minute(60) + dt.timedelta(microseconds=1)
        assert ids(unused_since([known_error], later)) == ["KE-1"]

    def test_an_instant_is_aware(self):
        with pytest.raises(ValueError, match="since must be an aware datetime"):
            unused_since([], dt.datetime(2026, 3, 2))


class TestGrowth:
    def test_what_was_first_published_in_a_period_is_counted(self):
        again = after(numbered(1, "retired"), "republish", at=minute(60))
        known_errors = [numbered(2), again, numbered(3, "draft"), numbered(4, "resolved")]
        assert added_between(known_errors, minute(1), minute(2)) == 3
        assert added_between(known_errors, minute(0), minute(1)) == 0
        assert added_between(known_errors, minute(2), minute(90)) == 0

    @pytest.mark.parametrize("end", [minute(1), minute(0)])
    def test_a_period_has_a_length(self, end):
        with pytest.raises(ValueError, match="does not lie after"):
            added_between([], minute(1), end)

    def test_its_bounds_are_instants(self):
        with pytest.raises(ValueError):
            added_between([], dt.datetime(2026, 3, 2), minute(1))
        with pytest.raises(TypeError):
            added_between([], minute(1), None)


class TestValidation:
    def test_the_longest_due_come_first_and_equal_ones_by_id(self):
        def due(number, count):
            return after(numbered(number), "validate", validate_by=minute(count))

        known_errors = [due(4, 99), due(3, 50), due(2, 50), due(1, 60), numbered(5)]
        assert ids(due_for_validation(known_errors, minute(60))) == ["KE-2", "KE-3", "KE-1"]
        assert due_for_validation(known_errors, minute(49)) == ()

    def test_an_instant_is_aware(self):
        with pytest.raises(ValueError):
            due_for_validation([], dt.datetime(2026, 3, 2))
