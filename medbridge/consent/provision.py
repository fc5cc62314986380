"""A Consent's provision tree flattened into rows that can be matched one by one (FHIR R4 consent.html).

What this cut cannot evaluate fails closed: a permit that depends on it grants nothing, a deny applies without it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from medbridge.consent import purpose
from medbridge.fhir.dates import EARLIEST, LATEST, interval

Json = dict[str, Any]

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
ANY_TYPE = frozenset({"Resource", "DomainResource"})
READING = frozenset({"access", "use", "disclose"})
# Actors that are the source of the data or a party to the consent, and not someone whom it lets read (v3 RoleCode).
NOT_READERS = frozenset({"CST", "AUT", "INF", "GRANTOR", "CONSENTER"})
# A consent to be treated, or an advance directive, says nothing on who may read (consentscope).
NOT_DISCLOSURE = frozenset({"treatment", "adr"})
_ACTOR = re.compile(r"((?:Organization|Practitioner|Group)/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_RECORD = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_EVALUATED = frozenset(
    {"type", "period", "actor", "action", "purpose", "class", "dataPeriod", "data", "provision", "id", "extension"}
)


@dataclass(frozen=True, slots=True)
class Node:
    """One provision of one consent, bound to one Patient's data at one custodian.

    `actors`, `purposes` and `starts`..`ends` (both included) are its own or inherited; None means any. `classes`,
    `instances` and `data_low`..`data_high` are its own. `never`: it can match nothing, but shows that a consent exists.
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
    actors = _alternatives(inner.actor, _actor, permit)
    purposes = _alternatives(inner.purpose, purpose.texts, permit)
    classes = _alternatives(provision.get("class"), _class, permit)
    instances = _alternatives(provision.get("data"), _instance, permit)
    period, data = _within(_bounds(inner.period), inner.bounds), _bounds(provision.get("dataPeriod"))
    unknown = inner.closed or period.unknown or data.unknown or _unknown(provision)
    return Node(
        consent="", version=0, patient="", custodian="", depth=depth, path=path, permit=permit,
        never=ruleless or (permit and (unknown or () in (actors, purposes, classes, instances))),
        actors=actors, purposes=purposes, starts=period.low, ends=period.high,
        classes=classes, instances=instances, data_low=data.low, data_high=data.high,
    )  # fmt: skip


def _alternatives(value: Any, read: Callable[[Json], list[str]], permit: bool) -> tuple[str, ...] | None:
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


def _actor(actor: Json) -> list[str]:
    if _codes(actor.get("role")) & NOT_READERS:
        return []
    return _matched(_ACTOR, actor.get("reference"))


def _class(coding: Json) -> list[str]:
    code = coding.get("code")
    known = coding.get("system") == RESOURCE_TYPES and isinstance(code, str) and code.isalpha() and code not in ANY_TYPE
    return [str(code)] if known else []


def _instance(data: Json) -> list[str]:
    return _matched(_RECORD, data.get("reference")) if data.get("meaning") == "instance" else []


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
