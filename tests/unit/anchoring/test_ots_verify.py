"""`ots verify`, the whole client, against a node of the local chain: 40 lines of JSON-RPC over its headers."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from anchoring.core.bitcoin.header import read_headers
from anchoring.core.bitcoin.transaction import display

VECTORS = Path(__file__).parent / "vectors"
OTS = Path(sys.executable).with_name("ots")
HEADERS = read_headers((VECTORS / "headers").read_bytes())
BY_HASH = {display(header.hash()): header.encode().hex() for header in HEADERS}
METHODS = {
    "getblockcount": lambda: len(HEADERS) - 1,
    "getblockhash": lambda height: list(BY_HASH)[height],
    "getblockheader": lambda digest, verbose: BY_HASH[digest],
}


class Node(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(
            {"id": call["id"], "error": None, "result": METHODS[call["method"]](*call["params"])}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def node() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Node)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://user:password@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def verify(node: str, document: Path) -> subprocess.CompletedProcess[str]:
    words = [OTS, "--no-cache", "--btc-regtest", "--bitcoin-node", node, "verify", "-f", document]
    return subprocess.run([*words, VECTORS / "example.ots"], capture_output=True, text=True, timeout=60)


def test_the_client_verifies_our_file(node: str) -> None:
    done = verify(node, VECTORS / "document")
    assert done.returncode == 0, done.stderr
    assert "Success! Bitcoin block 102 attests existence as of 2026-11-23" in done.stderr


def test_the_client_refuses_another_document(node: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes((VECTORS / "document").read_bytes() + b" ")
    done = verify(node, tmp_path / "other")
    assert done.returncode != 0
    assert "does not match original" in done.stderr
