"""What others hold against the log: promises, and checkpoints kept by a witness, in a receipt or on a chain."""

from collections.abc import Iterator

from anchoring import models
from anchoring.core.checkpoint import open_checkpoint
from anchoring.core.promise import open_promise
from anchoring.services.audit.finding import Defect, Finding
from anchoring.services.log import key_of, stored_log


def held_promise(note: str, *, now: int) -> Iterator[Finding]:
    """`now` in milliseconds. Raises Malformed or SignatureError when the log gave no such promise."""
    promise = open_promise(note, key_of(note))
    what = f"promise for commitment {promise.commitment.hex()[:16]} of chain {promise.chain.hex()[:16]}"
    kept = models.Entry.objects.filter(chain__identifier=promise.chain, commitment=promise.commitment)
    times = list(kept.values_list("time", "block__directory__time"))
    if times and min(sealed for _, sealed in times) > promise.deadline:
        yield Finding(Defect.PROMISE, what, "it was sealed after the deadline")
    elif times and promise.time not in {time for time, _ in times}:
        yield Finding(Defect.BACKDATED, what, "its entry has another time than the promise")
    elif not times and now > promise.deadline:
        yield Finding(Defect.PROMISE, what, "the deadline is over, and the log does not hold it")


def held_checkpoint(note: str) -> Iterator[Finding]:
    """Raises Malformed or SignatureError when the log signed no such checkpoint."""
    held = open_checkpoint(note, key_of(note))
    what, newest = f"checkpoint {held.size} held elsewhere", models.DirectoryBlock.objects.count()
    if held.size > newest:
        yield Finding(Defect.ROLLED_BACK, what, f"the log signed it, and has only {newest} blocks now")
    elif held.size and stored_log().range(0, held.size) != held.root:
        yield Finding(Defect.SPLIT, what, "the log signed it, and has another history now")
