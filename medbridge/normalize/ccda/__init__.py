"""C-CDA and other CDA R2 documents, converted to FHIR R4."""

from medbridge.normalize.ccda.convert import convert
from medbridge.normalize.ccda.explain import explain
from medbridge.normalize.ccda.pack import pack_of, standard_pack

__all__ = ["convert", "explain", "pack_of", "standard_pack"]
