"""The paths of rows: the part of XPath that mappings need, compiled to functions over Nodes.

    path = step {"/" step}          step = "." | ".." | "*" | "@" name | "//" name | name {"[" test "]"}
    test = both {"or" both}         both = one {"and" one}          one = ["not"] path ["=" "'" text "'"] | number

`template` in a test is short for templateId/@root, `type` for xsi:type without its prefix. Null flavors are found, too:
they may carry an original text; functions and conditions know them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from medbridge.normalize.ccda.nodes import Attribute, Node

Select = Callable[[Any], Sequence[Any]]
Test = Callable[[Node], bool]
STEP = re.compile(r"(\.\.|\.|\*|@[\w:.-]+|[A-Za-z_][\w:.-]*)((?:\[[^\]]*\])*)(?:/|$)")
TEST = re.compile(r"(not )?\s*([^=\s']+?)\s*(?:=\s*'([^']*)')?\s*")


class Grammar:
    """C-CDA's side of the mapping packs."""

    def path(self, text: str) -> Select:
        return compile_path(text)


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Select:
    """Raises ValueError with a sentence when the text is no such path."""
    text = text.strip()
    if text.startswith("//"):
        return _descendants(compile_path(text[2:].partition("/")[0]), text[2:].partition("/")[2], text)
    steps, position = [], 0
    while position < len(text):
        match = STEP.match(text, position)
        if match is None:
            raise ValueError(f"{text[position:]!r} in the path {text!r} is no step")
        steps.append(_step(match[1], re.findall(r"\[([^\]]*)\]", match[2])))
        position = match.end()
    if not steps:
        raise ValueError("the path is empty")
    return steps[0] if len(steps) == 1 else _chain(steps)


def _chain(steps: list[Select]) -> Select:
    head, rest = steps[0], steps[1:]

    def select(node: Any) -> Sequence[Any]:
        found = head(node)
        for step in rest:
            if not found:
                return found
            found = step(found[0]) if len(found) == 1 else [each for one in found for each in step(one)]
        return found

    return select


def _descendants(match: Select, rest: str, text: str) -> Select:
    tag = text[2:].partition("/")[0].partition("[")[0]
    further = compile_path(rest) if rest else None

    def select(node: Node) -> Sequence[Any]:
        found = [each for each in node.iter() if each.tag == tag and each in match(each.parent)]
        return [inner for each in found for inner in further(each)] if further else found

    return select


def _step(name: str, tests: list[str]) -> Select:
    select = _named(name)
    for test in tests:
        select = _numbered(select, int(test)) if test.isdecimal() else _tested(select, _test(test))
    return select


def _named(name: str) -> Select:
    if name == ".":
        return lambda node: (node,)
    if name == "..":
        return lambda node: (node.parent,) if node.parent is not None else ()
    if name == "*":
        return lambda node: node.children
    if name.startswith("@"):
        name = name[1:]
        return lambda node: (Attribute(node, name),) if node.attributes.get(name) else ()
    return lambda node: node.all(name)


def _numbered(select: Select, number: int) -> Select:
    return lambda node: select(node)[number - 1 : number]


def _tested(select: Select, test: Test) -> Select:
    return lambda node: [each for each in select(node) if test(each)]


def _test(text: str) -> Test:
    tests = [_one(part) for part in text.split(" or ")]
    return tests[0] if len(tests) == 1 else lambda node: any(test(node) for test in tests)


def _one(text: str) -> Test:
    if " and " in text:
        tests = [_one(part) for part in text.split(" and ")]
        return lambda node: all(test(node) for test in tests)
    match = TEST.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no test; write path='text', path or not path")
    test = _compared(match[2], match[3])
    return (lambda node: not test(node)) if match[1] else test


def _compared(path: str, value: str | None) -> Test:
    if path == "type":
        return lambda node: node.type == value
    if path == "template":
        return lambda node: any(each.attributes.get("root") == value for each in node.all("templateId"))
    if path.startswith("@") and value is not None:
        name = path[1:]
        return lambda node: node.attributes.get(name) == value
    select = compile_path(path)
    if value is None:
        return lambda node: bool(select(node))
    return lambda node: any(each.text() == value for each in select(node))
