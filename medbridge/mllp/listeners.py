"""Where to listen and whose messages come in there."""

from __future__ import annotations

from dataclasses import dataclass

LISTENER = "listener:"
BY_CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Listener:
    """A sender is known by the listener it reaches or by its certificate, never by what its messages say (MSH-3, -4).

    hospital: whose listener it is; "" when the client's certificate says who sends.
    """

    host: str
    port: int
    hospital: str
    tls: bool = False

    @property
    def sender(self) -> str:
        return f"{LISTENER}{self.hospital}" if self.hospital else ""


def listener(entry: str) -> Listener:
    """`2575=north` (this machine only), `0.0.0.0:2575=north`, `tls:0.0.0.0:2576=north`, `tls:0.0.0.0:2577=certificate`.

    Port 0 lets the system choose. Raises ValueError with a sentence.
    """
    address, _, hospital = entry.partition("=")
    tls = address.strip().startswith("tls:")
    host, _, port = address.strip().removeprefix("tls:").rpartition(":")
    name = hospital.strip()
    if not name or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"MLLP_LISTENERS: {entry!r} is not like 2575=north or tls:0.0.0.0:2576=north")
    if name == BY_CERTIFICATE and not tls:
        raise ValueError(f"MLLP_LISTENERS: {entry!r}: only a TLS listener (tls:...) can tell senders by certificate")
    return Listener(host.strip("[]") or "127.0.0.1", int(port), "" if name == BY_CERTIFICATE else name, tls)
