"""
The policies of known errors: what they decide, and what is no policy.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itil_ops.kernel.policies import FixedOwner
from itil_ops.problem.known_error.policies import KnownErrorPolicies, RegularValidation
from itil_ops.sla.hours.duration import BusinessDays
from known_error_doubles import after, drafted, minute, standing, through


pytestmark = pytest.mark.usefixtures("every_step_is_true")

MONTHLY = KnownErrorPolicies(validation=RegularValidation(every=timedelta(days=30)))


@attrs.frozen
class ByUse:
    """
    What is used is validated soon.
    """

    name: str = "by_use"

    def validate_by(self, known_error, validated_at):
        return validated_at.add(days=7) if known_error.usage_count else None


@pytest.mark.parametrize(
    ("place", "action"),
    [("draft", "publish"), ("published", "validate"), ("retired", "republish")],
)
class TestValidation:
    def test_no_date_is_set_by_default(self, place, action):
        known_error = after(standing(place), action)
        assert known_error.validate_by is None
        assert known_error.journal[-1].decided == {"validate_by": "regular_validation"}

    def test_it_is_regular_where_the_policy_says_so(self, place, action):
        known_error = after(standing(place), action, at=minute(60), policies=MONTHLY)
        assert known_error.validate_by == minute(60) + timedelta(days=30)

    def test_a_date_that_a_person_states_goes_before_the_policy(self, place, action):
        known_error = after(standing(place), action, validate_by=minute(99), policies=MONTHLY)
        assert known_error.validate_by == minute(99)
        assert not known_error.journal[-1].decided


def test_the_policy_decides_anew_each_time():
    known_error = after(drafted(), "publish", validate_by=minute(99))
    again = after(known_error, "validate", at=minute(9), policies=MONTHLY)
    assert again.validate_by == minute(9) + timedelta(days=30)


class TestAPlannedDate:
    PLANNED = after(drafted(), "publish", validate_by=minute(60))

    @pytest.mark.parametrize("actions", [["validate"], ["resolve", "republish"]], ids=str)
    def test_it_stays_as_long_as_it_lies_ahead(self, actions):
        known_error = through(self.PLANNED, *actions)
        assert known_error.validate_by == minute(60)
        assert known_error.journal[-1].decided == {"validate_by": "regular_validation"}

    @pytest.mark.parametrize("late", [60, 61])
    @pytest.mark.parametrize("action", ["validate", "republish"])
    def test_it_goes_when_it_has_passed(self, action, late):
        known_error = self.PLANNED if action == "validate" else after(self.PLANNED, "resolve")
        assert after(known_error, action, at=minute(late)).validate_by is None

    def test_it_stays_from_a_draft_on(self):
        known_error = after(drafted(), "validate", validate_by=minute(60))
        assert after(known_error, "publish").validate_by == minute(60)

    def test_it_goes_with_what_is_retired(self):
        known_error = through(self.PLANNED, "retire", "republish")
        assert known_error.validate_by is None


def test_a_policy_of_the_callers_own_is_asked():
    policies = KnownErrorPolicies(validation=ByUse())
    published = standing("published")
    assert after(published, "validate", policies=policies).validate_by is None
    used = after(after(published, "record_use"), "validate", at=minute(9), policies=policies)
    assert used.validate_by == minute(9) + timedelta(days=7)
    assert used.journal[-1].decided == {"validate_by": "by_use"}


def test_business_days_count_in_the_calendar():
    policy = RegularValidation(every=BusinessDays(1))
    expected = datetime(2026, 3, 4, tzinfo=UTC)
    assert policy.validate_by(drafted(), minute(0)) == expected


def test_strict_policies_validate_twice_a_year():
    strict = KnownErrorPolicies.strict()
    assert strict.validation.every == timedelta(days=182)
    assert KnownErrorPolicies.strict(validation=ByUse()).validation == ByUse()


def test_the_owner_is_the_policys_to_decide():
    policies = KnownErrorPolicies(ownership=FixedOwner("knowledge_team"))
    assert drafted(policies=policies).owner == "knowledge_team"


@pytest.mark.parametrize("name", ["ownership", "validation", "authorization"])
def test_what_does_not_answer_is_no_policy(name):
    for wrong in (object(), None, RegularValidation):
        with pytest.raises(TypeError, match=f"{name} must be a policy"):
            KnownErrorPolicies(**{name: wrong})


@pytest.mark.parametrize(
    ("error", "wrong"),
    [
        (TypeError, {"every": 30}),
        (TypeError, {"every": "a month"}),
        (ValueError, {"every": timedelta()}),
        (ValueError, {"every": timedelta(days=-1)}),
        (TypeError, {"calendar": None}),
    ],
    ids=str,
)
def test_an_interval_is_an_amount_of_time_longer_than_nothing(error, wrong):
    with pytest.raises(error):
        RegularValidation(**wrong)
