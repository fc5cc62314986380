"""A Consent's provision tree flattened into rows that can be matched one by one (FHIR R4 consent.html).

What this cut cannot evaluate fails closed: a permit that depends on it grants nothing, a deny applies without it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from medbridge.consent import purpose
from medbridge.consent.labels import denied, permitted, text
from medbridge.consent.marks import AUTHOR, CODE, MAIN, REFERS, UNTOLD
from medbridge.fhir.dates import EARLIEST, LATEST, interval
from medbridge.fhir.terms import digest, key

Json = dict[str, Any]
T = TypeVar("T")

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
ANY_TYPE = frozenset({"Resource", "DomainResource"})
MEANINGS = ("instance", "related", "dependents", "authoredby")
READING = frozenset({"access", "use", "disclose"})
# Actors that are the source of the data or a party to the consent, and not someone whom it lets read (v3 RoleCode).
NOT_READERS = frozenset({"CST", "AUT", "INF", "GRANTOR", "CONSENTER"})
# A consent to be treated, or an advance directive, says nothing on who may read (consentscope).
NOT_DISCLOSURE = frozenset({"treatment", "adr"})
_ACTOR = re.compile(r"((?:Organization|Practitioner|Group)/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
# What an account claims to be or to belong to beside these. A permit opens to who claims it; a deny could miss a member
# whose account does not say so, and applies to everybody.
_CLAIMED = re.compile(
    r"((?:Organization|Practitioner|Group|PractitionerRole|CareTeam|RelatedPerson|Device)/[A-Za-z0-9.-]{1,64})"
    r"(?:/_history/[A-Za-z0-9.-]{1,64})?"
)
_RECORD = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_EVALUATED = frozenset((
    "type", "period", "actor", "action", "securityLabel", "purpose", "class", "code", "dataPeriod", "data", "provision",
    "id", "extension",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One provision of one consent, bound to one Patient's data at one custodian.

    `actors`, `purposes` and `starts`..`ends` (both included) are its own or inherited; None means any;
    all below are its own. `never`: it can match nothing, but shows that a consent exists.

    `labels`: one of them, and none outside `labels_within` (labels.py). `codes`: one of these marks (marks.py).
    `instances`, `links`, `sources` are alternatives, None where instances is: these records, those with one of these
    marks, those of the same person and custodian that one of the records with these keys refers to.
    """

    consent: str
    version: int
    patient: str
    custodian: str
    depth: int
    path: str
    permit: bool
    never: bool
    actors: tuple[str, ...] | None
    purposes: tuple[str, ...] | None
    starts: datetime | None
    ends: datetime | None
    classes: tuple[str, ...] | None
    instances: tuple[str, ...] | None
    data_low: datetime | None
    data_high: datetime | None
    labels: tuple[str, ...] | None = None
    labels_within: tuple[str, ...] | None = None
    codes: tuple[int, ...] | None = None
    links: tuple[int, ...] | None = None
    sources: tuple[int, ...] | None = None


def nodes(consent: Json, *, bindings: Sequence[tuple[str, str]] = (), version: int = 1) -> list[Node]:
    """Every provision, once for each (Patient id, custodian) it binds. Empty unless the consent is active.

    A consent without a rule of its own still gives a node, one that matches nothing: it shows that a consent exists.
    """
    if consent.get("status") != "active":
        return []
    root = consent.get("provision")
    root = root if isinstance(root, dict) else {}
    closed = _no_disclosure(consent) or "implicitRules" in consent or "modifierExtension" in consent
    outer = _Outer(None, None, None, bounds=_bounds(root.get("period")), closed=closed)
    tree = list(_walk(root, "provision", 0, outer))
    name = str(consent.get("id", ""))
    return [
        replace(node, consent=name, version=version, patient=patient, custodian=custodian)
        for patient, custodian in dict.fromkeys(bindings)
        for node in tree
    ]


@dataclass(frozen=True, slots=True)
class _Outer:
    """What a provision inherits, as written; and the root's period, which bounds every provision's."""

    actor: Any
    purpose: Any
    period: Any
    bounds: "_Span"
    closed: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """An interval; both ends None when there is no condition. `unknown`: there is one, but it cannot be evaluated."""

    low: datetime | None = None
    high: datetime | None = None
    unknown: bool = False


def _walk(provision: Json, path: str, depth: int, outer: _Outer) -> Iterator[Node]:
    inner = replace(
        outer,
        actor=provision.get("actor", outer.actor),
        purpose=provision.get("purpose", outer.purpose),
        period=provision.get("period", outer.period),
    )
    yield _node(provision, path, depth, inner)
    for number, nested in enumerate(_listed(provision.get("provision")) or ()):
        if isinstance(nested, dict):
            yield from _walk(nested, f"{path}.provision[{number}]", depth + 1, inner)


def _node(provision: Json, path: str, depth: int, inner: _Outer) -> Node:
    # R4 gives the root no type of its own: such a root rules on nothing. Nested, whatever is not a permit denies.
    ruleless = depth == 0 and "type" not in provision
    permit = ruleless or provision.get("type") == "permit"
    actors = _alternatives(inner.actor, _actor(_CLAIMED if permit else _ACTOR), permit)
    purposes = _alternatives(inner.purpose, purpose.texts, permit)
    classes = _alternatives(provision.get("class"), _class, permit)
    labels = _alternatives(provision.get("securityLabel"), _label, permit)
    codes = _alternatives(provision.get("code"), _code(permit), permit)
    data = _alternatives(provision.get("data"), _data, permit)
    period, dates = _within(_bounds(inner.period), inner.bounds), _bounds(provision.get("dataPeriod"))
    unknown = inner.closed or period.unknown or dates.unknown or _unknown(provision)
    node = Node(
        consent="", version=0, patient="", custodian="", depth=depth, path=path, permit=permit,
        never=ruleless or (permit and (unknown or () in (actors, purposes, classes, labels, codes, data))),
        actors=actors, purposes=purposes, starts=period.low, ends=period.high, classes=classes, instances=None,
        data_low=dates.low, data_high=dates.high, codes=codes,
    )  # fmt: skip
    return _reaching(_labelled(node, labels), data)


