"""A file of receipts: two entry blocks, one anchored log."""

from dataclasses import replace
from pathlib import Path as File

from anchoring.chains.local import LocalChain
from anchoring.core import collection
from anchoring.core.block import EntryBlock, entry_tree
from anchoring.core.entry import NO_PREVIOUS, Entry
from anchoring.core.hashing import commitment, sha256
from anchoring.core.log import log_tree
from anchoring.core.receipt import Path, Receipt
from tests.unit.anchoring.build import SIGNER, TIME, Log, anchor, chain_id


def document(block: int, number: int) -> bytes:
    return b'{"resourceType":"Observation","id":"%d-%d"}' % (block, number)


def name(block: int, number: int) -> str:
    return f"Observation/{block}-{number}/_history/1"


def entries(block: int, count: int) -> list[Entry]:
    made: list[Entry] = []
    for number in range(count):
        value = commitment(sha256(b"salt %d" % number), sha256(document(block, number)))
        made.append(Entry(chain_id(block), number, made[-1].hash() if made else NO_PREVIOUS, TIME, value))
    return made


def lines(directory: File, *, blocks: int = 2, count: int = 5) -> list[bytes]:
    """Line 1 is the format, 2 the log; then for each block its line and `count` receipts."""
    log, shared = Log(), []
    for number in range(blocks):
        made = entries(number, count)
        tree = entry_tree(entry.hash() for entry in made)
        block = EntryBlock(chain_id(number), 0, number, NO_PREVIOUS, 0, count, tree.root())
        shared.append((made, tree, block, log.add([(block.chain, block.hash())])))
    whole: list[list[Receipt]] = []
    for made, tree, block, above in shared:
        path = Path(above.height, tuple(log_tree(log.hashes()).inclusion_proof(above.height)))
        note = log.checkpoint(blocks).sign(SIGNER)
        base = Receipt(b"", b"", made[0], Path(0, ()), block, Path(0, ()), above, path, note, SIGNER.verifier.vkey)
        whole.append(
            [
                replace(
                    base,
                    document=sha256(document(block.height, number)),
                    salt=sha256(b"salt %d" % number),
                    entry=entry,
                    entry_path=Path(number, tuple(tree.inclusion_proof(number))),
                )
                for number, entry in enumerate(made)
            ]
        )
    anchors = (anchor(log, whole[0][0], LocalChain(directory / "chain"), size=blocks),)
    written = [collection.head(), collection.log_line(replace(whole[0][0], anchors=anchors))]
    for receipts in whole:
        written.append(collection.block_line(receipts[0]))
        written += [collection.receipt_line(each, name(each.entry_block.height, n)) for n, each in enumerate(receipts)]
    return [*written, collection.tail(blocks * count)]
