"""HL7 v2 messages: read, converted to FHIR R4, acknowledged."""

from medbridge.normalize.hl7v2.acknowledge import acknowledge, refusal_code
from medbridge.normalize.hl7v2.convert import convert, pack_of, standard_pack
from medbridge.normalize.hl7v2.message import Message, event, message_key, parse

__all__ = [
    "Message",
    "acknowledge",
    "convert",
    "event",
    "message_key",
    "pack_of",
    "parse",
    "refusal_code",
    "standard_pack",
]
