"""Tokens (R4 search.html#token): codes, identifiers, contacts, booleans; and the texts that `:text` looks for."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from medbridge.fhir.extract_found import Display, Found
from medbridge.fhir.terms import REMEMBERED, STRING_CHARACTERS, digest, fold, fresh_digest

# Some 500 bytes each; a hospital's everyday codes, in the parameters that read them, are a few thousand.
CODES_CACHED = 1 << 14


def spellings(system: str | None, code: str | None) -> Iterator[str]:
    """How a search may write a Coding: `c`, `s|c` (`|c` without a system), `s|`. In this order; what is absent, not."""
    if code:
        yield code
        yield f"{system or ''}|{code}"
    if system:
        yield f"{system}|"


def _terms(salt: int, system: str | None, code: str | None) -> tuple[int, ...]:
    if len(system or "") > REMEMBERED or len(code or "") > REMEMBERED:
        return _spelled.__wrapped__(salt, system, code)
    return _spelled(salt, system, code)


@lru_cache(maxsize=CODES_CACHED)
def _spelled(salt: int, system: str | None, code: str | None) -> tuple[int, ...]:
    return tuple(salt ^ digest(spelling) for spelling in spellings(system, code))


@lru_cache(maxsize=CODES_CACHED)
def _display(salt: int, text: str) -> Display:
    folded = fold(text)[:STRING_CHARACTERS]
    return salt ^ digest(folded), salt, folded


def halves(value: dict[str, Any], member: str = "code") -> tuple[str | None, str | None]:
    """System and code (or another member) of a Coding, an Identifier; None for what is no text."""
    system, code = value.get("system"), value.get(member)
    return system if type(system) is str else None, code if type(code) is str else None


def text(value: Any, found: Found, salt: int) -> None:
    if type(value) is str and value:
        display = (_display if len(value) <= REMEMBERED else _display.__wrapped__)(salt, value)
        found.displays[display[0]] = display


def code(value: Any, found: Found, salt: int) -> None:
    if type(value) is str:
        found.terms.append(salt ^ digest(value))


def boolean(value: Any, found: Found, salt: int) -> None:
    if type(value) is bool:
        found.terms.append(salt ^ digest("true" if value else "false"))


def coding(value: Any, found: Found, salt: int, texts: int) -> None:
    if type(value) is dict:
        found.terms += _terms(salt, *halves(value))
        if "display" in value:
            text(value["display"], found, texts)


def concept(value: Any, found: Found, salt: int, texts: int) -> None:
    if type(value) is dict:
        codings = value.get("coding")
        for item in codings if type(codings) is list else ():
            coding(item, found, salt, texts)
        if "text" in value:
            text(value["text"], found, texts)


def paired_coding(value: Any, found: Found, salt: int, texts: int) -> None:
    """A Coding of the parameter `code`: `c` and `s|c` are to be found together with the patient, too."""
    if type(value) is dict:
        system, own = halves(value)
        made = _terms(salt, system, own)
        found.terms += made
        if own:
            found.codes += made[: 2 if system else 1]
        if "display" in value:
            text(value["display"], found, texts)


def paired_concept(value: Any, found: Found, salt: int, texts: int) -> None:
    if type(value) is dict:
        codings = value.get("coding")
        for item in codings if type(codings) is list else ():
            paired_coding(item, found, salt, texts)
        if "text" in value:
            text(value["text"], found, texts)


def identifier(value: Any, found: Found, salt: int, of_type: int, texts: int) -> None:
    """`v`, `s|v`, `s|`, `|v`; with a type also `system|code|v` for `:of-type`, and the type's texts."""
    if type(value) is not dict:
        return
    system, own = halves(value, "value")
    if system:
        # The system comes back with every identifier of its kind, the value hardly ever.
        found.terms.append(salt ^ digest(f"{system}|"))
    if own:
        found.terms += (salt ^ fresh_digest(own), salt ^ fresh_digest(f"{system or ''}|{own}"))
        if type(kind := value.get("type")) is dict:
            _of_type(kind, own, found, of_type, texts)


def _of_type(kind: dict[str, Any], own: str, found: Found, of_type: int, texts: int) -> None:
    codings = kind.get("coding")
    for item in codings if type(codings) is list else ():
        if type(item) is dict:
            system, code = halves(item)
            found.terms += [of_type ^ fresh_digest(f"{system or ''}|{code}|{own}")] if code else []
            text(item.get("display"), found, texts)
    text(kind.get("text"), found, texts)


def contact(value: Any, found: Found, salt: int) -> None:
    # R4 gives a ContactPoint no namespace: ContactPoint.system says phone or email, not whose number it is.
    if type(value) is dict and type(own := value.get("value")) is str:
        found.terms += [salt ^ fresh_digest(spelling) for spelling in spellings(None, own)]
