"""Transaction bundles, beside COPY of the same resources as jsonb with one GIN index."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection, transaction

from medbridge.consent.models import ConsentNode
from tests import build
from tests.bench.loop import Call, Row, drive
from tests.bench.usage import disk
from tests.bench.world import FEED, World

CLIENTS = 4
ORGANIZATION = "Organization/renji"


def measure(world: World) -> None:
    _import(world, "warm-up", world.load.warm_up)
    if world.load.directory:
        world.add(_import(world, "import: batches of conditional creates", world.load.directory, 1))
    before = disk()
    row = _import(world, f"import: transactions ({world.load.source}, {len(world.load.people)})", world.load.people)
    bare = copy_rate(world)
    world.add(replace(row, ratio=round(row.rate / bare, 4), beside=f"COPY jsonb + GIN {bare:,.0f}/s"))
    world.notes["disk"] = _disk(world, before)
    world.add(give_consents(world, [id for id, _ in world.patients]))
    _consents_of_others(world.size.others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum does within a minute


def _import(world: World, step: str, bodies: Sequence[bytes], clients: int = CLIENTS) -> Row:
    def calls(rng: random.Random) -> Iterator[Call]:
        return iter([("POST", "", body) for body in bodies])

    return drive(step, world.connect(FEED), calls, clients=clients, seconds=None, unit="resources",
                 judge=world.count_entries, usage=world.usage)  # fmt: skip


def give_consents(world: World, patients: Sequence[str]) -> Row:
    """Everyone's hospital opens her records to another hospital, for treatment."""
    body = orjson.dumps(build.transaction(*map(_consent, patients)))
    return _import(world, "import: one transaction of Consents", [body], 1)


def _consent(patient: str) -> dict[str, Any]:
    return build.consent(f"Patient/{patient}", actor=build.actor(ORGANIZATION), purpose=build.purpose("TREAT"))


def _consents_of_others(count: int) -> None:
    """A town's worth, as rule rows: with a few dozen PostgreSQL would read the whole table for every record."""
    [node] = ConsentNode.objects.filter(never=False, actors__isnull=False)[:1]
    fields = {field.name: getattr(node, field.name) for field in ConsentNode._meta.fields if not field.primary_key}
    towns = ({**fields, "consent": f"town-{number}", "patient": f"town-{number}"} for number in range(count))
    ConsentNode.objects.bulk_create((ConsentNode(**each) for each in towns), batch_size=1000)


def copy_rate(world: World) -> float:
    """Resources per second: one connection, a transaction per bundle, parsed beforehand."""
    bundles = [
        [orjson.dumps(entry["resource"]).decode() for entry in orjson.loads(body)["entry"]]
        for body in world.load.people
    ]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (body jsonb)")
        cursor.execute("CREATE INDEX ON bench_copy USING gin (body jsonb_path_ops)")
        begun = time.perf_counter()
        for bundle in bundles:
            with transaction.atomic(), cursor.copy("COPY bench_copy FROM STDIN") as copy:
                for text in bundle:
                    copy.write_row((text,))
        took = time.perf_counter() - begun
        cursor.execute("DROP TABLE bench_copy")
    return sum(map(len, bundles)) / took


def _disk(world: World, before: dict[str, int]) -> dict[str, Any]:
    """Bytes per imported resource, by table, beside its compact JSON."""
    sizes = [len(orjson.dumps(resource)) for resource in world.load.resources()]
    grown = {name: size - before.get(name, 0) for name, size in disk().items()}
    per = {name: round(size / len(sizes)) for name, size in sorted(grown.items(), key=lambda e: -e[1]) if size > 0}
    total, compact = sum(grown.values()) / len(sizes), sum(sizes) / len(sizes)
    return {"resources": len(sizes), "bytes_per_resource": round(total), "compact_json": round(compact),
            "ratio": round(total / compact, 2), "by_table": dict(list(per.items())[:8])}  # fmt: skip
