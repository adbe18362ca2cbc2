"""
Incident models: predefined steps for incidents that recur or need special care (ITIL).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.checks import (
    check_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    several,
)
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import CategoryPath


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return check_names(values, "after")


def _steps(values: Iterable[ModelStep]) -> tuple[ModelStep, ...]:
    return several(values, ModelStep, "steps")


@attrs.frozen
class ModelStep:
    """
    One step of an incident model.

    Attributes:
        name: What is to be done; unique in its model.

        after: Names of the steps that have to be complete before.

        group: Who is responsible; `None` for whoever works on the incident.

        within: How long it may take from the log of the incident, for the plan; `None` for any
            time.

        mandatory: Whether the incident cannot be resolved without it.
    """

    name: str
    after: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_names)
    group: str | None = attrs.field(default=None, kw_only=True)
    within: timedelta | None = attrs.field(default=None, kw_only=True)
    mandatory: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a step's name")
        check_optional_text(self.group, "group")
        check_optional(self.within, timedelta, "within")
        check_type(self.mandatory, bool, "mandatory")


@attrs.frozen(kw_only=True)
class IncidentModel:
    """
    A way of handling that was agreed on beforehand; the record keeps the version it began with.

    >>> breach = IncidentModel(
    ...     name="data breach",
    ...     steps=[
    ...         ModelStep("preserve the evidence", mandatory=True),
    ...         ModelStep("tell the data protection officer", after=["preserve the evidence"]),
    ...     ],
    ... )
    >>> [step.name for step in breach.due(done=())]
    ['preserve the evidence']

    Attributes:
        name: What kind of incident it is for.

        version: Which edition of it.

        steps: The steps; a step comes after those it depends on.

        category: Category of the incidents, unless one is given.

        impact: Impact of the incidents, unless one is given.

        urgency: Urgency of the incidents, unless one is given.

        group: Group the incidents go to first, as a suggestion to whoever assigns.

        security: Whether such incidents are security incidents, of restricted visibility.

    Raises:
        ValueError: It has no steps, a step is named twice, or one depends on a step that does not
            stand before it.
    """

    name: str
    version: int = 1
    steps: tuple[ModelStep, ...] = attrs.field(converter=_steps)
    category: CategoryPath | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    group: str | None = None
    security: bool = False

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a model's name")
        check_type(self.version, int, "version")
        check_optional(self.category, CategoryPath, "category")
        check_optional(self.impact, Impact, "impact")
        check_optional(self.urgency, Urgency, "urgency")
        check_optional_text(self.group, "group")
        check_type(self.security, bool, "security")
        if not self.steps:
            raise ValueError(f"incident model {self.name!r} has no steps")
        before: set[str] = set()
        for step in self.steps:
            missing = [name for name in step.after if name not in before]
            if step.name in before or missing:
                raise ValueError(
                    f"incident model {self.name!r}: step {step.name!r} is named twice"
                    if step.name in before
                    else f"incident model {self.name!r}: no step {missing} before {step.name!r}"
                )
            before.add(step.name)

    def fill(self, stated: Mapping[str, object]) -> dict[str, object]:
        """
        Return what the model presets of those fields in which nothing is *stated*.
        """
        presets = {name: getattr(self, name) for name in ("category", "impact", "urgency")}
        missing = {name: value for name, value in presets.items() if stated[name] is None}
        return {**missing, "security": self.security or stated["security"]}

    def due(self, done: tuple[str, ...]) -> tuple[ModelStep, ...]:
        """
        Return the steps that may be taken now, given the names of those *done*.
        """
        return tuple(
            step for step in self.steps if step.name not in done and set(step.after) <= set(done)
        )

    def missing(self, done: tuple[str, ...]) -> tuple[ModelStep, ...]:
        """
        Return the mandatory steps that are not *done*.
        """
        return tuple(step for step in self.steps if step.mandatory and step.name not in done)
