"""
What can be asked for: money, forms, rules of approval, request models, whole catalogs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from itil_ops.catalog.approval import (
    AllOf,
    AnyOf,
    ApprovalRule,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    Percentage,
    Seat,
)
from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.catalog.field_kind import FieldKind
from itil_ops.catalog.form import AskedWhen, Form, FormField
from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.money import Money
from itil_ops.catalog.schedule import Work
from itil_ops.catalog.service import Service, ServiceGroup
from itil_ops.catalog.task import TaskTemplate
from itil_ops.catalog.voting import Vetoed, Vote
from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.sla.agreements.agreement import Agreement
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, of, tell
from itil_ops.testing.strategies.hours import durations
from itil_ops.testing.strategies.promises import targets


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


CURRENCIES = ("EUR", "USD", "JPY")


def money(currency: str | None = None) -> st.SearchStrategy[Money]:
    """
    Return amounts in *currency*, or in any; none is negative.
    """
    code = st.sampled_from(CURRENCIES) if currency is None else st.just(currency)
    return st.builds(Money, st.decimals(0, 10**6, places=2), code)


def _several(inner: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(inner, min_size=least, max_size=3)


def _names(least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(plain.texts(), min_size=least, max_size=3, unique=True)


# ---- Forms ----------------------------------------------------------------------------------


def _options(**told: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """
    Return none of what is told of a field, or one.
    """
    return st.one_of(
        st.just({}), *(st.fixed_dictionaries({name: one}) for name, one in told.items())
    )


def _chosen(kind: FieldKind) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(partial(_choice, kind), _names(1), st.booleans())


def _choice(kind: FieldKind, choices: list[str], is_told: bool) -> dict[str, Any]:
    first = choices[0] if kind is FieldKind.CHOICE else choices[:1]
    return {"choices": choices, **({"default": first} if is_told else {})}


_SIZES = st.integers(0, 9)

_FIELDS: Mapping[FieldKind, st.SearchStrategy[dict[str, Any]]] = {
    FieldKind.TEXT: _options(
        default=plain.texts(), least=_SIZES, most=_SIZES, pattern=st.just("[a-z]+")
    ),
    FieldKind.WHOLE_NUMBER: _options(default=st.integers(), least=st.integers()),
    FieldKind.NUMBER: _options(default=plain.decimals() | st.integers(), most=plain.decimals()),
    FieldKind.FLAG: _options(default=st.booleans()),
    FieldKind.DATE: _options(default=plain.dates(), least=plain.dates()),
    FieldKind.INSTANT: _options(default=plain.instants(), most=plain.instants()),
    FieldKind.CHOICE: _chosen(FieldKind.CHOICE),
    FieldKind.CHOICES: _chosen(FieldKind.CHOICES),
    FieldKind.PERSON: _options(default=plain.texts()),
    FieldKind.CONFIGURATION_ITEM: _options(default=of(ConfigurationItemId)),
}


@st.composite
def form_fields(draw: st.DrawFn) -> FormField:
    """
    Return questions of all kinds, to be answered if there is an answer by itself.
    """
    kind = draw(st.sampled_from(FieldKind))
    told = draw(_FIELDS[kind])
    label = draw(st.none() | plain.texts())
    required = "default" in told and draw(st.booleans())
    return FormField(draw(plain.texts()), kind, label=label, required=required, **told)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """
    Return forms without defects, in which the last question may hang on a flag before it.
    """
    fields = draw(st.lists(form_fields(), max_size=3, unique_by=lambda field: field.name))
    flag = next((field.name for field in fields if field.kind is FieldKind.FLAG), None)
    if flag is not None:
        when = AskedWhen(flag, [draw(st.booleans())])
        fields.append(FormField(f"{flag} {len(fields)}", when=when))
    return Form(fields)


# ---- Approval -------------------------------------------------------------------------------


def approvers(currency: str | None = None) -> st.SearchStrategy[Approver]:
    """
    Return approvers by name and by role, with a threshold in *currency*, or in any.
    """
    who = plain.texts() | plain.words(ApproverRole)
    return built(
        Approver,
        who=who,
        above=st.none() | money(currency),
        expires_after=st.none() | durations(),
        fallback=st.none() | who,
    )


def _seats() -> st.SearchStrategy[Seat]:
    return built(Seat, number=st.integers(1, 99))


def approval_rules(
    leaves: st.SearchStrategy[Approver] | st.SearchStrategy[Seat] | None = None,
) -> st.SearchStrategy[ApprovalRule]:
    """
    Return rules over rules, of which some can never be approved.

    Args:
        leaves: What they are over at last; approvers and seats unless given.
    """
    given = approvers() | _seats() if leaves is None else leaves
    return st.recursive(given, partial(_over, given), max_leaves=4)


def _over(leaves: st.SearchStrategy[Any], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several, voters, count = _several(inner, 1), _several(leaves, 1), st.integers(1, 3)
    percent = st.integers(1, 100)
    return st.one_of(
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(AtLeast, several, count=count),
        st.builds(Percentage, several, percent=percent),
        st.builds(InOrder, several),
        st.builds(Vote, voters, quorum=count, percent=st.none() | percent),
        st.builds(Vetoed, inner, by=voters),
    )


def _rules_of(cls: type[ApprovalRule]) -> st.SearchStrategy[ApprovalRule]:
    leaves = approvers() | _seats()
    return _over(leaves, approval_rules()).filter(lambda rule: isinstance(rule, cls))


# ---- Models and catalogs --------------------------------------------------------------------


@st.composite
def task_templates(draw: st.DrawFn, least: int = 0) -> list[TaskTemplate]:
    """
    Return tasks of one model, *least* or more, each of which may depend on those before it.
    """
    names = draw(_names(least))
    return [draw(_template(name, names[:place])) for place, name in enumerate(names)]


@st.composite
def _template(draw: st.DrawFn, name: str, before: list[str]) -> TaskTemplate:
    automated = draw(st.booleans())
    attempts = draw(st.integers(1, 3)) if automated else 1
    return TaskTemplate(
        name,
        group=draw(st.none() | plain.texts()),
        depends_on=[one for one in before if draw(st.booleans())],
        mandatory=draw(st.booleans()),
        automated=automated,
        duration=draw(st.none() | durations()),
        attempts=attempts,
        retry_after=draw(st.none() | durations()) if attempts > 1 else None,
        description=draw(st.none() | plain.texts()),
    )


@st.composite
def request_models(
    draw: st.DrawFn,
    /,
    *,
    currency: str | None = None,
    leaves: st.SearchStrategy[Approver] | None = None,
    **told: st.SearchStrategy[Any],
) -> RequestModel:
    """
    Return request models without defects.

    Args:
        draw: What hypothesis hands in.

        currency: The currency of all that is in them; any unless given.

        leaves: Who has to agree, alone or with others; any unless given.

        told: What else is not to be just anything, by field.
    """
    code = draw(st.sampled_from(CURRENCIES)) if currency is None else currency
    rules = approval_rules(approvers(code) if leaves is None else leaves)
    fields = {
        "version": st.integers(1, 9),
        "approval": st.none() | rules.filter(lambda rule: not any(rule.defects())),
        "group": plain.texts(),
        "tasks": task_templates(),
        "targets": st.lists(targets(), max_size=1),
        "price": st.none() | money(code),
        "closure_conditions": _names(),
    }
    return draw(built(RequestModel, **fields | told))


def services() -> st.SearchStrategy[Service]:
    """
    Return services, with and without hours.
    """
    return built(Service, environments=_names())


def service_catalogs() -> st.SearchStrategy[ServiceCatalog]:
    """
    Return catalogs, with all the defects that chance has put into them.
    """
    return built(
        ServiceCatalog,
        services=st.lists(services(), max_size=1),
        models=st.lists(request_models(), max_size=1),
        agreements=st.lists(of(Agreement), max_size=1),
    )


@st.composite
def _work(draw: st.DrawFn) -> Work:
    begun, ended = draw(plain.ascending(2))
    return draw(
        built(
            Work,
            depends_on=_names(),
            duration=durations(),
            begun_at=st.sampled_from([None, begun]),
            ended_at=st.sampled_from([None, ended]),
        )
    )


_STRATEGIES: Mapping[Any, Callable[[], st.SearchStrategy[Any]]] = {
    ApprovalRule: approval_rules,
    Approver: approvers,
    AskedWhen: lambda: built(AskedWhen, values=_several(plain.hashables(), 1)),
    Form: forms,
    FormField: form_fields,
    Money: money,
    RequestModel: request_models,
    Seat: _seats,
    Service: services,
    ServiceCatalog: service_catalogs,
    ServiceGroup: lambda: built(ServiceGroup, services=_names()),
    TaskTemplate: lambda: plain.texts().flatmap(lambda name: _template(name, [])),
    Work: _work,
    **{
        cls: partial(_rules_of, cls)
        for cls in (AllOf, AnyOf, AtLeast, InOrder, Percentage, Vetoed, Vote)
    },
}

for _cls, _strategy in _STRATEGIES.items():
    tell(_cls, _strategy)
