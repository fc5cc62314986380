"""Where each anchor is on its chain. An anchor whose block is no longer in the chain goes back to be published."""

from datetime import datetime

from anchoring.chains.interface import Chain, Presence, Status
from anchoring.conf import conf
from anchoring.core.bitcoin.transaction import display
from anchoring.core.hashing import sha256d
from anchoring.models import Anchor
from anchoring.services import proof
from anchoring.services.chains import each_chain
from anchoring.services.transition import move
from anchoring.states import BROADCAST, CONFIRMED, FINAL, IN_A_BLOCK, MINED, REORGED, TO_CONFIRM

WATCHED_BLOCKS = 100  # a FINAL anchor is compared until this deep; Bitcoin's own coinbase maturity trusts it then


def confirm(*, now: datetime) -> None:
    """Polls every anchor that was sent. A chain that is ours to extend gets one block when an anchor waits for it."""
    each_chain(lambda chain: _confirm_on(chain, now))


def _confirm_on(chain: Chain, now: datetime) -> None:
    sent = Anchor.objects.filter(chain=chain.name, state__in=TO_CONFIRM)
    if sent.exclude(state=FINAL).exists():
        chain.mine(now=now)
    for anchor in sent.filter(confirmations__lt=WATCHED_BLOCKS).order_by("id"):
        _look(chain, anchor, now)


def _look(chain: Chain, anchor: Anchor, now: datetime) -> None:
    status = chain.poll(anchor.txid)
    mined = status.presence is Presence.MINED
    if anchor.state in IN_A_BLOCK and not (mined and status.block_hash == anchor.block_hash):
        move(anchor, REORGED, now=now, height=None, block_hash="", confirmations=0, proof=None)
    elif mined:
        _advance(chain, anchor, status, now)


def _advance(chain: Chain, anchor: Anchor, status: Status, now: datetime) -> None:
    """Each step commits with the proof as of then: the more blocks lie above, the more headers a receipt shows."""
    confirmed, final = conf.confirmations(chain.name)
    for old, new, needed in ((BROADCAST, MINED, 1), (MINED, CONFIRMED, confirmed), (CONFIRMED, FINAL, final)):
        if anchor.state == old and status.confirmations >= needed and not _enter(chain, anchor, new, status, now):
            return
    Anchor.objects.filter(pk=anchor.pk, state=anchor.state).update(confirmations=status.confirmations)


def _enter(chain: Chain, anchor: Anchor, state: str, status: Status, now: datetime) -> bool:
    shown = chain.proof(anchor.txid)
    if display(sha256d(shown.headers[0])) != status.block_hash:
        return False  # reorganised between poll and proof; the next poll sees it
    place = {"height": status.height, "block_hash": status.block_hash, "confirmations": status.confirmations}
    return move(anchor, state, now=now, proof=proof.to_json(shown), **place)
