"""
Values and records as text and back: what they come to, and what is refused.
"""

from __future__ import annotations

import enum
import inspect
import json
import subprocess
import sys
import threading

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import attrs
import pendulum
import pytest

from hypothesis import given
from hypothesis import strategies as st

import itil_ops
import itil_ops.catalog
import itil_ops.repositories
import itil_ops.sla
import itil_ops.timers

from adapters.request_lives import LIVES
from incident_doubles import CHECKLIST, DESK, INC, LI, MAIL, WAYS, logged, minute, standing
from itil_ops import (
    INCIDENT_LIFECYCLE,
    Actor,
    BusinessCalendar,
    CategoryPath,
    ChangeId,
    Changes,
    ConfigurationItemId,
    Contact,
    EventId,
    Fact,
    Impact,
    Incident,
    IncidentId,
    Likeness,
    Link,
    LinkKind,
    Measure,
    ModelStep,
    PendingReason,
    Phase,
    Priority,
    ProblemId,
    Record,
    RecordId,
    SerializationError,
    ServiceRequest,
    SimilarInWindow,
    SimilarityKey,
    Slice,
    State,
    SymptomQuery,
    Target,
    TargetKind,
    Where,
    reading,
)
from itil_ops.adapters.serialization import Codec, JsonText, Upcaster
from itil_ops.adapters.serialization.public import RECORDS, VALUES
from itil_ops.adapters.serialization.public_sla import NAMED
from itil_ops.catalog import Form
from itil_ops.sla.promises.measure import always, is_over
from itil_ops.testing import strategies
from serialization_doubles import (
    Address,
    Color,
    Site,
    Supplier,
    VendorIncident,
    Visit,
    VisitId,
    from_one_line,
    tried,
    with_a_country,
)


CODEC = Codec()
OWN = Codec(records=[VendorIncident], values=[Supplier, Color, Address, Site])


def comes_back(codec, value):
    """
    Write a value, read it back, and see that it is the same and is written the same.
    """
    text = codec.dumps(value)
    found = codec.loads(text, type(value))
    assert found == value
    assert type(found) is type(value)
    assert codec.dumps(found) == text
    return found


def refusal(call, *args):
    with pytest.raises(SerializationError) as found:
        call(*args)
    return found.value


# ---- What there is ------------------------------------------------------------------------------

IS_CODE = "a policy: code, not data"
IS_RULE = "a part of a lifecycle or its engine, which is code"
IS_BASE = "an abstract base: its subclasses are data"
IS_PORT = "a port or a store"
IS_PASSING = "made and gone within one call"

#: Public classes that are not written, each for its reason.
NOT_DATA = {
    "Agreement": IS_BASE,
    "ApprovalPolicy": IS_CODE,
    "ApprovalRule": IS_BASE,
    "AuthorizationPolicy": IS_CODE,
    "AutoResolutionPolicy": IS_CODE,
    "ChargingPolicy": IS_CODE,
    "ClosurePolicy": IS_CODE,
    "Context": IS_PASSING,
    "Directory": IS_CODE,
    "DueWork": IS_PORT,
    "EntitlementPolicy": IS_CODE,
    "GroupDirectory": IS_CODE,
    "Guard": IS_RULE,
    "HandlingPolicies": IS_CODE,
    "IncidentPolicies": IS_CODE,
    "JournalFeed": IS_PORT,
    "KnownErrorIndex": "a search in memory, made anew from known errors",
    "KnownErrorPolicies": IS_CODE,
    "KnownErrorPolicy": IS_CODE,
    "KnownErrorSearch": IS_PORT,
    "Lifecycle": IS_RULE,
    "MajorIncidentPolicy": IS_CODE,
    "MemoryStore": IS_PORT,
    "ObservationPolicy": IS_CODE,
    "OpenClocks": "columns of numpy, made anew from clocks",
    "OwnershipPolicy": IS_CODE,
    "Part": IS_BASE,
    "Planning": IS_PORT,
    "Policies": IS_CODE,
    "PriorityPolicy": IS_CODE,
    "ProblemPolicies": IS_CODE,
    "ProblemSeverityPolicy": IS_CODE,
    "Record": IS_BASE,
    "RecordKind": IS_PORT,
    "RecordsUnit": IS_PORT,
    "RecurrenceDetector": "the state of a stream, fed anew with incidents",
    "RecurrencePolicy": IS_CODE,
    "ReopenPolicy": IS_CODE,
    "Repository": IS_PORT,
    "RequestFacts": IS_BASE,
    "RequestPolicies": IS_CODE,
    "Searchable": IS_PORT,
    "Seating": IS_CODE,
    "SimilarityKeyLike": IS_CODE,
    "StandardChangePolicy": IS_CODE,
    "Step": IS_PASSING,
    "Store": IS_PORT,
    "Transition": IS_RULE,
    "Unit": IS_PORT,
    "UnitOfWork": IS_PORT,
    "UserFacing": IS_BASE,
    "UserFacingPolicies": IS_CODE,
    "ValidationPolicy": IS_CODE,
    "WorkingTime": IS_BASE,
}


def public_classes():
    for module in (itil_ops, itil_ops.sla, itil_ops.catalog, itil_ops.repositories):
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found) and not issubclass(found, Exception):
                yield name, found
    yield "Timer", itil_ops.timers.Timer
    yield "TimerKind", itil_ops.timers.TimerKind


