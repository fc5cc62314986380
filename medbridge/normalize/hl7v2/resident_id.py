"""The Chinese resident identity number (GB 11643-1999): region(6) birth date(8) order(3) check(1)."""

from __future__ import annotations

import re
from datetime import date

SYSTEM = "urn:oid:2.16.156.10011.1.3"
OIDS = frozenset({"2.16.156.10011.1.3", "2.16.840.1.113883.2.23.1.19.1"})
TYPE_NAMES = frozenset({"身份证", "居民身份证", "身份证号", "SFZ", "SFZH", "NNCHN", "NNCN"})
SHAPE = re.compile(r"[1-9]\d{16}[\dXx]", re.ASCII)
CHECK_CHARACTERS = "10X98765432"  # by the remainder of the weighted sum modulo 11 (ISO 7064 MOD 11-2)


def check_resident_id(value: str, birth_date: str = "") -> None:
    """Raises ValueError with a sentence when `value` cannot be the number of a person born on `birth_date` (FHIR date).

    The birth date matters because the number links records across hospitals by itself: a wrong link is worse than none.
    """
    if not SHAPE.fullmatch(value):
        raise ValueError("a resident identity number has 17 digits and a check character")
    weighted = sum(int(digit) * pow(2, 17 - n, 11) for n, digit in enumerate(value[:17]))
    if CHECK_CHARACTERS[weighted % 11] != value[17].upper():
        raise ValueError("the check character of the resident identity number is wrong (GB 11643)")
    written = f"{value[6:10]}-{value[10:12]}-{value[12:14]}"
    try:
        date.fromisoformat(written)
    except ValueError:
        raise ValueError("the resident identity number holds no valid birth date") from None
    if birth_date and not written.startswith(birth_date):
        raise ValueError("the birth date in the resident identity number is not the one in PID-7")
