"""What a witness does with a checkpoint, https://c2sp.org/tlog-witness: cosign what continues the last one, refuse and
keep what does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.encoding import HASH_BYTES, Malformed, from_base64, to_base64
from anchoring.core.note import Note, SignatureError, Verifier
from anchoring.core.tree import ProofError, check_consistency

MAX_PROOF = 63
MAX_REQUEST_BYTES = 64 << 10
SIZE_TYPE = "text/x.tlog.size"


class Refusal(Enum):
    """The HTTP status that says it."""

    MALFORMED = 400
    UNSIGNED = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409  # not from the size last cosigned, or another root for that size
    INCONSISTENT = 422


class Refused(Exception):
    """`misbehaviour` when two checkpoints that the log signed cannot both be true: they are the evidence."""

    def __init__(self, refusal: Refusal, sentence: str, *, misbehaviour: bool = False) -> None:
        super().__init__(sentence)
        self.refusal, self.misbehaviour = refusal, misbehaviour


@dataclass(frozen=True, slots=True)
class Request:
    """The body of add-checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def encode(self) -> bytes:
        return (f"old {self.old}\n" + "".join(f"{to_base64(h)}\n" for h in self.proof) + "\n" + self.note).encode()

    @classmethod
    def parse(cls, raw: bytes) -> "Request":
        """Raises Malformed."""
        try:
            head, separator, note = raw.decode().partition("\n\n")
        except UnicodeDecodeError as error:
            raise Malformed("the request is not UTF-8") from error
        first, *lines = head.split("\n")
        size = first.removeprefix("old ")
        if not separator or not first.startswith("old ") or not size.isascii() or not size.isdigit():
            raise Malformed("the request is the line `old N`, a consistency proof, a blank line and a checkpoint")
        if size != str(int(size[:20])) or len(lines) > MAX_PROOF:
            raise Malformed(f"the old size has no leading zero, the proof at most {MAX_PROOF} lines")
        proof = tuple(from_base64(line, "a line of the proof") for line in lines)
        if any(len(node) != HASH_BYTES for node in proof):
            raise Malformed("a line of the proof is 32 bytes in base64")
        return cls(int(size), proof, note)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness knows of one log: its keys, and the last checkpoint that it cosigned ("" for none)."""

    keys: tuple[str, ...]
    note: str = ""

    def last(self) -> Checkpoint | None:
        return Checkpoint.parse(Note.parse(self.note).text) if self.note else None


def consider(seen: Seen, request: Request) -> Checkpoint:
    """The checkpoint, when it may be cosigned; Refused otherwise."""
    new, last = opened(seen, request.note), seen.last()
    if request.old > new.size:
        raise Refused(Refusal.MALFORMED, f"the old size {request.old} is above that of the checkpoint")
    known = last.size if last else 0
    if last and new.size == last.size and new.root != last.root:
        raise Refused(Refusal.CONFLICT, f"the log signed two roots for size {new.size}", misbehaviour=True)
    if request.old != known:
        raise Refused(Refusal.CONFLICT, f"this witness last cosigned size {known}, not {request.old}")
    if last and last.size:
        _check_continues(last, new, request.proof)
    elif request.proof:
        raise Refused(Refusal.INCONSISTENT, "a proof from size 0 is empty")
    return new


def rotated(seen: Seen, keys: Sequence[str], note: str) -> Seen:
    """`seen` with the log's new key, once one checkpoint carries good signatures of a known key and of the new one."""
    known = [Verifier.parse(vkey) for vkey in seen.keys]
    for vkey in keys:
        new = Verifier.parse(vkey)
        if vkey in seen.keys or not known or new.name != known[0].name:
            continue
        if _signed(note, [new]) and _signed(note, known):
            seen = Seen((*seen.keys, vkey), seen.note)
    return seen


def opened(seen: Seen, note: str) -> Checkpoint:
    """The checkpoint of a note that a known key of the log signed. Raises Refused."""
    keys = [Verifier.parse(vkey) for vkey in seen.keys]
    try:
        origin = Note.parse(note).text.partition("\n")[0]
        if all(key.name != origin for key in keys):
            raise Refused(Refusal.UNKNOWN_LOG, f"this witness does not know the log {origin[:100]}")
        signer = next(iter(_signed(note, keys)), None)
        if signer is None:
            raise Refused(Refusal.UNSIGNED, "no signature by a key of the log that this witness knows")
        return open_checkpoint(note, signer)
    except Malformed as error:
        raise Refused(Refusal.MALFORMED, str(error)) from error


def _signed(note: str, keys: Sequence[Verifier]) -> list[Verifier]:
    """Those of the keys that signed the note."""
    parsed, good = Note.parse(note), []
    for key in keys:
        try:
            parsed.check(key)
            good.append(key)
        except SignatureError:
            continue
    return good


def _check_continues(last: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    try:
        check_consistency(last.size, new.size, last.root, new.root, proof)
    except ProofError as error:
        raise Refused(Refusal.INCONSISTENT, str(error)) from error
