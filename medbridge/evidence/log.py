"""The public log and its anchors as they stand, for those who watch them."""

from dataclasses import dataclass
from datetime import datetime

from anchoring.models import Anchor, Checkpoint


@dataclass(frozen=True)
class AnchorState:
    """One checkpoint (of `size` blocks) on one chain. `height` is that of the chain's block, once there is one."""

    size: int
    chain: str
    network: str
    state: str
    transaction: str
    height: int | None
    confirmations: int
    error: str
    changed_at: datetime


def newest_checkpoint() -> str | None:
    """The signed note, or None while nothing was sealed."""
    return Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()


def anchors(*, limit: int) -> list[AnchorState]:
    """The newest first."""
    return [
        AnchorState(
            anchor.checkpoint_id, anchor.chain, anchor.network, anchor.state, anchor.txid, anchor.height,
            anchor.confirmations, anchor.error, anchor.changed,
        )
        for anchor in Anchor.objects.order_by("-id")[:limit]
    ]  # fmt: skip
