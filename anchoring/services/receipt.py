"""A receipt from what is stored: of the entry block 256 entries, of the log a few tiles."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from anchoring import models
from anchoring.core import opentimestamps
from anchoring.core.block import DirectoryBlock, EntryBlock, directory_leaf, directory_tree
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.note import Note, Verifier
from anchoring.core.receipt import Anchor, Path, Receipt, fields
from anchoring.core.tiles import TILE_WIDTH, Tiles
from anchoring.core.tlog_proof import tlog_proof
from anchoring.core.tree import ProofError, Tree, check_inclusion, leaf_hash
from anchoring.services import best_anchors, proof
from anchoring.services.cosignatures import cosignature_lines
from anchoring.services.errors import LogBroken, NotSealed
from anchoring.services.log import key_of, signed_by, stored_log


class Sealed(NamedTuple):
    """An entry and the headers above it, in the core's form."""

    entry: Entry
    path: Path
    block: EntryBlock
    directory: DirectoryBlock


class Proofs(NamedTuple):
    """One entry's proof in its three forms: JSON object, OpenTimestamps file (None before an anchor is in a block),
    C2SP tlog-proof with the cosignatures of witnesses."""

    receipt: dict[str, Any]
    ots: bytes | None
    tlog_proof: str


def proofs(*, entry: int, salt: bytes, document: bytes) -> Proofs:
    """`document` is its SHA-256. Raises NotSealed, LogBroken."""
    whole = _assemble(entry, salt, document)
    file = opentimestamps.ots(whole) if whole.anchors and opentimestamps.possible(whole) else None
    return Proofs(fields(whole), file, tlog_proof(whole, cosignature_lines(whole.checkpoint)))


def receipt(*, entry: int, salt: bytes | None = None, document: bytes | None = None) -> dict[str, Any]:
    """docs/formats.md section 8, as a JSON object. `salt` (32 bytes) and `document` (its SHA-256) belong to the caller,
    who may add them to the result as hex under these names instead.

    `anchors` is empty until one is in a block. Raises NotSealed, LogBroken.
    """
    whole = fields(_assemble(entry, salt or b"", document or b""))
    missing = {name for name, value in (("salt", salt), ("document", document)) if value is None}
    return {name: value for name, value in whole.items() if name not in missing}


def ots(*, entry: int, salt: bytes, document: bytes) -> bytes | None:
    """The same proof as a standard `.ots` file; None before an anchor is in a block. Raises NotSealed, LogBroken."""
    return proofs(entry=entry, salt=salt, document=document).ots


def _assemble(number: int, salt: bytes, document: bytes) -> Receipt:
    sealed, log = _sealed(number), stored_log()
    height = sealed.directory.height
    anchors = best_anchors.covering(height)
    checkpoint = anchors[0].checkpoint if anchors else models.Checkpoint.objects.latest("size")
    key = key_of(checkpoint.note)
    return Receipt(
        document=document,
        salt=salt,
        entry=sealed.entry,
        entry_path=sealed.path,
        entry_block=sealed.block,
        directory_path=directory_path(sealed.block, sealed.directory),
        directory_block=sealed.directory,
        log_path=Path(height, tuple(log.inclusion_proof(height, checkpoint.size))),
        checkpoint=Note.parse(checkpoint.note).only(key),
        log_key=key.vkey,
        anchors=shown_anchors(anchors, key, checkpoint.size, log),
    )


def _sealed(number: int) -> Sealed:
    row = models.Entry.objects.select_related("chain", "block__directory").filter(id=number).first()
    if row is None:
        waits = models.Submission.objects.filter(id=number).exists()
        raise NotSealed(f"entry {number} waits to be sealed" if waits else f"there is no entry {number}")
    chain = bytes(row.chain.identifier)
    entry = Entry(chain, row.sequence, previous_hash(row.chain_id, row.sequence), row.time, bytes(row.commitment))
    return Sealed(entry, _entry_path(row, entry), header(row.block, chain), directory(row.block.directory))


def header(block: models.EntryBlock, chain: bytes) -> EntryBlock:
    """The stored entry block in the core's form."""
    previous, root = bytes(block.previous), bytes(block.root)
    return EntryBlock(chain, block.sequence, block.directory_id, previous, block.first, block.count, root)


def directory(row: models.DirectoryBlock) -> DirectoryBlock:
    """The stored directory block in the core's form."""
    return DirectoryBlock(row.height, bytes(row.previous), row.time, row.count, bytes(row.root))


def previous_hash(chain: int, sequence: int) -> bytes:
    """Of the entry before number `sequence` in the chain with this row id."""
    if sequence == 0:
        return NO_PREVIOUS
    return bytes(models.Entry.objects.values_list("hash", flat=True).get(chain=chain, sequence=sequence - 1))


def _entry_path(row: models.Entry, entry: Entry) -> Path:
    """Inside its 256 entries, then among the block's stored subtrees of 256."""
    block, index = row.block, row.sequence - row.block.first
    part, place = divmod(index, TILE_WIDTH)
    start = block.first + part * TILE_WIDTH
    end = min(start + TILE_WIDTH, block.first + block.count)
    near = models.Entry.objects.filter(chain=row.chain, sequence__gte=start, sequence__lt=end).order_by("sequence")
    below = Tree.of(map(bytes, near.values_list("hash", flat=True)))
    stored = bytes(block.subtrees)
    above = Tree([stored[at : at + 32] for at in range(0, len(stored), 32)])
    path = (*below.inclusion_proof(place), *above.inclusion_proof(part))
    _check(leaf_hash(entry.hash()), index, block.count, path, bytes(block.root), f"entry {row.id}")
    return Path(index, path)


def directory_path(block: EntryBlock, directory: DirectoryBlock) -> Path:
    """Raises LogBroken."""
    rows = models.EntryBlock.objects.filter(directory_id=directory.height).values_list("chain__identifier", "hash")
    pairs = sorted((bytes(chain), bytes(digest)) for chain, digest in rows)
    index = [chain for chain, _ in pairs].index(block.chain)
    path = tuple(directory_tree(pairs).inclusion_proof(index))
    leaf = leaf_hash(directory_leaf(block.chain, block.hash()))
    _check(leaf, index, directory.count, path, directory.root, f"entry block {block.sequence}")
    return Path(index, path)


def _check(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, what: str) -> None:
    """An altered row must not become a receipt that fails only at the auditor's."""
    try:
        check_inclusion(leaf, index, size, path, root)
    except ProofError as error:
        raise LogBroken(f"{what} is not what was sealed: {error}") from error


def shown_anchors(anchors: Sequence[models.Anchor], key: Verifier, size: int, log: Tiles) -> tuple[Anchor, ...]:
    """As a receipt for the log of `size` blocks shows them: those whose checkpoints the receipt's key signed."""
    return tuple(_shown(anchor, key, size, log) for anchor in anchors if signed_by(anchor.checkpoint.note, key))


def _shown(anchor: models.Anchor, key: Verifier, size: int, log: Tiles) -> Anchor:
    older, newer = sorted((size, anchor.checkpoint.size))
    return Anchor(
        network=anchor.network,
        checkpoint=Note.parse(anchor.checkpoint.note).only(key),
        consistency=tuple(log.consistency_proof(older, newer)),
        proof=proof.from_json(anchor.proof),
    )
