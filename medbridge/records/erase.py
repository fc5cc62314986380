"""Takes records away with all their versions and index rows, for an erasure: `database.erasing` must be allowed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from medbridge.fhir.parse import parse
from medbridge.fhir.references import references

_OF = """
SELECT DISTINCT type || '/' || id FROM records_version
WHERE patient = ANY(%s) OR (type = 'Patient' AND id = ANY(%s))
"""
# Of nobody or of several people: read for what it says, because no index tells whom it speaks of besides.
_SPEAKING = """
SELECT type || '/' || id, body FROM records_version v WHERE patient IS NULL AND type <> 'Patient' AND body IS NOT NULL
AND EXISTS (SELECT FROM unnest(%s::text[]) name WHERE position(convert_to(name, 'UTF8') in v.body) > 0)
"""
_VALUES = ("records_text", "records_date", "records_number")


@dataclass(frozen=True)
class Erased:
    """`subjects`: each version's "Type/id/_history/n"; `messages`: what they came in; `keys` of the records."""

    subjects: list[str]
    messages: set[UUID]
    keys: list[int]


def of_people(patients: Sequence[str]) -> tuple[list[str], list[str]]:
    """("Type/id" of what is about these Patients alone, "Type/id" of what speaks of others too and stays)."""
    with connection.cursor() as cursor:
        cursor.execute(_OF, [list(patients), list(patients)])
        own = {row[0] for row in cursor.fetchall()}
        cursor.execute(_SPEAKING, [[*(f"Patient/{patient}" for patient in patients), *own]])
        speaking = [(name, bytes(body)) for name, body in cursor.fetchall()]
    shared = {name for name, body in speaking if _speaks_of_others(body, own)}
    mine = {name for name, body in speaking if _refers(body, own)} - shared
    return sorted(own | mine), sorted({name for name, _ in speaking if name in shared} - own)


def _targets(body: bytes) -> set[str]:
    return {f"{each.type}/{each.id}" for each in references(parse(body)) if each.type and each.id}


def _refers(body: bytes, own: set[str]) -> bool:
    return bool(_targets(body) & own)


def _speaks_of_others(body: bytes, own: set[str]) -> bool:
    targets = _targets(body)
    return bool(targets & own) and any(target.startswith("Patient/") and target not in own for target in targets)


def erase(names: Iterable[str]) -> Erased:
    """The records with these "Type/id", every version."""
    wanted = list(names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pk, key FROM records_current WHERE type || '/' || id = ANY(%s) FOR UPDATE", [wanted])
        current = cursor.fetchall()
        cursor.execute(
            "DELETE FROM records_version WHERE type || '/' || id = ANY(%s)"
            " RETURNING message, type || '/' || id || '/_history/' || version",
            [wanted],
        )
        rows = cursor.fetchall()
        for table in _VALUES:
            cursor.execute(f"DELETE FROM {table} WHERE record = ANY(%s)", [[pk for pk, _ in current]])  # noqa: S608
        cursor.execute("DELETE FROM records_current WHERE pk = ANY(%s)", [[pk for pk, _ in current]])
    messages = {message for message, _ in rows if message}
    return Erased([subject for _, subject in rows], messages, [key for _, key in current])


def identifiers(patients: Sequence[str]) -> tuple[set[str], set[str]]:
    """The values of all identifiers these Patients ever had, and the hospitals that wrote about them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body, hospital FROM records_version WHERE type = 'Patient' AND id = ANY(%s)", [list(patients)]
        )
        rows = cursor.fetchall()
    found = (each for body, _ in rows if body for each in parse(bytes(body)).get("identifier", ()))
    return {each["value"] for each in found if "value" in each}, {hospital for _, hospital in rows if hospital}
