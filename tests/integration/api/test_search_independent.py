"""Hundreds of random searches over real records find what another reading of R4 says that they find."""

import gzip
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from medbridge.fhir.parse import parse
from medbridge.fhir.search import parse_query
from medbridge.records import search
from medbridge.records.search_order import After
from medbridge.records.statement import EVERYONE
from medbridge.records.store import Change, write
from tests.integration.api.independent import COMPOSITES, PREFIXES, TYPES, finds, finds_pair, many, sort_value, tokens
from tests.unit.fhir.test_search_real_records import SYNTHEA, spelled

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SYNTHEA.is_dir(), reason=f"NOT RUN: no real records at {SYNTHEA}"),
]
PEOPLE, EACH, QUERIES = 3, 60, 300
Json = dict[str, Any]
Asked = list[tuple[str, str]]


@pytest.fixture
def everyone() -> dict[str, Json]:
    """Some of what three people have, with references as they are once stored."""
    found: dict[str, Json] = {}
    for path in sorted(SYNTHEA.glob("*.json.gz"))[:PEOPLE]:
        entries = parse(gzip.decompress(path.read_bytes()))["entry"]
        names = {
            entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries
        }
        counts = dict.fromkeys(TYPES, 0)
        for entry in entries:
            resource = _resolved(entry["resource"], names)
            type = resource["resourceType"]
            if counts.get(type, EACH) < EACH:
                counts[type] += 1
                found[f"{type}/{resource['id']}"] = resource
    changes = [Change(r["resourceType"], r["id"], "PUT", r, "north", None) for r in found.values()]
    write(changes, at=timezone.now(), author="x", message=None)
    return found


def _resolved(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: names.get(value, value) if key == "reference" else _resolved(value, names)
                for key, value in node.items()}  # fmt: skip
    return [_resolved(each, names) for each in node] if isinstance(node, list) else node


