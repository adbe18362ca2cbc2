"""
Conditions: which target is for which record, and which of several goes first.
"""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.incident.model import IncidentModel, ModelStep
from itil_ops.incident.record import Incident
from itil_ops.kernel.instant import utc
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import CategoryPath, Criticality, PendingReason
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.promises.condition import ANY_VALUE, Where, check_condition, is_below
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.policy import ClockPolicy, LateTarget
from itil_ops.sla.promises.specificity import are_ambiguous, by_specificity
from itil_ops.sla.promises.target import StartField, Target, TargetKind


SOFTWARE, MAIL = CategoryPath("software"), CategoryPath("software/mail")
OUTLOOK, HARDWARE = CategoryPath("software/mail/outlook"), CategoryPath("hardware")
HIGH, LOW, CRITICAL = Priority.HIGH, Priority.LOW, Priority.CRITICAL
BREACH = IncidentModel(name="data breach", steps=[ModelStep("preserve the evidence")])


def fact(**fields):
    return Fact(utc(t("mon 09:00")), Phase.ACTIVE, fields)


def resolution(length, *when, **options):
    return Target(
        TargetKind.RESOLUTION, hours(length), when=when, **{"calendar": OFFICE, **options}
    )


def agreed(*targets, **options):
    return ServiceLevelAgreement("gold", targets=targets, **options)


def chosen(agreement, **fields):
    target = agreement.target(TargetKind.RESOLUTION, fact(**fields))
    return target and target.duration


def is_vip(fact):
    return fact.fields.get("vip") is True


def is_french(fact):
    return fact.fields.get("site") == "Lyon"


class TestWhere:
    @pytest.mark.parametrize(
        ("wanted", "fields", "holds"),
        [
            ({"service": "email"}, {"service": "email"}, True),
            ({"service": "email"}, {"service": "web"}, False),
            ({"service": "email"}, {}, False),
            ({"service": ["email", "web"]}, {"service": "web"}, True),
            ({"service": iter(["email", "web"])}, {"service": "email"}, True),
            ({"service": "email", "vip": True}, {"service": "email", "vip": True}, True),
            ({"service": "email", "vip": True}, {"service": "email", "vip": False}, False),
            ({"service": None}, {}, True),
            ({"service": None}, {"service": None}, True),
            ({"service": None}, {"service": "email"}, False),
            ({"service": [None, "email"]}, {}, True),
            ({"priority": HIGH}, {"priority": HIGH}, True),
            ({"priority": [HIGH, CRITICAL]}, {"priority": LOW}, False),
            ({"model": BREACH}, {"model": BREACH}, True),
            ({"model": BREACH}, {"model": attrs.evolve(BREACH, version=2)}, False),
            ({"vip": False}, {"vip": False}, True),
            ({"criticality": Criticality}, {"criticality": next(iter(Criticality))}, True),
        ],
    )
    def test_a_field_has_one_of_the_values(self, wanted, fields, holds):
        assert Where(**wanted)(fact(**fields)) is holds

    @pytest.mark.parametrize(
        ("wanted", "category", "holds"),
        [
            (SOFTWARE, SOFTWARE, True),
            (SOFTWARE, MAIL, True),
            (SOFTWARE, OUTLOOK, True),
            (MAIL, OUTLOOK, True),
            (MAIL, SOFTWARE, False),
            (MAIL, CategoryPath("software/mailing"), False),
            (SOFTWARE, HARDWARE, False),
            (SOFTWARE, None, False),
            ([HARDWARE, MAIL], OUTLOOK, True),
            ([HARDWARE, MAIL], SOFTWARE, False),
            ([None, MAIL], OUTLOOK, True),
            ("software", SOFTWARE, False),
            (SOFTWARE, "software", False),
        ],
    )
    def test_a_category_takes_in_those_below_it(self, wanted, category, holds):
        assert Where(category=wanted)(fact(category=category)) is holds

    @pytest.mark.parametrize(
        ("value", "holds"),
        [("Lyon", True), (0, True), ("", True), (True, True), (None, False), (False, False)],
    )
    def test_any_value_is_one_that_says_something(self, value, holds):
        assert Where(site=ANY_VALUE)(fact(site=value)) is holds

    def test_any_value_is_none_of_a_field_that_is_not_there(self):
        assert not Where(site=ANY_VALUE)(fact())

    def test_any_value_or_none_is_any_record(self):
        assert Where(site=[ANY_VALUE, None])(fact())
        assert Where(site=[ANY_VALUE, None])(fact(site="Lyon"))

    def test_it_reads_what_it_names(self):
        assert Where(service="email", vip=True).reads == {"service", "vip"}

    def test_below(self):
        assert is_below(OUTLOOK, MAIL)
        assert is_below(MAIL, MAIL)
        assert not is_below(MAIL, OUTLOOK)

    def test_a_condition_without_a_field_is_refused(self):
        with pytest.raises(AgreementError, match="a condition must name a field"):
            Where()

    @pytest.mark.parametrize("nothing", [[], (), frozenset(), iter([])])
    def test_a_field_without_a_value_is_refused(self, nothing):
        with pytest.raises(AgreementError, match="a condition on service wants no value at all"):
            Where(service=nothing)

    @pytest.mark.parametrize("value", [{"a": 1}, [["email"]], [{"a"}]])
    def test_a_value_without_a_hash_is_refused(self, value):
        with pytest.raises(TypeError):
            Where(service=value)


