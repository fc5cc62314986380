"""Tokens (R4 search.html#token): codes, identifiers, contacts, booleans; and the texts that `:text` looks for.

What comes back again and again is remembered, salted and all. The remembering functions raise TypeError for what is
unusual (no text, or a long one): an exception is not remembered, and the usual case needs no checks.
"""

from collections.abc import Callable, Iterator
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


def halves(value: dict[str, Any], member: str = "code") -> tuple[str | None, str | None]:
    """System and code (or another member) of a Coding, an Identifier; None for what is no text."""
    system, code = value.get("system"), value.get(member)
    return system if type(system) is str else None, code if type(code) is str else None


@lru_cache(maxsize=CODES_CACHED)
def _coding(salt: int, system: Any, code: Any) -> tuple[int, ...]:
    usual = all(text is None or (type(text) is str and len(text) <= REMEMBERED) for text in (system, code))
    if not usual:
        raise TypeError
    return tuple(salt ^ digest(spelling) for spelling in spellings(system, code))


@lru_cache(maxsize=CODES_CACHED)
def _display(salt: int, text: Any) -> Display:
    if type(text) is not str or not text or len(text) > REMEMBERED:
        raise TypeError
    return _shown(salt, text)


def _shown(salt: int, text: str) -> Display:
    folded = fold(text)[:STRING_CHARACTERS]
    return salt ^ digest(folded), salt, folded


def text(value: Any, found: Found, salt: int) -> None:
    try:
        display = _display(salt, value)
    except TypeError:
        if type(value) is not str or not value:
            return
        display = _shown(salt, value)
    found.displays[display[0]] = display


def code(value: Any, found: Found, salt: int) -> None:
    if type(value) is str:
        found.terms.append(salt ^ digest(value))


def boolean(value: Any, found: Found, salt: int) -> None:
    if type(value) is bool:
        found.terms.append(salt ^ digest("true" if value else "false"))


def coding(value: Any, found: Found, salt: int, texts: int) -> tuple[int, ...]:
    """The terms that it has added: of the code, with and without its system, first."""
    if type(value) is not dict:
        return ()
    try:
        made = _coding(salt, value.get("system"), value.get("code"))
    except TypeError:
        made = tuple(salt ^ fresh_digest(spelling) for spelling in spellings(*halves(value)))
    found.terms += made
    if "display" in value:
        text(value["display"], found, texts)
    return made


def concept(value: Any, found: Found, salt: int, texts: int, read: Callable[..., object] = coding) -> None:
    if type(value) is dict:
        codings = value.get("coding")
        for item in codings if type(codings) is list else ():
            read(item, found, salt, texts)
        if "text" in value:
            text(value["text"], found, texts)


def paired_coding(value: Any, found: Found, salt: int, texts: int) -> None:
    """A Coding of the parameter `code`: `c` and `s|c` are to be found together with the patient, too."""
    made = coding(value, found, salt, texts)
    if len(made) == 3:
        found.codes += made[:2]
    elif len(made) == 2:
        found.codes.append(made[0])


def paired_concept(value: Any, found: Found, salt: int, texts: int) -> None:
    concept(value, found, salt, texts, paired_coding)


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
