"""POST /hl7v2 and /ccda: messages in the hospital's own format; /hl7v2/replay: dead letters once more."""

import orjson
from django.http import HttpRequest, HttpResponse

from medbridge.actions.receive_message import receive_message
from medbridge.actions.replay_messages import read_filter, replay_messages
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


class Replay(FhirView):
    """POST a JSON object with any of kind, stage, reason, sender, control_id, since, until, messages, done.

    The answer is {"replayed": number}: that many messages of one's hospital are processed again.
    """

    takes = gives = None

    def post(self, request: HttpRequest) -> HttpResponse:
        count = replay_messages(actor=self.actor, at=self.at, chosen=read_filter(request.body))
        return HttpResponse(orjson.dumps({"replayed": count}), content_type="application/json")


class Ccda(FhirView):
    """The answer is an OperationOutcome: 200 stored, 422 a dead letter."""

    takes = gives = None

    def post(self, request: HttpRequest) -> HttpResponse:
        receipt = receive_message(actor=self.actor, at=self.at, kind="ccda", body=request.body, origin="http")
        return HttpResponse(receipt.answer, content_type=FHIR_JSON, status=200 if receipt.accepted else 422)
