"""A BlockProof in the anchor's JSON column: hex in the order of the bytes."""

from typing import Any

from anchoring.core.receipt import BlockProof

BYTES = ("transaction", "coinbase", "tip")
LISTS = ("path", "coinbase_path", "headers")


def to_json(proof: BlockProof) -> dict[str, Any]:
    return {
        "index": proof.index,
        **{name: getattr(proof, name).hex() for name in BYTES},
        **{name: [item.hex() for item in getattr(proof, name)] for name in LISTS},
    }


def from_json(stored: Any) -> BlockProof:
    whole = {name: bytes.fromhex(stored[name]) for name in BYTES}
    lists = {name: tuple(map(bytes.fromhex, stored[name])) for name in LISTS}
    return BlockProof(
        transaction=whole["transaction"],
        index=stored["index"],
        path=lists["path"],
        coinbase=whole["coinbase"],
        coinbase_path=lists["coinbase_path"],
        headers=lists["headers"],
        tip=whole["tip"],
    )
