"""Rows -> functions. A pack is checked whole when it is compiled: every fault is named, none waits for a message."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medbridge.fhir.structure import is_complex, resource_types
from medbridge.normalize.packs.conditions import Test, compile_condition
from medbridge.normalize.packs.making import Frame, Made, Place, Scope, Trace, fill, finish
from medbridge.normalize.packs.rows import PackError, Row
from medbridge.normalize.packs.source import Grammar, Select
from medbridge.normalize.packs.targets import RESOURCE, Target, parse_target

ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
KEY = re.compile(r"\$key(?:\[(\w+)\])?")
ROOT = re.compile(r"[^\[]*\[([A-Za-z.]+)(?:-[^\]]*)?\]")
NUMBERED = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)")  # a format whose nodes have a `name` and `fields` by number
Codes = Mapping[str, Mapping[str, Sequence[str]]]  # table -> code -> (code, display, system)
Step = Callable[[Any, Place], None]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a function is made for: the row's `codes` (the table itself) and `value`, the FHIR type that is wanted."""

    type: str
    value: str = ""
    codes: Mapping[str, Sequence[str]] | None = None
    table: str = ""
    row: str = ""


Convert = Callable[[Any, Place], Any]  # (node, place) -> a FHIR value, None for nothing
Factory = Callable[[Spec], Convert]


class Map:
    """The compiled rows of one map; called with a node and the place to write into."""

    __slots__ = ("name", "root", "steps")

    def __init__(self, name: str) -> None:
        match = ROOT.fullmatch(name)
        self.name = name
        self.root = match[1] if match else ""
        self.steps: list[tuple[str, int, Step]] = []

    def __call__(self, node: Any, place: Place) -> None:
        """Rows of a numbered field that the node does not hold are passed over: most fields are empty."""
        fields = getattr(node, "fields", ())
        name, count = (node.name, len(fields)) if fields else ("", 0)
        for holder, number, step in self.steps:
            if holder != name or not holder or (number < count and fields[number]):
                step(node, place)


class Pack:
    """Compiled rows. `version` is the SHA-256 of what the rows and code tables say, remarks aside."""

    def __init__(self, rows: Sequence[Row], codes: Codes, grammar: Grammar, functions: Mapping[str, Factory]) -> None:
        """Raises PackError naming every row that cannot be used."""
        self.rows = {row.id: row for row in rows}
        self._places = {id: number for number, id in enumerate(self.rows, 1)}
        self.codes = codes
        said = json.dumps([[row.said() for row in rows], codes], sort_keys=True, ensure_ascii=False)
        self.version = hashlib.sha256(said.encode()).hexdigest()
        self.maps = {name: Map(name) for name in dict.fromkeys(row.map for row in rows)}
        faults: list[str] = []
        for row in rows:
            try:
                step = _Compiler(row, self, grammar, functions).step()
                self.maps[row.map].steps.append((*_field(row), step))
            except _Fault as fault:
                faults.append(row.fault(fault.column, str(fault)))
        if faults:
            raise PackError(faults)

    def members(self, type: str, source: str) -> set[str]:
        """Names of the members of a resource that rows fill from this source, or from parts of it."""
        rows = [row for row in self.rows.values() if row.source.partition(".")[0] == source and row.target]
        names = {re.split(r"[.\[(]", row.target)[0] for row in rows if self.maps[row.map].root == type}
        return {name for name in names if not name.startswith("$")}

    def numbers(self, fired: Iterable[str]) -> str:
        """Rows by their place in this version of the pack, as ranges: "3-9, 12"."""
        wanted = sorted(self._places[id] for id in fired)
        runs: list[list[int]] = []
        for number in wanted:
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in runs)

    def run(self, name: str, node: Any, scope: Scope) -> list[dict[str, Any]]:
        """Resources of one message or document; `name` is the map to begin with."""
        self.maps[name](node, Place({}, Made(""), Frame(), scope))
        return finish(scope)


