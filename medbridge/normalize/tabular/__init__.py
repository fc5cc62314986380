"""Tables in CSV, converted to FHIR R4."""

from medbridge.normalize.tabular.convert import convert

__all__ = ["convert"]
