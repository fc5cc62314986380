"""`_pretty=true` (FHIR R4 http.html#general): the same JSON, indented for a reader's eye, every digit as it was.

A read's bytes are then no longer those that a receipt commits to.
"""

from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpResponse

from medbridge.fhir.digits import serialize
from medbridge.fhir.parse import Limits, parse

# A resource in an entry of a Bundle in an entry of a response: each adds three levels to its own.
_AROUND = 6


def asks_for_pretty(query: str) -> bool:
    return "_pretty=" in query and parse_qs(query, max_num_fields=None).get("_pretty", [""])[-1] == "true"


def indented(response: HttpResponse) -> None:
    """In place. Bodies that are not JSON stay as they are."""
    if "json" in response.get("Content-Type", "") and response.content:
        limits = Limits(depth=settings.JSON_DEPTH_LIMIT + _AROUND)
        response.content = serialize(parse(response.content, limits=limits), indent=True)
