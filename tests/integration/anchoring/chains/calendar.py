"""An OpenTimestamps calendar that anchors into the local chain, and a node that serves that chain's headers.

It speaks through the reference library, so our reading is held against another's writing.
"""

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp, make_merkle_tree

from anchoring.chains.interface import Place, Presence, Signed
from anchoring.chains.local import LocalChain
from anchoring.core.bitcoin.header import read_headers
from anchoring.core.bitcoin.transaction import display


class Server:
    """Of one handler class, on a port of its own."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], owner: Any) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.owner = owner  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Handler(BaseHTTPRequestHandler):
    def answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def owner(self) -> Any:
        return self.server.owner  # type: ignore[attr-defined]

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def log_message(self, *_: object) -> None:
        pass


class CalendarHandler(Handler):
    def do_POST(self) -> None:
        self.answer(*self.owner.take(self.body())) if self.path == "/digest" else self.answer(b"", 404)

    def do_GET(self) -> None:
        self.answer(*self.owner.tell(bytes.fromhex(self.path.rpartition("/")[2])))


class Calendar:
    """One transaction carries the root over all commitments that wait."""

    def __init__(self, chain: LocalChain, now: datetime) -> None:
        self._chain, self._now, self.broken = chain, now, False
        self.taken: list[bytes] = []
        self._commitments: list[bytes] = []
        self._anchored: list[tuple[list[bytes], Signed]] = []
        self._server = Server(CalendarHandler, self)
        self.url = self._server.url

    def stop(self) -> None:
        self._server.stop()

    def take(self, digest: bytes) -> tuple[bytes, int]:
        if self.broken:
            return b"", 500
        self.taken.append(digest)
        stamp = Timestamp(digest)
        end = stamp.ops.add(OpAppend(len(self.taken).to_bytes(4, "big"))).ops.add(OpSHA256())
        end.attestations.add(PendingAttestation(self.url))
        self._commitments.append(end.msg)
        return serialized(stamp), 200

    def mine(self) -> None:
        """What waits goes into a block; what a reorganisation threw out is sent again."""
        if self._commitments:
            signed = self._chain.build(self._tree(self._commitments)[1].msg)
            self._anchored.append((self._commitments, signed))
            self._commitments = []
        for _, signed in self._anchored:
            self._chain.send(signed.raw)

    @staticmethod
    def _tree(commitments: list[bytes]) -> tuple[list[Timestamp], Timestamp]:
        leaves = [Timestamp(commitment) for commitment in commitments]
        return leaves, make_merkle_tree(leaves)

    def tell(self, commitment: bytes) -> tuple[bytes, int]:
        for commitments, signed in self._anchored:
            status = self._chain.poll(signed)
            if commitment in commitments and status.presence is Presence.MINED and status.place and not self.broken:
                leaves, root = self._tree(commitments)
                self._into_block(root, signed, status.place)
                return serialized(leaves[commitments.index(commitment)]), 200
        return b"Pending confirmation in Bitcoin blockchain", 404

    def _into_block(self, root: Timestamp, signed: Signed, place: Place) -> None:
        proof = self._chain.proof(signed, place)
        before, _, after = proof.transaction.partition(root.msg)
        end = root.ops.add(OpPrepend(before)).ops.add(OpAppend(after)).ops.add(OpSHA256()).ops.add(OpSHA256())
        for level, sibling in enumerate(proof.path):
            joined = OpPrepend(sibling) if proof.index >> level & 1 else OpAppend(sibling)
            end = end.ops.add(joined).ops.add(OpSHA256()).ops.add(OpSHA256())
        end.attestations.add(BitcoinBlockHeaderAttestation(place.height))


def serialized(stamp: Timestamp) -> bytes:
    context = BytesSerializationContext()
    stamp.serialize(context)
    return bytes(context.getbytes())


class NodeHandler(Handler):
    def do_POST(self) -> None:
        call = json.loads(self.body())
        result, error = self.owner.call(call["method"], call["params"])
        self.answer(json.dumps({"id": call["id"], "error": error, "result": result}).encode())


class HeaderNode:
    """JSON-RPC over the headers of the local chain."""

    def __init__(self, chain: LocalChain) -> None:
        self._chain = chain
        self._server = Server(NodeHandler, self)
        self.url = self._server.url

    def stop(self) -> None:
        self._server.stop()

    def call(self, method: str, params: list[Any]) -> tuple[Any, Any]:
        headers = read_headers(self._chain.headers())
        by_hash = {display(header.hash()): header.encode().hex() for header in headers}
        if method == "getblockcount":
            return len(headers) - 1, None
        if method == "getblockhash" and params[0] >= len(headers):
            return None, {"code": -8, "message": "Block height out of range"}
        if method == "getblockhash":
            return list(by_hash)[params[0]], None
        return by_hash.get(params[0]), None
