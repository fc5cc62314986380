from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.process_messages import process_messages
from medbridge.actions.replay_messages import Filter, replay_messages
from medbridge.actions.steps.access import account_actor, listener_actor
from medbridge.fhir.outcome import FhirError


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a time such as 2026-11-24T08:00+08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())


class Command(BaseCommand):
    help = "Process dead letters of a hospital once more: one, those of a filter, or all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("messages", nargs="*", type=UUID, help="ids; none means every one that the filter leaves")
        parser.add_argument("--hospital", required=True)
        parser.add_argument("--user", default="", help="the engineer who asks, in the access records")
        for name in ("kind", "stage", "reason", "sender", "control-id"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--since", type=moment)
        parser.add_argument("--until", type=moment)
        parser.add_argument("--done", action="store_true", help="accepted messages too, after a changed mapping")
        parser.add_argument("--process", action="store_true", help="process them here, not in the queue's workers")

    def handle(self, *args: object, **options: Any) -> str:
        named = {name: options[name] for name in ("kind", "stage", "reason", "sender", "control_id", "since", "until")}
        chosen = Filter(**named, messages=tuple(options["messages"]), done=options["done"])
        hospital = options["hospital"]
        try:
            actor = account_actor(options["user"]) if options["user"] else listener_actor(hospital)
            if actor.hospital != hospital:
                raise CommandError(f"{options['user']} does not belong to {hospital}.")
            count = replay_messages(actor=actor, at=timezone.now(), chosen=chosen)
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None
        while options["process"] and process_messages(at=timezone.now()):
            pass
        return f"{count} messages are processed again"
