"""The receipt's path as a standard `.ots` file, readable by the OpenTimestamps client."""

from anchoring.core.receipt import Receipt


def ots(receipt: Receipt, anchor: int = 0) -> bytes:
    """Document digest to block header in append, prepend and SHA-256 steps. Raises Malformed when the anchor's
    checkpoint is not the receipt's own, because no chain of those steps leads to another one."""
    raise NotImplementedError
