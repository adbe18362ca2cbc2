"""
The day at the service desk: what it tells, and that it always tells the same.
"""

from __future__ import annotations

import pytest

from service_desk_day import EVENING, GOLD, duplicate, laptop, mail_outage, main, printer, today

from itil_ops import ClockOutcome, ClockState, Priority, TargetKind


@pytest.fixture
def told(capsys):
    main()
    return capsys.readouterr().out


def test_the_day_is_told_the_same_every_time(told, capsys):
    main()

    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    "line",
    [
        "08:05  INC-1  Ada   log: Mail is down in Lyon",
        "08:20  INC-1  Noor  declare major: The whole house stands still.",
        "11:40  INC-1  Ada   reopen: Mail is down again.",
        "15:10  INC-3  Remy  resume: because of step 5.",
        "INC-1  resolution within 2:00: breached at 13:20, stopped after 2:15",
        "INC-1  update within 0:30: breached at 09:00, stopped after 0:40",
        "INC-2  resolution within 8:00: cancelled, ended without a result: duplicate",
        "INC-3  resolution within 8:00: met after 0:40",
        "INC-4  resolution within 4:00: running after 2:10, due on Friday at 09:50",
        "INC-1  new 0:04, assigned 0:03, in progress 3:08, resolved 6:10, closed 0:30; reopened 1",
        "       on hold since 10:30 until 15:10, awaiting_caller",
        "       on hold since 17:20 and still, awaiting_supplier",
        "response: 100%, 3 met and 0 breached",
        "resolution: 50%, 1 met and 1 breached",
        "update: 80%, 4 met and 1 breached",
        "Replayed from their journals, the incidents are the same.",
    ],
)
def test_the_day_tells(told, line):
    assert line in told.splitlines()


def test_the_refusal_names_every_reason(told):
    chapter = told.split("A refusal\n")[1].split("\n\n")[0]

    assert chapter.splitlines() == [
        "At 16:45 Li wants to close the outage, which is resolved, but:",
        "- Li may not close, it takes incident_manager, major_incident_manager, service_desk",
        "- Li resolved it and cannot record the caller's confirmation",
        "- there is no closure category",
        "- nobody said whether it may recur",
        "- no review is planned",
    ]


def test_the_steps_are_told_in_the_order_of_the_day(told):
    times = [line.split()[0] for line in told.split("\n\n")[0].splitlines()[1:]]

    assert len(times) == 25
    assert times == sorted(times)


def test_the_outage_is_breached_when_its_time_is_over_lunch_not_counted():
    [clock] = [c for c in GOLD.clocks(mail_outage()) if c.target.kind == TargetKind.RESOLUTION]

    assert clock.outcome is ClockOutcome.BREACHED
    assert clock.breached_at == today("13:20")


def test_waiting_for_the_caller_pauses_the_clock_and_waiting_for_a_supplier_does_not():
    [paused] = [c for c in GOLD.clocks(printer()) if c.pauses]
    running = GOLD.clocks(laptop())[-1]

    assert (paused.pauses[0].start, paused.pauses[0].end) == (today("10:30"), today("15:10"))
    assert running.state is ClockState.RUNNING
    assert not running.is_breached(EVENING)


def test_the_laptop_has_the_priority_that_noor_gave_it():
    assert laptop().priority == Priority.HIGH
    assert laptop().as_known_at(today("15:55")).priority == Priority.MEDIUM


def test_the_duplicate_points_to_the_outage():
    assert [link.target for link in duplicate().links] == [mail_outage().id]