def is_ours(found):
    return getattr(found, "__module__", "").startswith("itil_ops")


PUBLIC = {name: found for name, found in public_classes() if is_ours(found)}
DATA = {name: found for name, found in PUBLIC.items() if name not in NOT_DATA}
DERIVED = {cls.__name__: cls for cls in (*VALUES, *NAMED.values()) if cls not in DATA.values()}


class TestAllThatIsPublic:
    def test_every_public_class_is_data_or_says_why_not(self):
        known = {*CODEC._kinds.by_class}

        assert {name for name, found in DATA.items() if found not in known} == set()

    def test_what_is_said_to_be_no_data_is_public_and_not_known(self):
        known = {*CODEC._kinds.by_class}

        assert NOT_DATA.keys() - PUBLIC.keys() == set()
        assert {name for name in NOT_DATA if PUBLIC.get(name) in known} == set()

    @pytest.mark.parametrize("name", sorted({**DATA, **DERIVED}))
    def test_it_comes_back(self, name):
        cls = {**DATA, **DERIVED}[name]

        @tried(3)
        @given(strategies.of(cls))
        def every_value_comes_back(value):
            found = comes_back(CODEC, value)
            assert CODEC.load(CODEC.dump(value)) == found

        every_value_comes_back()

    @tried(20)
    @given(strategies.values())
    def test_all_values_together_come_back(self, value):
        comes_back(CODEC, value)

    def test_the_classes_of_records_are_public(self):
        assert {*RECORDS} <= {*PUBLIC.values()}


# ---- Records and journals -----------------------------------------------------------------------


class TestRecords:
    @pytest.mark.parametrize("place", WAYS)
    def test_an_incident_in_each_state_comes_back(self, place):
        incident = standing(place, "communicate", "categorize", "escalate", model=CHECKLIST)

        found = comes_back(CODEC, incident)

        assert found.state is INCIDENT_LIFECYCLE.state(incident.state.name)
        assert found.stored_version == 0
        assert type(found.journal[0].at) is pendulum.DateTime
        assert Incident.replay(found.journal) == found

    @tried(20)
    @given(strategies.incidents())
    def test_a_snapshot_and_its_entries_come_to_the_incident(self, incident):
        journal = tuple(CODEC.loads_entry(CODEC.dumps_entry(one)) for one in incident.journal)

        found = CODEC.loads_snapshot(CODEC.dumps_snapshot(incident), journal)

        assert found == incident
        assert found.journal is journal

    @pytest.mark.parametrize("place", LIVES)
    def test_a_request_in_each_state_comes_back(self, place):
        request = LIVES[place]

        found = comes_back(CODEC, request)

        assert [type(part.state) for part in found.parts] == [State] * len(request.parts)
        assert [*map(type, found.parts)] == [*map(type, request.parts)]
        assert [type(item.model.form) for item in found.items] == [Form] * len(request.items)
        assert ServiceRequest.replay(found.journal) == found
        journal = tuple(CODEC.loads_entry(CODEC.dumps_entry(one)) for one in request.journal)
        assert CODEC.loads_snapshot(CODEC.dumps_snapshot(request), journal) == request

    @tried(20)
    @given(strategies.service_requests())
    def test_a_request_and_its_parts_come_back(self, request):
        found = comes_back(CODEC, request)

        assert ServiceRequest.replay(found.journal) == found

    def test_what_is_asked_for_keeps_the_types_of_its_answers(self):
        (item,) = comes_back(CODEC, LIVES["closed"]).items

        assert {name: type(value) for name, value in item.form.items()} == {
            "memory": int,
            "color": str,
            "extras": tuple,
            "weight": Decimal,
            "from": date,
            "until": pendulum.DateTime,
            "traveling": bool,
            "colleague": str,
            "replaces": ConfigurationItemId,
        }

    def test_an_answer_of_another_type_is_refused(self):
        text = CODEC.dumps(LIVES["draft"])
        quantity = refusal(CODEC.loads, text.replace('"quantity":2', '"quantity":"2"', 1))
        price = refusal(CODEC.loads, text.replace('"amount":"1299.90"', '"amount":1299.9', 1))

        assert "a whole number belongs here" in quantity.why
        assert quantity.path.endswith("items.0.quantity")
        assert price.path.endswith("price.amount")

    def test_a_snapshot_has_no_journal(self):
        incident = standing("resolved")
        snapshot, whole = json.loads(CODEC.dumps_snapshot(incident)), CODEC.dump(incident)

        assert whole["data"].keys() - snapshot["data"].keys() == {"journal"}
        assert "missing: 'journal'" in str(refusal(CODEC.loads, json.dumps(snapshot)))
        assert refusal(CODEC.loads_snapshot, json.dumps(whole), ()).path == "data.journal"
        with pytest.raises(TypeError, match="journal must be a tuple"):
            CODEC.loads_snapshot(json.dumps(snapshot), [])

    def test_a_verb_goes_on_from_what_was_read(self):
        found = CODEC.loads(CODEC.dumps(standing("resolved")))

        assert found.close(by=DESK, at=minute(30)).state.name == "closed"

    def test_the_version_in_the_store_is_not_written(self):
        assert "stored_version" not in CODEC.dumps(itil_ops.stored(logged(), 1))

    def test_every_field_is_written_whatever_its_default(self):
        told = CODEC.dump(logged())["data"]

        names = {field.name for field in attrs.fields(Incident)}
        assert told.keys() == names - {"stored_version"}
        assert told["vip"] is False

    def test_the_work_waits_for_a_record_or_for_somebody(self):
        for awaited in (ProblemId("P"), RecordId("R"), "the carrier", None):
            incident = standing("pending")
            comes_back(CODEC, attrs.evolve(incident, awaited=awaited))

    def test_an_entry_of_an_unknown_record_says_how_to_register_it(self):
        entry = attrs.evolve(logged().journal[0], record=ChangeId("C"))

        error = refusal(CODEC.dumps_entry, entry)

        assert error.path == "record"
        assert "Codec(records=[...])" in error.why

    def test_a_field_that_the_class_has_not_is_refused_both_ways(self):
        entry = attrs.evolve(logged().journal[0], changes=Changes({"colour": 1}))

        assert refusal(CODEC.dumps_entry, entry).path == "changes.colour"
        text = CODEC.dumps_entry(logged().journal[0]).replace('"vip"', '"wip"')
        error = refusal(CODEC.loads_entry, text)
        assert error.path == "data.changes.wip"
        assert "did you mean 'vip'?" in error.why

    def test_only_an_entry_is_an_entry_and_only_a_record_a_record(self):
        assert "an entry belongs here" in refusal(CODEC.dumps_entry, MAIL).why
        assert refusal(CODEC.loads_entry, CODEC.dumps(MAIL)).path == "kind"
        assert "not registered" in refusal(CODEC.dumps_snapshot, MAIL).why
        assert "unknown kind" in refusal(CODEC.loads_snapshot, CODEC.dumps(MAIL), ()).why