EXAMPLES = [
    Where(service="email"),
    Where(service=["web", "email"]),
    Where(category=MAIL),
    Where(category=[SOFTWARE, HARDWARE], priority=[HIGH, CRITICAL], vip=True),
    Where(major=ANY_VALUE),
    Where(major=[ANY_VALUE, None]),
    Where(priority=HIGH, pending_reason=PendingReason.AWAITING_CALLER),
    Where(service=None),
]


class TestWhereAsAValue:
    @pytest.mark.parametrize("where", EXAMPLES, ids=repr)
    def test_its_repr_pastes_back(self, where):
        assert eval(repr(where)) == where

    @pytest.mark.parametrize("where", EXAMPLES, ids=repr)
    def test_it_copies_and_pickles(self, where):
        for same in (pickle.loads(pickle.dumps(where)), copy.copy(where), copy.deepcopy(where)):
            assert same == where
            assert hash(same) == hash(where)
            assert repr(same) == repr(where)

    def test_the_wildcard_stays_itself(self):
        assert pickle.loads(pickle.dumps(ANY_VALUE)) is ANY_VALUE
        assert copy.deepcopy(ANY_VALUE) is ANY_VALUE
        assert repr(ANY_VALUE) == "ANY_VALUE"

    def test_neither_order_nor_repetition_matters(self):
        one = Where(service=["email", "web"], vip=True)

        assert one == Where(vip=[True], service=["web", "email", "web"])
        assert hash(one) == hash(Where(vip=True, service=("web", "email")))

    def test_all_examples_differ(self):
        assert len(set(EXAMPLES)) == len(EXAMPLES)

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            EXAMPLES[0].criteria = ()


class TestCheck:
    @pytest.mark.parametrize("condition", [is_vip, Where(vip=True), OUTLOOK.__eq__])
    def test_what_can_be_imported_is_a_condition(self, condition):
        assert check_condition(condition, "when") is condition

    @pytest.mark.parametrize(
        ("condition", "error"),
        [
            (lambda fact: True, AgreementError),
            (Where, TypeError),
            (None, TypeError),
            ("vip", TypeError),
            (fact(), TypeError),
        ],
    )
    def test_anything_else_is_refused_by_name(self, condition, error):
        with pytest.raises(error, match="when must be a "):
            check_condition(condition, "when")

    @pytest.mark.parametrize("when", [[lambda fact: True], lambda fact: True])
    def test_a_target_takes_no_lambda(self, when):
        with pytest.raises(AgreementError, match="when must be a function of a module or a value"):
            Target(TargetKind.RESOLUTION, hours(8), when=when)

    @pytest.mark.parametrize("when", [Where, [Where], [None], None, "vip"])
    def test_a_target_takes_no_other(self, when):
        with pytest.raises(TypeError, match="when"):
            Target(TargetKind.RESOLUTION, hours(8), when=when)

    def test_one_condition_needs_no_list(self):
        assert Target(TargetKind.RESOLUTION, hours(8), when=is_vip).when == (is_vip,)
        assert Target(TargetKind.RESOLUTION, hours(8), when=Where(vip=True)).when == (
            Where(vip=True),
        )


# ---- Which target ---------------------------------------------------------------------------


