"""The operations: one table for the URLs, the CapabilityStatement and the OpenAPI description."""

from dataclasses import dataclass
from typing import Literal

from django.urls import URLPattern, re_path

from medbridge.api import everything
from medbridge.api.diff import Diff
from medbridge.api.everything import EncounterEverything, Everything
from medbridge.api.explain import Explain, WhoCanSee
from medbridge.api.lastn import LastN
from medbridge.api.receipt import Promise, Receipt
from medbridge.api.validate import Validate
from medbridge.api.view import FhirView

Level = Literal["system", "type", "instance", "version"]

TYPE = r"(?P<type>[A-Z][A-Za-z]{1,63})"
ID = r"(?P<id>[A-Za-z0-9\-.]{1,64})"
VERSION = r"(?P<version>[1-9][0-9]{0,8})"

_R4 = "http://hl7.org/fhir/OperationDefinition/"
# Operations of our own; a URN, because a canonical URL under somebody's web site would promise a page there.
_OWN = "urn:medbridge:operation:"


@dataclass(frozen=True, slots=True)
class Operation:
    """`type`: the one resource type that it is for; None: every type. `answer`: resource type, "" when it is no FHIR.

    `parameters`: what the query may hold.
    """

    name: str
    definition: str
    view: type[FhirView]
    levels: tuple[Level, ...]
    type: str | None = None
    answer: str = ""
    parameters: tuple[str, ...] = ()


OPERATIONS = (
    Operation("everything", f"{_R4}Patient-everything", Everything, ("type", "instance"), "Patient", "Bundle",
              everything.NAMES),
    Operation("everything", f"{_R4}Encounter-everything", EncounterEverything, ("instance",), "Encounter", "Bundle",
              everything.NAMES),
    Operation("lastn", f"{_R4}Observation-lastn", LastN, ("type",), "Observation", "Bundle",
              ("max", "patient", "subject", "category", "code")),
    Operation("validate", f"{_R4}Resource-validate", Validate, ("type", "instance"), None, "OperationOutcome",
              ("mode", "profile")),
    Operation("diff", f"{_OWN}diff", Diff, ("system", "instance"), None, "Parameters", ("from", "to")),
    Operation("receipt", f"{_OWN}receipt", Receipt, ("instance", "version"), parameters=("format",)),
    Operation("who-can-see", f"{_OWN}who-can-see", WhoCanSee, ("type", "instance"), "Patient", "Parameters"),
    Operation("explain", f"{_OWN}explain", Explain, ("instance",), None, "Parameters"),
    Operation("promise", f"{_OWN}promise", Promise, ("instance", "version")),
)  # fmt: skip

_PLACES: dict[Level, str] = {"system": "", "type": "{type}/", "instance": f"{{type}}/{ID}/",
                             "version": f"{{type}}/{ID}/_history/{VERSION}/"}  # fmt: skip


def routes() -> list[URLPattern]:
    return [
        re_path(rf"^fhir/{_PLACES[level].replace('{type}', each.type or TYPE)}\${each.name}$", each.view.as_view())
        for each in OPERATIONS
        for level in each.levels
    ]


def of_type(type: str) -> dict[str, str]:
    """Name -> definition of the operations that a type or its instances have."""
    own = (each for each in OPERATIONS if each.type in (None, type) and each.levels != ("system",))
    return {each.name: each.definition for each in own}


def of_system() -> dict[str, str]:
    return {each.name: each.definition for each in OPERATIONS if "system" in each.levels}
