"""[type]/[id]/$diff and $diff: what changed, as a FHIRPath Patch (HAPI's operation of that name)."""

import re

from django.http import HttpRequest, HttpResponse

from medbridge.actions.compare_versions import Which, compare_versions, compare_with_previous
from medbridge.api import parameters
from medbridge.api.view import FhirView, fhir
from medbridge.fhir.digits import serialize
from medbridge.fhir.outcome import bad_request

KNOWN = frozenset({"from", "to", "_format", "_pretty"})
_RECORD = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(?:/_history/([1-9][0-9]{0,8}))?")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


class Diff(FhirView):
    """Of one record: `from` and `to` are versions. Of the system: `Type/id`, or `Type/id/_history/version`."""

    def get(self, request: HttpRequest, type: str = "", id: str = "") -> HttpResponse:
        pairs = parameters.sent(request)
        parameters.check_known(pairs, KNOWN)
        named = dict(pairs)
        if id:
            versions = {name: _version(name, named.get(name)) for name in ("from", "to")}
            found = compare_with_previous(
                actor=self.actor, at=self.at, type=type, id=id, before=versions["from"], after=versions["to"]
            )
        else:
            one, other = (_which(name, named.get(name, "")) for name in ("from", "to"))
            found = compare_versions(actor=self.actor, at=self.at, before=one, after=other)
        return fhir(serialize(found))

    post = get


def _version(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _VERSION.fullmatch(text):
        raise bad_request(f"{name} is the number of a version, not “{text[:40]}”.", code="value")
    return int(text)


def _which(name: str, text: str) -> Which:
    found = _RECORD.fullmatch(text)
    if found is None:
        raise bad_request(f"{name} is Type/id or Type/id/_history/version, not “{text[:80]}”.", code="value")
    return found[1], found[2], int(found[3]) if found[3] else None