# ---- A caller's own -----------------------------------------------------------------------------


def vendors():
    added = st.fixed_dictionaries(
        {
            "supplier": st.none() | strategies.words(Supplier),
            "color": st.sampled_from(Color),
            "notices": st.lists(strategies.amounts(), max_size=2).map(tuple),
        }
    )
    return strategies.incidents(kind=VendorIncident, added=added)


def visited():
    incident = VendorIncident.log(INC, title="No line", service="line", by=DESK, at=minute(0))
    incident = incident.plan_visit(VisitId("V"), "Kim", by=LI, at=minute(1))
    return incident.make_visit(VisitId("V"), utc(2026, 3, 3), by=LI, at=minute(2))


def utc(*parts):
    return pendulum.datetime(*parts)


@reading("color")
def is_red(fact):
    return fact.fields.get("color") is Color.RED


class Unknown(enum.Enum):
    THING = "thing"


@attrs.frozen
class Lost:
    what: Unknown


@attrs.frozen
class Enveloping:
    kind: str
    schema: int
    data: str


@attrs.frozen
class Appointment:
    day: date
    at: time | None = None
    notes: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen
class Numbered:
    names: Mapping[int, str]


class TestOwnClasses:
    def test_dates_and_times_are_what_they_say(self):
        codec = Codec(values=[Appointment])

        comes_back(codec, Appointment(date(2026, 3, 2), time(9), {"b": 1, "a": 2}))
        for wrong, path in (
            (Appointment(minute(0)), "day"),
            (Appointment("2026-03-02"), "day"),
            (Appointment(date(2026, 3, 2), time(9, tzinfo=UTC)), "at"),
            (Appointment(date(2026, 3, 2), None, {"a": "1"}), "notes.a"),
        ):
            assert refusal(codec.dumps, wrong).path == path

    def test_a_strategy_of_what_nobody_knows_is_refused(self):
        for unknown in (complex, "text"):
            with pytest.raises(TypeError, match="nothing is known of"):
                strategies.of(unknown)

    @tried(5)
    @given(st.data())
    def test_a_strategy_can_be_told_of_a_class(self, data):
        strategies.tell(Color, lambda: st.just(Color.BLUE))

        assert data.draw(strategies.of(Color)) is Color.BLUE
        site = data.draw(strategies.built(Site, known_as=st.just(INC)))
        assert comes_back(OWN, site).known_as is not None

    @tried(15)
    @given(vendors())
    def test_a_subclass_of_a_record_comes_back(self, incident):
        comes_back(OWN, incident)
        for entry in incident.journal:
            comes_back(OWN, entry)

    def test_a_record_with_parts_comes_back(self):
        found = comes_back(OWN, visited())

        assert type(found.parts[0]) is Visit
        assert found.parts[0].state is Visit.lifecycle.state("made")
        journal = tuple(OWN.loads_entry(OWN.dumps_entry(one)) for one in found.journal)
        assert OWN.loads_snapshot(OWN.dumps_snapshot(found), journal) == visited()

    def test_what_a_caller_adds_changes_nothing_that_was_written_before(self):
        incident = standing("closed", "escalate")

        assert OWN.dumps(incident) == CODEC.dumps(incident)
        assert OWN.loads(CODEC.dumps(incident)) == incident

    def test_the_place_of_what_is_wrong_in_a_part_is_named(self):
        told = OWN.dump(visited())
        told["data"]["parts"][0]["data"]["by_whom"] = 7
        assert refusal(OWN.load, told).path == "data.parts.0.data.by_whom"

        told = OWN.dump(visited())
        told["data"]["journal"][1]["changes"]["by_whom"] = 7
        assert refusal(OWN.load, told).path == "data.journal.1.changes.by_whom"

        told["data"]["journal"][1]["part"]["kind"] = "part_id"
        error = refusal(OWN.load, told)
        assert error.path == "data.journal.1.part"
        assert "PartId" in error.why

    def test_what_is_not_registered_is_named(self):
        for value in (Lost(Unknown.THING), visited(), Unknown.THING, "text", 7, object()):
            error = refusal(CODEC.dumps, value)
            assert f"values=[{type(value).__name__}] if not" in error.why
        error = refusal(CODEC.dumps, Slice((Unknown.THING,), None))
        assert error.path == "items.0"

    def test_a_function_is_written_by_name_if_it_is_registered(self):
        target = Target(
            TargetKind("call_back"),
            timedelta(hours=1),
            when=is_red,
            measure=Measure(always, is_over),
        )

        comes_back(Codec(functions=[is_red]), target)

        error = refusal(CODEC.dumps, target)
        assert (error.path, "Codec(functions=[is_red])" in error.why) == ("when.0", True)
        text = Codec(functions=[is_red]).dumps(target)
        error = refusal(CODEC.loads, text)
        assert "no function is registered as 'is_red'" in error.why

    @pytest.mark.parametrize(
        ("told", "error", "message"),
        [
            ({"values": [Lost]}, TypeError, "field 'what' of Lost: nothing is known of Unknown"),
            ({"values": [int]}, TypeError, "int is no attrs class, term, id or enumeration"),
            ({"values": [Numbered]}, TypeError, "'names' of Numbered: a mapping must have texts"),
            ({"values": [Enveloping]}, ValueError, "keeps for envelopes"),
            ({"values": [7]}, TypeError, "each of values must be a class, not 7"),
            ({"records": [Lost]}, TypeError, "each of records must be a class of records"),
            ({"records": [Record]}, TypeError, "Record has no lifecycle"),
            ({"functions": [len]}, TypeError, "each of functions must be a function"),
            ({"functions": [lambda _: 1, lambda _: 2]}, ValueError, "called '<lambda>'"),
            ({"text": json}, TypeError, "text must be a JsonText"),
            ({"upcasters": [from_one_line]}, TypeError, "each of upcasters must be an Upcaster"),
        ],
    )
    def test_what_cannot_be_written_is_refused_at_once(self, told, error, message):
        with pytest.raises(error, match=message):
            Codec(**told)

    def test_two_classes_of_one_name_are_refused(self):
        same = attrs.make_class("CategoryPath", {"path": attrs.field(type=str)}, frozen=True)

        with pytest.raises(ValueError, match=r"kind 'category_path' is taken by .*CategoryPath"):
            Codec(values=[same])

    def test_two_records_that_mean_different_things_by_a_field_are_refused(self):
        @attrs.frozen(kw_only=True)
        class Other(Incident):
            vendor_reference: int | None = None

        with pytest.raises(ValueError, match=r"field 'vendor_reference' of .*Other is of another"):
            Codec(records=[VendorIncident, Other], values=[Supplier, Color])

    def test_an_annotation_that_cannot_be_resolved_is_refused(self):
        @attrs.frozen
        class Hidden:
            where: Nowhere  # noqa: F821

        with pytest.raises(TypeError, match="cannot be resolved: name 'Nowhere'"):
            Codec(values=[Hidden])

    @pytest.mark.parametrize("annotation", [dict[int, str], list[str], "Literal[1]"])
    def test_a_field_that_no_form_is_known_for_is_refused(self, annotation):
        odd = attrs.make_class("Odd", {"of": attrs.field(type=annotation)}, frozen=True)

        with pytest.raises(TypeError):
            Codec(values=[odd])


