"""The interactions: which of FHIR's (R4 http.html#summary) the URLs answer.

Asked of the URL table itself, so the CapabilityStatement and the OpenAPI description cannot claim another set.
"""

from dataclasses import dataclass
from functools import cache

from django.urls import resolve

from medbridge.api.resource import Nothing
from medbridge.api.view import supported_methods


@dataclass(frozen=True, slots=True)
class Interaction:
    """`code`: of CodeSystem restful-interaction, or "conditional-...". `path`: below the base, with `{type}`."""

    code: str
    method: str
    path: str


OF_TYPE = (
    Interaction("read", "GET", "{type}/{id}"),
    Interaction("vread", "GET", "{type}/{id}/_history/{version}"),
    Interaction("update", "PUT", "{type}/{id}"),
    Interaction("patch", "PATCH", "{type}/{id}"),
    Interaction("delete", "DELETE", "{type}/{id}"),
    Interaction("history-instance", "GET", "{type}/{id}/_history"),
    Interaction("history-type", "GET", "{type}/_history"),
    Interaction("create", "POST", "{type}"),
    Interaction("search-type", "GET", "{type}"),
)
# conditional create is a header of create
CONDITIONAL = (
    Interaction("conditional-update", "PUT", "{type}"),
    Interaction("conditional-patch", "PATCH", "{type}"),
    Interaction("conditional-delete", "DELETE", "{type}"),
)
SEARCH_BY_POST = Interaction("search-type", "POST", "{type}/_search")
OF_SYSTEM = (
    Interaction("transaction", "POST", ""),
    Interaction("batch", "POST", ""),
    Interaction("history-system", "GET", "_history"),
    Interaction("search-system", "GET", ""),
)
COMPARTMENT = Interaction("search-compartment", "GET", "{type}/{id}/{member}")
# Access records are written by the server, and never change.
READ_ONLY = {"AuditEvent": ("read", "search-type")}
_EXAMPLE = {"type": "Observation", "id": "x", "version": "1", "member": "Observation"}


@cache
def answered(interaction: Interaction, type: str = "Observation") -> bool:
    """Whether the URL table leads to a view that takes the method."""
    if type in READ_ONLY and interaction.code not in READ_ONLY[type]:
        return False
    path = interaction.path.format_map({**_EXAMPLE, "type": type})
    view = resolve(f"/fhir/{path}".rstrip("/")).func.view_class  # type: ignore[attr-defined]
    return view is not Nothing and interaction.method in supported_methods(view)


def codes(interactions: tuple[Interaction, ...], type: str = "Observation") -> tuple[str, ...]:
    return tuple(each.code for each in interactions if answered(each, type))
