"""Where each anchor is on its chain. An anchor whose block is no longer in the chain goes back to be published."""

from datetime import datetime

from anchoring.chains.interface import PROOF_HEADERS, Chain, ChainError, Presence, Status, Unreachable
from anchoring.conf import conf
from anchoring.models import Anchor, Version
from anchoring.services import proof, versions
from anchoring.services.chains import each_chain
from anchoring.services.transition import move
from anchoring.states import BROADCAST, CONFIRMED, FINAL, IN_A_BLOCK, MINED, REORGED, TO_CONFIRM

WATCHED_BLOCKS = 100  # a FINAL anchor is compared until this deep; Bitcoin's own coinbase maturity trusts it then


def confirm(*, now: datetime) -> None:
    """Polls every anchor that was sent. A chain that is ours to extend gets one block when an anchor waits for it."""
    each_chain(lambda chain: _confirm_on(chain, now), now)


def _confirm_on(chain: Chain, now: datetime) -> bool:
    sent = Anchor.objects.filter(chain=chain.name, state__in=TO_CONFIRM)
    if sent.exclude(state=FINAL).exists():
        chain.mine(now=now)
    failed: ChainError | None = None
    watched = list(sent.filter(confirmations__lt=WATCHED_BLOCKS).order_by("id"))
    for anchor in watched:
        try:
            _look(chain, anchor, now)
        except Unreachable:
            raise
        except ChainError as error:  # of this anchor; the others are looked at all the same
            Anchor.objects.filter(pk=anchor.pk).update(error=str(error))
            failed = error
    if failed is not None:
        raise failed
    return bool(watched)


def _look(chain: Chain, anchor: Anchor, now: datetime) -> None:
    version, status = _where(chain, anchor)
    if anchor.state in IN_A_BLOCK and not (status.place and status.place.block_hash == anchor.block_hash):
        _lose(anchor, now)
    elif version is not None:
        _advance(chain, anchor, version, status, now)


def _where(chain: Chain, anchor: Anchor) -> tuple[Version | None, Status]:
    """The version that is in a block, if any; of an anchor in a block only that version is asked for."""
    last = versions.place(anchor)
    for version in versions.newest_first(anchor):
        if anchor.state in IN_A_BLOCK and version.txid != anchor.txid:
            continue
        status = chain.poll(versions.signed(version), last)
        if status.presence is Presence.MINED:
            versions.keep_ticket(version, status.ticket)
            return version, status
    return None, Status(Presence.UNKNOWN)


def _lose(anchor: Anchor, now: datetime) -> None:
    """`height` stays: it tells where to search for the transaction."""
    deepest = max(anchor.deepest, anchor.confirmations)
    move(anchor, REORGED, now=now, block_hash="", confirmations=0, proof=None, lost=now, deepest=deepest)


def _advance(chain: Chain, anchor: Anchor, version: Version, status: Status, now: datetime) -> None:
    """Each step commits with the proof as of then: the more blocks lie above, the more headers a receipt shows."""
    confirmed, final = conf.confirmations(chain.name)
    for old, new, needed in ((BROADCAST, MINED, 1), (MINED, CONFIRMED, confirmed), (CONFIRMED, FINAL, final)):
        deep = status.confirmations >= needed and (new == MINED or status.final is not False)
        if anchor.state == old and deep and not _enter(chain, anchor, version, new, needed, status, now):
            return
    Anchor.objects.filter(pk=anchor.pk, state=anchor.state).update(confirmations=status.confirmations)


def _enter(
    chain: Chain, anchor: Anchor, version: Version, state: str, needed: int, status: Status, now: datetime
) -> bool:
    """Raises ChainError when the block left the chain since the poll, or is not what the node said: the next poll sees
    it."""
    if status.place is None:
        return False
    shown = chain.proof(versions.signed(version), status.place)
    try:
        proof.check(shown, anchor.network, versions.checkpoint(anchor))
        proof.check_depth(shown, min(needed, PROOF_HEADERS))
    except ValueError as error:
        raise ChainError(f"the proof from {chain.name} does not hold: {error}") from error
    place = {"height": status.place.height, "block_hash": status.place.block_hash}
    return move(
        anchor,
        state,
        now=now,
        txid=version.txid,
        proof=proof.to_json(shown),
        confirmations=status.confirmations,
        **place,
    )
