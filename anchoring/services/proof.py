"""An anchor's proof: checked as an auditor will, and kept in its JSON column as in a receipt, the kind beside it."""

from contextlib import suppress
from typing import Any

from anchoring.core.anchors import BY_PROOF, KINDS
from anchoring.core.anchors.kind import Claim, Skipped
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.tree import ProofError


def check(shown: Any, network: str, checkpoint: Checkpoint) -> None:
    """All that can be checked without an auditor's own headers. Raises ValueError with a sentence."""
    claim = Claim(network, shown, checkpoint, None)
    for finding in BY_PROOF[type(shown)].findings:
        with suppress(Skipped):
            finding.check(claim)


def check_depth(shown: Any, needed: int) -> None:
    """Confirmations that a node counts and has no headers for are its word only. Raises ProofError."""
    headers = getattr(shown, "headers", None)
    if headers is not None and len(headers) < needed:
        raise ProofError(f"{needed} confirmations need as many headers, not {len(headers)}")


def to_json(proof: Any) -> dict[str, Any]:
    """`proof` of a type that BY_PROOF knows."""
    kind = BY_PROOF[type(proof)]
    return {"kind": kind.name, "proof": kind.codec.write(proof)}


def from_json(stored: Any) -> Any:
    return KINDS[stored["kind"]].codec.read(stored["proof"], "stored proof")
