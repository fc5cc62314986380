"""A real node of Bitcoin's family: Debian's litecoind in regtest."""

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node

CONFIGURATION = """regtest=1
[regtest]
server=1
rpcuser=anchors
rpcpassword=secret
rpcport={port}
rpcbind=127.0.0.1
rpcallowip=127.0.0.1
listen=0
dnsseed=0
fallbackfee=0.0002
mempoolreplacement=1
minrelaytxfee=0.00001
"""
START_SECONDS = 60
MATURE = 101  # blocks until the first coinbase can be spent
LAST_BLOCK = 420  # regtest stops at 432 without a peg-in (litecoin issue 807)


class Litecoin:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "litecoin.conf").write_text(CONFIGURATION.format(port=self.port))
        self._words = ["litecoind", f"-datadir={folder}", "-printtoconsole=0"]
        self.url = f"http://anchors:secret@127.0.0.1:{self.port}"
        self.node = Node(self.url)
        self.start()
        self.node("createwallet", "miner", False, False, "", False, False, True)  # loaded at every start
        self.address = self.node("getnewaddress")
        self.mine(MATURE)

    def start(self) -> None:
        self.process = subprocess.Popen(self._words)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(ChainError):
                self.node("getblockcount")
                return
            assert self.process.poll() is None and time.monotonic() < deadline, "litecoind does not start"
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    @property
    def worn_out(self) -> bool:
        return int(self.node("getblockcount")) > LAST_BLOCK - 60

    def mine(self, blocks: int = 1) -> None:
        self.node("generatetoaddress", blocks, self.address)

    def mine_empty(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.node("generateblock", self.address, [])

    def invalidate(self, depth: int) -> None:
        """The last `depth` blocks are no longer believed; their transactions wait again."""
        tip = self.node("getblockcount")
        self.node("invalidateblock", self.node("getblockhash", tip - depth + 1))

    def pay(self, address: str, coins: float = 1) -> None:
        self.node("sendtoaddress", address, coins)
        self.mine()

    def payloads(self) -> list[bytes]:
        """Of every OP_RETURN output of a version 1 payload in the best chain."""
        found = []
        for height in range(MATURE, self.node("getblockcount") + 1):
            block: dict[str, Any] = self.node("getblock", self.node("getblockhash", height), 2)
            scripts = (out["scriptPubKey"]["hex"] for entry in block["tx"] for out in entry["vout"])
            found += [bytes.fromhex(script)[2:] for script in scripts if script.startswith("6a484db1")]
        return found