class TestSpecificity:
    LAYERS = agreed(
        resolution(40),
        resolution(30, Where(category=SOFTWARE)),
        resolution(20, priorities=[HIGH]),
        resolution(10, Where(category=MAIL)),
        resolution(5, Where(category=MAIL), priorities=[HIGH]),
        resolution(4, Where(category=SOFTWARE, service="email"), priorities=[HIGH]),
        resolution(1, is_vip, is_french, Where(service="email"), priorities=[HIGH]),
    )

    @pytest.mark.parametrize(
        ("fields", "length"),
        [
            ({}, 40),
            ({"category": HARDWARE}, 40),
            ({"category": SOFTWARE}, 30),
            ({"priority": HIGH}, 20),
            ({"category": OUTLOOK}, 10),
            # One condition each: the deeper category goes first.
            ({"category": SOFTWARE, "priority": HIGH}, 30),
            ({"category": MAIL, "priority": HIGH}, 5),
            ({"category": MAIL, "priority": HIGH, "service": "email"}, 4),
            ({"priority": HIGH, "service": "email", "vip": True, "site": "Lyon"}, 1),
            (
                {
                    "category": MAIL,
                    "priority": HIGH,
                    "service": "email",
                    "vip": True,
                    "site": "Lyon",
                },
                1,
            ),
            ({"priority": HIGH, "service": "email", "vip": True}, 20),
        ],
    )
    def test_the_target_with_the_most_conditions_goes_first(self, fields, length):
        assert chosen(self.LAYERS, **fields) == hours(length)

    def test_of_equals_the_one_named_first(self):
        one, other = resolution(8, is_vip), resolution(4, is_french)

        assert chosen(agreed(one, other), vip=True, site="Lyon") == hours(8)
        assert chosen(agreed(other, one), vip=True, site="Lyon") == hours(4)
        assert by_specificity([one, other]) == (one, other)

    def test_of_as_many_the_deeper_category_goes_first_wherever_it_is_named(self):
        layers = [
            resolution(length, Where(category=path))
            for length, path in ((1, SOFTWARE), (2, OUTLOOK), (3, MAIL))
        ]

        assert [one.duration for one in by_specificity(layers)] == [hours(2), hours(3), hours(1)]
        assert chosen(agreed(*layers), category=OUTLOOK) == hours(2)
        assert chosen(agreed(*layers), category=CategoryPath("software/mail/web")) == hours(3)
        assert chosen(agreed(*layers), category=CategoryPath("software/erp")) == hours(1)

    def test_two_conditions_on_one_field_are_one(self):
        twice = resolution(8, Where(vip=True), Where(vip=[True, False]))
        two = resolution(4, Where(vip=True, service="email"))

        assert by_specificity([twice, two]) == (two, twice)

    def test_a_target_that_nothing_can_satisfy_is_for_no_record(self):
        never = resolution(8, Where(priority=LOW), priorities=[HIGH])

        assert chosen(agreed(never), priority=LOW) is None
        assert chosen(agreed(never), priority=HIGH) is None
        assert chosen(agreed(never, resolution(4)), priority=HIGH) == hours(4)

    def test_by_a_request_model_or_any_other_field(self):
        layers = agreed(resolution(1, Where(model=BREACH)), resolution(8))

        (urgent,) = layers.clocks(logged(t("mon 09:00"), model=BREACH))
        (usual,) = layers.clocks(logged(t("mon 09:00")))

        assert (urgent.due_at, usual.due_at) == (t("mon 10:00"), t("mon 17:00"))

    @pytest.mark.parametrize("when", [is_vip, Where(vip=True)])
    def test_by_a_predicate_or_a_field(self, when):
        layers = agreed(resolution(1, when), resolution(8))

        assert [clock.due_at for clock in layers.clocks(logged(t("mon 09:00"), vip=True))] == [
            t("mon 10:00")
        ]

    def test_another_category_is_another_target(self):
        layers = agreed(resolution(2, Where(category=MAIL)), resolution(8))
        told = logged(t("mon 09:00")).categorize(OUTLOOK, by=DESK, at=t("mon 10:00"))
        (clock,) = layers.clocks(told)

        assert [promise.since for promise in clock.promises] == [t("mon 09:00"), t("mon 10:00")]
        assert clock.due_at == t("mon 11:00")


