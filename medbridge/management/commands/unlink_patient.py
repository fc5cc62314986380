from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.steps.access import account_actor
from medbridge.actions.unlink_patient import unlink_patient
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "As a hospital's engineer, part a Patient of the hospital from those it was linked to by mistake."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the engineer who decides")
        parser.add_argument("patient", help="the id of a Patient of the engineer's hospital")

    def handle(self, *args: object, **options: str) -> str:
        try:
            unlink_patient(actor=account_actor(options["user"]), at=timezone.now(), patient=options["patient"])
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        return f"Patient/{options['patient']} is a person of its own now."
