"""The newest log root goes to each configured chain. What is sent was committed before, so a crash resends it."""

from datetime import datetime

from anchoring.chains.interface import Chain, ChainConflict, ChainError
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.note import Note
from anchoring.core.payload import Payload
from anchoring.models import Anchor
from anchoring.models import Checkpoint as CheckpointRow
from anchoring.services.chains import each_chain
from anchoring.services.transition import move
from anchoring.states import BROADCAST, PENDING, REORGED, SIGNED, TO_PUBLISH


def publish(*, now: datetime) -> None:
    """Takes every anchor not yet in a block as far as BROADCAST, and begins one for the newest log root.

    One anchor at a time and chain waits for its block; each covers all history, so a root that is passed over loses
    nothing. Commits between its steps: refuses to run inside a transaction.
    """
    each_chain(lambda chain: _publish_on(chain, now))


def _publish_on(chain: Chain, now: datetime) -> None:
    under_way = list(Anchor.objects.filter(chain=chain.name, state__in=TO_PUBLISH).order_by("id"))
    if not under_way and (fresh := _begin(chain, now)) is not None:
        under_way = [fresh]
    for anchor in under_way:
        _bring_out(chain, anchor, now)


def _begin(chain: Chain, now: datetime) -> Anchor | None:
    """PENDING for the newest checkpoint, unless this chain has it already."""
    newest = CheckpointRow.objects.order_by("-size").first()
    if newest is None or Anchor.objects.filter(chain=chain.name, checkpoint=newest).exists():
        return None
    return Anchor.objects.create(
        chain=chain.name, network=chain.network, checkpoint=newest, state=PENDING, created=now, changed=now
    )


def _bring_out(chain: Chain, anchor: Anchor, now: datetime) -> None:
    """As far as the chain lets it; the reason it did not is kept on the anchor for the operator."""
    try:
        if anchor.state == PENDING:
            _sign(chain, anchor, now)
        elif anchor.state == REORGED:  # the same bytes first: the network may still hold them
            move(anchor, SIGNED, now=now)
        try:
            _send(chain, anchor, now)
        except ChainConflict:
            _sign(chain, anchor, now)
            _send(chain, anchor, now)
    except (ChainError, OSError) as error:
        Anchor.objects.filter(pk=anchor.pk).update(error=str(error), changed=now)
        raise


def _sign(chain: Chain, anchor: Anchor, now: datetime) -> None:
    signed = chain.build(_payload(anchor))
    move(anchor, SIGNED, now=now, raw=signed.raw, txid=signed.txid, attempts=anchor.attempts + 1)


def _payload(anchor: Anchor) -> bytes:
    return Payload.of(Checkpoint.parse(Note.parse(anchor.checkpoint.note).text)).encode()


def _send(chain: Chain, anchor: Anchor, now: datetime) -> None:
    if anchor.raw is None:
        return  # another worker moved it on
    chain.send(bytes(anchor.raw))
    if anchor.state == SIGNED:
        move(anchor, BROADCAST, now=now)