def _labelled(node: Node, named: tuple[str, ...] | None) -> Node:
    if named is None:
        return node
    any, within = permitted(named) if node.permit else (denied(named), None)
    return replace(node, labels=any, labels_within=within)


def _reaching(node: Node, data: tuple[tuple[str, str], ...] | None) -> Node:
    """R4 ConsentDataMeaning. A permit goes as far as R4's words, a deny also where others read them wider."""
    if data is None:
        return node
    keys = {meaning: [key(*record.split("/")) for each, record in data if each == meaning] for meaning in MEANINGS}
    inward = [*keys["dependents"], *(() if node.permit else keys["related"])]
    links = [REFERS ^ each for each in inward]
    if node.permit:
        links += [AUTHOR ^ each for each in keys["authoredby"]]
    elif keys["authoredby"]:
        links += [*(REFERS ^ each for each in keys["authoredby"]), UNTOLD]
    instances = tuple(record for meaning, record in data if meaning != "authoredby")
    return replace(node, instances=instances, links=tuple(links), sources=tuple(keys["related"]))


def _alternatives(value: Any, read: Callable[[Json], list[T]], permit: bool) -> tuple[T, ...] | None:
    """The alternatives of a condition, None when there is none. A permit keeps those understood; a deny needs all."""
    items = _listed(value)
    if items is None:
        return None
    texts = [read(item) if isinstance(item, dict) else [] for item in items]
    if not permit and not (items and all(texts)):
        return None
    return tuple(text for alternatives in texts for text in alternatives)


def _listed(value: Any) -> list[Any] | None:
    return value if isinstance(value, list) or value is None else [value]


def _actor(pattern: re.Pattern[str]) -> Callable[[Json], list[str]]:
    def read(actor: Json) -> list[str]:
        return [] if _codes(actor.get("role")) & NOT_READERS else _matched(pattern, actor.get("reference"))

    return read


def _class(coding: Json) -> list[str]:
    code = coding.get("code")
    known = coding.get("system") == RESOURCE_TYPES and isinstance(code, str) and code.isalpha() and code not in ANY_TYPE
    return [str(code)] if known else []


def _label(coding: Json) -> list[str]:
    """A label without its system is not understood: it could be another's code that reads like one of ActCode."""
    named = text(coding.get("system"), coding.get("code")) if coding.get("system") else None
    return [named] if named else []


def _code(permit: bool) -> Callable[[Json], list[int]]:
    """A permit asks for the record's own code in its system, a deny for the code anywhere, whatever its system."""

    def read(concept: Json) -> list[int]:
        codings = [each for each in _listed(concept.get("coding")) or () if isinstance(each, dict)]
        pairs = [(each.get("system"), each.get("code")) for each in codings]
        if permit:
            return [
                MAIN ^ digest(f"{system}|{code}")
                for system, code in pairs
                if isinstance(system, str) and isinstance(code, str)
            ]
        codes = [code for _, code in pairs if isinstance(code, str) and code]
        return [CODE ^ digest(code) for code in codes] if len(codes) == len(pairs) else []

    return read


def _data(data: Json) -> list[tuple[str, str]]:
    meaning = data.get("meaning")
    return [(meaning, each) for each in _matched(_RECORD, data.get("reference")) if meaning in MEANINGS]


def _matched(pattern: re.Pattern[str], reference: Any) -> list[str]:
    text = reference.get("reference") if isinstance(reference, dict) else None
    found = pattern.fullmatch(text) if isinstance(text, str) else None
    return [found[1]] if found else []


def _codes(concept: Any) -> set[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return {str(coding.get("code")) for coding in _listed(codings) or () if isinstance(coding, dict)}


def _no_disclosure(consent: Json) -> bool:
    return bool(_codes(consent.get("scope")) & NOT_DISCLOSURE)


def _unknown(provision: Json) -> bool:
    """Whether the provision holds a condition outside this cut."""
    actions = _listed(provision.get("action"))
    elsewhere = actions is not None and not any(_codes(action) & READING for action in actions)
    return elsewhere or bool(provision.keys() - _EVALUATED) or _modified(provision)


def _modified(value: Any) -> bool:
    """Whether a modifierExtension stands anywhere in it; nested provisions answer for themselves."""
    if isinstance(value, list):
        return any(map(_modified, value))
    if not isinstance(value, dict):
        return False
    return "modifierExtension" in value or any(_modified(part) for key, part in value.items() if key != "provision")


def _bounds(period: Any) -> _Span:
    """A Period from the first microsecond of its start to the last of its end. No start or no end: open there."""
    if period is None:
        return _Span()
    try:
        low = interval(period["start"])[0] if "start" in period else EARLIEST
        high = interval(period["end"])[1] if "end" in period else LATEST
    except (TypeError, ValueError, KeyError):
        return _Span(unknown=True)
    closed = period.keys() & {"start", "end"} and low <= high
    return _Span(low, high) if closed else _Span(unknown=True)


def _within(own: _Span, root: _Span) -> _Span:
    if own.low is None or own.high is None or root.low is None or root.high is None:
        return replace(root if own.low is None else own, unknown=own.unknown or root.unknown)
    return _Span(max(own.low, root.low), min(own.high, root.high), own.unknown or root.unknown)
