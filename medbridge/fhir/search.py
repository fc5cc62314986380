"""From the text of a search to a plan that SQL can be made of (FHIR R4 search.html). Pure; no data is touched."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from medbridge.fhir.index import date_source
from medbridge.fhir.parameters import WHOSE, Parameter, clinical_date, supported
from medbridge.fhir.spelling import (
    IDENTIFIER,
    Dated,
    dated,
    folded,
    reference_value,
    refused,
    split,
    token_terms,
    unescape,
)
from medbridge.fhir.terms import term

Match = Literal["starts", "contains"]

_TYPE = re.compile(r"[A-Z][A-Za-z]+")
# What PostgreSQL cannot hold in text (NUL) or UTF-8 cannot spell (lone surrogates).
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")
# How much of an unknown name is repeated to the caller.
_REPEATED = 100
# Read by the caller from the request, for every interaction alike (R4 http.html#parameters).
_OF_THE_REQUEST = frozenset(("_format", "_pretty"))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one search may ask for. Beyond `count_max` the page is smaller; beyond the others: refused."""

    count_default: int = 50
    count_max: int = 1000
    parameters: int = 40
    or_values: int = 200
    value_length: int = 8000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Query:
    """A search. All conditions hold together (AND); inside one list any value will do (OR).

    `terms`: a row must hold one term of every list. `not_terms`: none of any list (`:not`).
    `strings`: (parameter, folded values, how). Exact strings are terms.
    `dates`, `last_updated`: lists of OR-lists of (prefix, low, high), see dates.compare; `dates` is the clinical date.
    `missing`: True: no clinical date; False: has one; None: not asked.
    `ids`: those of `_id`, else None. `patients`: every row sought refers to one of these Patients (patient=, subject=);
    None when the search does not say so. A row that speaks of several Patients is in no compartment but may be sought.
    `follow_person`: patient:mdm= was used: the condition on `patients` is then not in `terms`; the caller finds the
    linked Patients and adds `person_terms(ids)` as one more OR-list.
    `count` 0 never occurs: `_count=0` means `summary` is "count".
    `sort`: (`_lastUpdated`, `_id` or the clinical date's parameter, descending).
    `unknown`: what was not understood and not applied, for the caller to report. `applied`: for the self link.
    """

    type: str
    terms: list[list[str]] = field(default_factory=list)
    not_terms: list[list[str]] = field(default_factory=list)
    strings: list[tuple[str, list[str], Match]] = field(default_factory=list)
    dates: list[list[Dated]] = field(default_factory=list)
    last_updated: list[list[Dated]] = field(default_factory=list)
    missing: bool | None = None
    ids: list[str] | None = None
    patients: list[str] | None = None
    follow_person: bool = False
    person_parameter: str | None = None
    count: int = LIMITS.count_default
    summary: Literal["false", "count"] = "false"
    total: Literal["none", "estimate", "accurate"] | None = None
    sort: list[tuple[str, bool]] = field(default_factory=list)
    cursor: str | None = None
    unknown: list[str] = field(default_factory=list)
    applied: list[tuple[str, str]] = field(default_factory=list)

    def person_terms(self, ids: Iterable[str]) -> list[str]:
        """The OR-list that stands for `patient:mdm=` once the linked Patients are known."""
        return [term(self.person_parameter or "patient", f"Patient/{id}") for id in ids]


def parse_query(
    type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    limits: Limits = LIMITS,
    strict: bool = False,
    base: str | None = None,
) -> Query:
    """Understand a search of one type. `pairs` are decoded; `base` is this server's URL, taken off references.

    Raises FhirError(400) for a malformed value or a limit passed, and, when `strict` (Prefer: handling=strict), for
    anything that would end up in `unknown`.
    """
    if len(pairs) > limits.parameters:
        raise refused("*", f"{len(pairs)} parameters; a search may have {limits.parameters}")
    reading = _Reading(Query(type, count=limits.count_default), limits, base)
    for name, value in pairs:
        reading.take(name, value)
    if strict and reading.query.unknown:
        names = ", ".join(reading.query.unknown)
        raise refused(reading.query.unknown[0], f"not supported for {type}: {names}. Leave it out, or search leniently")
    return reading.query


