"""Which function of the extract modules reads which element for which parameter."""

from typing import NamedTuple

from medbridge.fhir.extract_references import PERSON, PERSONS, SUBJECT, WHOSE
from medbridge.fhir.parameters import WHOSE as SUBJECTS
from medbridge.fhir.parameters import Parameter, clinical_date, compartment, date_column, stored, supported
from medbridge.fhir.terms import salt

# Parameters whose Chinese values can also be searched in Latin letters.
SPOKEN = frozenset(("name", "family", "given"))
_DATES = {"Period": "period", "Timing": "timing"}
_QUANTITIES = {"Range": "span", "SampledData": "sampled", "Money": "money"}


class Call(NamedTuple):
    """A line of the source: `function(element, found, *arguments)`."""

    function: str
    arguments: tuple[int | str, ...]


def call(type: str, parameter: Parameter, leaf: str) -> Call | None:
    """How the element of FHIR type `leaf` at one of the paths is read; None when its being there is all that counts."""
    match parameter.kind:
        case "token":
            return _token(type, parameter, leaf)
        case "reference":
            return _reference(type, parameter, leaf)
        case "string":
            return _string(type, parameter, leaf)
        case "date":
            return _date(type, parameter, leaf)
        case "uri":
            function = "canonical" if leaf == "canonical" else "uri"
            return Call(function, (parameter.salt, salt(type, f"{parameter.name}:below")))
        case "number":
            return Call("span" if leaf == "Range" else "number", (parameter.salt,))
        case "quantity":
            return Call(_QUANTITIES.get(leaf, "quantity"), (parameter.salt,))
        case "special":
            return Call("place", ())
        case "composite":
            raise ValueError(f"{type}-{parameter.name}: a composite has no paths of its own")


def _token(type: str, parameter: Parameter, leaf: str) -> Call | None:
    own, texts = parameter.salt, salt(type, f"{parameter.name}:text")
    paired = "paired_" if parameter.name == "code" and not parameter.marker else ""
    if parameter.name == "_id" or leaf == "deceased":
        return None
    if leaf == "Identifier":
        return Call("identifier", (own, salt(type, f"{parameter.name}:of-type"), texts))
    if leaf in ("Coding", "CodeableConcept"):
        return Call(paired + ("coding" if leaf == "Coding" else "concept"), (own, texts))
    return Call({"ContactPoint": "contact", "boolean": "boolean"}.get(leaf, "code"), (own,))


def _reference(type: str, parameter: Parameter, leaf: str) -> Call:
    if leaf.startswith("Reference"):
        whose = {other.name for name in compartment(type) for other in _stored(type, name)}
        subjects = {other.name for name in SUBJECTS for other in _stored(type, name)}
        flags = WHOSE * (parameter.name in whose) | SUBJECT * (parameter.name in subjects)
        flags |= PERSON if not parameter.targets or PERSONS & {*parameter.targets} else 0
        texts = (salt(type, f"{parameter.name}:{part}") for part in ("identifier", "text"))
        return Call("refer", (parameter.salt, *texts, flags))
    if leaf in ("canonical", "uri"):
        return Call("link", (parameter.salt,))
    return Call("inside", (parameter.salt, leaf))


def _stored(type: str, name: str) -> tuple[Parameter, ...]:
    known = supported(type).get(name)
    return stored(type, known) if known else ()


def _string(type: str, parameter: Parameter, leaf: str) -> Call:
    if parameter.name == "phonetic":
        return Call("human_sound" if leaf == "HumanName" else "sound", (parameter.salt,))
    plain = "spoken" if parameter.name in SPOKEN else "string"
    function = {"HumanName": "human_name", "Address": "address"}.get(leaf, plain)
    return Call(function, (parameter.salt, salt(type, f"{parameter.name}:exact")))


def _date(type: str, parameter: Parameter, leaf: str) -> Call | None:
    if parameter.name == "_lastUpdated":
        return None
    sources = clinical_date(type)
    rank = sources.index(parameter.name) if parameter.name in sources else -1
    return Call(_DATES.get(leaf, "date"), (parameter.salt, rank, int(date_column(type, parameter.name))))
