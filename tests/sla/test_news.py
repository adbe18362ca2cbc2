"""
What there is to tell since the last look: corrections and late entries included.
"""

from __future__ import annotations

import copy
import pickle

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    DESK,
    LI,
    MICROSECOND,
    OFFICE,
    hours,
    logged,
    minutes,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import RefusedError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.instant import utc
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.vocabulary import ContactChannel, Direction, PendingReason, Visibility
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.agreements.news import News, NewsKind, known_at, news
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.clocks.telling import Told
from itil_ops.sla.promises.target import Target, TargetKind
from itil_ops.sla.promises.threshold import AT_ONCE, ITIL_ESCALATION, Threshold


HALF, THREE_QUARTERS, MOST, ALL = ITIL_ESCALATION
JUST = MICROSECOND
NEW, CONFIRMED, RESCINDED = NewsKind

GOLD = ServiceLevelAgreement("gold", targets=[resolution(hours(4), thresholds=[HALF, ALL])])
UPDATES = ServiceLevelAgreement(
    "updates", targets=[Target(TargetKind.UPDATE, hours(1), calendar=OFFICE, thresholds=[HALF])]
)


def shown(found):
    return [(one.kind, one.told.at, one.told.threshold) for one in found]


def at_work(at="mon 09:00"):
    return logged(t(at)).assign(assignee="li", by=DESK, at=t(at)).start(by=LI, at=t(at))


def resolved(incident, at, effective_at=None):
    return incident.resolve(
        ResolutionCode.FIXED,
        note="Restarted the queue.",
        by=LI,
        at=t(at),
        effective_at=effective_at and t(effective_at),
    )


def waiting(incident, at, effective_at=None):
    reason = PendingReason.AWAITING_CALLER
    effective = effective_at and t(effective_at)
    return incident.hold(reason, by=LI, at=t(at), effective_at=effective)


def informed(incident, at, effective_at=None, channel=None):
    return incident.communicate(
        "We are on it.",
        direction=Direction.OUTBOUND,
        visibility=Visibility.PUBLIC,
        channel=channel,
        by=LI,
        at=t(at),
        effective_at=effective_at and t(effective_at),
    )


class TestNews:
    def test_the_first_look_tells_all_as_new(self):
        assert shown(news(GOLD, at_work(), None, t("mon 13:01"))) == [
            (NEW, t("mon 11:00"), HALF),
            (NEW, t("mon 13:00") + JUST, ALL),
            (NEW, t("mon 13:00") + JUST, None),
        ]

    def test_the_next_look_tells_only_what_has_come_since(self):
        found = news(GOLD, at_work(), t("mon 11:00"), t("mon 13:01"))

        assert shown(found) == [
            (NEW, t("mon 13:00") + JUST, ALL),
            (NEW, t("mon 13:00") + JUST, None),
        ]
        assert news(GOLD, at_work(), t("mon 13:01"), t("tue 13:01")) == ()

    def test_a_look_from_before_the_record_began_had_told_nothing(self):
        assert len(news(GOLD, at_work(), t("fri 09:00"), t("mon 13:01"))) == 3
        assert news(GOLD, at_work(), None, t("fri 09:00")) == ()

    def test_an_agreement_that_does_not_bind_tells_nothing(self):
        other = ServiceLevelAgreement("other", services=["erp"], targets=GOLD.targets)

        assert news(other, at_work(), None, t("thu 09:00")) == ()

    def test_it_says_whose_it_is(self):
        found = news(GOLD, at_work(), None, t("mon 13:01"))

        assert [str(one) for one in found] == [
            "gold: resolution 50 % at 2024-03-04T11:00:00+00:00",
            "gold: resolution 100 % at 2024-03-04T13:00:00.000001+00:00",
            "gold: resolution breach at 2024-03-04T13:00:00.000001+00:00",
        ]

    def test_it_is_a_value(self):
        one = News(Told(t("mon 11:00"), TargetKind.RESOLUTION, 1, HALF), "gold", CONFIRMED)

        assert copy.copy(one) == pickle.loads(pickle.dumps(one)) == one
        assert str(one).endswith(", confirmed")
        assert len({one, copy.deepcopy(one)}) == 1