class Curious:
    """Asks for what is there, and for what is near it."""

    def __init__(self, everyone: dict[str, Json], seed: int) -> None:
        self.everyone, self.rng = everyone, random.Random(seed)
        self.of: dict[str, list[Json]] = {}
        for resource in everyone.values():
            self.of.setdefault(resource["resourceType"], []).append(resource)

    def query(self) -> tuple[str, Asked]:
        type = self.rng.choice(sorted(self.of))
        return type, [self.one(type, 2) for _ in range(self.rng.choice((1, 1, 2, 3)))]

    def one(self, type: str, depth: int) -> tuple[str, str]:
        """depth: hops that may still be made."""
        way = self.rng.random()
        if depth and way < 0.12:
            to = [(other, each) for other in sorted(self.of) for each, target in self._hops(other) if target == type]
            if to:
                other, each = self.rng.choice(to)
                name, text = self.one(other, depth - 1)
                return f"_has:{other}:{each}:{name}", text
        if depth and way < 0.3 and self._hops(type):
            each, target = self.rng.choice(self._hops(type))
            name, text = self.one(target, depth - 1)
            return f"{each}:{target}.{name}", text
        return self.plain(type)

    def _hops(self, type: str) -> list[tuple[str, str]]:
        """Parameters that refer, and to what."""
        found = {
            (name, value["reference"].partition("/")[0])
            for name, parameter in TYPES[type].items() if parameter.kind == "reference"
            for resource in self.of[type] for value in parameter.values(resource)
        }  # fmt: skip
        return sorted((name, target) for name, target in found if target in self.of)

    def plain(self, type: str) -> tuple[str, str]:
        name = self.rng.choice(sorted(TYPES[type]))
        parameter = TYPES[type][name]
        values = [value for each in self.of[type] for value in parameter.values(each)]
        if not values or self.rng.random() < 0.08:
            return f"{name}:missing", self.rng.choice(("true", "false"))
        picked = self.rng.sample(values, min(len(values), self.rng.choice((1, 1, 2))))
        if parameter.kind == "string":
            return self._string(name, picked)
        texts = [text for value in picked for text in self.texts(parameter.kind, value)]
        modifier = ":not" if parameter.kind == "token" and self.rng.random() < 0.25 else ""
        return name + modifier, ",".join(texts)

    def _string(self, name: str, picked: list[str]) -> tuple[str, str]:
        modifier = self.rng.choice(("", "", ":exact", ":contains"))
        cut = {"": lambda text: text[:3].upper(), ":exact": lambda text: text, ":contains": lambda text: text[1:4]}
        return name + modifier, ",".join(spelled(cut[modifier](text)) for text in picked)

    def texts(self, kind: str, value: Any) -> Iterator[str]:
        if kind == "token":
            system, code = self.rng.choice(list(tokens(value)))
            ways = [code, f"|{code}"] if system == "" else [code, f"{system}|{code}", f"{system}|"]
            yield spelled_token(code if system == "*" else self.rng.choice(ways))
        elif kind == "reference":
            yield self.rng.choice((value["reference"], value["reference"].rpartition("/")[2]))
        elif kind == "date":
            yield self._prefix() + self._date(value)
        else:
            yield self._prefix() + self._quantity(value)

    def filter(self, type: str, depth: int) -> tuple[str, Callable[[Json], bool]]:
        """The text of a _filter, and what it means."""
        way = self.rng.random() if depth else 1
        if way < 0.2:
            text, inner = self.filter(type, depth - 1)
            return f"not ({text})", lambda each: not inner(each)
        if way < 0.6:
            (left, one), (right, other) = self.filter(type, depth - 1), self.filter(type, depth - 1)
            if way < 0.4:
                return f"({left}) and ({right})", lambda each: one(each) and other(each)
            return f"({left}) or ({right})", lambda each: one(each) or other(each)
        name = self.rng.choice(sorted(name for name, each in TYPES[type].items() if each.kind in ("token", "date")))
        values = [value for each in self.of[type] for value in TYPES[type][name].values(each)]
        if not values:
            return f"{name} pr false", lambda each: finds(each, f"{name}:missing", "true", self.everyone)
        if TYPES[type][name].kind == "token":
            (system, code), way_of = self.rng.choice(list(tokens(self.rng.choice(values)))), self.rng.random()
            asked = f"{system}|{code}" if system not in ("", "*") and way_of < 0.5 else code
            return f'{name} eq "{asked}"', lambda each: finds(each, name, asked, self.everyone)
        operator, date = (
            self.rng.choice(("eq", "gt", "lt", "ge", "le", "sa", "eb")),
            self._date(self.rng.choice(values)),
        )
        return f"{name} {operator} {date}", lambda each: finds(each, name, operator + date, self.everyone)

    def _prefix(self) -> str:
        return self.rng.choice(("", *PREFIXES))

    def _date(self, value: Any) -> str:
        text = value if isinstance(value, str) else self.rng.choice([*many(value, "start"), *many(value, "end")])
        return str(text if len(text) < 11 else self.rng.choice((text, text[:4], text[:7], text[:10])))

    def _quantity(self, value: Json) -> str:
        number = Decimal(str(value["value"]))
        places = self.rng.choice((0, 1, 2))
        text = format(round(number, places), "f")
        code = value.get("code", "")
        # 45 {score} is more than 41 % to UCUM, which both are numbers to: true, and of no use here.
        plain = code and "{" not in code and "%" not in code and code != "1"
        units = ["", f"|{value.get('system', '')}|{code}", f"||{code}"] if plain else [""]
        return text + self.rng.choice(units)


def spelled_token(text: str) -> str:
    system, bar, code = text.rpartition("|")
    return f"{spelled(system)}{bar}{spelled(code)}"


