"""
The catalog as a whole: what is found in it, and all that is wrong with it at once.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from clock_doubles import NIGHTS, OFFICE, hours, t
from itil_ops.catalog import (
    Approver,
    AtLeast,
    CatalogItem,
    RequestModel,
    Service,
    ServiceCatalog,
    ServiceGroup,
    TaskTemplate,
)
from itil_ops.errors import CatalogError
from itil_ops.kernel.priority import Priority
from itil_ops.sla import (
    ALWAYS_OPEN,
    BusinessDays,
    NextOpening,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    Target,
    TargetKind,
    UnderpinningContract,
    Where,
)


SINCE = t("fri 00:00")


def within(duration, **options):
    duration = duration if not isinstance(duration, int) else hours(duration)
    return Target(TargetKind.FULFILLMENT, duration, **options)


def ola(provider, *targets, kind=OperationalLevelAgreement, **options):
    return kind(f"{provider} ola", provider=provider, targets=targets, **options)


def task(name, before="", **options):
    return TaskTemplate(name, depends_on=[*before], **options)


def one_item(*targets, tasks=(), agreements=(), service=None):
    """
    Return a catalog with an item `laptop`, whose model promises *targets*.
    """
    mail = service or Service("mail", support_hours=OFFICE)
    return ServiceCatalog(
        services=[mail],
        items=[CatalogItem("laptop", model="laptop", service=mail.name)],
        models=[RequestModel(name="laptop", group="desk", targets=targets, tasks=tasks)],
        agreements=agreements,
    )


def told(catalog):
    return [(one.rule, one.text) for one in catalog.defects(since=SINCE)]


def texts(catalog):
    return [text.removeprefix("catalog item 'laptop': ") for _, text in told(catalog)]


V1, V2 = (RequestModel(name="laptop", version=number, group="desk") for number in (1, 2))
SHOP = ServiceCatalog(
    name="shop",
    services=[Service("mail")],
    items=[CatalogItem("laptop", model="laptop")],
    models=[V2, V1],
)


class TestLookUp:
    def test_what_is_there_is_found(self):
        assert SHOP.service("mail").name == "mail"
        assert SHOP.item("laptop").model == "laptop"
        assert SHOP.model("laptop") == SHOP.model("laptop", 2) == V2
        assert SHOP.model("laptop", 1) == V1

    @pytest.mark.parametrize(
        ("look", "text"),
        [
            (lambda: SHOP.service("mial"), "there is no service 'mial'; did you mean 'mail'?"),
            (lambda: SHOP.item("x"), "there is no catalog item 'x'; known: laptop"),
            (lambda: ServiceCatalog().item("x"), "there is no catalog item 'x'; known: none"),
            (lambda: SHOP.model("x"), "there is no request model 'x'; known: laptop"),
            (
                lambda: SHOP.model("laptop", 7),
                "request model 'laptop' has no version 7; versions: 1, 2",
            ),
        ],
    )
    def test_what_is_not_there_is_told_with_what_is(self, look, text):
        with pytest.raises(CatalogError) as caught:
            look()

        assert [(one.rule, one.text) for one in caught.value.defects] == [
            ("unknown_reference", text)
        ]
        assert caught.value.subject in {"catalog 'shop'", "catalog 'catalog'"}


class TestModels:
    def test_another_version_stands_beside_the_first(self):
        newer = RequestModel(name="laptop", version=3, group="desk")
        catalog = SHOP.with_model(newer)

        assert catalog.model("laptop") == newer
        assert catalog.model("laptop", 2) == V2
        assert SHOP.model("laptop") == V2

    def test_another_model_of_the_same_version_is_refused(self):
        with pytest.raises(CatalogError) as caught:
            SHOP.with_model(RequestModel(name="laptop", version=1, group="buyers"))

        assert [(one.rule, one.text) for one in caught.value.defects] == [
            (
                "duplicate_name",
                (
                    "request model laptop v1 is there already, and is another one: requests may run"
                    " by it; give yours another version, for instance 3"
                ),
            )
        ]
        assert SHOP.models == (V2, V1)

    def test_the_same_model_again_changes_nothing(self):
        assert SHOP.with_model(RequestModel(name="laptop", version=2, group="desk")) == SHOP

    def test_a_model_is_put_in_alone(self):
        with pytest.raises(TypeError, match="model must be a RequestModel, not 'laptop'"):
            SHOP.with_model("laptop")


class TestDefects:
    def test_a_catalog_that_can_work_passes(self):
        SHOP.check(since=SINCE)

        assert SHOP.defects(since=SINCE) == ()
        assert ServiceCatalog().defects(since=SINCE) == ()

    def test_every_defect_is_told_at_once_in_order(self):
        catalog = ServiceCatalog(
            name="shop",
            services=[
                Service("mail", agreement="gold", support_hours=ALWAYS_OPEN),
                Service("phone", agreement="desk ola"),
                Service("fax", agreement="silver"),
                Service("disk", agreement="glod"),
                Service("mail"),
            ],
            service_groups=[ServiceGroup("office", ["mail", "paper"]), ServiceGroup("office", [])],
            items=[
                CatalogItem("laptop", model="laptop", service="mail"),
                CatalogItem("knot", model="knot", service="mail"),
                CatalogItem("ghost", model="ghots", service="mail"),
                CatalogItem("lost", model="laptop", service="nowhere"),
                CatalogItem("phone", model="weak"),
                CatalogItem("phone", model="weak"),
            ],
            models=[
                RequestModel(name="laptop", targets=[within(4)], group="desk", tasks=[task("a")]),
                RequestModel(
                    name="knot", targets=[within(1)], group="desk", tasks=[task("a", "a")]
                ),
                RequestModel(name="weak", approval=AtLeast([Approver("ana")], count=2)),
                RequestModel(name="ghost", group="desk"),
                RequestModel(name="ghost", group="desk"),
            ],
            agreements=[
                ServiceLevelAgreement("gold", targets=[within(1)]),
                ServiceLevelAgreement("silver", targets=[within(1)], services=["mail"]),
                ola("desk", within(5)),
                ola("desk", within(5)),
            ],
        )
        expected = [
            ("duplicate_name", "service 'mail' is there 2 times"),
            ("duplicate_name", "service group 'office' is there 2 times"),
            ("duplicate_name", "catalog item 'phone' is there 2 times"),
            ("duplicate_name", "request model 'ghost v1' is there 2 times"),
            ("duplicate_name", "agreement 'desk ola' is there 2 times"),
            (
                "unknown_reference",
                (
                    "service group 'office' names what is not there: there is no service 'paper';"
                    " known: disk, fax, mail, phone"
                ),
            ),
            (
                "unknown_reference",
                (
                    "catalog item 'ghost' names what is not there: there is no request model"
                    " 'ghots'; did you mean 'ghost'?"
                ),
            ),
            (
                "unknown_reference",
                (
                    "catalog item 'lost' names what is not there: there is no service 'nowhere';"
                    " known: disk, fax, mail, phone"
                ),
            ),
            (
                "wrong_agreement",
                "service 'phone': its agreement 'desk ola' is none with a customer: ola",
            ),
            ("wrong_agreement", "service 'fax': its agreement 'silver' is not for it"),
            (
                "unknown_reference",
                (
                    "service 'disk' names what is not there: there is no agreement 'glod';"
                    " did you mean 'gold'?"
                ),
            ),
            ("cyclic_tasks", "request model knot v1: tasks wait for each other: a after a"),
            ("unreachable_approval", "request model weak v1: 2 have to approve, 1 can"),
            (
                "no_group",
                (
                    "request model weak v1: there is no group to fulfill it: name that of the"
                    " model, or one for each task"
                ),
            ),
            (
                "target_too_short",
                (
                    "catalog item 'laptop': 4 h are promised, and what underpins it takes 5 h (a),"
                    " for a request of 2024-03-01T00:00:00+00:00"
                ),
            ),
        ]

        assert told(catalog) == expected
        with pytest.raises(CatalogError) as caught:
            catalog.check(since=SINCE)
        assert caught.value.subject == "catalog 'shop'"
        assert caught.value.defects == catalog.defects(since=SINCE)

    def test_hours_that_do_not_reach_far_enough_hide_nothing_else(self):
        short = OFFICE.valid(until=t("thu 12:00"))
        catalog = ServiceCatalog(
            items=[CatalogItem(name, model=name) for name in ("laptop", "phone")],
            models=[
                RequestModel(name="laptop", group="desk", targets=[within(4)], tasks=[task("a")]),
                RequestModel(name="phone", group="line", targets=[within(4)], tasks=[task("a")]),
            ],
            agreements=[ola("desk", within(3), support_hours=short), ola("line", within(5))],
        )

        assert [rule for rule, _ in told(catalog)] == ["unknown_hours", "target_too_short"]
        assert texts(catalog)[0].startswith("nobody can say whether it is kept: ")

    def test_groups_that_are_not_there_are_told_if_somebody_says_which_are(self):
        catalog = ServiceCatalog(
            services=[Service("mail", group="desc"), Service("fax"), Service("disk", group="desk")],
            models=[
                RequestModel(
                    name="laptop",
                    group="wrkplace",
                    tasks=[task("order", group="purchasng"), task("pack", group="desk"), task("x")],
                )
            ],
            agreements=[
                ola("purchasin", within(1)),
                ola("acme", within(1), kind=UnderpinningContract),
                ServiceLevelAgreement("gold", targets=[within(1)]),
            ],
        )
        groups = ["workplace", "purchasing", "desk"]

        assert told(catalog) == []
        assert [(one.rule, one.text) for one in catalog.defects(since=SINCE, groups=groups)] == [
            ("unknown_reference", f"{subject} names what is not there: there is no group {advice}")
            for subject, advice in (
                ("service 'mail'", "'desc'; did you mean 'desk'?"),
                ("request model laptop v1", "'wrkplace'; did you mean 'workplace'?"),
                (
                    "request model laptop v1: task 'order'",
                    "'purchasng'; did you mean 'purchasing'?",
                ),
                ("agreement 'purchasin ola'", "'purchasin'; did you mean 'purchasing'?"),
            )
        ]
        with pytest.raises(CatalogError, match="there is no group 'wrkplace'"):
            catalog.check(since=SINCE, groups=groups)

    @pytest.mark.parametrize(
        ("groups", "error"), [("desk", TypeError), ([7], TypeError), ([""], ValueError)]
    )
    def test_groups_are_told_by_their_names(self, groups, error):
        with pytest.raises(error, match="groups"):
            ServiceCatalog().defects(since=SINCE, groups=groups)

    @pytest.mark.parametrize(
        ("since", "error"), [("now", TypeError), (SINCE.replace(tzinfo=None), ValueError)]
    )
    def test_it_is_told_since_when(self, since, error):
        with pytest.raises(error, match="since"):
            ServiceCatalog().defects(since=since)


class TestPromises:
    def test_a_path_through_two_calendars_at_its_worst(self):
        # The desk takes 4 hours of the office, 09-17 of weekdays, then the night shift 4 of 22-06.
        #
        # It is worst just after 13:00 on a Friday: the desk is a microsecond short of done when the
        # weekend begins, and done on Monday at 09:00 and that microsecond. The night shift begins
        # at 22:00 and is done on Tuesday at 02:00. From Friday 13:00 to Tuesday 02:00 it is 3 days
        # and 13 hours, 85 hours less a microsecond; and an hour more for the one weekend of the
        # year on which the clocks of London go back, the last of October.
        tasks = [task("order", group="desk"), task("change", ["order"], group="nights")]
        under = [
            ola("desk", within(4), support_hours=OFFICE),
            ola("nights", within(4), support_hours=NIGHTS),
        ]
        kept = one_item(within(86, calendar=ALWAYS_OPEN), tasks=tasks, agreements=under)
        missed = one_item(within(85, calendar=ALWAYS_OPEN), tasks=tasks, agreements=under)

        assert texts(kept) == []
        assert texts(missed) == [
            (
                "85 h are promised, and what underpins it takes 85 h 59 min 59.999999 s (order,"
                " change), for a request of 2024-10-25T12:00:00.000001+00:00"
            )
        ]

    def test_the_longest_of_several_paths_is_told(self):
        tasks = [
            task("order", duration=hours(2)),
            task("pay", duration=hours(5)),
            task("pack", ["order", "pay"], duration=hours(1)),
            task("letter", ["order"], duration=hours(3)),
            task("nothing", ["pack"]),
        ]

        assert texts(one_item(within(6), tasks=tasks)) == []
        assert texts(one_item(within(5), tasks=tasks)) == [
            (
                "5 h are promised, and what underpins it takes 6 h (pay, pack), for a request of"
                " 2024-03-01T00:00:00+00:00"
            )
        ]

    def test_of_paths_in_different_hours_each_is_looked_at(self):
        # Three hours of the office may have a weekend among them, five of the night have none.
        tasks = [
            task("day", group="day", duration=hours(3)),
            task("night", group="night", duration=hours(5)),
        ]
        under = [
            ola("day", within(3), support_hours=OFFICE),
            ola("night", within(5), support_hours=NIGHTS),
        ]
        found = texts(one_item(within(60, calendar=ALWAYS_OPEN), tasks=tasks, agreements=under))

        assert len(found) == 1
        assert "(day)" in found[0]

    def test_many_paths_are_looked_at_quickly(self):
        # Twelve layers of three tasks each, every one after all of the layer before: 3 to the 12th.
        layers = [[f"{name}{layer}" for name in "abc"] for layer in range(12)]
        tasks = [
            task(name, before, duration=hours(place + 1))
            for before, layer in zip([[], *layers], layers, strict=False)
            for place, name in enumerate(layer)
        ]
        (text,) = texts(one_item(within(35), tasks=tasks))

        assert "takes 36 h (c0, c1, c2," in text

    @pytest.mark.parametrize(
        ("duration", "kept"),
        [
            (BusinessDays(1), within(BusinessDays(1))),
            (NextOpening(), within(BusinessDays(1))),
            (timedelta(), within(timedelta())),
        ],
        ids=str,
    )
    def test_any_duration_can_be_promised(self, duration, kept):
        tasks = [
            task("a", duration=duration),
            task("b", ["a"], duration=timedelta()),
            task("c", duration=duration),
        ]

        assert texts(one_item(kept, tasks=tasks)) == []

    def test_a_task_longer_than_the_agreement_of_its_group_is_told(self):
        under = [ola("desk", within(2), support_hours=OFFICE)]
        catalog = one_item(
            tasks=[task("a", duration=hours(3)), task("b", duration=hours(2))], agreements=under
        )

        assert told(catalog) == [
            (
                "target_too_long",
                "catalog item 'laptop': task 'a' takes 3 h, and the agreement of 'desk' allows 2 h",
            )
        ]

    def test_what_a_group_agreed_on_counts_and_not_what_a_task_hopes_for(self):
        under = [ola("desk", within(5), support_hours=OFFICE)]
        catalog = one_item(within(4), tasks=[task("a", duration=hours(1))], agreements=under)

        assert [rule for rule, _ in told(catalog)] == ["target_too_short"]

    def test_what_the_model_does_not_promise_the_agreement_of_the_service_does(self):
        mail = Service("mail", agreement="gold", support_hours=NIGHTS)
        gold = ServiceLevelAgreement("gold", targets=[within(3)], support_hours=OFFICE)
        tasks = [task("a", group="desk")]
        under = [gold, ola("desk", within(4), support_hours=OFFICE)]

        assert "3 h are promised" in texts(one_item(tasks=tasks, agreements=under, service=mail))[0]
        assert (
            texts(one_item(within(9, calendar=OFFICE), tasks=tasks, agreements=under, service=mail))
            == []
        )
        assert texts(one_item(tasks=tasks, agreements=under)) == []

    def test_hours_are_those_of_the_group_or_else_of_the_service_or_else_all(self):
        tasks = [task("a", duration=hours(9))]
        # In the office 9 hours take more than a day; around the clock they take 9 hours.
        promise = within(9, calendar=ALWAYS_OPEN)
        always = Service("mail", support_hours=ALWAYS_OPEN)
        by_target = ola("desk", within(9, calendar=OFFICE))
        by_hours = ola("desk", within(9), support_hours=OFFICE)
        only_hours = ola("desk", Target(TargetKind.RESPONSE, hours(1)), support_hours=OFFICE)

        assert texts(one_item(promise, tasks=tasks, service=Service("mail"))) == []
        assert texts(one_item(promise, tasks=tasks, service=always)) == []
        assert len(texts(one_item(promise, tasks=tasks))) == 1
        for agreement in (by_target, by_hours, only_hours):
            found = told(one_item(promise, tasks=tasks, agreements=[agreement], service=always))
            assert [rule for rule, _ in found] == ["target_too_short"]

    def test_an_agreement_for_another_service_or_group_does_not_count(self):
        strict = within(1, calendar=ALWAYS_OPEN)
        tasks = [task("a")]
        other_service = ola("desk", within(5), services=["phone"])
        this_service = ola("desk", within(5), services=["mail"])
        other_group = ola("nights", within(5))
        contract = ola("desk", within(5), kind=UnderpinningContract)

        assert texts(one_item(strict, tasks=tasks, agreements=[other_service, other_group])) == []
        assert len(texts(one_item(strict, tasks=tasks, agreements=[this_service]))) == 1
        assert len(texts(one_item(strict, tasks=tasks, agreements=[contract]))) == 1

    def test_each_priority_has_a_promise_of_its_own(self):
        urgent = within(2, priorities=[Priority.CRITICAL])
        usual = within(4)
        under = [
            ola(
                "desk",
                within(1, priorities=[Priority.CRITICAL]),
                within(5, priorities=[Priority(9, "some day")]),
                within(3),
                support_hours=OFFICE,
            )
        ]

        found = texts(one_item(urgent, usual, tasks=[task("a")], agreements=under))

        # Of the lowest, which the agreement of the group knows, 4 hours are promised as well.
        assert [text[:50] for text in found] == [
            "4 h are promised, and what underpins it takes 5 h "
        ]

    def test_a_task_may_have_a_target_of_its_own(self):
        slow = within(9, when=Where(name="install"))
        under = [ola("desk", slow, within(1), support_hours=OFFICE)]

        assert texts(one_item(within(1), tasks=[task("order")], agreements=under)) == []
        assert len(texts(one_item(within(1), tasks=[task("install")], agreements=under))) == 1

    def test_without_a_promise_or_time_that_anybody_knows_of_nothing_is_told(self):
        assert texts(one_item(tasks=[task("a", duration=hours(99))])) == []
        assert texts(one_item(within(1), tasks=[task("a")])) == []
        assert texts(one_item(within(1))) == []

    def test_what_has_no_tasks_takes_what_its_group_agreed_on(self):
        other, this = ola("nights", within(8)), ola("desk", within(8))

        assert texts(one_item(within(8, calendar=ALWAYS_OPEN), agreements=[this])) == []
        assert texts(one_item(within(4), agreements=[other])) == []
        assert texts(one_item(within(4, calendar=ALWAYS_OPEN), agreements=[this, other])) == [
            (
                "4 h are promised, and what underpins it takes 8 h (desk), for a request of"
                " 2024-03-01T00:00:00+00:00"
            )
        ]

    def test_without_tasks_no_target_for_a_task_of_some_name_counts(self):
        under = [ola("desk", within(9, when=Where(name="desk")), support_hours=OFFICE)]

        assert texts(one_item(within(1), agreements=under)) == []

    def test_of_what_nobody_fulfills_nothing_is_said_of_time(self):
        nobody = RequestModel(name="laptop", targets=[within(4)])
        catalog = attrs.evolve(one_item(agreements=[ola("desk", within(8))]), models=[nobody])

        assert [rule for rule, _ in told(catalog)] == ["no_group"]

    def test_targets_that_make_no_agreement_are_one_defect(self):
        catalog = one_item(within(1), within(2), tasks=[task("a", duration=hours(9))])

        assert [rule for rule, _ in told(catalog)] == ["ambiguous_targets"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"name": ""}, ValueError, "a catalog's name must not be blank"),
        ({"services": ["mail"]}, TypeError, "each of services must be a Service"),
        ({"service_groups": ["mail"]}, TypeError, "each of service_groups must be a ServiceGroup"),
        ({"items": [5]}, TypeError, "each of items must be a CatalogItem"),
        ({"models": "x"}, TypeError, "models must be several, each a RequestModel"),
        ({"agreements": [None]}, TypeError, "each of agreements must be an Agreement"),
    ],
)
def test_bad_catalogs_are_refused(options, error, words):
    with pytest.raises(error) as caught:
        ServiceCatalog(**options)

    assert words in str(caught.value)
