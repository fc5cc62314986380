"""The invariants of R4 by type, as far as they are written out (R4 2.1.0.20: constraints of severity error)."""

from __future__ import annotations

from medbridge.fhir.invariants.rule import Rule

__all__ = ["Rule", "rules"]


def rules(name: str) -> tuple[Rule, ...]:
    """The rules of a type, inner type or resource type; none for most."""
    return ()