def unspelled(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


@pytest.mark.parametrize("seed", range(4))
def test_random_searches_find_what_they_ask_for(everyone: dict[str, Json], seed: int) -> None:
    curious = Curious(everyone, seed)
    for _ in range(QUERIES // 4):
        type, asked = curious.query()
        query = parse_query(type, asked, strict=True)
        found = {hit.id for hit in search.page(query, visible=EVERYONE, limit=10_000)}
        meant = {
            resource["id"]
            for resource in curious.of[type]
            if all(finds(resource, name, unspelled(text), everyone) for name, text in asked)
        }
        assert found == meant, (type, asked)


def ids(type: str, name: str, text: str) -> set[str]:
    query = parse_query(type, [(name, text)], strict=True)
    return {hit.id for hit in search.page(query, visible=EVERYONE, limit=10_000)}


def test_random_composites_hold_of_one_place(everyone: dict[str, Json]) -> None:
    curious, matched = Curious(everyone, 8), 0
    for _ in range(60):
        name = curious.rng.choice(sorted(COMPOSITES))
        root, *halves = COMPOSITES[name]
        places = [place for each in curious.of["Observation"] for place in (many(each, root) if root else [each])]
        # Of one place, or of two: then mostly nothing has both.
        ways = [curious.rng.choice([place for place in places if many(place, path)]) for path, _ in halves]
        ways = [curious.rng.choice([place for place in places if all(many(place, path) for path, _ in halves)])] * 2 \
            if curious.rng.random() < 0.7 else ways  # fmt: skip
        texts = [
            next(iter(curious.texts(kind, many(way, path)[0]))) for way, (path, kind) in zip(ways, halves, strict=True)
        ]
        text = "$".join(texts)
        meant = {each["id"] for each in curious.of["Observation"] if finds_pair(each, name, unspelled(text))}
        assert ids("Observation", name, text) == meant, (name, text)
        matched += bool(meant)
    assert matched > 20


def test_random_filters_are_read_as_logic(everyone: dict[str, Json]) -> None:
    curious = Curious(everyone, 9)
    for _ in range(60):
        type = curious.rng.choice(sorted(curious.of))
        text, meaning = curious.filter(type, 2)
        meant = {each["id"] for each in curious.of[type] if meaning(each)}
        assert ids(type, "_filter", text) == meant, (type, text)


SORTS = 24
PAGE = 7


def test_random_orders_are_kept_from_page_to_page(everyone: dict[str, Json]) -> None:
    curious = Curious(everyone, 7)
    for _ in range(SORTS):
        type = curious.rng.choice(sorted(curious.of))
        names = sorted(name for name, each in TYPES[type].items() if each.kind in ("date", "string"))
        keys = [(name, curious.rng.random() < 0.5) for name in curious.rng.sample(names, min(len(names), 2))]
        spelled_keys = ",".join("-" * descending + name for name, descending in keys)
        found = [everyone[f"{type}/{hit.id}"] for hit in walked(type, spelled_keys)]
        assert sorted(each["id"] for each in found) == sorted(each["id"] for each in curious.of[type]), spelled_keys
        places = [place(each, keys) for each in found]
        assert places == in_order(places, keys), (type, spelled_keys)


def walked(type: str, sort: str) -> Iterator[search.Hit]:
    query, after = parse_query(type, [("_sort", sort)], strict=True), None
    since = timezone.now()
    while hits := search.page(query, visible=EVERYONE, limit=PAGE, after=after):
        yield from hits
        after = After(hits[-1].values, hits[-1].pk, since)


def place(resource: Json, keys: list[tuple[str, bool]]) -> tuple[Any, ...]:
    return tuple(sort_value(resource, name, descending=descending) for name, descending in keys)


def in_order(places: list[tuple[Any, ...]], keys: list[tuple[str, bool]]) -> list[tuple[Any, ...]]:
    """Sorted by the last key first: sorting is stable."""
    for at, (_, descending) in reversed(list(enumerate(keys))):
        with_value = sorted((each for each in places if each[at] is not None), key=lambda each: each[at],
                            reverse=descending)  # fmt: skip
        places = [*with_value, *(each for each in places if each[at] is None)]
    return places
