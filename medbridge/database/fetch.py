"""The short way to PostgreSQL for what every request asks: statements prepared, results binary, one call of libpq each.

Django's cursor and psycopg's spend some 50 µs of CPU on a statement that PostgreSQL answers in 30, and a read has two
or three (docs/performance.md). Kept is what Django's connection means: its transaction, its exceptions, who watches its
statements (`execute_wrapper`, counted queries), the session's statement timeout.
"""

import re
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from medbridge.database.session import Row, Session

__all__ = ["Row", "again", "fetch"]

# invalid_sql_statement_name: psycopg drops all statements of a session after a rollback, a pooler hands out another
# session; feature_not_supported: a migration changed what the statement returns.
FORGOTTEN = ("26000", "0A000")


_NUMBERED = re.compile(r"\$(\d+)")


class _Own(threading.local):
    """Django gives each thread a connection of its own."""

    session: Session | None = None


_own = _Own()


def fetch(sql: str, params: Sequence[Any] = (), *, prepare: bool = True) -> list[Row]:
    """All rows of one statement; [] for one that returns none. Placeholders are %s, a percent sign is %%.

    Or they are $1, $2 ... as PostgreSQL numbers them, and one can stand in several places. prepare: whether one plan
    may serve all values.

    Integers are bound as bigint, text as of unknown type (cast it where PostgreSQL cannot tell: %s::text[]); bytea
    comes as bytes. In the open transaction, or by itself. Raises django.db's errors, as Django's cursor does.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    status = wrapper.connection.pgconn.transaction_status
    alone = status == TransactionStatus.IDLE and wrapper.connection.autocommit
    if _is_watched(wrapper) or not (alone or status == TransactionStatus.INTRANS):
        return _by_cursor(wrapper, sql, params)
    session = _own.session
    if session is None or session.connection is not wrapper.connection:
        session = _own.session = Session(wrapper.connection)
    try:
        return again(session, sql, params) if alone and prepare else session.fetch(sql, params, prepare=False)
    except psycopg.Error:
        with wrapper.wrap_database_errors:
            raise


def again(session: Session, sql: str, params: Sequence[Any]) -> list[Row]:
    """Once more when the server knew the statement no longer. It was not begun, so this repeats nothing."""
    try:
        return session.fetch(sql, params, prepare=True)
    except psycopg.Error as error:
        if error.sqlstate not in FORGOTTEN:
            raise
    session.forget()
    return session.fetch(sql, params, prepare=True)


def _is_watched(wrapper: BaseDatabaseWrapper) -> bool:
    return bool(wrapper.execute_wrappers or wrapper.force_debug_cursor or wrapper.needs_rollback)


def _by_cursor(wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Row]:
    """For who watches; where psycopg has yet to send BEGIN; in a failed transaction, which Django refuses in words."""
    named = {f"p{number}": value for number, value in enumerate(params, 1)} if "$1" in sql else None
    with wrapper.cursor() as cursor:
        cursor.execute(_NUMBERED.sub(r"%(p\1)s", sql.replace("%", "%%")) if named else sql, named or params)
        return list(cursor.fetchall()) if cursor.description else []
