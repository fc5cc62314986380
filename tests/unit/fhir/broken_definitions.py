"""As broken_invariants, for the resources that define: questionnaires, terminologies, profiles, test scripts."""

from __future__ import annotations

from typing import Any

from tests.unit.fhir.resources import extension

Json = dict[str, Any]
OTHER = [extension(valueCode="x")]
DAY = "2026-02-28"


def definition(*elements: Json, view: str = "snapshot", **changes: Any) -> Json:
    patient = {
        "resourceType": "StructureDefinition",
        "url": "http://example.org/x",
        "name": "X",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        view: {"element": list(elements) or [element("Patient")]},
    }
    return {key: value for key, value in (patient | changes).items() if value is not ...}


def element(path: str, **changes: Any) -> Json:
    base = {"path": path, "min": 0, "max": "1"}
    whole = {"id": path, "path": path, "definition": "x", "min": 0, "max": "1", "base": base} | changes
    return {key: value for key, value in whole.items() if value is not ...}


def parameter(**elements: Any) -> Json:
    required = {"url": "http://x", "name": "X", "description": "x", "code": "x", "base": ["Patient"], "type": "token"}
    return draft("SearchParameter", **required, **elements)


def draft(kind: str, /, **members: Any) -> Json:
    return {"resourceType": kind, "status": "draft", **members}


def capability(**members: Any) -> Json:
    return draft(
        "CapabilityStatement",
        date=DAY,
        fhirVersion="4.0.1",
        format=["json"],
        **{"kind": "instance", "rest": [{"mode": "server"}], "implementation": {"description": "x"}, **members},
    )


def terminology(kind: str, **members: Any) -> Json:
    return draft("TerminologyCapabilities", date=DAY, kind=kind, **members)


def item(kind: str, **members: Any) -> Json:
    return {"linkId": "1", "type": kind, **members}


HL7 = "http://hl7.org/fhir/StructureDefinition/X"
GUIDE = draft("ImplementationGuide", url="http://x", name="X", packageId="x.y", fhirVersion=["4.0.1"])
RESOURCE = {"reference": {"reference": "Patient/1"}}


