"""Content codings (RFC 9110 section 8.4): gzip, both ways.

BREACH measures the length of compressed answers that hold a secret beside text of the attacker's choice. It needs
requests that a victim's browser sends with her rights when the attacker wants it: here the rights lie in a bearer
token, which no browser sends on its own; there are no cookies, and no answer holds a token or a key.
"""

import re
import zlib
from collections.abc import Callable

from medbridge.fhir.outcome import FhirError, Issue

# Measured on Synthea's JSON, zlib level 1 / 6: 64 kB in 0.10 / 0.35 ms to 14 / 12 %; the network is rarely that slow.
LEVEL = 1
GZIP = 31  # zlib's window bits for the gzip container (RFC 1952)
CHUNK = 65_536
# bgzip makes a member of each 64 kB; 64 MB are 1024. Millions of empty ones would take minutes.
MOST_MEMBERS = 2048
CODINGS = frozenset({"gzip", "x-gzip"})
_GZIP_ACCEPTED = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([0-9.]{1,5})\s*)?(?:,|$)", re.IGNORECASE)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header names gzip, with a weight above 0. `*` alone is not enough: some send it and cannot."""
    found = _GZIP_ACCEPTED.search(accept_encoding)
    return found is not None and (found[1] is None or found[1].strip("0.") != "")


def compress(body: bytes) -> bytes:
    return zlib.compress(body, LEVEL, GZIP)


def decompress(read: Callable[[int], bytes], *, limit: int) -> bytes:
    """The body behind a gzip coding, never holding more than `limit` bytes and one chunk.

    read: as of a file. Raises FhirError 413 past the limit, 400 for what is truncated or no gzip.
    """
    body, members = bytearray(), 0
    member, pending = zlib.decompressobj(GZIP), b""
    while chunk := pending or read(CHUNK):
        try:
            body += member.decompress(chunk, limit + 1 - len(body))
        except zlib.error:
            raise _refused(400, "structure", "The body is not gzip, though Content-Encoding says so.") from None
        if len(body) > limit:
            raise _refused(413, "too-long", f"The body is larger than {limit} bytes when decompressed.")
        pending = member.unused_data or member.unconsumed_tail
        if member.eof and (pending or (pending := read(CHUNK))):
            member, members = zlib.decompressobj(GZIP), members + 1
            if members == MOST_MEMBERS:
                raise _refused(413, "too-costly", f"The body has more than {MOST_MEMBERS} gzip members.")
    if not member.eof:
        raise _refused(400, "structure", "The gzip body ends too early. Send it again, whole.")
    return bytes(body)


def _refused(status: int, code: str, text: str) -> FhirError:
    return FhirError(status, [Issue(code, text)])
