"""A source format of one page: nodes are dicts and lists, paths are keys joined by "/"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medbridge.normalize.conversion import Source
from medbridge.normalize.packs import SHARED, Layer, Pack, Scope, compile_pack
from medbridge.normalize.packs.rows import read_csv


@dataclass(frozen=True)
class Toy:
    value: Any
    place: str = ""
    span: tuple[int, int] = (0, 0)

    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""


class ToyGrammar:
    def path(self, text: str) -> Any:
        if " " in text:
            raise ValueError(f"{text!r} is no path")
        names = [name for name in text.strip(".").split("/") if name]

        def select(node: Toy) -> list[Toy]:
            nodes = [node]
            for name in names:
                found = [
                    (each.value.get(name), f"{each.place}/{name}") for each in nodes if isinstance(each.value, dict)
                ]
                nodes = [
                    Toy(v, place) for held, place in found for v in (held if isinstance(held, list) else [held]) if v
                ]
            return nodes

        return select


HEADER = "id,map,when,source,target,use,codes,value,null,link,note\n"


def layer(*lines: str, name: str = "base", **codes: dict[str, tuple[str, ...]]) -> Layer:
    return Layer(name, read_csv(HEADER + "\n".join(lines), f"{name}/rows.csv"), codes)


def pack(*layers: Layer) -> Pack:
    return compile_pack(layers, ToyGrammar(), SHARED)


def run(made: Pack, message: dict[str, Any], **names: str) -> tuple[list[dict[str, Any]], Scope]:
    scope = Scope(Source("north"), names=names, trace=[])
    return made.run("message", Toy(message), scope), scope
