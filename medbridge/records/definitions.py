"""Which custom search parameters are in use. A change waits for nobody, and no writer waits for it (docs/search.md)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from medbridge.database.fetch import fetch
from medbridge.fhir.custom import Definition, failed
from medbridge.records import custom, walks
from medbridge.records.models import Definition as Row
from medbridge.records.together import array

# Of the whole server: each adds to the cost of every write of its types, and to each process's memory.
LIMIT = 500


class Taken(Exception):
    """The definition cannot be used beside those in use; the text says why."""


def activate(id: str, definition: Definition, *, at: datetime) -> None:
    """Use the definition, in place of what the SearchParameter `id` said before, from the commit on.

    Raises Taken, and then nothing is changed. Rows that are older are indexed by the walk that this begins.
    """
    old = Row.objects.filter(id=id).first()
    if old and _means(old) == definition:
        return
    generation = _next_generation()
    _check_free(id, definition)
    if old and old.url != definition.url:
        walks.drop(old.url)
    values = {name: getattr(definition, name) for name in ("url", "code", "kind", "expression")}
    Row.objects.update_or_create(
        id=id, defaults={**values, "bases": list(definition.bases), "targets": list(definition.targets)}
    )
    walks.begin(definition.url, definition.bases, since=generation, at=at)


def deactivate(id: str) -> None:
    """No longer use what the SearchParameter `id` defined, if it did. What the index has of it is left to be found by
    nobody until the rows are written again or indexed anew.
    """
    url = Row.objects.filter(id=id).values_list("url", flat=True).first()
    if url is not None:
        _next_generation()
        Row.objects.filter(id=id).delete()
        walks.drop(url)


def is_in_use(id: str) -> bool:
    return Row.objects.filter(id=id).exists()


def bases(url: str) -> Sequence[str] | None:
    """The types of the parameter; None when no such parameter is in use."""
    return Row.objects.filter(url=url).values_list("bases", flat=True).first()


def count_failed(url: str) -> int:
    """Records on which the parameter's expression could not be evaluated."""
    row = Row.objects.get(url=url)
    terms = array(failed(base, row.code) for base in row.bases)
    sql = "SELECT count(*) FROM records_current WHERE NOT deleted AND terms && %s::bigint[]"
    return int(fetch(sql, [terms])[0][0])


def _next_generation() -> int:
    """Its row is locked until the transaction ends: of two activations the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_generation (id, number) VALUES (1, nextval('records_generation_seq'))"
            " ON CONFLICT (id) DO UPDATE SET number = nextval('records_generation_seq') RETURNING number"
        )
        number = int(cursor.fetchone()[0])
    transaction.on_commit(custom.forget)
    return number


def _check_free(id: str, definition: Definition) -> None:
    others = Row.objects.exclude(id=id)
    if others.filter(url=definition.url).exists():
        raise Taken(f"another SearchParameter with the url {definition.url} is in use; deactivate that one first.")
    if other := others.filter(code=definition.code, bases__overlap=list(definition.bases)).first():
        shared = ", ".join(sorted({*other.bases} & {*definition.bases}))
        raise Taken(f"“{definition.code}” of {shared} is already defined by {other.url}; choose another code.")
    if others.count() >= LIMIT:
        raise Taken(f"{LIMIT} custom search parameters are in use, which is the limit; deactivate one first.")


def _means(row: Row) -> Definition:
    return Definition(row.url, row.code, row.kind, tuple(row.bases), row.expression, tuple(row.targets))
