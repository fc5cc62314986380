"""Every version as it is stored, for the audit of the evidence: no reader is answered from here, only digests leave."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from django.db import connection

BATCH = 1000
_VERSIONS = """
SELECT pk, type || '/' || id || '/_history/' || version, body, at FROM records_version
WHERE pk > %s AND body IS NOT NULL ORDER BY pk LIMIT %s
"""
# What reads are answered from must be the newest version there is.
_STALE = """
SELECT r.type || '/' || r.id FROM records_current r
WHERE NOT EXISTS (SELECT FROM records_version v WHERE v.pk = r.version_pk AND v.key = r.key AND v.version = r.version)
OR EXISTS (SELECT FROM records_version v WHERE v.key = r.key AND v.version > r.version)
"""


def versions() -> Iterator[list[tuple[str, bytes, datetime]]]:
    """(subject, SHA-256 of the bytes, time) of each, in batches."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_VERSIONS, [last, BATCH])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [(subject, sha256(body).digest(), at) for _, subject, body, at in rows]


def stale() -> list[str]:
    """ "Type/id" of the records that are read from another version than their newest."""
    with connection.cursor() as cursor:
        cursor.execute(_STALE)
        return [row[0] for row in cursor.fetchall()]


def known_subjects() -> Iterator[str]:
    """Of each record every version that it should have: names for those that are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT type || '/' || id, version FROM records_current")
        for name, newest in cursor.fetchall():
            yield from (f"{name}/_history/{version}" for version in range(1, newest + 1))
