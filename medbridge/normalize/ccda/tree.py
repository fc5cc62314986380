"""Looking into a CDA tree: what is absent, and what a null flavor says is absent, is None, "" or []."""

from __future__ import annotations

from collections.abc import Sequence

from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.paths import compile_path


def first(parent: Node | None, path: str) -> Node | None:
    """The first element at `path` that has a value."""
    return next((each for each in anyhow(parent, path) if "nullFlavor" not in each.attributes), None)


def every(parent: Node | None, path: str) -> list[Node]:
    return [each for each in anyhow(parent, path) if "nullFlavor" not in each.attributes]


def anyhow(parent: Node | None, path: str) -> Sequence[Node]:
    """Null flavors included: they may carry an original text, or the reason of the absence."""
    return () if parent is None else compile_path(path)(parent)


def attribute(parent: Node | None, path: str, name: str) -> str:
    found = parent if path == "." else first(parent, path)
    return " ".join(found.attributes.get(name, "").split()) if found is not None else ""


def words(element: Node | None) -> str:
    """All text inside, white space collapsed."""
    return element.words() if element is not None else ""


def templates(element: Node) -> set[str]:
    return {each.get("root") for each in element.all("templateId")}


def negated(statement: Node | None) -> bool:
    return statement is not None and statement.get("negationInd") in ("true", "1")
