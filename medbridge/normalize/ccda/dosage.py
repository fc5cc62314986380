"""How much, how often, by which way: substanceAdministration -> Dosage."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times, values
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, related, type_of
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

FREE_TEXT_SIG = "2.16.840.1.113883.10.20.22.4.147"
PERIOD_UNITS = {"s", "min", "h", "d", "wk", "mo", "a"}
EVENTS = {"HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV"}


def dosage(context: Context, statement: Element, bounds: dict[str, str]) -> list[dict[str, Any]]:
    """At most one Dosage; `bounds` is the Period of the order, {} where the resource has a place of its own for it."""
    rate = first(statement, "rateQuantity")
    amount = {
        **_quantity_or_range(first(statement, "doseQuantity"), "dose"),
        **_quantity_or_range(rate, "rate"),
    }
    condition = codes.concept(context, first(statement, "precondition/criterion/value"))
    found = compact(
        {
            "text": _text(context, statement),
            "timing": _timing(context, statement, bounds),
            "asNeededCodeableConcept": condition,
            "site": codes.concept(context, first(statement, "approachSiteCode")),
            "route": codes.concept(context, first(statement, "routeCode")),
            "doseAndRate": [amount] if amount else [],
        }
    )
    return [found] if found else []


def _quantity_or_range(element: Element | None, name: str) -> dict[str, Any]:
    if found := values.quantity(element):
        return {f"{name}Quantity": found}
    found = values.bounds(element)
    return {f"{name}Range": found} if found else {}


def _text(context: Context, statement: Element) -> str:
    written = [codes.text_of(context, first(each, "text")) for each in related(statement, FREE_TEXT_SIG)]
    return next(filter(None, [*written, codes.text_of(context, first(statement, "text"))]), "")


def _timing(context: Context, statement: Element, bounds: dict[str, str]) -> dict[str, Any]:
    repeat: dict[str, Any] = {"boundsPeriod": bounds} if bounds else {}
    for each in anyhow(statement, "effectiveTime"):
        kind = type_of(each)
        if kind == "PIVL_TS":
            repeat.update(_frequency(first(each, "period")))
        elif kind == "EIVL_TS" and (event := attribute(each, "event", "code")) in EVENTS:
            repeat["when"] = [event]
    return {"repeat": repeat} if repeat else {}


def _frequency(period: Element | None) -> dict[str, Any]:
    """Once in each period, which may be a range ("every 4 to 6 hours")."""
    exact = values.quantity(period)
    low, high = (values.quantity(first(period, bound)) for bound in ("low", "high"))
    shortest = exact or low
    if not shortest or shortest.get("code") not in PERIOD_UNITS or shortest["value"] <= 0:
        return {}
    found = {"frequency": 1, "period": shortest["value"], "periodUnit": shortest["code"]}
    same_unit = bool(high) and not exact and high.get("code") == shortest["code"] and high["value"] > shortest["value"]
    return {**found, "periodMax": high["value"]} if same_unit else found


def interval(context: Context, statement: Element) -> Element | None:
    """The effectiveTime that says from when to when, not how often."""
    repeated = ("PIVL_TS", "EIVL_TS")
    return next((each for each in every(statement, "effectiveTime") if type_of(each) not in repeated), None)


def interval_period(context: Context, statement: Element) -> dict[str, str]:
    element = interval(context, statement)
    point = times.moment(context, element)
    return {"start": point} if point else times.period(context, element)