# ---- Schemas and upcasters ----------------------------------------------------------------------

LIFTED = Codec(
    values=[Address, Site],
    upcasters=[Upcaster("address", 2, with_a_country), Upcaster("address", 1, from_one_line)],
)
HOME = Address("1 Rue de la Paix", "Lyon", "FR")


def renamed(data):
    data["changes"] = {
        {"kunde": "customer"}.get(name, name): one for name, one in data["changes"].items()
    }
    return data


def in_german(told):
    return json.loads(json.dumps(told).replace('"customer"', '"kunde"'))


def without_kunde(data):
    assert "journal" not in data
    return {**{name: one for name, one in data.items() if name != "kunde"}, "customer": None}


class TestSchemas:
    def test_what_is_written_is_of_the_newest_schema(self):
        assert LIFTED.dump(HOME)["schema"] == 3
        comes_back(LIFTED, HOME)

    @pytest.mark.parametrize(
        ("schema", "data"),
        [
            (1, {"line": "1 Rue de la Paix, Lyon"}),
            (2, {"street": "1 Rue de la Paix", "town": "Lyon"}),
        ],
    )
    def test_older_ones_are_lifted_step_by_step(self, schema, data):
        told = {"kind": "address", "schema": schema, "data": data}
        before = json.dumps(told)

        assert LIFTED.load(told) == HOME
        assert json.dumps(told) == before

    def test_a_newer_one_is_refused_by_name(self):
        error = refusal(LIFTED.load, {**LIFTED.dump(HOME), "schema": 4})

        assert error.path == "schema"
        assert "address is of schema 4, and known up to 3" in error.why

    @pytest.mark.parametrize("schema", [0, -1, True, "1", None, 1.0])
    def test_what_is_no_schema_is_refused(self, schema):
        assert refusal(LIFTED.load, {**LIFTED.dump(HOME), "schema": schema}).path == "schema"

    def test_inside_of_others_it_is_bare_at_schema_one_and_in_an_envelope_after_it(self):
        site = Site(address=HOME, priority=Priority.HIGH, known_as=EventId("E"))
        bare = {"line": "1 Rue de la Paix, Lyon"}

        told = LIFTED.dump(site)

        assert told["data"]["address"] == LIFTED.dump(HOME)
        comes_back(LIFTED, site)
        told["data"]["address"] = bare
        assert LIFTED.load(told) == site
        told["data"]["address"] = {"kind": "address", "schema": 1, "data": bare}
        assert LIFTED.load(told) == site

    def test_a_lift_that_fails_says_where(self):
        told = LIFTED.dump(Site(address=HOME, priority=Priority.HIGH))

        for wrong in ({"lines": "x"}, None, 7):
            told["data"]["address"] = wrong
            assert refusal(LIFTED.load, told).path == "data.address"

    def test_a_record_is_lifted_without_its_journal_and_entries_on_their_own(self):
        incident = standing("resolved")
        codec = Codec(
            upcasters=[Upcaster("incident", 1, without_kunde), Upcaster("entry", 1, renamed)]
        )
        old = in_german(CODEC.dump(incident))
        old["data"]["journal"] = [one | {} for one in old["data"]["journal"]]

        assert codec.load(old) == incident
        comes_back(codec, incident)
        journal = tuple(
            codec.loads_entry(json.dumps(in_german(CODEC.dump(one)))) for one in incident.journal
        )
        snapshot = json.dumps(in_german(json.loads(CODEC.dumps_snapshot(incident))))
        assert codec.loads_snapshot(snapshot, journal) == incident

    @pytest.mark.parametrize(
        ("upcasters", "message"),
        [
            ([Upcaster("adress", 1, dict)], "an upcaster of unknown kind 'adress'; did you mean"),
            ([Upcaster("address", 2, dict)], r"upcasters from schemas \[2\]"),
            ([Upcaster("address", 1, dict), Upcaster("address", 3, dict)], r"\[1, 3\]"),
            ([Upcaster("address", 1, dict), Upcaster("address", 1, list)], "two upcasters"),
        ],
    )
    def test_gaps_in_the_chain_are_refused(self, upcasters, message):
        with pytest.raises(ValueError, match=message):
            Codec(values=[Address], upcasters=upcasters)

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("", 1, dict), ValueError),
            (("address", 0, dict), ValueError),
            (("address", "1", dict), TypeError),
            (("address", 1, None), TypeError),
        ],
    )
    def test_an_upcaster_must_make_sense(self, arguments, error):
        with pytest.raises(error):
            Upcaster(*arguments)


