"""Bundles of the size and mixture of Synthea's: visits with their measurements, diagnoses and prescriptions."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

SURNAMES = ("Adler", "Brandt", "Castro", "Dupont", "Eriksen", "Fontaine", "Garcia", "Hoffmann", "Ivanov", "Jansen")
GIVEN = ("Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Iris", "Jonas", "Karin", "Louis")
LABORATORY = (
    ("8302-2", "Body Height", "cm"), ("29463-7", "Body Weight", "kg"), ("39156-5", "Body mass index", "kg/m2"),
    ("2339-0", "Glucose", "mg/dL"), ("6690-2", "Leukocytes", "10*3/uL"), ("718-7", "Hemoglobin", "g/dL"),
    ("2160-0", "Creatinine", "mg/dL"), ("4548-4", "Hemoglobin A1c", "%"),
)  # fmt: skip
DIAGNOSES = (
    ("44054006", "Type 2 diabetes mellitus"),
    ("59621000", "Essential hypertension"),
    ("195662009", "Acute viral pharyngitis"),
)
DRUGS = (("861007", "metformin 500 MG"), ("314076", "lisinopril 10 MG"), ("313782", "acetaminophen 325 MG"))
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM = "http://unitsofmeasure.org"
SYSTEM = "urn:oid:2.16.840.1.113883.19.391"


def patient(rng: random.Random) -> dict[str, Any]:
    """A Patient like no other: same names occur, as in life, with other birth dates and numbers."""
    family = rng.choice(SURNAMES) + rng.choice(("", "-" + rng.choice(SURNAMES), "s", "son"))
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": str(UUID(int=rng.getrandbits(128)))}],
        "name": [{"use": "official", "family": family, "given": [rng.choice(GIVEN), rng.choice(GIVEN)]}],
        "gender": rng.choice(("female", "male")),
        "birthDate": (datetime(1930, 1, 1) + timedelta(days=rng.randrange(33_000))).date().isoformat(),
        "telecom": [{"system": "phone", "value": f"555-{rng.randrange(10**7):07}", "use": "home"}],
        "address": [{"line": [f"{rng.randrange(1, 999)} Main Street"], "city": "Oakland", "state": "CA"}],
    }  # fmt: skip


def measurement(rng: random.Random, subject: str, **elements: Any) -> dict[str, Any]:
    code, display, unit = rng.choice(LABORATORY)
    at = _moment(rng)
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [_concept(CATEGORY, "laboratory", "Laboratory")],
        "code": _concept("http://loinc.org", code, display),
        "subject": {"reference": subject},
        "effectiveDateTime": at,
        "issued": at,
        "valueQuantity": {"value": round(rng.uniform(1, 200), 2), "unit": unit, "system": UCUM, "code": unit},
        **elements,
    }  # fmt: skip


def person(number: int, entries: int) -> dict[str, Any]:
    """A transaction bundle of `entries` resources about one person, who refer to each other by urn:uuid."""
    rng = random.Random(number)
    resources = [patient(rng)]
    names = [_name(rng)]
    while len(resources) < entries:
        visit = _name(rng)
        stay = [_visit(rng, names[0]), *(_of_visit(rng, names[0], visit) for _ in range(rng.randrange(6, 14)))]
        resources += stay
        names += [visit, *(_name(rng) for _ in stay[1:])]
    listed = list(zip(names, resources, strict=True))[:entries]
    request = {r["resourceType"]: {"method": "POST", "url": r["resourceType"]} for r in resources}
    entry = [{"fullUrl": name, "resource": r, "request": request[r["resourceType"]]} for name, r in listed]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entry}


def _visit(rng: random.Random, subject: str) -> dict[str, Any]:
    at = _moment(rng)
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [_concept("http://snomed.info/sct", "185349003", "Encounter for check up (procedure)")],
        "subject": {"reference": subject},
        "period": {"start": at, "end": at},
    }


def _of_visit(rng: random.Random, subject: str, visit: str) -> dict[str, Any]:
    kind = rng.random()
    if kind < 0.75:
        return measurement(rng, subject, encounter={"reference": visit})
    if kind < 0.87:
        return {
            "resourceType": "Condition",
            "clinicalStatus": _concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
            "code": _concept("http://snomed.info/sct", *rng.choice(DIAGNOSES)),
            "subject": {"reference": subject},
            "encounter": {"reference": visit},
            "onsetDateTime": _moment(rng),
        }
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": _concept("http://www.nlm.nih.gov/research/umls/rxnorm", *rng.choice(DRUGS)),
        "subject": {"reference": subject},
        "encounter": {"reference": visit},
        "authoredOn": _moment(rng),
        "dosageInstruction": [{"sequence": 1, "text": "Take twice daily.", "asNeededBoolean": False}],
    }


def _concept(system: str, code: str, display: str = "") -> dict[str, Any]:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": display} if display else {})}


def _moment(rng: random.Random) -> str:
    return (datetime(2008, 1, 1) + timedelta(minutes=rng.randrange(9_000_000))).isoformat() + "+00:00"


def _name(rng: random.Random) -> str:
    return UUID(int=rng.getrandbits(128), version=4).urn
