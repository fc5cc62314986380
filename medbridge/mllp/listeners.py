"""Where to listen and whose messages come in there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """A sender is known by the listener it reaches, never by what its messages say of themselves (MSH-3, MSH-4)."""

    host: str
    port: int
    hospital: str


def listener(entry: str) -> Listener:
    """`2575=north` (this machine only) or `0.0.0.0:2575=north`; port 0 lets the system choose.

    Raises ValueError with a sentence.
    """
    address, _, hospital = entry.partition("=")
    host, _, port = address.strip().rpartition(":")
    if not hospital.strip() or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"MLLP_LISTENERS: {entry!r} is not like 2575=north or 0.0.0.0:2575=north")
    return Listener(host.strip("[]") or "127.0.0.1", int(port), hospital.strip())
