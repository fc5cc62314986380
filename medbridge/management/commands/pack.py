from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.compare_packs import Change, compare_packs
from medbridge.fhir.difference import difference
from medbridge.normalize.conversion import NormalizeError

SHIPPED = "shipped"


class Command(BaseCommand):
    help = "Mapping packs: what a changed one would make of the last messages of a hospital. Nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        diff = parser.add_subparsers(required=True, metavar="diff").add_parser("diff")
        layers = f'names of layers in MAPPING_PACKS joined by "+", or "{SHIPPED}" for none'
        diff.add_argument("old", help=layers)
        diff.add_argument("new", help=layers)
        diff.add_argument("--last", type=int, default=100, metavar="N", help="messages (100)")
        diff.add_argument("--hospital", required=True)
        diff.add_argument("--kind", choices=("hl7v2", "ccda"), default="hl7v2")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            changes = compare_packs(
                kind=options["kind"], old=_names(options["old"]), new=_names(options["new"]), last=options["last"],
                hospital=options["hospital"], at=timezone.now(),
            )  # fmt: skip
            messages: set[object] = set()
            for change in changes:
                messages.add(change.message)
                self.stdout.writelines(f"{line}\n" for line in _told(change))
        except NormalizeError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(messages)} messages would become something else\n")


def _names(text: str) -> tuple[str, ...]:
    return () if text == SHIPPED else tuple(text.split("+"))


def _told(change: Change) -> Iterator[str]:
    if change.refused:
        yield f"{change.message} would be refused: {change.refused}"
    elif change.before is None or change.after is None:
        yield f"{change.message} {'+' if change.before is None else '-'} {change.resource}"
    else:
        yield f"{change.message} {change.resource}"
        for operation in difference(change.before, change.after).get("parameter", []):
            parts = {part["name"]: next((v for k, v in part.items() if k != "name"), "") for part in operation["part"]}
            value = f" = {parts['value']}" if "value" in parts else ""
            yield f"  {parts['type']} {parts['path']}{'.' + parts['name'] if 'name' in parts else ''}{value}"
