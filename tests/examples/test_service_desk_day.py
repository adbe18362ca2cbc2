"""
The day at the service desk: what it tells, and that it always tells the same.
"""

from __future__ import annotations

import pytest

from service_desk_day import (
    CALL,
    EVENING,
    GOLD,
    IDS,
    LAPTOP,
    LI,
    MAIL,
    PRINTER,
    SCANNER,
    Desk,
    duplicate,
    laptop,
    live,
    mail_outage,
    main,
    printer,
    scanner_there,
    scanner_wanted,
    today,
)

from itil_ops import (
    ClockOutcome,
    ClockState,
    Incident,
    IncidentId,
    MemoryStore,
    Priority,
    RequestOutcome,
    TargetKind,
)
from itil_ops.adapters.sql import open_store


@pytest.fixture
def told(capsys):
    main([])
    return capsys.readouterr().out


@pytest.fixture
def desk():
    return Desk(MemoryStore())


def test_the_day_is_told_the_same_every_time(told, capsys):
    main([])

    assert capsys.readouterr().out == told


@pytest.mark.parametrize("url", ["sqlite_url", "postgresql_url"], indirect=True)
class TestKept:
    """
    The day in a database that is there afterwards.
    """

    @pytest.fixture
    def url(self, request):
        return request.getfixturevalue(request.param)

    @pytest.fixture(autouse=True)
    def lived(self, url, capsys):
        main([url])
        self.out = capsys.readouterr().out

    @pytest.fixture
    def store(self, url):
        store = open_store(url)
        yield store
        store.close()

    def test_the_day_is_told_the_same_everywhere(self, told):
        assert self.out == told

    def test_the_day_fits_in_once_and_a_second_one_changes_nothing(self, url, store, capsys):
        before = entries(store)

        with pytest.raises(SystemExit, match=r"INC-1, INC-2, INC-3, INC-4, REQ-1 in this data"):
            main([url])

        assert capsys.readouterr().out == ""
        assert entries(store) == before

    def test_each_step_is_published_once_and_all_are_stored(self, store):
        desk = Desk(store)

        assert len(entries(store)) == 39
        assert {entry.record: entry.number for entry in entries(store)} == {
            id: desk.record(id).version for id in IDS
        }


def entries(store):
    return list(Desk(store).entries())


def test_what_else_is_in_the_database_is_left_out(sqlite_url, told, capsys):
    store = open_store(sqlite_url)
    Desk(store).begin(
        IncidentId("INC-99"),
        Incident.log,
        title="Nothing of ours",
        service="email",
        by=LI,
        at=EVENING,
    )
    store.close()

    main([sqlite_url])

    assert capsys.readouterr().out == told


def test_more_than_a_url_is_refused():
    with pytest.raises(SystemExit, match="usage"):
        main(["sqlite:///a.db", "sqlite:///b.db"])


@pytest.mark.parametrize(
    "line",
    [
        "08:05  INC-1  Ada   log: Mail is down in Lyon",
        "08:20  INC-1  Noor  declare major: The whole house stands still.",
        "11:40  INC-1  Ada   reopen: Mail is down again.",
        "13:15  REQ-1  Zoe   approve 1: Gate two cannot do without.",
        "13:15  REQ-1  Zoe   authorize: because of step 5.",
        "14:40  REQ-1  Bo    ready task scanner/pair: because of step 10.",
        "15:10  INC-3  Remy  resume: because of step 5.",
        "INC-1  resolution within 2:00: breached at 13:20, stopped after 2:15",
        "INC-1  update within 0:30: breached at 09:00, stopped after 0:40",
        "INC-2  resolution within 8:00: cancelled, ended without a result: duplicate",
        "INC-3  resolution within 8:00: met after 0:40",
        "INC-4  resolution within 4:00: running after 2:10, due on Friday at 09:50",
        "REQ-1  fulfillment within 4:00: met after 1:58",
        "INC-1  new 0:04, assigned 0:03, in progress 3:08, resolved 6:10, closed 0:30; reopened 1",
        "       on hold since 09:40 until 13:15, awaiting_approval",
        "       on hold since 10:30 until 15:10, awaiting_caller",
        "       on hold since 17:20 and still, awaiting_supplier",
        "response: 100%, 4 met and 0 breached",
        "resolution: 50%, 1 met and 1 breached",
        "update: 80%, 4 met and 1 breached",
        "fulfillment: 100%, 1 met and 0 breached",
        "Replayed from their journals, the records are the same.",
    ],
)
def test_the_day_tells(told, line):
    assert line in told.splitlines()


