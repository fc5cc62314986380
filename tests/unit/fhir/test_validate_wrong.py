"""What is not R4 is refused, and the refusal names the element."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from medbridge.fhir.digits import Digits
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.validate import SHOWN, check, issues
from tests.unit.fhir.resources import bundle, concept, condition, extension, observation, patient, put

Json = dict[str, Any]
LONG = "x" * 65
NS = 'xmlns="http://www.w3.org/1999/xhtml"'


def narrative(div: Any, status: str = "generated") -> Json:
    return patient(text={"status": status, "div": div})


def contained(*items: Json, **changes: Any) -> Json:
    return observation(contained=list(items), **changes)


STRUCTURE: dict[str, tuple[Json, str]] = {
    "no resourceType": ({"id": "x"}, "Resource.resourceType"),
    "resourceType not text": ({"resourceType": 5}, "Resource.resourceType"),
    "unknown resourceType": ({"resourceType": "Patiend"}, "Patiend.resourceType"),
    "a type of R5": ({"resourceType": "Transport"}, "Transport.resourceType"),
    "an abstract type": ({"resourceType": "DomainResource"}, "DomainResource.resourceType"),
    "unknown element": (patient(favouriteColour="red"), "Patient.favouriteColour"),
    "unknown inner element": (patient(name=[{"famly": "Liddell"}]), "Patient.name[0].famly"),
    "element of another resource": (patient(status="final"), "Patient.status"),
    "resourceType inside": (patient(name=[{"resourceType": "HumanName"}]), "Patient.name[0].resourceType"),
    "value without its type": (observation(valueQuantity=..., value=5), "Observation.value"),
    "a choice type not offered": (observation(valueQuantity=..., valueDecimal=5), "Observation.valueDecimal"),
    "one where many": (patient(name={"family": "Liddell"}), "Patient.name"),
    "many where one": (patient(gender=["female"]), "Patient.gender"),
    "many objects where one": (observation(code=[{"text": "weight"}]), "Observation.code"),
    "text where object": (observation(code="weight"), "Observation.code"),
    "object where text": (patient(gender={"value": "female"}), "Patient.gender"),
    "required missing": (observation(status=...), "Observation.status"),
    "required list missing": ({"resourceType": "Linkage"}, "Linkage.item"),
    "required choice missing": (
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"display": "Alice"}},
        "MedicationRequest.medication",
    ),
    "required inside missing": (patient(link=[{"type": "seealso"}]), "Patient.link[0].other"),
    "empty array": (patient(name=[]), "Patient.name"),
    "empty object": (patient(name=[{}]), "Patient.name[0]"),
    "object of an id only": (patient(name=[{"id": "n1"}]), "Patient.name[0]"),
    "null": (patient(gender=None), "Patient.gender"),
    "null object": (observation(code=None), "Observation.code"),
    "null in a list of objects": (patient(name=[None]), "Patient.name[0]"),
    "null in a list of texts": (patient(name=[{"given": ["Alice", None]}]), "Patient.name[0].given[1]"),
    "choice twice": (observation(valueString="heavy"), "Observation.value"),
    "choice twice, once as an extension": (
        observation(_valueString={"extension": [extension(valueCode="x")]}),
        "Observation.value",
    ),
    "no element of BackboneElement": (patient(contact=["Bob"]), "Patient.contact[0]"),
}

PRIMITIVES: dict[str, tuple[Json, str]] = {
    "empty string": (patient(name=[{"family": ""}]), "Patient.name[0].family"),
    "control character": (patient(name=[{"family": "Lid\x07dell"}]), "Patient.name[0].family"),
    "number for text": (patient(name=[{"family": 5}]), "Patient.name[0].family"),
    "boolean as text": (patient(active="true"), "Patient.active"),
    "boolean as number": (patient(active=1), "Patient.active"),
    "id too long": (patient(id=LONG), "Patient.id"),
    "id with a slash": (patient(id="a/b"), "Patient.id"),
    "date of no calendar": (patient(birthDate="1990-02-30"), "Patient.birthDate"),
    "29 February of a common year": (patient(birthDate="1900-02-29"), "Patient.birthDate"),
    "31 April": (patient(birthDate="1990-04-31"), "Patient.birthDate"),
    "month 13": (patient(birthDate="1990-13"), "Patient.birthDate"),
    "year 0": (patient(birthDate="0000"), "Patient.birthDate"),
    "date without hyphens": (patient(birthDate="19900504"), "Patient.birthDate"),
    "date with a time": (patient(birthDate="1990-05-04T00:00:00Z"), "Patient.birthDate"),
    "Arabic digits": (patient(birthDate="١٩٩٠"), "Patient.birthDate"),
    "trailing newline": (patient(birthDate="1990\n"), "Patient.birthDate"),
    "dateTime without zone": (observation(effectiveDateTime="2026-02-28T09:30:00"), "Observation.effectiveDateTime"),
    "dateTime without seconds": (observation(effectiveDateTime="2026-02-28T09:30Z"), "Observation.effectiveDateTime"),
    "hour 24": (observation(effectiveDateTime="2026-02-28T24:00:00Z"), "Observation.effectiveDateTime"),
    "zone beyond 14": (observation(effectiveDateTime="2026-02-28T09:30:00+15:00"), "Observation.effectiveDateTime"),
    "instant of a day": (observation(issued="2026-02-28"), "Observation.issued"),
    "time with a zone": (observation(valueQuantity=..., valueTime="09:30:00Z"), "Observation.valueTime"),
    "uri with a blank": (patient(identifier=[{"system": "a b"}]), "Patient.identifier[0].system"),
    "instant without zone": (observation(issued="2026-02-28T09:30:00"), "Observation.issued"),
    "second 61": (observation(effectiveDateTime="2026-02-28T09:30:61Z"), "Observation.effectiveDateTime"),
    "ten digits of a second": (observation(issued="2026-02-28T09:30:00.1234567890Z"), "Observation.issued"),
    "canonical with a blank": (patient(meta={"profile": ["http://x y"]}), "Patient.meta.profile[0]"),
    "url with a blank": (patient(extension=[extension(valueUrl="http://x y")]), "Patient.extension[0].valueUrl"),
    "uuid in capitals": (
        patient(extension=[extension(valueUuid="urn:uuid:C757873D-EC9A-4326-A141-556F43239520")]),
        "Patient.extension[0].valueUuid",
    ),
    "oid with a leading 0": (patient(extension=[extension(valueOid="urn:oid:1.02")]), "Patient.extension[0].valueOid"),
    "code with two blanks inside": (patient(language="e  n"), "Patient.language"),
    "markdown empty": (observation(note=[{"text": ""}]), "Observation.note[0].text"),
    "positiveInt beyond 32 bits": (patient(telecom=[{"rank": 2**31}]), "Patient.telecom[0].rank"),
    "integer as 1e2": (observation(valueQuantity=..., valueInteger=Digits("1e2")), "Observation.valueInteger"),
    "date in a slash form": (patient(birthDate="1990/05/04"), "Patient.birthDate"),
    "zone without a colon": (
        observation(effectiveDateTime="2026-02-28T09:30:00+0800"),
        "Observation.effectiveDateTime",
    ),
    "oid": (patient(extension=[extension(valueOid="1.2.3")]), "Patient.extension[0].valueOid"),
    "uuid": (patient(extension=[extension(valueUuid="urn:uuid:12")]), "Patient.extension[0].valueUuid"),
    "code with blanks": (patient(language=" en"), "Patient.language"),
    "integer with a fraction": (observation(valueQuantity=..., valueInteger=1.5), "Observation.valueInteger"),
    "integer beyond 32 bits": (observation(valueQuantity=..., valueInteger=2**31), "Observation.valueInteger"),
    "integer as text": (observation(valueQuantity=..., valueInteger="5"), "Observation.valueInteger"),
    "positiveInt 0": (patient(telecom=[{"rank": 0}]), "Patient.telecom[0].rank"),
    "unsignedInt -1": (bundle("searchset", total=-1), "Bundle.total"),
    "decimal as text": (observation(valueQuantity={"value": "72.5"}), "Observation.valueQuantity.value"),
    "decimal as boolean": (observation(valueQuantity={"value": True}), "Observation.valueQuantity.value"),
    "decimal not finite": (observation(valueQuantity={"value": float("inf")}), "Observation.valueQuantity.value"),
    "base64": (patient(photo=[{"contentType": "image/png", "data": "abc"}]), "Patient.photo[0].data"),
    "base64 of other signs": (patient(photo=[{"contentType": "image/png", "data": "a-_="}]), "Patient.photo[0].data"),
    "extension of a primitive as text": (patient(_birthDate="x"), "Patient._birthDate"),
    "extension of a primitive, empty": (patient(_birthDate={}), "Patient._birthDate"),
    "extension of a primitive with a value": (patient(_birthDate={"value": "1990"}), "Patient._birthDate.value"),
    "extension of a list as object": (patient(name=[{"_given": {"id": "g"}}]), "Patient.name[0]._given"),
    "extension of an id": (patient(_id=[{"id": "g"}]), "Patient._id"),
    "extension of an object": (patient(_name=[{"id": "n"}]), "Patient._name"),
    "extension of an absent value with an id only": (patient(_deceasedBoolean={"id": "d"}), "Patient._deceasedBoolean"),
    "extension without url": (patient(extension=[{"valueCode": "x"}]), "Patient.extension[0].url"),
    "extension without value": (patient(extension=[extension()]), "Patient.extension[0]"),
    "extension of value and extensions": (
        patient(extension=[extension(valueCode="x", extension=[extension(valueCode="y")])]),
        "Patient.extension[0]",
    ),
    "extension of two values": (
        patient(extension=[extension(valueCode="x", valueId="y")]),
        "Patient.extension[0].value",
    ),
}

CODES: dict[str, tuple[Json, str]] = {
    "code": (patient(gender="femal"), "Patient.gender"),
    "code in capitals": (observation(status="Final"), "Observation.status"),
    "code inside": (patient(name=[{"use": "alias"}]), "Patient.name[0].use"),
    "currency": (
        patient(extension=[extension(valueMoney={"value": 5, "currency": "francs"})]),
        "Patient.extension[0].valueMoney.currency",
    ),
    "CodeableConcept of another code": (
        condition(clinicalStatus=concept("condition-clinical", "ill")),
        "Condition.clinicalStatus",
    ),
    "CodeableConcept of another system": (condition(clinicalStatus=concept("x", "active")), "Condition.clinicalStatus"),
    "CodeableConcept of text only": (condition(clinicalStatus={"text": "active"}), "Condition.clinicalStatus"),
}

REFERENCES: dict[str, tuple[Json, str]] = {
    "wrong type": (observation(subject={"reference": "Practitioner/bob"}), "Observation.subject"),
    "wrong type at an address": (
        observation(subject={"reference": "https://example.org/fhir/Practitioner/bob"}),
        "Observation.subject",
    ),
    "wrong type of a conditional": (
        observation(subject={"reference": "Practitioner?identifier=1"}),
        "Observation.subject",
    ),
    "wrong type said": (observation(subject={"type": "Practitioner", "display": "Bob"}), "Observation.subject"),
    "type that is not the reference's": (
        observation(subject={"reference": "Patient/1", "type": "Group"}),
        "Observation.subject.type",
    ),
    "blank inside": (observation(subject={"reference": "Patient/a b"}), "Observation.subject.reference"),
    "empty version": (observation(subject={"reference": "Patient/1/_history/"}), "Observation.subject.reference"),
    "reference not text": (observation(subject={"reference": 5}), "Observation.subject.reference"),
    "wrong type in a list": (
        patient(generalPractitioner=[{"reference": "Patient/bob"}]),
        "Patient.generalPractitioner[0]",
    ),
    "no type": (observation(subject={"reference": "alice"}), "Observation.subject.reference"),
    "no id": (observation(subject={"reference": "Patient/"}), "Observation.subject.reference"),
    "unknown type": (observation(subject={"reference": "Person2/alice"}), "Observation.subject.reference"),
    "a type of nobody": (observation(subject={"reference": "Human/alice"}), "Observation.subject.reference"),
    "id too long": (observation(subject={"reference": f"Patient/{LONG}"}), "Observation.subject.reference"),
    "nothing contained": (observation(subject={"reference": "#alice"}), "Observation.subject.reference"),
    "contained unreferenced": (contained(patient()), "Observation.contained[0]"),
    "contained in contained": (
        contained(patient(contained=[patient(id="bob")]), subject={"reference": "#alice"}),
        "Observation.contained[0].contained",
    ),
    "contained wrong inside": (
        contained(patient(gender="femal"), subject={"reference": "#alice"}),
        "Observation.contained[0].gender",
    ),
    "contained of a version": (
        contained(patient(meta={"versionId": "1"}), subject={"reference": "#alice"}),
        "Observation.contained[0].meta",
    ),
    "contained with a label": (
        contained(patient(meta={"security": [{"code": "R"}]}), subject={"reference": "#alice"}),
        "Observation.contained[0].meta.security",
    ),
    "contained without type": (contained({"id": "alice"}), "Observation.contained[0].resourceType"),
}

NARRATIVES: dict[str, tuple[Json, str]] = {
    "no div": (patient(text={"status": "generated"}), "Patient.text.div"),
    "not a div": (narrative("Alice"), "Patient.text.div"),
    "no namespace": (narrative("<div>Alice</div>"), "Patient.text.div"),
    "not closed": (narrative(f"<div {NS}><p>Alice</div>"), "Patient.text.div"),
    "empty": (narrative(f"<div {NS}> </div>"), "Patient.text.div"),
    "script": (narrative(f"<div {NS}>A<script>alert(1)</script></div>"), "Patient.text.div"),
    "event handler": (narrative(f'<div {NS}><p onclick="x()">A</p></div>'), "Patient.text.div"),
    "script address": (narrative(f'<div {NS}><a href=" JavaScript:x()">A</a></div>'), "Patient.text.div"),
    "script address with a tab": (narrative(f'<div {NS}><a href="java&#9;script:x()">A</a></div>'), "Patient.text.div"),
    "page as an address": (narrative(f'<div {NS}><a href="data:text/html,x">A</a></div>'), "Patient.text.div"),
    "drawing with scripts": (narrative(f'<div {NS}><img src="data:image/svg+xml,x"/></div>'), "Patient.text.div"),
    "an attribute of later HTML": (narrative(f'<div {NS} contenteditable="true">A</div>'), "Patient.text.div"),
    "a character by its HTML name": (narrative(f"<div {NS}>A&nbsp;B</div>"), "Patient.text.div"),
    "object": (narrative(f"<div {NS}>A<object/></div>"), "Patient.text.div"),
    "style sheet": (narrative(f"<div {NS}>A<style>p {{}}</style></div>"), "Patient.text.div"),
    "processing instruction": (narrative(f"<div {NS}>A<?php x?></div>"), "Patient.text.div"),
    "two divs": (narrative(f"<div {NS}>A</div><div {NS}>B</div>"), "Patient.text.div"),
    "form": (narrative(f"<div {NS}>A<form/></div>"), "Patient.text.div"),
    "entities": (narrative(f'<!DOCTYPE d [<!ENTITY a "a">]><div {NS}>&a;</div>'), "Patient.text.div"),
    "not text": (narrative(["A"]), "Patient.text.div"),
    "wrong status": (narrative(f"<div {NS}>A</div>", "done"), "Patient.text.status"),
}

BUNDLES: dict[str, tuple[Json, str]] = {
    "wrong inside": (bundle("transaction", put(patient(gender="femal"))), "Bundle.entry[0].resource.gender"),
    "wrong type": (bundle("parcel"), "Bundle.type"),
    "entry of no resource": (
        bundle("transaction", put(patient()), {"resource": {"id": "x"}, "request": {"method": "POST", "url": "X"}}),
        "Bundle.entry[1].resource.resourceType",
    ),
    "no request in a transaction": (bundle("transaction", {"resource": patient()}), "Bundle.entry[0].request"),
    "request in a collection": (bundle("collection", put(patient())), "Bundle.entry[0].request"),
    "response in a batch": (
        bundle("batch", put(patient()) | {"response": {"status": "200"}}),
        "Bundle.entry[0].response",
    ),
    "total of a batch": (bundle("batch", put(patient()), total=1), "Bundle.total"),
    "fullUrl twice": (
        bundle("collection", *[{"fullUrl": "urn:uuid:1", "resource": patient()}] * 2),
        "Bundle.entry[1].fullUrl",
    ),
    "fullUrl of a version": (
        bundle("collection", {"fullUrl": "http://x/Patient/1/_history/2", "resource": patient()}),
        "Bundle.entry[0].fullUrl",
    ),
    "fullUrl not absolute": (
        bundle("collection", {"fullUrl": "Patient/alice", "resource": patient()}),
        "Bundle.entry[0].fullUrl",
    ),
    "entry of nothing": (bundle("collection", {"fullUrl": "urn:uuid:1"}), "Bundle.entry[0]"),
    "document without Composition": (
        bundle(
            "document",
            {"resource": patient()},
            identifier={"system": "urn:x", "value": "1"},
            timestamp="2026-02-28T09:30:00Z",
        ),
        "Bundle.entry[0].resource",
    ),
}

INVARIANTS: dict[str, tuple[Json, str]] = {
    "obs-6": (observation(dataAbsentReason={"text": "lost"}), "Observation.dataAbsentReason"),
    "obs-7": (observation(component=[{"code": observation()["code"], "valueString": "x"}]), "Observation.component"),
    "obs-3": (observation(referenceRange=[{"age": {"low": {"value": 1}}}]), "Observation.referenceRange[0]"),
    "pat-1": (patient(contact=[{"gender": "male"}]), "Patient.contact[0]"),
    "con-4": (condition(abatementDateTime="2026"), "Condition.clinicalStatus"),
    "con-5": (
        condition(verificationStatus=concept("condition-ver-status", "entered-in-error")),
        "Condition.clinicalStatus",
    ),
    "per-1": (patient(name=[{"period": {"start": "2026-02", "end": "2026-01"}}]), "Patient.name[0].period.end"),
    "qty-3": (observation(valueQuantity={"value": 1, "code": "kg"}), "Observation.valueQuantity"),
    "rng-2": (
        observation(valueQuantity=..., valueRange={"low": {"value": 2}, "high": {"value": 1}}),
        "Observation.valueRange",
    ),
    "rat-1": (observation(valueQuantity=..., valueRatio={"numerator": {"value": 1}}), "Observation.valueRatio"),
    "cpt-2": (patient(telecom=[{"value": "555"}]), "Patient.telecom[0].system"),
    "att-1": (patient(photo=[{"data": "AAAA"}]), "Patient.photo[0]"),
    "ait-1": ({"resourceType": "AllergyIntolerance", "patient": {"display": "A"}}, "AllergyIntolerance.clinicalStatus"),
    "org-1": ({"resourceType": "Organization", "active": True}, "Organization"),
    "ppc-1": (
        {"resourceType": "Consent", "status": "active", "scope": {"text": "s"}, "category": [{"text": "c"}]},
        "Consent.policyRule",
    ),
    "inv-1": ({"resourceType": "Parameters", "parameter": [{"name": "x"}]}, "Parameters.parameter[0]"),
    "lst-1": (
        {
            "resourceType": "List",
            "status": "current",
            "mode": "working",
            "emptyReason": {"text": "x"},
            "entry": [{"item": {"display": "x"}}],
        },
        "List.emptyReason",
    ),
    "SimpleQuantity has no comparator": (
        observation(referenceRange=[{"low": {"value": 1, "comparator": "<"}}]),
        "Observation.referenceRange[0].low.comparator",
    ),
}

GROUPS = {
    "structure": STRUCTURE,
    "primitives": PRIMITIVES,
    "codes": CODES,
    "references": REFERENCES,
    "narratives": NARRATIVES,
    "bundles": BUNDLES,
    "invariants": INVARIANTS,
}
CASES = [
    pytest.param(*case, id=f"{group}: {defect}") for group, cases in GROUPS.items() for defect, case in cases.items()
]


@pytest.mark.parametrize(("resource", "expression"), CASES)
def test_one_fault_is_refused_at_its_element(resource: Json, expression: str) -> None:
    found = issues(resource)
    assert [issue.expression for issue in found] == [expression]
    assert found[0].severity == "error" and found[0].diagnostics.endswith(".")


def test_check_raises_unprocessable() -> None:
    with pytest.raises(FhirError, match=r"Patient\.gender") as refusal:
        check(patient(gender="femal"))
    assert refusal.value.status == 422


def test_the_sentence_tells_which_codes_would_do() -> None:
    assert "female" in issues(patient(gender="femal"))[0].diagnostics


def test_expressions_start_at_the_place_of_the_resource() -> None:
    place = "Bundle.entry[3].resource"
    assert issues(patient(gender="femal"), place=place)[0].expression == f"{place}.gender"
    assert issues({"id": "x"}, place=place)[0].expression == f"{place}.resourceType"


def test_every_fault_is_told_at_once() -> None:
    wrong = patient(gender="femal", birthDate="1990-02-30", name=[{"family": ""}])
    assert {issue.expression for issue in issues(wrong)} == {
        "Patient.gender",
        "Patient.birthDate",
        "Patient.name[0].family",
    }


def test_a_flood_of_faults_is_cut_short() -> None:
    found = issues(patient(name=[{"x": 1}] * 10_000))
    assert len(found) == SHOWN + 1 and found[-1].severity == "information"


@pytest.mark.parametrize(
    "flood",
    [
        patient(name=[{"given": [None] * 200_000, "_given": [None] * 200_000}]),
        patient(generalPractitioner=[{"reference": "#x"}] * 100_000),
        patient(**{f"k{number}": 1 for number in range(200_000)}),
    ],
    ids=["nulls", "local references", "unknown keys"],
)
def test_a_flood_costs_a_few_times_its_reading(flood: Json) -> None:
    """Measured: five times; of nulls, whose reading costs next to nothing, twenty. What grew with the square would cost
    thousands of times as much.
    """
    raw = json.dumps(flood)
    assert len(issues(flood)) == SHOWN + 1
    assert cpu_seconds(lambda: issues(flood)) < 60 * cpu_seconds(lambda: json.loads(raw))


def cpu_seconds(call: Callable[[], object]) -> float:
    """Of this process alone, the least of three: other work on the machine does not count."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return min(taken)


def test_a_value_in_a_diagnostic_is_cut_short() -> None:
    assert len(issues(patient(gender="x" * 10_000))[0].diagnostics) < 500


@pytest.mark.parametrize("key", [5, None, ("a",), "", "_", "_resourceType", "contained"])
def test_no_key_and_value_breaks_it(key: Any) -> None:
    for value in (None, 5, "x", [], {}, [[]], [None], [{}], object(), b"x", float("nan")):
        assert issues({"resourceType": "Patient", key: value})


def test_a_resource_that_holds_itself_is_refused() -> None:
    loop: Json = {"resourceType": "Bundle", "type": "collection"}
    loop["entry"] = [{"resource": loop}]
    assert issues(loop)[0].code == "too-costly"
