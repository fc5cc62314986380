from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.load_table import load_table
from medbridge.actions.steps.access import account_actor, listener_actor
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "Load a hospital's CSV file of patients or results. The same file twice is loaded once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--hospital", required=True, help="whose records these are")
        parser.add_argument("--user", default="", help="the account that loads them, in the access records")

    def handle(self, *args: object, **options: str) -> str:
        hospital = options["hospital"]
        try:
            actor = account_actor(options["user"]) if options["user"] else listener_actor(hospital)
            if actor.hospital != hospital:
                raise CommandError(f"{options['user']} does not belong to {hospital}.")
            receipt = load_table(actor=actor, at=timezone.now(), body=Path(options["file"]).read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']}: {error}") from None
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        message = receipt.message
        if not receipt.accepted:
            raise CommandError(f"{options['file']}: dead letter {message.id}: {message.place}: {message.reason}")
        problems = "".join(f"\n  {p['place']}: {p['reason']}" for p in message.problems)
        return f"{message.records} new or changed records; {len(message.problems)} problems.{problems}"
