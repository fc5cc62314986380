from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.erase_person import erase_person
from medbridge.actions.steps.access import account_actor, operator_actor
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "Erase a person: all records, raw messages and salts. The log and other people's receipts stay valid."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("patient", help="Patient/ID, of any hospital; linked Patients go with it")
        parser.add_argument("--alone", action="store_true", help="this Patient only, not the ones linked to it")
        parser.add_argument("--user", default="", help="the operator's account, in the access records")

    def handle(self, *args: object, **options: object) -> None:
        try:
            actor = account_actor(str(options["user"])) if options["user"] else operator_actor("erase")
            patient = str(options["patient"]).removeprefix("Patient/")
            done = erase_person(actor=actor, at=timezone.now(), patient=patient, alone=bool(options["alone"]))
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        self.stdout.write(
            f"{done.patients} Patients: {done.versions} versions, {done.salts} salts, {done.messages} messages erased,"
            f" {done.accesses} access records emptied. Backups still hold them: docs/anchoring.md, Erasure."
        )
        for name in done.kept:
            self.stdout.write(f"{name} speaks of other people too and stays; its custodian must amend it.")
