"""Where the time of one read, search, import, create and message goes: the WSGI application here, under cProfile."""

import cProfile
import io
import pstats
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from tests.bench.generate import measurement, person
from tests.bench.loop import Call
from tests.bench.messages import SAMPLE, message
from tests.bench.preparing import PEOPLE, preparing
from tests.bench.world import FEED, OTHER, World
from tools.stack.services import BASE

WARM = 5
SHOWN = 16
LEAST = 0.02
ENTRIES = 100


def measure(world: World) -> None:
    world.notes["preparing_us"] = note = preparing(min(world.size.people, PEOPLE))
    world.say(f"of one resource: parse {note['parse_us']}, validate {note['validate_us']}, index {note['index_us']} us")
    application = WSGIHandler()
    for name, (who, calls) in _cases(world).items():
        token, half = world.tokens[who], (len(calls) - WARM) // 2
        _serve_all(application, token, calls[:WARM])
        note = _timed(application, token, calls[WARM : WARM + half])
        profile = cProfile.Profile()
        profile.runcall(_serve_all, application, token, calls[WARM + half :])
        note |= _shares(profile)
        world.notes.setdefault("where_the_time_goes", {})[name] = note
        world.say(f"profiled: {name}, {note['ms']} ms")


def _cases(world: World) -> dict[str, tuple[str, list[Call]]]:
    """Who asks and what; no write twice, for the same bytes again are no new write."""
    reads, people, rng = world.stored["Observation"], [id for id, _ in world.patients], random.Random("profiled")
    count, fewer = WARM + 2 * world.size.profiled, WARM + 2 * max(2, world.size.profiled // 10)
    token, sample = "http://loinc.org|2339-0", SAMPLE.read_bytes()

    def calls(many: int, make: Callable[[int], Call]) -> list[Call]:
        return [make(number) for number in range(many)]

    return {
        "read, by consent": (OTHER, calls(count, lambda n: ("GET", f"/fhir/Observation/{reads[n % len(reads)]}", b""))),
        "search patient&code, by consent": (OTHER, calls(count, lambda n: (
            "GET", f"/fhir/Observation?patient={people[n % len(people)]}&code={token}", b""))),
        f"transaction of {ENTRIES} entries": (FEED, calls(fewer, lambda n: (
            "POST", "/fhir", orjson.dumps(person(1_000_000 + n, ENTRIES))))),
        "create Observation": (FEED, calls(fewer, lambda n: (
            "POST", "/fhir/Observation", orjson.dumps(measurement(rng, f"Patient/{people[n % len(people)]}"))))),
        "ADT^A04 by POST": (FEED, calls(fewer, lambda n: ("POST", "/hl7v2", message(sample, rng)))),
    }  # fmt: skip


def _serve_all(application: WSGIHandler, token: str, calls: list[Call]) -> None:
    for method, path, body in calls:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query,
            "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_TYPE": "application/fhir+json",
            "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        }  # fmt: skip
        statuses: list[str] = []
        response = application(environ, lambda status, headers, *_, to=statuses: to.append(status))
        b"".join(response)
        response.close()
        assert statuses[0].startswith("20"), (statuses, method, path)


def _timed(application: WSGIHandler, token: str, calls: list[Call]) -> dict[str, Any]:
    """Milliseconds a request without the profiler, and of them in SQL statements (COPY is not counted among these)."""
    spent, statements = [0.0], Counter[str]()

    def clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[0] += time.perf_counter() - begun
            statements[sql.split(maxsplit=1)[0]] += 1

    begun = time.perf_counter()
    with connection.execute_wrapper(clock):
        _serve_all(application, token, calls)
    took, count = time.perf_counter() - begun, len(calls)
    per = {verb: round(number / count, 1) for verb, number in statements.most_common()}
    return {"ms": round(1000 * took / count, 2), "sql_ms": round(1000 * spent[0] / count, 2), "statements": per}


def _shares(profile: cProfile.Profile) -> dict[str, dict[str, str]]:
    """Of the profiled time: each function of ours with all that it calls, and the functions by their own time."""
    stats = pstats.Stats(profile).get_stats_profile()
    raw: dict[tuple[str, int, str], tuple[Any, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = stats.total_tt
    calls = {_place(key): row[3] / total for key, row in raw.items() if _is_ours(key[0])}
    own = Counter({_place(key): row[2] / total for key, row in raw.items()})
    return {
        "by_call": _listed([(name, share) for name, share in Counter(calls).most_common() if LEAST < share < 0.97]),
        "by_own_time": _listed(own.most_common(SHOWN // 2)),
    }


def _listed(shares: list[tuple[str, float]]) -> dict[str, str]:
    return {name: f"{share:.0%}" for name, share in shares[:SHOWN]}


def _is_ours(file: str) -> bool:
    return file.startswith((str(BASE / "medbridge"), str(BASE / "anchoring")))


def _place(key: tuple[str, int, str]) -> str:
    file, line, name = key
    if _is_ours(file):
        return f"{file.removeprefix(str(BASE) + '/')}:{line} {name}"
    return f"{'/'.join(file.rsplit('/', 2)[-2:])}:{line} {name}" if line else name
