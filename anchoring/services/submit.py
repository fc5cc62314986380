"""Taking commitments in: the outbox rows of the caller's transaction, and the signed promise to log them."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from anchoring.conf import conf
from anchoring.core.encoding import hash32
from anchoring.core.entry import NO_PREVIOUS
from anchoring.core.promise import Promise
from anchoring.keys import log_signer
from anchoring.models import Chain
from anchoring.services.errors import UnknownChain
from anchoring.services.time import milliseconds

# Sorting comes before the ids are drawn (INSERT ... SELECT ... ORDER BY), so ids ascend in the order given.
SUBMIT = """
INSERT INTO anchoring_submission (chain_id, commitment, time)
SELECT chain.id, given.commitment, %s
FROM anchoring_chain chain, unnest(%s::bytea[]) WITH ORDINALITY AS given (commitment, place)
WHERE chain.identifier = %s
ORDER BY given.place
RETURNING id
"""
SUBMISSION = """
INSERT INTO anchoring_submission (chain_id, commitment, time)
SELECT id, %s, %s FROM anchoring_chain WHERE identifier = %s RETURNING id
"""


def open_chain(*, stream: str, at: datetime) -> bytes:
    """A new chain and its random 32-byte identifier. `stream` is for operators and stays in this database."""
    identifier = os.urandom(32)
    Chain.objects.create(
        identifier=identifier, stream=stream, opened=milliseconds(at), head=NO_PREVIOUS, block_head=NO_PREVIOUS
    )
    return identifier


def submit(*, chain: bytes, commitments: Sequence[bytes], at: datetime) -> list[int]:
    """Entry ids in the order of the 32-byte commitments. One statement, in the caller's transaction.

    Raises UnknownChain, or Malformed when a commitment is not 32 bytes.
    """
    if not commitments:
        return []
    values = [hash32(commitment, "commitment") for commitment in commitments]
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, [milliseconds(at), values, chain])
        ids = sorted(row[0] for row in cursor.fetchall())
    if not ids:
        raise UnknownChain(f"no chain {chain.hex()}: open it with open_chain first")
    return ids


def submission(*, chain: bytes, commitment: bytes, at: datetime) -> tuple[str, list[Any]]:
    """`submit` of one commitment as part of the caller's own statement: an INSERT with its parameters.

    It returns the entry's id, and no row where no such chain was opened. Raises Malformed.
    """
    return SUBMISSION, [hash32(commitment, "commitment"), milliseconds(at), chain]


def promise(*, chain: bytes, commitment: bytes, at: datetime) -> str:
    """A signed note: this commitment will be in the log by the deadline. Give it only once `submit` is committed.

    Raises ImproperlyConfigured without a log key.
    """
    deadline = at + timedelta(seconds=conf.PROMISE_SECONDS)
    body = Promise(conf.LOG_ORIGIN, chain, commitment, milliseconds(at), milliseconds(deadline))
    return body.sign(log_signer())
