"""The table and the JSON."""

import json
from pathlib import Path
from typing import Any

from tests.bench.loop import Row
from tests.bench.world import World

HEAD = ("step", "clients", "rate", "p50 ms", "p99 ms", "ratio", "beside")


def table(rows: list[Row]) -> str:
    """Markdown, as docs/performance.md has it."""
    lines = [HEAD, tuple("---" for _ in HEAD), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(path: Path, world: World, machine: dict[str, Any]) -> None:
    content = {
        "machine": machine,
        "data": world.load.source,
        "rows": [row.as_json() for row in world.rows],
        **world.notes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _cells(row: Row) -> tuple[str, ...]:
    failed = f" ({row.failed} of {row.requests} FAILED)" if row.failed else ""
    ratio = "" if row.ratio is None else f"{row.ratio:g}"
    rate = f"{row.rate:,.0f} {row.unit}/s{failed}"
    return row.step, str(row.clients), rate, f"{row.p50_ms:,g}", f"{row.p99_ms:,g}", ratio, row.beside
