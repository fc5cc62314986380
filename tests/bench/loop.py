"""The closed loop: each client sends its next request when it has the answer to the last."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.client import Answer, Http, Mllp
from tests.bench.usage import Usage

Call = tuple[str, str, bytes]  # method, path below the base, body
Judge = Callable[[Call, Answer], int]


@dataclass(frozen=True)
class Row:
    """One line of the table. `count` of `unit` succeeded, `rate` a second of wall time; `cpu`: seconds by process."""

    step: str
    unit: str
    clients: int
    requests: int
    count: int
    rate: float
    p50_ms: float
    p99_ms: float
    failed: int = 0
    ratio: float | None = None
    beside: str = ""
    cpu: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def one(call: Call, answer: Answer) -> int:
    """The number of things in a successful answer, when it is the request itself that is counted."""
    return 1


def drive(
    step: str, connect: Callable[[], Http | Mllp], calls: Callable[[random.Random], Iterator[Call]], *,
    clients: int, seconds: float | None, unit: str = "requests", judge: Judge = one, usage: Usage,
) -> Row:  # fmt: skip
    """`calls` gives each client its endless requests; with `seconds` None all share one finite stream of them."""
    shared = calls(random.Random(0)) if seconds is None else None
    times: list[float] = []
    statuses: Counter[int] = Counter()
    counted = [0]

    async def client(number: int, deadline: float) -> None:
        connection = connect()
        for call in shared if shared is not None else calls(random.Random(number)):
            begun = time.perf_counter()
            if begun > deadline:
                break
            answer = await connection.request(*call)
            times.append(time.perf_counter() - begun)
            statuses[answer.status] += 1
            if answer.status < 300:
                counted[0] += judge(call, answer)
        connection.close()

    async def run() -> float:
        begun = time.perf_counter()
        deadline = begun + (1e9 if seconds is None else seconds)
        await asyncio.gather(*(client(number, deadline) for number in range(clients)))
        return time.perf_counter() - begun

    before = usage.cpu()
    took = asyncio.run(run())
    return _row(step, unit, clients, times, statuses, counted[0], took, usage.since(before))


def _row(
    step: str, unit: str, clients: int, times: list[float], statuses: Counter[int], count: int, took: float,
    cpu: dict[str, float],
) -> Row:  # fmt: skip
    times.sort()
    return Row(
        step, unit, clients, len(times), count, round(count / took, 1), _milliseconds(times, 0.5),
        _milliseconds(times, 0.99), failed=sum(n for status, n in statuses.items() if status >= 300), cpu=cpu,
        statuses={str(status): n for status, n in statuses.items()},
    )  # fmt: skip


def _milliseconds(times: list[float], quantile: float) -> float:
    return round(1000 * times[min(len(times) - 1, int(len(times) * quantile))], 2) if times else 0.0
