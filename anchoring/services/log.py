"""The log as stored: complete subtrees of 256^level leaves, so that a proof over a million blocks reads a few tiles."""

from collections.abc import Sequence

from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.log import log_leaf
from anchoring.core.note import Note, SignatureError, Signer, Verifier
from anchoring.core.tiles import TILE_WIDTH, Tiles
from anchoring.core.tree import ProofError, Tree, check_consistency
from anchoring.keys import log_keys
from anchoring.models import Checkpoint as CheckpointRow
from anchoring.models import LogNode
from anchoring.services.errors import LogBroken


def stored_log() -> Tiles:
    """For one piece of work: each tile is read once."""
    return Tiles(_stored_tile)


def _stored_tile(level: int, number: int) -> list[bytes]:
    start = number * TILE_WIDTH
    rows = LogNode.objects.filter(level=level, index__gte=start, index__lt=start + TILE_WIDTH).order_by("index")
    return [bytes(value) for value in rows.values_list("hash", flat=True)]


def append(height: int, block_hash: bytes) -> None:
    """Add the leaf of directory block `height`, and each tile root that it completes."""
    LogNode.objects.create(level=0, index=height, hash=log_leaf(block_hash))
    level, index = 0, height
    while (index + 1) % TILE_WIDTH == 0:
        number = index // TILE_WIDTH
        hashes = stored_log().tile(level, number)
        level, index = level + 1, number
        LogNode.objects.create(level=level, index=index, hash=Tree(hashes).root())


def checkpoint(size: int, origin: str, signers: Sequence[Signer]) -> CheckpointRow:
    """Sign and store the checkpoint of the first `size` blocks, after proving that the last one signed is its prefix.

    Several signers: the log's key and, while it is being replaced, its next one. Raises LogBroken when the stored log
    does not continue the last checkpoint: two signed histories are worse than none.
    """
    log, last = stored_log(), CheckpointRow.objects.order_by("-size").first()
    try:
        new = Checkpoint(origin, size, log.range(0, size))
        if last is not None:
            _check_prefix(log, last.note, new)
    except (ProofError, SignatureError, Malformed) as error:
        size_before = last.size if last else 0
        raise LogBroken(f"checkpoint {size} does not continue checkpoint {size_before}: {error}") from error
    note = new.sign(signers[0]) + "".join(signer.line(new.body()) for signer in signers[1:])
    return CheckpointRow.objects.create(size=size, root=new.root, note=note)


def _check_prefix(log: Tiles, last: str, new: Checkpoint) -> None:
    old = open_checkpoint(last, key_of(last))
    path = log.consistency_proof(old.size, new.size)
    check_consistency(old.size, new.size, old.root, new.root, path)


def key_of(note: str) -> Verifier:
    """The log's key, of today or of before, that signed the note. Raises SignatureError."""
    signed = {raw[:4] for _, raw in Note.parse(note).signatures}
    for key in log_keys():
        if key.key_id in signed:
            return key
    raise SignatureError("no key of this log signed it")


def signed_by(note: str, key: Verifier) -> bool:
    """Whether a checkpoint of ours carries a signature with this key's id."""
    return any(raw[:4] == key.key_id for _, raw in Note.parse(note).signatures)
