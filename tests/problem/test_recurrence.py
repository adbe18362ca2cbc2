"""
Recurrence: what makes incidents similar, and which of them are worth a problem.
"""

from __future__ import annotations

import pickle

from datetime import timedelta
from itertools import groupby

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import ConfigurationItemId, IncidentId, KnownErrorId, ProblemId
from itil_ops.kernel.vocabulary import CategoryPath, LinkKind
from itil_ops.problem.recurrence import (
    ProposalKind,
    RecurrenceDetector,
    RecurrenceProposal,
    RecurrenceReason,
    SimilarInWindow,
)
from itil_ops.problem.similarity import Likeness, SimilarityKey, likenesses
from itil_ops.repositories.memory import MemoryStore
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from kernel_doubles import Parcel
from problem.streams import (
    DATABASE,
    LI,
    WEB,
    cancelled,
    day,
    incident,
    last,
    linked,
    major,
    names,
    unlinked,
)


SERVICE = SimilarityKey("service")
MAIL = Likeness("service", ["email"])
WEEK = SimilarInWindow(window=timedelta(days=7))
PRB, OTHER = ProblemId("PRB-1"), ProblemId("PRB-2")


@attrs.frozen(kw_only=True)
class HostedIncident(Incident):
    hosts: frozenset[str] = frozenset()
    rack: str | None = None


def hosted(number, at, **fields):
    return HostedIncident.log(
        IncidentId(f"INC-{number}"), title="x", service="email", by=LI, at=day(at), **fields
    )


def weekly():
    """
    A detector by service alone, three in a week.
    """
    return RecurrenceDetector([SERVICE], WEEK)


def fed(detector, *incidents):
    """
    Return what each incident proposes.
    """
    return [detector.observe(it) for it in incidents]


def told(proposals):
    return [(p.reason.value, names(p.incidents)) for p in proposals]


class Initial:
    """
    A key of the caller's own.
    """

    name = "initial"

    def values(self, record):
        return ((record.title[0],),)

    def describe(self, values):
        return f"a title with {values[0]}"


class TestKey:
    def test_an_incident_is_known_by_the_values_of_the_fields(self):
        key = SimilarityKey("service", "category")

        assert key.values(incident(1, 0)) == (("email", "software/mail"),)

    def test_where_a_field_holds_several_each_is_a_key(self):
        key = SimilarityKey("service", "configuration_items")
        hit = incident(1, 0, configuration_items=[WEB, DATABASE, WEB])

        assert key.values(hit) == (("email", "web-1"), ("email", "db-1"))

    def test_a_set_is_read_in_the_order_of_its_texts(self):
        hit = hosted(1, 0, hosts=frozenset("dbca"))

        assert SimilarityKey("hosts").values(hit) == (("a",), ("b",), ("c",), ("d",))

    @pytest.mark.parametrize(
        "fields",
        [{"service": None}, {"category": None}, {"configuration_items": ()}],
        ids=["no service", "no category", "no item"],
    )
    def test_nothing_is_similar_by_what_is_unknown(self, fields):
        key = SimilarityKey("service", "category", "configuration_items")
        known = {"configuration_items": [WEB]}

        assert key.values(incident(1, 0, **known)) != ()
        assert key.values(incident(1, 0, **{**known, **fields})) == ()

    @pytest.mark.parametrize("rack", ["", " \n "])
    def test_an_empty_text_is_unknown_too(self, rack):
        assert SimilarityKey("rack").values(hosted(1, 0, rack=rack)) == ()

    def test_texts_are_compared_without_regard_to_case_and_blanks(self):
        key = SimilarityKey("service", "symptom")
        ways = ["Paper  jam", "paper jam", " PAPER\njam "]

        found = [likenesses(incident(1, 0, symptom=it), [key]) for it in ways]

        assert [(it.values, type(it.values[1])) for (it,) in found] == [
            (("email", "paper jam"), str)
        ] * 3
        assert [str(it) for (it,) in found] == [
            "service email, symptom Paper jam",
            "service email, symptom paper jam",
            "service email, symptom PAPER jam",
        ]

    def test_texts_of_a_set_that_are_the_same_are_one(self):
        hit = hosted(1, 0, hosts=frozenset(["web", "Web", "DB"]))

        assert list(map(str, likenesses(hit, [SimilarityKey("hosts")]))) == [
            "hosts DB",
            "hosts Web",
        ]

    def test_all_else_is_compared_to_the_letter(self):
        key = SimilarityKey("category", "configuration_items")
        hit = incident(1, 0, category="Mail", configuration_items=[ConfigurationItemId("MX  1")])

        assert key.values(hit) == (("Mail", "MX  1"),)

    @pytest.mark.parametrize(
        ("levels", "found"),
        [(1, "a"), (2, "a/b"), (3, "a/b/c"), (4, "a/b/c"), (None, "a/b/c")],
    )
    def test_a_category_may_be_cut(self, levels, found):
        key = SimilarityKey("category", category_levels=levels)

        assert key.values(incident(1, 0, category="a/b/c")) == ((found,),)

    def test_keys_that_cut_differently_have_different_names(self):
        names = {SimilarityKey("category", category_levels=it).name for it in (None, 1, 2)}

        assert names == {"category", "category/1", "category/2"}

    def test_values_are_told_behind_their_fields(self):
        key = SimilarityKey("service", "configuration_items", "pending_reason")

        assert (
            key.describe(("email", "web-1", "x"))
            == "service email, configuration item web-1, pending reason x"
        )

    def test_it_is_shown_as_it_is_made(self):
        for key in (SERVICE, SimilarityKey("service", "category", category_levels=2)):
            assert eval(repr(key)) == key

    def test_a_field_that_the_records_do_not_have_is_refused(self):
        with pytest.raises(ValueError, match=r"Incident has no field 'categry'.*'category'\?"):
            SimilarityKey("service", "categry").values(incident(1, 0))

    def test_what_one_class_has_another_may_lack(self):
        key = SimilarityKey("rack")

        assert key.values(hosted(1, 0, rack="r7")) == (("r7",),)
        with pytest.raises(ValueError, match="Incident has no field 'rack'"):
            key.values(incident(1, 0))

    @pytest.mark.parametrize(
        ("fields", "options", "error", "message"),
        [
            ((), {}, ValueError, "at least one field"),
            (("service", "service"), {}, ValueError, "each once"),
            ((7,), {}, TypeError, "each of fields must be a str"),
            ((" ",), {}, ValueError, "must not be blank"),
            (("category",), {"category_levels": 0}, ValueError, "1 or more, not 0"),
            (("category",), {"category_levels": True}, ValueError, "1 or more, not True"),
            (("category",), {"category_levels": "1"}, TypeError, "must be an int or None"),
        ],
    )
    def test_a_bad_key_is_refused(self, fields, options, error, message):
        with pytest.raises(error, match=message):
            SimilarityKey(*fields, **options)


