"""The signed transactions of an anchor, as the chains know them."""

from datetime import datetime

from django.db.models import F, Max

from anchoring.chains.interface import History, Place, Signed
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.note import Note
from anchoring.models import Anchor, Version
from anchoring.states import IN_A_BLOCK

CHANGE_LOOKED_AT = 4  # our last transactions whose change may still be unspent; normally it is the last one's


def keep(anchor: Anchor, signed: Signed, now: datetime) -> None:
    """In the caller's transaction, before it is sent."""
    values = {"raw": signed.raw, "fee": signed.fee, "nonce": signed.nonce, "created": now}
    Version.objects.get_or_create(anchor=anchor, txid=signed.txid, defaults=values)


def keep_ticket(version: Version, ticket: bytes) -> None:
    if ticket and ticket != bytes(version.ticket):
        version.ticket = ticket
        Version.objects.filter(pk=version.pk).update(ticket=ticket)


def newest_first(anchor: Anchor) -> list[Version]:
    return list(anchor.versions.order_by("-id"))


def signed(version: Version) -> Signed:
    return Signed(version.txid, bytes(version.raw), version.fee, version.nonce, bytes(version.ticket))


def place(anchor: Anchor) -> Place | None:
    """Where it was seen last; the hash is empty once that block left the chain."""
    return None if anchor.height is None else Place(anchor.height, anchor.block_hash)


def checkpoint(anchor: Anchor) -> Checkpoint:
    """What the anchor commits to."""
    return Checkpoint.parse(Note.parse(anchor.checkpoint.note).text)


def history(chain: str, anchor: Anchor | None = None, replaces: Version | None = None) -> History:
    """Numbers of `anchor` itself are free to be used again: only one of its versions can be mined."""
    own = Version.objects.filter(anchor__chain=chain)
    mined = own.filter(txid=F("anchor__txid"), anchor__state__in=IN_A_BLOCK).order_by("-id")
    last = own.exclude(anchor=anchor).aggregate(last=Max("nonce"))["last"]
    return History(
        replaces=signed(replaces) if replaces else None,
        mined=tuple(bytes(raw) for raw in mined.values_list("raw", flat=True)[:CHANGE_LOOKED_AT]),
        nonce=0 if last is None else last + 1,
    )
