"""Simple FHIRPath, read and followed to places in a resource, which a patch can then change (R4 fhirpatch.html).

Covered: element names (choices as `value`; inside contained resources and primitives' extensions too), `[n]`,
`first()`, `last()`, `where()`, `extension('url')`, `ofType(T)`, `as(T)`; inside where: `=`, `!=` of a path and a
literal; `exists()`, `empty()`, `and`, `or`. A FHIRPath engine computes values; it does not say where they stand.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from medbridge.fhir.patch_json import equal
from medbridge.fhir.structure import elements, is_complex, resource_types

# A path that is followed element by element; longer than this it is not one that somebody wrote.
LENGTH = 2000
DEPTH = 5

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_$][A-Za-z0-9_]*)|`(?P<quoted>[A-Za-z0-9_]+)`|'(?P<text>(?:[^'\\]|\\.)*)'"
    r"|(?P<number>-?\d+(?:\.\d+)?)|@(?P<date>[0-9T:.+Z-]+)|(?P<sign>!=|[.()\[\]=]))",
    re.DOTALL,
)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


class PathError(Exception):
    """A path that is not FHIRPath, or more of it than is covered; the text says which."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a resource: `owner[key]`, or `owner[key][index]` in a list. The root has no owner.

    `type`: "string", "HumanName", "Patient.contact" ... `companion` is the `_key` that holds a primitive's extensions.
    """

    owner: dict[str, Any]
    key: str
    index: int | None
    type: str
    parent: "Spot | None" = None

    @property
    def companion(self) -> str:
        return f"_{self.key}"

    @property
    def value(self) -> Any:
        return self.of(self.key)

    def of(self, key: str) -> Any:
        found = self.owner.get(key) if self.key else self.owner
        if self.index is None:
            return found
        return found[self.index] if isinstance(found, list) and self.index < len(found) else None

    @property
    def body(self) -> dict[str, Any]:
        """The object whose members are this place's elements: of a primitive, the one with its extensions."""
        found = self.value if not self.key or is_complex(self.type) else self.of(self.companion)
        return found if isinstance(found, dict) else {}


Step = Callable[[list[Spot]], list[Spot]]


@dataclass(frozen=True, slots=True)
class Path:
    """A path as read: what it starts with, its steps, and the name of the last step where that is a plain element.

    `test`: it ends in exists() (True) or empty() (False).
    """

    start: str
    steps: tuple[Step, ...]
    last: str | None = None
    test: bool | None = None

    def follow(self, root: Spot) -> list[Spot]:
        return _follow(self.steps, [root] if self.start in ("", root.type, "Resource", "DomainResource") else [])

    def owners(self, root: Spot) -> list[Spot]:
        """The places that hold the collection which the path names; for insert and move."""
        return Path(self.start, self.steps[:-1]).follow(root)


def root_of(resource: dict[str, Any]) -> Spot:
    return Spot(resource, "", None, str(resource.get("resourceType", "")))


def read_path(text: str) -> Path:
    """Raises PathError."""
    if len(text) > LENGTH:
        raise PathError(f"The path is longer than {LENGTH} characters.")
    reader = _Reader(list(_tokens(text)))
    path = reader.path()
    reader.end()
    if path.test is not None:
        raise PathError("exists() and empty() say yes or no; a path to change must end at an element.")
    return path


def element(type: str, name: str) -> tuple[str, str, bool] | None:
    """(JSON key or choice group, type of the value, many) of an element by its name in FHIRPath."""
    found = elements(type).get(name)
    if found:
        return name, found.type, found.many
    return (name, "", False) if any(each.choice == name for each in elements(type).values()) else None


def choices(type: str, group: str) -> list[str]:
    """The JSON keys of one choice: value -> valueQuantity, valueString ..."""
    return [key for key, each in elements(type).items() if each.choice == group]


def children(spot: Spot, name: str) -> Iterator[Spot]:
    """The elements of this name that are there, in order."""
    kind = kind_of(spot)
    body = spot.body
    keys = [name] if name in elements(kind) else choices(kind, name)
    for key in keys:
        spec = elements(kind)[key]
        if key not in body and f"_{key}" not in body:
            continue
        if not spec.many:
            yield Spot(body, key, None, spec.type, spot)
            continue
        listed = [each for each in (body.get(key), body.get(f"_{key}")) if isinstance(each, list)]
        for index in range(max((len(each) for each in listed), default=0)):
            yield Spot(body, key, index, spec.type, spot)


def kind_of(spot: Spot) -> str:
    """The type whose elements are found below; a contained resource says its own, a primitive has extensions."""
    if spot.type in ("Resource", "DomainResource") or not spot.key:
        kind = str(spot.body.get("resourceType", ""))
        return kind if kind in resource_types() else "Element"
    return spot.type if is_complex(spot.type) else "Element"


