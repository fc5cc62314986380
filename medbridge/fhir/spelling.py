"""How values of search parameters are written: escapes, tokens, references, dates (FHIR R4 search.html#escaping)."""

import re
from datetime import datetime
from typing import get_args

from medbridge.fhir.dates import Prefix, interval, widened
from medbridge.fhir.outcome import FhirError, bad_request
from medbridge.fhir.parameters import Parameter
from medbridge.fhir.references import classify
from medbridge.fhir.terms import STRING_CHARACTERS, fold, term

_ESCAPED = re.compile(r"\\([,|$\\])")
_PREFIXED = re.compile(rf"({'|'.join(get_args(Prefix))})(?=\d)")
IDENTIFIER = re.compile(r"[A-Za-z0-9\-.]{1,64}")

Dated = tuple[Prefix, datetime, datetime]


def refused(parameter: str, why: str) -> FhirError:
    """A 400 that names the parameter, in the diagnostics and as `http.<name>` in the expression."""
    return bad_request(f"Search parameter {parameter!r}: {why}", f"http.{parameter}")


def split(text: str, separator: str) -> list[str]:
    """Split at separators that are not escaped; the escapes stay."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def token_terms(parameter: Parameter, value: str) -> list[str]:
    """Terms any of which satisfies one token: `code`, `system|code`, `system|`, `|code`."""
    parts = [unescape(part) for part in split(value, "|")]
    if len(parts) > 2:
        raise refused(parameter.name, rf"{value!r} has more than one '|'; write \| for a bar inside a value")
    if not any(parts):
        raise refused(parameter.name, "give a code, system|code, system| or |code")
    terms = [term(parameter.name, "|".join(parts))]
    # A code element has a code system by definition, which its instances do not repeat.
    if len(parts) == 2 and parts[1] and parts[0] in parameter.systems:
        terms.append(term(parameter.name, parts[1]))
    return terms


def reference_value(parameter: str, value: str, modifier: str, base: str | None) -> str:
    """What the index calls the reference that a value means: `Type/id`, an id alone, or a URL.

    `modifier` is a resource type or empty; `base` (this server's URL) in front of a reference is taken off.
    """
    text = unescape(value)
    if base and text.startswith(base.rstrip("/") + "/"):
        text = text[len(base.rstrip("/")) + 1 :]
    reference = classify("", text)
    if reference.kind == "literal":
        if modifier and reference.type != modifier:
            raise refused(parameter, f"{text!r} is not a {modifier}, which the modifier asks for")
        return f"{reference.type}/{reference.id}"
    if IDENTIFIER.fullmatch(text):
        return f"{modifier}/{text}" if modifier else text
    if ":" in text and reference.kind != "conditional":
        return text
    raise refused(parameter, f"{text!r} is not a reference; write an id, Type/id or an absolute URL")


def folded(parameter: str, value: str) -> str:
    text = fold(unescape(value))
    if not text or len(text) > STRING_CHARACTERS:
        raise refused(parameter, f"give 1 to {STRING_CHARACTERS} characters")
    return text


def dated(parameter: str, value: str) -> Dated:
    """(prefix, low, high); a value without prefix means eq."""
    found = _PREFIXED.match(value)
    prefix: Prefix = found[1] if found else "eq"  # type: ignore[assignment]
    try:
        low, high = interval(value[2:] if found else value)
    except ValueError:
        raise refused(
            parameter,
            f"{value!r} is not a date; write [prefix]YYYY[-MM[-DD[Thh:mm[:ss][Z|+hh:mm]]]], the + of a zone as %2B",
        ) from None
    return (prefix, *widened(low, high)) if prefix == "ap" else (prefix, low, high)
