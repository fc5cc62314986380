"""From a SearchParameter resource (FHIR R4 searchparameter.html) to a definition that can be used here."""

import re
from typing import Any

from medbridge.fhir.custom import Custom, Definition
from medbridge.fhir.custom_expression import EXPRESSION_LIMIT
from medbridge.fhir.custom_paths import READABLE
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parameters import supported
from medbridge.fhir.structure import resource_types

# What a URL can hold without escapes; `:` and `.` have a meaning behind a name, `_` before it.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_WHY_NOT = {
    "composite": "a custom composite is not supported; search by both parameters it consists of",
    "special": "a special parameter has a meaning that no expression tells",
}


def read_definition(resource: dict[str, Any]) -> Definition:
    """The definition, compiled once to see that it can be.

    resource: a valid SearchParameter. Raises FhirError 422, which names the element and says what to do.
    """
    problems = [*_unusable(resource)]
    if problems:
        raise FhirError(422, problems)
    definition = Definition(
        resource["url"], resource["code"], resource["type"], tuple(dict.fromkeys(resource["base"])),
        resource["expression"], tuple(sorted({*resource.get("target", ())})),
    )  # fmt: skip
    Custom([definition])
    return definition


def _unusable(resource: dict[str, Any]) -> list[Issue]:
    kind, code, bases = resource["type"], resource["code"], resource["base"]
    found = []
    if kind not in READABLE:
        found.append(_issue("type", _WHY_NOT.get(kind, f"the type {kind} is not supported")))
    if not _CODE.fullmatch(code):
        found.append(_issue("code", f"“{code[:80]}” must be a letter, then up to 63 letters, digits and hyphens"))
    if not (expression := resource.get("expression")):
        found.append(_issue("expression", "an active parameter needs a FHIRPath expression"))
    elif len(expression) > EXPRESSION_LIMIT:
        said = f"the expression has {len(expression)} characters; {EXPRESSION_LIMIT} are allowed"
        found.append(_issue("expression", said))
    if abstract := [base for base in bases if base not in resource_types()]:
        found.append(_issue("base", f"{', '.join(abstract)}: name the resource types, each has an index of its own"))
    if hidden := [base for base in bases if code in supported(base)]:
        found.append(_issue("code", f"R4 defines “{code}” of {', '.join(hidden[:5])}; choose another code"))
    return found


def _issue(element: str, why: str) -> Issue:
    text = f"This definition cannot be used: {why}. Or store it with another status than active."
    return Issue("business-rule", text, f"SearchParameter.{element}")
