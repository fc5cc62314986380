from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.audit_evidence import audit_evidence
from medbridge.actions.steps.access import account_actor, operator_actor
from medbridge.evidence.audit import BadNote
from medbridge.fhir.outcome import FhirError


class Command(BaseCommand):
    help = "Recompute all evidence; name each promise not kept and each record that is not as it was committed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "notes", nargs="*", type=Path, help="files of promises or checkpoints that others kept against this log"
        )
        parser.add_argument("--user", default="", help="the auditor's account, in the access records")

    def handle(self, *args: object, **options: object) -> None:
        """Exit code 1 when anything is found."""
        found: Counter[str] = Counter()
        try:
            actor = account_actor(str(options["user"])) if options["user"] else operator_actor("audit_evidence")
            notes = [path.read_text() for path in options["notes"]]  # type: ignore[attr-defined]
            for finding in audit_evidence(actor=actor, at=timezone.now(), notes=notes):
                found[finding.defect.value] += 1
                self.stdout.write(f"{finding.defect.value.upper()} {finding.what}: {finding.sentence}")
        except (OSError, UnicodeDecodeError, BadNote) as error:
            raise CommandError(str(error), returncode=2) from None
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues), returncode=2) from None
        if found:
            counts = ", ".join(f"{count} {defect}" for defect, count in sorted(found.items()))
            raise CommandError(f"The evidence does not hold: {counts}.")
        self.stdout.write("Everything is as it was committed.")
