"""MLLP over TLS: the client's certificate says who sends, whatever the message says of itself."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command

from medbridge.actions.steps.access import certificate_owner, feed_actor
from medbridge.mllp.framing import framed
from medbridge.mllp.limits import Limits
from medbridge.mllp.listeners import listener
from medbridge.mllp.replies import Handler, Reply
from medbridge.mllp.server import Server, server_tls
from medbridge.normalize.hl7v2 import acknowledge
from tests.integration.inbox.messages import adt

SINCE = datetime.now(UTC) - timedelta(days=1)


def certificate(folder: Path, name: str) -> Path:
    """A self-signed one with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(SINCE).not_valid_after(SINCE + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def serving(server: Server) -> Iterator[tuple[str, int]]:
    started, loop = threading.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(started.set)))
    thread.start()
    assert started.wait(10)
    try:
        yield server.addresses[0]
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        loop.close()


def exchange(address: tuple[str, int], server: Path, client: Path | None) -> bytes:
    context = ssl.create_default_context(cafile=str(server))
    context.check_hostname = False
    if client:
        context.load_cert_chain(client)
    with socket.create_connection(address, 10) as plain, context.wrap_socket(plain) as connection:
        connection.sendall(framed(adt()))
        return connection.recv(4096)


def told() -> Handler:
    """Answers with the sender's name."""
    return lambda batch, hurried: [Reply(acknowledge(body, "AE", sender)) for sender, body in batch]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: certificate(tmp_path, name)


@pytest.mark.parametrize(("entry", "sender"), [("tls:0=north", b"listener:north"), ("tls:0=certificate", b"lab-feed")])
def test_a_sender_is_known_by_listener_or_by_certificate(
    made: Callable[[str], Path], entry: str, sender: bytes
) -> None:
    own, lab = made("server"), made("lab")
    tls = server_tls(str(own), "", str(lab))
    server = Server([listener(entry)], told(), limits=Limits(10_000, 10), identify=lambda _: "lab-feed", tls=tls)
    with serving(server) as address:
        assert b"|AE|M-1|" + sender in exchange(address, own, lab)


def test_a_certificate_that_nobody_registered_sends_nothing(made: Callable[[str], Path]) -> None:
    own, lab = made("server"), made("lab")
    tls = server_tls(str(own), "", str(lab))
    server = Server([listener("tls:0=certificate")], told(), limits=Limits(10_000, 10), tls=tls)
    with serving(server) as address:
        assert _refused(address, own, lab)


def test_a_client_without_a_certificate_is_not_heard(made: Callable[[str], Path]) -> None:
    own, lab = made("server"), made("lab")
    server = Server(
        [listener("tls:0=north")], told(), limits=Limits(10_000, 10), tls=server_tls(str(own), "", str(lab))
    )
    with serving(server) as address:
        assert _refused(address, own, None)


def _refused(address: tuple[str, int], server: Path, client: Path | None) -> bool:
    try:
        return exchange(address, server, client) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def test_only_tls_can_tell_by_certificate() -> None:
    with pytest.raises(ValueError, match="only a TLS listener"):
        listener("2575=certificate")


@pytest.mark.django_db
def test_a_registered_certificate_stands_for_its_account(cast: None, made: Callable[[str], Path]) -> None:
    lab = made("lab")
    fingerprint = x509.load_pem_x509_certificate(lab.read_bytes()).fingerprint(hashes.SHA256()).hex()
    assert certificate_owner(fingerprint) is None
    call_command("register_certificate", str(lab), user="north-feed")
    assert (certificate_owner(fingerprint), feed_actor("north-feed").hospital) == ("north-feed", "north")


@pytest.mark.django_db
def test_an_account_that_may_not_write_gets_no_certificate(cast: None, made: Callable[[str], Path]) -> None:
    with pytest.raises(CommandError, match="may not send"):
        call_command("register_certificate", str(made("lab")), user="alice")
