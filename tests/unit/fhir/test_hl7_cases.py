"""HL7's own test cases (Maven, fhir-test-cases 1.7.69): R4 examples, and what the Java validator says of many more.

mvn dependency:get -Dartifact=org.hl7.fhir.testcases:fhir-test-cases:1.7.69 -Dtransitive=false
MEDBRIDGE_TEST_CASES=~/.m2/repository/org/hl7/fhir/testcases/fhir-test-cases/1.7.69/fhir-test-cases-1.7.69.jar
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import parse
from medbridge.fhir.validate import check

JAR = os.environ.get("MEDBRIDGE_TEST_CASES", "")
pytestmark = pytest.mark.skipif(not JAR, reason="NOT RUN: MEDBRIDGE_TEST_CASES is not set")
ROOT = "org/hl7/fhir/testcases/"
# Examples of before 4.0.1, kept as they were.
NOT_R4 = {
    "bundle-questionnaire.json": "items without linkId",
    "codesystem-example.json": "a code twice (csd-1)",
    "deviceusestatement-example.json": "reasonReference to a Procedure",
    "devicemetric-example.json": "parent a DeviceDefinition",
    "medicationrequest0301.json": "performer a Practitioner",
}
# Modules that judge what we do not (profiles, terminology ...) or read (CDA, JSON5 ...).
OTHER = {"tx", "questionnaire", "profile", "dsig", "json5", "cql", "matchetype", "shc", "shlink", "cda", "logical"}
OTHER |= {"ig", "packages", "cdshooks", "sql-on-fhir", "supplements", "bundle-profile"}
# Passed over by the Java validator when it is told to ignore ids of contained resources.
STRICTER = {"contained-resource-bad-id-ignore"}
# What it refuses and we do not.
NOT_JUDGED = {
    "display names, unknown codes and systems": {
        *("mr-covid-bnd1", "uk-msg", "ips-nz-pj"),
        *("bundle-id-3", "bundle-id-4", "bundle-id-5", "bundle-with-contained"),
    },
    "extensions that are not known, or not here": {
        *("pat-dob-ext", "pat-example-extensions", "maiden-name-extension", "target-ref-profile-empty"),
        "ips-htmlrefs-backwards",
    },
    "references between the entries of a Bundle or Parameters": {
        *("bundle-document-versioned-references-bad", "parameters-reference-bad"),
    },
    "expressions, and what other definitions say": {
        *("capstmt", "sp-diff-type", "sp-diff-base", "sp-composite", "obs-mz"),
        *("vs-params-2", "vs-params-3", "vs-params-4"),
    },
    "tags in plain text and markdown (a choice of that run)": {"pat-security-bad-string", "bad-markdown-no-html"},
    "example.org as an address (a choice of that run)": {"dr-example-org"},
    "a link relation twice (R5)": {"bundle-id-2"},
    "an attachment's size beside its data": {"attachment-with-wrong-size"},
    "a day against a moment within it (FHIRPath: cannot be told)": {"encounter-period"},
    "signatures": {"sig-bundle.json"},
}


def refused(raw: bytes) -> str:
    try:
        check(parse(raw))
    except FhirError as error:
        return str(error)
    return ""


def cases() -> Iterator[tuple[str, bytes, bool]]:
    """Name, body, and whether the Java validator found an error."""
    with zipfile.ZipFile(JAR) as jar:
        known = set(jar.namelist())
        manifest = orjson.loads(jar.read(f"{ROOT}validator/manifest.json"))
        for case in manifest["test-cases"]:
            body, said = f"{ROOT}validator/{case['file']}", f"{ROOT}validator/outcomes/{case.get('java')}"
            if is_ours(case) and body in known and said in known:
                outcome: Any = orjson.loads(jar.read(said))
                found = outcome.get("outcome", outcome).get("issue", ())
                yield case["name"], jar.read(body), any(issue["severity"] in ("error", "fatal") for issue in found)


def is_ours(case: dict[str, Any]) -> bool:
    plain = not case.keys() & {"profiles", "supporting", "packages", "profile"}
    r4 = case.get("version", "").startswith("4.0") and case["file"].endswith(".json")
    return plain and r4 and case.get("module") not in OTHER


def test_the_examples_of_r4_are_accepted() -> None:
    with zipfile.ZipFile(JAR) as jar:
        names = [name for name in jar.namelist() if name.startswith(f"{ROOT}r4/examples/") and name.endswith(".json")]
        answers = {name.rpartition("/")[2]: refused(jar.read(name)) for name in names}
    assert len(names) > 70
    assert {name for name, answer in answers.items() if answer} == NOT_R4.keys()


def test_what_the_java_validator_accepts_is_accepted() -> None:
    assert {name for name, raw, wrong in cases() if not wrong and refused(raw)} == STRICTER


def test_what_the_java_validator_refuses_is_refused_or_named_with_the_reason() -> None:
    missed = {name for name, raw, wrong in cases() if wrong and not refused(raw)}
    assert missed == {name for names in NOT_JUDGED.values() for name in names}