CONFORMANCE: list[tuple[str, str, Json]] = [
    ("que-1", "Questionnaire.item", item("group")),
    ("que-2", "Questionnaire", draft("Questionnaire", item=[item("string"), item("string")])),
    ("que-3", "Questionnaire.item", item("display", code=[{"code": "x"}])),
    ("que-4", "Questionnaire.item", item("choice", answerOption=[{"valueString": "x"}], answerValueSet="http://x")),
    ("que-5", "Questionnaire.item", item("boolean", answerOption=[{"valueString": "x"}])),
    ("que-6", "Questionnaire.item", item("display", required=True)),
    ("que-7", "Questionnaire.item.enableWhen", {"question": "1", "operator": "exists", "answerInteger": 1}),
    ("que-8", "Questionnaire.item", item("display", initial=[{"valueString": "x"}])),
    ("que-9", "Questionnaire.item", item("display", readOnly=True)),
    ("que-10", "Questionnaire.item", item("date", maxLength=1)),
    (
        "que-11",
        "Questionnaire.item",
        item("choice", answerOption=[{"valueString": "x"}], initial=[{"valueString": "x"}]),
    ),
    (
        "que-12",
        "Questionnaire.item",
        item("string", enableWhen=[{"question": "1", "operator": "=", "answerInteger": 1}] * 3),
    ),
    ("que-13", "Questionnaire.item", item("string", initial=[{"valueString": "x"}] * 2)),
    (
        "qrs-1",
        "QuestionnaireResponse.item",
        {"linkId": "1", "answer": [{"valueString": "x"}], "item": [{"linkId": "2"}]},
    ),
    ("cpb-1", "CapabilityStatement", {k: v for k, v in capability().items() if k != "rest"}),
    (
        "cpb-2",
        "CapabilityStatement",
        {k: v for k, v in capability(kind="requirements").items() if k != "implementation"},
    ),
    (
        "cpb-3",
        "CapabilityStatement",
        capability(
            kind="requirements", messaging=[{"endpoint": [{"protocol": {"code": "http"}, "address": "http://x"}]}]
        ),
    ),
    ("cpb-7", "CapabilityStatement", capability(document=[{"mode": "producer", "profile": "http://x"}] * 2)),
    ("cpb-9", "CapabilityStatement.rest", {"mode": "server", "resource": [{"type": "Patient"}] * 2}),
    (
        "cpb-12",
        "CapabilityStatement.rest.resource",
        {"type": "Patient", "searchParam": [{"name": "x", "type": "date"}] * 2},
    ),
    ("cpb-14", "CapabilityStatement", {k: v for k, v in capability().items() if k != "implementation"}),
    ("cpb-15", "CapabilityStatement", capability(kind="capability")),
    ("cpb-16", "CapabilityStatement", capability(kind="requirements")),
    ("csd-1", "CodeSystem", draft("CodeSystem", content="complete", concept=[{"code": "a"}, {"code": "a"}])),
    ("cmd-1", "ConceptMap.group.element.target", {"code": "x", "equivalence": "narrower"}),
    ("cmd-2", "ConceptMap.group.unmapped", {"mode": "fixed"}),
    ("cmd-3", "ConceptMap.group.unmapped", {"mode": "other-map"}),
    ("ig-1", "ImplementationGuide.definition", {"resource": [RESOURCE | {"groupingId": "x"}]}),
    ("ig-2", "ImplementationGuide", GUIDE | {"definition": {"resource": [RESOURCE | {"fhirVersion": ["4.0.0"]}]}}),
    ("mea-1", "Measure.group.stratifier", {"extension": OTHER}),
    ("md-1", "MessageDefinition.focus", {"code": "Patient", "min": 0, "max": "0"}),
    (
        "nsd-1",
        "NamingSystem",
        draft("NamingSystem", name="X", kind="root", date=DAY, uniqueId=[{"type": "uuid", "value": "x"}]),
    ),
    (
        "nsd-2",
        "NamingSystem",
        draft(
            "NamingSystem",
            name="X",
            kind="codesystem",
            date=DAY,
            uniqueId=[{"type": "uri", "value": "x", "preferred": True}] * 2,
        ),
    ),
    ("opd-1", "OperationDefinition.parameter", {"name": "x", "use": "in", "min": 0, "max": "1"}),
    (
        "opd-2",
        "OperationDefinition.parameter",
        {"name": "x", "use": "in", "min": 0, "max": "1", "type": "code", "searchType": "date"},
    ),
    (
        "opd-3",
        "OperationDefinition.parameter",
        {"name": "x", "use": "in", "min": 0, "max": "1", "type": "code", "targetProfile": ["http://x"]},
    ),
    ("spd-1", "SearchParameter", parameter(xpath="x")),
    ("spd-2", "SearchParameter", parameter(chain=["x"])),
    ("smp-1", "StructureMap.group.rule.target", {"element": "x"}),
    ("smp-2", "StructureMap.group.rule.target", {"context": "x"}),
    ("tcp-1", "TerminologyCapabilities.codeSystem", {"version": [{"code": "1"}, {"isDefault": True}]}),
    ("tcp-2", "TerminologyCapabilities", terminology("requirements")),
    ("tcp-3", "TerminologyCapabilities", terminology("instance", description="x")),
    ("tcp-4", "TerminologyCapabilities", terminology("capability", description="x")),
    ("tcp-5", "TerminologyCapabilities", terminology("requirements", software={"name": "x"})),
    ("vsd-1", "ValueSet.compose.include", {"version": "1"}),
    ("vsd-2", "ValueSet.compose.include", {"valueSet": ["http://x"], "concept": [{"code": "x"}]}),
    (
        "vsd-3",
        "ValueSet.compose.include",
        {"system": "http://x", "concept": [{"code": "x"}], "filter": [{"property": "x", "op": "=", "value": "x"}]},
    ),
    ("vsd-6", "ValueSet.expansion.contains", {"abstract": True}),
    ("vsd-9", "ValueSet.expansion.contains", {"display": "x"}),
    ("vsd-10", "ValueSet.expansion.contains", {"code": "x"}),
    (
        "sdf-1",
        "StructureDefinition",
        definition(element("Patient"), element("Patient.a"), element("Patient.a", id="b"), derivation="specialization"),
    ),
    ("sdf-2", "StructureDefinition.mapping", {"identity": "x"}),
    ("sdf-3", "StructureDefinition", definition(element("Patient", definition=...))),
    ("sdf-4", "StructureDefinition", definition(baseDefinition=...)),
    ("sdf-5", "StructureDefinition", definition(element("Extension"), type="Extension")),
    ("sdf-6", "StructureDefinition", definition(snapshot=...)),
    ("sdf-8", "StructureDefinition", definition(element("Patient"), element("Group.a"))),
    ("sdf-8a", "StructureDefinition", definition(element("Patient"), element("Group.a"), view="differential")),
    ("sdf-8b", "StructureDefinition", definition(element("Patient", base=...))),
    ("sdf-9", "StructureDefinition", definition(element("Patient", label="x"))),
    ("sdf-10", "StructureDefinition", definition(element("Patient", binding={"strength": "required"}))),
    ("sdf-11", "StructureDefinition", definition(element("Group"))),
    ("sdf-14", "StructureDefinition", definition(element("Patient", id=...))),
    ("sdf-15", "StructureDefinition", definition(element("Patient", type=[{"code": "Patient"}]))),
    ("sdf-15a", "StructureDefinition", definition(element("Patient", type=[{"code": "Patient"}]), view="differential")),
    ("sdf-16", "StructureDefinition", definition(element("Patient"), element("Patient.a", id="Patient"))),
    (
        "sdf-17",
        "StructureDefinition",
        definition(element("Patient"), element("Patient.a", id="Patient"), view="differential"),
    ),
    ("sdf-18", "StructureDefinition", definition(contextInvariant=["x"])),
    (
        "sdf-19",
        "StructureDefinition",
        definition(element("Patient"), element("Patient.a", type=[{"code": "http://x"}]), url=HL7),
    ),
    (
        "sdf-20",
        "StructureDefinition.differential",
        {"element": [element("Patient", slicing={"rules": "open", "description": "x"})]},
    ),
    ("sdf-21", "StructureDefinition", definition(element("Patient.a", defaultValueString="x"), view="differential")),
    (
        "sdf-22",
        "StructureDefinition",
        definition(element("Patient"), element("Patient.a", defaultValueString="x"), url=HL7),
    ),
    ("sdf-23", "StructureDefinition", definition(element("Patient", sliceName="x"))),
]

