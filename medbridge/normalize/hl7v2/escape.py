"""Escape sequences (HL7 v2 chapter 2, "Use of escape sequences in text fields")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from medbridge.normalize.hl7v2.charset import CONTROL

SPACES_LIMIT = 200  # .sp, .sk, .in, .ti name a count; without a cap ten bytes make a gigabyte


@dataclass(frozen=True, slots=True)
class Encoding:
    """The delimiters that MSH-1 and MSH-2 declare, and the codec the message was decoded with."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    charset: str = "utf-8"

    @property
    def inner(self) -> Encoding:
        """How a component is read as a field: its subcomponents are components."""
        return _inner(self)


def unescape(text: str, encoding: Encoding) -> str:
    """Text as meant. A sequence that is not HL7's own stays as it is written."""
    if not encoding.escape or encoding.escape not in text:
        return text
    pattern, replace = _compiled(encoding)
    return pattern.sub(replace, text)


def escape(text: str, encoding: Encoding) -> str:
    """Text fit to stand in one component; line ends become \\.br\\."""
    mark = encoding.escape or "\\"
    letters = {
        mark: "E",
        encoding.field: "F",
        encoding.component: "S",
        encoding.repetition: "R",
        encoding.subcomponent: "T",
        "\n": ".br",
    }
    return "".join(f"{mark}{letters[char]}{mark}" if char in letters else char for char in text.replace("\r", ""))


@lru_cache(maxsize=64)
def _inner(encoding: Encoding) -> Encoding:
    return Encoding(encoding.field, encoding.subcomponent, "", encoding.escape, "", encoding.charset)


@lru_cache(maxsize=64)
def _compiled(encoding: Encoding) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    mark = re.escape(encoding.escape)
    delimiters = {
        "F": encoding.field,
        "S": encoding.component,
        "T": encoding.subcomponent,
        "R": encoding.repetition,
        "E": encoding.escape,
        "H": "",
        "N": "",
    }

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code in delimiters:
            return delimiters[code]
        if code[0] == "X":
            return _hexadecimal(code[1:], encoding.charset, match[0])
        return _formatting(code, match[0])

    return re.compile(f"{mark}([^{mark}\r\n]{{1,64}}){mark}"), replace


def _hexadecimal(digits: str, charset: str, written: str) -> str:
    try:
        return CONTROL.sub("", bytes.fromhex(digits).decode(charset))
    except (ValueError, LookupError):
        return written


def _formatting(code: str, written: str) -> str:
    match = re.fullmatch(r"\.(br|ce|fi|nf|sp|sk|in|ti)\s*([+-]?\d{1,6})?", code)
    if match is None:
        return written
    count = min(int(match[2] or 1), SPACES_LIMIT) if match[1] != "br" else 1
    if match[1] in ("br", "ce", "sp"):
        return "\n" * max(count, 1) if match[1] != "ce" else "\n"
    return " " * max(count, 0) if match[1] in ("sk", "in", "ti") else ""
