"""A reader's queries: on a session of their own, as a role that PostgreSQL's row-level security holds (docs/adr/0011).

The role sees of records_version the directory, what the reader's own hospital pushed, and what of others a permit opens
to the reader: coarser than the consent predicate, and blind to its faults. What is inside a transaction reads its own
writes, on Django's connection, as before. Only web processes raise the wall (config.wsgi): commands and workers have
none.
"""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from medbridge.database import fetch as unwalled
from medbridge.database.session import Row, Session

# Who reads: role, hospital, references by which a provision can mean the reader, the account's own Patients.
Reader = tuple[str, str, tuple[str, ...], tuple[str, ...]]
NOBODY: Reader = ("", "", (), ())
_FACE = """SELECT set_config('medbridge.role', %s, FALSE), set_config('medbridge.hospital', %s, FALSE),
set_config('medbridge.readers', %s, FALSE), set_config('medbridge.patients', %s, FALSE)"""


class _Own(threading.local):
    """wanted: who reads by this thread; faced: whom its session knows it to be."""

    session: Session | None = None
    wanted: Reader = NOBODY
    faced: Reader | None = None


class _Wall:
    """parameters: of psycopg.connect; None while no wall is raised."""

    parameters: dict[str, Any] | None = None


_own = _Own()
_wall = _Wall()


def raise_wall(*, role: str, user: str = "", password: str = "") -> None:
    """From now on readers' queries of this process go as this role; user: a login of its own that is the role."""
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters["options"] = f"{parameters.get('options', '')} -c timezone=UTC"
    if user:
        parameters |= {"user": user, "password": password}
    else:
        parameters["options"] += f" -c role={role}"
    _wall.parameters = parameters


def lower_wall() -> None:
    """For tests; and the session of this thread is closed."""
    _wall.parameters = None
    _close()


def face(role: str, hospital: str, readers: Sequence[str], patients: Sequence[str]) -> None:
    """Who reads by this thread from now on. Costs a statement only where the session served somebody else last."""
    _own.wanted = (role, hospital, tuple(readers), tuple(patients))


def fetch(sql: str, params: Sequence[Any] = (), *, prepare: bool = True) -> list[Row]:
    """As database.fetch.fetch. Raises django.db's errors; where the wall cannot be reached nothing is read at all."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if _wall.parameters is None or wrapper.in_atomic_block:
        return unwalled.fetch(sql, params, prepare=prepare)
    try:
        session = _faced(_wall.parameters)
        return unwalled.again(session, sql, params) if prepare else session.fetch(sql, params, prepare=False)
    except psycopg.Error:
        if _own.session is not None and _own.session.connection.broken:
            _close()
        with wrapper.wrap_database_errors:
            raise


def _faced(parameters: dict[str, Any]) -> Session:
    """The session of this thread, knowing who reads."""
    session = _own.session
    if session is None:
        session = _own.session = Session(psycopg.connect(**parameters, autocommit=True))
        _own.faced = None
    if _own.faced != _own.wanted:
        role, hospital, readers, patients = _own.wanted
        session.fetch(_FACE, [role, hospital, _listed(readers), _listed(patients)], prepare=True)
        _own.faced = _own.wanted
    return session


def _listed(texts: Sequence[str]) -> str:
    """Ids and references have no spaces (R4 datatypes.html#id)."""
    return " ".join(each for each in texts if " " not in each)


def _close() -> None:
    if _own.session is not None:
        _own.session.connection.close()
    _own.session, _own.faced = None, None
