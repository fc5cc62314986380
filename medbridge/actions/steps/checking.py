"""From bytes to a resource that may be stored: parsed, of the expected type, valid."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import Limits, parse
from medbridge.fhir.profiles.judge import judge
from medbridge.fhir.validate import issues
from medbridge.packages.store import library


def parsed(body: bytes) -> dict[str, Any]:
    """Raises FhirError 413 for a body past the limit, 400 for what is not one JSON object."""
    check_size(body)
    return parse(body, limits=Limits(depth=settings.JSON_DEPTH_LIMIT, items=settings.JSON_LIST_LIMIT))


def check_size(body: bytes) -> None:
    """Raises FhirError 413."""
    if len(body) > settings.BODY_LIMIT_BYTES:
        text = f"The body has {len(body)} bytes; the limit is {settings.BODY_LIMIT_BYTES}."
        raise FhirError(413, [Issue("too-long", text)])


def check_type(resource: dict[str, Any], type: str) -> None:
    if resource.get("resourceType") != type:
        sent = str(resource.get("resourceType"))[:80]
        text = (
            f"The body is a resource of type “{sent}”, the URL says {type}. Send it to /fhir/{sent} or mend the body."
        )
        raise FhirError(400, [Issue("invalid", text, "resourceType")])


def faults(resource: dict[str, Any], place: str) -> list[Issue]:
    """Validation issues, their expressions starting with the resource's place ("Bundle.entry[3].resource").

    With PROFILES_ON_WRITE also what the profiles that the resource claims find wrong.
    """
    found = issues(resource, place=place)
    if found or not settings.PROFILES_ON_WRITE:
        return found
    return [issue for issue in judge(resource, (), library(), place=place) if issue.severity == "error"]


def profile_issues(resource: dict[str, Any], profiles: Sequence[str]) -> list[Issue]:
    """What the profiles asked for, and those claimed in meta.profile, say: errors, warnings, what was not judged."""
    return judge(resource, profiles, library())


def check(resource: dict[str, Any], place: str) -> None:
    """Raises FhirError 422 with every issue found."""
    if found := faults(resource, place):
        raise FhirError(422, found)
