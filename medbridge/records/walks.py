"""Indexes the current rows anew, a batch at a time, while others read and write. Versions are not touched.

A batch is one transaction: it locks its rows as writers do, in the order of their keys, indexes them, and notes how
far the walk has come. A crash leaves a walk at the end of its last batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from medbridge.database.fetch import fetch
from medbridge.fhir.index import Index, index
from medbridge.fhir.parse import parse
from medbridge.records import custom, values
from medbridge.records.models import Walk
from medbridge.records.together import array

# First key of the advisory locks that writers hold on their generation (migrations/0004_custom_parameters).
_LOCK_SPACE = 19779


@dataclass(frozen=True)
class Progress:
    """`name`: URL of the parameter, "" for everything. `total`: rows, as counted when the walk began."""

    name: str
    total: int
    done: int
    started: datetime
    updated: datetime
    finished: datetime | None

    @property
    def percent(self) -> int:
        """100 only when it is finished."""
        if self.finished:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


def begin(name: str, types: Sequence[str], *, since: int, at: datetime) -> None:
    """Begin a walk of that name, or begin it anew."""
    first = {"position": 0, "last": None, "total": 0, "done": 0, "finished": None, "started": at, "updated": at}
    Walk.objects.update_or_create(name=name, defaults={"types": list(types), "since": since, **first})


def drop(name: str) -> None:
    Walk.objects.filter(name=name).delete()


def progress(names: Sequence[str] | None = None, *, unfinished: bool = False) -> list[Progress]:
    """Walks by when they were begun; of all names, or of these."""
    found = Walk.objects.filter(**({"name__in": names} if names is not None else {}))
    return [_progress(walk) for walk in (found.filter(finished=None) if unfinished else found).order_by("started")]


def advance(*, at: datetime, size: int, name: str | None = None) -> Progress | None:
    """One batch of the oldest unfinished walk that no other process is at, or of the walk named; None: there is none.

    A walk does not begin while a writer is at work that may not know its parameter: then nothing is done.
    """
    with transaction.atomic():
        waiting = Walk.objects.select_for_update(skip_locked=True).filter(finished=None)
        walk = (waiting.filter(name=name) if name is not None else waiting).order_by("started").first()
        if walk is None:
            return None
        if walk.last is not None or not _older_writers(walk.since):
            _advance(walk, at=at, size=size)
        return _progress(walk)


def _advance(walk: Walk, *, at: datetime, size: int) -> None:
    if walk.last is None:
        narrowed = ("AND type = ANY(%s::text[])", [walk.types]) if walk.types else ("", [])
        sql = f"SELECT COALESCE(max(pk), 0), count(*) FROM records_current WHERE NOT deleted {narrowed[0]}"  # noqa: S608
        walk.last, walk.total = fetch(sql, narrowed[1])[0]
    pks = _next(walk, size)
    _index(pks, unchanged_stay=bool(walk.name))
    walk.position = pks[-1] if pks else walk.last
    walk.done += len(pks)
    walk.updated = at
    if len(pks) < size:
        walk.finished = at
    walk.save()


def _older_writers(generation: int) -> bool:
    """Whether a transaction is open that has indexed, or will index, what an earlier generation knew."""
    return bool(fetch(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = %s AND objsubid = 2"
        " AND objid::bigint < %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND pid IS DISTINCT FROM pg_backend_pid())",
        [_LOCK_SPACE, generation],
    )[0][0])  # fmt: skip


def _next(walk: Walk, size: int) -> list[int]:
    """By one index per type: one over all of them would be read past a million rows of other types."""
    rows = "SELECT r.pk FROM records_current r WHERE NOT r.deleted AND r.pk > %s AND r.pk <= %s"
    if not walk.types:
        found = fetch(f"{rows} ORDER BY r.pk LIMIT %s", [walk.position, walk.last, size])
    else:
        found = fetch(
            f"SELECT n.pk FROM unnest(%s::text[]) t(type) CROSS JOIN LATERAL"  # noqa: S608
            f" ({rows} AND r.type = t.type ORDER BY r.pk LIMIT %s) n ORDER BY n.pk LIMIT %s",
            [walk.types, walk.position, walk.last, size, size],
        )
    return [row[0] for row in found]


def _index(pks: Sequence[int], *, unchanged_stay: bool) -> None:
    """unchanged_stay: leave rows alone whose terms and references are the same.

    A custom value shows in the terms, by its marker; that of another expression for the same code has the same marker,
    so such a row is written too.
    """
    generation = int(fetch("SELECT records_held_generation()")[0][0])
    known = custom.of_generation(generation)
    # Locked by a statement of its own: what waits for a lock would join the version that was current before.
    fetch("SELECT pk FROM records_current WHERE pk = ANY(%s::bigint[]) ORDER BY key FOR NO KEY UPDATE", [list(pks)])
    rows = fetch(
        "SELECT r.pk, v.body, r.type, r.terms, r.refs FROM records_current r JOIN records_version v"
        " ON v.pk = r.version_pk WHERE r.pk = ANY(%s::bigint[]) AND NOT r.deleted",
        [list(pks)],
    )
    changed: list[tuple[int, Index]] = []
    for pk, body, type, terms, refs in rows:
        found = index(parse(bytes(body)), bytes(body), known)
        markers = {parameter.marker for parameter in known.of(type).values()}
        same = {*found.terms} == {*terms} and {*found.refs} == {*refs} and not markers & {*terms}
        if not (same and unchanged_stay):
            changed.append((pk, found))
    _store(changed)


def _store(rows: Sequence[tuple[int, Index]]) -> None:
    if not rows:
        return
    columns: list[Any] = [
        [pk for pk, _ in rows], [found.low for _, found in rows], [found.high for _, found in rows],
        [found.present for _, found in rows], [array(found.terms) for _, found in rows],
        [array(found.refs) for _, found in rows],
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_current r SET low = n.low, high = n.high, present = n.present, terms = n.terms::bigint[],"
            " refs = n.refs::bigint[] FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],"
            " %s::text[], %s::text[]) AS n (pk, low, high, present, terms, refs) WHERE r.pk = n.pk",
            columns,
        )
    values.replace([pk for pk, _ in rows], rows)


def _progress(walk: Walk) -> Progress:
    return Progress(walk.name, walk.total, walk.done, walk.started, walk.updated, walk.finished)
