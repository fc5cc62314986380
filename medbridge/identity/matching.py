"""Whether two Patients are one person. Pure; every outcome says why, and a wrong LINK is a disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from medbridge.identity.contacts import Address, addresses, addresses_alike, phones
from medbridge.identity.identifiers import ONE_EACH, strong
from medbridge.identity.names import Name, alike, given_alike, names, spellings

Json = dict[str, Any]

_FULL_DATE = len("1990-05-01")
# Longer keys are cut: an index entry has to stay small, and what shares 200 characters may well be compared.
KEY_LENGTH = 200


class Outcome(StrEnum):
    LINK = "LINK"
    REVIEW = "REVIEW"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons`: short sentences for the reviewer; they name no identifier's value."""

    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of a Patient. `strong`: "scheme:value". `birth_date` as in FHIR, `sex` male, female or ""."""

    strong: tuple[str, ...]
    names: tuple[Name, ...]
    birth_date: str
    sex: str
    addresses: tuple[Address, ...]
    phones: tuple[str, ...]


def traits(patient: Json) -> Traits:
    """What of a Patient resource tells people apart; elements of the wrong shape are passed over."""
    born, gender = patient.get("birthDate"), patient.get("gender")
    return Traits(
        strong=strong(patient),
        names=names(patient),
        birth_date=born if isinstance(born, str) else "",
        sex=gender if gender in ("male", "female") else "",
        addresses=addresses(patient),
        phones=phones(patient),
    )


def blocking_keys(traits: Traits) -> list[str]:
    """Keys of which two Patients must share one to be compared at all."""
    keys = list(traits.strong)
    if len(traits.birth_date) == _FULL_DATE:
        weak = [spelling for name in traits.names for spelling in spellings(name)]
        weak += [*traits.phones, *(f"post {a.postal}" for a in traits.addresses if a.postal)]
        keys += [f"born {traits.birth_date} {text}" for text in weak]
    return list(dict.fromkeys(key[:KEY_LENGTH] for key in keys))


def compare(a: Traits, b: Traits) -> Verdict:
    """LINK: same strong identifier, nothing against it. REVIEW: a person must decide. NONE: not alike."""
    shared = sorted({key.partition(":")[0] for key in set(a.strong) & set(b.strong)})
    against = conflicts(a, b)
    if shared:
        reasons = (*(f"same {scheme}" for scheme in shared), *against)
        return Verdict(Outcome.REVIEW if against else Outcome.LINK, reasons)
    if _demographics_alike(a, b):
        return Verdict(Outcome.REVIEW, ("name, birth date, sex and address or phone alike", *against))
    return Verdict(Outcome.NONE, ())


def conflicts(a: Traits, b: Traits) -> Sequence[str]:
    """What speaks against two Patients being one person. What one of them does not say is no conflict."""
    found = [f"different {scheme}" for scheme in ONE_EACH if _differ(a, b, scheme)]
    if not (a.birth_date.startswith(b.birth_date) or b.birth_date.startswith(a.birth_date)):
        found.append("different birth date")
    if a.sex and b.sex and a.sex != b.sex:
        found.append("different sex")
    pairs = [(x, y) for x in a.names for y in b.names if x.parts and y.parts]
    if pairs and not any(given_alike(x, y) for x, y in pairs):
        found.append("different given name")
    return found


def _differ(a: Traits, b: Traits, scheme: str) -> bool:
    mine, theirs = ({key for key in t.strong if key.startswith(f"{scheme}:")} for t in (a, b))
    return bool(mine and theirs) and not mine & theirs


def _demographics_alike(a: Traits, b: Traits) -> bool:
    return (
        len(a.birth_date) == _FULL_DATE
        and a.birth_date == b.birth_date
        and bool(a.sex)
        and a.sex == b.sex
        and any(alike(x, y) for x in a.names for y in b.names)
        and (bool(set(a.phones) & set(b.phones)) or addresses_alike(a.addresses, b.addresses))
    )
