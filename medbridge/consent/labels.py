"""Security labels (FHIR R4 security-labels.html) as the rules compare them; docs/consent.md has the table.

A record's labels are texts: at most one level, of HL7 v3 Confidentiality, and any number of others. Those of ActCode
(InformationSensitivityPolicy) are bare codes, all else is `system|code`. What is sensitive counts as restricted.
"""

from collections.abc import Collection, Iterable
from typing import Any

from medbridge.fhir.terms import digest

LEVELS = ("U", "L", "M", "N", "R", "V")
RESTRICTED = LEVELS.index("R")
# The sender gave no level, but what the record holds or says is at least this. A deny takes it; no permit by level
# does: unlabelled data never satisfies a permit.
AT_LEAST = {"R+": "R", "V+": "V"}
# Characters; what is longer, or no text that PostgreSQL can hold, stands as its hash.
LONGEST = 200
CONFIDENTIALITY = frozenset((
    "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "http://hl7.org/fhir/v3/Confidentiality",
    "urn:oid:2.16.840.1.113883.5.25",
))  # fmt: skip
SENSITIVITY = frozenset((
    "http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
))  # fmt: skip
# How a record was made or may be used (integrity, purpose), not how private it is.
_NO_SENSITIVITY = ("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "http://hl7.org/fhir/v3/ActReason",
                   "http://terminology.hl7.org/CodeSystem/v3-ActReason")  # fmt: skip
_MENTAL = "COGN DVD EMOTDIS PSY PSYTHPN"
_SUBSTANCE = "ETH ETHUD OPIOIDUD SUD"
# What else a deny of the key takes. ETH and SUD overlap, so each takes the other.
_BELOW = {
    "ETH": _SUBSTANCE, "SUD": _SUBSTANCE, "MH": _MENTAL, "PSY": "PSYTHPN", "VIO": "SDV",
    "BH": f"MH {_MENTAL} {_SUBSTANCE}", "SPI": f"BH MH {_MENTAL} {_SUBSTANCE}",
}  # fmt: skip


def text(system: Any, code: Any) -> str | None:
    """A Coding as a label; None for one that says nothing of privacy."""
    if not isinstance(code, str) or not code or system in _NO_SENSITIVITY:
        return None
    if system in CONFIDENTIALITY and code in LEVELS:
        return code
    if system in SENSITIVITY and code.isalnum() and code not in LEVELS:
        return code
    named = f"{system or ''}|{code}"
    return named if named.isprintable() and len(named) <= LONGEST else f"#{digest(named)}"


def combine(own: Iterable[str], within: Iterable[str] = ()) -> tuple[str, ...]:
    """A record's labels: its own, and as a high-water mark those of what it contains or refers to."""
    mine = set(own)
    every = mine | set(within)
    sensitive = sorted(every - {*LEVELS, *AT_LEAST})
    sent = _highest(mine)
    floor = RESTRICTED if sensitive else -1
    least = max(sent, floor, _highest(AT_LEAST.get(each, each) for each in every))
    if sent >= 0:
        return LEVELS[least], *sensitive
    return *((f"{LEVELS[least]}+",) if least >= RESTRICTED else ()), *sensitive


def _highest(levels: Iterable[str]) -> int:
    return max((LEVELS.index(each) for each in levels if each in LEVELS), default=-1)


def permitted(named: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """What a permit by these labels opens: records with one label of the first, and none outside the second.

    A level opens up to itself; from R on whatever is sensitive, unless sensitivities are named beside it.
    """
    sensitive = sorted(set(named) - set(LEVELS))
    limit = _highest(named)
    opened = LEVELS[: limit + 1]
    if not sensitive:
        return opened, None if limit >= RESTRICTED else opened
    allowed = LEVELS[: max(limit, RESTRICTED) + 1]
    return (*opened, *sensitive), (*allowed, *(key for key, level in AT_LEAST.items() if level in allowed), *sensitive)


def denied(named: Collection[str]) -> tuple[str, ...]:
    """The labels of which any one puts a record under a deny by these: a level and those above it, what lies below."""
    found: set[str] = set()
    lowest = min((LEVELS.index(each) for each in named if each in LEVELS), default=len(LEVELS))
    levels = LEVELS[lowest:]
    found.update(levels, (key for key, level in AT_LEAST.items() if level in levels))
    for each in set(named) - set(LEVELS):
        found.update((each, *_BELOW.get(each, "").split()))
    # A label sent without its system may be this one.
    return tuple(sorted(found | {f"|{each}" for each in found if "|" not in each and each not in AT_LEAST}))
