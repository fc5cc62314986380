"""The log as stored: complete subtrees of 256^level leaves, so that a proof over a million blocks reads a few tiles."""

from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.log import log_leaf
from anchoring.core.note import SignatureError, Signer
from anchoring.core.tree import ProofError, Tree, check_consistency, node_hash
from anchoring.models import Checkpoint as CheckpointRow
from anchoring.models import LogNode
from anchoring.services.errors import LogBroken

TILE_HEIGHT = 8  # https://c2sp.org/tlog-tiles
TILE_WIDTH = 1 << TILE_HEIGHT


class StoredLog:
    """Reads each tile once; make one for each piece of work. Sizes past the stored log raise LogBroken."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, number: int) -> list[bytes]:
        """Up to 256 hashes. Level 0: leaf hashes; level n: roots of complete tiles of level n-1."""
        if (level, number) not in self._tiles:
            start = number * TILE_WIDTH
            rows = LogNode.objects.filter(level=level, index__gte=start, index__lt=start + TILE_WIDTH).order_by("index")
            self._tiles[level, number] = [bytes(value) for value in rows.values_list("hash", flat=True)]
        return self._tiles[level, number]

    def range(self, low: int, high: int) -> bytes:
        """RFC 9162 MTH of D[low:high], where low is a multiple of the power of two that spans the range."""
        span = (high - low - 1).bit_length()
        if high - low != 1 << span:
            split = low + (1 << (span - 1))
            return node_hash(self.range(low, split), self.range(split, high))
        level, rest = divmod(span, TILE_HEIGHT)
        number, place = divmod(low >> (level * TILE_HEIGHT), TILE_WIDTH)
        hashes = self.tile(level, number)[place : place + (1 << rest)]
        if len(hashes) != 1 << rest:
            raise LogBroken(f"the log's nodes of level {level} from {place} of tile {number} are missing")
        return Tree(hashes).root()

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """PATH(index, D[size]), leaf side first."""
        low, high, path = 0, size, []
        while high - low > 1:
            split = low + (1 << ((high - low - 1).bit_length() - 1))
            if index < split:
                path.append(self.range(split, high))
                high = split
            else:
                path.append(self.range(low, split))
                low = split
        return path[::-1]

    def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """PROOF(first, D[second])."""
        low, high, whole, path = 0, second, True, []
        while first != high:
            split = low + (1 << ((high - low - 1).bit_length() - 1))
            if first <= split:
                path.append(self.range(split, high))
                high = split
            else:
                path.append(self.range(low, split))
                low, whole = split, False
        return [*([] if whole else [self.range(low, high)]), *path[::-1]]


def append(height: int, block_hash: bytes) -> None:
    """Add the leaf of directory block `height`, and each tile root that it completes."""
    LogNode.objects.create(level=0, index=height, hash=log_leaf(block_hash))
    level, index = 0, height
    while (index + 1) % TILE_WIDTH == 0:
        number = index // TILE_WIDTH
        hashes = StoredLog().tile(level, number)
        level, index = level + 1, number
        LogNode.objects.create(level=level, index=index, hash=Tree(hashes).root())


def checkpoint(size: int, origin: str, signer: Signer) -> CheckpointRow:
    """Sign and store the checkpoint of the first `size` blocks, after proving that the last one signed is its prefix.

    Raises LogBroken otherwise: two signed histories are worse than none.
    """
    log = StoredLog()
    new = Checkpoint(origin, size, log.range(0, size))
    last = CheckpointRow.objects.order_by("-size").first()
    if last is not None:
        _check_prefix(log, last, new, signer)
    return CheckpointRow.objects.create(size=size, root=new.root, note=new.sign(signer))


def _check_prefix(log: StoredLog, last: CheckpointRow, new: Checkpoint, signer: Signer) -> None:
    try:
        old = open_checkpoint(last.note, signer.verifier)
        path = log.consistency_proof(old.size, new.size)
        check_consistency(old.size, new.size, old.root, new.root, path)
    except (ProofError, SignatureError, ValueError) as error:
        raise LogBroken(f"checkpoint {new.size} does not continue checkpoint {last.size}: {error}") from error