ELEMENTS: list[tuple[str, str, Json]] = [
    ("eld-1", "ElementDefinition.slicing", {"rules": "open"}),
    ("eld-2", "ElementDefinition", element("A", min=2)),
    ("eld-3", "ElementDefinition", element("A", max="many")),
    ("eld-4", "ElementDefinition.type", {"code": "string", "aggregation": ["bundled"]}),
    ("eld-5", "ElementDefinition", element("A", contentReference="#A", type=[{"code": "string"}])),
    ("eld-6", "ElementDefinition", element("A", fixedString="x", type=[{"code": "string"}, {"code": "code"}])),
    ("eld-7", "ElementDefinition", element("A", patternString="x", type=[{"code": "string"}, {"code": "code"}])),
    ("eld-8", "ElementDefinition", element("A", patternString="x", fixedString="x")),
    ("eld-12", "ElementDefinition.binding", {"strength": "required", "valueSet": "ValueSet/x"}),
    ("eld-13", "ElementDefinition", element("A", type=[{"code": "string"}, {"code": "string"}])),
    ("eld-14", "ElementDefinition", element("A", constraint=[{"key": "a", "severity": "error", "human": "x"}] * 2)),
    ("eld-15", "ElementDefinition", element("A", defaultValueString="x", meaningWhenMissing="x")),
    ("eld-16", "ElementDefinition", element("A", sliceName="a b")),
    ("eld-17", "ElementDefinition.type", {"code": "string", "targetProfile": [HL7]}),
    ("eld-18", "ElementDefinition", element("A", isModifier=True)),
    ("eld-19", "ElementDefinition", element("A.b c")),
    ("eld-22", "ElementDefinition", element("A", sliceIsConstraining=True)),
]

TESTING: list[tuple[str, str, Json]] = [
    ("inv-1", "TestReport.setup.action", {"extension": OTHER}),
    ("inv-2", "TestReport.test.action", {"extension": OTHER}),
    ("tst-1", "TestScript.setup.action", {"extension": OTHER}),
    ("tst-2", "TestScript.test.action", {"extension": OTHER}),
    ("tst-3", "TestScript.variable", {"name": "x", "expression": "x", "headerField": "x", "path": "x"}),
    *[(key, "TestScript.setup.action.operation", {"encodeRequestUrl": True}) for key in ("tst-7", "tst-8", "tst-9")],
    *[
        (key, "TestScript.setup.action.assert", {"warningOnly": True, "path": "x", "resource": "Patient"})
        for key in ("tst-5", "tst-6")
    ],
    *[
        (key, "TestScript.setup.action.assert", {"warningOnly": True, "compareToSourceId": "x"})
        for key in ("tst-10", "tst-11")
    ],
    *[
        (key, "TestScript.setup.action.assert", {"warningOnly": True, "direction": "request", "response": "okay"})
        for key in ("tst-12", "tst-13")
    ],
]


BROKEN = CONFORMANCE + ELEMENTS + TESTING
