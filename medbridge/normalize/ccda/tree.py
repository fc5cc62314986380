"""Looking into a CDA tree: what is absent, and what a null flavor says is absent, is None, "" or []."""

from __future__ import annotations

from medbridge.normalize.ccda.xml import NAMESPACES, TYPE, Element


def first(parent: Element | None, path: str) -> Element | None:
    """The first element at `path` that has a value."""
    return next(iter(every(parent, path)), None)


def every(parent: Element | None, path: str) -> list[Element]:
    return [each for each in anyhow(parent, path) if "nullFlavor" not in each.attrib]


def anyhow(parent: Element | None, path: str) -> list[Element]:
    """Null flavors included: they may carry an original text, or the reason of the absence."""
    return [] if parent is None else parent.findall(path, NAMESPACES)


def attribute(parent: Element | None, path: str, name: str) -> str:
    found = first(parent, path) if path != "." else parent
    return " ".join((found.get(name) or "").split()) if found is not None else ""


def words(element: Element | None) -> str:
    """All text inside, white space collapsed."""
    return " ".join("".join(str(part) for part in element.itertext()).split()) if element is not None else ""


def templates(element: Element) -> set[str]:
    return {each.get("root", "") for each in anyhow(element, "templateId")}


def related(statement: Element, template: str, kind: str = "*") -> list[Element]:
    """The statements that stand below this one through entryRelationship, of one template."""
    below = anyhow(statement, f"entryRelationship/{kind}")
    return [each for each in below if template in templates(each)]


def type_of(element: Element) -> str:
    """xsi:type, whatever prefix it has."""
    return (element.get(TYPE) or "").rpartition(":")[2].strip()


def local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def place(element: Element) -> str:
    """An XPath an engineer can follow: local names, with a position only where there are siblings of one name."""
    steps = []
    current: Element | None = element
    while current is not None:
        tag = str(current.tag)
        before = sum(1 for _ in current.itersiblings(tag, preceding=True))
        alone = not before and next(current.itersiblings(tag), None) is None
        steps.append(local(current) + ("" if alone else f"[{before + 1}]"))
        current = current.getparent()
    return "/" + "/".join(reversed(steps))


def negated(statement: Element) -> bool:
    return statement.get("negationInd") in ("true", "1")
