"""Who recorded a statement, and when: its own author, else the author of the act around it."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import people, times
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import every, first
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact


def author(statement: Element, act: Element | None = None) -> Element | None:
    return next((found for each in (statement, act) if (found := first(each, "author")) is not None), None)


def recorded(context: Context, statement: Element, act: Element | None = None) -> dict[str, Any]:
    """`recordedDate` and `recorder`, as far as they are known."""
    found = author(statement, act)
    who = people.practitioner(context, first(found, "assignedAuthor"))
    return compact({"recordedDate": times.moment(context, first(found, "time")), "recorder": who})


def entity_references(context: Context, statement: Element) -> list[dict[str, str]]:
    """Performers, or the authors where none is named."""
    found = people.performers(context, statement)
    if found:
        return found
    authors = every(statement, "author/assignedAuthor")
    return [who for each in authors if (who := people.practitioner(context, each))]