class TestAmbiguity:
    @pytest.mark.parametrize(
        ("one", "other", "what"),
        [
            (resolution(8), resolution(4), "resolution for any record"),
            (resolution(8, is_vip), resolution(4, is_vip), "resolution for any record"),
            (
                resolution(8, Where(service="email")),
                resolution(4, Where(service=["email", "web"])),
                "resolution for service email",
            ),
            (
                resolution(8, Where(priority=HIGH)),
                resolution(4, priorities=[HIGH, LOW]),
                "resolution for priority 2 high",
            ),
            (
                resolution(8, Where(service="email", vip=True)),
                resolution(4, Where(vip=True), Where(service="email")),
                "resolution for service email and vip True",
            ),
            (
                resolution(8, Where(category=MAIL), is_vip),
                resolution(4, is_vip, Where(category=MAIL)),
                "resolution for category software/mail",
            ),
        ],
    )
    def test_two_targets_for_the_same_records_are_refused(self, one, other, what):
        with pytest.raises(AgreementError, match=f"'gold' promises twice: {what}$"):
            agreed(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (Where(major=ANY_VALUE), Where(major=ANY_VALUE)),
            (Where(service=ANY_VALUE), Where(service="email")),
        ],
    )
    def test_so_are_any_value_and_a_value_in_plain_words(self, one, other):
        with pytest.raises(AgreementError, match="promises twice") as refused:
            agreed(resolution(8, one), resolution(4, other))

        assert "Wildcard" not in str(refused.value)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (resolution(8), resolution(8, is_vip)),
            (resolution(8, is_vip), resolution(8, is_french)),
            (resolution(8, Where(service="email")), resolution(8, Where(service="web"))),
            (resolution(8, Where(service="email")), resolution(8, Where(vip=True))),
            (resolution(8, Where(category=MAIL)), resolution(8, Where(category=SOFTWARE))),
            (resolution(8, priorities=[HIGH]), resolution(8, priorities=[LOW])),
            (resolution(8), Target(TargetKind.UPDATE, hours(8))),
        ],
    )
    def test_targets_that_differ_in_what_they_are_for_are_not(self, one, other):
        assert not are_ambiguous(one, other)
        assert len(agreed(one, other).targets) == 2


# ---- Hours ----------------------------------------------------------------------------------

MORNINGS = BusinessCalendar(
    "Europe/London", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "12:00"),))
)


class TestSupportHours:
    def test_they_are_the_hours_of_targets_that_name_none(self):
        plain = Target(TargetKind.RESOLUTION, hours(4))
        (clock,) = agreed(plain, support_hours=OFFICE).clocks(logged(t("mon 16:00")))

        assert clock.target.calendar == OFFICE
        assert clock.due_at == t("tue 12:00")

    def test_a_target_with_hours_of_its_own_keeps_them(self):
        own = resolution(4, calendar=MORNINGS)
        (clock,) = agreed(own, support_hours=OFFICE).clocks(logged(t("mon 11:00")))

        assert clock.target.calendar == MORNINGS
        assert clock.due_at == t("tue 12:00")

    def test_even_if_those_are_around_the_clock(self):
        own = resolution(4, calendar=ALWAYS_OPEN)
        (clock,) = agreed(own, support_hours=OFFICE).clocks(logged(t("mon 16:00")))

        assert clock.due_at == t("mon 20:00")

    def test_without_any_it_is_around_the_clock(self):
        (clock,) = agreed(Target(TargetKind.RESOLUTION, hours(4))).clocks(logged(t("mon 16:00")))

        assert clock.due_at == t("mon 20:00")

    def test_service_hours_are_none(self):
        agreement = agreed(Target(TargetKind.RESOLUTION, hours(4)), service_hours=OFFICE)
        (clock,) = agreement.clocks(logged(t("mon 16:00")))

        assert clock.due_at == t("mon 20:00")

    def test_of_an_underpinning_agreement_too(self):
        ola = OperationalLevelAgreement(
            "network",
            provider="network",
            targets=[Target(TargetKind.RESOLUTION, hours(4))],
            support_hours=OFFICE,
        )
        told = logged(t("mon 09:00")).assign(group="network", by=DESK, at=t("mon 16:00"))
        (clock,) = ola.clocks(told)

        assert clock.due_at == t("tue 12:00")

    @pytest.mark.parametrize("name", ["support_hours", "service_hours"])
    @pytest.mark.parametrize("value", ["09-17", 8, [OFFICE]])
    def test_hours_are_a_calendar(self, name, value):
        with pytest.raises(TypeError, match=f"{name} must be a calendar"):
            agreed(resolution(8), **{name: value})


