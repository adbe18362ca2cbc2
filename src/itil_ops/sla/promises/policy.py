"""
What clocks do where established systems disagree: every choice is a named value.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from itil_ops.kernel.checks import check_type


class Retarget(StrEnum):
    """
    What a changed target does with the time that has elapsed.
    """

    KEEP_ELAPSED = "keep_elapsed"
    """It counts against the new target, from the start: iTop, Jira."""

    RESTART = "restart"
    """It is forgiven; the new target begins anew: ServiceNow."""

    PROPORTIONAL = "proportional"
    """The same share has elapsed of the new target as of the old one. Used up stays used up."""

    STRICTEST = "strictest"
    """As if kept; but of the old and the new target the one that is due earlier stays."""


class Reopen(StrEnum):
    """
    What a reopened record does to the clock that was stopped.
    """

    RESUME_EXCLUDING_GAP = "resume_excluding_gap"
    """It goes on; the time that the record was resolved does not count: iTop, Zammad."""

    RESUME_INCLUDING_GAP = "resume_including_gap"
    """It goes on as if it had never been stopped."""

    NEW_CYCLE = "new_cycle"
    """It stays as it is, and another one begins: Jira, ServiceNow."""

    NEVER = "never"
    """It stays as it is: Znuny."""


class Judgement(StrEnum):
    """
    Which target a breach is judged by.
    """

    STICKY = "sticky"
    """The one in force at each moment: a breach stays, whatever is promised later."""

    FINAL_TARGET = "final_target"
    """The last one alone."""


class OutsideHours(StrEnum):
    """
    Since when a clock counts that was started outside hours. Working time is the same either way.
    """

    NEXT_OPENING = "next_opening"
    """From the next opening."""

    AT_ONCE = "at_once"
    """From the start: Request Tracker's "start immediately"."""


class ZeroTarget(StrEnum):
    """
    What a target of zero means.
    """

    DUE_AT_ONCE = "due_at_once"
    """Due at the first working instant."""

    NO_CLOCK = "no_clock"
    """Switched off: Zammad, Znuny."""


class LateTarget(StrEnum):
    """
    What of the past counts where a target applies only after a record has begun.
    """

    START_AND_PAUSES = "start_and_pauses"
    """The start and the pauses: as if it had applied all the time, but judged from then on."""

    START_ONLY = "start_only"
    """The start; all of the time since counts, pauses or not."""

    FROM_THEN_ON = "from_then_on"
    """Nothing."""


class StartOnHold(StrEnum):
    """
    What becomes of a clock whose record waits from its first instant.
    """

    PAUSED = "paused"
    """It starts, and is paused: Zammad."""

    NOT_STARTED = "not_started"
    """It starts when the wait is over."""


class Simultaneous(StrEnum):
    """
    What wins where a record calls for several things at one instant.
    """

    STOP_FIRST = "stop_first"
    """Stop over pause over start: Jira."""

    PAUSE_FIRST = "pause_first"
    """Pause over stop over start: an answer given on hold does not count."""


class PassedThresholds(StrEnum):
    """
    What becomes of thresholds that are passed as a target comes into force.
    """

    TELL = "tell"
    """Each is told at once, in order."""

    TELL_LAST = "tell_last"
    """Only the last of them is told: ServiceNow."""

    SKIP = "skip"
    """None is told."""


@attrs.frozen(kw_only=True)
class ClockPolicy:
    """
    The choices that a clock goes by.

    Attributes:
        retarget: What a changed target does with elapsed time.

        reopen: What a reopened record does to a stopped clock.

        judgement: Which target a breach is judged by.

        outside_hours: Since when a clock counts that was started outside hours.

        zero_target: What a target of zero means.

        late_target: What of the past counts where a target applies only later.

        start_on_hold: What becomes of a clock whose record waits from its first instant.

        simultaneous: What wins at one instant.

        passed_thresholds: What becomes of thresholds passed as a target comes into force.

    Raises:
        TypeError: A choice is none of its kind.
    """

    retarget: Retarget = Retarget.KEEP_ELAPSED
    reopen: Reopen = Reopen.RESUME_EXCLUDING_GAP
    judgement: Judgement = Judgement.STICKY
    outside_hours: OutsideHours = OutsideHours.NEXT_OPENING
    zero_target: ZeroTarget = ZeroTarget.DUE_AT_ONCE
    late_target: LateTarget = LateTarget.START_AND_PAUSES
    start_on_hold: StartOnHold = StartOnHold.PAUSED
    simultaneous: Simultaneous = Simultaneous.STOP_FIRST
    passed_thresholds: PassedThresholds = PassedThresholds.TELL

    def __attrs_post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            check_type(getattr(self, name), kind, name)


_CHOICES: dict[str, type[StrEnum]] = {
    "retarget": Retarget,
    "reopen": Reopen,
    "judgement": Judgement,
    "outside_hours": OutsideHours,
    "zero_target": ZeroTarget,
    "late_target": LateTarget,
    "start_on_hold": StartOnHold,
    "simultaneous": Simultaneous,
    "passed_thresholds": PassedThresholds,
}
