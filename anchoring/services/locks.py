"""PostgreSQL advisory locks. They end with the transaction or the connection, so a killed worker leaves none behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

KEY = "hashtextextended(%s, 0)"


def lock_sealing() -> None:
    """Wait for any other seal; held until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEY})", ["anchoring seal"])


@contextmanager
def only_worker_on(chain: str) -> Iterator[bool]:
    """False when another worker is at this chain. Held by the session, because publishing commits between its steps:
    needs a direct connection or a session-pooling PgBouncer. Raises RuntimeError inside a transaction."""
    name = [f"anchoring chain {chain}"]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({KEY})", name)
        taken: bool = cursor.fetchone()[0]
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({KEY})", name)
