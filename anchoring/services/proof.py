"""An anchor's proof in its JSON column: as in a receipt, with the kind beside it."""

from typing import Any

from anchoring.core.anchors import BY_PROOF, KINDS


def to_json(proof: Any) -> dict[str, Any]:
    """`proof` of a type that BY_PROOF knows."""
    kind = BY_PROOF[type(proof)]
    return {"kind": kind.name, "proof": kind.codec.write(proof)}


def from_json(stored: Any) -> Any:
    return KINDS[stored["kind"]].codec.read(stored["proof"], "stored proof")
