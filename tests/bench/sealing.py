"""Sealing on a scratch database beside the bare hashing of the same entries; receipts and their verification."""

import contextlib
import io
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from anchoring import services
from anchoring.core.collection import Collection
from anchoring.core.entry import SIZE
from anchoring.core.hashing import commitment
from anchoring.core.verify import Result, verify_bytes
from anchoring.models import Entry
from anchoring.services.time import milliseconds
from tests.bench.loop import Row
from tests.bench.world import World

DOCUMENT, SALT = sha256(b"a document").digest(), bytes(32)
CHAINS = 3  # documents, consents, accesses of one hospital


def measure(world: World) -> None:
    with _scratch(world.stack.folder / "scratch"):
        for count in world.size.sealed:
            _seal(world, count)
        _verify(world)
        _verify_all(world)


def _seal(world: World, count: int) -> None:
    at = datetime.now(UTC)
    for _ in range(CHAINS):
        chain = services.open_chain(stream="bench", at=at)
        services.submit(chain=chain, commitments=[os.urandom(32) for _ in range(count // CHAINS)], at=at)
    begun = time.perf_counter()
    services.seal(now=at)
    took, bare = time.perf_counter() - begun, bare_hashing(count)
    milliseconds = round(1000 * took, 1)
    rate, beside = round(count / took, 1), f"hashing alone {bare:.3f} s"
    world.add(Row(f"seal {count:,} entries: {took:.2f} s", "entries", 1, 1, count, rate, milliseconds, milliseconds,
                  ratio=round(bare / took, 3), beside=beside))  # fmt: skip


def bare_hashing(count: int) -> float:
    """Seconds for what no log of this shape can do without: an entry, a leaf and a node of the tree, SHA-256 each."""
    entries = [os.urandom(SIZE) for _ in range(count)]
    begun = time.perf_counter()
    for entry in entries:
        sha256(b"\x01" + sha256(b"\x00" + sha256(entry).digest()).digest() * 2).digest()
    return time.perf_counter() - begun


def _verify(world: World) -> None:
    """One receipt with one anchor on the local chain, from its JSON, as an auditor gets it."""
    at = datetime.now(UTC)
    chain = services.open_chain(stream="bench", at=at)
    entries = services.submit(chain=chain, commitments=[commitment(SALT, DOCUMENT)] * 1000, at=at)
    for step in (services.seal, services.publish, services.confirm):
        step(now=at)
    raw = orjson.dumps(services.receipt(entry=entries[500], salt=SALT, document=DOCUMENT))
    world.notes["receipt_bytes"] = len(raw)
    times = []
    for _ in range(world.size.verified):
        begun = time.perf_counter()
        report = verify_bytes(raw, document=DOCUMENT)
        times.append(time.perf_counter() - begun)
        assert report.result is Result.VALID, report
    times.sort()
    count, rate = len(times), round(len(times) / sum(times), 1)
    middle, late = (round(1000 * times[count * percent // 100], 2) for percent in (50, 99))
    world.add(Row("verify a receipt, one core", "receipts", 1, count, count, rate, middle, late,
                  beside=f"{len(raw):,} bytes a receipt"))  # fmt: skip


def _verify_all(world: World) -> None:
    """A file of receipts for one anchor, as `verify --all` reads it; and one receipt of what was sealed above."""
    at, count = datetime.now(UTC), 20_000
    chain = services.open_chain(stream="bench", at=at)
    entries = services.submit(chain=chain, commitments=[commitment(SALT, DOCUMENT)] * count, at=at)
    for step in (services.seal, services.publish, services.confirm):
        step(now=at)
    period = {"since": 0, "until": milliseconds(at) + 1}
    raw = b"".join(services.export(chains=[chain], openings=_openings, **period))
    begun = time.perf_counter()
    verdicts = [verdict.result for verdict in Collection().verify(io.BytesIO(raw))]
    took = time.perf_counter() - begun
    assert verdicts == [Result.VALID] * count, set(verdicts)
    each = round(1000 * took / count, 4)
    world.add(Row("verify --all, one core", "receipts", 1, count, count, round(count / took, 1), each, each,
                  beside=f"{len(raw) // count:,} bytes a receipt"))  # fmt: skip
    _issue(world, entries[:: count // 200])


def _openings(entries: Sequence[int]) -> dict[int, services.Opening]:
    return {entry: services.Opening(f"document/{entry}", SALT, DOCUMENT) for entry in entries}


def _issue(world: World, entries: Sequence[int]) -> None:
    times = []
    for entry in entries:
        begun = time.perf_counter()
        services.receipt(entry=entry, salt=SALT, document=DOCUMENT)
        times.append(time.perf_counter() - begun)
    times.sort()
    total, rate = Entry.objects.count(), round(len(times) / sum(times), 1)
    middle, late = (round(1000 * times[len(times) * percent // 100], 2) for percent in (50, 99))
    world.add(Row(f"receipt of an entry among {total:,}", "receipts", 1, len(times), len(times), rate, middle, late))


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Beat of the running stack would seal what lies in its own database."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE bench_scratch")
    connection.close()
    connection.settings_dict["NAME"] = "bench_scratch"
    folder.mkdir()
    try:
        with override_settings(LOCAL_CHAIN_DIR=folder / "chain", LOG_KEY_FILE=folder / "log.pem"):
            call_command("migrate", verbosity=0)
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE bench_scratch")
