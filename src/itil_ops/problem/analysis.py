"""
Verbs of problem control: what a problem is, what it comes from, what reduces its impact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import (
    check_optional,
    check_optional_text,
    check_type,
    checked,
    given,
    optional_several,
    several,
)
from itil_ops.kernel.identity import ConfigurationItemId, ProblemId
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.problem.facts import ProblemFacts
from itil_ops.problem.fields import PROBLEM_ARGUMENTS, PROBLEM_FIELDS, lacking
from itil_ops.problem.known_error.vocabulary import Workaround
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import AnalysisTechnique, RootCause, RootCauseCategory


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from itil_ops.kernel.priority import Impact, Urgency
    from itil_ops.kernel.vocabulary import CategoryPath
    from itil_ops.problem.policies import ProblemPolicies


class Analyzed(ProblemFacts):
    """
    The verbs with which a problem is analyzed.
    """

    __slots__ = ()

    def assess(
        self,
        *,
        category: CategoryPath | None = None,
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        severity: ProblemSeverity | None = None,
        possible_duplicates: Iterable[ProblemId] | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Classify it, and look whether it is known already.

        Args:
            category: Where it stands in the classification; as it was unless given.

            impact: The effect on the business; as it was unless given.

            urgency: How soon it has to be solved; as it was unless given.

            severity: How serious it is for those who have to remove it; as it was unless given.

            possible_duplicates: The problems that may be the same, empty if none is; `None` if
                nobody looked.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote, for instance why a possible duplicate is none.

            policies: The policies for this call; those of the class unless given.
        """
        changes, decided = self._reprioritized(
            policies,
            category=self.category if category is None else category,
            impact=self.impact if impact is None else impact,
            urgency=self.urgency if urgency is None else urgency,
        )
        rating, rated = self._rated(severity, policies)
        return self._step(
            "assess",
            {**changes, **rating, **_looked_for(possible_duplicates)},
            by=by,
            at=at,
            note=note,
            decided={**decided, **rated},
            policies=policies,
        )

    def revise(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        service: str | None = None,
        symptoms: str | None = None,
        evidence: str | None = None,
        detected_at: datetime | None = None,
        configuration_items: Iterable[ConfigurationItemId] | None = None,
        affected_services: Iterable[str] | None = None,
        affected_users: Iterable[str] | None = None,
        business_areas: Iterable[str] | None = None,
        target_resolution_at: datetime | None = None,
        cost: Decimal | None = None,
        owner: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Say anew what it is about; each field stays as it was unless given.

        What is given as several takes the place of all there was.
        """
        stated = given(
            title=title,
            description=description,
            service=service,
            symptoms=symptoms,
            evidence=evidence,
            detected_at=detected_at,
            configuration_items=configuration_items,
            affected_services=affected_services,
            affected_users=affected_users,
            business_areas=business_areas,
            target_resolution_at=target_resolution_at,
            cost=cost,
            owner=owner,
        )
        changes = checked(PROBLEM_FIELDS, **stated)
        return self._step("revise", changes, by=by, at=at, note=note, policies=policies)

    def rate_severity(
        self,
        severity: ProblemSeverity,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        State how serious it is for those who have to remove it; the priority stays as it is.
        """
        rating, decided = self._rated(severity, policies)
        changes = {"severity": None, "severity_level": None, **rating}
        return self._step(
            "rate_severity", changes, by=by, at=at, note=note, decided=decided, policies=policies
        )

    def investigate(
        self,
        *,
        group: str | None = None,
        assignee: str | None = None,
        techniques: Iterable[AnalysisTechnique] = (),
        possible_duplicates: Iterable[ProblemId] | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Begin to look for the cause; what is not assessed yet is assessed so, as a step of its own.

        It is the first qualified action, unless there was one before. With neither a group nor an
        analyst, the actor becomes the analyst.

        Args:
            group: The group that looks for it; the one it is with unless given.

            assignee: The analyst.

            techniques: The ways in which the cause is looked for, besides those known already.

            possible_duplicates: The problems that may be the same; as it was unless given.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        looked = _looked_for(possible_duplicates)
        changes = {
            **self._handed_to(group, assignee, by),
            **self._responded(effective(at, effective_at)),
            "techniques": self._techniques(several(techniques, AnalysisTechnique, "techniques")),
        }
        is_unassessed = self.lifecycle.steps(self.state.name, "investigate") == _ASSESSED_SO
        if not is_unassessed:
            changes |= looked
        steps = [Step("investigate", changes, note=note, effective_at=effective_at)]
        if is_unassessed:
            steps.insert(0, Step("assess", looked, note=note, effective_at=effective_at))
        return self._take(*steps, by=by, at=at, policies=policies, verb="investigate")

    def diagnose(
        self,
        finding: str,
        *,
        technique: AnalysisTechnique | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record what was found, and by which technique.
        """
        used = check_optional(technique, AnalysisTechnique, "technique")
        return self._step(
            "diagnose",
            {"techniques": self._techniques(() if used is None else (used,))},
            by=by,
            at=at,
            note=check_optional_text(finding, "finding"),
            effective_at=effective_at,
            policies=policies,
        )

    def record_root_cause(
        self,
        text: str,
        *,
        category: RootCauseCategory,
        configuration_item: ConfigurationItemId | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record what it comes from; done again, that corrects what was said.

        Args:
            text: The cause, in words.

            category: What sort of cause it is.

            configuration_item: What is at fault, if it is one thing.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was found; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        found_at = effective(at, effective_at)
        cause = _root_cause(text, category, configuration_item, found_at, by)
        return self._step(
            "record_root_cause",
            {"root_cause": cause, "root_cause_unknown_reason": None},
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            told=lacking(text=text, category=category),
            policies=policies,
        )

    def record_workaround(
        self,
        text: str,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: ProblemPolicies | None = None,
    ) -> Self:
        """
        Record what reduces the impact without a fix; done again, that is another version of it.

        Args:
            text: What to do.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was found; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        words = check_optional_text(text, "text")
        found = None
        if words is not None:
            found = Workaround(
                version=1 + self._count("record_workaround"),
                text=words,
                at=effective(at, effective_at),
                by=check_type(by, Actor, "by").name,
            )
        return self._step(
            "record_workaround",
            {"workaround": found, "no_workaround_reason": None},
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            policies=policies,
        )

    def rule_out_workaround(
        self, reason: str, *, by: Actor, at: datetime, policies: ProblemPolicies | None = None
    ) -> Self:
        """
        Say that there is no workaround, and why; one that was recorded holds no longer.
        """
        changes = checked(PROBLEM_FIELDS, PROBLEM_ARGUMENTS, no_workaround_reason=reason)
        changes["workaround"] = None
        return self._step(
            "rule_out_workaround", changes, by=by, at=at, note=reason, policies=policies
        )

    # ---- What verbs have in common ----------------------------------------------------------

    def _rated(
        self, severity: ProblemSeverity | None, policies: ProblemPolicies | None
    ) -> tuple[dict[str, object], dict[str, str]]:
        ruling = in_force(policies, self.policies).severity
        rated = check_optional(severity, ProblemSeverity, "severity")
        if rated is None:
            return {}, {}
        level = ruling.level(rated)
        return {"severity": rated, "severity_level": level}, {"severity_level": ruling.name}

    def _handed_to(self, group: str | None, assignee: str | None, by: Actor) -> dict[str, object]:
        if group is None and assignee is None:
            return {} if self.group or self.assignee else self._taken_by(by)
        kept = self.group if group is None else group
        return checked(PROBLEM_FIELDS, group=kept, assignee=assignee)

    def _techniques(self, used: Iterable[AnalysisTechnique]) -> tuple[AnalysisTechnique, ...]:
        return tuple(dict.fromkeys((*self.techniques, *used)))


_ASSESSED_SO = ("assess", "investigate")


def _root_cause(
    text: str | None,
    category: RootCauseCategory | None,
    configuration_item: ConfigurationItemId | None,
    at: datetime,
    by: Actor,
) -> RootCause | None:
    """
    Return the root cause, or none where something is missing that it cannot do without.
    """
    words = check_optional_text(text, "text")
    sort = check_optional(category, RootCauseCategory, "category")
    fault = check_optional(configuration_item, ConfigurationItemId, "configuration_item")
    author = check_type(by, Actor, "by").name
    if words is None or sort is None:
        return None
    return RootCause(text=words, category=sort, at=utc(at), by=author, configuration_item=fault)


def _looked_for(duplicates: Iterable[ProblemId] | None) -> dict[str, object]:
    found = optional_several(duplicates, ProblemId, "possible_duplicates")
    return {} if found is None else {"possible_duplicates": found}
