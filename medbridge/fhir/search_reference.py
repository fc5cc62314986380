"""Reference parameters (FHIR R4 search.html#reference): ids, Type/id, URLs, `:identifier`."""

from functools import cache

from medbridge.fhir.extract_references import PERSONS
from medbridge.fhir.parameters import Parameter, stored
from medbridge.fhir.query import Condition, Displays, Refers, Terms
from medbridge.fhir.references import classify
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_text import either
from medbridge.fhir.spelling import IDENTIFIER, alternatives, coded, folded, refused, unescape
from medbridge.fhir.structure import resource_types
from medbridge.fhir.terms import digest, salt

# (type, id) of a reference to a resource of this server, or the text of one to elsewhere.
Target = tuple[str, str] | str


def targets(parameter: Parameter) -> tuple[str, ...]:
    """The types that the reference can have, in order."""
    return parameter.targets or _every_type()


@cache
def _every_type() -> tuple[str, ...]:
    return tuple(sorted(resource_types()))


def reference(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """None for a modifier that the parameter does not have, a type that it cannot refer to included."""
    own = stored(type, parameter)
    if modifier == "identifier":
        spelled = [coded(f"{parameter.name}:identifier", v) for v in alternatives(asking, parameter.name, value)]
        return Terms(tuple(salt(type, f"{each.name}:identifier") ^ digest(v) for each in own for v in spelled))
    if modifier == "below":
        return _versions(asking, type, parameter, value)
    if modifier == "text":
        return _displays(asking, type, parameter, value)
    if modifier and modifier not in targets(parameter):
        return None
    named = [
        digest(target if isinstance(target, str) else f"{target[0]}/{target[1]}")
        for v in alternatives(asking, parameter.name, value)
        for target in referred(asking, parameter, modifier, v)
    ]
    asking.spend(terms=len(named))
    return Refers(tuple(each.salt ^ number for each in own for number in named))


def referred(asking: Asking, parameter: Parameter, modifier: str, value: str) -> list[Target]:
    """What one value means: a bare id is one of each type that the parameter, or the modifier, allows."""
    text = unescape(value)
    if IDENTIFIER.fullmatch(text):
        return [(type, text) for type in ((modifier,) if modifier else targets(parameter))]
    base = asking.base
    if base and text.startswith(base.rstrip("/") + "/"):
        text = text[len(base.rstrip("/")) + 1 :]
    found = classify("", text)
    if found.kind == "literal":
        if modifier and found.type != modifier:
            raise refused(parameter.name, f"{text!r} is not a {modifier}, which the modifier asks for")
        return [(str(found.type), str(found.id))]
    if ":" in text and found.kind not in ("conditional", "fragment"):
        return [text]
    raise refused(parameter.name, f"{text!r} is not a reference; write an id, Type/id or an absolute URL")


def patients(asking: Asking, parameter: Parameter, modifier: str, value: str) -> tuple[str, ...] | None:
    """The ids of the Patients that the values name; None when one of them can be anything else."""
    found = []
    for v in alternatives(asking, parameter.name, value):
        meant = referred(asking, parameter, modifier, v)
        if len(meant) != 1 or isinstance(meant[0], str) or meant[0][0] != "Patient":
            return None
        found.append(meant[0][1])
    return tuple(dict.fromkeys(found))


def _versions(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition | None:
    """`:below` of a canonical: any version of it. The index has no part of a version (`url|1` for `url|1.2`)."""
    if not any(path.endswith(":canonical") for path in parameter.paths):
        return None
    values = [unescape(v) for v in alternatives(asking, parameter.name, value)]
    if bad := next((v for v in values if "|" in v), None):
        raise refused(f"{parameter.name}:below", f"{bad!r}: give the address without a version")
    return Refers(tuple(own.salt ^ digest(v) for own in stored(type, parameter) for v in values))


def _displays(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition | None:
    """`:text`, of what is not a person: the index keeps no displayed names of persons."""
    if not parameter.targets or PERSONS.intersection(parameter.targets):
        return None
    texts = tuple(folded(f"{parameter.name}:text", v) for v in alternatives(asking, parameter.name, value))
    return either([Displays(salt(type, f"{own.name}:text"), texts) for own in stored(type, parameter)])
