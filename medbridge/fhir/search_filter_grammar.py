"""The grammar of `_filter` (FHIR R4 search_filter.html): text to a tree, in one pass and bounded depth."""

import json
import re
from dataclasses import dataclass
from typing import NoReturn

from medbridge.fhir.spelling import refused

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "po", "ss", "sb", "in", "re")

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[A-Za-z_][\w\-]*", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# A token ends at white space or a bracket; brackets around a unit of UCUM ("[lb_av]") belong to it.
_TOKEN = re.compile(r"(?:[^\s()\[\]\"]|\[[^\s()\[\]]*\])+")
_NOT = re.compile(r"not\s*\(")


@dataclass(frozen=True, slots=True)
class Step:
    """One reference to follow, `name[where].` or `name:Type.`"""

    name: str
    type: str
    where: "Node | None"


@dataclass(frozen=True, slots=True)
class Comparison:
    steps: tuple[Step, ...]
    name: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Both:
    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    of: "Node"


Node = Comparison | Both | AnyOf | Negation


def parse_filter(text: str, *, depth: int) -> Node:
    """`and` binds closer than `or`. Raises FhirError 400 with the place of the fault; depth: of brackets."""
    reader = _Reader(text, depth)
    node = reader.alternatives(0)
    if reader.at < len(text):
        reader.fail("the filter should end here, or go on with and, or")
    return node


class _Reader:
    def __init__(self, text: str, depth: int) -> None:
        self.text, self.depth, self.at = text, depth, 0
        self.space()

    def fail(self, why: str) -> NoReturn:
        raise refused("_filter", f"character {self.at + 1}, {self.text[self.at : self.at + 20]!r}: {why}")

    def space(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the pattern matches here, and the white space after it; empty where it does not."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
            self.space()
        return found[0] if found else ""

    def sign(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        if found:
            self.at += 1
            self.space()
        return found

    def word(self, word: str) -> bool:
        start = self.at
        if self.take(_WORD) == word:
            return True
        self.at = start
        return False

    def alternatives(self, depth: int) -> Node:
        if depth > self.depth:
            self.fail(f"brackets inside each other, deeper than {self.depth}")
        nodes = [self.both(depth)]
        while self.word("or"):
            nodes.append(self.both(depth))
        return nodes[0] if len(nodes) == 1 else AnyOf(tuple(nodes))

    def both(self, depth: int) -> Node:
        nodes = [self.one(depth)]
        while self.word("and"):
            nodes.append(self.one(depth))
        return nodes[0] if len(nodes) == 1 else Both(tuple(nodes))

    def one(self, depth: int) -> Node:
        if self.take(_NOT):
            return Negation(self.closed(depth, ")"))
        if self.sign("("):
            return self.closed(depth, ")")
        return self.comparison(depth)

    def closed(self, depth: int, bracket: str) -> Node:
        node = self.alternatives(depth + 1)
        if not self.sign(bracket):
            self.fail(f"{bracket!r} is missing")
        return node

    def comparison(self, depth: int) -> Comparison:
        steps = []
        while True:
            name = self.take(_WORD) or self.fail("a search parameter should stand here")
            type = (self.take(_WORD) or self.fail("a type should stand here")) if self.sign(":") else ""
            where = self.closed(depth, "]") if self.sign("[") else None
            if not self.sign("."):
                break
            steps.append(Step(name, type, where))
        if type or where:
            self.fail("'.' and another parameter should stand here")
        operator = self.take(_WORD)
        if operator not in OPERATORS:
            self.fail(f"before this an operator should stand, one of {', '.join(OPERATORS)}")
        return Comparison(tuple(steps), name, operator, self.value())

    def value(self) -> str:
        start = self.at
        quoted = self.take(_STRING)
        if not quoted:
            return self.take(_TOKEN) or self.fail("a value should stand here")
        try:
            return str(json.loads(quoted)) or self.fail("the value is empty")
        except ValueError:
            self.at = start
            self.fail("this is no JSON string")
