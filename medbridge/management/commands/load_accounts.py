from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.issue_token import Refused
from medbridge.actions.load_accounts import load_accounts
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "Load hospitals and people from a JSON file (development and tests only); docs/accounts.md has the form."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: Path) -> str:
        try:
            hospitals, people = load_accounts(at=timezone.now(), content=options["file"].read_bytes())
        except (Refused, FhirError, OSError) as error:
            raise CommandError(f"{options['file']}: {error}") from None
        return f"Loaded {hospitals} hospitals and {people} people."
