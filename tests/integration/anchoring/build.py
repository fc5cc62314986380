"""Small builders: documents committed to the log, and the clock of these tests."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from unittest.mock import patch

from django.db import connection

from anchoring import services
from anchoring.core.hashing import commitment, sha256
from anchoring.core.verify import Report, verify_bytes
from anchoring.models import Entry, Submission

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Committed:
    entry: int
    salt: bytes
    digest: bytes


def open_chain() -> bytes:
    return services.open_chain(stream="documents", at=NOON)


def commit(*documents: str, chain: bytes) -> list[Committed]:
    kept = [(os.urandom(32), sha256(document.encode())) for document in documents]
    hidden = [commitment(salt, digest) for salt, digest in kept]
    entries = services.submit(chain=chain, commitments=hidden, at=NOON)
    return [Committed(entry, salt, digest) for entry, (salt, digest) in zip(entries, kept, strict=True)]


def verified(one: Committed, headers: Mapping[str, bytes] | None = None) -> Report:
    """What an auditor is told about the receipt issued now; `headers` are those she trusts, by network."""
    receipt = services.receipt(entry=one.entry, salt=one.salt, document=one.digest)
    return verify_bytes(json.dumps(receipt).encode(), document=one.digest, headers=headers)


def everywhere() -> list[int]:
    """Every entry id, in the outbox and in the log: an entry that is in both, or in none, shows."""
    waiting, sealed = (list(model.objects.values_list("id", flat=True)) for model in (Submission, Entry))
    return sorted(waiting + sealed)


class Killed(BaseException):
    """Not an Exception, so that nothing can catch it: the process is gone."""


@contextmanager
def killed(step: str, *, after: bool):
    """The process dies just before, or just after, the named function."""
    module, _, name = step.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def dying(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        raise Killed

    with patch(step, dying):
        yield


def at_once(work: Callable[[], object], *, workers: int) -> None:
    """The same work in several threads, each with its own connection; fails when one fails."""
    failures: list[BaseException] = []

    def alone() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=alone) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
