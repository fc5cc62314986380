"""The one permission to take away what is append-only: triggers look for it, and it ends with the transaction."""

from django.db import connection


def allow_erasing() -> None:
    """In the caller's transaction: versions and access records may be deleted or emptied until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL medbridge.erasing = 'on'")
