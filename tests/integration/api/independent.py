"""What R4's search page says that a search finds, read once more from the resources as they are.

Knows nothing of the index, the parser or SQL; covers what real records have.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import combining, normalize

Json = dict[str, Any]
Interval = tuple[datetime, datetime]
OPEN = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
TICK = timedelta(microseconds=1)
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


def many(node: Any, path: str) -> list[Any]:
    """Values at `a.b`, lists flattened."""
    found = [node]
    for name in path.split("."):
        inner = [each.get(name) for each in found if isinstance(each, dict)]
        found = [item for each in inner for item in (each if isinstance(each, list) else [each]) if item is not None]
    return found


@dataclass(frozen=True)
class Parameter:
    kind: str
    paths: tuple[str, ...]

    def values(self, resource: Json) -> list[Any]:
        return [value for path in self.paths for value in many(resource, path)]


def _p(kind: str, *paths: str) -> Parameter:
    return Parameter(kind, paths)


TYPES: dict[str, dict[str, Parameter]] = {
    "Patient": {
        "gender": _p("token", "gender"), "birthdate": _p("date", "birthDate"), "family": _p("string", "name.family"),
        "given": _p("string", "name.given"), "address-city": _p("string", "address.city"),
        "identifier": _p("token", "identifier"), "death-date": _p("date", "deceasedDateTime"),
        "address-state": _p("string", "address.state"),
    },
    "Observation": {
        "code": _p("token", "code"), "category": _p("token", "category"), "status": _p("token", "status"),
        "date": _p("date", "effectiveDateTime", "effectivePeriod"), "subject": _p("reference", "subject"),
        "encounter": _p("reference", "encounter"), "value-quantity": _p("quantity", "valueQuantity"),
        "component-code": _p("token", "component.code"),
        "component-value-quantity": _p("quantity", "component.valueQuantity"),
        "combo-code": _p("token", "code", "component.code"), "value-concept": _p("token", "valueCodeableConcept"),
    },
    "Condition": {
        "code": _p("token", "code"), "clinical-status": _p("token", "clinicalStatus"),
        "onset-date": _p("date", "onsetDateTime"), "abatement-date": _p("date", "abatementDateTime"),
        "recorded-date": _p("date", "recordedDate"), "subject": _p("reference", "subject"),
        "encounter": _p("reference", "encounter"),
    },
    "Encounter": {
        "class": _p("token", "class"), "type": _p("token", "type"), "date": _p("date", "period"),
        "status": _p("token", "status"), "subject": _p("reference", "subject"),
        "reason-code": _p("token", "reasonCode"),
    },
    "Procedure": {
        "code": _p("token", "code"), "date": _p("date", "performedPeriod", "performedDateTime"),
        "subject": _p("reference", "subject"), "encounter": _p("reference", "encounter"),
        "reason-reference": _p("reference", "reasonReference"),
    },
    "MedicationRequest": {
        "status": _p("token", "status"), "intent": _p("token", "intent"), "authoredon": _p("date", "authoredOn"),
        "code": _p("token", "medicationCodeableConcept"), "subject": _p("reference", "subject"),
        "encounter": _p("reference", "encounter"),
    },
    "Claim": {
        "created": _p("date", "created"), "status": _p("token", "status"), "use": _p("token", "use"),
        "patient": _p("reference", "patient"), "encounter": _p("reference", "item.encounter"),
    },
}  # fmt: skip


def tokens(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) pairs."""
    if isinstance(value, str):
        yield "*", value
    elif "coding" in value:
        yield from ((coding.get("system", ""), coding.get("code", "")) for coding in value["coding"])
    elif "code" in value:
        yield value.get("system", ""), value["code"]
    elif "value" in value:
        yield value.get("system", ""), value["value"]


def is_token(value: Any, asked: str) -> bool:
    system, bar, code = asked.rpartition("|")
    pairs = list(tokens(value))
    if not bar:
        return any(own == code for _, own in pairs)
    return any((own in (system, "*")) and (not code or code == each) for own, each in pairs)


def instants(text: str) -> Interval:
    """The first and the last instant that a date can mean."""
    forms = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}
    if form := forms.get(len(text)):
        low = datetime.strptime(text, form).replace(tzinfo=UTC)
        if len(text) == 10:
            return low, low + timedelta(days=1) - TICK
        year, month = low.year + (len(text) == 4 or low.month == 12), 1 if len(text) == 4 else low.month % 12 + 1
        return low, low.replace(year=year, month=month) - TICK
    low = datetime.fromisoformat(text)
    return low, low if "." in text else low + timedelta(seconds=1) - TICK


def interval(value: Any) -> Interval:
    if isinstance(value, str):
        return instants(value)
    low = instants(value["start"])[0] if "start" in value else OPEN[0]
    return low, instants(value["end"])[1] if "end" in value else OPEN[1]


def prefixed(text: str) -> tuple[str, str]:
    return (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)