class _Reading:
    """A search half read: `query` grows with every parameter taken."""

    def __init__(self, query: Query, limits: Limits, base: str | None) -> None:
        self.query, self.limits, self.base = query, limits, base
        self.parameters = supported(query.type)

    def take(self, name: str, value: str) -> None:
        if name in _OF_THE_REQUEST:
            return
        self.check(name, value)
        known = self.control(name, value) if name in _CONTROLS else self.condition(name, value)
        if not known:
            self.query.unknown.append(name[:_REPEATED])
        elif name != "_cursor":
            self.query.applied.append((name, str(self.query.count) if name == "_count" and value != "0" else value))

    def check(self, name: str, value: str) -> None:
        if not value:
            raise refused(name, "has no value; give one or leave the parameter out")
        if len(value) > self.limits.value_length:
            raise refused(name, f"the value has {len(value)} characters; {self.limits.value_length} are allowed")
        if _UNSPEAKABLE.search(value) or _UNSPEAKABLE.search(name):
            raise refused(repr(name), "NUL and lone surrogates cannot be searched for")

    def control(self, name: str, value: str) -> bool:
        changes = _CONTROLS[name](self, value)
        if changes is not None:
            self.query = replace(self.query, **changes)
        return changes is not None

    def condition(self, name: str, value: str) -> bool:
        """Whether the condition is understood; it is then in the query."""
        plain, _, modifier = name.partition(":")
        parameter = self.parameters.get(plain)
        return parameter is not None and _KINDS[parameter.kind](self, parameter, modifier, value)

    def values(self, name: str, value: str) -> list[str]:
        parts = split(value, ",")
        if len(parts) > self.limits.or_values:
            raise refused(name, f"{len(parts)} alternatives; {self.limits.or_values} are allowed")
        if not all(parts):
            raise refused(name, r"an alternative is empty; write \, for a comma inside a value")
        return parts

    def token(self, parameter: Parameter, modifier: str, value: str) -> bool:
        if modifier not in ("", "not"):
            return False
        if parameter.name == "_id":
            return not modifier and self.ids(value)
        terms = [t for v in self.values(parameter.name, value) for t in token_terms(parameter, v)]
        (self.query.not_terms if modifier else self.query.terms).append(terms)
        return True

    def ids(self, value: str) -> bool:
        wanted = self.values("_id", value)
        if bad := next((id for id in wanted if not IDENTIFIER.fullmatch(id)), None):
            raise refused("_id", f"{bad!r} is not an id (letters, digits, '-' and '.', at most 64)")
        before = self.query.ids
        self.query = replace(self.query, ids=[id for id in wanted if before is None or id in before])
        return True

    def string(self, parameter: Parameter, modifier: str, value: str) -> bool:
        values, name = self.values(parameter.name, value), parameter.name
        if modifier == "exact":
            self.query.terms.append([term(f"{name}:exact", unescape(v)) for v in values])
        elif modifier in ("", "contains"):
            match: Match = "contains" if modifier else "starts"
            self.query.strings.append((name, [folded(name, v) for v in values], match))
        return modifier in ("", "contains", "exact")

    def uri(self, parameter: Parameter, modifier: str, value: str) -> bool:
        if not modifier:
            self.query.terms.append([term(parameter.name, unescape(v)) for v in self.values(parameter.name, value)])
        return not modifier

    def reference(self, parameter: Parameter, modifier: str, value: str) -> bool:
        name, follow = parameter.name, modifier == "mdm" and parameter.name in WHOSE
        if modifier and not follow and not _TYPE.fullmatch(modifier):
            return False
        target = "Patient" if follow or (name == "patient" and not modifier) else modifier
        found = [reference_value(name, v, target, self.base) for v in self.values(name, value)]
        if name in WHOSE and all(text.startswith("Patient/") for text in found):
            self.narrow(name, [text.removeprefix("Patient/") for text in found], follow)
        elif follow:
            raise refused(name, "patient:mdm= takes ids of Patients of this server")
        if not follow:
            self.query.terms.append([term(name, text) for text in found])
        return True

    def narrow(self, name: str, ids: list[str], follow: bool) -> None:
        before = self.query.patients
        if before is not None and (follow or self.query.follow_person):
            raise refused(f"{name}:mdm", "give the patient once when the search follows the person")
        if before is None:
            self.query = replace(self.query, patients=ids, follow_person=follow, person_parameter=name)

    def date(self, parameter: Parameter, modifier: str, value: str) -> bool:
        if parameter.name == "_lastUpdated":
            if not modifier:
                self.query.last_updated.append([dated(parameter.name, v) for v in self.values(parameter.name, value)])
            return not modifier
        source = [date_source(parameter.name)] if len(clinical_date(self.query.type)) > 1 else []
        if modifier == "missing":
            self.missing(parameter.name, source, value)
        elif not modifier:
            self.query.dates.append([dated(parameter.name, v) for v in self.values(parameter.name, value)])
            self.query.terms.extend([source] if source else [])
        return modifier in ("", "missing")

    def missing(self, name: str, source: list[str], value: str) -> None:
        if value not in ("true", "false"):
            raise refused(f"{name}:missing", f"{value!r} is neither true nor false")
        if source:
            (self.query.not_terms if value == "true" else self.query.terms).append(source)
        else:
            self.query = replace(self.query, missing=value == "true")

    def count(self, value: str) -> dict[str, Any]:
        if not (value.isascii() and value.isdigit()):
            raise refused("_count", f"{value!r} is not a whole number from 0")
        # R4 search.html#count: _count=0 is the same as _summary=count. Ten digits exceed any page.
        wanted = min(int(value[:10]), self.limits.count_max)
        return {"count": wanted} if wanted else {"summary": "count"}

    def summary(self, value: str) -> dict[str, Any] | None:
        # A summary is not what was hashed: exact stored bytes are returned, or nothing but the number.
        return {"summary": value} if value in ("false", "count") else None

    def total(self, value: str) -> dict[str, Any]:
        if value not in ("none", "estimate", "accurate"):
            raise refused("_total", f"{value!r} is none of none, estimate, accurate")
        return {"total": value}

    def sort(self, value: str) -> dict[str, Any] | None:
        rules = [(rule.removeprefix("-"), rule.startswith("-")) for rule in self.values("_sort", value)]
        able = {"_lastUpdated", "_id", *clinical_date(self.query.type)[:1]}
        return {"sort": rules} if all(name in able for name, _ in rules) else None

    def cursor(self, value: str) -> dict[str, Any]:
        return {"cursor": value}


_KINDS = {
    "token": _Reading.token,
    "string": _Reading.string,
    "uri": _Reading.uri,
    "reference": _Reading.reference,
    "date": _Reading.date,
}
_CONTROLS = {
    "_count": _Reading.count,
    "_summary": _Reading.summary,
    "_total": _Reading.total,
    "_sort": _Reading.sort,
    "_cursor": _Reading.cursor,
}
