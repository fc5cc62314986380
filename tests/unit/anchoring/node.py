"""A Bitcoin node as the `ots` client sees one: 30 lines of JSON-RPC over the headers of a chain."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from anchoring.core.bitcoin.header import read_headers
from anchoring.core.bitcoin.transaction import display

OTS = Path(sys.executable).with_name("ots")


def _handler(headers: bytes) -> type[BaseHTTPRequestHandler]:
    by_hash = {display(header.hash()): header.encode().hex() for header in read_headers(headers)}
    methods = {
        "getblockcount": lambda: len(by_hash) - 1,
        "getblockhash": lambda height: list(by_hash)[height],
        "getblockheader": lambda digest, verbose: by_hash[digest],
    }

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            result = methods[call["method"]](*call["params"])
            body = json.dumps({"id": call["id"], "error": None, "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Node


@contextmanager
def serving(headers: bytes) -> Iterator[str]:
    """The URL of a node of the chain with these headers, concatenated from genesis."""
    server = HTTPServer(("127.0.0.1", 0), _handler(headers))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://user:password@127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ots_verify(node: str, document: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    words = [OTS, "--no-cache", "--btc-regtest", "--bitcoin-node", node, "verify", "-f", document, file]
    return subprocess.run(words, capture_output=True, text=True, timeout=60)
