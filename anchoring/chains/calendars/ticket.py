"""What calendars have answered for one digest: kept with the transaction, because they find it by nothing else."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from anchoring.core.encoding import Malformed
from anchoring.core.timestamp import BITCOIN, PENDING, Attested, follow, read


@dataclass(frozen=True, slots=True)
class Stub:
    """One calendar's word: `pending` leads from the digest to the commitment it is asked for; once it is in a block of
    `height`, `rest` leads from there to the block's Merkle root. Operations in hex."""

    calendar: str
    pending: tuple[str, ...]
    rest: tuple[str, ...] = ()
    height: int = 0

    @property
    def operations(self) -> tuple[bytes, ...]:
        return tuple(map(bytes.fromhex, self.pending + self.rest))

    def commitment(self, digest: bytes) -> bytes:
        return follow(tuple(map(bytes.fromhex, self.pending)), digest)

    def root(self, digest: bytes) -> bytes:
        return follow(self.operations, digest)

    def upgraded(self, answer: bytes, digest: bytes) -> "Stub":
        """With the calendar's newer answer; the same when that holds no block yet. Raises Malformed."""
        ends = [end for end in read(answer, self.commitment(digest)) if _usable(end, BITCOIN) and len(end.value) == 32]
        if not ends:
            return self
        return replace(self, rest=_hex(ends[0]), height=ends[0].height())


def submitted(calendar: str, answer: bytes, digest: bytes) -> Stub:
    """From the answer to a submission. Raises Malformed when the calendar promises nothing."""
    for end in read(answer, digest):
        if _usable(end, PENDING):
            return Stub(calendar, _hex(end))
    raise Malformed("the calendar's answer has no pending attestation")


def _usable(end: Attested, tag: bytes) -> bool:
    return end.tag == tag


def _hex(end: Attested) -> tuple[str, ...]:
    return tuple(operation.hex() for operation in end.operations)


def dump(stubs: Sequence[Stub]) -> bytes:
    return json.dumps([asdict(stub) for stub in stubs]).encode()


def load(ticket: bytes) -> list[Stub]:
    """Our own JSON."""
    stored = json.loads(ticket) if ticket else []
    return [Stub(one["calendar"], tuple(one["pending"]), tuple(one["rest"]), one["height"]) for one in stored]
