import asyncio
import json
import signal
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from medbridge.actions.receive_message import receive_message
from medbridge.actions.steps.access import listener_actor
from medbridge.mllp.listeners import listener
from medbridge.mllp.server import Server


def handle_frame(hospital: str, frame: bytes) -> bytes:
    """Runs in a worker thread, which keeps its database connection from frame to frame while that is sound."""
    close_old_connections()
    try:
        return receive_message(actor=listener_actor(hospital), at=timezone.now(), kind="hl7v2", body=frame).answer
    finally:
        close_old_connections()


class Command(BaseCommand):
    help = "Receive HL7 v2 messages over MLLP on the listeners of MLLP_LISTENERS, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--listen", action="append", help="host:port=hospital, instead of MLLP_LISTENERS")
        parser.add_argument("--addresses", type=Path, help="write {hospital: host:port} as JSON there once listening")

    def handle(self, *args: object, **options: object) -> None:
        entries = options["listen"] or settings.MLLP_LISTENERS
        if not isinstance(entries, list) or not entries:
            raise CommandError("No listener: set MLLP_LISTENERS, for example 2575=north.")
        try:
            asyncio.run(self.serve(entries, options["addresses"]))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None

    async def serve(self, entries: list[str], addresses: object) -> None:
        server = Server(
            map(listener, entries), handle_frame,
            frame_limit=settings.MLLP_FRAME_LIMIT_BYTES, idle_seconds=settings.MLLP_IDLE_SECONDS,
        )  # fmt: skip
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        await server.run(lambda: self.announce(server, addresses))

    def announce(self, server: Server, path: object) -> None:
        bound = {
            each.hospital: f"{host}:{port}"
            for each, (host, port) in zip(server.listeners, server.addresses, strict=True)
        }
        for hospital, address in bound.items():
            self.stdout.write(f"mllp: {hospital} on {address}")
        self.stdout.flush()
        if isinstance(path, Path):
            path.write_text(json.dumps(bound))
