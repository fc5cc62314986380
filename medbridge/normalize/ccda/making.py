"""Runs the pack: a map of rows over one element makes one resource, which the document keeps."""

from __future__ import annotations

from medbridge.normalize.ccda.document import Document, EntryError, Resource
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.packs import Frame, Made, Place, Scope
from medbridge.normalize.packs.making import finish


def make(document: Document, name: str, node: Node) -> str:
    """The reference to what the map makes of the element, "" when that would not be valid FHIR (which is reported).

    Raises EntryError when the element holds nothing that the map could use.
    """
    chart = document.pack.maps[name]
    scope, made = Scope(document.source, context=document, trace=document.trace), Made(chart.root)
    scope.made.append(made)
    chart(node, Place(made.resource, made, Frame(), scope))
    if not made.solid:
        raise EntryError(f"holds nothing that makes a {chart.root}")
    document.account(scope)
    references = [document.keep(_without_bare(resource), node) for resource in finish(scope)]
    return references[0]


def _without_bare(resource: Resource) -> Resource:
    """An extension is a constant url and a value; where the value came to nothing the url goes, too."""
    if extensions := resource.get("extension"):
        resource["extension"] = [each for each in extensions if len(each) > 1]
        if not resource["extension"]:
            del resource["extension"]
    return resource
