"""From the text of a search to a Query that SQL can be made of (FHIR R4 search.html). Pure; no data is touched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from medbridge.fhir.custom import NONE, Custom
from medbridge.fhir.parameters import WHOSE, Parameter, stored
from medbridge.fhir.query import All, Condition, Include, Query, Refers
from medbridge.fhir.search_compartment import within
from medbridge.fhir.search_conditions import condition
from medbridge.fhir.search_controls import CONTROLS
from medbridge.fhir.search_filter import filtered
from medbridge.fhir.search_include import NAMES as INCLUDES
from medbridge.fhir.search_include import include
from medbridge.fhir.search_limits import LIMITS, SHOWN, Asking, Limits, too_costly
from medbridge.fhir.search_reference import patients
from medbridge.fhir.search_terminology import R4, Terminology
from medbridge.fhir.spelling import check_pair, refused
from medbridge.fhir.terms import key

__all__ = ["LIMITS", "Limits", "Query", "following", "parse_query"]

# Read by the caller from the request, for every interaction alike (R4 http.html#parameters).
_OF_THE_REQUEST = frozenset(("_format", "_pretty"))


def parse_query(
    type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    limits: Limits = LIMITS,
    strict: bool = False,
    base: str | None = None,
    terminology: Terminology = R4,
    custom: Custom = NONE,
    compartment: tuple[str, str] | None = None,
) -> Query:
    """Understand a search of one type. `pairs` are decoded; `base` is this server's URL, taken off references.

    compartment: (type, id): only what is in that compartment. Raises FhirError(400) for a malformed value or a limit
    passed, and, when `strict` (Prefer: handling=strict), for anything that would end up in `Query.unknown`.
    """
    if len(pairs) > limits.parameters:
        raise refused("*", f"{len(pairs)} parameters; a search may have {limits.parameters}")
    reading = _Reading(type, Asking(limits, base, terminology, custom))
    if compartment:
        reading.conditions.append(within(type, *compartment))
        reading.patients = (compartment[1],) if compartment[0] == "Patient" else None
    for name, value in pairs:
        reading.take(name, value)
    if strict and reading.unknown:
        names = ", ".join(reading.unknown)
        raise refused(reading.unknown[0], f"not supported for {type}: {names}. Leave it out, or search leniently")
    return reading.query()


def following(query: Query, patients: Sequence[str]) -> Query:
    """A query with `follow_person`, once the linked Patients are known: it asks for the data of all of them."""
    refs = tuple(key("Patient", id) ^ salt for salt in query.person_salts for id in patients)
    return replace(
        query, where=All((*query.where.of, Refers(refs))), patients=tuple(patients), follow_person=False
    )  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """A search half read."""

    type: str
    asking: Asking
    conditions: list[Condition] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    controls: dict[str, Any] = field(default_factory=dict)
    patients: tuple[str, ...] | None = None
    person_salts: tuple[int, ...] = ()
    unknown: list[str] = field(default_factory=list)
    applied: list[tuple[str, str]] = field(default_factory=list)

    def query(self) -> Query:
        controls = {"count": self.asking.limits.count_default} | self.controls
        if controls.get("summary") == "text" and self.includes:
            raise refused("_summary", "text cannot be mixed with _include and _revinclude (R4 search.html#summary)")
        return Query(
            self.type, All(tuple(self.conditions)), includes=tuple(dict.fromkeys(self.includes)),
            patients=self.patients, follow_person=bool(self.person_salts), person_salts=self.person_salts,
            unknown=tuple(self.unknown), applied=tuple(self.applied), custom=tuple(self.asking.used), **controls,
        )  # fmt: skip

    def take(self, name: str, value: str) -> None:
        if name in _OF_THE_REQUEST:
            return
        check_pair(self.asking.limits, name, value)
        self.asking.name = name
        if name in CONTROLS:
            self.control(name, value)
        elif name in INCLUDES:
            self.include(name, value)
        elif self.condition(name, value):
            self.applied.append((name, value))
        else:
            self.unknown.append(name[:SHOWN])

    def control(self, name: str, value: str) -> None:
        changes, left = CONTROLS[name](self.asking, self.type, value)
        self.controls |= changes
        self.unknown += (f"{name}={each[:SHOWN]}" for each in left)
        if changes and name != "_cursor":
            self.applied.append((name, str(changes.get("count", value))))

    def include(self, name: str, value: str) -> None:
        found = include(self.asking, self.type, name, value)
        if not found:
            self.unknown.append(f"{name}={value[:SHOWN]}")
            return
        self.includes += found
        self.applied.append((name, value))
        if sum(n in INCLUDES for n, _ in self.applied) > self.asking.limits.includes:
            raise too_costly(name, f"a search may have {self.asking.limits.includes} of _include and _revinclude")

    def condition(self, name: str, value: str) -> bool:
        """Whether the condition is understood; it is then among `conditions`."""
        if name == "_filter":
            self.add(filtered(self.asking, self.type, value))
            return True
        plain, _, modifier = name.partition(":")
        if plain in WHOSE and (parameter := self.asking.parameter(self.type, plain)):
            self.narrow(parameter, modifier, value)
            if modifier == "mdm":
                return True
        found = condition(self.asking, self.type, name, value)
        if found is not None:
            self.add(found)
        return found is not None

    def add(self, condition: Condition) -> None:
        """All of all is all: the SQL joins code and patient where they stand side by side."""
        self.conditions += condition.of if isinstance(condition, All) else (condition,)

    def narrow(self, parameter: Parameter, modifier: str, value: str) -> None:
        """Remember the Patients of the first condition that names nothing else."""
        follow = modifier == "mdm"
        if modifier not in ("", "Patient", "mdm"):
            return
        if (follow and self.patients is not None) or self.person_salts:
            raise refused(f"{parameter.name}:mdm", "give the patient once when the search follows the person")
        if self.patients is None:
            self.patients = patients(self.asking, parameter, "Patient" if follow else modifier, value)
        if follow:
            if self.patients is None:
                raise refused(f"{parameter.name}:mdm", "takes ids of Patients of this server")
            self.person_salts = tuple(own.salt for own in stored(self.type, parameter))
