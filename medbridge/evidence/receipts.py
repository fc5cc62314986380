"""Receipts and proof states by the name of what was committed."""

from collections.abc import Sequence
from hashlib import sha256

from anchoring import services
from anchoring.core.hashing import commitment
from anchoring.services import Proofs
from medbridge.evidence.models import Commitment, name_of


class NotYet(Exception):
    """The record is not in a sealed block yet."""


def issue(subject: str) -> Proofs:
    """The receipt, the .ots file when anchored, and the .tlog-proof. Raises NotYet."""
    row = Commitment.objects.filter(name=name_of(subject)).first()
    if row is None:
        raise NotYet(f"{subject} is not committed to the log yet.")
    if row.salt is None:
        raise NotYet(f"The salt of {subject} was destroyed; nothing can be proved about it any more.")
    try:
        return services.proofs(entry=row.entry, salt=bytes(row.salt), document=bytes(row.digest))
    except services.NotSealed:
        raise NotYet(f"{subject} waits for the next block of the log.") from None


def promise(subject: str) -> str:
    """The log's signed word that this subject's commitment will be in it by a deadline (a note, docs/formats.md).

    Given only for what is committed to the database; the deadline counts from then, however often one asks.
    Raises NotYet.
    """
    row = Commitment.objects.select_related("chain").filter(name=name_of(subject)).first()
    if row is None or row.salt is None:
        raise NotYet(f"{subject} is not committed to the log.")
    hidden = commitment(bytes(row.salt), bytes(row.digest))
    return services.promise(chain=bytes(row.chain.chain), commitment=hidden, at=row.at)


def altered(documents: Sequence[tuple[str, bytes]]) -> list[str]:
    """Of (subject, bytes as they are now), the subjects whose bytes are not those that were committed.

    Not said of what is not committed yet, nor of what was erased. The digest kept here is only a short cut: whoever
    alters it as well is found by the receipt, which hangs on the entry in the log.
    """
    now = {name_of(subject): (subject, sha256(body).digest()) for subject, body in documents}
    rows = Commitment.objects.filter(name__in=now, salt__isnull=False).values_list("name", "digest")
    return [now[name][0] for name, digest in rows if bytes(digest) != now[name][1]]


def states(subjects: Sequence[str]) -> dict[str, str]:
    """subject -> WAITING, SEALED, ANCHORED or CONFIRMED."""
    names = {name_of(subject): subject for subject in subjects}
    rows = dict(Commitment.objects.filter(name__in=names).values_list("name", "entry"))
    found = services.states(list(rows.values()))
    return {names[name]: found.get(entry, "WAITING") for name, entry in rows.items()}
