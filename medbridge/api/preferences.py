"""The Prefer header (RFC 7240) as FHIR uses it (R4 http.html#ops, search.html#lenient)."""

import re
from collections.abc import Mapping
from typing import Any

from medbridge.actions.steps.answers import Told

_TOLD: dict[str, Told] = {
    "minimal": "minimal",
    "representation": "representation",
    "operationoutcome": "OperationOutcome",
}
_SEPARATORS = re.compile(r"[,;]")


def preferences(meta: Mapping[str, Any]) -> dict[str, str]:
    """Preference -> value, in lower case; of one that is there twice the first counts (RFC 7240 section 2)."""
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(meta.get("HTTP_PREFER", "")):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return found


def told(meta: Mapping[str, Any], *, otherwise: Told) -> Told:
    """What the writer wants to be told; a preference that is none of FHIR's is no error."""
    return _TOLD.get(preferences(meta).get("return", ""), otherwise)


def is_strict(meta: Mapping[str, Any]) -> bool:
    return preferences(meta).get("handling") == "strict"