def is_date(value: Any, asked: str) -> bool:
    """R4 search.html#prefix, of two ranges; ge and le: the two overlap, or the value lies beyond."""
    prefix, text = prefixed(asked)
    (low, high), (own_low, own_high) = instants(text), interval(value)
    within = low <= own_low and own_high <= high
    return {
        "eq": within, "ne": not within, "gt": own_high > high, "lt": own_low < low, "ge": own_high >= low,
        "le": own_low <= high, "sa": own_low > high, "eb": own_high < low,
    }[prefix]  # fmt: skip


# UCUM, as far as Synthea's units can be told in each other: what they are of, and how much of it.
UNITS = {"mg/dL": ("mass", 1), "g/dL": ("mass", 1000), "10*3/uL": ("cells", 1000), "10*6/uL": ("cells", 1_000_000)}


def _factor(own: str, asked: str) -> Decimal:
    """What the own unit is in the one that was asked for; 0 when it is of something else."""
    if own == asked:
        return Decimal(1)
    (of, amount), (other, unit) = UNITS.get(own, ("", 1)), UNITS.get(asked, ("?", 1))
    return Decimal(amount) / Decimal(unit) if of == other else Decimal(0)


def is_quantity(value: Json, asked: str) -> bool:
    prefix, text = prefixed(asked)
    number, _, unit = text.partition("|")
    system, _, code = unit.partition("|")
    factor = _factor(str(value.get("code")), code) if system else Decimal(value.get("code") == code)
    if unit and (not factor or (system and value.get("system") != system)):
        return False
    own, wanted = Decimal(str(value["value"])) * (factor if unit else 1), Decimal(number)
    half = Decimal(1).scaleb(int(wanted.as_tuple().exponent)) / 2
    near = wanted - half <= own < wanted + half
    return {"eq": near, "ne": not near, "gt": own > wanted, "lt": own < wanted, "ge": own >= wanted,
            "le": own <= wanted, "sa": own > wanted, "eb": own < wanted}[prefix]  # fmt: skip


def is_reference(value: Json, asked: str) -> bool:
    own = value.get("reference", "")
    return own == asked if "/" in asked else own.rpartition("/")[2] == asked


def is_string(value: str, asked: str) -> bool:
    return value.casefold().startswith(asked.casefold())


IS: dict[str, Callable[[Any, str], bool]] = {
    "token": is_token, "date": is_date, "quantity": is_quantity, "reference": is_reference, "string": is_string,
}  # fmt: skip


# Parameter of Observation: where both halves stand together, and what they are.
COMPOSITES = {
    "code-value-quantity": ("", ("code", "token"), ("valueQuantity", "quantity")),
    "code-value-concept": ("", ("code", "token"), ("valueCodeableConcept", "token")),
    "component-code-value-quantity": ("component", ("code", "token"), ("valueQuantity", "quantity")),
}


def finds_pair(resource: Json, name: str, text: str) -> bool:
    """A composite: both halves hold of one place."""
    root, *halves = COMPOSITES[name]
    asked = list(zip(halves, text.split("$"), strict=True))
    return any(
        all(any(IS[kind](value, each) for value in many(place, path)) for (path, kind), each in asked)
        for place in (many(resource, root) if root else [resource])
    )


def finds(resource: Json, name: str, text: str, everyone: dict[str, Json]) -> bool:
    """Whether the resource is found by `name=text`: modifiers, chains and _has included."""
    if name.startswith("_has:"):
        _, type, reference, rest = name.split(":", 3)
        own = f"{resource['resourceType']}/{resource['id']}"
        pointing = (other for other in everyone.values() if other["resourceType"] == type and any(
            value.get("reference") == own for value in TYPES[type][reference].values(other)))  # fmt: skip
        return any(finds(other, rest, text, everyone) for other in pointing)
    hop, dot, rest = name.partition(".")
    if dot:
        reference, _, type = hop.partition(":")
        values = TYPES[resource["resourceType"]][reference].values(resource)
        targets = [everyone[value["reference"]] for value in values if value.get("reference") in everyone]
        return any(finds(target, rest, text, everyone) for target in targets if type in ("", target["resourceType"]))
    name, _, modifier = name.partition(":")
    parameter = TYPES[resource["resourceType"]][name]
    values, alternatives = parameter.values(resource), text.split(",")
    if modifier == "missing":
        return (not values) == (text == "true")
    if modifier == "exact":
        return any(value == each for value in values for each in alternatives)
    if modifier == "contains":
        return any(each.casefold() in value.casefold() for value in values for each in alternatives)
    found = any(IS[parameter.kind](value, each) for value in values for each in alternatives)
    return not found if modifier == "not" else found


def sort_value(resource: Json, name: str, *, descending: bool) -> Any:
    """What a date or string parameter sorts the resource by: the earliest or first of its values, descending the last.

    None: it has none, and comes last either way.
    """
    parameter = TYPES[resource["resourceType"]][name]
    values: list[Any] = parameter.values(resource)
    if parameter.kind == "date":
        values = [interval(value)[0] for value in values]
    else:
        values = [_folded(value) for value in values]
    return (max if descending else min)(values, default=None)


def _folded(text: str) -> str:
    return "".join(each for each in normalize("NFD", text.casefold()) if not combining(each))
