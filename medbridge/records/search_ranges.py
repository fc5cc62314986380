"""Prefixes as comparisons of two intervals (FHIR R4 search.html#prefix); fhir.dates.compare says the same in Python."""

from typing import Any

from medbridge.fhir.query import Dated, Measure
from medbridge.records.statement import Put, Statement

_DATES = {
    "eq": "({low} >= {from} AND {high} <= {to})",
    "ne": "NOT ({low} >= {from} AND {high} <= {to})",
    "gt": "{high} > {to}",
    "ge": "{high} >= {from}",
    "lt": "{low} < {from}",
    "le": "{low} <= {to}",
    "sa": "{low} > {to}",
    "eb": "{high} < {from}",
    "ap": "({low} <= {to} AND {high} >= {from})",
}
# 5.4 stands for 5.35 up to, and without, 5.45 (R4 search.html#number).
_NUMBERS = _DATES | {
    "eq": "({low} >= {from} AND {high} < {to})",
    "ne": "NOT ({low} >= {from} AND {high} < {to})",
}


def date_range(dated: Dated, low: str, high: str, put: Put) -> str:
    """low, high: SQL of the ends of the row's interval."""
    prefix, start, end = dated
    return _filled(_DATES[prefix], low, high, start, end, put)


def number_range(measure: Measure, alias: str, sql: Statement) -> str:
    """Over records_number: in base units where the search names a unit of UCUM, as sent otherwise."""
    template = _NUMBERS[measure.prefix]
    if measure.canonical is not None:
        unit, start, end = measure.canonical
        low, high = f"{alias}.base_low", f"COALESCE({alias}.base_high, {alias}.base_low)"
        return f"{alias}.unit = {sql.put(unit)} AND {_filled(template, low, high, start, end, sql.put)}"
    low, high = f"{alias}.low", f"COALESCE({alias}.high, {alias}.low)"
    range = _filled(template, low, high, measure.low, measure.high, sql.put)
    return f"{alias}.units && {sql.numbers(measure.units)} AND {range}" if measure.units else range


def _filled(template: str, low: str, high: str, start: Any, end: Any, put: Put) -> str:
    for name, value in (("{from}", start), ("{to}", end)):
        if name in template:
            template = template.replace(name, put(value))
    return template.replace("{low}", low).replace("{high}", high)
