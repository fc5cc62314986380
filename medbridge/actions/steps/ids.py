"""Which ids a hospital may choose, so that no two hospitals ever meet on one and no id tells anything (DESIGN 4)."""

import re
from uuid import UUID

from medbridge.accounts.models import Hospital
from medbridge.fhir.outcome import FhirError, Issue

_ID = re.compile(r"^[A-Za-z0-9\-.]{1,64}$")


def check_id(id: str, *, hospital: str, place: str) -> None:
    """Raises FhirError unless the id is a UUID or starts with this hospital's id and a hyphen. "": a UUID only.

    Where one hospital's id is a prefix of another's (north, north-bay), the longest owns the id.
    """
    if not _ID.match(id):
        raise FhirError(400, [Issue("value", f"“{id[:80]}” is not a FHIR id: 1 to 64 of A-Z a-z 0-9 - .", place)])
    if _is_uuid(id):
        return
    parts = id.split("-")
    prefixes = ["-".join(parts[:count]) for count in range(1, len(parts))]
    owner = max(Hospital.objects.filter(id__in=prefixes).values_list("id", flat=True), key=len, default=None)
    if owner != hospital:
        mine = f"a UUID or starts with “{hospital}-”" if hospital else "a UUID"
        text = f"“{id}” is not an id that you may choose: it is {mine}; or POST, and the server chooses one."
        raise FhirError(422, [Issue("business-rule", text, place)])


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
