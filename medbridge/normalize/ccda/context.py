"""What the mapping of one document needs at hand, and the list of what went wrong in it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lxml import etree

from medbridge.normalize.ccda.elements import Node, attribute, child, children, place, stated, text
from medbridge.normalize.conversion import Problem, Source
from medbridge.normalize.hl7v2 import times
from medbridge.normalize.hl7v2.context import compact, configured_zone
from medbridge.normalize.identity import resource_id

# Read by a person; past this many the sender has another problem than single entries. Each costs an XPath.
MAX_PROBLEMS = 1000


class EntryError(Exception):
    """A clinical statement that cannot become a resource; the others can."""

    def __init__(self, node: Node, reason: str) -> None:
        super().__init__(reason)
        self.node, self.reason = node, reason


class Context:
    """One document on its way to resources. Builders read the document through it and report to it."""

    def __init__(self, root: Node, source: Source) -> None:
        self.root = root
        self.hospital = source.hospital
        self.zone = configured_zone(source)
        self.subject = ""  # "Patient/<id>", known once the header is read
        self.resources: dict[str, dict[str, Any]] = {}  # by reference, in document order
        self.places: dict[str, Node] = {}
        self.problems: list[Problem] = []
        self.anchors = {str(each.get("ID")): each for each in root.iter() if each.get("ID")}

    def problem(self, node: Node, reason: str, stage: str = "convert") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(stage, place(node), reason))

    def add(self, resource: dict[str, Any], node: Node) -> str:
        """Takes a resource and returns the reference to it.

        Templates copied with their ids are common: another content under an id already taken gets an id of its own.
        """
        reference = f"{resource['resourceType']}/{resource['id']}"
        known = self.resources.get(reference)
        if known is not None and known != resource:
            resource = {**resource, "id": self.digest_id(resource["resourceType"], node)}
            reference = f"{resource['resourceType']}/{resource['id']}"
            if reference not in self.resources:
                self.problem(node, "its id is also that of another entry; both are kept")
        self.resources.setdefault(reference, resource)
        self.places.setdefault(reference, node)
        return reference

    def entry_id(self, resource_type: str, node: Node) -> str:
        """Id of a clinical statement, from its first CDA id, else from its content.

        The patient is part of it: senders copy the ids of a template into the documents of many patients, and one
        patient's entry must never replace another's.
        """
        for each in stated(children(node, "id")):
            if root := attribute(each, "root"):
                return resource_id(self.hospital, resource_type, self.subject, root, attribute(each, "extension"))
        return self.digest_id(resource_type, node)

    def digest_id(self, resource_type: str, node: Node) -> str:
        digest = hashlib.sha256(etree.tostring(node, method="c14n", with_tail=False)).hexdigest()
        return resource_id(self.hospital, resource_type, self.subject, digest)

    def local_system(self, field: str) -> str:
        """A URI for what only this hospital defines; the FHIR uri type allows no spaces."""
        return f"urn:medbridge:{quote(self.hospital, safe='')}:{quote(field, safe='')}"

    def narrative(self, node: Node | None) -> str:
        """Text of a `text` or `originalText`: its own, else that of the narrative it refers to; "" when neither."""
        if node is None:
            return ""
        reference = attribute(node, "value", "reference").removeprefix("#")
        if own := text(node):
            return own
        return text(self.anchors.get(reference))

    def moment(self, node: Node | None) -> str:
        """TS -> FHIR dateTime; a time whose offset nobody knows keeps its date only. What is no time is reported."""
        value = attribute(node, "value")
        if node is None or not value:
            return ""
        try:
            return times.date_time(value, self.zone)
        except times.Ambiguous:
            self.problem(node, f"{value[:30]} is not one moment in {self.zone}: the clocks change; the date is kept")
            return times.day(value)
        except ValueError:
            self.problem(node, f"{value[:30]!r} is not a time that CDA allows; left out")
            return ""

    def period(self, node: Node | None) -> dict[str, str]:
        """IVL_TS with low or high -> Period; {} for a single time."""
        low, high = self.moment(child(node, "low")), self.moment(child(node, "high"))
        if node is not None and low and high and _later(low, high):
            self.problem(node, "the interval ends before it starts; the end is left out")
            high = ""
        return compact({"start": low, "end": high})

    def when(self, node: Node | None) -> str:
        """The one time of a statement: TS value, else the low of an interval, its center or its high."""
        found = (self.moment(each) for each in (node, *(child(node, part) for part in ("low", "center", "high"))))
        return next((each for each in found if each), "")

    def timing(self, prefix: str, node: Node | None) -> dict[str, Any]:
        """`effectiveDateTime` or `effectivePeriod` (with `prefix` "effective") of an effectiveTime."""
        if moment := self.moment(node):
            return {f"{prefix}DateTime": moment}
        period = self.period(node)
        if period:
            return {f"{prefix}Period": period}
        moment = self.when(node)
        return {f"{prefix}DateTime": moment} if moment else {}


def _later(first: str, second: str) -> bool:
    if "T" in first and "T" in second:
        return datetime.fromisoformat(first) > datetime.fromisoformat(second)
    shared = min(len(first), len(second), 10)
    return first[:shared] > second[:shared]