class TestLikeness:
    def test_its_words_are_no_part_of_it(self):
        worded = Likeness("service", ["email"], "service email")

        assert worded == MAIL
        assert hash(worded) == hash(MAIL)
        assert f"{worded} / {MAIL}" == "service email / service email"

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("service", "email"), TypeError),
            (("service", []), ValueError),
            (("service", [7]), TypeError),
            (("service", [" "]), ValueError),
            ((" ", ["email"]), ValueError),
            ((7, ["email"]), TypeError),
            (("service", ["email"], 7), TypeError),
        ],
    )
    def test_a_bad_one_is_refused(self, arguments, error):
        with pytest.raises(error):
            Likeness(*arguments)

    def test_an_incident_is_similar_by_service_item_or_symptom(self):
        hit = incident(1, 0, configuration_items=[WEB, DATABASE], symptom="451 4.7.1")

        assert list(map(str, likenesses(hit))) == [
            "service email, category software/mail",
            "configuration item web-1",
            "configuration item db-1",
            "service email, symptom 451 4.7.1",
        ]

    def test_callers_bring_their_own_keys(self):
        found = likenesses(incident(1, 0), [Initial(), SERVICE])

        assert found == (Likeness("initial", ["M"]), MAIL)
        assert str(found[0]) == "a title with M"

    def test_what_a_key_says_twice_counts_once(self):
        class Stammer(Initial):
            def values(self, record):
                return super().values(record) * 2

        assert len(likenesses(incident(1, 0), [Stammer()])) == 1

    @pytest.mark.parametrize(
        ("keys", "error", "message"),
        [
            ([], ValueError, "at least one"),
            ([SERVICE, SimilarityKey("service")], ValueError, "name of its own"),
            (SERVICE, TypeError, "keys must be several"),
            (["service"], TypeError, "a key must be a SimilarityKey or have name, values"),
            ([Initial], TypeError, "a key must be a SimilarityKey or have name, values"),
        ],
    )
    def test_bad_keys_are_refused(self, keys, error, message):
        with pytest.raises(error, match=message):
            likenesses(incident(1, 0), keys)
        with pytest.raises(error, match=message):
            RecurrenceDetector(keys)

    def test_what_is_no_record_is_refused(self):
        with pytest.raises(TypeError, match="record must be a Record"):
            likenesses("INC-1")


class TestPolicy:
    def test_three_in_thirty_days_or_a_major_one(self):
        policy = SimilarInWindow()

        assert policy == SimilarInWindow(at_least=3, window=timedelta(days=30), any_major=True)
        assert [policy.is_enough(count) for count in range(5)] == [False] * 3 + [True] * 2

    def test_a_major_incident_is_enough_alone(self):
        plain = incident(1, 0)

        assert not SimilarInWindow().is_enough_alone(plain)
        assert SimilarInWindow().is_enough_alone(major(plain))
        assert not SimilarInWindow(any_major=False).is_enough_alone(major(plain))

    def test_what_cannot_be_major_is_not(self):
        assert not hasattr(Parcel, "major")
        assert not SimilarInWindow().is_enough_alone(object.__new__(Parcel))

    @pytest.mark.parametrize(
        ("fields", "error", "message"),
        [
            ({"window": timedelta(0)}, ValueError, "window must be longer than nothing"),
            ({"window": timedelta(days=-1)}, ValueError, "window must be longer than nothing"),
            ({"window": 30}, TypeError, "window must be a timedelta"),
            ({"at_least": 1}, ValueError, "at_least must be 2 or more"),
            ({"at_least": 2.5}, TypeError, "at_least must be an int"),
            ({"any_major": 1}, TypeError, "any_major must be a bool"),
        ],
    )
    def test_a_bad_policy_is_refused(self, fields, error, message):
        with pytest.raises(error, match=message):
            SimilarInWindow(**fields)


