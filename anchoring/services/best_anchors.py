"""Which anchors a receipt shows: of each chain the best one that covers a directory block."""

from functools import lru_cache

from django.db import connection

from anchoring import models, states
from anchoring.core.encoding import to_base64
from anchoring.core.note import DASH, Verifier
from anchoring.keys import log_signer

# A skip scan: one step per chain, however many anchors each has.
CHAINS = """
WITH RECURSIVE named AS (
    (SELECT chain FROM anchoring_anchor ORDER BY chain LIMIT 1)
    UNION ALL
    SELECT (SELECT chain FROM anchoring_anchor WHERE chain > named.chain ORDER BY chain LIMIT 1)
    FROM named WHERE named.chain IS NOT NULL
)
SELECT chain FROM named WHERE chain IS NOT NULL
"""
SETTLED = (states.CONFIRMED, states.FINAL)


def covering(height: int) -> list[models.Anchor]:
    """Confirmed before mined, then the oldest; the one whose path goes into an `.ots` file first."""
    with connection.cursor() as cursor:
        cursor.execute(CHAINS)
        chains = [row[0] for row in cursor.fetchall()]
    found = [anchor for anchor in (_best(chain, height) for chain in chains) if anchor is not None]
    return sorted(found, key=lambda anchor: (not has_ots(anchor), anchor.state not in SETTLED, anchor.pk))


def newest() -> list[models.Anchor]:
    """Of each chain the newest settled one, the largest log first: they cover the most blocks."""
    settled = models.Anchor.objects.filter(state__in=SETTLED).select_related("checkpoint")
    with connection.cursor() as cursor:
        cursor.execute(CHAINS)
        last = [settled.filter(chain=row[0]).order_by("-checkpoint_id").first() for row in cursor.fetchall()]
    return sorted((anchor for anchor in last if anchor), key=lambda anchor: (-anchor.checkpoint_id, anchor.pk))


def has_ots(anchor: models.Anchor) -> bool:
    return anchor.proof is not None and anchor.proof["kind"] == "bitcoin"


def _best(chain: str, height: int) -> models.Anchor | None:
    """After a change of the log's key one that the key of today signed, if there is one: it covers all history too."""
    of_chain = models.Anchor.objects.filter(chain=chain, checkpoint_id__gt=height).select_related("checkpoint")
    first = _first_of_key(*_spelled(log_signer().verifier))
    for floor in sorted({first, 0}, reverse=True):
        for wanted in (SETTLED, (states.MINED,)):
            above = of_chain.filter(state__in=wanted, checkpoint_id__gte=floor)
            if found := above.order_by("checkpoint_id").first():
                return found
    return None


def _spelled(key: Verifier) -> tuple[str, str]:
    """The beginning of its signature lines: 4 bytes of key id are 5 characters of base64 and 2 bits."""
    return key.name, to_base64(key.key_id)[:5]


@lru_cache(maxsize=4)
def _first_of_key(name: str, encoded: str) -> int:
    """The size of the first checkpoint that this key signed; 0 when it signed the first of all, or none."""
    oldest = models.Checkpoint.objects.order_by("size").first()
    if oldest is None or f"{DASH}{name} {encoded}" in oldest.note:
        return 0
    signed = models.Checkpoint.objects.filter(note__contains=f"{DASH}{name} {encoded}").order_by("size")
    return signed.values_list("size", flat=True).first() or 0
