"""What an operation was asked with: parameters of the URL, and of a Parameters resource in the body of a POST.

FHIR R4 operations.html#request: both may be there, and GET serves where no parameter is a resource.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from medbridge.api import query
from medbridge.fhir.outcome import bad_request
from medbridge.fhir.parse import Limits, parse

MOST_PARAMETERS = query.MOST_PARAMETERS


def sent(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value, in the order sent, the URL's first. Raises FhirError 400 for a body that is not Parameters."""
    pairs = query.pairs(query.text_of(request), keep_blank=False)
    return [*pairs, *_of_body(request.body)] if request.method == "POST" else pairs


def check_known(pairs: list[tuple[str, str]], known: frozenset[str]) -> None:
    """Raises FhirError 400 for a parameter that the operation does not have: left out, it would change the answer."""
    for name, _ in pairs:
        if name not in known:
            raise bad_request(
                f"There is no parameter “{name[:40]}”; there are {', '.join(sorted(known))}.", code="value"
            )


def _of_body(body: bytes) -> Iterator[tuple[str, str]]:
    if not body.strip():
        return
    resource = parse(body, limits=Limits(depth=settings.JSON_DEPTH_LIMIT))
    listed = resource.get("parameter", [])
    if resource.get("resourceType") != "Parameters" or not isinstance(listed, list) or len(listed) > MOST_PARAMETERS:
        raise bad_request("The body of an operation is a Parameters resource, or nothing.", "resourceType")
    for at, each in enumerate(listed):
        yield _pair(each, f"Parameters.parameter[{at}]")


def _pair(parameter: Any, place: str) -> tuple[str, str]:
    name = parameter.get("name") if isinstance(parameter, dict) else None
    if not isinstance(name, str):
        raise bad_request("A parameter has a name.", place, "structure")
    value = next((content for key, content in parameter.items() if key.startswith("value")), None)
    if isinstance(value, dict):
        value = value.get("reference")
    if isinstance(value, bool):
        return name, str(value).lower()
    if not isinstance(value, str | int):
        raise bad_request(f"“{name[:40]}” has no value that is a text, a number or a reference.", place, "value")
    return name, str(value)
