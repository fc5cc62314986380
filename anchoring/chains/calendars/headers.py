"""Block headers from somebody who may lie: a Bitcoin node, or the HTTP interface of an Esplora explorer.

What they show is checked like an auditor's headers, so it matters little who they are.
"""

from typing import Protocol

from anchoring.chains.http import exchange, place
from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node, Refused, number, octets, text

ESPLORA = "esplora+"
_TEXT_BYTES = 4096
_OUT_OF_RANGE = -8  # RPC_INVALID_PARAMETER: no block of that height


class Headers(Protocol):
    """Hashes in display hex. Every method may raise ChainError."""

    def tip(self) -> int: ...

    def block_hash(self, height: int) -> str | None:
        """Of the best chain; None above the tip."""

    def header(self, block_hash: str) -> bytes: ...


class NodeHeaders:
    def __init__(self, node: Node) -> None:
        self._node = node

    def tip(self) -> int:
        return number(self._node("getblockcount"), "block count")

    def block_hash(self, height: int) -> str | None:
        try:
            return text(self._node("getblockhash", height), "block hash")
        except Refused as error:
            if error.code == _OUT_OF_RANGE:
                return None
            raise

    def header(self, block_hash: str) -> bytes:
        return octets(self._node("getblockheader", block_hash, False), "header", 80)


class EsploraHeaders:
    """https://github.com/Blockstream/esplora/blob/master/API.md"""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def _get(self, path: str) -> str | None:
        status, answer = exchange(f"{self._url}/{path}", limit=_TEXT_BYTES)
        if status not in (200, 404):
            raise ChainError(f"{place(self._url)} answers with {status}")
        return answer.decode("ascii", "replace").strip() if status == 200 else None

    def tip(self) -> int:
        answer = self._get("blocks/tip/height")
        if answer is None or not answer.isdecimal() or len(answer) > 9:
            raise ChainError(f"{place(self._url)} states no height")
        return int(answer)

    def block_hash(self, height: int) -> str | None:
        return self._get(f"block-height/{height}")

    def header(self, block_hash: str) -> bytes:
        return octets(self._get(f"block/{block_hash}/header"), "header", 80)


def open_headers(url: str) -> Headers:
    """`http://...` is a node's JSON-RPC, `esplora+https://...` an explorer."""
    return EsploraHeaders(url.removeprefix(ESPLORA)) if url.startswith(ESPLORA) else NodeHeaders(Node(url))
