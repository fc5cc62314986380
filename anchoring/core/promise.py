"""The signed inclusion promise given at ingest: a commitment not in the log by the deadline proves an omission."""

from dataclasses import dataclass

from anchoring.core.encoding import Malformed, from_hex, hash32
from anchoring.core.note import Note, Signer, Verifier

# First line of the signed text. A checkpoint's second line is a decimal number and a promise's never is,
# so neither can be shown as the other although one key signs both.
HEADING = "MedBridge inclusion promise v1"
_FIELDS = ("log ", "chain ", "commitment ", "time ", "deadline ")


@dataclass(frozen=True, slots=True)
class Promise:
    """`time` and `deadline` in milliseconds since 1970; chain and commitment 32 bytes."""

    origin: str
    chain: bytes
    commitment: bytes
    time: int
    deadline: int

    def body(self) -> str:
        values = (
            self.origin,
            hash32(self.chain, "promise chain").hex(),
            hash32(self.commitment, "promise commitment").hex(),
            str(self.time),
            str(self.deadline),
        )
        return "".join((f"{HEADING}\n", *(f"{f}{v}\n" for f, v in zip(_FIELDS, values, strict=True))))

    def sign(self, signer: Signer) -> str:
        return signer.sign(self.body())


def open_promise(note: str, verifier: Verifier) -> Promise:
    """The promise in a signed note. Raises Malformed or SignatureError."""
    signed = Note.parse(note)
    signed.check(verifier)
    lines = signed.text.removesuffix("\n").split("\n")
    fields = list(zip(_FIELDS, lines[1:], strict=False))
    if lines[0] != HEADING or len(lines) != 6 or not all(line.startswith(field) for field, line in fields):
        raise Malformed(f"a promise is the line {HEADING!r} and five fields")
    origin, chain, commitment, time, deadline = (line.removeprefix(field) for field, line in fields)
    if not (time.isascii() and time.isdigit() and deadline.isascii() and deadline.isdigit()):
        raise Malformed("the times of a promise are milliseconds in decimal")
    return Promise(origin, from_hex(chain, "chain"), from_hex(commitment, "commitment"), int(time), int(deadline))