class TestCorrections:
    def test_a_late_resolution_rescinds_the_breach(self):
        incident = resolved(at_work(), "mon 15:00", effective_at="mon 12:00")

        assert shown(news(GOLD, incident, t("mon 14:00"), t("mon 15:00"))) == [
            (RESCINDED, t("mon 13:00") + JUST, ALL),
            (RESCINDED, t("mon 13:00") + JUST, None),
        ]

    def test_a_late_pause_rescinds_what_is_told_again_when_it_comes(self):
        incident = waiting(at_work(), "mon 14:00", effective_at="mon 10:00")
        incident = incident.resume(by=LI, at=t("mon 14:30"))

        assert shown(news(GOLD, incident, t("mon 13:30"), t("mon 14:30"))) == [
            (RESCINDED, t("mon 11:00"), HALF),
            (RESCINDED, t("mon 13:00") + JUST, ALL),
            (RESCINDED, t("mon 13:00") + JUST, None),
        ]
        assert shown(news(GOLD, incident, t("mon 14:30"), t("tue 09:31"))) == [
            (NEW, t("mon 15:30"), HALF),
            (NEW, t("tue 09:30") + JUST, ALL),
            (NEW, t("tue 09:30") + JUST, None),
        ]

    def test_a_late_resumption_brings_a_breach_to_light(self):
        incident = waiting(at_work(), "mon 10:00")
        incident = incident.resume(by=LI, at=t("tue 12:00"), effective_at=t("mon 10:30"))

        assert shown(news(GOLD, incident, t("mon 17:00"), t("tue 12:00"))) == [
            (CONFIRMED, t("mon 11:30"), HALF),
            (CONFIRMED, t("mon 13:30") + JUST, ALL),
            (CONFIRMED, t("mon 13:30") + JUST, None),
        ]

    def test_what_lies_partly_after_the_last_look_is_partly_new(self):
        incident = waiting(at_work(), "mon 10:00")
        incident = incident.resume(by=LI, at=t("mon 16:00"), effective_at=t("mon 10:30"))

        kinds = [kind for kind, _, _ in shown(news(GOLD, incident, t("mon 12:00"), t("mon 16:00")))]

        assert kinds == [CONFIRMED, NEW, NEW]

    def test_what_merely_moves_is_no_news(self):
        incident = waiting(at_work(), "mon 16:00", effective_at="mon 10:00")
        incident = incident.resume(by=LI, at=t("mon 16:00"), effective_at=t("mon 10:30"))

        assert news(GOLD, incident, t("mon 15:00"), t("mon 16:30")) == ()

    def test_a_message_told_late_leaves_the_other_cycles_as_they_were(self):
        incident = informed(at_work(), "mon 12:00")
        known = shown(news(UPDATES, incident, None, t("mon 14:00")))
        incident = informed(incident, "mon 14:00", effective_at="mon 10:15")

        assert (NEW, t("mon 12:30"), HALF) in known
        assert shown(news(UPDATES, incident, t("mon 13:59"), t("mon 14:00"))) == [
            (CONFIRMED, t("mon 10:45"), HALF),
            (CONFIRMED, t("mon 11:15") + JUST, None),
        ]

    def test_two_messages_of_one_instant_begin_two_cycles(self):
        update = Target(TargetKind.UPDATE, hours(1), calendar=OFFICE, thresholds=[AT_ONCE])
        agreement = ServiceLevelAgreement("updates", targets=[update])
        incident = informed(at_work(), "mon 10:00", channel=ContactChannel.PHONE)
        incident = informed(incident, "mon 10:30", effective_at="mon 10:00")

        assert shown(news(agreement, incident, t("mon 10:15"), t("mon 10:30"))) == [
            (CONFIRMED, t("mon 10:00"), AT_ONCE)
        ]

    def test_a_target_that_applies_late_tells_what_is_passed_when_it_does(self):
        urgent = resolution(hours(4), priorities=[Priority.CRITICAL], thresholds=[HALF, ALL])
        agreement = ServiceLevelAgreement("urgent", targets=[urgent])
        incident = at_work().prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 12:00")
        )

        assert shown(news(agreement, incident, t("mon 11:59"), t("mon 12:00"))) == [
            (NEW, t("mon 12:00"), HALF)
        ]

    def test_a_dropped_record_rescinds_nothing_that_was_so(self):
        incident = at_work().cancel(CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 14:00"))

        assert news(GOLD, incident, t("mon 13:30"), t("mon 15:00")) == ()

    def test_another_priority_tells_what_its_target_adds(self):
        agreement = ServiceLevelAgreement(
            "by priority",
            targets=[
                resolution(hours(4), priorities=[Priority.CRITICAL], thresholds=[AT_ONCE, HALF]),
                resolution(hours(8), thresholds=[HALF]),
            ],
        )
        incident = at_work().prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 10:00")
        )

        assert shown(news(agreement, incident, t("mon 09:30"), t("mon 12:00"))) == [
            (NEW, t("mon 10:00"), AT_ONCE),
            (NEW, t("mon 11:00"), HALF),
        ]


