"""The auditor's own view of a chain: which blocks he believes, how many lie above each. docs/formats.md section 9."""

from dataclasses import dataclass

from anchoring.core.bitcoin.header import Header, check_proof_of_work, read_headers, work
from anchoring.core.encoding import HASH_BYTES, Malformed
from anchoring.core.network import NETWORKS, Network
from anchoring.core.tree import ProofError


@dataclass(frozen=True, slots=True)
class Trusted:
    """`depths`: block hash -> blocks from it to the newest, itself included. `roots`: Merkle root -> header."""

    depths: dict[bytes, int]
    roots: dict[bytes, Header]

    @property
    def size(self) -> int:
        return len(self.depths)

    def depth(self, block_hash: bytes) -> int | None:
        """None for a block that is not in the auditor's chain."""
        return self.depths.get(block_hash)

    def by_root(self, merkle_root: bytes) -> Header | None:
        return self.roots.get(merkle_root)


def read_trusted(label: str, raw: bytes) -> Trusted:
    """From a file of 80-byte headers, which may hold branches, or of 32-byte block hashes where the network's headers
    show no work. Raises Malformed."""
    network = NETWORKS.get(label)
    if network is None:
        raise Malformed(f"headers were given for {label[:40]!r}, a network this verifier does not know")
    if not network.easiest:
        return _hashes(label, raw)
    try:
        chain = best_chain(read_headers(raw), network)
    except ProofError as error:
        raise Malformed(f"the trusted headers of {label}: {error}") from error
    depths = {digest: len(chain) - at for at, (digest, _) in enumerate(chain)}
    return Trusted(depths, {header.merkle_root: header for _, header in chain})


def _hashes(label: str, raw: bytes) -> Trusted:
    if not raw or len(raw) % HASH_BYTES:
        raise Malformed(f"trusted blocks of {label} are a file of {HASH_BYTES}-byte hashes, not {len(raw)} bytes")
    return Trusted({raw[at : at + HASH_BYTES]: 1 for at in range(0, len(raw), HASH_BYTES)}, {})


def best_chain(headers: list[Header], network: Network) -> list[tuple[bytes, Header]]:
    """The branch with the most work, oldest first, with block hashes. Each header but the first follows an earlier one
    and meets its own target; the oldest blocks of a chain were easier than what the network accepts of an anchor.

    Raises ProofError.
    """
    known: dict[bytes, tuple[int, int]] = {}  # hash -> (work up to it, its place)
    best, most = b"", -1
    for place, header in enumerate(headers):
        check_proof_of_work(header, easiest=network.limit, pow_hash=network.pow_hash)
        if place and header.previous not in known:
            raise ProofError(f"header {place} does not follow any header before it")
        digest = header.hash()
        total = known.get(header.previous, (0, 0))[0] + work(header.bits)
        known.setdefault(digest, (total, place))
        if total > most:
            best, most = digest, total
    return _branch(best, known, headers)


def _branch(tip: bytes, known: dict[bytes, tuple[int, int]], headers: list[Header]) -> list[tuple[bytes, Header]]:
    chain = []
    while tip in known:
        header = headers[known[tip][1]]
        chain.append((tip, header))
        tip = header.previous
    return chain[::-1]
