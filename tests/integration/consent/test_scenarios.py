"""The worked scenarios of ../shared/scenarios/consent.json, by the pure rules and by the compiled condition.

Everything is pushed by H0, which recorded the consents.
"""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from medbridge.consent.labels import LEVELS, combine
from medbridge.consent.labels import text as label_text
from medbridge.consent.marks import mark
from medbridge.consent.rules import Request, Row, decide, nodes
from medbridge.consent.store import store
from tests import build
from tests.integration.consent.rows import create, visible
from tests.unit.consent.build import NOW, actor, coded, consent, row, rule

FILE = Path(__file__).resolve().parents[3] / ".." / "shared" / "scenarios" / "consent.json"

# Scenarios whose outcome is one set of records, and what is asked for.
OBSERVATIONS, CONDITIONS, EVERYTHING = ("Observation",), ("Condition",), None
ASKED: dict[int, tuple[str, ...] | None] = {
    **dict.fromkeys([1, 2, 3, 5, 6, 7, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 33, 35], OBSERVATIONS),
    **dict.fromkeys([4, 9, 10, 11, 12, 16, 17, 18, 26, 30], EVERYTHING),
    **dict.fromkeys([31, 32], CONDITIONS),
}
# Rows about the interface: the decision below them is one of those above, the rest is tested where it happens.
ELSEWHERE = {
    8: "a read's 404", 34: "counts", 36: "_include", 38: "_has", 40: "instance history", 41: "type history",
    43: "deleted records", 45: "batch", 46: "GraphQL", 51: "Binary", 57: "scopes", 58: "scopes", 59: "tokens",
    61: "writes", 62: "access records",
}  # fmt: skip
OWN_TESTS = {49: "two patients", 50: "no patient", 54: "bulk export of a group", 56: "patient token"}


@cache
def fixture() -> dict[str, Any]:
    if not FILE.exists():
        pytest.skip(f"NOT TESTED: the consent scenarios, because {FILE} is absent (lay `shared` beside the checkout)")
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded


def provision(short: dict[str, Any]) -> dict[str, Any]:
    """The fixture's short form as FHIR."""
    built: dict[str, Any] = rule(
        short["type"], *map(provision, short.get("provision", ())), classes=tuple(short.get("class", ()))
    )
    for name in ("period", "dataPeriod"):
        built |= {name: short[name]} if name in short else {}
    labels = {
        "actor": [actor(reference(name)) for name in short.get("actor", ())],
        "purpose": [coded(code) for code in short.get("purpose", ())],
        "securityLabel": [label(code) for code in short.get("securityLabel", ())],
        "code": [{"coding": [{"system": build.LOINC, "code": code}]} for code in short.get("code", ())],
        "data": [{"meaning": m, "reference": {"reference": reference(r)}} for m, r in short.get("data", ())],
    }
    return built | {name: value for name, value in labels.items() if value}


def reference(name: str) -> str:
    return name if "/" in name else f"Practitioner/{name}"


def request(who: str, purpose: str) -> Request:
    practitioner, organization, *groups = fixture()["who"][who]
    hospital = organization.removeprefix("Organization/")
    return Request(hospital, reference(practitioner), "clinician", tuple(groups), (), purpose, NOW)


def label(code: str) -> dict[str, str]:
    return {"system": f"{build.THO}/{'v3-Confidentiality' if code in LEVELS else 'v3-ActCode'}", "code": code}


def records(*patients: str) -> list[Row]:
    return [record(each) for each in fixture()["resources"].values() if each["patient"] in patients]


def record(short: dict[str, Any]) -> Row:
    """The fixture's record as a write would label and mark it."""
    resource = {
        "meta": {"security": [label(code) for code in short["labels"]]},
        "performer": [{"reference": reference(short["author"])}] if short["author"] else [],
        "encounter": {"reference": short["enc"] or ""},
        "code": {"coding": [{"system": build.LOINC, "code": code} for code in short["codes"]]},
    }
    found = mark(resource)
    plain = row(short["type"], short["id"].split("/")[1], patient=short["patient"], custodian="H0", date=short["date"])
    labels = combine([text for coding in found.own if (text := label_text(*coding))])
    return replace(plain, labels=labels, marks=tuple(found.marks))


def shown(consents: list[tuple[str, str]], by: Request, rows: list[Row]) -> set[str]:
    """Ids visible under the (consent, Patient) pairs; both forms of the rules must agree."""
    rules = []
    for name, patient in consents:
        short = fixture()["consents"][name]
        resource = consent(provision(short["provision"]), id=f"{name}-{patient}", status=short["status"])
        store(resource, bindings=[(patient, "H0")], version=1)
        rules += nodes(resource, bindings=[(patient, "H0")])
    create(rows)
    seen = {rows[n].id for n in visible(by)}
    assert seen == {r.id for r in rows if decide(rules, by, r).visible}
    return seen


def ids(expected: str) -> set[str]:
    return set(re.findall(r"\b[A-Za-z]\d\b", expected.partition(";")[0]))


@pytest.mark.django_db
@pytest.mark.parametrize("number", ASKED)
def test_scenario(number: int) -> None:
    scenario = next(s for s in fixture()["scenarios"] if s["n"] == number)
    names = [] if scenario["consent"] == "none" else scenario["consent"].split("+")
    types = ASKED[number]
    rows = [r for r in records("P1") if types is None or r.type in types]
    seen = shown([(name, "P1") for name in names], request(scenario["who"], scenario["purpose"]), rows)
    expected = ids(scenario["expected"])
    assert seen == expected


@pytest.mark.django_db
def test_scenario_49_each_patient_under_its_own_consent() -> None:
    rows = [r for r in records("P1", "P2") if r.type == "Observation"]
    assert shown([("K2", "P1"), ("K1", "P2")], request("DrA", "TREAT"), rows) == {"o9", "f1"}


@pytest.mark.django_db
def test_scenario_50_no_patient_no_consent() -> None:
    rows = [row(type, "x1", patient=None, custodian="H0") for type in ("List", "Binary", "Basic")]
    assert shown([("K1", "P1")], request("DrA", "TREAT"), rows) == set()


@pytest.mark.django_db
def test_scenario_54_an_export_holds_only_who_consented() -> None:
    rows = records("P1", "P2", "P3")
    seen = shown([("K16", "P1"), ("K2", "P3")], request("Res", "PROJ-7"), rows)
    assert seen == {r.id for r in rows if r.patient == "P1"}


@pytest.mark.django_db
def test_scenario_56_a_patient_token_reaches_its_own_patient_only() -> None:
    rows = records("P1", "P2")
    alice = Request(None, None, "patient", (), ("P1",), "PATRQT", NOW)
    assert shown([("K1", "P2")], alice, rows) == {r.id for r in rows if r.patient == "P1"}


@pytest.mark.parametrize(("number", "reason"), ELSEWHERE.items())
def test_scenario_of_the_interface(number: int, reason: str) -> None:
    pytest.skip(f"scenario {number} is about {reason}, not about the rules: it is tested at the interface")


def test_every_scenario_is_accounted_for() -> None:
    assert {s["n"] for s in fixture()["scenarios"]} == ASKED.keys() | ELSEWHERE.keys() | OWN_TESTS.keys()
