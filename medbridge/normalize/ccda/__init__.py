"""C-CDA and other CDA R2 documents, converted to FHIR R4."""

from medbridge.normalize.ccda.convert import convert

__all__ = ["convert"]
