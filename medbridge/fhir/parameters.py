"""The search parameters of R4 that the code runs on; index, search and CapabilityStatement share this one table."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from medbridge.fhir import terms
from medbridge.fhir.compartments import members

Kind = Literal["token", "reference", "string", "date", "uri", "number", "quantity", "composite", "special"]

# The types of R4 and a few made-up ones: a type comes from a URL, so the cache must have an end.
TYPES_CACHED = 256
DEFINITION_BASE = "http://hl7.org/fhir/SearchParameter/"
# Where the patient compartment is silent, these still say whose data it is (Device, Contract, GuidanceResponse ...).
WHOSE = ("patient", "subject")
# R4 has Task in no Patient's compartment, R5 has it through these.
WHOSE_ELSE = {"Task": ("focus", "patient")}

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
class Component:
    """One part of a composite. `parameter`: that of the same type that answers for it. `paths`: below the root.

    A path that starts with `%` is read from the resource, not from the root (MolecularSequence).
    `salt`: of its values' rows, for a date, number or quantity: that of the composite; of a second one (start and end),
    terms.salt(type, "composite$parameter"), and the two may then come from different elements.
    """

    parameter: str
    kind: Kind
    paths: tuple[str, ...]
    salt: int = 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type.

    `paths`, as tools/generate_fhir_search.py spells them: `telecom[system=email]:ContactPoint`.
    `systems`: code systems that its `code` or boolean elements imply; such a parameter reads nothing else, so
    `system|code` means `code`, and `system|` means that there is a value (`bit`).
    `bit`: 1 << its place among the type's parameters, set in Index.present where it has a value; 0 for composites,
    for which R4 has no `:missing`.
    `salt`: terms.salt(type, name). Also salts: `name:exact` and the others that terms.salt names.
    `targets`: types that a reference can have; empty: any.
    `expands`: the index stores nothing of this parameter, because these of the same type add up to it (`combo-code` is
    `code` or `component-code`; `patient` is `subject` with the targets of `patient`). Its `bit` is set all the same.
    `root`, `components`: of a composite: the repeating element in which all parts must stand together; "" when the
    resource has one such place: then the parts are conditions of their own, and the index stores nothing. All parts
    tokens or references: terms of the composite, spellings joined with `$`. Otherwise the values lie in the value
    tables under Component.salt, each with the composite's term of one spelling of the token half as its `pair`.
    `marker`: of a custom parameter (fhir.custom), which has no bit: a term of every resource that has a value.
    `definition`: the last part of the URL of R4's definition; of a custom parameter the whole URL.
    """

    name: str
    kind: Kind
    definition: str
    paths: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    bit: int = 0
    salt: int = 0
    targets: tuple[str, ...] = ()
    expands: tuple[str, ...] = ()
    root: str = ""
    components: tuple[Component, ...] = ()
    marker: int = 0


# Parameters of every type, Resource.meta (R4 search.html#all); the code of `_text` and the like is in search.
COMMON: dict[str, dict[str, Any]] = {
    "_id": {"kind": "token", "definition": "Resource-id", "paths": ["id:id"]},
    "_lastUpdated": {"kind": "date", "definition": "Resource-lastUpdated", "paths": ["meta.lastUpdated:instant"]},
    "_profile": {"kind": "uri", "definition": "Resource-profile", "paths": ["meta.profile:canonical"]},
    "_security": {"kind": "token", "definition": "Resource-security", "paths": ["meta.security:Coding"]},
    "_source": {"kind": "uri", "definition": "Resource-source", "paths": ["meta.source:uri"]},
    "_tag": {"kind": "token", "definition": "Resource-tag", "paths": ["meta.tag:Coding"]},
}


def _load() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name("tables") / "search_parameters.json"
    tables: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return tables


_ROWS = _load()


def compartment(type: str) -> tuple[str, ...]:
    """Reference parameters that say whose data a resource is: those of CompartmentDefinition/patient, or WHOSE."""
    return members("Patient").get(type) or WHOSE_ELSE.get(type, WHOSE)


def clinical_date(type: str) -> tuple[str, ...]:
    """Names of the date parameters that the row's interval is taken from, in order of preference."""
    return CLINICAL_DATE.get(type) or (("date",) if "date" in _ROWS.get(type, {}) else ())


def date_column(type: str, name: str) -> bool:
    """Whether the row's own low and high answer for the date parameter, and Index.dates says nothing of it.

    Only where they can hold nothing else: the one candidate of the clinical date, read from one element.
    """
    return clinical_date(type) == (name,) and not _ROWS[type][name].get("several")


@lru_cache(maxsize=TYPES_CACHED)
def supported(type: str) -> dict[str, Parameter]:
    """R4's parameters of the type by name, sorted, with the common ones; of an unknown type only the common ones."""
    rows = sorted((COMMON | _ROWS.get(type, {})).items())
    return {name: _parameter(type, name, row, 1 << at) for at, (name, row) in enumerate(rows)}


def stored(type: str, parameter: Parameter) -> tuple[Parameter, ...]:
    """The parameter itself, or those that the index has in its place (Parameter.expands)."""
    return tuple(supported(type)[other] for other in parameter.expands) or (parameter,)


def _parameter(type: str, name: str, row: dict[str, Any], bit: int) -> Parameter:
    parts = _components(type, name, row.get("components", []))
    return Parameter(
        name, row["kind"], row["definition"], tuple(row.get("paths", ())), tuple(row.get("systems", ())),
        0 if parts else bit, terms.salt(type, name), tuple(row.get("targets", ())), tuple(row.get("expands", ())),
        row.get("root", ""), parts,
    )  # fmt: skip


def _components(type: str, name: str, rows: list[dict[str, Any]]) -> tuple[Component, ...]:
    parts: list[Component] = []
    for row in rows:
        own = 0
        if row["kind"] in ("date", "number", "quantity"):
            second = any(part.salt for part in parts)
            own = terms.salt(type, f"{name}${row['parameter']}" if second else name)
        parts.append(Component(row["parameter"], row["kind"], tuple(row.get("paths", ())), own))
    return tuple(parts)
