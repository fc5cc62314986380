"""Numbers and foldings that index and query must agree on to the bit (docs/search.md says why terms are numbers)."""

import unicodedata
from functools import lru_cache
from hashlib import blake2b

from pypinyin import lazy_pinyin

# 500 characters are at most 2000 bytes of UTF-8, below the 2704 bytes that a b-tree key may have.
STRING_CHARACTERS = 500
# Longer texts (characters) are in no cache: a sender could fill one with megabytes each.
REMEMBERED = 256
# About 200 bytes each. Codes, systems and the patients of one bundle come back often; a value of its own is evicted.
DIGESTS_CACHED = 1 << 15
# Types times parameters of R4, and room for custom ones.
SALTS_CACHED = 1 << 13
# Of one uri; R4 canonicals have about seven.
PREFIXES = 12


def digest(text: str) -> int:
    """The first 8 bytes of BLAKE2b (digest_size 8) of the UTF-8 text, big-endian, as a signed integer."""
    return _digest(text) if len(text) <= REMEMBERED else fresh_digest(text)


@lru_cache(maxsize=DIGESTS_CACHED)
def _digest(text: str) -> int:
    return fresh_digest(text)


def fresh_digest(text: str) -> int:
    """`digest` for what will hardly come again (ids, identifiers): it leaves the cache alone."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


@lru_cache(maxsize=SALTS_CACHED)
def salt(type: str, parameter: str) -> int:
    """What tells the terms of one parameter of one type from all others. `parameter` may also be a composite's name or

    `name:exact` strings letter by letter · `name:identifier` Reference.identifier · `name:of-type` Identifier by its
    type · `name:text` folded texts of codes · `name:below` a uri's prefixes.
    """
    return digest(f"{type}.{parameter}")


def term(salt: int, value: str) -> int:
    return salt ^ digest(value)


def key(type: str, id: str) -> int:
    """The number of a row; `key ^ salt` is a reference to it through a parameter."""
    return digest(f"{type}/{id}")


def prefixes(uri: str) -> list[str]:
    """The uri and what stands before each of its `/` and `|`: the values that `:below` finds it by (`name:below`).

    `:above` needs no term of its own: these prefixes of the searched value, as plain terms of the parameter.
    """
    start = uri.find("://") + 3 if "://" in uri else 0
    ends = [at for at in range(start, len(uri)) if uri[at] in "/|" and at > start]
    return list(dict.fromkeys([uri, *(uri[:at] for at in ends[:PREFIXES])]))


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


def sounds(text: str) -> list[str]:
    """Keys of a name by sound, one a word, for the parameters called `phonetic` (terms of the parameter).

    Latin letters: Soundex (US National Archives). Chinese: Soundex of the pinyin, of each syllable and of all together.
    Other scripts: the folded word itself.
    """
    folded = fold(text)
    if is_chinese(folded):
        folded = " ".join(pinyin(folded))
    return list(dict.fromkeys(soundex(word) for word in folded.split()))


_GROUPS = enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1)
_CODES = {letter: code for code, letters in _GROUPS for letter in letters}


def soundex(word: str) -> str:
    """Letter and three digits; letters of one code count once, also across h and w, but not across a vowel."""
    letters = [c for c in word if "a" <= c <= "z"]
    if not letters:
        return word
    digits, last = "", _CODES.get(letters[0], 0)
    for letter in letters[1:]:
        code = _CODES.get(letter, 0)
        if code and code != last:
            digits += str(code)
        if letter not in "hw":
            last = code
    return letters[0] + (digits + "000")[:3]
