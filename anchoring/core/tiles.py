"""Proofs over a log whose nodes are read as tiles, https://c2sp.org/tlog-tiles: a few tiles, however large the log."""

from collections.abc import Callable

from anchoring.core.encoding import Malformed
from anchoring.core.tree import Tree, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

# (level, number) -> up to 256 hashes. Level 0: leaf hashes; level n: roots of complete tiles of level n-1.
ReadTile = Callable[[int, int], list[bytes]]


class MissingTile(Malformed):
    """A tile is shorter than the log's size needs."""


class Tiles:
    """Reads each tile once; make one for each piece of work. Raises MissingTile past the end of the log."""

    def __init__(self, read: ReadTile) -> None:
        self._read = read
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._read(level, number)
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
            raise MissingTile(f"the log's nodes of level {level} from {place} of tile {number} are missing")
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


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """`tile/L/x001/234.p/5`; level "entries" for entry bundles."""
    groups = []
    while True:
        groups.append(f"{number % 1000:03}")
        number //= 1000
        if not number:
            break
    name = "/".join([f"x{group}" for group in groups[:0:-1]] + [groups[0]])
    return f"tile/{level}/{name}" + ("" if width == TILE_WIDTH else f".p/{width}")


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes that tile has in a log of `size` leaves."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - number * TILE_WIDTH))
