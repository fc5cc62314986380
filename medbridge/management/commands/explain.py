from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.explain_message import Explained, explain_bytes, explain_message
from medbridge.inbox.models import Message
from medbridge.normalize.conversion import NormalizeError, Source

V2 = (b"MSH", b"FHS", b"BHS", b"\x0b")  # all else is XML, in whatever encoding
SHOWN = 120  # bytes of a field that are printed


class Command(BaseCommand):
    help = (
        "Show for an element of what an HL7 v2 message or C-CDA document becomes the row of the mapping pack, and the "
        "bytes that it came from."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("message", help="id of a kept message, or a file")
        parser.add_argument("path", help='"Patient.name[0].family", "Observation[2].valueQuantity"')
        parser.add_argument("--hospital", default="file", help="whose conventions a file follows")

    def handle(self, *args: object, **options: str) -> str:
        try:
            return _told(_explained(options["message"], options["path"], options["hospital"]))
        except (ValueError, NormalizeError, OSError) as error:
            raise CommandError(str(error)) from None
        except Message.DoesNotExist:
            raise CommandError(f"there is no message {options['message']}") from None


def _explained(message: str, path: str, hospital: str) -> Explained:
    try:
        number = UUID(message)
    except ValueError:
        raw = Path(message).read_bytes()
        return explain_bytes(raw, Source(hospital), path, "hl7v2" if raw.lstrip().startswith(V2) else "ccda")
    return explain_message(message=number, path=path, at=timezone.now())


def _told(explained: Explained) -> str:
    lines = []
    for each in explained.explanations:
        start, end = each.span
        lines.append(f"{each.path} = {each.value!r}")
        lines.append(f"  row {each.row.id} ({each.row.origin})")
        condition = f" when {each.row.when}" if each.row.when else ""
        lines.append(f"  {each.row.source or 'constant'} -> {each.row.target}{condition}")
        if each.place:
            lines.append(f"  {each.place}, bytes {start} to {end}: {explained.raw[start:end][:SHOWN]!r}")
    return "\n".join(lines)
