"""A hospital confirms that an account is one of its Patients: only then has the account power over that data."""

from datetime import datetime

from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, ConfirmedPatient, Role
from medbridge.accounts.scopes import EVERYTHING
from medbridge.accounts.tokens import actor_of
from medbridge.actions.steps.access import note, own, refuse
from medbridge.actions.steps.consenting import rebind
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import read


def confirm_patient(*, actor: Actor, at: datetime, username: str, patient: str) -> None:
    """Raises FhirError 403 for one who is not the hospital's engineer, 404 for an account or Patient it does not have.

    The consents that the person gave before now bind this hospital's data of her too.
    """
    if actor.role != Role.ENGINEER or not actor.hospital:
        refuse(actor, "update", "Patient", f"The role {actor.role} may not confirm accounts.", at=at)
    account = Account.objects.filter(username=username, role=Role.PATIENT, is_active=True).first()
    found = read.read("Patient", patient, visible=own(actor, at))
    if account is None or found is None or found.deleted or found.hospital != actor.hospital:
        raise FhirError(404, [Issue("not-found", "There is no such account, or no such Patient of this hospital.")])
    with transaction.atomic():
        ConfirmedPatient.objects.get_or_create(
            account=account, patient=patient,
            defaults={"hospital": actor.hospital, "confirmed_by": actor.username, "confirmed_at": at},
        )  # fmt: skip
        rebind(actor_of(account, purpose="PATRQT", scopes=EVERYTHING))
        note(
            actor, [Deed("update", "Patient", f"Patient/{patient}", patient, reason=f"confirmed as {username}")], at=at
        )
