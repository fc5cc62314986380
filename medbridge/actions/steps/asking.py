"""What a $validate asks: of the URL, or of the Parameters in the body (FHIR R4 resource-operation-validate)."""

from dataclasses import dataclass
from typing import Any

from medbridge.fhir.outcome import bad_request


@dataclass(frozen=True)
class Asked:
    """What to validate: the resource, against which profiles, as content of which interaction."""

    resource: dict[str, Any] | None
    profiles: tuple[str, ...]
    mode: str


def asked_of(sent: dict[str, Any] | None, profiles: tuple[str, ...], mode: str) -> Asked:
    """Parameters are the operation's own when one of them is its `resource`, its `mode` or its `profile`."""
    if sent is None or sent.get("resourceType") != "Parameters":
        return Asked(sent, profiles, mode)
    named = [part for part in _list(sent.get("parameter")) if isinstance(part, dict)]
    values = {part.get("name"): part for part in named}
    if not values.keys() & {"resource", "mode", "profile"}:
        return Asked(sent, profiles, mode)
    resource = values.get("resource", {}).get("resource")
    if resource is not None and not isinstance(resource, dict):
        raise bad_request("The parameter resource must hold a resource.", "Parameters.parameter", code="structure")
    more = tuple(str(uri) for part in named if part.get("name") == "profile" and (uri := _value(part)))
    return Asked(resource, (*profiles, *more), mode or str(_value(values.get("mode", {})) or ""))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _value(part: dict[str, Any]) -> Any:
    return next((value for key, value in part.items() if key.startswith("value")), None)
