"""The exact document, its receipt and its .ots file, as downloads. For every desk that shows records."""

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _

from medbridge.actions.issue_receipt import Issued, issue_receipt
from medbridge.actions.read_accesses import read_access
from medbridge.actions.read_record import read_record
from medbridge.desk.page import Visit
from medbridge.fhir.outcome import FhirError, Issue


def document(visit: Visit, type: str, id: str, version: int) -> HttpResponse:
    """The exact committed bytes; sealed or not."""
    if type == "AuditEvent":
        body = read_access(actor=visit.actor, at=visit.at, id=id)
    else:
        body = read_record(actor=visit.actor, at=visit.at, type=type, id=id, version=version).body
    return _file(body, f"{type}-{id}-{version}.json")


def receipt(visit: Visit, type: str, id: str, version: int) -> HttpResponse:
    body = orjson.dumps(_issued(visit, type, id, version).receipt, option=orjson.OPT_INDENT_2)
    return _file(body, f"{type}-{id}-{version}.receipt.json")


def ots(visit: Visit, type: str, id: str, version: int) -> HttpResponse:
    """Raises FhirError 409 until the record is anchored on a chain that OpenTimestamps knows."""
    found = _issued(visit, type, id, version).ots
    if found is None:
        raise FhirError(409, [Issue("transient", _("Not on a public chain yet. Ask again in some minutes."))])
    return _file(found, f"{type}-{id}-{version}.json.ots")


def _issued(visit: Visit, type: str, id: str, version: int) -> Issued:
    """An access record has one version, and is committed under its bare id."""
    return issue_receipt(
        actor=visit.actor, at=visit.at, type=type, id=id, version=None if type == "AuditEvent" else version
    )


def _file(body: bytes, name: str) -> HttpResponse:
    # octet-stream: the bytes are saved as they are, whatever a browser thinks of JSON.
    return HttpResponse(
        body, content_type="application/octet-stream", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
