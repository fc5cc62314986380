"""Invariants of the datatypes (R4 2.24, 2.25, 2.26, 2.27)."""

from __future__ import annotations

from typing import Any

from medbridge.fhir.invariants.moments import not_after
from medbridge.fhir.invariants.rule import Object, Rule, Table, at_most_one, chosen, has, needs, one, some

UCUM = "http://unitsofmeasure.org"
_CURRENCIES = "urn:iso:std:iso:4217"
_MEALS = {"C", "CM", "CD", "CV"}


def _one_of_value_and_extension(extension: Object) -> bool:
    values = len(extension) - 1 - ("id" in extension) - ("extension" in extension)
    return (values > 0) != ("extension" in extension)


def _ordered(value: Object) -> bool:
    low, high = value.get("low", {}), value.get("high", {})
    alike = all(low.get(key) == high.get(key) for key in ("unit", "code", "system"))
    if not alike or "value" not in low or "value" not in high:
        # Quantities of different units cannot be compared without conversion; that is no fault of structure.
        return True
    return bool(low["value"] <= high["value"])


def _ucum(value: Object) -> bool:
    return (has(value, "code") or not has(value, "value")) and value.get("system", UCUM) == UCUM


def _money(value: Object) -> bool:
    return (has(value, "code") or not has(value, "value")) and value.get("system", _CURRENCIES) == _CURRENCIES


def _triggered(value: Object) -> bool:
    kind = value.get("type", "")
    return (
        (kind != "named-event" or has(value, "name"))
        and (kind != "periodic" or chosen(value, "timing"))
        and (not kind.startswith("data-") or has(value, "data"))
    )


def _whole(value: Object) -> bool:
    return _ucum(value) and value.get("code", "1") == "1" and float(value.get("value", 0)).is_integer()


def _positive(value: Object) -> bool:
    return _ucum(value) and value.get("value", 1) > 0


def _timed(value: Object) -> bool:
    return not has(value, "code") or (value.get("system") == UCUM and has(value, "value"))


def _not_negative(key: str) -> Any:
    return lambda value: value.get(key, 0) >= 0


_CODE_NEEDS_SYSTEM = Rule("qty-3", needs("code", "system"), "A unit code needs the system it is from; send system")
_PATH_OR_PARAMETER = "Send exactly one of path and searchParam"
_UCUM_TEXT = "A value needs a unit code, and the system of units is http://unitsofmeasure.org"

DATATYPES: Table = {
    "Extension": (
        Rule("ext-1", _one_of_value_and_extension, "Send either a value[x] or inner extensions, one of them"),
    ),
    "Quantity": (_CODE_NEEDS_SYSTEM,),
    "SimpleQuantity": (_CODE_NEEDS_SYSTEM,),
    "MoneyQuantity": (
        _CODE_NEEDS_SYSTEM,
        Rule("mqty-1", _money, "Money needs a currency code of urn:iso:std:iso:4217"),
    ),
    "Age": (_CODE_NEEDS_SYSTEM, Rule("age-1", _positive, f"{_UCUM_TEXT}; an age is more than 0")),
    "Count": (_CODE_NEEDS_SYSTEM, Rule("cnt-3", _whole, 'A count is a whole number of UCUM unit "1"')),
    "Distance": (_CODE_NEEDS_SYSTEM, Rule("dis-1", _ucum, _UCUM_TEXT)),
    "Duration": (_CODE_NEEDS_SYSTEM, Rule("drt-1", _timed, "A duration's code needs a value and the UCUM system")),
    "Attachment": (Rule("att-1", needs("data", "contentType"), "Data needs its contentType"),),
    "ContactPoint": (
        Rule("cpt-2", needs("value", "system"), "A value needs its system (phone, email, ...)", ".system"),
    ),
    "Period": (Rule("per-1", not_after("start", "end"), "The end lies before the start; correct one of them", ".end"),),
    "Range": (Rule("rng-2", _ordered, "low is greater than high; exchange them"),),
    "Ratio": (
        Rule(
            "rat-1",
            lambda v: ("numerator" in v) == ("denominator" in v) and ("numerator" in v or "extension" in v),
            "Send numerator and denominator together, or an extension in their place",
        ),
    ),
    "DataRequirement.codeFilter": (Rule("drq-1", one("path", "searchParam"), _PATH_OR_PARAMETER),),
    "DataRequirement.dateFilter": (Rule("drq-2", one("path", "searchParam"), _PATH_OR_PARAMETER),),
    "Expression": (Rule("exp-1", some("expression", "reference"), "Send expression or reference"),),
    "Timing.repeat": (
        Rule("tim-1", needs("duration", "durationUnit"), "A duration needs its durationUnit", ".durationUnit"),
        Rule("tim-2", needs("period", "periodUnit"), "A period needs its periodUnit", ".periodUnit"),
        Rule("tim-4", _not_negative("duration"), "A duration is not negative", ".duration"),
        Rule("tim-5", _not_negative("period"), "A period is not negative", ".period"),
        Rule("tim-6", needs("periodMax", "period"), "periodMax needs period", ".period"),
        Rule("tim-7", needs("durationMax", "duration"), "durationMax needs duration", ".duration"),
        Rule("tim-8", needs("countMax", "count"), "countMax needs count", ".count"),
        Rule(
            "tim-9",
            lambda v: not has(v, "offset") or (has(v, "when") and not _MEALS & set(v.get("when", ()))),
            "An offset needs a when that is not a meal itself (C, CM, CD, CV)",
            ".offset",
        ),
        Rule("tim-10", at_most_one("timeOfDay", "when"), "Send timeOfDay or when, not both"),
    ),
    "TriggerDefinition": (
        Rule("trd-1", lambda v: not has(v, "data") or not any("timing" in key for key in v), "Send data or timing"),
        Rule("trd-3", _triggered, "A named event needs its name, a periodic one its timing, a data event its data"),
        Rule("trd-2", needs("condition", "data"), "A condition needs data"),
    ),
}
