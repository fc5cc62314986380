"""Rows of the consents in force. Every function joins the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from typing import Any

from medbridge.consent.models import ConsentNode
from medbridge.consent.rules import Node, nodes

_COLUMNS = tuple(field.name for field in fields(Node))
_LISTS = (
    "actors", "purposes", "classes", "instances", "labels", "labels_within", "codes", "links", "sources",
)  # fmt: skip


def store(consent: dict[str, Any], *, bindings: Sequence[tuple[str, str]], version: int) -> None:
    """Put this version's rules in place of those of any earlier one. `bindings`: the (Patient id, custodian) pairs.

    The caller holds the Consent's record locked, so that two versions cannot store side by side.
    """
    remove(consent["id"])
    rules = nodes(consent, bindings=bindings, version=version)
    rows = (ConsentNode(reader=reader, **asdict(node)) for node in rules for reader in _readers(node))
    ConsentNode.objects.bulk_create(rows, batch_size=1000)


def remove(consent_id: str) -> None:
    """Take a consent's rules out of force."""
    ConsentNode.objects.filter(consent=consent_id).delete()


def bound(pairs: Collection[tuple[str, str]]) -> list[Node]:
    """The rules in force over the data of these (Patient id, custodian) pairs, for rules.decide."""
    wanted = set(pairs)
    found = ConsentNode.objects.filter(patient__in={patient for patient, _ in wanted}).values("reader", *_COLUMNS)
    return [
        _node(values) for values in found if (values["patient"], values["custodian"]) in wanted and _is_first(values)
    ]


def _readers(node: Node) -> list[str | None]:
    """Whom it speaks of: "" is everybody, None nobody."""
    if node.never:
        return [None]
    return [""] if node.actors is None else list(dict.fromkeys(node.actors)) or [None]


def _is_first(values: dict[str, Any]) -> bool:
    """Of the rows of one node."""
    reader, actors = values.pop("reader"), values["actors"]
    return not reader or reader == actors[0]


def _node(values: dict[str, Any]) -> Node:
    lists = {name: None if values[name] is None else tuple(values[name]) for name in _LISTS}
    return Node(**{**values, **lists})
