"""What is imported: Synthea's bundles where the data lie beside the checkout, else ones of our own making."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.bench.generate import person

SYNTHEA = Path(__file__).resolve().parents[3] / "shared/data/synthea"
FIRST = ("hospital", "practitioner")  # what the others refer to by conditional references
GENERATED_ENTRIES = 300
WARM_UP = 9_000_000  # numbers of people whom nobody else makes


@dataclass(frozen=True)
class Load:
    """Bodies as sent: `warm_up` and `directory` first, then `people`, one transaction bundle a person.

    `source`: where from. The warm-up is a few small people of our own making: each web process loads its tables at its
    first write.
    """

    source: str
    warm_up: list[bytes]
    directory: list[bytes]
    people: list[bytes]

    def resources(self) -> Iterator[dict[str, Any]]:
        for body in self.people:
            for entry in orjson.loads(body)["entry"]:
                yield entry["resource"]


def load(people: int, *, synthea: bool = True, entries: int = GENERATED_ENTRIES) -> Load:
    warm_up = [orjson.dumps(person(WARM_UP + n, 20)) for n in range(8)]
    files = sorted(SYNTHEA.glob("*.json.gz")) if synthea else []
    if not files:
        return Load("generated", warm_up, [], [orjson.dumps(person(n, entries)) for n in range(people)])
    first = [path for path in files if path.name.startswith(FIRST)]
    chosen = [path for path in files if path not in first][:people]
    return Load("Synthea", warm_up, [_read(path) for path in first], [_read(path) for path in chosen])


def _read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
