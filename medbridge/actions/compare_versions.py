"""What changed from one version of a record to another, or from one record to another of its type."""

from datetime import datetime
from typing import Any

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import Found, read_record
from medbridge.fhir.difference import difference
from medbridge.fhir.outcome import bad_request
from medbridge.fhir.parse import Limits, parse

Which = tuple[str, str, int | None]  # type, id, version or the newest


def compare_versions(*, actor: Actor, at: datetime, before: Which, after: Which) -> dict[str, Any]:
    """A Parameters resource that is the FHIRPath Patch from `before` to `after`.

    Both are reads: each leaves its access record. Raises FhirError 400 for two types, 404 and 410 as a read does.
    """
    if before[0] != after[0]:
        raise bad_request(f"A {before[0][:64]} cannot be compared with a {after[0][:64]}.", code="value")
    one, other = (_read(which, actor=actor, at=at) for which in (before, after))
    limits = Limits(depth=settings.JSON_DEPTH_LIMIT)
    return difference(parse(one.body, limits=limits), parse(other.body, limits=limits))


def compare_with_previous(
    *, actor: Actor, at: datetime, type: str, id: str, before: int | None, after: int | None
) -> dict[str, Any]:
    """As compare_versions, of one record; without `after` the newest version, without `before` the one before it."""
    if before is None:
        after = after or _read((type, id, None), actor=actor, at=at).version
        before = after - 1
        if before < 1:
            raise bad_request("Version 1 has none before it; name from and to.", code="value")
    return compare_versions(actor=actor, at=at, before=(type, id, before), after=(type, id, after))


def _read(which: Which, *, actor: Actor, at: datetime) -> Found:
    type, id, version = which
    return read_record(actor=actor, at=at, type=type, id=id, version=version)
