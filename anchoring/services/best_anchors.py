"""Which anchors a receipt shows: of each chain the best one that covers a directory block."""

from django.db import connection

from anchoring import models, states

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
    return anchor.proof is not None and anchor.proof["kind"] != "ethereum"


def _best(chain: str, height: int) -> models.Anchor | None:
    of_chain = models.Anchor.objects.filter(chain=chain, checkpoint_id__gt=height).select_related("checkpoint")
    for wanted in (SETTLED, (states.MINED,)):
        if found := of_chain.filter(state__in=wanted).order_by("checkpoint_id").first():
            return found
    return None