def _follow(steps: tuple[Step, ...], spots: list[Spot]) -> list[Spot]:
    for step in steps:
        spots = step(spots)
    return spots


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PathError(f"“{text[position : position + 20]}” at character {position} is not understood.")
        kind = str(match.lastgroup)
        yield ("word" if kind == "quoted" else kind), match[kind]
        position = match.end()


class _Reader:
    """Recursive descent over the tokens: paths, and the conditions inside where()."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.at = 0
        self.depth = 0

    def path(self) -> Path:
        kind, word = self._next()
        if kind != "word":
            raise PathError(f"A path starts with a name, not with “{word or 'nothing'}”.")
        start = word if word[0].isupper() else ""
        steps: list[Step] = []
        last: str | None = None
        if not start and word != "$this":
            self.at -= 1
            step, last = self._step()
            steps.append(step)
        while True:
            if self._take("sign", "["):
                steps.append(self._index())
                last = None
            elif self._take("sign", "."):
                if (test := self._test()) is not None:
                    return Path(start, tuple(steps), test=test)
                step, last = self._step()
                steps.append(step)
            else:
                return Path(start, tuple(steps), last)

    def end(self) -> None:
        if self.tokens[self.at][0] != "end":
            raise PathError(f"“{self.tokens[self.at][1]}” is more than the simple paths that are understood here.")

    def _next(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, kind: str, text: str) -> bool:
        if self.tokens[self.at] == (kind, text):
            self.at += 1
            return True
        return False

    def _want(self, text: str) -> None:
        if not self._take("sign", text):
            raise PathError(f"“{text}” is missing before “{self.tokens[self.at][1] or 'the end'}”.")

    def _index(self) -> Step:
        kind, number = self._next()
        if kind != "number" or not number.isdigit() or len(number) > 6:
            raise PathError(f"[{number}] is not an index; the first is [0].")
        self._want("]")
        return lambda spots: spots[int(number) : int(number) + 1]

    def _test(self) -> bool | None:
        for name, wanted in (("exists", True), ("empty", False)):
            if self.tokens[self.at : self.at + 3] == [("word", name), ("sign", "("), ("sign", ")")]:
                self.at += 3
                return wanted
        return None

    def _step(self) -> tuple[Step, str | None]:
        kind, word = self._next()
        if kind != "word":
            raise PathError(f"After a dot comes a name, not “{word}”.")
        if not self._take("sign", "("):
            return _named(word), word
        step = self._function(word)
        self._want(")")
        return step, None

    def _function(self, name: str) -> Step:
        if name == "first":
            return lambda spots: spots[:1]
        if name == "last":
            return lambda spots: spots[-1:]
        if name == "where":
            self.depth += 1
            if self.depth > DEPTH:
                raise PathError(f"where() inside where() is understood {DEPTH} deep.")
            condition = self._either()
            self.depth -= 1
            return lambda spots: [spot for spot in spots if condition(spot)]
        if name in ("ofType", "as"):
            wanted = self._next()[1]
            return lambda spots: [spot for spot in spots if wanted in (spot.type, kind_of(spot))]
        if name == "extension":
            url = self._literal()
            return lambda spots: [
                found for spot in spots for found in children(spot, "extension") if found.body.get("url") == url
            ]
        raise PathError(f"{name}() is not understood here; first, last, where, extension, ofType and as are.")

    def _either(self) -> Callable[[Spot], bool]:
        parts = [self._all()]
        while self._take("word", "or"):
            parts.append(self._all())
        return lambda spot: any(part(spot) for part in parts)

    def _all(self) -> Callable[[Spot], bool]:
        parts = [self._comparison()]
        while self._take("word", "and"):
            parts.append(self._comparison())
        return lambda spot: all(part(spot) for part in parts)

    def _comparison(self) -> Callable[[Spot], bool]:
        path = self.path()
        if path.test is not None:
            return lambda spot: bool(_follow(path.steps, [spot])) == path.test
        sign = self._next()[1]
        if sign not in ("=", "!="):
            raise PathError("Inside where() a path is compared by = or != with a literal, or ends in exists().")
        literal = self._literal()
        return lambda spot: any(equal(found.value, literal) == (sign == "=") for found in _follow(path.steps, [spot]))

    def _literal(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), text)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "date" or (kind == "word" and text in ("true", "false")):
            return text if kind == "date" else text == "true"
        raise PathError(f"“{text}” is no literal; write 'text', 12, true or @2024-01-31.")


def _named(name: str) -> Step:
    return lambda spots: [found for spot in spots for found in children(spot, name)]
