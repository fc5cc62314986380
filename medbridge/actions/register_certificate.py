"""Let a TLS client certificate stand for an account. From the command line: whoever may run it has the database."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import transaction

from medbridge.accounts.models import Account, Certificate
from medbridge.actions.steps.access import feed_actor, note
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue


def register_certificate(*, username: str, pem: bytes, at: datetime) -> str:
    """Returns the certificate's fingerprint. Registering it for another account takes it from the first.

    Raises FhirError 403 for an account that may not write, 422 when `pem` holds no certificate.
    """
    actor = feed_actor(username)
    try:
        fingerprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()
    except ValueError:
        raise FhirError(422, [Issue("structure", "The file holds no certificate in PEM form.")]) from None
    with transaction.atomic():
        owned = {"account": Account.objects.get(username=username), "registered_at": at}
        Certificate.objects.update_or_create(fingerprint=fingerprint, defaults=owned)
        note(actor, [Deed("update", "Endpoint", f"certificate {fingerprint}", count=0)], at=at)
    return fingerprint
