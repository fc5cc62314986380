"""POST /hl7v2 and /ccda: messages in the hospital's own format."""

from django.http import HttpRequest, HttpResponse

from medbridge.actions.receive_message import receive_message
from medbridge.api.errors import FHIR_JSON
from medbridge.api.view import FhirView

HL7V2 = "application/hl7-v2; charset=utf-8"


class Hl7v2(FhirView):
    """The answer is the HL7 acknowledgement, whatever it says; only authentication fails with an HTTP error."""

    takes = gives = None

    def post(self, request: HttpRequest) -> HttpResponse:
        receipt = receive_message(actor=self.actor, at=self.at, kind="hl7v2", body=request.body, origin="http")
        # Enhanced mode that wants no acknowledgement gets none; the message is kept all the same.
        return HttpResponse(receipt.answer, content_type=HL7V2, status=200 if receipt.answer else 202)


class Ccda(FhirView):
    """The answer is an OperationOutcome: 200 stored, 422 a dead letter."""

    takes = gives = None

    def post(self, request: HttpRequest) -> HttpResponse:
        receipt = receive_message(actor=self.actor, at=self.at, kind="ccda", body=request.body, origin="http")
        return HttpResponse(receipt.answer, content_type=FHIR_JSON, status=200 if receipt.accepted else 422)
