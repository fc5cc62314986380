import signal
import threading
import time
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from medbridge.accounts.actor import Actor
from medbridge.actions.receive_file import FileResult, receive_file
from medbridge.actions.steps.access import account_actor, listener_actor
from medbridge.fhir.outcome import FhirError
from medbridge.files import folder

LOOK_SECONDS = 1


class Command(BaseCommand):
    help = "Take up HL7 v2 files and batches, C-CDA documents and tables from a folder, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--hospital", required=True, help="whose records these are")
        parser.add_argument("--user", default="", help="the account that sends them, in the access records")
        parser.add_argument("--once", action="store_true", help="take what is there, then end")

    def handle(self, *args: object, **options: Any) -> None:
        stopped = threading.Event()
        try:
            actor = _actor(options["user"], options["hospital"])
            with folder.owned(options["folder"]):
                if options["once"]:
                    self.take(options["folder"], actor, stopped)
                    return
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, lambda *_: stopped.set())
                while not stopped.wait(LOOK_SECONDS):
                    self.take(options["folder"], actor, stopped)
        except (OSError, folder.Busy) as error:
            raise CommandError(str(error)) from None
        except FhirError as error:
            raise CommandError("; ".join(issue.diagnostics for issue in error.issues)) from None

    def take(self, path: Path, actor: Actor, stopped: threading.Event) -> None:
        for file in folder.ready(path, now=time.time()):
            if stopped.is_set():
                return
            try:
                result = receive_file(actor=actor, at=timezone.now(), name=file.name, body=file.read_bytes())
            except Error as error:  # the database is away: the file stays where it is, and is taken again
                self.stderr.write(f"{file.name}: {error}")
                close_old_connections()
                return
            moved = folder.put_away(file, _told(file.name, result), failed=not result.accepted)
            self.stdout.write(f"{file.name}: {len(result.messages)} messages; {moved.parent.name}")


def _actor(username: str, hospital: str) -> Actor:
    actor = account_actor(username) if username else listener_actor(hospital)
    if actor.hospital != hospital:
        raise CommandError(f"{username} does not belong to {hospital}.")
    return actor


def _told(name: str, result: FileResult) -> bytes:
    messages = [
        {
            "number": number, "message": str(each.pk), "control_id": each.control_id, "state": each.state,
            "stage": each.stage, "place": each.place, "reason": each.reason, "records": each.records,
        }
        for number, each in enumerate(result.messages, 1)
    ]  # fmt: skip
    told = {"file": name, "accepted": result.accepted, "faults": result.faults, "messages": messages}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)