# ---- Strictness ---------------------------------------------------------------------------------


def incident_with(**changed):
    told = CODEC.dump(logged())
    told["data"] |= changed
    return told


STEP = CODEC.dump(ModelStep("look", within=timedelta(hours=1)))
SERVICE = SimilarityKey("service", "category")
CREDIT = CODEC.dump(itil_ops.CreditTier(Decimal("99.50"), Decimal("0.10")))


class TestStrictness:
    @pytest.mark.parametrize(
        ("changed", "path"),
        [
            ({"title": 7}, "data.title"),
            ({"title": None}, "data.title"),
            ({"vip": 1}, "data.vip"),
            ({"vip": "true"}, "data.vip"),
            ({"links": {}}, "data.links"),
            ({"links": [{}]}, "data.links.0.kind"),
            ({"priority": {"rank": "1", "name": "critical"}}, "data.priority.rank"),
            ({"priority": {"rank": 1.0, "name": "critical"}}, "data.priority.rank"),
            ({"priority": {"rank": True, "name": "critical"}}, "data.priority.rank"),
            ({"priority": {"rank": 0, "name": "critical"}}, "data.priority"),
            ({"priority": [1, "critical"]}, "data.priority"),
            ({"category": {"path": "a/b/c/d/e"}}, "data.category"),
            ({"impact": "VERY HIGH"}, "data.impact"),
            ({"impact": 1}, "data.impact"),
            ({"criticality": "hi"}, "data.criticality"),
            ({"criticality": ["high"]}, "data.criticality"),
            ({"state": "waiting"}, "data.state"),
            ({"id": ""}, "data.id"),
            ({"id": {"kind": "incident_id"}}, "data.id"),
            ({"id": {"kind": "problem_id", "schema": 1, "data": "P"}}, "data.id.kind"),
            ({"awaited": 7}, "data.awaited"),
            ({"awaited": {"kind": "category_path", "schema": 1, "data": {}}}, "data.awaited.kind"),
            ({"parts": [{"kind": "actor", "schema": 1, "data": {}}]}, "data.parts.0.kind"),
            ({"responded_at": 7}, "data.responded_at"),
            ({"responded_at": "2026-03-02T09:00:00"}, "data.responded_at"),
            ({"responded_at": "yesterday"}, "data.responded_at"),
            ({"responded_at": "0001-01-01T00:00:00+05:00"}, "data.responded_at"),
            ({"title": "a\0b"}, "data.title"),
            ({"title": "a\ud800b"}, "data.title"),
            ({"a\0b": 1}, "data.a\0b"),
        ],
    )
    def test_a_wrong_value_is_refused_with_its_path(self, changed, path):
        told = incident_with(**changed)

        assert refusal(CODEC.load, told).path == path
        assert refusal(CODEC.loads, json.dumps(told)).path == path

    @pytest.mark.parametrize(
        ("told", "name", "wrong"),
        [
            (STEP, "within", "3600"),
            (STEP, "within", 3.6e9),
            (STEP, "within", True),
            (STEP, "within", 10**30),
            (CREDIT, "credit", 0.1),
            (CREDIT, "credit", "a tenth"),
            (CREDIT, "credit", " 0.10"),
            (CREDIT, "credit", "NaN"),
            (CREDIT, "credit", "1_0"),
        ],
    )
    def test_a_wrong_number_is_refused_with_its_path(self, told, name, wrong):
        assert refusal(CODEC.load, {**told, "data": told["data"] | {name: wrong}}).path == (
            f"data.{name}"
        )

    def test_what_a_class_refuses_is_the_cause(self):
        error = refusal(CODEC.load, incident_with(priority={"rank": 0, "name": "critical"}))

        assert type(error.__cause__) is ValueError
        assert error.why == str(error.__cause__) == "rank must be 1 or more, not 0"

    def test_a_key_that_is_missing_is_named(self):
        told = CODEC.dump(standing("resolved"))
        del told["data"]["journal"][1]["by"]
        error = refusal(CODEC.load, told)
        assert (error.path, error.why) == ("data.journal.1.by", "missing: 'by'")

    def test_a_key_that_is_too_much_is_named(self):
        told = CODEC.dump(standing("resolved"))
        told["data"]["journal"][1]["nota"] = None
        error = refusal(CODEC.load, told)
        assert error.path == "data.journal.1.nota"
        assert "did you mean 'note'?" in error.why

    @pytest.mark.parametrize(
        ("told", "path", "why"),
        [
            ([], "", "an object with keys belongs here, not []"),
            (None, "", "an object with keys belongs here, not None"),
            ({}, "data", "missing: 'data', 'kind', 'schema'"),
            ({"kind": 7, "schema": 1, "data": {}}, "kind", "the name of a kind belongs here"),
            ({"kind": "incidnt", "schema": 1, "data": {}}, "kind", "did you mean 'incident'?"),
            ({"kind": "zzzz", "schema": 1, "data": {}}, "kind", "it is not registered"),
            ({"kind": "actor", "schema": 1, "data": {}, "x": 1}, "x", "unknown key 'x'"),
        ],
    )
    def test_what_is_no_envelope_is_refused(self, told, path, why):
        error = refusal(CODEC.load, told)

        assert error.path == path
        assert why in error.why

    def test_another_type_than_expected_is_refused(self):
        text = CODEC.dumps(MAIL)

        assert CODEC.loads(text, CategoryPath) == CODEC.load(CODEC.dump(MAIL), CategoryPath)
        error = refusal(CODEC.loads, text, Incident)
        assert (error.path, error.why) == (
            "kind",
            "a Incident belongs here, not a CategoryPath",
        )

    @pytest.mark.parametrize("text", [None, 7, b"{}", ["{}"]])
    def test_what_is_no_text_is_a_mistake_of_the_callers(self, text):
        with pytest.raises(TypeError, match="text must be a str"):
            CODEC.loads(text)

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            (Contact(direction="out", visibility=None, at=minute(0)), "direction"),
            (Link(LinkKind.RELATED, "INC-1"), "target"),
            (Link(PendingReason.SCHEDULED, INC), "kind"),
            (itil_ops.MajorIncident(reason=7, declared_at=minute(0)), "reason"),
            (itil_ops.MajorIncident(reason="r", declared_at=minute(0).replace(tzinfo=None)), None),
            (itil_ops.MajorIncident(reason="r", declared_at=minute(0), team=["li"]), "team"),
            (itil_ops.MajorIncident(reason="a\0b", declared_at=minute(0)), "data.reason"),
            (itil_ops.MajorIncident(reason="a\ud800", declared_at=minute(0)), "data.reason"),
            (attrs.evolve(logged(), state=itil_ops.State("odd", Phase.ACTIVE)), "state"),
            (attrs.evolve(logged(), state=None), "state"),
            (attrs.evolve(logged(), journal=(None,)), "journal.0"),
            (attrs.evolve(logged().journal[0], changes={}), "changes"),
            (attrs.evolve(logged().journal[0], decided={}), "decided"),
            (Slice([], None), "items"),
            (Fact(minute(0), Phase.ACTIVE, {7: 1}), "fields"),
            (Fact(minute(0), Phase.ACTIVE, {"a": float("nan")}), "fields.a"),
            (Fact(minute(0), Phase.ACTIVE, {"a": Decimal("nan")}), "fields.a"),
            (Fact(minute(0), Phase.ACTIVE, {"a": time(9, tzinfo=UTC)}), "fields.a"),
            (Fact(minute(0), Phase.ACTIVE, {"a": pendulum.duration(months=1)}), "fields.a"),
            (Fact(minute(0), Phase.ACTIVE, {"a": (1, object())}), "fields.a.1"),
            (Fact(minute(0), Phase.ACTIVE, 7), "fields"),
            (attrs.evolve(logged(), category=7), "category"),
            (
                attrs.evolve(
                    logged(), major=itil_ops.MajorIncident(reason=7, declared_at=minute(0))
                ),
                "major.reason",
            ),
            (
                itil_ops.PauseReview(at=minute(0), totals=((None, 7),), excesses=()),
                "totals.0.1",
            ),
            (itil_ops.PauseReview(at=minute(0), totals=((None,),), excesses=()), "totals.0"),
        ],
    )
    def test_what_could_not_be_read_is_not_written(self, value, path):
        error = refusal(CODEC.dumps, value)
        assert error.path == (path or "declared_at")
        assert refusal(CODEC.dump, value).path == error.path

    @pytest.mark.parametrize("kind", ["date", "time"])
    @pytest.mark.parametrize("text", ["20260302", "0900", "2026-W10-1", 7, "soon"])
    def test_dates_and_times_are_read_as_they_are_written(self, kind, text):
        refusal(CODEC.load, {"kind": kind, "schema": 1, "data": text})

    def test_a_set_holds_each_once(self):
        told = CODEC.dump(Actor("li", roles=[itil_ops.ProcessRole.USER]))
        told["data"]["roles"] *= 2

        assert refusal(CODEC.load, told).path == "data.roles"

    @pytest.mark.parametrize("criteria", [[["a", [1], 2]], [["a"]], 7])
    def test_a_row_has_its_length(self, criteria):
        told = {"kind": "pause_review", "schema": 1}
        told["data"] = {"at": "2026-03-02T09:00:00+00:00", "totals": criteria, "excesses": []}

        assert refusal(CODEC.load, told).path.startswith("data.totals")

    def test_a_calendar_keeps_its_own_checks(self):
        office = BusinessCalendar("Europe/London", {"mon": [("09:00", "17:00")]})
        for name, wrong in (
            ("zone", "Europe/Londn"),
            ("zone", 7),
            ("week", {"mon": [["09:00", "09:00"]]}),
            ("week", {"mon": [["09:00", 17]]}),
            ("week", {"mon": "09:00"}),
            ("week", {}),
            ("week", []),
            ("holidays", {"24-12-2024": None}),
            ("holidays", {"2024-12-24": 7}),
            ("overrides", {"--12-24": []}),
        ):
            told = CODEC.dump(office)
            told["data"][name] = wrong
            assert refusal(CODEC.load, told).path.startswith("data")
        told = CODEC.dump(office)
        del told["data"]["week"]
        assert refusal(CODEC.load, told).path == "data.week"
        assert refusal(CODEC.load, {**told, "data": []}).path == "data"

    @pytest.mark.parametrize(
        ("value", "name", "wrong", "path"),
        [
            (SERVICE, "fields", [], "data"),
            (SERVICE, "fields", ["service", "service"], "data"),
            (SERVICE, "fields", ["service", 7], "data.fields.1"),
            (SERVICE, "fields", "service", "data.fields"),
            (SERVICE, "category_levels", 0, "data"),
            (SERVICE, "category_levels", "1", "data.category_levels"),
            (SERVICE, "levels", 1, "data.levels"),
            (Likeness("host", ["web-1"]), "values", [], "data"),
            (SymptomQuery(service="email"), "service", None, "data"),
            (SimilarInWindow(), "at_least", 1, "data"),
            (itil_ops.WeightedSeverity(), "people", {"one_from": 1.5}, "data.people.two_from"),
            (itil_ops.SeverityScale(2, 5), "two_from", 1, "data"),
            (itil_ops.SeverityScale(2, 5), "two_from", 5.5, "data.two_from"),
            (itil_ops.RegularValidation(), "every", 7, "data.every"),
        ],
    )
    def test_what_is_asked_and_decided_of_problems_keeps_its_own_checks(
        self, value, name, wrong, path
    ):
        told = CODEC.dump(value)
        told["data"][name] = wrong

        assert refusal(CODEC.load, told).path == path

    def test_a_target_and_an_agreement_keep_their_own_checks(self):
        agreement = itil_ops.ServiceLevelAgreement(
            "gold", targets=[Target(TargetKind.RESPONSE, timedelta(hours=1))]
        )
        told = CODEC.dump(agreement)
        told["data"]["targets"] *= 2
        assert "promises twice" in refusal(CODEC.load, told).why
        told["data"]["targets"][0]["duration"]["data"] = -1
        assert refusal(CODEC.load, told).path == "data.targets.0"


