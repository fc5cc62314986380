"""GET [type]/[id]/$receipt and $promise, and the same of [type]/[id]/_history/[version]."""

import orjson
from django.http import HttpRequest, HttpResponse

from medbridge.actions.issue_promise import issue_promise
from medbridge.actions.issue_receipt import issue_receipt
from medbridge.api.negotiation import JSON
from medbridge.api.view import FhirView
from medbridge.fhir.outcome import FhirError, Issue

OTS = "application/vnd.opentimestamps.ots"


class Receipt(FhirView):
    """JSON; the same proof as an OpenTimestamps file with ?format=ots, as a C2SP tlog-proof with ?format=tlog-proof."""

    gives = JSON | {OTS, "text/plain"}

    def get(self, request: HttpRequest, type: str, id: str, version: str | None = None) -> HttpResponse:
        number = int(version) if version else None
        issued = issue_receipt(actor=self.actor, at=self.at, type=type, id=id, version=number)
        form = request.GET.get("format")
        if form == "tlog-proof":
            return HttpResponse(issued.tlog_proof, content_type="text/plain; charset=utf-8")
        if form != "ots":
            return HttpResponse(
                orjson.dumps(issued.receipt, option=orjson.OPT_INDENT_2), content_type="application/json"
            )
        if issued.ots is None:
            raise FhirError(409, [Issue("transient", "Not anchored on a chain yet. Ask again later.")])
        return HttpResponse(issued.ots, content_type=OTS)


class Promise(FhirView):
    """A signed note, as text: whoever wrote the record keeps it, and can prove an omission with it later."""

    gives = JSON | {"text/plain"}

    def get(self, request: HttpRequest, type: str, id: str, version: str | None = None) -> HttpResponse:
        number = int(version) if version else None
        note = issue_promise(actor=self.actor, at=self.at, type=type, id=id, version=number)
        return HttpResponse(note, content_type="text/plain; charset=utf-8")
