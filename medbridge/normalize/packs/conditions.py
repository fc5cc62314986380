"""The condition of a row: `PV1-45 valued and not PV1-2 in ("P", "N")`, compiled to a function.

    condition = both {"or" both}       both = one {"and" one}       one = "not" one | "(" condition ")" | test
    test      = operand ["not"] ("valued" | "=" text | "in" "(" text {"," text} ")" | "matches" text)
              | operand "!=" text | "count" "(" path ")" ("=" | ">" | "<") number
    operand   = path | "{" path with spaces "}" | "$event" and other names of the message       text = '"' ... '"'

A path that begins with "." is read from the node that the row's source found, any other from the node of the map.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from medbridge.normalize.packs.source import Grammar

Test = Callable[[Any, Any, Any], bool]  # (node of the map, node that the source found, scope)
Read = Callable[[Any, Any, Any], list[str]]
TOKEN = re.compile(r'\s*("[^"]*"|\{[^}]*\}|!=|[=<>(),]|[^\s(),=!<>"{}]+)')
COMPARISONS = {"=": operator.eq, ">": operator.gt, "<": operator.lt}


def compile_condition(text: str, grammar: Grammar) -> Test:
    """Raises ValueError with a sentence that says what was expected where."""
    return _Parser(text, grammar).parse()


class _Parser:
    def __init__(self, text: str, grammar: Grammar) -> None:
        self.tokens = TOKEN.findall(text)
        if TOKEN.sub("", text).strip():
            raise ValueError(f"{text!r} is not made of paths, words, brackets and quoted texts")
        self.grammar = grammar
        self.position = 0

    def parse(self) -> Test:
        test = self._any()
        if self._next():
            raise ValueError(f"{self._next()!r} was not expected there")
        return test

    def _next(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._next()
        if expected and token not in expected:
            raise ValueError(f"{' or '.join(expected)} was expected, not {token or 'the end'!r}")
        self.position += 1
        return token

    def _any(self) -> Test:
        tests = [self._all()]
        while self._next() == "or":
            self._take()
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda node, each, scope: any(t(node, each, scope) for t in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._next() == "and":
            self._take()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda node, each, scope: all(t(node, each, scope) for t in tests)

    def _one(self) -> Test:
        if self._next() == "not":
            self._take()
            return _negated(self._one())
        if self._next() == "(":
            self._take()
            test = self._any()
            self._take(")")
            return test
        return self._count() if self._next() == "count" else self._test()

    def _count(self) -> Test:
        self._take("count")
        self._take("(")
        select = self.grammar.path(self._take().strip("{}"))
        self._take(")")
        compare, number = COMPARISONS[self._take(*COMPARISONS)], int(self._take())
        return lambda node, each, scope: bool(compare(len(select(node)), number))

    def _test(self) -> Test:
        read = self._operand(self._take())
        negated = self._next() == "not"
        if negated:
            self._take()
        test = self._compared(read, self._take("valued", "=", "!=", "in", "matches"))
        return _negated(test) if negated else test

    def _compared(self, read: Read, word: str) -> Test:
        if word == "valued":
            return lambda node, each, scope: any(read(node, each, scope))
        if word == "matches":
            pattern = re.compile(self._text())
            return lambda node, each, scope: any(map(pattern.fullmatch, read(node, each, scope)))
        texts = self._texts() if word == "in" else {self._text()}
        if word == "!=":
            return lambda node, each, scope: texts.isdisjoint(read(node, each, scope))
        return lambda node, each, scope: not texts.isdisjoint(read(node, each, scope))

    def _operand(self, token: str) -> Read:
        if token.startswith("$"):
            name = token[1:]
            return lambda node, each, scope: [scope.names.get(name, "")]
        select = self.grammar.path(token.strip("{}"))
        if token.strip("{").startswith("."):
            return lambda node, each, scope: [found.text() for found in select(each)]
        return lambda node, each, scope: [found.text() for found in select(node)]

    def _text(self) -> str:
        token = self._take()
        if len(token) < 2 or token[0] != '"':
            raise ValueError(f"a text in double quotes was expected, not {token or 'the end'!r}")
        return token[1:-1]

    def _texts(self) -> set[str]:
        self._take("(")
        texts = {self._text()}
        while self._take(",", ")") == ",":
            texts.add(self._text())
        return texts


def _negated(test: Test) -> Test:
    return lambda node, each, scope: not test(node, each, scope)
