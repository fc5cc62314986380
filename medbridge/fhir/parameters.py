"""The search parameters of R4 that the code runs on; index, search and CapabilityStatement share this one table."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

Kind = Literal["token", "reference", "string", "date", "uri"]

# The types of R4 and a few made-up ones: a type comes from a URL, so the cache must have an end.
TYPES_CACHED = 256
DEFINITION_BASE = "http://hl7.org/fhir/SearchParameter/"
# Where the patient compartment is silent, these still say whose data it is (Device, Contract, GuidanceResponse ...).
WHOSE = ("patient", "subject")

# The parameter that stands for the time of a resource in lists, sorts and consent's data period. Where a type has two,
# the first that is present counts. A type that is not named uses `date`, if it has it.
CLINICAL_DATE: dict[str, tuple[str, ...]] = {
    "ChargeItem": ("occurrence",),
    "Claim": ("created",),
    "ClaimResponse": ("created",),
    "Communication": ("sent", "received"),
    "CommunicationRequest": ("authored",),
    "Condition": ("onset-date", "recorded-date"),
    "Contract": ("issued",),
    "CoverageEligibilityRequest": ("created",),
    "CoverageEligibilityResponse": ("created",),
    "DetectedIssue": ("identified",),
    "DeviceRequest": ("authored-on", "event-date"),
    "DocumentManifest": ("created",),
    "ExplanationOfBenefit": ("created",),
    "Goal": ("start-date", "target-date"),
    "ImagingStudy": ("started",),
    "Media": ("created",),
    "MedicationAdministration": ("effective-time",),
    "MedicationDispense": ("whenhandedover", "whenprepared"),
    "MedicationRequest": ("authoredon",),
    "MedicationStatement": ("effective",),
    "NutritionOrder": ("datetime",),
    "Patient": ("birthdate",),
    "PaymentNotice": ("created",),
    "PaymentReconciliation": ("created",),
    "Person": ("birthdate",),
    "Provenance": ("recorded", "when"),
    "QuestionnaireResponse": ("authored",),
    "RelatedPerson": ("birthdate",),
    "RequestGroup": ("authored",),
    "ServiceRequest": ("authored",),
    "Slot": ("start",),
    "Specimen": ("collected",),
    "Substance": ("expiry",),
    "Task": ("authored-on",),
    "TestReport": ("issued",),
    "VisionPrescription": ("datewritten",),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type. `paths` as tools/generate_fhir_search.py spells them.

    `systems`: code systems that its `code` or boolean elements imply.
    """

    name: str
    kind: Kind
    definition: str
    paths: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()


# Parameters of every type, Resource.meta (R4 search.html#all).
COMMON: dict[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("_id", "token", "Resource-id"),
        Parameter("_lastUpdated", "date", "Resource-lastUpdated"),
        Parameter("_profile", "uri", "Resource-profile", ("meta.profile:canonical",)),
        Parameter("_security", "token", "Resource-security", ("meta.security:Coding",)),
        Parameter("_source", "uri", "Resource-source", ("meta.source:uri",)),
        Parameter("_tag", "token", "Resource-tag", ("meta.tag:Coding",)),
    )
}


def _load() -> tuple[dict[str, dict[str, Parameter]], dict[str, tuple[str, ...]]]:
    path = Path(__file__).with_name("tables") / "search_parameters.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    tables = {
        type: {
            name: Parameter(name, r["kind"], r["definition"], tuple(r["paths"]), tuple(r.get("systems", ())))
            for name, r in rows.items()
        }
        for type, rows in content["parameters"].items()
    }
    return tables, {type: tuple(names) for type, names in content["patient_compartment"].items()}


_TABLES, _COMPARTMENT = _load()


def compartment(type: str) -> tuple[str, ...]:
    """Reference parameters that put a resource into a Patient's compartment (CompartmentDefinition/patient)."""
    return _COMPARTMENT.get(type, WHOSE)


def clinical_date(type: str) -> tuple[str, ...]:
    """Names of the date parameters that the row's interval is taken from, in order of preference."""
    return CLINICAL_DATE.get(type) or (("date",) if "date" in _TABLES.get(type, {}) else ())


@lru_cache(maxsize=TYPES_CACHED)
def supported(type: str) -> dict[str, Parameter]:
    """What a search of the type understands: all but the dates that no column holds."""
    held = clinical_date(type)[:1]
    rows = {n: p for n, p in _TABLES.get(type, {}).items() if p.kind != "date" or n in held}
    return COMMON | rows


@lru_cache(maxsize=TYPES_CACHED)
def indexed(type: str) -> dict[str, Parameter]:
    """What the index reads from a resource of the type: the supported ones and the stand-ins of the clinical date."""
    rows = _TABLES.get(type, {})
    return supported(type) | {name: rows[name] for name in clinical_date(type) if name in rows}
