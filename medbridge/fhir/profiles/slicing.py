"""Slices of an element: whose items are whose, how many of each, what may stand beside them, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medbridge.fhir.profiles.discriminators import Test, Why, reasons, slice_test
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.scope import Item, Scope
from medbridge.fhir.profiles.table import Node, Slicing

SlicesCheck = Callable[[Sequence[Item], str, Scope], None]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice, compiled. low, high: how many items it wants; high None: no limit. again: its own slices.

    why: tells what keeps an item of the right type out of the slice.
    """

    name: str
    test: Test
    low: int
    high: int | None
    check: ItemCheck
    again: SlicesCheck | None
    why: Why | None


def slices_check(node: Node, type: str | None, origin: Origin, item_check: Callable[..., ItemCheck]) -> SlicesCheck:
    """The check of all items of a sliced element; `item_check` makes the check of one slice's items."""
    slicing = node["slicing"]
    slices: list[Slice] = []
    for name, slice in node.get("slices", {}).items():
        if test := slice_test(name, slice, slicing, origin):
            again = slices_check(slice, type, origin, item_check) if "slicing" in slice else None
            one, why = item_check(slice, type, origin), reasons(slice, slicing, origin.package)
            slices.append(Slice(name, test, slice.get("min", 0), slice.get("max"), one, again, why))
    whole = len(slices) == len(node.get("slices", {}))

    def check(items: Sequence[Item], place: str, scope: Scope) -> None:
        owners = [_owner(item, slices, scope) for item in items]
        for item, owner in zip(items, owners, strict=True):
            if isinstance(owner, Slice):
                owner.check(item, scope)
        unknown = owners.count(None)
        for slice in slices:
            if slice.again is not None:
                own = [item for item, owner in zip(items, owners, strict=True) if owner is slice]
                slice.again(own, place, scope)
            _count(slice, owners.count(slice), unknown, place, scope, origin)
            if slice.why is not None and owners.count(slice) < slice.low:
                for item, owner in zip(items, owners, strict=True):
                    if owner is False:
                        slice.why(item, scope)
        if whole and not unknown:
            _arrange(items, owners, slicing, slices, scope, origin)

    return check


def _owner(item: Item, slices: Sequence[Slice], scope: Scope) -> Slice | bool | None:
    """The slice of an item; False when it is of none, None when that cannot be told."""
    unknown = False
    for slice in slices:
        answer = slice.test(item, scope)
        if answer:
            return slice
        unknown |= answer is None
    return None if unknown else False


def _count(slice: Slice, count: int, unknown: int, place: str, scope: Scope, origin: Origin) -> None:
    if count < slice.low:
        if count + unknown >= slice.low:
            scope.skip("slices told by references that lead outside what was sent", place)
            return
        text = f"needs at least {slice.low} {slice.name}, there is {count or 'none'} ({origin.name})."
        scope.error("required", text, place)
    if slice.high is not None and count > slice.high:
        text = f"allows no {slice.name} here" if slice.high == 0 else f"allows at most {slice.high} {slice.name}"
        scope.error("structure", f"{text}, there are {count} ({origin.name}).", place)


def _arrange(
    items: Sequence[Item], owners: Sequence[Slice | bool | None], slicing: Slicing, slices: Sequence[Slice],
    scope: Scope, origin: Origin,
) -> None:  # fmt: skip
    names = ", ".join(slice.name for slice in slices)
    positions = [slices.index(owner) if isinstance(owner, Slice) else None for owner in owners]
    for at, (item, position) in enumerate(zip(items, positions, strict=True)):
        if position is None and slicing["rules"] == "closed":
            scope.error("structure", f"is none of {names}, and nothing else is allowed ({origin.name}).", item.place)
        elif position is None and slicing["rules"] == "openAtEnd" and any(p is not None for p in positions[at + 1 :]):
            scope.error("structure", f"must stand after {names} ({origin.name}).", item.place)
    ordered = [position for position in positions if position is not None]
    if slicing.get("ordered") and ordered != sorted(ordered):
        scope.error("structure", f"must come in this order: {names} ({origin.name}).", items[0].place)
