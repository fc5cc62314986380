"""Small builders of CDA documents: write the entry that the test is about, the rest is Alice at north."""

from pathlib import Path
from typing import Any

from medbridge.normalize.ccda import convert
from medbridge.normalize.conversion import Conversion, Source

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "medbridge" / "samples" / "ccda" / "north_ccd_alice.xml"
EXAMPLES = ROOT.parent / "shared" / "data" / "ccda-examples"
NORTH = Source("north", "America/Los_Angeles")
NAMESPACES = (
    'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc"'
)
TEMPLATE = "2.16.840.1.113883.10.20.22.4."
LOINC, SNOMED = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96"
ALICE = """<patientRole><id root="2.16.840.1.113883.19.391" extension="NB-1"/><patient>
<name><given>Alice</given><family>Zhang</family></name><administrativeGenderCode code="F"/>
<birthTime value="19850314"/></patient></patientRole>"""


def cd(code: str, system: str = SNOMED, name: str = "x", tag: str = "value") -> str:
    kind = ' xsi:type="CD"' if tag == "value" else ""
    return f'<{tag}{kind} code="{code}" codeSystem="{system}" displayName="{name}"/>'


def section(loinc: str, *entries: str, text: str = "") -> str:
    body = "".join(f"<entry>{each}</entry>" for each in entries)
    return f"<component><section>{cd(loinc, LOINC, tag='code')}<text>{text}</text>{body}</section></component>"


def document(*sections: str, target: str = ALICE, header: str = "", prolog: str = "") -> str:
    body = f"<component><structuredBody>{''.join(sections)}</structuredBody></component>" if sections else ""
    return f"""{prolog}<ClinicalDocument {NAMESPACES}><id root="2.16.840.1.113883.19.391.4" extension="D-1"/>
{header}<recordTarget>{target}</recordTarget>{body}</ClinicalDocument>"""


def observation(inside: str, template: str = "", attributes: str = "", ids: str = "") -> str:
    known = f'<templateId root="{TEMPLATE}{template}"/>' if template else ""
    return f'<observation classCode="OBS" moodCode="EVN" {attributes}>{known}{ids}{inside}</observation>'


def result(value: str, *, code: str = "4548-4", ids: str = "") -> str:
    known = f'{cd(code, LOINC, tag="code")}<statusCode code="completed"/><effectiveTime value="20260312"/>'
    return observation(known + value, "2", ids=ids)


def converted(*sections: str, source: Source = NORTH, **parts: str) -> Conversion:
    return convert(document(*sections, **parts).encode(), source)


def found(conversion: Conversion, kind: str) -> list[dict[str, Any]]:
    return [each for each in conversion.resources if each["resourceType"] == kind]


def only(conversion: Conversion, kind: str) -> dict[str, Any]:
    (one,) = found(conversion, kind)
    return one
