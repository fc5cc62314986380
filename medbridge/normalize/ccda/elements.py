"""Reading the element tree of a CDA document without spelling out its namespaces."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

Node = etree._Element  # lxml names the class of its elements so
NAMESPACES = {"": "urn:hl7-org:v3", "sdtc": "urn:hl7-org:sdtc"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@lru_cache(maxsize=512)
def _qualified(path: str) -> str:
    """ "entry/sdtc:raceCode" with every step in its namespace."""
    steps = []
    for step in path.split("/"):
        prefix, _, name = step.rpartition(":")
        steps.append(step if step in ("*", ".") else f"{{{NAMESPACES[prefix]}}}{name}")
    return "/".join(steps)


def child(node: Node | None, path: str) -> Node | None:
    """The first element at `path`, None where there is none or no node to start from."""
    return None if node is None else node.find(_qualified(path))


def children(node: Node | None, path: str) -> list[Node]:
    return [] if node is None else node.findall(_qualified(path))


def attribute(node: Node | None, name: str, path: str = "") -> str:
    """An attribute of the node, or of the first element at `path`, without outer blanks; "" when absent."""
    found = child(node, path) if path else node
    return "" if found is None else (found.get(name) or "").strip()


def text(node: Node | None) -> str:
    """All text below the node in one line; "" when absent."""
    return "" if node is None else " ".join("".join(str(part) for part in node.itertext()).split())


def name(node: Node) -> str:
    """The local name: "observation"."""
    return etree.QName(node).localname


def value_type(node: Node) -> str:
    """xsi:type without its prefix; "" when it is not given."""
    return (node.get(XSI_TYPE) or "").rpartition(":")[2].strip()


def templates(node: Node) -> set[str]:
    """The template OIDs a statement claims, whatever their version."""
    return {attribute(each, "root") for each in children(node, "templateId")}


def stated(nodes: list[Node]) -> list[Node]:
    """Those without a null flavor, which says that the sender has no value."""
    return [node for node in nodes if not node.get("nullFlavor")]


def negated(node: Node) -> bool:
    return attribute(node, "negationInd") in ("true", "1")


def place(node: Node) -> str:
    """XPath of the node for a person to read: local names, a position where there is more than one."""
    steps: list[str] = []
    current: Node | None = node
    while current is not None:
        before = sum(1 for _ in current.itersiblings(str(current.tag), preceding=True))
        alone = not before and next(current.itersiblings(str(current.tag)), None) is None
        steps.append(name(current) + ("" if alone else f"[{before + 1}]"))
        current = current.getparent()
    return "/" + "/".join(reversed(steps))
