"""A real Ethereum node for development: anvil, from npm."""

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node
from anchoring.core.ethereum.transaction import SELECTOR

FOLDER = Path(__file__).parent / "javascript" / "node_modules" / "@foundry-rs"
START_SECONDS = 30


def program() -> Path | None:
    return next(FOLDER.glob("anvil-*/bin/anvil"), None)


class Anvil:
    """Mines only when told; a block is final two blocks later."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        found = program()
        assert found is not None
        options = ["--no-mining", "--slots-in-an-epoch", "1", "--silent", "--state", folder / "state"]
        self._words = [found, "--port", str(port), *options]
        self.url = f"http://127.0.0.1:{port}"
        self.node = Node(self.url)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._words)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(ChainError):
                self.node("eth_chainId")
                return
            assert self.process.poll() is None and time.monotonic() < deadline, "anvil does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def mine(self, blocks: int = 1) -> None:
        self.node("anvil_mine", hex(blocks))

    def give(self, address: str, ether: int = 1) -> None:
        self.node("anvil_setBalance", address, hex(ether * 10**18))

    def reorganise(self, depth: int) -> None:
        self.node("anvil_reorg", depth, [])
        self.mine()

    def payloads(self) -> list[bytes]:
        """Of transactions in the best chain that succeeded."""
        found = []
        for height in range(int(self.node("eth_blockNumber"), 16) + 1):
            block: dict[str, Any] = self.node("eth_getBlockByNumber", hex(height), True)
            for transaction in block["transactions"]:
                receipt = self.node("eth_getTransactionReceipt", transaction["hash"])
                data = bytes.fromhex(transaction["input"][2:])
                called = data[100:172] if data.startswith(SELECTOR) else data
                found += [called] if receipt["status"] == "0x1" and called.startswith(b"\x4d\xb1") else []
        return found

    def block_hashes(self) -> bytes:
        heights = range(int(self.node("eth_blockNumber"), 16) + 1)
        blocks = (self.node("eth_getBlockByNumber", hex(height), False) for height in heights)
        return b"".join(bytes.fromhex(block["hash"][2:]) for block in blocks)
