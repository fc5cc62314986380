"""Small builders of C-CDA documents: name the part that the test is about, the rest is Alice at north."""

from pathlib import Path
from typing import Any

from medbridge.fhir.references import references
from medbridge.fhir.validate import issues
from medbridge.normalize.ccda import convert
from medbridge.normalize.conversion import Conversion, Source

CHECKOUT = Path(__file__).resolve().parents[4]
SAMPLE = CHECKOUT / "medbridge" / "samples" / "ccda" / "north_ccd_alice.xml"
EXAMPLES = CHECKOUT.parent / "shared" / "data" / "ccda-examples"
NORTH = Source("north", "America/Los_Angeles")
RENJI = Source("renji", "Asia/Shanghai")
C_CDA = "2.16.840.1.113883.10.20.22.4."
LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
SNOMED = 'codeSystem="2.16.840.1.113883.6.96"'
RECORD_NUMBER = '<id root="2.16.840.1.113883.19.391" extension="NB-20391"/>'
PERSON = '<name><given>Alice</given><family>Zhang</family></name><birthTime value="19850314"/>'


def document(*sections: str, ids: str = RECORD_NUMBER, person: str = PERSON, encoding: str = "UTF-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><ClinicalDocument xmlns="urn:hl7-org:v3" '
        'xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<id root="2.16.840.1.113883.19.391.4" extension="D-1"/><code code="34133-9" {LOINC}/>'
        '<title>Summary</title><effectiveTime value="20260312170000-0700"/>'
        f"<recordTarget><patientRole>{ids}<patient>{person}</patient></patientRole></recordTarget>"
        f"<component><structuredBody>{''.join(sections)}</structuredBody></component></ClinicalDocument>"
    )
    return text.encode(encoding)


def section(code: str, *entries: str, narrative: str = "") -> str:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<component><section><code code="{code}" {LOINC}/><text>{narrative}</text>{body}</section></component>'


def observation(inside: str, template: str = "2", attributes: str = "") -> str:
    """A result unless another template is asked for; `inside` holds what the test is about."""
    return (
        f'<observation classCode="OBS" moodCode="EVN" {attributes}><templateId root="{C_CDA}{template}"/>'
        f'<statusCode code="completed"/>{inside}</observation>'
    )


def result(value: str, extra: str = "") -> str:
    return section("30954-2", observation(f'<code code="2345-7" {LOINC}/>{extra}{value}'))


def concern(template: str, inner: str, status: str = "active") -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN"><templateId root="{C_CDA}{template}"/><statusCode code="{status}"/>'
        f'<entryRelationship typeCode="SUBJ">{inner}</entryRelationship></act>'
    )


def converted(raw: bytes, source: Source = NORTH) -> Conversion:
    return convert(raw, source)


def resources(raw: bytes, kind: str, source: Source = NORTH) -> list[dict[str, Any]]:
    return [each for each in converted(raw, source).resources if each["resourceType"] == kind]


def one(raw: bytes, kind: str, source: Source = NORTH) -> dict[str, Any]:
    (found,) = resources(raw, kind, source)
    return found


def check_all(conversion: Conversion) -> None:
    """Every resource valid and there once, every reference final and to one of them."""
    names = [(each["resourceType"], each["id"]) for each in conversion.resources]
    assert len(names) == len(set(names))
    for resource in conversion.resources:
        assert issues(resource) == []
        for reference in references(resource):
            assert reference.kind == "literal"
            assert (reference.type, reference.id) in names
