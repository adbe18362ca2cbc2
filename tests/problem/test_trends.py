"""
Trends: the vital few, how numbers move, what repeats, and what comes back after a fix.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.problem.repeats import recurrence_after_fix, repeats
from itil_ops.problem.similarity import Likeness, SimilarityKey, likenesses
from itil_ops.problem.trends import OriginCounts, Trend, origins, pareto, trend
from itil_ops.problem.vocabulary import ProblemOrigin
from itil_ops.sla.reports.compliance import CompliancePeriods, PeriodLength
from problem.streams import DATABASE, LI, START, WEB, cancelled, day, incident, names


SERVICE = SimilarityKey("service")
ITEM = SimilarityKey("configuration_items")
EMAIL, PRINT = (Likeness("service", [it]) for it in ("email", "print"))
WEEK = timedelta(days=7)


def of(services, **fields):
    """
    Return an incident a day, of the services named.
    """
    return [incident(n, n, service=it, **fields) for n, it in enumerate(services)]


def by_text(rows, figure):
    return [(row.likeness.values[0], getattr(row, figure)) for row in rows]


@attrs.frozen(kw_only=True)
class Arisen(Incident):
    """
    A record that says where it came from, as a problem does.
    """

    origin: ProblemOrigin | None = None


def arisen(origin):
    return Arisen.log(IncidentId("X-1"), title="x", service="email", origin=origin, by=LI, at=START)


def weeks(count):
    return CompliancePeriods([START + n * WEEK for n in range(count + 1)])


class TestPareto:
    def test_the_most_numerous_come_first_with_their_shares(self):
        report = pareto(of("aabacdab"), SERVICE)

        assert by_text(report.rows, "count") == [("a", 4), ("b", 2), ("c", 1), ("d", 1)]
        assert [row.share for row in report.rows] == [0.5, 0.25, 0.125, 0.125]
        assert [row.cumulative_share for row in report.rows] == [0.5, 0.75, 0.875, 1]
        assert [row.weight for row in report.rows] == [4, 2, 1, 1]
        assert (report.counted, report.unknown) == (8, 0)

    def test_rows_with_as_many_come_by_their_text(self):
        assert by_text(pareto(of("cab"), SERVICE).rows, "count") == [("a", 1), ("b", 1), ("c", 1)]

    def test_the_vital_few_make_up_the_share(self):
        report = pareto(of("aabacdab"), SERVICE)

        assert by_text(report.vital_few(), "count") == [("a", 4), ("b", 2), ("c", 1)]
        assert by_text(report.vital_few(0.75), "count") == [("a", 4), ("b", 2)]
        assert by_text(report.vital_few(0.01), "count") == [("a", 4)]
        assert report.vital_few(1) == report.rows

    def test_eighty_percent_is_enough(self):
        report = pareto(of("aaaabbbbcd"), SERVICE)

        assert by_text(report.vital_few(0.8), "count") == [("a", 4), ("b", 4)]

    @pytest.mark.parametrize(
        ("share", "error"),
        [(0, ValueError), (1.1, ValueError), (True, TypeError), ("80 %", TypeError)],
    )
    def test_a_bad_share_is_refused(self, share, error):
        with pytest.raises(error, match="share must be"):
            pareto([], SERVICE).vital_few(share)

    def test_what_has_no_key_is_counted_apart(self):
        report = pareto([*of("aa"), incident(7, 7, service=None)], SERVICE)

        assert by_text(report.rows, "share") == [("a", 1)]
        assert (report.counted, report.unknown) == (3, 1)

    def test_what_has_several_counts_in_each(self):
        hits = [
            incident(1, 1, configuration_items=[WEB, DATABASE]),
            incident(2, 2, configuration_items=[WEB]),
        ]
        report = pareto(hits, ITEM)

        assert by_text(report.rows, "count") == [("web-1", 2), ("db-1", 1)]
        assert report.rows[-1].cumulative_share == 1

    def test_dropped_ones_count_nowhere(self):
        report = pareto([*of("a"), cancelled(incident(7, 7, service="b"))], SERVICE)

        assert by_text(report.rows, "count") == [("a", 1)]
        assert report.counted == 1

    def test_incidents_can_be_weighed(self):
        pain = {"a": 0.1, "b": Decimal("0.5"), "c": 0}
        report = pareto(of("aaabc"), SERVICE, weight=lambda it: pain[it.service])

        assert by_text(report.rows, "count") == [("b", 1), ("a", 3), ("c", 1)]
        assert [round(row.weight, 9) for row in report.rows] == [0.5, 0.3, 0]
        assert by_text(report.vital_few(1), "count") == [("b", 1), ("a", 3)]

    def test_where_nothing_weighs_there_are_no_shares(self):
        report = pareto(of("ab"), SERVICE, weight=lambda _: 0)

        assert [(row.share, row.cumulative_share) for row in report.rows] == [(None, None)] * 2
        assert report.vital_few() == ()
        assert pareto([], SERVICE).rows == ()

    @pytest.mark.parametrize(
        ("weight", "error"),
        [
            (-1, ValueError),
            (float("inf"), ValueError),
            (float("nan"), ValueError),
            (Decimal("inf"), ValueError),
            (True, TypeError),
            (None, TypeError),
            (timedelta(1), TypeError),
        ],
    )
    def test_a_bad_weight_is_refused(self, weight, error):
        with pytest.raises(error, match="the weight of INC-0 must be"):
            pareto(of("a"), SERVICE, weight=lambda _: weight)

    @tried(50)
    @given(st.permutations("aabbbcd"))
    def test_the_order_makes_no_difference(self, services):
        weight = {"a": 0.1, "b": 0.7, "c": 1e17, "d": Decimal("0.3")}

        report = pareto(of(services), SERVICE, weight=lambda it: weight[it.service])

        assert report == pareto(of("aabbbcd"), SERVICE, weight=lambda it: weight[it.service])
        assert report.rows[-1].cumulative_share == 1


class TestTrend:
    def test_numbers_are_told_period_by_period(self):
        hits = [incident(n, at) for n, at in enumerate((0, 6.9, 7, 8, 9, 10, 20))]
        report = trend(hits, weeks(3))

        assert [point.count for point in report.overall.points] == [2, 4, 1]
        assert [point.change for point in report.overall.points] == [None, 2, -3]
        assert [point.change_share for point in report.overall.points] == [None, 1, -0.75]
        assert [point.period for point in report.overall.points] == list(weeks(3))
        assert (report.overall.total, report.overall.likeness) == (7, None)
        assert (report.rows, report.unknown) == ((), 0)

    def test_what_lies_outside_is_left_out(self):
        hits = [incident(0, -0.001), incident(1, 0), incident(2, 14)]

        assert trend(hits, weeks(2)).overall.total == 1

    def test_from_none_there_is_no_share_of_change(self):
        (_, second) = trend([incident(0, 8)], weeks(2)).overall.points

        assert (second.change, second.change_share) == (1, None)

    def test_each_likeness_has_its_own(self):
        hits = [*of("aab"), incident(7, 8, service="b"), incident(8, 9, service="b")]
        report = trend([*hits, incident(9, 1, service=None)], weeks(2), SERVICE)

        assert [str(row.likeness) for row in report.rows] == ["service b", "service a"]
        assert [[point.count for point in row.points] for row in report.rows] == [[1, 2], [2, 0]]
        assert [row.slope for row in report.rows] == [1, -2]
        assert (report.overall.total, report.unknown) == (6, 1)

    def test_as_numerous_ones_come_by_their_text(self):
        report = trend(of("cab"), weeks(1), SERVICE)

        assert [row.likeness.values for row in report.rows] == [("a",), ("b",), ("c",)]

    @pytest.mark.parametrize(
        ("counts", "slope"),
        [
            ((3,), None),
            ((3, 5), 2),
            ((1, 2, 3, 4), 1),
            ((4, 4, 4), 0),
            ((0, 5, 1), 0.5),
            ((9, 6, 3, 1), -2.7),
        ],
    )
    def test_the_slope_is_that_of_the_line_that_fits_best(self, counts, slope):
        points = trend([], weeks(len(counts))).overall.points
        found = Trend(
            [SimpleNamespace(count=count) for _, count in zip(points, counts, strict=True)]
        )

        assert found.slope == slope

    def test_dropped_ones_count_nowhere(self):
        hits = [incident(0, 0), cancelled(incident(1, 0))]

        assert trend(hits, weeks(1), SERVICE).overall.total == 1

    def test_months_are_those_of_a_zone(self):
        months = CompliancePeriods.of_calendar(
            PeriodLength.MONTH, "Europe/London", since=day(0), until=day(40)
        )

        # A minute past midnight in London is still March in UTC.
        late = incident(0, 29 + 14 / 24 + 1 / 1440)

        assert late.logged_at.month == 3
        assert [point.count for point in trend([late], months).overall.points] == [0, 1]

    def test_other_instants_can_count(self):
        hit = incident(0, 20, detected_at=day(1))

        found = trend([hit], weeks(1), instant=lambda it: it.detected_at)

        assert found.overall.total == 1

    def test_what_are_no_periods_is_refused(self):
        with pytest.raises(TypeError, match="periods must be a CompliancePeriods"):
            trend([], [START, day(7)])


class TestRepeats:
    def test_what_follows_on_a_similar_one_repeats(self):
        hits = [incident(n, at) for n, at in enumerate((0, 6, 12, 30, 31))]
        report = repeats(hits, SERVICE, WEEK)

        assert names(report.repeats) == "1 2 4"
        assert (report.counted, report.unknown, report.share) == (5, 0, 0.6)
        assert report.window == WEEK

    def test_exactly_a_window_apart_is_too_far(self):
        assert repeats([incident(0, 0), incident(1, 7)], SERVICE, WEEK).repeats == ()

    def test_of_one_instant_the_smaller_id_comes_before(self):
        assert names(repeats([incident(2, 0), incident(1, 0)], SERVICE, WEEK).repeats) == "2"

    def test_each_likeness_is_told(self):
        hits = [*of("abbab"), incident(9, 100, service="c"), incident(10, 4, service=None)]
        report = repeats(hits, SERVICE, WEEK)

        assert by_text(report.rows, "count") == [("b", 3), ("a", 2), ("c", 1)]
        assert by_text(report.rows, "repeats") == [("b", 2), ("a", 1), ("c", 0)]
        assert (report.counted, report.unknown, report.share) == (7, 1, 0.5)

    def test_one_that_repeats_two_counts_once(self):
        hits = [incident(n, n, configuration_items=[WEB, DATABASE]) for n in range(2)]
        report = repeats(hits, ITEM, WEEK)

        assert by_text(report.rows, "repeats") == [("db-1", 1), ("web-1", 1)]
        assert names(report.repeats) == "1"

    def test_dropped_ones_count_nowhere(self):
        hits = [cancelled(incident(0, 0)), incident(1, 1), cancelled(incident(2, 2))]

        assert repeats(hits, SERVICE, WEEK).repeats == ()

    def test_of_none_there_is_no_share(self):
        assert repeats([], SERVICE, WEEK).share is None
        assert repeats([incident(0, 0, service=None)], SERVICE, WEEK).share is None

    @pytest.mark.parametrize("window", [timedelta(0), timedelta(days=-1)])
    def test_a_window_of_zero_is_refused(self, window):
        with pytest.raises(ValueError, match="window must be longer than nothing"):
            repeats([], SERVICE, window)

    @tried(60)
    @given(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=10),
        st.randoms(use_true_random=False),
    )
    def test_the_same_is_found_pair_by_pair(self, drawn, chance):
        hits = [incident(f"{n:02}", at, service=it) for n, (at, it) in enumerate(sorted(drawn))]
        expected = [
            after.id
            for n, after in enumerate(hits)
            if any(
                before.service == after.service and after.logged_at - before.logged_at < WEEK
                for before in hits[:n]
            )
        ]
        mixed = chance.sample(hits, len(hits))

        assert list(repeats(mixed, SERVICE, WEEK).repeats) == expected
        assert repeats(mixed, SERVICE, WEEK) == repeats(hits, SERVICE, WEEK)


class TestAfterTheFix:
    def after(self, at=(0, 2, 4, 6, 8, 12, 18), **options):
        hits = [incident(n, it) for n, it in enumerate(at)]
        stated = {"fixed_at": day(10), "keys": [SERVICE], **options}
        return recurrence_after_fix(hits, [EMAIL], **stated)

    def test_what_comes_back_is_told_with_what_came_before(self):
        found = self.after(since=day(0), until=day(20))

        assert (names(found.before), names(found.after)) == ("0 1 2 3 4", "5 6")
        assert (found.rate_before, found.rate_after) == (0.5, 0.2)
        assert found.prevented_share == 0.6

    def test_both_times_are_half_open(self):
        found = self.after((0, 10, 20), since=day(0), until=day(20))

        assert (names(found.before), names(found.after)) == ("0", "1")

    def test_unless_told_the_records_bound_the_times(self):
        found = self.after()

        assert (found.since, found.fixed_at, found.until) == (day(0), day(10), day(18))
        assert (names(found.before), names(found.after)) == ("0 1 2 3 4", "5 6")

    def test_others_help_to_know_the_time(self):
        hits = [incident(1, 8), incident(2, 30, service="print"), cancelled(incident(3, 40))]
        found = recurrence_after_fix(hits, [EMAIL], fixed_at=day(10), keys=[SERVICE])

        assert (found.since, found.until) == (day(8), day(30))
        assert (found.rate_after, found.prevented_share) == (0, 1)

    def test_any_of_several_likenesses_will_do(self):
        hits = of("abca")
        wanted = [Likeness("service", [it]) for it in "ac"]

        found = recurrence_after_fix(hits, wanted, fixed_at=day(2), keys=[SERVICE])

        assert (names(found.before), names(found.after)) == ("0", "2 3")

    def test_likenesses_are_those_of_the_usual_keys(self):
        hits = of(["email"] * 4)

        found = recurrence_after_fix(hits, likenesses(hits[0]), fixed_at=day(2))

        assert (names(found.before), names(found.after)) == ("0 1", "2 3")

    def test_without_time_there_is_no_rate(self):
        early, late = self.after((0, 5)), self.after((12, 20))

        assert (early.rate_after, early.prevented_share) == (None, None)
        assert (late.rate_before, late.prevented_share) == (None, None)
        assert (late.since, late.rate_after) == (day(10), 0.2)

    def test_without_incidents_before_nothing_was_prevented(self):
        found = self.after((12,), since=day(0), until=day(20))

        assert (found.rate_before, found.rate_after, found.prevented_share) == (0, 0.1, None)

    def test_of_none_there_is_nothing(self):
        found = self.after(())

        assert (found.since, found.until, found.before, found.after) == (day(10), day(10), (), ())

    def test_more_after_it_is_less_than_nothing_prevented(self):
        assert self.after((0, 12, 13), since=day(0), until=day(20)).prevented_share == -1

    @pytest.mark.parametrize(
        ("likenesses", "options", "error", "message"),
        [
            ([], {}, ValueError, "likenesses must name at least one"),
            (["email"], {}, TypeError, "each of likenesses must be a Likeness"),
            ([Likeness("servce", ["x"])], {}, ValueError, r"no key 'servce'.*'service'\?"),
            ([EMAIL], {"since": day(11)}, ValueError, "must ascend"),
            ([EMAIL], {"until": day(9)}, ValueError, "must ascend"),
            ([EMAIL], {"fixed_at": START.replace(tzinfo=None)}, ValueError, "fixed_at must be"),
            ([EMAIL], {"keys": []}, ValueError, "at least one"),
        ],
    )
    def test_bad_questions_are_refused(self, likenesses, options, error, message):
        stated = {"fixed_at": day(10), "keys": [SERVICE], **options}
        with pytest.raises(error, match=message):
            recurrence_after_fix([], likenesses, **stated)


class TestOrigins:
    def test_reactive_ones_stand_to_proactive_ones(self):
        many, few = ProblemOrigin.REACTIVE, ProblemOrigin.PROACTIVE

        found = origins(map(arisen, (many, many, few, many, None)))

        assert found == OriginCounts(reactive=3, proactive=1, unknown=1)
        assert (found.reactive_proactive_ratio, found.proactive_share) == (3, 0.25)

    def test_of_none_there_is_no_ratio(self):
        assert origins([]).reactive_proactive_ratio is None
        assert origins([]).proactive_share is None
        assert origins([arisen(ProblemOrigin.REACTIVE)]).reactive_proactive_ratio is None

    def test_what_does_not_say_is_unknown(self):
        assert origins([incident(0, 0)]) == OriginCounts(reactive=0, proactive=0, unknown=1)


class TestAll:
    @pytest.mark.parametrize(
        "figure",
        [
            lambda records: pareto(records, SERVICE),
            lambda records: trend(records, weeks(1)),
            lambda records: repeats(records, SERVICE, WEEK),
            lambda records: recurrence_after_fix(records, [EMAIL], fixed_at=START, keys=[SERVICE]),
            origins,
        ],
        ids=["pareto", "trend", "repeats", "recurrence_after_fix", "origins"],
    )
    def test_what_is_no_record_is_refused(self, figure):
        with pytest.raises(TypeError, match="each of records must be a Record"):
            figure(["INC-1"])

    @pytest.mark.parametrize(
        "figure",
        [
            lambda: pareto([], "service"),
            lambda: trend([], weeks(1), "service"),
            lambda: repeats(of("a"), "service", WEEK),
        ],
        ids=["pareto", "trend", "repeats"],
    )
    def test_what_is_no_key_is_refused(self, figure):
        with pytest.raises(TypeError, match="a key must be a SimilarityKey"):
            figure()
