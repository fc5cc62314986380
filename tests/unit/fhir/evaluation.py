"""What a condition means, said in Python over index rows: the tests of the parser run against it, not against SQL."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from medbridge.fhir.dates import compare
from medbridge.fhir.index import Index, index
from medbridge.fhir.query import (
    All,
    Chain,
    Condition,
    Dates,
    Displays,
    Either,
    Has,
    Ids,
    LastUpdated,
    Listed,
    Measure,
    Near,
    Not,
    Numbers,
    Present,
    Query,
    Refers,
    Strings,
    Terms,
    Words,
)  # fmt: skip
from medbridge.fhir.search import parse_query
from medbridge.fhir.terms import fold, key

Json = dict[str, Any]


@dataclass
class Row:
    type: str
    id: str
    body: Json
    index: Index


def found(resources: Sequence[Json], type: str, *pairs: tuple[str, str], **options: Any) -> list[str]:
    """Ids of the resources that a strict search finds."""
    return matches(resources, parse_query(type, pairs, **({"strict": True} | options)))


def matches(resources: Sequence[Json], query: Query) -> list[str]:
    rows = [Row(r["resourceType"], r["id"], r, index(r)) for r in resources]
    return [row.id for row in rows if row.type == query.type and holds(query.where, row, rows)]


def holds(condition: Condition, row: Row, rows: Sequence[Row]) -> bool:
    match condition:
        case All(of):
            return all(holds(each, row, rows) for each in of)
        case Either(of):
            return any(holds(each, row, rows) for each in of)
        case Not(of):
            return not holds(of, row, rows)
        case Terms(any=wanted):
            return not set(wanted).isdisjoint(row.index.terms)
        case Refers(any=wanted):
            return not set(wanted).isdisjoint(row.index.refs)
        case Ids(any=wanted):
            return row.id in wanted
        case Present(mask, present):
            return bool(row.index.present & mask) is present
        case Chain(salts, types, where):
            keys = {ref ^ salt for ref in row.index.refs for salt in salts}
            return any(r.index.key in keys and r.type in types and holds(where, r, rows) for r in rows)
        case Has(type, salts, where):
            refs = {row.index.key ^ salt for salt in salts}
            return any(r.type == type and not refs.isdisjoint(r.index.refs) and holds(where, r, rows) for r in rows)
        case Listed(list, salt):
            return any(r.type == "List" and r.id == list and key(row.type, row.id) ^ salt in r.index.refs for r in rows)
        case _:
            return _valued(condition, row)


def _valued(condition: Condition, row: Row) -> bool:
    match condition:
        case Strings(salt, texts, how):
            values = [value for its, value in row.index.strings if its == salt]
            return any(_matches(value, text, how) for value in values for text in texts)
        case Displays(salt, texts):
            values = [f" {text}" for _, its, text in row.index.displays if its == salt]
            return any(" " + text in value for value in values for text in texts)
        case Dates(salt, dated, pair):
            if salt is None:
                bounds = [(row.index.low, row.index.high)] if row.index.low else []
            else:
                bounds = [(d.low, d.high) for d in row.index.dates if d.salt == salt and (not pair or d.pair in pair)]
            return any(compare(p, low, high, *its) for p, low, high in dated for its in bounds)  # type: ignore[arg-type]
        case Numbers(salt, measures, pair):
            numbers = [n for n in row.index.numbers if n.salt == salt and (not pair or n.pair in pair)]
            return any(_measures(measure, number) for measure in measures for number in numbers)
        case Near(latitude, longitude, kilometres):
            return row.index.near is not None and _distance((latitude, longitude), row.index.near) <= kilometres
        case Words(words, whole):
            text = fold(str(row.body if whole else row.body.get("text", {}).get("div", "")))
            return all(word in text for word in words)
        case LastUpdated():
            raise NotImplementedError("the index does not know when a row was stored")
        case _:
            raise TypeError(condition)


def _matches(value: str, text: str, how: str) -> bool:
    ways = {"starts": value.startswith, "ends": value.endswith, "contains": value.__contains__, "exact": value.__eq__}
    return bool(ways[how](text))


def _measures(measure: Measure, number: Any) -> bool:
    low, high = measure.low, measure.high
    its_low, its_high = number.low, number.low if number.high is None else number.high
    if measure.canonical:
        if not number.canonical or number.canonical[0] != measure.canonical[0]:
            return False
        _, low, high = measure.canonical
        its_low, its_high = number.canonical[1], number.canonical[2] or number.canonical[1]
    elif measure.units and set(measure.units).isdisjoint(number.units):
        return False
    return _compares(measure.prefix, low, high, its_low, its_high)


def _compares(prefix: str, low: Decimal, high: Decimal, its_low: Decimal, its_high: Decimal) -> bool:
    return {
        "eq": low <= its_low and its_high < high,
        "ne": not (low <= its_low and its_high < high),
        "gt": its_high > high,
        "ge": its_high >= low,
        "lt": its_low < low,
        "le": its_low <= high,
        "sa": its_low > high,
        "eb": its_high < low,
        "ap": its_low <= high and low <= its_high,
    }[prefix]


def _distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    a, b, c, d = (math.radians(each) for each in (*here, *there))
    return (
        6371.0088
        * 2
        * math.asin(math.sqrt(math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2))
    )
