"""Which ids a hospital may choose, so that no two hospitals ever meet on one and no id tells anything (DESIGN 4)."""

import re
from collections.abc import Mapping
from uuid import UUID

from medbridge.accounts.models import Hospital
from medbridge.fhir.outcome import FhirError, Issue

_ID = re.compile(r"^[A-Za-z0-9\-.]{1,64}$")


def check_ids(chosen: Mapping[str, str], *, hospital: str) -> None:
    """Raises FhirError unless each id is a UUID or starts with this hospital's id and a hyphen. "": UUIDs only.

    chosen: id -> its place in the request. Where one hospital's id is a prefix of another's (north, north-bay), the
    longest owns the id.
    """
    for id, place in chosen.items():
        if not _ID.match(id):
            raise FhirError(400, [Issue("value", f"“{id[:80]}” is not a FHIR id: 1 to 64 of A-Z a-z 0-9 - .", place)])
    prefixes = {id: _prefixes(id) for id in chosen if not _is_uuid(id)}
    if not prefixes:
        return
    wanted = {prefix for each in prefixes.values() for prefix in each}
    hospitals = set(Hospital.objects.filter(id__in=wanted).values_list("id", flat=True))
    for id, its in prefixes.items():
        if max(hospitals.intersection(its), key=len, default=None) != hospital:
            mine = f"a UUID or starts with “{hospital}-”" if hospital else "a UUID"
            text = f"“{id}” is not an id that you may choose: it is {mine}; or POST, and the server chooses one."
            raise FhirError(422, [Issue("business-rule", text, chosen[id])])


def _prefixes(id: str) -> list[str]:
    parts = id.split("-")
    return ["-".join(parts[:count]) for count in range(1, len(parts))]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
