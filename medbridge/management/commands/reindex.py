from time import sleep

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.reindex_records import Progress, begin_reindex, count_failed, reindex_progress, reindex_records
from medbridge.fhir.outcome import FhirError

# Seconds between looks at a walk that a worker is at, or that waits for writers.
_PAUSE = 0.2


class Command(BaseCommand):
    help = (
        "Index records anew while others read and write: all, or those of the types of one custom search parameter."
        " One that was interrupted goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--parameter", metavar="URL", help="url of an active SearchParameter")

    def handle(self, *args: object, parameter: str | None = None, **options: object) -> str:
        try:
            name = begin_reindex(at=timezone.now(), url=parameter)
        except FhirError as error:
            raise CommandError(str(error)) from None
        shown = -1
        while (progress := _step(name)) and not progress.finished:
            if progress.percent != shown:
                shown = progress.percent
                self.stdout.write(f"{shown:3} %  {progress.done} of {progress.total}")
        if progress is None:
            return "The parameter is no longer in use."
        failed = count_failed(parameter) if parameter else 0
        told = f" Its expression could not be evaluated on {failed} of them, and does not find these." if failed else ""
        return f"100 %  {progress.done} records walked over.{told}"


def _step(name: str) -> Progress | None:
    before = reindex_progress([name])
    after = reindex_records(at=timezone.now(), name=name)
    if after is None or (before and after.done == before[0].done and not after.finished):
        sleep(_PAUSE)
    return after or next(iter(reindex_progress([name])), None)
