"""All receipts of a hospital's chains in one stream."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from anchoring import services
from anchoring.services import Opening
from anchoring.services.time import milliseconds
from medbridge.evidence.models import Chain, Commitment, name_of

# The subjects of what was written from one moment to another, both included.
Subjects = Callable[[datetime, datetime], Iterable[str]]


def lines(*, hospital: str, since: datetime, until: datetime, subjects: Subjects) -> Iterator[bytes]:
    """The file that `python -m anchoring verify --all` reads, a line at a time: of everything committed with
    since <= time < until and sealed by now. What was erased is left out.

    A commitment is stored under a hash of its subject; one that `subjects` does not tell is called "access/" and that.
    """
    chains = [bytes(chain) for chain in Chain.objects.filter(hospital=hospital).values_list("chain", flat=True)]

    @lru_cache(maxsize=1)  # one transaction's commitments share one moment, and come one after another
    def named(low: datetime, high: datetime) -> dict[UUID, str]:
        return {name_of(subject): subject for subject in subjects(low, high)}

    def openings(entries: Sequence[int]) -> Mapping[int, Opening]:
        rows = list(Commitment.objects.filter(entry__in=entries, salt__isnull=False))
        known = named(min(row.at for row in rows), max(row.at for row in rows)) if rows else {}
        return {
            row.entry: Opening(known.get(row.name, f"access/{row.name}"), bytes(row.salt or b""), bytes(row.digest))
            for row in rows
        }

    return services.export(chains=chains, since=milliseconds(since), until=milliseconds(until), openings=openings)