class TestDetector:
    def test_the_third_similar_incident_proposes_a_problem(self):
        detector = RecurrenceDetector()
        *before, (proposal,) = fed(detector, *(incident(n, 9 * n) for n in range(3)))

        assert before == [(), ()]
        assert proposal == RecurrenceProposal(
            likeness=Likeness("service+category", ["email", "software/mail"]),
            incidents=tuple(IncidentId(f"INC-{n}") for n in range(3)),
            first_at=day(0),
            last_at=day(18),
            window=timedelta(days=30),
            reason=RecurrenceReason.RECURRING,
        )
        assert proposal.kind is ProposalKind.RAISE
        assert detector.standing == (proposal,)

    def test_texts_are_shown_as_the_first_has_them(self):
        detector = RecurrenceDetector([SimilarityKey("symptom")], WEEK)
        ways = ["Paper jam", "paper jam", "PAPER JAM"]

        found = fed(detector, *(incident(n, n, symptom=it) for n, it in enumerate(ways)))

        assert str(found[-1][0].likeness) == "symptom Paper jam"
        assert str(detector.standing[0].likeness) == "symptom Paper jam"

    def test_others_may_come_between(self):
        other = incident(9, 1.5, service="print")

        found = fed(weekly(), incident(0, 0), incident(1, 1), other, incident(2, 2))

        assert told(found[-1]) == [("recurring", "0 1 2")]

    def test_exactly_a_window_apart_is_too_far(self):
        short = timedelta(microseconds=1) / timedelta(days=1)

        assert fed(weekly(), *map(incident, "012", (0, 1, 7))) == [(), (), ()]
        assert fed(weekly(), *map(incident, "012", (0, 1, 7 - short)))[-1] != ()

    def test_while_it_goes_on_it_is_proposed_once(self):
        steady = map(incident, range(30), (3 * n for n in range(30)))

        found = fed(weekly(), *steady)

        assert [n for n, proposals in enumerate(found) if proposals] == [2]

    def test_when_it_comes_back_it_is_proposed_again(self):
        found = fed(weekly(), *map(incident, range(7), (0, 1, 2, 20, 40, 41, 42)))

        assert told(found[2]) == [("recurring", "0 1 2")]
        assert told(found[6]) == [("recurring", "4 5 6")]
        assert sum(map(len, found)) == 2

    def test_proposals_come_in_the_order_of_the_keys(self):
        detector = RecurrenceDetector([SimilarityKey("configuration_items"), SERVICE])
        items = [[WEB], [DATABASE, WEB], [DATABASE, WEB]]

        found = fed(detector, *(incident(n, n, configuration_items=items[n]) for n in range(3)))

        assert [str(p.likeness) for p in found[-1]] == [
            "configuration item web-1",
            "service email",
        ]

    def test_a_major_incident_is_proposed_alone(self):
        detector = weekly()

        (proposal,) = detector.observe(major(incident(1, 0)))

        assert told([proposal]) == [("major", "1")]
        assert detector.standing == (proposal,)

    def test_a_major_incident_brings_those_like_it(self):
        found = fed(weekly(), incident(0, 0), incident(1, 5), major(incident(2, 8)))

        assert told(found[-1]) == [("major", "1 2")]

    def test_two_more_like_a_major_one_are_proposed_too(self):
        found = fed(weekly(), major(incident(0, 0)), incident(1, 1), incident(2, 2))

        assert list(map(told, found)) == [[("major", "0")], [], [("recurring", "0 1 2")]]

    def test_a_major_incident_like_no_other_stands_for_itself(self):
        detector = weekly()

        (proposal,) = detector.observe(major(incident(1, 0, service=None)))

        assert proposal.likeness == Likeness("id", ["INC-1"])
        assert str(proposal.likeness) == "record INC-1"
        assert detector.standing == (proposal,)

    def test_dropped_incidents_count_nowhere(self):
        detector = weekly()

        found = fed(
            detector,
            incident(0, 0),
            cancelled(incident(1, 1)),
            incident(2, 2),
            cancelled(major(incident(3, 3))),
        )

        assert found == [()] * 4
        assert detector.standing == ()

    def test_other_instants_can_count(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        late = [incident(n, 100, detected_at=day(30 * n)) for n in range(3)]

        assert fed(detector, *late) == [(), (), ()]
        with pytest.raises(TypeError, match="the instant of an incident must be"):
            detector.observe(incident(4, 100))

    def test_what_is_asked_of_it_is_frozen(self):
        with pytest.raises(attrs.exceptions.FrozenAttributeError):
            weekly().policy = SimilarInWindow()

    def test_policies_are_replaceable(self):
        class Nervous:
            window = timedelta(days=1)

            def is_enough(self, similar):
                return similar >= 2

            def is_enough_alone(self, record):
                return record.vip

        detector = RecurrenceDetector([SERVICE], Nervous())
        found = fed(detector, incident(0, 0), incident(1, 0.5), incident(2, 9, vip=True))

        assert list(map(told, found)) == [[], [("recurring", "0 1")], [("major", "2")]]

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"policy": timedelta(days=30)}, TypeError, "policy must be a SimilarInWindow or have"),
            ({"policy": SimilarInWindow}, TypeError, "policy must be a SimilarInWindow or have"),
            ({"instant": "logged_at"}, TypeError, "instant must be a function"),
        ],
    )
    def test_a_bad_detector_is_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            RecurrenceDetector(**options)

    def test_a_policy_with_a_window_of_zero_is_refused(self):
        class Blind(SimilarInWindow):
            window = timedelta(0)

            def __init__(self):
                pass

        with pytest.raises(ValueError, match="window must be longer than nothing"):
            RecurrenceDetector(policy=Blind())

    def test_it_can_be_kept_as_it_is(self):
        detector = weekly()
        fed(detector, *map(incident, "01", (0, 1)))
        kept = pickle.loads(pickle.dumps(detector))

        assert told(kept.observe(incident(2, 2))) == [("recurring", "0 1 2")]
        assert detector.standing == ()

    def test_what_is_no_incident_is_refused(self):
        with pytest.raises(TypeError, match="incident must be a Record"):
            weekly().observe("INC-1")

    def test_a_refused_incident_changes_nothing(self):
        detector = RecurrenceDetector([SERVICE, SimilarityKey("rack")], WEEK)
        fed(detector, hosted(0, 0), hosted(1, 1))
        with pytest.raises(ValueError, match="no field 'rack'"):
            detector.observe(incident(9, 1000))

        assert told(detector.observe(hosted(2, 2))) == [("recurring", "0 1 2")]