class TestTheLastLook:
    def test_an_entry_stored_later_than_it_says_is_found_by_the_version(self):
        before = waiting(at_work(), "mon 10:00")
        incident = before.resume(by=LI, at=t("tue 12:00"), effective_at=t("mon 10:30"))
        looked, now = t("tue 12:00"), t("tue 12:01")

        assert news(GOLD, incident, looked, now) == ()
        assert len(news(GOLD, incident, looked, now, version=before.version)) == 3
        assert news(GOLD, incident, looked, now, version=incident.version) == ()

    def test_version_nought_has_told_nothing(self):
        found = news(GOLD, at_work(), t("mon 11:00"), t("mon 12:00"), version=0)

        assert shown(found) == [(CONFIRMED, t("mon 11:00"), HALF)]

    @pytest.mark.parametrize("version", [-1, 4])
    def test_a_version_that_is_not_there_is_refused(self, version):
        with pytest.raises(ValueError, match="has no version"):
            news(GOLD, at_work(), t("mon 10:00"), t("mon 12:00"), version=version)

    def test_a_look_back_is_refused(self):
        with pytest.raises(ValueError, match="before since"):
            news(GOLD, at_work(), t("mon 12:00"), t("mon 11:00"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"agreement": "gold"},
            {"record": "INC-1"},
            {"since": "monday"},
            {"until": None},
            {"version": "3"},
        ],
    )
    def test_what_is_of_another_type_is_refused(self, wrong):
        right = {"agreement": GOLD, "record": at_work(), "since": None, "until": t("mon 12:00")}

        with pytest.raises(TypeError):
            news(**{**right, **wrong})

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="since must be an aware"):
            news(GOLD, at_work(), datetime(2024, 3, 4), t("mon 12:00"))

    def test_what_was_recorded_later_is_left_out(self):
        incident = resolved(at_work(), "mon 12:00")

        assert known_at(incident, utc(t("mon 11:00"))) == incident.as_known_at(t("mon 11:00"))
        assert shown(news(GOLD, incident, None, t("mon 11:59"))) == [(NEW, t("mon 11:00"), HALF)]

    def test_a_deadline_that_a_person_fixed_counts_from_then(self):
        fixed = ManualDeadline(t("mon 12:00"), "promised by phone", t("mon 10:00"))
        found = news(
            GOLD, at_work(), None, t("mon 12:01"), deadlines={TargetKind.RESOLUTION: fixed}
        )

        assert shown(found) == [
            (NEW, t("mon 10:30"), HALF),
            (NEW, t("mon 12:00") + JUST, ALL),
            (NEW, t("mon 12:00") + JUST, None),
        ]


# ---- Looks at a growing record --------------------------------------------------------------

ZERO = datetime(2024, 3, 4, 8, tzinfo=UTC)
EVERYTHING = ServiceLevelAgreement(
    "everything",
    targets=[
        resolution(
            hours(2), priorities=[Priority.CRITICAL], thresholds=[AT_ONCE, *ITIL_ESCALATION]
        ),
        resolution(hours(4), thresholds=[*ITIL_ESCALATION, Threshold(after=hours(1))]),
        Target(TargetKind.RESPONSE, minutes(30), calendar=OFFICE, thresholds=ITIL_ESCALATION),
        Target(TargetKind.UPDATE, hours(1), calendar=OFFICE, thresholds=[HALF, ALL]),
    ],
)
ONE_CYCLE = ServiceLevelAgreement("one cycle", targets=EVERYTHING.targets[:3])