# ---- Forms --------------------------------------------------------------------------------------


def any_value(value):
    return Slice((value,), None)


class TestForms:
    @pytest.mark.parametrize(
        ("instant", "text"),
        [
            (utc(2026, 3, 2, 9), "2026-03-02T09:00:00+00:00"),
            (utc(2026, 3, 2, 9, 0, 0, 1), "2026-03-02T09:00:00.000001+00:00"),
            (utc(1, 1, 1), "0001-01-01T00:00:00+00:00"),
            (utc(9999, 12, 31, 23, 59, 59, 999_999), "9999-12-31T23:59:59.999999+00:00"),
        ],
    )
    def test_an_instant_is_text_in_utc(self, instant, text):
        told = CODEC.dump(instant)

        assert told == {"kind": "instant", "schema": 1, "data": text}
        found = CODEC.load(told)
        assert found == instant
        assert found.tzinfo is pendulum.UTC

    @pytest.mark.parametrize(
        "instant",
        [
            datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1))),
            pendulum.datetime(2026, 3, 2, 10, tz="Europe/Paris"),
        ],
    )
    def test_equal_instants_are_written_alike(self, instant):
        assert CODEC.dump(instant) == CODEC.dump(utc(2026, 3, 2, 9))

    @pytest.mark.parametrize("text", ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00+01:00"])
    def test_an_instant_may_come_in_any_zone(self, text):
        found = CODEC.load({"kind": "instant", "schema": 1, "data": text})

        assert found == utc(2026, 3, 2, 9)
        assert found.tzinfo is pendulum.UTC

    @pytest.mark.parametrize(
        ("value", "data"),
        [
            (timedelta(days=1, microseconds=1), 86_400_000_001),
            (-timedelta(microseconds=1), -1),
            (date(2026, 3, 2), "2026-03-02"),
            (time(9, 0, 0, 5), "09:00:00.000005"),
            (Decimal("1.50"), "1.50"),
            (Decimal("5E+1"), "5E+1"),
            ((1, "a", None, (True,)), None),
            (frozenset({3, 1, 2}), [1, 2, 3]),
            (frozenset(), []),
            (Phase.WAITING, "waiting"),
            (Impact.HIGH, "high"),
            (Impact("galactic"), "galactic"),
            (IncidentId("INC-1"), "INC-1"),
            (itil_ops.ANY_VALUE, "any_value"),
        ],
    )
    def test_a_value_has_one_form(self, value, data):
        told = CODEC.dump(any_value(value))

        found = comes_back(CODEC, any_value(value))
        assert type(found.items[0]) is type(value)
        assert data is None or told["data"]["items"][0]["data"] == data

    @pytest.mark.parametrize("value", [None, True, False, 0, 1, 10**30, 1.5, 1.0, "", "a"])
    def test_what_json_has_itself_is_bare(self, value):
        assert CODEC.dump(any_value(value))["data"]["items"] == [value]
        found = comes_back(CODEC, any_value(value))
        assert type(found.items[0]) is type(value)

    def test_a_number_stays_whole_or_not(self):
        for percent in (75, 75.5):
            found = comes_back(CODEC, itil_ops.Threshold(percent=percent))
            assert type(found.percent) is type(percent)

    def test_sets_and_changes_are_written_in_order(self):
        roles = itil_ops.ProcessRole.constants()
        texts = {CODEC.dumps(Actor("li", roles=some)) for some in (roles, roles[::-1])}
        assert len(texts) == 1

        fields = {"b": 1, "a": frozenset({PendingReason.SCHEDULED, Phase.WAITING, 3})}
        turned = dict(reversed(fields.items()))
        assert CODEC.dumps(Changes(fields)) == CODEC.dumps(Changes(turned))

    def test_a_condition_is_written_with_what_it_wants(self):
        where = Where(category=MAIL, priority=[Priority.HIGH, None], service=itil_ops.ANY_VALUE)

        assert comes_back(CODEC, where)(Fact(minute(0), Phase.ACTIVE, {})) is False
        error = refusal(CODEC.dumps, Where(of=object()))
        assert error.path == "of.0"
        told = CODEC.dump(where)
        told["data"]["priority"][1]["data"]["rank"] = 0
        assert refusal(CODEC.load, told).path == "data.priority.1.data"

    def test_a_row_comes_back(self):
        totals = ((PendingReason.SCHEDULED, timedelta(hours=1)), (None, timedelta()))

        comes_back(CODEC, itil_ops.PauseReview(at=minute(0), totals=totals, excesses=()))

    def test_text_is_readable_and_without_blanks(self):
        text = CODEC.dumps(CategoryPath("r\u00e9seau/\U0001f525"))

        assert text == (
            '{"kind":"category_path","schema":1,"data":{"path":"r\u00e9seau/\U0001f525"}}'
        )

    def test_another_package_may_write_the_text(self):
        ascii_text = JsonText(json.dumps, json.loads)
        codec = Codec(text=ascii_text)
        incident = logged(title="R\u00e9seau \U0001f525")

        assert codec.loads(codec.dumps(incident)) == incident
        assert codec.dumps(incident).isascii()
        bad = itil_ops.MajorIncident(reason="a\0b", declared_at=minute(0))
        assert refusal(codec.dumps, bad).path == "data.reason"


class TestCodec:
    def test_threads_may_share_it(self):
        incident, found = standing("closed", "escalate"), []

        def work():
            found.extend(CODEC.loads(CODEC.dumps(incident)) for _ in range(10))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == [incident] * 40

    @pytest.mark.parametrize(
        ("package", "module", "extra"),
        [
            ("cattrs", "itil_ops.adapters.serialization", "serialization"),
            ("hypothesis", "itil_ops.testing.strategies", "testing"),
        ],
    )
    def test_a_missing_extra_is_named(self, package, module, extra):
        script = (
            f"import sys; sys.modules[{package!r}] = None; import itil_ops\n"
            f"try: import {module}\n"
            "except itil_ops.MissingExtraError as error: print(error.package, error.extra)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )

        assert done.stdout.split() == [package, extra]

    def test_nothing_of_it_comes_with_the_library(self):
        script = "import itil_ops, sys; print('cattrs' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )

        assert done.stdout.strip() == "False"


def test_a_number_of_more_digits_than_python_writes_is_refused():
    error = refusal(CODEC.dumps, Priority(10**5_000, "some day"))

    assert error.why.startswith("it cannot be written as text: ")
