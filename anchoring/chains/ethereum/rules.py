"""What tells Ethereum's networks apart before a transaction is signed for one of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """`chain_id` is part of every signature (EIP-155); `genesis` the hash of block 0, where there is but one."""

    chain_id: int
    genesis: str = ""


RULES = {
    "ethereum": Rules(1, "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
    "ethereum-dev": Rules(31337),
}