# ---- A major incident (domain 4.7) ----------------------------------------------------------


class TestMajorIncident:
    IS_MAJOR = Where(major=ANY_VALUE)
    AGREED = agreed(
        Target(TargetKind.RESOLUTION, hours(8)),
        Target(TargetKind.RESOLUTION, hours(8), when=IS_MAJOR, calendar=ALWAYS_OPEN),
        Target(
            TargetKind.UPDATE,
            minutes(30),
            when=IS_MAJOR,
            calendar=ALWAYS_OPEN,
            policy=ClockPolicy(late_target=LateTarget.FROM_THEN_ON),
        ),
        support_hours=OFFICE,
    )
    P1 = logged(t("mon 14:00"), impact=Impact.HIGH, urgency=Urgency.HIGH)
    MAJOR = P1.declare_major("Lyon is cut off", manager="ana", by=DESK, at=t("mon 16:00"))

    def clocks(self, incident):
        return {str(clock.target.kind): clock for clock in self.AGREED.clocks(incident)}

    def test_before_its_declaration_it_has_the_usual_targets(self):
        assert self.clocks(self.P1).keys() == {"resolution"}
        assert self.clocks(self.P1)["resolution"].due_at == t("tue 14:00")

    def test_declared_it_runs_around_the_clock_and_keeps_what_has_elapsed(self):
        clock = self.clocks(self.MAJOR)["resolution"]

        assert clock.elapsed(t("mon 16:00")) == hours(2)
        assert clock.due_at == t("mon 22:00")

    def test_declared_it_has_half_an_hour_until_the_first_update(self):
        assert self.clocks(self.MAJOR)["update"].due_at == t("mon 16:30")

    def test_unless_the_silence_before_counts_as_well(self):
        update = Target(TargetKind.UPDATE, minutes(30), when=self.IS_MAJOR)
        (clock,) = agreed(update).clocks(self.MAJOR)

        assert clock.started_at == t("mon 14:00")
        assert clock.breached_at == t("mon 16:00")

    def test_each_update_begins_another_half_hour(self):
        told = self.MAJOR.communicate("We know.", by=LI, at=t("mon 16:10"))
        told = told.communicate("A cable.", by=LI, at=t("mon 16:45"))
        updates = [c for c in self.AGREED.clocks(told) if c.target.kind == TargetKind.UPDATE]

        assert [clock.outcome for clock in updates] == [
            ClockOutcome.MET,
            ClockOutcome.BREACHED,
            None,
        ]
        assert updates[-1].due_at == t("mon 17:15")

    def test_demoted_it_is_back_in_the_usual_hours(self):
        told = self.MAJOR.demote_major("Only one desk", by=DESK, at=t("mon 18:00"))
        clocks = self.clocks(told)

        assert clocks["update"].outcome is ClockOutcome.CANCELLED
        assert clocks["update"].cancelled_at == t("mon 18:00")
        assert clocks["resolution"].elapsed(t("mon 18:00")) == hours(4)
        assert clocks["resolution"].due_at == t("tue 13:00")


@attrs.frozen(kw_only=True)
class WorkbenchIncident(Incident):
    bench: str | None = None

    __hash__ = Incident.__hash__


class TestFieldsThatNoRecordHas:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"when": Where(categry="software")}, "'categry' that no such record has; did you"),
            ({"when": Where(xyzzy=1)}, "names a field 'xyzzy' that no such record has$"),
            ({"pause_on": [Where(suport_line="third")]}, "did you mean 'support_line'"),
            ({"start_at": StartField("detected")}, "did you mean 'detected_at'"),
            ({"when": Where(is_open=True)}, "names a field 'is_open'"),
        ],
    )
    def test_they_are_found_when_somebody_asks(self, options, message):
        target = Target(TargetKind.RESOLUTION, hours(8), **options)
        agreement = ServiceLevelAgreement("gold", targets=[target])

        with pytest.raises(AgreementError, match=message):
            agreement.check_fields(Incident)
        agreement.clocks(logged(t("mon 09:00")))

    def test_a_field_of_one_of_the_records_is_fine(self):
        target = resolution(8, Where(bench="left", major=ANY_VALUE))
        agreement = ServiceLevelAgreement("gold", targets=[target])

        agreement.check_fields(Incident, WorkbenchIncident)
