"""What a resource costs before the database sees it: parse, validate, index, each in microseconds of one core.

python -m tests.bench.preparing [people]
"""

import sys
import time
from typing import Any

from medbridge.fhir.bundle import plan
from medbridge.fhir.index import index
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.references import rewrite
from medbridge.fhir.validate import issues
from tests.bench.bundles import load

PEOPLE = 5
# Of so many rounds the best of each resource counts: others on the machine can only slow one down.
ROUNDS = 10


def preparing(people: int = PEOPLE) -> dict[str, float]:
    """Means over the resources as they are stored: references resolved, ids set, compact bytes. Each is parsed,
    validated and indexed in turn, as in a write."""
    bodies = [serialize(resource) for body in load(people).people for resource in _stored(parse(body))]
    rounds = [[_timed(body) for body in bodies] for _ in range(ROUNDS)]
    best = [[min(times) for times in zip(*of_one, strict=True)] for of_one in zip(*rounds, strict=True)]
    means = (round(sum(times) / len(bodies) / 1000, 1) for times in zip(*best, strict=True))
    found: dict[str, float] = {"resources": len(bodies), "bytes": round(sum(map(len, bodies)) / len(bodies))}
    return found | dict(zip(("parse_us", "validate_us", "index_us"), means, strict=True))


def _stored(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    steps = plan(bundle)
    ids = {name: f"{step.target.type}/{step.index}" for step in steps for name in step.names}
    return [{**rewrite(step.resource, ids), "id": str(step.index)} for step in steps if step.resource]


def _timed(body: bytes) -> tuple[int, int, int]:
    """Nanoseconds."""
    clock = time.perf_counter_ns
    begun = clock()
    resource = parse(body)
    parsed = clock()
    issues(resource)
    validated = clock()
    index(resource, body)
    return parsed - begun, validated - parsed, clock() - validated


if __name__ == "__main__":
    print(preparing(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
