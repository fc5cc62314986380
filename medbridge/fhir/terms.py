"""Spelling of index terms and string foldings; the index and the query must agree to the letter."""

import hashlib
import unicodedata

from pypinyin import lazy_pinyin

# A GIN key must fit a third of a PostgreSQL page, a b-tree key too; 400 bytes keep the index small as well.
TERM_BYTES = 400
# 500 characters are at most 2000 bytes of UTF-8, below the 2704 bytes that a b-tree key may have.
STRING_CHARACTERS = 500


def term(parameter: str, value: str) -> str:
    """`parameter=value`, the value replaced by its SHA-256 in hexadecimal when it is longer than 400 bytes."""
    # No character takes more than 4 bytes: the common short value need not be encoded to be measured.
    if len(value) * 4 <= TERM_BYTES:
        return f"{parameter}={value}"
    raw = value.encode("utf-8", "surrogatepass")
    return f"{parameter}={value if len(raw) <= TERM_BYTES else hashlib.sha256(raw).hexdigest()}"


def fold(text: str) -> str:
    """Case and accents removed, white space collapsed (R4 string search); Chinese characters kept."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


def is_chinese(text: str) -> bool:
    """Whether the text has an ideograph of the CJK blocks that names are written in."""
    return not text.isascii() and any("㐀" <= c <= "鿿" for c in text)


def pinyin(text: str) -> list[str]:
    """A Chinese name in Latin letters: `zhang san`, `zhangsan`; ü as v (keyboards), u and yu (passports)."""
    syllables = [fold(s) for s in lazy_pinyin(text)]
    spellings = []
    for vowel in ("v", "u", "yu") if any("v" in s for s in syllables) else ("v",):
        spelled = [s.replace("v", vowel) for s in syllables]
        spellings += ["".join(spelled), " ".join(spelled)]
    return list(dict.fromkeys(spellings))
