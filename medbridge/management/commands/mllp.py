import asyncio
import json
import signal
import ssl
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from medbridge.accounts.actor import Actor
from medbridge.actions.process_messages import warm_up
from medbridge.actions.receive_message import Acknowledged, await_outcome, receive_messages
from medbridge.actions.steps.access import LISTENER, certificate_owner, feed_actor, listener_actor
from medbridge.mllp.limits import Limits
from medbridge.mllp.listeners import listener
from medbridge.mllp.replies import Received, Reply
from medbridge.mllp.server import Server, server_tls


def keep(batch: Sequence[Received], hurried: bool) -> list[Reply]:
    """Runs in a worker thread, which keeps its database connection from batch to batch while that is sound."""
    close_old_connections()
    try:
        actors = {sender: actor_of(sender) for sender in {sender for sender, _ in batch}}
        arrived = [(actors[sender], body) for sender, body in batch]
        acknowledged = receive_messages(arrived=arrived, at=timezone.now(), origin="mllp", waits=not hurried)
        return [_reply(each, actor) for each, (actor, _) in zip(acknowledged, arrived, strict=True)]
    finally:
        close_old_connections()


def identify(fingerprint: str) -> str | None:
    close_old_connections()
    return certificate_owner(fingerprint)


def actor_of(sender: str) -> Actor:
    """Of a listener, or of the account that a certificate belongs to; one that was closed has no power left."""
    return listener_actor(sender.removeprefix(LISTENER)) if sender.startswith(LISTENER) else feed_actor(sender)


def _reply(each: Acknowledged, actor: Actor) -> Reply:
    def later() -> bytes | None:
        close_old_connections()
        try:
            return await_outcome(acknowledged=each, actor=actor, at=timezone.now())
        finally:
            close_old_connections()

    return Reply(each.now, later if each.waits else None, each.in_order)


class Command(BaseCommand):
    help = "Receive HL7 v2 messages over MLLP on the listeners of MLLP_LISTENERS, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--listen", action="append", help="host:port=hospital, instead of MLLP_LISTENERS")
        parser.add_argument("--addresses", type=Path, help="write {hospital: host:port} as JSON there once listening")

    def handle(self, *args: object, **options: object) -> None:
        entries = options["listen"] or settings.MLLP_LISTENERS
        if not isinstance(entries, list) or not entries:
            raise CommandError("No listener: set MLLP_LISTENERS, for example 2575=north.")
        warm_up()
        try:
            asyncio.run(self.serve(entries, options["addresses"]))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None

    async def serve(self, entries: list[str], addresses: object) -> None:
        listeners = [listener(entry) for entry in entries]
        tls = _tls() if any(each.tls for each in listeners) else None
        server = Server(listeners, keep, limits=_limits(), identify=identify, tls=tls)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        await server.run(lambda: self.announce(server, addresses))

    def announce(self, server: Server, path: object) -> None:
        bound = {
            each.hospital or "certificate": f"{host}:{port}"
            for each, (host, port) in zip(server.listeners, server.addresses, strict=True)
        }
        for hospital, address in bound.items():
            self.stdout.write(f"mllp: {hospital} on {address}")
        self.stdout.flush()
        if isinstance(path, Path):
            path.write_text(json.dumps(bound))


def _limits() -> Limits:
    return Limits(
        frame=settings.MLLP_FRAME_LIMIT_BYTES, idle_seconds=settings.MLLP_IDLE_SECONDS,
        connections=settings.MLLP_CONNECTIONS, pipelined=settings.MLLP_PIPELINED, waiting=settings.MLLP_WAITING,
        unhurried=settings.MLLP_UNHURRIED,
    )  # fmt: skip


def _tls() -> ssl.SSLContext:
    if not settings.MLLP_TLS_CERTIFICATE:
        raise ValueError("A TLS listener needs MLLP_TLS_CERTIFICATE_PATH and MLLP_TLS_KEY_PATH.")
    return server_tls(settings.MLLP_TLS_CERTIFICATE, settings.MLLP_TLS_KEY, settings.MLLP_TLS_CLIENTS)