def _field(row: Row) -> tuple[str, int]:
    """The segment and number of a source such as PID-5.1; ("", 0) for a row that must be asked in any case."""
    match = NUMBERED.match(row.source)
    return (match[1], int(match[2])) if match and not row.null else ("", 0)


class _Fault(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


class _Compiler:
    def __init__(self, row: Row, pack: Pack, grammar: Grammar, functions: Mapping[str, Factory]) -> None:
        self.row, self.pack, self.grammar, self.functions = row, pack, grammar, functions
        self.root = pack.maps[row.map].root
        self.select: Select | None = self._checked("source", grammar.path, row.source) if row.source else None
        self.when: Test | None = self._checked("when", compile_condition, row.when, grammar) if row.when else None
        self.by_node = bool(self.when) and bool(re.search(r"(?:^|[\s({])\.", re.sub(r'"[^"]*"', '""', row.when)))

    def _checked(self, column: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (ValueError, re.error) as error:
            raise _Fault(column, str(error)) from None

    def step(self) -> Step:
        row = self.row
        if match := KEY.fullmatch(row.target):
            return self._guarded(self._key(match[1] or "", self._convert("string")))
        if row.target in MARKS:
            return self._guarded(MARKS[row.target])
        if not row.target or row.target == "$this":
            return self._guarded(self._here())
        around = row.target.startswith("^")
        if (match := RESOURCE.match(row.target, around)) and match[1] in resource_types():
            return self._guarded(self._slot(match, around))
        if not self.root:
            raise _Fault(
                "target", f"the map {row.map!r} has no FHIR type; a target there is a resource, such as Patient"
            )
        target: Target = self._checked("target", parse_target, row.target, self.root)
        return self._guarded(self._element(target, self._convert(target.type)))

    def _guarded(self, act: Callable[[Any, int, Place], bool]) -> Step:
        """Find the nodes, ask the condition, act on each; note what was used by which row."""
        select, when, by_node, row = self.select, self.when, self.by_node, self.row.id
        absent = self._absent() if self.row.null == "absent" else None

        def step(node: Any, place: Place) -> None:
            nodes = select(node) if select else (node,)
            if not nodes and absent:
                absent(place)
            if not nodes or (when and not by_node and not when(node, node, place.scope)):
                return
            for n, each in enumerate(nodes):
                if (not by_node or not when or when(node, each, place.scope)) and act(each, n, place):
                    place.scope.fired[row] = None
                    if select:
                        place.scope.used.append(each)

        return step

    def _absent(self) -> Callable[[Place], None]:
        """The element says why it is empty, where FHIR requires it."""
        target: Target = self._checked("target", parse_target, self.row.target, self.root)
        *inner, last = target.steps
        if not is_complex(target.type):
            last = replace(last, name="_" + last.name, key=last.key + "_", others=())

        def absent(place: Place) -> None:
            place.put((*inner, last), 0, {"extension": [dict(ABSENT)]})

        return absent

    def _convert(self, type: str) -> Convert | Map:
        row = self.row
        if row.use in self.pack.maps:
            return self.pack.maps[row.use]
        name = row.use or ("value" if row.value else type)
        factory = self.functions.get(name)
        if factory is None:
            raise _Fault("use", f"{name!r} is neither a map of this pack nor a function of this format")
        if row.codes and row.codes not in self.pack.codes:
            raise _Fault("codes", f"there is no code table {row.codes!r}")
        codes = self.pack.codes[row.codes] if row.codes else None
        convert: Convert = self._checked("value", factory, Spec(type, row.value, codes, row.codes, row.id))
        return convert

    def _key(self, label: str, convert: Convert) -> Callable[[Any, int, Place], bool]:
        def act(node: Any, n: int, place: Place) -> bool:
            if label not in place.made.key and (part := convert(node, place)):
                place.made.key[label] = part
                place.made.solid = place.made.solid or isinstance(part, str)
            return True

        return act

    def _here(self) -> Callable[[Any, int, Place], bool]:
        """No target: the map or function writes into the place that the row's own map writes into."""
        convert, row = self._convert(self.root or "Resource"), self.row.id
        opens = isinstance(convert, Map) and not convert.root and self.row.source not in ("", ".")

        def act(node: Any, n: int, place: Place) -> bool:
            if opens:  # a group of the message: names given inside it are its own
                place = Place(place.element, place.made, Frame(place.frame), place.scope)
            value = convert(node, place)
            if value:
                fill_here(place, value)
                if place.scope.trace is not None:
                    made, element = place.made, place.element
                    place.scope.trace += [Trace(made, element, name, value[name], row, node) for name in value]
            return True

        return act

    def _slot(self, match: re.Match[str], around: bool) -> Callable[[Any, int, Place], bool]:
        """A resource: begun, or filled further where a row of the group (`around`: or of one around it) began it."""
        type, name, row = match[1], match[0], self.row.id
        if match.end() != len(self.row.target):
            raise _Fault("target", f"{self.row.target[match.end() :]!r} was not expected after the resource")
        convert, links = self._convert(type), [self._link(text) for text in self.row.link.split(";") if text.strip()]
        if isinstance(convert, Map) and convert.root != type:
            raise _Fault("use", f"the map {convert.name!r} makes {convert.root or 'no resource'}, not {type}")

        def act(node: Any, n: int, place: Place) -> bool:
            made = place.frame.find(name) if around else place.frame.slots.get(name)
            if made is None and around:
                return False
            if made is None or (n and made.row == row):
                made = place.frame.slots[name] = Made(type, row, node)
                place.scope.made.append(made)
            inner = Place(made.resource, made, place.frame, place.scope)
            if value := convert(node, inner):
                fill_here(inner, value)
            for link in links:
                link(made, place)
            return True

        return act

    def _link(self, text: str) -> Callable[[Made, Place], None]:
        """`DiagnosticReport.result`: the resource of that name gets a reference to the one the row makes."""
        name, _, path = text.strip().partition(".")
        target: Target = self._checked("link", parse_target, path, name.partition("[")[0])
        if target.type != "Reference":
            raise _Fault("link", f"{text.strip()!r} is a {target.type}, not a Reference")

        def link(made: Made, place: Place) -> None:
            if (holder := place.frame.find(name)) is not None and made not in [t for _, t in holder.refers]:
                reference: dict[str, Any] = {}
                # One place per reference: each opens its own entry in a list.
                Place(holder.resource, holder, place.frame, place.scope).put(target.steps, 0, reference)
                holder.refer(reference, made)

        return link

    def _element(self, target: Target, convert: Convert | Map) -> Callable[[Any, int, Place], bool]:
        steps, solid, row = target.steps, self.select is not None, self.row.id
        refers, builds = steps[-1].refers, isinstance(convert, Map)
        if isinstance(convert, Map) and convert.root not in (target.type, "") and is_complex(target.type):
            raise _Fault("use", f"the map {convert.name!r} makes {convert.root}, not {target.type}")

        alone = len(steps) == 1 and not steps[0].many and not refers and not is_complex(target.type)
        only = steps[0].name if alone else ""

        def act(node: Any, n: int, place: Place) -> bool:
            if only and only in place.element:
                return False  # the first row that has a value wins
            if builds:
                made = Made(target.type) if refers else place.made
                element: dict[str, Any] = made.resource if refers else {}
                convert(node, Place(element, made, place.frame, place.scope))
                value: Any = (made if made.solid else None) if refers else element or None
            else:
                value = convert(node, place)
            if value is None:
                return False
            written = place.put(steps, n, value)
            if written is None:
                return False
            if solid:
                written[0].solid = place.made.solid = True
            if place.scope.trace is not None:
                place.scope.trace.append(Trace(*written, steps[-1].name, value, row, node))
            return True

        return act


def _each(node: Any, n: int, place: Place) -> bool:
    place.made.each = True
    return True


def _amend(node: Any, n: int, place: Place) -> bool:
    place.made.amends = True
    return True


MARKS = {"$each": _each, "$amend": _amend}


def fill_here(place: Place, value: dict[str, Any]) -> None:
    fill(place.element, value)
    place.made.solid = True
