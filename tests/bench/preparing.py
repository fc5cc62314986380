"""What a resource costs before the database sees it: parse, validate, index, each in microseconds of one core.

python -m tests.bench.preparing [people]
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from medbridge.fhir.bundle import plan
from medbridge.fhir.index import index
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.references import rewrite
from medbridge.fhir.validate import issues
from tests.bench.bundles import load

PEOPLE = 20
# Of so many rounds the best counts: others on the machine can only slow one down.
ROUNDS = 5


def preparing(people: int = PEOPLE) -> dict[str, float]:
    """Means over the resources as they are stored: references resolved, ids set, compact bytes."""
    bodies = [serialize(resource) for body in load(people).people for resource in _stored(parse(body))]
    resources = [parse(body) for body in bodies]
    return {
        "resources": len(bodies),
        "bytes": round(sum(map(len, bodies)) / len(bodies)),
        "parse_us": _mean(parse, [(body,) for body in bodies]),
        "validate_us": _mean(issues, [(resource,) for resource in resources]),
        "index_us": _mean(index, list(zip(resources, bodies, strict=True))),
    }


def _stored(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    steps = plan(bundle)
    ids = {name: f"{step.target.type}/{step.index}" for step in steps for name in step.names}
    return [{**rewrite(step.resource, ids), "id": str(step.index)} for step in steps if step.resource]


def _mean(function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> float:
    def once() -> float:
        begun = time.process_time()
        for arguments in calls:
            function(*arguments)
        return time.process_time() - begun

    return round(min(once() for _ in range(ROUNDS)) / len(calls) * 1e6, 1)


if __name__ == "__main__":
    print(preparing(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
