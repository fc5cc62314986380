from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.export_receipts import export_receipts
from medbridge.actions.steps.access import account_actor, listener_actor
from medbridge.fhir.outcome import FhirError

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = "Write a hospital's receipts of a period to one file, which `python -m anchoring verify --all` checks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--hospital", required=True)
        parser.add_argument("--since", type=_moment, default=EARLIEST, help="2026-11-01 or 2026-11-01T12:00:00Z")
        parser.add_argument("--until", type=_moment, default=None, help="exclusive; default: now")
        parser.add_argument("--user", default="", help="the account that exports them, in the access records")

    def handle(self, *args: object, **options: str) -> str:
        now, hospital = timezone.now(), options["hospital"]
        period = {"since": options["since"], "until": options["until"] or now}
        try:
            actor = account_actor(options["user"]) if options["user"] else listener_actor(hospital)
            lines = export_receipts(actor=actor, at=now, hospital=hospital, **period)  # type: ignore[arg-type]
            with Path(options["file"]).open("wb") as file:
                written = sum(file.write(line) > 0 for line in lines)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error}") from None
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        return f"{written} lines in {options['file']}"


def _moment(text: str) -> datetime:
    """A date is its first moment in UTC. Raises ValueError, which argparse turns into usage."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
