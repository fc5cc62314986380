"""What the consent predicate costs: the same searches within one patient, with it and without it, in turn."""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.actions import search_records
from medbridge.actions.steps.access import visible
from medbridge.consent.models import ConsentNode
from medbridge.fhir.search import parse_query
from medbridge.records import search_noted
from medbridge.records.statement import EVERYONE, Predicate, Sql
from tests.bench.world import OTHER, OWN, World

MANY = 200
SEARCHES = (
    [("patient", "{id}"), ("code", "http://loinc.org|2339-0")],
    [("patient", "{id}"), ("_sort", "-date")],
)
WARM = 10


def measure(world: World) -> None:
    """Medians in microseconds, for each reader. page: the one statement that finds it and no more; search: all that is
    done for it in this process and in PostgreSQL, with the token, the access record and the second judgement.
    """
    patient, found = _richest(), []
    for count in (1, MANY):
        _more_consents(patient, count - 1)
        for pairs in SEARCHES:
            asked = [(name, value.format(id=patient)) for name, value in pairs]
            found += [
                _compared(asked, what, _ways(world, what, asked), count, world.size.explained)
                for what in ("page", "search")
            ]
    world.notes["consent_predicate_us"] = found
    for each in found:
        world.say(", ".join(f"{name} {value}" for name, value in each.items()))


def _ways(world: World, what: str, asked: list[tuple[str, str]]) -> dict[str, Callable[[], object]]:
    actors = {who: tokens.bearer(world.tokens[who], at=timezone.now()) for who in (OWN, OTHER)}
    if what == "page":
        seen = {who: visible(actor, timezone.now()) for who, actor in actors.items() if actor}
        return {"none": _page(asked, EVERYONE), **{who: _page(asked, each) for who, each in seen.items()}}
    without = patch.multiple(
        search_records, visible=lambda actor, at: EVERYONE, cleared=lambda hits, actor, at: list(hits)
    )  # fmt: skip
    return {
        "none": _search(asked, world.tokens[OTHER], without),
        **{who: _search(asked, world.tokens[who], nullcontext()) for who in actors},
    }


def _page(asked: list[tuple[str, str]], predicate: Predicate) -> Callable[[], object]:
    def noting(holds: Sql, whose: str | None) -> Sql:
        return f"SELECT TRUE WHERE {holds[0]}", holds[1]

    query = parse_query("Observation", asked)
    return lambda: search_noted.noted_page(query, visible=predicate, holds=("TRUE", []), noting=noting)


def _search(asked: list[tuple[str, str]], token: str, how: AbstractContextManager[Any]) -> Callable[[], object]:
    def search() -> object:
        at = timezone.now()
        presumed = tokens.presumed(token, at=at)
        assert presumed is not None
        with how:
            return search_records.search_presumed(presumed=presumed, at=at, type="Observation", pairs=asked)

    return search


def _compared(
    asked: list[tuple[str, str]], what: str, ways: dict[str, Callable[[], object]], consents: int, times: int
) -> dict[str, Any]:
    taken: dict[str, list[float]] = {who: [] for who in ways}
    for _ in range(times + WARM):
        for who, way in ways.items():
            begun = time.perf_counter()
            assert way() is not None, (who, asked)
            taken[who].append(1e6 * (time.perf_counter() - begun))
    medians = {who: round(statistics.median(each[WARM:])) for who, each in taken.items()}
    ratios = {f"{who}/none": round(medians[who] / medians["none"], 2) for who in ways if who != "none"}
    return {"of": what, "search": "&".join(name for name, _ in asked), "consents": consents, **medians, **ratios}


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
    """For other hospitals."""
    [node] = ConsentNode.objects.filter(patient=patient, never=False, actors__isnull=False)[:1]
    copies = []
    for number in range(count):
        fields = {field.name: getattr(node, field.name) for field in ConsentNode._meta.fields if not field.primary_key}
        elsewhere = f"Organization/elsewhere-{number}"
        fields |= {"consent": f"bench-{number}", "actors": [elsewhere], "reader": elsewhere}
        copies.append(ConsentNode(**fields))
    ConsentNode.objects.bulk_create(copies)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE consent_node")
