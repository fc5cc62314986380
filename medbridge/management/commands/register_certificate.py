from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.register_certificate import register_certificate
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = (
        "Let a TLS client certificate stand for an account: messages of a connection that shows it are the account's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", type=Path, help="PEM file")
        parser.add_argument("--user", required=True, help="the account, a feed, engineer or clinician of a hospital")

    def handle(self, *args: object, **options: str) -> str:
        try:
            pem = Path(options["certificate"]).read_bytes()
            return register_certificate(username=options["user"], pem=pem, at=timezone.now())
        except OSError as error:
            raise CommandError(f"{options['certificate']}: {error}") from None
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
