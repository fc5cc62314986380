"""The newest log root goes to each configured chain. What is sent was committed before, so a crash resends it."""

from datetime import datetime, timedelta

from django.db import transaction

from anchoring.chains.interface import Chain, ChainConflict, ChainError, Presence
from anchoring.conf import conf
from anchoring.core.payload import Payload
from anchoring.models import Anchor, Checkpoint, Version
from anchoring.services import versions
from anchoring.services.chains import each_chain
from anchoring.services.condition import note_funds
from anchoring.services.transition import move
from anchoring.states import BROADCAST, PENDING, REORGED, SIGNED, TO_PUBLISH

MAX_VERSIONS = 32  # of one anchor; more means that something cheats us or is broken, and a person must look


def publish(*, now: datetime) -> None:
    """Takes every anchor not yet in a block as far as BROADCAST, and begins one for the newest log root.

    One anchor at a time and chain waits for its block; each covers all history, so a root that is passed over loses
    nothing. Commits between its steps: refuses to run inside a transaction.
    """
    each_chain(lambda chain: _publish_on(chain, now), now)


def _publish_on(chain: Chain, now: datetime) -> bool:
    under_way = list(Anchor.objects.filter(chain=chain.name, state__in=TO_PUBLISH).order_by("id"))
    if not under_way and (fresh := _begin(chain, now)) is not None:
        under_way = [fresh]
    for anchor in under_way:
        _bring_out(chain, anchor, now)
    return bool(under_way)


def _begin(chain: Chain, now: datetime) -> Anchor | None:
    """PENDING for the newest checkpoint, unless this chain has it already or had one a moment ago."""
    newest, own = Checkpoint.objects.order_by("-size").first(), Anchor.objects.filter(chain=chain.name)
    since = now - timedelta(seconds=conf.interval_seconds(chain.name))
    if newest is None or own.filter(checkpoint=newest).exists() or own.filter(created__gt=since).exists():
        return None
    return Anchor.objects.create(
        chain=chain.name, network=chain.network, checkpoint=newest, state=PENDING, created=now, changed=now
    )


def _bring_out(chain: Chain, anchor: Anchor, now: datetime) -> None:
    """As far as the chain lets it; the reason it did not is kept on the anchor for the operator."""
    reason = ""
    try:
        if anchor.state == PENDING:
            note_funds(chain)
            _sign(chain, anchor, now)
        elif anchor.state == REORGED:  # the same bytes first: the network may still hold them
            move(anchor, SIGNED, now=now)
        else:
            reason = _replace(chain, anchor, now)
        _send(chain, anchor, now)
    except (ChainError, OSError) as error:
        reason = str(error)
        raise
    finally:
        if reason:
            Anchor.objects.filter(pk=anchor.pk).update(error=reason, changed=now)


def _sign(chain: Chain, anchor: Anchor, now: datetime, replaces: Version | None = None) -> None:
    if anchor.attempts >= MAX_VERSIONS:
        raise ChainError(f"{anchor.attempts} transactions were signed for this anchor and none is in a block")
    signed = chain.build(_payload(anchor), versions.history(chain.name, anchor, replaces))
    with transaction.atomic():
        if move(anchor, SIGNED, now=now, txid=signed.txid, attempts=anchor.attempts + 1):
            versions.keep(anchor, signed, now)


def _payload(anchor: Anchor) -> bytes:
    return Payload.of(versions.checkpoint(anchor)).encode()


def _replace(chain: Chain, anchor: Anchor, now: datetime) -> str:
    """A version that pays more, when the newest one has waited long enough. Why there is none, or ''."""
    newest = anchor.versions.latest("id")
    due = now - newest.created >= timedelta(seconds=conf.replace_seconds(chain.name))
    if chain.replaceable and due:
        try:
            _sign(chain, anchor, now, replaces=newest)
        except ChainError as error:
            return str(error)
    return ""


def _send(chain: Chain, anchor: Anchor, now: datetime) -> None:
    try:
        _send_newest(chain, anchor)
    except ChainConflict:
        if not _is_seen(chain, anchor):
            _sign(chain, anchor, now)
            _send_newest(chain, anchor)
    if anchor.state == SIGNED:
        move(anchor, BROADCAST, now=now)


def _send_newest(chain: Chain, anchor: Anchor) -> None:
    newest = anchor.versions.latest("id")
    if not newest.ticket:  # who gave a ticket has it: sent again it would be another submission
        versions.keep_ticket(newest, chain.send(bytes(newest.raw)))


def _is_seen(chain: Chain, anchor: Anchor) -> bool:
    """What spends the coin is another version of this anchor: nothing is wrong."""
    last = versions.place(anchor)
    found = (chain.poll(versions.signed(version), last) for version in versions.newest_first(anchor))
    return any(status.presence is not Presence.UNKNOWN for status in found)
