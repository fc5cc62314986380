from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.confirm_patient import confirm_patient
from medbridge.actions.steps.access import account_actor
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "As a hospital's engineer, confirm that an account is one of the hospital's Patients."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the engineer who confirms")
        parser.add_argument("--account", required=True, help="the patient's account")
        parser.add_argument("patients", nargs="+", help="ids of Patients of the engineer's hospital")

    def handle(self, *args: object, **options: list[str]) -> str:
        try:
            engineer = account_actor(str(options["user"]))
            for patient in options["patients"]:
                confirm_patient(actor=engineer, at=timezone.now(), username=str(options["account"]), patient=patient)
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        return f"{options['account']} is confirmed to be {', '.join(options['patients'])}."
