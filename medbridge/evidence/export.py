"""All receipts of a hospital's chains in one stream."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction

from anchoring import services
from anchoring.services import Opening
from anchoring.services.time import milliseconds
from medbridge.evidence.models import Chain, name_of

# The subjects of what was written from one moment to another, both included.
Subjects = Callable[[datetime, datetime], Iterable[str]]


def lines(*, hospital: str, since: datetime, until: datetime, subjects: Subjects) -> Iterator[bytes]:
    """The file that `python -m anchoring verify --all` reads, a line at a time: of everything committed with
    since <= time < until and sealed by now. What was erased is left out.

    A commitment is stored under a hash of its subject; one that `subjects` does not tell is called "access/" and that.
    """
    chains = dict(Chain.objects.filter(hospital=hospital).values_list("id", "chain"))

    @lru_cache(maxsize=1)  # one transaction's commitments share one moment, and come one after another
    def named(low: datetime, high: datetime) -> dict[UUID, str]:
        return {name_of(subject): subject for subject in subjects(low, high)}

    def openings(entries: Sequence[int]) -> Mapping[int, Opening]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM evidence_exported WHERE entry = ANY(%s)", [list(entries)])
            rows = cursor.fetchall()
        known = named(min(at for _, at, *_ in rows), max(at for _, at, *_ in rows)) if rows else {}
        return {
            entry: Opening(known.get(name, f"access/{name}"), salt, digest) for entry, _, name, digest, salt in rows
        }

    with transaction.atomic():
        _find_by_entry(list(chains), since, until)
        yield from services.export(
            chains=[bytes(chain) for chain in chains.values()],
            since=milliseconds(since),
            until=milliseconds(until),
            openings=openings,
        )


_BY_ENTRY = """
CREATE TEMP TABLE evidence_exported ON COMMIT DROP AS
SELECT entry, at, name, digest, salt FROM evidence_commitment
WHERE chain_id = ANY(%s) AND at >= %s AND at < %s AND salt IS NOT NULL
"""


def _find_by_entry(chains: list[int], since: datetime, until: datetime) -> None:
    """Commitments are found by name; an index by entry, for this alone, would cost each write."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS evidence_exported")
        cursor.execute(_BY_ENTRY, [chains, since, until])
        cursor.execute("CREATE INDEX ON evidence_exported (entry)")
        cursor.execute("ANALYZE evidence_exported")
