"""Reading and rewriting the references of a resource (FHIR R4, references.html and http.html#trules)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["literal", "absolute", "urn", "fragment", "conditional", "other"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One Reference.reference: `text` as sent, `expression` the FHIRPath of its Reference element.

    `type` and `id` are set for literal (Patient/1) and absolute RESTful references, `version` when given;
    `type` and `query` for a conditional reference (Patient?identifier=s|v).
    """

    expression: str
    text: str
    kind: Kind
    type: str | None = None
    id: str | None = None
    version: str | None = None
    query: str | None = None


def references(resource: dict[str, Any]) -> Iterator[Reference]:
    """Every Reference.reference anywhere in the resource, contained resources included."""
    raise NotImplementedError


def rewrite(resource: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The resource with the texts that are keys of `mapping` replaced; the same object when nothing matched.

    Replaced are Reference.reference, elements of type uri, url, oid and uuid, and href/src in the narrative,
    never canonicals (FHIR R4 http.html#trules). The argument is not changed.
    """
    raise NotImplementedError
