"""Strings (R4 search.html#string): names, addresses, texts; and names by sound."""

from collections.abc import Iterable
from typing import Any

from medbridge.fhir.extract_found import Found
from medbridge.fhir.terms import STRING_CHARACTERS, digest, fold, is_chinese, pinyin, sounds

_NAME = ("family", "given", "prefix", "suffix", "text")
_ADDRESS = ("line", "city", "district", "state", "postalCode", "country", "text")


def string(value: Any, found: Found, salt: int, exact: int) -> None:
    if type(value) is str and value:
        found.strings.append((salt, fold(value)[:STRING_CHARACTERS]))
        found.terms.append(exact ^ digest(value))


def spoken(value: Any, found: Found, salt: int, exact: int) -> None:
    """A name: Chinese can also be searched in Latin letters."""
    string(value, found, salt, exact)
    if type(value) is str and is_chinese(value):
        found.strings += [(salt, spelling[:STRING_CHARACTERS]) for spelling in pinyin(value[:STRING_CHARACTERS])]


def human_name(value: Any, found: Found, salt: int, exact: int) -> None:
    for part in _name(value):
        spoken(part, found, salt, exact)


def address(value: Any, found: Found, salt: int, exact: int) -> None:
    if type(value) is dict:
        for part in _flat(value.get(part) for part in _ADDRESS):
            string(part, found, salt, exact)


def sound(value: Any, found: Found, salt: int) -> None:
    if type(value) is str:
        found.terms += [salt ^ digest(key) for key in sounds(value[:STRING_CHARACTERS])]


def human_sound(value: Any, found: Found, salt: int) -> None:
    for part in _name(value):
        sound(part, found, salt)


def _name(value: Any) -> list[Any]:
    if type(value) is not dict:
        return []
    parts = _flat(value.get(part) for part in _NAME)
    family, given = value.get("family"), value.get("given")
    # Chinese is written without a space: who looks for 张三 means the family name and the given name together.
    if type(family) is str and type(given) is list and is_chinese(family):
        parts.append(family + "".join(g for g in given if type(g) is str))
    return parts


def _flat(values: Iterable[Any]) -> list[Any]:
    return [item for value in values if value for item in (value if type(value) is list else (value,))]
