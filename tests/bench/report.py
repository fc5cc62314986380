"""The tables, in Markdown as docs/performance.md has them, and the JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.loop import Row
from tests.bench.world import World

HEAD = ("step", "clients", "rate", "p50 ms", "p99 ms", "CPU ms each: server + database", "ratio", "beside")
SERVERS = ("web", "mllp")


def tables(world: World) -> str:
    """Rates, then the consent predicate, disk, memory, and where the time goes."""
    parts = [_table(HEAD, map(_cells, world.rows))]
    if predicate := world.notes.get("consent_predicate_us"):
        parts.append(_table(list(predicate[0]), [list(map(str, each.values())) for each in predicate]))
    if judging := world.notes.get("microseconds_a_resource"):
        parts.append(_table(("µs a resource", ""), [(name, f"{number:g}") for name, number in judging.items()]))
    if documents := world.notes.get("documents"):
        parts.append(_table(("C-CDA", ""), [(name, f"{number:g}") for name, number in documents.items()]))
    if costs := world.notes.get("anchor_costs"):
        parts.append(_table(list(costs[0]), [list(map(str, each.values())) for each in costs]))
    if disk := world.notes.get("disk"):
        parts.append(_table(("on disk", "bytes a resource"), _disk(disk)))
    if sizes := world.notes.get("sizes"):
        parts.append(_table(list(sizes[0]), [[f"{value:,}" for value in each.values()] for each in sizes]))
    parts.append(_table(("process", "PSS, MB"), _memory(world)))
    if note := world.notes.get("preparing_us"):
        parts.append(_table(("before the database sees a resource", "mean"), [(k, f"{v:g}") for k, v in note.items()]))
    for name, note in world.notes.get("where_the_time_goes", {}).items():
        head = f"{name}: {note['ms']} ms, of it SQL {note['sql_ms']} ms ({_listed(note['statements'])})"
        parts.append(_table((head, "share"), [*note["by_call"].items(), *note["by_own_time"].items()]))
    return "\n\n".join(parts)


def write(path: Path, world: World, machine: dict[str, Any]) -> None:
    rows = [row.as_json() for row in world.rows]
    content = {"machine": machine, "data": world.load.source, "rows": rows, **world.notes}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    failed = f" ({row.failed} of {row.requests} FAILED)" if row.failed else ""
    ratio = "" if row.ratio is None else f"{row.ratio:g}"
    rate = f"{row.rate:,.0f} {row.unit}/s{failed}"
    return row.step, str(row.clients), rate, f"{row.p50_ms:,g}", f"{row.p99_ms:,g}", _cpu(row), ratio, row.beside


def _cpu(row: Row) -> str:
    if not row.cpu or not row.count:
        return ""
    server, database = sum(row.cpu.get(name, 0) for name in SERVERS), row.cpu.get("postgresql", 0)
    return f"{1000 * server / row.count:.2f} + {1000 * database / row.count:.2f}"


def _memory(world: World) -> list[tuple[str, str]]:
    workers = [(f"web worker {n}", f"{size:g}") for n, size in enumerate(world.notes["web_workers_mb"], 1)]
    return [*((name, f"{size:g}") for name, size in world.notes["memory_mb"].items()), *workers]


def _disk(disk: dict[str, Any]) -> list[tuple[str, str]]:
    whole = [("all", f"{disk['bytes_per_resource']:,}"), ("the same as compact JSON", f"{disk['compact_json']:,}")]
    return [*whole, ("ratio", f"{disk['ratio']:g}"), *((name, f"{size:,}") for name, size in disk["by_table"].items())]


def _listed(counts: dict[str, float]) -> str:
    return ", ".join(f"{number:g} {name}" for name, number in counts.items())
