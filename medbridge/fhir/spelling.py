"""How the values of search parameters are written: escapes, alternatives, parts (FHIR R4 search.html#escaping)."""

import re

from medbridge.fhir.outcome import FhirError, bad_request
from medbridge.fhir.search_limits import SHOWN, Asking, Limits
from medbridge.fhir.terms import STRING_CHARACTERS, fold

# A separator, or an escaped character, whichever comes first.
_MARKS = {mark: re.compile(rf"\\.|\{mark}", re.DOTALL) for mark in ",|$"}
_ESCAPED = re.compile(r"\\([,|$\\])")
# What PostgreSQL cannot hold in text (NUL) or UTF-8 cannot spell (lone surrogates).
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")
# Characters of a sentence that repeats a value.
_SAID = 500
IDENTIFIER = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def refused(parameter: str, why: str) -> FhirError:
    """A 400 that names the parameter, in the diagnostics and as `http.<name>` in the expression."""
    said = why if len(why) <= _SAID else f"{why[:_SAID]}…"
    return bad_request(f"Search parameter {parameter!r}: {said}", f"http.{parameter}")


def check_pair(limits: Limits, name: str, value: str) -> None:
    """Raises FhirError 400 for what no parameter can have as its name or value."""
    shown, limit = name[:SHOWN], limits.value_length
    if not value:
        raise refused(shown, "has no value; give one or leave the parameter out")
    if len(value) > limit or len(name) > limit:
        raise refused(shown, f"has {max(len(name), len(value))} characters; a name or value may have {limit}")
    if _UNSPEAKABLE.search(value) or _UNSPEAKABLE.search(name):
        raise refused(repr(shown), "NUL and lone surrogates cannot be searched for")


def split(text: str, separator: str) -> list[str]:
    """Split at separators that are not escaped; the escapes stay."""
    if "\\" not in text:
        return text.split(separator)
    parts, start = [], 0
    for found in _MARKS[separator].finditer(text):
        if found[0] == separator:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def alternatives(asking: Asking, name: str, value: str) -> list[str]:
    """The values between commas, escapes still in them. Raises FhirError 400 for too many or an empty one."""
    parts = split(value, ",") if "," in value else [value]
    if len(parts) > asking.limits.or_values:
        raise refused(name, f"{len(parts)} alternatives; {asking.limits.or_values} are allowed")
    if not all(parts):
        raise refused(name, r"an alternative is empty; write \, for a comma inside a value")
    asking.spend(terms=len(parts))
    return parts


def coded(name: str, value: str) -> str:
    """A token as the index spells it: `code`, `system|code`, `system|`, `|code`, unescaped."""
    if "|" not in value and "\\" not in value:
        return value
    parts = [unescape(part) for part in split(value, "|")]
    if len(parts) > 2:
        raise refused(name, rf"{value!r} has more than one '|'; write \| for a bar inside a value")
    if not any(parts):
        raise refused(name, "give a code, system|code, system| or |code")
    return "|".join(parts)


def folded(name: str, value: str) -> str:
    text = fold(unescape(value))
    if not text or len(text) > STRING_CHARACTERS:
        raise refused(name, f"give 1 to {STRING_CHARACTERS} characters")
    return text
