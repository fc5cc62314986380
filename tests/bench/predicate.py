"""What the consent predicate costs: the same search in the database alone, with it and without it."""

import re
import statistics
from typing import Any

from django.db import connection
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.actions.steps.access import visible
from medbridge.consent.models import ConsentNode
from medbridge.fhir.search import parse_query
from medbridge.records import search
from medbridge.records.statement import EVERYONE, Predicate
from tests.bench.world import OTHER, OWN, World

MANY = 200
SEARCHES = (
    [("patient", "{id}"), ("code", "http://loinc.org|2339-0")],
    [("patient", "{id}"), ("_sort", "-date")],
)


def measure(world: World) -> None:
    """PostgreSQL's own (planning, execution) time by EXPLAIN ANALYZE, medians in milliseconds, for each reader."""
    patient = _richest()
    readers = {"none": EVERYONE, **{who: visible(_actor(world, who), timezone.now()) for who in (OWN, OTHER)}}
    found = []
    for count in (1, MANY):
        _more_consents(patient, count - 1)
        found += [_compared(patient, pairs, readers, count, world.size.explained) for pairs in SEARCHES]
    world.notes["consent_predicate_ms"] = found
    for each in found:
        world.say(", ".join(f"{name} {value}" for name, value in each.items()))


def _compared(
    patient: str, pairs: list[tuple[str, str]], readers: dict[str, Predicate], consents: int, times: int
) -> dict[str, Any]:
    taken = {who: _explained(pairs, patient, predicate, times) for who, predicate in readers.items()}
    search = "&".join(map("=".join, pairs)).format(id="X")
    ratios = {f"{who}/none": round(sum(taken[who]) / sum(taken["none"]), 2) for who in readers if who != "none"}
    return {"search": search, "consents": consents, **taken, **ratios}


def _actor(world: World, who: str) -> Any:
    return tokens.bearer(world.tokens[who], at=timezone.now())


def _richest() -> str:
    """Of those with a consent: in a quick run the writes may have made somebody else richer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patient FROM records_current WHERE type = 'Observation' AND EXISTS ("
            "SELECT FROM consent_node n WHERE n.patient = records_current.patient"
            " AND n.actors IS NOT NULL AND NOT n.never)"
            " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        return str(cursor.fetchone()[0])


def _more_consents(patient: str, count: int) -> None:
    """Other people's: each has to be looked at, none decides."""
    [node] = ConsentNode.objects.filter(patient=patient, never=False, actors__isnull=False)[:1]
    copies = []
    for number in range(count):
        fields = {field.name: getattr(node, field.name) for field in ConsentNode._meta.fields if not field.primary_key}
        fields |= {
            "consent": f"bench-{number}",
            "actors": [f"Organization/elsewhere-{number}"],
            "reader": f"Organization/elsewhere-{number}",
        }
        copies.append(ConsentNode(**fields))
    ConsentNode.objects.bulk_create(copies)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE consent_node")


def _explained(pairs: list[tuple[str, str]], patient: str, predicate: Predicate, times: int) -> tuple[float, float]:
    """(planning, execution)."""
    query = parse_query("Observation", [(name, value.format(id=patient)) for name, value in pairs])
    caught: list[tuple[str, Any]] = []

    def catch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        caught.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        search.page(query, visible=predicate, limit=query.count + 1)
    plans = [_explain(*caught[0]) for _ in range(times)]
    planning, execution = (round(statistics.median(column), 3) for column in zip(*plans, strict=True))
    return planning, execution


def _explain(sql: str, params: Any) -> tuple[float, float]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", params)
        text = "\n".join(row[0] for row in cursor.fetchall())
    planning, execution = (
        float(re.search(rf"{name} Time: ([\d.]+) ms", text)[1])  # type: ignore[index]
        for name in ("Planning", "Execution")
    )
    return planning, execution
