from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.load_package import Loaded, PackageError, load_package


class Command(BaseCommand):
    help = "Load a FHIR package (.tgz: profiles, value sets) for $validate. Loading it again is harmless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="an npm-style FHIR package of R4 with snapshots")

    def handle(self, *args: object, **options: Path) -> str:
        try:
            with options["file"].open("rb") as file:
                return _told(load_package(at=timezone.now(), file=file))
        except OSError as error:
            raise CommandError(f"{options['file']}: {error}") from None
        except PackageError as error:
            raise CommandError(f"{options['file']}: {error} Nothing was loaded.") from None


def _told(loaded: Loaded) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.counts.items()))
    lines = [f"{loaded.package}: {'loaded' if loaded.new else 'was loaded already'}: {counts or 'no definitions'}."]
    if loaded.passed_over:
        others = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.passed_over.items()))
        lines.append(f"Not used for validation: {others}.")
    lines += [f"NOT LOADED {what}: {why}." for what, why in sorted(loaded.refused)]
    lines += [f"not judged, {what}: {gap}" for what, gap in loaded.gaps]
    return "\n".join(lines)