LEVELS = st.sampled_from([Impact.HIGH, Impact.LOW])
VERBS = st.sampled_from(
    [
        *("look", "look", "look", "look", "hold", "hold", "resume", "resume", "resume"),
        *("communicate", "prioritize", "resolve", "reopen"),
    ]
)


def stepped(incident, verb, at, effective):
    late = {"by": LI, "at": at, "effective_at": effective}
    if verb == "prioritize":
        impact = Impact.HIGH if incident.impact is Impact.LOW else Impact.LOW
        return incident.prioritize(impact=impact, urgency=Urgency.HIGH, by=LI, at=at)
    if verb == "reopen":
        return incident.reopen(reason="It is back.", by=LI, at=at)
    arguments = {
        "hold": (PendingReason.AWAITING_CALLER,),
        "communicate": ("We are on it.",),
        "resolve": (ResolutionCode.FIXED,),
    }.get(verb, ())
    if verb == "communicate":
        late |= {"direction": Direction.OUTBOUND, "visibility": Visibility.PUBLIC}
    if verb == "resolve":
        late |= {"note": "Restarted the queue."}
    return getattr(incident, verb)(*arguments, **late)


@st.composite
def stories(draw):
    """
    A record as it grew, and when somebody looked at it: pairs of the record and an instant.
    """
    at = ZERO
    incident = logged(at).assign(assignee="li", by=DESK, at=at).start(by=LI, at=at)
    looks = []
    for verb in draw(st.lists(VERBS, min_size=8, max_size=16)):
        at += draw(st.integers(1, 240)) * timedelta(minutes=1)
        if verb == "look":
            looks.append((incident, at))
            continue
        late = draw(st.sampled_from([0, 90, 300, 6000])) * timedelta(minutes=1)
        effective = max(at - late, incident.journal[-1].effective_at)
        try:
            incident = stepped(incident, verb, at, effective)
        except RefusedError:
            continue
    return [*looks, (incident, at + timedelta(hours=draw(st.integers(0, 72))))]


def looked(agreement, looks):
    """
    Yield what each look finds.
    """
    since = None
    for incident, until in looks:
        yield since, until, news(agreement, incident, since, until)
        since = until


class TestLooks:
    @tried(100)
    @given(stories())
    def test_what_was_told_and_not_taken_back_is_what_one_look_tells(self, looks):
        standing = Counter()
        for since, until, found in looked(EVERYTHING, looks):
            for one in found:
                known = (one.told.kind, one.told.threshold)
                standing[known] += -1 if one.kind is RESCINDED else 1
                assert standing[known] >= 0
                if one.kind is not RESCINDED:
                    assert (one.kind is CONFIRMED) == (since is not None and one.told.at <= since)
                    assert one.told.at <= until

        once = news(EVERYTHING, *_last(looks))
        assert standing == Counter((one.told.kind, one.told.threshold) for one in once)

    @tried(100)
    @given(stories())
    def test_nothing_is_told_twice(self, looks):
        standing = set()
        for _, _, found in looked(ONE_CYCLE, looks):
            assert [one.told.at for one in found] == sorted(one.told.at for one in found)
            for one in found:
                known = (one.told.kind, one.told.cycle, one.told.threshold)
                if one.kind is RESCINDED:
                    standing.remove(known)
                else:
                    assert known not in standing
                    standing.add(known)

    @tried(60)
    @given(stories())
    def test_a_look_remembers_nothing_but_when_it_was(self, looks):
        final, _ = looks[-1]
        as_it_grew = [found for _, _, found in looked(EVERYTHING, looks)]
        in_hindsight = [
            found for _, _, found in looked(EVERYTHING, [(final, at) for _, at in looks])
        ]

        assert as_it_grew == in_hindsight


def _last(looks):
    incident, until = looks[-1]
    return incident, None, until


def test_a_clock_alone_tells_what_its_record_has_told():
    incident = resolved(at_work(), "mon 15:00")
    (clock,) = GOLD.clocks(incident)

    assert isinstance(clock, SlaClock)
    assert [one.told for one in news(GOLD, incident, None, t("thu 09:00"))] == list(
        clock.told(t("thu 09:00"))
    )
