from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from django.db.models import F

from anchoring import models
from anchoring.conf import conf
from anchoring.core.anchors import BY_PROOF
from anchoring.core.anchors.kind import Claim, Skipped
from anchoring.core.checkpoint import open_checkpoint
from anchoring.services import proof
from anchoring.services.audit.chains import audit_chain
from anchoring.services.audit.finding import Defect, Finding
from anchoring.services.audit.log import audit_log
from anchoring.services.log import key_of
from anchoring.services.time import milliseconds
from anchoring.states import IN_A_BLOCK


def audit(*, now: datetime) -> Iterator[Finding]:
    """Everything stored, in one pass: chain by chain, then the log above them, the anchors, the promises.

    Memory: one entry block, and 32 bytes for each directory block. Run it in one snapshot (REPEATABLE READ).
    """
    for chain in models.Chain.objects.order_by("id").iterator():
        yield from audit_chain(chain)
    yield from audit_log()
    yield from _anchors()
    yield from _promises(milliseconds(now))


def _anchors() -> Iterator[Finding]:
    """The stored proof of each anchor, by the checks that a receipt's reader makes."""
    for anchor in models.Anchor.objects.filter(state__in=IN_A_BLOCK).select_related("checkpoint").iterator():
        what = f"anchor of checkpoint {anchor.checkpoint_id} on {anchor.chain}"
        try:
            shown = proof.from_json(anchor.proof)
            checkpoint = open_checkpoint(anchor.checkpoint.note, key_of(anchor.checkpoint.note))
            claim = Claim(anchor.network, shown, checkpoint, None)
            for finding in BY_PROOF[type(shown)].findings:
                with suppress(Skipped):
                    finding.check(claim)
        except (ValueError, KeyError, TypeError) as error:
            yield Finding(Defect.ALTERED, what, str(error))


def _promises(now: int) -> Iterator[Finding]:
    """Each entry was promised PROMISE_SECONDS after its time, whether or not anyone kept the note."""
    allowed = conf.PROMISE_SECONDS * 1000
    waiting = models.Submission.objects.filter(time__lt=now - allowed).order_by("id").values_list("id", flat=True)
    for number in waiting.iterator():
        yield Finding(Defect.PROMISE, f"entry {number}", "the deadline is over, and it waits to be sealed")
    late = models.Entry.objects.filter(block__directory__time__gt=F("time") + allowed)
    for number in late.order_by("id").values_list("id", flat=True).iterator():
        yield Finding(Defect.PROMISE, f"entry {number}", "it was sealed after its deadline, or its time was set back")
