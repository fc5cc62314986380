"""The invariants of R4 by type (constraints of severity error, R4 2.1.0.20).

Structural ones live with the structure: ele-1 in elements, dom-2 to dom-5 and ref-1 in contained, txt-1 and txt-2 in
narrative. tests/unit/fhir/test_invariants.py compares all with HL7's list and names the five that cannot be judged.
"""

from __future__ import annotations

from medbridge.fhir.invariants.bundles import BUNDLES
from medbridge.fhir.invariants.clinical import CLINICAL
from medbridge.fhir.invariants.conformance import CONFORMANCE
from medbridge.fhir.invariants.datatypes import DATATYPES
from medbridge.fhir.invariants.definitions import DEFINITIONS
from medbridge.fhir.invariants.rule import Rule
from medbridge.fhir.invariants.testing import TESTING

__all__ = ["ALL", "Rule", "rules"]

ALL = DATATYPES | CLINICAL | CONFORMANCE | DEFINITIONS | TESTING | BUNDLES


def rules(name: str) -> tuple[Rule, ...]:
    """The rules of a type, inner type or resource type; none for most."""
    return ALL.get(name, ())
