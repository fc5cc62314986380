"""A search within a compartment, `Patient/alice/Observation` (FHIR R4 compartmentdefinition.html)."""

from medbridge.fhir.compartments import COMPARTMENTS, members
from medbridge.fhir.outcome import bad_request
from medbridge.fhir.parameters import stored, supported
from medbridge.fhir.query import Condition, Ids, Refers
from medbridge.fhir.spelling import IDENTIFIER
from medbridge.fhir.terms import key


def within(type: str, compartment: str, id: str) -> Condition:
    """Rows of the type in the compartment of that id. Raises FhirError 400 where there can be none.

    Of the type that the compartment is named for, only the one resource: a link does not make a Patient another's.
    """
    if compartment not in COMPARTMENTS:
        raise bad_request(f"R4 has no {compartment} compartment; it has those of {', '.join(COMPARTMENTS)}.")
    if not IDENTIFIER.fullmatch(id):
        raise bad_request(f"{id[:64]!r} is not an id (letters, digits, '-' and '.', at most 64).")
    if type == compartment:
        return Ids((id,))
    names = members(compartment).get(type, ())
    if not names:
        raise bad_request(
            f"{type} is in no {compartment} compartment (R4 compartmentdefinition-{compartment.lower()})."
        )
    row = key(compartment, id)
    own = dict.fromkeys(each.salt for name in names for each in stored(type, supported(type)[name]))
    return Refers(tuple(row ^ salt for salt in own))
