"""Receipts each broken in one way, named by the defect, with the number of the check that must name it."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchoring.core.checkpoint import Checkpoint
from tests.unit.anchoring.build import MALLORY

EXAMPLE = (Path(__file__).parent / "vectors" / "example.receipt.json").read_bytes()
Json = dict[str, Any]


@dataclass(frozen=True)
class Broken:
    raw: bytes
    check: int


def dumped(receipt: Json) -> bytes:
    return json.dumps(receipt).encode()


def flipped(text: str) -> str:
    """The last hex digit changed: for a tip or a txid that is its first byte's, for all others the last byte's."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def _changed(change: Callable[[Json], None], check: int) -> Broken:
    receipt = json.loads(EXAMPLE)
    change(receipt)
    return Broken(dumped(receipt), check)


def _set(*path: str | int, to: Any) -> Callable[[Json], None]:
    def change(receipt: Json) -> None:
        holder: Any = receipt
        for step in path[:-1]:
            holder = holder[step]
        old = deepcopy(holder[path[-1]])
        holder[path[-1]] = to(old) if callable(to) else to

    return change


def _foreign_signature(receipt: Json) -> None:
    body = receipt["checkpoint"].split("\n\n")[0] + "\n"
    receipt["checkpoint"] = Checkpoint.parse(body).sign(MALLORY)


def _swapped_anchors(receipt: Json) -> None:
    proofs = [anchor["proof"] for anchor in receipt["anchors"]]
    receipt["anchors"][0]["proof"], receipt["anchors"][1]["proof"] = proofs[1], proofs[0]


def _with_witness(raw: str) -> str:
    """The transaction in the form that has witness bytes, which its txid does not cover."""
    return raw[:8] + "0001" + raw[8:-8] + "0101aa" + raw[-8:]


def _as_coinbase(proof: Json) -> None:
    proof["coinbase"], proof["coinbase_path"] = proof["transaction"], proof["path"]


_ANCHOR = ("anchors", 0)
_PROOF = ("anchors", 0, "proof")
BROKEN = {
    "truncated": Broken(EXAMPLE[:-100], 1),
    "empty": Broken(b"", 1),
    "not UTF-8": Broken(b"\xff" + EXAMPLE, 1),
    "field twice": Broken(EXAMPLE.replace(b'"salt":', b'"salt": "00", "salt":', 1), 1),
    "upper-case hex": _changed(_set("salt", to=str.upper), 1),
    "fractional index": _changed(_set("entry_path", "index", to=3.0), 1),
    "unknown field": _changed(lambda r: r.update(comment="hello"), 1),
    "missing field": _changed(lambda r: r.pop("salt"), 1),
    "other format": _changed(_set("format", to="medbridge-receipt/v2"), 1),
    "other kind of anchor": _changed(_set(*_ANCHOR, "kind", to="ethereum"), 1),
    "document digest changed": _changed(_set("document", to=flipped), 2),
    "salt changed": _changed(_set("salt", to=flipped), 3),
    "entry sequence changed": _changed(_set("entry", "sequence", to=4), 4),
    "entry chain changed": _changed(_set("entry", "chain", to=flipped), 4),
    "entry backdated": _changed(_set("entry", "time", to=1), 5),
    "entry path node changed": _changed(_set("entry_path", "path", 1, to=flipped), 5),
    "entry path too short": _changed(_set("entry_path", "path", to=lambda path: path[:-1]), 5),
    "entry path too long": _changed(_set("entry_path", "path", to=lambda path: [*path, path[0]]), 5),
    "entry count changed": _changed(_set("entry_block", "count", to=6), 6),
    "entry block height changed": _changed(_set("entry_block", "height", to=1), 6),
    "directory path node changed": _changed(_set("directory_path", "path", 0, to=flipped), 6),
    "directory block backdated": _changed(_set("directory_block", "time", to=1), 7),
    "log path index changed": _changed(_set("log_path", "index", to=3), 7),
    "log path node changed": _changed(_set("log_path", "path", 0, to=flipped), 7),
    "checkpoint of another size": _changed(_set("checkpoint", to=lambda note: note.replace("\n4\n", "\n5\n")), 7),
    "checkpoint signed by Mallory": _changed(_foreign_signature, 8),
    "checkpoint with a second signature": _changed(_set("checkpoint", to=lambda n: n + n.split("\n\n")[1]), 8),
    "log key of another log": _changed(_set("log_key", to=MALLORY.verifier.vkey), 8),
    "consistency node changed": _changed(_set("anchors", 1, "consistency", 0, to=flipped), 10),
    "consistency path missing": _changed(_set("anchors", 1, "consistency", to=[]), 10),
    "anchor of another checkpoint": _changed(_swapped_anchors, 11),
    "payload changed": _changed(_set(*_PROOF, "transaction", to=lambda t: t.replace("4db100", "4db101")), 11),
    "transaction changed": _changed(_set(*_PROOF, "transaction", to=flipped), 12),
    "transaction with witness": _changed(_set(*_PROOF, "transaction", to=_with_witness), 12),
    "transaction index changed": _changed(_set(*_PROOF, "index", to=0), 12),
    "transaction index past the block": _changed(_set(*_PROOF, "index", to=5), 12),
    "block path node changed": _changed(_set(*_PROOF, "path", 0, to=flipped), 12),
    "coinbase changed": _changed(_set(*_PROOF, "coinbase", to=flipped), 13),
    "coinbase path node changed": _changed(_set(*_PROOF, "coinbase_path", 0, to=flipped), 13),
    "coinbase path of another depth": _changed(_set(*_PROOF, "coinbase_path", to=lambda path: path[:-1]), 13),
    "transaction given as coinbase": _changed(lambda r: _as_coinbase(r["anchors"][0]["proof"]), 13),
    "first header changed": _changed(_set(*_PROOF, "headers", 0, to=flipped), 14),
    "last header changed": _changed(_set(*_PROOF, "headers", -1, to=flipped), 14),
    "header left out": _changed(_set(*_PROOF, "headers", to=lambda h: [h[0], h[2]]), 14),
    "no headers": _changed(_set(*_PROOF, "headers", to=[]), 12),
    "tip changed": _changed(_set(*_PROOF, "tip", to=flipped), 14),
    "unknown network": _changed(_set(*_ANCHOR, "network", to="moon"), 14),
    "development chain passed off as Bitcoin": _changed(_set(*_ANCHOR, "network", to="bitcoin"), 14),
}
