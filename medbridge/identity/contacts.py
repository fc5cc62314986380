"""Where a person lives and is called, folded, and whether two addresses are alike."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from medbridge.fhir.terms import fold

Json = dict[str, Any]

# Of 100; chosen so that an abbreviation or a dropped word passes and another street does not. Numbers decide apart.
ALIKE, ALIKE_SAME_POSTAL_CODE = 90, 75
# Digits that all national forms of one number share: country code and trunk zero stand before them.
PHONE_DIGITS = 8
_WORDS = {
    "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "rd": "road", "dr": "drive", "ln": "lane",
    "blvd": "boulevard", "ct": "court", "pl": "place", "sq": "square", "hwy": "highway", "pkwy": "parkway",
    "apt": "apartment", "ste": "suite", "n": "north", "s": "south", "e": "east", "w": "west",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """`text`: lines and city in folded words; `postal`: the code without spaces, five digits of a ZIP+4."""

    postal: str
    text: str


def addresses(patient: Json) -> tuple[Address, ...]:
    listed = patient.get("address")
    found = [_address(a) for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    return tuple(dict.fromkeys(address for address in found if address.text))


def _address(address: Json) -> Address:
    lines = address.get("line")
    parts = [*(lines if isinstance(lines, list) else []), address.get("city")]
    written = " ".join(part for part in parts if isinstance(part, str)) if lines else address.get("text")
    words = re.findall(r"\w+", _plain(written))
    postal = re.sub(r"\W", "", _plain(address.get("postalCode")))
    return Address(postal[:5] if re.fullmatch(r"\d{9}", postal) else postal, " ".join(_WORDS.get(w, w) for w in words))


def _plain(value: Any) -> str:
    return fold(unicodedata.normalize("NFKC", value)) if isinstance(value, str) else ""


def addresses_alike(mine: tuple[Address, ...], theirs: tuple[Address, ...]) -> bool:
    """Whether any two are one place: words alike, and no house or flat number of one that the other contradicts."""
    return any(_alike(a, b) for a in mine for b in theirs)


def _alike(a: Address, b: Address) -> bool:
    numbers, others = (set(re.findall(r"\d+", address.text)) for address in (a, b))
    if not (numbers <= others or others <= numbers):
        return False
    same_code = bool(a.postal) and a.postal == b.postal
    return fuzz.token_sort_ratio(a.text, b.text) >= (ALIKE_SAME_POSTAL_CODE if same_code else ALIKE)


def phones(patient: Json) -> tuple[str, ...]:
    """The last eight digits of each telephone number, sorted."""
    return tuple(sorted(set(_numbers(patient.get("telecom")))))


def _numbers(telecom: Any) -> Iterator[str]:
    for point in telecom if isinstance(telecom, list) else []:
        if isinstance(point, dict) and point.get("system") in ("phone", "sms"):
            digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", str(point.get("value", ""))))[-PHONE_DIGITS:]
            if len(digits) == PHONE_DIGITS and len(set(digits)) > 1:
                yield digits