def test_the_refusals_name_every_reason(told):
    chapter = told.split("Two refusals\n")[1].split("\n\n")[0]

    assert chapter.splitlines() == [
        "At 09:45 Remy wants to approve the scanner, which is requested, but:",
        "- Remy was not asked: it is up to Zoe, or a deputy",
        "- Remy asks for it, gets it, or acts for who does, and cannot approve it",
        "At 16:45 Li wants to close the outage, which is resolved, but:",
        "- Li may not close, it takes incident_manager, major_incident_manager, service_desk",
        "- Li resolved it and cannot record the caller's confirmation",
        "- there is no closure category",
        "- nobody said whether it may recur",
        "- no review is planned",
    ]


def test_the_steps_are_told_in_the_order_of_the_day(told):
    times = [line.split()[0] for line in told.split("\n\n")[0].splitlines()[1:]]

    assert len(times) == 39
    assert times == sorted(times)


def test_what_is_refused_is_not_stored(desk):
    assert [line for line in live(desk) if not line.startswith("- ")] == [
        "At 09:45 Remy wants to approve the scanner, which is requested, but:",
        "At 16:45 Li wants to close the outage, which is resolved, but:",
    ]
    closed = [entry for entry in desk.entries() if entry.action == "close"]
    assert [entry.by.name for entry in closed] == ["Bo", "Remy", "Ada"]
    assert [entry.by.name for entry in desk.entries() if entry.action == "approve"] == ["Zoe"]


def test_the_outage_is_breached_when_its_time_is_over_lunch_not_counted(desk):
    mail_outage(desk)
    clocks = GOLD.clocks(desk.record(MAIL))
    [clock] = [clock for clock in clocks if clock.target.kind == TargetKind.RESOLUTION]

    assert clock.outcome is ClockOutcome.BREACHED
    assert clock.breached_at == today("13:20")


def test_waiting_for_the_caller_pauses_the_clock_and_waiting_for_a_supplier_does_not(desk):
    printer(desk)
    laptop(desk)
    [paused] = [clock for clock in GOLD.clocks(desk.record(PRINTER)) if clock.pauses]
    running = GOLD.clocks(desk.record(LAPTOP))[-1]

    assert (paused.pauses[0].start, paused.pauses[0].end) == (today("10:30"), today("15:10"))
    assert running.state is ClockState.RUNNING
    assert not running.is_breached(EVENING)


def test_the_laptop_has_the_priority_that_noor_gave_it(desk):
    laptop(desk)
    found = desk.record(LAPTOP)

    assert found.priority == Priority.HIGH
    assert found.as_known_at(today("15:55")).priority == Priority.MEDIUM


def test_the_duplicate_points_to_the_outage(desk):
    duplicate(desk)

    assert [link.target for link in desk.record(CALL).links] == [MAIL]


def test_waiting_for_approval_pauses_the_scanner_as_agreed(desk):
    scanner_wanted(desk)
    scanner_there(desk)
    [clock] = [
        clock
        for clock in GOLD.clocks(desk.record(SCANNER))
        if clock.target.kind == TargetKind.FULFILLMENT
    ]

    assert [(pause.start, pause.end) for pause in clock.pauses] == [
        (today("09:40"), today("13:15"))
    ]
    assert clock.outcome is ClockOutcome.MET


def test_the_scanner_was_authorized_before_anybody_worked_on_it(desk):
    scanner_wanted(desk)
    scanner_there(desk)
    found = desk.record(SCANNER)

    assert found.outcome is RequestOutcome.SUCCESSFUL
    assert (found.authorized_at, found.started_at) == (today("13:15"), today("13:50"))