class TestVersions:
    def test_an_incident_seen_again_counts_once(self):
        detector = weekly()
        first = incident(0, 0)
        fed(detector, first, incident(1, 1))

        assert fed(detector, first, first.comment("Again.", by=LI, at=day(1))) == [(), ()]
        assert detector.standing == ()
        assert told(detector.observe(incident(2, 2))) == [("recurring", "0 1 2")]

    def test_what_it_has_proposed_it_does_not_propose_again(self):
        detector = weekly()
        third = incident(2, 2)
        fed(detector, incident(0, 0), incident(1, 1), third)

        assert fed(detector, third, third.comment("Again.", by=LI, at=day(3))) == [(), ()]

    def test_a_new_category_makes_it_similar_to_others(self):
        detector = RecurrenceDetector([SimilarityKey("category")], WEEK)
        moved = incident(2, 2, category="network")
        fed(detector, incident(0, 0), incident(1, 1), moved)

        moved = moved.categorize(CategoryPath("software/mail"), by=LI, at=day(3))

        assert told(detector.observe(moved)) == [("recurring", "0 1 2")]

    def test_a_new_category_takes_it_from_others(self):
        detector = RecurrenceDetector([SimilarityKey("category")], WEEK)
        moved = incident(2, 2)
        fed(detector, incident(0, 0), incident(1, 1), moved)

        detector.observe(moved.categorize(CategoryPath("network"), by=LI, at=day(3)))

        assert detector.standing == ()

    def test_a_cancelled_one_is_taken_out(self):
        detector = weekly()
        third = incident(2, 2)
        fed(detector, incident(0, 0), incident(1, 1), third)

        assert detector.observe(cancelled(third)) == ()
        assert detector.standing == ()
        assert detector.observe(third) == ()
        assert detector.standing == ()

    def test_one_that_is_declared_major_is_proposed(self):
        detector = weekly()
        first = incident(0, 0)
        fed(detector, first, incident(1, 1))

        found = fed(detector, major(first), major(first).comment("Bad.", by=LI, at=day(2)))

        assert list(map(told, found)) == [[("major", "0")], []]
        assert told(detector.standing) == [("major", "0 1")]

    def test_an_earlier_version_changes_nothing(self):
        detector = weekly()
        first = incident(0, 0)

        assert told(detector.observe(major(first))) == [("major", "0")]
        assert detector.observe(first) == ()
        assert told(detector.standing) == [("major", "0")]

    def test_a_corrected_instant_moves_it(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        apart = [incident(n, 100, detected_at=day(n * 10)) for n in range(3)]
        fed(detector, *apart)
        first, second = (attrs.evolve(apart[n], detected_at=day(19)) for n in (0, 1))

        assert fed(detector, first) == [()]
        assert told(detector.observe(second)) == [("recurring", "0 1 2")]

    def test_a_corrected_instant_is_what_it_is_forgotten_by(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        moved = incident(0, 100, detected_at=day(0))
        fed(detector, moved, attrs.evolve(moved, detected_at=day(20)))
        detector.observe(incident(1, 100, detected_at=day(30)))

        assert names(detector._seen) == "0 1"
        assert len(detector._aging) == 2

    def test_a_corrected_instant_of_what_was_proposed_proposes_nothing(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        close = [incident(n, 100, detected_at=day(n)) for n in range(3)]
        fed(detector, *close)

        assert detector.observe(attrs.evolve(close[2], detected_at=day(2.5))) == ()
        assert detector.standing[0].last_at == day(2.5)

    def test_what_had_no_part_in_one_recurrence_proposes_another(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        moved, *others = (
            incident(n, 100, detected_at=day(at)) for n, at in enumerate((0, 6.9, 7, 7, 18, 19))
        )
        assert told(fed(detector, moved, *others)[3]) == [("recurring", "1 2 3")]

        found = detector.observe(attrs.evolve(moved, detected_at=day(20)))

        assert told(found) == [("recurring", "4 5 0")]

    def test_a_corrected_instant_of_a_major_one_proposes_nothing(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        bad = major(incident(0, 100, detected_at=day(0)))
        detector.observe(bad)

        assert detector.observe(attrs.evolve(bad, detected_at=day(1))) == ()
        assert detector.standing[0].last_at == day(1)


class TestOrder:
    def test_a_late_one_closes_the_gap(self):
        detector = weekly()
        fed(detector, incident(0, 0), incident(2, 4))

        assert told(detector.observe(incident(1, 2))) == [("recurring", "0 1 2")]

    def test_a_late_one_can_make_the_next_but_one_recur(self):
        detector = weekly()
        fed(detector, incident(1, 6), incident(2, 8))

        assert told(detector.observe(incident(0, 5))) == [("recurring", "0 1 2")]

    def test_a_late_one_can_begin_two(self):
        detector = weekly()
        fed(detector, *map(incident, "0134", (0, 0.5, 10, 11)))

        assert told(detector.observe(incident(2, 6))) == [
            ("recurring", "0 1 2"),
            ("recurring", "2 3 4"),
        ]

    def test_a_late_one_of_what_recurs_proposes_nothing(self):
        detector = weekly()
        fed(detector, *map(incident, "012", (0, 2, 4)))

        assert fed(detector, *map(incident, "345", (-1, 1, 3))) == [(), (), ()]

    def test_a_late_one_can_only_make_what_recurs_begin_earlier(self):
        detector = weekly()
        found = fed(detector, *map(incident, "1234", (0, 3, 3.5, 6)))

        assert told(found[2]) == [("recurring", "1 2 3")]
        assert detector.observe(incident(0, -0.5)) == ()

    def test_what_comes_later_than_a_window_proposes_nothing(self):
        detector = weekly()
        fed(detector, incident(0, 0), incident(1, 1), incident(9, 9, service="print"))

        assert detector.observe(incident(2, 2)) == ()
        assert detector.observe(major(incident(3, 2))) == ()
        assert told(detector.observe(incident(4, 3))) == []
        assert detector.standing == ()

    def test_but_it_counts_with_those_after_it(self):
        detector = weekly()
        fed(detector, incident(9, 9, service="print"))
        fed(detector, incident(0, 1), incident(1, 2))

        assert told(detector.observe(incident(2, 3))) == [("recurring", "0 1 2")]

    def test_what_is_long_over_is_forgotten(self):
        detector = weekly()
        old = [incident(n, n) for n in range(3)]
        fed(detector, *old, incident(9, 100))

        assert [str(p.likeness) for p in detector.standing] == []
        assert fed(detector, *map(major, old)) == [(), (), ()]

        detector.observe(incident(10, 101))

        assert set(detector._seen) == {IncidentId("INC-9"), IncidentId("INC-10")}

    def test_what_it_keeps_does_not_grow(self):
        detector = weekly()
        for n in range(300):
            hit = incident(n, n, category=f"c{n}", service=f"s{n % 10}")
            fed(detector, hit, hit.comment("Seen.", by=LI, at=last(hit)))
        kept = 3 * 7

        assert len(detector._seen) == len(detector._aging) == kept
        assert sum(len(it.places) for it in detector._series.values()) == kept
        assert len(detector._series) == 10

    def test_what_is_empty_is_dropped(self):
        detector = weekly()
        fed(detector, incident(0, 0, service="print"), incident(1, 50))

        assert list(detector._series) == [MAIL]


class TestInHand:
    def three(self):
        detector = weekly()
        fed(detector, *map(incident, "012", (0, 1, 2)))
        detector.assign(MAIL, PRB)
        return detector

    def test_further_incidents_are_linked(self):
        detector = self.three()

        (proposal,) = detector.observe(incident(3, 3))

        assert proposal.kind is ProposalKind.LINK
        assert proposal.problem == PRB
        assert told([proposal]) == [("recurring", "3")]
        assert detector.in_hand == {MAIL: PRB}

    def test_each_is_linked_once(self):
        detector = self.three()
        fourth = incident(3, 3)
        detector.observe(fourth)

        assert fed(detector, fourth, major(fourth)) == [(), ()]

    def test_a_single_one_long_after_is_linked_too(self):
        assert told(self.three().observe(incident(3, 300))) == [("recurring", "3")]
        assert told(self.three().observe(major(incident(3, 300)))) == [("major", "3")]

    def test_what_stands_names_the_problem_and_all_of_the_window(self):
        detector = self.three()
        detector.observe(incident(3, 7.5))

        (standing,) = detector.standing

        assert (standing.problem, names(standing.incidents)) == (PRB, "1 2 3")

    def test_a_single_one_stands_to_be_linked(self):
        detector = self.three()
        detector.observe(incident(3, 300))

        assert told(detector.standing) == [("recurring", "3")]

    def test_what_stands_comes_in_the_order_of_keys_and_values(self):
        detector = RecurrenceDetector([SimilarityKey("configuration_items"), SERVICE], WEEK)
        for n, service in enumerate("bbbaaa"):
            detector.observe(incident(n, n / 2, service=service, configuration_items=[WEB]))

        assert [str(p.likeness) for p in detector.standing] == [
            "configuration item web-1",
            "service a",
            "service b",
        ]

    def test_without_incidents_nothing_stands(self):
        detector = self.three()
        detector.observe(incident(3, 10, service="print"))

        assert detector.standing == ()

    def test_another_problem_may_take_over(self):
        detector = self.three()
        detector.assign(MAIL, ProblemId("PRB-2"))

        assert detector.observe(incident(3, 3))[0].problem == ProblemId("PRB-2")

    def test_once_released_incidents_are_counted_anew(self):
        detector = self.three()
        detector.observe(incident(3, 3))
        detector.release(PRB)

        found = fed(detector, *map(incident, "456", (4, 5, 6)))

        assert detector.in_hand == {}
        assert list(map(told, found)) == [[], [], [("recurring", "4 5 6")]]

    def test_what_was_the_problems_stays_the_problems(self):
        detector = self.three()
        detector.release(PRB)

        assert fed(detector, major(incident(2, 2)), incident(3, 2), incident(4, 3)) == [()] * 3
        assert detector.standing == ()

    def test_what_was_the_problems_may_move_on(self):
        detector = RecurrenceDetector([SimilarityKey("category")], WEEK)
        first, second, _ = three = [incident(n, n) for n in range(3)]
        (proposal,) = fed(detector, *three)[-1]
        detector.assign(proposal.likeness, PRB)
        detector.release(PRB)

        moved = [it.categorize(CategoryPath("network"), by=LI, at=day(3)) for it in (first, second)]
        fed(detector, moved[0], incident(3, 3), moved[1])

        assert told(detector.observe(incident(4, 4, category="network"))) == [
            ("recurring", "0 1 4")
        ]
        assert told(fed(detector, incident(5, 5), incident(6, 6))[-1]) == [("recurring", "3 5 6")]

    def test_a_major_one_that_stands_for_itself_can_be_in_hand(self):
        detector = weekly()
        alone = major(incident(1, 0, service=None))
        detector.assign(detector.observe(alone)[0].likeness, PRB)

        assert [p.problem for p in detector.standing] == [PRB]

    def test_it_can_be_said_before_any_incident(self):
        detector = weekly()
        detector.assign(MAIL, PRB)
        detector.release(PRB)
        detector.assign(MAIL, PRB)

        assert detector.observe(incident(1, 0))[0].problem == PRB

    def test_what_is_in_hand_is_told_by_a_copy(self):
        detector = self.three()
        detector.in_hand.clear()

        assert detector.in_hand == {MAIL: PRB}

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((MAIL, "PRB-1"), TypeError, "problem must be a ProblemId"),
            (("email", PRB), TypeError, "likeness must be a Likeness"),
            ((Likeness("servce", ["email"]), PRB), ValueError, r"no key 'servce'.*'service'\?"),
        ],
    )
    def test_a_bad_assignment_is_refused(self, arguments, error, message):
        detector = weekly()
        with pytest.raises(error, match=message):
            detector.assign(*arguments)
        assert detector.in_hand == {}

    def test_a_release_is_of_all_that_is_in_hand_for_a_problem(self):
        print_, mail = Likeness("service", ["print"]), MAIL
        detector = RecurrenceDetector([SERVICE], WEEK)
        detector.assign(mail, PRB)
        detector.assign(print_, PRB)
        detector.assign(Likeness("service", ["vpn"]), OTHER)

        detector.release(PRB)

        assert list(detector.in_hand.values()) == [OTHER]

    def test_a_release_of_nothing_changes_nothing(self):
        detector = self.three()
        before = detector.standing
        detector.release(OTHER)

        assert (detector.standing, detector.in_hand) == (before, {MAIL: PRB})

    def test_a_release_of_no_problem_is_refused(self):
        with pytest.raises(TypeError, match="problem must be a ProblemId"):
            self.three().release(MAIL)

    def test_what_was_released_does_not_pile_up(self):
        detector = weekly()
        for n in range(100):
            detector.observe(incident(n, n))
            detector.assign(MAIL, ProblemId(f"PRB-{n}"))
            detector.release(ProblemId(f"PRB-{n}"))

        assert len(detector._released) == 3 * 7 + 1


def three_with(problem=PRB):
    """
    A detector that has seen three similar incidents, all with a problem.
    """
    detector = weekly()
    fed(detector, *(linked(incident(n, n), problem) for n in range(3)))
    return detector


class TestWithAProblem:
    @pytest.mark.parametrize(
        "kind", [LinkKind.INVESTIGATED_BY, LinkKind.CAUSED_BY, LinkKind.RESOLVED_BY]
    )
    def test_what_is_with_a_problem_is_worth_none(self, kind):
        detector = weekly()
        found = fed(
            detector,
            incident(0, 0),
            incident(1, 1),
            linked(incident(2, 2), PRB, kind),
            linked(major(incident(3, 3)), PRB, kind),
            linked(major(incident(4, 4, service=None)), PRB, kind),
        )

        assert found == [()] * 5
        assert detector.standing == ()

    def test_so_is_what_waits_for_one(self):
        detector = weekly()
        waiting = [attrs.evolve(incident(n, n), awaited=PRB) for n in range(3)]

        assert fed(detector, *waiting) == [()] * 3
        assert detector.standing == ()

    @pytest.mark.parametrize(
        ("kind", "target"),
        [
            (LinkKind.RELATED, PRB),
            (LinkKind.RESOLVED_BY, KnownErrorId("KE-1")),
            (LinkKind.RELATED, IncidentId("INC-9")),
        ],
    )
    def test_other_links_say_nothing_of_that(self, kind, target):
        found = fed(weekly(), *(linked(incident(n, n), target, kind) for n in range(3)))

        assert told(found[-1]) == [("recurring", "0 1 2")]

    def test_waiting_for_others_says_nothing_of_that(self):
        waiting = [attrs.evolve(incident(n, n), awaited="the supplier") for n in range(3)]

        assert told(fed(weekly(), *waiting)[-1]) == [("recurring", "0 1 2")]

    def test_where_enough_others_come_they_are_to_be_linked(self):
        detector = three_with(PRB)

        *before, (proposal,) = fed(detector, *map(incident, "345", (3, 4, 5)))

        assert before == [(), ()]
        assert told([proposal]) == [("recurring", "3 4 5")]
        assert (proposal.kind, proposal.problem) == (ProposalKind.LINK, PRB)
        assert detector.standing == (proposal,)

    def test_a_major_one_like_them_is_to_be_linked(self):
        (proposal,) = three_with(PRB).observe(major(incident(3, 3)))

        assert (told([proposal]), proposal.problem) == ([("major", "3")], PRB)

    def test_it_is_the_problem_of_the_latest(self):
        detector = three_with(PRB)
        fed(detector, linked(incident("x", 1.5), OTHER))
        assert detector.observe(major(incident(3, 3)))[0].problem == PRB

        fed(detector, linked(incident("y", 2.5), OTHER))
        assert detector.standing[0].problem == OTHER

    def test_of_several_links_the_last_one_counts(self):
        detector = weekly()
        detector.observe(linked(linked(incident(0, 0), PRB), OTHER))

        assert detector.observe(major(incident(1, 1)))[0].problem == OTHER

    def test_what_is_in_hand_goes_before_what_similar_ones_are_with(self):
        detector = three_with(PRB)
        detector.assign(MAIL, OTHER)

        assert detector.observe(incident(3, 3))[0].problem == OTHER

    def test_what_is_with_another_problem_is_not_proposed_to_the_one_in_hand(self):
        detector = weekly()
        detector.assign(MAIL, PRB)

        assert detector.observe(linked(incident(0, 0), OTHER)) == ()
        assert detector.standing == ()

    def test_long_after_nobody_knows_of_it(self):
        found = fed(three_with(PRB), *map(incident, "345", (23, 23.5, 24)))

        assert found[-1][0].problem is None

    def test_what_comes_too_late_says_nothing_of_it(self):
        detector = weekly()
        fed(detector, *map(incident, "012", (50, 51, 52)), linked(incident(3, 31), PRB))

        assert detector.standing[0].problem is None
        fed(detector, linked(incident(4, 31.5), PRB))
        assert detector.standing[0].problem == PRB

    def test_one_proposal_followed_is_all_of_them_followed(self):
        detector = RecurrenceDetector([SERVICE, SimilarityKey("category"), SimilarityKey("title")])
        three = [incident(n, n) for n in range(3)]
        assert len(fed(detector, *three)[-1]) == len(detector.standing) == 3

        assert fed(detector, *(linked(it, PRB) for it in three)) == [()] * 3
        assert detector.standing == ()

    def test_an_older_detector_raises_no_second_problem(self):
        detector = weekly()
        three = [incident(n, n) for n in range(3)]
        fed(detector, *three[:2])
        kept = pickle.dumps(detector)
        assert told(detector.observe(three[2])) == [("recurring", "0 1 2")]

        restored = pickle.loads(kept)

        assert fed(restored, *(linked(it, PRB) for it in reversed(three))) == [()] * 3
        assert restored.standing == ()

    def test_the_rest_of_what_recurred_stands_to_be_linked(self):
        detector = weekly()
        six = [incident(n, n / 2) for n in range(6)]
        fed(detector, *six, *(linked(it, PRB) for it in six[:3]))

        (standing,) = detector.standing

        assert (names(standing.incidents), standing.problem) == ("3 4 5", PRB)

    def test_what_lost_its_problem_counts_again(self):
        detector = weekly()
        third = linked(incident(2, 2), PRB)
        fed(detector, incident(0, 0), incident(1, 1), third)

        assert told(detector.observe(unlinked(third, PRB))) == [("recurring", "0 1 2")]
        assert detector.observe(third) == ()
        assert detector.standing[0].problem is None

    def test_a_major_one_that_lost_its_problem_is_proposed(self):
        detector = weekly()
        bad = linked(major(incident(0, 0)), PRB)
        detector.observe(bad)

        assert told(detector.observe(unlinked(bad, PRB))) == [("major", "0")]

    def test_what_lost_the_problem_in_hand_is_proposed_to_be_linked(self):
        detector = weekly()
        detector.assign(MAIL, PRB)
        first = linked(incident(0, 0), PRB)

        found = fed(detector, first, unlinked(first, PRB))

        assert list(map(told, found)) == [[], [("recurring", "0")]]

    def test_what_moved_on_to_another_problem_tells_that_one(self):
        detector = weekly()
        first = linked(incident(0, 0), PRB)
        fed(detector, first, linked(first, OTHER))

        assert detector.observe(major(incident(1, 1)))[0].problem == OTHER

    def test_a_corrected_instant_moves_it(self):
        detector = RecurrenceDetector([SERVICE], WEEK, instant=lambda it: it.detected_at)
        one, two = (
            linked(incident(n, 9, detected_at=day(n)), it) for n, it in enumerate((PRB, OTHER))
        )
        fed(detector, one, two, attrs.evolve(one, detected_at=day(2)))

        (proposal,) = detector.observe(major(incident(2, 9, detected_at=day(3))))

        assert proposal.problem == PRB
        assert len(detector._series[MAIL].cases) == 2

    def test_a_cancelled_one_tells_no_problem(self):
        detector = weekly()
        detector.observe(cancelled(linked(incident(0, 0), PRB)))

        assert detector.observe(major(incident(1, 1)))[0].problem is None

    def test_what_it_keeps_of_them_does_not_grow(self):
        detector = weekly()
        fed(detector, *(linked(incident(n, n, service=f"s{n % 10}"), PRB) for n in range(300)))

        assert sum(len(it.cases) for it in detector._series.values()) == 3 * 7
        assert len(detector._series) == 10

        fed(detector, incident(300, 1000))
        assert list(detector._series) == [MAIL]

    def test_once_released_a_problem_is_not_linked_to(self):
        detector = three_with(PRB)
        fed(detector, *map(incident, "345", (3, 4, 5)))
        detector.release(PRB)

        (standing,) = detector.standing

        assert (standing.kind, names(standing.incidents)) == (ProposalKind.RAISE, "3 4 5")

    def test_what_was_with_it_is_not_counted_anew(self):
        detector = three_with(PRB)
        detector.release(PRB)
        again = linked(incident(2, 2), PRB).comment("Thanks.", by=LI, at=day(3))

        assert fed(detector, again, incident(3, 3), incident(4, 4)) == [()] * 3
        assert detector.observe(incident(5, 5))[0].problem is None

    def test_another_problem_of_similar_ones_goes_on(self):
        detector = weekly()
        fed(detector, linked(incident(0, 0), OTHER), linked(incident(1, 1), PRB))
        detector.assign(MAIL, PRB)
        detector.release(PRB)

        assert detector.observe(major(incident(2, 2)))[0].problem == OTHER

    def test_what_is_linked_later_is_linked_to_again(self):
        detector = three_with(PRB)
        detector.release(PRB)
        detector.observe(linked(incident(3, 3), PRB))

        assert detector.observe(major(incident(4, 4)))[0].problem == PRB


class TestExplanation:
    def test_it_tells_how_many_where_and_when(self):
        detector = RecurrenceDetector()
        found = fed(detector, *map(incident, (1, 4, 9), (0, 7, 18)))

        assert found[-1][0].explain() == (
            "3 incidents of service email, category software/mail within 30 days"
            " (2026-03-02 to 2026-03-20): INC-1, INC-4, INC-9. Raise a problem."
        )

    @pytest.mark.parametrize(
        ("incidents", "fields", "end"),
        [
            ("1", {}, "1 incident of service email (2026-03-02): 1. Raise a problem."),
            (
                "1",
                {"reason": RecurrenceReason.MAJOR},
                "1 major incident of service email (2026-03-02): 1. Raise a problem.",
            ),
            (
                "1",
                {"reason": RecurrenceReason.MAJOR, "likeness": Likeness("id", ["1"])},
                "1 major incident that is similar to no other (2026-03-02): 1. Raise a problem.",
            ),
            ("12", {"reason": RecurrenceReason.MAJOR}, "At least one is major. Raise a problem"),
            ("12", {"problem": PRB}, ": 1, 2. Link to PRB-1, which is in hand for such incidents."),
            (
                "12",
                {"window": timedelta(days=1)},
                "of service email within 1 day (2026",
            ),
            ("12", {"window": timedelta(hours=36)}, "within 36 h (2026"),
        ],
    )
    def test_it_tells_why_and_what(self, incidents, fields, end):
        stated = {
            "likeness": MAIL,
            "incidents": tuple(map(IncidentId, incidents)),
            "first_at": day(0),
            "last_at": day(0),
            "window": timedelta(days=7),
            "reason": RecurrenceReason.RECURRING,
        }

        assert end in RecurrenceProposal(**{**stated, **fields}).explain()

    def test_proposals_can_be_kept(self):
        (proposal,) = weekly().observe(major(incident(1, 0)))

        assert pickle.loads(pickle.dumps(proposal)) == proposal


class TestStore:
    def test_a_store_feeds_it_page_by_page(self):
        store = MemoryStore()
        with store.unit() as unit:
            for n in (3, 1, 0, 2, 4):
                unit.incidents.add(incident(n, n))
            unit.commit()
        detector, found, after = weekly(), [], None
        query = IncidentQuery(order=QueryOrder.LOGGED_AT, logged_from=day(1))
        with store.unit() as unit:
            while after is not None or not found:
                page = unit.incidents.find(query, after=after, limit=2)
                found += fed(detector, *page.items)
                after = page.next

        assert list(map(told, found)) == [[], [], [("recurring", "1 2 3")], []]
        assert names(detector.standing[0].incidents) == "1 2 3 4"


# ---- Against a count by hand --------------------------------------------------------------------

KEYS = (SERVICE, SimilarityKey("configuration_items"))


@st.composite
def streams(draw, size=14, majors=True):
    """
    Return incidents in order of time, few of a kind and close together.
    """
    steps = draw(st.lists(st.integers(0, 5), min_size=1, max_size=size))
    found, at = [], 0
    for number, step in enumerate(steps):
        at += step
        service = draw(st.sampled_from(["email", "email", "print", None]))
        items = draw(st.sampled_from([(), (WEB,), (WEB, DATABASE)]))
        hit = incident(f"{number:02}", at, service=service, configuration_items=items)
        for problem in draw(st.sampled_from(["", "", "", "A", "B", "AB", "Aa"])):
            change = linked if problem.isupper() else unlinked
            hit = change(hit, ProblemId(problem.upper()))
        if majors:
            change = draw(st.sampled_from([None, None, None, major, cancelled]))
            hit = hit if change is None else change(hit)
        found.append(hit)
    return found


def counted(history):
    return [it for it in history if it.state.name != "cancelled"]


def in_order(history):
    return sorted(history, key=lambda it: (it.logged_at, str(it.id)))


def loose(history):
    """
    Return all that are not with a problem.
    """
    return [it for it in counted(history) if not it.links]


def alike(history, likeness):
    """
    Return all that have a likeness in common, in order.
    """
    return in_order(it for it in loose(history) if likeness in likenesses(it, KEYS))


def problem_by_hand(history, likeness):
    """
    Return the problem of the latest that has a likeness and is with one, if any is.
    """
    oldest = max(it.logged_at for it in history) - 3 * WEEK.window
    cases = [
        it
        for it in counted(history)
        if it.links and it.logged_at > oldest and likeness in likenesses(it, KEYS)
    ]
    return in_order(cases)[-1].links[-1].target if cases else None


def window_of(similar, i):
    return [it for it in similar[: i + 1] if it.logged_at > similar[i].logged_at - WEEK.window]


def recurs(similar, i):
    return i >= 0 and len(window_of(similar, i)) >= WEEK.at_least


def runs_of(similar):
    """
    Return the ids of what recurs side by side.
    """
    runs = groupby(range(len(similar)), lambda i: recurs(similar, i))
    return [{similar[i].id for i in run} for held, run in runs if held]


def by_hand(history):
    """
    Return what the last incident of a whole history newly proposes.
    """
    newest = history[-1]
    if newest not in loose(history):
        return []
    found = []
    for likeness in likenesses(newest, KEYS):
        similar = alike(history, likeness)
        i = similar.index(newest)
        if newest.major:
            found.append((likeness, "major", names(it.id for it in window_of(similar, i))))
        elif recurs(similar, i) and not recurs(similar, i - 1):
            found.append((likeness, "recurring", names(it.id for it in window_of(similar, i))))
    if newest.major and not likenesses(newest, KEYS):
        found.append((Likeness("id", [str(newest.id)]), "major", names([newest.id])))
    return [(*told, problem_by_hand(history, told[0])) for told in found]


def standing_by_hand(history):
    now = max(it.logged_at for it in history)
    recent = [it for it in loose(history) if it.logged_at > now - WEEK.window]
    found = {}
    for likeness in {it for record in recent for it in likenesses(record, KEYS)}:
        similar = alike(recent, likeness)
        if any(it.major for it in similar) or len(similar) >= WEEK.at_least:
            found[likeness] = names(it.id for it in similar)
    for it in recent:
        if it.major and not likenesses(it, KEYS):
            found[Likeness("id", [str(it.id)])] = names([it.id])
    return {likeness: (it, problem_by_hand(history, likeness)) for likeness, it in found.items()}


def summary(proposals):
    return [(p.likeness, p.reason.value, names(p.incidents), p.problem) for p in proposals]


def versions(record):
    """
    Return a record as it was after each of its entries.
    """
    return [Incident.replay(record.journal[:n]) for n in range(1, record.version + 1)]


def follow(detector, store):
    """
    Do what stands, one by one, until nothing does.
    """
    while detector.standing:
        proposal = detector.standing[0]
        problem = proposal.problem or ProblemId(f"NEW-{proposal.incidents[0]}")
        for id in proposal.incidents:
            assert not store[id].links
            store[id] = linked(store[id], problem)
            detector.observe(store[id])


class TestAgainstACountByHand:
    @tried(150)
    @given(streams())
    def test_in_order_each_proposes_what_a_recount_of_everything_says(self, stream):
        detector = RecurrenceDetector(KEYS, WEEK)
        for n, hit in enumerate(stream, 1):
            assert summary(detector.observe(hit)) == by_hand(stream[:n])

    @tried(100)
    @given(streams(), st.data())
    def test_what_stands_is_the_same_in_whatever_order_they_come(self, stream, data):
        seen = [version for it in stream for version in versions(it)]
        detector = RecurrenceDetector(KEYS, WEEK)

        fed(detector, *data.draw(st.permutations(seen)))

        standing = {p.likeness: (names(p.incidents), p.problem) for p in detector.standing}
        assert standing == standing_by_hand(stream)

    @tried(80)
    @given(streams(size=20), st.data())
    def test_who_does_what_stands_does_nothing_twice_whatever_was_lost(self, stream, data):
        store, detector = {}, RecurrenceDetector(KEYS, WEEK)
        saved = pickle.dumps(detector)
        for hit in stream:
            store[hit.id] = hit
            detector.observe(hit)
            if data.draw(st.booleans()):
                follow(detector, store)
            if data.draw(st.booleans()):
                saved = pickle.dumps(detector)
            elif data.draw(st.booleans()):
                detector = pickle.loads(saved)
                fed(detector, *data.draw(st.permutations(list(store.values()))))
        follow(detector, store)

        assert standing_by_hand(store.values()) == {}

    @tried(150)
    @given(streams(size=20, majors=False), st.data())
    def test_late_by_less_than_a_window_all_that_recurs_is_proposed(self, stream, data):
        delays = data.draw(st.lists(st.integers(0, 13), min_size=len(stream), max_size=len(stream)))
        arrivals = [
            (it.logged_at + timedelta(hours=12 * (delay if it is hit else 0)), it)
            for hit, delay in zip(stream, delays, strict=True)
            for it in (*versions(hit)[1:-1], hit)
        ]
        arrivals.sort(key=lambda arrival: arrival[0])
        detector = RecurrenceDetector(KEYS, WEEK)
        found = fed(detector, *(it for _, it in arrivals))
        proposed = [p for proposals in found for p in proposals]

        runs = 0
        for likeness in {it for record in stream for it in likenesses(record, KEYS)}:
            similar = alike(stream, likeness)
            for members in runs_of(similar):
                runs += 1
                assert any(p.likeness == likeness and p.incidents[-1] in members for p in proposed)
        assert runs <= len(proposed)
